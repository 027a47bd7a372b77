"""What the guide says of photos is what was found on them."""

import re
from pathlib import Path

import pytest

from tests.benchmarks import segmentations

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "guide" / "the-segmentation-decides.md").read_text()
TABLES = sorted((DOCS / "figures").glob("segmentations-*.csv"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_the_guide_has_the_figures_of_each_model(path):
    found = segmentations.lines(path)
    model = path.stem.removeprefix("segmentations-")
    assert f"**{model}, {len(found)} photos**" in PAGE
    assert len({line["photo"] for line in found}) == len(found) >= 2
    assert all(line["photo"] % 2 == 1 for line in found)  # on the others the members were chosen
    for row in segmentations.page_rows(found):
        assert row in PAGE


def test_the_guide_has_no_other_figures():
    rows = {row for path in TABLES for row in segmentations.page_rows(segmentations.lines(path))}
    published = {line for line in PAGE.splitlines() if re.match(r"\|.*\d\.\d", line)}
    assert published <= rows
