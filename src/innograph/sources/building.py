"""Makes one item of a declared source of one row: values by their rules, parts, and notes."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

from rdflib import RDF, XSD, Literal

from ..exchange import context as model
from ..exchange import fields, terms
from ..exchange.fields import Field
from . import Item, Note
from .cells import Cells, plain_text, split_by
from .days import When
from .declared import Thing
from .fillings import Filling, Step, choice, concepts
from .mapping import slug
from .rules import NOT_KEPT, RULES, Told, is_empty, kept

NO_PLACE = "no-place-yet"


class Links(Protocol):
    """Who knows the ids of the other things that a row tells of."""

    def linked(self, filling: Filling, here: Cells, row: Cells) -> Iterator[str]: ...

    def is_left_out(self, filling: Filling) -> bool: ...


class Build:
    """One item in the making."""

    def __init__(
        self, links: Links, thing: Thing, key: str, here: Cells, row: Cells, place: str
    ) -> None:
        self._links, self._thing, self._key = links, thing, key
        self._here, self._row, self._place = here, row, place
        self._notes: list[Note] = []

    def item(self) -> Item:
        data: dict[str, Any] = {"id": self._key, "type": terms.name_of(self._thing.kind)}
        parts: dict[tuple[Step, ...], dict[str, Any]] = {(): data}
        for filling in self._thing.fillings:
            if self._links.is_left_out(filling):
                continue
            into = self._part(parts, filling.path)
            if _is_full(into, filling):
                self._note_unneeded(filling)
                continue
            for field, value in self._values(filling):
                _add(into, field, value, filling.lang)
        self._drop_unfinished(parts)
        thing = self._thing
        return Item(thing.name, self._key, data, self._notes, thing.licence, self._place)

    def _part(
        self, parts: dict[tuple[Step, ...], dict[str, Any]], path: tuple[Step, ...]
    ) -> dict[str, Any]:
        if path not in parts:
            above, step = self._part(parts, path[:-1]), path[-1]
            names = [step.label or terms.slug(step.field.iri) for step in path]
            kind = terms.slug(step.kind)
            id = f"{kind}/{self._key.replace('/', '-')}-{'-'.join(map(slug, names))}"
            parts[path] = {"id": id, "type": terms.name_of(step.kind)}
            above.setdefault(step.field.name, []).append(parts[path])
        return parts[path]

    def _drop_unfinished(self, parts: dict[tuple[Step, ...], dict[str, Any]]) -> None:
        """Leave out the parts of which a row does not tell what they must have."""
        for path in sorted(parts, key=len, reverse=True):
            if not path:
                continue
            part, step = parts[path], path[-1]
            lacking = [f.name for f in fields.of(step.kind) if f.required and f.name not in part]
            if lacking:
                above = parts[path[:-1]]
                above[step.field.name].remove(part)
                if not above[step.field.name]:
                    del above[step.field.name]
                self._note_lost(path, lacking)

    def _note_lost(self, path: tuple[Step, ...], lacking: list[str]) -> None:
        """Of a part that is left out, no value stands in the graph: each is noted as such."""
        inside = [f for f in self._thing.fillings if f.path[: len(path)] == path]
        names = {filling.name for filling in inside}
        self._notes = [n for n in self._notes if n.value is None or n.field not in names]
        known = {(note.field, note.raw) for note in self._notes}
        for filling in inside:
            for raw in self._raw(filling) if filling.columns else ():
                if (filling.name, kept(raw)) not in known:
                    self._note(filling, raw, None, f"without-{lacking[0]}")

    def _note_unneeded(self, filling: Filling) -> None:
        """Of several columns for one value the first that tells is taken."""
        for raw in self._raw(filling):
            self._note(filling, raw, None, "another-column-told")

    def _raw(self, filling: Filling) -> Iterator[Any]:
        if len(filling.columns) > 1:
            texts = [plain_text(self._here.one(name)) for name in filling.columns]
            if any(texts):
                yield filling.join.join(filter(None, texts))
            return
        for value in self._here.several(filling.columns[0]):
            for one in split_by(value, filling.split):
                if not is_empty(one):
                    yield one

    def _values(self, filling: Filling) -> Iterator[tuple[Field, Any]]:
        """Each field that is filled, and a value of it in JSON."""
        if filling.is_constant:
            yield filling.field, _constant(filling)
        elif filling.thing:
            for key in self._links.linked(filling, self._here, self._row):
                yield filling.field, key
        else:
            for raw in self._raw(filling):
                yield from self._value(filling, raw)

    def _value(self, filling: Filling, raw: Any) -> Iterator[tuple[Field, Any]]:
        if isinstance(raw, Mapping):
            self._note(filling, NOT_KEPT, None, NO_PLACE)
            return
        told = _chosen(filling, raw) if filling.choices is not None else Told(raw)
        if told.value is not None and not filling.field.is_concept:
            ruled = RULES[filling.rule](told.value, filling.options)
            told = Told(ruled.value, ruled.rule or told.rule)
        if isinstance(told.value, When):
            yield from self._time(filling, raw, told.value, told.rule)
            return
        value = _fitting(filling.field, told.value)
        if value is None and told.value is not None:
            told = Told(None, "does-not-fit")
        if told.rule:
            self._note(filling, raw, told.value, told.rule)
        if value is not None:
            yield filling.field, value

    def _time(
        self, filling: Filling, raw: Any, when: When, rule: str
    ) -> Iterator[tuple[Field, Any]]:
        chosen, told = when.start, when.start
        if filling.part == "end":
            chosen = told = when.end if when.is_range else None
            if chosen is None:
                return  # a time that has no end
        elif not filling.part and when.end is not None and when.is_range:
            self._note(filling, raw, None, "two-dates")
            return
        if when.within and filling.bounds:
            told = "/".join(when.within)
            yield from zip(filling.bounds, when.within, strict=True)
        elif chosen is not None:
            yield filling.field, _typed(filling.field, chosen)
        if when.about and filling.about:
            yield filling.about
        if told is None or rule:
            self._note(filling, raw, told, rule)

    def _note(self, filling: Filling, raw: Any, value: Any, rule: str) -> None:
        made = (
            None
            if value is None
            else str(value).lower()
            if value is True or value is False
            else str(value)
        )
        raw = NOT_KEPT if rule == "personal" else kept(raw)
        self._notes.append(Note(filling.name, raw, made, rule))


def _is_full(into: Mapping[str, Any], filling: Filling) -> bool:
    """Whether a field that takes one value, or one in a language, has it from another column."""
    field, told = filling.field, into.get(filling.field.name)
    if field.one_a_language and isinstance(told, dict):
        return filling.lang in told
    return bool(told) and field.single


def _chosen(filling: Filling, raw: Any) -> Told:
    """The value that a list gives; "" in the list says that nothing is told."""
    told = plain_text(raw)
    assert filling.choices is not None
    found = filling.choices.get(choice(told))
    if found is None and filling.field.is_concept and told in concepts(filling.field):
        return Told(told)
    if found is None:
        return Told(None, NO_PLACE)
    return Told(found, "list") if found else Told()


def _constant(filling: Filling) -> Any:
    if XSD.date in filling.field.datatypes:
        return _typed(filling.field, str(filling.always))
    always = filling.always
    return _fitting(filling.field, Decimal(str(always)) if isinstance(always, float) else always)


def _fitting(field: Field, value: Any) -> Any:
    """A value as JSON-LD has it under a field; None when it is none of the field."""
    if isinstance(value, Decimal):
        return _typed(field, format(value, "f"))
    if isinstance(value, int) and not isinstance(value, bool):
        return value if XSD.integer in field.datatypes else _typed(field, str(value))
    return value


def _typed(field: Field, text: str) -> Any:
    found: Literal | None = field.literal(text)
    if found is None or found.datatype is None:
        return None
    datatype = str(found.datatype)
    if datatype == model.coercion(fields.anywhere()[field.name]):
        return text
    return {"@type": f"xsd:{datatype.rpartition('#')[2]}", "@value": text}


def _add(into: dict[str, Any], field: Field, value: Any, lang: str) -> None:
    name = field.name
    if field.has_languages and model.by_language(fields.anywhere()[name]):
        texts = into.setdefault(name, {}).setdefault(lang, [])
        if value not in texts:
            texts.append(value)
        return
    if field.has_languages and RDF.langString in field.datatypes:
        value = {"@language": lang, "@value": value}
    values = into.setdefault(name, [])
    if value not in values:
        values.append(value)
