"""The Explain page from the first look to the finished map, in a real browser with the real model."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import lime_core as lc
from tests.browser.conftest import (
    RUN,
    button,
    choose,
    details,
    idle,
    image,
    images_without_words,
    look,
    set_samples,
    slider,
    widths_that_scroll,
)
from tests.support.badfiles import encoded

pytestmark = pytest.mark.browser


def the_map(page: Page) -> Locator:
    return image(page, "Explanation of ")


def finished(page: Page) -> None:
    """Return when all samples are there and nothing runs."""
    expect(page.get_by_text("all there, costs nothing").first).to_be_visible(timeout=RUN)
    expect(button(page, "Explain")).to_be_visible()
    expect(the_map(page)).to_be_visible()
    idle(page)  # a slider that was moved just now may still be on its way


def explain(page: Page, samples: int = 500) -> None:
    """Ask for the samples, unless an earlier test has done that; returns when all are there and nothing runs."""
    costs = page.get_by_text(re.compile(f"^4 segmentations of .* superpixels · {samples} samples · "))
    expect(costs).to_be_visible()
    if "≈" in costs.inner_text():
        button(page, "Explain").click()
    finished(page)


def explained(page: Page) -> None:
    """Chelsea with 300 samples."""
    choose(page)
    three_hundred(page)
    explain(page, 300)


def three_hundred(page: Page) -> None:
    set_samples(page, 300)


def new_seed(page: Page, seed: int) -> None:
    """Samples that no other test has asked for; typed as one does who presses Explain next."""
    with details(page, "samples"):
        page.get_by_role("spinbutton", name="Seed").fill(str(seed))


def give(page: Page, name: str, content: bytes) -> None:
    page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "image/png", "buffer": content})


def test_from_the_gallery_to_map_chart_and_table(page, show):
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    expect(image(page, "Flower")).to_be_visible()
    assert images_without_words(page) == []
    look(page, "gallery-1280-light.png")

    choose(page)
    expect(image(page, "The photo chelsea; ")).to_be_visible()
    expect(image(page, "The crop that the model sees, cut into ")).to_be_visible()
    expect(page.get_by_text("Press Explain.").first).to_be_visible()
    expect(the_map(page)).to_have_count(0)
    look(page, "preview-1280-light.png")

    button(page, "Explain").click()
    finished(page)
    expect(page.get_by_text("model says", exact=True)).to_be_visible()
    expect(page.locator(".js-plotly-plot .bars path").first).to_be_visible()
    assert images_without_words(page) == []
    assert widths_that_scroll(page) == []
    show(page, "explain")

    page.get_by_role("tab", name="Table").click()
    expect(page.get_by_test_id("stDataFrame").locator("canvas").first).to_be_visible()
    look(page, "table-1280-light.png")


def test_kernel_and_class_answer_without_a_run(page):
    explained(page)
    page.evaluate(
        """() => {
            window.runs = 0;
            const look = () => { window.runs += document.body.innerText.includes('Cancel') };
            new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
        }"""
    )
    before = the_map(page).get_attribute("alt")
    with details(page, "surrogate"):
        for _ in range(3):
            slider(page, "Width").press("ArrowLeft")
    expect(the_map(page)).not_to_have_attribute("alt", before)

    idle(page)
    metrics = page.get_by_test_id("stMetricValue").all_inner_texts()
    box = page.get_by_role("combobox", name="Class to explain")
    box.click()  # first, for scrolling closes the list
    box.fill("lynx")
    expect(page.get_by_role("option")).to_have_text([re.compile("^lynx")])
    box.press("Enter")
    expect(the_map(page)).to_have_attribute("alt", re.compile("^Explanation of lynx"))
    expect(page.get_by_role("heading", name="lynx")).to_be_visible()
    idle(page)
    assert page.get_by_test_id("stMetricValue").all_inner_texts() != metrics
    expect(page.get_by_text("all there, costs nothing")).to_be_visible()
    assert page.evaluate("window.runs") == 0


def test_the_other_classes_stand_beside_it_on_request(page):
    explained(page)
    page.get_by_text("The most likely classes side by side").click()
    expect(page.locator('img[alt^="Explanation of "]')).to_have_count(4)
    expect(page.get_by_text("One scale for all")).to_be_visible()
    assert images_without_words(page) == []


def test_an_uploaded_photo_and_a_broken_file(page):
    page.get_by_role("radio", name="Upload").click()
    photo = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8).repeat(5, 0).repeat(5, 1)
    give(page, "mine.png", encoded(photo))
    expect(image(page, "The photo mine.png; ")).to_be_visible()
    expect(button(page, "Explain")).to_be_visible()

    broken = encoded(photo)[:2000]
    with pytest.raises(lc.BadPicture) as why:
        lc.load_picture(broken)
    page.reload()
    page.get_by_role("radio", name="Upload").click()
    give(page, "broken.png", broken)
    expect(page.get_by_role("alert").get_by_text(str(why.value))).to_be_visible()

    choose(page, "Cup of coffee")
    expect(image(page, "The photo coffee; ")).to_be_visible()
    expect(page.get_by_role("alert").get_by_text(str(why.value))).to_have_count(0)


def test_a_cancelled_run_keeps_its_samples_and_goes_on(page):
    choose(page)
    slider(page, "num_samples").press("End")
    expect(page.get_by_text("· 20000 samples ·")).to_be_visible()
    new_seed(page, 11)
    kept = []
    for _ in range(2):
        button(page, "Explain").click()
        progress = page.get_by_text(re.compile(r"^\d+ of 20000 samples · "))
        expect(progress).to_be_visible(timeout=RUN)
        if kept:
            assert int(progress.inner_text().split()[0]) >= kept[-1]
        expect(the_map(page)).to_be_visible()
        button(page, "Cancel").click()
        rests = page.get_by_text(
            re.compile(r"^This map rests on \d+ of 20000 samples\. Press Explain for the others\.$")
        )
        expect(rests).to_be_visible()
        expect(progress).to_have_count(0)
        expect(the_map(page)).to_be_visible()
        kept.append(int(rests.inner_text().split()[4]))
    assert 2 <= kept[0] <= kept[1] < 20000


def test_a_view_control_does_not_stop_a_run(page):
    choose(page)
    set_samples(page, 2000)
    new_seed(page, 12)
    button(page, "Explain").click()
    expect(the_map(page)).to_be_visible()
    expect(button(page, "Cancel")).to_be_visible()
    page.get_by_role("radio", name="heatmap").click()
    finished(page)
    expect(page.get_by_role("radio", name="heatmap")).to_be_checked()
    expect(page.get_by_text("This map rests on")).to_have_count(0)


def test_a_second_visit_and_a_reload_find_the_samples_again(page, visit):
    explained(page)
    seen = the_map(page).get_attribute("alt")
    page.reload()
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    for window in (page, visit()):
        button(window, "Chelsea the cat").click()
        expect(window.get_by_text("· 500 samples ·")).to_be_visible()
        three_hundred(window)
        expect(the_map(window)).to_have_attribute("alt", seen)
        expect(window.get_by_text("all there, costs nothing")).to_be_visible()


SIZES = ((1280, 800), (800, 800), (390, 844))


@pytest.mark.parametrize(
    ("scheme", "background", "sizes"),
    [("light", "rgb(255, 255, 255)", SIZES), ("dark", "rgb(20, 23, 27)", SIZES[::-1])],  # small at first, and later
    ids=["light", "dark"],
)
def test_every_window_shows_the_map_without_scrolling_sideways(visit, scheme, background, sizes):
    page = visit(*sizes[0], scheme)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
    choose(page)
    explain(page)
    page.get_by_text("Does the model agree with the map?").click()
    button(page, "Measure").click()
    expect(page.get_by_text(re.compile(r"^Relevance gain [+−]\d"))).to_be_visible(timeout=RUN)
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        idle(page)
        assert widths_that_scroll(page) == []
        the_map(page).scroll_into_view_if_needed()
        expect(the_map(page)).to_be_in_viewport(ratio=0.5)
        look(page, f"explained-{width}-{scheme}.png")
        for chart in ("gain-curves", "weights"):
            expect(page.locator(f".st-key-{chart} .js-plotly-plot .trace").first).to_be_visible()
            page.locator(f".st-key-{chart}").scroll_into_view_if_needed()
            look(page, f"{chart}-{width}-{scheme}.png")
        assert images_without_words(page) == []


def test_settings_stay_when_one_photo_takes_the_place_of_another(page):
    page.get_by_role("radio", name="Upload").click()
    for number, name in enumerate(list(lc.GALLERY)[:5]):
        give(page, f"{name}.png", encoded(lc.gallery_picture(name).pixels[:200, :200], "PNG"))
        expect(image(page, f"The photo {name}")).to_be_visible(timeout=RUN)
        idle(page)
        if number == 0:
            box = page.get_by_role("combobox", name="Segmentation")
            box.click()
            box.fill("Grid")
            box.press("Enter")
        expect(page.get_by_text("49 superpixels · ")).to_be_visible()
        idle(page)
        expect(page.get_by_role("combobox", name="Segmentation")).to_have_value("Grid")


def test_whether_the_top_carries_the_class_is_asked_at_a_press(page):
    explained(page)
    page.get_by_text("Does the top carry the class?").click()
    expect(page.get_by_text("152 samples · ≈")).to_be_visible()
    button(page, "Ask").press("Enter")  # a pointer misses it now and then while the section still opens
    sentence = page.get_by_text("with 90% confidence; 150 samples)")
    expect(sentence).to_be_visible(timeout=RUN)
    expect(button(page, "Ask")).to_be_visible()
    sentence.scroll_into_view_if_needed()
    assert widths_that_scroll(page) == []
    look(page, "soft-stability-1280-light.png")


CONTROLS = ("photo", "model", "class", "samples", "segmenter", "hiding", "surrogate", "prior")


@pytest.mark.parametrize("source", ["Gallery", "Upload"])
def test_photo_model_class_and_the_five_controls_are_seen_without_scrolling(page, source):
    if source == "Upload":
        page.get_by_role("radio", name="Upload").click()
        give(page, "chelsea.png", encoded(lc.gallery_picture("chelsea").pixels, "PNG"))
    else:
        choose(page)
    expect(image(page, "The photo chelsea")).to_be_visible(timeout=RUN)
    idle(page)
    for key in CONTROLS:
        expect(page.locator(f".st-key-{key}-row")).to_be_in_viewport(ratio=1)
        expect(page.locator(f".st-key-{key}-more").get_by_test_id("stPopoverButton")).to_be_in_viewport(ratio=1)
    assert page.evaluate("() => document.querySelector('[data-testid=stSidebarContent]').scrollTop") == 0
    look(page, f"controls-{source.lower()}-1280-light.png")
    for key in CONTROLS:
        with details(page, key):
            expect(page.get_by_test_id("stPopoverBody")).to_be_in_viewport(ratio=1)


def test_a_preset_is_one_press_and_recommended_leads_back(page):
    choose(page)
    idle(page)
    with details(page, "presets"):
        button(page, "As R's lime").click()
        expect(page.get_by_text("superpixels · 1000 samples")).to_be_visible(timeout=RUN)
    idle(page)
    expect(page.get_by_role("combobox", name="Segmentation")).to_have_value("SLIC")
    expect(page.get_by_role("combobox", name="Hide color")).to_have_value("Color")
    expect(page.get_by_role("radio", name="outline")).to_be_checked()
    look(page, "preset-1280-light.png")
    with details(page, "presets"):
        button(page, "Recommended").click()
        expect(page.get_by_text("superpixels · 500 samples")).to_be_visible(timeout=RUN)
    idle(page)
    expect(page.get_by_role("combobox", name="Segmentation")).to_have_value("Several at once")
    expect(page.get_by_role("radio", name="tint")).to_be_checked()
