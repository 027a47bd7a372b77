"""How the server ends: in order, with exit code 0, as `lime_core.ending` wants it."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def ends_in_order(server: object) -> AsyncIterator[None]:
    """While the server runs; at its end, signals no longer reach this thread.

    uvicorn sends itself the signal that ended it once more when all is closed, which would kill the process on the
    spot, in the midst of what is still at work in native code.
    """
    yield
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
