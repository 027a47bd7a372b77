"""What decides is found where it was planted, and nothing is said of what nobody can know."""

import numpy as np

import lime_core as lc
from tests.tuning.small_study import cases

ALPHAS, SIDES = (0.1, 1.0, 10.0), (2, 3, 4)
SETTINGS = tuple(
    lc.Setting(lc.ProbeSettings(lc.Grid(side, side)), 60, lc.FitSettings(surrogate=lc.Ridge(alpha=alpha)))
    for side in SIDES
    for alpha in ALPHAS
)


def losses_of(gains):
    gains, n = np.asarray(gains, dtype=float)[:, None], len(gains)
    return lc.Losses(SETTINGS[:n], cases()[:1], gains, np.zeros(n), np.ones(n), np.ones(n, dtype=bool))


def test_the_part_that_decides_has_all_of_the_variance():
    found = lc.importances(losses_of(np.repeat([0.1, 0.3, 0.2], 3)))
    assert list(found) == ["segmenter", "surrogate"]
    assert found["segmenter"] > 0.95
    assert sum(found.values()) <= 1 + 1e-9
    other = lc.importances(losses_of(np.tile([0.1, 0.3, 0.2], 3)))
    assert other["surrogate"] > 0.95


def test_the_same_settings_are_told_the_same():
    gains = np.random.default_rng(0).normal(size=9)
    assert lc.importances(losses_of(gains)) == lc.importances(losses_of(gains))


def test_nothing_is_said_of_few_settings_or_equal_ones():
    assert lc.importances(losses_of([0.1, 0.2, 0.3])) == {}
    assert lc.importances(losses_of([0.1] * 9)) == {}
    assert lc.importances(losses_of([np.nan] * 9)) == {}
