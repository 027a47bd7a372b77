"""How much of uploads the server keeps, for one session and for all: counted while it arrives.

Streamlit keeps what is uploaded to a session until the session ends, whether a page has asked for it or not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

MAX_OF_A_SESSION = 400 * 2**20
"""Bytes of all uploads that the server keeps for one session; as docs/guide/serving-a-workshop.md says."""

MAX_OF_ALL = 2 * 2**30
"""Bytes of all uploads that the server keeps."""

OF_A_FILE = 2**16
"""Bytes that count for a file beside its own: what is kept about it, and so that nobody uploads endless empty ones."""

CHECKED_EVERY = 2**20
"""Bytes of an upload between two looks at what is kept; the last one is when it is all there."""

# Starlette moves what is longer than this from memory to a temporary file; nothing here is as long.
MultiPartParser.spool_max_size = MAX_OF_ALL


class BoundedUploads:
    """Refuses uploads, as soon as they have brought more than the server keeps, with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._arriving: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes of an upload on their way to Streamlit; let anything else pass."""
        session = _session(scope)
        if session is None:
            await self._app(scope, receive, send)
            return
        received = OF_A_FILE
        self._arriving[session] += received
        checked = -CHECKED_EVERY

        async def counted() -> Message:
            nonlocal received, checked
            message = await receive()
            more = len(message.get("body", b""))
            received += more
            self._arriving[session] += more
            there = message["type"] == "http.request" and not message.get("more_body", False)
            if there or received >= checked + CHECKED_EVERY:
                checked = received
                if refusal := self._refusal(session):
                    await _passed_over(message, receive)
                    raise HTTPException(413, refusal)
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._arriving[session] -= received
            if not self._arriving[session]:
                del self._arriving[session]

    def _refusal(self, session: str) -> str:
        """Why no more is taken of an upload to this session; empty where it may go on."""
        kept = _kept()
        if kept.get(session, 0) + self._arriving[session] > MAX_OF_A_SESSION:
            return f"This session has uploaded more than {MAX_OF_A_SESSION // 2**20} MB."
        if sum(kept.values()) + self._arriving.total() > MAX_OF_ALL:
            return "The server keeps as many uploads as it can. Try again in a few minutes."
        return ""


async def _passed_over(message: Message, receive: Receive) -> None:
    """Let the rest of a request come, and go: a browser that may not send it to its end does not read the answer."""
    left = MAX_OF_A_SESSION
    while left > 0 and message["type"] == "http.request" and message.get("more_body", False):
        message = await receive()
        left -= len(message.get("body", b""))


def _session(scope: Scope) -> str | None:
    """The session that a request uploads to; None for other requests."""
    if scope["type"] != "http" or scope["method"] != "PUT":
        return None
    named = re.search("/_stcore/upload_file/([^/]+)/", scope["path"])
    return named[1] if named else None


def _kept() -> Mapping[str, int]:
    """Session -> bytes of its uploads that Streamlit keeps."""
    manager = Runtime.instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return {
        session: sum(OF_A_FILE + len(file.data) for file in list(files.values()))
        for session, files in list(manager.file_storage.items())
    }
