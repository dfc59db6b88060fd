"""This server never sends a request, whatever it is sent: a port of loopback sees no connection."""

import contextlib
import io
import json
import urllib.request
import zipfile
from pathlib import Path

import openpyxl
import pytest
from invented import Site, site, turtle
from listener import Listener
from openpyxl.packaging.relationship import Relationship
from openpyxl.workbook.external_link.external import ExternalBook, ExternalLink
from test_sources_tables import read

from innograph.errors import BadTable
from innograph.settings import Settings


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site(Settings(home=tmp_path_factory.mktemp("home"), base="https://example.org"))


def test_the_listener_counts_a_connection() -> None:
    listener = Listener()
    with pytest.raises(OSError), urllib.request.urlopen(listener.address, timeout=0.1):
        pass
    assert listener.calls() == 1
    listener.close()


XINCLUDE = "http://www.w3.org/2001/XInclude"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SERVICES = [
    "SELECT * {{ SERVICE <{}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ {{ {{ sErViCe <{}> {{ ?s ?p ?o }} }} }} }}",
    "SELECT * {{ S\\u0045RVICE <{}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ {{ SELECT * {{ SERVICE SILENT <{}> {{ ?s ?p ?o }} }} }} }}",
    "SELECT * {{ ?s ?p ?o FILTER EXISTS {{ SERVICE <{}> {{ ?s ?p ?o }} }} }}",
    "SELECT * {{ ?s ?p ?o FILTER NOT EXISTS {{ SERVICE <{}> {{ ?s ?p ?o }} }} }}",
    "SELECT * {{ BIND(<{}> AS ?e) SERVICE SILENT ?e {{ ?s ?p ?o }} }}",
    "SELECT * {{ VALUES ?e {{ <{}> }} OPTIONAL {{ SERVICE ?e {{ ?s ?p ?o }} }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE <{}> {{ ?s ?p ?o }} }}",
    "ASK {{ SERVICE SILENT <{}> {{ ?s ?p ?o }} }}",
    "DESCRIBE ?s {{ SERVICE SILENT <{}> {{ ?s ?p ?o }} }}",
    "SELECT (EXISTS {{ SERVICE SILENT <{}> {{ ?s ?p ?o }} }} AS ?x) {{}}",
    "SELECT * {{ SERVICE <{0}> {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }} }}",
    "CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o FILTER NOT EXISTS {{ SERVICE <{}> {{}} }} }}",
    "SELECT * {{ ?s ?p ?o MINUS {{ GRAPH ?g {{ SERVICE SILENT <{}> {{ ?s ?p ?o }} }} }} }}",
    "PREFIX x: <{}> SELECT * {{ SERVICE x: {{ ?s ?p ?o }} }}",
    "BASE <{}> SELECT * {{ SERVICE <> {{ ?s ?p ?o }} }}",
]


@pytest.mark.parametrize("query", SERVICES)
def test_service_is_refused(served: Site, listener: Listener, query: str) -> None:
    text = query.format(listener.address)
    by_get = served.client.get("/sparql", query_string={"query": text})
    by_form = served.client.post("/sparql", data={"query": text})
    direct = served.client.post("/sparql", data=text, content_type="application/sparql-query")
    for answer in (by_get, by_form, direct):
        assert answer.status_code == 400
        assert answer.get_json(force=True)["type"].endswith("/ServiceRefused")


@pytest.mark.parametrize("update", ["LOAD <{}>", "LOAD SILENT <{}> INTO GRAPH <urn:x>"])
def test_load_is_refused(served: Site, listener: Listener, update: str) -> None:
    text = update.format(listener.address)
    for kind, status in (("application/sparql-update", 403), ("application/sparql-query", 400)):
        answer = served.client.post("/sparql", data=text, content_type=kind)
        assert answer.status_code == status
    assert served.client.post("/sparql", data={"update": text}).status_code == 403
    assert served.client.get("/sparql", query_string={"query": text}).status_code == 400


