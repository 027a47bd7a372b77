"""What a model answers with: which kinds of numbers there are, how many, and the names of their classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import is_a, one_of, shown
from lime_core.arrays import Outputs
from lime_core.errors import BadScores
from lime_core.files.names import noun_of, storable
from lime_core.models.scores import SPACES, WORDS

A = TypeVar("A")

MOST_OUTPUTS = 30_000
"""Numbers for a picture, and names of classes, of a model of a visitor and of a model that a prior is for."""

_LONGEST_UNIT = 32


def check_kind(kind: str) -> None:
    """Raise ValueError for a kind that is not known.

    Parameters
    ----------
    kind : str
        A key of `SPACES`.

    Raises
    ------
    ValueError
        Names those that are known.
    """
    one_of("kind", kind, SPACES)


def check_unit(unit: str, kind: str) -> None:
    """Raise an error for a unit that a model cannot have.

    Parameters
    ----------
    unit : str
        What the values of a model are counted in, such as "years"; empty where nobody says.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What its answers are.

    Raises
    ------
    ValueError
        For answers that are no values, and what is no short word on one line or is one of the words for scores.
    TypeError
        For what is no str.
    """
    is_a("unit", unit, str, "a str")
    if unit and kind != "values":
        raise ValueError(f'unit is that of values, so it takes kind="values", got {shown(unit)} with kind="{kind}"')
    if len(unit) > _LONGEST_UNIT or not unit.isprintable() or unit != unit.strip():
        raise ValueError(
            f"unit must be a word such as 'years' with at most {_LONGEST_UNIT} characters on one line and no spaces "
            f"around it, got {shown(unit)}"
        )
    if unit in WORDS:
        raise ValueError(f"unit must be none of {', '.join(WORDS)}, which mean other scores, got {shown(unit)}")


def names_of(class_names: Iterable[str]) -> tuple[str, ...]:
    """Class names as a tuple.

    Parameters
    ----------
    class_names : sequence of str
        In the order of the outputs; two classes may have the same name.

    Returns
    -------
    tuple of str
        The same names, as `storable` has them.

    Raises
    ------
    TypeError
        For a single str, a dict or a set, of which nobody knows the order of the outputs, or names that are no str.
    """
    wanted = "class_names must be a sequence of str in the order of the outputs"
    if isinstance(class_names, np.ndarray) and class_names.ndim != 1:
        raise TypeError(f"{wanted}, got {shown(class_names)}")
    if isinstance(class_names, str | bytes):
        raise TypeError(f"{wanted}, got the single {type(class_names).__name__} {shown(class_names)}")
    if isinstance(class_names, Mapping):
        raise TypeError(f"{wanted}, got a {type(class_names).__name__}: give [names[i] for i in range(len(names))]")
    if isinstance(class_names, Set) or not isinstance(class_names, Iterable):
        raise TypeError(f"{wanted}, got a {type(class_names).__name__}")
    names = tuple(class_names)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"{wanted}, got {shown(name)} of the type {type(name).__name__} among them")
    return tuple(map(storable, names))


def name_of(class_index: int, names: tuple[str, ...], kind: str) -> str:
    """The name of a class.

    Parameters
    ----------
    class_index : int
        From 0.
    names : tuple of str
        Those that the model has, in the order of its outputs.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What its answers are.

    Returns
    -------
    str
        Its name; where there is none, "class" and its number, or "output" and its number of values.
    """
    if class_index < len(names):
        return names[class_index]
    return f"{noun_of(kind)} {class_index}"


def named(names: tuple[str, ...], outputs: int, kind: str) -> tuple[str, ...]:
    """The names of the classes of a model with so many outputs.

    Parameters
    ----------
    names : tuple of str
        As they were given: none, or one for each output.  A single output that is the second of two classes takes the
        name of that class alone, or those of both.
    outputs : int
        How many numbers the model itself returns for a picture.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What they are.

    Returns
    -------
    tuple of str
        Empty, or one for each class; the class beside a single name is called "not" and that name.

    Raises
    ------
    ValueError
        When there are more names or fewer; gives both counts.
    """
    two = outputs == 1 and kind != "values"
    if two and len(names) == 1:
        return f"not {names[0]}", names[0]
    if names and len(names) != (2 if two else outputs):
        wanted = "the name of the class that it speaks for, or the names of the class without and with it"
        wanted = wanted if two else "one name for each output, in their order"
        raise ValueError(
            f"the model returns {outputs} {'number' if outputs == 1 else 'numbers'} for a picture, and there are "
            f"{len(names)} class names ({some(names)}): class_names must be {wanted}, or empty"
        )
    return names


def check_classes(answers: Outputs, classes: int) -> None:
    """Raise BadScores when answers are for another number of classes.

    Parameters
    ----------
    answers : ndarray (n, k)
        The model's answers.
    classes : int
        How many classes there have to be: the model's names, or its answers before; 0 where nobody knows.

    Raises
    ------
    BadScores
        Gives both counts.
    """
    if classes and answers.shape[1] != classes:
        raise BadScores(
            f"The model answered for {answers.shape[1]} classes, and it has {classes} by its names or by its answers "
            "before; every answer must be for the same classes."
        )


def second_of_two(answers: A, kind: str, joined: Callable[[list[Any]], A]) -> A:
    """A single output as two classes, of which it is the second.

    Parameters
    ----------
    answers : ndarray or Tensor (n, 1)
        The single output.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What it is.
    joined : callable
        Puts a list of two of them side by side, (n, 2).

    Returns
    -------
    ndarray or Tensor (n, 2)
        (1 - p, p) of probabilities, the logits (0, x), and (-x, x) before a sigmoid; of values as it is, (n, 1).
    """
    own: Any = answers
    if kind == "values":
        return answers
    return joined([{"probabilities": 1.0 - own, "logits": 0.0 * own, "sigmoid": -own}[kind], own])


def array_of(returned: Any) -> NDArray[Any]:
    """An array of whatever holds numbers; a tensor of torch may be on a GPU, and part of a graph.

    Parameters
    ----------
    returned : object
        What a function returned.

    Returns
    -------
    ndarray
        Of any shape and dtype.

    Raises
    ------
    TypeError, ValueError, RuntimeError
        When there are no numbers in it, or they do not make an array.
    """
    if callable(getattr(returned, "detach", None)) and callable(getattr(returned, "cpu", None)):
        returned = returned.detach().cpu()
        if str(returned.dtype) == "torch.bfloat16":  # which NumPy does not have
            returned = returned.float()
    return np.asarray(returned)


def some(texts: tuple[str, ...]) -> str:
    """The first of some texts, for a message.

    Parameters
    ----------
    texts : tuple of str
        Any number of them.

    Returns
    -------
    str
        At most five, in quotes.
    """
    return ", ".join(map(shown, texts[:5])) + (", …" if len(texts) > 5 else "")
