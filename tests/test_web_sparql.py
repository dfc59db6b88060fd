"""/sparql through the web: every way to ask, every format, every mistake told."""

import csv
import io
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from invented import Site, site
from rdflib import RDF, Graph
from rdflib.compare import isomorphic
from SPARQLWrapper import CSV, JSON, JSONLD, N3, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from innograph import contributions, media, vocab
from innograph.settings import Settings

ROWS = "SELECT ?title { ?x a inno:Innovation ; dcterms:title ?title } ORDER BY ?title LANG(?title)"
TITLES = ["Online appointments", "Panier solidaire", "Rendez-vous en ligne"]
TRIPLES = (
    "CONSTRUCT { ?x dcterms:title ?title } WHERE { ?x a inno:Innovation ; dcterms:title ?title }"
)
GRAPHS = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
}
RESULTS = {"json", "xml", "csv", "tsv"}
# rdflib 7 warns of what it does itself when it reads JSON-LD or N3.
reads_with_rdflib = pytest.mark.filterwarnings("ignore:(ConjunctiveGraph|Dataset).*is deprecated")
READ_ONLY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Only asked: no test here writes to it."""
    return site(Settings(home=tmp_path_factory.mktemp("home"), base="https://example.org"))


def ask(served: Site, query: str, accept: str = "*/*", **more: Any) -> TestResponse:
    parameters = {"query": query} | more
    return served.client.get("/sparql", query_string=parameters, headers={"Accept": accept})


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told: dict[str, Any] = answer.get_json(force=True)
    assert told["status"] == status and told["title"] and told["instance"] == "/sparql"
    assert " " not in told["type"] and "Traceback" not in told["detail"]
    return told


def values(kind: str, body: bytes) -> list[str]:
    """The only column of a table, read as a client of that format reads it."""
    text = body.decode()
    if kind == "json":
        return [row["title"]["value"] for row in json.loads(text)["results"]["bindings"]]
    if kind == "csv":
        return [row["title"] for row in csv.DictReader(io.StringIO(text))]
    if kind == "tsv":
        return [line.split('"')[1] for line in text.splitlines()[1:]]
    found = ElementTree.fromstring(body).iter("{http://www.w3.org/2005/sparql-results#}literal")
    return [element.text or "" for element in found]


@pytest.mark.parametrize("kind", sorted(RESULTS))
def test_tables_say_the_same_in_each_format(served: Site, kind: str) -> None:
    types = {
        "json": "application/sparql-results+json",
        "xml": "application/sparql-results+xml",
        "csv": "text/csv",
        "tsv": "text/tab-separated-values",
    }
    by_accept, by_name = ask(served, ROWS, types[kind]), ask(served, ROWS, "image/png", format=kind)
    assert by_accept.mimetype == by_name.mimetype == types[kind]
    assert by_accept.data == by_name.data
    assert sorted(values(kind, by_accept.data)) == TITLES


@reads_with_rdflib
@pytest.mark.parametrize("kind", GRAPHS)
def test_graphs_say_the_same_in_each_format(served: Site, kind: str) -> None:
    answer = ask(served, TRIPLES, kind)
    assert answer.mimetype == kind
    found = Graph().parse(data=answer.data, format=GRAPHS[kind])
    reference = Graph().parse(data=ask(served, TRIPLES, "text/turtle").data, format="turtle")
    assert len(found) == 3 and isomorphic(found, reference)


def test_format_xml_and_json_fit_whatever_the_query_gives(served: Site) -> None:
    assert ask(served, TRIPLES, format="xml").mimetype == "application/rdf+xml"
    assert ask(served, TRIPLES, format="json").mimetype == "application/ld+json"
    assert ask(served, "ASK {}", format="xml").mimetype == "application/sparql-results+xml"


def test_all_ways_of_the_protocol_give_one_answer(served: Site) -> None:
    client, json_ = served.client, {"Accept": "application/sparql-results+json"}
    direct = client.post(
        "/sparql", data=ROWS, content_type="application/sparql-query", headers=json_
    )
    form = client.post("/sparql", data={"query": ROWS}, headers=json_)
    assert ask(served, ROWS).data == direct.data == form.data
    assert client.post("/sparql", data={"query": ROWS, "format": "csv"}).mimetype == "text/csv"


def test_a_browser_without_a_query_gets_a_form_and_a_program_a_description(served: Site) -> None:
    page = served.client.get("/sparql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 200 and '<textarea id="query"' in page.text
    assert problem(served.client.post("/sparql", data={"x": "1"}), 400)["parameter"] == "query"
    told = served.client.get("/sparql")
    assert (told.status_code, told.mimetype) == (200, "text/turtle")
    graph = Graph().parse(data=told.data, format="turtle")
    [service] = graph.subjects(RDF.type, vocab.SD.Service)
    assert graph.value(service, vocab.SD.endpoint) == service
    formats = {str(form) for form in graph.objects(service, vocab.SD.resultFormat)}
    assert formats == set(media.W3C_FORMATS.values())
    names = set(graph.objects(None, vocab.SD.name))
    assert names and all(served.client.get("/graph", query_string={"graph": n}).data for n in names)


def test_a_named_graph_is_given_by_its_address(served: Site) -> None:
    query = "SELECT ?g { ?g a inno:Dossier } LIMIT 1"
    told = served.client.get("/sparql", query_string={"query": query, "format": "csv"})
    iri = told.text.split()[1]
    answer = served.client.get("/graph", query_string={"graph": iri})
    assert answer.mimetype == "text/turtle" and Graph().parse(data=answer.data, format="turtle")
    for asked, status in (({"graph": f"{iri}0"}, 404), ({"default": ""}, 400), ({}, 400)):
        refused = served.client.get("/graph", query_string=asked)
        assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")


def test_a_browser_gets_an_answer_although_it_prefers_pages(served: Site) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert ask(served, ROWS, browser).status_code == 200
    assert ask(served, ROWS, browser, format="csv").mimetype == "text/csv"


@pytest.mark.parametrize(
    ("query", "accept"),
    [(ROWS, "image/png"), (ROWS, "text/turtle"), (TRIPLES, "text/csv"), ("ASK {}", "text/csv")],
)
def test_what_cannot_be_given_is_406_and_says_what_can(
    served: Site, query: str, accept: str
) -> None:
    told = problem(ask(served, query, accept), 406)
    assert accept in told["detail"] and "application/" in told["offered"]


def test_a_body_that_is_no_query_is_415(served: Site) -> None:
    answer = served.client.post("/sparql", data="ASK {}", content_type="text/plain")
    assert "application/sparql-query" in problem(answer, 415)["detail"]


def test_a_mistake_is_told_with_line_column_and_clause(served: Site) -> None:
    told = problem(ask(served, "SELECT * WHERE {\n  ?s ?p }"), 400)
    assert (told["line"], told["clause"]) == (2, "?s ?p }") and told["column"]
    assert "line 2" in told["detail"] and "?s ?p }" in told["detail"]
    french = served.client.get(
        "/sparql", query_string={"query": "SELECT"}, headers={"Accept-Language": "fr"}
    )
    assert "à la ligne 1" in problem(french, 400)["detail"]


def test_an_unknown_prefix_is_named_with_a_suggestion(served: Site) -> None:
    told = problem(ask(served, "SELECT * { ?x dterms:title ?t }"), 400)
    assert (told["prefix"], told["suggestion"]) == ("dterms", "dcterms")


def test_service_and_updates_are_refused_with_a_sentence(served: Site) -> None:
    client = served.client
    assert "SERVICE" in problem(ask(served, "ASK { SERVICE <http://x.example> {} }"), 400)["detail"]
    direct = client.post("/sparql", data="DROP ALL", content_type="application/sparql-update")
    form = client.post("/sparql", data={"update": "DROP ALL"})
    for answer in (direct, form):
        assert "/contributions" in problem(answer, 403)["detail"]
    problem(ask(served, "DROP ALL"), 400)
    assert len(served.rows(ROWS)) == 3


def test_a_query_that_is_too_long_is_413(served: Site) -> None:
    longest = served.instance.settings.query_bytes
    assert problem(ask(served, "ASK {}" + " " * longest), 413)["limit"] == longest
    body = b"x" * (served.instance.settings.upload_bytes + 1)
    problem(served.client.post("/sparql", data=body, content_type="application/sparql-query"), 413)


@pytest.mark.parametrize("graph", ["a b", "relative", "http://[x", "\0"])
def test_a_graph_that_is_no_address_is_400(served: Site, graph: str) -> None:
    for name in ("default-graph-uri", "named-graph-uri"):
        for more in ({}, {"revision": "0"}):  # which is gone
            told = ask(served, "ASK {}", **{name: graph}, **more)
            assert problem(told, 400)["value"] == graph


def test_what_is_no_query_is_400_at_a_revision_that_is_gone_too(served: Site) -> None:
    assert problem(ask(served, "ASK {}", revision="0"), 410)["revision"] == 0
    for text in ("{}", "ASK {", "ASK { unknown:a ?b ?c }", "ASK { SERVICE <urn:a> {} }"):
        kind = problem(ask(served, text), 400)["type"]
        assert problem(ask(served, text, revision="0"), 400)["type"] == kind


def test_the_dataset_of_the_request_is_heeded(served: Site) -> None:
    graph = served.dossiers["rdv"]
    answer = ask(served, ROWS, **{"default-graph-uri": graph})
    assert sorted(values("json", answer.data)) == [TITLES[0], TITLES[2]]
    assert values("json", ask(served, ROWS, **{"default-graph-uri": "urn:unknown"}).data) == []
    named = "SELECT (STR(?g) AS ?title) { GRAPH ?g { ?s a inno:Innovation } }"
    assert values("json", ask(served, named, **{"named-graph-uri": graph}).data) == [graph]


def test_head_and_options_answer_any_origin(served: Site) -> None:
    client = served.client
    head = client.head("/sparql", query_string={"query": ROWS})
    assert head.status_code == 200 and not head.data and head.headers["ETag"]
    preflight = client.options("/sparql", headers={"Origin": "https://other.example"})
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    assert "GET" in client.put("/sparql").headers["Allow"]


def test_an_unchanged_graph_is_304_and_a_changed_one_is_not(settings: Settings) -> None:
    served = site(settings)
    first = ask(served, ROWS)
    tag, revision = first.headers["ETag"], first.headers["X-Innograph-Revision"]
    assert revision == str(served.instance.ledger.revision())

    def again(**more: str) -> TestResponse:
        return served.client.get(
            "/sparql", query_string={"query": ROWS}, headers={"If-None-Match": tag} | more
        )

    assert again().status_code == 304 and not again().data
    assert again().headers["X-Innograph-Revision"] == revision
    assert again(Accept="text/csv").status_code == 200
    contributions.withdraw(served.instance, served.dossiers["panier"], "me", "by mistake")
    changed = again()
    assert changed.status_code == 200 and changed.headers["ETag"] != tag


def test_a_permanent_link_answers_until_the_graph_moves_on_and_then_says_so(
    settings: Settings,
) -> None:
    served = site(settings)
    first = ask(served, ROWS, format="csv")
    link = re.search(r'<([^>]*)>; rel="bookmark"', first.headers["Link"])
    assert link is not None
    revision = first.headers["X-Innograph-Revision"]
    permanent = link[1].removeprefix(served.instance.settings.url)
    again = served.client.get(permanent)
    assert (again.status_code, again.data) == (200, first.data) and again.mimetype == "text/csv"
    contributions.withdraw(served.instance, served.dossiers["panier"], "me", "by mistake")
    told = problem(served.client.get(permanent), 410)
    assert (told["revision"], told["now"]) == (int(revision), int(revision) + 1)
    assert told["dump"] == f"{served.instance.settings.url}/dumps/{revision}/"
    assert served.client.get(told["again"]).data != first.data
    page = served.client.get(permanent, headers={"Accept": "text/html", "Accept-Language": "fr"})
    assert page.status_code == 410 and "à la révision" in page.text and told["dump"] in page.text
    posted = served.client.post("/sparql", data={"query": ROWS, "revision": revision})
    assert posted.status_code == 410


@pytest.mark.parametrize("revision", ["7", "-1", "x", "1.0", "99999999999999999"])
def test_a_revision_that_is_none_or_still_to_come_is_400(served: Site, revision: str) -> None:
    assert served.instance.ledger.revision() == 6
    told = problem(ask(served, ROWS, revision=revision), 400)
    assert told["parameter"] == "revision"
    described = problem(served.client.get(f"/sparql?revision={revision}"), 400)
    assert described["parameter"] == "revision"


def test_a_query_too_long_for_a_header_has_no_permanent_link(served: Site) -> None:
    answer = ask(served, f"{ROWS} #{'x' * 4_000}")
    assert answer.status_code == 200 and "bookmark" not in answer.headers.get("Link", "")
    assert "bookmark" in ask(served, ROWS).headers["Link"]


class Running:
    """A server of its own thread, as a client on the network meets it."""

    def __init__(self, served: Site) -> None:
        self._server = make_server("127.0.0.1", 0, served.client.application, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/sparql"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def endpoint(served: Site) -> Iterator[str]:
    running = Running(served)
    yield running.address
    running.close()


@reads_with_rdflib
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sparqlwrapper_converts_each_of_its_formats(
    served: Site, endpoint: str, method: str
) -> None:
    def converted(query: str, kind: str) -> Any:
        client = SPARQLWrapper(endpoint)
        client.setQuery(query)
        client.setMethod(method)
        client.setReturnFormat(kind)
        return client.query().convert()

    table = converted(ROWS, JSON)["results"]["bindings"]
    assert sorted(row["title"]["value"] for row in table) == TITLES
    assert sorted(values("csv", converted(ROWS, CSV))) == TITLES
    assert sorted(values("tsv", converted(ROWS, TSV))) == TITLES
    document = converted(ROWS, XML)
    literals = [node.firstChild.data for node in document.getElementsByTagName("literal")]
    assert sorted(literals) == TITLES
    reference = Graph().parse(data=ask(served, TRIPLES, "text/turtle").data, format="turtle")
    for kind, form in ((TURTLE, "turtle"), (N3, "n3"), (RDFXML, None), (JSONLD, None)):
        found = converted(TRIPLES, kind)
        graph = found if form is None else Graph().parse(data=found, format=form)
        assert isomorphic(graph, reference), kind
    assert converted("ASK { ?x a inno:Innovation }", JSON)["boolean"] is True


HEADERS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)


@hypothesis_settings(max_examples=150, suppress_health_check=READ_ONLY)
@given(st.text(max_size=60), HEADERS, HEADERS, st.sampled_from(["query", "format", "update"]))
def test_nothing_that_is_asked_breaks_the_server(
    served: Site, text: str, accept: str, language: str, name: str
) -> None:
    encoded = urlencode({"query": "ASK {}", name: text}, errors="surrogatepass")
    headers = {"Accept": accept, "Accept-Language": language}
    answer = served.client.get(f"/sparql?{encoded}", headers=headers)
    assert answer.status_code < 500 and b"Traceback" not in answer.data


@hypothesis_settings(max_examples=100, suppress_health_check=READ_ONLY)
@given(
    st.binary(max_size=80),
    st.sampled_from(
        [
            "application/sparql-query",
            "application/sparql-update",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "text/turtle; charset=nope",
            ";;=",
        ]
    ),
)
def test_no_body_breaks_the_server(served: Site, body: bytes, kind: str) -> None:
    answer = served.client.post("/sparql", data=body, content_type=kind)
    assert 400 <= answer.status_code < 500 or answer.status_code == 200
    assert b"Traceback" not in answer.data
