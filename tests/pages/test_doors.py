"""The doors of the server by themselves: whose windows are let in, and how much of uploads."""

import ast
import asyncio
import gc
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages.ui.doors import sessions, uploads
from pages.ui.doors.memory import FreeMemory
from pages.ui.doors.origins import OwnOrigins, is_known, is_own
from pages.ui.doors.sessions import end_left_sessions, end_those_in_time, free
from pages.ui.doors.uploads import OF_A_FILE, BoundedUploads
from tests.support.visitors import apart

ROOT = Path(__file__).parents[2]


def set_options(monkeypatch, address="localhost"):
    options = {
        "server.address": address,
        "server.corsAllowedOrigins": ["https://listed.example"],
        "server.allowedHosts": ["Name.example.", "*.many.example"],
    }
    monkeypatch.setattr(st, "get_option", options.__getitem__)


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        (None, True),
        ("http://localhost:8501", True),
        ("https://LOCALHOST:8501", True),
        ("http://localhost:3000", False),
        ("http://localhost.other.example:8501", False),
        ("https://other.example", False),
        ("https://listed.example", True),
        ("http://listed.example", False),
        ("https://listed.example:444", False),
        ("null", False),
        ("", False),
        ("http://[", False),
        ("file:///localhost:8501", False),
    ],
)
def test_whose_pages_may_open_a_window(monkeypatch, origin, own):
    set_options(monkeypatch)
    assert is_own(origin, "localhost:8501") is own


@pytest.mark.parametrize("origin", [b"http://Localhost:8501", b"https://listed.example", None])
def test_streamlit_does_not_judge_once_more_what_was_let_in(monkeypatch, origin):
    set_options(monkeypatch)
    passed = []

    async def streamlit(scope, receive, send):
        passed.append(scope["headers"])

    others = [(b"host", b"localhost:8501"), (b"cookie", b"a=b")]
    headers = [*others, *([] if origin is None else [(b"origin", origin)])]
    apart(OwnOrigins(streamlit)({"type": "websocket", "headers": headers}, None, None))
    assert passed == [others]


NAMES = [
    (None, True),
    ("localhost:8501", True),
    ("LOCALHOST", True),
    ("localhost.:8501", True),
    ("127.0.0.1:8501", True),
    ("[::1]:8501", True),
    ("listed.example", True),
    ("name.example:8501", True),
    ("one.many.example", True),
    ("many.example", False),
    ("other.example:8501", False),
    ("localhost.other.example:8501", False),
    ("127.0.0.1.other.example", False),
    ("192.0.2.1:8501", False),
    ("", False),
    ("[", False),
    ("?", False),
]


@pytest.mark.parametrize(("host", "known"), NAMES)
@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "::1"])
def test_which_names_this_machine_alone_answers_to(monkeypatch, host, known, address):
    set_options(monkeypatch, address)
    assert is_known(host) is known


@pytest.mark.parametrize("host", [host for host, _ in NAMES])
@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "192.0.2.7"])
def test_a_network_is_answered_by_any_name(monkeypatch, host, address):
    set_options(monkeypatch, address)
    assert is_known(host)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(("host", "let_in"), [(b"other.example:8501", False), (b"localhost:8501", True)])
def test_another_name_is_refused_whatever_is_asked_for(monkeypatch, kind, host, let_in):
    set_options(monkeypatch)
    passed, sent = [], []

    async def streamlit(scope, receive, send):
        passed.append(scope["type"])

    async def send(message):
        sent.append(message)

    headers = [(b"host", host), (b"origin", b"http://" + host)]  # one's own page, for the browser
    apart(OwnOrigins(streamlit)({"type": kind, "headers": headers}, None, send))
    assert passed == ([kind] if let_in else [])
    answer = {"http": ("http.response.start", 403), "websocket": ("websocket.close", 1008)}[kind]
    assert [(message["type"], message.get("status", message.get("code"))) for message in sent[:1]] == (
        [] if let_in else [answer]
    )


