"""Lessons from files: read whole, or refused with the place and the remedy."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import lime_core as lc
from lime_core.lessons.figure import KINDS, SHARED, WORDS, Figure, figures_in, filled_in
from lime_core.lessons.guess import Seen
from lime_core.lessons.lesson_file import MAX_LESSON
from lime_core.lessons.planted import PLANTED
from lime_core.lessons.question import Statement
from lime_core.reports.numbers import score_text
from tests.support.planted import GRID

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "writing-a-lesson.md"

GOOD = """+++
title = "A lesson"
minutes = 5
order = 1
link = "v=1&p=chelsea&n=50&s=grid"
holds = ["r2 1 > -1", "shared 1 2 <= 3"]

[[maps]]
title = "One"

[[maps]]
title = "Two"
change = "d=1"

[[questions]]
kind = "mark"
text = "Mark three."

[[questions]]
kind = "number"
when = "after"
text = "How many?"
answer = "shared 1 2"
tolerance = 0.5
explanation = "It is {r2 1}."
+++

# before

Look.

# after

R² is {r2 1}, the class {class 1}.

# take home

So it is.
"""


@pytest.fixture
def write(tmp_path):
    def written(text, name="a-lesson.md"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def test_a_lesson_is_what_its_file_says(write):
    lesson = lc.read_lesson(write(GOOD))
    assert (lesson.name, lesson.language, lesson.title, lesson.minutes) == ("a-lesson", "en", "A lesson", 5)
    assert [each.title for each in lesson.maps] == ["One", "Two"]
    assert [each.link.setting.probing.seed for each in lesson.maps] == [0, 1]
    assert lesson.maps[1].link.setting.num_samples == 50
    assert lesson.marks
    assert lesson.falls_wanted == {0}
    assert lesson.before == "Look."
    assert lesson.picture(0) is lc.gallery_picture("chelsea")


def test_a_lesson_may_begin_with_a_byte_order_mark(write):
    assert lc.read_lesson(write(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())).title == "A lesson"


def test_a_translation_has_its_language(write):
    assert lc.read_lesson(write(GOOD, "a-lesson.de.md")).language == "de"


CASES = {
    "no settings": (GOOD.replace("+++\n", "", 1), "line 1: a lesson begins"),
    "no toml": (GOOD.replace("minutes = 5", "minutes = "), r"no TOML: .*line 3"),
    "unknown key": (GOOD.replace("minutes", "minute"), "no key 'minute'; is minutes meant"),
    "no title": (GOOD.replace('"A lesson"', '""'), "title must be a text"),
    "minutes": (GOOD.replace("minutes = 5", "minutes = 5.5"), "minutes must be a whole number"),
    "photo": (GOOD.replace("p=chelsea", "p=nobody"), "maps 1: .*photo"),
    "no photo": (GOOD.replace("p=chelsea&", ""), "link must name a photo"),
    "setting": (GOOD.replace("s=grid", "s=gird"), "maps 1: .*segment"),
    "several": (GOOD.replace("s=grid", "s=several"), "maps 1: s must be one segmentation"),
    "version": (GOOD.replace("v=1", "v=9"), "version"),
    "no query": (GOOD.replace('change = "d=1"', 'change = "seed"'), "maps 2: "),
    "figure": (GOOD.replace("shared 1 2 <=", "shored 1 2 <="), "no figure 'shored'"),
    "map": (GOOD.replace("{r2 1}, the", "{r2 3}, the"), "speaks of map 3, and there are 2"),
    "statement": (GOOD.replace("r2 1 > -1", "r2 1"), "statement is such as"),
    "words": (GOOD.replace("r2 1 > -1", "class 1 > 1"), "words are not compared"),
    "kind": (GOOD.replace('"number"', '"essay"'), "questions 2: kind must be one of"),
    "answer": (GOOD.replace('answer = "shared 1 2"', 'answer = "some"'), "questions 2: .*no figure 'some'"),
    "words as an answer": (GOOD.replace('answer = "shared 1 2"', 'answer = "top 1"'), "questions 2: .*top is words"),
    "endless answer": (GOOD.replace('answer = "shared 1 2"', "answer = inf"), "questions 2: answer must lie in"),
    "no number": (GOOD.replace('answer = "shared 1 2"', "answer = nan"), "questions 2: answer must lie in"),
    "prior": (GOOD.replace("s=grid", "s=grid&f=tree&g=//"), "maps 1: surrogate must be one that takes a prior"),
    "options": (GOOD.replace('kind = "number"', 'kind = "choice"'), "questions 2: options must be two to six"),
    "after a map": (GOOD.replace('text = "Mark three."', 'text = "Mark three."\nwhen = "after"'), "questions 1: when"),
    "no prediction": (GOOD.replace('kind = "mark"', 'kind = "text"\nwhen = "after"'), "one that is asked before"),
    "figure before": (GOOD.replace("Look.", "Look at {r2 1}."), "figures can stand in the section after"),
    "heading": (GOOD.replace("# after", "# later"), "line 32: the headings are"),
    "section": (GOOD.replace("So it is.", ""), "no text below the heading # take home"),
    "html": (GOOD.replace("Look.", "<script>1</script>"), "line 30: '<' cannot stand here"),
    "picture": (GOOD.replace("Look.", "![x](http://x.y/z.png)"), "line 30: '!\\[' cannot stand here"),
    "link": (GOOD.replace("Look.", "See [this](x)"), "cannot stand here"),
    "address": (GOOD.replace("So it is.", "See https://example.org"), "cannot stand here"),
    "html in a question": (GOOD.replace("Mark three.", "<b>Mark</b>"), "questions 1: text: '<'"),
    "planted": (GOOD.replace("minutes = 5", 'minutes = 5\nplanted = "price_tag"'), "without p and m"),
    "no such plant": (GOOD.replace("minutes = 5", 'minutes = 5\nplanted = "tulip"'), "planted must be one of"),
    "page": (GOOD.replace("minutes = 5", 'minutes = 5\npage = "tune"'), "page must be one of"),
    "two marks": (GOOD.replace('kind = "number"\nwhen = "after"', 'kind = "mark"'), "questions 2: "),
    "holds of numbers": (GOOD.replace('holds = ["r2 1 > -1", "shared 1 2 <= 3"]', "holds = [3]"), "statement"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said_with_its_place(write, case):
    text, said = CASES[case]
    with pytest.raises(lc.BadLesson, match=said) as caught:
        lc.read_lesson(write(text))
    assert "a-lesson.md" in caught.value.public


@pytest.mark.parametrize(
    "contents", [b"", b"\xff\xfe", b"+++\n" + b"a" * MAX_LESSON, b"+++\n" + b"[" * 5000 + b"\n+++\n"]
)
def test_what_is_no_lesson_is_refused(write, contents):
    with pytest.raises(lc.BadLesson):
        lc.read_lesson(write(contents))


@pytest.mark.parametrize("name", ["A Lesson.md", "a.lesson.md", "lesson.txt", "a-lesson.deutsch.md", ".md"])
def test_a_file_is_called_as_lessons_are(write, name):
    with pytest.raises(lc.BadLesson, match="how-many-samples"):
        lc.read_lesson(write(GOOD, name))


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(lc.BadLesson):
        lc.read_lesson(tmp_path / "nothing.md")


def test_folders_are_read_in_order_and_what_is_wrong_is_named(write, tmp_path):
    write(GOOD.replace("order = 1", "order = 2"), "b.md")
    write(GOOD)
    write(GOOD, "a-lesson.de.md")
    write("nothing", "broken.md")
    write("not read", "README.md")
    lessons, problems = lc.lessons_in([tmp_path, tmp_path / "missing"])
    assert [(each.name, each.language) for each in lessons] == [("a-lesson", "en"), ("a-lesson", "de"), ("b", "en")]
    assert len(problems) == 2
    assert "broken.md, line 1" in problems[0]
    assert "'missing'" in problems[1]


def test_what_editors_and_systems_put_beside_lessons_is_none(write, tmp_path):
    write(GOOD)
    write(b"\x00\x05", "._a-lesson.md")  # macOS on other disks
    (tmp_path / ".#a-lesson.md").symlink_to("ada@host.4711")  # Emacs, while a lesson is edited
    lessons, problems = lc.lessons_in([tmp_path])
    assert [each.name for each in lessons] == ["a-lesson"]
    assert not problems


def test_a_link_to_nothing_is_named_and_so_is_a_folder_that_cannot_be_one(write, tmp_path):
    write(GOOD)
    (tmp_path / "gone.md").symlink_to("nowhere.md")
    lessons, problems = lc.lessons_in([tmp_path, "x" * 300])
    assert [each.name for each in lessons] == ["a-lesson"]
    assert ["gone.md" in problems[0], "no folder of lessons" in problems[1]] == [True, True]


def test_a_later_folder_takes_the_place_of_a_lesson(tmp_path):
    for folder, title in (("one", "First"), ("two", "Second")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a-lesson.md").write_text(GOOD.replace("A lesson", title), "utf-8")
    lessons, problems = lc.lessons_in([tmp_path / "one", tmp_path / "two"])
    assert [each.title for each in lessons] == ["Second"]
    assert not problems


def test_a_lesson_of_a_later_folder_takes_the_place_of_all_translations(tmp_path):
    files = {"one/a-lesson.md": GOOD, "one/a-lesson.de.md": GOOD, "two/a-lesson.md": GOOD.replace("A lesson", "Own")}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    lessons, problems = lc.lessons_in([tmp_path / "one", tmp_path / "two"])
    assert [(each.language, each.title) for each in lessons] == [("en", "Own")]
    assert not problems


def test_a_translation_in_a_later_folder_leaves_the_other_languages(tmp_path):
    for name in ("one/a-lesson.md", "one/a-lesson.de.md", "two/a-lesson.fr.md", "two/a-lesson.de.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(GOOD.replace("A lesson", name), "utf-8")
    lessons, problems = lc.lessons_in([tmp_path / "one", tmp_path / "two"])
    titles = {each.language: each.title for each in lessons}
    assert titles == {"en": "one/a-lesson.md", "de": "two/a-lesson.de.md", "fr": "two/a-lesson.fr.md"}
    assert not problems


MORE = """
[[questions]]
kind = "choice"
when = "after"
text = "Which?"
options = ["this", "that"]
answer = "that"

