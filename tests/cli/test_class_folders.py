"""A run of `explain` leaves its own files in its folder and no others, and says what it leaves when it is stopped."""

import json
import shutil
from pathlib import Path

import pytest

import lime_core as lc
from lime_core.cli import explain
from lime_core.reports import beside
from tests.cli.conftest import OPTIONS

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
FILES = {*beside.FILES} - {"prior.npz"}


def interrupted(*_):
    raise KeyboardInterrupt


def names(folder):
    return {path.name for path in Path(folder).iterdir()}


@pytest.fixture
def asked(run, photo):
    return lambda *further: run("explain", photo, *OPTIONS, "--out", "here", *further)


def test_the_guide_lists_the_files_that_are_written(asked, own_prior, tmp_path):
    assert asked()[0] == 0
    assert names("here") == FILES
    lc.save_prior(own_prior, tmp_path / "p.npz")
    assert asked("--prior", "p.npz")[0] == 0
    for page, title in (("from-the-command-line.md", "What `explain` writes"), ("taking-away.md", "Explain")):
        table = (GUIDE / page).read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        assert {row.split("`")[1] for row in table.splitlines() if row.startswith("| `")} == names("here")


def test_ctrl_c_after_a_class_says_how_many_are_written(asked, monkeypatch):
    fits, real = [], explain.fit
    monkeypatch.setattr(
        explain, "fit", lambda *given: interrupted() if len(fits) == 2 else fits.append(0) or real(*given)
    )
    code, _, error = asked("--top-labels", 3)
    assert code == 130
    assert error.splitlines()[-1] == "lime-core: error: stopped; files of 2 of 3 outputs are in here"
    assert [len(names(path)) for path in Path("here").iterdir()] == [len(FILES)] * 2


def test_ctrl_c_after_the_files_of_the_only_class_says_that_they_are_there(run, photo, counting, monkeypatch):
    model = lc.wrap_model(counting, ("first", "second", "third"), kind="logits", name="planted")
    monkeypatch.setattr(explain, "load_model", lambda name, device, precision: model)
    monkeypatch.setattr(explain, "soft_stability", interrupted)
    code, _, error = run("explain", photo, *OPTIONS, "--class", "second", "--soft-stability", 3, "--out", "here")
    assert code == 130
    assert error.splitlines()[-1] == "lime-core: error: stopped; the files are in here"
    assert names("here") == FILES


def test_ctrl_c_before_the_first_class_leaves_what_was_there(asked, monkeypatch):
    assert asked("--top-labels", 2)[0] == 0
    before = names("here")
    monkeypatch.setattr(explain, "fit", interrupted)
    assert asked()[2].splitlines()[-1] == "lime-core: error: stopped; nothing was written"
    assert names("here") == before


def test_a_run_leaves_no_classes_of_an_earlier_one_beside_its_own(asked):
    assert asked("--top-labels", 3)[0] == 0
    first = names("here")
    assert len(first) == 3
    (left,) = [name for name in first if name.startswith("3-")]
    code, out, _ = asked("--top-labels", 2)
    assert (code, names("here")) == (0, first - {left})
    assert f"removed what an earlier run had left in here/{left}\n" in out
    code, out, _ = asked()
    assert (code, names("here")) == (0, FILES)
    assert out.count("removed what an earlier run had left in here/1-") == 1
    code, out, _ = asked("--top-labels", 3)
    assert (code, names("here")) == (0, first)
    assert "removed what an earlier run had left in here\n" in out
    assert "removed" not in asked("--top-labels", 3)[1]


def test_nothing_is_removed_that_no_run_has_written(asked, tmp_path):
    here = tmp_path / "here"
    assert asked("--top-labels", 3)[0] == 0
    own = sorted(names("here"))
    (here / own[1] / "notes.txt").write_text("mine")
    (here / own[2] / "manifest.json").write_text(json.dumps({"schema": 1}))
    (tmp_path / "elsewhere").mkdir()
    (here / own[0]).rename(tmp_path / "elsewhere" / own[0])
    (here / own[0]).symlink_to(tmp_path / "elsewhere" / own[0])
    (here / "4-9").mkdir()
    (here / "4-9" / "report.html").write_text("mine")
    (here / "5-1").write_text("mine")
    (here / "cats-1-2").mkdir()
    assert asked()[0] == 0
    assert names(here) == {*FILES, *own, "4-9", "5-1", "cats-1-2"}
    assert names(here / own[1]) == {"notes.txt"}
    assert names(here / own[2]) == names(here / own[0]) == FILES
    assert names(here / "4-9") == {"report.html"}


def test_a_folder_that_looks_like_one_of_a_class_and_is_none_stays(asked):
    assert asked("--class", "1")[0] == 0
    kept = names("here")
    Path("here").rename("other")
    Path("here").mkdir()
    for name in ("2026-11", "2026-01"):
        shutil.copytree("other", Path("here", name))
    assert asked("--top-labels", 2)[0] == 0
    assert [names(Path("here", name)) for name in ("2026-11", "2026-01")] == [kept, kept]
