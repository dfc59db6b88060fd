"""The benchmarks ask about data such as the product makes."""

import json
from pathlib import Path

import agree
import pytest
import synthetic
from load import Rate
from table import Question

from innograph import contributions, media, vocab
from innograph.contributions import Submission
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.store import Store
from innograph.store.embedded import Embedded

QUERIES = sorted((Path(synthetic.__file__).parent / "queries").glob("*.rq"))


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(synthetic.quads(300))


@pytest.fixture(scope="module")
def store(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("synthetic") / "data.nq"
    path.write_text("".join(lines), "utf-8")
    store = Embedded(vocab.prefixes())
    store.restore(str(path))
    return store


def test_the_same_number_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        synthetic.write(60, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_default_graph_holds_each_triple_once(store: Store, lines: list[str]) -> None:
    assert len(set(lines)) == len(lines)
    default, named = "?s ?p ?o", "GRAPH ?g { ?s ?p ?o }"
    for one, other in ((default, named), (named, default)):
        counted = f"SELECT (COUNT(*) AS ?n) {{ {one} FILTER NOT EXISTS {{ {other} }} }}"
        answer = store.answer(counted, "text/csv")
        assert b"".join(answer.body).split() == [b"n", b"0"]


def needed(number: int) -> list[synthetic.Dossier]:
    """What is told of all innovations but the one that spreads far, and what that points at."""
    kept: list[synthetic.Dossier] = []
    wanted: set[str] = set()
    for dossier in reversed(list(synthetic.dossiers(number))):
        kind, key, *_ = dossier.local.split("-")
        own = kind in ("innovation", "adoption", "evaluation") and key != str(synthetic.SPREADS)
        if own or dossier.thing in wanted:
            kept.append(dossier)
            wanted |= {value for _, _, value in dossier.told}
    return kept[::-1]


def test_the_product_takes_the_dossiers_and_derives_the_same(settings: Settings) -> None:
    made = needed(60)
    # Evaluations are checked against what is public, so they come last.
    made.sort(key=lambda dossier: dossier.local.startswith("evaluation-"))
    first = next(n for n, d in enumerate(made) if d.local.startswith("evaluation-"))
    instance = Instance.open(settings)
    for batch in (made[:first], made[first:]):
        receipts = contributions.submit_trusted(instance, [submission(d) for d in batch])
        assert {receipt.state for receipt in receipts} == {"accepted"}
    derivations = f"GRAPH <{synthetic.BASE}/graph/derived> {{ ?s ?p ?o }}"
    query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {derivations} }}"
    found = instance.ask(query, "application/n-triples")
    derived = {" ".join(triple) + " ." for dossier in made for triple in dossier.derived}
    assert set(b"".join(found.body).decode().splitlines()) == derived


def submission(dossier: synthetic.Dossier) -> Submission:
    graph = media.read("".join(f"{' '.join(triple)} .\n" for triple in dossier.told).encode())
    # One source tells all, since a batch has one; a second voice says more of the same thing.
    local = f"{dossier.contributor} {dossier.local}"
    return Submission(graph, "source/synthetic", synthetic.LICENCE, local, amends=True)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_each_question_has_an_answer(store: Store, path: Path) -> None:
    query = path.read_text("utf-8")
    graph = any(word in query for word in ("CONSTRUCT", "DESCRIBE"))
    answer = store.answer(query, "application/n-triples" if graph else "text/csv")
    rows = b"".join(answer.body).splitlines()[0 if graph else 1 :]
    assert rows and rows != [b"0"]


def test_there_are_nineteen_questions() -> None:
    assert len(QUERIES) == 19


XSD = "http://www.w3.org/2001/XMLSchema#"


def said(*rows: dict[str, str]) -> agree.Said:
    told = {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": row} for row in rows]}}
    return agree.read(agree.RESULTS, json.dumps(told).encode())


def literal(value: str, kind: str = "", **more: str) -> dict[str, str]:
    return {"type": "literal", "value": value, **({"datatype": XSD + kind} if kind else {}), **more}


SAME = [
    (literal("48.306666666666666666", "decimal"), literal("4.8306666666667E1", "double")),
    (literal("7", "integer"), {**literal("7.0", "decimal"), "type": "typed-literal"}),
    (literal("a"), literal("a", "string")),
    (literal("2", "date"), {**literal("2", "date"), "type": "typed-literal"}),
    (literal("a") | {"xml:lang": "fr"}, literal("a") | {"xml:lang": "FR"}),
]
OTHER = [
    (literal("48.31", "decimal"), literal("48.32", "decimal")),
    (literal("a"), literal("a") | {"xml:lang": "fr"}),
    (literal("urn:a"), {"type": "uri", "value": "urn:a"}),
    (literal("2024", "gYear"), literal("2024", "string")),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_answers_agree_however_servers_write_them(
    one: dict[str, str], other: dict[str, str]
) -> None:
    third = literal("z")
    assert said(one, third) == said(third, other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_answers_that_say_something_else_do_not_agree(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert said(one) != said(other)


def test_a_row_more_is_another_answer() -> None:
    assert said(literal("a"), literal("a")) != said(literal("a"))
    assert agree.read(agree.GRAPH, b"<urn:a> <urn:b> 'c' .".replace(b"'", b'"')).rows == 1


def question(answers: int, errors: int = 0) -> Question:
    rate = Rate(answers, errors, seconds=2.0, median=0.1, p99=0.2)
    return Question(rates={("cold", 1): rate})


@pytest.mark.parametrize(
    ("peer", "own", "cell"),
    [
        (question(200), question(400), "100 (2×)"),
        (question(200, errors=1), question(100), "100* (0.5×)"),
        (question(0), question(40), "<0.5 (>40×)"),
        (question(40), question(0), "20 (≤0.025×)"),
        (question(0), question(0), "<0.5"),
        (question(40), None, "20"),
        (Question(), question(40), "–"),
    ],
)
def test_a_cell_tells_a_rate_and_how_many_times_it_the_product_reaches(
    peer: Question, own: Question | None, cell: str
) -> None:
    assert peer.cell(("cold", 1), own) == cell
