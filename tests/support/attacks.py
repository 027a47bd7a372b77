"""What may come from anybody, whole, and the reader of each: to be tried with mutations.

A reader returns a value or raises a LimeError; anything else is a fault.
"""

from __future__ import annotations

import io
import shutil
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import nn

import lime_core as lc
from lime_core.onnx_models.onnx_file import read_onnx
from lime_core.reports.manifest import read
from lime_core.zoo.weights import load_into, save_state
from tests.support.badfiles import encoded
from tests.support.mutations import mutation
from tests.support.onnx_files import of_every_part
from tests.support.planted import BLACK, AdditiveModel, textured_picture

SLOW = 10.0
"""Seconds that no reading of a small file may take."""


@dataclass(frozen=True)
class Attack:
    """A whole file, or a name as bytes, and what reads it."""

    contents: bytes
    reader: Callable[[bytes], object]

    def faults(self, count: int, seed: int = 0) -> list[str]:
        """What went wrong with this many mutations, each with its number; the file itself must be read."""
        self.reader(self.contents)
        found = []
        for number in range(count):
            start = time.monotonic()
            try:
                with suppress(lc.LimeError):
                    self.reader(mutation(self.contents, seed, number))
            except Exception as error:
                found.append(f"{number}: {type(error).__name__}: {error}")
            if time.monotonic() - start > SLOW:
                found.append(f"{number}: {time.monotonic() - start:.0f} s")
        return found


def attacks(folder: Path) -> dict[str, Attack]:
    """Every kind by name; what is read lies in the folder."""
    saved = _explanation().save(folder / "saved")
    torch.manual_seed(0)
    state = _network().state_dict()
    zipped, bare = io.BytesIO(), io.BytesIO()
    torch.save(state, zipped)
    torch.save(state, bare, _use_new_zipfile_serialization=False)
    save_state(state, folder / "summed")

    def weights(contents: bytes) -> None:
        (folder / "net").write_bytes(contents)
        load_into(_network(), folder / "net", 3)

    def pickle_of_weights(contents: bytes) -> None:
        weights(_repacked(zipped.getvalue(), contents))

    def onnx(contents: bytes) -> None:
        (folder / "net.onnx").write_bytes(contents)
        read_onnx(folder / "net.onnx")

    def beside(name: str) -> Attack:
        place = folder / name
        shutil.copytree(saved, place)

        def reader(contents: bytes) -> None:
            (place / name).write_bytes(contents)
            read(place)

        return Attack((saved / name).read_bytes(), reader)

    def model_name(contents: bytes) -> None:
        lc.find_model(contents.decode(errors="surrogateescape"))

    labels = np.arange(24).reshape(4, 6) // 5
    grey = (np.arange(48 * 32) % 251).reshape(32, 48).astype(np.uint8)
    color, deep = np.stack([grey] * 3, axis=2), grey.astype(np.uint16) * 16
    return {
        "label map .npy": Attack(_npy(labels), lc.load_label_map),
        "label map .png": Attack(encoded(labels.astype(np.uint8)), lc.load_label_map),
        "picture .png of 12 bits": Attack(encoded(deep), lc.load_picture),
        "picture .jpg": Attack(encoded(color, "JPEG"), lc.load_picture),
        "picture .tif": Attack(encoded(color, "TIFF", compression="tiff_lzw"), lc.load_picture),
        "pictures .zip": Attack(_zip_of(encoded(color, "JPEG")), lambda contents: list(lc.from_zip(contents))),
        "weights .pt": Attack(zipped.getvalue(), weights),
        "weights .pt, sums right": Attack(_pickle_in(zipped.getvalue()), pickle_of_weights),
        "weights, bare pickle": Attack(bare.getvalue(), weights),
        "weights .safetensors": Attack(safetensors.torch.save(state), weights),
        "weights .safetensors with a sum": Attack((folder / "summed").read_bytes(), weights),
        "model .onnx": Attack(of_every_part(folder).SerializeToString(), onnx),
        "manifest.json": beside("manifest.json"),
        "arrays.npz": beside("arrays.npz"),
        "prior.npz": Attack((saved / "prior.npz").read_bytes(), lc.load_prior),
        "model name": Attack(b"resnet50", model_name),
        "model name of timm": Attack(b"timm/resnet18.a1_in1k", model_name),
    }


def _network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 3))


def _npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _zip_of(contents: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/one.jpg", contents)
        archive.writestr("two.jpg", contents)
    return file.getvalue()


def _explanation() -> lc.Explanation:
    """Of a label map and with a prior, so that everything a manifest can have beside it is there."""
    picture = textured_picture()
    model = lc.wrap_model(AdditiveModel(picture), kind="values", name="planted", class_names=("a", "b", "c"))
    labels = lc.LabelMap.of(lc.Grid(4, 4)(model.view(picture)))
    probe = lc.probe_image(picture, model, 60, segmenter=labels, hiding=BLACK)
    summary = lc.PictureSummary.of([lc.explain(probe, index) for index in (0, 1)])
    prior = lc.build_prior([summary], 3, clusters=4, method="signed", made_by={"source": "tests"})
    return lc.explain(probe, 1, prior=prior, prior_strength=7)


def _pickle_in(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read("archive/data.pkl")


def _repacked(archive: bytes, pickled: bytes) -> bytes:
    """The archive with another pickle, and the sums that are right for it."""
    other = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened, zipfile.ZipFile(other, "w") as written:
        for member in opened.infolist():
            is_pickle = member.filename == "archive/data.pkl"
            written.writestr(member.filename, pickled if is_pickle else opened.read(member))
    return other.getvalue()
