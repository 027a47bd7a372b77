"""A store of answers to hidden versions of pictures that many users share.

Nobody's version is asked about twice, and versions that wait at the same time, of whatever pictures and visitors, go to
the model together: a GPU answers thirty in the time of one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from lime_core.arrays import Outputs, Shown, read_only
from lime_core.catalog.loading import ModelLike
from lime_core.engines.engine import Engine
from lime_core.errors import BadScores, DeviceLost, ModelUnavailable
from lime_core.label_maps.label_map import LabelMap
from lime_core.models.classifier import Classifier
from lime_core.probing.hidden_versions import Answers, asked, batch_of, check_answers, checked
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.samplers import Bernoulli
from lime_core.stores.turns import WAKE, Turns

_Key = tuple[ProbeSpec, bytes]
"""What the answer to a version depends on."""

_ENTRY = 1000
"""Bytes that an answer takes beside its numbers and its row: objects, a place in the dict, and a spec where it is the
only one of its wish."""


class _Wish:
    """Versions of one picture that somebody waits for, and what has been answered."""

    def __init__(self, probe: Probe, model: Classifier, shown: Shown) -> None:
        self.probe, self.model = probe, model
        spec = _spec_of(probe)
        self.keys = [(spec, np.packbits(row).tobytes()) for row in shown]
        self.rows = dict(zip(self.keys, shown, strict=True))
        self.answers: dict[_Key, Outputs] = {}

    def missing(self) -> list[_Key]:
        return [key for key in self.rows if key not in self.answers]

    def met(self) -> bool:
        return not self.missing()

    def receive(self, answers: Mapping[_Key, Outputs]) -> None:
        self.answers |= {key: answers[key] for key in self.rows if key in answers}

    def goes_with(self, other: _Wish) -> bool:
        """Whether one batch can have versions of both: one network, and pictures of one size."""
        same = self.probe.scene.image.shape == other.probe.scene.image.shape
        return same and self.model.engine is other.model.engine


class AnswerStore:
    """What models answered to hidden versions, for many users; bounded, and the least recently used leaves first.

    Its methods may be called from many threads at once.

    Parameters
    ----------
    turns : Turns
        Those of the probes that the same models are asked for: a version waits for one batch of each who is in front,
        however long their runs are.
    max_bytes : int, default 100 000 000
        How much the answers may hold, in bytes, with what they are found by.
    """

    def __init__(self, turns: Turns, max_bytes: int = 100_000_000) -> None:
        self.max_bytes = max_bytes
        self._turns = turns
        self._kept: OrderedDict[_Key, Outputs] = OrderedDict()
        self._nbytes = 0
        self._lock = threading.Lock()

    def what_if(self, probe: Probe, model: ModelLike, shown: Any) -> Answers:
        """Do the same as the function `what_if`, and ask only about versions that nobody has asked about.

        Whoever's turn it is asks for others who wait too, while there is room in a batch.

        Parameters
        ----------
        probe, model, shown : Probe, Classifier and (m, d) bool array
            As of `what_if`.

        Returns
        -------
        Answers
            In the order of `shown`.

        Raises
        ------
        ValueError, TypeError, BadScores
            As `what_if`.
        """
        probe, model, shown = checked(probe, model, shown)
        wish = _Wish(probe, model, shown)
        wish.receive(self._look_up(wish.rows))
        while not wish.met():
            with self._turns.ticket(wish) as ticket:
                while not (self._turns.wait(ticket, WAKE, wish.met) or wish.met()):
                    pass
                if not wish.met():
                    self._serve(wish)
        outputs = np.stack([wish.answers[key] for key in wish.keys])
        return Answers(read_only(shown), read_only(outputs), probe.kind)

    def _serve(self, wish: _Wish) -> None:
        """Ask for one batch of a wish, and of others as far as there is room; only for the one whose turn it is."""
        others = [other for other in self._turns.wishes(_Wish) if other is not wish and other.goes_with(wish)]
        for each in (wish, *others):
            each.receive(self._look_up(each.missing()))  # who was in front may have asked for the same
        if wish.met():
            return
        batch: dict[_Key, _Wish] = {}
        for each in (wish, *others):
            for key in each.missing():
                batch.setdefault(key, each)
        batch = dict(islice(batch.items(), batch_of(wish.model, len(batch))))
        found: dict[_Key, Outputs] = {}
        if len(set(batch.values())) > 1:
            found = _answered_together(wish.model.engine, batch)
            self._hand_out(found, (wish, *others))
        if not any(key in found for key in wish.rows):
            keys = [key for key in batch if batch[key] is wish]
            rows = asked(wish.probe, wish.model, np.stack([wish.rows[key] for key in keys]))
            self._hand_out(dict(zip(keys, rows, strict=True)), (wish, *others))

    def _hand_out(self, answers: Mapping[_Key, Outputs], wishes: Iterable[_Wish]) -> None:
        answers = {key: read_only(answer.copy()) for key, answer in answers.items()}
        self._keep(answers)
        for each in wishes:
            each.receive(answers)

    def _look_up(self, keys: Iterable[_Key]) -> dict[_Key, Outputs]:
        with self._lock:
            found = [key for key in keys if key in self._kept]
            for key in found:
                self._kept.move_to_end(key)
            return {key: self._kept[key] for key in found}

    def _keep(self, answers: Mapping[_Key, Outputs]) -> None:
        with self._lock:
            self._nbytes += sum(_bytes_of(*item) for item in answers.items() if item[0] not in self._kept)
            self._kept |= answers
            while self._nbytes > self.max_bytes:
                self._nbytes -= _bytes_of(*self._kept.popitem(last=False))


def _answered_together(engine: Engine, batch: Mapping[_Key, _Wish]) -> dict[_Key, Outputs]:
    """Answers to versions of several pictures, without those that are refused; none where the model answers none.

    Whoever misses theirs asks alone, and meets what is wrong.
    """
    pictures = [wish.probe.scene.masked(wish.rows[key][None].astype(np.float32)) for key, wish in batch.items()]
    if getattr(engine, "padded", False):  # a shape that was not there before takes long: there are few
        pictures += [pictures[-1]] * ((1 << (len(pictures) - 1).bit_length()) - len(pictures))
    found: dict[_Key, Outputs] = {}
    try:
        outputs = engine.score(np.concatenate(pictures))[: len(batch)]
    except (DeviceLost, ModelUnavailable):  # which asking again would tell as something else
        raise
    except Exception:
        return found
    for (key, wish), row in zip(batch.items(), outputs, strict=True):
        try:
            check_answers(wish.probe, row[None])
        except BadScores:
            continue
        found[key] = row
    return found


def _spec_of(probe: Probe) -> ProbeSpec:
    """What answers depend on beside the row, without the labels of a label map, which would stay with them."""
    spec = replace(probe.spec, sampler=Bernoulli(), seed=0)
    return replace(spec, segmenter=spec.segmenter.emptied()) if isinstance(spec.segmenter, LabelMap) else spec


def _bytes_of(key: _Key, answer: Outputs) -> int:
    return _ENTRY + len(key[1]) + answer.nbytes
