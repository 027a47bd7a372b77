"""Single hidden versions of a picture: what the model says while exactly these superpixels are shown.

Samples are drawn to fit a map to; here somebody names the superpixels, and one row is asked for each version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lime_core.arguments import is_a, whole
from lime_core.arrays import Outputs, Scores, Shown, read_only, shown_of
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.engines.engine import joined
from lime_core.models.answers import check_classes
from lime_core.models.classifier import Classifier
from lime_core.models.scores import check_outputs, scores
from lime_core.probing.probe import Probe


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
    probe, model, shown = checked(probe, model, shown)
    return Answers(read_only(shown), read_only(asked(probe, model, shown)), probe.kind)


def checked(probe: Probe, model: ModelLike, shown: Any) -> tuple[Probe, Classifier, Shown]:
    """Check what `what_if` is given.

    Parameters
    ----------
    probe, model, shown : Probe, Classifier or its name, and (m, d) bool array
        As of `what_if`.

    Returns
    -------
    tuple of Probe, Classifier and (m, d) bool
        The probe of the first of several segmentations, the model itself, and what each version shows.

    Raises
    ------
    ValueError, TypeError
        As `what_if`.
    """
    is_a("probe", probe, Probe, "a Probe, as open_probe and probe_image give")
    model, probe = load_model(model), probe.members[0]
    probe.check_model(model)
    return probe, model, shown_of(shown, probe.masks.shape[1])


def batch_of(model: Classifier, versions: int) -> int:
    """How many versions to ask about at once; a single one does not wait until the best size has been measured.

    Parameters
    ----------
    model : Classifier
        The model that is asked.
    versions : int
        How many there are.

    Returns
    -------
    int
        At least 1.
    """
    return 1 if versions < 2 else model.engine.batch_size


def asked(probe: Probe, model: Classifier, shown: Shown) -> Outputs:
    """Ask about versions of one picture.

    Parameters
    ----------
    probe, model : Probe and Classifier
        As `checked` gives them.
    shown : (m, d) bool
        What each shows, at least one.

    Returns
    -------
    (m, k) float32 or float64
        The model's answers.

    Raises
    ------
    BadScores
        As `grow`.
    """
    scene, size = probe.scene, batch_of(model, len(shown))
    score = model.engine.scorer(scene.image, scene.hidden, scene.segmentation.labels)
    masks = shown.astype(np.float32)
    outputs = joined([score(masks[start : start + size]) for start in range(0, len(masks), size)])
    check_answers(probe, outputs)
    return outputs


def check_answers(probe: Probe, outputs: Outputs) -> None:
    """Check answers to hidden versions of a probe's picture.

    Parameters
    ----------
    probe : Probe
        Has the kind of the answers and the names of the classes.
    outputs : (m, k) float32 or float64
        The model's answers.

    Raises
    ------
    BadScores
        As `grow`.
    """
    check_outputs(outputs, probe.kind)
    check_classes(outputs, len(probe.class_names))
