"""Visual words: kinds of superpixels that look alike, found by k-means, and the word that is nearest to each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from lime_core.arguments import whole
from lime_core.explanation.prior import Words


def fit_words(features: NDArray[np.float32], clusters: int = 100) -> NDArray[np.float32]:
    """Fit visual words by k-means on features; the same features in the same order give the same words.

    Parameters
    ----------
    features : (n, f) float32
        What superpixels look like, of all pictures.
    clusters : int, default 100
        How many words, at most one for each row; at least 1.

    Returns
    -------
    (c, f) float32
        The centroids of the words, c being at most n.

    Raises
    ------
    ValueError
        For no features, or less than 1 cluster.
    """
    clusters = whole("clusters", clusters, 1)
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
    return np.asarray(((centers**2).sum(axis=1) - 2.0 * wide @ centers.T).argmin(axis=1))
