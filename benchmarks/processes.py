"""Servers in processes of their own: started, asked, measured, stopped. Linux only (/proc)."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

HOST = "127.0.0.1"
_TICKS = os.sysconf("SC_CLK_TCK")
_READY = 3_600.0  # seconds that loading may take


@dataclass
class Server:
    """Processes that answer SPARQL on one port; `path` is the address of a query, which ends it."""

    port: int
    path: Callable[[str], str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    log: Path | None = None

    def launch(
        self, command: Sequence[str], folder: Path, environ: dict[str, str] | None = None
    ) -> None:
        """Start one more process, in a folder that also takes what it prints."""
        self.log = folder / "log"
        with self.log.open("ab") as log:
            started = subprocess.Popen(
                command, cwd=folder, env=environ, stdout=log, stderr=subprocess.STDOUT
            )
        self.processes.append(started)

    def request(
        self, method: str, path: str, seconds: float, body: object = None, **headers: str
    ) -> tuple[int, str, bytes]:
        """Status, media type and bytes of an answer. Raises OSError, TimeoutError among others."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=seconds)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)  # type: ignore[arg-type]
            answer = connection.getresponse()
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            return answer.status, kind, answer.read()
        finally:
            connection.close()

    def ask(self, query: str, accept: str, seconds: float) -> tuple[int, str, bytes]:
        """The answer to a query; a connection that breaks is an OSError too."""
        try:
            return self.request("GET", self.path(query), seconds, Accept=accept)
        except http.client.HTTPException as error:
            raise ConnectionError(repr(error)) from None

    def wait(self, ready: Callable[[], bool]) -> None:
        """Until it answers as wanted. Raises RuntimeError when it ends or takes too long."""
        until = time.monotonic() + _READY
        while time.monotonic() < until:
            try:
                if ready():
                    return
            except OSError:
                pass
            self.check()
            time.sleep(0.05)
        raise RuntimeError(f"the server was not ready after {_READY:.0f} seconds")

    def check(self) -> None:
        """Raise RuntimeError, with its last words, when one of its processes has ended."""
        if any(process.poll() is not None for process in self.processes):
            told = self.log.read_text("utf-8", "replace") if self.log else ""
            raise RuntimeError(f"the server ended; its last words: …{told[-1_000:]}")

    def memory(self) -> int:
        """Bytes that its processes take, each shared page counted once (PSS)."""
        return sum(map(_pss, self.tree()))

    def is_idle(self, seconds: float) -> bool:
        """Wait until it works no more on what nobody waits for; False when it goes on."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            before = sum(map(_worked, self.tree()))
            time.sleep(0.2)
            tree = self.tree()
            # What waits for a processor is at work too: others may keep them busy.
            if sum(map(_worked, tree)) - before < 0.04 and not any(map(_is_runnable, tree)):
                return True
        return False

    def stop(self) -> None:
        """End its processes, the last started first, and what they leave behind."""
        tree = self.tree()
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in tree:
            if _parent(pid) == 1:
                os.kill(pid, 9)

    def tree(self) -> list[int]:
        """The processes and all below them."""
        numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        parents = {pid: _parent(pid) for pid in numbers}
        found = [process.pid for process in self.processes]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found


def path_of(prefix: str) -> Callable[[str], str]:
    """The address of a query, for a server that takes it after `prefix`."""
    return lambda query: prefix + quote(query, safe="")


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _is_runnable(pid: int) -> bool:
    """Whether one of its threads runs or waits for a processor."""
    try:
        told = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    except OSError:  # it has ended
        return False
    return any(text.rpartition(")")[2].split()[0] == "R" for text in told)


def _stat(pid: int) -> list[str]:
    """What /proc/PID/stat says after the name, which may hold anything (proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return []


def _parent(pid: int) -> int:
    stat = _stat(pid)
    return int(stat[1]) if stat else 0


def _worked(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / _TICKS if stat else 0.0


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
