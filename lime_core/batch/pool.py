"""Pools compute pictures: in this process, in several (`local_pool`), or on several machines (`ray_pool`)."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from threadpoolctl import threadpool_limits

from lime_core.batch.job import Job
from lime_core.batch.shards import shard_bytes
from lime_core.engines.openvino_graph import HINTS
from lime_core.errors import DeviceLost, LimeError, ModelUnavailable
from lime_core.models.classifier import Classifier
from lime_core.models.facts import ModelFacts
from lime_core.pictures.picture import Picture

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """A picture that a pool has finished: the bytes of its shard, or a sentence that says why there are none."""

    picture: str
    shard: bytes = b""
    error: str = ""


class Pool(Protocol):
    """Computes pictures, some at the same time.

    room : how many pictures may be inside at once
    """

    room: int

    @property
    def model(self) -> ModelFacts:
        """The facts of the model that everyone in the pool has."""
        ...

    def start(self, job: Job) -> None:
        """To be called before the first picture of a run; pictures of an earlier one are forgotten."""
        ...

    def put(self, picture: Picture) -> None: ...

    def get(self) -> Done:
        """Wait for one of the pictures inside.  Raises LimeError when nobody is left to compute it."""
        ...

    def close(self) -> None:
        """Stop at once, whatever is inside."""
        ...


def loaded(load: Callable[[], Classifier]) -> Classifier | ModelUnavailable:
    """The model, or what whoever started this process raises because there is none."""
    try:
        return load()
    except (LimeError, ValueError) as error:
        return ModelUnavailable(str(error))
    except Exception as error:  # of a loader that is anybody's: it would fail in the next process as well
        return ModelUnavailable(f"The model could not be loaded: {type(error).__name__}: {error}")


def compute(job: Job, picture: Picture, model: Classifier) -> Done:
    """One picture, whatever goes wrong with it.

    Raises DeviceLost when the process can compute nothing any more.
    """
    try:
        return Done(picture.digest, shard_bytes(job.digest, job.run(picture, model)))
    except LimeError as error:
        return Done(picture.digest, error=str(error))
    except MemoryError:
        return Done(picture.digest, error="There is not enough memory for this picture.")
    except Exception as error:  # of a model that is anybody's: one picture must not end a run over thousands
        if "CUDA error" in str(error):
            raise DeviceLost(
                f"The GPU has failed ({str(error).splitlines()[0]}), and this process cannot use it any more."
            ) from error
        log.info("%s cannot be explained", picture.name, exc_info=True)
        return Done(picture.digest, error=f"{type(error).__name__}: {error}")


class InProcess:
    """The pool that computes in this process, one picture at a time, when it is asked for a result."""

    room = 1

    def __init__(self, model: Classifier) -> None:
        self.model = ModelFacts.of(model)
        self._model = model.in_fixed_batches()
        self._inside: deque[Picture] = deque()
        self._job: Job | None = None

    def start(self, job: Job) -> None:
        self._job = job
        self._inside.clear()

    def put(self, picture: Picture) -> None:
        self._inside.append(picture)

    def get(self) -> Done:
        assert self._job is not None
        return compute(self._job, self._inside.popleft(), self._model)

    def close(self) -> None:
        self._inside.clear()


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
