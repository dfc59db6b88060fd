"""All that a store holds, in order, read by one short-lived process after another.

Whoever reads a graph that was forked copies each page of memory that it touches: to read all would
take as much again as the graph. So each process reads a piece, writes it to a file, and ends.
"""

import contextlib
import ctypes
import heapq
import os
import pickle
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO, TypeVar

from ..errors import QueryTooLarge
from ..store.embedded import Embedded
from ..store.sorting import ordered

_PIECE = 200_000  # lines after which another process goes on
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
T = TypeVar("T")


def die_with_parent() -> None:
    """End this process when the one that started it ends, where the system can do that."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def dump(store: Embedded, piece: int = _PIECE) -> Iterator[bytes]:
    """The lines of `store.dump()`, while nobody changes it in this process.

    Raises QueryTooLarge when a process that reads a piece is ended from outside.
    """
    with ExitStack() as files:
        runs: list[IO[bytes]] = []
        found: set[str] = set()

        def read(keys: Sequence[str], lines: Callable[[str], Iterator[bytes]]) -> None:
            """Have the lines of each key written, sorted, by as many processes as it takes."""
            done = 0
            while done < len(keys):
                run = files.enter_context(tempfile.TemporaryFile())
                some = keys[done:]
                number, properties = _forked(lambda: _written(some, lines, run, piece))  # noqa: B023
                done += number
                found.update(properties)
                run.seek(0)
                runs.append(run)

        read(store.names(), store.lines)
        # The default graph says nothing by a property that no named graph uses.
        read(sorted(found), store.lines_by)
        yield from heapq.merge(*runs)


def _written(
    keys: Sequence[str], lines: Callable[[str], Iterator[bytes]], run: IO[bytes], piece: int
) -> tuple[int, set[str]]:
    """Write the sorted lines of the first keys; how many these are, and which properties occur."""
    properties: set[bytes] = set()
    number = 0

    def several() -> Iterator[bytes]:
        nonlocal number
        count = 0
        for key in keys:
            for line in lines(key):
                properties.add(line.split(b" ", 2)[1])
                count += 1
                yield line
            number += 1
            if count >= piece:
                return

    run.writelines(ordered(several()))
    run.flush()
    return number, {name[1:-1].decode() for name in properties}


def _forked(work: Callable[[], T]) -> T:
    """What `work` gives in a process of its own."""
    reading, writing = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            die_with_parent()
            os.close(reading)
            with os.fdopen(writing, "wb") as told:
                pickle.dump(work(), told)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        result = told.read()
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise QueryTooLarge
    given: T = pickle.loads(result)
    return given
