"""The benchmark of a GPU, on the processor with little of everything: its rows are whole, and what is equal is."""

import numpy as np
import pytest
import torch

import lime_core as lc
from tests.benchmarks import bare, gpu
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
    assert len(rows) == 2 + 5 + 1 + 2 + 2 + 2 + 2 * (3 + 1)
    assert not [what for what in rows if "failed" in what]
    assert all(found is not None and found == found for found in rows.values())
    assert rows["small, bf16, compiled"] == rows["lite0, the same compiled, s"] == "nothing is compiled"


def test_what_is_aimed_at_comes_before_what_takes_long(rows):
    assert next(place for place, what in enumerate(rows) if what.startswith("small")) == 2 + 5 + 1 + 2 + 2 + 2


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
    assert "resnet50 gives no numbers" in rows[2 + 5 + 1]["found"]


class Cuts:
    """Counts how often a picture is cut, and how often it is asked about while a clock runs."""

    def __init__(self):
        self.cut = self.timed = self.running = 0


def test_while_it_is_measured_how_fast_a_model_is_asked_nothing_is_cut(monkeypatch):
    counted, segment, median = Cuts(), lc.Quickshift.__call__, gpu._median

    def cutting(self, image):
        counted.cut += 1
        counted.timed += counted.running
        return segment(self, image)

    def measured(step):
        counted.running = 1
        found = median(step)
        counted.running = 0
        return found

    monkeypatch.setattr(lc.Quickshift, "__call__", cutting)
    monkeypatch.setattr(gpu, "_median", measured)
    monkeypatch.setattr(gpu, "REPEATS", 1)
    monkeypatch.setattr(gpu, "_network", lambda name: (Net().eval(), SEEN))
    assert list(gpu._precisions("cpu", "small", lc.gallery_picture("chelsea"), 40))
    assert counted.cut > 0
    assert counted.timed == 0


def test_a_network_that_is_compiled_stands_beside_one_that_is_whole_in_its_digits(monkeypatch):
    asked = []

    def compiled(network, dynamic):
        def forward(batch):
            kinds = {parameter.dtype for parameter in network.parameters()} | {batch.dtype}
            asked.append((kinds, torch.is_autocast_enabled("cpu")))
            return batch

        return forward

    monkeypatch.setattr(torch, "compile", compiled)
    for precision in ("f32", "f16"):
        network = Net().eval()
        bare.alone(network, SEEN, "cpu", precision, 2, compiled=True)()
        assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    assert asked == [({torch.float32}, False)] * bare.BATCHES + [({torch.float16}, False)] * bare.BATCHES


class Compiling:
    """An engine that says nothing, then that it compiles or tries, and then what became of it."""

    description, batch_size, _compiling = "compiling", 8, object()

    def __init__(self, states):
        self.states, self.state = [*states], ""

    def scorer(self, image, hidden, labels):
        self.state = self.states.pop(0) if self.states else self.state
        return lambda masks: masks[:, :2]


@pytest.mark.parametrize("end", ["compiled", "not compiled: it is no faster", "compiling"])
def test_compiling_is_waited_for_however_long_nothing_is_said(monkeypatch, end):
    monkeypatch.setattr(bare, "SECONDS", 0.0)
    monkeypatch.setattr(bare, "WAITS", 40)
    engine = Compiling([""] * 20 + ["compiling", "trying", end])
    model = lc.Classifier("small", (), "values", SEEN, engine)
    assert bare.compiling(model, lc.gallery_picture("chelsea")) == end


def test_visitors_are_timed_with_a_model_that_nothing_is_compiled_beside(monkeypatch):
    asked = []

    def load(name, device, **how):
        asked.append(how)
        raise lc.BadScores("That is enough.")

    monkeypatch.setattr(lc, "load_model", load)
    with pytest.raises(lc.BadScores):
        next(gpu._crowd("cpu", [lc.gallery_picture("chelsea")], 40))
    assert asked == [{"engine": "torch"}]


def test_where_nothing_was_compiled_it_is_said_why(monkeypatch):
    monkeypatch.setattr(gpu, "REPEATS", 1)
    monkeypatch.setattr(gpu, "_network", lambda name: (Net().eval(), SEEN))
    monkeypatch.setattr(gpu, "compiling", lambda model, picture: "not compiled: OSError")
    rows = list(gpu._precisions("cpu", "small", lc.gallery_picture("chelsea"), 40))
    assert [row["found"] for row in rows if row["what"].endswith(", compiled")] == ["not compiled: OSError"] * 2


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
