"""From the graph of a dossier to JSON: a tree under the thing that the dossier is about."""

import json
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

from rdflib import RDF, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from .. import validation
from ..errors import Untellable
from . import context, fields, terms
from .fields import Field

# Beyond it a JSON number loses digits on its way (RFC 8259, section 6).
_EXACT = 2**53


def to_json(graph: Graph) -> dict[str, Any]:
    """A dossier as plain JSON, which the JSON Schema of its kind describes.

    What the dossier describes stands inside the thing that points at it. What the schema has no
    room for is told as in JSON-LD: by whole address, or as {"@value": …}. Raises Untellable.
    """
    return _Tree(graph, "JSON").thing()


def to_jsonld(graph: Graph) -> dict[str, Any]:
    """A dossier as JSON-LD of the same tree, with its context. Raises Untellable."""
    return {**context.context(), **_Tree(graph, "JSON-LD").thing()}


class _Tree:
    def __init__(self, graph: Graph, form: str) -> None:
        self._graph, self._form = graph, form
        roots = validation.roots(graph)
        if len(roots) != 1:
            raise self._untellable("it is not about one thing.")
        self._root = roots[0]
        self._inside = self._branches()
        self._pointed = Counter(o for _, _, o in graph if isinstance(o, BNode))
        self._nameless: dict[BNode, str] = {}

    def thing(self, node: Node | None = None) -> dict[str, Any]:
        node = node if node is not None else self._root
        told: dict[str, Any] = {}
        if not isinstance(node, BNode) or self._pointed[node] > 1:
            told["id"] = self._address(node)
        kinds = sorted(self._graph.objects(node, RDF.type), key=str)
        names = [self._class(kind) for kind in kinds]
        told["type"] = names[0] if len(names) == 1 else names
        own = {field.iri: field for kind in kinds for field in fields.of(URIRef(str(kind)))}
        said = set(self._graph.predicates(node)) - {RDF.type}
        for predicate in sorted(said, key=lambda p: terms.name_of(URIRef(str(p)))):
            name = terms.name_of(URIRef(str(predicate)))
            values = sorted(self._graph.objects(node, predicate), key=_order)
            single = predicate in own and own[URIRef(str(predicate))].single
            told[name] = self._values(fields.anywhere().get(name), node, predicate, values, single)
        return told

    def _values(
        self, field: Field | None, node: Node, predicate: Node, values: list[Node], single: bool
    ) -> Any:
        listed: list[Any] = []
        texts: dict[str, Any] = {}
        for value in values:
            if isinstance(value, Literal) and self._in_a_map(field, value):
                texts.setdefault(value.language or "@none", []).append(str(value))
            elif isinstance(value, Literal):
                listed.append(self._literal(field, value))
            elif (node, predicate, value) in self._inside:
                listed.append(self._within(field, self.thing(value)))
            else:
                listed.append(self._link(field, value))
        if texts and listed:  # a map holds nothing else
            given = (value for value in values if isinstance(value, Literal))
            return [self._typed(value) for value in given]
        if texts:
            return {lang: found[0] if len(found) == 1 else found for lang, found in texts.items()}
        return listed[0] if single and len(listed) == 1 else listed

    def _within(self, field: Field | None, told: dict[str, Any]) -> dict[str, Any]:
        """A thing under a field in whose values prefixes hide properties: it names these again."""
        hidden = context.hidden_prefixes(field) if field and self._form == "JSON-LD" else []
        known: Any = context.context()["@context"]
        again = {name: known[name] for name in hidden if f'"{name}":' in json.dumps(told)}
        return {"@context": again, **told} if again else told

    def _in_a_map(self, field: Field | None, value: Literal) -> bool:
        if field is None or not field.has_languages or value.datatype is not None:
            return False
        if context.by_language(field):
            return True
        return self._form == "JSON" and value.language is not None

    def _literal(self, field: Field | None, value: Literal) -> Any:
        plain = field is not None and field.is_link is False and field.literal(str(value)) == value
        if not plain or field is None:
            return self._typed(value)
        native = _native(value)
        if self._form == "JSON":
            return str(value) if native is None else native
        coerced = context.coercion(field)
        if native is not None and not isinstance(native, float):
            return native
        as_text = value.datatype is None and coerced is None
        return str(value) if as_text or str(value.datatype) == coerced else self._typed(value)

    def _typed(self, value: Literal) -> dict[str, str]:
        if value.language:
            return {"@value": str(value), "@language": value.language}
        if value.datatype is None:
            return {"@value": str(value)}
        return {"@value": str(value), "@type": str(value.datatype)}

    def _link(self, field: Field | None, value: Node) -> Any:
        address = self._address(value)
        if field is None or not field.is_link:
            return {"id": address}
        short = terms.compact(address) if field.is_concept else address
        prefix = short.partition(":")[0]
        if self._form == "JSON-LD" and prefix in fields.anywhere():
            short = short if prefix in context.hidden_prefixes(field) else address
        if terms.expand(short, "") != address and not isinstance(value, BNode):
            raise self._untellable(f"{address} would be read as another address.")
        return short

    def _address(self, node: Node) -> str:
        if not isinstance(node, BNode):
            return str(node)
        return self._nameless.setdefault(node, f"_:b{len(self._nameless) + 1}")

    def _class(self, kind: Node) -> str:
        return terms.name_of(URIRef(str(kind)))

    def _branches(self) -> set[tuple[Node, Node, Node]]:
        """The triples at whose object the object is told: one a node, its parent's if it is a part.

        Goes along links to parts first, so that a part stands where the model has it.
        """
        described = set(self._graph.subjects())
        inside: set[tuple[Node, Node, Node]] = set()
        seen, queue, later = {self._root}, deque([self._root]), deque[tuple[Node, Node, Node]]()
        while queue or later:
            if queue:
                node = queue.popleft()
                for _, p, o in sorted(self._graph.triples((node, None, None)), key=_triple):
                    if o in described and o not in seen:
                        field = fields.anywhere().get(terms.name_of(URIRef(str(p))))
                        if field is not None and field.nested:
                            seen.add(o)
                            queue.append(o)
                            inside.add((node, p, o))
                        elif p != RDF.type:
                            later.append((node, p, o))
            elif (triple := later.popleft())[2] not in seen:
                seen.add(triple[2])
                queue.append(triple[2])
                inside.add(triple)
        if described - seen:
            raise self._untellable("it describes things that nothing leads to.")
        return inside

    def _untellable(self, detail: str) -> Untellable:
        return Untellable(format=self._form, detail=detail)


def listed(told: Any) -> list[Any]:
    """A value that may stand alone or in a list, as a list."""
    return told if isinstance(told, list) else [told]


def _native(value: Literal) -> int | float | bool | None:
    """The JSON number or truth that is written just as the value is."""
    text = str(value)
    if value.datatype == XSD.boolean and text in ("true", "false"):
        return text == "true"
    if value.datatype == XSD.integer and len(text) < 17 and str(int(text)) == text:
        return int(text) if abs(int(text)) < _EXACT else None
    if value.datatype == XSD.decimal and "." in text and repr(float(text)) == text:
        return float(text)
    return None


def _order(node: Node) -> tuple[str, str]:
    lang = node.language or "" if isinstance(node, Literal) else ""
    return lang, str(node)


def _triple(triple: Iterable[Node]) -> list[str]:
    return [str(node) for node in triple]
