"""Repeats of the planted model."""

import lime_core as lc
from tests.support.planted import BLACK, GRID


def ask(picture, model, **arguments):
    return lc.stability(picture, model, **{"num_samples": 60, "segmenter": GRID, "hiding": BLACK, **arguments})
