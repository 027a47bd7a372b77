"""The documents are true: their Python runs, their commands are accepted, and what they name and link to is there."""

from __future__ import annotations

import argparse
import io
import re
import runpy
import shlex
import sys
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import lime_core as lc
from lime_core.batch import table as batch_table
from lime_core.cli.main import _parser
from lime_core.findings import losses
from lime_core.isolation.isolated_engine import ROWS_IN_TIME
from lime_core.isolation.process import MOST_PROCESSES
from lime_core.label_maps import label_file
from lime_core.models.answers import MOST_OUTPUTS
from lime_core.pictures import decoding
from pages.ui.doors import uploads
from pages.ui.figures.sentences import COSTS
from pages.ui.pictures import choosing, photos
from pages.ui.prior import pictures
from pages.ui.prior import taking as prior_taking
from pages.ui.runs import models, priors
from pages.ui.runs.kept import Kept
from pages.ui.sharing import opening
from pages.ui.what_if.taking import classes_csv
from tests.benchmarks.__main__ import BENCHMARKS
from tests.support.remembered import remembered
from tests.truths.test_layering import ORDER

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCS = ROOT / "docs"
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    if "_build" not in path.parts
}
TABLES = (lc.SEGMENTERS, lc.HIDINGS, lc.SAMPLERS, lc.KERNELS, lc.SURROGATES, lc.SELECTIONS)
WITH_FILES = {"docs/guide/bring-your-model.md"}
"""Pages whose examples need files that stand on them: test_own_model_guide.py runs these."""

EXISTING = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


def blocks(page: str, language: str) -> list[str]:
    """The blocks of code of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGES[page], flags=re.DOTALL | re.MULTILINE)


def programs() -> list:
    """Blocks of Python that belong together: one that begins with an import begins anew, another one goes on."""
    found: list[tuple[str, list[str]]] = []
    for page in [page for page in PAGES if page not in WITH_FILES]:
        for number, block in enumerate(blocks(page, "python")):
            if number == 0 or block.startswith(("import ", "from ")):
                found.append((page, []))
            found[-1][1].append(block)
    return [pytest.param(page, parts, id=f"{page}-{number}") for number, (page, parts) in enumerate(found)]


def lines(page: str) -> list[list[str]]:
    """The commands of a page's blocks of shell, each as its words."""
    joined = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    return [words for line in joined.splitlines() if (words := shlex.split(line, comments=True))]


def commands(page: str) -> list[list[str]]:
    """The arguments of each call of the command line."""
    found = []
    for words in lines(page):
        if words[0] == "lime-core":
            found.append(words[1:])
        elif words[0].endswith("python") and words[1:3] == ["-m", "lime_core"]:
            found.append(words[3:])
    return found


@pytest.fixture(scope="module")
def models_stay():
    """Examples that begin anew do not load the same models and ask them the same again."""
    with remembered():
        yield


@pytest.fixture
def in_empty_folder(tmp_path, monkeypatch):
    """An empty folder to work in, and tables of options that afterwards are as they were."""
    monkeypatch.chdir(tmp_path)
    before = [dict(table) for table in TABLES]
    yield tmp_path
    for table, entries in zip(TABLES, before, strict=True):
        table.clear()
        table.update(entries)


@pytest.fixture
def call(monkeypatch, capsys):
    """Calls the command line as the shell does; returns its exit code and what it wrote to stderr."""

    def called(arguments: list[str]) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["lime-core", *arguments])
        monkeypatch.delitem(sys.modules, "lime_core.__main__", raising=False)
        with pytest.raises(SystemExit) as left:
            runpy.run_module("lime_core", run_name="__main__")
        return left.value.code or 0, capsys.readouterr().err

    return called


@pytest.mark.slow
@pytest.mark.parametrize(("page", "parts"), programs())
@pytest.mark.usefixtures("models_stay")
def test_the_python_runs(page, parts, in_empty_folder, capsys):
    names = {"__name__": "document"}
    for part in parts:
        exec(compile(part, page, "exec", dont_inherit=True), names)


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)])
def test_every_command_is_accepted(page, call, monkeypatch):
    parse = argparse.ArgumentParser.parse_args

    def only_parsed(self, *given):
        asked = parse(self, *given)
        asked.run = lambda asked: None
        return asked

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", only_parsed)
    for arguments in commands(page):
        assert call(arguments) == (0, ""), arguments


def options_of(*command: str) -> set[str]:
    """What a command can be given, by the first name of each."""
    parser = _parser()
    for name in command:
        parser = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction)).choices[name]
    return {action.option_strings[0] for action in parser._actions if action.option_strings}


