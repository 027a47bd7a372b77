"""Options as short texts for addresses: only characters that no address has to escape.

"slic~n_segments.60~compactness.20" is SLIC with two settings that are not as usual.  A tilde stands between settings, a
dot between a name and its value, a dash between the names of several options.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields, replace
from typing import Any, TypeVar

from lime_core.arguments import one_of, shown
from lime_core.files.option_texts import settings_of, value_of
from lime_core.files.records import made, name_of

T = TypeVar("T")

LONGEST = 300
"""Characters of one option; none of them comes near it."""

_BETWEEN, _IS, _AND = "~", ".", "-"


def short_text(option: Any, table: Mapping[str, type]) -> str:
    """Write an option of a table.

    Parameters
    ----------
    option : dataclass
        Of a class in the table.
    table : mapping of str to type
        The classes by name.

    Returns
    -------
    str
        Its name, and the settings that are not as usual.

    Raises
    ------
    ValueError
        For one that is in no table, holds what is only in a file, or several options that are not as usual.
    """
    name = name_of(option, table)
    if [f for f in fields(option) if f.compare and not f.metadata]:
        raise ValueError(f"{name} holds what is in a file, which does not travel in a link")
    return _BETWEEN.join([name, *short_settings(option)])


def short_settings(option: Any) -> list[str]:
    """Write the settings of a dataclass that are not as usual.

    Parameters
    ----------
    option : dataclass
        With fields made by `knobs`.

    Returns
    -------
    list of str
        Name, dot and value of each.

    Raises
    ------
    ValueError
        For several options that are not as usual themselves.
    """
    told = []
    for f in settings_of(type(option)):
        value = getattr(option, f.name)
        if value is not None and value != f.default:
            told.append(f"{f.name}{_IS}{_value_text(f, value)}")
    return told


def _value_text(f: Field[Any], value: Any) -> str:
    if "several" in f.metadata:
        known = f.metadata["several"]
        names = [name for each in value for name, option in known.items() if option == each]
        if len(names) < len(value):
            raise ValueError(f"{f.name} are not as usual, and settings of each do not travel in a link")
        return _AND.join(names)
    if "color" in f.metadata:
        return "{:02x}{:02x}{:02x}".format(*value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value!r}" if isinstance(value, float) else str(value)


def read_short(text: str, table: Mapping[str, type[T]]) -> T:
    """Read an option of a table.

    Parameters
    ----------
    text : str
        As `short_text` writes it; from anybody.
    table : mapping of str to type
        The classes by name.

    Returns
    -------
    option
        With its ranges checked.

    Raises
    ------
    ValueError
        For an unknown name or setting, or a value outside of its range.
    """
    if len(text) > LONGEST:
        raise ValueError(f"an option has at most {LONGEST} characters, got {len(text)}")
    name, *settings = text.split(_BETWEEN)
    one_of("option", name, table)
    made_so: T = made(name, _given(settings, {f.name: f for f in settings_of(table[name])}), table)
    return made_so


def changed_by(option: T, text: str) -> T:
    """Read settings of a dataclass that is not in a table.

    Parameters
    ----------
    option : dataclass
        With fields made by `knobs`.
    text : str
        Settings as `short_settings` writes them, with tildes between; from anybody.

    Returns
    -------
    dataclass
        The option with these settings.

    Raises
    ------
    ValueError
        For an unknown setting, or a value outside of its range.
    """
    known = {f.name: f for f in settings_of(type(option))}
    if len(text) > LONGEST:
        raise ValueError(f"settings have at most {LONGEST} characters, got {len(text)}")
    given = _given(text.split(_BETWEEN) if text else [], known)
    plain: Any = option  # of whatever dataclass
    changed: T = replace(plain, **given)
    return changed


def _given(settings: list[str], known: Mapping[str, Field[Any]]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for setting in settings:
        name, dot, value = setting.partition(_IS)
        if not dot or name not in known:
            raise ValueError(f"there is no setting {shown(name)}")
        f = known[name]
        if "several" in f.metadata:
            given[name] = tuple(value.split(_AND))
        elif "color" in f.metadata:
            given[name] = f"#{value}"
        else:
            given[name] = value_of(f, value)
    return given
