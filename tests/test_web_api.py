"""Each stored query has an address: rows for programs, a page for people, one OpenAPI document."""

import csv
import io
import json
from collections.abc import Iterator

import examples
import pytest
from flask.testing import FlaskClient
from test_web_things import problem
from werkzeug.test import TestResponse

from innograph import queries
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.web import create_app

BASE = "http://127.0.0.1:8000"
OFFERED = {name: query for name, query in queries.stored().items() if not query.internal}
TABLES = sorted(name for name in OFFERED if name != "told-by")
each_table = pytest.mark.parametrize("name", TABLES)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), base=BASE)
    instance = Instance.open(settings)
    examples.load(instance)
    instance.ledger.close()
    yield create_app(settings).test_client()


def ask(client: FlaskClient, name: str, **given: object) -> TestResponse:
    return client.get(f"/api/{name}", query_string=given)


def needed(name: str) -> dict[str, object]:
    return {p.name: p.example for p in OFFERED[name].parameters.values() if p.required}


@each_table
def test_the_rows_are_the_same_in_each_form(client: FlaskClient, name: str) -> None:
    given = {**needed(name), "limit": 50}
    plain = ask(client, name, **given).json
    sparql = ask(client, name, **given, format="sparql").json
    told = ask(client, name, **given, format="csv").data.decode()
    header, *rows = csv.reader(io.StringIO(told, newline=""))
    assert header == [c["name"] for c in plain["columns"]] == sparql["head"]["vars"]
    assert len(rows) == len(plain["rows"]) == len(sparql["results"]["bindings"])
    for row, cells in zip(plain["rows"], rows, strict=True):
        assert {k: str(v).lower() for k, v in row.items() if v != ""} == {
            k: (str(float(v)) if isinstance(row[k], float) else v).lower()
            for k, v in zip(header, cells, strict=True)
            if v != ""
        }
    lines = ask(client, name, **given, format="tsv").data.decode().rstrip("\n").split("\n")
    assert len(lines) == len(rows) + 1
    assert ask(client, name, **given, format="xml").data.count(b"<result>") == len(rows)


@each_table
def test_each_question_has_a_page_in_both_languages(client: FlaskClient, name: str) -> None:
    for lang in ("en", "fr"):
        page = client.get(
            f"/api/{name}",
            query_string=needed(name),
            headers={"Accept": "text/html", "Accept-Language": lang},
        )
        assert page.status_code == 200 and page.mimetype == "text/html"
        assert f'<html lang="{lang}">' in page.text


def test_a_page_without_a_needed_value_asks_for_it(client: FlaskClient) -> None:
    name = next(n for n in TABLES if needed(n))
    page = client.get(f"/api/{name}", headers={"Accept": "text/html"})
    assert page.status_code == 200 and "required" in page.text and "<table" not in page.text
    problem(ask(client, name), 400)


def test_pages_of_rows_follow_each_other_and_leave_none_out(client: FlaskClient) -> None:
    whole = ask(client, "adopters").json["rows"]
    assert len(whole) > 7
    found, address = [], "/api/adopters?limit=3"
    while address:
        answer = client.get(address)
        found += answer.json["rows"]
        told = answer.json["next"]
        assert (told is None) == ('rel="next"' not in answer.headers["Link"])
        address = told and told.removeprefix(BASE)
    assert found == whole


def test_a_value_given_twice_means_either(client: FlaskClient) -> None:
    rows = ask(client, "adopters").json["rows"]
    some = sorted({row["innovation"] for row in rows})[:2]
    both = client.get("/api/adopters", query_string={"innovation": some}).json["rows"]
    assert {row["innovation"] for row in both} == set(some)
    one = ask(client, "adopters", innovation=some[0]).json["rows"]
    assert {row["innovation"] for row in one} == {some[0]} and len(one) < len(both)


