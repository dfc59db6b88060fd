"""The W3C's own tests of the SPARQL 1.1 Protocol, put to a running server."""

import http.client
import json
import re
import socket
import subprocess
import sys
from ast import literal_eval
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from invented import LICENCE, turtle
from listener import Listener
from running import Server, free_port, running
from test_network import DATASETS, SERVICES

from innograph import contributions, media
from innograph.errors import BadSetting
from innograph.instance import Instance
from innograph.settings import Settings

# What the suite's tests say that they need to be there before they run.
DATA = Path(__file__).parent / "cases" / "w3c-protocol" / "data.nq"
INNOVATION = '[] a inno:Innovation ; dcterms:title "Essai"@fr .'
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def fixed(home: Path, file: Path) -> Instance:
    return Instance.open(Settings(home=home, base="https://example.org", store_fixture=str(file)))


def test_a_fixture_is_served_in_place_of_the_graph(tmp_path: Path) -> None:
    instance = fixed(tmp_path, DATA)
    assert b"".join(instance.store.dump()) == DATA.read_bytes()
    assert b"".join(instance.ask(COUNT, "text/csv").body) == b"n\r\n3\r\n"


def test_a_fixture_is_refused_when_the_ledger_holds_anything(settings: Settings) -> None:
    fixed(settings.home, DATA)
    instance = Instance.open(settings)
    graph = media.parse(turtle(INNOVATION, instance.base), "text/turtle", instance.base)
    contributions.submit(instance, graph, "contributor/test", LICENCE)  # only received
    with pytest.raises(BadSetting, match="the ledger is not empty"):
        fixed(settings.home, DATA)


@pytest.mark.parametrize("content", [None, "no N-Quads"])
def test_a_fixture_that_cannot_be_read_is_told(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "fixture.nq"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(BadSetting, match="fixture.nq"):
        fixed(tmp_path / "home", file)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"query_seconds": 2, "client_queries": 1, "client_waiting": 1}
    limits |= {"cache_bytes": 0, "queue_seconds": 0.3}  # each answer is evaluated, none waits long
    home, trusted = tmp_path_factory.mktemp("home"), "127.0.0.4"
    with running(
        home, free_port(), store_fixture=DATA, trusted_proxies=trusted, **limits
    ) as server:
        yield server


