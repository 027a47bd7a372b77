"""A closer look at repeats: at the methods of which there is more than one, with a weight."""

from types import SimpleNamespace

import numpy as np

from pages.ui.stability.closer import methods_to_compare


def report(repeats, weight):
    return SimpleNamespace(explanations=(None,) * repeats, weights=np.full((repeats, 3), weight))


def test_methods_with_one_repeat_or_without_weights_are_not_looked_at():
    assert methods_to_compare({"one": report(1, 0.5), "empty": report(4, 0.0)}) == []
    assert methods_to_compare({"one": report(1, 0.5), "two": report(2, 0.5)}) == ["two"]
