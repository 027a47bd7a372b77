"""Downloads: of every page each file is opened, and one that fails says so under its button, in Streamlit's words."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from lime_core.takeaway.archive import pack
from tests.browser import app
from tests.browser.conftest import RUN, button, idle, image, look, set_samples, widths_that_scroll
from tests.browser.test_stability import repeats
from tests.browser.test_tune import tune

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


def taken(page: Page, name: str) -> dict[str, bytes]:
    """The files of the archive that the page gives, each of them opened."""
    idle(page)
    button(page, "Take away").scroll_into_view_if_needed()
    look(page, f"take-away-{name.removesuffix('.zip')}-1280-light.png")
    with page.expect_download() as found:
        button(page, "Take away").click()
    assert found.value.suggested_filename == name
    with zipfile.ZipFile(found.value.path()) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, content in files.items():
        if name.endswith(".csv"):
            assert list(csv.DictReader(io.StringIO(content.decode())))
        elif name.endswith(".npz"):
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                assert [arrays[key] for key in arrays]
        elif name.endswith(".png"):
            with Image.open(io.BytesIO(content)) as picture:
                picture.load()
                assert min(picture.size) >= 224
        elif name.endswith(".json"):
            assert json.loads(content)
        elif name.endswith(".py"):
            compile(content, name, "exec")
        else:
            assert content.decode()
    return files


def test_every_page_gives_an_archive_and_a_manifest_is_opened_again(page: Page, visit) -> None:
    page.goto(f"{page.url}?v=1&p=chelsea&n=100&s=grid~rows.4~columns.4&d=90")
    expect(image(page, "Explanation of ")).to_be_visible(timeout=2 * RUN)  # the model comes first
    expect(page.get_by_text("all there, costs nothing")).to_be_visible(timeout=RUN)
    files = taken(page, "explanation.zip")

    again = visit()
    expect(button(again, "Open a manifest")).to_be_visible()
    for width, scheme in ((1280, "light"), (390, "dark")):
        again.set_viewport_size({"width": width, "height": 800})
        again.emulate_media(color_scheme=scheme)
        look(again, f"open-a-manifest-{width}-{scheme}.png")
        assert widths_that_scroll(again) == []
    again.set_viewport_size({"width": 1280, "height": 800})
    button(again, "Open a manifest").click()
    chosen = again.get_by_test_id("stFileUploaderDropzoneInput")
    chosen.set_input_files({"name": "explanation.zip", "mimeType": "application/zip", "buffer": pack(files)})
    expect(again.get_by_text("The weights are the same to the last digit as in the manifest.")).to_be_visible(
        timeout=RUN
    )
    look(again, "opened-1280.png")

    page.get_by_role("link", name="What if").click()
    expect(page.get_by_text("map now").first).to_be_visible(timeout=RUN)
    assert {"hidden.png", "overlay.png"} <= set(taken(page, "what-if.zip"))
    page.get_by_role("link", name="Learn").click()
    expect(page.get_by_role("heading", name="6 · The map")).to_be_visible(timeout=RUN)
    assert {"samples.csv", "living.html"} <= set(taken(page, "steps.zip"))
    page.get_by_role("link", name="Stability").click()
    expect(page.get_by_role("heading", name=re.compile("^Stability · "))).to_be_visible()
    idle(page)
    set_samples(page, 100)
    repeats(page, 2)
    button(page, "Compare").click()
    expect(page.get_by_text("all there, costs nothing")).to_be_visible(timeout=2 * RUN)
    assert "stability.png" in taken(page, "stability.zip")
    page.get_by_role("link", name="Compare").click()
    expect(image(page, "Map of Egyptian cat")).to_be_visible(timeout=RUN)
    assert "agreement.csv" in taken(page, "comparison.zip")
    page.get_by_role("link", name="Prior").click()
    expect(page.get_by_role("combobox", name="Look inside")).to_be_visible(timeout=RUN)
    assert "prior.npz" in taken(page, "prior.zip")
    search = visit()
    tune(search)
    box = search.get_by_role("spinbutton", name="Seed")
    box.fill("91")  # what other pages ask for is shared
    box.press("Enter")
    idle(search)
    button(search, "Search").click()
    expect(search.get_by_text("2 ways of asking, all tried")).to_be_visible(timeout=RUN)
    assert "best.json" in taken(search, "search.zip")
