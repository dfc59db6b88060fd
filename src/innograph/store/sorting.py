"""Sorted lines without holding them all: sorted pieces in files without names, then merged."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO

_PIECE = 50_000  # lines that are sorted in memory


def ordered(lines: Iterable[bytes], piece: int = _PIECE) -> Iterator[bytes]:
    """`lines`, each with its line feed, in the order of their bytes; repeated ones stay repeated.

    Memory is taken for `piece` lines, disk for all of them in the folder for temporary files.
    """
    waiting = iter(lines)
    with ExitStack() as files:
        pieces: list[IO[bytes]] = []
        while some := sorted(islice(waiting, piece)):
            if len(some) < piece and not pieces:
                yield from some
                return
            file = files.enter_context(tempfile.TemporaryFile())
            file.writelines(some)
            file.seek(0)
            pieces.append(file)
        yield from heapq.merge(*pieces)
