"""Reads a source in a process of its own: an import then uses two processors."""

import signal
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rdflib import Graph

from .. import errors, media
from . import Refusal, Remark, Source, read
from .mapping import Made, made

# Enough for a message to cost little, and few enough for a progress bar to move.
_TOGETHER = 100
# Bytes that are made into statements in the second or so that a process takes to start.
_LONG = 500_000


def pays(path: Path) -> bool:
    """Whether what is at `path`, a file or a folder, is long enough for a process of its own."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) > _LONG


def read_made(source: Source, path: Path, base: str) -> Iterator[Made | Refusal | Remark]:
    """As `mapping.made` of `sources.read`, which another process does meanwhile.

    Raises what reading raises, and ReadingFailed when the process ends before the file does.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, source, path, base), daemon=True)
    process.start()
    theirs.close()
    try:
        while (told := _received(ours)) is not None:
            if isinstance(told, Exception):
                raise told
            for entry in told:
                yield _unpacked(entry)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _received(connection: Connection) -> Any:
    try:
        return connection.recv()
    except (EOFError, OSError):
        raise errors.ReadingFailed from None


def _send(connection: Connection, source: Source, path: Path, base: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who reads ends it
    try:
        found = map(_packed, made(read(source, path), source, base))
        while entries := list(islice(found, _TOGETHER)):
            connection.send(entries)
        connection.send(None)
    except BrokenPipeError:
        pass  # no more is wanted
    except (errors.InnographError, OSError, ValueError) as error:
        connection.send(error)  # what reading raises here too; the one who reads tells it


def _packed(entry: Made | Refusal | Remark) -> Any:
    match entry:
        case (item, Graph() as graph):
            return item, media.canonical(graph)
    return entry


def _unpacked(entry: Any) -> Made | Refusal | Remark:
    match entry:
        case (item, bytes(content)):
            return item, media.read(content)
    told: Made | Refusal | Remark = entry
    return told
