"""What a room may hold: few modules, none of them long, and no code in the door."""

import ast
import re
from pathlib import Path

import pytest

from tests.truths.test_layering import CORE, ORDER, PAGES, ROOT, imports, module

PAGE_ORDER = [
    "doors",
    "figures",
    "runs",
    "takeaway",
    "brought",
    "sidebar",
    "pictures",
    "explain",
    "learn",
    "what_if",
    "stability",
    "compare",
    "prior",
    "tune",
    "sharing",
    "lessons",
]
"""The folders of pages/ui; each imports from itself and from those before it."""

UI = ROOT / "pages" / "ui"
FOLDERS = [
    path
    for top in (ROOT / "lime_core", UI)
    for path in (top, *sorted(top.iterdir()))
    if path.is_dir() and path.name != "__pycache__"
]


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_has_at_most_eight_modules(folder):
    assert len([path for path in folder.glob("*.py") if path.stem != "__init__"]) <= 8


@pytest.mark.parametrize("path", [*sorted((ROOT / "lime_core").rglob("*.py")), *PAGES], ids=module)
def test_a_module_has_at_most_250_lines_and_a_page_120(path):
    assert lines(path) <= (120 if path.parent in (ROOT, ROOT / "pages") else 250)


@pytest.mark.parametrize("folder", [path for path in FOLDERS if path.parent != ROOT], ids=lambda path: path.name)
def test_the_door_of_a_room_is_its_one_sentence(folder):
    if folder != UI:
        [sentence] = ast.parse((folder / "__init__.py").read_text("utf-8")).body
        assert ast.get_docstring(ast.Module([sentence], []))


def test_every_folder_stands_in_its_order():
    rooms = {path.name for path in (ROOT / "lime_core").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms == set(ORDER) - {""}
    assert {path.name for path in FOLDERS if path.parent == UI} == set(PAGE_ORDER)


@pytest.mark.parametrize("path", [path for path in PAGES if UI in path.parents and path.parent != UI], ids=module)
def test_a_folder_of_pages_imports_only_from_those_before_it(path):
    place = PAGE_ORDER.index(path.parent.name)
    below = {name.split(".")[2] for name in imports(path) if name.startswith("pages.ui.")}
    assert all(PAGE_ORDER.index(folder) <= place for folder in below), f"{module(path)} imports from {below}"
    assert not [name for name in imports(path) if name.startswith("pages.") and not name.startswith("pages.ui.")]


@pytest.mark.parametrize("path", [*CORE, *PAGES], ids=module)
def test_nobody_imports_the_private_names_of_another_module(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("lime_core", "pages"):
            assert not [alias.name for alias in node.names if re.match("_[^_]", alias.name)]
