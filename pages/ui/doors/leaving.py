"""How the server runs and ends: sessions in time, itself in order, with exit code 0, as `lime_core.ending` wants it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pages.ui.doors.sessions import end_left_sessions


@asynccontextmanager
async def ends_in_order(server: object) -> AsyncIterator[None]:
    """While the server runs; at its end, signals no longer reach this thread.

    uvicorn sends itself the signal that ended it once more when all is closed, which would kill the process on the
    spot, in the midst of what is still at work in native code.
    """
    clock = asyncio.create_task(end_left_sessions())
    yield
    clock.cancel()
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
