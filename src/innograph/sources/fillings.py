"""What fills a field of a declared source: a column and its rule, a constant, or a link.

Fields are named as in the CSV templates of the model: `title@fr`, `hasStatus.startDate`. Of several
parts under one field each has a word of its own after `#`: `identifier#siren.notation`.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from rdflib import RDF, RDFS, SKOS, XSD, URIRef

from .. import vocab
from ..exchange import fields, terms
from ..exchange.fields import Field
from .description import Description, Path_, unknown
from .mapping import slug
from .rules import OPTIONS, RULES

_STEP = re.compile(r"(\w+)(?:#([a-z0-9-]+))?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.I)
_WORDS = {
    "column", "join", "always", "rule", "split", "list", "thing", "id", "part", "bounds", "about",
    *(option for options in OPTIONS.values() for option in options),
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A part on the way to a field: the field it stands under, its label, and its class."""

    name: str
    label: str
    kind: URIRef
    field: Field = dataclasses.field(compare=False)


@dataclass(frozen=True)
class Filling:
    """One way to fill one field; `path` leads to the part that has it."""

    name: str
    path: tuple[Step, ...]
    field: Field
    lang: str = ""
    columns: tuple[str, ...] = ()
    join: str = " "
    always: Any = None
    rule: str = "text"
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    split: str = ""
    choices: Mapping[str, str] | None = None
    thing: str = ""
    id: tuple[str, ...] = ()
    part: str = ""
    bounds: tuple[Field, ...] = ()
    about: tuple[Field, str] | None = None

    @property
    def is_constant(self) -> bool:
        return self.always is not None

    def used(self) -> Iterator[str]:
        """The columns that it reads."""
        yield from self.columns
        yield from self.id


class Fault(Exception):
    """What is wrong with one field, and where it is told."""

    def __init__(self, place: Path_, sentence: str) -> None:
        super().__init__(sentence)
        self.place, self.sentence = place, sentence


