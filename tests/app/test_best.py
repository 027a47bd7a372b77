"""Settings for one photo on the page Explain: searched at a press, set at once, and taken back at another."""

import numpy as np

import lime_core as lc
from pages.ui.figures.sentences import sentence
from tests.app.conftest import App
from tests.support.badfiles import encoded

OFFER = "Tries other fits, several segmentations and more samples"


def core() -> lc.BestSetting:
    """What the core finds."""
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    base = lc.Setting(lc.ProbeSettings(lc.Grid()), 200, lc.FitSettings(feature_selection=lc.AutoSelection()))
    return lc.find_setting(picture, model, int(model.top(picture, 1)[0][0]), base)


def controls(app: App) -> tuple[object, ...]:
    page = app.page
    return page.selectbox(key="segmenter-name").value, page.select_slider(key="num-samples").value


def test_one_press_searches_and_sets_the_controls(explained):
    assert OFFER in explained.text
    assert "at most 800 samples · ≈ " in explained.text
    known = core()
    assert explained.press("best") == known.rows - 200
    assert sentence(known.in_words()) in explained.text
    assert OFFER not in explained.text
    now = known.setting
    name = "several" if isinstance(now.probing.segmenter, lc.Segmentations) else "grid"
    assert controls(explained) == (name, now.num_samples)
    assert explained.map
    assert explained.errors == []
    assert explained.run() == 0


def test_the_settings_before_come_back(explained):
    explained.press("best")
    assert core().losses.best()  # another one than before
    assert explained.press("best-back") == 0
    assert OFFER in explained.text
    assert controls(explained) == ("grid", 200)
    assert explained.errors == []


def test_what_was_found_is_said_until_something_is_changed(explained):
    explained.press("best")
    told = sentence(core().in_words())
    assert explained.set("selectbox", "surrogate-name", "lasso") == 0
    assert told not in explained.text
    assert OFFER in explained.text
    assert explained.set("selectbox", "surrogate-name", "ridge") == 0
    assert told in explained.text


def test_too_few_samples_are_said_and_nothing_is_asked(app):
    app.press("choose-chelsea")
    app.set("select_slider", "num-samples", 40)
    app.set("selectbox", "segmenter-name", "grid")
    app.press("explain")
    assert app.press("best") == 0
    assert app.errors == ["A search for settings begins with 49 samples or more."]
    assert app.run() == 0
    assert app.errors == []


def test_scores_that_cannot_be_compared_offer_no_search(explained):
    explained.set("selectbox", "space-logits", "logit")
    assert OFFER not in explained.text
    assert explained.errors == []


def test_what_no_setting_has_comes_back_too(explained):
    explained.set("button_group", "settle", 3)
    explained.page.session_state["stability-samples"] = 1000
    explained.page.session_state["segmenter-slic-n_segments"] = 120
    explained.press("best")
    assert explained.page.session_state["settle"] == 0  # what was found is found with so many samples
    explained.press("best-back")
    state = explained.page.session_state
    assert [state["settle"], state["stability-samples"], state["segmenter-slic-n_segments"]] == [3, 1000, 120]
    explained.press("best")
    state["stability-samples"] = 2000  # moved since
    explained.press("best-back")
    assert [state["settle"], state["stability-samples"]] == [3, 2000]
    assert explained.errors == []


def test_a_segmentation_that_a_photo_leaves_out_stays_chosen(app):
    app.set("button_group", "photo-source", "upload")
    dark = np.full((64, 64, 3), 60, dtype=np.uint8)  # felzenszwalb makes one piece of it
    dark[:, 32:] += 1
    app.page.file_uploader(key="photo-upload").set_value(("dark.png", encoded(dark), "image/png"))
    app.run()
    app.set("select_slider", "num-samples", 200)
    app.set("selectbox", "segmenter-name", "several")
    members = ["grid", "felzenszwalb", "compact_watershed"]
    app.set("multiselect", "segmenter-several-members", members)
    app.press("explain")
    assert app.map
    app.press("best")
    assert OFFER not in app.text
    assert app.page.multiselect(key="segmenter-several-members").value == members
    assert app.errors == []
