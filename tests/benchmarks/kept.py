"""What was found of each photo, in a table (CSV) that a benchmark goes on with where it stopped."""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import lime_core as lc
from tests.benchmarks.photos import MODEL, paths, read

Found = dict[str, float]
"""What was found of a photo, by column."""


def found_of(
    photos: Sequence[Path],
    measure: Callable[[lc.Picture, lc.Classifier], Found],
    beside: Callable[[str], Found] = lambda name: {},
) -> list[Found]:
    """Measure each photo that is not in the table yet, with its place in the folder first.

    MODEL and PRECISION say who is asked, KEEP names the table; a photo that cannot be explained is told and left out.

    Parameters
    ----------
    photos : sequence of Path
        Of the folder that PHOTOS names.
    measure : callable
        What is found of a picture with the model.
    beside : callable, optional
        Further columns, of a photo's name.

    Returns
    -------
    list of dict
        Those of the table, and those that were measured now.
    """
    model = lc.load_model(os.environ.get("MODEL", MODEL), precision=os.environ.get("PRECISION", "auto"))
    places = {path.name: place for place, path in enumerate(paths())}
    kept = Path(os.environ["KEEP"]) if os.environ.get("KEEP") else None
    found = lines(kept) if kept and kept.exists() else []
    done = {line["photo"] for line in found}
    left = [path for path in photos if places[path.name] not in done]
    random.Random(0).shuffle(left)  # names are often those of classes, and a part should be of all of them
    for picture, name in read(left):
        try:
            found.append({"photo": places[name]} | beside(name) | measure(picture, model))
        except lc.LimeError as error:
            print(f"{name}: {error}")
            continue
        if kept:
            add_line(kept, found[-1])
    return found


def lines(path: Path) -> list[Found]:
    """What was found before."""
    with path.open(newline="") as file:
        return [{column: float(value) for column, value in row.items()} for row in csv.DictReader(file)]


def add_line(path: Path, line: Found) -> None:
    """Add what was found of a photo."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(line), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(line)


def page_rows(rows: Sequence[dict[str, object]]) -> list[str]:
    """Rows of a table as the documents have them."""
    return [f"| {' | '.join(map(str, row.values()))} |" for row in rows]
