"""The real app in a server of its own, and a real Chromium to look at it: for tests and for benchmarks."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
]
STARTING = 60.0
"""Seconds within which the server must answer."""


def chromium(playwright: Playwright) -> Browser | None:
    """Debian's Chromium, or None where it is not installed."""
    path = shutil.which("chromium")
    return playwright.chromium.launch(executable_path=path, args=FLAGS) if path else None


@contextmanager
def serve(
    home: Path,
    *program: str,
    cache: Path | None = None,
    end: signal.Signals = signal.SIGTERM,
    options: Sequence[str] = (),
    script: str = "app.py",
) -> Iterator[str]:
    """The address of the app, started as a user starts it, with `home` as its home folder.

    program : what Python runs instead of the module streamlit
    cache : where converted models are kept, else in `home`
    end : the signal that ends it
    options : further ones of `streamlit run`
    script : what is served

    Raises AssertionError with the server's log when it does not answer, ends by itself or not in
    order, or logs a traceback.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *(program or ("-m", "streamlit")), "run", script, "--server.port", str(port), *options],
            cwd=ROOT,
            env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(cache or home / "cache")},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://localhost:{port}"
        _wait_for(f"{url}/_stcore/health", process, log)
        yield url
        assert process.poll() is None, f"the server ended by itself:\n{log.read_text()}"
    finally:
        process.send_signal(end)
        code = process.wait(30)
    assert code == 0, f"exit code {code}:\n{log.read_text()}"
    assert "Traceback" not in log.read_text(), log.read_text()


def _wait_for(health: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server says that it is well."""
    for _ in range(int(STARTING / 0.2)):
        try:
            with urllib.request.urlopen(health, timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            pass
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"the server does not answer:\n{log.read_text()}")
