"""Sources that are described without Python: a source.toml says what each row of a file becomes.

It says whose data it is, how the file is laid out, and for each thing that a row tells of what it
is, by which columns it is known, and what fills its fields.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from rdflib import URIRef

from .. import vocab
from ..exchange import context as model
from ..exchange import fields, terms
from . import Source
from .description import Description, Path_, unknown
from .fillings import Filling, FillingReader, takes
from .harvest import description as harvested
from .mapping import tidy
from .tables import FORMATS, Layout

# The keys of source.toml, besides those that every source has.
THINGS = "things"
_TOP = (
    "licensor", "address", "licence", "snapshot", "updated", "attribution", "changed", "title",
    "vanished", "language", "prose", "left_out", "table", "things", "lists", "harvest",
)  # fmt: skip
_TABLE = ("format", "encoding", "separator", "sheet", "header", "rows", "nothing")
_THING = ("type", "id", "ids", "each", "split", "only_if", "licence", "fields")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CHANGED = {"en": "Facts extracted and normalised.", "fr": "Faits extraits et normalisés."}


@dataclass(frozen=True)
class Thing:
    """What a row tells of: its class, by which columns it is known, and what fills its fields.

    `word` begins its address; `each` is a column of several values, each of which is a thing.
    """

    name: str
    kind: URIRef
    word: str
    id: tuple[str, ...]
    each: str
    split: str
    only_if: str
    licence: str | None
    fillings: tuple[Filling, ...]

    def used(self) -> Iterator[str]:
        """The columns that it reads."""
        yield from self.id
        yield from filter(None, (self.each, self.only_if))
        for filling in self.fillings:
            yield from filling.used()


@dataclass(frozen=True)
class Declaration:
    """What the rows of a source become; `things` stand after those that they link to."""

    path: Path
    layout: Layout
    things: tuple[Thing, ...]
    prose: frozenset[str]
    left_out: tuple[str, ...]

    @cached_property
    def used(self) -> tuple[str, ...]:
        """The columns that are read, in the order of source.toml."""
        return tuple(dict.fromkeys(name for thing in self.things for name in thing.used()))

    @cached_property
    def context(self) -> dict[str, Any]:
        """As much of the model's JSON-LD context as its items need."""
        whole = model.context()["@context"]
        assert isinstance(whole, Mapping)
        fillings = [filling for thing in self.things for filling in thing.fillings]
        needed = {"@version", *terms.KEYWORDS, "xsd"}
        needed |= {terms.name_of(thing.kind) for thing in self.things}
        for filling in fillings:
            beside = [*filling.bounds, *(filling.about or ())[:1]]
            for field in (filling.field, *beside):
                needed |= {field.name, *(field.schemes if filling.columns else ())}
                if field.is_concept and filling.columns and not field.schemes:
                    needed |= vocab.prefixes().keys()
            needed |= {step.field.name for step in filling.path}
            needed |= {terms.name_of(step.kind) for step in filling.path}
            given = [filling.always, *(filling.choices or {}).values(), *(filling.about or ())[1:]]
            needed |= {value.partition(":")[0] for value in given if isinstance(value, str)}
        return {name: _trimmed(told, needed) for name, told in whole.items() if name in needed}


def _trimmed(term: Any, needed: Set[str]) -> Any:
    """A term of the context, with no more prefixes of its own than are needed: it is read often."""
    if not isinstance(term, Mapping) or "@context" not in term:
        return term
    inner = {prefix: told for prefix, told in term["@context"].items() if prefix in needed}
    return {key: value for key, value in term.items() if key != "@context"} | (
        {"@context": inner} if inner else {}
    )