def test_the_language_asked_for_is_that_of_the_labels(client: FlaskClient) -> None:
    titles = {
        lang: {row["title"] for row in ask(client, "adopters", lang=lang).json["rows"]}
        for lang in ("en", "fr")
    }
    assert titles["en"] != titles["fr"]
    assert len(ask(client, "adopters", lang="en").json["rows"]) == len(
        ask(client, "adopters", lang="fr").json["rows"]
    )


def test_a_table_for_excel_is_marked_and_computes_nothing(client: FlaskClient) -> None:
    told = ask(client, "counts", format="excel", lang="fr").data
    assert told.startswith(b"\xef\xbb\xbf") and "organismes" in told.decode("utf-8-sig")
    assert b";" in told and told.endswith(b"\r\n")


def test_numbers_are_numbers_and_what_is_not_told_is_left_out(client: FlaskClient) -> None:
    [row] = ask(client, "counts").json["rows"]
    assert all(isinstance(value, int) for value in row.values())


def test_a_mistake_names_the_parameter(client: FlaskClient) -> None:
    for given, name in (
        ({"innovation": "no address"}, "innovation"),
        ({"colour": "red"}, "colour"),
        ({"limit": "0"}, "limit"),
        ({"limit": "100001"}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"offset": "-1"}, "offset"),
        ({"format": "pdf"}, "format"),
        ({"format": ["csv", "tsv"]}, "format"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"lang": "de"}, "lang"),
        ({"lang": ["en", "fr"]}, "lang"),
    ):
        told = problem(ask(client, "adopters", **given), 400)
        assert told["parameter"] == name
    assert client.get("/api/counts", query_string={"format": "", "lang": ""}).status_code == 200
    page = client.get("/api/counts", query_string={"lang": "de"}, headers={"Accept": "text/html"})
    assert page.status_code == 200  # in the language that the browser prefers
    problem(ask(client, "no-such-question"), 404)
    problem(ask(client, "derive-1-bounds"), 404)
    problem(client.get("/api/counts", headers={"Accept": "image/png"}), 406)


def test_a_graph_is_given_in_the_formats_of_graphs(client: FlaskClient) -> None:
    query = "SELECT ?who { ?dossier a inno:Dossier ; prov:wasAttributedTo ?who } LIMIT 1"
    who = client.get("/sparql", query_string={"query": query, "format": "csv"}).text.split()[1]
    given = {"contributor": who}
    answer = ask(client, "told-by", **given, format="jsonld")
    assert answer.mimetype == "application/ld+json" and answer.json
    assert ask(client, "told-by", **given).mimetype == "text/turtle"


def test_an_answer_is_not_sent_again_while_nothing_changes(client: FlaskClient) -> None:
    first = ask(client, "adopters")
    again = client.get("/api/adopters", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and first.headers["X-Innograph-Revision"]


def test_the_questions_are_listed_for_people_and_programs(client: FlaskClient) -> None:
    listed = client.get("/api").json
    assert {each["name"] for each in listed} == OFFERED.keys()
    page = client.get("/api", headers={"Accept": "text/html", "Accept-Language": "fr"}).text
    assert all(f'href="/api/{name}"' in page for name in OFFERED)


def test_the_openapi_document_describes_each_question(client: FlaskClient) -> None:
    told = client.get("/api/openapi.json").json
    others = {"/sparql", "/graph", "/feed", "/feed/{number}", "/api/changes", "/api/innovations"}
    assert told["paths"].keys() == {f"/api/{name}" for name in OFFERED} | others
    for name, query in OFFERED.items():
        operation = told["paths"][f"/api/{name}"]["get"]
        assert operation["operationId"] == name
        named = {p["name"]: p for p in operation["parameters"]}
        assert set(query.parameters) <= named.keys()
        for parameter in query.parameters.values():
            assert named[parameter.name].get("required", False) == parameter.required
    assert json.dumps(told).count("$ref") > len(OFFERED)
