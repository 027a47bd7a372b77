"""What version 0.1 has written is found again: explanations, priors and shards, though modules have moved since.

`earlier/` was written by commit 18f322d: an explanation with a prior, and the shard of one picture of a job.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lime_core as lc
from lime_core.batch.shards import Shards, shard_bytes
from lime_core.priors.files import prior_bytes
from lime_core.priors.prior import GlobalPrior

EARLIER = Path(__file__).parent / "earlier"


def brightness(pictures):
    """Three values: red of the left third, green of the middle, and their product."""
    left, middle = pictures[:, :, :8, 0].mean(axis=(1, 2)) / 255.0, pictures[:, :, 8:16, 1].mean(axis=(1, 2)) / 255.0
    return np.stack([left, middle, left * middle], axis=1)


@pytest.fixture
def picture():
    return lc.load_picture(np.random.default_rng(7).integers(0, 256, (24, 24, 3), dtype=np.uint8))


@pytest.fixture
def model():
    return lc.wrap_model(brightness, ("left", "middle", "both"), kind="values", name="brightness")


@pytest.fixture
def job(model):
    """The same job as then; its versions are left out, since results of other versions are others."""
    facts = replace(lc.ModelFacts.of(model), versions=())
    return lc.Job.of(facts, lc.Grid(3, 3), lc.Color(color=(0, 0, 0)), lc.FoldOver(), num_samples=64)


def test_an_explanation_is_replayed_to_its_weights(picture, model):
    e = lc.replay(EARLIER / "explanation", picture, model)
    with np.load(EARLIER / "explanation" / "arrays.npz") as arrays:
        # Answers of a function were kept in float32 then.
        np.testing.assert_allclose(e.weights, arrays["weights"], rtol=1e-6)
        np.testing.assert_array_equal(e.segments, arrays["segments"])


def test_a_prior_is_read_and_written_to_the_same_digest():
    prior = lc.load_prior(EARLIER / "explanation" / "prior.npz")
    told = json.loads((EARLIER / "explanation" / "manifest.json").read_text("utf-8"))["prior"]
    assert isinstance(prior, GlobalPrior)
    assert prior.digest == told["digest"]
    assert lc.load_prior(prior_bytes(prior)) == prior


def test_a_job_has_the_digest_that_names_its_folder(job):
    told = json.loads((EARLIER / "shards" / job.digest[:16] / "job.json").read_text("utf-8"))
    assert told == {"digest": job.digest, **job.record}


def test_a_shard_is_found_and_is_what_the_job_computes_now(picture, model, job):
    kept = Shards(EARLIER / "shards", job.digest, job.record).read(picture.digest)
    now = lc.Job.of(model, lc.Grid(3, 3), lc.Color(color=(0, 0, 0)), lc.FoldOver(), num_samples=64).run(picture, model)
    assert kept is not None
    np.testing.assert_allclose(kept.summary.weights, now.summary.weights, rtol=1e-5)
    assert replace(kept, seconds=0.0).row.keys() == now.row.keys()
    assert shard_bytes(job.digest, kept)
