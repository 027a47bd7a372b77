"""Building a prior: what single pictures add to it, and the sums over all of them.

With the local weights a of a picture, superpixel s contributes to the weight of its visual word

    normlime   a_s² / Σ|a|, so that a picture counts by its strongest superpixels
    average    |a_s|
    signed     a_s
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import is_a, number, one_of, whole
from lime_core.arrays import Floats
from lime_core.files.digests import digests_of
from lime_core.models.answers import MOST_OUTPUTS
from lime_core.priors.examples import MOST_EXAMPLES, Examples
from lime_core.priors.prior import GlobalPrior
from lime_core.priors.summary import PictureSummary
from lime_core.priors.words import MOST_POSITION, MOST_WORDS, fit_words, nearest


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
    be merged.  `sums` (k, c) float64 and `counts` (k, c) int64 hold what has been added.

    Parameters
    ----------
    centroids : (c, f) float32
        What each visual word looks like.
    classes, method : int, str, default "signed"
        How many classes the model has, k, and what superpixels contribute, a name in `GLOBAL_WEIGHTS`.

    Raises
    ------
    ValueError
        For an unknown method.
    """

    def __init__(self, centroids: NDArray[np.float32], classes: int, method: str = "signed") -> None:
        one_of("method", method, GLOBAL_WEIGHTS)
        self.centroids, self.method = centroids, method
        self.sums = np.zeros((classes, len(centroids)))
        self.counts = np.zeros((classes, len(centroids)), dtype=np.int64)

    def add(self, features: NDArray[np.float32], weights: NDArray[np.floating], classes: NDArray[np.int64]) -> None:
        """Add a picture.

        Parameters
        ----------
        features : (d, f) float32
            What its superpixels look like.
        weights : (m, d) floats
            Their local weights, a row for each explained class.
        classes : (m,) int64
            The explained classes, 0..k-1.

        Raises
        ------
        ValueError
            For a class that the model does not have.
        """
        if ((classes < 0) | (classes >= len(self.sums))).any():
            raise ValueError(f"classes must lie in [0, {len(self.sums) - 1}], got {classes.tolist()}")
        words = nearest(features, self.centroids)
        contributions = GLOBAL_WEIGHTS[self.method](weights.astype(np.float64))
        places = np.repeat(classes, len(words)), np.tile(words, len(classes))
        np.add.at(self.sums, places, contributions.ravel())
        np.add.at(self.counts, places, 1)

    def merge(self, other: PriorBuilder) -> None:
        """Add all that another builder has.

        Parameters
        ----------
        other : PriorBuilder
            A builder with the same words and method, which stays as it is.

        Raises
        ------
        ValueError
            When its words or its method are others.
        """
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
        """Make the prior of what has been added so far: the mean contribution to each class and word.

        Parameters
        ----------
        unit, position, made_by, examples : str, float, mapping, Examples
            As in `GlobalPrior`; the method is added to `made_by`.

        Returns
        -------
        GlobalPrior
            The prior, signed where the method is "signed".

        Raises
        ------
        ValueError, TypeError
            As `GlobalPrior` does.
        """
        weights = self.sums / np.maximum(self.counts, 1)
        facts = {**({} if made_by is None else made_by), "method": self.method}
        signed = self.method == "signed"
        return GlobalPrior(self.centroids, weights, self.counts, signed, unit, position, facts, examples)


