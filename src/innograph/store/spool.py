"""An answer while it is written: in memory, then in a file without a name, and limited."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from ..errors import AnswerTooLarge

_IN_MEMORY = 1 << 20
_CHUNK = 256 * 1024


class Spool(tempfile.SpooledTemporaryFile[bytes]):
    """A file that raises AnswerTooLarge when more than `limit` bytes are written to it."""

    def __init__(self, limit: int) -> None:
        super().__init__(max_size=_IN_MEMORY)
        self.limit, self.written = limit, 0

    def write(self, data: Any) -> int:
        self.written += len(data)
        if self.written > self.limit:
            raise AnswerTooLarge(limit=self.limit)
        return super().write(data)


@contextmanager
def closed_on_failure(file: Spool) -> Iterator[BinaryIO]:
    """The file, which stays open unless the block fails."""
    try:
        yield cast(BinaryIO, file)
    except BaseException:
        file.close()
        raise


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """What a file holds from where it stands; it is closed then."""
    with file:
        while piece := file.read(_CHUNK):
            yield piece


def whole(file: BinaryIO) -> tuple[Iterable[bytes], int]:
    """All that a file holds, and its length; a small one is read, and closed, at once."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    if length > _IN_MEMORY:
        return pieces(file), length
    with file:
        return [file.read()], length
