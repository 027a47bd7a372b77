"""What version 0.1 has written is found again: explanations, priors and shards, though modules have moved since.

`earlier/` was written by commit 18f322d: an explanation with a prior, and the shard of one picture of a job.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

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


FINGERPRINTS = {
    ("probabilities", 224): "6df3c803b880304d9234a201f216eacf9ca52f1645785d8695be4511a8f92982",
    ("probabilities", None): "3ff938f3f9a109589edcc8a9dbace35e107932f35afaa32a09afe42f968c23a1",
    ("logits", 224): "f148864a1bcf0751a53e98b23220968aad59373341a08298c02403ab4a2890c5",
    ("values", None): "2d68c7b487bddf4c81f91cd7e8802885ca17ba7ab867f666a59834d4a31a3172",
}


@pytest.mark.parametrize(("kind", "side"), FINGERPRINTS)
def test_a_function_has_the_fingerprint_that_it_had(kind, side):
    model = lc.wrap_model(brightness, kind=kind, input_size=(side, side) if side else None)
    assert model.fingerprint == FINGERPRINTS[kind, side]


def test_a_module_has_the_fingerprint_that_it_had(lite0):
    assert lite0.fingerprint == "edf03213518ed864bb6d5dcde609ba681bafeafb3b9b11f736a1a3178377c6be"
    assert lite0.early.kind == "early layers, 28 × 28 × 240, 94347add2c241415"
    module = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten(), torch.nn.Linear(48, 3))
    for weights in module.parameters():
        torch.nn.init.constant_(weights, 0.5)
    model = lc.torch_classifier("m", module, lc.Preprocessing(64, 64, resize=64), ("a", "b", "c"), kind="logits")
    assert model.fingerprint == "a8762665fb20e899d85e5a9e4b93a6bc203836851ceffd6de6de3f322471be55"


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
