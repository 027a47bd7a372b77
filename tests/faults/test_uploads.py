"""What the server keeps of uploads: so much for a session, so much for all, and nothing on disk."""

import asyncio
import re
import tomllib
from pathlib import Path

import numpy as np

from pages.ui.doors.uploads import MAX_OF_A_SESSION
from pages.ui.runs import models, priors
from pages.ui.sharing import opening
from tests.browser import app
from tests.support.badfiles import encoded
from tests.support.visitors import apart, visit

MB = 2**20

NO_TEMPORARY_FILES = """
import sys, tempfile
tempfile.tempdir = "/dev/null/no folder"  # nobody can write there, root neither
from streamlit.web.cli import main
sys.argv = ["streamlit", *sys.argv[1:]]
main()
"""


def resident(home: Path) -> float:
    """MB that the one server with this home folder holds in memory."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}\0" in (folder / "environ").read_text(errors="replace"):
                return int(re.search(r"VmRSS:\s+(\d+)", (folder / "status").read_text())[1]) / 1024
        except OSError:
            continue
    raise AssertionError("there is no such process")


async def rested(home: Path) -> float:
    """MB that the server holds once it has loaded what it loads by itself: no more than a second ago."""
    before, now = 0.0, resident(home)
    while now - before > 2:
        await asyncio.sleep(1)
        before, now = now, resident(home)
    return now


def test_a_session_keeps_so_much_and_no_more(tmp_path):
    async def fill(url):
        async with visit(url) as one, visit(url) as other:
            await one.settled()
            before = await rested(tmp_path)
            one_by_one = [(await one.put("zeros", bytes(size * MB)))[0] for size in (200, 190, 20, 5, 20)]
            at_once = await asyncio.gather(*(other.put("zeros", bytes(19 * MB)) for _ in range(40)))
            return one_by_one, [status for status, _ in at_once], resident(tmp_path) - before

    with app.serve(tmp_path) as url:
        one_by_one, at_once, more = apart(fill(url))
    assert one_by_one == [204, 204, 413, 204, 413]
    assert set(at_once) == {204, 413}
    # Those that are refused count as well while they arrive, so that fewer than fit may be let in.
    assert 1 <= at_once.count(204) <= MAX_OF_A_SESSION // (19 * MB)
    assert more < 3 * MAX_OF_A_SESSION / MB


def test_what_is_uploaded_is_not_written_to_disk_and_comes_in_where_no_file_can_be_written(tmp_path):
    async def give(url):
        async with visit(url) as visitor:
            await visitor.send(visitor.chosen("button_group", "Photo", "Upload"))
            await visitor.settled()
            photo = np.random.default_rng(0).integers(0, 256, (1500, 1500, 3), dtype=np.uint8)
            status, file = await visitor.put("noise.png", encoded(photo))
            await visitor.send(visitor.given("Upload a photo", file))
            await visitor.settled()
            return status, [picture.alt for picture in visitor.pictures("The photo noise.png")]

    with app.serve(tmp_path, "-c", NO_TEMPORARY_FILES) as url:
        status, shown = apart(give(url))
    assert status == 204
    assert len(shown) == 1


def test_the_server_takes_what_every_upload_of_the_pages_promises():
    settings = tomllib.loads((app.ROOT / ".streamlit" / "config.toml").read_text())["server"]
    named = {"priors.FILE_MB": priors.FILE_MB, "models.FILE_MB": models.FILE_MB, "FILE_MB": opening.FILE_MB}
    promised = [
        int(named.get(size, size))
        for path in (app.ROOT / "pages").rglob("*.py")
        for size in re.findall(r"max_upload_size=([\w.]+)", path.read_text())
    ]
    assert len(promised) == sum(path.read_text().count("file_uploader(") for path in (app.ROOT / "pages").rglob("*.py"))
    # A request holds a little beside the file, and Streamlit compares all of it.
    assert max(promised) + 1 == settings["maxUploadSize"]
