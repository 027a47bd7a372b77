"""A probe that many users share, and what they want of it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from lime_core.engines.engine import ForSeveral
from lime_core.models.classifier import Classifier
from lime_core.probing.growing import grow
from lime_core.probing.probe import Probe
from lime_core.probing.shared_batch import grow_in_one_batch


class SharedProbe:
    """One probe, the generator that grows it, and how many are waiting for it.

    Attributes
    ----------
    opening : threading.Lock
        Held by whoever cuts its picture.
    probe : Probe or None
        With the rows that are there; None until it is opened.
    users : int
        How many are waiting for it.
    """

    def __init__(self) -> None:
        self.opening = threading.Lock()
        self.probe: Probe | None = None
        self.users = 0
        self._growth: Iterator[Probe] | None = None
        self._target = 0

    @property
    def growing(self) -> bool:
        """Whether batches of it may be under way."""
        return self._growth is not None and self.probe is not None and len(self.probe) < self._target

    def advance(self, num_samples: int, model: Classifier) -> None:
        """Score one more batch, unless there are enough rows; only for the one whose turn it is.

        Parameters
        ----------
        num_samples : int
            How many rows are wanted.
        model : Classifier
            The model of the probe.

        Raises
        ------
        LimeError, ValueError
            As `grow`.
        """
        assert self.probe is not None
        if len(self.probe) >= num_samples:
            return
        if not self.growing:  # what is under way is waited for first, however many rows are wanted by now
            self._growth, self._target = grow(self.probe, num_samples, model), num_samples
        assert self._growth
        try:
            self.probe = next(self._growth)
        except BaseException:
            self.rest()
            raise

    def rest(self) -> None:
        """Let go of the model."""
        self._growth, self._target = None, 0


@dataclass(frozen=True, eq=False)
class Wish:
    """How many rows of a probe somebody waits for.

    Parameters
    ----------
    shared : SharedProbe
        The probe, opened.
    num_samples : int
        How many rows in all, no more than there can be.
    model : Classifier
        The model of the probe.
    """

    shared: SharedProbe
    num_samples: int
    model: Classifier

    @property
    def probe(self) -> Probe:
        """The probe with the rows that are there."""
        assert self.shared.probe is not None
        return self.shared.probe

    @property
    def missing(self) -> int:
        """How many rows are still to be asked for; below 1 where none is."""
        return self.num_samples - len(self.probe)

    def met(self) -> bool:
        """Say whether all rows are there.

        Returns
        -------
        bool
            Whether nothing is to be waited for.
        """
        return self.missing < 1

    def serve(self, others: Iterable[Wish]) -> None:
        """Score one more batch; only for the one whose turn it is.

        Half of a batch or less is filled up with what others miss who miss no more than that.  What is left after whole
        batches waits for such a one too, as long as there are others.

        Parameters
        ----------
        others : iterable of Wish
            Those who wait too, the first first.

        Raises
        ------
        LimeError, ValueError
            As `grow`; what is wrong with another's probe is met by them.
        """
        alike = [other for other in others if self._goes_with(other)]
        later = 0
        if alike:
            size = self.model.engine.batch_size
            self._share(alike, size)
            if self.missing > size and self.missing % size <= size // 2:
                later = self.missing % size
        self.shared.advance(self.num_samples - later, self.model)

    def _goes_with(self, other: Wish) -> bool:
        """Whether one batch can have rows of both: one network that is best asked so, and pictures of one size."""
        engine, image = self.model.engine, self.probe.scene.image
        if not (isinstance(engine, ForSeveral) and engine.takes_several and other.model.engine is engine):
            return False
        return other.shared is not self.shared and other.probe.scene.image.shape == image.shape

    def _share(self, alike: Iterable[Wish], size: int) -> None:
        """Score what is missing in one batch with others', where it is less than there is room for."""
        chosen = {self.shared: self}
        if not self._fits(size // 2):
            return
        for other in alike:
            room = size - sum(each.missing for each in chosen.values())
            if other.shared not in chosen and other._fits(min(room, size // 2)):
                chosen[other.shared] = other
        if len(chosen) > 1:
            with suppress(Exception):  # everyone asks alone then
                wanted = [(each.probe, each.num_samples) for each in chosen.values()]
                engine = cast(ForSeveral, self.model.engine)
                for shared, probe in zip(chosen, grow_in_one_batch(engine, wanted), strict=True):
                    shared.probe = probe

    def _fits(self, room: int) -> bool:
        """Whether there is room for all that is missing, and nothing of it is under way."""
        return not self.shared.growing and 0 < self.missing <= room
