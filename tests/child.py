"""Runs a command of innograph in a child process that starts quickly, so that it can be killed."""

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from innograph.cli import main
from innograph.sources import run

BASE = "https://example.org"
BATCH = 20
# Children are forked from a process that has read these modules, and has no threads.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    ["pytest", "innograph.cli.arrivals", "innograph.cli.graph", "innograph.cli.people"]
)


def _command(home: Path, words: tuple[str, ...], environ: dict[str, str]) -> None:
    os.environ |= {"INNOGRAPH_HOME": str(home), "INNOGRAPH_BASE": BASE, **environ}
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")
    run.BATCH_ITEMS, run.BATCH_SECONDS = BATCH, 600.0
    main(words)


def command(home: Path, *words: str, environ: dict[str, str] | None = None) -> ForkServerProcess:
    """`innograph WORDS`, not yet started, with batches so small that an import has several."""
    return _SERVER.Process(target=_command, args=(home, words, environ or {}))


def exit_code(home: Path, *words: str, environ: dict[str, str] | None = None) -> int | None:
    process = command(home, *words, environ=environ)
    process.start()
    process.join(60)
    return process.exitcode
