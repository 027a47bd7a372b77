"""What is free goes back to the system whenever a window opens.

The C library keeps what was freed for later, in pieces between what is still in use: after a few hundred large uploads
of visitors who have gone that is more than all that the server keeps.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class FreeMemory:
    """Gives free memory back before a window is opened."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._trim = _trim()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give back what is free, in some milliseconds, and go on."""
        if scope["type"] == "websocket" and self._trim:
            self._trim(0)
        await self._app(scope, receive, send)


def _trim() -> Callable[[int], int] | None:
    """What gives free memory back; None where the C library has no such function."""
    if not sys.platform.startswith("linux"):
        return None
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim
