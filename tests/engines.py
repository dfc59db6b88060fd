"""SPARQL engines that tests start, each on a free loopback port and with nothing in it."""

import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from innograph.settings import Settings

SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, folder: Path | None = None) -> Iterator[int]:
    """A process that listens on a port, and its id; it ends with the block."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet) as process:
        try:
            patience = time.monotonic() + SECONDS
            while not listens(port):
                assert process.poll() is None and time.monotonic() < patience, command
                time.sleep(0.02)
            yield process.pid
        finally:
            process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def oxigraph() -> Iterator[dict[str, Any]]:
    """The settings of a store in `oxigraph serve`, which keeps it in memory."""
    port = free_port()
    program = Path(sysconfig.get_path("scripts")) / "oxigraph"
    with running([str(program), "serve", "--bind", f"127.0.0.1:{port}"], port):
        address = f"http://127.0.0.1:{port}"
        yield {"store": f"{address}/query", "store_update": f"{address}/update"}


def settings(told: dict[str, Any], **more: Any) -> Settings:
    return Settings(**told, **more)
