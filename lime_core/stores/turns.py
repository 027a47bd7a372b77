"""Turns: who may ask a model next, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

WAKE = 0.2
"""Seconds after which one who waits for a turn looks again."""

W = TypeVar("W")


@dataclass(frozen=True, eq=False)
class Ticket:
    """A place in the queue.

    Parameters
    ----------
    wish : object
        What is waited for; None where nobody else is to know.
    """

    wish: object = None


class Turns:
    """A queue of tickets; of those that are waited for the oldest gets the turn, and holds it until it leaves.

    Who does something else meanwhile, such as drawing what there is, keeps the place and holds nobody up.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[Ticket] = deque()
        self._waited_for: set[Ticket] = set()
        self._turn: Ticket | None = None

    def __len__(self) -> int:
        return len(self._queue)

    @contextmanager
    def ticket(self, wish: object = None) -> Iterator[Ticket]:
        """Stand in the queue; leaves it at the end of the block, whatever happens there.

        Parameters
        ----------
        wish : object, optional
            What is waited for, for those who have the turn and may serve others with it.

        Yields
        ------
        Ticket
            The place in the queue.
        """
        ticket = Ticket(wish)
        with self._changed:
            self._queue.append(ticket)
        try:
            yield ticket
        finally:
            with self._changed:
                self._queue.remove(ticket)
                if self._turn is ticket:
                    self._turn = None
                self._changed.notify_all()

    def wishes(self, kind: type[W]) -> list[W]:
        """List what is waited for, by who has the turn too.

        Parameters
        ----------
        kind : type
            Of wishes; others are left out.

        Returns
        -------
        list
            The wishes of those who stand in the queue, the oldest first.
        """
        with self._changed:
            return [ticket.wish for ticket in self._queue if isinstance(ticket.wish, kind)]

    def wait(self, ticket: Ticket, seconds: float, needless: Callable[[], bool] = lambda: False) -> bool:
        """Wait for the turn of a ticket.

        Parameters
        ----------
        ticket : Ticket
            One that stands in the queue.
        seconds : float, not negative
            How long to wait at most.
        needless : callable without arguments, optional
            Whether nothing is to be waited for any more; asked whenever somebody leaves the queue.

        Returns
        -------
        bool
            Whether it is this ticket's turn, from now on until it leaves.
        """
        with self._changed:
            self._waited_for.add(ticket)
            self._changed.wait_for(lambda: self._next() is ticket or needless(), timeout=seconds)
            if self._next() is ticket:
                self._turn = ticket
            self._waited_for.remove(ticket)
            return self._turn is ticket

    def _next(self) -> Ticket | None:
        """Whose turn it is, or would be."""
        return self._turn or next((ticket for ticket in self._queue if ticket in self._waited_for), None)
