"""The one table of RDF and result formats: media type, extension, parser, serialiser, negotiation.

Everything that comes in is brought to one canonical form here, so that sameness can be judged.
"""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import IO, BinaryIO

import pyoxigraph as ox
from rdflib import Graph, URIRef
from rdflib.term import Identifier
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header

from ..errors import NotAcceptable, Unparsable, UnsupportedMedia
from .bare import Bare
from .terms import of_engine, of_rdflib


@dataclass(frozen=True)
class Format:
    """One format: its names on the web and the engine's name for it."""

    name: str
    media_type: str
    extension: str
    engine: ox.RdfFormat | ox.QueryResultsFormat
    aliases: tuple[str, ...] = ()


# First of each list: what is given when the client does not care.
GRAPHS = (
    Format("Turtle", "text/turtle", "ttl", ox.RdfFormat.TURTLE, ("application/x-turtle",)),
    Format("JSON-LD", "application/ld+json", "jsonld", ox.RdfFormat.JSON_LD, ("application/json",)),
    Format("N-Triples", "application/n-triples", "nt", ox.RdfFormat.N_TRIPLES, ("text/plain",)),
    Format("RDF/XML", "application/rdf+xml", "rdf", ox.RdfFormat.RDF_XML, ("application/xml",)),
)
RESULTS = (
    Format(
        "JSON",
        "application/sparql-results+json",
        "json",
        ox.QueryResultsFormat.JSON,
        ("application/json",),
    ),
    Format(
        "XML",
        "application/sparql-results+xml",
        "xml",
        ox.QueryResultsFormat.XML,
        ("application/xml", "text/xml"),
    ),
    Format("CSV", "text/csv", "csv", ox.QueryResultsFormat.CSV),
    Format("TSV", "text/tab-separated-values", "tsv", ox.QueryResultsFormat.TSV),
)
# CSV and TSV cannot say yes or no (SPARQL 1.1 Query Results CSV and TSV Formats, section 1).
BOOLEANS = RESULTS[:2]
# What programs read.
N_TRIPLES, JSON_ROWS = GRAPHS[2].media_type, RESULTS[0].media_type
_DATASETS = (
    Format("TriG", "application/trig", "trig", ox.RdfFormat.TRIG),
    Format("N-Quads", "application/n-quads", "nq", ox.RdfFormat.N_QUADS),
)
READABLE = GRAPHS + _DATASETS
# What can name graphs, too.
DATASETS = (*_DATASETS, GRAPHS[1])
# What the W3C calls the formats (https://www.w3.org/ns/formats/), by our names.
W3C_FORMATS = {
    name: f"http://www.w3.org/ns/formats/{called}"
    for name, called in (
        ("JSON", "SPARQL_Results_JSON"),
        ("XML", "SPARQL_Results_XML"),
        ("CSV", "SPARQL_Results_CSV"),
        ("TSV", "SPARQL_Results_TSV"),
        ("Turtle", "Turtle"),
        ("JSON-LD", "JSON-LD"),
        ("N-Triples", "N-Triples"),
        ("RDF/XML", "RDF_XML"),
    )
}
JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
# rdflib's SPARQL grammar keeps state while it parses: one thread at a time may use it.
SPARQL_GRAMMAR = Lock()
_BLANK_NODES, _TWINS, _DEPTH = 500, 6, 100
# The parser repeats the position that the error tells apart.
_POSITION = re.compile(r"^Parser error at line \d+ (column \d+|between columns? \d+ and .*?\d+): ")
_TEXT = ("text/", "application/n-triples", "application/trig", "application/n-quads")


