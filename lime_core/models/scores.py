"""From a model's answers to the score that is explained.

`kind` says what the answers are: "logits" of classes that compete (softmax makes probabilities), "probabilities" (in
0..1, whatever their sum), "sigmoid" (raw answers, of each of which a sigmoid makes a probability) or "values" (anything
else: a regression, a distance).  `space` says which score is explained:

    probability   softmax of logits, sigmoid, or the answer itself
    log-odds      log(p / (1 - p)); additive effects are more often additive here
    logit         the raw answer of a model that gives logits, or raw answers before a sigmoid, where it is the log-odds
    value         the raw answer of a model that gives values

Scores have no size of their own: what is small is small beside the other scores, down to what the floats of the answers
can tell apart (`rounding`).  A probability of exactly 0 has no log-odds.  It is taken for the smallest one above 0 that
the model gave to the class in these answers, or half of the floats' epsilon where that is smaller; one of exactly 1 for
the largest float below it.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logsumexp

from lime_core.arrays import Outputs, SampleWeights, Scores
from lime_core.errors import BadScores

SPACES: dict[str, tuple[str, ...]] = {
    "logits": ("probability", "log-odds", "logit"),
    "probabilities": ("probability", "log-odds"),
    "sigmoid": ("probability", "log-odds", "logit"),
    "values": ("value",),
}
"""kind -> the spaces it has, the default first."""

WORDS = ("importance", *dict.fromkeys(space for spaces in SPACES.values() for space in spaces))
"""What weights are in where they have no unit; a unit of values is none of these words."""

_ULPS = 4
"""Roundings of the largest score that scores of the same picture may be apart, for sums come in another order."""


def check_outputs(outputs: Outputs, kind: str, first_row: int = 0) -> None:
    """Raise BadScores for answers that cannot be explained.

    Parameters
    ----------
    outputs : ndarray (n, k) of float32 or float64
        The model's answers.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What they are.
    first_row : int, default 0
        The number of the first row, for the message.

    Raises
    ------
    BadScores
        For a wrong shape, for NaN or infinity (names the rows), or for probabilities outside 0..1 by more than 1e-4.
    """
    if outputs.ndim != 2 or outputs.shape[1] == 0:
        raise BadScores(f"The model returned an array of shape {outputs.shape}; expected (samples, classes).")
    bad = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if len(bad):
        rows = ", ".join(str(first_row + row) for row in bad[:5])
        raise BadScores(f"The model returned NaN or infinity for {len(bad)} samples (rows {rows}).")
    if kind == "probabilities" and (outputs.min() < -1e-4 or outputs.max() > 1.0 + 1e-4):
        raise BadScores(
            f"The model's answers run from {outputs.min():.4g} to {outputs.max():.4g}, so they are no probabilities; "
            'say kind="logits", kind="sigmoid" or kind="values".'
        )


def probabilities(outputs: Outputs, kind: str) -> Outputs:
    """Probabilities from a model's answers: the softmax of logits, the sigmoid of each, or the answers themselves.

    Parameters
    ----------
    outputs : ndarray (n, k) of float32 or float64
        The model's answers.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What they are.

    Returns
    -------
    ndarray (n, k) of float32 or float64, as the answers are
        Probabilities, 0..1.

    Raises
    ------
    ValueError
        For a model that gives values.
    """
    if kind == "values":
        raise ValueError("this model gives values, not probabilities")
    if kind == "probabilities":
        return outputs
    if kind == "sigmoid":
        return expit(outputs)
    exponents = _exponents(outputs)
    return exponents / exponents.sum(axis=1, keepdims=True)


def _exponents(logits: Outputs) -> Outputs:
    """Exponentials of logits (n, k), each row scaled so that its largest is 1; as float32 most of what a fit costs."""
    exponents: Outputs = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents


def scores(outputs: Outputs, kind: str, class_index: int, space: str) -> Scores:
    """The scores of one class, which are what is explained.

    Parameters
    ----------
    outputs : ndarray (n, k) of float32 or float64
        The model's answers.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What they are.
    class_index : int
        The class, 0..k-1.
    space : str
        One of the spaces that `SPACES` lists for the kind.

    Returns
    -------
    ndarray (n,) of float64
        In the unit of the space.

    Raises
    ------
    ValueError
        For a class or space that the model does not have.
    """
    if not 0 <= class_index < outputs.shape[1]:
        raise ValueError(f"class_index must lie in [0, {outputs.shape[1] - 1}], got {class_index}")
    if space not in SPACES[kind]:
        raise ValueError(f"space must be one of {', '.join(SPACES[kind])} for a model that gives {kind}, got {space!r}")
    answers = outputs[:, class_index].astype(np.float64)
    if space in ("logit", "value"):
        return answers
    if kind == "sigmoid":
        return expit(answers) if space == "probability" else answers
    if kind == "probabilities":
        if space == "probability":
            return answers
        least = float(np.finfo(outputs.dtype).epsneg)
        above = np.min(answers, initial=least, where=answers > 0)
        return np.log(np.maximum(answers, above)) - np.log(np.maximum(1.0 - answers, least))
    exponents = _exponents(outputs)
    own, total = exponents[:, class_index], exponents.sum(axis=1)
    if space == "probability":
        return (own / total).astype(np.float64)
    others = np.maximum(total - own, np.finfo(outputs.dtype).tiny)
    odds = answers - outputs.max(axis=1) - np.log(others, dtype=np.float64)
    # Where one class has nearly everything, what is left for the others drowns in rounding: sum it without that class.
    sure = np.flatnonzero(own > 0.9 * total)
    odds[sure] = answers[sure] - logsumexp(np.delete(outputs[sure], class_index, axis=1).astype(np.float64), axis=1)
    return odds


def bounds(outputs: Outputs, kind: str, class_index: int, space: str) -> int:
    """Count the samples whose log-odds are only a bound, since the model gave a probability of exactly 0 or 1.

    Parameters
    ----------
    outputs, kind, class_index, space : ndarray, str, int and str
        As of `scores`.

    Returns
    -------
    int
        0 in other spaces, and for a model that gives logits.
    """
    if kind != "probabilities" or space != "log-odds":
        return 0
    answers = outputs[:, class_index]
    return int(((answers <= 0) | (answers >= 1)).sum())


def rounding(values: Scores, outputs: Outputs, kind: str, space: str) -> float:
    """Find how far apart scores of one class can be by rounding alone: there is nothing to explain below that.

    Parameters
    ----------
    values : ndarray (n,) of float64
        What `scores` gives for the answers.
    outputs, kind, space : ndarray, str and str
        As of `scores`.

    Returns
    -------
    float
        In the unit of the space: four times the rounding of the floats in which the model answered, at the size of the
        largest score; of what is computed from raw answers, at the size of these.
    """
    floats = np.finfo(outputs.dtype)
    unit = _ULPS * float(floats.eps)
    computed = kind != "probabilities" and space in ("probability", "log-odds")
    if computed:
        unit *= max(1.0, float(outputs.max()), -float(outputs.min()))
    if space != "log-odds":
        return unit * float(np.abs(values).max())
    if computed:
        return unit
    return unit / max(float(expit(-values.min())), float(floats.epsneg))  # p rounds at its own size, 1 - p does not


def constant(values: Scores, rounding: float) -> bool:
    """Whether scores never move beyond rounding: there is nothing to explain then.

    Parameters
    ----------
    values : ndarray (n,) of float64
        Scores of one class, at least one.
    rounding : float
        How far apart they can be by rounding, see `rounding`.

    Returns
    -------
    bool
        True where they spread over no more than that.
    """
    return bool(np.ptp(values) <= rounding)


def weighted_r2(values: Scores, predicted: Scores, weights: SampleWeights, rounding: float = 0.0) -> float:
    """1 - Σ w (y - ŷ)² / Σ w (y - ȳ)² with ȳ the weighted mean.

    Parameters
    ----------
    values, predicted : ndarray (n,) of float64
        The scores y, and what the surrogate says of them, ŷ.
    weights : ndarray (n,) of float64
        The sample weights w, non-negative.
    rounding : float, default 0
        How far apart scores can be by rounding, see `constant`.

    Returns
    -------
    float
        At most 1; NaN where the score never moves among the samples with a weight, or where none has one.
    """
    counted = weights > 0
    if not counted.any() or constant(values[counted], rounding):
        return float("nan")
    moved, left = values - np.average(values, weights=weights), values - predicted
    size = np.abs(moved[counted]).max()  # the squares of what is tiny beside 1 would be lost
    return float(1.0 - weights @ (left / size) ** 2 / (weights @ (moved / size) ** 2))
