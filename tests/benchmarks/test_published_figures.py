"""What the guide says of photos is what was found on them."""

import re
from pathlib import Path

import numpy as np
import pytest

from pages.ui.explain.best import WORTH
from tests.benchmarks import fills, found, kept, segmentations, tuned

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "guide" / "the-segmentation-decides.md").read_text()
TABLES = sorted((DOCS / "figures").glob("segmentations-*.csv"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_the_guide_has_the_figures_of_each_model(path):
    found = kept.lines(path)
    model = path.stem.removeprefix("segmentations-")
    assert f"**{model}, {len(found)} photos**" in PAGE
    assert len({line["photo"] for line in found}) == len(found) >= 2
    assert all(line["photo"] % 2 == 1 for line in found)  # on the others the members were chosen
    for row in segmentations.page_rows(found):
        assert row in PAGE


def test_the_guide_has_no_other_figures():
    rows = {row for path in TABLES for row in segmentations.page_rows(kept.lines(path))}
    published = {line for line in PAGE.splitlines() if re.match(r"\|.*\d\.\d", line)}
    assert published <= rows


def test_the_guide_says_what_was_asked_in_bf16_and_how_little_it_matters():
    text = " ".join(PAGE.split())
    for path in TABLES:
        rounded = [line for line in kept.lines(path) if line["bits"] == 16]
        model = path.stem.removeprefix("segmentations-")
        if len(rounded) == len(kept.lines(path)):
            assert f"**{model}, {len(rounded)} photos** All in bf16." in text
        else:
            assert f"{len(rounded)} of the photos of {model} were asked in bf16." in text
    moved = moves("segmentations", "exact", "efficientnet_lite0")
    assert f"asked in both ways bf16 moved the mean gains by {in_words(moved)}" in text


def test_the_guide_says_in_what_order_equal_pixels_went_and_how_little_it_matters():
    text = " ".join(PAGE.split())
    moved = moves("lot", "segmentations", "efficientnet_lite1")
    by_lot = "of these photos the order by lot that is taken since then"
    assert f"{by_lot} moved the mean gains by {in_words(moved)}" in text


def in_words(moved):
    sizes = np.abs(list(moved.values()))
    return f"{sizes.mean():.3f} on average, and by {sizes.max():.3f} at most."


def moves(table, before, model):
    """How far the mean gains of the photos of two tables lie apart, by way and samples."""
    gains, gained = (
        {line["photo"]: line for line in kept.lines(DOCS / "figures" / f"{name}-{model}.csv")}
        for name in (table, before)
    )
    for name, lines in ((table, gains), (before, gained)):
        assert {line["bits"] for line in lines.values()} == {32 if name == "exact" else 16}
    both = sorted(gains.keys() & gained.keys())
    assert len(both) == min(len(gains), len(gained))
    assert f"On {len(both)} " in " ".join(PAGE.split())
    ways = [column for column in gained[both[0]] if column.rpartition(", ")[2].isdecimal()]
    return {way: np.mean([gains[photo][way] - gained[photo][way] for photo in both]) for way in ways}


def test_the_benchmarks_have_the_figures_of_fills_and_no_others():
    (path,) = (DOCS / "figures").glob("fills-*.csv")
    lines, text = kept.lines(path), (DOCS / "benchmarks.md").read_text()
    (section,) = re.findall(r"(?ms)^## What stands in the place of pixels$(.+?)(?=^## |\Z)", text)
    bits = {line["bits"] for line in lines}
    assert f"{len(lines)} of the 800 photos, {path.stem.removeprefix('fills-')} in bf16" in " ".join(section.split())
    assert bits == {16}
    published = {line for line in section.splitlines() if re.match(r"\|.*\d\.\d", line)}
    assert published == set(fills.page_rows(lines))


def test_what_the_benchmarks_say_of_fills_is_so():
    (path,) = (DOCS / "figures").glob("fills-*.csv")
    lines, (edges, blind, biased) = kept.lines(path), (", ".join(names) for names in fills.ALIKE)
    gain = {(row["ranked"], row["fills"]): row for row in fills.table(lines) if row["measure"] == "relevance gain"}
    best = {
        group: [names[place] for place in fills.areas_of(lines, group)[:, 0].mean(axis=(0, 1)).argmax(axis=0)]
        for group, names in fills.GROUPS.items()
    }
    assert set(best["methods"]) == {"four at once"}
    neutral = [row for (_, names), row in gain.items() if names != biased]
    assert max(row[key] for row in neutral for key in ("by photo", "means")) < 0.8
    assert min((1 + row["beyond noise"]) / 2 for row in neutral) > 0.8
    for names in (edges, blind):
        few, more = (gain[group, names] for group in ("settings", fills.LONGER))
        assert more["two seeds"] - few["two seeds"] > 0.04
        assert more["by photo"] - few["by photo"] < 0.04
    for group in ("settings", fills.LONGER):
        assert [place for place, name in enumerate(best[group]) if name == "quickshift"] == [len(fills.FILLS) - 1]


@pytest.mark.parametrize("part", [tuned, found], ids=lambda part: part.__name__.rpartition(".")[2])
def test_the_benchmarks_have_the_figures_of_tuning(part):
    (path,) = (DOCS / "figures").glob(f"{part.__name__.rpartition('.')[2]}-*.csv")
    text = (DOCS / "benchmarks.md").read_text()
    assert path.stem.partition("-")[2] in text
    for row in kept.page_rows(part.table(kept.lines(path))):
        assert row in text


def test_explain_says_what_a_search_for_one_photo_is_worth():
    (path,) = (DOCS / "figures").glob("found-*.csv")
    lines = kept.lines(path)
    row = next(row for row in found.table(lines) if row["way"] == "found")
    gain, fidelity = (row[f"{figure}, better on"] for figure in ("SRG", "fidelity"))
    assert WORTH.startswith(f"On {len(lines)} photos the gain was higher with what was found on {gain}, ")
    assert WORTH.endswith(f" on {fidelity}.")
