"""Whose query is next: queries of one client wait for each other, so that none holds up others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from ..errors import TooManyQueries


class Turns:
    """Lets so many queries of one client run at a time, and so many more wait for some seconds."""

    def __init__(self, running: int, present: int, seconds: float) -> None:
        self._most_running, self._most_present, self._seconds = running, present, seconds
        self._running: Counter[str] = Counter()
        self._present: Counter[str] = Counter()
        self._ended = Condition()

    @contextmanager
    def of(self, client: str) -> Iterator[None]:
        """Wait for the client's turn and have it. Raises TooManyQueries."""
        with self._ended:
            if self._present[client] >= self._most_present:
                raise TooManyQueries(limit=self._most_present)
            self._present[client] += 1
            if not self._ended.wait_for(lambda: self._is_free(client), self._seconds):
                self._leave(self._present, client)
                raise TooManyQueries(limit=self._most_running)
            self._running[client] += 1
        try:
            yield
        finally:
            with self._ended:
                self._leave(self._running, client)
                self._leave(self._present, client)
                self._ended.notify_all()

    def _is_free(self, client: str) -> bool:
        return self._running[client] < self._most_running

    def _leave(self, counts: Counter[str], client: str) -> None:
        counts[client] -= 1
        if not counts[client]:
            del counts[client]
