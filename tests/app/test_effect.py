"""What the strength of a prior does, as a part of a page, without a browser."""

import io

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import lime_core as lc
from pages.ui.runs import caches
from tests.app.conftest import App


def effect_alone() -> None:
    """The part of the page that shows what the strength does, with a prior and settings of its own."""
    import streamlit as st

    import lime_core as lc
    from pages.ui.prior.effect import show_effect
    from pages.ui.runs import caches

    picture, model = lc.gallery_picture("chelsea"), caches.model("efficientnet_lite0", "auto")
    index = model.top(picture, 1)[0][0]
    probing = lc.ProbeSettings(lc.Grid(), sampler=lc.FoldOver())
    shown = (index + st.session_state.get("other", 0)) % len(model.class_names)
    settings = lc.FitSettings(surrogate=st.session_state.get("surrogate", lc.Ridge()))
    show_effect(caches.Chosen(picture, model, index), st.session_state["prior"], shown, probing, settings)


class Effect(App):
    """That part in one session."""

    def __init__(self, counting, prior) -> None:
        self.page, self.counting = AppTest.from_function(effect_alone, default_timeout=60), counting
        self.page.session_state["prior"] = prior
        self.page.run()
        self.set("number_input", "repeats", 2)
        self.set("select_slider", "stability-samples", 100)


@pytest.fixture
def effect(counting, planted_prior) -> Effect:
    return Effect(counting, planted_prior)


TOP = 1
"""Each drawing asks for the classes of the photo, as the test's own page does that."""


def figures(app: App):
    return app.page.table[0].value


def test_nothing_is_asked_until_it_is_asked_for(effect):
    assert effect.run() == TOP
    assert "Press **Repeat**" in effect.text
    assert "49 superpixels · 1 method × 2 repeats × 100 samples · ≈ " in effect.text
    assert effect.errors == []


def test_the_repeats_are_those_of_lime_and_are_asked_once(effect, counting):
    before = counting.rows
    effect.press("effect")
    assert counting.rows - before == 2 * 100 + 2 * TOP
    assert effect.run() == TOP
    table = figures(effect)
    assert table["strength"].tolist() == [f"{strength:g}" for strength in lc.STRENGTHS]
    assert table["from the prior"].iloc[0] == "0%"
    assert "deletion" not in table.columns
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    report = lc.stability(picture, model, 2, 100, model.top(picture, 1)[0][0], segmenter=lc.Grid())
    assert table["Jaccard of the top 5"].iloc[0].startswith(f"{report.jaccard(5):.2f} (")
    assert table["R²"].iloc[0] == f"{report.r2:.2f}"
    assert len(effect.page.get("plotly_chart")) == 1
    assert effect.errors == []


def test_deletion_and_insertion_are_asked_once_each_picture(effect, counting):
    effect.press("effect")
    pictures = int(next(text for text in effect.text.split("\n") if " pictures, those of " in text).split()[0])
    before = counting.rows
    effect.press("effect-on-the-way")
    assert counting.rows - before == pictures + 2 * TOP
    assert "all there, costs nothing" in effect.text
    for name in ("deletion", "insertion"):
        assert all(value.endswith("%") for value in figures(effect)[name])
    assert effect.press("effect-on-the-way") == 2 * TOP
    assert effect.set("number_input", "stability-top-49", 3) == TOP
    assert "deletion" in figures(effect).columns
    assert effect.set("select_slider", "prior-strength-1", 50.0) == TOP
    assert "all there, costs nothing" in effect.text
    table = figures(effect)
    deletion = dict(zip(table["strength"], table["deletion"], strict=True))
    assert [strength for strength, value in deletion.items() if value == "–"] == ["50"]
    assert effect.errors == []


def test_repeats_that_the_store_had_to_let_go_are_asked_for_again(effect, counting):
    effect.press("effect")
    caches.store.clear()
    assert effect.run() == TOP
    assert "Press **Repeat**" in effect.text
    assert effect.press("effect") == 2 * 100 + 2 * TOP
    assert len(figures(effect))


def test_a_surrogate_that_takes_no_prior_says_so(effect):
    effect.page.session_state["surrogate"] = lc.Tree()
    assert effect.run() == TOP
    assert "takes no prior" in effect.text
    assert effect.errors == []


def test_the_strength_that_is_set_is_one_of_those_that_are_tried(effect):
    effect.press("effect")
    effect.set("select_slider", "prior-strength-1", 50.0)
    assert "50" in figures(effect)["strength"].tolist()
    assert effect.errors == []


def test_a_class_that_the_prior_never_saw_says_so(effect):
    effect.press("effect")
    effect.page.session_state["other"] = 1
    effect.run()
    assert "The prior knows nothing about this class" in effect.text
    assert set(figures(effect)["known to it"]) == {"0%"}
    assert effect.errors == []


def test_a_model_that_fails_gives_the_button_back(effect, counting):
    effect.press("effect")
    counting.error, answer = None, type(counting).__call__
    top = lc.load_model("efficientnet_lite0").top(lc.gallery_picture("chelsea"), 1)

    def breaks(self, pictures):
        if len(pictures) > 1:
            raise RuntimeError("the model is gone")
        return answer(self, pictures)

    assert top
    type(counting).__call__ = breaks
    try:
        effect.press("effect-on-the-way")
    finally:
        type(counting).__call__ = answer
    assert "Something went wrong here" in effect.errors[0]
    assert effect.page.button(key="effect-on-the-way").label == "Ask"
    assert len(figures(effect))


# on the Prior page


@pytest.fixture
def page(app, planted_prior) -> App:
    """The Prior page with chelsea, a grid, and a prior of its own."""
    app.page.session_state["priors"] = {"p": planted_prior}
    app.page.switch_page("pages/prior.py")
    app.run()
    app.set("selectbox", "segmenter-name", "grid")
    app.set("selectbox", "photo-gallery", "chelsea")
    app.set("number_input", "repeats", 2)
    app.set("select_slider", "stability-samples", 100)
    return app


def test_a_run_ends_with_the_photo_and_does_not_come_back_with_it(page, monkeypatch):
    with monkeypatch.context() as broken_off:  # something else is clicked before the first batch is back
        broken_off.setattr("pages.ui.prior.effect.run_repeats", lambda *_: None)
        page.press("effect")
    assert page.page.session_state["effect-running"] is not None
    page.set("selectbox", "photo-gallery", None)
    assert page.page.session_state["effect-running"] is None
    assert page.set("selectbox", "photo-gallery", "chelsea") == 0
    assert page.page.button(key="effect").label == "Repeat"
    assert page.errors == []


def test_a_label_map_of_the_whole_photo_cuts_the_crop_there_too(page):
    height, width = lc.gallery_picture("chelsea").pixels.shape[:2]
    labels = np.arange(height)[:, None] * 6 // height * 6 + np.arange(width) * 6 // width
    given = io.BytesIO()
    np.save(given, labels)
    page.set("selectbox", "segmenter-name", "label_map")
    page.page.file_uploader(key="segmenter-file").set_value(("map.npy", given.getvalue(), "application/octet-stream"))
    page.run()
    assert page.errors == []
    assert "24 superpixels · 1 method × 2 repeats" in page.text
