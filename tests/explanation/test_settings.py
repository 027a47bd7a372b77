"""Settings with a prior: compared by its contents, and strengths that are none are refused."""

import pytest

import lime_core as lc
from tests.explanation.conftest import prior_of


@pytest.mark.parametrize("strength", [-1.0, float("nan"), float("inf")])
def test_a_strength_that_is_none_is_refused(probe, strength):
    with pytest.raises(ValueError, match="prior_strength must be a number of at least 0"):
        lc.explain(probe, prior=prior_of(probe), prior_strength=strength)


def test_settings_with_a_prior_compare_by_its_contents(probe):
    one, other = (lc.FitSettings(0, prior=prior_of(probe), prior_strength=2.0) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != lc.FitSettings(0, prior=prior_of(probe, classes=(1,)), prior_strength=2.0)
    assert "array" not in repr(one)
