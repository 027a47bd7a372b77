"""The page Lessons: predicted, revealed, checked and handed in; what lessons say is true of the real model."""

import re
import threading
from dataclasses import replace

import pytest

import lime_core as lc
from lime_core.hand_ins.hand_in_html import hand_in_html, marked_in_words
from lime_core.lessons.figure import filled_in
from lime_core.lessons.guess import RANDOM, Seen, falls, hidden_parts
from lime_core.lessons.planted import PLANTED
from pages.ui.figures import maps
from pages.ui.figures.sentences import sentence, summary
from pages.ui.lessons.shelf import OURS
from pages.ui.runs import caches
from tests.app.conftest import ROOT, App

PAGE = "pages/lessons.py"
LESSONS, PROBLEMS = lc.lessons_in([OURS])
SHORT = """+++
title = "A short one"
minutes = 5
order = 1
link = "v=1&p=chelsea&n=60&s=grid"

[[questions]]
kind = "mark"
text = "Mark **three**."

[[questions]]
kind = "number"
text = "How **many** parts, and *not* 2 * 3?"
answer = "parts 1"
explanation = "It has {parts 1}."

[[questions]]
kind = "choice"
when = "after"
text = "Which?"
options = ["this *one*", "that"]
answer = "that"
explanation = "For {class 1}."
+++

# before

Look.

# after

R² is {r2 1}.

# take home

So it is.
"""
GERMAN = SHORT.replace("A short one", "Eine kurze").replace("Look.", "Schau hin.")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "short.md").write_text(SHORT, "utf-8")
    (folder / "short.de.md").write_text(GERMAN, "utf-8")
    monkeypatch.setenv("LIME_LESSONS", str(folder))
    return folder


@pytest.fixture
def short(counting, folder):
    caches.rate(caches.model("efficientnet_lite0", lc.PRECISIONS[0]))  # which is measured once
    return opened(counting, lesson="short")


def opened(counting, **query):
    app = App(counting)
    app.page.switch_page(PAGE)
    for key, value in query.items():
        app.page.query_params[key] = value
    app.run()
    assert app.errors == []
    return app


def predicted(app):
    app.set("button_group", "lesson-short.parts", [3, 4, 5])
    app.set("number_input", "lesson-short.1", 49)
    return app


def done(app):
    predicted(app).press("lesson")
    app.set("radio", "lesson-short.2", 0)
    app.press("lesson-short.2-check")
    return app


def handed_in(app):
    return app.page.session_state["lessons"]["short"].done


def test_all_lessons_are_listed_with_how_long_they_take(counting):
    app = opened(counting)
    names = {lesson.name for lesson in LESSONS}
    assert len(names) == 8
    for lesson in LESSONS:
        if lesson.language == "en":
            assert sentence(lesson.title) in app.text
            assert f"{lesson.minutes} minutes" in app.text
    app.press("lesson-why-it-changes.open")
    assert "### Why it changes each time" in app.text
    app.press("list")
    assert "Each takes a few minutes" in app.text


def test_the_teachers_notes_name_the_address_and_the_solution_of_every_lesson():
    notes = (ROOT / "docs" / "guide" / "teaching.md").read_text("utf-8")
    solutions = notes.partition("## Solutions")[2]
    for lesson in LESSONS:
        if lesson.language == "en":
            assert f"| {lesson.title} | `/lessons?lesson={lesson.name}`" in notes
            assert f"| {lesson.title} | " in solutions
    assert {lesson.name for lesson in LESSONS} == set(re.findall(r"lesson=([\w-]+)`", notes))


def test_nothing_is_revealed_and_nothing_asked_before_the_prediction(short):
    assert short.asked == 0
    assert short.page.button(key="lesson").disabled
    assert "Mark 3 parts first." in short.text
    short.set("button_group", "lesson-short.parts", [1, 2, 3, 4])
    assert "take 1 away" in short.text
    assert short.page.button(key="lesson").disabled
    short.set("button_group", "lesson-short.parts", [1, 2, 3])
    assert "Answer first" in short.text
    assert short.set("number_input", "lesson-short.1", 49) == 0
    assert not short.page.button(key="lesson").disabled
    assert not [alt for alt in short.alts if alt.startswith("Explanation of")]


