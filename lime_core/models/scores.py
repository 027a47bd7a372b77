"""From a model's answers to the score that is explained.

`kind` says what the answers are: "logits" (softmax makes probabilities), "probabilities" (in 0..1) or "values"
(anything else: a regression, a distance).  `space` says which score is explained:

    probability   softmax of logits, or the answer itself
    log-odds      log(p / (1 - p)); additive effects are more often additive here
    logit         the raw answer of a model that gives logits
    value         the raw answer of a model that gives values
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from lime_core.arrays import Outputs, SampleWeights, Scores
from lime_core.errors import BadScores

SPACES: dict[str, tuple[str, ...]] = {
    "logits": ("probability", "log-odds", "logit"),
    "probabilities": ("probability", "log-odds"),
    "values": ("value",),
}
"""kind -> the spaces it has, the default first."""

_SMALLEST = 1e-7  # log-odds of a float32 probability that is 0 or 1 would be infinite


def check_outputs(outputs: Outputs, kind: str, first_row: int = 0) -> None:
    """Raise BadScores for answers that cannot be explained.

    Parameters
    ----------
    outputs : ndarray (n, k) of float32
        The model's answers.
    kind : {"logits", "probabilities", "values"}
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
            'say kind="logits" or kind="values".'
        )


def probabilities(outputs: Outputs, kind: str) -> NDArray[np.float32]:
    """Probabilities from a model's answers: the softmax of logits, or the answers themselves.

    Parameters
    ----------
    outputs : ndarray (n, k) of float32
        The model's answers.
    kind : {"logits", "probabilities", "values"}
        What they are.

    Returns
    -------
    ndarray (n, k) of float32
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
    exponents = _exponents(outputs)
    return exponents / exponents.sum(axis=1, keepdims=True)


def _exponents(logits: Outputs) -> NDArray[np.float32]:
    """Exponentials of logits (n, k), each row scaled so that its largest is 1; in float32: most of what a fit costs."""
    return np.exp(logits - logits.max(axis=1, keepdims=True))


def scores(outputs: Outputs, kind: str, class_index: int, space: str) -> Scores:
    """The scores of one class, which are what is explained.

    Parameters
    ----------
    outputs : ndarray (n, k) of float32
        The model's answers.
    kind : {"logits", "probabilities", "values"}
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
    if kind == "probabilities":
        if space == "probability":
            return answers
        inside = answers.clip(_SMALLEST, 1.0 - _SMALLEST)
        return np.log(inside) - np.log1p(-inside)
    exponents = _exponents(outputs)
    own, total = exponents[:, class_index], exponents.sum(axis=1)
    if space == "probability":
        return (own / total).astype(np.float64)
    odds = answers - outputs.max(axis=1) - np.log(np.maximum(total - own, np.finfo(np.float32).tiny), dtype=np.float64)
    # Where one class has nearly everything, what is left for the others drowns in rounding: sum it without that class.
    sure = np.flatnonzero(own > 0.9 * total)
    odds[sure] = answers[sure] - logsumexp(np.delete(outputs[sure], class_index, axis=1).astype(np.float64), axis=1)
    return odds


def constant(values: Scores) -> bool:
    """Whether scores never move beyond rounding: there is nothing to explain then.

    Parameters
    ----------
    values : ndarray (n,) of float64
        Scores of one class, at least one.

    Returns
    -------
    bool
        True where they spread over no more than 1e-9 times the largest |score|, or 1e-9 where that is below 1.
    """
    return bool(np.ptp(values) <= 1e-9 * max(1.0, float(np.abs(values).max())))


def weighted_r2(values: Scores, predicted: Scores, weights: SampleWeights) -> float:
    """1 - Σ w (y - ŷ)² / Σ w (y - ȳ)² with ȳ the weighted mean.

    Parameters
    ----------
    values, predicted : ndarray (n,) of float64
        The scores y, and what the surrogate says of them, ŷ.
    weights : ndarray (n,) of float64
        The sample weights w, non-negative.

    Returns
    -------
    float
        At most 1; NaN where the score never moves among the samples with a weight, or where none has one.
    """
    if constant(values) or not weights.any():
        return float("nan")
    spread = weights @ (values - np.average(values, weights=weights)) ** 2
    return float(1.0 - weights @ (values - predicted) ** 2 / spread) if spread > 0 else float("nan")
