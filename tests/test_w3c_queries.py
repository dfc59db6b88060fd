"""The W3C's own tests of SPARQL 1.1 queries and of their results, asked over HTTP."""

import io
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyoxigraph
import pytest
from flask.testing import FlaskClient
from rdflib import RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.namespace import Namespace
from rdflib.plugins.sparql.results.rdfresults import RDFResult
from rdflib.query import Result
from rdflib.term import Node
from werkzeug.test import TestResponse

from innograph.settings import Settings
from innograph.web import create_app

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
# The folders of the suite that ask something, and how many tests each has. The folder on SERVICE
# is not here: SERVICE is refused, see test_network.py.
FOLDERS = {
    "aggregates": 47,
    "bind": 10,
    "bindings": 11,
    "cast": 6,
    "construct": 7,
    "csv-tsv-res": 6,
    "exists": 6,
    "functions": 75,
    "grouping": 6,
    "json-res": 4,
    "negation": 12,
    "project-expression": 7,
    "property-path": 33,
    "subquery": 14,
}
# What the engine answers otherwise, and why.
GRAPH = "GRAPH binds its variable pattern by pattern, not once for all that stands in its brackets"
EMPTY = "a path of length nothing is not found from a term that no triple has"
JOINED = "texts of one language are joined to a text of that language, not to one without"
EXCEPTIONS = {
    "aggregates/agg-empty-group-count-graph": GRAPH,
    "aggregates/agg-groupconcat-04": JOINED,
    "aggregates/agg-groupconcat-06": JOINED,
    "bindings/graph": GRAPH,
    "csv-tsv-res/tsv03": "types derived from xsd:integer are kept as xsd:integer",
    "functions/bnode01": "BNODE of one text gives one node in all rows",
    "negation/graph-minus": GRAPH,
    "property-path/zero_or_more_set_end": EMPTY,
    "property-path/zero_or_more_set_start": EMPTY,
    "property-path/zero_or_one_set_end": EMPTY,
    "property-path/zero_or_one_set_start": EMPTY,
}
# By the extension of what is expected: the media type to ask for.
TYPES = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".ttl": "text/turtle",
}
FORMATS = {".srx": "xml", ".srj": "json", ".csv": "csv", ".tsv": "tsv"}
BASE = "https://w3.example.org"
NUMBERS = (int, float, Decimal)
DATA = {
    ".ttl": pyoxigraph.RdfFormat.TURTLE,
    ".nt": pyoxigraph.RdfFormat.N_TRIPLES,
    ".rdf": pyoxigraph.RdfFormat.RDF_XML,
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("w3c")


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_endpoint_passes_the_suite(folder: str, shared: Path, homes: Path) -> None:
    path = shared / "suites" / "w3c-sparql11" / folder
    manifest = Graph().parse(path / "manifest.ttl", publicID=f"{path.as_uri()}/")
    tests = list(Collection(manifest, next(manifest.objects(None, MF.entries))))
    assert len(tests) == FOLDERS[folder]
    failed = [test for test in tests if not passes(manifest, test, homes)]
    names = {f"{folder}/{str(test).rpartition('#')[2]}" for test in failed}
    assert names == {name for name in EXCEPTIONS if name.startswith(f"{folder}/")}


def test_what_is_answered_otherwise_is_documented() -> None:
    page = Path(__file__).resolve().parents[1] / "docs" / "reference" / "sparql.md"
    rows = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| `")]
    told = [name for row in rows for name in re.findall("`([^`]*/[^`]*)`", row.split("|")[1])]
    assert sorted(told) == sorted(EXCEPTIONS)


def passes(manifest: Graph, test: Node, homes: Path) -> bool:
    kind, action = manifest.value(test, RDF.type), manifest.value(test, MF.action)
    if kind == MF.NegativeSyntaxTest11:
        answer = ask(endpoint(homes, "syntax", (), ()), file(action), "*/*")
        told = answer.get_json(force=True)
        return answer.status_code == 400 and told["line"] >= 1 and told["column"] >= 1
    assert kind in (MF.QueryEvaluationTest, MF.CSVResultFormatTest)
    query, expected = file(manifest.value(action, QT.query)), file(manifest.value(test, MF.result))
    data = (sorted(map(file, manifest.objects(action, p))) for p in (QT.data, QT.graphData))
    client = endpoint(homes, query.parent.name, *map(tuple, data))
    right = expected.read_bytes()
    suffix = ".srx" if b"rs:ResultSet" in right else expected.suffix
    answer = ask(client, query, TYPES[suffix])
    assert (answer.status_code, answer.mimetype) == (200, TYPES[suffix]), (test, answer.text)
    if suffix == ".ttl":
        one, other = (Graph().parse(data=told, format="turtle") for told in (answer.data, right))
        return isomorphic(one, other)
    found = Result.parse(io.BytesIO(answer.data), format=FORMATS[suffix])
    if suffix == expected.suffix:
        return same(found, Result.parse(io.BytesIO(right), format=FORMATS[suffix]), suffix)
    written = Graph().parse(data=right, publicID=f"{BASE}/{query.parent.name}/")
    return same(found, RDFResult(written), suffix)


def file(node: Node | None) -> Path:
    return Path(str(node).removeprefix("file://"))


def ask(client: FlaskClient, query: Path, accept: str) -> TestResponse:
    text = query.read_text("utf-8")
    return client.post("/sparql", data={"query": text}, headers={"Accept": accept})


@cache
def endpoint(
    homes: Path, folder: str, default: tuple[Path, ...], named: tuple[Path, ...]
) -> FlaskClient:
    """An application that serves the files, those of `named` in graphs of their own."""
    home, base = Path(mkdtemp(dir=homes)), f"{BASE}/{folder}"
    store = pyoxigraph.Store()
    for path in default:
        store.load(path=path, format=DATA[path.suffix], base_iri=f"{base}/{path.name}")
    for path in named:
        name = pyoxigraph.NamedNode(f"{base}/{path.name}")
        store.load(path=path, format=DATA[path.suffix], base_iri=name.value, to_graph=name)
    fixture = home / "data.nq"
    store.dump(fixture, format=pyoxigraph.RdfFormat.N_QUADS)
    return create_app(Settings(home=home, base=base, store_fixture=str(fixture))).test_client()


def same(one: Result, other: Result, suffix: str) -> bool:
    if "ASK" in (one.type, other.type):
        return one.askAnswer is not None and one.askAnswer == other.askAnswer
    untyped = suffix == ".csv"
    alike = isomorphic(rows(one, untyped), rows(other, untyped))
    return alike and set(one.vars or ()) == set(other.vars or ())


def rows(table: Result, untyped: bool) -> Graph:
    """A table as a graph, so that two are alike whatever their rows' order and blank nodes' names.

    Numbers of one type are alike when their values are, and language tags whatever their case.
    """
    graph = Graph()
    for bindings in table.bindings:
        row = BNode()
        graph.add((row, RDF.type, RDFS.Resource))
        for variable, term in bindings.items():
            if isinstance(term, Literal):
                datatype = XSD.double if untyped else term.datatype
                number = Literal(str(term), datatype=datatype).value
                if isinstance(number, NUMBERS):
                    term = Literal(str(Decimal(number).normalize()), datatype=datatype)
                elif term.language:
                    term = Literal(str(term), lang=term.language.lower())
            graph.add((row, URIRef(f"urn:column:{variable}"), term))
    return graph
