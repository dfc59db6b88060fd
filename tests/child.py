"""Runs a command of innograph in a child process that starts quickly, so that it can be killed."""

import multiprocessing
import os
import sys
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

from innograph.cli import main
from innograph.sources import run

BASE = "https://example.org"
BATCH = 20


@cache
def _server() -> ForkServerContext:
    """Children are forked from a process that has read the model, and has no threads."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["pytest", "warmed"])
    with pytest.MonkeyPatch.context() as there:
        there.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # where it looks for these
        forkserver.ensure_running()
    return server


def _command(home: Path, words: tuple[str, ...], environ: dict[str, str]) -> None:
    os.environ |= {"INNOGRAPH_HOME": str(home), "INNOGRAPH_BASE": BASE, **environ}
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")
    run.BATCH_ITEMS, run.BATCH_SECONDS = BATCH, 600.0
    main(words)


def command(home: Path, *words: str, environ: dict[str, str] | None = None) -> ForkServerProcess:
    """`innograph WORDS`, not yet started, with batches so small that an import has several."""
    return _server().Process(target=_command, args=(home, words, environ or {}))


def exit_code(home: Path, *words: str, environ: dict[str, str] | None = None) -> int | None:
    process = command(home, *words, environ=environ)
    process.start()
    process.join(60)
    return process.exitcode
