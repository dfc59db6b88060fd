"""Plain JSON, JSON-LD and tables say what the graph says, there and back; files do not drift."""

import csv
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import examples
import pytest
import shape_cases
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from invented import ADOPTION, Site, site, turtle
from jsonschema import Draft202012Validator
from rdflib import RDF, SKOS, XSD, BNode, Graph, Literal, URIRef

from innograph import exchange, media, validation, vocab
from innograph.cli import main
from innograph.errors import InnographError, Misread, Unparsable, Untellable
from innograph.exchange import artefacts, cells, fields, schema, template, terms
from innograph.exchange.fields import Field
from innograph.settings import Settings

BASE = "https://example.org"
KINDS = fields.roots()
TYPES = [klass for kind in KINDS for klass in fields.types(kind)]
CONCEPTS = sorted(vocab.vocabularies().subjects(RDF.type, SKOS.Concept), key=str)
by_kind = pytest.mark.parametrize("kind", KINDS, ids=terms.name_of)
by_type = pytest.mark.parametrize("klass", TYPES, ids=terms.name_of)


def known() -> Iterator[Any]:
    """The dossiers that conform: the passing cases about one thing, and the worked examples."""
    for case in shape_cases.cases():
        if case.path.stem.startswith("pass-") and len(validation.roots(case.graph)) == 1:
            yield pytest.param(case.graph, id=case.name)
    for _, local, graph in examples.dossiers():
        yield pytest.param(graph, id=local)


KNOWN = list(known())
# What links to a term that is none of the model's has no column.
FOREIGN = {"dossier/pass-with-a-contact-page", "evaluation/pass-a-peer-adopts-it-elsewhere"}


def forms(graph: Graph) -> Iterator[tuple[str, bytes]]:
    """What a graph is after a way through each form."""
    yield "Turtle", media.canonical(_through_turtle(graph))
    document = json.dumps(exchange.to_jsonld(graph)).encode()
    yield "JSON-LD", media.canonical(media.parse(document, "application/ld+json", BASE))
    text = json.dumps(exchange.to_json(graph))
    yield "JSON", media.canonical(exchange.from_json(json.loads(text), BASE))
    yield "JSON, as bytes", media.canonical(exchange.read_json(text.encode(), BASE))
    table = exchange.to_csv(graph)
    [again] = exchange.from_csv(table, BASE)
    yield "CSV", media.canonical(again)
    rows = csv.reader(io.StringIO(table, newline=""))
    semicolons = io.StringIO(newline="")
    csv.writer(semicolons, delimiter=";").writerows(rows)
    [again] = exchange.from_csv(semicolons.getvalue().encode("utf-8-sig"), BASE)
    yield "CSV with semicolons", media.canonical(again)


def _through_turtle(graph: Graph) -> Graph:
    return media.parse(
        media.serialize(graph, media.GRAPHS[0], vocab.prefixes()), "text/turtle", BASE
    )


def named(graph: Graph) -> bytes:
    """The canonical form of a graph that may hold nameless nodes."""
    return media.canonical(media.parse(media.canonical(graph), "application/n-triples", BASE))


@pytest.mark.parametrize("graph", KNOWN)
def test_a_known_dossier_comes_back_from_each_form(
    graph: Graph, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.id in FOREIGN:
        told = exchange.to_json(graph)
        assert named(exchange.from_json(told, BASE)) == named(graph)
        with pytest.raises(Untellable, match="no column"):
            exchange.to_csv(graph)
        return
    for form, found in forms(graph):
        assert found == media.canonical(graph), form


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"),
    min_size=1,
).filter(str.strip)
BEGINNINGS = st.sampled_from(
    ["", "=1+", "+", "-", "@", "\t", "\r", "'", "'=", "''@", 'a;b,"', "_:"]
)
IRIS = st.sampled_from(
    [
        "https://example.org/id/x/1",
        "http://www.example.org/é?a=b&c=d#e",
        "urn:isbn:0451450523",
        "https://w3id.org/innograph/voc/stage",
        "https://w3id.org/innograph/voc/stage/",
        "https://w3id.org/innograph/voc/stage/a/b",
    ]
)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(min_value=2**53, max_value=2**70),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(lambda f: Decimal(repr(f))),
).map(lambda n: format(n, "f") if isinstance(n, Decimal) else str(n))
DAYS = st.dates().map(lambda day: day.isoformat())