# before""".replace("\n# before", "+++\n\n# before")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("n=50", "n=60", "maps must be as many, with the same links"),
        ("tolerance = 0.5", "tolerance = 1", "questions must be as many"),
        ('answer = "shared 1 2"', 'answer = "r2 1"', "questions must be as many"),
        ('options = ["this", "that"]', 'options = ["that", "this"]', "number of options and right one"),
        ('options = ["this", "that"]', 'options = ["this", "that", "neither"]', "number of options"),
        (MORE, "+++\n\n# before", "questions must be as many"),
    ],
)
def test_a_translation_that_asks_something_else_is_named_and_left_out(write, tmp_path, old, new, said):
    first = GOOD.replace("+++\n\n# before", MORE)
    write(first)
    assert old in first
    write(first.replace(old, new), "a-lesson.de.md")
    lessons, [problem] = lc.lessons_in([tmp_path])
    assert [each.language for each in lessons] == ["en"]
    assert problem.startswith("a-lesson.de.md: ")
    assert said in problem
    assert problem.endswith("as in a-lesson.md.")


def test_figures_are_those_of_the_maps(probes):
    seen = tuple(Seen(lc.explain(probe, 0)) for probe in probes[:2])
    e = seen[0].e
    assert filled_in("{r2 1} {class 1} {samples 2} {parts 1}", seen) == f"{e.r2:.2f} {e.class_name} 100 16"
    assert [figure.name for figure in figures_in("{r2 1} and {shared 1 2}", 2)] == ["r2", "shared"]
    both = {*(lc.score_guess(seen[0].e, (0, 1, 2)).top)} & {*(lc.score_guess(seen[1].e, (0, 1, 2)).top)}
    assert filled_in("{shared 1 2}", seen) == str(len(both))
    for text, held in (("r2 1 > 2", False), ("r2 1 <= 1", True), ("r2 1 = r2 1", True), ("parts 1 = 16", True)):
        assert Statement.read(text, 2).holds(seen) is held