def test_an_answer_that_is_cleared_by_the_press_of_reveal_is_missing(short):
    predicted(short)
    short.page.number_input(key="lesson-short.1").set_value(None)
    assert short.press("lesson") == 0
    assert short.errors == []
    assert "Answer first" in short.text
    assert predicted(short).press("lesson") > 0
    assert "Your answer: 49" in short.text


def test_what_is_revealed_is_what_is_set_at_the_press(short):
    predicted(short)
    short.page.button_group(key="lesson-short.parts").set_value([3, 4])
    assert short.press("lesson") == 0
    assert "Mark 3 parts first." in short.text
    short.set("button_group", "lesson-short.parts", [3, 4, 5])
    short.page.button_group(key="lesson-short.parts").set_value([3, 4, 6])
    short.page.number_input(key="lesson-short.1").set_value(48)
    short.press("lesson")
    assert "You marked 3, 4, 6;" in short.text
    assert "Your answer: 48" in short.text


def test_a_lesson_from_the_guess_to_the_hand_in_has_the_figures_of_the_core(short):
    asked = predicted(short).press("lesson")
    assert asked == 60 + (2 + RANDOM) + 2  # the map, its top and random parts, and the guess
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    setting = lc.read_link({"v": "1", "n": "60", "s": "grid"})[0].setting
    e = setting.explain(picture, model)
    score = lc.score_guess(e, (3, 4, 5))
    assert f"You share {score.shared} of 3" in short.text
    assert f"R² is {sentence(filled_in('{r2 1}', (Seen(e),)))}." in short.text
    assert [box.value for box in short.page.success] == ["Right. It has 49."]
    assert "So it is." not in short.text
    short.set("radio", "lesson-short.2", 0)
    assert short.press("lesson-short.2-check") == 0
    assert [box.value for box in short.page.warning] == [f"Not this time: that. For {e.class_name}."]
    assert "So it is." in short.text
    found = handed_in(short)
    assert found.marked.score == score
    assert [each.right for each in found.answers] == [True, False]
    assert [each.given for each in found.answers] == ["49", "this *one*"]
    assert [each.question for each in found.answers] == ["How many parts, and not 2 * 3?", "Which?"]
    store = lc.ProbeStore()
    *_, probe = store.grow(hidden_parts(e, (3, 4, 5)), picture, model, 2)
    assert (found.marked.fall,) == pytest.approx(falls(probe, e.settings.class_index))
    assert found.class_name == e.class_name


def test_a_lesson_that_is_done_leads_to_the_next_and_keeps_its_answers(short):
    predicted(short).press("lesson")
    assert "next" not in [button.key for button in short.page.button]
    short.set("radio", "lesson-short.2", 0)
    short.press("lesson-short.2-check")
    title = short.page.button(key="next").label.removeprefix("Next: ")
    assert title in [sentence(lesson.title) for lesson in LESSONS]
    short.press("next")
    assert f"### {title}" in short.text
    assert len(handed_in(short).answers) == 2


def test_the_settings_of_a_lesson_are_opened_as_often_as_that_is_pressed(short):
    done(short)
    for _ in range(2):
        assert short.press("lesson-settings") <= 1  # its samples are there; the first time its classes are named
        assert short.page.select_slider(key="num-samples").value == 60
        assert short.page.selectbox(key="segmenter-name").value == "grid"
        assert short.map
        assert "lesson" not in short.page.query_params
        short.set("select_slider", "num-samples", 200)
        short.page.switch_page(PAGE)
        short.page.query_params.clear()
        short.page.query_params["lesson"] = "short"
        short.run()
        assert short.errors == []


def test_a_prior_pulls_as_hard_as_usual_with_the_surrogate_of_the_lesson(counting, folder, monkeypatch, planted_prior):
    monkeypatch.setattr(caches, "ready_priors", lambda: {"ready": planted_prior})
    (folder / "short.md").write_text(SHORT.replace("&s=grid", "&s=grid&f=bayesian_ridge&g=ready"), "utf-8")
    app = predicted(opened(counting, lesson="short"))
    app.press("lesson")
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    *_, probe = lc.ProbeStore().grow(lc.ProbeSettings(lc.Grid()).spec(picture, model), picture, model, 60)
    for strength, there in ((3 * lc.USUAL_STRENGTH, True), (lc.USUAL_STRENGTH, False)):
        e = lc.explain(probe, surrogate=lc.BayesianRidge(), prior=planted_prior, prior_strength=strength)
        assert (summary(e) in app.alts) == there