@pytest.fixture
def manager(monkeypatch):
    manager = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(uploads.Runtime, "instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    monkeypatch.setattr(uploads, "MAX_OF_A_SESSION", 10 * OF_A_FILE)
    monkeypatch.setattr(uploads, "MAX_OF_ALL", 25 * OF_A_FILE)
    monkeypatch.setattr(uploads, "CHECKED_EVERY", 1)
    return manager


def part(body, more):
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.fixture(params=[True, False], ids=["an empty end", "the end in the last chunk"])
def put(manager, request):
    """Uploads to a session as Streamlit would; the status of the answer."""
    ids = iter(range(10**6))

    async def streamlit(scope, receive, send):
        contents, more = b"", True
        while more:
            message = await receive()
            contents, more = contents + message["body"], message["more_body"]
        await asyncio.sleep(0)
        record = UploadedFileRec(str(next(ids)), "name", "type", contents)
        manager.add_file(scope["path"].split("/")[3], record)

    door = BoundedUploads(streamlit)

    async def put(session, *chunks, method="PUT"):
        chunks = [*chunks, b""] if request.param else chunks or [b""]
        messages = iter([part(chunk, number < len(chunks)) for number, chunk in enumerate(chunks, 1)])

        async def receive():
            await asyncio.sleep(0)
            return next(messages)

        try:
            scope = {"type": "http", "method": method, "path": f"/_stcore/upload_file/{session}/file"}
            await door(scope, receive, None)
        except HTTPException as refused:
            return refused.status_code
        return 204

    return put


CHUNK = bytes(OF_A_FILE)


def test_a_session_is_refused_what_would_be_too_much_and_others_are_not(put):
    async def all_of_it():
        return [await put("one", CHUNK, CHUNK) for _ in range(4)], await put("other", *[CHUNK] * 9)

    assert apart(all_of_it()) == ([204, 204, 204, 413], 204)


def test_uploads_at_once_count_together_and_leave_no_trace(put):
    async def all_of_it():
        first = await asyncio.gather(*(put("one", *[CHUNK] * 4) for _ in range(4)))
        return first, await put("one", CHUNK)

    first, later = apart(all_of_it())
    assert first.count(204) <= 2
    assert later == 204


@pytest.mark.parametrize("together", [2, 4, 8])
def test_what_comes_after_the_last_look_is_looked_at_too(put, manager, monkeypatch, together):
    monkeypatch.setattr(uploads, "CHECKED_EVERY", 4 * OF_A_FILE)

    async def all_of_it():  # each begins while there is room, and brings less than what is between two looks
        answers = []
        for _ in range(3):
            answers += await asyncio.gather(*(put("one", b"", bytes(3 * OF_A_FILE)) for _ in range(together)))
        return answers

    answers = apart(all_of_it())
    kept = manager.file_storage["one"].values()
    assert 1 <= answers.count(204) == len(kept) < len(answers)
    assert sum(OF_A_FILE + len(file.data) for file in kept) <= uploads.MAX_OF_A_SESSION


def test_empty_files_count_too(put):
    async def all_of_it():
        return [await put("one") for _ in range(12)]

    assert apart(all_of_it()) == [204] * 10 + [413] * 2


def test_all_sessions_together_have_a_limit_that_an_end_of_one_makes_room_in(put, manager):
    async def fill():
        return [await put(f"session {number}", *[CHUNK] * 9) for number in range(3)]

    assert apart(fill()) == [204, 204, 413]
    manager.remove_session_files("session 0")
    assert apart(fill()) == [204, 413, 413]


def test_other_requests_pass_uncounted(put):
    assert apart(put("one", *[CHUNK] * 100, method="POST")) == 204


def test_free_memory_goes_back_when_a_window_opens_and_at_no_other_request():
    asked, passed = [], []

    async def app(scope, receive, send):
        passed.append(scope["type"])

    door = FreeMemory(app)
    door._trim = asked.append
    for kind in ("http", "websocket", "http"):
        apart(door({"type": kind}, None, None))
    assert passed == ["http", "websocket", "http"]
    assert asked == [0]


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is another one")
def test_the_c_library_can_give_memory_back():
    assert FreeMemory(None)._trim(0) in (0, 1)


class Session:
    """As much of one of Streamlit's as is asked for; its page holds it, and it its page."""

    def __init__(self, name):
        self.id, self.shut, self.session_state = name, False, {"session": self}

    def shutdown(self):
        self.shut = True


def test_sessions_whose_time_is_over_end_and_leave_nothing():
    storage = MemorySessionStorage(ttl_seconds=100)
    manager = SimpleNamespace(_session_storage=storage, _storage_lock=threading.Lock(), list_sessions=storage.list)
    over, stays = Session("over"), Session("stays")
    cache = storage._cache
    cache._timer = lambda: 0.0
    storage.save(SessionInfo(None, over))
    cache._timer = lambda: 90.0
    storage.save(SessionInfo(None, stays))
    known = {}
    assert end_those_in_time(manager, known) == 0
    assert set(known) == {"over", "stays"}
    assert not over.shut
    cache._timer = lambda: 110.0
    assert end_those_in_time(manager, known) > 0
    assert set(known) == {"stays"}
    assert (over.shut, stays.shut) == (True, False)
    assert (over.session_state, stays.session_state) == ({}, {"session": stays})


@pytest.mark.parametrize("freeze", [False, True])
def test_what_ended_sessions_kept_is_freed_also_where_it_was_frozen(freeze):
    session = Session("over")
    gone = weakref.ref(session)
    before = gc.get_freeze_count()
    if freeze:
        gc.freeze()
    try:
        del session
        free()
        assert gone() is None
        assert bool(gc.get_freeze_count()) is (freeze or before > 0)
    finally:
        gc.unfreeze()


def test_another_way_of_keeping_sessions_is_left_alone():
    assert end_those_in_time(SimpleNamespace(), {}) == 0
    assert end_those_in_time(None, {}) == 0


def test_sessions_that_streamlit_drops_by_itself_end_too():
    storage = MemorySessionStorage(ttl_seconds=100)
    manager = SimpleNamespace(_session_storage=storage, _storage_lock=threading.Lock(), list_sessions=storage.list)
    first, second = Session("first"), Session("second")
    storage._cache._timer = lambda: 0.0
    storage.save(SessionInfo(None, first))
    known = {}
    assert end_those_in_time(manager, known) == 0
    storage._cache._timer = lambda: 101.0
    storage.save(SessionInfo(None, second))  # the first goes with it
    assert end_those_in_time(manager, known) == 1
    assert (first.shut, first.session_state, second.shut) == (True, {}, False)


def test_the_clock_goes_on_after_an_error(monkeypatch):
    looks, said = [], []
    monkeypatch.setattr(sessions.log, "warning", lambda text, exc_info: said.append(text))

    async def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            raise asyncio.CancelledError

    def instance():
        raise RuntimeError("another Streamlit")

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(st.runtime, "exists", lambda: True)
    monkeypatch.setattr(st.runtime, "get_instance", instance)
    with pytest.raises(asyncio.CancelledError):
        apart(end_left_sessions())
    assert len(looks) == 3
    assert said == ["sessions that were left could not be ended"] * 2


def test_the_server_keeps_linear_algebra_on_one_thread_unless_it_is_told_otherwise():
    program = "import runpy; runpy.run_path('app.py'); import numpy, threadpoolctl as t; print(t.threadpool_info())"
    for told, threads in (({}, 1), ({"OPENBLAS_NUM_THREADS": "2"}, 2)):
        kept = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
        run = subprocess.run(
            [sys.executable, "-c", program], env=kept | told, cwd=ROOT, capture_output=True, text=True, check=True
        )
        found = ast.literal_eval(run.stdout.splitlines()[-1])
        assert {each["num_threads"] for each in found if each["internal_api"] == "openblas"} <= {threads}
