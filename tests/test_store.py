"""The contract of a store: real default graph, atomic changes, refusals, explained mistakes."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import engines
import pytest
from listener import Listener
from rdflib import Literal, URIRef

from innograph import media, vocab
from innograph.errors import (
    EngineRefuses,
    MisspeltPrefix,
    NotAcceptable,
    QuerySyntax,
    QueryTooDeep,
    ServiceRefused,
    StoreBusy,
    UnknownPrefix,
)
from innograph.settings import Settings
from innograph.store import Change, Changeable, Dataset, Step, open_store

ONE, TWO = "https://example.org/id/dossier/1", "https://example.org/id/dossier/2"
TABS = "text/tab-separated-values"
SHARED = b'<urn:a> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
OWN = b'<urn:a> <urn:p> "2"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'


@pytest.fixture(scope="module", params=["embedded", "oxigraph"])
def engine(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """The settings of each store that must keep the contract."""
    if request.param == "embedded":
        yield {}
    else:
        with engines.oxigraph() as told:
            yield told


@pytest.fixture
def store(engine: dict[str, Any]) -> Changeable:
    store = open_store(Settings(**engine), vocab.prefixes())
    store.refresh("a ledger")
    store.fill([], [], 0)
    store.apply([Change(ONE, SHARED + OWN), Change(TWO, SHARED)], [], 2)
    return store


def rows(store: Changeable, query: str, dataset: Dataset | None = None) -> list[dict[str, str]]:
    answer = store.answer(query, "application/sparql-results+json", dataset)
    found = json.loads(b"".join(answer.body))["results"]["bindings"]
    return [{name: cell["value"] for name, cell in row.items()} for row in found]


def test_a_triple_told_by_two_dossiers_counts_once(store: Changeable) -> None:
    assert rows(store, "SELECT (COUNT(*) AS ?n) (SUM(?o) AS ?sum) { ?s <urn:p> ?o }") == [
        {"n": "2", "sum": "3"}
    ]
    assert rows(store, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s <urn:p> ?o } }") == [{"n": "3"}]


def test_a_path_over_a_triple_told_by_two_dossiers_is_found_once(store: Changeable) -> None:
    assert rows(store, "SELECT (COUNT(*) AS ?n) { <urn:a> <urn:p>+ ?o }") == [{"n": "2"}]
    assert rows(store, "SELECT (COUNT(*) AS ?n) { ?s <urn:p>+ ?o }") == [{"n": "2"}]


def test_text_is_kept_as_it_is(store: Changeable) -> None:
    told = [
        "é 漢 😀",
        "a\u2028b\u0085c",
        'a " and \\ \\u00e9',
        "two\nlines\tand a tab",
        "x" * 99_000,
    ]
    graph = media.bare()
    for number, text in enumerate(told):
        graph.add((URIRef(f"urn:t{number}"), URIRef("urn:says"), Literal(text)))
    store.apply([Change(ONE, media.canonical(graph))], [], 3)
    found = rows(store, "SELECT ?o { ?s <urn:says> ?o } ORDER BY ?s")
    assert [row["o"] for row in found] == told


def test_a_triple_leaves_the_default_graph_with_the_last_dossier_that_tells_it(
    store: Changeable,
) -> None:
    count = "SELECT ?o { ?s <urn:p> ?o } ORDER BY ?o"
    store.apply([Change(ONE, None)], [], 3)
    assert rows(store, count) == [{"o": "1"}]
    store.apply([Change(TWO, None)], [], 4)
    assert rows(store, count) == []
    assert list(store.dump()) == []


def test_a_replaced_graph_shows_only_its_new_triples(store: Changeable) -> None:
    store.apply([Change(ONE, OWN)], [], 3)
    assert rows(store, f"SELECT ?o {{ GRAPH <{ONE}> {{ ?s ?p ?o }} }}") == [{"o": "2"}]


def test_an_update_that_fails_changes_nothing(store: Changeable) -> None:
    before = list(store.dump())
    with pytest.raises((SyntaxError, EngineRefuses)):
        store.apply([Change(ONE, None)], [Step(ONE, gains="no statement")], 3)
    assert list(store.dump()) == before and store.revision == 2


def test_from_selects_stored_graphs_and_an_unknown_one_is_empty(store: Changeable) -> None:
    assert rows(store, f"SELECT ?o FROM <{TWO}> {{ ?s ?p ?o }}") == [{"o": "1"}]
    assert rows(store, "SELECT ?o FROM <urn:unknown> { ?s ?p ?o }") == []
    assert rows(store, f"SELECT ?g FROM NAMED <{TWO}> {{ GRAPH ?g {{ ?s ?p ?o }} }}") == [
        {"g": TWO}
    ]


def test_the_protocols_dataset_goes_over_the_querys(store: Changeable) -> None:
    query = f"SELECT ?o FROM <{ONE}> {{ ?s ?p ?o }}"
    assert rows(store, query, Dataset((TWO,))) == [{"o": "1"}]
    assert rows(store, query, Dataset((), (TWO,))) == []
    named = "SELECT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert rows(store, named, Dataset((), (TWO,))) == [{"g": TWO}]
    assert rows(store, named, Dataset((TWO,))) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "SERVICE <{}> {{ ?s ?p ?o }}",
        "SERVICE SILENT <{}> {{ ?s ?p ?o }}",
        "service silent <{}> {{ ?s ?p ?o }}",
        "S\\u0045RVICE <{}> {{ ?s ?p ?o }}",
        "{{ {{ SERVICE <{}> {{ ?s ?p ?o }} }} }}",
        "?s ?p ?o FILTER EXISTS {{ SERVICE <{}> {{ ?s ?p ?o }} }}",
        "?s ?p ?o MINUS {{ SERVICE <{}> {{ ?s ?p ?o }} }}",
        "{{ SELECT * {{ SERVICE <{}> {{ ?s ?p ?o }} }} }}",
        "BIND(<{}> AS ?e) SERVICE ?e {{ ?s ?p ?o }}",
        "LATERAL {{ SERVICE <{}> {{ ?s ?p ?o }} }}",
        "#\r SERVICE <{}> {{ ?s ?p ?o }} \n",
        'BIND("\\u0022 #" AS ?x) SERVICE <{}> {{ ?s ?p ?o }}',
        "?s ?p 1SERVICE<{}>{{ ?s ?p ?o }}",
        "?s inno:a\\#b ?o . SERVICE <{}> {{ ?s ?p ?o }}",
        "FILTER(?a<5)SERVICE<{}>{{ ?s ?p ?o }} FILTER(?b>3)",
    ],
)
@pytest.mark.parametrize(
    "form", ["SELECT *", "ASK", "CONSTRUCT {{ ?s ?p ?o }} WHERE", "DESCRIBE ?s"]
)
def test_service_is_refused_and_no_connection_is_opened(
    store: Changeable, listener: Listener, pattern: str, form: str
) -> None:
    query = f"{form.format()} {{ {pattern.format(listener.address)} }}"
    with pytest.raises(ServiceRefused):
        store.answer(query, None)
    assert listener.calls() == 0


@pytest.mark.parametrize(
    "query", ['SELECT * { ?s ?p "service" }', "SELECT ?service { ?s ?p ?service }"]
)
def test_the_word_service_alone_is_not_refused(store: Changeable, query: str) -> None:
    assert store.answer(query, None).revision == 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * " + "{" * 3_000 + "}" * 3_000,
        "SELECT * { FILTER(" + "!" * 3_000 + "true) }",
        "SELECT * { ?s ?p (" + "1 " * 5_000 + ") }",
        "SELECT ((1" + "-1" * 2_000 + ") AS ?x) {}",
        "ASK { FILTER(1" + "||1" * 5_000 + ") }",
        "ASK { {}" + "UNION{}" * 1_600 + " }",
        "ASK { ?s <urn:a>" + "/<urn:a>" * 640 + " ?o }",
    ],
)
def test_what_would_break_the_engine_by_its_depth_is_refused(store: Changeable, query: str) -> None:
    with pytest.raises(QueryTooDeep):
        store.answer(query, None)


def test_long_lists_of_values_are_taken(store: Changeable) -> None:
    dates = " ".join(f'"{year}-01-01"^^xsd:date' for year in range(1_500, 2_000))
    assert rows(store, f"SELECT (COUNT(*) AS ?n) {{ VALUES ?d {{ {dates} }} }}") == [{"n": "500"}]


def test_from_and_load_open_no_connection(store: Changeable, listener: Listener) -> None:
    store.answer(f"SELECT * FROM <{listener.address}> {{ ?s ?p ?o }}", None)
    store.answer(f"SELECT * FROM NAMED <{listener.address}> {{ GRAPH ?g {{ ?s ?p ?o }} }}", None)
    store.answer("SELECT * { ?s ?p ?o }", None, Dataset((listener.address,), (listener.address,)))
    with pytest.raises(QuerySyntax):
        store.answer(f"LOAD <{listener.address}>", None)
    assert listener.calls() == 0


@pytest.mark.parametrize(
    ("query", "line", "clause"),
    [
        ("SELECT * WHERE {\n  ?s ?p }", 2, "?s ?p }"),
        ("SELECT *\nWHERE {\n  ?s ?p ?o\n  FILTER(?o > )\n}", 4, "FILTER(?o > )"),
        ("SELECT ?x WHERE { ?x ?y ?z }\nGROUP ?y", 2, "GROUP ?y"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_clause(
    store: Changeable, query: str, line: int, clause: str
) -> None:
    with pytest.raises(QuerySyntax) as error:
        store.answer(query, None)
    assert error.value.params["line"] == line
    assert error.value.params["clause"] == clause


def test_the_ontologys_prefixes_are_known_without_being_declared(store: Changeable) -> None:
    assert rows(store, "SELECT * { ?x a inno:Innovation ; dcterms:title ?t }") == []


def test_an_unknown_prefix_is_named_with_a_suggestion(store: Changeable) -> None:
    with pytest.raises(MisspeltPrefix, match="dcterms") as error:
        store.answer("SELECT * {\n ?x dterms:title ?t }", None)
    assert (error.value.params["prefix"], error.value.params["line"]) == ("dterms", 2)
    with pytest.raises(UnknownPrefix, match="PREFIX zzzz:"):
        store.answer("SELECT * { ?x zzzz:title ?t }", None)


def test_a_format_without_booleans_is_refused_for_ask(store: Changeable) -> None:
    with pytest.raises(NotAcceptable):
        store.answer("ASK {}", "text/csv")


@pytest.mark.parametrize(
    ("accept", "said"),
    [("application/json", '"boolean":{}'), ("text/xml", "<boolean>{}</boolean>")],
)
def test_yes_and_no_are_said_as_the_standards_say_them(
    store: Changeable, accept: str, said: str
) -> None:
    for query, truth in (("ASK { ?s <urn:p> 1 }", "true"), ("ASK { ?s <urn:p> 5 }", "false")):
        answer = store.answer(query, accept)
        body = b"".join(answer.body).decode()
        assert said.format(truth) in body.replace(" ", "") and answer.length == len(body)


def test_tables_are_as_the_standards_have_them(store: Changeable) -> None:
    query = f"SELECT ?s ?o {{ GRAPH <{TWO}> {{ ?s ?p ?o }} }}"
    told = [b"".join(store.answer(query, kind).body).decode() for kind in ("text/csv", TABS)]
    assert told == ["s,o\r\nurn:a,1\r\n", "?s\t?o\n<urn:a>\t1\n"]
    assert '"type":"literal"' in b"".join(store.answer(query, None).body).decode().replace(" ", "")


def test_describe_gives_only_the_predicates_asked_for(store: Changeable) -> None:
    assert len(store.describe(["urn:a"], ["urn:p"])) == 2
    assert len(store.describe(["urn:a"], ["urn:q"])) == 0
    assert set(store.content([TWO]).subjects()) == {URIRef("urn:a")}


def test_a_reader_never_sees_half_a_change(store: Changeable) -> None:
    """Two graphs always change together: every answer is of one revision, and says which."""
    stop, seen = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            with suppress(StoreBusy):  # rather than an answer that is of no revision
                answer = store.answer("SELECT ?o { ?s <urn:q> ?o }", "text/csv")
                seen.append((answer.revision, b"".join(answer.body).split()[1:]))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    revision = 2
    while revision < 100 or (len(seen) < 50 and revision < 500):
        time.sleep(0.01)
        revision += 1
        text = f'<urn:b> <urn:q> "{revision}" .\n'.encode()
        twin = f'<urn:c> <urn:q> "{revision}" .\n'.encode()
        store.apply([Change(ONE, text), Change(TWO, twin)], [], revision)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(seen) >= 50
    for revision, values in seen:
        assert values == ([] if revision == 2 else [str(revision).encode()] * 2)
