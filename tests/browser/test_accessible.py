"""What is opened beside the page, and the keyboard alone; what pages show is asked of axe-core where it is tested."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import RUN, barriers, button, details, idle, image

pytestmark = pytest.mark.browser


def test_the_gallery(page):
    expect(image(page, "Flower")).to_be_visible()
    assert barriers(page) == []


def test_explain_with_all_that_can_be_opened(page):
    page.goto(f"{page.url}?v=1&p=rocket&n=200")
    expect(image(page, "Explanation of ")).to_be_visible(timeout=RUN)
    expect(page.get_by_text("all there, costs nothing").first).to_be_visible(timeout=RUN)
    for folded in ("Does the model agree with the map?", "Does the top carry the class?"):
        page.get_by_text(folded).click()
    page.get_by_text("The most likely classes side by side").click()
    expect(page.get_by_text("One scale for all")).to_be_visible()
    page.get_by_text("What each control costs").click()
    assert barriers(page) == []
    page.get_by_role("tab", name="Table").click()
    assert barriers(page) == []
    for key in ("samples", "segmenter", "surrogate"):
        with details(page, key):
            assert barriers(page) == []
    button(page, "Share").click()
    expect(image(page, "The link as a QR code.")).to_be_visible()
    assert barriers(page) == []


def test_a_photo_is_explained_by_keyboard_alone(page):
    """Tab to a photo of the gallery, Enter; Tab to Explain, Enter; what has the focus can be seen."""
    expect(image(page, "Flower")).to_be_visible()
    tab_to(page, re.compile("^Launch of a rocket$"))
    page.keyboard.press("Enter")
    expect(button(page, "Explain")).to_be_visible(timeout=RUN)
    idle(page)
    tab_to(page, re.compile("^num_samples"))
    page.keyboard.press("Home")
    expect(page.get_by_text(re.compile("· 10 samples ·")).first).to_be_visible()
    idle(page)
    tab_to(page, re.compile("^Explain$"), role="BUTTON")
    page.keyboard.press("Enter")
    expect(image(page, "Explanation of ")).to_be_visible(timeout=RUN)


def tab_to(page: Page, name: re.Pattern[str], role: str = "") -> None:
    """Press Tab until what has this name has the focus, which is drawn."""
    idle(page)  # a page that is drawn again may take the focus away
    for _ in range(120):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            """() => {
                const each = document.activeElement, style = getComputedStyle(each);
                const name = each.getAttribute('aria-label') || each.innerText || '';
                const drawn = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
                return [name.trim(), each.tagName, drawn];
            }"""
        )
        if name.search(focus[0]) and role in ("", focus[1]):
            assert focus[2] or focus[1] == "INPUT", f"the focus of {focus[0]} cannot be seen"
            return
    raise AssertionError(f"Tab does not come to {name.pattern}")