DATASETS = [
    ("SELECT * FROM <{}> {{ ?s ?p ?o }}", ""),
    ("SELECT * FROM NAMED <{}> {{ GRAPH ?g {{ ?s ?p ?o }} }}", ""),
    ("SELECT * FROM <{0}> FROM NAMED <{0}> {{ ?s ?p ?o }}", ""),
    ("SELECT * {{ GRAPH <{}> {{ ?s ?p ?o }} }}", ""),
    ("SELECT * {{ ?s ?p ?o }}", "default-graph-uri"),
    ("SELECT * {{ GRAPH ?g {{ ?s ?p ?o }} }}", "named-graph-uri"),
]


@pytest.mark.parametrize(("query", "parameter"), DATASETS)
def test_a_dataset_is_looked_up_and_never_fetched(
    served: Site, listener: Listener, tmp_path: Path, query: str, parameter: str
) -> None:
    file = tmp_path / "graph.ttl"
    file.write_text("<urn:a> <urn:b> <urn:c> .", "utf-8")
    for address in (listener.address, file.as_uri(), str(file), f"file:{file}"):
        given = {"query": query.format(address)} | ({parameter: address} if parameter else {})
        answer = served.client.get("/sparql", query_string=given)
        if parameter and address == str(file):
            assert answer.status_code == 400  # it is no address of a graph
        else:
            assert answer.status_code == 200
            assert answer.get_json(force=True)["results"]["bindings"] == []


def test_describe_visits_nothing(served: Site, listener: Listener) -> None:
    query = f"DESCRIBE <{listener.address}>"
    answer = served.client.get("/sparql", query_string={"query": query, "format": "nt"})
    assert (answer.status_code, answer.data) == (200, b"")


def test_a_graph_by_address_is_not_visited(served: Site, listener: Listener) -> None:
    answer = served.client.get("/graph", query_string={"graph": listener.address})
    assert answer.status_code == 404


def documents(address: str) -> dict[str, tuple[bytes, str]]:
    """Data that ask their reader to fetch something."""
    innovation = {"@id": "urn:x", "http://purl.org/dc/terms/title": "x"}
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xml = f"<rdf:RDF xmlns:rdf='{rdf}'><rdf:Description rdf:about='urn:x'/></rdf:RDF>"
    imports = f"[] a inno:Innovation ; <http://www.w3.org/2002/07/owl#imports> <{address}> ."
    context = {"@context": address, **innovation}
    plain = {"$schema": address, "type": "Innovation", "@context": address}
    included = xml.replace(
        "/>", f"><x:include xmlns:x='{XINCLUDE}' href='{address}'/></rdf:Description>"
    )
    chained = {"@context": {"@import": address, "@version": 1.1}, **innovation}
    scoped = {"@context": {"x": {"@id": "urn:p", "@context": address}}, "x": {"y": "z"}}
    entity = f"<!DOCTYPE x [<!ENTITY e SYSTEM '{address}'>]>"
    filled = xml.replace("/>", ">&e;</rdf:Description>")
    turtle_imports = turtle(imports, "https://example.org")
    return {
        "context": (json.dumps(context).encode(), "application/ld+json"),
        "contexts": (
            json.dumps(context | {"@context": [address, {}]}).encode(),
            "application/ld+json",
        ),
        "import of a context": (json.dumps(chained).encode(), "application/ld+json"),
        "scoped context": (json.dumps(scoped).encode(), "application/ld+json"),
        "owl:imports": (turtle_imports, "text/turtle"),
        "sh:shapesGraph": (
            turtle_imports.replace(b"2002/07/owl#imports", b"ns/shacl#shapesGraph"),
            "text/turtle",
        ),
        "external DTD": (f"<!DOCTYPE x SYSTEM '{address}'>{xml}".encode(), "application/rdf+xml"),
        "entity": (f"{entity}{filled}".encode(), "application/rdf+xml"),
        "parameter entity": (
            f"<!DOCTYPE x [<!ENTITY % e SYSTEM '{address}'> %e;]>{xml}".encode(),
            "application/rdf+xml",
        ),
        "schema": (json.dumps(plain).encode(), "application/json"),
        "XInclude": (included.encode(), "application/rdf+xml"),
        "hint of a schema": (
            xml.replace(
                " rdf:about", f" xmlns:xsi='{XSI}' xsi:schemaLocation='{address}' rdf:about"
            ).encode(),
            "application/rdf+xml",
        ),
        "stylesheet": (
            f"<?xml-stylesheet href='{address}'?>{xml}".encode(),
            "application/rdf+xml",
        ),
    }