@st.composite
def literals(draw: st.DrawFn, field: Field) -> Literal:
    datatype = draw(st.sampled_from(sorted(field.datatypes, key=str)))
    if datatype == RDF.langString:
        return Literal(
            draw(BEGINNINGS) + draw(TEXTS), lang=draw(st.sampled_from(["fr", "en", "fr-be"]))
        )
    if datatype == XSD.string:
        return Literal(draw(BEGINNINGS) + draw(TEXTS))
    if datatype == XSD.boolean:
        text = draw(st.sampled_from(["true", "false", "1", "0"]))
    elif field.is_number:
        text = draw(NUMBERS)
        text = text.partition(".")[0] if datatype == XSD.integer else text
    else:
        length = {XSD.gYear: 4, XSD.gYearMonth: 7}.get(datatype, 10)
        text = draw(DAYS)[:length]
    return Literal(text, datatype=datatype)


@st.composite
def dossiers(draw: st.DrawFn, klass: URIRef) -> Graph:
    """A dossier of a class with any of its fields, one or several times, and their parts."""
    graph = media.bare()

    def thing(klass: URIRef, depth: int) -> URIRef | BNode:
        number = len(graph)
        name = URIRef(f"{BASE}/id/{terms.slug(klass)}/{number}")
        node = draw(st.sampled_from([name, name, BNode(f"n{number}")]))
        graph.add((node, RDF.type, klass))
        own = fields.of(klass)
        chosen = draw(st.lists(st.sampled_from(own), max_size=6, unique_by=lambda f: f.name))
        for field in chosen:
            for _ in range(draw(st.integers(1, 3))):
                graph.add((node, field.iri, value(field, depth)))
        return node

    def value(field: Field, depth: int) -> URIRef | BNode | Literal:
        if not field.is_link:
            return draw(literals(field))
        if field.nested and depth < 3 and draw(st.booleans()):
            return thing(field.classes[0], depth + 1)
        concept = URIRef(str(draw(st.sampled_from(CONCEPTS))))
        return concept if field.is_concept else URIRef(draw(IRIS))

    thing(klass, 0)
    return graph


@by_type
@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_random_dossier_comes_back_from_each_form(klass: URIRef, data: st.DataObject) -> None:
    nameless = data.draw(dossiers(klass))
    before = named(nameless)
    # Without names it says the same, and what has a name keeps it.
    for form, found in forms(nameless):
        assert found == before, form
    graph = media.read(before)
    for form, found in forms(graph):
        assert media.content_hash(found) == media.content_hash(before), form
    table = exchange.to_csv(graph)
    for row in csv.reader(io.StringIO(table, newline="")):
        assert not [c for c in row if re.match(r"[=+@\t\r]|-(?!\d+(\.\d+)?(\^|$))", c)]


@given(st.sampled_from(["'", ""]), BEGINNINGS, st.text())
def test_a_guarded_text_is_no_formula_and_can_be_had_back(one: str, two: str, text: str) -> None:
    given_text = one + two + text
    cell = cells.guarded(given_text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cells.unguarded(cell) == given_text


# Whatever comes in


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | IRIS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text() | st.sampled_from([*terms.properties(), "id", "type", "fr", "@value"]),
            inner,
            max_size=4,
        )
    ),
)


@given(JSON, st.sampled_from(["Adoption", "Innovation", "Grid"]))
def test_whatever_json_comes_in_is_read_or_refused_with_a_sentence(told: Any, kind: str) -> None:
    told = {"type": kind, **told} if isinstance(told, dict) else told
    for read in (
        lambda: exchange.from_json(told, BASE),
        lambda: exchange.read_json(json.dumps(told).encode(), BASE),
    ):
        try:
            read()
        except InnographError as error:
            assert str(error)


CELLS = st.text(max_size=8) | st.sampled_from(
    ["id", "type", "Grid", "title@fr", "hasStatus.id", "hasStatus.status", "kind", ",", ";", '"']
)


@given(st.lists(st.lists(CELLS, max_size=5), max_size=4), st.binary())
def test_whatever_table_comes_in_is_read_or_refused_with_a_sentence(
    rows: list[list[str]], noise: bytes
) -> None:
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["id", "type", "kind", "title@fr"], *rows])
    for data in (table.getvalue(), "\n".join(map(",".join, rows)), noise):
        for read in (exchange.from_csv, exchange.one_from_csv):
            try:
                read(data, BASE)
            except InnographError as error:
                assert str(error)


