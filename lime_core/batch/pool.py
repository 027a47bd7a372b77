"""Pools compute pictures: what one is, and what the processes of one do.

`run` has the pool of this process, `local_pool` that of several, and `ray_pool` that of several machines.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
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
    """A picture that a pool has finished.

    Parameters
    ----------
    picture : str
        Its digest.
    shard : bytes
        Its shard, as `shard_bytes` gives it; empty where there is none.
    error : str
        A sentence that says why there is none; empty where there is one.
    maps : tuple of bytes, default ()
        PNG files of its maps, as of `PictureResult`.
    """

    picture: str
    shard: bytes = b""
    error: str = ""
    maps: tuple[bytes, ...] = ()


class Pool(Protocol):
    """Computes pictures, some at the same time.

    Attributes
    ----------
    room : int
        How many pictures may be inside at once.
    """

    room: int

    @property
    def model(self) -> ModelFacts:
        """The facts of the model that everyone in the pool has."""
        ...

    def start(self, job: Job) -> None:
        """Begin a run, before its first picture; pictures of an earlier one are forgotten.

        Parameters
        ----------
        job : Job
            What is done with every picture of the run.
        """
        ...

    def put(self, picture: Picture) -> None:
        """Hand in a picture, where fewer than `room` are inside.

        Parameters
        ----------
        picture : Picture
            It is computed with the job of the run.
        """
        ...

    def get(self) -> Done:
        """Wait for one of the pictures inside.

        Returns
        -------
        Done
            The next one that is finished.

        Raises
        ------
        LimeError
            When nobody is left to compute one.
        """
        ...

    def close(self) -> None:
        """Stop at once, whatever is inside."""
        ...


def loaded(load: Callable[[], Classifier]) -> Classifier | ModelUnavailable:
    """Load the model, or say what whoever started this process raises because there is none.

    Parameters
    ----------
    load : callable
        Loads the model.

    Returns
    -------
    Classifier or ModelUnavailable
        The model, or why there is none.
    """
    try:
        return load()
    except (LimeError, ValueError) as error:
        return ModelUnavailable(str(error))
    except Exception as error:  # of a loader that is anybody's: it would fail in the next process as well
        return ModelUnavailable(f"The model could not be loaded: {type(error).__name__}: {error}")


def compute(job: Job, picture: Picture, model: Classifier) -> Done:
    """Do a job on one picture, whatever goes wrong with it.

    Parameters
    ----------
    job, picture, model : Job, Picture, Classifier
        The job, the picture, and the job's model.

    Returns
    -------
    Done
        The shard, or what went wrong.

    Raises
    ------
    DeviceLost
        When the process can compute nothing any more.
    """
    try:
        result = job.run(picture, model)
        return Done(picture.digest, shard_bytes(job.digest, result), maps=result.maps)
    except DeviceLost:
        raise
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


def cores() -> int:
    """Count the processor's cores that this process may use.

    Returns
    -------
    int
        At least 1.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_threads(count: int) -> None:
    """Have models that are loaded from now on, linear algebra and clustering take so many threads in this process.

    Parameters
    ----------
    count : int
        How many; at least 1.
    """
    torch.set_num_threads(count)
    threadpool_limits(count)
    HINTS["INFERENCE_NUM_THREADS"] = count


def use_gpu(number: int) -> None:
    """Show this process one GPU only, the same for the same number, where there are several.

    To be called before anything was done on a GPU.

    Parameters
    ----------
    number : int
        Of the process; numbers beyond the GPUs begin anew.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else [str(index) for index in range(torch.cuda.device_count())]
    if len(names) > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = names[number % len(names)]


def work(pipe: Connection, load: Callable[[], Classifier], threads: int, gpu: int | None) -> None:
    """Do what a process does: say what its model is, hear the job, and explain pictures until nobody listens.

    Parameters
    ----------
    pipe : Connection
        Gives a `Job`, and after it a `Picture` for each `Done` that it takes; first it takes a `ModelFacts`, or the
        `ModelUnavailable` that ends the process.
    load, threads, gpu : callable, int, int or None
        As in `loaded`, `use_threads` and `use_gpu`; None leaves the GPUs as they are.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_threads(threads)
    if gpu is not None:
        use_gpu(gpu)
    model = loaded(load)
    with suppress(EOFError, OSError):  # the run has ended
        if isinstance(model, ModelUnavailable):
            pipe.send(model)
            return
        pipe.send(ModelFacts.of(model))
        _answer(pipe, model)


def _answer(pipe: Connection, model: Classifier) -> None:
    job: Job | None = None
    while True:
        contents = pipe.recv_bytes()
        try:
            message = pickle.loads(contents)
        except Exception as error:  # an option of a module that is not here: the next process would not know it either
            pipe.send(LimeError(f"The job could not be read in another process: {type(error).__name__}: {error}"))
            return
        if isinstance(message, Job):
            job = message
            continue
        assert job is not None
        try:
            done = compute(job, message, model)
        except DeviceLost:
            os._exit(1)  # a new process gets the GPU to work again
        pipe.send(done)