def test_answers_are_checked(probes):
    seen = (Seen(lc.explain(probes[0], 0)),)
    choice = lc.Question("choice", "?", "after", ("yes", "no"), "no")
    assert (choice.right("no", seen), choice.right("yes", seen)) == (True, False)
    near = lc.Question("number", "?", "after", (), 10.0, 2.0)
    assert [near.right(given, seen) for given in (7.9, 8, 12, 12.1)] == [False, True, True, False]
    assert lc.Question("text", "?").right("anything", seen) is None


def test_the_figure_that_is_shown_as_the_answer_is_right(picture, counting):
    model = lc.wrap_model(counting, kind="logits", name="planted")
    e = lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID), 0)
    for r2, fall in ((0.9912, 0.1234), (0.125, 0.005), (-0.0049, -0.004)):
        seen = (Seen(replace(e, r2=r2), fall),)
        for name in ("r2 1", "fall 1", "model 1", "map 1", "certainty 1"):
            question = lc.Question("number", "?", "after", (), Figure.read(name, 1))
            shown = question.truth(seen).removesuffix("%").replace("−", "-")
            assert question.right(float(shown), seen)
            assert not question.right(float(shown) + 1, seen)
    near = lc.Question("number", "?", "after", (), Figure.read("fall 1", 1), 1.0)
    assert [near.right(given, (Seen(e, 0.1249),)) for given in (10.9, 11, 13, 13.1)] == [False, True, True, False]


