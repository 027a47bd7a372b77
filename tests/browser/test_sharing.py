"""A link from one browser to another."""

import re
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, expect

from tests.browser import app
from tests.browser.conftest import RUN, button, choose, idle, image, images_without_words, seed, set_samples

pytestmark = pytest.mark.browser


def share(page: Page) -> str:
    """The address that the button beside it copies."""
    idle(page)
    button(page, "Share").click()
    dialog = page.get_by_role("dialog")
    expect(image(page, "The link as a QR code.")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_test_id("stCode").hover()
    dialog.get_by_role("button", name="Copy to clipboard").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == dialog.get_by_test_id("stCode").inner_text().strip()
    assert images_without_words(page) == []
    return copied


def test_a_copied_link_shows_the_same_map_in_another_browser(visit):
    first = visit()
    choose(first)
    set_samples(first, 200)
    seed(first, 90)  # what other pages have asked for is shared
    button(first, "Explain").click()
    seen = image(first, "Explanation of tiger cat")
    expect(seen).to_be_visible(timeout=RUN)
    expect(first.get_by_text("all there, costs nothing").first).to_be_visible(timeout=RUN)
    address = share(first)
    told, pixels = seen.get_attribute("alt"), seen.evaluate(PIXELS)
    second = visit()
    second.goto(address)
    same = image(second, "Explanation of tiger cat")
    expect(same).to_be_visible(timeout=RUN)
    expect(second.get_by_text("all there, costs nothing").first).to_be_visible(timeout=RUN)
    assert same.get_attribute("alt") == told
    assert same.evaluate(PIXELS) == pixels


PIXELS = """image => {
    const canvas = document.createElement('canvas')
    canvas.width = image.naturalWidth, canvas.height = image.naturalHeight
    canvas.getContext('2d').drawImage(image, 0, 0)
    return canvas.toDataURL()
}"""
"""What a picture shows, as text."""


def test_a_link_to_another_page_than_the_first_opens_on_a_server_that_has_just_started(chromium, tmp_path):
    with app.serve(tmp_path) as url:
        page = chromium.new_context().new_page()
        page.goto(f"{url.rstrip('/')}/compare?v=1&p=coffee&n=20&s=grid")
        expect(page.get_by_text(re.compile("49 superpixels · 20 samples"))).to_be_visible(timeout=RUN)
        expect(page.get_by_role("heading", name="Compare · espresso")).to_be_visible()
        assert urlparse(page.url).path == "/compare"
        assert "page=" not in page.url
        page.context.close()


def test_what_is_wrong_in_a_link_is_said(visit):
    page = visit()
    page.goto(f"{page.url.rstrip('/')}/?v=1&p=coffee&n=many&s=slick")
    expect(page.get_by_text(re.compile("num_samples is left as usual"))).to_be_visible(timeout=RUN)
    expect(page.get_by_text(re.compile("segmenter is left as usual"))).to_be_visible()
    expect(image(page, "Explanation of espresso")).to_be_visible(timeout=RUN)
    button(page, "Close").click()
    expect(page.get_by_text(re.compile("is left as usual"))).to_have_count(0)
