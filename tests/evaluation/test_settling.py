"""A run stops when the strongest are certain, and seldom with a wrong set."""

import numpy as np
import pytest

import lime_core as lc
from tests.support.planted import BLACK, GRID, textured_picture


@pytest.fixture(scope="module")
def noisy():
    """A model of interactions, in which two superpixels stand out and the next two are equal."""
    effects = np.array([12.0, -12.0, 6.0, 6.0, *np.zeros(12)])
    pairs = np.random.default_rng(0).normal(0, 0.5, (16, 16))
    pairs[2:4] = pairs[:, 2:4] = 0.0
    picture = textured_picture()
    labels = lc.segment(picture.pixels, GRID).labels
    places = [np.argwhere((labels == s) & picture.pixels.any(axis=2))[0] for s in range(16)]
    rows, columns = np.array(places).T

    def predict(pictures):
        shown = pictures[:, rows, columns].any(axis=2).astype(float)
        return shown @ effects + ((shown @ pairs) * shown).sum(axis=1)

    return picture, lc.wrap_model(lambda pictures: predict(pictures)[:, None], kind="values", name="noisy")


def grown(noisy, n, seed=0, sampler=None):
    picture, model = noisy
    return lc.probe_image(picture, model, n, segmenter=GRID, hiding=BLACK, sampler=sampler, seed=seed)


def growing(noisy, n, seed=0):
    picture, model = noisy
    spec = lc.ProbeSpec.of(picture, model, GRID, BLACK, seed=seed)
    return lc.grow(lc.open_probe(spec, picture, model), n, model)


SETTINGS = lc.FitSettings(0)


def test_a_run_stops_when_the_strongest_are_certain(noisy):
    *_, probe = lc.until_settled(growing(noisy, 5000), SETTINGS, 2)
    assert 3 * 16 < len(probe) < 1000
    assert lc.settled(probe, SETTINGS, 2)
    assert {s for s, _ in lc.fit(probe, SETTINGS).top(2)} == {0, 1}


def test_several_are_settled_once_all_masks_of_each_have_been_asked(noisy):
    picture, model = noisy
    for cuts, done in (((lc.Grid(1, 2), lc.Grid(2, 1)), True), ((lc.Grid(1, 2), lc.Grid(3, 4)), False)):
        probe = lc.probe_image(picture, model, 10**6, cuts, BLACK, sampler=lc.Enumerate())
        assert len(probe) == probe.limit == 8
        assert lc.settled(probe, SETTINGS, 1) is done


def test_several_are_looked_at_with_three_samples_for_each_superpixel_of_each(noisy):
    picture, model = noisy
    probe = lc.probe_image(picture, model, 6 * 16, (lc.Grid(1, 2), GRID), BLACK)
    assert lc.settled(probe, SETTINGS, 1, certainty=0.0)
    assert not lc.settled(probe.first(6 * 16 - 1), SETTINGS, 1, certainty=0.0)


def test_runs_between_equals_mostly_come_to_their_end(noisy):
    ends = [list(lc.until_settled(growing(noisy, 600, seed), SETTINGS, 3))[-1] for seed in range(12)]
    unsettled = [probe for probe in ends if not lc.settled(probe, SETTINGS, 3)]
    assert len(unsettled) >= 8
    assert {len(probe) for probe in unsettled} == {600}


def test_looking_again_and_again_seldom_finds_a_wrong_set(noisy):
    truth = {s for s, _ in lc.fit(grown(noisy, 20_000, 99, lc.FoldOver()), SETTINGS).top(4)}
    found = []
    for seed in range(30):
        *_, probe = lc.until_settled(growing(noisy, 5000, seed), SETTINGS, 4)
        if lc.settled(probe, SETTINGS, 4):
            found.append({s for s, _ in lc.fit(probe, SETTINGS).top(4)} == truth)
    assert len(found) >= 10
    assert sum(found) >= 0.9 * len(found)


def test_whether_a_probe_is_settled_does_not_depend_on_how_it_grew(noisy):
    *_, probe = lc.until_settled(growing(noisy, 5000), SETTINGS, 2)
    for more in range(0, 20):
        assert lc.settled(grown(noisy, len(probe) + more), SETTINGS, 2)


def test_few_samples_are_never_enough(noisy):
    assert not lc.settled(grown(noisy, 55), SETTINGS, 1)


def test_all_masks_are_always_enough(noisy):
    picture, model = noisy
    spec = lc.ProbeSpec.of(picture, model, lc.Grid(2, 3), BLACK, lc.Enumerate())
    *_, probe = lc.until_settled(lc.grow(lc.open_probe(spec, picture, model), 1000, model), SETTINGS, 2)
    assert len(probe) == 64
    assert lc.settled(probe, SETTINGS, 2)
