"""The page Tune in a browser: a search, its front, cancel and resume, ten blind answers, and the way to Explain."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import RUN, barriers, button, idle, images_without_words, look, widths_that_scroll

pytestmark = pytest.mark.browser

VIEWS = ("Front", "All settings", "What decides", "What travels", "Which do you prefer?")


def tune(page: Page) -> None:
    """The page with a small search: two photos, few samples, one of two segmentations."""
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    page.get_by_role("link", name="Tune").click()
    expect(button(page, "Search")).to_be_visible(timeout=RUN)
    idle(page)
    knob = page.get_by_role("slider", name=re.compile("^num_samples"))
    knob.press("Home")
    for _ in range(7):
        knob.press("ArrowRight")
    idle(page)
    floor = page.get_by_role("slider", name=re.compile("^Least stability"))
    floor.press("Home")
    idle(page)
    for name in ("Several at once", "SLIC", "Quickshift"):
        page.locator(".st-key-tune-segmenter").get_by_role("button", name=f"Remove {name}").click()
        idle(page)
    for count in ("250", "500"):
        page.locator(".st-key-tune-num_samples").get_by_role("button", name=f"Remove {count}").click()
        idle(page)


def view(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()
    idle(page)


def test_a_search_its_views_ten_answers_and_the_way_to_explain(page, show):
    tune(page)
    expect(page.get_by_text("2 cases · 2 ways of asking, 0 tried")).to_be_visible()
    look(page, "tune-controls-1280-light.png")
    assert barriers(page) == []
    button(page, "Search").click()
    expect(page.get_by_text(re.compile("Trial [12] · "))).to_be_visible(timeout=RUN)
    button(page, "Cancel").click()
    expect(button(page, "Search")).to_be_visible(timeout=RUN)
    idle(page)
    button(page, "Search").click()
    expect(page.get_by_text("2 ways of asking, all tried")).to_be_visible(timeout=RUN)
    idle(page)
    expect(page.get_by_text(re.compile("^Best so far: "))).to_be_visible()
    point = page.locator(".st-key-tune-front .scatterlayer .point").last
    expect(point).to_be_visible()
    idle(page)  # the chart is drawn once more when the run has ended
    point.scroll_into_view_if_needed()
    point.hover(force=True)
    expect(page.locator("body > .map-at-the-pointer")).to_be_visible()
    page.mouse.move(0, 0)
    expect(page.locator("body > .map-at-the-pointer")).to_be_hidden()
    assert barriers(page) == []
    show(page, "tune")
    for name in VIEWS:
        view(page, name)
    for number in range(10):
        expect(page.get_by_text(f"Question {number + 1}.")).to_be_visible(timeout=RUN)
        idle(page)
        button(page, ("Left", "Right")[number % 2] + " tells more").click()
    expect(page.get_by_text(re.compile("The relevance gain chose as you did "))).to_be_visible(timeout=RUN)
    idle(page)
    assert images_without_words(page) == []
    box = page.get_by_role("combobox", name="Setting")
    box.click()
    box.fill("segmentation grid")
    box.press("Enter")
    expect(box).to_have_value(re.compile("segmentation grid"))
    button(page, "Use in Explain").click()
    expect(button(page, "Chelsea the cat")).to_be_visible(timeout=RUN)
    button(page, "Chelsea the cat").click()
    expect(page.get_by_role("combobox", name="Segmentation")).to_have_value("Grid", timeout=RUN)
    expect(page.get_by_text("49 superpixels · 100 samples")).to_be_visible(timeout=RUN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_found_can_be_read_in_any_window(visit, scheme):
    page = visit(1280, 800, scheme)
    tune(page)
    button(page, "Search").click()
    expect(page.get_by_text("2 ways of asking, all tried")).to_be_visible(timeout=RUN)
    idle(page)
    for width in (1280, 800, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for name in VIEWS:
            view(page, name)
            assert widths_that_scroll(page) == []
            look(page, f"tune-{VIEWS.index(name)}-{width}-{scheme}.png")
