"""The wheel holds the whole core and nothing else, asks for what requirements.txt lists, and runs in any folder."""

import os
import re
import shutil
import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import lime_core as lc
from lime_core.living.report import SCRIPTS

ROOT = Path(__file__).parents[2]
COMMAND = """\
import sys
from importlib.metadata import entry_points
[command] = entry_points(group="console_scripts", name="lime-core")
run = command.load()
print(sys.modules["lime_core"].__file__, flush=True)
run()
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder that a built wheel unpacks to."""
    source, folder = tmp_path_factory.mktemp("source") / "project", tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "assets", "out"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--no-build-isolation", "-w", folder, source], check=True)
    [wheel] = folder.glob("*.whl")
    shutil.unpack_archive(wheel, folder / "unpacked", format="zip")
    return folder / "unpacked"


@pytest.fixture(scope="module")
def metadata(unpacked) -> Message:
    [path] = unpacked.glob("*.dist-info/METADATA")
    return Parser().parsestr(path.read_text("utf-8"))


def test_it_holds_every_module_of_the_core_its_mark_of_types_what_pages_are_made_of_and_nothing_else(unpacked):
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    core = {path.relative_to(ROOT).as_posix() for path in (ROOT / "lime_core").rglob("*.py")}
    living = {f"lime_core/living/{name}" for name in ("page.html", "page.css", *SCRIPTS)}
    pages = living | {"lime_core/reports/page.css"}
    marks = {"lime_core/py.typed", "lime_core/__init__.pyi"}
    assert {name for name in there if ".dist-info/" not in name} == core | pages | marks
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in there)


def test_it_requires_what_the_list_says_and_the_dashboards_part_as_an_extra(metadata):
    core, dashboard = (ROOT / "requirements.txt").read_text("utf-8").split("# The dashboard\n")
    assert {"streamlit", "plotly", "pandas", "segno"} == {requirement.name for requirement in listed(dashboard)}
    assert "torch" in {requirement.name for requirement in listed(core)}
    testing = listed((ROOT / "tests" / "requirements.txt").read_text("utf-8"))
    promised = {
        "": listed(core),
        "app": listed(dashboard),
        "timm": [r for r in testing if r.name == "timm"],
        "ray": [r for r in testing if r.name == "ray"],
    }
    found = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    assert set(metadata.get_all("Provides-Extra", [])) == set(promised) - {""}
    for extra, wanted in promised.items():
        of_it = {r for r in found if (f'extra == "{extra}"' in str(r.marker) if extra else r.marker is None)}
        assert {(r.name, r.specifier) for r in of_it} == {(r.name, r.specifier) for r in wanted}, extra
    assert len(found) == sum(map(len, promised.values()))


def listed(lines: str) -> list[Requirement]:
    return [Requirement(line) for line in lines.splitlines() if line and not line.startswith("#")]


def test_one_version_stands_in_the_core_the_wheel_the_changelog_and_the_citation(metadata):
    assert metadata["Version"] == lc.__version__
    assert f"\nversion: {lc.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\n## [{lc.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_command_runs_from_it_in_an_empty_folder(unpacked, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-c", COMMAND, "models"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert re.search(r"^efficientnet_lite0 +bundled +ready$", run.stdout, re.MULTILINE)
    assert run.stdout.splitlines()[0] == str(unpacked / "lime_core" / "__init__.py")
    assert not any(tmp_path.iterdir())
