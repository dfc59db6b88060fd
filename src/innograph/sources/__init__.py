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
from typing import TYPE_CHECKING, Any, TextIO

from .. import assets
from ..errors import BadSource, MissingData, UnknownSource

if TYPE_CHECKING:
    from .declared import Declaration
    from .harvest.description import Harvest

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
    # Where it stands in the file, for a person; the same thing may stand elsewhere tomorrow.
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class Refusal:
    """An item that cannot be read, and why."""

    kind: str
    local: str
    detail: str


@dataclass(frozen=True)
class Remark:
    """What a reader has found out about a file, for the person who imports it."""

    text: str


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
    # What rows become, where source.toml says so and no reader in Python is needed.
    declaration: "Declaration | None" = None
    # Who is asked for it over the network, if somebody is.
    harvest: "Harvest | None" = None

    @property
    def contributor(self) -> str:
        """Under which name the source speaks in the ledger."""
        return f"source/{self.name}"

    @property
    def is_innograph(self) -> bool:
        """Whether its items are dossiers, which have a name for ever already."""
        return self.harvest is not None and self.harvest.kind == "innograph"

    @cached_property
    def context(self) -> dict[str, Any]:
        """The JSON-LD context that says what the reader's objects mean."""
        if self.declaration is not None:
            return self.declaration.context
        if self.harvest is not None:  # it is linked data already
            return {}
        text = (assets.data() / FOLDER / self.name / "context.jsonld").read_text("utf-8")
        context: dict[str, Any] = json.loads(text)["@context"]
        return context


Reader = Callable[[Path, Source, bool], Iterator[Item | Refusal | Remark]]


def names(home: Path | None = None) -> list[str]:
    """The sources that are shipped, and those in the folder `sources` of an instance's home."""
    own = _folders(home / FOLDER if home else None)
    return sorted(_folders(_shipped()) | own)


def load(name: str, home: Path | None = None) -> Source:
    """The source of that name, or described in that folder.

    Raises UnknownSource when there is none, BadSource when its description is wrong.
    """
    shipped, own = _folders(_shipped()), _folders(home / FOLDER if home else None)
    folder = shipped.get(name) or own.get(name) or Path(name)
    if not (folder / "source.toml").is_file():
        raise UnknownSource(name=name, known=", ".join(sorted(shipped | own)))
    folder = folder.resolve()
    for namesake in (shipped.get(folder.name), own.get(folder.name)):
        if namesake is not None and namesake.resolve() != folder:
            taken = f"there is a source named {folder.name} already, at {namesake}; rename one"
            raise BadSource(path=folder, faults=taken)
    told = _toml(folder / "source.toml")
    if told is not None and "things" not in told and folder.parent == _shipped().resolve():
        return Source(name=folder.name, **told)
    from .declared import read_source

    return read_source(folder)


def _toml(path: Path) -> dict[str, Any] | None:
    """What stands in a source.toml; None when it is no TOML, which `read_source` tells best."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except ValueError:
        return None


def _shipped() -> Path:
    return assets.data() / FOLDER


def _folders(place: Path | None) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in place.glob("*/source.toml")} if place else {}


def read(source: Source, path: Path, facts: bool = False) -> Iterator[Item | Refusal | Remark]:
    """The items of a source: from its own files, or from a facts file (.jsonl) made of them.

    `facts` leaves out what may not be shipped. Raises MissingData when nothing is at `path`.
    """
    if not path.exists():
        advice = f"The source is published at {source.address}"
        raise MissingData(path=path, advice=advice)
    if path.suffix == ".jsonl" and (source.declaration is None or _are_facts(path, source)):
        return _unpacked(source, path) if source.packed else read_facts(path)
    if source.declaration is not None:
        from . import items

        return items.read(path, source, facts)
    for entry in entry_points(group="innograph.sources", name=source.name):
        reader: Reader = entry.load()
        return reader(path, source, facts)
    reader = import_module(f".{source.reader or source.name}", __name__).read
    return reader(path, source, facts)


def _are_facts(path: Path, source: Source) -> bool:
    """Whether the first line is that of a facts file of the source, and not a row of its own."""
    with path.open("rb") as lines:
        try:
            told = json.loads(lines.readline())
        except ValueError:
            return False
    return isinstance(told, dict) and told.keys() == _about(source).keys()


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


def write_facts(source: Source, items: Iterable[Item | Refusal | Remark], file: TextIO) -> int:
    """Write the facts of items, one JSON object a line, without the fields that are prose.

    The same items give the same bytes. Returns the number of items written.
    """
    file.write(_line(_about(source)))
    number = 0
    for item in items:
        if isinstance(item, Item):
            told = asdict(item)
            told["data"] = {k: v for k, v in item.data.items() if k not in source.prose}
            del told["place"]
            told["notes"] = [n for n in told["notes"] if n["field"] not in source.prose]
            file.write(_line({key: value for key, value in told.items() if value}))
            number += 1
    return number


def _about(source: Source) -> dict[str, Any]:
    return {
        "source": source.name,
        "address": source.address,
        "snapshot": source.snapshot,
        "licence": source.licence,
        "attribution": source.attribution,
        "changed": source.changed,
    }


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
