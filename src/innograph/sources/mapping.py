"""From a source's words to ours: named rules for values, and a JSON-LD context for the rest."""

import datetime
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from rdflib import Graph

from .. import media
from ..errors import Unparsable
from . import Item, Note, Refusal, Remark, Source

# An item and its dossier, or why there is none.
Made = tuple[Item, Graph | Unparsable]
_Told = Item | Refusal | Remark

_TOGETHER, _ITEM = 100, "urn:x-innograph:item:"
# What may mean something else among other items.
_ALONE = frozenset({"@graph", "@context"})

_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


def slug(text: str) -> str:
    """Letters and digits of `text`, without accents, in small letters, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")


def folded(text: str) -> str:
    """`text` without accents and in small letters, to compare."""
    if text.isascii():
        return text.casefold()
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("’", "'")
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def tidy(text: str) -> str:
    """`text` without spaces around it, and with single plain spaces in it."""
    return " ".join(text.replace("\xa0", " ").split())


def given(data: dict[str, Any]) -> dict[str, Any]:
    """`data` without the fields that nothing is told of."""
    return {key: value for key, value in data.items() if value not in (None, [], "")}


class Mapper:
    """Applies the named rules to the values of one item, and keeps a note of each that changed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.notes: list[Note] = []

    def _note(self, field: str, raw: object, value: str | None, rule: str) -> None:
        self.notes.append(Note(field, str(raw), value, rule))

    def changed(self, field: str, raw: object, value: str, rule: str) -> None:
        """Keep how a value was put into another form."""
        self._note(field, raw, value, rule)

    def unplaced(self, field: str, raw: object) -> None:
        """Keep a value for which the model has no place yet; of prose only that there was some."""
        private = field in self.source.prose or isinstance(raw, (dict, list))
        self._note(field, "(not kept)" if private else raw, None, "no-place-yet")

    def text(self, field: str, raw: object) -> str | None:
        """A text without stray spaces; None when nothing is left."""
        value = tidy(str(raw)) if raw is not None else ""
        if value and value != raw:
            self._note(field, raw, value, "spaces")
        return value or None

    def choice(self, field: str, raw: object) -> str | None:
        """The value of a closed list, as the context's own context of `field` spells it."""
        known = _choices(self.source.name, json.dumps(self.source.context[field]))
        told = str(raw)
        value = known.get(slug(told))
        if value is None:
            self.unplaced(field, told)
        elif value != told:
            rule = "spaces" if value == tidy(told) else "spelling"
            self._note(field, told, value, rule)
        return value

    def choices(self, field: str, raw: object) -> list[str]:
        """The values of a list, each as by `choice`, each once."""
        told = raw if isinstance(raw, list) else [] if raw is None else [raw]
        values = (self.choice(field, value) for value in told)
        return list(dict.fromkeys(value for value in values if value is not None))

    def address(self, field: str, raw: object) -> str | None:
        """A web address; what is none is noted and left out."""
        plain = html.unescape(str(raw)) if raw is not None else ""
        value = tidy(plain)
        if not value:
            return None
        if not _ADDRESS.fullmatch(value):
            self._note(field, raw, None, "not-an-address")
            return None
        if value != raw:
            self._note(field, raw, value, "spaces" if plain == raw else "html-entities")
        return value

    def day(self, field: str, raw: object) -> str | None:
        """A day, as YYYY-MM-DD; French order is understood, what is no day is left out."""
        if isinstance(raw, datetime.datetime):
            raw = raw.date()
        if isinstance(raw, datetime.date):
            return raw.isoformat()
        if raw is None or not (told := tidy(str(raw))):
            return None
        for rule, pattern in (("iso", "%Y-%m-%d"), ("day-month-year", "%d/%m/%Y")):
            try:
                value = datetime.datetime.strptime(told, pattern).date().isoformat()
            except ValueError:
                continue
            if value != raw:
                self._note(field, raw, value, rule)
            return value
        self._note(field, raw, None, "not-a-date")
        return None


@lru_cache
def _choices(source: str, definition: str) -> dict[str, str]:
    """Slug -> spelling, of the values that a property's own context defines."""
    values = json.loads(definition)["@context"]
    return {slug(value): value for value in values if not value.startswith("@")}


def made(found: Iterable[_Told], source: Source, base: str) -> Iterator[Made | Refusal | Remark]:
    """What a reader tells, each item with its dossier."""
    # What is asked of others comes slowly, and is linked data already, with contexts of its own.
    for some in _some(found, 1 if source.harvest else _TOGETHER):
        dossiers = _dossiers([told for told in some if isinstance(told, Item)], source, base)
        for told in some:
            yield (told, next(dossiers)) if isinstance(told, Item) else told


def _some(found: Iterable[_Told], many: int) -> Iterator[list[_Told]]:
    """What is found, so many at a time; what came before an error is told before it."""
    some: list[_Told] = []
    try:
        for told in found:
            some.append(told)
            if len(some) == many:
                yield some
                some = []
    except Exception:
        yield some
        raise
    yield some


def _dossiers(items: list[Item], source: Source, base: str) -> Iterator[Graph | Unparsable]:
    """The dossiers of some items, read as one document: a context takes longer than an item."""
    named = {f"{_ITEM}{number}": item for number, item in enumerate(items)}
    together = [
        {"@id": name, "@graph": item.data}
        for name, item in named.items()
        if _ALONE.isdisjoint(_words(item.data))
    ]
    parts: dict[str, Graph] = {}
    if len(together) > 1:
        with suppress(Unparsable):  # the one that cannot be read is found when each is read alone
            document = _document({"@graph": together}, source, base)
            parts = media.parse_parts(document, base, named)
    for name, item in named.items():
        try:
            yield parts[name] if name in parts else graph_of(item, source, base)
        except Unparsable as error:
            yield error


def graph_of(item: Item, source: Source, base: str) -> Graph:
    """The dossier of an item: its object read as JSON-LD, local names under the base."""
    return media.parse_own(_document(item.data, source, base), base)


def _document(data: dict[str, Any], source: Source, base: str) -> bytes:
    context = {"@base": f"{base}/id/", **_needed(source.context, frozenset(_words(data)))}
    text = json.dumps({"@context": context, **data}, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Unparsable(format="JSON", line=1, column=1, detail=str(error)) from None


def _needed(context: dict[str, Any], words: frozenset[str]) -> dict[str, Any]:
    """The part of a context that is about these words: a long one is slow to read again and again.

    Prefixes and keywords are needed whatever the words.
    """
    found: dict[str, Any] = {}
    for name, meaning in context.items():
        if isinstance(meaning, dict) and name in words:
            inner = _needed(meaning["@context"], words) if "@context" in meaning else None
            found[name] = meaning if inner is None else {**meaning, "@context": inner}
        elif name in words or name.startswith("@") or str(meaning).startswith("@"):
            found[name] = meaning
        elif isinstance(meaning, str) and "://" in meaning:
            found[name] = meaning
    return found


def _words(data: Any) -> Iterator[str]:
    """The names of all fields of an object, and all that they say."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield name
            yield from _words(value)
    elif isinstance(data, list):
        for value in data:
            yield from _words(value)
    else:
        yield str(data)