def test_many_pictures_take_the_options_that_the_guide_says():
    """Those of `explain` without the ones that are named, of which `batch --maps` alone draws maps."""
    page = " ".join(PAGES["docs/guide/many-pictures.md"].split())
    said = re.search(r"the options of `explain`, except (.*?)\. (.*?) is for `batch --maps` alone", page).groups()
    without, drawn = (set(re.findall(r"`(--[\w-]+)`", each)) for each in said)
    assert without == options_of("explain") - options_of("batch")
    assert drawn == (options_of("explain") & options_of("batch")) - options_of("prior", "build")
    assert drawn == options_of("batch") - options_of("prior", "build") - {"--maps"}


def cheap(page: str) -> list[list[str]]:
    """The commands of a page that run in this process, and on what every machine has."""
    if page in WITH_FILES:
        return []
    return [words for words in commands(page) if not {"--workers", "ray", "import", "--all"} & set(words)]


def pages_to_run() -> list[str]:
    """Pages with cheap commands, but for those whose commands all stand on another page with more of them."""
    found = {page: {tuple(words) for words in cheap(page)} for page in PAGES}
    return [page for page, own in found.items() if own and not any(own < other for other in found.values())]


def fewer(arguments: list[str]) -> list[str]:
    """The same command with fewer samples: the last of two values counts."""
    if arguments[0] == "tune":
        return [*arguments, "--num-samples", "60", "--budget", "0.01m"]
    if arguments[0] not in ("explain", "stability", "batch", "prior") or arguments[1] == "show":
        return arguments
    further = {"stability": ["--repeats", "2"], "explain": []}.get(arguments[0], ["--no-faithfulness"])
    return [*arguments, "--num-samples", "30", *further]


@pytest.mark.slow
@pytest.mark.parametrize("page", pages_to_run())
@pytest.mark.usefixtures("models_stay")
def test_cheap_commands_run_one_after_another(page, call, in_empty_folder):
    Image.fromarray(lc.gallery_picture("chelsea").pixels).save("cat.jpg", quality=95)
    Path("photos").mkdir()
    Image.fromarray(lc.gallery_picture("coffee").pixels).save("photos/coffee.png")
    with zipfile.ZipFile("more.zip", "w") as archive:
        archive.write("cat.jpg")
    for arguments in cheap(page):
        code, told = call(fewer(arguments))
        assert code == 0, (arguments, told)


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_exists(page):
    inline = re.findall(r"`make ([\w-]+)`", PAGES[page])
    in_blocks = [words[words.index("make") + 1] for words in lines(page) if "make" in words]
    assert set(inline + in_blocks) <= set(EXISTING)


@pytest.mark.parametrize("page", PAGES)
def test_every_benchmark_that_is_named_exists(page):
    for named in re.findall(r"python -m tests\.benchmarks((?: [\w]+)*)", PAGES[page]):
        assert set(named.split()) <= set(BENCHMARKS)


def test_every_benchmark_is_on_its_page_and_every_section_there_says_its_command():
    page = PAGES["docs/benchmarks.md"]
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)) == sorted(BENCHMARKS)
    _, *sections = page.split("\n## ")
    assert sections
    assert all(section.split("\n\n")[1].startswith("`python -m tests.benchmarks ") for section in sections)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_between_documents_leads_somewhere(page):
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", PAGES[page]):
        path = (ROOT / page).parent / target if target else ROOT / page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text()), f"{target}#{anchor}"


