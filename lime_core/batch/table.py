"""What many pictures came to: a table, a CSV file with a line for each explained class, and the means as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from lime_core.batch.job import Job
from lime_core.batch.result import ClassFigures, Outcome
from lime_core.files.records import harmless, plain
from lime_core.files.writing import write_files
from lime_core.reports.numbers import number

FIGURES = {"r2": "R²", "deletion": "deletion", "insertion": "insertion", "seconds": "seconds"}
"""What is averaged, and its name in the table."""

_SHOWN_ERRORS = 10


@dataclass(frozen=True)
class Row:
    """An outcome without its arrays, so that many of them take no memory.

    Parameters
    ----------
    index, name, picture : int, str, str
        As in `Outcome`.
    figures, superpixels, num_samples, seconds : tuple of ClassFigures, int, int, float
        As in `PictureResult`; empty, 0 and NaN where there is none.
    error, computed : str, bool
        As in `Outcome`.
    """

    index: int
    name: str
    picture: str
    figures: tuple[ClassFigures, ...]
    superpixels: int
    num_samples: int
    seconds: float
    error: str
    computed: bool

    @staticmethod
    def of(outcome: Outcome) -> Row:
        """Take the figures of an outcome.

        Parameters
        ----------
        outcome : Outcome
            That of one picture.

        Returns
        -------
        Row
            Its row.
        """
        start, end = (outcome.index, outcome.name, outcome.picture), (outcome.error, outcome.computed)
        result = outcome.result
        if result is None:
            return Row(*start, (), 0, 0, math.nan, *end)
        return Row(*start, result.figures, result.superpixels, result.num_samples, result.seconds, *end)

    def mean(self, figure: str) -> float:
        """Average a figure over the explained classes.

        Parameters
        ----------
        figure : str
            "seconds", or the name of a number in `ClassFigures`.

        Returns
        -------
        float
            The mean, NaN where it is not known for any; the seconds as they are.
        """
        if figure == "seconds":
            return self.seconds
        values = [value for value in (getattr(each, figure) for each in self.figures) if math.isfinite(value)]
        return float(np.mean(values)) if values else math.nan


@dataclass(frozen=True)
class Mean:
    """A mean over pictures.

    Parameters
    ----------
    value, standard_error : float
        The mean and its standard error, NaN for fewer than 1 and 2 pictures.
    pictures : int
        How many pictures have the figure.
    """

    value: float
    standard_error: float
    pictures: int

    @staticmethod
    def of(rows: Sequence[Row], figure: str) -> Mean:
        """Average a figure over the pictures that have it; one that came twice counts once.

        Parameters
        ----------
        rows : sequence of Row
            One for each picture; those with an error are left out.
        figure : str
            As in `Row.mean`.

        Returns
        -------
        Mean
            Over the pictures.
        """
        each = {row.picture: row.mean(figure) for row in rows if not row.error}
        values = np.array([value for value in each.values() if math.isfinite(value)])
        n = len(values)
        error = float(values.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan
        return Mean(float(values.mean()) if n else math.nan, error, n)


def table(rows: Sequence[Row]) -> list[str]:
    """Put means with standard errors into lines of text, and after them what failed.

    Parameters
    ----------
    rows : sequence of Row
        One for each picture.

    Returns
    -------
    list of str
        The lines, without ends of lines.
    """
    lines = [f"{'':<10}{'mean':>10}{'std. error':>13}{'pictures':>10}"]
    for figure, title in FIGURES.items():
        mean = Mean.of(rows, figure)
        if mean.pictures:
            lines.append(f"{title:<10}{number(mean.value):>10}{number(mean.standard_error):>13}{mean.pictures:>10}")
    failed = [row for row in rows if row.error]
    counts = f"{len(rows)} pictures, {sum(row.computed for row in rows)} computed now, {len(failed)} failed"
    more = [f"  and {len(failed) - _SHOWN_ERRORS} more"] if len(failed) > _SHOWN_ERRORS else []
    return [*lines, counts, *(f"  {row.name}: {row.error}" for row in failed[:_SHOWN_ERRORS]), *more]


def save(job: Job, rows: Sequence[Row], folder: Path) -> None:
    """Write `pictures.csv` and `summary.json`, whole or not at all.

    Parameters
    ----------
    job : Job
        What was done with every picture.
    rows : sequence of Row
        One for each picture.
    folder : Path
        Where to write, made if missing.

    Raises
    ------
    OSError
        When they cannot be written.
    """
    contents = {"pictures.csv": _csv(rows).encode(), "summary.json": _json(job, rows).encode()}
    write_files(folder, {name: [content] for name, content in contents.items()})


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\n")
    names = [f.name for f in fields(ClassFigures)]
    written.writerow(["index", "name", "picture", *names, "superpixels", "num_samples", "seconds", "error"])
    for row in rows:
        ends = [row.superpixels or None, row.num_samples or None, plain(row.seconds), row.error]
        figures = [[plain(getattr(each, name)) for name in names] for each in row.figures]
        lines = [[harmless(cell) if isinstance(cell, str) else cell for cell in line] for line in figures]
        lines = lines or [[None] * len(names)]
        for line in lines:
            written.writerow([row.index, harmless(row.name), row.picture, *line, *ends])
    return text.getvalue()


def _json(job: Job, rows: Sequence[Row]) -> str:
    means = {figure: Mean.of(rows, figure) for figure in FIGURES}
    written: dict[str, Any] = {
        "job": {"digest": job.digest, **job.record},
        "pictures": len(rows),
        "failed": sum(bool(row.error) for row in rows),
        "means": {
            figure: {"mean": mean.value, "standard_error": mean.standard_error, "pictures": mean.pictures}
            for figure, mean in means.items()
        },
    }
    return json.dumps(plain(written), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