def test_four_marks_are_one_too_many_and_the_button_says_so(short):
    short.set("button_group", "lesson-short.parts", [1, 2, 3, 4])
    assert "Mark 3 parts first." not in short.text
    assert "4 parts are marked: take 1 away." in short.text


def test_r2_stands_at_the_maps_of_lessons_about_it_alone(short, counting, folder):
    (folder / "without.md").write_text(SHORT.replace("R² is {r2 1}.", "See."), "utf-8")
    captions = []
    for name in ("short", "without"):
        app = opened(counting, lesson=name)
        app.set("button_group", f"lesson-{name}.parts", [3, 4, 5])
        app.set("number_input", f"lesson-{name}.1", 49)
        app.press("lesson")
        captions.append(next(each.caption for image in app.page.image for each in image.proto.imgs))
    assert ["R²" in caption for caption in captions] == [True, False]


def test_a_long_answer_is_shown_whole(counting, folder):
    text = SHORT.replace('kind = "number"', 'kind = "text"').replace('answer = "parts 1"\n', "")
    (folder / "short.md").write_text(text, "utf-8")
    app, long = opened(counting, lesson="short"), "word " * 399 + "end"
    app.set("button_group", "lesson-short.parts", [3, 4, 5])
    app.set("text_area", "lesson-short.1", long)
    app.press("lesson")
    assert f"Your answer: {long}" in app.text
    app.set("radio", "lesson-short.2", 0)
    app.press("lesson-short.2-check")
    upload = ("lessons.json", lc.HandIn((handed_in(app),)).to_json().encode(), "application/json")
    app.page.file_uploader(key="lesson-hand-in").set_value(upload)
    app.run()
    assert app.page.table[0].value["answer"].tolist()[0] == long


def test_a_minute_is_one(counting, folder):
    (folder / "short.md").write_text(SHORT.replace("minutes = 5", "minutes = 1"), "utf-8")
    assert "1 minutes" not in opened(counting).text
    assert "1 minute" in opened(counting, lesson="short").text.splitlines()


def test_a_hand_in_that_is_opened_again_shows_the_same_numbers(short, counting):
    found = handed_in(done(short))
    hand_in = lc.HandIn((found,), "Ada *the* first")
    other = opened(counting)
    upload = ("lessons.json", hand_in.to_json().encode(), "application/json")
    other.page.file_uploader(key="lesson-hand-in").set_value(upload)
    assert other.run() == 0
    assert sentence("Ada *the* first") in other.text
    for told in marked_in_words(found.marked, found.class_name):
        assert sentence(told) in other.text
        assert told.split(";")[0].split("'")[0] in hand_in_html(hand_in)
    [table] = other.page.table
    assert table.value["answer"].tolist() == ["49", sentence("this *one*")]
    assert table.value.iloc[:, 3].tolist() == ["right", "not right"]
    other.page.file_uploader(key="lesson-hand-in").set_value(("x.json", b'{"format": 1}', "application/json"))
    other.run()
    assert ["no hand-in" in error for error in other.errors] == [True]


def test_a_hand_in_with_an_absurd_number_is_none_and_the_page_stays(short, counting):
    hand_in = lc.HandIn((handed_in(done(short)),)).to_json()
    absurd = re.sub(r'"fall": [^,]+,', '"fall": 1e307,', hand_in)
    assert absurd != hand_in
    other = opened(counting)
    other.page.file_uploader(key="lesson-hand-in").set_value(("x.json", absurd.encode(), "application/json"))
    other.run()
    assert ["fall must lie in" in error for error in other.errors] == [True]
    assert "Each takes a few minutes" in other.text


def test_what_goes_wrong_with_a_hand_in_is_a_message(counting, monkeypatch):
    def fail(*_):
        raise RuntimeError("as nobody expects")

    monkeypatch.setattr(lc, "read_hand_in", fail)
    app = opened(counting)
    app.page.file_uploader(key="lesson-hand-in").set_value(("x.json", b"{}", "application/json"))
    app.run()
    assert ["Something went wrong here" in error for error in app.errors] == [True]


