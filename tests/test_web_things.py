"""Pages and addresses: every address in a result answers, and whatever goes wrong is told."""

import ast
import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from invented import Site, publish, site
from rdflib import Graph
from rdflib.compare import isomorphic
from werkzeug.exceptions import default_exceptions
from werkzeug.test import TestResponse

import innograph
from innograph import contributions, errors, queries
from innograph.settings import Settings

PACKAGE = Path(innograph.__file__).parent
CATALOGUE = PACKAGE / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
FORMATS = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}
TYPES = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
RDV = "/doc/innovation/rdv"
reads_with_rdflib = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Only asked: no test here writes to it."""
    compiled = CATALOGUE.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < CATALOGUE.stat().st_mtime:
        with CATALOGUE.open("rb") as source, compiled.open("wb") as target:
            write_mo(target, read_po(source, locale="fr"))
    return site(Settings(home=tmp_path_factory.mktemp("home"), base="https://example.org"))


def get(served: Site, path: str, **headers: str) -> TestResponse:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return served.client.get(path, headers=given)


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    told: dict[str, Any] = answer.get_json(force=True)
    assert told["status"] == status and told["title"] and told["detail"]
    return told


def path_of(iri: str) -> str:
    return iri.removeprefix("https://example.org").replace("/id/", "/doc/", 1)


def test_the_address_of_a_thing_leads_to_what_is_known_of_it(served: Site) -> None:
    answer = get(served, "/id/innovation/rdv")
    assert (answer.status_code, answer.headers["Location"]) == (303, RDV)
    followed = served.client.get("/id/innovation/rdv", follow_redirects=True, headers=PAGE)
    assert followed.mimetype == "text/html" and "<h1>Online appointments</h1>" in followed.text


def in_each_format(served: Site, path: str) -> list[Graph]:
    """What the address says in each format, by Accept as by extension."""
    found = []
    for extension, form in FORMATS.items():
        by_accept = get(served, path, Accept=TYPES[extension])
        by_name = get(served, f"{path}.{extension}", Accept="text/html")
        assert by_accept.mimetype == by_name.mimetype == TYPES[extension]
        assert by_accept.data == by_name.data
        assert 'rel="canonical"' in by_name.headers["Link"]
        found.append(Graph().parse(data=by_name.data, format=form))
    return found


@reads_with_rdflib
def test_each_format_says_the_same_by_accept_and_by_extension(served: Site) -> None:
    graphs = in_each_format(served, RDV)
    assert len(graphs[0]) > 8
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])
    link = get(served, f"{RDV}.ttl").headers["Link"]
    assert '<https://example.org/id/innovation/rdv>; rel="canonical"' in link
    tag = get(served, f"{RDV}.ttl").headers["ETag"]
    assert get(served, f"{RDV}.ttl", If_None_Match=tag).status_code == 304


def test_a_program_gets_turtle_and_a_browser_a_page(served: Site) -> None:
    assert get(served, RDV).mimetype == "text/turtle"
    assert get(served, RDV, Accept="*/*").mimetype == "text/turtle"
    assert get(served, RDV, **PAGE).mimetype == "text/html"
    assert get(served, f"{RDV}.html").mimetype == "text/html"
    assert "application/ld+json" in problem(get(served, RDV, Accept="image/png"), 406)["offered"]


def test_a_page_shows_labels_in_the_readers_language_and_links_the_formats(served: Site) -> None:
    english = get(served, f"{RDV}.html", Accept_Language="en").text
    french = get(served, f"{RDV}.html", Accept_Language="fr-FR,fr;q=0.9,en;q=0.1").text
    assert 'lang="en"' in english and "<h1>Online appointments</h1>" in english
    assert 'lang="fr"' in french and "<h1>Rendez-vous en ligne</h1>" in french
    for page in (english, french):
        assert 'href="/id/organisation/valbourg">Ville de Valbourg<' in page
        assert all(f'href="{RDV}.{extension}"' in page for extension in FORMATS)
    assert "<dt>title</dt>" in english and "<dt>titre</dt>" in french
    assert "<h2>status period</h2>" in english and "<h2>" + "période de statut" in french.lower()


@reads_with_rdflib
def test_a_dossiers_address_gives_the_dossier_itself(served: Site) -> None:
    dossier = served.dossiers["adoption"]
    graph = Graph().parse(data=get(served, f"{path_of(dossier)}.nt").data, format="nt")
    assert len(graph) == 8 and {str(s) for s in graph.subjects()} == {
        "https://example.org/id/adoption/valbourg-rdv",
        "https://example.org/id/status-period/valbourg-rdv",
    }


def test_what_nobody_knows_is_404(served: Site) -> None:
    told = problem(get(served, "/doc/innovation/nope"), 404)
    assert told["iri"] == "https://example.org/id/innovation/nope"
    for path in ("/doc/x/Ré", "/doc/x/a%00b", f"{RDV}.zip", "/voc/sta", "/voc/nope/x", "/nope"):
        problem(get(served, path), 404)
    page = get(served, "/nope", Accept="text/html", Accept_Language="fr")
    assert page.status_code == 404 and "<h1>Introuvable</h1>" in page.text


@reads_with_rdflib
def test_the_ontology_and_its_lists_answer(served: Site) -> None:
    ontology = Graph().parse(data=get(served, "/ont").data, format="turtle")
    assert len(ontology) > 300
    stages = get(served, "/voc/stage", Accept="text/turtle").text
    one = get(served, "/voc/stage/piloting", Accept="text/turtle").text
    assert "stage:piloting" in stages and "stage:piloting" in one and len(one) < len(stages)
    assert "standing:" not in stages
    page = get(served, "/voc/stage/piloting", Accept="text/html", Accept_Language="fr")
    assert page.status_code == 200 and 'lang="fr"' in page.text


def test_what_is_withdrawn_is_410_with_the_reason(settings: Settings) -> None:
    served = site(settings)
    dossier = served.dossiers["panier"]
    contributions.withdraw(served.instance, dossier, "me", "sent <by> mistake")
    for path in ("/doc/innovation/panier", path_of(dossier)):
        told = problem(get(served, path), 410)
        assert told["reason"] == "sent <by> mistake" and "sent <by> mistake" in told["detail"]
        page = get(served, path, Accept="text/html")
        assert page.status_code == 410 and "sent &lt;by&gt; mistake" in page.text
    assert get(served, RDV).status_code == 200


def test_what_people_write_stays_text(settings: Settings) -> None:
    served = site(settings)
    publish(
        served.instance,
        {
            "evil": """<id/innovation/evil> a inno:Innovation ;
                dcterms:title "<script>alert(1)</script>"@fr ;
                dcterms:description "a\\" onload=\\"alert(1)"@fr ."""
        },
    )
    page = get(served, "/doc/innovation/evil.html")
    assert "<script" not in page.text and "&lt;script&gt;" in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_home_page_counts_and_its_three_queries_run(served: Site) -> None:
    page = get(served, "/", Accept="text/html", Accept_Language="fr").text
    assert "Révision 6." in page and "<dt>fiches d&#39;organismes</dt><dd>3</dd>" in page
    # The two of one name are not known to be one.
    assert "<dt>organismes, doublons comptés une fois</dt><dd>3</dd>" in page
    links = re.findall(r'href="(/sparql\?query=[^"]*)"', page)
    assert len(links) == 6
    for link in links:
        assert get(served, html.unescape(link)).status_code == 200


def test_health_tells_version_and_revision(served: Site) -> None:
    told = get(served, "/health").json
    assert told is not None
    assert (told["status"], told["version"], told["revision"]) == ("ok", innograph.__version__, 6)


def test_a_chosen_language_is_remembered(served: Site) -> None:
    client = served.client.application.test_client()
    assert 'lang="fr"' in client.get("/?lang=fr").text
    assert 'lang="fr"' in client.get("/sparql", headers=PAGE).text
    assert 'lang="en"' in client.get("/?lang=en", headers={"Accept-Language": "fr"}).text
    assert 'lang="en"' in client.get("/?lang=xx").text


def test_every_answer_has_the_safe_headers(served: Site) -> None:
    for path in ("/", "/sparql", RDV, "/nope", "/static/style.css", "/health"):
        answer = get(served, path)
        answer.close()
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert {"Accept", "Accept-Language"} <= set(answer.vary.as_set(preserve_casing=True))


def test_no_page_names_an_address_to_fetch_from_elsewhere(served: Site) -> None:
    for path in ("/", "/sparql", f"{RDV}.html"):
        page = get(served, path, Accept="text/html").text
        assert not re.search(r'(src|<link[^>]*rel="(stylesheet|icon)"[^>]*href)="https?:', page)
    style = (PACKAGE / "web" / "static" / "style.css").read_text("utf-8")
    assert "url(" not in style and "@import" not in style


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
    st.sampled_from(["/doc/x/", "/doc/", "/id/x/", "/voc/", "/voc/stage/", "/", "/doc/receipt/"]),
)
def test_no_address_breaks_the_server(served: Site, text: str, accept: str, start: str) -> None:
    answer = served.client.get(start + quote(text, safe=""), headers={"Accept": accept})
    assert answer.status_code < 500 and b"Traceback" not in answer.data


def test_an_unforeseen_error_is_told_without_a_traceback(
    served: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(name: str) -> queries.Query:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(queries, "load", fails)
    told = problem(get(served, "/"), 500)
    assert "secret" not in json.dumps(told)
    page = get(served, "/", Accept="text/html", Accept_Language="fr")
    assert page.status_code == 500 and "<h1>Erreur du serveur</h1>" in page.text
    assert "secret" not in page.text and "secret detail" in caplog.text


def messages() -> set[str]:
    """What a reader may meet: in pages, in errors, and in what werkzeug says of a request."""
    web = PACKAGE / "web"
    templates = [(f"templates/**.{ending}", "jinja2") for ending in ("html", "xml")]
    methods = [("**.py", "python"), *templates]
    found = {str(message) for _, _, message, _, _ in extract_from_dir(str(web), methods)}
    sentences = {"Sentence": None}
    for said in extract_from_dir(str(PACKAGE), [("**.py", "python")], keywords=sentences):
        found.add(str(said[2]))
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.InnographError):
            found |= {error.title, error.sentence}
    for status in (400, 404, 405, 413, 415, 500):
        raised = default_exceptions[status]()
        found |= {raised.name, str(raised.description)}
    return found


def test_every_message_is_in_french_with_the_same_placeholders() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="fr")
    french = {message.id: message for message in catalogue if message.id}
    for text in messages():
        message = french.get(text)
        assert message is not None and message.string and not message.fuzzy, text
        assert set(re.findall(r"%\(\w+\)s", str(message.string))) == set(
            re.findall(r"%\(\w+\)s", text)
        ), text
    assert french.keys() - messages() == set(), "no longer said anywhere"


def test_texts_of_python_are_literal_where_they_are_translated() -> None:
    """gettext of a variable would escape the extraction; problems.py's are listed above."""
    for path in (PACKAGE / "web").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "gettext":
                literal = isinstance(node.args[0], ast.Constant)
                assert literal or path.name == "problems.py", path


def test_every_address_under_the_base_that_a_result_can_hold_answers(served: Site) -> None:
    addresses = {
        node
        for line in served.instance.store.dump()
        for node in re.findall(rf"<{served.instance.base}(/[^>]*)>", line.decode())
    }
    kinds = {address.split("/")[1] for address in addresses}
    assert kinds == {"id", "graph"} and len(addresses) > 50
    silent = [
        address
        for address in sorted(addresses)
        if served.client.get(address, follow_redirects=True).status_code != 200
    ]
    assert silent == []
