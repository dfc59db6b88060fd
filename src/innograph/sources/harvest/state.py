"""What is kept of a harvest beside the ledger: where it stands, and a report of the last run.

Each source has a file of its own in the folder `harvests` of the home, written as a whole or not at
all. Without it the next run begins at the beginning, which changes nothing that is known.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...errors import HarvestRuns

FOLDER = "harvests"


@dataclass
class State:
    """A run: when (UTC), what came (by state), what failed and why, what is no longer there.

    `ended` is empty while it runs, or when it was broken off; `error` is why it could not go on.
    `position` and `again`, things to ask for once more, are where the next one goes on; `seen` are
    the things of the part before.
    """

    source: str
    started: str = ""
    ended: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    refusals: list[list[str]] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    error: str = ""
    position: str = ""
    again: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, home: Path, source: str) -> "State":
        """The state of a source; a new one where there is none."""
        try:
            told: dict[str, Any] = json.loads(_path(home, source).read_text("utf-8"))
            return cls(**told)
        except (FileNotFoundError, ValueError, TypeError):
            return cls(source)

    def save(self, home: Path) -> None:
        path = _path(home, self.source)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        half.write_text(json.dumps(asdict(self), ensure_ascii=False), "utf-8")
        half.replace(path)


def known(home: Path) -> Iterator[State]:
    """The states of all sources that were harvested, by name."""
    for path in sorted((home / FOLDER).glob("*.json")):
        yield State.load(home, path.stem)


@contextmanager
def alone(home: Path, source: str) -> Iterator[None]:
    """Only one process harvests a source at a time; raises HarvestRuns."""
    path = _path(home, source).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HarvestRuns(name=source) from None
        yield


def merged(told: Iterable[str], more: Iterable[str]) -> list[str]:
    """Both, each once, in order."""
    return list(dict.fromkeys([*told, *more]))


def _path(home: Path, source: str) -> Path:
    return home / FOLDER / f"{source}.json"
