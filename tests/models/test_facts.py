"""Models that differ say in what, and a model that answers differently is not taken for the one before."""

from dataclasses import replace

import pytest

import lime_core as lc
from tests.fingerprints.test_fingerprint import Scaled
from tests.support.networks import classifier, scene
from tests.support.planted import BLACK, GRID


@pytest.fixture
def job(planted):
    return lc.Job.of(planted, segmenter=GRID, hiding=BLACK, num_samples=40)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            {"token": "random"},
            r"functions without a name \(planted\) as models, which may differ; give wrap_model a name",
        ),
        ({"engine": "torch"}, r"in different ways \(Python function · planted and torch\)"),
        ({"versions": (("torch", "0"),)}, "different versions of lime_core, .*torch.*; install the same ones"),
        ({"name": "other"}, r"different models \(planted and other\)"),
    ],
)
def test_processes_whose_models_differ_say_in_what(job, other, message):
    job.model.check_same(replace(job.model))
    with pytest.raises(lc.LimeError, match=message):
        job.model.check_same(replace(job.model, **other))


def test_results_of_another_temperature_are_not_taken_on_resuming(tmp_path):
    photo = lc.load_picture(scene()[0])
    settings = {"segmenter": GRID, "num_samples": 40, "faithfulness": False}
    for temperature in (1.0, 5.0):
        model = classifier(Scaled(temperature), kind="logits")
        [outcome] = lc.run_batch(lc.Job.of(model, **settings), [photo], tmp_path, model, resume=True)
        assert outcome.computed
