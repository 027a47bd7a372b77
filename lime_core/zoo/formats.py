"""Which format a model's file has, by its contents; and of those that are not read, why, and what to save instead.

Nothing of a file is unpacked or run for it: the names in an archive's list, the names in a pickle, and the numbers of
the fields of a protocol buffer are all that is looked at.
"""

from __future__ import annotations

import pickletools
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from lime_core.arguments import shown
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import Frugal, check_file, untrusted

_MAX_DIRECTORY = 8_000_000
_MOST_STEPS = 2000  # of a pickle, until its first names
_MOST_FIELDS = 4096  # of a protocol buffer, at its top

_CODE = "Reading it would run code that is in it."
_ONNX = "export it with torch.onnx.export"
_TORCH = f"save module.state_dict() with torch.save or safetensors.torch.save_file, or {_ONNX}"
_TF = "convert it with tf2onnx ({}) and take the ONNX file"

REFUSED = {
    "module": ("a pickle of a whole module", f"{_CODE} Instead, {_TORCH}."),
    "torchscript": ("a TorchScript file", f"{_CODE} Instead, {_TORCH}."),
    "exported": ("an archive of torch.export", f"{_CODE} Instead, {_TORCH}."),
    "estimator": (
        "a pickle of scikit-learn or joblib",
        f"{_CODE} Give the object itself to load_model in Python, or convert it with skl2onnx and take the ONNX file.",
    ),
    "pickle": ("a pickle", f"{_CODE} Instead, save tensors by their names: {_TORCH}."),
    "keras": (
        "a model of Keras",
        f"Instead, export it with model.export(file, format='onnx'), or "
        f"{_TF.format('tf2onnx.convert.from_keras')}; in Python load_model takes the model itself.",
    ),
    "savedmodel": (
        "a SavedModel of TensorFlow",
        f"Instead, {_TF.format('python -m tf2onnx.convert --saved-model FOLDER')}.",
    ),
    "tflite": ("a model of TensorFlow Lite", f"Instead, {_TF.format('python -m tf2onnx.convert --tflite FILE')}."),
    "coreml": ("a model of Core ML", "Instead, export the model that it was converted from as ONNX."),
    "numpy": ("a file of NumPy arrays", f"Instead, {_TORCH}."),
}
"""form -> what it is, and what to do instead."""


def form_of(path: Path) -> str:
    """The format of a model's file.

    Parameters
    ----------
    path : Path
        A file, or the folder of a SavedModel or a Core ML package.

    Returns
    -------
    str
        "safetensors", "torch" (of torch.save, which may hold more than tensors), "onnx", a key of `REFUSED`, or empty
        where it is none of them.

    Raises
    ------
    ModelUnavailable
        When it cannot be read.
    """
    name = printable(path.name)
    with untrusted(ModelUnavailable, f"The file {name} is damaged, or of no format that is known."):
        try:
            if path.is_dir():
                return _of_folder(path)
            check_file(path, f"file {name}", ModelUnavailable)
            with path.open("rb") as file:
                return _of_file(file)
        except OSError as error:
            raise ModelUnavailable(
                f"The file {shown(name)} cannot be read: {error.strerror or error}.", f"It is {shown(str(path))}."
            ) from error


def refusal(path: Path, form: str) -> ModelUnavailable:
    """The error of a file whose format is not read.

    Parameters
    ----------
    path : Path
        The file.
    form : str
        What `form_of` says of it.

    Returns
    -------
    ModelUnavailable
        To be raised; says what it is, why it is not read, and what to save instead.
    """
    name = printable(path.name)
    if form not in REFUSED:
        return ModelUnavailable(
            f"{name} is no file of weights and no ONNX file. Weights are read from a state dict of torch.save or from "
            "safetensors, whole models from ONNX.",
            f"It is {path}.",
        )
    what, instead = REFUSED[form]
    return ModelUnavailable(f"{name} is {what}, which is not read. {instead}", f"It is {path}.")


def _of_folder(path: Path) -> str:
    if any((path / name).is_file() for name in ("saved_model.pb", "saved_model.pbtxt")):
        return "savedmodel"
    return "coreml" if (path / "Data" / "com.apple.CoreML").is_dir() else ""


def _of_file(file: IO[bytes]) -> str:
    start = file.read(16)
    size = file.seek(0, 2)
    file.seek(0)
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= size - 8:
        return "safetensors"
    if start[:4] == b"PK\x03\x04":
        return _of_archive(file)
    if start[:8] == b"\x89HDF\r\n\x1a\n":
        return "keras"
    if start[4:8] == b"TFL3":
        return "tflite"
    if start[:6] == b"\x93NUMPY":
        return "numpy"
    if start[:1] == b"\x80" and start[1:2] <= b"\x05":
        return _of_pickle(file)
    if start[:2] in (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda") or start[:3] in (b"\x1f\x8b\x08", b"BZh", b"ZF0"):
        return "estimator"  # as joblib packs them
    return _of_protocol_buffer(file, size)


def _of_archive(file: IO[bytes]) -> str:
    frugal = Frugal(file, _MAX_DIRECTORY)
    with zipfile.ZipFile(frugal) as archive:
        names = [member.filename for member in archive.infolist()]
    inner = {name.partition("/")[2] for name in names}
    if "archive_format" in inner or any(name.startswith("models/") for name in inner):
        return "exported"
    if "serialized_exported_program.json" in {*names, *inner}:
        return "exported"
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        return "torchscript"
    if "data.pkl" in inner:
        return "torch"
    if {"config.json", "model.weights.h5"} <= set(names):
        return "keras"
    if any(name.endswith("saved_model.pb") for name in names):
        return "savedmodel"
    if any("com.apple.CoreML" in name for name in names):
        return "coreml"
    return "numpy" if names and all(name.endswith(".npy") for name in names) else ""


def _of_pickle(file: IO[bytes]) -> str:
    """What a bare pickle is: torch's from before 1.6 begins with a number of torch's own."""
    texts: list[str] = []
    magic = False
    with suppress(Exception):  # a pickle that is cut short has said enough before
        for step, (code, argument, _) in enumerate(pickletools.genops(file)):
            magic = magic or (step < 4 and argument == 0x1950A86A20F9469CFC6C)
            if isinstance(argument, str):
                texts.append(argument)
            if step > _MOST_STEPS or code.name == "STOP":
                break
    if magic:
        return "torch"
    return "estimator" if any(text.startswith(("sklearn", "joblib")) for text in texts) else "pickle"


def _of_protocol_buffer(file: IO[bytes], size: int) -> str:
    """By the fields at the top: an ONNX file has a graph in its seventh; the kinds of Core ML begin with 200."""
    numbers: set[int] = set()
    with suppress(EOFError, ValueError):
        for _ in range(_MOST_FIELDS):
            if file.tell() >= size:
                break
            tag = _varint(file)
            number, wire = tag >> 3, tag & 7
            if wire not in (0, 1, 2, 5) or number == 0:
                return ""
            length = _varint(file) if wire in (0, 2) else {1: 8, 5: 4}[wire]
            if wire != 0:
                if length > size - file.tell():
                    return ""
                file.seek(length, 1)
            numbers.add(number)
    if 1 in numbers and any(200 <= number <= 3000 for number in numbers):
        return "coreml"
    if 7 in numbers:
        return "onnx"
    return "savedmodel" if numbers == {1, 2} else ""


def _varint(file: IO[bytes]) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            raise EOFError
        value |= (byte[0] & 0x7F) << shift
        if not byte[0] & 0x80:
            return value
    raise ValueError
