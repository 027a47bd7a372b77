"""Downloads: one try, a few seconds for an answer, and a file that is there whole or not at all."""

from __future__ import annotations

import hashlib
import queue
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError

from lime_core.errors import ModelUnavailable
from lime_core.files.writing import write_files
from lime_core.zoo.integrity import NAMED_SUM

ANSWER_SECONDS = 3.0
"""How long a server may take until it answers: finding it, connecting, and being sent on to another one."""

SILENCE_SECONDS = 10.0
"""How long a download may stand still."""

MOST_BYTES = 20_000_000_000
"""Of one file."""

_BLOCK = 2**20


def download(name: str, url: str, path: Path, place: Path, allowed: bool) -> None:
    """Download the weights of a model.

    Parameters
    ----------
    name : str
        The model, for messages.
    url : str
        Where the file is.
    path : Path
        Where to; its folder is made if missing.
    place : Path
        Where the file belongs if somebody else gets it, for messages.
    allowed : bool
        Whether anything may be downloaded.

    Raises
    ------
    ModelUnavailable
        When it may not be downloaded, or cannot be had; it names the address, and to those at the machine the place of
        the file.
    """
    if not allowed:
        raise ModelUnavailable(
            f"The weights of {name} are not on this machine, and nothing may be downloaded here.",
            f"Get {url} and put it there as {place}, or allow downloads.",
        )
    try:
        with closing(_answer(url)) as answer:
            stated = answer.headers.get("Content-Length")
            length = int(stated) if stated else None
            path.parent.mkdir(parents=True, exist_ok=True)
            room = min(MOST_BYTES, shutil.disk_usage(path.parent).free)
            if length is not None and length > room:
                raise OSError(f"it has {length / 1e6:.0f} MB, and there is room for {room / 1e6:.0f} MB")
            write_files(path.parent, {path.name: _blocks(answer, path.name, length, room)})
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise ModelUnavailable(
            f"The weights of {name} are not on this machine, and could not be downloaded from {url}: "
            f"{str(reason)[:200] or type(error).__name__}.",
            f"Get the file on a machine with a network and put it there as {place}.",
        ) from error


def _answer(url: str) -> HTTPResponse:
    """The answer of a server; in a thread, since finding its addresses and trying each has no limit of its own."""
    # Some servers answer nobody who says that he is Python.
    request = urllib.request.Request(url, headers={"User-Agent": "lime_core"})
    answers: queue.SimpleQueue[HTTPResponse | Exception] = queue.SimpleQueue()
    given_up = threading.Event()

    def ask() -> None:
        try:
            answer = urllib.request.urlopen(request, timeout=SILENCE_SECONDS)
        except Exception as error:
            if isinstance(error, HTTPError):  # it is the answer as well
                error.close()
            answers.put(error)
        else:
            if given_up.is_set():
                answer.close()
            answers.put(answer)

    threading.Thread(target=ask, name="download", daemon=True).start()
    try:
        answer = answers.get(timeout=ANSWER_SECONDS)
    except queue.Empty:
        given_up.set()
        raise OSError(f"there was no answer within {ANSWER_SECONDS:g} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _blocks(answer: HTTPResponse, name: str, length: int | None, room: int) -> Iterator[bytes]:
    """The file, piece by piece; raises where it ends too early, has no end, or not the sum that its name has."""
    had, digest, named = 0, hashlib.sha256(), NAMED_SUM.search(name)
    while block := answer.read(_BLOCK):
        had += len(block)
        if had > room:
            raise OSError(f"it has more than {room / 1e6:.0f} MB, which is what there is room for")
        digest.update(block)
        yield block
    if length is not None and had < length:
        raise OSError(f"it ended after {had} of {length} bytes")
    if named and not digest.hexdigest().startswith(named[1]):
        raise OSError(f"what came has the SHA-256 {digest.hexdigest()[: len(named[1])]}…, not {named[1]}…")
