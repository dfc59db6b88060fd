"""The JSON Schema of each kind of dossier, as plain JSON tells it."""

import re
from collections.abc import Mapping
from typing import Any

from rdflib import SKOS, XSD, URIRef

from .. import media, vocab
from ..validation import shapes
from . import fields, terms
from .fields import Field

_Schema = dict[str, Any]
# BCP 47, as far as RDF checks it.
_LANGUAGE = "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$"


def schema(kind: URIRef) -> _Schema:
    """The schema (draft 2020-12) of a kind: strict, so that a misspelt field is found."""
    defs: dict[str, _Schema] = {}
    told = _thing(kind, {}, defs, ("type",))
    name = f"{terms.slug(kind)}.schema.json"
    address = vocab.NAMESPACE.removesuffix("ont#") + f"schemas/{name}"
    return {
        "$schema": media.JSON_SCHEMA,
        "$id": address,
        **told,
        "$defs": dict(sorted(defs.items())),
    }


def _thing(
    kind: URIRef,
    narrowed: Mapping[URIRef, tuple[str, ...]],
    defs: dict[str, _Schema],
    always: tuple[str, ...] = (),
) -> _Schema:
    own = fields.of(kind)
    properties: dict[str, _Schema] = {
        "id": {"type": "string", "description": "Its address; left out, it is given one."},
        "type": {"enum": [terms.name_of(klass) for klass in fields.types(kind)]},
    }
    for field in own:
        schemes = narrowed.get(field.iri, field.schemes)
        properties[field.name] = _field(kind, field, schemes, defs)
    told: _Schema = {
        **_told(terms.labels(kind), "title"),
        **_told(shapes.texts(vocab.ontology(), kind, (SKOS.definition,)), "description"),
        "type": "object",
        "properties": properties,
        "required": [*always, *(field.name for field in own if field.required)],
        "additionalProperties": False,
    }
    if choices := fields.one_of(kind):
        told["allOf"] = [{"anyOf": [{"required": [n]} for n in names]} for names in choices]
    return told


def _field(
    kind: URIRef, field: Field, schemes: tuple[str, ...], defs: dict[str, _Schema]
) -> _Schema:
    told = _told(field.names, "title") | _told(field.descriptions, "description")
    if field.has_languages:
        return told | _texts(field)
    value = _value(kind, field, schemes, defs)
    if field.single:
        return told | value
    return told | {"type": "array", "items": value} | ({"minItems": 1} if field.required else {})


def _value(
    kind: URIRef, field: Field, schemes: tuple[str, ...], defs: dict[str, _Schema]
) -> _Schema:
    pattern = {"pattern": field.pattern} if field.pattern else {}
    link = {"type": "string", "format": "iri", **pattern}
    if field.nested:
        return {"anyOf": [*(_part(kind, field, klass, defs) for klass in field.classes), link]}
    if schemes and SKOS.Concept not in field.classes:
        return _any_of([_scheme(scheme, defs) for scheme in schemes])
    if field.is_link:
        return link
    if field.is_number:
        return _number(field)
    if XSD.boolean in field.datatypes:
        return {"anyOf": [{"type": "boolean"}, {"enum": ["1", "0"]}]}
    patterns = [p for p in field.datatypes.values() if p]
    if len(patterns) > 1:  # days, months and years
        name = "-or-".join(re.split(r"[#/]", datatype)[-1] for datatype in field.datatypes)
        defs[name] = {"type": "string", "anyOf": [{"pattern": p} for p in patterns]}
        return {"$ref": f"#/$defs/{name}"}
    return {"type": "string", **pattern}


def _part(kind: URIRef, field: Field, klass: URIRef, defs: dict[str, _Schema]) -> _Schema:
    name = terms.name_of(klass)
    if name not in defs:
        defs[name] = {}  # it may lead to itself
        defs[name] = _thing(klass, fields.narrowed(kind, field), defs)
    return {"$ref": f"#/$defs/{name}"}


def _scheme(scheme: str, defs: dict[str, _Schema]) -> _Schema:
    graph, iri = vocab.vocabularies(), URIRef(vocab.VOCABULARIES + scheme)
    concepts = sorted(graph.subjects(SKOS.inScheme, iri), key=str)
    labels = {c: shapes.texts(graph, c, shapes.LABELS) for c in concepts}
    defs[scheme] = {
        **_told(shapes.texts(graph, iri, shapes.LABELS), "title"),
        "enum": [terms.compact(str(concept)) for concept in concepts],
        "x-enum-titles": [shapes.in_language(labels[c], "en") for c in concepts],
        "x-enum-titles-fr": [shapes.in_language(labels[c], "fr") for c in concepts],
    }
    return {"$ref": f"#/$defs/{scheme}"}


def _texts(field: Field) -> _Schema:
    text: _Schema = {"type": "string"} | ({"pattern": field.pattern} if field.pattern else {})
    several = {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]}
    return {
        "type": "object",
        "propertyNames": {"pattern": _LANGUAGE},
        "additionalProperties": text if field.one_a_language else several,
        "minProperties": 1,
    }


def _number(field: Field) -> _Schema:
    """A number; or a text, to keep each digit; or a typed value, such as 5 that is a decimal."""
    whole = set(field.datatypes) == {XSD.integer}
    patterns = [pattern for pattern in field.datatypes.values() if pattern]
    choices: list[_Schema] = [
        {"type": "integer" if whole else "number", **field.bounds},
        {"type": "string", **_any_of([{"pattern": pattern} for pattern in patterns])},
    ]
    if len(field.datatypes) > 1:
        types = [str(datatype) for datatype in field.datatypes]
        typed = {"@value": {"type": "string"}, "@type": {"enum": types}}
        choices.append({"type": "object", "properties": typed, "required": ["@value", "@type"]})
    return {"anyOf": choices}


def _any_of(choices: list[_Schema]) -> _Schema:
    return choices[0] if len(choices) == 1 else {"anyOf": choices}


def _told(texts: Mapping[str, str], key: str) -> _Schema:
    names = {"en": key, "fr": f"x-{key}-fr"}
    return {name: texts[lang] for lang, name in names.items() if lang in texts}
