"""What the tests of several figures are about."""

import pytest

import lime_core as lc


@pytest.fixture
def e(probe) -> lc.Explanation:
    return lc.explain(probe, 0)
