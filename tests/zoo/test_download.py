"""Downloads from a server on this machine: whole files arrive, and all others end in time with a reason."""

import hashlib
import http.server
import os
import socket
import threading
import time
from contextlib import contextmanager

import pytest

import lime_core as lc
from lime_core.zoo import download as downloading
from lime_core.zoo.download import download

FILE = os.urandom(3_000_000)


@contextmanager
def served(answer):
    """The address of a server that answers every request by calling `answer` with its handler."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def gives(contents, stated=None, status=200):
    def answer(handler):
        handler.send_response(status)
        if stated != "none":
            handler.send_header("Content-Length", str(len(contents) if stated is None else stated))
        handler.end_headers()
        handler.wfile.write(contents)

    return answer


def fetched(url, folder, name="net.pth"):
    """What went wrong, and how long it took; nothing is left behind."""
    start = time.monotonic()
    with pytest.raises(lc.ModelUnavailable) as caught:
        download("net", f"{url}/{name}", folder / name, folder / name, True)
    assert not folder.exists() or not list(folder.iterdir())
    assert f"could not be downloaded from {url}/{name}: " in caught.value.public
    assert str(folder) not in caught.value.public
    assert str(folder / name) in str(caught.value)
    return caught.value.public.split(f"/{name}: ")[1], time.monotonic() - start


@pytest.mark.parametrize("stated", [None, "none"])
def test_a_file_arrives_whole(tmp_path, stated):
    name = f"net-{hashlib.sha256(FILE).hexdigest()[:8]}.pth"
    with served(gives(FILE, stated)) as url:
        download("net", f"{url}/{name}", tmp_path / "new" / name, tmp_path, True)
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]
    assert (tmp_path / "new" / name).read_bytes() == FILE


def test_the_server_learns_who_asks_and_nothing_of_the_machine(tmp_path):
    asked = []

    def answer(handler):
        asked.append((handler.path, dict(handler.headers)))
        gives(FILE)(handler)

    with served(answer) as url:
        download("net", f"{url}/net.pth", tmp_path / "net.pth", tmp_path, True)
    [(path, headers)] = asked
    assert path == "/net.pth"
    assert headers == {"Accept-Encoding": "identity", "Host": url[7:], "User-Agent": "lime_core", "Connection": "close"}


def test_a_download_that_is_not_allowed_asks_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", None)
    with pytest.raises(lc.ModelUnavailable) as caught:
        download("net", "http://127.0.0.1:9/net.pth", tmp_path / "net.pth", tmp_path / "net.pth", False)
    assert caught.value.public == "The weights of net are not on this machine, and nothing may be downloaded here."
    assert str(caught.value).endswith(f"Get http://127.0.0.1:9/net.pth and put it there as {tmp_path / 'net.pth'}, or "
                                      "allow downloads.")  # fmt: skip


def test_a_server_that_refuses_ends_at_once(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        reason, seconds = fetched(f"http://127.0.0.1:{nobody.getsockname()[1]}", tmp_path)
    assert "refused" in reason
    assert seconds < 2


def test_a_server_that_says_nothing_is_given_up_after_three_seconds(tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        reason, seconds = fetched(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path)
    assert reason == "there was no answer within 3 seconds."
    assert 2.5 < seconds < 4.5


def test_a_name_that_is_looked_up_for_long_is_given_up_after_three_seconds(tmp_path, monkeypatch):
    asked, done = [], threading.Event()

    def slow(host, *_, **__):
        asked.append(host)
        done.wait(20)
        raise socket.gaierror("nobody knows")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    reason, seconds = fetched("http://far.invalid", tmp_path)
    done.set()
    assert reason == "there was no answer within 3 seconds."
    assert 2.5 < seconds < 4.5
    assert asked == ["far.invalid"]  # one try


def test_an_answer_that_comes_too_late_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(downloading, "ANSWER_SECONDS", 0.05)
    closed, late = threading.Event(), threading.Event()

    class Answer:
        def close(self):
            closed.set()

    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: late.wait(10) and Answer())
    fetched("http://127.0.0.1:9", tmp_path)
    late.set()
    assert closed.wait(10)


def test_a_download_that_stands_still_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(downloading, "SILENCE_SECONDS", 0.3)
    over = threading.Event()

    def stands_still(handler):
        gives(FILE[:1000], 5000)(handler)
        handler.wfile.flush()
        over.wait(20)

    with served(stands_still) as url:
        reason, seconds = fetched(url, tmp_path)
        over.set()
    assert "timed out" in reason
    assert seconds < 3


@pytest.mark.parametrize(
    ("answer", "name", "reason"),
    [
        (gives(FILE[:1000], 3_000_000), "net.pth", "it ended after 1000 of 3000000 bytes."),
        (gives(b"", 0, 404), "net.pth", "Not Found"),
        (gives(FILE, 10**14), "net.pth", "it has 100000000 MB, and there is room for "),
        (gives(FILE, "many"), "net.pth", "invalid literal"),
        (gives(FILE), "net-00000000.pth", f"the SHA-256 {hashlib.sha256(FILE).hexdigest()[:8]}…, not 00000000…."),
        (lambda handler: handler.wfile.write(b"no http\r\n\r\n"), "net.pth", "no http"),
    ],
)
def test_what_is_not_the_file_leaves_nothing(tmp_path, answer, name, reason):
    with served(answer) as url:
        found, _ = fetched(url, tmp_path, name)
    assert reason in found


@pytest.mark.parametrize("stated", [None, "none"])
def test_a_file_that_is_too_large_is_not_kept(tmp_path, monkeypatch, stated):
    monkeypatch.setattr(downloading, "MOST_BYTES", 2_000_000)
    with served(gives(FILE, stated)) as url:
        reason, _ = fetched(url, tmp_path)
    assert "room for" in reason
    assert "2 MB" in reason


def test_what_is_there_already_stays_when_a_download_fails(tmp_path):
    (tmp_path / "net.pth").write_bytes(b"before")
    with served(gives(FILE[:1000], 3_000_000)) as url, pytest.raises(lc.ModelUnavailable):
        download("net", f"{url}/net.pth", tmp_path / "net.pth", tmp_path, True)
    assert (tmp_path / "net.pth").read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1
