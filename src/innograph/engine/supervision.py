"""Keeps one engine running beside the web server.

Supervisor and engine hold the two ends of a socket pair. Each sees the other's death at once, and
an heir of the engine (`process`) keeps its end open: so long the supervisor starts no other.
"""

import contextlib
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

from ..errors import EngineFailed

PID = struct.Struct("!I")
_PAUSE = 0.1
_TRIES = 3


class Supervised:
    """Starts the engine, starts it again when it and its heir are dead, ends it with the block."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self._ending = threading.Event()
        self._deaths = 0
        self.pid = 0  # of the process that is the engine now
        self._process, self._line = self._start()
        self._watch = threading.Thread(target=self._watched, daemon=True)

    def __enter__(self) -> "Supervised":
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._let_go()
        self._watch.join()

    def wait(self, path: Path) -> None:
        """Be back when the engine has loaded the graph and listens. Raises EngineFailed."""
        while not self._answers(path):
            if self._deaths >= _TRIES:
                raise EngineFailed(tries=_TRIES)
            time.sleep(_PAUSE)

    @staticmethod
    def _answers(path: Path) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(path)) == 0

    def _start(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair()
        with theirs:
            fd = theirs.fileno()
            command = [sys.executable, "-m", "innograph.engine", str(fd)]
            process = subprocess.Popen(command, env=self._environ, pass_fds=[fd])
        self.pid = process.pid
        return process, ours

    def _let_go(self) -> None:
        with contextlib.suppress(OSError):  # it is closed between two engines
            self._line.shutdown(socket.SHUT_WR)

    def _watched(self) -> None:
        while True:
            if self._ending.is_set():  # while another one was started
                self._let_go()
            with self._line:
                while told := self._line.recv(PID.size):
                    (self.pid,) = PID.unpack(told)
            self._process.wait()
            self._deaths += 1
            if self._ending.wait(_PAUSE):
                return
            self._process, self._line = self._start()
