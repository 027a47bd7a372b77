"""The Prior page in a real browser with the real model: from pictures to words, and to a file and back."""

import re

import pytest
from playwright.sync_api import Page, expect

import lime_core as lc
from tests.browser.conftest import (
    RUN,
    barriers,
    button,
    details,
    idle,
    image,
    images_without_words,
    look,
    widths_that_scroll,
)
from tests.support.badfiles import encoded

pytestmark = pytest.mark.browser

BUILT = "6 uploaded files, Signed, 30 words"
PHOTOS = ("chelsea", "coffee", "rocket", "china", "flower")


@pytest.fixture
def prior(page) -> Page:
    """The page, with nothing chosen and nothing built."""
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    page.get_by_role("link", name="Prior").click()
    expect(page.get_by_text("7 pictures × 300 samples · ")).to_be_visible(timeout=RUN)
    return page


def give(page: Page, key: str, *files: tuple[str, bytes]) -> None:
    chosen = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    page.locator(f'.st-key-{key} input[type="file"]').set_input_files(chosen)


def words(page: Page):
    return page.locator('img[alt^="Word "]')


def test_uploaded_pictures_become_words_and_a_file(prior, show):
    page = prior
    page.get_by_role("radiogroup", name="Pictures").get_by_role("radio", name="Upload").click()
    expect(page.get_by_text("No pictures yet")).to_be_visible()
    give(
        page,
        "prior-upload",
        *[(f"{name}.png", encoded(lc.gallery_picture(name).pixels)) for name in PHOTOS],
        ("broken.png", b"nothing"),
    )
    expect(page.get_by_text("5 pictures × 300 samples · ")).to_be_visible()
    expect(page.get_by_text("6 pictures, 1 left out")).to_be_visible()
    box = page.get_by_role("spinbutton", name="num_samples")
    box.fill("100")
    box.press("Enter")
    expect(page.get_by_text("5 pictures × 100 samples · ≈ ")).to_be_visible()
    button(page, "Build").click()
    expect(page.get_by_text(re.compile("^Picture [2-5] of 5 · "))).to_be_visible(timeout=RUN)
    button(page, "Cancel").click()
    expect(page.get_by_text(re.compile("^[1-4] of 5 pictures are finished"))).to_be_visible()
    button(page, "Build").click()
    expect(page.get_by_role("combobox", name="Look inside")).to_have_value(BUILT, timeout=RUN)
    expect(words(page).first).to_be_visible()
    expect(page.get_by_text("5 pictures × 100 samples · all there, costs nothing")).to_be_visible()
    expect(image(page, "5 pictures; 5 of them finished.")).to_be_visible()
    assert barriers(page) == []
    show(page, "prior")

    with page.expect_download() as found:
        button(page, "Download").click()
    taken = lc.load_prior(found.value.path())
    assert found.value.suggested_filename == "6-uploaded-files-signed-30-words.npz"
    assert taken.made_by["pictures"] == 5
    assert taken.examples is not None

    page.get_by_role("radiogroup", name="Kind of global weights").get_by_role("radio", name="Average").click()
    button(page, "Build").click()
    expect(page.get_by_role("combobox", name="Look inside")).to_have_value("6 uploaded files, Average, 30 words")

    gallery = page.get_by_role("combobox", name="Gallery")
    gallery.click()
    gallery.fill("Chelsea")
    gallery.press("Enter")
    expect(image(page, "What the prior expects of chelsea")).to_be_visible(timeout=RUN)
    expect(words(page).first).to_be_visible()
    assert images_without_words(page) == []
    for width, height in ((1280, 800), (800, 800), (390, 844)):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            assert widths_that_scroll(page) == []
            look(page, f"prior-{width}-{scheme}.png")
            words(page).nth(3).scroll_into_view_if_needed()
            look(page, f"prior-words-{width}-{scheme}.png")

    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    page.get_by_role("spinbutton", name="Repeats").fill("2")
    page.get_by_role("spinbutton", name="Repeats").press("Enter")
    expect(page.get_by_text("2 repeats × 500 samples · ≈ ")).to_be_visible()
    button(page, "Repeat").click()
    expect(page.get_by_role("heading", name="Deletion and insertion")).to_be_visible(timeout=RUN)
    look(page, "prior-effect-1280-light.png")

    look_inside = page.get_by_role("combobox", name="Look inside")
    look_inside.click()
    look_inside.fill(BUILT)
    look_inside.press("Enter")
    expect(look_inside).to_have_value(BUILT)
    button(page, "Use it").click()
    with details(page, "prior"):
        expect(page.get_by_role("combobox", name="Prior (G-LIME)")).to_have_value(BUILT)
    button(page, "Explain").click()
    expect(page.get_by_text("500 samples · 125 for each of them · all there, costs nothing")).to_be_visible(timeout=RUN)
    shown = map_and_figures(page)
    strength = page.get_by_role("slider", name="Prior strength")
    strength.focus()
    for _ in range(9):
        strength.press("ArrowRight")
    expect(page.get_by_test_id("stMetric").nth(3).get_by_test_id("stMetricValue")).not_to_have_text(
        shown["from the prior"]
    )
    stronger = map_and_figures(page)
    assert percent(stronger["from the prior"]) > percent(shown["from the prior"])
    assert float(stronger["R²"]) < float(shown["R²"])
    assert stronger["map"] != shown["map"]
    expect(page.get_by_text("500 samples · 125 for each of them · all there, costs nothing")).to_be_visible()
    look(page, "explain-prior-1280-light.png")


def map_and_figures(page: Page) -> dict[str, str]:
    """What the map is said to show, and the figures beside it, once all of the page is drawn."""
    expect(page.get_by_text("from the prior", exact=True)).to_be_visible()
    idle(page)
    found = {"map": image(page, "Explanation of ").get_attribute("alt")}
    for metric in page.get_by_test_id("stMetric").all():
        label = metric.get_by_test_id("stMetricLabel").inner_text().strip()
        found[label] = metric.get_by_test_id("stMetricValue").inner_text().strip()
    return found


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def test_a_damaged_file_and_a_prior_of_another_model_say_so(prior):
    page = prior
    foreign = lc.prior_bytes(lc.GlobalPrior([[1.0, 0.0, 0.0]], [[0.5]] * 1000, [[3]] * 1000, True, "probability"))
    page.get_by_text("Bring a prior from a file", exact=True).click()
    give(page, "prior-file", ("damaged.npz", foreign[:-400]))
    expect(page.get_by_role("alert").get_by_text("This is no prior, or its file is damaged.")).to_be_visible()
    give(page, "prior-file", ("theirs.npz", foreign))
    expect(page.get_by_role("combobox", name="Look inside")).to_have_value("theirs")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert").get_by_text("The prior knows superpixels by 3 features each")).to_be_visible()
    expect(page.get_by_role("combobox", name="Class", exact=True)).to_have_value("class 0 · 3 superpixels")
    expect(words(page)).to_have_count(1)
    look(page, "prior-foreign-1280-light.png")

    page.get_by_role("link", name="Explain").click()
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    page.get_by_role("link", name="Prior").click()
    expect(page.get_by_role("combobox", name="Look inside")).to_have_value("theirs")
