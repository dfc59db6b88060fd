"""What workers and the engine both see: since when each worker is at work, and what takes long."""

import ctypes
import mmap
import time
from functools import partial
from itertools import takewhile
from operator import is_not

_QUESTIONS = 256  # that are kept in mind


class _Fields(ctypes.Structure):
    _fields_ = (
        ("since", ctypes.c_double),
        ("question", ctypes.c_uint64),
        ("thread", ctypes.c_uint32),
        ("slowed", ctypes.c_bool),
        ("unlimited", ctypes.c_bool),
    )


class Slot:
    """One worker's place in shared memory: when its request began, which question that puts and
    which thread works on it; whether that was slowed, or may take as long as it takes."""

    def __init__(self, told: _Fields) -> None:
        self._told = told

    def begin(self, thread: int) -> None:
        told = self._told
        told.question, told.thread, told.slowed, told.unlimited = 0, thread, False, False
        told.since = time.monotonic()

    def end(self) -> None:
        self._told.since = 0.0

    def put(self, question: int) -> None:
        """Tell which question the present request puts."""
        self._told.question = question

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
    def thread(self) -> int:
        return int(self._told.thread)

    @property
    def slowed(self) -> bool:
        return bool(self._told.slowed)

    @property
    def unlimited(self) -> bool:
        return bool(self._told.unlimited)

    @property
    def seconds(self) -> float:
        """For how long its present request has been worked on."""
        since = self._told.since
        return time.monotonic() - since if since else 0.0


class Slots:
    """So many places, which the workers all see; the engine gives them out."""

    def __init__(self, number: int) -> None:
        kind = _Fields * number
        self._all = list(map(Slot, kind.from_buffer(mmap.mmap(-1, ctypes.sizeof(kind)))))
        self._free = self._all[::-1]

    def take(self) -> Slot:
        """A place for a new worker; raises IndexError when all are taken."""
        return self._free.pop()

    def give_back(self, slot: Slot) -> None:
        """Let another worker have the place of one that is dead."""
        slot.end()
        self._free.append(slot)

    def at_work_before(self, slot: Slot, seconds: float) -> int:
        """How many workers in places before that one are at what began no longer ago."""
        before = takewhile(partial(is_not, slot), self._all)
        return sum(0 < other.seconds < seconds for other in before)


class _Kept(ctypes.Structure):
    _fields_ = (("next", ctypes.c_uint32), ("questions", ctypes.c_uint64 * _QUESTIONS))


class Long:
    """The last questions that took long or too much; the engine and the workers add them."""

    def __init__(self) -> None:
        self._kept = _Kept.from_buffer(mmap.mmap(-1, ctypes.sizeof(_Kept)))

    def add(self, question: int) -> None:
        # Two at a time may write over each other, and one is forgotten, which does no harm.
        if question and question not in self:
            place = self._kept.next % _QUESTIONS
            self._kept.questions[place] = question
            self._kept.next = place + 1

    def __contains__(self, question: int) -> bool:
        return question in self._kept.questions[:]
