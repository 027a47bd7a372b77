"""A text of anybody becomes a line that shows all that is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lime_core.files.names import in_bytes, printable, storable


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