def test_who_opens_it_in_german_reads_german_and_keeps_the_answers(counting, folder):
    app = opened(counting, lesson="short", lang="de")
    assert "### Eine kurze" in app.text
    assert "Schau hin." in app.text
    app.set("button_group", "lesson-short.parts", [3, 4, 5])
    app.set("button_group", "lesson-short.language", "en")
    assert "### A short one" in app.text
    assert app.page.button_group(key="lesson-short.parts").value == [3, 4, 5]


def test_a_lesson_whose_questions_change_after_the_reveal_begins_anew(short, folder):
    done(short)
    more = '[[questions]]\nkind = "text"\ntext = "Why?"\n\n[[questions]]\nkind = "choice"'
    for name, text in (("short.md", SHORT), ("short.de.md", GERMAN)):
        (folder / name).write_text(text.replace('[[questions]]\nkind = "choice"', more), "utf-8")
    short.run()
    assert short.errors == []
    assert "The questions of this lesson were changed: it begins anew." in short.text
    assert "Mark 3 parts first." in short.text
    assert handed_in(short) is None
    short.run()
    assert "it begins anew" not in short.text


def test_other_words_leave_the_answers_of_a_lesson(short, folder):
    done(short)
    for name, text in (("short.md", SHORT), ("short.de.md", GERMAN)):
        (folder / name).write_text(text.replace("that", "the other"), "utf-8")
    short.run()
    assert handed_in(short)
    assert "Not this time: the other." in short.text


def test_a_lesson_of_a_folder_of_ones_own_is_not_mixed_with_a_translation_of_the_app(counting, folder):
    (folder / "what-a-map-says.md").write_text(SHORT, "utf-8")
    app = opened(counting, lesson="what-a-map-says", lang="de")
    assert "### A short one" in app.text
    assert "lesson-what-a-map-says.language" not in [group.key for group in app.page.button_group]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("c=5000", "short.md, maps 1: c must be below 8"),
        ("y=value", "short.md, maps 1: y must be one of probability, log-odds, logit"),
        ("g=nothere", "short.md, maps 1: There is no prior 'nothere' here."),
        ("g=//", "short.md, maps 1: "),
        ("a=enumerate", "short.md, maps 1: "),
        ("s=grid~rows.2~columns.1", "short.md, maps 1: the photo is cut into 2 parts, and 3 are to be marked."),
        ("s=grid~rows.3~columns.1", "short.md, maps 1: the photo is cut into 3 parts, and 3 are to be marked."),
    ],
)
def test_maps_that_cannot_be_made_are_named_before_anything_is_asked(counting, folder, link, said):
    settings = SHORT.replace("&s=grid", f"&{link}" if link.startswith("s=") else f"&s=grid&{link}")
    (folder / "short.md").write_text(settings, "utf-8")
    app = App(counting, lesson="short")
    [error] = app.errors
    assert sentence(said) in error
    assert app.asked == 0
    assert "lesson" not in [button.key for button in app.page.button]


def test_a_class_that_a_model_without_names_has_not_is_named(counting, folder, monkeypatch):
    (folder / "short.md").write_text(SHORT.replace("&s=grid", "&s=grid&c=5000"), "utf-8")
    monkeypatch.setattr("tests.app.conftest.NAMES", ())
    app = predicted(opened(counting, lesson="short"))
    app.press("lesson")
    assert ["The map “The map” cannot be made: class\\_index must lie in" in error for error in app.errors] == [True]


def test_a_link_on_a_new_server_that_begins_with_the_first_page_leads_to_the_lesson(counting, folder):
    assert "### A short one" in App(counting, lesson="short").text


def test_a_lesson_that_is_not_there_is_said_above_the_list(counting):
    app = opened(counting, lesson="<b>nothing</b>")
    assert [warning.value for warning in app.page.warning] == [sentence("There is no lesson '<b>nothing</b>'.")]
    assert "Each takes a few minutes" in app.text


def test_a_broken_file_is_named_and_the_others_stay(counting, folder):
    (folder / "broken.md").write_text("nothing", "utf-8")
    app = opened(counting)
    assert ["broken.md, line 1" in warning.value for warning in app.page.warning] == [True]
    assert "A short one" in app.text


def test_links_to_nothing_and_locks_of_editors_leave_the_page_as_it_is(counting, folder):
    (folder / "gone.md").symlink_to("nowhere.md")
    (folder / ".#short.md").symlink_to("ada@host.4711")
    app = opened(counting)
    assert ["gone.md" in warning.value for warning in app.page.warning] == [True]
    assert "A short one" in app.text


