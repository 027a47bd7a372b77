"""The benchmark of a GPU, on the processor with little of everything: its rows are whole, and what is equal is."""

import numpy as np
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
    assert len(rows) == 2 + 6 + 1 + 3 + 1 + 1 + 2 + 2
    assert not [what for what in rows if "failed" in what]
    assert all(found is not None and found == found for found in rows.values())


def test_what_has_to_be_equal_is(rows):
    assert rows["pixels with another parent at 48, 2 photos"] == 0
    assert rows["the same prior twice"] is True
    assert rows["small, f32, most a weight moves, standard errors"] == 0.0


def test_a_part_that_fails_is_said_and_the_others_go_on(monkeypatch):
    def none(*given):
        yield {"what": "measured"}

    for name in ("_tree", "_precisions", "_walls", "_fresh", "_crowd", "_moved", "_prior"):
        monkeypatch.setattr(gpu, name, none)

    def fails(device, name, *given):
        raise lc.BadScores(f"{name} gives no numbers")
        yield

    monkeypatch.setattr(gpu, "_precisions", fails)
    rows = list(gpu.figures("cpu", [lc.gallery_picture("chelsea")], 40))
    assert len(rows) == 2 + 4 + 5
    assert [row["what"] for row in rows if "failed" in row["what"]] == [
        f"fails (cpu, {name}, 40) failed" for name in gpu.NETWORKS
    ]
    assert "resnet50 gives no numbers" in rows[3]["found"]


@pytest.mark.parametrize("name", ["resnet101", "vit_b_16"])
def test_networks_of_random_weights_stay_within_f16_and_tell_photos_apart(name):
    network, seen = gpu._network(name)
    largest = []
    for module in network.modules():
        module.register_forward_hook(
            lambda module, given, made: largest.append(made.abs().max().item() if torch.is_tensor(made) else 0.0)
        )
    views = np.stack([seen.view(lc.gallery_picture(photo).pixels) for photo in ("chelsea", "coffee")])
    with torch.inference_mode():
        answers = network(torch.from_numpy(views).permute(0, 3, 1, 2).float() / 255.0 - 0.5)
    assert max(largest) < 1e4
    assert (answers[0] - answers[1]).abs().max() > 1e-3


def test_without_a_gpu_it_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.run() == [{"gpu": "none on this machine, nothing was measured"}]
