"""Whether a weights file is what it was: its sums, and that a pickle in it names nothing but tensors.

A file is read only when the sums that it has are right: the CRC of every member of a `.pt` or `.pth` archive, at which
torch does not look; the first digits of the SHA-256 in the names of published files (`resnet50-11ad3fa6.pth`), those of
the bundled packages among them; and the SHA-256 that `save_state` writes into safetensors.  A safetensors file from
elsewhere has no sum: its header must cover it exactly, and a number that was changed in it cannot be found.  The same
holds for a file of torch before 1.6, a bare pickle, whose name has no sum.
"""

from __future__ import annotations

import hashlib
import json
import pickletools
import re
import zipfile
from pathlib import Path
from typing import IO

from lime_core.arguments import shown
from lime_core.errors import ModelUnavailable
from lime_core.files.untrusted import Frugal

NAMED_SUM = re.compile(r"-([0-9a-f]{8,64})\.[a-z0-9]+$")
"""How published files are named: the first digits of their SHA-256 before the ending."""

_KINDS = ("Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
_TENSORS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    *(f"torch {kind}Storage" for kind in _KINDS),
}
_MOST_STEPS = 500_000  # of a pickle; a network of a thousand tensors has some thirty thousand
_MAX_DIRECTORY = 8_000_000  # bytes of the list of members, which zipfile holds in memory ten times over
MAX_HEADER = 8_000_000
"""Bytes that the header of safetensors may have."""

_BLOCK = 2**20


def check_safetensors(file: IO[bytes], weights: Path) -> None:
    """Compare the sum in the header of safetensors, where it has one; that it covers the file is seen on reading.

    Parameters
    ----------
    file : binary file object
        At its beginning.
    weights : Path
        Its name, for messages.

    Raises
    ------
    ModelUnavailable
        When the file does not have that sum.
    Exception
        Almost any other, of a damaged header; to be used inside of `untrusted`.
    """
    length = int.from_bytes(file.read(8), "little")
    if length > MAX_HEADER:
        raise refused(weights, "is damaged, or is no weights file: its header is too long")
    header = file.read(length)
    metadata = json.loads(header).get("__metadata__")
    stated = metadata.get("sha256") if isinstance(metadata, dict) else None
    if stated is None:
        return
    file.seek(0)
    if sha256(file, 8 + header.index(stated.encode())) != stated:
        raise refused(weights, "is damaged: it does not have the SHA-256 that was written into it")


def check_pickle(file: IO[bytes], weights: Path) -> None:
    """Compare the sums of the members of a file of torch, and search what its pickles name.

    Parameters
    ----------
    file : binary file object
        At its beginning.
    weights : Path
        Its name, for messages.

    Raises
    ------
    ModelUnavailable
        When a member does not have its sum, or a pickle names anything but what tensors are made of.
    Exception
        Almost any other, of a damaged file; to be used inside of `untrusted`.
    """
    if file.read(4) != b"PK\x03\x04":
        file.seek(0)
        for _ in range(5):  # of torch before 1.6: two numbers, facts about the machine, the state, names of storages
            _search(file, weights)
        return
    size, frugal = file.seek(0, 2), Frugal(file, _MAX_DIRECTORY)
    with zipfile.ZipFile(frugal) as archive:
        members = archive.infolist()
        sizes = sum(member.file_size for member in members)
        if sizes > size or not all(map(_as_torch_writes_it, members)):
            raise refused(weights, "is packed in another way than torch does it")
        for member in members:
            try:
                with archive.open(member) as part:
                    while part.read(_BLOCK):  # at its end the sum is compared
                        pass
            except zipfile.BadZipFile as error:
                raise refused(weights, f"is damaged: its part {member.filename} is not what was written") from error
        for member in members:
            if member.filename.endswith(".pkl"):
                with archive.open(member) as part:
                    _search(part, weights)


def _as_torch_writes_it(member: zipfile.ZipInfo) -> bool:
    """Not packed, and no folder, from which torch would read noise."""
    stored = member.compress_type == zipfile.ZIP_STORED and member.file_size == member.compress_size
    return stored and not member.external_attr & 0x10


def _search(stream: IO[bytes], weights: Path) -> None:
    """Raise where the pickle that begins here names anything but what tensors are made of."""
    for step, (code, argument, _) in enumerate(pickletools.genops(stream)):
        if step > _MOST_STEPS:
            raise refused(weights, "is a pickle of more steps than tensors need")
        if code.name == "GLOBAL" and argument not in _TENSORS:
            named = str(argument).replace(" ", ".")
            raise refused(
                weights,
                f"holds more than tensors: a whole module or another object was saved, for it names {shown(named)}. "
                "Only tensors are read, since anything else could run code; save module.state_dict() instead",
            )
        if code.name in ("STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"):
            raise refused(
                weights,
                "holds more than tensors. Only tensors are read, since anything else could run code; save "
                "module.state_dict() with torch.save",
            )


def another_than_named(weights: Path) -> str:
    """Compare a file with the sum that its name has, where it has one.

    Parameters
    ----------
    weights : Path
        The file.

    Returns
    -------
    str
        What is wrong with it, or an empty text.

    Raises
    ------
    ModelUnavailable
        When the file cannot be read.
    """
    named = NAMED_SUM.search(weights.name)
    if not named:
        return ""
    try:
        with weights.open("rb") as file:
            digest = sha256(file)
    except OSError as error:
        raise refused(weights, f"cannot be read: {error.strerror or error}") from error
    if digest.startswith(named[1]):
        return ""
    own = digest[: len(named[1])]
    return f"is damaged, or another file than its name says: its SHA-256 begins with {own}, not with {named[1]}"


def sha256(file: IO[bytes], blank: int | None = None) -> str:
    """The SHA-256 of a file from where it stands.

    Parameters
    ----------
    file : binary file object
        Read to its end.
    blank : int, optional
        64 bytes from here on, near the beginning, count as the digit zero.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    if blank is not None:
        start = bytearray(file.read(blank + 64))
        start[blank:] = b"0" * 64
        digest.update(start)
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def sentence_about(weights: Path, what: str) -> str:
    """What is wrong with a weights file, and what to do, without its folder.

    Parameters
    ----------
    weights : Path
        The file.
    what : str
        The predicate of the sentence.

    Returns
    -------
    str
        Two sentences.
    """
    return f"The weights file {weights.name} {what}. Remove or replace it."


def refused(weights: Path, what: str, further: str = "") -> ModelUnavailable:
    """The error of a weights file that cannot be used; its folder is for those at the machine.

    Parameters
    ----------
    weights : Path
        The file.
    what : str
        The predicate of the sentence.
    further : str, default ""
        Another sentence.

    Returns
    -------
    ModelUnavailable
        To be raised.
    """
    sentence = sentence_about(weights, what)
    return ModelUnavailable(f"{sentence} {further}".strip(), f"It is {weights}.")
