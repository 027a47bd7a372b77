"""Many pictures, one after another: what is there already is read, the rest is computed, and every picture gets a row.

Whoever computes, a `Pool` or this process, returns the bytes of a shard; they are written here, by one process alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np

from lime_core.arguments import is_a, path_of, shown, switch
from lime_core.batch.job import Job
from lime_core.batch.pool import Done, Pool, compute
from lime_core.batch.result import Outcome
from lime_core.batch.shards import Shards
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.errors import LimeError
from lime_core.models.classifier import Classifier
from lime_core.models.estimators import predict_of
from lime_core.models.facts import ModelFacts
from lime_core.pictures.picture import Picture
from lime_core.pictures.sources import Found


class InProcess:
    """The pool that computes in this process, one picture at a time, when it is asked for a result.

    Parameters
    ----------
    model : Classifier
        That of the job.
    """

    room = 1

    def __init__(self, model: Classifier) -> None:
        self.model = ModelFacts.of(model)
        self._model = model.in_fixed_batches()
        self._inside: deque[Picture] = deque()
        self._job: Job | None = None

    def start(self, job: Job) -> None:
        """Begin a run; pictures of an earlier one are forgotten.

        Parameters
        ----------
        job : Job
            What is done with every picture of the run.
        """
        self._job = job
        self._inside.clear()

    def put(self, picture: Picture) -> None:
        """Hand in a picture.

        Parameters
        ----------
        picture : Picture
            It is computed when `get` is called.
        """
        self._inside.append(picture)

    def get(self) -> Done:
        """Compute the picture that was handed in first.

        Returns
        -------
        Done
            As `compute` gives it.

        Raises
        ------
        DeviceLost
            As `compute` does.
        """
        assert self._job is not None
        return compute(self._job, self._inside.popleft(), self._model)

    def close(self) -> None:
        """Forget the pictures inside."""
        self._inside.clear()


def run_batch(
    job: Job,
    pictures: Iterable[Picture | Found],
    folder: str | Path,
    pool: Pool | ModelLike,
    resume: bool = False,
) -> Iterator[Outcome]:
    """Do a job on many pictures, row by row, and keep every result in a folder.

    One picture at a time is read from `pictures`, and only as many are held as are computed at once.  Pictures with the
    same pixels are computed once.  What goes wrong with one picture is in its row.

    Parameters
    ----------
    job : Job
        What is done with every picture.
    pictures : iterable of Picture or Found
        Those that were found without a picture get a row that says why.
    folder : str or Path
        Where results are kept, in a folder of the job's own that is made if missing.
    pool : Pool or Classifier, or what `load_model` takes
        Who computes; a model computes in this process.  The pool's model is the job's.
    resume : bool, default False
        Take the results that are there already; damaged ones are computed anew.  A plain function is known by its
        name alone (`wrap_model(..., name=...)`): another function of the same name is taken for it, and one without a
        name finds results of its own only.

    Returns
    -------
    iterator of Outcome
        A row for each picture, as they finish.

    Raises
    ------
    ValueError, TypeError
        When the pool has another model than the job, or an argument has another type.
    LimeError
        When there are results of this job already and `resume` is False; later, when nobody is left to compute,
        or the GPU of this process has failed (DeviceLost).
    OSError
        When results cannot be written; those that were written are whole.
    """
    is_a("job", job, Job, "a Job, as Job.of makes it")
    given: object = pictures
    if isinstance(given, str | bytes) or not np.iterable(given):
        raise TypeError(f"pictures must be an iterable of Picture or Found, as from_paths gives, got {shown(pictures)}")
    takes_pictures = all(hasattr(pool, method) for method in ("start", "put", "get", "close"))
    known = takes_pictures or isinstance(pool, str | Classifier)
    pool = pool if known else predict_of(pool, "pool")
    workers: Pool = pool if takes_pictures else InProcess(load_model(pool))  # type: ignore[assignment]
    if workers.model != job.model:
        other = [
            field.name
            for field in fields(ModelFacts)
            if getattr(workers.model, field.name) != getattr(job.model, field.name)
        ]
        raise ValueError(
            f"the pool must have the job's model, {shown(job.model.name)}, got {shown(workers.model.name)}, of which "
            f"there differ: {', '.join(other)}"
        )
    switch("resume", resume)
    shards = Shards(path_of("folder", folder), job.digest, job.record, job.view)
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
            result = shards.read_back(done.picture)
            if result is None:
                failed[done.picture] = f"The result could not be read back from {shards.folder}."
            else:
                shards.draw(waiting[done.picture][0][1], result, done.maps)
        rows = waiting.pop(done.picture)
        for position, (index, name) in enumerate(rows):
            new = position == 0 and result is not None
            yield Outcome(index, name, done.picture, result, failed.get(done.picture, ""), computed=new)

    for index, item in enumerate(pictures):
        is_a("pictures", item, (Picture, Found), "of Picture or Found, as from_paths gives")
        source = item if isinstance(item, Found) else Found(item.name, item)
        picture, name = source.picture, source.name
        if picture is None:
            yield Outcome(index, name, "", None, source.error)
        elif picture.digest in waiting:
            waiting[picture.digest].append((index, name))
        elif picture.digest in failed:
            yield Outcome(index, name, picture.digest, None, failed[picture.digest])
        elif result := shards.read(picture.digest):
            yield Outcome(index, name, picture.digest, result)
        else:
            while len(waiting) >= workers.room:
                yield from finished()
            waiting[picture.digest] = [(index, name)]
            workers.put(picture)
    while waiting:
        yield from finished()
