"""A text of anybody becomes a line that shows all that is in it."""

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lime_core.files.names import in_bytes, noun_of, printable, short_paths, storable, told_apart
from lime_core.models.scores import SPACES


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("photo of a cat.jpg", "photo of a cat.jpg"),
        ("  indented", "  indented"),
        ("one\ttwo\nthree\u2028four\r\n", "one two three four "),
        ("wide\u3000space", "wide\u3000space"),
        ("\x1b[2Jgone\x07", "[2Jgone"),
        ("gpj.\u202etac", "gpj.tac"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half \ud800", "half "),
    ],
)
def test_what_is_not_seen_is_left_out(text, line):
    assert printable(text) == line


@given(st.text(st.characters(), max_size=50))
def test_it_can_be_sent_stands_on_one_line_and_is_the_same_again(text):
    line = printable(text)
    assert line.encode().decode() == line
    assert len(line.splitlines()) <= 1
    assert printable(line) == line


@pytest.mark.parametrize(("name", "kept"), [("cat", "cat"), ("猫 😀\n", "猫 😀\n"), ("half \udce9", "half ?")])
def test_half_a_character_does_not_keep_a_name_from_its_file(name, kept):
    assert storable(name) == kept


@given(st.text(st.characters(), max_size=80), st.integers(0, 200))
def test_a_text_is_cut_by_bytes_between_two_characters(text, most):
    cut = in_bytes(text, most)
    whole = text.encode(errors="ignore").decode()
    assert whole.startswith(cut)
    assert len(cut.encode()) <= most
    assert cut == whole or len(whole[: len(cut) + 1].encode()) > most


def test_names_that_read_alike_have_their_numbers_and_others_stay():
    names = {7: "dog", 2: "cat", 3: "dog ", 5: "d\u200bog", 9: "Dog"}
    assert told_apart(names, "class") == {
        7: "dog (class 7)", 2: "cat", 3: "dog  (class 3)", 5: "d\u200bog (class 5)", 9: "Dog"
    }  # fmt: skip
    assert list(told_apart(names, "class")) == list(names)
    assert told_apart({0: "age", 1: "age"}, "output") == {0: "age (output 0)", 1: "age (output 1)"}
    assert told_apart({0: "output 0", 1: "output 1"}, "output") == {0: "output 0", 1: "output 1"}


@given(st.dictionaries(st.integers(0, 3), st.sampled_from(["dog", "dog (class 0)", "dog (class 0) (class 1)"])))
def test_no_two_of_them_are_the_same(names):
    assert len(set(told_apart(names, "class").values())) == len(names)


@pytest.mark.parametrize("kind", SPACES)
def test_a_model_of_values_has_outputs_and_every_other_classes(kind):
    named = (noun_of(kind), noun_of(kind, several=True))
    assert named == (("output", "outputs") if kind == "values" else ("class", "classes"))


@pytest.mark.parametrize(
    ("paths", "short"),
    [
        (["a/x", "b/y"], ["x", "y"]),
        (["a/x", "./b/x", "a/x/"], ["a/x", "b/x", "a/x"]),
        (["a/c/x", "b/c/x", "d/x"], ["a/c/x", "b/c/x", "d/x"]),
        (["x", "a/x", "/x"], ["x", "a/x", "/x"]),
        (["", ".", "..", "/"], ["", "", "..", "/"]),
    ],
)
def test_paths_are_as_short_as_tells_them_apart(paths, short):
    assert short_paths(paths) == dict(zip(paths, short, strict=True))


@given(st.lists(st.text("ab/", min_size=1, max_size=9)))
def test_no_two_paths_have_the_same_short_one(paths):
    short = short_paths(paths)
    assert len(set(short.values())) == len({PurePath(path) for path in paths})
    assert all(PurePath(path).as_posix().endswith(end) for path, end in short.items())
