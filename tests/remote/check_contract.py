"""The contract of a store, kept by Virtuoso 7: `make test-remote`."""

from collections.abc import Iterator
from typing import Any

import engines
import pytest
from test_store import *  # noqa: F403
from test_store import ONE, TWO, rows

from innograph.errors import EngineRefuses, QueryRefused, StoreBusy
from innograph.store import Change, Changeable, Step


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with engines.virtuoso(tmp_path_factory.mktemp("virtuoso")) as told:
        yield {**told, "queue_seconds": 0.5}


def test_a_path_over_a_triple_told_by_two_dossiers_is_found_once(store: Changeable) -> None:
    assert rows(store, "SELECT (COUNT(*) AS ?n) { <urn:a> <urn:p>+ ?o }") == [{"n": "2"}]
    # A path has to begin somewhere.
    with pytest.raises(QueryRefused, match="transitive start not given"):
        rows(store, "SELECT (COUNT(*) AS ?n) { ?s <urn:p>+ ?o }")


def test_an_update_that_fails_changes_nothing(store: Changeable) -> None:
    """Virtuoso keeps what came before the failure: nobody is answered until it is mended."""
    before = list(store.dump())
    with pytest.raises(EngineRefuses):
        store.apply([Change(ONE, None)], [Step(ONE, gains="no statement")], 3)
    with pytest.raises(StoreBusy):
        store.answer("ASK {}", None)
    assert store.revision == 2 and store.day == ""
    store.apply([Change(ONE, None)], [], 3)
    left = [line for line in before if ONE.encode() not in line and b'"2"' not in line]
    assert list(store.dump()) == left and rows(
        store, f"SELECT ?o {{ GRAPH <{TWO}> {{ ?s ?p ?o }} }}"
    )


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("9223372036854775808^^integer", None),
        ("one^^integer", None),
        ("P1Y^^duration", None),
        ("1e99^^float", None),
        ("1.2345^^decimal", "1.2345"),
        ("-0044^^gYear", "-044"),
        ("2020-02-03T10:00:00+02:00^^dateTime", "2020-02-03T10:00:00+02:00"),
    ],
)
def test_a_value_that_cannot_be_held_is_kept_as_text(
    store: Changeable, told: str, kept: str | None
) -> None:
    text, _, name = told.partition("^^")
    kind = f"http://www.w3.org/2001/XMLSchema#{name}"
    store.apply([Change(ONE, f'<urn:x> <urn:q> "{text}"^^<{kind}> .\n'.encode())], [], 3)
    [row] = rows(store, "SELECT ?o (STR(DATATYPE(?o)) AS ?kind) { ?s <urn:q> ?o }")
    told_kind = kind if kept else "http://www.w3.org/2001/XMLSchema#string"
    assert row == {"o": kept or text, "kind": told_kind}


@pytest.mark.parametrize("function", ["<bif:http_get>", "<sql:xslt>", "<\\u0062if:http_get>"])
def test_functions_of_the_engine_are_refused(store: Changeable, function: str) -> None:
    with pytest.raises(QueryRefused):
        store.answer(f"SELECT ({function}('http://127.0.0.1:9/') AS ?x) {{}}", None)
