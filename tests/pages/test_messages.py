"""What visitors learn of an error, and what stands in the log alone."""

import logging

import pytest
from streamlit.testing.v1 import AppTest

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.runs.messages import message

SECRET = "/srv/models/secret"


def test_visitors_are_not_told_where_the_server_keeps_its_files(caplog):
    error = lc.ModelUnavailable("The weights of x are not here.", f"They belong into {SECRET}.")
    with caplog.at_level(logging.WARNING):
        assert message(error) == "The weights of x are not here."
    assert SECRET in caplog.text


def test_of_an_unexpected_error_visitors_are_told_an_id_that_stands_in_the_log(caplog):
    told = message(OSError(f"no space left in {SECRET}"))
    assert SECRET not in told
    number = told.partition("(id ")[2].partition(")")[0]
    assert len(number) == 8
    assert number in caplog.text
    assert SECRET in caplog.text


def test_a_file_that_is_missing_is_named_without_its_folder_to_visitors(tmp_path):
    with pytest.raises(lc.BadPicture) as missing:
        lc.load_picture(tmp_path / "gone.png")
    assert message(missing.value) == "There is no file 'gone.png'; check its name and folder."
    assert str(tmp_path) in str(missing.value)


def test_a_message_that_quotes_a_file_is_drawn_as_it_is():
    def page():
        import lime_core as lc
        from pages.ui.runs.messages import errors_as_messages

        with errors_as_messages():
            raise lc.BadPicture("No picture: ![x](https://elsewhere.invalid/a.png)", "in /srv")

    (shown,) = AppTest.from_function(page).run().error
    assert shown.value == sentence("No picture: ![x](https://elsewhere.invalid/a.png)")
    assert "![" not in shown.value
