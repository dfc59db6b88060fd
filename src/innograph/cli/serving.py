"""`innograph serve`: the web server."""

import math
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from ..engine.parent import die_with_parent
from ..engine.supervision import Supervised
from ..errors import BadSetting
from ..instance import Instance
from ..settings import Settings
from .command import counting, err, out

_AFTER_QUERIES = 5  # seconds in which answers are sent


@click.command("serve")
@click.option("--host", help="Network address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 8000]")
def serve_command(host: str | None, port: int | None) -> None:
    """Serve the graph: pages, SPARQL, contributions.

    \b
    Examples:
      innograph serve
      INNOGRAPH_HOME=/srv/innograph INNOGRAPH_URL=https://innovations.example.org innograph serve
    """
    if host:
        os.environ["INNOGRAPH_HOST"] = host
    if port is not None:
        os.environ["INNOGRAPH_PORT"] = str(port)
    settings = Settings.from_environment()
    _refuse_a_taken_port(settings)
    # Opened here first: what is wrong with the ledger is told before a worker is started.
    instance = Instance.open(settings)
    base, ledger = instance.base, instance.ledger
    shared = instance.projection is not None and instance.projection.store.shared
    loaded = _filled(instance) if shared else _engine(settings)
    del instance  # the graph is the engine's alone; a fixture's is let go
    with loaded:
        revision = ledger.revision()
        ledger.close()
        out.print(
            f"innograph serves revision {revision} on {settings.url}"
            f" (data under {base}). Stop it with Ctrl+C.",
            markup=False,
        )
        with _dumping(settings), _harvesting(settings):
            _server(settings).serve()


@contextmanager
def _filled(instance: Instance) -> Iterator[None]:
    """A SPARQL engine can be asked within the block: it holds what the ledger says."""
    assert instance.projection is not None
    with counting("filling the store") as count:
        instance.projection.follow(count)
    yield


@contextmanager
def _engine(settings: Settings) -> Iterator[None]:
    """The graph can be asked within the block, in a process of our own."""
    os.environ["INNOGRAPH_ENGINE"] = str(settings.socket)
    with Supervised(dict(os.environ)) as engine:
        with err.status("Loading the graph"):
            engine.wait(settings.socket)
        yield


@contextmanager
def _dumping(settings: Settings) -> Iterator[None]:
    """Dumps are made within the block, in a process of our own."""
    if settings.dump_seconds < 0 or settings.store_fixture:
        yield
        return
    with _beside([sys.executable, "-m", "innograph.publication"]):
        yield


@contextmanager
def _harvesting(settings: Settings) -> Iterator[None]:
    """Sources are harvested within the block as often as is set, in a process of our own."""
    if settings.harvest_hours <= 0 or settings.store_fixture:
        yield
        return
    harvest = ["harvest", "--all", "--every", str(settings.harvest_hours)]
    with _beside([sys.executable, "-m", "innograph.cli", *harvest]):
        yield


@contextmanager
def _beside(command: list[str]) -> Iterator[None]:
    """A process that runs as long as the block."""
    with subprocess.Popen(command, preexec_fn=die_with_parent) as process:
        try:
            yield
        finally:
            process.terminate()


def _server(settings: Settings) -> Any:
    from granian.constants import Interfaces
    from granian.server import Server

    # Until a web process is ready it has the handler of the one that forked it, which would only
    # note a signal: it would never end.
    os.register_at_fork(after_in_child=partial(signal.signal, signal.SIGTERM, signal.SIG_DFL))
    return Server(
        "innograph.web:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=settings.threads,
        respawn_failed_workers=True,
        # What is being answered may end, for as long as a query may last.
        workers_kill_timeout=math.ceil(settings.query_seconds) + _AFTER_QUERIES,
        log_access=False,
    )


def _refuse_a_taken_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            reason = f"{error.strerror}; set PORT or --port to another one"
            raise BadSetting(setting="INNOGRAPH_PORT", value=settings.port, reason=reason) from None
