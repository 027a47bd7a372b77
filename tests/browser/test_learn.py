"""The Learn page in a real browser with the real model."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    BACKGROUNDS,
    RUN,
    barriers,
    button,
    choose,
    idle,
    image,
    images_without_words,
    look,
    seed,
    set_samples,
    slider,
    widths_that_scroll,
)

pytestmark = pytest.mark.browser


def learn(page: Page) -> None:
    """Chelsea with 200 samples."""
    choose(page)
    page.get_by_role("link", name="Learn").click()
    expect(page.get_by_role("heading", name=re.compile("^Learn · "))).to_be_visible()
    set_samples(page, 200)
    seed(page, 90)  # what other pages have asked for is shared
    button(page, "Ask").click()
    expect(page.get_by_text("all there, costs nothing").first).to_be_visible(timeout=RUN)
    # The steps below are drawn after that line, and only those of all samples have a slider.
    expect(page.get_by_role("slider", name="Samples so far")).to_be_visible(timeout=RUN)
    idle(page)


def pixels(page: Page) -> str:
    """What the picture beside the chart shows."""
    return page.locator("canvas.picture").evaluate("canvas => canvas.toDataURL()")


def test_a_sample_that_is_pointed_at_or_reached_by_keys_shows_its_picture_and_the_slider_forms_the_map(page, show):
    learn(page)
    assert barriers(page) == []
    chart, words = page.locator("canvas.chart"), page.locator(".words")
    chart.scroll_into_view_if_needed()
    row = page.get_by_role("slider", name="Sample", exact=True)
    row.press("Home")
    expect(words).to_have_text(re.compile(r"Sample 0: (\d+) of \1 superpixels are shown, the full picture\."))
    full = pixels(page)
    row.press("ArrowRight")
    expect(words).to_have_text(re.compile("^Sample 1: "))
    assert pixels(page) != full
    page.get_by_role("spinbutton", name="Sample").fill("7")
    expect(words).to_have_text(re.compile("^Sample 7: "))
    seen = pixels(page)
    row.press("Home")
    expect(words).to_have_text(re.compile("^Sample 0: "))
    assert pixels(page) == full != seen

    # The full picture is by far the likeliest, at the upper right of the chart.
    row.press("End")
    box = chart.bounding_box()
    assert box
    for down in range(10, 200, 6):
        page.mouse.move(box["x"] + box["width"] - 12 - 6 * (down % 5), box["y"] + down)
    for across in range(60, int(box["width"]), 8):
        page.mouse.move(box["x"] + across, box["y"] + box["height"] * 0.55)
    expect(words).not_to_have_text(re.compile("^Sample 49: "))

    show(page, "learn")
    for scheme, color in BACKGROUNDS.items():
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("div:has(> .st-key-learn-bar)")).to_have_css("background-color", color)
    page.emulate_media(color_scheme="light")
    so_far = slider(page, "Samples so far")
    shown = image(page, "Explanation of ").get_attribute("alt")
    so_far.press("Home")
    expect(image(page, "Explanation of ")).not_to_have_attribute("alt", str(shown))
    assert int(str(row.get_attribute("max"))) < 10
    so_far.press("End")
    expect(image(page, "Explanation of ")).to_have_attribute("alt", str(shown))
    assert images_without_words(page) == []
    for width in (1280, 800, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert widths_that_scroll(page) == []
        look(page, f"learn-{width}.png")


def test_it_walks_by_itself_until_it_is_halted_or_at_its_end(page):
    learn(page)
    shown = image(page, "Explanation of ").get_attribute("alt")
    button(page, "Play").click()
    expect(button(page, "Pause")).to_be_visible()
    expect(page.get_by_text("R² is").first).to_be_visible()
    button(page, "Pause").click()
    expect(button(page, "Play")).to_be_visible()
    expect(image(page, "Explanation of ")).not_to_have_attribute("alt", str(shown))
    button(page, "Play").click()
    expect(button(page, "Play")).to_be_visible()
    expect(image(page, "Explanation of ")).to_have_attribute("alt", str(shown))
