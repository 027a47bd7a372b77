"""The app sends nothing anywhere, from its start to a finished explanation."""

import json
import subprocess
import sys

import pytest

import lime_core as lc
from tests.browser.app import ROOT
from tests.support.visitors import apart, serve, visit


async def explain(server):
    async with visit(server.url) as visitor:
        assert (await visitor.fetch("/")).startswith(b"<!")
        await visitor.send(visitor.pressed(lc.GALLERY["chelsea"].title))
        await visitor.settled()
        await visitor.send(visitor.moved("num_samples", 100), visitor.pressed("Explain"))
        await visitor.settled()
        assert len(visitor.pictures("Explanation of")) == 1
    return await server.until(lambda counts: counts["connected"] == 0)


def test_the_app_sends_nothing(tmp_path):
    with serve(tmp_path) as server:
        server.allow("all")
        counts = apart(explain(server))
    assert sum(event[0] == "has" for event in counts["events"]) > 1
    assert counts["outside"] == []


ATTEMPT = """
import json, socket, subprocess, sys
from tests.support.counted_app import forbid_outside

attempts = []
forbid_outside(attempts)
try:
    {}
except OSError:
    pass
print(json.dumps(attempts))
"""


def attempts(statement):
    """What is noted of a statement."""
    command = [sys.executable, "-c", ATTEMPT.format(statement)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("statement", "noted"),
    [
        ("socket.socket().connect(('192.0.2.1', 443))", "socket.connect (('192.0.2.1', 443),)"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", "socket.sendto"),
        ("socket.getaddrinfo('streamlit.example', 443)", "socket.getaddrinfo ('streamlit.example', 443"),
        ("socket.gethostbyname('streamlit.example')", "socket.gethostbyname"),
        ("__import__('urllib.request').request.urlopen('http://streamlit.example')", "socket.getaddrinfo"),
        ("subprocess.run(['curl', 'http://192.0.2.1'])", "subprocess.Popen ('curl'"),
    ],
)
def test_what_would_be_sent_is_noted(statement, noted):
    assert any(attempt.startswith(noted) for attempt in attempts(statement))


def test_this_machine_may_talk_to_itself():
    assert attempts("socket.create_connection(('localhost', 9), timeout=1)") == []
    assert attempts("socket.create_connection(('::1', 9), timeout=1)") == []
