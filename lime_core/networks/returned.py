"""The tensor (b, k) in whatever a torch module returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from lime_core.arguments import shown
from lime_core.errors import BadScores

_NAMED = 5


def tensor_of(returned: Any, pictures: int = 0) -> Tensor:
    """The tensor (b, k) in what a torch module returns.

    Parameters
    ----------
    returned : Tensor, object, mapping, tuple or list
        Of an object or a mapping `logits` or `out` is taken, of a tuple or list the first tensor.
    pictures : int, default 0
        How many it was given; what a squeeze leaves of the answer to a single one, (k,) or (), is (1, k).

    Returns
    -------
    Tensor (b, k)
        One that is (b,) as (b, 1), one that is (b, k, 1, 1) without its last axes.

    Raises
    ------
    BadScores
        When there is none; says what the module returned.
    """
    answers = tensor_in(returned)
    if answers.ndim < 2 and pictures == 1:
        return answers.reshape(1, -1)
    if answers.ndim > 2 and all(length == 1 for length in answers.shape[2:]):
        return answers.flatten(1)
    return answers[:, None] if answers.ndim == 1 else answers


def tensor_in(returned: Any) -> Tensor:
    """That tensor, in the shape that it has.

    Parameters
    ----------
    returned : Tensor, object, mapping, tuple or list
        As for `tensor_of`.

    Returns
    -------
    Tensor
        Of any shape.

    Raises
    ------
    BadScores
        As `tensor_of` does.
    """
    answers = returned
    for name in ("logits", "out"):
        if not isinstance(answers, Tensor):
            inside = returned.get(name) if isinstance(returned, Mapping) else getattr(returned, name, None)
            answers = inside if isinstance(inside, Tensor) else answers
    if isinstance(answers, tuple | list):
        answers = next((part for part in answers if isinstance(part, Tensor)), answers)
    if not isinstance(answers, Tensor):
        keys = tuple(map(str, returned)) if isinstance(returned, Mapping) else ()
        some = f" with {', '.join(map(shown, keys[:_NAMED]))}{', …' * (len(keys) > _NAMED)}" if keys else ""
        raise BadScores(
            f"The module returned a {type(returned).__name__}{some}; expected a tensor (pictures, classes), a tuple "
            "with one, or an object or a dict with one as logits."
        )
    return answers
