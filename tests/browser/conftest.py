"""Windows of a real Chromium on the real app, and what is pressed in them; whatever goes wrong there fails the test."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, expect, sync_playwright

from pages.ui.sidebar.probe import NUM_SAMPLES
from tests.browser import app

BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}
HERE = {"localhost", "127.0.0.1", ""}
SCREENSHOTS = Path(__file__).parent / "screenshots"
AT_REST = """() => document.getAnimations().every(
    each => each.playState !== 'running' || each.effect.getTiming().iterations === Infinity)"""
SMALL = """() => [...document.querySelectorAll('button, summary, [role=tab], a[href]')]
    .filter(each => each.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !each.closest('p'))
    .map(each => [each, each.getBoundingClientRect()])
    .filter(([each, box]) => box.width > 2 && each.style.width !== '1px' && Math.min(box.width, box.height) < 24)
    .map(([each]) => each.outerHTML.slice(0, 200))"""
OPEN: list[Page] = []
"""The windows of the test that runs."""

RUN = 90_000
"""Milliseconds within which a thousand samples are done, on a slow machine too."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # the first answer of a server waits for torch and the model
    with sync_playwright() as playwright:
        browser = app.chromium(playwright)
        if browser is None:
            if os.environ.get("CI") == "true":
                pytest.fail("There is no Chromium: install Debian's chromium.")
            pytest.skip("install Debian's chromium")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, with nothing kept from earlier runs."""
    with app.serve(tmp_path_factory.mktemp("home")) as url:
        yield url


@pytest.fixture(scope="session")
def profile(chromium: Browser, app_url: str) -> Iterator[BrowserContext]:
    """Where whoever comes first in a test visits the app: what the browser has loaded and compiled once is there."""
    profile = chromium.new_context()
    profile.new_page().goto(f"{app_url}/_stcore/health")  # a page that stays, so that the process of the others does
    yield profile
    profile.close()


@pytest.fixture
def visit(chromium: Browser, profile: BrowserContext, app_url: str) -> Iterator[Callable[..., Page]]:
    """Opens the app in a new window.  Whatever the console calls an error, a request that leaves this machine, and a
    picture that is shown but did not arrive: each fails the test.

    A picture that a newer one has replaced before it was sent may be missing: the server forgets it at once.
    """
    contexts, problems = [], []

    def open_window(width: int = 1280, height: int = 800, scheme: str = "light") -> Page:
        contexts.append(chromium.new_context() if contexts else profile)  # who comes second is somebody else
        page = contexts[-1].new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        page.on("console", lambda message: problems.append(message.text) if _is_error(message) else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: problems.append(request.url) if _leaves(request.url) else None)
        page.on("websocket", lambda socket: problems.append(socket.url) if _leaves(socket.url) else None)
        page.goto(app_url)
        OPEN.append(page)
        return page

    yield open_window
    OPEN.clear()
    stays = profile.pages[0]
    for context in contexts:
        for page in context.pages:
            problems += page.locator("img").evaluate_all(
                "images => images.filter(image => image.complete && !image.naturalWidth).map(image => image.src)"
            )
            if page is not stays:
                page.close()
        if context is not profile:
            context.close()
    stays.evaluate("localStorage.clear()")
    profile.clear_cookies()
    profile.clear_permissions()
    assert problems == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the windows show where a test fails: another run may not."""
    report = yield
    if report.when == "call" and report.failed:
        for page in OPEN:
            with suppress(Error):
                report.sections.append((f"shown at {page.url}", page.locator("body").inner_text(timeout=5_000)))
    return report


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    """The app in a window of 1280 × 800 pixels, in light colors."""
    return visit()


def _is_error(message: ConsoleMessage) -> bool:
    replaced = "/media/" in message.text or "/media/" in message.location["url"]
    return message.type == "error" and not replaced


def _leaves(url: str) -> bool:
    parts = urlparse(url)
    return parts.scheme not in ("data", "blob") and parts.hostname not in HERE


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=re.compile(f"^{name}"))


def image(page: Page, beginning: str) -> Locator:
    return page.locator(f'img[alt^="{beginning}"]').first


def choose(page: Page, title: str = "Chelsea the cat") -> None:
    """Take a photo of the gallery; returns when its superpixels are shown."""
    button(page, title).click()
    expect(button(page, "Explain")).to_be_visible(timeout=RUN)


@contextmanager
def details(page: Page, key: str) -> Iterator[None]:
    """What the dots beside a control open, while it is open."""
    idle(page)
    page.locator(f".st-key-{key}-more").get_by_test_id("stPopoverButton").click()
    expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
    yield
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def seed(page: Page, number: int) -> None:
    """Ask for samples of another seed: what other tests have asked for is there."""
    with details(page, "samples"):
        box = page.get_by_role("spinbutton", name="Seed")
        box.fill(str(number))
        box.press("Enter")


def set_samples(page: Page, number: int) -> None:
    """Move num_samples to one of its steps."""
    knob = slider(page, "num_samples")
    knob.press("Home")
    for _ in range(NUM_SAMPLES.index(number)):
        knob.press("ArrowRight")
    expect(page.get_by_text(re.compile(f"[·×] {number} samples ·")).first).to_be_visible()


def images_without_words(page: Page) -> list[str]:
    return page.locator("img").evaluate_all("images => images.filter(image => !image.alt).map(image => image.src)")


def barriers(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its own best practices in what is shown, in light and dark colors.

    Beside it a ruler says what is pressed and is less than 24 pixels wide or high, but links within a sentence.  One of
    the best practices is left out: Streamlit's place for uploads is marked as presentation and yet takes the focus.
    """
    levels = [f"wcag2{version}{level}" for version in ("", "1", "2") for level in ("a", "aa")]
    rules = {"runOnly": [*levels, "best-practice"], "rules": {"presentation-role-conflict": {"enabled": False}}}
    before = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", BACKGROUNDS[scheme])
        idle(page)
        page.wait_for_function(AT_REST)
        for rule in Axe().run(page, options=rules).response["violations"]:
            found += [f"{scheme}: {rule['help']}: {' '.join(map(str, node['target']))}" for node in rule["nodes"]]
    page.emulate_media(color_scheme="dark" if before else "light")
    return found + page.evaluate(SMALL)


def widths_that_scroll(page: Page) -> list[str]:
    """What is wider than its window: the page itself, or its main part."""
    return page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
            .filter(part => part.scrollWidth > part.clientWidth)
            .map(part => `${part.tagName}: ${part.scrollWidth} > ${part.clientWidth}`)"""
    )


def look(page: Page, path: str | Path) -> None:
    """Keep what the window shows when it is at rest, for people to look at."""
    idle(page)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_function("() => [...document.images].every(image => image.complete && image.naturalWidth)")
    page.mouse.move(0, 0)
    page.screenshot(path=SCREENSHOTS / path, animations="disabled")


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps what a page shows under its name, for the documents where they are to be made anew (--screenshots)."""

    def keep(page: Page, name: str) -> None:
        look(page, f"{name}.png")
        folder = request.config.getoption("--screenshots")
        if folder:
            with Image.open(SCREENSHOTS / f"{name}.png") as picture:
                picture.save(Path(folder).resolve() / f"{name}.webp", quality=88, method=6)

    return keep


def idle(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
