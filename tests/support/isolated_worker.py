"""What stands in the place of a model's process in tests: it answers as it is told to, however wrong that is.

A program of Python alone, which starts at once: `python isolated_worker.py BEHAVIOR SERVER MEMORY_BYTES`.
"""

import ctypes
import importlib.util
import json
import mmap
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path

CONFINEMENT = Path(__file__).parents[2] / "lime_core" / "isolation" / "confinement.py"
LENGTHS = struct.Struct(">QQ")


def confinement():
    """The module, without torch, which comes with its package."""
    spec = importlib.util.spec_from_file_location("confinement", CONFINEMENT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(channel, length):
    found = b""
    while len(found) < length:
        part = channel.recv(length - len(found))
        if not part:
            os._exit(0)
        found += part
    return found


def question(channel):
    length, size = LENGTHS.unpack(read(channel, LENGTHS.size))
    header = json.loads(read(channel, length))["header"]
    read(channel, size)
    return header


def message(header, arrays=(), contents=b"", size=None):
    text = json.dumps({"header": header, "arrays": arrays}).encode()
    return LENGTHS.pack(len(text), len(contents) if size is None else size) + text + contents


def rows(shape, dtype="<f4", contents=None, size=None):
    """The answer of one array; of zeros, unless it says otherwise."""
    return message({}, [[dtype, shape]], bytes(24) if contents is None else contents, size)


def die(number):
    os.kill(os.getpid(), number)
    time.sleep(60)


def slow():
    time.sleep(0.3)
    return rows([2, 3])


def private():
    """Memory that counts, up to the limit and beyond; what is asked for afterwards is there again."""
    try:
        bytearray(10**9)
    except MemoryError:
        return message({"error": "memory"})
    return message({})


def shared():
    """Memory that no limit of the system counts."""
    pages = mmap.mmap(-1, 10**9)
    for start in range(0, 10**9, 2**20):
        pages[start : start + 2**20] = b"x" * 2**20
    time.sleep(60)


def file():
    """Whether a file can be written."""
    try:
        path = Path("/tmp", f"isolated-{os.getpid()}")
        with path.open("wb") as written:
            written.write(b"x")
    except OSError as error:
        return message({"failed": type(error).__name__})
    finally:
        path.unlink(missing_ok=True)
    return message({"failed": ""})


BEHAVIOR = {
    # one answer to (2, 3) numbers after another
    "good": lambda: rows([2, 3]),
    "nan": lambda: rows([2, 3], contents=struct.pack("<6f", *[float("nan")] * 6)),
    "noise": lambda: b"\xff" * 1000,
    "endless header": lambda: LENGTHS.pack(2**63, 0),
    "no json": lambda: LENGTHS.pack(4, 0) + b"\xff{[(",
    "deep json": lambda: LENGTHS.pack(200_000, 0) + b"[" * 200_000,
    "other json": lambda: LENGTHS.pack(2, 0) + b"[]",
    "no header": lambda: LENGTHS.pack(2, 0) + b"{}",
    "header of a list": lambda: message([]),
    "no array": lambda: message({}),
    "two arrays": lambda: message({}, [["<f4", [2, 3]]] * 2, bytes(48)),
    "more rows": lambda: rows([3, 3], contents=bytes(36)),
    "more axes": lambda: rows([2, 3, 1]),
    "no axes": lambda: rows([], contents=bytes(4)),
    "negative side": lambda: rows([-2, -3]),
    "a side that is true": lambda: rows([2, True], contents=bytes(8)),
    "a side of text": lambda: rows(["2", 3]),
    "objects": lambda: rows([2, 3], "|O", bytes(48)),
    "records": lambda: rows([2, 3], [["a", "<f4"]]),
    "big end first": lambda: rows([2, 3], ">f4"),
    "more bytes than told": lambda: rows([2, 3], size=2**40),
    "endless rows": lambda: rows([2**62, 3], size=2**64 - 1, contents=b""),
    # others
    "bytes as scores": lambda: rows([2, 3], "|u1", bytes(6)),
    "half": lambda: rows([2, 3])[:-4],
    "memory": lambda: message({"error": "memory"}),
    "ours": lambda: message({"error": "BadScores", "sentence": "Not\x1b[31m finite.\n"}),
    "unknown": lambda: message({"error": "os.system", "sentence": "x" * 10**6}),
    "no names": lambda: message({"error": ["LimeError"], "sentence": {}}),
    "hangs": lambda: time.sleep(60),
    "hangs in native code": lambda: ctypes.PyDLL(None).sleep(60),  # which keeps Python's lock
    "dies": lambda: die(signal.SIGSEGV),
    "is killed": lambda: die(signal.SIGKILL),
    "leaves": lambda: os._exit(3),
    "leaves as OpenMP does": lambda: os._exit(1),
    "slow": slow,
    "private": private,
    "shared": shared,
    "file": file,
    "environment": lambda: message({"environment": dict(os.environ), "session": os.getsid(0), "folder": os.getcwd()}),
}


if __name__ == "__main__":
    behavior, server, memory = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    module = confinement()
    module.live_no_longer_than(server)
    module.confine(memory, server)
    if behavior == "does not listen":
        time.sleep(60)
    connection = socket.socket(fileno=os.dup(0))
    while True:
        asked = question(connection)
        connection.sendall(BEHAVIOR[asked.get("do", behavior)]())
