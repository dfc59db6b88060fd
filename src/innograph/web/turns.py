"""Whose query is next: queries of one client wait for each other, so that none holds up others.

Turns are locks on bytes of one file: all web processes see them, and those of a process that dies
are free at once. (Open file description locks, fcntl(2): threads hold them apart, too.)
"""

import fcntl
import hashlib
import os
import struct
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from ..errors import TooManyQueries

_LOCK = struct.Struct("@hhqqi")  # struct flock: type, whence, start, length, process
_PLACES = 1 << 40  # clients that can be told apart
_PAUSE = 0.004


class Turns:
    """Lets so many queries of one client run at a time, and so many more wait for some seconds.

    `path` names the file; at most `present` queries of a client are in this process.
    """

    def __init__(self, path: Path, running: int, present: int, seconds: float) -> None:
        self._path = path
        self._most_running, self._most_present, self._seconds = running, present, seconds
        self._present: Counter[str] = Counter()
        self._counting = Lock()

    @contextmanager
    def of(self, client: str) -> Iterator[None]:
        """Wait for the client's turn and have it. Raises TooManyQueries."""
        self._enter(client)
        try:
            turn = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._wait(turn, client)
                yield
            finally:
                os.close(turn)  # with which its lock goes
        finally:
            self._leave(client)

    def _wait(self, turn: int, client: str) -> None:
        digest = hashlib.sha256(client.encode()).digest()
        first = int.from_bytes(digest[:8]) % _PLACES * self._most_running
        until = time.monotonic() + self._seconds
        while True:
            for place in range(first, first + self._most_running):
                with suppress(BlockingIOError):
                    lock = _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
                    fcntl.fcntl(turn, fcntl.F_OFD_SETLK, lock)
                    return
            if time.monotonic() > until:
                raise TooManyQueries(limit=self._most_running)
            time.sleep(_PAUSE)

    def _enter(self, client: str) -> None:
        with self._counting:
            if self._present[client] >= self._most_present:
                raise TooManyQueries(limit=self._most_present)
            self._present[client] += 1

    def _leave(self, client: str) -> None:
        with self._counting:
            self._present[client] -= 1
            if not self._present[client]:
                del self._present[client]
