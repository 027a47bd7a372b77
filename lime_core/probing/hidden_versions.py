"""Single hidden versions of a picture: what the model says while exactly these superpixels are shown.

Samples are drawn to fit a map to; here somebody names the superpixels.  One row is asked for each version, and none for
a version that was asked about before.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lime_core.arguments import is_a, whole
from lime_core.arrays import Outputs, Scores, Shown, read_only, shown_of
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.engines.engine import joined
from lime_core.engines.turns import Turns
from lime_core.label_maps.label_map import LabelMap
from lime_core.models.answers import check_classes
from lime_core.models.classifier import Classifier
from lime_core.models.scores import check_outputs, scores
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.samplers import Bernoulli

WAKE = 0.2
"""Seconds after which one who waits for a turn looks again."""

_Key = tuple[ProbeSpec, bytes]
"""What the answer to a version depends on."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model answered to hidden versions of a picture.

    Parameters
    ----------
    shown : (m, d) bool, read-only
        True where a version shows a superpixel.
    outputs : (m, k) float32 or float64, read-only
        The model's answer to each version.
    kind : "logits", "probabilities", "sigmoid" or "values"
        What the outputs are, see `scores`.
    """

    shown: Shown
    outputs: Outputs
    kind: str

    def scores(self, class_index: int, space: str) -> Scores:
        """Compute the scores of one class.

        Parameters
        ----------
        class_index : int in [0, k - 1]
            The class.
        space : "probability", "log-odds", "logit" or "value"
            As of `Probe.scores`.

        Returns
        -------
        (m,) float64
            The score of each version, in the unit of `space`.

        Raises
        ------
        ValueError
            For an unknown class or space.
        """
        return scores(self.outputs, self.kind, class_index, space)

    def most_likely(self, version: int, count: int = 1) -> list[int]:
        """List the classes with the highest outputs for a version, highest first.

        Parameters
        ----------
        version : int in [0, m - 1]
            Which version.
        count : int, default 1
            How many; no more than there are classes come.

        Returns
        -------
        list of int
            Their indices; of equal outputs the lower index comes first.

        Raises
        ------
        ValueError, TypeError
            For a version or a count out of range, or what is no whole number.
        """
        version, count = whole("version", version, 0, len(self.outputs) - 1), whole("count", count, 0)
        return [int(index) for index in np.argsort(-self.outputs[version], kind="stable")[:count]]


def what_if(probe: Probe, model: ModelLike, shown: Any) -> Answers:
    """Ask the model what it says while exactly these superpixels are shown; one row for each version.

    Parameters
    ----------
    probe : Probe
        Of whose superpixels and hidden picture the versions are made, with samples or without, as `open_probe` gives;
        of several segmentations these are those of the first.
    model : Classifier, or its name
        The model that the probe belongs to.
    shown : (m, d) bool array
        True where a version shows a superpixel; a border that pads the photo is seen either way.

    Returns
    -------
    Answers
        In the order of `shown`.

    Raises
    ------
    ValueError, TypeError
        For another model than the probe's, an array of another shape or dtype, or an argument of another type.
    BadScores
        As `grow`.
    """
    probe, model, shown = _checked(probe, model, shown)
    return _answers(probe, shown, _asked(probe, model, shown))


class AnswerStore:
    """What models answered to hidden versions, for many users; bounded, and the least recently used leaves first.

    Its methods may be called from many threads at once.

    Parameters
    ----------
    turns : Turns
        Those of the probes that the same models are asked for: a version waits for one batch of each who is in front,
        however long their runs are.
    max_bytes : int, default 100 000 000
        How much the answers may hold, in bytes.
    """

    def __init__(self, turns: Turns, max_bytes: int = 100_000_000) -> None:
        self.max_bytes = max_bytes
        self._turns = turns
        self._kept: OrderedDict[_Key, Outputs] = OrderedDict()
        self._nbytes = 0
        self._lock = threading.Lock()

    def what_if(self, probe: Probe, model: ModelLike, shown: Any) -> Answers:
        """Do the same as the function `what_if`, and ask only about versions that nobody has asked about.

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
        probe, model, shown = _checked(probe, model, shown)
        keys, size = [_key(probe, row) for row in shown], _batch(model, shown)
        rows, answers = dict(zip(keys, shown, strict=True)), self._look_up(keys)
        while missing := [key for key in rows if key not in answers]:
            with self._turns.ticket() as ticket:
                while not self._turns.wait(ticket, WAKE):
                    pass
                answers |= self._look_up(missing)  # who was in front may have asked for the same
                batch = [key for key in missing if key not in answers][:size]
                if batch:
                    asked = _asked(probe, model, np.stack([rows[key] for key in batch]))
                    answers |= self._keep(batch, asked)
        return _answers(probe, shown, np.stack([answers[key] for key in keys]))

    def _look_up(self, keys: Sequence[_Key]) -> dict[_Key, Outputs]:
        with self._lock:
            found = [key for key in keys if key in self._kept]
            for key in found:
                self._kept.move_to_end(key)
            return {key: self._kept[key] for key in found}

    def _keep(self, keys: Sequence[_Key], outputs: Outputs) -> dict[_Key, Outputs]:
        """Keep answers, one for each key; returns them all, whatever has to leave."""
        answers = {key: read_only(answer.copy()) for key, answer in zip(keys, outputs, strict=True)}
        with self._lock:
            self._kept |= answers
            self._nbytes += sum(answer.nbytes for answer in answers.values())
            while self._nbytes > self.max_bytes:
                self._nbytes -= self._kept.popitem(last=False)[1].nbytes
        return answers


def _checked(probe: Probe, model: ModelLike, shown: Any) -> tuple[Probe, Classifier, Shown]:
    is_a("probe", probe, Probe, "a Probe, as open_probe and probe_image give")
    model, probe = load_model(model), probe.members[0]
    probe.check_model(model)
    return probe, model, shown_of(shown, probe.masks.shape[1])


def _batch(model: Classifier, shown: Shown) -> int:
    """How many versions to ask about at once; a single one does not wait until the best size has been measured."""
    return 1 if len(shown) < 2 else model.engine.batch_size


def _asked(probe: Probe, model: Classifier, shown: Shown) -> Outputs:
    scene, size = probe.scene, _batch(model, shown)
    score = model.engine.scorer(scene.image, scene.hidden, scene.segmentation.labels)
    masks = shown.astype(np.float32)
    outputs = joined([score(masks[start : start + size]) for start in range(0, len(masks), size)])
    check_outputs(outputs, probe.kind)
    check_classes(outputs, len(probe.class_names))
    return outputs


def _answers(probe: Probe, shown: Shown, outputs: Outputs) -> Answers:
    return Answers(read_only(shown), read_only(outputs), probe.kind)


def _key(probe: Probe, row: Shown) -> _Key:
    """What the answer to a version depends on, without the labels of a label map, which would stay with it."""
    spec = replace(probe.spec, sampler=Bernoulli(), seed=0)
    if isinstance(spec.segmenter, LabelMap):
        return replace(spec, segmenter=spec.segmenter.emptied()), np.packbits(row).tobytes()
    return spec, np.packbits(row).tobytes()
