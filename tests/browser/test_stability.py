"""The Stability page in a real browser with the real model."""

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
    look,
    seed,
    set_samples,
    widths_that_scroll,
)

pytestmark = pytest.mark.browser


def stability(page: Page) -> None:
    """Chelsea with 200 samples in each of two repeats; nothing is asked yet."""
    choose(page)
    page.get_by_role("link", name="Stability").click()
    expect(page.get_by_role("heading", name=re.compile("^Stability · "))).to_be_visible()
    set_samples(page, 200)
    seed(page, 70)  # what other pages have asked for is shared
    repeats(page, 2)


def repeats(page: Page, number: int) -> None:
    box = page.get_by_role("spinbutton", name="Repeats")
    box.fill(str(number))
    box.press("Enter")
    expect(page.get_by_text(f"× {number} repeats ×")).to_be_visible()


def compare(page: Page) -> None:
    """Ask for the repeats, unless an earlier test has; returns when all are there and nothing runs."""
    costs = page.get_by_text(re.compile(r"^4 segmentations of .* superpixels · 2 methods × "))
    if "≈" in costs.inner_text():
        button(page, "Compare").click()
    expect(page.get_by_text("all there, costs nothing")).to_be_visible(timeout=RUN)
    expect(button(page, "Compare")).to_be_visible()


def test_a_restless_row_above_a_steady_one(page, show):
    stability(page)
    expect(page.get_by_text("Press Compare:")).to_be_visible()
    compare(page)
    expect(image(page, "LIME: 2 repeats of ")).to_be_visible()
    expect(image(page, "Fold-over: 2 repeats of ")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Jaccard of the top 5"))).to_be_visible()
    assert images_without_words(page) == []
    assert barriers(page) == []
    show(page, "stability")


def test_every_closer_look_is_drawn(page):
    stability(page)
    compare(page)
    for view, seen in (("Where it moves", "Mean weight of each superpixel"), ("Fewer samples", None),
                       ("Error bars", None), ("Pairs", None)):  # fmt: skip
        page.get_by_role("radio", name=view).click(force=True)
        if seen:
            expect(image(page, seen)).to_be_visible()
        else:
            expect(page.locator(".js-plotly-plot")).to_have_count(1)
    assert images_without_words(page) == []


def test_a_cancelled_run_keeps_what_is_finished(page):
    stability(page)
    repeats(page, 20)
    seed(page, 4000)
    expect(image(page, "LIME: ")).to_have_count(0)  # nothing of another seed is left
    button(page, "Compare").click()
    expect(image(page, "LIME: ")).to_be_visible(timeout=RUN)
    button(page, "Cancel").click()
    expect(button(page, "Compare")).to_be_visible()
    expect(page.get_by_text("all there")).to_have_count(0)
    expect(image(page, "LIME: ")).to_be_visible()


@pytest.mark.parametrize(("scheme", "widths"), [("light", (1280, 800, 390)), ("dark", (1280, 800))])
def test_nothing_is_wider_than_its_window(visit, scheme, widths):
    page = visit(1280, 800, scheme)
    stability(page)
    compare(page)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        expect(image(page, "LIME: 2 repeats of ")).to_be_visible()
        assert widths_that_scroll(page) == []
        look(page, f"stability-{width}-{scheme}.png")
