"""The README's Python runs as it stands there."""

import re
from pathlib import Path

import pytest

import lime_core as lc
from pages.ui.words import COSTS

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
def test_the_examples_run(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lc, "SEGMENTERS", dict(lc.SEGMENTERS))
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


def test_the_newcomers_example_has_about_ten_lines():
    lines = [line for line in BLOCKS[0].splitlines() if line.strip()]
    assert len(lines) <= 10


def test_the_readme_and_the_app_tell_the_same_costs():
    assert COSTS.strip() in README


def test_both_commands_stand_at_the_top_and_the_picture_below_them_exists():
    top = README.index("make run"), README.index("make test"), README.index("![")
    assert list(top) == sorted(top)
    assert len(README[: top[1]].splitlines()) < 12
    assert (Path(__file__).parent.parent / "assets" / "screenshot.png").is_file()