@pytest.mark.parametrize(
    ("told", "place", "sentence"),
    [
        ({"type": "Adoptoin"}, "type", "do you mean Adoption?"),
        ({}, "type", "say what it is"),
        ({"type": "Adoption", "adoptedby": "x:y"}, "adoptedby", "do you mean adoptedBy?"),
        ({"type": "Call", "deadline": "May 2024"}, "deadline", "a day, a month or a year"),
        ({"type": "Call", "title": "Prix"}, "title", 'say the language of the text: {"fr": "…"}'),
        ({"type": "Call", "title": {"français!": "Prix"}}, "title/français!", "is no language"),
        (
            {"type": "Adoption", "hasStatus": [{"status": "uptake:trial"}, {"timeShare": "much"}]},
            "hasStatus/1/timeShare",
            "a number, such as 12 or 0.5",
        ),
        ({"type": "Adoption", "adopts": "a page"}, "adopts", "it holds a space"),
        ({"type": "Adoption", "adopts": 3}, "adopts", "an address is expected"),
        ({"type": "Adoption", "id": ""}, "id", "an address is expected"),
        ({"type": "Evaluation", "independence": "yes"}, "independence", "true or false"),
        ([{"type": "Adoption"}], "the top", "between braces"),
    ],
)
def test_a_fault_in_json_is_told_with_its_place(told: Any, place: str, sentence: str) -> None:
    with pytest.raises(Misread) as caught:
        exchange.from_json(told, BASE)
    assert caught.value.params["place"] == place and sentence in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "column", "sentence"),
    [
        ("id,type,titel@fr\n", 1, "titel@fr", "no field has this name"),
        ("id,type,title\n", 1, "title", "write title@fr"),
        ("id,type,adopts@fr\n", 1, "adopts@fr", "no language"),
        ("id,type,title@\n", 1, "title@", "the language is missing"),
        ("id,type,id\n", 1, "id", "twice"),
        ("title@fr\nx\n", 1, "title@fr", "the columns id and type are missing"),
        ("", 1, "1", "the columns id and type are missing"),
        ("id,type,deadline\n,Call,2024\n,Call,May\n", 3, "deadline", "a day, a month or a year"),
        (
            "id;type;hasStatus.id;hasStatus.startDate\n_:a;Adoption;_:1;2021\n_:a;;_:2;then\n",
            3,
            "hasStatus.startDate",
            "then is not a day",
        ),
        ('id,type,title@fr\n,Call,"two\nlines"\n,Cal,x\n', 4, "type", "do you mean Call?"),
        ("id,type\nhttps://x.example/,\n", 2, "type", "say what it is"),
        ("id,type\n,Call,more\n", 2, "type", "right of the last column"),
        ('id,type\n,"Call\n', 2, "1", "unexpected end"),
    ],
)
def test_a_fault_in_a_table_is_told_with_line_and_column(
    text: str, line: int, column: str, sentence: str
) -> None:
    with pytest.raises(Unparsable) as caught:
        exchange.from_csv(text, BASE)
    assert (caught.value.params["line"], caught.value.params["column"]) == (line, column)
    assert sentence in str(caught.value)


def test_a_table_of_a_spreadsheet_of_another_code_page_is_refused_with_advice() -> None:
    text = "id;type;title@fr\n;Call;Été\n".encode("cp1252")
    with pytest.raises(Unparsable, match="line 2, column 7: .*Windows-1252.*CSV UTF-8"):
        exchange.from_csv(text, BASE)


def test_a_table_can_hold_several_dossiers_and_empty_rows() -> None:
    text = "id,type,title@fr,title@en\n,Call,Un,One\n,,,\n_:b,Call,Deux,\n_:b,,,Two\n"
    one, two = exchange.from_csv(text, BASE)
    assert len(one) == len(two) == 3
    with pytest.raises(Unparsable, match="line 4, column id: a second dossier"):
        exchange.one_from_csv(text, BASE)
    with pytest.raises(Unparsable, match="no row"):
        exchange.one_from_csv("id,type\n", BASE)


def test_what_is_no_tree_or_holds_what_a_cell_cannot_is_refused() -> None:
    call, title = URIRef(f"{BASE}/id/call/1"), terms.properties()["title"]
    graph = media.bare()
    with pytest.raises(Untellable, match="not about one thing"):
        exchange.to_json(graph)
    graph.add((call, RDF.type, terms.classes()["Call"]))
    graph.add((call, title, Literal("no language")))
    assert named(exchange.from_json(exchange.to_json(graph), BASE)) == named(graph)
    with pytest.raises(Untellable, match="without language"):
        exchange.to_csv(graph)
    for number in (1, 2):  # a circle beside the thing
        other = URIRef(f"{BASE}/id/x/{3 - number}")
        graph.add((URIRef(f"{BASE}/id/x/{number}"), SKOS.broader, other))
    with pytest.raises(Untellable, match="nothing leads to"):
        exchange.to_json(graph)


