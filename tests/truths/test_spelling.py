"""Texts are spelled in one way."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "assets").rglob("*.md"))]
CODE = [ROOT / "app.py", *sorted((ROOT / "lime_core").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py"))]
APART = re.compile(r"(?:^|\d)[ \u00a0]%(?!\{)")
"""A percent sign apart from its number, which may be what was put in before; "%{" is Plotly's."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_in_documents_and_lessons_a_percent_sign_stands_at_its_number(path):
    lines = path.read_text("utf-8").splitlines()
    assert [line for line in lines if APART.search(line) and not line.startswith("|")] == []  # figures are in tables


@pytest.mark.parametrize("path", CODE, ids=name)
def test_in_what_is_said_a_percent_sign_stands_at_its_number(path):
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [text for text in texts if APART.search(text)] == []
