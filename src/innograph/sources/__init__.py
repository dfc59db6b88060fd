"""Sources of data: each is a folder `data/sources/<name>` and a reader of its files.

A reader yields plain JSON objects that name no vocabulary; the source's context.jsonld says what
they mean.
"""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TextIO

from .. import assets
from ..errors import MissingData, UnknownSource

FOLDER = "sources"


@dataclass(frozen=True)
class Note:
    """A value that was put into another form (`value`), or that has no place yet (None)."""

    field: str
    raw: str
    value: str | None
    rule: str


@dataclass(frozen=True)
class Item:
    """What a source says about one thing; `local` is the source's own id of it, for ever."""

    kind: str
    local: str
    data: dict[str, Any]
    notes: list[Note] = field(default_factory=list)
    licence: str | None = None


@dataclass(frozen=True)
class Refusal:
    """An item that cannot be read, and why."""

    kind: str
    local: str
    detail: str


@dataclass(frozen=True)
class Source:
    """What source.toml says: whose data it is, under which licence, and how it is read.

    `needs` are the sources that describe what this one points at; `packed` when its facts file has
    many items in a line, which its reader's `unpacked` spells out; `reader` names the module that
    reads it, where that is not called like the source.
    """

    name: str
    title: dict[str, str]
    licensor: str
    address: str
    licence: str
    snapshot: str
    updated: str
    attribution: str
    changed: dict[str, str]
    prose: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    packed: bool = False
    reader: str = ""
    vanished: str = "report"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def contributor(self) -> str:
        """Under which name the source speaks in the ledger."""
        return f"source/{self.name}"

    @cached_property
    def context(self) -> dict[str, Any]:
        """The JSON-LD context that says what the reader's objects mean."""
        text = (assets.data() / FOLDER / self.name / "context.jsonld").read_text("utf-8")
        context: dict[str, Any] = json.loads(text)["@context"]
        return context


Reader = Callable[[Path, Source, bool], Iterator[Item | Refusal]]


def names() -> list[str]:
    """The sources that are shipped."""
    return sorted(path.parent.name for path in (assets.data() / FOLDER).glob("*/source.toml"))


def load(name: str) -> Source:
    """The source of that name; UnknownSource when there is none."""
    if name not in names():
        raise UnknownSource(name=name, known=", ".join(names()))
    text = (assets.data() / FOLDER / name / "source.toml").read_text("utf-8")
    return Source(name=name, **tomllib.loads(text))


def read(source: Source, path: Path, facts: bool = False) -> Iterator[Item | Refusal]:
    """The items of a source: from its own files, or from a facts file (.jsonl) made of them.

    `facts` leaves out what may not be shipped. Raises MissingData when nothing is at `path`.
    """
    if not path.exists():
        advice = f"The source is published at {source.address}"
        raise MissingData(path=path, advice=advice)
    if path.suffix == ".jsonl":
        return _unpacked(source, path) if source.packed else read_facts(path)
    for entry in entry_points(group="innograph.sources", name=source.name):
        reader: Reader = entry.load()
        return reader(path, source, facts)
    reader = import_module(f".{source.reader or source.name}", __name__).read
    return reader(path, source, facts)


def _unpacked(source: Source, path: Path) -> Iterator[Item | Refusal]:
    unpacked = import_module(f".{source.reader or source.name}", __name__).unpacked
    for pack in read_facts(path):
        yield from [pack] if isinstance(pack, Refusal) else unpacked(pack.data, source)


def read_facts(path: Path) -> Iterator[Item | Refusal]:
    """The items of a facts file; its first line is about the file itself."""
    with path.open(encoding="utf-8") as lines:
        next(lines, None)
        for number, line in enumerate(lines, 2):
            try:
                told = json.loads(line)
                notes = [Note(**note) for note in told.pop("notes", [])]
                yield Item(**told, notes=notes)
            except (ValueError, TypeError, AttributeError) as error:
                yield Refusal("not readable", f"line {number}", str(error))


def write_facts(source: Source, items: Iterable[Item | Refusal], file: TextIO) -> int:
    """Write the facts of items, one JSON object a line, without the fields that are prose.

    The same items give the same bytes. Returns the number of items written.
    """
    about = {
        "source": source.name,
        "address": source.address,
        "snapshot": source.snapshot,
        "licence": source.licence,
        "attribution": source.attribution,
        "changed": source.changed,
    }
    file.write(_line(about))
    number = 0
    for item in items:
        if isinstance(item, Item):
            told = asdict(item)
            told["data"] = {k: v for k, v in item.data.items() if k not in source.prose}
            told["notes"] = [n for n in told["notes"] if n["field"] not in source.prose]
            file.write(_line({key: value for key, value in told.items() if value}))
            number += 1
    return number


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
