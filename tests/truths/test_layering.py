"""Who may import whom: rooms in one order, no two files in a loop, and what only some may know."""

import ast
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORDER = [
    "",
    "files",
    "pictures",
    "label_maps",
    "networks",
    "engines",
    "devices",
    "features",
    "fingerprints",
    "models",
    "onnx_models",
    "zoo",
    "catalog",
    "isolation",
    "sampling",
    "superpixels",
    "probing",
    "stores",
    "surrogates",
    "drawing",
    "explanation",
    "presets",
    "lime_interface",
    "evaluation",
    "judging",
    "attributions",
    "priors",
    "interpretdl",
    "reports",
    "steps",
    "trust",
    "living",
    "takeaway",
    "tuning",
    "findings",
    "sharing",
    "lessons",
    "hand_ins",
    "batch",
    "console",
    "cli",
]
"""The folders of lime_core; each imports from itself and from those before it.  The first is the root's own files.

`__init__` and `__main__` are doors to all of it, which nobody inside goes through.
"""

CORE = sorted(path for path in (ROOT / "lime_core").rglob("*.py") if not path.stem.startswith("__"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]


def module(path: Path) -> str:
    """The dotted name of a file; of a package that of its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path) for path in [*CORE, *PAGES]}


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, anywhere in it: inside of functions and for types too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} imports by a relative name"
            assert not node.level, f"{path} imports by a relative name"
            further = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else node.module for name in further}
    return names


def imported(paths: list[Path]) -> dict[str, set[str]]:
    """module -> the modules of this project that it imports."""
    return {module(path): imports(path) & MODULES for path in paths}


def room(name: str) -> str:
    """The folder of a module of lime_core, empty for the root's own files."""
    parts = name.split(".")
    return parts[1] if len(parts) > 2 else ""


def importing(library: str) -> set[str]:
    return {module(path) for path in CORE if library in {name.split(".")[0] for name in imports(path)}}


def test_rooms_import_only_from_themselves_and_those_before_them():
    for name, below in imported(CORE).items():
        for other in below:
            assert ORDER.index(room(other)) <= ORDER.index(room(name)), f"{name} imports {other}"


def test_no_file_of_the_core_imports_the_whole_of_it():
    assert not [module(path) for path in CORE if "lime_core" in imports(path)]


@pytest.mark.parametrize("paths", [CORE, PAGES], ids=["core", "pages"])
def test_no_two_files_import_each_other_in_a_loop(paths):
    graphlib.TopologicalSorter(imported(paths)).prepare()  # raises CycleError with the loop


def test_a_loop_is_found_wherever_the_imports_stand(tmp_path, monkeypatch):
    (tmp_path / "lime_core").mkdir()
    files = {"one": "def f():\n    from lime_core import two", "two": "if TYPE_CHECKING:\n    import lime_core.one"}
    for name, text in files.items():
        (tmp_path / "lime_core" / f"{name}.py").write_text(text)
    paths = sorted((tmp_path / "lime_core").glob("*.py"))
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "MODULES", {module(path) for path in paths})
    with pytest.raises(graphlib.CycleError, match=r"lime_core\.(one|two)"):
        graphlib.TopologicalSorter(imported(paths)).prepare()


@pytest.mark.parametrize("path", CORE, ids=module)
def test_the_core_knows_no_page_and_no_chart(path):
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & {"streamlit", "plotly", "pages", "matplotlib", "pandas"}


def test_torch_stays_with_engines_and_models():
    others = {"networks", "devices", "features", "fingerprints", "zoo", "catalog", "batch", "attributions"}
    assert {room(name) for name in importing("torch")} <= {"engines", "models"} | others


INSIDE = {
    "lime_core.arrays",
    "lime_core.attributions.side_by_side",
    "lime_core.drawing.heatmap",
    "lime_core.drawing.marks",
    "lime_core.drawing.overlay",
    "lime_core.drawing.palette",
    "lime_core.ending",
    "lime_core.errors",
    "lime_core.evaluation.agreement",
    "lime_core.evaluation.settling",
    "lime_core.explanation.prior",
    "lime_core.files.names",
    "lime_core.files.records",
    "lime_core.findings.best_setting",
    "lime_core.findings.problems",
    "lime_core.hand_ins.hand_in",
    "lime_core.hand_ins.hand_in_html",
    "lime_core.lessons.figure",
    "lime_core.lessons.guess",
    "lime_core.lessons.lesson_folder",
    "lime_core.lessons.planted",
    "lime_core.lessons.question",
    "lime_core.models.answers",
    "lime_core.reports.numbers",
    "lime_core.reports.sentences",
    "lime_core.reports.verdict",
    "lime_core.sharing.link",
    "lime_core.takeaway.archive",
    "lime_core.takeaway.comparison",
    "lime_core.takeaway.saving",
    "lime_core.takeaway.settings_in_words",
    "lime_core.takeaway.several",
    "lime_core.takeaway.snippet",
    "lime_core.trust.cross_fit",
    "lime_core.tuning.setting",
    "lime_core.tuning.trial",
    "lime_core.tuning.trying",
}
"""What pages take from inside of lime_core, beside its public names."""


@pytest.mark.parametrize("path", PAGES, ids=module)
def test_pages_use_the_public_names_of_the_core_and_few_of_its_modules(path):
    deeper = {name for name in imports(path) if name.startswith("lime_core.")}
    assert deeper <= INSIDE, f"{path.name} reaches into {deeper - INSIDE}"


def test_pages_use_every_module_that_they_may():
    assert {name for path in PAGES for name in imports(path)} >= INSIDE


@pytest.mark.parametrize("path", sorted((ROOT / "pages" / "ui" / "figures").glob("*.py")), ids=module)
def test_figures_know_no_streamlit(path):
    assert "streamlit" not in {name.split(".")[0] for name in imports(path)}


def test_one_file_caches():
    assert [module(path) for path in PAGES if "st.cache_" in path.read_text()] == ["pages.ui.runs.caches"]
