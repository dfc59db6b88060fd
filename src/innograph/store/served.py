"""The public graph in another process's memory: the engine, whose query workers can be killed."""

import contextlib
import io
import math
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from rdflib import Graph

from .. import errors, media
from . import Answer, Dataset, Dump, wire
from .spool import pieces

_PAUSE = 0.01


class Served:
    """A store behind the engine's socket; safe to share between threads.

    `revision` tells the revision that an answer must have reached; `seconds` a query may take,
    `waiting` it may wait for a worker or for the engine to be there.
    """

    def __init__(
        self, path: str, revision: Callable[[], int], seconds: float, waiting: float
    ) -> None:
        self._path, self._revision = path, revision
        self._seconds, self._waiting = seconds, waiting

    @property
    def revision(self) -> int:
        """The revision that the next answer has reached at least."""
        return self._revision()

    def answer(self, query: str, accept: str | None, dataset: Dataset | None = None) -> Answer:
        told: dict[str, Any] = {"query": query, "accept": accept}
        if dataset is not None:
            told["dataset"] = [dataset.default, dataset.named]
        header, body = self._ask("answer", told)
        length = len(body) if isinstance(body, bytes) else header["size"]
        return Answer(header["media_type"], _pieces(body), length, header["revision"])

    def find(self, query: str) -> set[str]:
        header, _ = self._ask("find", {"query": query})
        return set(header["found"])

    def describe(self, iris: Iterable[str], predicates: Iterable[str]) -> Graph:
        told = {"iris": list(iris), "predicates": list(predicates)}
        return media.read(_whole(self._ask("describe", told)[1]))

    def content(self, graphs: Iterable[str]) -> Graph:
        return media.read(_whole(self._ask("content", {"graphs": list(graphs)})[1]))

    def dump(self) -> Dump:
        header, body = self._ask("dump", {}, math.inf)
        file = io.BytesIO(body) if isinstance(body, bytes) else body
        return Dump(header["revision"], _lines(file))

    def _ask(
        self, verb: str, told: dict[str, Any], seconds: float | None = None
    ) -> tuple[dict[str, Any], bytes | BinaryIO]:
        """Put a request to a worker that has reached the revision, waiting for one if need be.

        It may take `seconds`, if they are told, in place of those of a query.
        """
        request = {"verb": verb, "revision": self.revision, **told}
        patience = time.monotonic() + self._waiting
        while True:
            with socket.socket(socket.AF_UNIX) as connection:
                if self._begun(connection, request, patience):
                    started = time.monotonic()
                    header, body = self._told(connection, started, seconds or self._seconds)
                    if not header.get("stale"):
                        return header, body
            if time.monotonic() > patience:
                raise errors.StoreBusy(seconds=round(self._waiting))
            time.sleep(_PAUSE)

    def _begun(self, connection: socket.socket, request: dict[str, Any], patience: float) -> bool:
        """Whether a worker took the request. What none took can be put again without harm."""
        with contextlib.suppress(OSError):
            connection.settimeout(max(_PAUSE, patience - time.monotonic()))
            connection.connect(self._path)
            wire.send(connection, request)
            return connection.recv(1) == wire.ACKNOWLEDGED
        return False

    def _told(
        self, connection: socket.socket, started: float, seconds: float
    ) -> tuple[dict[str, Any], bytes | BinaryIO]:
        # The engine ends what lasts too long; the margin is for one that is itself held up.
        connection.settimeout(None if math.isinf(seconds) else seconds + 5)
        try:
            header, body = wire.receive(connection)
        except (EOFError, OSError):
            if time.monotonic() - started >= seconds - 0.1:
                raise errors.QueryTooLong(seconds=round(seconds, 1)) from None
            raise errors.QueryTooLarge from None
        if "error" in header:
            raise getattr(errors, header["error"])(**header["params"])
        return header, body


def _lines(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from file


def _pieces(body: bytes | BinaryIO) -> Iterable[bytes]:
    return [body] if isinstance(body, bytes) else pieces(body)


def _whole(body: bytes | BinaryIO) -> bytes:
    return b"".join(_pieces(body))
