"""SPARQL engines that tests start, each on a free loopback port and with nothing in it."""

import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: list[str],
    port: int,
    folder: Path | None = None,
    environ: dict[str, str] | None = None,
) -> Iterator[None]:
    """A process that listens on a port; it ends with the block."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=quiet, stderr=quiet) as process:
        try:
            patience = time.monotonic() + SECONDS
            while not listens(port):
                assert process.poll() is None and time.monotonic() < patience, command
                time.sleep(0.02)
            yield
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def oxigraph(port: int | None = None, more: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """The settings of a store in `oxigraph serve`, which keeps it in memory."""
    port = port or free_port()
    program = Path(sysconfig.get_path("scripts")) / "oxigraph"
    command = [str(program), "serve", "--bind", f"127.0.0.1:{port}", *more]
    with running(command, port):
        address = f"http://127.0.0.1:{port}"
        yield {"store": f"{address}/query", "store_update": f"{address}/update"}


def ask(told: dict[str, Any], query: str) -> list[str]:
    """The lines of an engine's own answer, without the names of the columns."""
    data = urlencode({"query": query}).encode()
    with urlopen(Request(told["store"], data, {"Accept": "text/csv"})) as answer:
        lines: list[str] = answer.read().decode().splitlines()[1:]
        return lines


VIRTUOSO = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa

[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = .
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
CheckpointInterval = 0
DefaultIsolation = 2

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 20
"""


@contextmanager
def virtuoso(folder: Path, buffers: int = 20_000) -> Iterator[dict[str, Any]]:
    """The settings of a store in Virtuoso 7, whose files are in `folder`."""
    sql, http = free_port(), free_port()
    dirty = buffers * 3 // 4
    text = VIRTUOSO.format(sql=sql, http=http, buffers=buffers, dirty=dirty)
    (folder / "virtuoso.ini").write_text(text, "utf-8")
    with running(["virtuoso-t", "+foreground", "+configfile", "virtuoso.ini"], http, folder):
        address = f"http://127.0.0.1:{http}"
        yield {
            "store": f"{address}/sparql",
            "store_update": f"{address}/sparql-auth",
            "store_user": "dba",
            "store_password": "dba",
        }