def build_prior(
    summaries: Iterable[PictureSummary],
    classes: int,
    clusters: int = 100,
    method: str = "signed",
    position: float = 0.0,
    made_by: Mapping[str, Any] | None = None,
    examples: int = 4,
) -> GlobalPrior:
    """Build a prior from the summaries of many pictures, the same in whatever order they come.

    Parameters
    ----------
    summaries : iterable of PictureSummary
        One of each picture, all of the same model, features and score.
    classes : int
        How many the model has, k; 1 to 30 000.
    clusters : int, default 100
        How many visual words, at most one for each superpixel; 1 to 10 000.
    method : str, default "signed"
        What superpixels contribute to their words: "normlime", "average" or "signed", see `GLOBAL_WEIGHTS`.
    position : float, default 0
        How much the place of a superpixel counts beside its features, see `Description.columns`; 0 to 1000.
    made_by : mapping, optional
        What is to be added to what the summaries say, such as the source of the pictures: plain values for JSON.
    examples : int, default 4
        How many superpixels show what a word looks like, 0 to 1000.  They are parts of the pictures: take 0 where those
        are not to be given away with the prior.  They change no weight.

    Returns
    -------
    GlobalPrior
        Its `made_by` has that of the summaries, how many pictures and superpixels there were, and where some pictures
        are crops, of how many photos; its `digests` are those of the pictures, and of the photos of crops.

    Raises
    ------
    ValueError, TypeError
        For no summaries, a picture that comes twice, summaries made with different models, features or scores, an
        unknown method, a class beyond the model's, classes, clusters, a position or examples out of range, or a
        `made_by` that JSON cannot hold.

    References
    ----------
    NormLIME: Ahern et al. (2019), "NormLime: A New Feature Importance Metric for Explaining Deep Neural Networks".
    InterpretDL has the sums "normlime" and "average".
    """
    classes, clusters = whole("classes", classes, 1, most=MOST_OUTPUTS), whole("clusters", clusters, 1, most=MOST_WORDS)
    method, position = one_of("method", method, GLOBAL_WEIGHTS), number("position", position, 0, MOST_POSITION)
    examples = whole("examples", examples, 0, most=MOST_EXAMPLES)
    given = list(summaries) if np.iterable(summaries) else [summaries]
    for summary in given:
        is_a("summaries", summary, PictureSummary, "of PictureSummary, as PictureSummary.of makes them")
    pictures = sorted(given, key=lambda summary: summary.picture)
    if not pictures:
        raise ValueError("summaries must hold at least one picture, got none")
    if len({summary.picture for summary in pictures}) < len(pictures):
        raise ValueError("summaries must hold each picture once")
    first = pictures[0].made_by
    for key in ("fingerprint", "features", "unit"):
        if len({summary.made_by.get(key) for summary in pictures}) > 1:
            raise ValueError(f"summaries must be made alike, got different values of {key}")
    columns = [summary.columns(position) for summary in pictures]
    features = np.concatenate(columns)
    builder = PriorBuilder(fit_words(features, clusters), classes, method)
    for summary, rows in zip(pictures, columns, strict=True):
        builder.add(rows, summary.weights, summary.classes)
    facts: dict[str, Any] = {"pictures": len(pictures), "superpixels": len(features)}
    if any(one.crop_of for one in pictures):
        facts["photos"] = len({one.crop_of or one.picture for one in pictures})
    facts |= {} if made_by is None else made_by
    shown = _examples(pictures, columns, builder.centroids, examples)
    prior = builder.prior(str(first.get("unit", "")), position, {**first, **facts}, shown)
    return replace(prior, digests=digests_of(name for one in pictures for name in (one.picture, one.crop_of)))


def _examples(
    pictures: Sequence[PictureSummary],
    columns: Sequence[NDArray[np.float32]],
    centroids: NDArray[np.float32],
    count: int,
) -> Examples | None:
    """The most typical superpixels of each word, of the pictures that show theirs; None where none does."""
    shown = [(number, columns[number], one.looks) for number, one in enumerate(pictures) if one.looks is not None]
    if not count or not shown:
        return None
    features = np.concatenate([rows for _, rows, _ in shown])
    words = nearest(features, centroids)
    distances = np.square(features - centroids[words]).sum(axis=1)
    origins = np.repeat([number for number, _, _ in shown], [len(rows) for _, rows, _ in shown])
    looks = np.concatenate([looks for _, _, looks in shown])
    return Examples.of(looks, words, distances, origins, len(centroids), count)
