"""The real app in a process that keeps count: what the model is asked, who waits for it, what is left behind when all
have gone, and what tries to leave this machine.

    python -m tests.support.counted_app FOLDER run app.py --server.port 8501

The counts stand in FOLDER/status.json, see `_report`.  The model is asked nothing before there is a file FOLDER/some,
and no more than `SOME` batches before there is FOLDER/all, so that a test can let visitors begin, and leave, together.
"""

from __future__ import annotations

import gc
import ipaddress
import json
import math
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

BATCH = 8
"""Rows in each batch of a probe: few, so that there are many turns to take.  Each of its segmentations has a share."""

SHARE = BATCH // 4

SOME = 18

KEPT = 1
"""Seconds for which the server keeps a window that was closed, for it to come back."""

EVERY = 0.2
"""Seconds between two looks at what there is to count, or at what is allowed."""

SENDS = ("socket.connect", "socket.sendto", "socket.sendmsg")
ASKS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
STARTS = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec", "os.system")

LINKERS = {"ldconfig", "gcc", "cc", "ld", "objdump"}
"""Programs that Python itself asks where a library lies."""

Event = tuple[str, str, int, int]
"""What happened for which photo (its digest), and the rows from first to end: "waits" and "leaves" are a visitor's and
have no rows, "asks" is what the model is given, and "has" is what has been added to the probe."""


def forbid_outside(attempts: list[str]) -> None:
    """From now on, what this process sends elsewhere fails and is noted, and so do look-ups of other machines' names.

    So is every program that it starts, for nobody watches that one.
    """

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in SENDS:
            address = arguments[1]  # a path for sockets that never leave a machine
            outside = isinstance(address, tuple) and not _is_here(address[0])
        elif event in ASKS:
            outside = not _is_here(arguments[0])
        else:
            outside = event in STARTS and Path(os.fsdecode(arguments[0]) if arguments else "").name not in LINKERS
        if outside:
            attempts.append(f"{event} {arguments[1:] if event in SENDS else arguments}")
            raise PermissionError(f"forbidden here: {attempts[-1]}")

    sys.addaudithook(watch)


def _is_here(host: Any) -> bool:
    """Whether a host is this machine: its loopback, all of its addresses (to listen on), or its kernel (a number)."""
    name = os.fsdecode(host) if isinstance(host, bytes) else host
    if name in (None, "", "localhost") or isinstance(name, int):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


class InBatches:
    """An engine that is given `SHARE` rows at a time, whatever is fastest; `asks` is told how many before each."""

    batch_size = SHARE

    def __init__(self, engine: Any, asks: Callable[[int], None] = lambda rows: None) -> None:
        self._engine = engine
        self._asks = asks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def scorer(self, *scene: Any) -> Callable[[Any], Any]:
        score = self._engine.scorer(*scene)

        def counted(masks: Any) -> Any:
            self._asks(len(masks))
            return score(masks)

        return counted


def _count(folder: Path, events: list[Event], stores: list[Any]) -> None:
    """Note in `events` what happens in every store that the app makes, and add it to `stores`."""
    import lime_core as lc
    from lime_core.stores import shared_probe

    grow = shared_probe.grow

    def wait_until_allowed() -> None:
        begun = sum(event[0] == "asks" for event in events) * SHARE // BATCH
        while begun >= (math.inf if (folder / "all").exists() else SOME if (folder / "some").exists() else 0):
            time.sleep(EVERY)

    def counted_grow(probe: Any, num_samples: int, model: Any) -> Iterator[Any]:
        photo, done = probe.spec.picture, len(probe)
        asked = done

        def asks(rows: int) -> None:
            nonlocal asked
            if asked == done:
                wait_until_allowed()
            events.append(("asks", photo, asked, asked + rows))
            asked += rows

        for longer in grow(probe, num_samples, replace(model, engine=InBatches(model.engine, asks))):
            events.append(("has", photo, done, len(longer)))
            done = len(longer)
            yield longer

    class CountedStore(lc.ProbeStore):
        def __init__(self) -> None:
            super().__init__()
            stores.append(self)

        def grow(self, spec: Any, *arguments: Any, **named: Any) -> Iterator[Any]:
            events.append(("waits", spec.picture, 0, 0))
            try:
                yield from super().grow(spec, *arguments, **named)
            finally:
                events.append(("leaves", spec.picture, 0, 0))

    shared_probe.grow = counted_grow
    lc.ProbeStore = CountedStore  # type: ignore[misc]


def _report(path: Path, events: list[Event], stores: list[Any], attempts: list[str]) -> None:
    """Write the counts again and again.

    time : when they were taken
    events, outside : all that has happened, and all that was forbidden
    users, growing : visitors who wait for a probe, and probes that are ready to grow further
    connected, sessions : windows that are open, and those that are still in memory
    threads : names
    """
    from streamlit.runtime import Runtime

    sessions: weakref.WeakSet[Any] = weakref.WeakSet()
    while True:
        taken = time.time()
        manager = getattr(Runtime.instance(), "_session_mgr", None) if Runtime.exists() else None
        connected = manager.list_active_sessions() if manager else []
        sessions.update(info.session for info in connected)
        if sessions and not connected:
            gc.collect()
        entries = [entry for store in stores for entry in list(store._entries.values())]
        status = {
            "time": taken,
            "events": list(events),
            "outside": list(attempts),
            "users": sum(entry.users for entry in entries),
            "growing": sum(entry._growth is not None for entry in entries),
            "connected": len(connected),
            "sessions": len(sessions),
            "threads": [thread.name for thread in threading.enumerate()],
        }
        del manager, connected, entries
        new = path.with_suffix(".new")
        new.write_text(json.dumps(status), "utf-8")
        new.replace(path)
        time.sleep(EVERY)


def main() -> None:
    folder = Path(sys.argv[1])
    attempts: list[str] = []
    events: list[Event] = []
    stores: list[Any] = []
    forbid_outside(attempts)
    _count(folder, events, stores)

    from streamlit.web.cli import main as streamlit

    gc.collect()
    gc.freeze()  # Streamlit collects garbage after each drawing, and what has been imported by now is none

    counts = folder / "status.json", events, stores, attempts
    threading.Thread(target=_report, args=counts, name="report", daemon=True).start()
    sys.argv = ["streamlit", *sys.argv[2:], "--server.disconnectedSessionTTL", str(KEPT)]
    streamlit()


if __name__ == "__main__":
    main()
