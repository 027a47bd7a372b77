"""Soft stability on the page Explain: said before what it costs, asked once, and told in a sentence."""

import numpy as np

import lime_core as lc
from pages.ui.runs import caches
from tests.app.conftest import NAMES, App


def found(k: int, r: int) -> lc.SoftStability:
    """What the core says of the same map."""
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    *_, probe = lc.ProbeStore().grow(lc.ProbeSpec.of(picture, model, lc.Grid()), picture, model, 200)
    e = lc.explain(probe, int(model.top(picture, 1)[0][0]))
    return lc.soft_stability(e, model, lc.Addition(k=k, r=r))


def test_the_cost_is_said_before_and_the_sentence_is_that_of_the_core(explained):
    assert "Does the top carry the class?" in [box.label for box in explained.page.expander]
    assert "152 samples · ≈" in explained.text
    assert "with 90% confidence" not in explained.text
    assert explained.press("soft") == 152
    assert found(8, 8).in_words() in explained.text
    assert "152 samples · all there, costs nothing" in explained.text
    assert explained.press("soft") == explained.run() == 0
    assert explained.errors == []


def test_another_number_of_others_or_at_the_top_waits_for_the_button(explained):
    explained.press("soft")
    first = found(8, 8).in_words()
    for kind, key, value, back, k, r in [
        ("slider", "soft-others-49", 20, 8, 8, 20),
        ("slider", "view-top-49", 3, 8, 3, 8),
    ]:
        assert explained.set(kind, key, value) == 0
        assert "confidence" not in explained.text
        assert explained.press("soft") == 152
        assert found(k, r).in_words() in explained.text
        assert explained.set(kind, key, back) == 0
        assert first in explained.text


def test_a_second_session_asks_nothing(explained, counting):
    explained.press("soft")
    other = App(counting)
    other.press("choose-chelsea")
    other.set("select_slider", "num-samples", 200)
    other.set("selectbox", "segmenter-name", "grid")
    assert "with 90% confidence" in other.text
    assert other.press("soft") == 0


def test_what_is_there_of_a_run_that_was_left_is_told_with_its_own_bound(explained):
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    e = lc.explain(caches.store().get(explained.page.session_state["last"]), int(model.top(picture, 1)[0][0]))
    list(caches.store().grow(lc.Addition(k=8).spec(e), picture, model, 52))
    assert explained.run() == 0
    assert "confidence; 50 samples)" in explained.text
    assert "152 samples · ≈" in explained.text
    assert explained.press("soft") == 100
    assert "confidence; 150 samples)" in explained.text


def test_an_error_gives_the_button_back(explained, counting):
    counting.error = RuntimeError("gone")
    explained.press("soft")
    counting.error = None
    assert "Something went wrong here" in explained.errors[0]
    assert explained.press("soft") == 152
    assert explained.errors == []


def test_a_class_that_nothing_speaks_for_has_no_button(explained, counting):
    counting.effects = np.zeros_like(counting.effects)
    explained.set("number_input", "seed", 7)
    explained.press("explain")
    assert "No superpixel speaks for the class, so there is no top to show." in explained.text
    assert not [button for button in explained.page.button if button.key == "soft"]


def test_few_superpixels_are_exact(explained):
    explained.page.slider(key="segmenter-grid-rows").set_value(2)
    explained.set("slider", "segmenter-grid-columns", 3)
    explained.press("explain")
    speak = int((explained.page.dataframe[0].value["speaks"] == "for").sum())
    assert explained.press("soft") == 2 + 2 ** (6 - speak)
    assert "(exact: " in explained.text
    assert explained.errors == []


def test_other_classes_have_a_top_of_their_own(explained):
    box = next(box for box in explained.page.selectbox if box.label == "Class to explain")
    other = next(index for index in range(len(NAMES)) if index != box.value)
    assert explained.set("selectbox", box.key, other) == 0
    assert explained.press("soft") == 152
    assert "the class" in explained.text
