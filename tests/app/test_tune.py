"""The page Tune as a user lives it, without a browser."""

import threading

import numpy as np
import pytest

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.runs import growing
from pages.ui.runs.priors import NONE
from pages.ui.tune import plan
from tests.app.conftest import App
from tests.support.badfiles import blocks, encoded
from tests.tuning.small_study import limited

VARY = {
    "tune-segmenter": ["grid", "slic"],
    "tune-num_samples": ["60"],
    "tune-ridge.alpha": ["0.1", "10"],
    "tune-cosine.width": [],
    "tune-space": [],
}
FLAT = np.full((200, 200, 3), 128, np.uint8)
VIEWS = ("Front", "All settings", "What decides", "What travels", "Which do you prefer?")


@pytest.fixture
def tune(app) -> App:
    """The page without a photo at the left: two photos, a grid of 100 samples, and two ways of asking beside it."""
    app.page.switch_page("pages/tune.py")
    app.run()
    app.page.selectbox(key="segmenter-name").set_value("grid")
    app.page.select_slider(key="num-samples").set_value(100)
    app.page.slider(key="tune-floor").set_value(0.0)
    for key, values in VARY.items():
        app.page.multiselect(key=key).set_value(values)
    app.run()
    return app


@pytest.fixture
def found(tune) -> App:
    assert tune.press("tune") > 0
    return tune


def core_space() -> lc.Space:
    """What varies on the page."""
    base = lc.Setting(lc.ProbeSettings(lc.Grid()), 100, lc.FitSettings())
    return lc.Space.of([f"{key.removeprefix('tune-')}={','.join(some)}" for key, some in VARY.items() if some], base)


def core() -> lc.Losses:
    """The same search without a page."""
    pictures = [lc.gallery_picture(name) for name in plan.BEGIN]
    study = lc.Study(core_space(), lc.cases_of(pictures, [lc.load_model("efficientnet_lite0")]), 0.0)
    list(study.run())
    return lc.Losses.of(study)


def test_the_page_says_what_it_costs_and_asks_nothing_more(tune):
    assert "2 cases · 3 ways of asking, 0 tried · 3 ways of fitting each · ≈ " in tune.text
    assert "Press **Search**" in tune.text
    assert tune.page.button(key="tune").label == "Search"
    assert tune.errors == []
    assert tune.run() == 0


def test_a_search_finds_what_the_core_finds(found):
    assert "3 ways of asking, all tried" in found.text
    known = core()
    best = known.settings[known.best()]
    apart = best.apart(known.settings[0])
    said = next(text.value for text in found.page.markdown if text.value.startswith("**Best so far: "))
    assert all(sentence(text) in said for text in apart.values()), (said, apart)
    (box,) = [box for box in found.page.selectbox if box.label == "Setting"]
    assert len(box.options) == len(known.settings)
    assert found.errors == []
    assert found.run() == 0


def test_every_view_costs_nothing(found):
    for view in VIEWS[:4]:
        assert found.set("button_group", "tune-view", view) == 0
        assert found.errors == []
    assert found.set("button_group", "tune-view", VIEWS[0]) == 0
    assert [alt for alt in found.alts if alt.startswith("Explanation of ")], "the maps of the setting"


def test_the_answers_stand_below_the_table(found):
    found.set("button_group", "tune-view", VIEWS[3])
    assert "For another photo of the same class, settings that were found on one photo lose" in found.text
    assert "Nothing is known of a photo of another class: give one." in found.text
    assert "Nothing is known of another model: give one." in found.text
    assert "With each photo in turn left out of the search" in found.text


def test_another_press_finds_nothing_new_and_other_settings_are_another_search(found):
    assert found.press("tune") == 0
    assert found.set("slider", "tune-floor", 0.5) == 0
    assert "3 ways of asking, 0 tried" in found.text
    assert found.set("slider", "tune-floor", 0.0) == 0
    assert "3 ways of asking, all tried" in found.text, "what was found is kept"


def test_a_budget_of_samples_ends_the_search_and_the_next_press_goes_on(tune):
    tune.set("button_group", "tune-unit", "rows")
    tune.set("number_input", "tune-budget-rows", 1000)
    assert 0 < tune.press("tune") <= 1000
    assert "3 ways of asking, 2 tried" in tune.text
    assert 0 < tune.press("tune") <= 1000
    assert "3 ways of asking, all tried" in tune.text
    assert tune.errors == []


def test_the_end_of_a_budget_is_no_error_however_often_the_page_was_drawn(tune, monkeypatch):
    monkeypatch.setattr(growing, "REDRAW", 0.0)
    tune.set("button_group", "tune-unit", "rows")
    tune.set("number_input", "tune-budget-rows", 1000)
    tune.press("tune")
    assert "3 ways of asking, 2 tried" in tune.text
    assert tune.errors == []


