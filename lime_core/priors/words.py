"""Visual words: kinds of superpixels that look alike, found by k-means, and the word that is nearest to each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from lime_core.arguments import number, whole
from lime_core.explanation.prior import Words
from lime_core.models.answers import MOST_OUTPUTS

MOST_WORDS = 10_000
"""Visual words that a prior may have."""

MOST_POSITION = 1000.0
"""How much the place may count beside the features; looks count for nothing long before that."""

_BLOCK = 2**20  # distances that are in memory at once


def check_extent(classes: int, words: int, position: float) -> None:
    """Refuse more than a prior may have.

    Parameters
    ----------
    classes, words : int
        How many it has, k and c.
    position : float
        How much the place counts.

    Raises
    ------
    ValueError
        For more than `MOST_OUTPUTS`, `MOST_WORDS` and `MOST_POSITION`, and for a position below 0.
    TypeError
        For a position that is no number.
    """
    for name, given, most in (("classes", classes, MOST_OUTPUTS), ("words", words, MOST_WORDS)):
        if given > most:
            raise ValueError(f"a prior has {most} {name} at most, got {given}")
    number("position", position, 0, MOST_POSITION)


def fit_words(features: NDArray[np.float32], clusters: int = 100) -> NDArray[np.float32]:
    """Fit visual words by k-means on features; the same features in the same order give the same words.

    Parameters
    ----------
    features : (n, f) float32
        What superpixels look like, of all pictures.
    clusters : int, default 100
        How many words, at most one for each row; 1 to 10 000.

    Returns
    -------
    (c, f) float32
        The centroids of the words, c being at most n.

    Raises
    ------
    ValueError
        For no features, less than 1 cluster or more than `MOST_WORDS`.
    """
    clusters = whole("clusters", clusters, 1, most=MOST_WORDS)
    if not len(features):
        raise ValueError("features must have at least one row, got none")
    c = min(clusters, len(features))
    clustering = MiniBatchKMeans(n_clusters=c, random_state=0, n_init=3, batch_size=2048).fit(features)
    return np.asarray(clustering.cluster_centers_, dtype=np.float32)


def nearest(features: NDArray[np.float32], centroids: NDArray[np.float32]) -> Words:
    """Find the word that is nearest to each superpixel, by the Euclidean distance.

    Parameters
    ----------
    features, centroids : (d, f) float32, (c, f) float32
        What the superpixels and the words look like.

    Returns
    -------
    (d,) int
        The row of the centroid that is nearest to each row of features.
    """
    wide, centers = features.astype(np.float64), centroids.astype(np.float64)
    squares, rows = (centers**2).sum(axis=1), max(1, _BLOCK // len(centers))
    blocks = [wide[start : start + rows] for start in range(0, len(wide), rows)]
    found = [(squares - 2.0 * block @ centers.T).argmin(axis=1) for block in blocks]
    return np.concatenate([np.empty(0, np.intp), *found])
