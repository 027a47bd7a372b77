"""A probe that many users share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from lime_core.models.classifier import Classifier
from lime_core.probing.growing import grow
from lime_core.probing.probe import Probe


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
        return self._growth is not None

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
        if self._growth is None or self._target < num_samples:
            self._growth, self._target = grow(self.probe, num_samples, model), num_samples
        try:
            self.probe = next(self._growth)
        except BaseException:
            self.rest()
            raise
        if len(self.probe) >= self._target:
            self.rest()

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

    def fits(self, room: int) -> bool:
        """Say whether all that is missing can be asked for in one batch with others'.

        Parameters
        ----------
        room : int
            Rows that there is room for.

        Returns
        -------
        bool
            False also where nothing is missing, or batches are under way.
        """
        return not self.shared.growing and 0 < self.missing <= room
