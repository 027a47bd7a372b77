"""Many pictures, one after another: what is there already is read, the rest is computed, and every picture gets a row.

A `Pool` computes: in this process (`InProcess`), in several (`batch_local`), or on several machines (`batch_ray`).
Whoever computes returns the bytes of a shard; they are written here, by one process alone.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lime_core.batch.job import Job
from lime_core.batch.result import PictureResult
from lime_core.batch.shards import Shards, shard_bytes
from lime_core.errors import DeviceLost, LimeError, ModelUnavailable
from lime_core.models.classifier import Classifier
from lime_core.models.facts import ModelFacts
from lime_core.pictures.picture import Picture
from lime_core.pictures.sources import Found

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


@dataclass(frozen=True, eq=False)
class Outcome:
    """A picture's row.

    index : its place among the pictures, from 0
    name, picture : its name and its digest, which is empty where it could not be read
    result : None where there is none, then `error` says why
    computed : whether there is a new result; False where it was on disk already, came twice, or could not be had
    """

    index: int
    name: str
    picture: str
    result: PictureResult | None
    error: str = ""
    computed: bool = False


def run_batch(
    job: Job,
    pictures: Iterable[Picture | Found],
    folder: str | Path,
    pool: Pool | Classifier,
    resume: bool = False,
) -> Iterator[Outcome]:
    """Do a job on many pictures; yields a row for each, as they finish, and keeps every result in `folder`.

    One picture at a time is read from `pictures`, and only as many are held as are computed at once.  Pictures with the
    same pixels are computed once.  What goes wrong with one picture is in its row.

    pool : a model computes in this process; the pool's model is the job's
    resume : take the results that are there already; damaged ones are computed anew.  A plain function is known by its
        name alone (`wrap_model(..., name=...)`): another function of the same name is taken for it, and one without a
        name finds results of its own only

    Raises
    ------
    ValueError
        when the pool has another model than the job.
    LimeError
        when there are results of this job already and `resume` is False; later, when nobody is left to compute.
    OSError
        when results cannot be written; those that were written are whole.
    """
    workers = InProcess(pool) if isinstance(pool, Classifier) else pool
    if workers.model != job.model:
        raise ValueError(f"the pool must have the job's model {job.model}, got {workers.model}")
    shards = Shards(folder, job)
    if not resume and len(shards):
        raise LimeError(f"{shards.folder} holds results of this job already: resume it, or choose another folder.")
    return _outcomes(job, pictures, shards, workers)


def _outcomes(job: Job, pictures: Iterable[Picture | Found], shards: Shards, workers: Pool) -> Iterator[Outcome]:
    shards.open()
    workers.start(job)
    waiting: dict[str, list[tuple[int, str]]] = {}
    failed: dict[str, str] = {}

    def finished() -> Iterator[Outcome]:
        done = workers.get()
        result = None
        if done.error:
            failed[done.picture] = done.error
        else:
            shards.write(done.picture, done.shard)
            result = shards.read(done.picture)
            if result is None:
                failed[done.picture] = f"The result could not be read back from {shards.folder}."
        rows = waiting.pop(done.picture)
        for position, (index, name) in enumerate(rows):
            new = position == 0 and result is not None
            yield Outcome(index, name, done.picture, result, failed.get(done.picture, ""), computed=new)

    for index, item in enumerate(pictures):
        found = item if isinstance(item, Found) else Found(item.name, item)
        picture, name = found.picture, found.name
        if picture is None:
            yield Outcome(index, name, "", None, found.error)
        elif picture.digest in waiting:
            waiting[picture.digest].append((index, name))
        elif picture.digest in failed:
            yield Outcome(index, name, picture.digest, None, failed[picture.digest])
        elif known := shards.read(picture.digest):
            yield Outcome(index, name, picture.digest, known)
        else:
            while len(waiting) >= workers.room:
                yield from finished()
            waiting[picture.digest] = [(index, name)]
            workers.put(picture)
    while waiting:
        yield from finished()


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
        return Done(picture.digest, shard_bytes(job, job.run(picture, model)))
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
