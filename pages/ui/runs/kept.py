"""What sessions keep of what was brought to them, of all sessions together: bounded in bytes.  No streamlit here."""

from __future__ import annotations

import threading
import weakref

import lime_core as lc


class Kept:
    """Counts what sessions keep; what nobody keeps any more makes room by itself."""

    def __init__(self, max_bytes: int = 2 * 2**30) -> None:
        self.max_bytes = max_bytes
        self._things: list[tuple[weakref.ref[object], int]] = []
        self._lock = threading.Lock()

    def take(self, thing: object, nbytes: int) -> None:
        """Count a thing of this size for as long as somebody keeps it.

        Raises LimeError where there is no room for it.
        """
        with self._lock:
            self._things = [(other, size) for other, size in self._things if other() is not None]
            if sum(size for _, size in self._things) + nbytes > self.max_bytes:
                raise lc.LimeError("The server keeps as much of its visitors as it can. Try again in a few minutes.")
            self._things.append((weakref.ref(thing), nbytes))