class FillingReader:
    """Reads the fields of one thing of a description."""

    def __init__(self, told: Description, kind: URIRef, place: Path_, language: str) -> None:
        self._told, self._kind, self._place, self._language = told, kind, place, language
        self._lists = {
            name: values
            for name, values in told.get((), told.told, "lists", dict, {}).items()
            if isinstance(values, dict)
        }

    def read(self, told: Mapping[str, Any]) -> Iterator[Filling]:
        for name, spec in _plain("", told):
            place = (*self._place, name)
            try:
                found = self._field(name, place)
                for one in spec if isinstance(spec, list) else [spec]:
                    yield self._filling(
                        found, {"column": one} if isinstance(one, str) else one, place
                    )
            except Fault as fault:
                self._told.fault(fault.place, fault.sentence)

    def _field(self, name: str, place: Path_) -> Filling:
        """Where a name such as hasStatus.startDate leads to."""
        bare, at, lang = name.partition("@")
        *above, last = bare.split(".")
        kind, path = self._kind, list[Step]()
        for step in above:
            match = _STEP.fullmatch(step)
            known = {f.name: f for f in fields.of(kind) if f.nested}
            if match is None or match[1] not in known:
                raise Fault(place, unknown(step, known))
            inner = known[match[1]]
            path.append(Step(match[1], match[2] or "", inner.classes[0], inner))
            kind = inner.classes[0]
        known = {f.name: f for f in fields.of(kind)}
        if last not in known:
            text = f"{terms.name_of(kind)} has no such field. {unknown(last, known)}"
            raise Fault(place, text)
        inner = known[last]
        if inner.nested:
            example = next((f.name for f in fields.of(inner.classes[0]) if f.required), "id")
            raise Fault(place, f"say a field of it, such as {last}.{example}")
        if inner.has_languages:
            lang = (lang or self._language).lower()
            if not _LANGUAGE.fullmatch(lang):
                detail = f"its texts have a language: write {bare}@fr, or language = … at the top"
                raise Fault(place, detail)
        elif at:
            raise Fault(place, f"its values have no language; write {bare}")
        if len(path) == 1 and inner.schemes:
            narrow = fields.narrowed(self._kind, path[0].field).get(inner.iri)
            inner = replace(inner, schemes=narrow or inner.schemes)
        return Filling(name, tuple(path), inner, lang)

    def _filling(self, found: Filling, spec: Any, place: Path_) -> Filling:
        told = self._told
        if not isinstance(spec, dict):
            raise Fault(place, 'a column is expected, or { always = "…" }')
        told.keys(place, spec, sorted(_WORDS))
        ways = [way for way in ("column", "always", "thing") if way in spec]
        if len(ways) != 1:
            raise Fault(place, "say one of column, always and thing")
        if ways == ["always"]:
            return self._constant(found, spec["always"], place)
        if ways == ["thing"]:
            if not found.field.is_link or found.field.is_concept:
                raise Fault(place, "this field links to no thing")
            word = told.get(place, spec, "thing", str, "")
            return replace(found, thing=word, id=told.texts(place, spec, "id"))
        found = replace(
            found,
            columns=told.texts(place, spec, "column"),
            join=told.get(place, spec, "join", str, " "),
            split=told.get(place, spec, "split", str, ""),
            choices=self._choices(found.field, spec, place),
        )
        if not found.columns:
            raise Fault(place, "the name of a column is expected")
        return self._ruled(found, spec, place)

    def _ruled(self, found: Filling, spec: Mapping[str, Any], place: Path_) -> Filling:
        told = self._told
        rule = told.get(place, spec, "rule", str, "") or rule_of(found.field)
        if rule not in RULES:
            raise Fault((*place, "rule"), unknown(rule, RULES))
        if not _suits(rule, found.field):
            advice = rule_of(found.field)
            raise Fault(place, f"the rule {rule} gives nothing for this field; try {advice}")
        timed = rule in ("date", "excel-day")
        options = {key: spec[key] for key in OPTIONS[rule] if key in spec}
        for key in spec.keys() & {k for allowed in OPTIONS.values() for k in allowed}:
            expected = OPTIONS[rule].get(key)
            if expected is None:
                told.fault((*place, key), f"the rule {rule} takes no {key}")
            elif isinstance(expected, tuple):
                if spec[key] not in expected:
                    listed = ", ".join(repr(value) for value in expected)
                    told.fault((*place, key), f"one of {listed} is expected")
            else:
                told.get(place, spec, key, expected, None)
        for key in spec.keys() & {"part", "bounds", "about"}:
            if not timed:
                told.fault((*place, key), f"only dates have {key}")
        part = told.get(place, spec, "part", str, "")
        if part not in ("", "start", "end"):
            told.fault((*place, "part"), "start or end is expected")
        found = replace(found, rule=rule, options=options, part=part)
        return self._beside(found, spec, place) if timed else found

    def _beside(self, found: Filling, spec: Mapping[str, Any], place: Path_) -> Filling:
        """Fields beside a date: bounds for what is less precise, and that it is approximate."""
        kind = found.path[-1].kind if found.path else self._kind
        known = {f.name: f for f in fields.of(kind)}
        bounds = self._told.texts(place, spec, "bounds")
        if bounds and len(bounds) != 2:
            self._told.fault((*place, "bounds"), "two fields are expected: first and last day")
        for name in bounds:
            if name not in known or XSD.date not in known[name].datatypes:
                dates = [f.name for f in known.values() if XSD.date in f.datatypes]
                self._told.fault((*place, "bounds"), unknown(name, dates))
                return found
        found = replace(found, bounds=tuple(known[name] for name in bounds))
        about = self._told.get(place, spec, "about", dict, {})
        for name, concept in about.items():
            if name not in known or not known[name].is_concept:
                concepts = [f.name for f in known.values() if f.is_concept]
                self._told.fault((*place, "about"), unknown(name, concepts))
            else:
                self._concept(known[name], concept, (*place, "about"))
                found = replace(found, about=(known[name], str(concept)))
        return found

    def _constant(self, found: Filling, value: Any, place: Path_) -> Filling:
        field = found.field
        if field.is_concept:
            self._concept(field, value, place)
            return replace(found, always=value)
        if field.is_link:
            if not isinstance(value, str) or not value or re.search(r'[\s<>"{}|\\^`]', value):
                raise Fault(place, "an address is expected, or an id like place/paris")
        elif isinstance(value, bool) != (XSD.boolean in field.datatypes) or not (
            isinstance(value, (str, int, float)) and field.literal(str(value).lower())
            if not field.has_languages
            else isinstance(value, str) and value
        ):
            raise Fault(place, f"{value!r} is no value of this field")
        return replace(found, always=value)

    def _choices(
        self, field: Field, spec: Mapping[str, Any], place: Path_
    ) -> Mapping[str, str] | None:
        told = spec.get("list")
        if told is None:
            return {} if field.is_concept else None
        if isinstance(told, str):
            if told not in self._lists:
                text = f"[lists.{told}] is missing. {unknown(told, self._lists)}"
                raise Fault((*place, "list"), text)
            place, told = ("lists", told), self._lists[told]
        if not isinstance(told, dict):
            raise Fault((*place, "list"), "the name of a list, or a table is expected")
        found: dict[str, str] = {}
        for raw, value in told.items():
            if not isinstance(value, str):
                self._told.fault((*place, raw), "a text is expected")
            elif (key := choice(raw)) in found and found[key] != value:
                self._told.fault((*place, raw), "this value stands here twice, with two meanings")
            else:
                found[key] = value
                if value and field.is_concept:
                    try:
                        self._concept(field, value, (*place, raw))
                    except Fault as fault:
                        self._told.fault(fault.place, fault.sentence)
        return found

    def _concept(self, field: Field, value: object, place: Path_) -> None:
        """Complain unless a field takes a concept."""
        known = concepts(field)
        if not isinstance(value, str) or not ("://" in value or value in known):
            scheme = str(value).partition(":")[0]
            near = [name for name in known if name.startswith(f"{scheme}:")] or known
            raise Fault(place, unknown(str(value), near))


