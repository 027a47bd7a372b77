"""Which class is explained: a number, or a name that the model has."""

from __future__ import annotations

from collections.abc import Sequence

from lime_core.arguments import near, shown, whole


def class_index_of(value: int | str | None, names: Sequence[str]) -> int | None:
    """Read the argument `class_index`.

    Parameters
    ----------
    value : int, str or None
        The number of a class, or its name, whatever its capitals; None leaves it open.
    names : sequence of str
        Those of the classes, in the order of the outputs; may be empty.

    Returns
    -------
    int or None
        The number of the class, from 0; whether there is one of this number shows with the model's answers.

    Raises
    ------
    ValueError
        For a name that no class has, or several; the message has those that are near, or their numbers.
    TypeError
        For anything else.
    """
    if not isinstance(value, str):
        return None if value is None else whole("class_index", value, 0)
    found = [index for index, name in enumerate(names) if name == value]
    found = found or [index for index, name in enumerate(names) if name.casefold() == value.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(map(str, found))
        raise ValueError(f"class_index must be one of the numbers {numbers}, which all have the name {value!r}")
    if not names:
        raise ValueError(f"class_index must be a number, since this model has no class names, got {shown(value)}")
    meant = near(value, names)
    hint = f"; near are {meant}" if meant else "; model.class_names has all of them"
    raise ValueError(f"class_index must be the number or the name of a class, got {shown(value)}{hint}")
