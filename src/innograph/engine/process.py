"""The engine process: follows the ledger, forks query workers, and ends those beyond a limit.

It also forks an heir, which does nothing until the engine is dead, and then is the engine: to load
a large graph anew would leave readers without answers for too long.
"""

import contextlib
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
from .parent import die_with_parent
from .slots import Long, Slot, Slots
from .supervision import PID
from .worker import PROCESSORS, Worker, leave_the_processor

# How often the ledger and the workers are looked at, in seconds.
_TICK = 0.02
# A query older than this leaves the processor to younger ones: the first where all processors are
# busy, the second always; one that took long before does so at once (`worker`). Priority cannot be
# had back, so its worker is replaced afterwards; and a new worker is slow at first, since it copies
# each page that it touches.
_YOUNG, _OLD = 0.2, 2.0
_BACKLOG = 256
# An heir that has more events to catch up with is replaced.
_BEHIND = 1_000


@dataclass
class _Child:
    slot: Slot
    revision: int
    told_to_leave: bool = field(default=False)


@dataclass
class _Heir:
    pid: int
    revision: int
    life: int  # the engine's end of a pipe, which closes when the engine dies


class Engine:
    """Holds the graph and looks after the workers; single-threaded, since it forks.

    `line` leads to the supervisor: it is told who the engine is, and closes it to end the engine.
    """

    def __init__(self, settings: Settings, line: socket.socket) -> None:
        self._settings, self._line = settings, line
        self._instance = Instance.open(replace(settings, engine=""))
        self._children: dict[int, _Child] = {}
        self._heir: _Heir | None = None
        self._most_children = 2 * settings.query_workers
        self._slots, self._long = Slots(self._most_children), Long()
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
        self._leave_no_heir()
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
            self._have_an_heir()
            ready, _, _ = select.select([woken, self._line.fileno()], [], [], _TICK)
            if woken in ready:
                os.read(woken, 4096)
            if self._line.fileno() in ready:  # nothing is ever said there: it was closed
                self._ending = True

    def _have_an_heir(self) -> None:
        """Fork an heir where there is none, or none that is near the present revision.

        In the heir, this returns when the engine is dead.
        """
        revision = self._instance.store.revision
        if self._heir is not None and revision - self._heir.revision <= _BEHIND:
            return
        self._leave_no_heir()
        waiting, life = os.pipe()
        if (pid := os.fork()) != 0:
            os.close(waiting)
            self._heir = _Heir(pid, revision, life)
            return
        os.close(life)
        self._children.clear()
        self._slots = Slots(self._most_children)
        os.read(waiting, 1)
        os.close(waiting)
        self._line.send(PID.pack(os.getpid()))

    def _leave_no_heir(self) -> None:
        if self._heir is not None:
            os.kill(self._heir.pid, signal.SIGKILL)
            os.waitpid(self._heir.pid, 0)
            os.close(self._heir.life)
            self._heir = None

    def _end(self, *_: object) -> None:
        self._ending = True

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (told := os.waitpid(-1, os.WNOHANG))[0] != 0:
                pid, status = told
                child = self._children.pop(pid, None)
                if child is not None:
                    # It wanted too much memory; killed by somebody else, no question is to blame.
                    if child.slot.busy and status != signal.SIGKILL:
                        self._long.add(child.slot.question)
                    self._slots.give_back(child.slot)
                if self._heir is not None and self._heir.pid == pid:
                    os.close(self._heir.life)
                    self._heir = None

    def _follow(self) -> None:
        """Be at the ledger's revision, and let workers of an earlier one go when they are idle."""
        revision = self._instance.follow()
        for pid, child in self._children.items():
            if child.revision != revision and not child.told_to_leave:
                child.told_to_leave = True
                os.kill(pid, signal.SIGTERM)

    def _limit(self) -> None:
        busy = sum(child.slot.busy for child in self._children.values())
        patience = _YOUNG if busy >= PROCESSORS else _OLD
        for pid, child in self._children.items():
            slot, seconds = child.slot, child.slot.seconds
            if seconds > self._settings.query_seconds and not slot.unlimited:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    # Where that is allowed: to die, too, takes some time of a processor.
                    for part in (pid, slot.thread):
                        os.sched_setscheduler(part, os.SCHED_OTHER, os.sched_param(0))
                os.kill(pid, signal.SIGKILL)
                self._long.add(slot.question)
            elif seconds > patience and not slot.slowed:
                leave_the_processor(pid, slot.thread)
                slot.slow()

    def _fill(self, listening: socket.socket) -> None:
        """Fork until enough workers have the present revision; the old ones may end their query."""
        wanted = self._settings.query_workers
        present = [c for c in self._children.values() if not c.told_to_leave]
        room = self._most_children - len(self._children)
        for _ in range(min(wanted - len(present), room)):
            slot = self._slots.take()
            if (pid := os.fork()) == 0:
                self._become_a_worker(slot, listening)
            self._children[pid] = _Child(slot, self._instance.store.revision)

    def _become_a_worker(self, slot: Slot, listening: socket.socket) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            die_with_parent()
            if self._heir is not None:
                os.close(self._heir.life)
            store = self._instance.store
            assert isinstance(store, Embedded)
            worker = Worker(store, slot, self._slots, self._long, self._settings.answer_bytes)
            worker.run(listening, self._settings.query_memory)
        finally:
            os._exit(1)
