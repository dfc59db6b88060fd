"""Queries as they are written anew for Virtuoso."""

import pytest

from innograph.store.syntax import binding_single_values

ONE = "SELECT ?s { VALUES ?s { <urn:a> } ?s ?p ?lang }"


@pytest.mark.parametrize(
    ("query", "written"),
    [
        (ONE, "SELECT ?s { BIND(<urn:a> AS ?s) ?s ?p ?lang }"),
        ('SELECT * { VALUES ?l { "f}"@fr } }', 'SELECT * { BIND("f}"@fr AS ?l) }'),
        ('SELECT * { VALUES ?n { "3"^^<urn:t> } }', 'SELECT * { BIND("3"^^<urn:t> AS ?n) }'),
        (
            'SELECT ?a { { SELECT ?a { VALUES ?a { <urn:a> } VALUES ?d { "1" } } } }',
            'SELECT ?a { { SELECT ?a { BIND(<urn:a> AS ?a) BIND("1" AS ?d) } } }',
        ),
    ],
)
def test_one_value_of_a_name_that_had_none_is_bound(query: str, written: str) -> None:
    assert binding_single_values(query) == written


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { VALUES ?s { <urn:a> <urn:b> } }",
        "SELECT ?s { VALUES ?s { UNDEF } }",
        "SELECT ?s { VALUES (?s) { (<urn:a>) } }",
        "SELECT ?s { ?s ?p ?o VALUES ?s { <urn:a> } }",
        "SELECT ?s { ?s ?p ?o } VALUES ?s { <urn:a> }",
        "SELECT ?s { { SELECT ?s { ?s ?p ?o } VALUES ?s { <urn:a> } } }",
        "SELECT ?n { VALUES ?s { <urn:a> } ?s ?p ?n }",
        'SELECT ?n { VALUES ?d { "1" } { SELECT (COUNT(?x) AS ?n) { ?x ?p ?d } } }',
        "SELECT ?s { ?s ?p 'VALUES ?s { <urn:a> }' } # VALUES ?s { <urn:a> }",
        "ASK {}",
    ],
)
def test_what_is_not_one_value_or_not_told_is_left(query: str) -> None:
    assert binding_single_values(query) == query
