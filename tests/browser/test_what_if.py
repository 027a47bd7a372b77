"""The page What if in a real browser with the real model: presses, keys and strokes on the picture."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    RUN,
    barriers,
    button,
    choose,
    images_without_words,
    look,
    seed,
    set_samples,
    widths_that_scroll,
)

pytestmark = pytest.mark.browser


def open_page(page: Page) -> Locator:
    """The picture of Chelsea, with 100 samples to be asked for."""
    choose(page)
    page.get_by_role("link", name="What if").click()
    expect(page.get_by_role("heading", name=re.compile("^What if · "))).to_be_visible()
    set_samples(page, 100)
    seed(page, 81)  # what other pages have asked for is shared
    picture = page.get_by_role("application")
    expect(picture).to_have_attribute("aria-label", re.compile("All are shown"))
    expect(page.get_by_text(re.compile("0 of [0-9]+ superpixels hidden"))).to_be_visible()
    return picture


def at(picture: Locator, across: float, down: float) -> dict[str, float]:
    """A place on the picture, by shares of its sides."""
    box = picture.bounding_box()
    return {"x": across * box["width"], "y": down * box["height"]}


def drag(page: Page, picture: Locator, *way: tuple[float, float]) -> None:
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    points = [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in way]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=5)
    page.mouse.up()


def now(page: Page) -> Locator:
    return page.get_by_test_id("stMetric").filter(has_text="model now")


def superpixels(page: Page) -> int:
    return int(re.search(r"these (\d+) superpixels", page.locator(".st-key-what-if-explain").inner_text())[1])


def cut_into(page: Page, d: int) -> None:
    expect(button(page, f"Explain with these {d} superpixels")).to_be_visible(timeout=RUN)


def mode(page: Page, name: str, does: str) -> None:
    """Choose what a press does, or a shape, and wait until the picture knows: until then it does what it did."""
    page.get_by_role("radio", name=name, exact=True).click(force=True)
    expect(page.locator(f"canvas:is([data-mode='{does}'], [data-shape='{does}'])")).to_be_visible()


def test_a_press_hides_a_superpixel_and_the_probability_moves(page, show):
    picture = open_page(page)
    expect(page.get_by_text("What the map says needs samples")).to_be_visible()
    button(page, "Explain").click()
    expect(page.get_by_text("all there, costs nothing")).to_be_visible(timeout=RUN)
    expect(page.get_by_text(re.compile("The map adds up"))).to_be_visible()
    expect(now(page)).to_contain_text("no change")
    before = now(page).inner_text()
    picture.click(position=at(picture, 0.5, 0.5))
    expect(page.get_by_text(re.compile("1 of [0-9]+ superpixels hidden"))).to_be_visible()
    expect(now(page)).not_to_contain_text("no change")
    expect(picture).to_have_attribute("aria-label", re.compile(r"Hidden: \d+\."))
    assert barriers(page) == []
    show(page, "what_if")
    picture.click(position=at(picture, 0.5, 0.5))
    expect(page.get_by_text(re.compile("0 of [0-9]+ superpixels hidden"))).to_be_visible()
    expect(now(page)).to_contain_text("no change")
    assert now(page).inner_text() == before

    picture.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter", "ArrowUp", " "):
        picture.press(key)
    expect(page.get_by_text(re.compile("2 of [0-9]+ superpixels hidden"))).to_be_visible()
    button(page, "Invert").click()
    expect(picture).to_have_attribute("aria-label", re.compile(r"Hidden: \d+(, \d+){9,}\."))
    button(page, "Show all").click()
    expect(picture).to_have_attribute("aria-label", re.compile("All are shown"))
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name=re.compile("^Compare · "))).to_be_visible()
    page.get_by_role("link", name="What if").click()
    expect(page.get_by_role("heading", name=re.compile("^What if · "))).to_be_visible()
    expect(picture).to_have_attribute("aria-label", re.compile("All are shown"))
    assert images_without_words(page) == []
    for width in (1280, 800, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert widths_that_scroll(page) == []


def test_superpixels_are_joined_split_and_drawn_and_explained(page):
    picture = open_page(page)
    mode(page, "Join", "join")
    pressed = page.locator("button[data-selected='true']").filter(has_text="Join")
    expect(pressed).to_have_css("background-color", "rgb(59, 91, 122)")  # under white letters, with the pointer on it
    d = superpixels(page)
    for across, down in ((0.2, 0.9), (0.85, 0.85)):
        picture.click(position=at(picture, across, down))
    expect(button(page, "Join")).to_be_enabled()
    button(page, "Join").click()
    cut_into(page, d - 1)
    mode(page, "Split", "split")
    drag(page, picture, (0.4, 0.2), (0.55, 0.8))
    cut_into(page, d)
    picture.focus()
    picture.press("ArrowRight")
    picture.press("Enter")
    button(page, "Split across its longer axis").click()
    cut_into(page, d + 1)
    button(page, "Undo").click()
    cut_into(page, d)
    mode(page, "Draw", "draw")
    drag(page, picture, (0.32, 0.3), (0.42, 0.42), (0.3, 0.45), (0.27, 0.36))
    expect(button(page, f"Explain with these {d} superpixels")).to_have_count(0, timeout=RUN)
    drawn = superpixels(page)
    mode(page, "Ellipse", "ellipse")
    drag(page, picture, (0.6, 0.6), (0.7, 0.66))
    expect(button(page, f"Explain with these {drawn} superpixels")).to_have_count(0, timeout=RUN)
    left = superpixels(page)
    look(page, "what-if-edited.png")
    button(page, f"Explain with these {left} superpixels").click()
    expect(page.get_by_text(re.compile(f"^{left} superpixels · 100 samples"))).to_be_visible(timeout=RUN)
    expect(page.locator('img[alt^="Explanation of"]').first).to_be_visible(timeout=RUN)
