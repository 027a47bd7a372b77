"""The benchmark of a GPU, on the processor with little of everything: its rows are whole, and what is equal is."""

import pytest
import torch

import lime_core as lc
from tests.benchmarks import gpu
from tests.support.networks import Net
from tests.support.strided_network import SEEN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu, "REPEATS", 1)
        patch.setattr(gpu, "SIDES", {48: ""})
        patch.setattr(gpu, "NETWORKS", ("small",))
        patch.setattr(gpu, "_network", lambda name: (Net().eval(), SEEN))
        pictures = [lc.gallery_picture(name) for name in ("chelsea", "coffee")]
        return {row["what"]: row["found"] for row in gpu.figures("cpu", pictures, 40)}


def test_every_figure_is_there(rows):
    assert len(rows) == 2 + 6 + 1 + 2 + 1 + 1 + 2 + 2
    assert all(found is not None and found == found for found in rows.values())


def test_what_has_to_be_equal_is(rows):
    assert rows["pixels with another parent at 48, 2 photos"] == 0
    assert rows["the same prior twice"] is True
    assert rows["small, f32, most a weight moves, standard errors"] == 0.0


def test_without_a_gpu_it_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.run() == [{"gpu": "none on this machine, nothing was measured"}]
