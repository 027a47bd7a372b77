"""Whose pages may use the app: its own, and those that the operator lists.

A page of another site can ask any address for what it wants, this machine's too, and open a websocket to it; it says in
`Origin` where it is from.  Streamlit would look up the server's addresses to judge it: it asks a host on the internet,
and opens a UDP socket.  Here it is judged by what the request and the settings say, and Streamlit is not told where a
window that is let in is from, which it would judge once more: so nothing is looked up.

A name that its owner lets point to this machine makes such a page the app's own for a browser.  So an app that listens
to this machine alone answers only to the names of this machine, and to those that the operator lists.
"""

from __future__ import annotations

import logging
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger("lime_dashboard")


class OwnOrigins:
    """Refuses requests to names that are not the app's, and websockets of the pages of other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403, also where a websocket is not yet open; else go on, with a websocket without its `Origin`."""
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            if not is_known(headers.get("host")):
                log.warning(
                    "A request to %.100r was refused; server.corsAllowedOrigins lists other addresses of the app.",
                    headers["host"],
                )
                if scope["type"] == "websocket":
                    await _close(send)
                else:
                    await PlainTextResponse("The app is not served by this name.", 403)(scope, receive, send)
                return
        if scope["type"] == "websocket":
            if not is_own(headers.get("origin"), headers.get("host", "")):
                log.warning(
                    "A window of a page from %.100r was refused; server.corsAllowedOrigins lists those that may.",
                    headers["origin"],
                )
                await _close(send)
                return
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"origin"]}
        await self._app(scope, receive, send)


async def _close(send: Send) -> None:
    """Close a websocket before it is open, which the other side sees as 403."""
    await send({"type": "websocket.close", "code": 1008})


def is_known(host: str | None) -> bool:
    """Whether the app answers to this name: to any where it listens to more than this machine.

    host : by which name and port the server was asked for; None where no browser asks
    """
    if host is None or not _is_here(st.get_option("server.address")):
        return True
    name = _name(f"//{host}")
    listed = [_name(entry) for entry in st.get_option("server.corsAllowedOrigins")]
    patterns = [entry.strip().lower().rstrip(".") for entry in st.get_option("server.allowedHosts")]
    return bool(name) and (_is_here(name) or name in listed or any(fnmatchcase(name, pattern) for pattern in patterns))


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


def _name(address: str) -> str:
    """The name in an address, without the port and in small letters; empty where there is none."""
    try:
        return (urlsplit(address.strip()).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_here(name: str | None) -> bool:
    """Whether a name means this machine alone, wherever it is asked for."""
    try:
        return name == "localhost" or ip_address(name or "").is_loopback
    except ValueError:
        return False
