"""Probes: masks of a picture, and what the model answered to them.

This is the expensive half.  A `Probe` holds the answers for all classes, and nothing in it depends on the class, kernel
or surrogate that will be explained with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Masks, Outputs, Pixels, Scores, read_only
from lime_core.features.description import Description
from lime_core.models.scores import bounds, rounding, scores
from lime_core.probing.hiding import Hiding
from lime_core.probing.spec import ProbeSpec
from lime_core.superpixels.segmentation import Segmentation


@dataclass(frozen=True, eq=False)
class Scene:
    """What is shown and hidden: the crop that the model sees, its superpixels, and its hidden version.

    Parameters
    ----------
    segmentation : Segmentation
        The superpixels, with the crop that they are cut from.
    hidden : (h, w, 3) uint8, read-only
        The crop with every superpixel hidden.
    describing : callable without arguments that returns a Description, optional
        How its superpixels look to the first layers of the model, which only a prior asks; None where nobody knows.
        It holds those layers and not the model.
    """

    segmentation: Segmentation
    hidden: Pixels
    describing: Callable[[], Description] | None = None

    @staticmethod
    def of(segmentation: Segmentation, hiding: Hiding, describing: Callable[[], Description] | None = None) -> Scene:
        """Hide the superpixels in this way.

        Parameters
        ----------
        segmentation : Segmentation
            The superpixels, with the crop that they are cut from.
        hiding : Hiding
            Makes the hidden picture.
        describing : callable without arguments that returns a Description, optional
            As of `Scene`.

        Returns
        -------
        Scene
            With the hidden picture, read-only; a border stays as it is.
        """
        hidden = hiding(segmentation.image, segmentation.labels)
        if segmentation.border is not None:
            hidden = np.where((segmentation.labels == segmentation.border)[..., None], segmentation.image, hidden)
        return Scene(segmentation, read_only(hidden), describing)

    @property
    def image(self) -> Pixels:
        """(h, w, 3) uint8, the crop that the model sees."""
        return self.segmentation.image

    @cached_property
    def description(self) -> Description | None:
        """What the d superpixels look like; worked out when it is first asked for, which can take a while."""
        return self.describing() if self.describing else None

    @cached_property
    def inert(self) -> NDArray[np.bool_]:
        """(d,) True where hiding changes no pixel: nothing can be said about such a superpixel."""
        changed = (self.image != self.hidden).any(axis=2)
        return read_only(np.bincount(self.segmentation.labels.ravel(), weights=changed.ravel()) == 0)


@dataclass(frozen=True, eq=False)
class Probe:
    """Masks and what the model answered to them.

    Parameters
    ----------
    spec : ProbeSpec
        What its rows depend on.
    scene : Scene
        What is shown and hidden.
    masks : (n, d) float32, read-only
        1 where a superpixel is shown, 0 where it is hidden; row 0 is the full picture.
    outputs : (n, k) float32 or float64, read-only
        What the model answered to each mask, in the precision in which it answered.
    kind : "logits", "probabilities", "sigmoid" or "values"
        What the outputs are, see `scores`.
    class_names : tuple of k str
        Where the model has names, else empty.
    unit : str, default ""
        What values are counted in, such as "years"; empty where nobody says.
    """

    spec: ProbeSpec
    scene: Scene
    masks: Masks
    outputs: Outputs
    kind: str
    class_names: tuple[str, ...]
    unit: str = ""

    def __len__(self) -> int:
        return len(self.masks)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        scene, described = self.scene, vars(self.scene).get("description")
        return int(
            self.masks.nbytes
            + self.outputs.nbytes
            + scene.image.nbytes
            + scene.hidden.nbytes
            + scene.segmentation.labels.nbytes
            + (described.nbytes if described else 0)
        )

    def first(self, n: int) -> Probe:
        """Take the first `n` samples only; costs nothing.

        Parameters
        ----------
        n : int
            How many rows; the probe itself where it has no more.

        Returns
        -------
        Probe
            Its arrays are views of this one's.
        """
        return self if n >= len(self) else self._with(self.masks[:n], self.outputs[:n])

    def scores(self, class_index: int, space: str) -> Scores:
        """Compute the scores of one class.

        Parameters
        ----------
        class_index : int in [0, k - 1]
            The class.
        space : "probability", "log-odds", "logit" or "value"
            Which score; `SPACES` says which ones there are for the `kind` of the outputs.

        Returns
        -------
        (n,) float64
            The score of each sample, in the unit of `space`.

        Raises
        ------
        ValueError
            For an unknown class or space.
        """
        return scores(self.outputs, self.kind, class_index, space)

    def rounding(self, scores: Scores, space: str) -> float:
        """Find how far apart scores of one class can be by rounding alone.

        Parameters
        ----------
        scores : (n,) float64
            What `scores` gives for the class in this space.
        space : str
            As of `scores`.

        Returns
        -------
        float
            In the unit of `space`, see `models.scores.rounding`.
        """
        return rounding(scores, self.outputs, self.kind, space)

    def bounds(self, class_index: int, space: str) -> int:
        """Count the samples whose log-odds are only a bound.

        Parameters
        ----------
        class_index, space : int and str
            As of `scores`.

        Returns
        -------
        int
            Those with a probability of exactly 0 or 1, see `models.scores.bounds`; 0 in other spaces.
        """
        return bounds(self.outputs, self.kind, class_index, space)

    def most_likely(self, count: int = 1) -> list[int]:
        """List the classes with the highest outputs for the full picture, highest first.

        Parameters
        ----------
        count : int, default 1
            How many; no more than there are classes come.

        Returns
        -------
        list of int
            Their indices; of equal outputs the lower index comes first.

        Raises
        ------
        IndexError
            When the probe has no sample.
        """
        return [int(index) for index in np.argsort(-self.outputs[0], kind="stable")[:count]]

    def _with(self, masks: Masks, outputs: Outputs) -> Probe:
        return replace(self, masks=read_only(masks), outputs=read_only(outputs))
