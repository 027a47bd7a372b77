"""The app sends nothing anywhere, from its start to a finished explanation, whoever knocks."""

import json
import socket
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus

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


FOREIGN = ("https://other.example", "http://192.0.2.1:8501", "http://localhost:1", "null", "http://[", "file://", "")


async def by_another_name(url):
    """Whether the app answers by a name that somebody else lets point to this machine: its page, and its windows."""
    port = url.rpartition(":")[2]
    answers = []
    request = urllib.request.Request(url, headers={"Host": f"other.example:{port}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as page:
            answers.append(page.status == 200)
    except urllib.error.HTTPError as refused:
        answers.append(refused.code != 403)
    try:
        async with visit(url, f"http://other.example:{port}", "other.example"):
            answers.append(True)
    except InvalidStatus as refused:
        answers.append(refused.response.status_code != 403)
    assert answers[0] is answers[1]
    return answers[0]


@pytest.fixture(scope="module", params=[(), ("--server.address", "0.0.0.0")], ids=["as it is", "on all addresses"])
def served(request, tmp_path_factory):
    """The app, and whether it was told to listen on all addresses."""
    with serve(tmp_path_factory.mktemp("home"), options=request.param) as server:
        yield server, bool(request.param)


def test_a_page_of_another_site_is_refused_and_nothing_is_looked_up(served):
    async def knock(server):
        answers = []
        for origin in FOREIGN:
            with pytest.raises(InvalidStatus) as refused:
                async with visit(server.url, origin):
                    pass
            answers.append(refused.value.response.status_code)
        async with visit(server.url, server.url):
            pass
        assert await by_another_name(server.url) is everywhere
        return answers, await server.until(lambda counts: counts["connected"] == 0)

    server, everywhere = served
    answers, counts = apart(knock(server))
    assert answers == [403] * len(FOREIGN)
    assert counts["outside"] == []


def test_other_addresses_of_this_machine_answer_only_when_told(served):
    server, everywhere = served
    with socket.socket() as other:
        port = int(server.url.rpartition(":")[2])
        # every address of 127/8 is this machine's
        assert (other.connect_ex(("127.0.0.2", port)) == 0) is everywhere


def test_an_address_that_the_operator_lists_may_open_the_app_and_nothing_is_looked_up(tmp_path):
    listed = ["--server.address", "0.0.0.0", "--server.corsAllowedOrigins", "https://lime.example.org"]

    async def knock(server):
        port = server.url.rpartition(":")[2]
        for origin, host in [
            ("https://lime.example.org", "localhost"),
            ("https://Lime.example.org", "localhost"),
            (f"http://Workshop.example:{port}", "workshop.example"),
        ]:
            async with visit(server.url, origin, host):
                pass
        return await server.until(lambda counts: counts["connected"] == 0)

    with serve(tmp_path, options=listed) as server:
        assert apart(knock(server))["outside"] == []


def test_it_listens_on_this_machine_alone_unless_it_is_told_otherwise():
    command = "make -n run {} | grep -o -- '--server.address.*'"
    said = [
        subprocess.run(command.format(given), shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for given in ("", "ADDRESS=0.0.0.0")
    ]
    assert said == ["--server.address localhost\n", "--server.address 0.0.0.0\n"]
    assert tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]["address"] == "localhost"


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
