"""A download that fails says so under its button, in Streamlit's words: the file is made apart from any session."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import app
from tests.browser.conftest import button

pytestmark = pytest.mark.browser


def test_a_download_that_fails_says_so_and_the_log_says_why(chromium: Browser, tmp_path: Path) -> None:
    page, said = chromium.new_page(), []

    def press() -> None:
        with app.serve(tmp_path, script="tests/support/failing_download.py") as url:
            page.goto(url)
            button(page, "Download").click()
            expect(page.get_by_text("Failed to generate file for download")).to_be_visible()
            said.append(True)

    with pytest.raises(AssertionError, match="No space left on device"):  # which the log has, with its traceback
        press()
    page.close()
    assert said
