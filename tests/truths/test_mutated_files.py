"""Mutated files and names end in a value or in a LimeError, in little time; `tests.benchmarks mutations` tries many."""

import pytest

from tests.support.attacks import attacks

COUNT = 250


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    pytest.importorskip("timm", reason="timm is not installed")
    return attacks(tmp_path_factory.mktemp("attacks"))


@pytest.mark.parametrize(
    "kind",
    [
        "label map .npy",
        "label map .png",
        "picture .png of 12 bits",
        "picture .jpg",
        "picture .tif",
        "pictures .zip",
        "weights .pt",
        "weights .pt, sums right",
        "weights, bare pickle",
        "weights .safetensors",
        "weights .safetensors with a sum",
        "model .onnx",
        "manifest.json",
        "arrays.npz",
        "prior.npz",
        "model name",
        "model name of timm",
    ],
)
def test_mutations_end_in_a_value_or_a_documented_error(every, kind):
    assert every[kind].faults(COUNT) == []


def test_every_kind_is_tried_here(every):
    assert len(every) == 17