def ask(
    server: Server,
    method: str = "GET",
    body: bytes | Iterable[bytes] | None = None,
    path: str = "/sparql",
    headers: Mapping[str, str] = {},
    source: str = "127.0.0.1",
    **parameters: str | list[str],
) -> tuple[int, Message, bytes]:
    """Status, headers and body of one answer, as they come over the network."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=20, source_address=(source, 0))
    given = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
    connection.request(method, path + given, body, dict(headers))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def boolean(answer: tuple[int, Message, bytes]) -> bool:
    status, headers, content = answer
    assert status == 200 and headers["Content-Length"] == str(len(content))
    told: bool = json.loads(content)["boolean"]
    return told


# Nothing is written here but by contributions: these ask for an update first.
REFUSED = {
    "update_base_uri",
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_full",
    "update_dataset_named_graphs",
    "update_post_direct",
    "update_post_form",
}


def test_the_suite_passes_but_for_updates_which_are_refused(server: Server, shared: Path) -> None:
    endpoint = f"{server.url}/sparql"
    client = shared / "clients" / "w3c_http.py"
    addresses = [f"--{kind}={endpoint}" for kind in ("query", "update", "sd")]
    told = subprocess.run(
        [sys.executable, client, *addresses], capture_output=True, text=True, check=True
    ).stdout
    assert "== protocol: 27/34\n" in told, told
    failed = dict(re.findall(r"FAIL (\w+) — .*: status (\d+)", told))
    assert failed == dict.fromkeys(REFUSED, "403")
    described = re.search(r"== service-description: (.*)", told)
    assert described and literal_eval(described[1]) == {
        "returns-rdf": True,
        "has-endpoint-triple": True,
        "conforms-to-schema": True,
    }


ONE, TWO, THREE = (f"http://kasei.us/2009/09/sparql/data/data{n}.rdf" for n in (1, 2, 3))
BOTH = f"ASK {{ <{ONE}> a ?a . <{TWO}> a ?b }}"
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"


def test_a_dataset_of_several_graphs_is_heeded_in_each_way_to_ask(server: Server) -> None:
    for default, right in (([ONE, TWO], True), ([ONE, THREE], False), (["urn:none"], False)):
        given = {"default-graph-uri": default}
        form = urlencode({"query": BOTH, **given}, doseq=True).encode()
        assert boolean(ask(server, query=BOTH, **given)) is right
        assert boolean(ask(server, "POST", form, headers={"Content-Type": FORM})) is right
        direct = {"Content-Type": DIRECT}
        assert boolean(ask(server, "POST", BOTH.encode(), headers=direct, **given)) is right
    named = f"SELECT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER NOT EXISTS {{ <{ONE}> a ?any }} }}"
    graphs = {"named-graph-uri": [TWO, THREE], "format": "csv"}
    rows = ask(server, query=named, **graphs)[2].decode().split()
    assert rows[0] == "g" and set(rows[1:]) == {TWO, THREE}


def test_an_empty_graph_parameter_is_none(server: Server) -> None:
    assert boolean(ask(server, query=BOTH, **{"default-graph-uri": "", "named-graph-uri": ""}))


def test_a_body_without_a_length_is_not_taken_for_a_query(server: Server) -> None:
    address = urlsplit(server.url)
    head = f"POST /sparql HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {DIRECT}\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    # All at once: who answers at the head may close before the rest is sent.
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"6\r\nASK {}\r\n0\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        status, content = answer.status, answer.read()
        answer.close()
    assert status == 411 and " Content-Length " in json.loads(content)["detail"]


@pytest.mark.parametrize(
    ("status", "method", "kind", "body"),
    [
        (400, "POST", DIRECT, b"ASK {"),
        (400, "POST", DIRECT, b"ASK { ?s ?p '\xe9' }"),
        (400, "POST", FORM, b"query=ASK+%7B+%3Fs+%3Fp+%27%E9%27+%7D"),
        (400, "POST", FORM, b"query=ASK%7B%7D&query=ASK%7B%7D"),
        (400, "POST", FORM, b""),
        (400, "POST", FORM, b"query=ASK%7B%7D&format=png"),
        (403, "POST", FORM, b"update=CLEAR+ALL"),
        (403, "POST", FORM, b"query=ASK%7B%7D&update=CLEAR+ALL"),
        (403, "POST", "application/sparql-update", b"CLEAR ALL"),
        (405, "PUT", DIRECT, b"ASK {}"),
        (405, "DELETE", DIRECT, b""),
        (405, "PATCH", "application/sparql-update", b"CLEAR ALL"),
        (413, "POST", DIRECT, b"ASK {}" + b" " * 20_000),
        (415, "POST", "text/plain", b"ASK {}"),
        (415, "POST", "application/json", b"{}"),
    ],
)
def test_a_refusal_is_told_to_any_page(
    server: Server, status: int, method: str, kind: str, body: bytes
) -> None:
    headers = {"Content-Type": kind, "Origin": "https://other.example"}
    found, told, content = ask(server, method, body, headers=headers)
    problem = json.loads(content)
    assert found == status == problem["status"] and problem["detail"]
    assert told["Content-Type"].startswith("application/problem+json")
    assert told["Access-Control-Allow-Origin"] == "*"
    assert {"Accept", "Accept-Language"} <= set(told["Vary"].split(", "))
    if status == 405:
        assert set(told["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_without_a_query_nothing_but_a_description_can_be_asked(server: Server) -> None:
    assert ask(server, format="nt")[1]["Content-Type"].startswith("application/n-triples")
    for given, status in (({"format": "csv"}, 406), ({"format": "png"}, 400)):
        assert ask(server, **given)[0] == status
    assert ask(server, **{"default-graph-uri": ONE})[0] == 400
    assert ask(server, "HEAD", headers={"Accept": "text/html"})[0] == 200


def test_of_several_formats_the_first_counts_and_an_empty_one_is_none(server: Server) -> None:
    told = ask(server, query=ROWS, format=["", "csv", "unknown"])
    assert (told[0], told[1]["Content-Type"].partition(";")[0]) == (200, CSV)


def test_a_named_graph_is_asked_for_by_one_address(server: Server) -> None:
    assert ask(server, path="/graph", graph=ONE)[2].decode().count("Document") == 1
    for graphs, status in (([ONE, TWO], 400), ([""], 400), (["null"], 400), (["a b"], 400)):
        status_, told, _ = ask(server, path="/graph", graph=graphs)
        assert (status_, told["Content-Type"][:19]) == (status, "application/problem")
    assert ask(server, path="/graph", graph="urn:none")[0] == 404


def test_an_address_in_another_encoding_is_refused(server: Server) -> None:
    status, _, content = ask(server, path="/sparql?query=ASK+%7B+%3Fs+%3Fp+%27%E9%27+%7D")
    assert status == 400 and "UTF-8" in json.loads(content)["detail"]


def test_head_has_the_headers_of_the_answer_and_no_body(server: Server) -> None:
    full = ask(server, query=BOTH)
    head = ask(server, "HEAD", query=BOTH)
    assert (full[0], head[0], head[2]) == (200, 200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Vary", "Access-Control-Allow-Origin"):
        assert head[1][name] == full[1][name]
    assert ask(server, "HEAD")[0] == 200
    assert ask(server, "HEAD", query="ASK {")[0] == 400


def test_a_page_elsewhere_may_ask_and_read_what_it_needs(server: Server) -> None:
    headers = {"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
    status, told, _ = ask(server, "OPTIONS", headers=headers)
    assert status == 200 and told["Access-Control-Allow-Origin"] == "*"
    assert set(told["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    allowed = told["Access-Control-Allow-Headers"].split(", ")
    assert {"Accept", "Content-Type", "If-None-Match"} <= set(allowed)
    exposed = told["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Retry-After", "X-Innograph-Revision"} <= set(exposed)
    assert ask(server, path="/nothing")[1]["Access-Control-Allow-Origin"] == "*"


ROWS = "SELECT * { ?s ?p ?o }"
JSON, XML, CSV = "application/sparql-results+json", "application/sparql-results+xml", "text/csv"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", JSON),
        (f"{JSON};q=0.2, {XML};q=0.9, {CSV};q=0.5", XML),
        (f"{JSON};q=0, */*;q=0.1", XML),
        (f"text/*, {JSON};q=0.9", CSV),
        (f"{XML}; charset=utf-8, {JSON};q=0.9", XML),
        ("application/json, text/plain, */*", JSON),
        (f"image/png, {CSV};q=0.001", CSV),
        (f"{JSON};q=0", None),
        ("image/png", None),
    ],
)
def test_the_format_that_a_client_prefers_is_given(
    server: Server, accept: str, kind: str | None
) -> None:
    status, headers, _ = ask(server, headers={"Accept": accept}, query=ROWS)
    assert status == (200 if kind else 406)
    if kind:
        assert headers["Content-Type"].partition(";")[0] == kind
    # What is said in the address goes over it, encoded well or not.
    assert ask(server, headers={"Accept": accept}, query=ROWS, format="csv")[0] == 200
    plain = urlencode({"query": ROWS, "format": XML}, safe="+/")
    told = ask(server, headers={"Accept": accept}, path=f"/sparql?{plain}")
    assert (told[0], told[1]["Content-Type"]) == (200, XML)


def test_relative_addresses_are_of_the_instance(server: Server) -> None:
    for query in ("SELECT (STR(<id/x>) AS ?x) {}", "SELECT (STR(</id/x>) AS ?x) {}"):
        told = ask(server, query=query, format="csv")[2].decode().split()
        assert told == ["x", f"{server.url}/id/x"]
    own = "BASE <https://example.org/y/> SELECT (STR(<x>) AS ?x) {}"
    assert ask(server, query=own, format="csv")[2].split()[1] == b"https://example.org/y/x"


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID( )", "bnode()"])
def test_what_is_another_answer_each_time_is_not_kept(server: Server, call: str) -> None:
    _, headers, _ = ask(server, query=f"SELECT ({call} AS ?x) {{}}")
    assert headers["Cache-Control"] == "no-store" and "ETag" not in headers
    _, headers, _ = ask(server, query=f'SELECT ("{call}" AS ?rand) {{}} # {call}')
    assert headers["ETag"] and "Cache-Control" not in headers


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/graph?default", f"/graph?graph={ONE}", "/graph/meta"])
def test_a_graph_is_not_written_to_but_by_contributions(
    server: Server, method: str, path: str
) -> None:
    headers = {"Content-Type": "text/turtle"}
    status, told, content = ask(server, method, b"<urn:a> <urn:b> 1 .", path, headers)
    problem = json.loads(content)
    assert status == 403 and f"{server.url}/contributions" in problem["detail"]
    assert told["Access-Control-Allow-Origin"] == "*"
    assert boolean(ask(server, query=BOTH))


@pytest.mark.parametrize("query", SERVICES)
def test_a_running_server_asks_nobody(server: Server, listener: Listener, query: str) -> None:
    status, _, content = ask(server, query=query.format(listener.address))
    assert status == 400 and json.loads(content)["type"].endswith("/ServiceRefused")


def test_a_running_server_fetches_no_graph(server: Server, listener: Listener) -> None:
    for query, parameter in DATASETS:
        given = {parameter: listener.address} if parameter else {}
        told = ask(server, query=query.format(listener.address), format="json", **given)
        assert json.loads(told[2])["results"]["bindings"] == []


def test_a_client_that_is_busy_waits_for_itself_and_nobody_else(server: Server) -> None:
    slow = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(20))} }}"

    def state(source: str, said: str = "", query: str = BOTH) -> int:
        return ask(server, headers={"X-Forwarded-For": said}, source=source, query=query)[0]

    def ended() -> int:
        while (found := state("127.0.0.4", "9.9.9.9, 192.0.2.7", slow)) == 429:
            pass  # the question below was first
        return found

    with ThreadPoolExecutor() as pool:
        running = pool.submit(ended)
        while state("127.0.0.4", "192.0.2.7") == 200:
            assert not running.done()
        assert state("127.0.0.4", "192.0.2.7") == 429
        assert state("127.0.0.4", "192.0.2.7, 192.0.2.8") == 200
        assert state("127.0.0.4") == 200
        assert state("127.0.0.2", "192.0.2.7") == 200
        assert running.result() == 504
    assert state("127.0.0.4", "192.0.2.7") == 200


def test_an_unchanged_description_is_304(server: Server) -> None:
    tag = ask(server)[1]["ETag"]
    status, _, content = ask(server, headers={"If-None-Match": tag})
    assert (status, content) == (304, b"")
