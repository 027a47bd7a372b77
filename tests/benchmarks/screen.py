"""What a visitor waits for, seen in Chromium: the first and the last map of 1000 samples on a warm app, and a change
of the fit until it is on the screen, with 2000 samples."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.app import chromium, serve

CHANGES = 12


def run() -> list[dict[str, object]]:
    """Seconds for each figure."""
    with TemporaryDirectory() as home, serve(Path(home)) as url, sync_playwright() as playwright:
        browser = chromium(playwright)
        if browser is None:
            return [{"figure": "nothing was seen: install Debian's chromium", "value": float("nan")}]
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.get_by_role("button", name="Chelsea the cat", exact=True).click()
        page.get_by_role("button", name="Explain", exact=True).wait_for(timeout=120_000)
        page.wait_for_timeout(5_000)  # a warm app: the model is there and the page is drawn
        first, last = _explain(page)
        for _ in range(10):
            page.get_by_role("slider", name="num_samples").press("ArrowRight")
        page.get_by_text("· 2000 samples ·").wait_for()
        _explain(page)
        fit = _changes(page)
        browser.close()
    return [
        {"figure": "first map after Explain, s", "value": first},
        {"figure": "last map of 1000 samples, s", "value": last},
        {"figure": "a change of the kernel width on the screen, s, median", "value": statistics.median(fit)},
        {"figure": "a change of the kernel width on the screen, s, slowest", "value": max(fit)},
    ]


def _explain(page: Page) -> tuple[float, float]:
    start = time.perf_counter()
    page.get_by_role("button", name="Explain", exact=True).click()
    page.get_by_alt_text("Explanation of").first.wait_for(timeout=120_000)
    first = time.perf_counter() - start
    page.get_by_role("button", name="Explain", exact=True).wait_for(timeout=300_000)
    return first, time.perf_counter() - start


def _changes(page: Page) -> list[float]:
    """Move the kernel width to and fro; each change ends when the map says other weights."""
    slider = page.get_by_role("slider", name="Width")
    times = []
    for number in range(CHANGES):
        picture = page.get_by_alt_text("Explanation of").first
        before = picture.get_attribute("alt")
        start = time.perf_counter()
        slider.press("ArrowLeft" if number % 2 == 0 else "ArrowRight")
        expect(picture).not_to_have_attribute("alt", before or "", timeout=20_000)
        times.append(time.perf_counter() - start)
    return times