def anchors(text: str) -> set[str]:
    """What links to the headings of a page end with."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_every_public_name_is_on_the_page_of_the_api_once():
    named = re.findall(r"^(?: +|\.\. py:data:: )(\w+)$", PAGES["docs/api.md"], flags=re.MULTILINE)
    assert sorted(named) == sorted(lc.__all__)


@pytest.mark.parametrize(
    "option", [cls for table in (*TABLES, lc.ATTRIBUTIONS) for cls in table.values()], ids=lambda cls: cls.__name__
)
def test_every_option_is_public_and_has_its_place_among_the_methods(option):
    assert option.__name__ in lc.__all__
    methods = "".join(text for page, text in PAGES.items() if page.startswith("docs/methods/"))
    assert re.search(rf"\b{option.__name__}\b", methods)


def test_the_readme_is_short_and_its_example_has_about_ten_lines():
    assert len(README.splitlines()) <= 150
    assert len([line for line in blocks("README.md", "python")[0].splitlines() if line.strip()]) <= 10


def test_contributing_is_short_and_has_every_room():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert len(text.splitlines()) < 60
    rooms = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert rooms == [room for room in ORDER if room]


def test_the_readme_and_the_app_tell_the_same_costs_and_no_other_document_repeats_them():
    assert COSTS.strip() in README
    assert not [page for page in PAGES if page != "README.md" and "| control | what runs again |" in PAGES[page]]


def test_the_readme_leads_to_the_pages_that_the_front_page_of_the_documents_leads_to():
    front = re.findall(r"\]\(([^)#:]+\.md)\)", PAGES["docs/index.md"])
    assert [f"docs/{page}" for page in front] == re.findall(r"^\|.*\]\((.+\.md)\) \|$", README, flags=re.MULTILINE)


def test_both_commands_stand_at_the_top_and_the_picture_below_them_exists():
    top = README.index("make run"), README.index("make test"), README.index("![")
    assert list(top) == sorted(top)
    assert len(README[: top[1]].splitlines()) < 12


def test_every_page_of_the_app_is_shown_in_the_documents_as_the_browser_tests_keep_it():
    names = set(re.findall(r"pages/(\w+)\.py", (ROOT / "app.py").read_text("utf-8")))
    kept = {path.stem for path in (ROOT / "assets" / "screenshots").glob("*.webp")}
    taken = "".join(path.read_text("utf-8") for path in (ROOT / "tests" / "browser").glob("test_*.py"))
    assert names == kept == set(re.findall(r'show\(page, "(\w+)"\)', taken))
    told = "\n".join(PAGES.values())
    assert names == set(re.findall(r"!\[[^\]]{30,}\]\([./]*assets/screenshots/(\w+)\.webp\)", told))


def test_the_guide_names_every_column_that_speaks_of_a_class_also_where_there_are_outputs(own_prior):
    assert own_prior.unit == "value"
    with zipfile.ZipFile(io.BytesIO(prior_taking._packed(own_prior, 0, (), None))) as archive:
        words = archive.read("words.csv").decode()
    tables = {
        "words.csv": words,
        "classes.csv": classes_csv([]).decode(),
        "pictures.csv": batch_table._csv([]),
        "settings.csv": ",".join(losses._NAMES),
    }
    [told] = re.findall(
        r"^[^\n]*have the same names for every model.*?\n\n", PAGES["docs/guide/taking-away.md"], re.M | re.S
    )
    for name, table in tables.items():
        columns = [column for column in table.splitlines()[0].split(",") if "class" in column]
        assert columns
        assert {name, *columns} <= set(re.findall(r"`([\w.]+)`", told))


def test_the_limits_that_the_guide_tells_are_those_of_the_app():
    table = PAGES["docs/guide/serving-a-workshop.md"]
    mb = 2**20
    assert f"| a photo | {decoding.MAX_BYTES // mb} MB and {decoding.MAX_PIXELS // 10**6} megapixels" in table
    assert f"; {decoding.MAX_SIDE} pixels of" in table
    most = f"{label_file.MAX_LABEL_BYTES // 10**6} MB and {label_file.MAX_LABEL_PIXELS // 2**20} megapixels"
    assert f"| a label map | {most}; {decoding.MAX_SIDE} pixels of" in table
    assert f" for each file, {choosing.MAX_BYTES // mb} MB together, {pictures.MOST} pictures |" in table
    assert f"| photos of a search for settings | the same, and {photos.MOST} photos |" in table
    assert f"| a prior's file | {priors.FILE_MB} MB, and as much when it is unpacked |" in table
    assert f"| a manifest or its archive | {opening.FILE_MB} MB; its prior as a prior's file |" in table
    assert f"| {priors.MOST}, and {priors.MAX_BYTES // mb} MB together |" in table
    assert f"| all uploads of a session | {uploads.MAX_OF_A_SESSION // mb} MB |" in table
    assert f"| all uploads of all sessions | {uploads.MAX_OF_ALL // 2**30} GB |" in table
    assert f"| priors, photos, label maps and files that all sessions keep | {Kept().max_bytes // 2**30} GB |" in table
    kept = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]["disconnectedSessionTTL"]
    assert kept == 5 * 60


def test_the_limits_of_models_that_the_guide_tells_are_those_of_the_core():
    told, usual = " ".join(PAGES["docs/guide/serving-a-workshop.md"].split()), lc.ModelLimits()
    assert f"files of a model may have {models.FILE_MB} MB together, and a session keeps {models.MOST} models" in told
    assert f"a network has {usual.layers} layers and {MOST_OUTPUTS:,} outputs at most".replace(",", " ") in told
    assert replace(models.LIMITS, file_bytes=usual.file_bytes) == usual
    assert f"may have {usual.memory_bytes // 10**9} GB of memory above what it starts with" in told
    assert f"{usual.load_seconds} seconds to load and {usual.batch_seconds} seconds for {ROWS_IN_TIME} pictures" in told
    assert f"There are {MOST_PROCESSES} such processes at a time, and one more that looks at files" in told
