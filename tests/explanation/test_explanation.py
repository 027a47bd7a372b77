"""What an explanation can be asked, and that nobody can write to it."""

import math
from dataclasses import replace

import numpy as np

import lime_core as lc


def test_top_lists_the_strongest_first_with_their_signs(probe, counting):
    top = lc.explain(probe, 0, surrogate=lc.LeastSquares()).top(3)
    order = np.argsort(-np.abs(counting.effects[0]))[:3]
    assert [superpixel for superpixel, _ in top] == order.tolist()
    np.testing.assert_allclose([weight for _, weight in top], counting.effects[0, order], atol=1e-4)


def test_results_cannot_be_written_to(probe):
    e = lc.explain(probe)
    for array in (e.weights, e.standard_error, e.covariance, e.image, e.segments, e.features):
        assert not array.flags.writeable


def test_the_manifest_of_versions_names_what_the_numbers_depend_on(probe):
    assert {"lime_core", "python", "numpy", "torch", "scikit-learn", "scikit-image"} <= set(lc.explain(probe).versions)


def test_only_all_masks_are_exact(probe):
    assert not lc.explain(probe).exact


def test_printed_it_is_one_line(planted, picture):
    e = lc.explain(lc.probe_image(picture, planted, 40, lc.Grid(4, 4), lc.Color(color=(0, 0, 0))))
    top = ", ".join(str(s) for s, _ in e.top(3))
    assert repr(e) == f"Explanation({e.class_name}, 16 superpixels, 40 samples, R² {e.r2:.2f}, strongest {top})"
    constant = replace(e, r2=math.nan, weights=np.zeros(16))
    assert repr(constant) == f"Explanation({e.class_name}, 16 superpixels, 40 samples, nothing to explain)"