def read_source(folder: Path) -> Source:
    """The source that a folder describes. Raises BadSource with all that is wrong."""
    told = Description(folder / "source.toml")
    top = told.told
    if not _NAME.fullmatch(folder.name):
        told.fault((), f"the folder is named {folder.name}; small letters, figures and - only")
    told.keys((), top, _TOP)
    for key in ("licensor", "address", "licence"):
        if not told.get((), top, key, str, ""):
            told.fault((key,), "it is missing: say whose data it is, where, under which licence")
    for key in ("address", "licence"):
        if (value := top.get(key)) and not _ADDRESS.fullmatch(str(value)):
            advice = "an address is expected, such as https://spdx.org/licenses/etalab-2.0"
            told.fault((key,), advice)
    title = told.get((), top, "title", dict, {})
    if not title or not all(isinstance(text, str) for text in title.values()):
        told.fault(("title",), 'a title is missing: [title], and in it en = "…" or fr = "…"')
    if told.get((), top, "vanished", str, "report") not in ("report", "withdraw"):
        told.fault(("vanished",), "report or withdraw is expected")
    harvest = harvested.read(told)
    # Of a catalogue a file is taken, with rows that become something; the others give linked data.
    of_rows = harvest is None or harvest.kind == "catalogue"
    declaration = _declaration(told) if of_rows else None
    told.finish()
    any_title = next(iter(title.values()))
    return Source(
        name=folder.name,
        title={"en": any_title, "fr": any_title} | title,
        licensor=top["licensor"],
        address=top["address"],
        licence=top["licence"],
        snapshot=str(top.get("snapshot", "")),
        updated=str(top.get("updated", "")),
        attribution=str(top.get("attribution", f"{top['licensor']}, {top['licence']}")),
        changed=top.get("changed", _CHANGED),
        vanished=top.get("vanished", "report"),
        declaration=declaration,
        harvest=harvest,
    )


def _declaration(told: Description) -> Declaration:
    return Declaration(
        path=told.path,
        layout=_layout(told),
        things=_things(told),
        prose=frozenset(told.texts((), told.told, "prose")),
        left_out=told.texts((), told.told, "left_out"),
    )


def _layout(told: Description) -> Layout:
    place: Path_ = ("table",)
    table = told.get((), told.told, "table", dict, {})
    told.keys(place, table, _TABLE)
    given = {
        key: told.get(place, table, key, str, "")
        for key in ("format", "encoding", "separator", "sheet", "rows")
    }
    if given["format"] and given["format"] not in FORMATS.values():
        told.fault((*place, "format"), unknown(given["format"], sorted({*FORMATS.values()})))
    if len(given["separator"]) > 1:
        told.fault((*place, "separator"), 'one sign is expected, such as ";" or "\\t"')
    if given["encoding"]:
        try:
            "".encode(given["encoding"])
        except LookupError:
            known = "utf-8, utf-16, cp1252, iso-8859-15 …"
            told.fault((*place, "encoding"), f"{given['encoding']} is no encoding. Known: {known}")
    header = told.get(place, table, "header", int, 1)
    if header < 1:
        told.fault((*place, "header"), "the number of a line is expected, 1 or more")
    nothing = tuple(map(tidy, told.texts(place, table, "nothing")))
    return Layout(**given, header=header, nothing=nothing)


def _things(told: Description) -> tuple[Thing, ...]:
    found = {}
    for name, spec in told.get((), told.told, THINGS, dict, {}).items():
        if not isinstance(spec, dict):
            told.fault((THINGS, name), f"a table is expected: [things.{name}]")
        elif (thing := _thing(told, name, spec)) is not None:
            found[name] = thing
    if not told.told.get(THINGS):
        told.fault((), "it says of nothing what a row becomes: [things.innovation], and its fields")
    _twins(told, found)
    for thing in found.values():
        for filling in thing.fillings:
            _linked(told, found, thing, filling)
    return _ordered(found)


