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
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from lime_core.arrays import Floats
from lime_core.priors.examples import Examples
from lime_core.priors.prior import GlobalPrior, nearest
from lime_core.priors.summary import PictureSummary


def _normlime(weights: Floats) -> Floats:
    total = np.abs(weights).sum(axis=1, keepdims=True)
    return weights**2 / np.where(total > 0, total, 1.0)


GLOBAL_WEIGHTS: Mapping[str, Callable[[Floats], Floats]] = {
    "normlime": _normlime,
    "average": np.abs,
    "signed": np.positive,
}
"""name -> what local weights (m, d) of one picture contribute, a row for each explained class."""


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