@pytest.mark.parametrize("door", ["/contributions", "/validate"])
@pytest.mark.parametrize("name", documents(""))
def test_data_make_their_reader_fetch_nothing(
    served: Site, listener: Listener, door: str, name: str
) -> None:
    body, kind = documents(listener.address)[name]
    answer = served.client.post(
        door,
        data=body,
        content_type=kind,
        headers={
            "Authorization": f"Bearer {served.token}",
            "Link": f'<{listener.address}>; rel="http://www.w3.org/ns/json-ld#context"',
        },
    )
    assert answer.status_code in (400, 422), answer.text


def test_a_link_as_evidence_is_not_visited(served: Site, listener: Listener) -> None:
    answer = served.client.post(
        "/adopted",
        data={
            "invitation": served.invitation,
            "adopter": "Ville de Valbourg",
            "adopts": "Panier solidaire",
            "status": "2021",
            "evidence": listener.address,
            "licence": "1",
        },
    )
    assert answer.status_code == 303


def workbook(address: str) -> bytes:
    """A spreadsheet that looks things up elsewhere wherever a spreadsheet can."""
    book, plain, told = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(["id", "titre"])
    book.active.append(["1", f'=WEBSERVICE("{address}")'])
    book.active.append(["2", f"='{address}/[x.xlsx]x'!A1"])
    book.active["A3"].hyperlink = address
    book.save(plain)
    entities = f"<!DOCTYPE x SYSTEM '{address}' [<!ENTITY e SYSTEM '{address}'>]>".encode()
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(told, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name.endswith("sheet1.xml"):
                part = entities + part.replace(b"</worksheet>", b"<x>&e;</x></worksheet>")
            after.writestr(name, part)
    return told.getvalue()


def links(address: str) -> bytes:
    """A spreadsheet with links to another one."""
    book, told = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["id", "titre"])
    book.active.append(["1", "un"])
    book.active["B2"].hyperlink = address
    target = Relationship(type="externalLinkPath", Target=address, TargetMode="External")
    link = ExternalLink(externalBook=ExternalBook(id="rId1"))
    link.file_link = target
    book._external_links.append(link)
    book.save(told)
    return told.getvalue()


def tables(address: str) -> dict[str, bytes]:
    """Files of sources that ask their reader to fetch something, by their names."""
    python = f"!!python/object/apply:urllib.request.urlopen ['{address}']"
    reference = {"$ref": address, "@context": address, "id": 1, "titre": "un"}
    return {
        "a.xlsx": workbook(address),
        "b.xlsx": links(address),
        "a.csv": f'id,titre\n1,"=WEBSERVICE(""{address}"")"\n'.encode(),
        "a.json": json.dumps([reference]).encode(),
        "a.yaml": f"- id: 1\n  titre: un\n- {python}\n".encode(),
    }


@pytest.mark.parametrize("name", tables(""))
def test_tables_make_their_reader_fetch_nothing(
    tmp_path: Path, listener: Listener, name: str
) -> None:
    with contextlib.suppress(BadTable):
        read(tmp_path, tables(listener.address)[name], name)
