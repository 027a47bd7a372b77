"""Global priors: what a model looks at on many pictures, as the expected weights of one.

The superpixels of all pictures are sorted into visual words by what they look like.  The global weight of a word for a
class is the mean of what local explanations of the class gave to the superpixels of that word, wherever they were.
With the local weights a of a picture, superpixel s contributes

    normlime   a_s² / Σ|a|, so that a picture counts by its strongest superpixels
    average    |a_s|
    signed     a_s

The first two are never negative: as expected weights they can only speak for the class.  On another picture, the
expected weight of a superpixel is the global weight of its word.

References
----------
NormLIME: Ahern et al. (2019), "NormLime: A New Feature Importance Metric for Explaining Deep Neural Networks".  G-LIME:
Li et al. (2023), Artificial Intelligence 314; its authors' InterpretDL has the first two sums.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from lime_core.arrays import Weights, check_shape, read_only
from lime_core.errors import PriorMismatch

if TYPE_CHECKING:
    from lime_core.explanation import Explanation

Floats = NDArray[np.float64]
Words = NDArray[np.intp]
"""(d,) the visual word of each superpixel, 0..c-1."""


def _normlime(weights: Floats) -> Floats:
    total = np.abs(weights).sum(axis=1, keepdims=True)
    return weights**2 / np.where(total > 0, total, 1.0)


GLOBAL_WEIGHTS: Mapping[str, Callable[[Floats], Floats]] = {
    "normlime": _normlime,
    "average": np.abs,
    "signed": np.positive,
}
"""name -> what local weights (m, d) of one picture contribute, a row for each explained class."""


@dataclass(frozen=True, eq=False)
class Projection:
    """A prior laid over a picture.

    mean : (d,) float64, the expected weights, up to a factor; zero where nothing is known
    coverage : share of the superpixels whose word has been seen with the class, 0 when the class is not known at all
    words : (d,) the visual word of each superpixel
    """

    mean: Weights
    coverage: float
    words: Words


@dataclass(frozen=True, eq=False)
class GlobalPrior:
    """Global weights of visual words; two are equal when their arrays are.

    centroids : (c, f) float32, what each word looks like
    weights : (k, c) float64, the global weight of each word for each class; zero where it was never seen
    counts : (k, c) int64, how many superpixels each weight is the mean of
    signed : whether negative weights speak against a class; if not, there are none
    unit : the score that the local explanations explained, such as "probability"
    position : how much the place counts beside the features, see `Description.columns`
    made_by : plain values for JSON: model, fingerprint, features (their kind), segmenter, pictures, source, ...

    Raises ValueError for arrays that do not fit together or hold what cannot be.
    """

    centroids: NDArray[np.float32] = field(repr=False)
    weights: Floats = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)
    signed: bool
    unit: str
    position: float = 0.0
    made_by: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        centroids = np.array(self.centroids, dtype=np.float32)
        weights = np.array(self.weights, dtype=np.float64)
        counts = np.array(self.counts, dtype=np.int64)
        check_shape("centroids", centroids, None, None)
        check_shape("weights", weights, None, len(centroids))
        check_shape("counts", counts, *weights.shape)
        if not (np.isfinite(centroids).all() and np.isfinite(weights).all()):
            raise ValueError("centroids and weights must be finite")
        if (counts < 0).any() or weights[counts == 0].any():
            raise ValueError("counts must not be negative, and weights must be 0 where the count is")
        if not self.signed and (weights < 0).any():
            raise ValueError("weights must not be negative in a prior that is not signed")
        if not (np.isfinite(self.position) and self.position >= 0):
            raise ValueError(f"position must be at least 0, got {self.position}")
        object.__setattr__(self, "centroids", read_only(centroids))
        object.__setattr__(self, "weights", read_only(weights))
        object.__setattr__(self, "counts", read_only(counts))
        object.__setattr__(self, "made_by", json.loads(json.dumps(dict(self.made_by), allow_nan=False)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GlobalPrior) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the arrays and the position: of all that weights fitted with this prior depend on."""
        found = hashlib.sha256(repr((self.centroids.shape, self.weights.shape, float(self.position))).encode())
        for array in (self.centroids, self.weights, self.counts):
            found.update(array.tobytes())
        return found.hexdigest()

    @property
    def classes(self) -> list[int]:
        """The classes that it knows something about."""
        return [int(index) for index in np.flatnonzero(self.counts.any(axis=1))]

    def check(self, kind: str, fingerprint: str, classes: int) -> None:
        """Raise PriorMismatch when it was made with features of another kind, another model or another class list.

        What `made_by` does not say is not checked.
        """
        if self.made_by.get("features", kind) != kind:
            raise PriorMismatch(
                f"The prior knows superpixels by other features ({self.made_by['features']}) than this model gives "
                f"({kind}). Build one with this model."
            )
        if self.made_by.get("fingerprint", fingerprint) != fingerprint:
            made_with = self.made_by.get("model", "another model")
            raise PriorMismatch(f"The prior was built with {made_with}, whose weights are others. Build one anew.")
        if len(self.weights) != classes:
            raise PriorMismatch(f"The prior is for {len(self.weights)} classes, and the model has {classes}.")

    def project(self, features: NDArray[np.float32], class_index: int) -> Projection:
        """The expected weights of superpixels with these features (d, f) for a class.

        A class that it knows nothing about is no error: the coverage is 0 and so is every weight.

        Raises
        ------
        PriorMismatch
            for features of another size, or a class beyond its class list.
        """
        if features.ndim != 2 or features.shape[1] != self.centroids.shape[1]:
            raise PriorMismatch(
                f"The prior knows superpixels by {self.centroids.shape[1]} features each, "
                f"and was given an array of the shape {features.shape}."
            )
        if not 0 <= class_index < len(self.weights):
            raise PriorMismatch(f"The prior is for {len(self.weights)} classes, class {class_index} is none of them.")
        words = nearest(features, self.centroids)
        seen = self.counts[class_index, words] > 0
        return Projection(read_only(self.weights[class_index, words]), float(seen.mean()), read_only(words))

    def save(self, path: str | Path) -> Path:
        """Write it to one `.npz` file, whole or not at all, see `prior_files`."""
        from lime_core import prior_files  # stands above this module

        return prior_files.save_prior(self, path)


