"""Which devices there are; and a GPU that has failed is told once, and not taken again."""

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.devices import device as module
from lime_core.devices.density_tree import fitting_device
from lime_core.devices.device import cuda_works, device_of, outlive_a_lost_gpu, watched
from lime_core.devices.torch_engine import TorchEngine

CUDA = torch.device("cuda")


@pytest.fixture
def gpu(monkeypatch):
    """A GPU that is there as far as torch says, and answers as long as the list is empty."""
    failures = []

    def ones(*shape, device):
        if failures:
            raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
        return torch.zeros(1) + 1

    monkeypatch.setattr(module, "_lost", [])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "ones", ones)
    return failures


def fail(message="CUDA error: an illegal memory access was encountered\nCompile with `TORCH_USE_CUDA_DSA`"):
    raise RuntimeError(message)


def test_a_gpu_that_has_failed_is_said_in_one_sentence_and_models_go_on_on_the_processor(gpu, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    assert device_of("auto") == fitting_device() == "cuda"
    gpu.append("broken")
    said = r"^The GPU has failed \(CUDA error: an illegal memory access was encountered\), and this process cannot"
    with pytest.raises(lc.DeviceLost, match=said), watched(CUDA):
        fail()
    assert not cuda_works()
    assert device_of("auto") == "cpu"
    assert fitting_device() is None
    with pytest.raises(ValueError, match="device 'cuda' has failed in this process"):
        device_of("cuda")


@pytest.mark.parametrize(
    ("device", "message"),
    [
        (CUDA, "CUDA out of memory. Tried to allocate 9 GiB."),
        (torch.device("cpu"), "CUDA error"),
    ],
)
def test_other_errors_pass_as_they_are(gpu, device, message):
    gpu.append("broken")
    with pytest.raises(RuntimeError, match=message[:9]), watched(device):
        fail(message)
    assert cuda_works()


@pytest.mark.parametrize("message", ["cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", "run_func_(…) API call failed"])
def test_whatever_it_says_a_gpu_that_answers_no_more_has_failed(gpu, message):
    gpu.append("broken")
    with pytest.raises(lc.DeviceLost), watched(CUDA):
        fail(message)


def test_a_gpu_without_memory_has_not_failed(gpu, monkeypatch):
    def ones(*shape, device):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 MiB.")

    monkeypatch.setattr(torch, "ones", ones)
    with pytest.raises(RuntimeError, match="illegal"), watched(CUDA):
        fail()
    assert cuda_works()


def test_a_call_that_failed_on_a_gpu_that_still_answers_is_its_own_error(gpu):
    with pytest.raises(RuntimeError, match="illegal"), watched(CUDA):
        fail()
    assert cuda_works()


def test_an_engine_says_that_its_gpu_has_failed(gpu, small, scene, monkeypatch):
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32")
    engine.device = CUDA  # as far as it is watched; what runs, fails
    monkeypatch.setattr(engine, "_module", lambda batch: fail())
    gpu.append("broken")
    with pytest.raises(lc.DeviceLost):
        engine.score(np.zeros((1, 16, 16, 3), dtype=np.uint8))


def test_a_lost_gpu_does_not_end_the_process(monkeypatch):
    set_to, own = [], "pinned_free_catch_all:True"
    monkeypatch.setattr(torch._C, "_accelerator_setAllocatorSettings", set_to.append, raising=False)
    for known, expected in (("", own), ("expandable_segments:True", f"expandable_segments:True,{own}")):
        monkeypatch.setattr(torch._C, "_accelerator_getAllocatorSettings", lambda known=known: known, raising=False)
        outlive_a_lost_gpu.__wrapped__()
        assert set_to.pop() == expected


def test_a_torch_that_cannot_be_told_so_is_left_as_it_is(monkeypatch):
    def unknown(settings):
        raise ValueError("Unrecognized key 'pinned_free_catch_all' in Accelerator allocator config.")

    monkeypatch.setattr(torch._C, "_accelerator_setAllocatorSettings", unknown, raising=False)
    outlive_a_lost_gpu.__wrapped__()
