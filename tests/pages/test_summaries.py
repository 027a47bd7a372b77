"""What is kept of pictures that were asked about: by all that it depends on, and not without end."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from pages.ui.runs.summaries import Summaries, SummaryKey
from tests.support.planted import GRID


@pytest.fixture
def key(picture, planted):
    return SummaryKey(lc.ProbeSpec.of(picture, planted), 300, lc.FitSettings(), 5)


def test_a_summary_is_found_by_everything_that_it_depends_on(key, summaries):
    kept = Summaries()
    assert key not in kept
    assert kept.get(key) is None
    kept.keep(key, summaries[0])
    assert kept.get(replace(key)) is summaries[0]
    for other in (
        replace(key, num_samples=200),
        replace(key, classes=3),
        replace(key, settings=lc.FitSettings(surrogate=lc.Ridge(alpha=2.0))),
        replace(key, spec=replace(key.spec, segmenter=GRID)),
        replace(key, spec=replace(key.spec, picture="another")),
    ):
        assert other not in kept


def test_the_least_recently_used_leaves_when_there_is_no_room(key, summaries):
    same = summaries[:1] * 3
    kept = Summaries(max_bytes=2 * same[0].nbytes)
    one, two, three = (replace(key, classes=number) for number in (1, 2, 3))
    kept.keep(one, same[0])
    kept.keep(two, same[1])
    kept.keep(two, same[1])
    assert one in kept
    kept.get(one)
    kept.keep(three, same[2])
    assert [key in kept for key in (one, two, three)] == [True, False, True]
    Summaries(max_bytes=0).keep(one, same[0])


def test_label_maps_count_once_each(key, summaries):
    one, other = (lc.LabelMap.of(np.arange(90_000).reshape(300, 300) % count) for count in (2, 3))
    kept = Summaries(max_bytes=one.nbytes + 4 * summaries[0].nbytes)
    keys = [replace(key, spec=replace(key.spec, segmenter=one, seed=seed)) for seed in range(3)]
    for each in keys:
        kept.keep(each, summaries[0])
    assert all(each in kept for each in keys)
    new = replace(key, spec=replace(key.spec, segmenter=other))
    kept.keep(new, summaries[0])
    assert [each in kept for each in (*keys, new)] == [False, False, False, True]
