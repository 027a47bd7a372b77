"""Visitors of the app without a browser, who speak Streamlit's own protocol over a websocket, and an app for them."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests.browser import app

PATIENCE = 300.0
"""Seconds within which anything that is waited for must happen, on the slowest machine."""


def apart(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, run in a thread of its own: the browser's tests keep a loop in the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Server:
    """The app of `counted_app`: its address, and what it has counted."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    def allow(self, batches: str) -> None:
        """Let the model be asked for "some" batches, or for "all"."""
        (self._folder / batches).touch()

    def counts(self) -> dict[str, Any]:
        """The last counts, see `counted_app`."""
        counts: dict[str, Any] = json.loads((self._folder / "status.json").read_text("utf-8"))
        return counts

    async def until(self, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first counts from now on that meet a condition."""
        now = time.time()
        counts = self.counts()
        try:
            async with asyncio.timeout(PATIENCE):
                while counts["time"] < now or not met(counts):
                    await asyncio.sleep(0.1)
                    counts = self.counts()
        except TimeoutError:
            raise AssertionError(f"still waiting: {counts | {'events': len(counts['events'])}}") from None
        return counts


@contextmanager
def serve(home: Path, cache: Path | None = None, options: Sequence[str] = ()) -> Iterator[Server]:
    """The app, counted, with `home` as its home folder; see `tests.browser.app.serve`."""
    with app.serve(home, "-m", "tests.support.counted_app", str(home), cache=cache, options=options) as url:
        yield Server(url, home)


class Visitor:
    """One window on the app: it keeps what is on the page, and sends what a user would change or press."""

    def __init__(self, socket: ClientConnection, url: str) -> None:
        self._socket = socket
        self._url = url
        self._page: dict[tuple[int, ...], tuple[int, Any]] = {}  # by place: which drawing it is of, and the element
        self._drawing = 0
        self._drawn = False
        self._put: dict[str, str] = {}
        self.page = ""
        """The page that is looked at, as its address ends; empty for the first one."""
        self.query = ""
        """What stands behind the question mark of the address."""
        self.session = ""
        """What the server calls this window."""

    def all(self, kind: str) -> list[Any]:
        """Every element of a kind, such as "button", that is on the page."""
        return [getattr(element, kind) for _, element in self._page.values() if element.WhichOneof("type") == kind]

    def labels(self, kind: str) -> list[str]:
        return [widget.label for widget in self.all(kind)]

    def pictures(self, start: str) -> list[Any]:
        """The pictures with a description that begins so; `alt` is all of it, `url` where the picture lies."""
        return [picture for pictures in self.all("imgs") for picture in pictures.imgs if picture.alt.startswith(start)]

    def pressed(self, label: str) -> dict[str, Any]:
        """A click on a button."""
        return {"id": self._widget("button", label).id, "trigger_value": True}

    def moved(self, label: str, value: float) -> dict[str, Any]:
        """A slider at another value; one with steps of its own says them as they read."""
        widget = self._widget("slider", label)
        if widget.options:
            return {"id": widget.id, "string_array_value": {"data": [f"{value:g}"]}}
        return {"id": widget.id, "double_array_value": {"data": [value]}}

    def chosen(self, kind: str, label: str, *options: str) -> dict[str, Any]:
        """Options of a "button_group", or the one of a "selectbox", as they read on the page."""
        widget = self._widget(kind, label)
        if kind == "selectbox":
            return {"id": widget.id, "string_value": options[0]}
        return {"id": widget.id, "string_array_value": {"data": options}}

    def given(self, label: str, *files: str) -> dict[str, Any]:
        """These files in an upload; each was `put` before."""
        infos = [
            {
                "file_id": file,
                "name": name,
                "size": 1,
                "file_urls": {"file_id": file, "upload_url": "/", "delete_url": "/"},
            }
            for file, name in ((file, self._put[file]) for file in files)
        ]
        return {
            "id": self._widget("file_uploader", label).id,
            "file_uploader_state_value": {"uploaded_file_info": infos},
        }

    async def put(self, name: str, contents: bytes) -> tuple[int, str]:
        """Send a file to the server; returns the status of its answer, and what `given` calls the file."""
        file = str(uuid.uuid4())
        self._put[file] = name
        return await asyncio.to_thread(_put, self._url, self.session, file, name, contents), file

    async def send(self, *changes: dict[str, Any]) -> None:
        """Tell the app of changes, all at once; does not wait for what comes of them."""
        where = {"page_name": self.page, "query_string": self.query}
        message = BackMsg(rerun_script={"widget_states": {"widgets": changes}, **where})
        self._drawn = False
        await self._socket.send(message.SerializeToString())

    async def settled(self) -> None:
        """Listen to the app until the page is drawn to its end: when a run is over, and all its redraws."""
        while not self._drawn:
            self._take(ForwardMsg.FromString(await self._socket.recv()))

    async def fetch(self, path: str) -> bytes:
        """A file of the app."""

        def read() -> bytes:
            with urllib.request.urlopen(self._url + path, timeout=PATIENCE) as answer:
                return bytes(answer.read())

        return await asyncio.to_thread(read)

    def _widget(self, kind: str, label: str) -> Any:
        (widget,) = (widget for widget in self.all(kind) if widget.label == label)
        return widget

    def _take(self, message: ForwardMsg) -> None:
        what = message.WhichOneof("type")
        if what == "new_session":
            self._drawing += 1
            self.session = message.new_session.initialize.session_id or self.session
        elif what == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._page[tuple(message.metadata.delta_path)] = self._drawing, message.delta.new_element
        elif what == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._page = {place: drawn for place, drawn in self._page.items() if drawn[0] == self._drawing}
            self._drawn = True


def _put(url: str, session: str, file: str, name: str, contents: bytes) -> int:
    """Upload as a browser does; the status of the answer."""
    with urllib.request.urlopen(f"{url}/_stcore/health", timeout=PATIENCE) as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    request = urllib.request.Request(
        f"{url}/_stcore/upload_file/{session}/{file}",
        data=b"".join([head.encode(), contents, f"\r\n--{boundary}--\r\n".encode()]),
        method="PUT",
        headers={
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Cookie": cookie,
            "X-Xsrftoken": cookie.partition("=")[2],
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@asynccontextmanager
async def visit(
    url: str, origin: str | None = None, host: str = "localhost", page: str = "", query: str = ""
) -> AsyncIterator[Visitor]:
    """A new window on the app, closed at the end of the block; all that happens in it must be done in time.

    origin : of which site the page says that it is
    host : the name of this machine that the visitor has typed; nothing looks it up
    page, query : what the address has behind those, such as "lessons" and "lesson=how-many-samples"
    """
    port = int(url.rpartition(":")[2])
    stream = f"ws://{host}:{port}/_stcore/stream"
    settings: dict[str, Any] = {"subprotocols": ["streamlit"], "max_size": None, "ping_interval": None}
    settings["max_queue"] = None  # else the server's answer to a closed window waits behind what nobody has read
    async with (
        asyncio.timeout(PATIENCE),
        connect(stream, origin=origin, host="localhost", port=port, **settings) as socket,
    ):
        visitor = Visitor(socket, url)
        visitor.page, visitor.query = page, query
        await visitor.send()
        await visitor.settled()
        yield visitor
