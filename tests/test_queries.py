"""Stored queries describe themselves, and values are bound into them safely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innograph import queries
from innograph.errors import BadParameter, BadQueryFile, NotFound
from innograph.settings import Settings
from innograph.store import Change, Step, open_store

SOURCE = """# ---
# title.en = "Names"
# title.fr = "Noms"
# description.en = "Names of things."
# description.fr = "Noms des choses."
# [parameters.name]
# type = "string"
# example = "alice"
# [parameters.thing]
# type = "iri"
# example = "urn:a"
# ---
SELECT ?thing WHERE {
  VALUES ?name { UNDEF }
  VALUES ?thing { UNDEF }
  ?thing <urn:name> ?name .
} ORDER BY ?thing
"""


def test_every_stored_query_reads_and_describes_itself_in_both_languages() -> None:
    assert queries.stored()
    for query in queries.stored().values():
        assert set(query.title) == set(query.description) == {"en", "fr"}
        assert all([*query.title.values(), *query.description.values()])
        assert "LIMIT" not in query.text.replace("LIMIT 1", "")


def test_a_stored_query_runs_as_it_stands_without_values() -> None:
    store = open_store(Settings(), {})
    store.apply([], [Step("urn:g", gains="<urn:a> <urn:name> 1")], 7)
    for name, query in queries.stored().items():
        form = "text/turtle" if "CONSTRUCT" in query.text else "text/csv"
        answer = store.answer(query.text, form)
        assert (answer.media_type, answer.revision) == (form, 7), name


def test_absent_values_remove_the_slot_and_given_ones_fill_it() -> None:
    query = queries.parse("names", SOURCE)
    assert "VALUES" not in query.bind({})
    assert 'VALUES ?name { "alice" "bob" }' in query.bind({"name": ["alice", "bob"]})
    # Told twice it would double the rows.
    assert 'VALUES ?name { "alice" }' in query.bind({"name": ["alice", "alice"]})


def test_lines_of_a_page_count_only_where_a_page_is_asked_for() -> None:
    source = SOURCE + "  # page: { ORDER BY ?thing ?many }\n"
    query = queries.parse("names", source)
    page = query.page({"name": ["alice"]}, limit=10, offset=20)
    assert "\n  { ORDER BY ?thing LIMIT 30 }\n" in page and 'VALUES ?name { "alice" }' in page
    assert page.endswith("\nLIMIT 10 OFFSET 20")
    assert "# page: {" in query.bind({})


@given(st.text(min_size=1))
def test_no_value_can_reach_out_of_its_slot(value: str) -> None:
    store = open_store(Settings(), {})
    store.apply([Change("urn:g", b'<urn:a> <urn:name> "secret" .\n')], [], 1)
    if value == "secret":
        return
    text = queries.parse("names", SOURCE).bind({"name": [value]})
    assert b"urn:a" not in b"".join(store.answer(text, "text/csv").body)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"thing": ["not an iri"]}, "an address"),
        ({"thing": ["urn:a> ?x ?y"]}, "an address"),
        ({"nothing": ["x"]}, "known parameters: name, thing"),
    ],
)
def test_a_wrong_value_is_refused_by_name(values: dict[str, list[str]], reason: str) -> None:
    with pytest.raises(BadParameter, match=reason):
        queries.parse("names", SOURCE).bind(values)


def test_a_file_without_header_or_slot_is_refused() -> None:
    with pytest.raises(BadQueryFile, match="header"):
        queries.parse("x", "SELECT * {}")
    with pytest.raises(BadQueryFile, match=r"VALUES \?name"):
        queries.parse("x", SOURCE.replace("VALUES ?name", "VALUES ?other"))


def test_an_unknown_query_is_not_found() -> None:
    with pytest.raises(NotFound):
        queries.load("no-such-query")
