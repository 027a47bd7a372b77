"""Methods side by side: as a table, as a picture and as files."""

import csv
import json
import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import lime_core as lc
from lime_core.console.stability_table import table
from lime_core.takeaway import comparison as compared
from tests.support.planted import BLACK, GRID, PairModel, textured_picture

EXACT = lc.FitSettings(class_index=0, surrogate=lc.LeastSquares())


def test_every_method_can_be_asked_with(picture, planted):
    spec = lc.ProbeSpec.of(picture, planted, GRID, BLACK, lc.LimeMasks())
    for name, method in lc.METHODS.items():
        asked = method.spec(spec)
        assert type(asked.sampler) is (lc.LimeMasks if name == "current" else lc.SAMPLERS[method.sampler])
        assert replace(asked, sampler=spec.sampler) == spec
        assert method.title
        assert method.help.endswith(".")


def test_only_methods_that_take_a_prior_are_fitted_with_it(own_prior):
    plain = lc.FitSettings(0, surrogate=lc.Ridge(2.0))
    pulled = lc.FitSettings(0, surrogate=lc.RidgeWithPrior(2.0), prior=own_prior, prior_strength=3.0)
    fitted = {name: method.settings(pulled) for name, method in lc.METHODS.items()}
    assert {name for name, settings in fitted.items() if settings == pulled} == {"glime_prior", "current"}
    assert all(settings in (pulled, plain) for settings in fitted.values())
    assert [name for name, method in lc.METHODS.items() if not method.offered(plain)] == ["glime_prior"]
    assert all(method.offered(pulled) for method in lc.METHODS.values())


def test_two_methods_with_nearly_the_same_name_are_told_apart():
    assert lc.METHODS["glime_prior"].title == "G-LIME (global prior)"
    assert lc.METHODS["glime_binomial"].title == "GLIME-Binomial"


def test_fold_over_is_steadier_than_lime_where_superpixels_work_in_pairs():
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="values")
    kinds = {name: lc.METHODS[name].spec(lc.ProbeSpec.of(picture, model, GRID, BLACK)) for name in ("lime", "foldover")}
    spreads = {}
    for name, spec in kinds.items():
        *_, probes = lc.grow_repeats(spec, picture, model, 6, 200)
        spreads[name] = lc.report_of(probes, EXACT).relative_spread
    assert spreads["foldover"] < spreads["lime"] / 2


@pytest.fixture
def comparison(pairs):
    return {"lime": lc.report_of(pairs[:3], EXACT), "my own": lc.report_of(pairs[:3], lc.FitSettings(0))}


def test_a_comparison_is_saved_to_be_read_by_others(comparison, tmp_path):
    folder = compared.save(comparison, 3, tmp_path / "new" / "folder")
    assert sorted(path.name for path in folder.iterdir()) == ["stability.json", "stability.png", "weights.csv"]
    with open(folder / "stability.json", encoding="utf-8") as file:
        written = json.load(file)
    assert (written["k"], written["ranking"], written["seeds"]) == (3, "absolute", [0, 1, 2])
    assert written["segmenter"] == {"name": "grid", "rows": 4, "columns": 4}
    for name, report in comparison.items():
        method = written["methods"][name]
        np.testing.assert_array_equal(np.array(method["weights"]), report.weights)
        assert method["metrics"]["jaccard"]["value"] == report.jaccard(3)
        assert (method["sampler"]["name"], method["num_samples"]) == ("bernoulli", 200)
    assert [m["surrogate"]["name"] for m in written["methods"].values()] == ["least_squares", "ridge"]

    with open(folder / "weights.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 16
    assert float(rows[5]["seed_1"]) == comparison["lime"].weights[1, 5]
    assert float(rows[21]["mean"]) == comparison["my own"].mean[5]


def test_what_is_not_known_is_empty_in_the_files(pairs, tmp_path):
    trees = {"current": lc.report_of(pairs[:2], lc.FitSettings(0, surrogate=lc.Tree()))}
    folder = compared.save(trees, 3, tmp_path)
    written = json.loads((folder / "stability.json").read_text("utf-8"))["methods"]["current"]
    assert written["predicted_over_observed"] is None
    assert written["standard_errors"][0][0] is None
    with open(folder / "weights.csv", newline="", encoding="utf-8") as file:
        assert {row["predicted_spread"] for row in csv.DictReader(file)} == {""}
    assert "–" in table(trees, 3)[1]


def test_the_picture_has_a_row_for_each_method_in_one_scale(comparison, tmp_path):
    drawn = compared.drawing(comparison, 16)
    left, top, step = 240, 64, 208
    cells = [
        [drawn[top + row * step : top + row * step + 200, left + column * step : left + column * step + 200]
         for column in range(3)] for row in range(2)
    ]  # fmt: skip
    limit = max(np.abs(report.weights).max() for report in comparison.values())
    view = lc.View(style="heatmap", opacity=0.8, num_features=16)
    for row, report in zip(cells, comparison.values(), strict=True):
        for cell, e in zip(row, report.explanations, strict=True):
            assert cell.std() > 10
            whole = Image.fromarray(e.overlay(view, scale=12, limit=limit)).resize((200, 200), Image.Resampling.LANCZOS)
            assert np.abs(cell.astype(int) - np.array(whole)).mean() < 2


def test_reports_of_different_things_are_not_put_side_by_side(pairs, probes, tmp_path):
    first = lc.report_of(pairs[:3], EXACT)
    for other in (
        lc.report_of(pairs[:3], lc.FitSettings(1)),
        lc.report_of(pairs[:2], EXACT),
        lc.report_of(pairs[3:6], EXACT),
        lc.report_of(pairs[:3], EXACT, "signed"),
        lc.report_of(probes, EXACT),
    ):
        with pytest.raises(ValueError, match="all of the same picture, model"):
            compared.save({"lime": first, "current": other}, 3, tmp_path / "out")
    with pytest.raises(ValueError, match="at least one"):
        compared.drawing({}, 3)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_keeps_no_part(comparison, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        compared.save(comparison, 3, tmp_path)
    assert list(tmp_path.iterdir()) == []
