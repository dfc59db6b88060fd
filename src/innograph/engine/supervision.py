"""Keeps one engine process running beside the web server."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

from ..errors import EngineFailed

_PAUSE = 0.1
_TRIES = 3


class Supervised:
    """Starts the engine, starts it again when it dies, and ends it with the block."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self._ending = threading.Event()
        self._deaths = 0
        self._process = self._start()
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
        self._process.terminate()
        self._process.wait()

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

    @property
    def pid(self) -> int:
        """The process that runs now."""
        return self._process.pid

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "innograph.engine", str(os.getpid())]
        return subprocess.Popen(command, env=self._environ)

    def _watched(self) -> None:
        while True:
            self._process.wait()
            self._deaths += 1
            if self._ending.wait(_PAUSE):
                return
            self._process = self._start()
