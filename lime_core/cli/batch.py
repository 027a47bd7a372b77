"""The command `batch`, and the way through many pictures that it shares with `prior build`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
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
from lime_core.catalog.loading import load_model, model_file
from lime_core.console.options import num_samples_of, options_of, preset_of, view_of
from lime_core.console.terminal import PictureProgress, UsageError, check_writable, say, unwritten
from lime_core.drawing.view import View
from lime_core.errors import LimeError, ModelUnavailable
from lime_core.files.patterns import is_pattern, matching, would_match
from lime_core.models.facts import ModelFacts
from lime_core.pictures.gallery import crop
from lime_core.pictures.sources import Found, count_pictures, from_paths


def batch(arguments: Namespace) -> None:
    """Explain many pictures, measure each explanation, and write shards and a summary."""
    check_folder(arguments, arguments.out, "--out")
    if not arguments.maps and (arguments.view or arguments.num_features or arguments.show or arguments.numbers):
        raise UsageError("--view, --num-features, --show and --numbers say how maps are drawn; add --maps")
    with closing(pool_of(arguments)) as pool:
        job = job_of(arguments, pool.model)
        if arguments.maps:
            job = replace(job, view=view_of(arguments))
        with interruptible(job, arguments.out):
            rows = [Row.of(outcome) for outcome in outcomes(arguments, job, pool, arguments.out, "--out")]
            pool.close()
            report(job, rows, arguments.out)
    check_whole(rows)


def check_folder(arguments: Namespace, folder: Path, flag: str) -> None:
    """Raise UsageError when the folder of results cannot be one, or lies where pictures are read."""
    check_writable(folder, flag)
    check_apart(arguments, folder, flag)


def check_apart(arguments: Namespace, written: Path, flag: str) -> None:
    """Raise UsageError when what is written, which `flag` names, would be read as a picture the next time.

    A pattern that matches nothing is an error too.
    """
    place = written.resolve()
    inside = f"{flag} {written} is inside {{}}, whose files are read as pictures; give another one"
    maps = Shards(place, "0" * 16, {}, View()).maps or place
    read_next = (place, *place.parents, maps.parent, maps, maps / "picture.png")
    matched: list[str] = []
    for pattern in filter(is_pattern, arguments.photos):
        found = matching(pattern)
        if not found:
            raise UsageError(f"no file matches the pattern {pattern!r}; check its folder")
        matched += found
        if any(would_match(pattern, path) for path in read_next):
            raise UsageError(inside.format(f"what {pattern!r} stands for"))
    for folder in filter(os.path.isdir, [*arguments.photos, *matched]):
        if place.is_relative_to(Path(folder).resolve()):
            raise UsageError(inside.format(folder))


@contextmanager
def interruptible(job: Job, folder: Path) -> Iterator[None]:
    """Give a KeyboardInterrupt in here a text that says what stays and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        state = f"{len(Shards(folder, job.digest, job.record))} finished pictures stay in {folder}"
        raise KeyboardInterrupt(f"stopped; {state}, and the same command with --resume goes on") from None


def pool_of(arguments: Namespace) -> Pool:
    """Start who computes; raise UsageError for a model, device or number of workers that cannot be."""
    if arguments.address and arguments.engine != "ray":
        raise UsageError("--address is that of a Ray cluster; add --engine ray")
    try:
        # Elsewhere a relative path would lead elsewhere, and LIME_MODELS may not be set.
        described_as = model_file(arguments.model)
        model = str(described_as.path) if described_as else arguments.model
        load = partial(load_model, model, arguments.device, arguments.precision)
        if arguments.engine == "ray":
            gpu = None if arguments.device == "auto" else arguments.device.startswith("cuda")
            return RayPool(load, arguments.workers or 0, gpu=gpu, address=arguments.address)
        if (arguments.workers or 1) == 1:
            return InProcess(load())
        return LocalPool(load, arguments.workers, gpus=arguments.device in ("auto", "cuda"))
    except (ModelUnavailable, ValueError) as error:
        raise UsageError(str(error)) from error


def job_of(arguments: Namespace, model: ModelFacts) -> Job:
    """Make the job of these arguments; raise UsageError for options that cannot be."""
    options = options_of(arguments)
    if preset_of(arguments).needs_prior:
        raise UsageError(
            f"--preset {arguments.preset} is a fit with a prior, which many pictures are explained without"
        )
    try:
        return Job.of(
            model,
            **options,
            space=arguments.space,
            num_samples=num_samples_of(arguments, options["segmenter"]),
            classes=arguments.classes,
            faithfulness=arguments.faithfulness,
            seed=arguments.seed,
        )
    except ValueError as error:
        raise UsageError(f"--{error}") from error


def outcomes(arguments: Namespace, job: Job, pool: Pool, folder: Path, flag: str) -> Iterator[Outcome]:
    """Yield the rows of all pictures as they finish, with a bar on stderr; `flag` is that of the folder.

    Raises
    ------
    UsageError
        When there are results already and --resume is not given, or there is no picture.
    LimeError
        When results cannot be written, or nobody is left to compute them.
    """
    shards = Shards(folder, job.digest, job.record)
    if not arguments.resume and (count := len(shards)):
        raise UsageError(f"{folder} holds {count} results of this job; add --resume to go on, or give another {flag}")
    progress = PictureProgress(sys.stderr, _total(arguments), arguments.crops)
    try:
        for outcome in run_batch(job, _pictures(arguments), folder, pool, arguments.resume):
            yield outcome
            progress(outcome)
    except OSError as error:
        advice = f"{len(shards)} finished pictures are there; make room and go on with --resume"
        raise LimeError(f"{unwritten(folder, error)} {advice}.") from error
    if not progress.done:
        raise UsageError("there are no pictures in " + ", ".join(arguments.photos))


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


def check_whole(rows: list[Row]) -> None:
    """Raise LimeError when pictures failed, once what the others gave has been written."""
    if failed := sum(bool(row.error) for row in rows):
        raise LimeError(f"{failed} of {len(rows)} pictures could not be explained; --resume tries them once more.")


def _pictures(arguments: Namespace) -> Iterator[Found]:
    for source in islice(from_paths(arguments.photos), arguments.limit):
        yield source
        if source.picture:
            for number in range(1, arguments.crops + 1):
                part = crop(source.picture, number)
                yield Found(f"{source.name} {part.name.removeprefix(source.picture.name).strip()}", part)


def _total(arguments: Namespace) -> int:
    count = count_pictures(arguments.photos)
    return min(count, arguments.limit or count) * (1 + arguments.crops)
