"""A job, pictures for it, and ways to run it in this process."""

from dataclasses import replace

import pytest

import lime_core as lc
from lime_core.batch.shards import shard_bytes
from tests.support.planted import BLACK, GRID, textured_picture

ROWS = 40 + 2 + 2 * 15
"""Pictures that the model is asked about for each one that is explained: samples, then deletion and insertion."""


@pytest.fixture
def pictures():
    return [textured_picture(seed) for seed in range(4)]


@pytest.fixture
def job(planted):
    return lc.Job.of(planted, segmenter=GRID, hiding=BLACK, num_samples=40)


def finished(job, pictures, folder, model, resume=False):
    return sorted(lc.run_batch(job, pictures, folder, model, resume), key=lambda outcome: outcome.index)


def same(first, second):
    """Equal but for the seconds."""
    return shard_bytes(JOB.digest, replace(first, seconds=0.0)) == shard_bytes(JOB.digest, replace(second, seconds=0.0))


JOB = lc.Job(lc.ModelFacts("m", "f", "e", "values"))
