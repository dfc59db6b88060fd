"""A server in processes of its own, as `innograph serve` starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from innograph.cli import main

_SOURCE = Path(__file__).resolve().parents[1] / "src"
_INNOGRAPH = [sys.executable, "-c", "from innograph.cli import main; main()"]


@dataclass(frozen=True)
class Server:
    url: str
    environ: dict[str, str]

    def command(self, *arguments: str) -> str:
        """What `innograph ARGUMENTS` prints, run beside the server: in this process."""
        done = CliRunner().invoke(main, arguments, env=self.environ)
        assert done.exit_code == 0, done.output
        return done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running(home: Path, port: int, **settings: object) -> Iterator[Server]:
    """A server that answers, with further settings by their names."""
    given = {"home": home, "port": port, "dump_seconds": -1, **settings}
    url = f"http://127.0.0.1:{port}"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("INNOGRAPH_")},
        **{f"INNOGRAPH_{name.upper()}": str(value) for name, value in given.items()},
        "PYTHONPATH": str(_SOURCE),
        "COLUMNS": "200",
    }
    process = subprocess.Popen(
        [*_INNOGRAPH, "serve"], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(url):
            assert process.poll() is None, "the server ended"
            time.sleep(0.05)
        yield Server(url, environ)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError("the server did not stop") from None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1):
            return True
    except OSError:
        return False
