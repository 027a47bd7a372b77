"""What values are counted in stands behind them wherever they are written, and nothing is said of probabilities."""

import csv
import io
import json
import pickle

import numpy as np
import pytest

import lime_core as lc
from lime_core.files.records import harmless
from lime_core.probing.probe import Probe
from lime_core.reports.numbers import axis_title, scale_ends, score_text, size_text, weight_text
from lime_core.reports.sentences import in_words
from lime_core.takeaway import comparison
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

PHOTO = textured_picture()


@pytest.fixture(scope="module")
def model():
    return lc.wrap_model(AdditiveModel(PHOTO), ("age", "height", "weight"), "values", name="planted", unit="years")


@pytest.fixture(scope="module")
def probe(model):
    return lc.probe_image(PHOTO, model, 60, segmenter=GRID, hiding=BLACK)


def test_a_unit_stands_behind_numbers_and_words_for_scores_do_not():
    assert weight_text(3.2, "years") == "+3.2 years"
    assert size_text(0.25, "years") == "0.25 years"
    assert scale_ends(2.0, "°C") == ("−2 °C", "+2 °C")
    assert score_text(41.25, "years") == "41.25 years"
    assert axis_title("years") == "years"
    for unit in ("value", "logit", "log-odds", ""):
        assert weight_text(3.2, unit) == "+3.2"
        assert score_text(41.25, unit) == "41.25"
    assert weight_text(0.032, "probability") == "+3.2 pp"


def test_the_unit_of_the_model_is_that_of_probe_and_explanation(probe):
    e = lc.explain(probe, "age")
    assert (probe.unit, probe.first(20).unit, e.unit, e.score_unit) == ("years", "years", "years", "years")
    tree = lc.explain(probe, "age", surrogate=lc.Tree())
    assert (tree.unit, tree.score_unit) == ("importance", "years")
    plain = lc.wrap_model(AdditiveModel(PHOTO), kind="values")
    assert lc.explain_image(PHOTO, plain, num_samples=20, segmenter=GRID).unit == "value"


def test_a_probe_that_was_pickled_without_a_unit_is_read(probe):
    state = {name: value for name, value in vars(probe).items() if name not in ("unit", "scene")}
    earlier = Probe.__new__(Probe)
    earlier.__dict__.update(pickle.loads(pickle.dumps(state)), scene=probe.scene)
    assert earlier.unit == ""
    assert lc.explain(earlier).unit == "value"


def test_sentences_and_files_give_the_unit(probe, model, tmp_path):
    e = lc.explain(probe, "age")
    said = in_words(e)
    assert f"the model says {score_text(e.model_score, 'years')}" in said
    assert "probab" not in said
    assert "class" not in said
    e.save(tmp_path)
    told = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert (told["space"], told["unit"]) == ("value", "years")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "weights.csv").read_text("utf-8"))))
    assert {row["unit"] for row in rows} == {"years"}
    page = (tmp_path / "report.html").read_text("utf-8")
    for text in ("explained score: value in years", "adds to the value in years", "years lower", "raises the value"):
        assert text in page
    for text in ("probab", "for the class", "against"):
        assert text not in page
    np.testing.assert_array_equal(lc.replay(tmp_path, PHOTO, model).weights, e.weights)
    with pytest.raises(lc.ReplayMismatch, match="planted"):
        lc.replay(tmp_path, PHOTO, lc.wrap_model(AdditiveModel(PHOTO), kind="values", name="planted", unit="months"))


def test_without_a_unit_nothing_new_is_written(tmp_path):
    plain = lc.wrap_model(AdditiveModel(PHOTO), kind="values")
    lc.explain_image(PHOTO, plain, num_samples=20, segmenter=GRID).save(tmp_path)
    assert "unit" not in json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert "unit" not in (tmp_path / "weights.csv").read_text("utf-8").splitlines()[0]


def test_a_comparison_gives_the_unit(probe, model, tmp_path):
    report = lc.stability(PHOTO, model, repeats=2, num_samples=40, segmenter=GRID, hiding=BLACK)
    comparison.save({"lime": report}, 3, tmp_path)
    assert json.loads((tmp_path / "stability.json").read_text("utf-8"))["unit"] == "years"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "weights.csv").read_text("utf-8"))))
    assert {row["unit"] for row in rows} == {"years"}


def test_many_pictures_and_priors_give_the_unit(probe, model):
    job = lc.Job.of(model, GRID, BLACK, num_samples=40)
    result = job.run(PHOTO, model)
    assert [figures.unit for figures in result.figures] == ["years"]
    again = lc.PictureResult.of_row(result.summary, result.row)
    assert [figures.unit for figures in again.figures] == ["years"]
    assert lc.build_prior([result.summary], 3, clusters=4).unit == "years"
    curves = lc.faithfulness(lc.explain(probe, "age"), model)
    assert curves.space == "value"


def test_no_unit_becomes_a_formula():
    assert harmless("=1+2") == "'=1+2"
    assert harmless("years") == "years"