def _thing(told: Description, name: str, spec: Mapping[str, Any]) -> Thing | None:
    place = (THINGS, name)
    told.keys(place, spec, _THING)
    kinds = {terms.name_of(kind): kind for root in fields.roots() for kind in fields.types(root)}
    kind = kinds.get(told.get(place, spec, "type", str, ""))
    if kind is None:
        told.fault((*place, "type"), f"say what it is. {unknown(str(spec.get('type')), kinds)}")
        return None
    id = told.texts(place, spec, "id")
    if not id:
        told.fault((*place, "id"), "say by which column, or columns, it is known for ever")
    word = told.get(place, spec, "ids", str, name)
    if not _NAME.fullmatch(word):
        told.fault(place, f"{word} begins addresses: small letters, figures and - only")
    licence = told.get(place, spec, "licence", str, "")
    if licence and not _ADDRESS.fullmatch(licence):
        told.fault((*place, "licence"), "an address is expected")
    language = told.get((), told.told, "language", str, "")
    reader = FillingReader(told, kind, (*place, "fields"), language)
    fillings = tuple(reader.read(told.get(place, spec, "fields", dict, {})))
    _required(told, kind, fillings, (*place, "fields"), spec)
    return Thing(
        name=name,
        kind=kind,
        word=word,
        id=id,
        each=told.get(place, spec, "each", str, ""),
        split=told.get(place, spec, "split", str, ""),
        only_if=told.get(place, spec, "only_if", str, ""),
        licence=licence or None,
        fillings=fillings,
    )


def _required(
    told: Description,
    kind: URIRef,
    fillings: tuple[Filling, ...],
    place: Path_,
    spec: Mapping[str, Any],
) -> None:
    """Complain of fields that a thing, or one of its parts, must have and that nothing fills."""
    begun = {name.split(".")[0].split("#")[0].split("@")[0] for name in spec.get("fields", {})}
    for field in fields.of(kind):
        if field.required and field.name not in begun:
            example = f"{field.name}.…" if field.nested else field.name
            told.fault(place, f"{terms.name_of(kind)} needs {example}: say from which column")
    parts = {filling.path: filling for filling in fillings if filling.path}
    for path, filling in parts.items():
        filled = {other.field.name for other in fillings if other.path == path}
        filled |= {
            o.path[len(path)].field.name for o in fillings if o.path[: len(path)] == path != o.path
        }
        for field in fields.of(path[-1].kind):
            if field.required and field.name not in filled:
                above = filling.name.rpartition(".")[0]
                told.fault((*place, filling.name), f"it needs {above}.{field.name} too")


def _twins(told: Description, found: Mapping[str, Thing]) -> None:
    """Complain of two things that would have the same address in every row."""
    seen: dict[tuple[object, ...], str] = {}
    for thing in found.values():
        other = seen.setdefault((thing.word, thing.id, thing.each), thing.name)
        if other != thing.name:
            text = f"it has the same id as [things.{other}]; leave out ids, or take other columns"
            told.fault((THINGS, thing.name), text)


def _linked(told: Description, found: Mapping[str, Thing], thing: Thing, filling: Filling) -> None:
    if not filling.thing:
        return
    place = (THINGS, thing.name, "fields", filling.name)
    other = found.get(filling.thing)
    if other is None:
        told.fault(place, f"[things.{filling.thing}] is missing. {unknown(filling.thing, found)}")
    elif not takes(filling.field, other.kind):
        kinds = ", ".join(map(terms.name_of, filling.field.classes))
        told.fault(place, f"it links to {kinds}; {other.name} is {terms.name_of(other.kind)}")
    elif filling.id and len(filling.id) != len(other.id):
        told.fault(place, f"{other.name} is known by {len(other.id)} columns; name as many")


def _ordered(found: Mapping[str, Thing]) -> tuple[Thing, ...]:
    """Things after those that they link to, else in the order of source.toml."""
    links = {
        name: [f.thing for f in thing.fillings if f.thing in found and f.thing != name]
        for name, thing in found.items()
    }
    try:
        order = list(TopologicalSorter(links).static_order())
    except CycleError:
        order = list(found)
    return tuple(found[name] for name in order)