def test_a_figure_is_in_the_unit_of_its_score(picture, counting):
    model = lc.wrap_model(counting, kind="logits", name="planted")
    seen = (Seen(lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID), 0, space="log-odds"), 0.42),)
    odds = seen[0].e.model_score
    assert filled_in("{model 1}, {fall 1}", seen) == f"{score_text(odds, 'log-odds')}, 42"
    assert "%" not in filled_in("{map 1}", seen)
    assert Figure.read("model 1", 1).value(seen) == odds
    model = lc.wrap_model(lambda batch: batch.mean((1, 2)) / 4, kind="values", unit="years", name="age")
    e = lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID), 0)
    seen = (Seen(replace(e, model_score=30.847), 4.204, 0.021),)
    assert filled_in("{model 1}, {fall 1}, {by_chance 1}", seen) == "30.85 years, 4.20 years, 0.021 years"
    question = lc.Question("number", "?", "after", (), Figure.read("model 1", 1))
    assert [question.right(given, seen) for given in (30.85, 3085, 30.84)] == [True, False, False]


def test_the_planted_model_goes_by_its_price_tag():
    planted = PLANTED["price_tag"]
    picture, model = planted.picture(), planted.model()
    assert picture is planted.picture()
    assert model.probabilities(model.view(picture)[None])[0, 0] > 0.75
    without = model.probabilities(model.view(lc.gallery_picture("coffee"))[None])[0, 0]
    assert without < 0.3


def test_the_lesson_of_the_guide_can_be_read(write):
    [example] = re.findall(r"^````markdown\n(.*?)^````", GUIDE.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    lesson = lc.read_lesson(write(example, "two-words.md"))
    assert lesson.marks
    assert len(lesson.maps) == 2


def test_the_guide_to_writing_names_every_figure():
    told = GUIDE.read_text("utf-8")
    assert {*KINDS, *WORDS, SHARED} <= set(re.findall(r"`(\w+)`", told))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Mark the **three** parts.", "Mark the three parts."),
        ("*One* and __two__ and `three`", "One and two and three"),
        ("2 * 3 * 4, num_samples and hide_color", "2 * 3 * 4, num_samples and hide_color"),
    ],
)
def test_a_question_in_plain_text_has_no_marks_of_markdown(text, plain):
    assert lc.Question("text", text).plain == plain
