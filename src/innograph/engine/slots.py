"""What workers and the engine both see: since when each worker is at work, and what was ended."""

import ctypes
import mmap
import time

_ENDED = 256  # questions that are kept in mind


class _Fields(ctypes.Structure):
    _fields_ = (
        ("since", ctypes.c_double),
        ("question", ctypes.c_uint64),
        ("slowed", ctypes.c_bool),
        ("unlimited", ctypes.c_bool),
        ("doubted", ctypes.c_bool),
    )


class Slot:
    """One worker's place in shared memory: when its request began and which question it puts;
    whether it was slowed, may take as long as it takes, or is doubted: was ended before."""

    def __init__(self) -> None:
        self._told = _Fields.from_buffer(mmap.mmap(-1, ctypes.sizeof(_Fields)))

    def begin(self) -> None:
        told = self._told
        told.question, told.slowed, told.unlimited, told.doubted = 0, False, False, False
        told.since = time.monotonic()

    def end(self) -> None:
        self._told.since = 0.0

    def put(self, question: int, doubted: bool) -> None:
        """Tell which question the present request puts, and whether it was ended before."""
        self._told.question, self._told.doubted = question, doubted

    def slow(self) -> None:
        """Keep that the worker's priority was lowered, which cannot be undone."""
        self._told.slowed = True

    def take_time(self) -> None:
        """The present request is not ended, however long it takes."""
        self._told.unlimited = True

    @property
    def busy(self) -> bool:
        return bool(self._told.since)

    @property
    def question(self) -> int:
        return int(self._told.question)

    @property
    def slowed(self) -> bool:
        return bool(self._told.slowed)

    @property
    def unlimited(self) -> bool:
        return bool(self._told.unlimited)

    @property
    def doubted(self) -> bool:
        return bool(self._told.doubted)

    @property
    def seconds(self) -> float:
        """For how long its present request has been worked on."""
        since = self._told.since
        return time.monotonic() - since if since else 0.0


class Ended:
    """The last questions over which a worker ended; the engine adds them, all workers look."""

    def __init__(self) -> None:
        kind = ctypes.c_uint64 * _ENDED
        self._kept = kind.from_buffer(mmap.mmap(-1, ctypes.sizeof(kind)))
        self._next = 0

    def add(self, question: int) -> None:
        if question and question not in self:
            self._kept[self._next] = question
            self._next = (self._next + 1) % _ENDED

    def __contains__(self, question: int) -> bool:
        return question in self._kept[:]
