"""Thirty learners open one lesson's link at once, in sessions of their own: the model is asked for one probe."""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

import lime_core as lc
from lime_core.lessons.guess import RANDOM
from tests.support.visitors import apart, serve, visit

LESSON = "what-a-map-says"
LEARNERS, GUESSES, SAMPLES = 30, 6, 500


@dataclass
class Seen:
    """What a learner sees once the maps are revealed: the text of the map, and all that is written on the page."""

    guess: int
    map: str
    written: str


@pytest.fixture(scope="module")
def revealed(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("home"), cache=Path(os.environ["XDG_CACHE_HOME"])) as server:
        return apart(all_at_once(server))


async def all_at_once(server):
    """Nobody is answered before all have pressed Reveal."""
    async with asyncio.TaskGroup() as group:
        learners = [group.create_task(learn(server.url, number % GUESSES)) for number in range(LEARNERS)]
        await server.until(lambda counts: counts["users"] == LEARNERS)
        server.allow("all")
    counts = await server.until(lambda counts: counts["connected"] == 0)
    return [task.result() for task in learners], counts["events"]


async def learn(url, guess):
    async with visit(url, page="lessons", query=f"lesson={LESSON}") as learner:
        parts = [str(part) for part in range(guess, guess + 3)]
        await learner.send(learner.chosen("button_group", "Parts, 3 of them", *parts))
        await learner.settled()
        assert not learner.pictures("Explanation of")
        await learner.send(learner.pressed("Reveal"))
        await learner.settled()
        (shown,), (_,) = learner.pictures("Explanation of"), learner.pictures("Your guess and the map")
        return Seen(guess, shown.alt, "\n".join(text.body for text in learner.all("markdown")))


def test_all_see_the_same_map_and_each_their_own_guess(revealed):
    seen, _ = revealed
    assert Counter(each.guess for each in seen) == dict.fromkeys(range(GUESSES), LEARNERS // GUESSES)
    assert len({each.map for each in seen}) == 1
    assert seen[0].map.startswith("Explanation of espresso.")
    assert all("Your guess" in each.written for each in seen)
    assert len({(each.guess, each.written) for each in seen}) == len({each.written for each in seen}) == GUESSES


def test_the_model_is_asked_for_one_probe_and_twice_for_each_guess(revealed):
    _, events = revealed
    once = [*range(SAMPLES), *range(2 + RANDOM), *(GUESSES * [0, 1])]
    digest = lc.gallery_picture("coffee").digest
    for what in ("asks", "has"):
        rows = [row for event, photo, first, end in events if event == what for row in range(first, end)]
        assert sorted(rows) == sorted(once)
        assert {photo for event, photo, *_ in events if event == what} == {digest}
