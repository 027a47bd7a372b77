"""What sessions keep of what was brought to them: counted for all of them together."""

import numpy as np
import pytest

import lime_core as lc
from pages.ui.runs.kept import Kept


def test_what_is_let_go_makes_room():
    kept = Kept(max_bytes=100)
    first, second = np.zeros(1), np.zeros(1)
    kept.take(first, 60)
    with pytest.raises(lc.LimeError, match="as much of its visitors as it can"):
        kept.take(second, 60)
    kept.take(second, 40)
    del first
    third = np.zeros(1)
    kept.take(third, 60)
    with pytest.raises(lc.LimeError):
        kept.take(np.zeros(1), 1)
