"""Whose pages may open a window on the app: its own, and those that the operator lists.

A page of another site can open a websocket to any address, this machine's too, and says in `Origin` where it is from.
Streamlit would look up the server's addresses to judge it: it asks a host on the internet, and opens a UDP socket.
Here it is judged by what the request and the settings say, and Streamlit is not told where a window that is let in is
from, which it would judge once more: so nothing is looked up.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger("lime_dashboard")


class OwnOrigins:
    """Refuses websockets of the pages of other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the websocket before it is open, which the other side sees as 403; else go on without `Origin`."""
        if scope["type"] == "websocket":
            headers = Headers(scope=scope)
            if not is_own(headers.get("origin"), headers.get("host", "")):
                log.warning(
                    "A window of a page from %.100r was refused; server.corsAllowedOrigins lists those that may.",
                    headers["origin"],
                )
                await send({"type": "websocket.close", "code": 1008})
                return
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"origin"]}
        await self._app(scope, receive, send)


def is_own(origin: str | None, host: str) -> bool:
    """Whether a page from `origin` may open a window on the app at `host`.

    origin : where the page is from; None where no browser asks
    host : by which name and port this server was asked for
    """
    if origin is None:
        return True
    page = _parts(origin)
    if page is None:
        return False
    listed = [_parts(entry.strip()) for entry in st.get_option("server.corsAllowedOrigins")]
    return page[1] == host.lower() or page in listed


def _parts(origin: str) -> tuple[str, str] | None:
    """Scheme and host with port; None for what is no address of a page, such as "null"."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return (parts.scheme.lower(), parts.netloc.lower()) if parts.netloc else None
