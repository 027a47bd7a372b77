"""What is kept of pictures that were asked about: by all that it depends on, and not without end."""

from dataclasses import replace

import pytest

import lime_core as lc
from pages.ui.runs.summaries import Asked, Summaries
from tests.support.planted import GRID


@pytest.fixture
def asked(picture, planted):
    return Asked(lc.ProbeSpec.of(picture, planted), 300, lc.FitSettings(), 5)


def test_a_summary_is_found_by_everything_that_it_depends_on(asked, summaries):
    kept = Summaries()
    assert asked not in kept
    assert kept.get(asked) is None
    kept.keep(asked, summaries[0])
    assert kept.get(replace(asked)) is summaries[0]
    for other in (
        replace(asked, num_samples=200),
        replace(asked, classes=3),
        replace(asked, settings=lc.FitSettings(surrogate=lc.Ridge(alpha=2.0))),
        replace(asked, spec=replace(asked.spec, segmenter=GRID)),
        replace(asked, spec=replace(asked.spec, picture="another")),
    ):
        assert other not in kept


def test_the_least_recently_used_leaves_when_there_is_no_room(asked, summaries):
    same = summaries[:1] * 3
    kept = Summaries(max_bytes=2 * same[0].nbytes)
    one, two, three = (replace(asked, classes=number) for number in (1, 2, 3))
    kept.keep(one, same[0])
    kept.keep(two, same[1])
    kept.keep(two, same[1])
    assert one in kept
    kept.get(one)
    kept.keep(three, same[2])
    assert [key in kept for key in (one, two, three)] == [True, False, True]
    Summaries(max_bytes=0).keep(one, same[0])
