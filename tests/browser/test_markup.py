"""No text of anybody is read as Markdown, and none makes a browser ask another server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from lime_core.files.names import printable
from pages.ui.figures.sentences import JOINER
from tests.browser import app
from tests.browser.conftest import idle, look
from tests.support.hostile import ELSEWHERE, HOSTILE

pytestmark = pytest.mark.browser

MADE = (
    "a:not([href^='#']), code, pre, em, del, ul, ol, li, blockquote, hr, input, svg.mermaid, .katex, td strong, "
    "p strong, p img"
)
"""What Markdown would have made of the texts."""


def texts(place: Locator) -> list[str]:
    return [tidy(text) for text in place.all_inner_texts()]


def tidy(text: str) -> str:
    return " ".join(text.replace(JOINER, "").split())


def draw(page: Page, url: str) -> None:
    page.goto(url)
    page.locator(".st-key-labels table").first.wait_for(timeout=60_000)
    idle(page)
    page.wait_for_timeout(1000)  # icons and emoji come as files of their own


@pytest.fixture(scope="module")
def hostile_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app.serve(tmp_path_factory.mktemp("home"), script="tests/browser/hostile_app.py") as url:
        yield url


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def page(chromium: Browser, hostile_url: str, asked: list[str]) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.on("request", lambda request: asked.append(request.url))
    yield context.new_page()
    context.close()


def test_hostile_texts_are_shown_as_they_are_in_whatever_reads_markdown(page, hostile_url, asked):
    draw(page, hostile_url)
    for number, text in enumerate(HOSTILE):
        place, literal = page.locator(f".st-key-text-{number}"), tidy(printable(text).strip())
        drawn = texts(place.locator("[data-testid=stMarkdownContainer]"))
        assert len(drawn) > 8
        assert set(drawn) == {literal, f"before {literal} after", f"{literal} The map goes on without it.", "Settled"}
        assert place.locator(MADE).count() == 0, text
    labels = page.locator(".st-key-labels")
    assert labels.locator(MADE).count() == 0
    for kind in ("td", "button"):
        assert {tidy(printable(text).strip()) for text in HOSTILE} <= set(texts(labels.locator(kind)))
    for icon in page.get_by_test_id("stTooltipHoverTarget").all()[:2]:
        icon.hover()
        tip = page.get_by_test_id("stTooltipContent")
        tip.wait_for()
        assert tip.locator(MADE).count() == 0
    assert [url for url in asked if ELSEWHERE in url] == []
    look(page, "hostile-1280.png")


def test_the_same_texts_would_do_harm_if_they_were_drawn_without_it(page, hostile_url, asked):
    draw(page, f"{hostile_url}/?raw=1")
    harm = [text for number, text in enumerate(HOSTILE) if page.locator(f".st-key-text-{number}").locator(MADE).count()]
    assert len(harm) > 20
    assert [url for url in asked if ELSEWHERE in url]