def content_type(media_type: str) -> str:
    """The Content-Type header of a media type: texts say that they are UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith(_TEXT) else media_type


def by_extension(extension: str, formats: Iterable[Format] = GRAPHS) -> Format | None:
    return next((f for f in formats if extension in (f.extension, f.name.lower())), None)


def by_media_type(media_type: str) -> Format:
    """The format of one of our own media types."""
    return next(f for f in GRAPHS + RESULTS if f.media_type == media_type)


@lru_cache(maxsize=1_000)
def negotiate(accept: str | None, formats: tuple[Format, ...]) -> Format:
    """The format a client prefers (RFC 9110, 12.5.1); NotAcceptable when none will do."""
    if not accept:
        return formats[0]
    # A parameter (a charset, a profile) is a wish that the media type alone fulfils too.
    asked = parse_accept_header(accept, MIMEAccept)
    wanted = MIMEAccept([(kind.partition(";")[0].strip(), weight) for kind, weight in asked])
    # Of equal weight, a name wins over an alias, and the order of the list over chance.
    choices = [f.media_type for f in formats] + [a for f in formats for a in f.aliases]
    best = max(choices, key=lambda c: (wanted.quality(c), -choices.index(c)), default=None)
    if best is None or wanted.quality(best) <= 0:
        offered = ", ".join(f.media_type for f in formats)
        raise NotAcceptable(accept=accept, offered=offered)
    return next(f for f in formats if best == f.media_type or best in f.aliases)


def parse(data: bytes, media_type: str, base: str) -> Graph:
    """Read RDF into a graph in canonical form.

    Language tags are lower-cased, graph names dropped, blank nodes replaced by IRIs made of the
    content alone (RDFC-1.0 labels), so one graph has one form in every syntax. Literals keep their
    lexical form. No context, ontology or entity is ever fetched.

    Raises UnsupportedMedia, or Unparsable with line and column.
    """
    kind = parse_options_header(media_type)[0].lower()
    form = next((f for f in READABLE if kind in (f.media_type, *f.aliases)), None)
    if form is None or not isinstance(form.engine, ox.RdfFormat):
        offered = ", ".join(f.media_type for f in READABLE)
        raise UnsupportedMedia(media_type=media_type or "-", offered=offered)
    if form.engine == ox.RdfFormat.JSON_LD:
        _refuse_deep(data)
    try:
        quads = list(ox.parse(data, form.engine, base_iri=base))
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        detail = _POSITION.sub("", error.msg)
        raise Unparsable(format=form.name, line=line, column=column, detail=detail) from None
    except ValueError as error:
        raise Unparsable(format=form.name, line=1, column=1, detail=str(error)) from None
    dataset = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    _refuse_what_rdf11_lacks(dataset)
    if not any(isinstance(node, ox.BlankNode) for q in quads for node in (q.subject, q.object)):
        return graph_of(dataset)
    _refuse_twins(dataset)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return _skolemised(dataset, base.rstrip("/"))


def parse_own(document: bytes, base: str) -> Graph:
    """`parse` for one of our own JSON-LD documents: five times as fast, where all nodes have names.

    What we write ourselves is not nested deeply, and holds nothing that RDF 1.1 lacks.
    """
    try:
        quads = list(ox.parse(document, ox.RdfFormat.JSON_LD, base_iri=base))
    except (SyntaxError, ValueError):
        return parse(document, "application/ld+json", base)
    if any(isinstance(n, ox.BlankNode) for q in quads for n in (q.subject, q.object)):
        return parse(document, "application/ld+json", base)
    return graph_of(quads)


def parse_parts(document: bytes, base: str, names: Iterable[str]) -> dict[str, Graph]:
    """The graphs of these names in one of our own JSON-LD documents, as `parse_own` reads each.

    One in which a node has no name is left out; so are all when the document cannot be read, or
    says more than these graphs.
    """
    parts: dict[str, list[ox.Quad]] = defaultdict(list)
    nameless = set()
    try:
        for quad in ox.parse(document, ox.RdfFormat.JSON_LD, base_iri=base):
            parts[name := str(quad.graph_name)].append(quad)
            if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
                nameless.add(name)
    except (SyntaxError, ValueError):
        return {}
    if not parts.keys() <= {f"<{name}>" for name in names}:
        return {}
    return {name[1:-1]: graph_of(parts[name]) for name in parts.keys() - nameless}


def statements(document: str, base: str) -> bytes:
    """N-Triples of one of our own JSON-LD documents, in which every node has a name."""
    quads = ox.parse(document.encode(), ox.RdfFormat.JSON_LD, base_iri=base)
    # What is in no named graph is the same in both.
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def read_file(path: Path) -> Graph:
    """Read one of our own Turtle files as it stands, blank nodes included."""
    return read_files([path])


def read_files(paths: Iterable[Path]) -> Graph:
    """One graph of some of our own Turtle files."""
    parsed = (ox.parse(path=str(path), format=ox.RdfFormat.TURTLE) for path in paths)
    return graph_of(chain.from_iterable(parsed))


def read(ntriples: bytes) -> Graph:
    """The graph of canonical N-Triples, as the ledger keeps them."""
    return graph_of(ox.parse(ntriples, ox.RdfFormat.N_TRIPLES))


def bare() -> Graph:
    """An empty graph, made cheaply."""
    return Bare()


def graph_of(quads: Iterable[ox.Quad]) -> Graph:
    """The engine's statements, whatever graph they are in, as one graph."""
    return Bare((of_rdflib(q.subject), of_rdflib(q.predicate), of_rdflib(q.object)) for q in quads)


