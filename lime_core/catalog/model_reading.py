"""Reading a description and its class names: what is wrong with them is one sentence."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from lime_core.arguments import is_a, near, path_of, shown
from lime_core.catalog.model_file import LONGEST, ModelFile
from lime_core.catalog.model_input import ModelInput
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import contents_of, untrusted

MAX_DESCRIPTION = 1_000_000
"""Bytes of a description; a list of names of twenty thousand classes has half of it."""

MAX_CLASSES = 10_000_000
"""Bytes of a file of class names."""

MOST_CLASSES = 200_000
"""Names in it."""

_FILES = ("weights", "onnx", "classes")


def read_model_file(path: str | Path) -> ModelFile:
    """Read the description of a model, and look whether the files that it names are there.

    Parameters
    ----------
    path : str or Path
        A file in TOML, such as `model.toml`.  Paths in it are relative to its folder.

    Returns
    -------
    ModelFile
        With absolute paths.  Without a name in it, that of the folder of a `model.toml`, else the file's.

    Raises
    ------
    ModelUnavailable
        When it cannot be read, or something in it cannot be: says what, and what it would have to be.
    ValueError, TypeError
        For what is no path.
    """
    path = path_of("path", path).absolute()
    with _about(path):
        if not is_there(path):
            raise ModelUnavailable(
                f"There is no description {shown(printable(path.name))}.", f"It would be {shown(str(path))}."
            )
        contents = contents_of(path, f"description {printable(path.name)}", MAX_DESCRIPTION, ModelUnavailable)
        return _model_file(path, _tables(contents))


def read_class_names(path: Path) -> tuple[str, ...]:
    """Read a file of class names in the order of a model's outputs.

    Parameters
    ----------
    path : Path
        Text in UTF-8 with one name a line, or JSON: a list of names, an object of index and name (or of index and
        [number, name], as Keras has it), or an object of name and index.

    Returns
    -------
    tuple of str
        Names on one line each, without characters that are not seen.

    Raises
    ------
    ModelUnavailable
        When it cannot be read, holds no names, or something else than names; says what.
    """
    shown_name = printable(path.name)
    what = f"file of class names {shown_name}"
    contents = contents_of(path, what, MAX_CLASSES, ModelUnavailable)
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = contents[: error.start].count(b"\n") + 1
        raise ModelUnavailable(f"The {what} is no text in UTF-8: its line {at} is not.", f"It is {path}.") from error
    if text.lstrip()[:1] in ("[", "{"):
        with untrusted(ModelUnavailable, f"The {what} begins like JSON, and cannot be read as JSON."):
            found = json.loads(text)
        names = _of_json(found, what)
    else:
        names = text.rstrip().replace("\r\n", "\n").split("\n") if text.strip() else []
    names = [printable(name).strip() for name in names]
    if not names:
        raise ModelUnavailable(f"The {what} is empty: it must have one name a line, or be a list in JSON.")
    if len(names) > MOST_CLASSES:
        raise ModelUnavailable(f"The {what} has {len(names)} names, and no more than {MOST_CLASSES} are read.")
    if longest := next((name for name in names if len(name) > LONGEST), ""):
        raise ModelUnavailable(f"The {what} has a name of {len(longest)} characters; {LONGEST} are read at most.")
    if "" in names:
        raise ModelUnavailable(f"The {what} has no name for the class {names.index('')}, counted from 0.")
    return tuple(names)


def class_names(file: ModelFile) -> tuple[str, ...]:
    """The class names of a description, wherever they stand.

    Parameters
    ----------
    file : ModelFile
        Any.

    Returns
    -------
    tuple of str
        Empty where it has none.

    Raises
    ------
    ModelUnavailable
        As `read_class_names` does.
    """
    return read_class_names(file.classes) if isinstance(file.classes, Path) else file.classes


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Make errors of the values of a description one that names its file."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise ModelUnavailable(
            f"The description {printable(path.name)} cannot be used: {printable(str(error))}.", f"It is {path}."
        ) from error


def is_there(path: Path) -> bool:
    """Whether there is anything at a path, also one that no file can have.

    Parameters
    ----------
    path : Path
        Any.

    Returns
    -------
    bool
        False where nobody may look.
    """
    try:
        return path.exists()
    except OSError:
        return False


def _tables(contents: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(contents.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = contents[: error.start].count(b"\n") + 1
        raise ValueError(f"it is no text in UTF-8 in line {line}") from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is no TOML: {error}") from error
    except RecursionError as error:
        raise ValueError("it is no TOML that can be read: its lists are nested too deep") from error


def _model_file(path: Path, tables: dict[str, Any]) -> ModelFile:
    known = [each.name for each in fields(ModelFile) if each.name != "path"]
    _check_keys(tables, known, "")
    seen = tables.pop("input", {})
    if not isinstance(seen, dict):
        raise TypeError(f"input must be a table, [input] on a line of its own, got {shown(seen)}")
    _check_keys(seen, [each.name for each in fields(ModelInput)], " in [input]")
    for key in _FILES:
        if isinstance(tables.get(key), str) and tables[key]:
            tables[key] = path.parent / tables[key]
    tables.setdefault("name", path.parent.name if path.name == "model.toml" else path.stem)
    for key in ("weights", "onnx"):
        if key in tables:
            is_a(key, tables[key], (str, Path), "the name of a file")
    file = ModelFile(**{**tables, "input": ModelInput(**seen), "path": path})
    for key in _FILES:
        named = getattr(file, key)
        if isinstance(named, Path) and not is_there(named):
            raise ModelUnavailable(
                f"The description {printable(path.name)} names {printable(named.name)} as {key}, and there is no such "
                "file; paths in it are relative to its folder.",
                f"It would be {named}.",
            )
    class_names(file)
    return file


def _check_keys(table: dict[str, Any], known: list[str], where: str) -> None:
    for key in table:
        if key not in known:
            meant = near(key, known)
            hint = f"near are {meant}" if meant else f"known are {', '.join(known)}"
            elsewhere = [each.name for each in fields(ModelInput if not where else ModelFile)]
            if key in elsewhere:
                hint = "it stands in the table [input]" if not where else "it stands before the table [input]"
            raise ValueError(f"there is no key {shown(key)}{where}; {hint}")


def _of_json(found: Any, what: str) -> list[str]:
    """The names of a list, or of an object by their numbers, which stand on either side."""
    if isinstance(found, list):
        return [_text(name, what) for name in found]
    numbers = [value for value in found.values() if isinstance(value, int) and not isinstance(value, bool)]
    behind = len(numbers) == len(found)
    before = all(re.fullmatch(r"\d{1,9}", key) for key in found)
    if behind and not (before and set(numbers) != set(range(len(found)))):  # classes may be called by digits
        by_number = {number: name for name, number in found.items()}
    elif before:
        by_number = {int(key): name for key, name in found.items()}
    else:
        raise ModelUnavailable(
            f"The {what} is JSON of another form: it must be a list of names, or an object with a number beside each "
            "name, counted from 0."
        )
    if len(by_number) != len(found):
        raise ModelUnavailable(f"The {what} has two names with one number.")
    missing = next((number for number in range(len(by_number)) if number not in by_number), None)
    if missing is not None:
        raise ModelUnavailable(
            f"The {what} has {len(by_number)} names, and none with the number {missing}: numbers count from 0 without "
            "a hole."
        )
    return [_text(by_number[number], what) for number in range(len(by_number))]


def _text(name: Any, what: str) -> str:
    if isinstance(name, list) and len(name) == 2:  # the number in WordNet, and the name
        name = name[1]
    if not isinstance(name, str):
        raise ModelUnavailable(f"The {what} must have texts as names, and has {shown(name)} among them.")
    return name
