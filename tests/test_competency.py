"""The 48 competency questions of the model, on the worked examples and on the shipped data."""

import re
from collections.abc import Iterator
from pathlib import Path

import examples
import pytest
import query_cases
from query_cases import QueryCase
from shipped import Shipped

from innograph import assets, queries
from innograph.instance import Instance
from innograph.settings import Settings

QUESTIONS = set(range(1, 49))
CASES = query_cases.cases()
PAGED = [case for case in CASES if "# page: " in case.query.text]
OFFERED = {name: q for name, q in queries.stored().items() if not q.internal}


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance with the worked examples only."""
    home = tmp_path_factory.mktemp("examples")
    instance = Instance.open(Settings(home=home, base="http://127.0.0.1:8000"))
    examples.load(instance)
    yield instance


def test_each_competency_question_is_answered_by_a_stored_query() -> None:
    answered = [number for query in OFFERED.values() for number in query.answers]
    assert set(answered) == QUESTIONS


def test_the_table_of_questions_names_the_queries_that_answer_each() -> None:
    text = (assets.root() / "docs" / "reference" / "questions.md").read_text("utf-8")
    told = dict(re.findall(r"^\| (\d+) \|.*\| (`[^|]+`) \| [^|]+ \|$", text, re.M))
    for number in QUESTIONS:
        names = sorted(name for name, query in OFFERED.items() if number in query.answers)
        assert told[str(number)] == ", ".join(f"`{name}`" for name in names), number


def test_each_query_that_answers_one_has_expected_rows() -> None:
    expected = {case.query.name for case in CASES}
    assert {name for name, query in OFFERED.items() if query.answers} <= expected


def _stars(row: dict[str, str], told: dict[str, str]) -> dict[str, str]:
    return {column: told[column] for column, value in row.items() if value == "*"}


@pytest.mark.parametrize("case", CASES, ids=[case.path.stem for case in CASES])
def test_a_query_answers_the_worked_examples_as_one_would_by_hand(
    invented: Instance, case: QueryCase
) -> None:
    assert case.rows or case.query.none
    answered = query_cases.rows(invented, case.query, case.values)
    # A star stands for what differs from run to run, such as a time.
    assert [
        {**row, **_stars(row, told)} for row, told in zip(case.rows, answered, strict=False)
    ] == answered
    assert len(answered) == len(case.rows)


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_a_value_that_nothing_has_gives_no_row(invented: Instance, name: str) -> None:
    """A parameter that is met only in an OPTIONAL would filter nothing."""
    query = OFFERED[name]
    needed = {p.name: [p.example] for p in query.parameters.values() if p.required}
    for parameter in query.parameters.values():
        # What territories lack is asked by its absence.
        if parameter.type == "iri" and (name, parameter.name) != ("territories-without", "theme"):
            given = needed | {parameter.name: ["https://example.org/id/none/none"]}
            if "CONSTRUCT" not in query.text:
                assert query_cases.rows(invented, query, given) == [], parameter.name


@pytest.mark.parametrize("case", PAGED, ids=[case.path.stem for case in PAGED])
def test_pages_of_a_query_are_parts_of_its_answer(invented: Instance, case: QueryCase) -> None:
    whole = query_cases.rows(invented, case.query, case.values)
    for limit in (1, 2, 5):
        pages = [
            query_cases.rows_of(invented, case.query.page(case.values, limit, offset))
            for offset in range(0, len(whole), limit)
        ]
        assert pages == [whole[at : at + limit] for at in range(0, len(whole), limit)]
    assert query_cases.rows_of(invented, case.query.page(case.values, 3, len(whole))) == []


@pytest.mark.parametrize("path", examples.files(), ids=lambda path: path.stem)
def test_an_example_says_that_it_is_invented_and_names_nobody_real(path: Path) -> None:
    assert path.read_text("utf-8").startswith("# Invented: ")


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_a_query_finds_something_in_the_shipped_data_or_says_why_not(
    shipped: Shipped, name: str
) -> None:
    query = OFFERED[name]
    if query.answers or query.none:
        given = {p.name: [p.example] for p in query.parameters.values() if p.required}
        one = f"{query.bind(given)}\nLIMIT 1"
        assert bool(query_cases.rows_of(shipped.instance, one)) != bool(query.none), query.none
    assert not query.none or set(query.none) == {"en", "fr"}