def test_what_a_lesson_claims_and_is_not_so_is_said(counting, folder):
    (folder / "short.md").write_text(
        SHORT.replace("\n\n[[questions]]", '\nholds = ["r2 1 > 2"]\n\n[[questions]]', 1),
        "utf-8",
    )
    app = predicted(opened(counting, lesson="short"))
    app.press("lesson")
    assert [sentence("r2 1 > 2") in warning.value for warning in app.page.warning] == [True]


def test_a_lesson_about_values_speaks_of_their_unit(counting, folder, monkeypatch):
    def load(name, *settings, **how):
        return lc.wrap_model(counting, kind="values", unit="years", input_size=(128, 128), name=name)

    monkeypatch.setattr(lc, "load_model", load)
    (folder / "short.md").write_text(SHORT.replace("{r2 1}", "{r2 1}: {model 1}, not {map 1}"), "utf-8")
    app = predicted(opened(counting, lesson="short"))
    app.press("lesson")
    [told] = re.findall(r"Hiding your parts takes .*", app.text)
    assert told.count("years") == 3
    assert "point" not in told
    assert re.search(r": \S+ years, not \S+ years\.", app.text)
    assert re.search(r"The scale: .* raises the value, up to .* lowers it, down to", app.text)
    assert "the class" not in app.text


def test_the_scale_of_importances_has_no_direction(counting, folder):
    (folder / "short.md").write_text(SHORT.replace("&s=grid", "&s=grid&f=tree"), "utf-8")
    app = predicted(opened(counting, lesson="short"))
    app.press("lesson")
    [told] = re.findall(r"The scale: .*", app.text)
    assert "what matters" in told
    assert "the class" not in told
    assert "blue" not in told


def test_the_border_of_a_padded_photo_cannot_be_marked(counting, folder, monkeypatch):
    def load(name, *settings, **how):
        return lc.wrap_model(counting, kind="logits", input_size=(128, 128), fit="pad", name=name)

    numbers = []
    monkeypatch.setattr(lc, "load_model", load)
    monkeypatch.setattr(maps, "with_texts", lambda pixels, centers, texts, scale: numbers.extend(texts) or pixels)
    app = opened(counting, lesson="short")
    assert app.page.button_group(key="lesson-short.parts").options == [str(part) for part in range(49)]
    assert numbers == [str(part) for part in range(49)]
    predicted(app).press("lesson")
    assert "Right. It has 49." in app.text


def test_maps_of_different_scores_have_each_a_scale(counting, folder):
    two = '[[maps]]\ntitle = "One"\n\n[[maps]]\ntitle = "Two"\nchange = "y=log-odds"\n\n[[questions]]'
    (folder / "short.md").write_text(SHORT.replace("[[questions]]", two, 1), "utf-8")
    app = predicted(opened(counting, lesson="short"))
    app.press("lesson")
    assert re.findall(r"(.*scale.*): orange", app.text) == [
        "The scale of probability",
        f"The scale of {sentence('log-odds')}",
    ]


def test_begin_anew_forgets_the_answers_and_asks_the_model_nothing_twice(short):
    done(short).press("anew")
    assert "Mark 3 parts first." in short.text
    assert predicted(short).press("lesson") == 0
    assert "Your guess" in short.text


def test_begin_anew_leaves_a_lesson_whose_name_begins_alike(short, folder):
    (folder / "short-two.md").write_text(SHORT, "utf-8")
    done(short)
    state = short.page.session_state
    state["lesson-short-two.parts"] = [7]
    short.press("anew")
    assert "lesson-short.2" not in state
    assert state["lesson-short-two.parts"] == [7]


def test_what_is_said_of_the_marks_stands_below_their_scores(counting, folder):
    text = SHORT.replace('text = "Mark **three**."', 'text = "Mark **three**."\nexplanation = "All {parts 1} *count*."')
    (folder / "short.md").write_text(text, "utf-8")
    app = predicted(opened(counting, lesson="short"))
    assert "count" not in app.text
    app.press("lesson")
    assert "All 49 *count*." in [box.value for box in app.page.info]


