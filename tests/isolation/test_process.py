"""A process may hang, die, lie or eat memory: whoever asks is told so in a sentence, and goes on."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lime_core as lc
from lime_core.isolation.process import MOST_PROCESSES
from tests.isolation.conftest import LIMITS, WORKER

SHORT = replace(LIMITS, batch_seconds=0.4)
WRONG = [
    "noise",
    "endless header",
    "no json",
    "deep json",
    "other json",
    "no header",
    "header of a list",
    "no array",
    "two arrays",
    "more rows",
    "more axes",
    "no axes",
    "negative side",
    "a side that is true",
    "a side of text",
    "objects",
    "records",
    "big end first",
    "more bytes than told",
    "endless rows",
]


def ask(process, **asked):
    return process.ask(asked, shapes=[(2, 3)], most=48)


def ended(pid, seconds=5.0):
    """Whether a process goes within some seconds; one that nobody has waited for is gone, too."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def refused(process, sentence):
    """It says so, and goes on saying so; nothing of it is left."""
    with pytest.raises(lc.ModelUnavailable, match=sentence) as first:
        ask(process)
    assert str(first.value).startswith("The model has ended: ")
    assert ended(process.pid)
    for _ in range(2):
        with pytest.raises(lc.ModelUnavailable, match=f"This model is gone: .*{sentence}.* Upload or load it again"):
            ask(process)


def test_it_answers_one_question_after_another(behaving):
    process = behaving("good")
    for _ in range(3):
        header, [rows] = ask(process)
        assert header == {}
        assert rows.dtype == np.float32
        assert np.array_equal(rows, np.zeros((2, 3)))


@pytest.mark.parametrize("behavior", WRONG)
def test_what_is_no_answer_to_the_question_ends_it(behaving, behavior):
    refused(behaving(behavior), "answered with something else than it was asked for")


@pytest.mark.parametrize("behavior", ["hangs", "hangs in native code", "half"])
def test_one_that_hangs_is_ended(behaving, behavior):
    refused(behaving(behavior, SHORT), "did not answer within 0.4 seconds")


def test_one_that_does_not_even_listen_is_ended(behaving):
    process = behaving("does not listen", SHORT)
    with pytest.raises(lc.ModelUnavailable, match=r"did not answer within 0\.4 seconds"):
        process.ask({}, [np.zeros(10**6)])
    assert ended(process.pid)


@pytest.mark.parametrize(
    ("behavior", "sentence"),
    [
        ("dies", r"was ended by the signal SIGSEGV\."),
        ("is killed", "was ended by the signal SIGKILL, as it happens where memory does not suffice"),
        ("leaves", r"ended with the exit code 3\."),
        ("leaves as OpenMP does", "ended with the exit code 1, as it happens where memory does not suffice"),
        ("shared", "needed more than 50 MB of memory"),
    ],
)
def test_one_that_dies_while_it_is_asked_says_how(behaving, behavior, sentence):
    refused(behaving(behavior), sentence)


def test_one_that_dies_between_two_questions_says_how(behaving):
    process = behaving()
    ask(process)
    os.kill(process.pid, signal.SIGKILL)
    refused(process, "was ended by the signal SIGKILL")


def test_memory_that_it_may_not_have_is_refused_and_it_goes_on(behaving):
    process = behaving("private")
    for _ in range(2):
        with pytest.raises(MemoryError):
            ask(process)
    assert ask(process, do="good")


def test_it_writes_no_file(behaving):
    assert behaving("file").ask({})[0] == {"failed": "OSError"}


def test_errors_are_passed_on_by_our_own_types_and_one_line(behaving):
    process = behaving()
    with pytest.raises(lc.BadScores) as told:
        ask(process, do="ours")
    assert told.value.public == "Not[31m finite. "
    with pytest.raises(lc.ModelUnavailable) as told:
        ask(process, do="unknown")
    assert told.value.public == "The model failed with an error of its own."
    assert len(str(told.value)) < 1100
    with pytest.raises(lc.ModelUnavailable):
        ask(process, do="no names")
    assert ask(process, do="good")


