"""Thirty visitors explain six photos at once on one server: real sessions, the real model."""

import asyncio
import base64
import io
import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lime_core as lc
from pages.ui.figures import sentences
from tests.support.counted_app import BATCH, KEPT, SOME, InBatches
from tests.support.visitors import apart, serve, visit

PHOTOS = ("chelsea", "coffee", "rocket", "astronaut", "china", "flower")
EACH = 5
VISITORS = EACH * len(PHOTOS)
SAMPLES = 100
SEVERAL = lc.PRESETS["recommended"].probing.segmenter


@dataclass
class Seen:
    """What a visitor sees of an explanation: the map, how it is described, and the bars by superpixel."""

    name: str
    pixels: np.ndarray
    alt: str
    bars: dict[int, float]


@dataclass
class Visits:
    """What those who stayed saw, and the server's counts: with one visitor gone, with all gone, and one later."""

    seen: list[Seen]
    before: dict
    after: dict
    later: dict


@pytest.fixture(scope="module")
def truth():
    """The explanation of each photo with the settings that the page begins with, by the core alone."""
    model = lc.load_model("efficientnet_lite0")
    model = replace(model, engine=InBatches(model.engine))
    pictures = {name: lc.gallery_picture(name) for name in PHOTOS}
    return {
        name: lc.explain(lc.probe_image(picture, model, SAMPLES, segmenter=SEVERAL))
        for name, picture in pictures.items()
    }


@pytest.fixture(scope="module")
def visits(truth, tmp_path_factory):
    with serve(tmp_path_factory.mktemp("home"), cache=Path(os.environ["XDG_CACHE_HOME"])) as server:
        return apart(all_at_once(server))


async def all_at_once(server):
    """Nobody is answered before all have asked, and in the middle one visitor of each photo closes the window."""
    async with visit(server.url):
        pass
    before = await server.until(gone)
    middle = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        leaving = [group.create_task(leave(server.url, name, middle)) for name in PHOTOS]
        staying = [group.create_task(stay(server.url, name)) for name in PHOTOS for _ in range(EACH - 1)]
        await server.until(lambda counts: counts["users"] == VISITORS)
        server.allow("some")
        await server.until(lambda counts: len(batches(counts)) == SOME)
        middle.set()
        await asyncio.wait(leaving)
        await server.until(lambda counts: counts["connected"] == len(staying))
        server.allow("all")
    after = await server.until(gone)
    await asyncio.sleep(KEPT)
    async with visit(server.url):
        pass  # the server looks through the closed windows that it keeps when one is added to them
    return Visits([task.result() for task in staying], before, after, await server.until(gone))


async def ask(visitor, name):
    await visitor.send(visitor.pressed(lc.GALLERY[name].title))
    await visitor.settled()
    await visitor.send(visitor.moved("num_samples", SAMPLES), visitor.pressed("Explain"))


async def stay(url, name):
    async with visit(url) as visitor:
        await ask(visitor, name)
        await visitor.settled()
        assert {"Bring your own", "Explain"} <= set(visitor.labels("button"))
        assert "Cancel" not in visitor.labels("button")
        assert visitor.all("progress") == []
        (shown,) = visitor.pictures("Explanation of")
        pixels = np.asarray(Image.open(io.BytesIO(await visitor.fetch(shown.url))).convert("RGB"))
        (chart,) = visitor.all("plotly_chart")
        return Seen(name, pixels, shown.alt, bars(chart.spec))


async def leave(url, name, middle):
    async with visit(url) as visitor:
        await ask(visitor, name)
        waiting = asyncio.create_task(visitor.settled())
        await middle.wait()
        assert not waiting.done()
        waiting.cancel()


def gone(counts):
    """Whether nobody is there, and nothing runs for anybody."""
    return counts["connected"] == 0 and not any("Script" in name or "warm" in name for name in counts["threads"])


def bars(spec):
    """The lengths of a chart's bars by superpixel."""
    bar = json.loads(spec)["data"][0]
    lengths = np.frombuffer(base64.b64decode(bar["x"]["bdata"]), bar["x"]["dtype"]).tolist()
    return {int(name.removeprefix("superpixel ")): length for name, length in zip(bar["y"], lengths, strict=True)}


def batches(counts):
    """(photo, first row, end) of each batch, in the order in which they were scored."""
    return [(photo, first, end) for what, photo, first, end in counts["events"] if what == "has"]


def longest_wait(events):
    """The largest number of other photos' batches that were scored while somebody waited for a photo's next one."""
    visitors, passed, longest = Counter(), Counter(), 0
    for what, photo, *_ in events:
        if what == "has":
            passed.update(other for other in visitors if other != photo and visitors[other])
            passed[photo] = 0
            longest = max(longest, *passed.values())
        elif what in ("waits", "leaves"):
            visitors[photo] += 1 if what == "waits" else -1
    return longest


def test_everyone_who_stayed_sees_the_explanation_of_their_own_photo(visits, truth):
    assert Counter(seen.name for seen in visits.seen) == dict.fromkeys(PHOTOS, EACH - 1)
    for seen in visits.seen:
        e = truth[seen.name]
        assert seen.alt == sentences.summary(e)
        assert len(seen.bars) == 8
        np.testing.assert_allclose(list(seen.bars.values()), 100 * e.weights[list(seen.bars)], rtol=1e-4)
        assert closest_photo(seen.pixels, truth) == seen.name


def closest_photo(pixels, truth):
    """The photo whose crop a map looks most like."""

    def likeness(name):  # the ground of a map is in grey, and flatter than the photo
        crop = Image.fromarray(truth[name].image).resize(pixels.shape[1::-1]).convert("L")
        return float(np.corrcoef(np.asarray(crop).ravel(), pixels.mean(axis=2).ravel())[0, 1])

    return max(truth, key=likeness)


def test_each_probe_is_computed_once(visits):
    digests = {lc.gallery_picture(name).digest for name in PHOTOS}
    for what in ("asks", "has"):
        rows = {digest: [] for digest in digests}
        for event, digest, first, end in visits.after["events"]:
            if event == what:
                rows[digest] += range(first, end)
        assert rows == {digest: list(range(SAMPLES)) for digest in digests}


def test_nobody_waits_longer_than_until_everyone_had_a_turn(visits):
    assert longest_wait(visits.after["events"]) <= VISITORS


def test_a_job_that_runs_to_its_end_would_be_noticed():
    waits = [("waits", photo, 0, 0) for photo in PHOTOS]
    rows = range(0, SAMPLES, BATCH)
    in_turn = [("has", photo, first, first + BATCH) for first in rows for photo in PHOTOS]
    to_the_end = [("has", photo, first, first + BATCH) for photo in PHOTOS for first in rows]
    assert longest_wait(waits + in_turn) == len(PHOTOS) - 1
    assert longest_wait(waits + to_the_end) == (len(PHOTOS) - 1) * len(rows) > 2 * VISITORS


def test_nothing_is_left_when_all_have_gone(visits):
    before, after, later = visits.before, visits.after, visits.later
    assert after["users"] == after["growing"] == 0
    assert len(after["threads"]) <= len(before["threads"]) + 4
    assert later["sessions"] <= 1