def choice(raw: str) -> str:
    """How a value of a list is compared: whatever its capitals, accents, signs and spaces."""
    return slug(raw) or raw.strip()


@cache
def _concepts(schemes: tuple[str, ...]) -> tuple[str, ...]:
    graph = vocab.vocabularies()
    if schemes:
        listed = (URIRef(vocab.VOCABULARIES + scheme) for scheme in schemes)
        found = {c for scheme in listed for c in graph.subjects(SKOS.inScheme, scheme)}
    else:
        found = set(graph.subjects(RDF.type, SKOS.Concept))
    return tuple(sorted(terms.compact(str(concept)) for concept in found))


def concepts(field: Field) -> tuple[str, ...]:
    """The concepts that a field takes, as `scheme:notation`."""
    return _concepts(() if SKOS.Concept in field.classes else field.schemes)


def takes(field: Field, kind: URIRef) -> bool:
    """Whether a link field may lead to a thing of a class."""
    above = set(vocab.ontology().transitive_objects(kind, RDFS.subClassOf))
    return not field.classes or bool(above & set(field.classes))


def rule_of(field: Field) -> str:
    """The rule by which a field is filled unless another is named."""
    if field.is_concept or field.has_languages or XSD.string in field.datatypes:
        return "text"
    if field.is_link:
        return "address"
    if field.is_number:
        return "number"
    return "yes-or-no" if XSD.boolean in field.datatypes else "date"


def _suits(rule: str, field: Field) -> bool:
    own = rule_of(field)
    alike = {"text": {"text", "code"}, "date": {"date", "excel-day"}}
    return rule in alike.get(own, {own})


def _plain(above: str, told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and what fills them; hasStatus.status without quotation marks is understood too."""
    for name, spec in told.items():
        whole = f"{above}.{name}" if above else name
        field = fields.anywhere().get(name.partition("#")[0])
        if isinstance(spec, dict) and field and field.nested and not spec.keys() & _WORDS:
            yield from _plain(whole, spec)
        else:
            yield whole, spec
