"""Who may import whom: downward only."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = [
    {"version", "arrays", "errors", "files", "knobs"},
    {"designs", "looks"},
    {
        "palette",
        "outlines",
        "pictures",
        "gallery",
        "archives",
        "sources",
        "source_count",
        "segmentation",
        "hiding",
        "sampling",
        "preprocessing",
        "scores",
    },
    {"features"},
    {
        "batching",
        "engines",
        "openvino_engine",
        "precision",
        "machine",
        "models",
        "fixed_batches",
        "zoo",
        "kernels",
        "surrogates",
        "selection",
        "rendering",
    },
    {"prior_surrogates", "priors", "prior_building", "prior_files", "interpretdl"},
    {"agreement", "probing", "store"},
    {"explanation"},
    {"fitting", "certainty", "removal", "faithfulness", "settling", "stability_report", "stability", "trust"},
    {"methods", "strengths"},
    {"manifest", "html_report", "report", "comparison"},
    {"batch_results", "batch", "shards", "batch_run", "batch_local", "batch_ray", "batch_summary"},
    {"__init__"},
    {"cli", "cli_batch", "cli_lists", "cli_prior", "arguments", "batch_arguments", "__main__"},
]
TORCH = {"preprocessing", "engines", "openvino_engine", "machine", "features", "models", "zoo"}
CORE = sorted((ROOT / "lime_core").glob("*.py"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("**/*.py"))]


def imports(path: Path) -> set[str]:
    """Names of the modules that a file imports when it is itself imported."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "lime_core":
                found |= {f"lime_core.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


def level(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_every_core_module_imports_from_its_own_layer_or_below(path):
    for name in imports(path):
        if name.startswith("lime_core."):
            below = name.split(".")[1]
            if (ROOT / "lime_core" / f"{below}.py").exists():
                assert level(below) <= level(path.stem), f"{path.stem} imports {below}"


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_the_core_knows_no_page_and_no_chart(path):
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & {"streamlit", "plotly", "pages", "matplotlib", "pandas"}


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_torch_stays_with_the_models(path):
    if "torch" in {name.split(".")[0] for name in imports(path)}:
        assert path.stem in TORCH


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_use_the_core_by_its_public_names(path):
    deeper = {name for name in imports(path) if name.startswith("lime_core.")}
    allowed = ("agreement", "arrays", "palette", "rendering", "report", "settling", "trust")
    further = deeper - {f"lime_core.{name}" for name in allowed}
    assert not further, f"{path.name} reaches into {further}"


@pytest.mark.parametrize(
    "name", ["figures", "comparison", "charts", "strengths", "words", "prior_figures", "summaries"]
)
def test_figures_know_no_streamlit(name):
    assert "streamlit" not in {found.split(".")[0] for found in imports(ROOT / "pages" / "ui" / f"{name}.py")}


def test_only_the_runner_caches():
    caching = [path.name for path in PAGES if "st.cache_" in path.read_text()]
    assert caching == ["runner.py"]
