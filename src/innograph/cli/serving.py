"""`innograph serve`: the web server."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from ..engine.supervision import Supervised
from ..errors import BadSetting
from ..instance import Instance
from ..settings import Settings
from .command import counting, err, out


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
    with _loaded(instance):
        revision = instance.ledger.revision()
        instance.ledger.close()
        out.print(
            f"innograph serves revision {revision} on {settings.url}"
            f" (data under {instance.base}). Stop it with Ctrl+C.",
            markup=False,
        )
        _server(settings).serve()


@contextmanager
def _loaded(instance: Instance) -> Iterator[None]:
    """The graph can be asked within the block, in a SPARQL engine or in a process of our own."""
    if instance.projection and instance.projection.store.shared:
        with counting("filling the store") as count:
            instance.projection.follow(count)
        yield
        return
    path = instance.settings.socket
    os.environ["INNOGRAPH_ENGINE"] = str(path)
    with Supervised(dict(os.environ)) as engine:
        with err.status("Loading the graph"):
            engine.wait(path)
        yield


def _server(settings: Settings) -> Any:
    from granian.constants import Interfaces
    from granian.server import Server

    return Server(
        "innograph.web:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        respawn_failed_workers=True,
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
