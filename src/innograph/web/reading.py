"""How terms and concepts are said and linked on a page, in the language of its reader."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from markupsafe import Markup, escape
from rdflib import RDFS, Graph, URIRef
from rdflib.term import Node

from .. import vocab
from ..validation.shapes import LABELS, in_language, texts
from .language import LANGUAGES
from .representation import here

ONTOLOGY = vocab.NAMESPACE.rstrip("#")
_NAMES = (RDFS.label, *LABELS)
Row = tuple[str, list[Markup]]


@dataclass(frozen=True)
class Asked:
    """What is asked of the values of one path: on one class, or (None) on whatever is told."""

    on: Node | None
    place: Markup
    path: Markup
    predicates: frozenset[str]
    name: Markup
    help: Markup
    rules: tuple[Markup, ...]


@dataclass
class Entry:
    """A term, a concept or a collection, as a section of a page."""

    id: str
    iri: str
    name: Markup
    other: Markup
    definition: Markup
    rows: list[Row]
    rules: list[Markup] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    answers: list[tuple[Markup, Markup]] = field(default_factory=list)


@dataclass
class Part:
    """A chapter of a page: groups of entries, each with its heading ("" where there is one)."""

    id: str
    heading: str
    groups: list[tuple[Markup, list[Entry]]]


@dataclass(frozen=True)
class Reader:
    """A reader of `lang`, on the page whose sections are addressed by what follows `address`."""

    lang: str
    address: str = ""

    def said(self, node: Node, *predicates: URIRef, graph: Graph | None = None) -> Markup:
        """A text in the reader's language, else one that is marked as being in another."""
        found = texts(vocab.model() if graph is None else graph, node, predicates)
        text = in_language(found, self.lang)
        code = next((code for code in (self.lang, *found) if found.get(code) == text), "")
        return _marked(text, code if code != self.lang else "")

    def other(self, node: Node) -> Markup:
        """What the thing is called in the other language."""
        found = texts(vocab.model(), node, _NAMES)
        others = [code for code in LANGUAGES if code != self.lang and code in found]
        return Markup(", ").join(_marked(found[code], code) for code in others)

    def name(self, node: Node) -> Markup:
        """What the thing is called; its prefixed name where it is not ours."""
        return self.said(node, *_NAMES) or code(node)

    def link(self, node: Node, name: Markup | None = None) -> Markup:
        """A link to where the thing is described: on this page, on this server or elsewhere."""
        href = here(str(node))
        if node in reused():
            href = f"{here(vocab.NAMESPACE)}{prefixed(node)}"
        if self.address and href.startswith(self.address):
            href = f"#{href.removeprefix(self.address)}"
        return Markup('<a href="{}">{}</a>').format(href, self.name(node) if name is None else name)

    def values(self, node: Node, predicate: URIRef) -> list[Markup]:
        """The values of a property: links, or the one text for this reader."""
        found = self.links(vocab.model().objects(node, predicate))
        said = self.said(node, predicate)
        return [*found, said] if said else found

    def links(self, nodes: Iterable[Node]) -> list[Markup]:
        """A link to each thing that has an address, each once."""
        return [self.link(node) for node in dict.fromkeys(nodes) if isinstance(node, URIRef)]


def code(node: Node) -> Markup:
    """The prefixed name of a thing, as it stands in a query."""
    return Markup("<code>{}</code>").format(prefixed(node))


def prefixed(node: Node) -> str:
    """`prefix:name` of an address, by the prefixes of the ontology."""
    found = [entry for entry in vocab.prefixes().items() if str(node).startswith(entry[1])]
    prefix, namespace = max(found, key=lambda entry: len(entry[1]), default=("", ""))
    return f"{prefix}:{str(node).removeprefix(namespace)}" if prefix else str(node)


def alphabetical(text: Markup) -> str:
    """What a list is sorted by: letters without their accents, capitals as small ones."""
    return unicodedata.normalize("NFD", text.striptags()).casefold()


@cache
def ours() -> list[URIRef]:
    """The ontology's own terms, in the order of the file, which graphs in memory keep."""
    return [term for term in _named() if term.startswith(vocab.NAMESPACE)]


@cache
def reused() -> list[URIRef]:
    """The terms of others that the ontology declares."""
    return [term for term in _named() if not term.startswith(ONTOLOGY)]


def _named() -> list[URIRef]:
    subjects = vocab.ontology().subjects(unique=True)
    return [subject for subject in subjects if isinstance(subject, URIRef)]


def _marked(text: str, code: str) -> Markup:
    return Markup('<span lang="{}">{}</span>').format(code, text) if code else escape(text)
