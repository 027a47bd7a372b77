"""One small file that describes a model: where its weights are, what it is given, and what it returns."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from lime_core.arguments import is_a, one_of, path_of, shown
from lime_core.catalog.model_input import ModelInput
from lime_core.files.names import printable
from lime_core.models.answers import check_unit, names_of
from lime_core.zoo.architectures import check_architecture, torchvision_names
from lime_core.zoo.families import LITE

OUTPUTS = {
    "logits": "logits",
    "probabilities": "probabilities",
    "independent probabilities": "probabilities",
    "sigmoid": "sigmoid",
    "values": "values",
}
"""What a description says of the output -> the kind of a Classifier."""

LONGEST = 200
"""Characters of a name."""

LONGEST_NOTE = 2000
"""Characters of the note on its source."""


@dataclass(frozen=True)
class ModelFile:
    """A model as its description says it is, see `read_model_file`.

    Parameters
    ----------
    name : str
        By which it is known; no model of `MODELS` has it.
    architecture : str, default ""
        As torchvision names it, or `timm/NAME`; with weights, and without onnx.
    weights : path, optional
        A state dict of torch.save, or safetensors; the number of classes is the file's.
    onnx : path, optional
        An ONNX file instead.
    classes : path or sequence of str
        A file of class names, see `read_class_names`, or the names themselves; empty where there are none.
    output : {"", "logits", "probabilities", "independent probabilities", "sigmoid", "values"}
        What it returns.  The probabilities compete and sum to one, those that are independent need not; of "sigmoid" a
        sigmoid makes each a probability.  Empty is guessed where it is certain.
    unit : str, default ""
        Of values, such as "years".
    source : str, default ""
        A note: who made it, from what.
    input : ModelInput
        What it sees of a photo.
    path : path, optional
        The description itself, where it was read from a file.

    Raises
    ------
    ValueError, TypeError
        Names what cannot be; whether files are there is not looked at.
    """

    name: str
    architecture: str = ""
    weights: Path | None = None
    onnx: Path | None = None
    classes: Path | tuple[str, ...] = ()
    output: str = ""
    unit: str = ""
    source: str = ""
    input: ModelInput = field(default_factory=ModelInput)
    path: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        for key in ("architecture", "output", "unit", "source"):
            _check_text(key, getattr(self, key))
        for key in ("weights", "onnx", "path"):
            if (value := getattr(self, key)) is not None:
                object.__setattr__(self, key, _path(key, value))
        if isinstance(self.classes, str | os.PathLike):
            object.__setattr__(self, "classes", _path("classes", self.classes))
        else:
            try:
                names = names_of(self.classes)
            except TypeError as error:
                raise TypeError(f"classes must be the name of a file or a list of names: {error}") from error
            for name in names:
                _check_text("classes", name, blank=False)
            object.__setattr__(self, "classes", names)
        if self.output:
            one_of("output", self.output, OUTPUTS)
        is_a("input", self.input, ModelInput, "a ModelInput")
        self._check_together()

    def _check_together(self) -> None:
        if bool(self.architecture) == (self.onnx is not None):
            found = "both" if self.architecture else "neither"
            raise ValueError(f"architecture must be given with weights, or onnx instead of them; it has {found}")
        if self.architecture and self.weights is None:
            raise ValueError(f"weights must be given with architecture = {shown(self.architecture)}")
        if self.onnx is not None and self.weights is not None:
            raise ValueError("weights must be left out with onnx, for an ONNX file holds its own")
        if self.architecture:
            check_architecture(self.architecture)
        if self.onnx is not None and not self.input.says_numbers:
            raise ValueError(
                "scaling must be given in [input] with onnx, or mean and std, for no ONNX file says which numbers its "
                "pixels are; with torchvision's weights it is imagenet"
            )
        if self.architecture and self.input.channels == 1 and not self.input.says_numbers:
            raise ValueError("scaling must be given in [input] with channels = 1, or mean and std")
        if self.unit and self.output != "values":
            said = f"output = {shown(self.output)}" if self.output else "no output"
            raise ValueError(f'unit must be left out unless output = "values", of which it is the unit; it has {said}')
        check_unit(self.unit, "values")

    @property
    def file(self) -> Path:
        """The file that holds the weights, whichever it is."""
        found = self.onnx or self.weights
        return found or Path()

    @property
    def kind(self) -> str | None:
        """The kind of a Classifier, where the description says it."""
        return OUTPUTS[self.output] if self.output else None

    def to_toml(self, folder: str | Path | None = None) -> str:
        """The text of a description that `read_model_file` reads as the same.

        Parameters
        ----------
        folder : str or Path, optional
            Where it will stand: files inside of it are named without it, so that it can be moved with them.

        Returns
        -------
        str
            TOML.

        Raises
        ------
        ValueError, TypeError
            For what is no path.
        """
        folder = None if folder is None else path_of("folder", folder)
        rows = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in ("input", "path")}
        text = _table({key: value for key, value in rows.items() if value not in (None, "", ())}, folder)
        given = self.input.given()
        return text + (f"\n[input]\n{_table(given, folder)}" if given else "")


def check_name(name: str) -> None:
    """Raise an error for a name that no model of one's own can have.

    Parameters
    ----------
    name : str
        By which it would be known.

    Raises
    ------
    ValueError, TypeError
        It is empty, too long, not plain, one of `MODELS`, or like a path.
    """
    is_a("name", name, str, "a str")
    if not name.strip() or name != name.strip() or len(name) > LONGEST:
        raise ValueError(
            f"name must be a text of 1 to {LONGEST} characters, without blanks around it, got {shown(name)}"
        )
    if printable(name) != name or "/" in name or "\\" in name or name.endswith(".toml"):
        raise ValueError(
            f"name must be letters, digits, blanks and marks on one line, without / and \\ and no file's name that "
            f"ends in .toml, got {shown(name)}"
        )
    if name in LITE or name in torchvision_names():
        raise ValueError(f"name must be another one, since {shown(name)} is a model that is known already")


def _check_text(key: str, text: Any, blank: bool = True) -> None:
    is_a(key, text, str, "a text" if key != "classes" else "a file or a list of texts")
    if not blank and not text.strip():
        raise ValueError(f"{key} must be names with a letter or a digit, got {shown(text)} among them")
    most = LONGEST_NOTE if key == "source" else LONGEST
    if len(text) > most:
        raise ValueError(f"{key} must have at most {most} characters, got {len(text)}")
    if printable(text) != text:
        raise ValueError(f"{key} must be plain text on one line, got {shown(text)}")


def _path(key: str, value: Any) -> Path:
    path = path_of(key, value)
    if str(path) in ("", "."):
        raise ValueError(f"{key} must be the name of a file, got {shown(os.fspath(value))}")
    if printable(str(path)) != str(path):
        raise ValueError(f"{key} must be a path in plain letters, got {shown(str(path))}")
    return path


def _table(rows: Mapping[str, Any], folder: Path | None) -> str:
    return "".join(f"{key} = {_written(value, folder)}\n" for key, value in rows.items())


def _written(value: Any, folder: Path | None) -> str:
    if isinstance(value, Path):
        inside = folder is not None and value.is_relative_to(folder)
        value = (value.relative_to(folder) if inside and folder else value).as_posix()
    if isinstance(value, tuple):
        return f"[{', '.join(_written(each, folder) for each in value)}]"
    # What TOML and JSON write differently are control characters, which no text here has.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
