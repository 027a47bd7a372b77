"""Visual words are found and looked up within their bounds, and in little memory."""

import tracemalloc

import numpy as np
import pytest

import lime_core as lc
from lime_core.priors import words


def test_words_are_found_in_blocks_as_all_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    features, centroids = (rng.normal(size=(rows, 7)).astype(np.float32) for rows in (1001, 300))
    features[:300:3] = centroids[:300:3]
    at_once = ((features[:, None].astype(float) - centroids) ** 2).sum(axis=2).argmin(axis=1)
    for block in (1, 1000, 10_000, 2**20):
        monkeypatch.setattr(words, "_BLOCK", block)
        np.testing.assert_array_equal(words.nearest(features, centroids), at_once)
    assert words.nearest(features[:0], centroids).shape == (0,)


def test_a_search_for_words_takes_the_memory_of_a_block():
    features, centroids = np.zeros((20_000, 2), np.float32), np.zeros((1000, 2), np.float32)
    tracemalloc.start()
    try:
        words.nearest(features, centroids)
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("rows", "clusters", "message"),
    [
        (0, 3, "at least one row, got none"),
        (5, 0, "clusters must be at least 1, got 0"),
        (5, 10_001, "clusters must be at most 10000, got 10001"),
    ],
)
def test_words_of_nothing_none_and_too_many_are_refused(rows, clusters, message):
    with pytest.raises(ValueError, match=message):
        lc.fit_words(np.zeros((rows, 2), np.float32), clusters)


def test_there_are_no_more_words_than_superpixels():
    features = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    found = lc.fit_words(features, 100)
    assert found.shape == (5, 2)
    np.testing.assert_array_equal(found, lc.fit_words(features, 100))