# The files


def test_the_written_files_are_those_of_the_model() -> None:
    advice = "the model has changed: innograph model write"
    assert artefacts.drift() == [], advice


def test_each_kind_of_dossier_has_its_files() -> None:
    made = artefacts.artefacts()
    assert len(KINDS) == 18 and len(made) == 2 + 3 * len(KINDS)
    parts = {"StatusPeriod", "Attribution", "Identifier", "MonetaryAmount", "Finding"}
    parts |= {"CoreElement", "Criterion", "Concept"}
    targets = {terms.name_of(URIRef(str(t))) for t in fields.targets()}
    assert targets - {terms.name_of(kind) for kind in KINDS} == parts


def test_the_command_writes_and_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "_folder", lambda: tmp_path)
    run = CliRunner()
    assert run.invoke(main, ["model", "write", "--check"]).exit_code == 1
    assert "ontology/context.jsonld" in run.invoke(main, ["model", "write"]).stdout
    again = run.invoke(main, ["model", "write", "--check"])
    assert (again.exit_code, again.stdout) == (0, "")
    (tmp_path / "context.jsonld").write_text("{}")
    (tmp_path / "templates" / "stray.csv").write_text("")
    drifted = run.invoke(main, ["model", "write", "--check"])
    assert drifted.exit_code == 1
    assert drifted.stdout.split() == ["ontology/context.jsonld", "ontology/templates/stray.csv"]
    run.invoke(main, ["model", "write"])
    assert not (tmp_path / "templates" / "stray.csv").exists()
    assert run.invoke(main, ["model", "write", "--check"]).exit_code == 0


def test_the_context_names_every_term_of_the_model_once() -> None:
    told = json.loads(artefacts.artefacts()["context.jsonld"])["@context"]
    assert not [name for name in told if "/" in name or ":" in name]
    means = [term["@id"] if isinstance(term, dict) else term for term in told.values()]
    assert len(means) == len(set(means))
    declared = {*terms.classes().values(), *terms.properties().values()}
    own = {t for t in vocab.ontology().subjects(RDF.type) if str(t).startswith(vocab.NAMESPACE)}
    assert own <= declared and set(map(str, declared)) <= set(means)
    assert told["kind"]["@id"].endswith("terms/type")


@pytest.mark.parametrize("graph", [k for k in KNOWN if "/" not in str(k.id)])
def test_an_example_is_as_the_schema_of_its_kind_says(graph: Graph) -> None:
    told = exchange.to_json(graph)
    [kind] = [k for k in KINDS if terms.classes()[told["type"]] in fields.types(k)]
    rule = schema.schema(kind)
    valid = Draft202012Validator(rule).is_valid
    assert valid(told)
    for name in rule["required"]:
        assert not valid({key: value for key, value in told.items() if key != name})
    assert not valid({**told, "adoptoin": "x"})


@by_kind
def test_a_schema_is_told_in_both_languages_and_refers_to_what_it_has(kind: URIRef) -> None:
    rule = schema.schema(kind)
    Draft202012Validator.check_schema(rule)
    text = json.dumps(rule)
    assert set(re.findall(r"#/\$defs/([\w-]+)", text)) == rule["$defs"].keys()
    objects = [rule, *(d for d in rule["$defs"].values() if d.get("type") == "object")]
    for found in objects:
        for name, field in found["properties"].items():
            if name not in terms.KEYWORDS:
                told = {"title", "x-title-fr", "description", "x-description-fr"}
                assert told <= field.keys(), name
    assert rule["$schema"] == media.JSON_SCHEMA and rule["required"][0] == "type"


def test_a_status_is_chosen_among_those_of_its_kind() -> None:
    adoption = schema.schema(terms.classes()["Adoption"])
    status = adoption["$defs"]["StatusPeriod"]["properties"]["status"]
    assert status["$ref"] == "#/$defs/uptake"
    assert "uptake:in-use" in adoption["$defs"]["uptake"]["enum"]
    assert not adoption["$defs"].keys() & {"stage", "standing", "innovator"}


@by_kind
def test_a_template_can_be_read_and_each_column_is_explained(kind: URIRef) -> None:
    data = template.template(kind)
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    assert exchange.from_csv(data, BASE) == []
    header = next(csv.reader([data.decode("utf-8-sig")]))
    told = template.metadata(kind)
    found = told["tableSchema"]["columns"]
    assert [column["titles"]["und"] for column in found] == header
    assert len({column["name"] for column in found}) == len(header)
    for column in found:
        if column["name"] not in terms.KEYWORDS:
            assert {"en", "fr"} <= column["titles"].keys(), column
            assert {"en", "fr"} == column["dc:description"].keys(), column
    assert {"en", "fr"} == told["notes"][0]["dc:description"].keys()


