"""Windows of a real Chromium on the real app; whatever goes wrong in them fails the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser import app

HERE = {"localhost", "127.0.0.1", ""}


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


@pytest.fixture
def visit(chromium: Browser, app_url: str) -> Iterator[Callable[..., Page]]:
    """Opens the app in a new window.  Whatever the console calls an error, a request that leaves this machine, and a
    picture that is shown but did not arrive: each fails the test.

    A picture that a newer one has replaced before it was sent may be missing: the server forgets it at once.
    """
    contexts, problems = [], []

    def open_window(width: int = 1280, height: int = 800, scheme: str = "light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text) if _is_error(message) else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: problems.append(request.url) if _leaves(request.url) else None)
        page.on("websocket", lambda socket: problems.append(socket.url) if _leaves(socket.url) else None)
        page.goto(app_url)
        return page

    yield open_window
    for context in contexts:
        for page in context.pages:
            problems += page.locator("img").evaluate_all(
                "images => images.filter(image => image.complete && !image.naturalWidth).map(image => image.src)"
            )
        context.close()
    assert problems == []


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
