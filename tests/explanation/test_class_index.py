"""A class is its number or its name."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.explanation.settings import class_index_of

NAMES = ("tabby", "tiger cat", "Egyptian cat", "crane", "crane", "Tench", "tench")


@pytest.mark.parametrize(
    ("value", "index"),
    [(None, None), (2, 2), (np.int64(2), 2), (2.0, 2), ("tabby", 0), ("TABBY", 0), ("egyptian cat", 2), ("tench", 6)],
)
def test_a_number_or_a_name_is_a_class(value, index):
    assert class_index_of(value, NAMES) == index


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("tiger", ValueError, "class_index must be the number or the name of a class, got 'tiger'; near are tiger cat"),
        ("cat", ValueError, "near are .*tiger cat, Egyptian cat"),
        ("zebra", ValueError, "model.class_names has all of them"),
        ("", ValueError, "got ''"),
        ("crane", ValueError, "class_index must be one of the numbers 3, 4, which all have the name 'crane'"),
        ("TENCH", ValueError, "the numbers 5, 6"),
        (-1, ValueError, "class_index must be at least 0, got -1"),
        (1.5, ValueError, "class_index must be a whole number, got 1.5"),
        (True, TypeError, "class_index must be a whole number, got True"),
        ([1], TypeError, "class_index must be a whole number, got a list"),
    ],
)
def test_what_is_no_class_says_what_it_would_have_to_be(value, error, message):
    with pytest.raises(error, match=message):
        class_index_of(value, NAMES)


def test_a_name_needs_names():
    with pytest.raises(ValueError, match="must be a number, since this model has no class names, got 'tabby'"):
        class_index_of("tabby", ())


def test_a_name_is_taken_wherever_a_class_is_explained(picture, planted, probe):
    options = {"segmenter": "grid", "hiding": 0, "num_samples": 60}
    assert lc.explain(probe, "Second").settings.class_index == 1
    assert lc.explain_image(picture, planted, "second", **options).settings.class_index == 1
    report = lc.stability(picture, planted, 2, class_index="second", **options)
    assert {e.settings.class_index for e in report.explanations} == {1}
    with pytest.raises(ValueError, match="near are second"):
        lc.explain_image(picture, planted, "secnd", **options)
