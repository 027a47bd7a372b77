"""Hostile names and files through all pages: nothing is asked of any other server, and all is shown as it is."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import lime_core as lc
from pages.ui.figures.sentences import JOINER
from tests.browser import app
from tests.browser.conftest import RUN, button, choose, idle, image, look
from tests.support.badfiles import encoded
from tests.support.hostile import ELSEWHERE
from tests.support.hostile_server import CLASSES, SIDE, scores

pytestmark = pytest.mark.browser

IMAGE = f"![x](https:{ELSEWHERE})"
"""A name that a file can have: without slashes."""

LOUD = f"![x](https://{ELSEWHERE}/a.png) <img src=https://{ELSEWHERE}/b.png> [c](//{ELSEWHERE}) www.{ELSEWHERE}"

PHOTO = encoded(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app.serve(tmp_path_factory.mktemp("home"), "-m", "tests.support.hostile_server") as url:
        yield url


@pytest.fixture
def page(chromium: Browser, url: str) -> Iterator[Page]:
    """The app; each request that leaves for another address fails the test."""
    asked: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(url)
    yield page
    harmless(page)
    context.close()
    assert asked
    assert [
        each for each in asked if not re.match(rf"(blob:|data:|{re.escape(url)}|{re.escape('ws' + url[4:])})", each)
    ] == []


def harmless(page: Page) -> None:
    """Nothing on the page leads elsewhere."""
    idle(page)
    assert page.locator(f"[href*='{ELSEWHERE}'], [src*='{ELSEWHERE}'], [srcset*='{ELSEWHERE}']").count() == 0


def literally(page: Page, text: str) -> None:
    """A text stands on the page as it is."""
    page.wait_for_function(
        "([text, joiner]) => document.body.innerText.replaceAll(joiner, '').includes(text)", arg=[text, JOINER]
    )
    harmless(page)


def give(page: Page, key: str, name: str, content: bytes) -> None:
    chosen = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator(f'.st-key-{key} input[type="file"]').set_input_files(chosen)


def upload_a_prior(page: Page) -> None:
    """Choose to; the list is searched, for it closes when the page is scrolled, or drawn."""
    idle(page)
    page.locator(".st-key-prior-more button").click()
    box = page.get_by_role("combobox", name="Prior (G-LIME)")
    box.click()
    box.fill("upload")
    expect(page.get_by_role("option")).to_have_text([re.compile("^Upload", re.IGNORECASE)])
    box.press("Enter")
    expect(page.locator(".st-key-prior-given")).to_be_visible()


@pytest.fixture(scope="module")
def prior() -> lc.GlobalPrior:
    """One for the server's model, with hostile notes."""
    model = lc.wrap_model(scores, CLASSES, kind="logits", input_size=(SIDE, SIDE), name="efficientnet_lite0")
    probe = lc.probe_image(lc.gallery_picture("chelsea"), model, 100, segmenter=lc.Grid())
    summary = lc.PictureSummary.of([lc.explain(probe, index) for index in range(len(CLASSES))])
    told = {"source": LOUD, "method": LOUD, "segmenter": LOUD}
    built = lc.build_prior([summary], len(CLASSES), clusters=5, method="signed", made_by=told)
    return replace(built, unit=LOUD)


def test_explain_with_hostile_classes_a_hostile_photo_and_a_hostile_prior(page, prior):
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    page.get_by_role("radio", name="Upload").click()
    give(page, "photo-upload", f"{IMAGE}.png", b"no picture")
    expect(page.get_by_role("alert")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    idle(page)  # a press before the page is whole is lost
    page.get_by_role("radio", name="Upload").click()
    give(page, "photo-upload", f"{IMAGE}.png", PHOTO)
    expect(image(page, "The crop that the model sees, cut into ")).to_be_visible(timeout=RUN)
    box = page.get_by_role("combobox", name="Class to explain")
    for text in CLASSES[:3]:
        box.click()
        box.fill(text[:60])
        page.get_by_role("option").first.click()
        literally(page, " ".join(text.split()))
    button(page, "Explain").click()
    expect(page.get_by_text("all there, costs nothing")).to_be_visible(timeout=RUN)
    page.get_by_text("The most likely classes side by side").click()
    expect(page.get_by_text("One scale for all")).to_be_visible()
    upload_a_prior(page)
    give(page, "prior-given", f"{IMAGE}.npz", lc.prior_bytes(prior))
    literally(page, f"(in {LOUD})")  # the unit of its weights is another
    look(page, "hostile-explain-1280.png")
    page.set_viewport_size({"width": 800, "height": 800})
    look(page, "hostile-explain-800.png")


def test_a_hostile_prior_that_does_not_fit(page, prior):
    choose(page)
    upload_a_prior(page)
    told = {**prior.made_by, "fingerprint": "other", "model": LOUD}
    give(page, "prior-given", f"{IMAGE}.npz", lc.prior_bytes(replace(prior, made_by=told)))
    literally(page, f"The prior was built with {LOUD}, whose weights or settings are others.")


def test_stability_with_hostile_classes(page):
    choose(page)
    page.get_by_role("link", name="Stability").click()
    button(page, "Compare").click()
    expect(page.get_by_text("all there, costs nothing")).to_be_visible(timeout=RUN)
    harmless(page)


def test_a_prior_of_hostile_files_and_one_with_hostile_notes(page, prior):
    page.get_by_role("link", name="Prior").click()
    page.get_by_role("radiogroup", name="Pictures").get_by_role("radio", name="Upload").click()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{LOUD}.png", PHOTO)
        archive.writestr(f"broken {LOUD}.png", b"nothing")
    give(page, "prior-upload", f"{IMAGE}.zip", packed.getvalue())
    expect(page.get_by_text("2 pictures, 1 left out")).to_be_visible(timeout=RUN)
    page.get_by_text("2 pictures, 1 left out").click()
    button(page, "Build").click()
    expect(page.get_by_role("combobox", name="Look inside")).to_have_value(re.compile(re.escape(IMAGE)), timeout=RUN)
    harmless(page)
    page.get_by_text("Bring a prior from a file", exact=True).click()
    give(page, "prior-file", f"{IMAGE}.npz", lc.prior_bytes(prior))
    literally(page, f"Kept as “{LOUD[:80].strip()}”.")
    expect(page.get_by_role("combobox", name="Look inside")).to_have_value(LOUD[:80].strip())
    literally(page, LOUD)
    page.get_by_role("combobox", name="Look inside").click()
    harmless(page)
    page.keyboard.press("Escape")
    look(page, "hostile-prior-1280.png")
    page.set_viewport_size({"width": 800, "height": 800})
    look(page, "hostile-prior-800.png")


def test_a_hostile_name_of_a_model(page):
    choose(page)
    box = page.get_by_role("combobox", name="Model")
    box.click()
    box.fill(LOUD)
    page.keyboard.press("Enter")
    idle(page)
    page.wait_for_timeout(2000)
    harmless(page)
