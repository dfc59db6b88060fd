"""From plain JSON to the graph of a dossier, with the place of whatever cannot be understood."""

import difflib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from rdflib import RDF, XSD, BNode, Graph, Literal, URIRef

from .. import media
from ..errors import Misread, Unparsable
from . import fields, terms
from .fields import Field
from .json_writing import listed

Place = tuple[str | int, ...]
# RFC 3987, 2.2.
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')
_DEPTH, _DIGITS = 50, 50


def from_json(data: Mapping[str, Any], base: str) -> Graph:
    """The graph that plain JSON describes, in canonical form.

    Things without `id` get names, as blank nodes do. `base` is put before relative addresses.
    Raises Misread, which leads to the place.
    """
    graph = media.bare()
    _Reader(graph, base).thing(data, None, ())
    try:
        text = media.canonical(graph)
    except ValueError as error:  # an address or a language that RDF does not know
        raise Misread((), str(error)) from None
    return media.parse(text, "application/n-triples", base)


def read_json(data: bytes, base: str) -> Graph:
    """The graph of a JSON text: JSON-LD if the top has keywords, else plain JSON.

    Raises Unparsable with line and column, or Misread with the place.
    """
    try:
        told = json.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise Unparsable(format="JSON", **place, detail=error.msg) from None
    except (ValueError, RecursionError) as error:
        raise Unparsable(format="JSON", line=1, column=1, detail=str(error)) from None
    tops = told if isinstance(told, list) else [told]
    if any(isinstance(top, dict) and any(k.startswith("@") for k in top) for top in tops):
        return media.parse(data, "application/ld+json", base)
    return from_json(told, base)


class _Reader:
    def __init__(self, graph: Graph, base: str) -> None:
        self._graph, self._base = graph, base
        self._nameless: dict[str, BNode] = defaultdict(BNode)

    def thing(self, told: object, field: Field | None, place: Place) -> URIRef | BNode:
        """Read an object; without a type it is of the class that the field leads to."""
        if not isinstance(told, Mapping):
            raise Misread(place, "one thing is expected, between braces: { }")
        if len(place) > _DEPTH:
            raise Misread(place, "things are too deep inside each other")
        node = self._node(told["id"], (*place, "id")) if "id" in told else BNode()
        if place and told.keys() == {"id"}:
            return node
        for kind in self._kinds(told, field, place):
            self._graph.add((node, RDF.type, kind))
        for key, value in told.items():
            if key not in terms.KEYWORDS:
                self._property(node, str(key), value, (*place, key))
        return node

    def _kinds(
        self, told: Mapping[str, Any], field: Field | None, place: Place
    ) -> Iterator[URIRef]:
        if "type" not in told:
            if field is None or len(field.classes) != 1:
                kind = terms.name_of(fields.roots()[0])
                raise Misread((*place, "type"), f"say what it is, such as {kind}")
            yield field.classes[0]
            return
        for name in listed(told["type"]):
            known = terms.classes()
            if not isinstance(name, str) or (name not in known and ":" not in name):
                raise Misread((*place, "type"), _unknown(name, known))
            yield known.get(name) or URIRef(terms.expand(name, self._base))

    def _property(self, node: URIRef | BNode, key: str, told: Any, place: Place) -> None:
        field = fields.anywhere().get(key)
        if field is None and ":" not in key:
            raise Misread(place, _unknown(key, fields.anywhere()))
        predicate = field.iri if field else URIRef(terms.expand(key, self._base))
        many = isinstance(told, list)
        for number, value in enumerate(listed(told)):
            here = (*place, number) if many else place
            for found in self._values(field, value, here):
                self._graph.add((node, predicate, found))

    def _values(
        self, field: Field | None, told: Any, place: Place
    ) -> Iterator[URIRef | BNode | Literal]:
        if isinstance(told, Mapping) and "@value" in told:
            yield self._typed(told, place)
        elif field is not None and not field.is_link:
            if isinstance(told, Mapping) and "id" in told:
                yield self.thing(told, None, place)
            elif isinstance(told, Mapping) and field.has_languages:
                for lang, texts in told.items():
                    yield from self._texts(field, str(lang), texts, (*place, lang))
            else:
                yield self._literal(field, told, place)
        elif isinstance(told, Mapping):
            yield self.thing(told, field, place)
        elif field is not None:
            yield self._node(told, place)
        else:
            raise Misread(place, 'write {"id": …} for a link, {"@value": …} for a text')

    def _texts(self, field: Field, lang: str, told: Any, place: Place) -> Iterator[Literal]:
        for text in listed(told):
            if not isinstance(text, str):
                raise Misread(place, "a text is expected, between quotation marks")
            try:
                yield Literal(text, lang=None if lang == "@none" else lang.lower())
            except ValueError:
                raise Misread(place, f"{lang} is no language; write fr or en") from None

    def _literal(self, field: Field, told: Any, place: Place) -> Literal:
        if told is None or isinstance(told, (list, Mapping)):
            raise Misread(place, "a text or a number is expected")
        if isinstance(told, str) and field.has_languages and XSD.string not in field.datatypes:
            raise Misread(place, 'say the language of the text: {"fr": "…"}')
        native = not isinstance(told, str)
        boolean = isinstance(told, bool)
        fits = (XSD.boolean in field.datatypes) if boolean else field.is_number
        if isinstance(told, Decimal) and abs(told.adjusted()) > _DIGITS:
            raise Misread(place, f"a number has at most {_DIGITS} digits")
        text = _written(told)
        found = field.literal(text) if fits or not native else None
        if found is None:
            raise Misread(place, f"{text} is not {_expected(field)}")
        return found

    def _typed(self, told: Mapping[str, Any], place: Place) -> Literal:
        text, lang, datatype = (told.get(key) for key in ("@value", "@language", "@type"))
        texts = [part for part in (text, lang, datatype) if part is not None]
        if not all(isinstance(part, str) for part in texts) or (lang and datatype):
            raise Misread(place, "a typed value has a text and its @type or @language")
        if datatype and (iri := terms.expand(datatype, self._base)) != str(XSD.string):
            return Literal(text, datatype=URIRef(iri))
        return Literal(text, lang=lang.lower() if lang else None)

    def _node(self, told: Any, place: Place) -> URIRef | BNode:
        if not isinstance(told, str) or not told.strip():
            raise Misread(place, "an address is expected, such as https://www.example.org/page")
        if told.startswith("_:"):
            return self._nameless[told]
        try:
            address = terms.expand(told, self._base)
        except ValueError as error:
            raise Misread(place, f"{told} is no address: {error}") from None
        if _NOT_IN_IRI.search(address):
            raise Misread(place, f"{told} is no address: it holds a space or another such sign")
        return URIRef(address)


def _written(told: Any) -> str:
    """The lexical form of a JSON value: truths in small letters, numbers without exponent."""
    if isinstance(told, bool):
        return str(told).lower()
    if isinstance(told, float):
        told = Decimal(repr(told))
    return format(told, "f") if isinstance(told, Decimal) else str(told)


def _unknown(name: object, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(str(name), known, 1)
    return f"{name} is not known here" + (f"; do you mean {near[0]}?" if near else "")


def _expected(field: Field) -> str:
    if field.is_number:
        return "a number, such as 12 or 0.5"
    if XSD.boolean in field.datatypes:
        return "true or false"
    if XSD.date in field.datatypes:
        return "a day, a month or a year, such as 2021-05-03, 2021-05 or 2021"
    return "a text between quotation marks"
