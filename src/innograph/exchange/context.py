"""The JSON-LD context of the whole model.

A day may be plain text; months and years are typed values, since a context cannot tell them apart:
{"@type": "xsd:gYear", "@value": "2021"}. A whole number may be plain; another number is a typed
value too, which JSON-LD would else take for a floating one.
"""

from collections.abc import Mapping
from functools import cache

from rdflib import SKOS, XSD

from .. import vocab
from . import fields, terms
from .fields import Field


def coercion(field: Field) -> str | None:
    """The type that a plain text has under a property in JSON-LD; None for a text."""
    if field.is_link:
        return "@vocab" if field.is_concept else "@id"
    if field.has_languages or XSD.string in field.datatypes:
        return None
    if field.is_number and len(field.datatypes) > 1:
        return None
    return str(next(iter(field.datatypes)))


def by_language(field: Field) -> bool:
    """Whether all values are texts with a language, which JSON-LD then keeps in a map."""
    return field.has_languages and len(field.datatypes) == 1


@cache
def context() -> Mapping[str, object]:
    """The context: keywords, prefixes, classes and properties by their short names.

    A scheme that is called as a property (such as a sphere) is a prefix only in that property's
    values: a JSON-LD term cannot be both.
    """
    properties = fields.anywhere()
    told: dict[str, object] = {"@version": 1.1, **terms.KEYWORDS}
    told |= {p: space for p, space in sorted(vocab.prefixes().items()) if p not in properties}
    told |= {name: str(klass) for name, klass in terms.classes().items()}
    for name, field in properties.items():
        term: dict[str, object] = {"@id": str(field.iri)}
        if by_language(field):
            term["@container"] = "@language"
        elif kind := coercion(field):
            term["@type"] = kind
        if hidden := hidden_prefixes(field):
            term["@context"] = {
                prefix: {"@id": vocab.prefixes()[prefix], "@type": "@vocab", "@prefix": True}
                for prefix in hidden
            }
        told[name] = term if len(term) > 1 else str(field.iri)
    return {"@context": told}


def hidden_prefixes(field: Field) -> list[str]:
    """Prefixes that are such in the values of a field only: elsewhere they name a property."""
    if not field.is_concept:
        return []
    schemes = () if SKOS.Concept in field.classes else field.schemes
    both = sorted(vocab.prefixes().keys() & fields.anywhere().keys())
    return [prefix for prefix in both if not schemes or prefix in schemes]
