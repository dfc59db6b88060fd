"""Contributions by program: taken, known already, refused with sentences; hidden till decided."""

import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from invented import ADOPTION, Site, site, turtle
from rdflib import RDF, SH, Graph
from werkzeug.test import TestResponse

from innograph import contributions, media
from innograph.settings import Settings

FAULTY = '[] a inno:Adoption ; inno:adopts <id/innovation/rdv> ; inno:evidence "here" .'
BASE = "https://example.org"


@pytest.fixture
def served(settings: Settings) -> Site:
    return site(settings)


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told: dict[str, Any] = answer.get_json(force=True)
    assert told["status"] == status and told["title"] and told["detail"]
    assert "Traceback" not in answer.text
    return told


def validate(served: Site, body: str, **headers: str) -> TestResponse:
    given = {"Content-Type": "text/turtle"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return served.client.post("/validate", data=turtle(body, BASE), headers=given)


def key(receipt: str) -> str:
    return receipt.rsplit("/", 1)[-1]


def test_a_contribution_is_received_with_a_receipt(served: Site) -> None:
    answer = served.contribute()
    assert answer.status_code == 202
    told = answer.get_json()
    assert told["state"] == "received" and told["next"] and told["warnings"] == []
    assert answer.headers["Location"] == told["receipt"]
    assert told["receipt"].startswith(f"{BASE}/id/receipt/")
    path = told["receipt"].removeprefix(BASE)
    receipt = served.client.get(path, follow_redirects=True).get_json()
    assert receipt["state"] == "received" and receipt["dossier"] == told["dossier"]


def test_the_same_again_in_whatever_syntax_is_known(served: Site) -> None:
    first = served.contribute().get_json()
    revision = served.instance.ledger.revision()
    graph = media.parse(turtle(ADOPTION, BASE), "text/turtle", BASE)
    jsonld = media.serialize(graph, media.GRAPHS[1], {})
    bearer = {"Authorization": f"Bearer {served.token}"}
    for again in (
        served.contribute(),
        served.client.post(
            "/contributions", data=jsonld, content_type="application/ld+json", headers=bearer
        ),
        served.client.post(
            "/contributions",
            data=turtle(ADOPTION, BASE),
            content_type="application/trig",
            headers=bearer,
        ),
    ):
        assert again.status_code == 200 and again.get_json()["state"] == "unchanged"
        assert again.headers["Location"] == first["receipt"]
    assert served.instance.ledger.revision() == revision
    assert len(served.instance.ledger.queue()) == 1


def test_a_faulty_one_is_refused_in_the_readers_language(served: Site) -> None:
    before = served.instance.ledger.counts()
    english = problem(served.contribute(FAULTY), 422)
    french = problem(served.contribute(FAULTY, **{"Accept-Language": "fr"}), 422)
    assert any(s.startswith("Who – Nothing is given.") for s in english["errors"])
    assert any(s.startswith("Qui – Rien n'est indiqué.") for s in french["errors"])
    assert any("here" in s and "https://www.example.org/page" in s for s in english["errors"])
    assert len(english["errors"]) == len(french["errors"]) >= 3
    report = Graph().parse(data=english["report"], format="turtle")
    assert report.value(predicate=RDF.type, object=SH.ValidationReport) is not None
    assert len(set(report.subjects(RDF.type, SH.ValidationResult))) >= 3
    assert served.instance.ledger.counts() == before


@pytest.mark.parametrize("form", media.GRAPHS, ids=lambda form: form.name)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
def test_the_w3c_report_is_given_as_rdf_to_who_asks(served: Site, form: media.Format) -> None:
    for answer in (
        validate(served, FAULTY, Accept=form.media_type),
        served.contribute(FAULTY, Accept=form.media_type),
    ):
        assert (answer.status_code, answer.mimetype) == (422, form.media_type)
        report = Graph().parse(data=answer.data, format=form.media_type)
        assert (None, SH.resultSeverity, SH.Violation) in report


def test_a_browser_gets_the_faults_as_a_page(served: Site) -> None:
    page = validate(served, FAULTY, Accept="text/html", Accept_Language="fr")
    assert page.status_code == 422 and page.mimetype == "text/html"
    assert "<li>Qui – Rien n&#39;est indiqué." in page.text


def test_validation_keeps_nothing(served: Site) -> None:
    before = served.instance.ledger.counts(), served.instance.ledger.revision()
    told = validate(served, ADOPTION).get_json()
    assert told == {"conforms": True, "warnings": []}
    problem(validate(served, FAULTY), 422)
    assert (served.instance.ledger.counts(), served.instance.ledger.revision()) == before
    assert served.instance.ledger.queue() == []


def test_advice_does_not_stand_in_the_way(served: Site) -> None:
    told = validate(served, ADOPTION.replace("inno:evidence", "# inno:evidence")).get_json()
    assert told["conforms"] is True and len(told["warnings"]) == 1
    report = validate(
        served, ADOPTION.replace("inno:evidence", "# inno:evidence"), Accept="text/turtle"
    )
    assert report.status_code == 200 and "sh:Warning" in report.text


def test_data_that_cannot_be_read_say_where(served: Site) -> None:
    told = problem(served.contribute("\n<a> <b> nope:c ."), 400)
    line = turtle("", BASE).count(b"\n") + 1
    assert told["line"] == line and told["column"] and str(line) in told["detail"]
    assert told["detail"].startswith("The data cannot be read as Turtle, at line")
    french = problem(served.contribute("<", **{"Accept-Language": "fr"}), 400)
    assert french["detail"].startswith("Les données ne peuvent pas être lues comme du Turtle")


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer nope", "Basic YTpi", "Bearer \xe9"])
def test_nobody_contributes_without_a_token(served: Site, given: str) -> None:
    answer = served.contribute(Authorization=given)
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_invitation_is_no_token_and_a_revoked_token_none(served: Site) -> None:
    problem(served.contribute(Authorization=f"Bearer {served.invitation}"), 401)
    expired = served.instance.ledger.issue_pass("token", "x", days=0)
    problem(served.contribute(Authorization=f"Bearer {expired}"), 401)
    assert served.contribute(Authorization=f"bearer {served.token}").status_code == 202


def test_too_much_is_413_and_another_type_415(served: Site) -> None:
    body = "#" * (served.instance.settings.upload_bytes + 1)
    assert problem(served.contribute(body), 413)["limit"] == 1_000_000
    problem(validate(served, body), 413)
    assert (
        "text/turtle"
        in problem(served.contribute(**{"Content-Type": "application/pdf"}), 415)["offered"]
    )
    problem(served.client.post("/validate", data=b"x"), 415)
    problem(served.client.get("/contributions"), 405)


def test_only_ones_own_dossier_is_replaced(served: Site) -> None:
    mine = served.contribute().get_json()
    contributions.decide(served.instance, key(mine["receipt"]), True, "me", "")
    other = served.instance.ledger.issue_pass("token", "another")
    changed = turtle(ADOPTION.replace("2023-09", "2022-09"), BASE)
    for token, status in ((other, 403), (served.token, 202)):
        answer = served.client.post(
            "/contributions",
            query_string={"dossier": mine["dossier"]},
            data=changed,
            content_type="text/turtle",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == status, answer.text
    problem(served.contribute('<id/innovation/x> a inno:Innovation ; dcterms:title "x"@fr .'), 422)


def seen(served: Site) -> str:
    """All that the doors show of a waiting contribution, with its addresses."""
    event = served.instance.ledger.queue()[0]
    client = served.client
    doors = [
        "/",
        event.thing.removeprefix(BASE).replace("/id/", "/doc/"),
        event.dossier.removeprefix(BASE).replace("/id/", "/doc/"),
        f"/doc/receipt/{event.receipt}",
        "/doc/innovation/panier",
        "/doc/organisation/valbourg",
    ]
    for query in (
        'SELECT * { ?s ?p ?o FILTER(?o = "Dans les cantines."@fr) }',
        'SELECT * { GRAPH ?g { ?s ?p ?o FILTER(?o = "Dans les cantines."@fr) } }',
        f"DESCRIBE <{event.thing}>",
        f"SELECT * {{ GRAPH <{event.dossier}> {{ ?s ?p ?o }} }}",
        f"SELECT * FROM <{event.dossier}> {{ ?s ?p ?o }}",
        f"SELECT (COUNT(*) AS ?n) {{ ?s ?p <{event.thing}> }}",
    ):
        answer = client.get("/sparql", query_string={"query": query})
        assert answer.status_code == 200
        rows = (answer.get_json(force=True) if "json" in answer.mimetype else {}) or {}
        bindings = rows.get("results", {}).get("bindings", [])
        assert bindings in ([], [{"n": {"type": "literal", "value": "0", **_INTEGER}}]), query
        assert "json" in answer.mimetype or not answer.data.strip()
    texts = []
    for door in doors:
        for accept in ("text/html", "application/json, text/turtle"):
            texts.append(client.get(door, headers={"Accept": accept}).text)
    assert client.get(doors[1]).status_code == client.get(doors[2]).status_code == 404
    return "\n".join(texts)


_INTEGER = {"datatype": "http://www.w3.org/2001/XMLSchema#integer"}


def test_what_waits_can_be_reached_through_no_door(served: Site) -> None:
    home = served.client.get("/").text
    told = served.contribute().get_json()
    everything = seen(served)
    assert "Dans les cantines" not in everything and "2023-09" not in everything
    assert "valbourg.example.org/panier" not in everything
    assert served.client.get("/").text == home
    receipt = served.client.get(
        f"/doc/receipt/{key(told['receipt'])}", headers={"Accept": "text/html"}
    )
    assert "waits for a moderator" in receipt.text


def test_what_is_accepted_is_seen_at_once_and_what_is_refused_says_why(served: Site) -> None:
    told = served.contribute().get_json()
    adopted = "SELECT ?who { <https://example.org/id/innovation/panier> inno:adoptedBy ?who }"
    assert served.rows(adopted) == []
    contributions.decide(served.instance, key(told["receipt"]), True, "me", "checked")
    assert served.rows(adopted) == [{"who": f"{BASE}/id/organisation/valbourg"}]
    receipt = served.client.get(f"/doc/receipt/{key(told['receipt'])}").get_json()
    assert receipt["state"] == "accepted" and receipt["history"][-1]["reason"] == "checked"
    assert served.contribute().get_json()["state"] == "unchanged"

    refused = served.contribute(ADOPTION.replace("2023", "2019")).get_json()
    contributions.decide(served.instance, key(refused["receipt"]), False, "me", "no <proof>")
    page = served.client.get(
        f"/doc/receipt/{key(refused['receipt'])}",
        headers={"Accept": "text/html", "Accept-Language": "fr"},
    ).text
    assert "Refusée." in page and "no &lt;proof&gt;" in page
    path = refused["dossier"].removeprefix(BASE).replace("/id/", "/doc/")
    assert served.client.get(path).status_code == 404


READABLE = [*(form.media_type for form in media.READABLE), "text/plain", "nonsense", ""]


@hypothesis_settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.one_of(
        st.binary(max_size=60), st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace"))
    ),
    st.sampled_from(READABLE),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    st.sampled_from(["/validate", "/contributions"]),
)
def test_no_body_breaks_the_server(
    served: Site, body: bytes, kind: str, accept: str, door: str
) -> None:
    headers = {"Authorization": f"Bearer {served.token}", "Accept": accept}
    answer = served.client.post(door, data=body, content_type=kind, headers=headers)
    assert 400 <= answer.status_code < 500
    assert b"Traceback" not in answer.data


def test_an_upload_that_does_not_say_its_length_is_refused(served: Site) -> None:
    """A server may hand on only its beginning: half a dossier must not be judged as a whole."""
    headers = {"Transfer-Encoding": "chunked"}
    for path in ("/validate", "/contributions"):
        if path == "/contributions":
            headers["Authorization"] = f"Bearer {served.token}"
        stream = io.BytesIO(turtle(ADOPTION, BASE))
        answer = served.client.post(
            path, input_stream=stream, content_type="text/turtle", headers=headers
        )
        problem(answer, 411)
    assert served.instance.ledger.queue() == []


def test_advice_is_told_apart_from_faults(served: Site) -> None:
    shown = "inno:evidence <https://valbourg.example.org/panier> ;"
    body = ADOPTION.replace(shown, "").replace('"2023-09"', '"2023-13"')
    told = problem(validate(served, body), 422)
    [error], [advice] = told["errors"], told["warnings"]
    assert "2023-13" in error and "https://www.example.org/deliberation" in advice
