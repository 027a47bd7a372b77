"""The command `batch`, and the way through many pictures that it shares with `prior build`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from lime_core.batch import table
from lime_core.batch.job import Job
from lime_core.batch.local_pool import LocalPool
from lime_core.batch.pool import Pool
from lime_core.batch.ray_pool import RayPool
from lime_core.batch.result import Outcome
from lime_core.batch.run import InProcess, run_batch
from lime_core.batch.shards import Shards
from lime_core.batch.table import Row
from lime_core.cli.options import chosen
from lime_core.cli.terminal import PictureProgress, UsageError, say, unwritten
from lime_core.errors import LimeError, ModelUnavailable
from lime_core.models.facts import ModelFacts
from lime_core.models.zoo import load_model
from lime_core.pictures.crops import crop
from lime_core.pictures.sources import Found, count_pictures, from_paths


def batch(asked: Namespace) -> None:
    """Explain many pictures, measure each explanation, and write shards and a summary."""
    check_folder(asked, asked.out, "--out")
    with closing(pool_of(asked)) as pool:
        job = job_of(asked, pool.model)
        with interruptible(job, asked.out):
            rows = [Row.of(outcome) for outcome in outcomes(asked, job, pool, asked.out, "--out")]
            pool.close()
            report(job, rows, asked.out)


def check_folder(asked: Namespace, folder: Path, flag: str) -> None:
    """Raise UsageError when the folder of results cannot be one, or lies where pictures are read."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{flag} {folder} is no folder")
    check_apart(asked, folder, flag)


def check_apart(asked: Namespace, written: Path, flag: str) -> None:
    """Raise UsageError when what is written would be read as a picture the next time.

    flag : names it on the command line
    """
    place = written.resolve()
    for folder in filter(os.path.isdir, asked.photos):
        if place.is_relative_to(Path(folder).resolve()):
            raise UsageError(f"{flag} {written} is inside {folder}, whose files are read as pictures; give another one")


@contextmanager
def interruptible(job: Job, folder: Path) -> Iterator[None]:
    """A KeyboardInterrupt in here gets a text that says what stays and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        kept = f"{len(Shards(folder, job.digest, job.record))} finished pictures stay in {folder}"
        raise KeyboardInterrupt(f"stopped; {kept}, and the same command with --resume goes on") from None


def pool_of(asked: Namespace) -> Pool:
    """Who computes.  Raises UsageError for a model, device or number of workers that cannot be."""
    if asked.address and asked.engine != "ray":
        raise UsageError("--address is that of a Ray cluster; add --engine ray")
    load = partial(load_model, asked.model, asked.device, asked.precision)
    try:
        if asked.engine == "ray":
            gpu = None if asked.device == "auto" else asked.device.startswith("cuda")
            return RayPool(load, asked.workers or 0, gpu=gpu, address=asked.address)
        if (asked.workers or 1) == 1:
            return InProcess(load())
        return LocalPool(load, asked.workers, gpus=asked.device in ("auto", "cuda"))
    except (ModelUnavailable, ValueError) as error:
        raise UsageError(str(error)) from error


def job_of(asked: Namespace, model: ModelFacts) -> Job:
    """The job of these arguments.  Raises UsageError for options that cannot be."""
    options = chosen(asked)
    try:
        return Job.of(
            model,
            **options,
            space=asked.space,
            num_samples=asked.num_samples,
            classes=asked.classes,
            faithfulness=asked.faithfulness,
            seed=asked.seed,
        )
    except ValueError as error:
        raise UsageError(f"--{error}") from error


def outcomes(asked: Namespace, job: Job, pool: Pool, folder: Path, flag: str) -> Iterator[Outcome]:
    """The rows of all pictures, as they finish, with a bar on stderr.

    flag : names the folder on the command line

    Raises
    ------
    UsageError
        When there are results already and --resume is not given, or there is no picture.
    LimeError
        When results cannot be written, or nobody is left to compute them.
    """
    shards = Shards(folder, job.digest, job.record)
    if not asked.resume and (there := len(shards)):
        raise UsageError(f"{folder} holds {there} results of this job; add --resume to go on, or give another {flag}")
    progress = PictureProgress(sys.stderr, _total(asked), asked.crops)
    try:
        for outcome in run_batch(job, _pictures(asked), folder, pool, asked.resume):
            yield outcome
            progress(outcome)
    except OSError as error:
        kept = f"{len(shards)} finished pictures are there; make room and go on with --resume"
        raise LimeError(f"{unwritten(folder, error)} {kept}.") from error
    if not progress.done:
        raise UsageError("there are no pictures in " + ", ".join(asked.photos))


def report(job: Job, rows: list[Row], folder: Path) -> None:
    """Write the summary and say what it says.

    Raises LimeError when it cannot be written, or every picture failed; the summary of an earlier run then stays.
    """
    rows.sort(key=lambda row: row.index)
    if all(row.error for row in rows):
        raise LimeError(f"No picture could be explained. {rows[0].name}: {rows[0].error}")
    shards = Shards(folder, job.digest, job.record)
    try:
        table.save(job, rows, shards.folder)
    except OSError as error:
        raise unwritten(shards.folder, error) from error
    for line in table.table(rows):
        say(line)
    say(f"files in {shards.folder.resolve()}")


def _pictures(asked: Namespace) -> Iterator[Found]:
    for found in islice(from_paths(asked.photos), asked.limit):
        yield found
        if found.picture:
            for number in range(1, asked.crops + 1):
                part = crop(found.picture, number)
                yield Found(f"{found.name} {part.name.removeprefix(found.picture.name).strip()}", part)


def _total(asked: Namespace) -> int:
    found = count_pictures(asked.photos)
    return min(found, asked.limit or found) * (1 + asked.crops)
