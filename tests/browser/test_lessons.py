"""The page Lessons in a real browser with the real model."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

import lime_core as lc
from tests.browser.conftest import (
    RUN,
    barriers,
    button,
    idle,
    image,
    images_without_words,
    set_samples,
    widths_that_scroll,
)

pytestmark = pytest.mark.browser


def test_a_lesson_by_clicks_and_keys_from_the_guess_to_the_hand_in(page, show):
    expect(button(page, "Chelsea the cat")).to_be_visible(timeout=RUN)
    page.get_by_role("link", name="Lessons").click()
    expect(page.get_by_role("heading", name="Lessons")).to_be_visible(timeout=RUN)
    idle(page)
    assert barriers(page) == []
    page.locator(".st-key-lesson-what-a-map-says-open button").first.click()
    canvas = page.get_by_role("img", name="The picture, cut into")
    expect(canvas).to_be_visible(timeout=RUN)
    expect(button(page, "Reveal")).to_be_disabled()
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.42, "y": box["height"] * 0.28})  # in the cup
    expect(page.get_by_test_id("stButtonGroup").locator('[aria-pressed="true"]')).to_have_count(1)
    idle(page)
    for part in ("0", "8"):
        page.get_by_test_id("stButtonGroup").get_by_text(part, exact=True).click()
        idle(page)
    expect(button(page, "Reveal")).to_be_enabled()
    button(page, "Reveal").click()
    expect(image(page, "Your guess and the map on one picture")).to_be_visible(timeout=RUN)
    assert barriers(page) == []
    show(page, "lessons")
    page.get_by_text("Whether the part is shown or hidden, espresso stays about as likely.").click()
    idle(page)
    button(page, "Check").click()
    expect(page.get_by_text("Right. A weight says")).to_be_visible()
    expect(page.get_by_text("Take home")).to_be_visible()
    page.get_by_role("textbox", name="Name, if you like").fill("Mia B.")
    button(page, "Write it in").click()
    expect(page.get_by_text("In both files: Mia B.")).to_be_visible()
    with page.expect_download() as download:
        button(page, "Download hand-in").click()
    assert download.value.suggested_filename == "lessons-mia-b.json"
    contents = Path(download.value.path()).read_bytes()
    [done] = lc.read_hand_in(contents).lessons
    assert {0, 8} < set(done.marked.score.guess)
    assert json.loads(contents)["lessons"][0]["answers"][0]["right"] is True
    assert images_without_words(page) == []
    button(page, "Next: Why it changes each time").click()
    title = page.get_by_role("heading", name=re.compile("^Why it changes each time"))
    expect(title).to_be_in_viewport()  # however far down the last lesson ended
    button(page, "All lessons").click()
    page.locator(".st-key-lesson-find-the-cheat-open button").first.click()
    expect(page.get_by_role("heading", name=re.compile("^Find the model's cheat"))).to_be_in_viewport()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert widths_that_scroll(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    for _ in range(2):  # the address is the same, and what was changed meanwhile is set again
        button(page, "All lessons").click()
        page.locator(".st-key-lesson-what-a-map-says-open button").first.click()
        button(page, "Open in Explain with these settings").press("Enter")
        expect(page.get_by_text(re.compile("[·×] 500 samples ·")).first).to_be_visible(timeout=RUN)
        expect(image(page, "Explanation of espresso")).to_be_visible(timeout=RUN)
        set_samples(page, 200)
        idle(page)
        page.get_by_role("link", name="Lessons").click()
        expect(page.get_by_role("heading", name="Lessons")).to_be_visible()
        page.locator(".st-key-lesson-what-a-map-says-open button").first.click()
