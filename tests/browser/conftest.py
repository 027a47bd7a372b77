"""The real app in a server of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
]
HERE = {"localhost", "127.0.0.1", ""}
STARTING = 60.0
"""Seconds within which the server must answer."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no Chromium: install Debian's chromium.")
        pytest.skip("install Debian's chromium")
    expect.set_options(timeout=30_000)  # the first answer of a server waits for torch and the model
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started as a user starts it, with nothing kept from earlier runs."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://localhost:{port}"
        _wait_for(f"{url}/_stcore/health", process, log)
        yield url
        assert process.poll() is None, f"the server ended by itself:\n{log.read_text()}"
    finally:
        process.terminate()
        process.wait(30)
    assert "Traceback" not in log.read_text(), log.read_text()


def _wait_for(health: str, process: subprocess.Popen, log: Path) -> None:
    """Return when the server says that it is well; fails with its log when it ends or stays silent."""
    for _ in range(int(STARTING / 0.2)):
        try:
            with urllib.request.urlopen(health, timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            pass
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"the server does not answer:\n{log.read_text()}")


@pytest.fixture
def visit(chromium: Browser, app_url: str) -> Iterator[Callable[..., Page]]:
    """Opens the app in a new window.  Whatever the console calls an error, every request that leaves this machine, and a
    picture that is shown but did not arrive fail the test.

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