def canonical(graph: Graph) -> bytes:
    """Sorted, de-duplicated N-Triples: the form that is hashed and kept."""
    return "".join(sorted({f"{triple} .\n" for triple in of_engine(graph)})).encode()


def content_hash(ntriples: bytes) -> str:
    return hashlib.sha256(ntriples).hexdigest()


def serialize(graph: Graph, form: Format, prefixes: dict[str, str]) -> bytes:
    """A small graph in one of `GRAPHS`, in a steady order."""
    assert isinstance(form.engine, ox.RdfFormat)
    triples = sorted(of_engine(graph), key=str)
    text = " ".join(map(str, triples))
    used = {prefix: name for prefix, name in prefixes.items() if f"<{name}" in text}
    return ox.serialize(triples, format=form.engine, prefixes=used) or b""


def serialize_named(
    parts: Iterable[tuple[str, bytes]], form: Format, prefixes: dict[str, str]
) -> bytes:
    """Graphs, each by its name ("" is the default one) and as N-Triples, in one of `DATASETS`."""
    assert isinstance(form.engine, ox.RdfFormat)
    quads: list[ox.Quad] = []
    texts = []
    for name, triples in parts:
        graph = ox.NamedNode(name) if name else ox.DefaultGraph()
        told = ox.parse(triples, ox.RdfFormat.N_TRIPLES)
        quads += (ox.Quad(q.subject, q.predicate, q.object, graph) for q in told)
        texts.append(triples)
    text = b"".join(texts)
    used = {p: address for p, address in prefixes.items() if f"<{address}".encode() in text}
    return ox.serialize(quads, format=form.engine, prefixes=used) or b""


def rewritten(
    answer: BinaryIO, formats: tuple[Format, ...], form: Format, output: IO[bytes]
) -> IO[bytes]:
    """An answer that is there as JSON or as N-Triples, written to `output` in another format.

    `formats` tells what it is: one of GRAPHS, RESULTS and BOOLEANS. Yes may be said by a row.
    """
    if isinstance(form.engine, ox.RdfFormat):
        quads = ox.parse(answer, ox.RdfFormat.N_TRIPLES)
        ox.serialize((quad.triple for quad in quads), output, form.engine)
        return output
    if formats is BOOLEANS:
        told = json.load(answer)
        yes = told["boolean"] if "boolean" in told else bool(told["results"]["bindings"])
        found = ox.Store().query("ASK {}" if yes else "ASK { FILTER(false) }")
    else:
        found = rows(answer)
    assert not isinstance(found, ox.QueryTriples)
    found.serialize(output, form.engine)
    return output