SVG = "{http://www.w3.org/2000/svg}"


def test_the_diagram_shows_each_own_class_and_its_text_covers_no_other() -> None:
    root = ElementTree.fromstring(artefacts.artefacts()["diagram.svg"])
    assert root.find(f"{SVG}title") is not None and root.find(f"{SVG}desc") is not None
    texts = {"".join(t.itertext()) for t in root.iter(f"{SVG}text")}
    own = {kind for kind in fields.targets() if kind.startswith(vocab.NAMESPACE)}
    for kind in own:
        assert any(text.endswith(terms.labels(kind)["en"]) for text in texts), kind
        assert any(terms.labels(kind)["fr"] in text for text in texts), kind
    boxes = [
        {k: float(r.attrib[k]) for k in ("x", "y", "width", "height")}
        for r in root.iter(f"{SVG}rect")
    ]
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    for one, other in combinations(boxes, 2):
        beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        assert (
            beside
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        )
    assert all(0 <= b["x"] and b["x"] + b["width"] <= width for b in boxes)
    assert all(0 <= b["y"] and b["y"] + b["height"] <= height for b in boxes)
    [centre] = [r for r in root.iter(f"{SVG}rect") if "centre" in r.attrib["class"]]
    middle = float(centre.attrib["x"]) + float(centre.attrib["width"]) / 2
    assert middle == width / 2


# The door


@pytest.fixture
def served(settings: Settings) -> Site:
    return site(settings)


def send(served: Site, path: str, data: str | bytes, kind: str) -> Any:
    bearer = {"Authorization": f"Bearer {served.token}"}
    return served.client.post(path, data=data, content_type=kind, headers=bearer)


PLAIN = {
    "type": "Adoption",
    "adopts": "id/innovation/panier",
    "adopter": f"{BASE}/id/organisation/valbourg",
    "evidence": ["https://valbourg.example.org/panier"],
    "description": {"fr": "Dans les cantines."},
    "hasStatus": [{"status": "uptake:in-use", "startDate": "2023-09"}],
}
TABLE = (
    "type;adopts;adopter;evidence;description@fr;hasStatus.status;hasStatus.startDate\r\n"
    f"Adoption;id/innovation/panier;{BASE}/id/organisation/valbourg;"
    "https://valbourg.example.org/panier;Dans les cantines.;uptake:in-use;2023-09\r\n"
)


def test_json_and_tables_are_taken_and_known_again_whatever_the_form(served: Site) -> None:
    first = send(served, "/contributions", json.dumps(PLAIN), "application/json")
    assert first.status_code == 202, first.text
    for data, kind in (
        (TABLE, "text/csv"),
        (TABLE.encode("utf-8-sig"), "text/csv; charset=utf-8"),
        (turtle(ADOPTION, BASE), "text/turtle"),
        (json.dumps(PLAIN), "application/json; charset=utf-8"),
    ):
        again = send(served, "/contributions", data, kind)
        assert (again.status_code, again.get_json()["state"]) == (200, "unchanged"), again.text
    checked = send(served, "/validate", TABLE, "text/csv")
    assert checked.get_json() == {"conforms": True, "warnings": []}


def test_json_ld_under_the_name_of_json_is_still_read(served: Site) -> None:
    graph = media.parse(turtle(ADOPTION, BASE), "text/turtle", BASE)
    document = media.serialize(graph, media.GRAPHS[1], {})
    checked = send(served, "/validate", document, "application/json")
    assert checked.status_code == 200, checked.text


def test_faults_are_problems_with_their_place(served: Site) -> None:
    twice = TABLE + TABLE.partition("\n")[2]
    for data, kind, said in (
        (twice, "text/csv", "at line 3, column id: a second dossier begins here"),
        ("{", "application/json", "cannot be read as JSON, at line 1, column 2"),
        (b'{"type": "\xe9"}', "application/json", "cannot be read as JSON"),
        ('{"type": "Adoption", "no": 1}', "application/json", "at no: no is not known here"),
        ("x", "text/x-unknown", "text/csv"),
    ):
        for path in ("/contributions", "/validate"):
            answer = send(served, path, data, kind)
            assert answer.status_code == (415 if "unknown" in kind else 400), answer.text
            assert answer.mimetype == "application/problem+json"
            assert said in answer.get_json(force=True)["detail"]
    faulty = send(served, "/validate", '{"type": "Adoption"}', "application/json")
    assert faulty.status_code == 422