@dataclass(frozen=True, eq=False)
class PictureSummary:
    """What one picture adds to a prior.

    picture : its digest
    features, places : (d, f) and (d, 2) float32, see `Description`; of the superpixels that can be explained
    weights : (m, d) float32, local weights for each explained class
    classes : (m,) int64
    made_by : plain values: model, fingerprint, features (their kind), unit (the score), and how it was explained
    """

    picture: str
    features: NDArray[np.float32]
    places: NDArray[np.float32]
    weights: NDArray[np.float32]
    classes: NDArray[np.int64]
    made_by: Mapping[str, Any]

    def __post_init__(self) -> None:
        check_shape("features", self.features, None, None)
        check_shape("places", self.places, len(self.features), 2)
        check_shape("weights", self.weights, None, len(self.features))
        check_shape("classes", self.classes, len(self.weights))
        if not all(np.isfinite(array).all() for array in (self.features, self.places, self.weights)):
            raise ValueError("features, places and weights must be finite")

    @staticmethod
    def of(explanations: Sequence[Explanation]) -> PictureSummary:
        """From explanations of one picture for different classes; superpixels that hiding cannot change are left out.

        Raises ValueError for explanations of different probes, or a probe without features.
        """
        first = explanations[0]
        found = first.scene.description
        if found is None or any(e.spec != first.spec for e in explanations):
            raise ValueError("explanations must be of one probe that knows the features of its superpixels")
        live = ~first.inert
        spec, settings = first.spec, first.settings
        made_by = {
            "model": spec.model,
            "fingerprint": spec.fingerprint,
            "features": found.kind,
            "unit": settings.space,
            **{role: str(getattr(spec, role)) for role in ("segmenter", "hiding", "sampler")},
            **{role: str(getattr(settings, role)) for role in ("kernel", "surrogate")},
            "num_samples": first.n_samples,
        }
        return PictureSummary(
            spec.picture,
            found.features[live],
            found.places[live],
            np.stack([e.weights[live] for e in explanations]).astype(np.float32),
            np.array([e.settings.class_index for e in explanations], dtype=np.int64),
            made_by,
        )

    def columns(self, position: float = 0.0) -> NDArray[np.float32]:
        """As `Description.columns`."""
        return self.features if position == 0 else np.hstack([self.features, np.float32(position) * self.places])


