"""Turns are first come, first served, and nobody waits for what is there already."""

import threading
import time

import pytest

from lime_core.stores.turns import Turns


def test_the_oldest_ticket_has_the_turn_until_it_leaves():
    turns = Turns()
    with turns.ticket() as first:
        with turns.ticket() as second:
            assert len(turns) == 2
            assert turns.wait(first, 0)
            assert not turns.wait(second, 0.01)
        with turns.ticket() as third:
            assert not turns.wait(third, 0)
    assert len(turns) == 0


def test_a_ticket_is_given_back_whatever_happens():
    turns = Turns()
    with pytest.raises(RuntimeError), turns.ticket():
        raise RuntimeError
    with turns.ticket() as ticket:
        assert turns.wait(ticket, 0)


def test_who_needs_no_turn_any_more_leaves_when_another_has_been_served():
    turns, done = Turns(), threading.Event()
    found = []

    def wait() -> None:
        with turns.ticket() as ticket:
            start = time.monotonic()
            found.append((turns.wait(ticket, 30, done.is_set), time.monotonic() - start < 20))

    with turns.ticket() as first, turns.ticket():
        assert turns.wait(first, 0)
        with turns.ticket():
            waiting = threading.Thread(target=wait)
            waiting.start()
            while len(turns) < 4:
                time.sleep(0.01)
            done.set()
        waiting.join(20)  # two are still in front
    assert found == [(False, True)]


def test_who_does_not_wait_keeps_the_place_and_holds_nobody_up():
    turns = Turns()
    with turns.ticket() as drawing, turns.ticket() as other, turns.ticket() as last:
        assert turns.wait(other, 0)
        assert not turns.wait(drawing, 0)  # whose turn it is goes on
        assert not turns.wait(last, 0)
        assert turns.wait(other, 0)
    with turns.ticket() as drawing:
        with turns.ticket() as other:
            assert turns.wait(other, 0)
            found: list[bool] = []
            thread = threading.Thread(target=lambda: found.append(turns.wait(drawing, 20)))
            thread.start()
        thread.join(20)
        assert found == [True]


def test_what_is_waited_for_is_known_as_long_as_it_is_waited_for():
    turns = Turns()
    with turns.ticket("one") as first, turns.ticket(2), turns.ticket():
        assert turns.wait(first, 0)
        with turns.ticket("two"):
            assert (turns.wishes(str), turns.wishes(int)) == (["one", "two"], [2])
        assert turns.wishes(str) == ["one"]
    assert turns.wishes(str) == []
