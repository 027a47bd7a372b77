"""What visitors bring to hurt a server leaves no memory behind when they have gone."""

import asyncio
import os
import random
import time

from tests.browser import app
from tests.faults.test_uploads import resident
from tests.support.hostile_files import hostile_files, labels_in_a_corner, photo_of_noise, prior_of_zeros, zip_of_photos
from tests.support.visitors import apart, visit

UPLOADS = int(os.environ.get("LIME_HOSTILE_UPLOADS", "24"))
"""How many; 200 take minutes."""

EACH = 8
"""Of one visitor."""

NAMES = {"photo": "photo.png", "prior": "prior.npz", "labels": "labels.png", "archive": "archive.zip"}
WHERE = {
    "photo": "Upload a photo",
    "prior": "A prior from a file",
    "labels": "Label map (PNG or .npy)",
    "archive": "Upload pictures or zip archives",
}
"""Where each kind of file is taken."""

KEPT = 1
"""Seconds for which the server keeps a window that was closed."""


async def bring(url, files):
    """A visitor who brings these files, each to where its kind is taken, and leaves; returns what the server said."""
    async with visit(url) as visitor:
        visitor.page = "prior"
        await visitor.send()
        await visitor.settled()
        changes = [visitor.chosen("button_group", name, "Upload") for name in ("Photo", "Pictures")]
        await visitor.send(*changes)
        await visitor.settled()
        standing = {change["id"]: change for change in changes}  # a browser says all of them each time
        said = set()
        for kind, content in files:
            status, file = await visitor.put(NAMES[kind], content)
            assert status == 204
            cut = visitor.chosen("selectbox", "Segmentation", "Label map of your own" if kind == "labels" else "Grid")
            standing[cut["id"]] = cut
            await visitor.send(*standing.values())
            await visitor.settled()
            change = visitor.given(WHERE[kind], file)
            standing[change["id"]] = change
            await visitor.send(*standing.values())
            await visitor.settled()
            said |= {message.body for message in visitor.all("alert")}
        return said


async def settled_memory(url, home):
    """MB that the server holds when the windows that were closed have been let go."""
    await asyncio.sleep(KEPT + 1)
    async with visit(url):
        pass  # then the server looks through the closed windows that it keeps
    await asyncio.sleep(KEPT + 1)
    async with visit(url):
        await asyncio.sleep(1)
        return resident(home)


async def attack(url, home):
    draw = random.Random(0)
    usual = [
        ("photo", photo_of_noise(draw)),
        ("prior", prior_of_zeros(draw)),
        ("labels", labels_in_a_corner(draw)),
        ("archive", zip_of_photos(draw)),
    ]
    for _ in range(2):
        await bring(url, usual)
    before, said = await settled_memory(url, home), set()
    for first in range(0, UPLOADS, EACH):
        said |= await bring(url, hostile_files(first, min(EACH, UPLOADS - first)))
    return before, await settled_memory(url, home), said


def test_memory_comes_back_when_they_have_gone(tmp_path):
    begun = time.monotonic()
    options = ["--server.disconnectedSessionTTL", str(KEPT)]
    with app.serve(tmp_path, "-m", "tests.support.hostile_server", options=options) as url:
        before, after, said = apart(attack(url, tmp_path))
    seconds = time.monotonic() - begun
    assert after - before < 100, f"{UPLOADS} uploads: {before:.0f} MB before, {after:.0f} MB after, {seconds:.0f} s"
    for refusal in ("unpacks to more than 64 MB", "more than 50 megapixels", "broken or cut off", "label map has"):
        assert any(refusal in message for message in said), said
