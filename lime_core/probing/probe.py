"""Probes: masks of a picture, and what the model answered to them.

This is the expensive half.  A `Probe` holds the answers for all classes, and nothing in it depends on the class, kernel
or surrogate that will be explained with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lime_core.arrays import Masks, Outputs, Scores, read_only
from lime_core.models.classifier import Classifier
from lime_core.models.scores import bounds, rounding, scores
from lime_core.probing.scene import Scene
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.in_turns import InTurns, columns_of


@dataclass(frozen=True, eq=False)
class Probe:
    """Masks and what the model answered to them.

    Of several segmentations rows are of each in turn; columns are the superpixels of the first, then the second, ...

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

    @staticmethod
    def empty(spec: ProbeSpec, scene: Scene, model: Classifier) -> Probe:
        """Begin a probe on a scene that is there.

        Parameters
        ----------
        spec : ProbeSpec
            What the rows are to depend on.
        scene : Scene
            Of that spec.
        model : Classifier
            Of that spec; it is not asked.

        Returns
        -------
        Probe
            With masks (0, d) and outputs (0, 0).
        """
        masks, outputs = np.empty((0, sum(scene.counts)), dtype=np.float32), np.empty((0, 0), dtype=np.float32)
        return Probe(spec, scene, masks, outputs, model.kind, model.class_names, model.unit)

    def __len__(self) -> int:
        return len(self.masks)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        scenes = self.scene.members
        described = [known for scene in scenes if (known := vars(scene).get("description"))]
        drawn = [array for scene in scenes for array in (scene.image, scene.hidden, scene.segmentation.labels)]
        distinct = {id(array): array.nbytes for array in (self.masks, self.outputs, *drawn)}
        return int(sum(distinct.values()) + sum(known.nbytes for known in described))

    @property
    def limit(self) -> int | None:
        """How many rows there can be; None where they never end, see `Sampler.limit`."""
        return InTurns(self.spec.sampler, self.scene.counts).limit()

    @property
    def members(self) -> tuple[Probe, ...]:
        """Of several segmentations the probe of each, as it would be alone; else this one."""
        scenes = self.scene.parts
        if not scenes:
            return (self,)
        return tuple(
            replace(
                self,
                spec=spec,
                scene=scene,
                masks=read_only(self.masks[member :: len(scenes), columns]),
                outputs=read_only(self.outputs[member :: len(scenes)]),
            )
            for member, (spec, scene, columns) in enumerate(
                zip(self.spec.members, scenes, columns_of(self.scene.counts), strict=True)
            )
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

    def check_model(self, model: Classifier) -> None:
        """Raise ValueError for another model than the one that gave these answers.

        Parameters
        ----------
        model : Classifier
            Who is to be asked for more.

        Raises
        ------
        ValueError
            Where its name, fingerprint or engine is another; names both.
        """
        spec = self.spec
        if (model.name, model.fingerprint, model.engine.description) != (spec.model, spec.fingerprint, spec.engine):
            raise ValueError(f"the probe belongs to {spec.model} ({spec.engine}), got the model {model.name}")

    def _with(self, masks: Masks, outputs: Outputs) -> Probe:
        return replace(self, masks=read_only(masks), outputs=read_only(outputs))