def transcribe(source: BinaryIO, output: IO[bytes], form: Format, prefixes: dict[str, str]) -> None:
    """N-Quads read from a file and written in another of READABLE, in their order, as a stream.

    A format for one graph alone takes the statements of all graphs as of one.
    """
    assert isinstance(form.engine, ox.RdfFormat)
    quads = ox.parse(source, ox.RdfFormat.N_QUADS)
    alone = form not in DATASETS
    told = (quad.triple for quad in quads) if alone else quads
    ox.serialize(told, output, form.engine, prefixes=prefixes)


def document(told: bytes, base: str) -> Graph:
    """The graph of one of our own JSON-LD documents, its blank nodes as they are labelled there."""
    return graph_of(ox.parse(told, ox.RdfFormat.JSON_LD, base_iri=base))


def iris(found: object) -> set[str]:
    """The IRIs among the engine's rows of one column."""
    assert isinstance(found, ox.QuerySolutions)
    return {node.value for (node,) in found if isinstance(node, ox.NamedNode)}


def rows(answer: BinaryIO) -> ox.QuerySolutions:
    """The rows of an answer in JSON."""
    found = ox.parse_query_results(answer, ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    return found


def quads_of_rows(answer: BinaryIO) -> Iterator[ox.Quad]:
    """Rows of subject, predicate, value and perhaps graph, in JSON, as the engine's statements."""
    for subject, predicate, value, graph in rows(answer):
        yield ox.Quad(subject, predicate, value, graph)


def _refuse_deep(data: bytes) -> None:
    """Refuse JSON nested so deeply that reading it takes a time that grows with the square."""
    if data.count(b"[") + data.count(b"{") <= _DEPTH:
        return  # as most are, and counting is cheap
    depth = deepest = 0
    for text_or_bracket in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', data):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(text_or_bracket[0], 0)
        deepest = max(deepest, depth)
    if deepest > _DEPTH:
        detail = f"more than {_DEPTH} brackets inside each other"
        raise Unparsable(format="JSON-LD", line=1, column=1, detail=detail)


def _refuse_what_rdf11_lacks(dataset: ox.Dataset) -> None:
    for quad in dataset:
        node = quad.object
        if isinstance(node, ox.Triple) or (isinstance(node, ox.Literal) and node.direction):
            detail = "quoted triples and text directions (RDF 1.2) are not read here"
            raise Unparsable(format="RDF 1.1", line=1, column=1, detail=detail)


def _refuse_twins(dataset: ox.Dataset) -> None:
    """Refuse blank nodes that only differ by their names and point at each other.

    Naming them takes a time that grows factorially (RDF Dataset Canonicalization, section 7.1):
    nine such nodes take a minute.
    """
    seen: dict[ox.BlankNode, list[str]] = defaultdict(list)
    linked: set[ox.BlankNode] = set()
    for quad in dataset:
        ends = [n for n in (quad.subject, quad.object) if isinstance(n, ox.BlankNode)]
        for node in ends:
            shape = [
                "self" if n == node else "other" if n in ends else str(n)
                for n in (quad.subject, quad.object)
            ]
            seen[node].append(f"{shape} {quad.predicate}")
        if len(ends) == 2:
            linked.update(ends)
    alike = Counter(tuple(sorted(seen[node])) for node in linked)
    if len(seen) > _BLANK_NODES or max(alike.values(), default=0) > _TWINS:
        detail = "too many nodes without a name; give each an IRI"
        raise Unparsable(format="RDF", line=1, column=1, detail=detail)


def _skolemised(dataset: ox.Dataset, base: str) -> Graph:
    lines = sorted(f"{quad}" for quad in dataset)
    content = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def term(node: object) -> Identifier:
        if isinstance(node, ox.BlankNode):
            return URIRef(f"{base}/id/node/{content}-{node.value.removeprefix('c14n')}")
        return of_rdflib(node)

    return Bare((term(q.subject), term(q.predicate), term(q.object)) for q in dataset)
