"""What a press and a step of a slider take, timed inside the page: superpixels hidden by hand on the page What if, and
the sliders of a living report of 60 superpixels, 1000 samples and five classes."""

from __future__ import annotations

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

import lime_core as lc
from tests.browser.app import chromium, serve
from tests.support.planted import BLACK, textured_picture

PLACES = [[0.1 + 0.2 * column, 0.1 + 0.4 * row] for row in range(3) for column in range(5)]
"""Where superpixels are pressed one after the other, by shares of the picture's sides across and down."""

STEPS = 24

PRESSED = """([picture, [across, down]]) => new Promise(done => {
    const said = () => [...document.querySelectorAll('p')].map(each => each.textContent)
        .find(text => /of \\d+ superpixels? hidden/.test(text));
    const before = said(), box = picture.getBoundingClientRect();
    const where = {clientX: box.left + across * box.width, clientY: box.top + down * box.height, bubbles: true};
    new MutationObserver((_, watch) => {
        if (!said() || said() === before) return;
        watch.disconnect();
        requestAnimationFrame(() => done(performance.now() - start));
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
    const start = performance.now();
    picture.dispatchEvent(new MouseEvent('click', where));
})"""
"""Milliseconds from a press on the picture until the numbers that it moves are drawn."""

TURNED = """([id, steps]) => steps.reduce(async (before, value) => {
    const took = await before, slider = document.getElementById(id), start = performance.now();
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    const done = performance.now();
    await new Promise(requestAnimationFrame);
    return [...took, done - start];
}, Promise.resolve([]))"""
"""Milliseconds that each step of a slider takes, until the page is only to be painted."""


def run() -> list[dict[str, object]]:
    """Milliseconds for each figure."""
    with TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = chromium(playwright)
        if browser is None:
            return [{"figure": "nothing was seen: install Debian's chromium"}]
        rows = [_row("superpixel on What if", _presses(browser, Path(home)))]
        rows += [_row(f"{name} of a living report", took) for name, took in _turns(browser, Path(home)).items()]
        browser.close()
    return rows


def _row(figure: str, took: list[float]) -> dict[str, object]:
    found = {"best": min(took), "median": statistics.median(took), "slowest": max(took)}
    return {"figure": f"{figure}, ms"} | {name: round(value) for name, value in found.items()}


def _presses(browser: Browser, home: Path) -> list[float]:
    """On Chelsea with 100 samples, whose map is there."""
    with serve(home) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}?v=1&p=chelsea&n=100")
        page.get_by_text("all there, costs nothing").wait_for(timeout=300_000)
        page.get_by_role("link", name="What if").click()
        page.get_by_text("The map adds up").wait_for(timeout=60_000)
        page.wait_for_timeout(3_000)  # the page is drawn to its end
        picture = page.get_by_role("application").element_handle()
        took = [page.evaluate(PRESSED, [picture, place]) for place in PLACES]
        page.close()
    return took


def _turns(browser: Browser, folder: Path) -> dict[str, list[float]]:
    model = lc.wrap_model(lambda pictures: pictures[:, 30, :5, 0] / 255.0, kind="values", name="corner")
    probe = lc.probe_image(textured_picture(side=224), model, 1000, segmenter=lc.Grid(6, 10), hiding=BLACK)
    report = folder / "report.html"
    report.write_text(lc.living_report(probe, lc.FitSettings(), classes=5), "utf-8")
    page = browser.new_page()
    page.goto(report.as_uri())
    found = {}
    for name in ("width", "alpha"):
        stops = page.evaluate(f"() => Number(document.getElementById('{name}').max)")
        steps = [*range(stops), *range(stops, 0, -1)][:STEPS]
        found[name] = page.evaluate(TURNED, [name, steps])
    return found
