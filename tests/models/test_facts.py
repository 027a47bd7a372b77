"""Models that differ say in what."""

from dataclasses import replace

import pytest

import lime_core as lc
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
