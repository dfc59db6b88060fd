"""The dumps that are kept: made by one process at a time, whole or not at all.

`{home}/dumps/<revision>/` is finished; what is being made lies beside under another name. A dump
is of one revision for ever, but for what was erased since: `refresh` makes it anew without.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from .. import vocab
from ..errors import DumpsBusy, NoDump
from ..instance import Instance
from ..ledger import Ledger
from ..projection import Projection
from ..settings import Settings
from ..store.embedded import Embedded
from .writing import FACTS, PACKAGE, Progress, Writing

_LAST = 3  # that are kept beside the first of each month
_MAKING, _LOCK = ".making", ".lock"


@dataclass(frozen=True)
class Dump:
    """A finished dump."""

    path: Path

    @property
    def revision(self) -> int:
        return int(self.path.name)

    @cached_property
    def package(self) -> dict[str, Any]:
        """What `datapackage.json` says."""
        return _read(self.path / PACKAGE, self._changed)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was counted (see `writing`)."""
        return _read(self.path / FACTS, self._changed)

    @property
    def _changed(self) -> int:
        return (self.path / FACTS).stat().st_mtime_ns


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def folder(settings: Settings) -> Path:
    # Absolute: Flask takes a relative one to be in its own folder.
    return settings.home.absolute() / "dumps"


def kept(settings: Settings, ledger: Ledger) -> list[Dump]:
    """The finished dumps, oldest first, without those that hold what has been erased since."""
    erased = ledger.last_erased()
    return [dump for dump in _finished(settings) if dump.facts["erased"] >= erased]


def stale(settings: Settings, ledger: Ledger) -> list[Dump]:
    """The finished dumps that hold what has been erased since: they are given to nobody."""
    erased = ledger.last_erased()
    return [dump for dump in _finished(settings) if dump.facts["erased"] < erased]


def latest(settings: Settings, ledger: Ledger) -> Dump:
    """The last finished dump. Raises NoDump."""
    if found := kept(settings, ledger):
        return found[-1]
    raise NoDump


def make(instance: Instance, progress: Progress = lambda done, total: None) -> Dump:
    """Make the dump of the present revision, unless it is there; drop what is not to be kept.

    Raises DumpsBusy when another process makes one, StoreBusy when the graph moves on meanwhile.
    """
    with _alone(instance.settings) as home:
        refreshed = _refresh(instance, home, progress)
        revision = instance.follow()
        known = [dump for dump in _finished(instance.settings) if dump.revision == revision]
        known += [refreshed[revision]] if revision in refreshed else []
        dump = known[-1] if known else _make(instance, home, progress)
        _drop(instance.settings)
        return dump


def refresh(instance: Instance, progress: Progress = lambda done, total: None) -> list[Dump]:
    """Make anew each kept dump that holds what has been erased since; return these."""
    with _alone(instance.settings) as home:
        return list(_refresh(instance, home, progress).values())


def _finished(settings: Settings) -> list[Dump]:
    found = folder(settings).glob("[0-9]*")
    return sorted((Dump(p) for p in found if p.name.isdigit()), key=lambda dump: dump.revision)


@contextmanager
def _alone(settings: Settings) -> Iterator[Path]:
    home = folder(settings)
    home.mkdir(parents=True, exist_ok=True)
    with (home / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DumpsBusy from None
        for half in home.glob(f"{_MAKING}*"):  # of one that was killed
            shutil.rmtree(half)
        yield home


def _make(instance: Instance, home: Path, progress: Progress) -> Dump:
    making, work = home / _MAKING, home / f"{_MAKING}-work"
    try:
        for each in (making, work):
            each.mkdir()
        revision = Writing(instance, making, work, progress).all()
        target, old = home / str(revision), home / f"{_MAKING}-old"
        if target.exists():
            target.rename(old)
        making.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        for each in (making, work):
            shutil.rmtree(each, ignore_errors=True)
    return Dump(target)


def _refresh(instance: Instance, home: Path, progress: Progress) -> dict[int, Dump]:
    """What was erased is in the graph of an earlier revision: that graph is made once more."""
    again = stale(instance.settings, instance.ledger)
    return {d.revision: _make(past(instance, d.revision), home, progress) for d in again}


def past(instance: Instance, revision: int) -> Instance:
    """The instance as it was at a revision, loaded from the ledger alone."""
    ledger = instance.ledger.at(revision)
    store = Embedded(vocab.prefixes(), f"{instance.base}/")
    return replace(instance, ledger=ledger, store=store, projection=Projection(ledger, store))


def _drop(settings: Settings) -> None:
    """Keep the last ones, and the first of each month by the ledger's time."""
    found = _finished(settings)
    first: dict[str, Dump] = {}
    for dump in found:
        first.setdefault(dump.facts["time"][:7], dump)
    for dump in set(found) - set(found[-_LAST:]) - set(first.values()):
        gone = dump.path.with_name(f"{_MAKING}-gone-{dump.revision}")
        dump.path.rename(gone)
        shutil.rmtree(gone)


def names(dump: Dump) -> Sequence[str]:
    """The files of a dump, in order."""
    return sorted(path.name for path in dump.path.iterdir())
