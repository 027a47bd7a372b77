"""What one of several processes on a machine may take of it: threads, and a GPU of its own."""

from __future__ import annotations

import os

import torch
from threadpoolctl import threadpool_limits

from lime_core.engines.openvino_graph import HINTS


def cores() -> int:
    """The processor's cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(count: int) -> None:
    """From now on, models that are loaded, linear algebra and clustering take so many threads in this process."""
    torch.set_num_threads(count)
    threadpool_limits(count)
    HINTS["INFERENCE_NUM_THREADS"] = count


def use_gpu(number: int) -> None:
    """Show this process one GPU only, the same for the same number, where there are several.

    To be called before anything was done on a GPU.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else [str(index) for index in range(torch.cuda.device_count())]
    if len(names) > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = names[number % len(names)]