def test_a_trial_that_another_drawing_still_has_is_waited_for(tune):
    tune.set("button_group", "tune-unit", "rows")
    tune.set("number_input", "tune-budget-rows", 2000)
    cases = lc.cases_of([lc.gallery_picture(name) for name in plan.BEGIN], [lc.load_model("efficientnet_lite0")])
    study, begun, go_on = (
        lc.Study(core_space(), cases, 0.0, file=tune.page.session_state["tune-studies"]),
        threading.Event(),
        threading.Event(),
    )

    def hold(done, total):
        begun.set()
        go_on.wait()

    thread = threading.Thread(target=lambda: list(study.run(trials=1, on_progress=hold)))
    thread.start()
    begun.wait()
    threading.Timer(1.0, go_on.set).start()
    tune.press("tune")
    thread.join()
    assert "3 ways of asking, all tried" in tune.text
    assert tune.errors == []


def test_scores_that_a_search_cannot_compare_are_named_with_where_they_are_set(tune):
    tune.set("selectbox", "space-logits", "logit")
    assert "A search cannot compare logits: choose probability or log-odds under Score" in tune.errors[0]


def test_what_is_carried_to_explain_has_no_prior_as_the_search_had_none(found, planted_prior):
    found.page.session_state["prior-name"] = "a prior"
    found.press("study-use")
    assert found.page.session_state["prior-name"] == NONE


def test_a_setting_is_carried_to_explain(found):
    (box,) = [box for box in found.page.selectbox if box.label == "Setting"]
    box.select_index(next(number for number, option in enumerate(box.options) if "slic" in option))
    found.run()
    assert found.press("study-use") == 0
    assert "LIME hides parts of it hundreds of times" in found.text, "Explain, where no photo is chosen yet"
    at = found.page
    at.session_state["photo-gallery"] = "chelsea"
    at.switch_page("pages/explain.py")
    found.run()
    assert at.button(key="explain").label == "Explain"
    assert at.selectbox(key="segmenter-name").value == "slic"
    assert at.select_slider(key="num-samples").value == 60
    at.switch_page("pages/tune.py")
    found.run()
    assert "3 ways of asking, all tried" in found.text
    assert "The settings at the left are from this search" in found.text
    found.press("study-begin")
    assert "ways of asking, 0 tried" in found.text
    assert found.errors == []


def test_ten_answers_say_what_is_preferred(found):
    found.set("button_group", "tune-view", VIEWS[4])
    assert "Which tells you more about" in found.text
    for _ in range(9):
        found.press("study-answer-left")
    assert "1 more choice until something can be said." in found.text
    found.press("study-answer-right")
    assert "The relevance gain chose as you did " in found.text
    assert found.errors == []
    assert found.press("study-answer-neither") > 0, "the maps of the next round have other samples"
    assert found.press("study-forget") == 0
    assert "Question 1." in found.text


def test_only_photos_that_both_settings_can_explain_are_asked_about(tune):
    plain, colored = FLAT, blocks(side=40)
    tune.page.multiselect(key="tune-segmenter").set_value(["grid", "felzenszwalb"])
    tune.page.multiselect(key="tune-num_samples").set_value([])
    tune.set("button_group", "tune-source", "upload")
    given = [("plain.png", encoded(plain), "image/png"), ("colored.png", encoded(colored), "image/png")]
    tune.page.file_uploader(key="tune-upload").set_value(given)
    tune.run()
    assert tune.press("tune") > 0
    tune.set("button_group", "tune-view", VIEWS[4])
    box = next(box for box in tune.page.selectbox if box.label == "Other")
    box.select_index(next(number for number, option in enumerate(box.options) if "felzenszwalb" in option))
    tune.run()
    for question in range(1, 4):
        assert tune.errors == []
        assert f"Question {question}." in tune.text
        tune.press("study-answer-left")
    tune.page.file_uploader(key="tune-upload").set_value(given[:1])
    tune.run()
    tune.press("tune")
    assert "There is no photo that both of these settings can explain." in tune.text
    assert tune.errors == []


def test_what_cannot_vary_is_said(tune):
    assert tune.set("text_area", "tune-further", "slic.n_segments=lots") == 0
    assert any("must be numbers such as 1,2 or a range such as 1..5" in error for error in tune.errors)
    assert "Choose photos and what may vary." in tune.text
    tune.set("text_area", "tune-further", "slic.n_segments=20,40")
    assert tune.errors == []
    assert "4 ways of asking" in tune.text


def test_without_a_photo_there_is_nothing_to_search_for(tune):
    tune.set("button_group", "tune-gallery", [])
    assert "Choose photos and what may vary." in tune.text
    assert tune.press("tune") == 0
    assert tune.errors == []


def test_photos_are_uploaded_and_what_is_none_is_said(tune, picture):
    tune.set("button_group", "tune-source", "upload")
    good, bad = encoded(picture.pixels, "PNG"), b"no picture"
    tune.page.file_uploader(key="tune-upload").set_value([("a.png", good, "image/png"), ("b.png", bad, "image/png")])
    tune.run()
    assert "1 case · " in tune.text
    assert "b.png: " in tune.text
    assert tune.press("tune") > 0
    assert tune.errors == []


