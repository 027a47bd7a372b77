"""Building a prior: what single pictures add to it, and the sums over all of them.

With the local weights a of a picture, superpixel s contributes to the weight of its visual word

    normlime   a_s² / Σ|a|, so that a picture counts by its strongest superpixels
    average    |a_s|
    signed     a_s

References
----------
NormLIME: Ahern et al. (2019), "NormLime: A New Feature Importance Metric for Explaining Deep Neural Networks".
InterpretDL has the first two sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from lime_core.arrays import Floats, check_shape
from lime_core.errors import BadPicture
from lime_core.explanation.explanation import Explanation
from lime_core.priors.examples import SIDE, Examples, Looks, looks_of
from lime_core.priors.prior import GlobalPrior, nearest


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
class PictureSummary:
    """What one picture adds to a prior.

    picture : its digest
    features, places : (d, f) and (d, 2) float32, see `Description`; of the superpixels that can be explained
    weights : (m, d) float32, local weights for each explained class
    classes : (m,) int64
    made_by : plain values: model, fingerprint, features (their kind), unit (the score), and how it was explained
    looks : (d, 32, 32, 3) uint8, what the superpixels look like to people; None where that is not to be kept
    """

    picture: str
    features: NDArray[np.float32]
    places: NDArray[np.float32]
    weights: NDArray[np.float32]
    classes: NDArray[np.int64]
    made_by: Mapping[str, Any]
    looks: Looks | None = None

    def __post_init__(self) -> None:
        check_shape("features", self.features, None, None)
        check_shape("places", self.places, len(self.features), 2)
        check_shape("weights", self.weights, None, len(self.features))
        check_shape("classes", self.classes, len(self.weights))
        if not all(np.isfinite(array).all() for array in (self.features, self.places, self.weights)):
            raise ValueError("features, places and weights must be finite")
        if self.looks is not None:
            check_shape("looks", self.looks, len(self.features), SIDE, SIDE, 3)
            if self.looks.dtype != np.uint8:
                raise ValueError(f"looks must be uint8, got {self.looks.dtype}")

    @staticmethod
    def of(explanations: Sequence[Explanation], looks: bool = True) -> PictureSummary:
        """From explanations of one picture for different classes; superpixels that hiding cannot change are left out.

        looks : whether it keeps what the superpixels look like, which are parts of the picture

        Raises
        ------
        ValueError
            for explanations of different probes, or a probe without features.
        BadPicture
            when no superpixel of the picture changes when it is hidden.
        """
        first = explanations[0]
        found = first.scene.description
        if found is None or any(e.spec != first.spec for e in explanations):
            raise ValueError("explanations must be of one probe that knows the features of its superpixels")
        live = ~first.inert
        if not live.any():
            raise BadPicture("Hiding changes no superpixel of this picture: there is nothing to explain.")
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
            looks_of(first.image, first.segments)[live] if looks else None,
        )

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        arrays = (self.features, self.places, self.weights, self.classes, self.looks)
        return sum(array.nbytes for array in arrays if array is not None)

    def columns(self, position: float = 0.0) -> NDArray[np.float32]:
        """As `Description.columns`."""
        return self.features if position == 0 else np.hstack([self.features, np.float32(position) * self.places])


class PriorBuilder:
    """Sums of contributions by class and word.

    The order in which pictures are added changes nothing but the last digits, and two builders with the same words can
    be merged.
    """

    def __init__(self, centroids: NDArray[np.float32], classes: int, method: str = "signed") -> None:
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

    def prior(
        self,
        unit: str,
        position: float = 0.0,
        made_by: Mapping[str, Any] | None = None,
        examples: Examples | None = None,
    ) -> GlobalPrior:
        """The prior of what has been added so far."""
        weights = self.sums / np.maximum(self.counts, 1)
        told = {**(made_by or {}), "method": self.method}
        signed = self.method == "signed"
        return GlobalPrior(self.centroids, weights, self.counts, signed, unit, position, told, examples)


def build_prior(
    summaries: Iterable[PictureSummary],
    classes: int,
    clusters: int = 100,
    method: str = "signed",
    position: float = 0.0,
    made_by: Mapping[str, Any] | None = None,
    examples: int = 4,
) -> GlobalPrior:
    """A prior from the summaries of many pictures, the same in whatever order they come.

    classes : how many the model has
    clusters : how many visual words, at most one for each superpixel
    method : "normlime", "average" or "signed"
    made_by : what is to be added to what the summaries say, such as the source of the pictures
    examples : how many superpixels show what a word looks like.  They are parts of the pictures: take 0 where those
        are not to be given away with the prior.  They change no weight

    Raises
    ------
    ValueError
        for no summaries, a picture that comes twice, an unknown method, less than 0 examples, or summaries made with
        different models, features or scores.
    """
    if examples < 0:
        raise ValueError(f"examples must be at least 0, got {examples}")
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
    shown = _examples(pictures, columns, builder.centroids, examples)
    return builder.prior(str(told.get("unit", "")), position, {**told, **facts}, shown)


def _examples(
    pictures: Sequence[PictureSummary],
    columns: Sequence[NDArray[np.float32]],
    centroids: NDArray[np.float32],
    count: int,
) -> Examples | None:
    """The most typical superpixels of each word, of the pictures that show theirs; None where none does."""
    found = [(number, shown.looks) for number, shown in enumerate(pictures)]
    seen = [(number, columns[number], looks) for number, looks in found if looks is not None]
    if not count or not seen:
        return None
    features = np.concatenate([found for _, found, _ in seen])
    words = nearest(features, centroids)
    distances = np.square(features - centroids[words]).sum(axis=1)
    origins = np.repeat([number for number, _, _ in seen], [len(found) for _, found, _ in seen])
    looks = np.concatenate([looks for _, _, looks in seen])
    return Examples.of(looks, words, distances, origins, len(centroids), count)


def fit_words(features: NDArray[np.float32], clusters: int = 100) -> NDArray[np.float32]:
    """(c, f) float32 centroids of visual words by k-means on features (n, f), c being at most n.

    The same features in the same order give the same words.  Raises ValueError for no features, or less than 1 cluster.
    """
    if clusters < 1:
        raise ValueError(f"clusters must be at least 1, got {clusters}")
    if not len(features):
        raise ValueError("features must have at least one row, got none")
    c = min(clusters, len(features))
    found = MiniBatchKMeans(n_clusters=c, random_state=0, n_init=3, batch_size=2048).fit(features)
    return np.asarray(found.cluster_centers_, dtype=np.float32)
