"""Probing: ask the model about masked versions of a picture, a batch at a time.

This is the expensive half.  A `Probe` holds the masks and the model's answers for all classes, and nothing in it
depends on the class, kernel or surrogate that will be explained with it.  `grow` makes it longer: rows are only ever
added, so progress, cancelling and going on later need no further machinery, and every probe on the way is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Masks, Outputs, Pixels, Scores, read_only
from lime_core.engines.batch_size import within_memory
from lime_core.errors import BadScores
from lime_core.models.classifier import Classifier
from lime_core.models.description import Description, describe_with
from lime_core.pictures.picture import Picture
from lime_core.probing.hiding import Hiding, SuperpixelMean
from lime_core.probing.segmentation import Quickshift, Segmentation, Segmenter, segment
from lime_core.sampling.sampler import Sampler
from lime_core.sampling.samplers import Bernoulli
from lime_core.scores import check_outputs, scores

MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class ProbeSpec:
    """Everything that a row of a probe depends on, and nothing else; the number of samples is not in it.

    picture is the picture's digest, fingerprint that of the model's weights, engine the engine's description.
    """

    picture: str
    model: str
    fingerprint: str
    engine: str
    segmenter: Segmenter
    hiding: Hiding
    sampler: Sampler
    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"seed must lie in [0, {MAX_SEED}], got {self.seed}")

    def reachable(self, num_samples: int, d: int) -> int:
        """How many of so many samples there can be: a sampler that shows each mask once comes to an end.

        Raises TooManySuperpixels where it would not come to an end in time.
        """
        limit = self.sampler.limit(d)
        return num_samples if limit is None else min(num_samples, limit)

    @staticmethod
    def of(
        picture: Picture,
        model: Classifier,
        segmenter: Segmenter | None = None,
        hiding: Hiding | None = None,
        sampler: Sampler | None = None,
        seed: int = 0,
    ) -> ProbeSpec:
        """The spec of these settings; what is left out is quickshift, superpixel mean and Bernoulli(½), as in lime."""
        return ProbeSpec(
            picture.digest,
            model.name,
            model.fingerprint,
            model.engine.description,
            segmenter or Quickshift(),
            hiding or SuperpixelMean(),
            sampler or Bernoulli(),
            seed,
        )


@dataclass(frozen=True, eq=False)
class Scene:
    """What is shown and hidden: the crop that the model sees, its superpixels, and its hidden version.

    image, hidden : (h, w, 3) uint8, read-only
    describing : how its superpixels look to the first layers of the model, which only a prior asks; None where nobody
        knows.  It holds those layers and not the model
    """

    image: Pixels
    segmentation: Segmentation
    hidden: Pixels
    describing: Callable[[], Description] | None = None

    @staticmethod
    def of(
        image: Pixels,
        segmentation: Segmentation,
        hiding: Hiding,
        describing: Callable[[], Description] | None = None,
    ) -> Scene:
        return Scene(read_only(image), segmentation, read_only(hiding(image, segmentation.labels)), describing)

    @cached_property
    def description(self) -> Description | None:
        """What the superpixels look like; worked out when it is first asked for, which can take a while."""
        return self.describing() if self.describing else None

    @cached_property
    def inert(self) -> NDArray[np.bool_]:
        """(d,) True where hiding changes no pixel: nothing can be said about such a superpixel."""
        changed = (self.image != self.hidden).any(axis=2)
        return read_only(np.bincount(self.segmentation.labels.ravel(), weights=changed.ravel()) == 0)


@dataclass(frozen=True, eq=False)
class Probe:
    """Masks and what the model answered to them.

    masks (n, d) float32, outputs (n, k) float32, both read-only; row 0 is the full picture
    kind : what the outputs are, see `scores`
    class_names : (k,) where the model has names, else empty
    """

    spec: ProbeSpec
    scene: Scene
    masks: Masks
    outputs: Outputs
    kind: str
    class_names: tuple[str, ...]

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
        """The same probe with its first `n` samples only; costs nothing."""
        return self if n >= len(self) else self._with(self.masks[:n], self.outputs[:n])

    def scores(self, class_index: int, space: str) -> Scores:
        """(n,) float64 scores of one class.  Raises ValueError for an unknown class or space."""
        return scores(self.outputs, self.kind, class_index, space)

    def most_likely(self, count: int = 1) -> list[int]:
        """The classes with the highest outputs for the full picture, highest first."""
        return [int(index) for index in np.argsort(-self.outputs[0], kind="stable")[:count]]

    def _with(self, masks: Masks, outputs: Outputs) -> Probe:
        return Probe(self.spec, self.scene, read_only(masks), read_only(outputs), self.kind, self.class_names)


def open_probe(spec: ProbeSpec, picture: Picture, model: Classifier, segmentation: Segmentation | None = None) -> Probe:
    """A probe without samples.  A segmentation that is already there is used as it is.

    Raises
    ------
    TooFewSuperpixels
        when the segmenter leaves fewer than two.
    """
    image = model.view(picture)
    segmentation = segmentation or segment(image, spec.segmenter)
    describing = partial(describe_with, model.early, image, segmentation.labels)
    scene = Scene.of(image, segmentation, spec.hiding, describing)
    masks = np.empty((0, scene.segmentation.d), dtype=np.float32)
    return Probe(spec, scene, masks, np.empty((0, 0), dtype=np.float32), model.kind, model.class_names)


def grow(probe: Probe, num_samples: int, model: Classifier) -> Iterator[Probe]:
    """Ask the model for more rows, a batch at a time, until the probe has `num_samples`; yields every longer probe.

    Where the sampler has no more masks than that, the probe ends with them.

    Rows that are there are not asked again, and the arrays are copied once for each call, not once for each batch.

    Raises
    ------
    ValueError
        when `num_samples` is below 1 or the model is not the probe's.
    TooManySuperpixels
        when the sampler shows all masks, and there are too many.
    BadScores
        when the model returns NaN, infinity or the wrong shape (names the rows), or memory does not suffice for one
        sample.  Where it does not suffice for a batch, the batch is halved.
    """
    if num_samples < 1:
        raise ValueError(f"num_samples must be at least 1, got {num_samples}")
    spec = probe.spec
    if (model.name, model.fingerprint, model.engine.description) != (spec.model, spec.fingerprint, spec.engine):
        raise ValueError(f"the probe belongs to {spec.model} ({spec.engine}), got {model.name}")
    num_samples = spec.reachable(num_samples, probe.scene.segmentation.d)
    done = len(probe)
    if done >= num_samples:
        return
    scene = probe.scene
    masks = spec.sampler(num_samples, scene.segmentation.d, spec.seed)
    score = model.engine.scorer(scene.image, scene.hidden, scene.segmentation.labels)
    outputs: NDArray[Any] = np.empty((0, 0), dtype=np.float32)
    size = model.engine.batch_size
    while done < num_samples:
        end = min(done + size, num_samples)
        rows = within_memory(score, masks[done:end])
        if rows is None:
            size = (end - done) // 2
            if size == 0:
                raise BadScores("There is not enough memory to ask the model about a single sample.")
            continue
        check_outputs(rows, probe.kind, first_row=done)
        if len(outputs) == 0:
            outputs = np.empty((num_samples, rows.shape[1]), dtype=np.float32)
            if done:
                outputs[:done] = probe.outputs
        outputs[done:end] = rows
        done = end
        yield probe._with(masks[:done], outputs[:done])


def probe_image(
    picture: Picture,
    model: Classifier,
    num_samples: int = 1000,
    segmenter: Segmenter | None = None,
    hiding: Hiding | None = None,
    sampler: Sampler | None = None,
    seed: int = 0,
) -> Probe:
    """A probe of `num_samples` rows in one call."""
    probe = open_probe(ProbeSpec.of(picture, model, segmenter, hiding, sampler, seed), picture, model)
    for longer in grow(probe, num_samples, model):
        probe = longer
    return probe