def test_a_second_model_is_asked_about_the_same_class(tune):
    tune.set("multiselect", "tune-models", ["efficientnet_lite1"])
    assert "4 cases · " in tune.text
    assert tune.press("tune") > 0
    tune.set("button_group", "tune-view", VIEWS[3])
    assert "For another model, settings that were found on one photo lose" in tune.text
    assert tune.errors == []


def test_an_error_of_the_model_is_said_and_what_was_found_is_kept(tune):
    tune.set("button_group", "tune-unit", "rows")
    tune.set("number_input", "tune-budget-rows", 1000)
    tune.press("tune")
    tune.counting.error = lc.BadScores("The model is out of order.")
    tune.press("tune")
    assert any("The model is out of order." in error for error in [*tune.errors, tune.text])
    tune.counting.error = None
    assert "2 tried" in tune.text, "a trial that the model did not answer is none"
    tune.press("tune")
    assert "all tried" in tune.text


def test_a_photo_on_which_the_model_fails_is_named(tune):
    tune.counting.error = lc.BadScores("The model is out of order.")
    tune.set("button_group", "tune-gallery", ["chelsea", "rocket"])
    assert any(error.startswith("rocket: The model is out of order") for error in tune.errors), tune.errors
    tune.counting.error = None
    tune.set("button_group", "tune-gallery", list(plan.BEGIN))
    tune.counting.error = lc.BadScores("The model is out of order.")
    tune.press("tune")
    assert any(error.startswith("chelsea: The model is out of order") for error in tune.errors), tune.errors


def test_a_photo_that_cannot_be_explained_is_named(tune, picture):
    tune.set("button_group", "tune-source", "upload")
    given = [(name, encoded(pixels), "image/png") for name, pixels in (("flat.png", FLAT), ("a.png", picture.pixels))]
    tune.page.file_uploader(key="tune-upload").set_value(given)
    tune.run()
    assert tune.press("tune") > 0
    told = "Hiding changes no superpixel of this picture: there is nothing to explain."
    assert tune.text.count(f"flat.png · efficientnet\\_lite0: {told}") == 1, tune.text
    assert "3 ways of asking, all tried" in tune.text
    assert tune.errors == []
    tune.page.file_uploader(key="tune-upload").set_value(given[:1])
    tune.run()
    tune.press("tune")
    assert told in tune.text
    for view in VIEWS:
        tune.set("button_group", "tune-view", view)
        assert tune.errors == []


def test_a_file_of_studies_that_cannot_be_written_is_said(tune, tmp_path, monkeypatch):
    monkeypatch.setenv(plan.STUDIES, str(tmp_path / "studies.db"))
    tune.run()
    limited(plan._opened(str(tmp_path / "studies.db")), "query_only = 1")
    tune.press("tune")
    assert "The file of studies cannot be read or written." in tune.errors
    assert str(tmp_path) not in tune.text
    assert tune.page.button(key="tune").label == "Search"


def test_studies_are_kept_in_the_file_that_the_server_names(tune, tmp_path, monkeypatch):
    monkeypatch.setenv(plan.STUDIES, str(tmp_path / "studies.db"))
    tune.run()
    assert tune.press("tune") > 0
    assert "all tried" in tune.text
    later = App(tune.counting)
    for key in ("segmenter-name", "num-samples", "tune-floor", *VARY):
        later.page.session_state[key] = tune.page.session_state[key]
    later.page.switch_page("pages/tune.py")
    later.run()
    assert "3 ways of asking, all tried" in later.text, "another visitor, and another server, find it again"


def test_the_exercise_of_a_course(tune):
    """Two photos of one class, one of another, and two models: the page says what holds where, as the numbers do."""
    tune.set("button_group", "tune-gallery", ["chelsea", "coffee", "rocket"])
    tune.set("multiselect", "tune-models", ["efficientnet_lite1"])
    assert "6 cases · " in tune.text
    assert tune.press("tune") > 0
    tune.set("button_group", "tune-view", VIEWS[3])

    models = [lc.load_model(name) for name in ("efficientnet_lite0", "efficientnet_lite1")]
    pictures = [lc.gallery_picture(name) for name in ("chelsea", "coffee", "rocket")]
    cases = lc.cases_of(pictures, models)
    study = lc.Study(core_space(), cases, 0.0)
    list(study.run())
    known = lc.Losses.of(study)
    assert len({case.class_index for case in cases}) == 2
    answers = lc.journeys(known)
    assert [answer.pairs for answer in answers] == [4, 8, 6]
    for answer in (*(answer.in_words() for answer in answers), lc.parts_in_words(known), lc.left_out_in_words(known)):
        assert f"- {sentence(answer)}" in tune.text


def test_another_class_of_a_photo_is_another_search(found):
    chelsea = lc.gallery_picture("chelsea")
    box = found.page.selectbox(key=f"tune-class-{chelsea.digest}-efficientnet_lite0")
    assert box.options[0].startswith("thing ")
    box.select_index(1)
    assert found.run() == 0
    assert "3 ways of asking, 0 tried" in found.text
    assert found.press("tune") > 0
    found.set("button_group", "tune-view", VIEWS[3])
    assert "Nothing is known of another photo of the same class: give one." in found.text
