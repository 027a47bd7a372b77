"""What a search has found, drawn: settings that are steady enough are told from those that are not."""

import numpy as np
import pytest

import lime_core as lc
from pages.ui.tune.charts import front_figure, lost_in_words
from tests.tuning.small_study import cases

NAN = float("nan")


def losses_of(usable, gains=((0.2, 0.2), (0.3, 0.3), (0.4, NAN), (0.1, 0.1))):
    settings = tuple(lc.Setting(lc.ProbeSettings(lc.Grid(rows, 3)), 60, lc.FitSettings()) for rows in (2, 3, 4, 5))
    half = np.full(4, 0.5)
    return lc.Losses(settings, tuple(cases()), np.array(gains), half, half, np.array(usable))


@pytest.mark.parametrize(
    ("usable", "drawn"),
    [
        ((True, True, True, False), {"steady enough": 1, "not steady enough": 1, "cannot explain every photo": 1}),
        ((True, True, False, True), {"steady enough": 2, "not steady enough": 1}),
        ((False,) * 4, {"steady enough": 0, "not steady enough": 3}),
    ],
)
def test_the_points_are_of_what_is_steady_enough_and_of_what_is_not(usable, drawn):
    found = {line.name: len(line.x) for line in front_figure(losses_of(usable), "probability").data}
    assert {name: count for name, count in found.items() if name.endswith(("enough", "photo"))} == drawn


def test_the_table_says_what_lies_below_0():
    assert lost_in_words(losses_of((True,) * 4)).endswith(
        "0% is the best that is steady enough and explains every photo; what is below 0 is better, and does not."
    )
    assert lost_in_words(losses_of((False,) * 4)).endswith("0% is the best; no setting is as steady as asked for.")
    assert lost_in_words(losses_of((False, False, True, False))).endswith("no setting is as steady as asked for.")