def test_the_settings_of_other_pages_stay_as_they_are(explained, folder):
    explained.page.switch_page(PAGE)
    explained.page.query_params["lesson"] = "short"
    explained.run()
    predicted(explained).press("lesson")
    explained.page.query_params.clear()  # as a browser does on the way to another page
    explained.page.switch_page("pages/explain.py")
    assert explained.run() == 0
    assert explained.page.select_slider(key="num-samples").value == 200
    assert explained.page.selectbox(key="segmenter-name").value == "grid"
    assert explained.map


def test_thirty_sessions_at_once_ask_for_one_probe(counting):
    """As thirty browsers do: each grows the probe of the lesson in the one store."""
    picture, model, store = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0"), lc.ProbeStore()
    spec = lc.ProbeSettings(lc.Grid()).spec(picture, model)
    ready = threading.Barrier(30)

    def visit():
        ready.wait()
        *_, probe = store.grow(spec, picture, model, 60)
        assert len(probe) == 60

    before = counting.rows
    threads = [threading.Thread(target=visit) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.rows - before == 60


def test_a_second_learner_asks_only_about_a_guess_of_their_own(short, counting):
    predicted(short).press("lesson")
    other = opened(counting, lesson="short")
    other.set("button_group", "lesson-short.parts", [10, 11, 12])
    other.set("number_input", "lesson-short.1", 1)
    assert other.press("lesson") == 2
    again = opened(counting, lesson="short")
    assert predicted(again).press("lesson") == 0


class NoMap(lc.ClassActivation):
    """Stands in for the class activation map of the model that stands in."""

    def __init__(self):
        pass

    def check_model(self, model):
        pass


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: f"{lesson.name}-{lesson.language}")
def test_every_lesson_opens_in_its_language(counting, lesson, monkeypatch):
    monkeypatch.setattr(caches, "activation", lambda model: NoMap())
    monkeypatch.setattr("tests.app.conftest.NAMES", [f"thing {index}" for index in range(1000)])
    app = opened(counting, lesson=lesson.name, lang=lesson.language)
    assert f"### {sentence(lesson.title)}" in app.text
    assert lesson.before in app.text
    assert all(question.text in app.text for question in lesson.questions if question.when == "before")


def test_a_translation_asks_the_same():
    by_name = {}
    for lesson in LESSONS:
        by_name.setdefault(lesson.name, []).append(lesson)
    [[first, other]] = [each for each in by_name.values() if len(each) > 1]
    assert {first.language, other.language} == {"en", "de"}
    assert [replace(each, title="") for each in first.maps] == [replace(each, title="") for each in other.maps]
    assert first.figures == other.figures
    assert first.holds == other.holds
    places = [
        [question.options.index(question.answer) for question in each.questions if question.options]
        for each in (first, other)
    ]
    assert places[0] == places[1]


def test_nothing_is_wrong_with_the_lessons_of_the_app():
    assert PROBLEMS == ()


STORE = lc.ProbeStore()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: f"{lesson.name}-{lesson.language}")
def test_what_a_lesson_says_is_true_of_the_real_model(lite0, lesson):
    seen = []
    for place, each in enumerate(lesson.maps):
        picture, setting = lesson.picture(place), each.link.setting
        model = PLANTED[lesson.planted].model() if lesson.planted else lite0
        *_, probe = STORE.grow(setting.probing.spec(picture, model), picture, model, setting.num_samples)
        fitting = replace(setting.fitting, class_index=each.link.class_index)
        if each.link.prior:
            surrogate, strength = lc.with_prior(fitting.surrogate), each.link.prior_strength
            prior = lc.class_activation(model)
            fitting = replace(fitting, surrogate=surrogate, prior=prior, prior_strength=strength)
        e = lc.fit(probe, fitting)
        *_, hidden = STORE.grow(hidden_parts(e), picture, model, 2 + RANDOM)
        seen.append(Seen.of(e, falls(hidden, e.settings.class_index)))
    assert lesson.untrue(tuple(seen)) == ()
    assert lesson.holds
    for question in lesson.questions:
        assert question.kind not in ("choice", "number") or question.truth(tuple(seen))


def test_a_visit_leaves_the_class_that_is_explained(explained):
    (box,) = [box for box in explained.page.selectbox if box.label == "Class to explain"]
    explained.set("selectbox", box.key, 4)
    explained.page.switch_page(PAGE)
    explained.run()
    explained.page.switch_page("pages/explain.py")
    explained.run()
    assert explained.page.selectbox(key=box.key).value == 4
