"""A query worker: takes a request from the shared socket, answers, takes the next."""

import contextlib
import hashlib
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any, BinaryIO, NoReturn, cast

from .. import media
from ..errors import InnographError
from ..store import Dataset, wire
from ..store.embedded import Embedded
from ..store.spool import Spool
from ..store.syntax import bare
from .slots import Long, Slot, Slots

_, *_SHARED = sorted(os.sched_getaffinity(0))
PROCESSORS = 1 + len(_SHARED)
# For so many seconds a request is left to those first in line who are at work: most are done by
# then, and more workers than processors drive each other's copy of the graph out of the caches.
_SHORT, _PAUSE = 0.02, 0.001
_LONG = 1.5  # seconds of a processor: what took them once takes them again
_STACK = 16 << 20  # bytes: the engine recurses into what is nested
_RESERVED = 160 << 20  # bytes of addresses, not of memory, that a thread sets aside
# A worker asks itself this before others ask: what every query touches is copied then.
_FIRST = "SELECT * { ?s ?p ?o } LIMIT 1"


class Worker:
    """Serves one store at one revision until it is told to leave, is outdated or was slow."""

    def __init__(
        self, store: Embedded, slot: Slot, slots: Slots, long: Long, answer_bytes: int
    ) -> None:
        self._store, self._limit = store, answer_bytes
        self._slot, self._slots, self._long = slot, slots, long
        self._leaving = False
        self._beginning = threading.Lock()
        self._most = 0
        self._verbs: dict[str, Callable[[dict[str, Any], IO[bytes]], dict[str, Any]]] = {
            "answer": self._answer,
            "find": self._find,
            "describe": self._describe,
            "content": self._content,
            "lines": self._lines,
        }

    def run(self, listening: socket.socket, memory: int) -> NoReturn:
        """Answer until told to leave; `memory` is how many bytes more than now it may take.

        That is also how much of the engine's memory it may have copied, by touching it, when it is
        replaced.
        """
        self._most = memory
        signal.signal(signal.SIGTERM, self._leave)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = _size() + memory + _RESERVED
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        # A thread has an arena for what it allocates (malloc(3)). That of the process is one long
        # list of gaps, strewn over all the graph: to fill these, pages are copied, and queries take
        # twice as long, since nothing that they make lies together.
        threading.stack_size(_STACK)
        work = threading.Thread(target=self._work, args=(listening,))
        work.start()
        work.join()
        os._exit(0)

    def _work(self, listening: socket.socket) -> None:
        with Spool(self._limit) as file:
            self._store.answer(_FIRST, media.JSON_ROWS, None, cast("IO[bytes]", file))
        asked, thread = _asked_first(listening), threading.get_native_id()
        while not self._leaving:
            asked.poll()
            if self._slots.at_work_before(self._slot, _SHORT) >= PROCESSORS:
                time.sleep(_PAUSE)
                continue
            try:
                connection, _ = listening.accept()
            except BlockingIOError:
                continue  # another was quicker
            with connection:
                connection.setblocking(True)
                if not self._begins(thread):
                    return
                try:
                    self._serve(connection)
                except (OSError, EOFError, ValueError):
                    pass  # whoever asked is gone
                except MemoryError:
                    os._exit(1)
                self._leaving |= self._slot.slowed or _touched() > self._most
                self._slot.end()

    def _begins(self, thread: int) -> bool:
        with self._beginning:
            if not self._leaving:
                self._slot.begin(thread)
            return not self._leaving

    def _leave(self, *_: object) -> None:
        # A query that runs is answered first; a request not yet acknowledged is put again.
        with self._beginning:
            if not self._slot.busy:
                os._exit(0)
            self._leaving = True

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        request, _ = wire.receive(connection)
        connection.sendall(wire.ACKNOWLEDGED)
        if request["revision"] > self._store.revision:
            self._leaving = True
            wire.send(connection, {"stale": True})
            return
        with Spool(self._limit) as file:
            try:
                header = self._verbs[request["verb"]](request, cast("IO[bytes]", file))
            except InnographError as error:
                wire.send(connection, {"error": type(error).__name__, "params": error.params})
                return
            wire.send_file(connection, header, cast(BinaryIO, file))

    def _answer(self, request: dict[str, Any], file: IO[bytes]) -> dict[str, Any]:
        question = _number(request["query"])
        self._slot.put(question)
        if question in self._long:
            leave_the_processor(os.getpid(), threading.get_native_id())
            self._slot.slow()
        told = request.get("dataset")
        dataset = Dataset(tuple(told[0]), tuple(told[1])) if told else None
        worked = time.thread_time()
        try:
            answer = self._store.answer(request["query"], request["accept"], dataset, file)
        finally:  # also if its answer is too large
            if time.thread_time() - worked > _LONG:
                self._long.add(question)
        return {"media_type": answer.media_type, "revision": answer.revision}

    def _find(self, request: dict[str, Any], file: IO[bytes]) -> dict[str, Any]:
        return {"found": sorted(self._store.find(request["query"]))}

    def _describe(self, request: dict[str, Any], file: IO[bytes]) -> dict[str, Any]:
        graph = self._store.describe(request["iris"], request["predicates"])
        file.write(media.canonical(graph))
        return {}

    def _content(self, request: dict[str, Any], file: IO[bytes]) -> dict[str, Any]:
        file.write(media.canonical(self._store.content(request["graphs"])))
        return {}

    def _lines(self, request: dict[str, Any], file: IO[bytes]) -> dict[str, Any]:
        self._slot.take_time()
        cast(Spool, file).limit = sys.maxsize  # all that is public, once and for all readers
        said = self._store.lines(request["graph"])
        file.writelines(said)
        self._leaving = True  # it has copied much memory that hardly any query asks for
        return {"revision": said.revision}


def leave_the_processor(process: int, thread: int) -> None:
    """Let a worker run only while nobody else wants to, and on all processors but one.

    Its priority it never gets back. What wakes up beside it need not wait for the end of its slice,
    as beside a process that is nice; but it may be a tick (4 ms) until another processor sees that
    somebody waits. So one is left to those that have just begun. Where that is refused (a sandbox,
    processors that were taken away), or the worker is dead, nothing is done.
    """
    with contextlib.suppress(OSError):
        for part in (process, thread):
            os.sched_setscheduler(part, os.SCHED_IDLE, os.sched_param(0))
            if _SHARED:
                os.sched_setaffinity(part, _SHARED)


def _asked_first(listening: socket.socket) -> select.epoll:
    """Something to wait at for requests, where the kernel wakes the longest there who is idle.

    With `accept` it would wake each worker in turn. So most queries come to a worker that has
    touched the graph before: until then it copies each page, and takes up to ten times as long.
    """
    listening.setblocking(False)
    asked = select.epoll()
    asked.register(listening, select.EPOLLIN | select.EPOLLEXCLUSIVE)
    return asked


def _number(query: str) -> int:
    """One number for a question, however it is spaced and commented."""
    return int.from_bytes(hashlib.blake2b(bare(query).encode(), digest_size=8).digest())


def _touched() -> int:
    """Bytes of memory that this process has taken or copied since it was forked."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt * resource.getpagesize()


def _size() -> int:
    with open("/proc/self/statm") as told:
        return int(told.read().split()[0]) * resource.getpagesize()