def test_it_knows_nothing_of_the_server_and_hears_no_ctrl_c(behaving, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "1234")
    process = behaving("environment")
    told, _ = process.ask({})
    assert "1234" not in str(told)
    assert {told["environment"][name] for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR")} == {os.devnull}
    assert told["session"] == process.pid
    assert told["folder"] == "/"


def test_there_are_only_so_many_at_a_time(behaving):
    processes = [behaving() for _ in range(MOST_PROCESSES)]
    with pytest.raises(lc.ModelBusy, match=f"{MOST_PROCESSES} models have processes of their own already"):
        behaving()
    ask(behaving(spare=True))  # which is not counted either
    processes[0].close()
    ask(behaving())


def test_a_program_that_is_not_there_is_said_and_counts_no_longer(behaving, monkeypatch):
    monkeypatch.setattr("tests.isolation.conftest.sys.executable", "/nowhere/python")
    for _ in range(MOST_PROCESSES + 1):
        with pytest.raises(lc.ModelUnavailable, match="No process could be started for the model"):
            behaving()


def test_one_that_nobody_holds_ends(behaving, monkeypatch):
    held = behaving()
    pid = type(held)(LIMITS).pid
    gc.collect()
    assert ended(pid)
    ask(held)


def test_waiting_for_the_questions_of_others_is_not_its_fault(behaving):
    process = behaving("slow", SHORT)
    threads = [threading.Thread(target=ask, args=(process,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask(process)


def test_closing_ends_it_while_another_thread_asks(behaving):
    process, errors = behaving("hangs"), []

    def wait():
        try:
            ask(process)
        except lc.ModelUnavailable as error:
            errors.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.2)
    process.close()
    thread.join(5)
    assert errors == ["The model has ended: its process was ended. Upload or load it again, or a smaller one."]


def test_a_question_that_is_interrupted_ends_it(behaving, monkeypatch):
    process = behaving("hangs")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lime_core.isolation.process.receive", stop)
    with pytest.raises(KeyboardInterrupt):
        ask(process)
    with pytest.raises(lc.ModelUnavailable, match="a question was interrupted"):
        ask(process)
    assert ended(process.pid)


def test_it_outlives_the_thread_that_started_it(behaving):
    processes = []
    thread = threading.Thread(target=lambda: processes.append(behaving()))
    thread.start()
    thread.join()
    time.sleep(0.1)
    ask(processes[0])


SERVER = """
import socket, subprocess, sys, os, struct, time
ours, theirs = socket.socketpair()
command = [sys.executable, "-I", "-S", *sys.argv[1:], str(os.getpid()), "10000000"]
process = subprocess.Popen(command, stdin=theirs, start_new_session=True)
text = b'{"header": {}}'
ours.sendall(struct.pack(">QQ", len(text), 0) + text)
time.sleep(0.3)
print(process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("behavior", ["good", "hangs in native code", "does not listen"])
def test_it_ends_with_a_server_that_is_killed(behavior):
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(WORKER), behavior], stdout=subprocess.PIPE, text=True)
    pid = int(server.stdout.readline())
    assert not ended(pid, 0.1)
    server.kill()
    server.communicate()
    assert ended(pid)


LEAVING = """
import sys, threading, time
from lime_core.isolation.limits import ModelLimits
from lime_core.isolation.process import ModelProcess

process = ModelProcess(ModelLimits(), [sys.executable, "-I", "-S", *sys.argv[1:]])
threading.Thread(target=process.ask, args=({},), daemon=True).start()
time.sleep(0.3)
print(process.pid)
"""


@pytest.mark.slow
def test_a_server_that_leaves_says_nothing_and_takes_it_along():
    left = subprocess.run(
        [sys.executable, "-c", LEAVING, str(WORKER), "hangs"],
        cwd=WORKER.parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (left.returncode, left.stderr) == (0, "")
    assert ended(int(left.stdout))
