"""The engine process: follows the ledger, forks query workers, and ends those beyond a limit."""

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
from dataclasses import dataclass, field, replace
from typing import NoReturn

from ..instance import Instance
from ..settings import Settings
from ..store.embedded import Embedded
from .slots import Slot
from .worker import Worker

# How often the ledger and the workers are looked at, in seconds.
_TICK = 0.02
# A query older than this leaves the processor to younger ones.
_YOUNG, _LOWER = 0.2, 10
_BACKLOG = 256
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)


@dataclass
class _Child:
    slot: Slot
    revision: int
    told_to_leave: bool = field(default=False)


class Engine:
    """Holds the graph and looks after the workers; single-threaded, since it forks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._instance = Instance.open(replace(settings, engine=""))
        self._children: dict[int, _Child] = {}
        self._ending = False

    def run(self) -> None:
        """Serve until SIGTERM; raises OSError where the socket cannot be made."""
        self._instance.follow()
        gc.collect()
        gc.freeze()  # what is copied on write is not touched by the workers' collector
        path = self._settings.socket
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listening:
            mask = os.umask(0o077)
            listening.bind(str(path))
            os.umask(mask)
            listening.listen(_BACKLOG)
            self._look_after(listening)
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()

    def _look_after(self, listening: socket.socket) -> None:
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while not self._ending:
            self._reap()
            self._follow()
            self._limit()
            self._fill(listening)
            if select.select([woken], [], [], _TICK)[0]:
                os.read(woken, 4096)

    def _end(self, *_: object) -> None:
        self._ending = True

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                self._children.pop(pid, None)

    def _follow(self) -> None:
        """Be at the ledger's revision, and let workers of an earlier one go when they are idle."""
        revision = self._instance.follow()
        for pid, child in self._children.items():
            if child.revision != revision and not child.told_to_leave:
                child.told_to_leave = True
                os.kill(pid, signal.SIGTERM)

    def _limit(self) -> None:
        for pid, child in self._children.items():
            seconds = child.slot.seconds
            if seconds > self._settings.query_seconds:
                os.kill(pid, signal.SIGKILL)
            elif seconds > _YOUNG and not child.slot.slowed:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.setpriority(os.PRIO_PROCESS, pid, _LOWER)
                child.slot.slow()

    def _fill(self, listening: socket.socket) -> None:
        """Fork until enough workers have the present revision; the old ones may end their query."""
        wanted = self._settings.query_workers
        present = [c for c in self._children.values() if not c.told_to_leave]
        room = 2 * wanted - len(self._children)
        for _ in range(min(wanted - len(present), room)):
            slot = Slot()
            if (pid := os.fork()) == 0:
                self._become_a_worker(slot, listening)
            self._children[pid] = _Child(slot, self._instance.store.revision)

    def _become_a_worker(self, slot: Slot, listening: socket.socket) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            die_with_parent()
            store = self._instance.store
            assert isinstance(store, Embedded)
            worker = Worker(store, slot, self._settings.answer_bytes)
            worker.run(listening, self._settings.query_memory)
        finally:
            os._exit(1)


def die_with_parent(parent: int | None = None) -> None:
    """End this process when the one that started it ends, where the system can do that."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)