class PriorBuilder:
    """Sums of contributions by class and word.

    The order in which pictures are added changes nothing but the last digits, and two builders with the same words can
    be merged.
    """

    def __init__(self, centroids: NDArray[np.float32], classes: int, method: str = "normlime") -> None:
        if method not in GLOBAL_WEIGHTS:
            raise ValueError(f"method must be one of {', '.join(GLOBAL_WEIGHTS)}, got {method!r}")
        self.centroids, self.method = centroids, method
        self.sums = np.zeros((classes, len(centroids)))
        self.counts = np.zeros((classes, len(centroids)), dtype=np.int64)

    def add(self, features: NDArray[np.float32], weights: NDArray[np.floating], classes: NDArray[np.int64]) -> None:
        """Add a picture: features (d, f), local weights (m, d) of the classes (m,)."""
        if ((classes < 0) | (classes >= len(self.sums))).any():
            raise ValueError(f"classes must lie in [0, {len(self.sums) - 1}], got {classes.tolist()}")
        words = nearest(features, self.centroids)
        given = GLOBAL_WEIGHTS[self.method](weights.astype(np.float64))
        where = np.repeat(classes, len(words)), np.tile(words, len(classes))
        np.add.at(self.sums, where, given.ravel())
        np.add.at(self.counts, where, 1)

    def merge(self, other: PriorBuilder) -> None:
        """Add all that another builder has.  Raises ValueError when its words or its method are others."""
        if self.method != other.method or not np.array_equal(self.centroids, other.centroids):
            raise ValueError("builders can only be merged when they have the same words and method")
        self.sums += other.sums
        self.counts += other.counts

    def prior(self, unit: str, position: float = 0.0, made_by: Mapping[str, Any] | None = None) -> GlobalPrior:
        """The prior of what has been added so far."""
        weights = self.sums / np.maximum(self.counts, 1)
        told = {**(made_by or {}), "method": self.method}
        return GlobalPrior(self.centroids, weights, self.counts, self.method == "signed", unit, position, told)


def build_prior(
    summaries: Iterable[PictureSummary],
    classes: int,
    clusters: int = 100,
    method: str = "normlime",
    position: float = 0.0,
    made_by: Mapping[str, Any] | None = None,
) -> GlobalPrior:
    """A prior from the summaries of many pictures, the same in whatever order they come.

    classes : how many the model has
    clusters : how many visual words, at most one for each superpixel
    method : "normlime", "average" or "signed"
    made_by : what is to be added to what the summaries say, such as the source of the pictures

    Raises
    ------
    ValueError
        for no summaries, a picture that comes twice, an unknown method, or summaries made with different models,
        features or scores.
    """
    pictures = sorted(summaries, key=lambda summary: summary.picture)
    if not pictures:
        raise ValueError("summaries must hold at least one picture, got none")
    if len({summary.picture for summary in pictures}) < len(pictures):
        raise ValueError("summaries must hold each picture once")
    told = pictures[0].made_by
    for key in ("fingerprint", "features", "unit"):
        if len({summary.made_by.get(key) for summary in pictures}) > 1:
            raise ValueError(f"summaries must be made alike, got different values of {key}")
    columns = [summary.columns(position) for summary in pictures]
    features = np.concatenate(columns)
    builder = PriorBuilder(fit_words(features, clusters), classes, method)
    for summary, described in zip(pictures, columns, strict=True):
        builder.add(described, summary.weights, summary.classes)
    facts = {"pictures": len(pictures), "superpixels": len(features), **(made_by or {})}
    return builder.prior(str(told.get("unit", "")), position, {**told, **facts})


def fit_words(features: NDArray[np.float32], clusters: int = 100) -> NDArray[np.float32]:
    """(c, f) float32 centroids of visual words by k-means on features (n, f), c being at most n.

    The same features in the same order give the same words.
    """
    if clusters < 1:
        raise ValueError(f"clusters must be at least 1, got {clusters}")
    c = min(clusters, len(features))
    found = MiniBatchKMeans(n_clusters=c, random_state=0, n_init=3, batch_size=2048).fit(features)
    return np.asarray(found.cluster_centers_, dtype=np.float32)


def nearest(features: NDArray[np.float32], centroids: NDArray[np.float32]) -> Words:
    """(d,) the word (row of centroids (c, f)) that is nearest to each row of features (d, f)."""
    wide, centers = features.astype(np.float64), centroids.astype(np.float64)
    return np.asarray(((centers**2).sum(axis=1) - 2.0 * wide @ centers.T).argmin(axis=1))
