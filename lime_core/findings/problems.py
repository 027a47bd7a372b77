"""Problems: which photos cannot be explained, and why."""

from __future__ import annotations

from lime_core.findings.losses import Losses


def problems_in_words(losses: Losses) -> tuple[str, ...]:
    """Say why photos cannot be explained, each reason once.

    Parameters
    ----------
    losses : Losses
        Settings in several cases.

    Returns
    -------
    tuple of str
        Photo, model and reason of each.
    """
    found = [
        f"{case.picture.name} · {case.model.name}: {problem}"
        for problems in losses.problems
        for case, problem in zip(losses.cases, problems, strict=True)
        if problem
    ]
    return tuple(dict.fromkeys(found))


def unexplained(losses: Losses) -> int:
    """Count the photos that no setting explains, with some model.

    Parameters
    ----------
    losses : Losses
        Settings in several cases.

    Returns
    -------
    int
        How many photos.
    """
    each = zip(losses.cases, zip(*losses.problems, strict=True), strict=True)
    return len({case.picture.digest for case, problems in each if all(problems)})
