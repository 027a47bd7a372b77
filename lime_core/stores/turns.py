"""Turns: who may ask a model next, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WAKE = 0.2
"""Seconds after which one who waits for a turn looks again."""


class Turns:
    """A queue of tickets; the oldest one holds the turn until it leaves."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    def __len__(self) -> int:
        return len(self._queue)

    @contextmanager
    def ticket(self) -> Iterator[object]:
        """Stand in the queue; leaves it at the end of the block, whatever happens there.

        Yields
        ------
        object
            The ticket.
        """
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            yield ticket
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def wait(self, ticket: object, seconds: float, needless: Callable[[], bool] = lambda: False) -> bool:
        """Wait for the turn of a ticket.

        Parameters
        ----------
        ticket : object
            One that stands in the queue.
        seconds : float, not negative
            How long to wait at most.
        needless : callable without arguments, optional
            Whether nothing is to be waited for any more; asked whenever somebody leaves the queue.

        Returns
        -------
        bool
            Whether it is this ticket's turn.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._queue[0] is ticket or needless(), timeout=seconds)
            return self._queue[0] is ticket
