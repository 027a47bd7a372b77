"""The Compare page in a real browser with the real model."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    RUN,
    barriers,
    button,
    choose,
    image,
    images_without_words,
    seed,
    set_samples,
    widths_that_scroll,
)

pytestmark = pytest.mark.browser


def compare(page: Page) -> None:
    """Chelsea with 200 samples."""
    choose(page)
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name=re.compile("^Compare · "))).to_be_visible()
    set_samples(page, 200)
    seed(page, 80)  # what other pages have asked for is shared


def test_two_classes_then_other_methods_beside_lime_and_which_the_model_agrees_with(page, show):
    compare(page)
    button(page, "Compare").click()
    expect(image(page, "Map of Egyptian cat")).to_be_visible(timeout=RUN)
    expect(page.get_by_role("cell", name=re.compile("tiger cat and Egyptian cat"))).to_be_visible()
    page.get_by_role("radio", name="Methods").click(force=True)
    expect(page.get_by_text("2 other methods to ask")).to_be_visible()
    button(page, "Compare").click()
    expect(image(page, "Map of tiger cat, KernelSHAP")).to_be_visible(timeout=RUN)
    expect(image(page, "Map of tiger cat, Grad-CAM")).to_be_visible()
    expect(page.get_by_text("all there, costs nothing").first).to_be_visible()
    page.get_by_text("Which map does the model agree with?").click()
    button(page, "Measure").click()
    expect(page.get_by_role("cell", name=re.compile("highest"))).to_be_visible(timeout=RUN)
    assert images_without_words(page) == []
    assert barriers(page) == []
    show(page, "compare")
    for view in ("The strongest", "By pixel"):
        page.get_by_role("radio", name=view).click(force=True)
        expect(image(page, "Map of tiger cat, LIME")).to_be_visible()
    for width in (1280, 800, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert widths_that_scroll(page) == []


def test_a_method_that_is_cancelled_can_be_asked_again(page):
    compare(page)
    page.get_by_role("radio", name="Methods").click(force=True)
    box = page.get_by_role("combobox", name=re.compile("Beside LIME"))
    box.fill("RISE")
    box.press("Enter")
    box.press("Escape")
    button(page, "Compare").click()
    expect(page.get_by_text(re.compile(r"RISE · \d+ of 1000 pictures"))).to_be_visible(timeout=RUN)
    button(page, "Cancel").click()
    expect(button(page, "Compare")).to_be_visible(timeout=RUN)
    expect(page.get_by_text("1 other method to ask")).to_be_visible()
