"""Sources that are asked over the network: a SPARQL endpoint, another innograph, a catalogue."""

import functools
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import engines
import examples
import pytest
from child import command
from click.testing import CliRunner
from listener import Listener
from running import Server, free_port, running

from innograph import contributions, decisions, sources
from innograph.cli import main
from innograph.errors import AddressRefused, BadSource, HarvestRuns, NotFetched
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources.harvest.run import harvest
from innograph.sources.harvest.state import State, alone
from innograph.web import create_app

BASE = "https://example.org"
ABOUT = """licensor = "Somebody"
address = "https://example.org/data"
licence = "https://spdx.org/licenses/etalab-2.0"
vanished = "withdraw"
[title]
en = "Invented"
[harvest]
pause = 0
"""
SPARQL = """kind = "sparql"
address = "{address}"
page = {page}
things = "?thing a <https://w3id.org/innograph/ont#Innovation>"
query = \"\"\"
CONSTRUCT {{ ?thing ?p ?o . ?o ?q ?v }} WHERE {{
  VALUES ?thing {{ UNDEF }}
  ?thing ?p ?o . OPTIONAL {{ ?o ?q ?v FILTER(isBlank(?o)) }}
}}\"\"\"
"""


def settings_of(home: Path, **more: Any) -> Settings:
    return Settings(home=home, base="https://b.example.org", harvest_networks="127.0.0.0/8", **more)


def described(home: Path, text: str, name: str = "other") -> sources.Source:
    folder = home / "sources" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.toml").write_text(ABOUT + text, "utf-8")
    return sources.load(name, home)


ENVIRON = {
    "INNOGRAPH_BASE": "https://b.example.org",
    "INNOGRAPH_HARVEST_NETWORKS": "127.0.0.0/8",
}


def told_by(home: Path, *words: str) -> str:
    """What `innograph WORDS` prints."""
    return CliRunner().invoke(main, words, env={**ENVIRON, "INNOGRAPH_HOME": str(home)}).output


def of_dossiers(instance: Instance) -> dict[str, set[str]]:
    """What each dossier says."""
    instance.follow()
    found: dict[str, set[str]] = {}
    for line in instance.store.dump():
        statement, _, graph = line.decode().removesuffix(" .\n").rpartition(" <")
        if "/id/dossier/" in graph and statement.count(" ") >= 2 and graph.endswith(">"):
            found.setdefault(graph[:-1], set()).add(statement)
    named = {str(row) for row in instance.store.find("SELECT ?d { GRAPH ?d { ?s a ?t } }")}
    return {dossier: said for dossier, said in found.items() if dossier in named}


STARTED = """<https://a.example.org/innovation/{0:05}> a inno:Innovation ;
    dcterms:title "{1}"@fr ; inno:hasStatus [ a inno:StatusPeriod ;
        inno:status <https://w3id.org/innograph/voc/stage/piloting> ;
        schema:startDate "2025-0{2}-01"^^<http://www.w3.org/2001/XMLSchema#date> ] .
"""
PREFIXES = """PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX inno: <https://w3id.org/innograph/ont#>
PREFIX schema: <https://schema.org/>
"""


def innovation(number: int, title: str = "") -> str:
    return STARTED.format(number, title or f"Innovation {number}", 1 + number % 9)


def tell(engine: dict[str, Any], update: str) -> None:
    body, kind = (PREFIXES + update).encode(), {"Content-Type": "application/sparql-update"}
    urlopen(Request(engine["store_update"], body, kind), timeout=60).close()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[dict[str, Any]]:
    with engines.oxigraph() as told:
        tell(told, f"INSERT DATA {{ {''.join(map(innovation, range(1_200)))} }}")
        yield told


def test_what_an_endpoint_has_is_taken_once_and_followed(tmp_path: Path) -> None:
    with engines.oxigraph() as told:
        tell(told, f"INSERT DATA {{ {''.join(map(innovation, range(30)))} }}")
        source = described(tmp_path, SPARQL.format(address=told["store"], page=7))
        instance = Instance.open(settings_of(tmp_path))
        first = harvest(instance, source)
        instance.follow()
        assert first.states == {("thing", "accepted"): 30} and first.refusals == []
        found = instance.store.find("SELECT ?x { ?x a inno:Innovation ; inno:currentStage ?s }")
        assert found == {f"https://a.example.org/innovation/{n:05}" for n in range(30)}
        assert harvest(instance, source).states == {("thing", "unchanged"): 30}
        new, old = innovation(5, "Another title"), "<https://a.example.org/innovation/00005>"
        tell(told, f"DELETE WHERE {{ {old} ?p ?o }} ; INSERT DATA {{ {new} }}")
        tell(told, "DELETE WHERE { <https://a.example.org/innovation/00007> ?p ?o }")
        again = harvest(instance, source)
        assert again.states == {("thing", "accepted"): 1, ("thing", "unchanged"): 28}
        assert len(again.vanished) == 1
        gone = "ASK { <https://a.example.org/innovation/00007> a ?type }"
        assert b"".join(instance.ask(gone).body).find(b"false") > 0
        instance.ledger.close()


def test_a_harvest_that_is_killed_goes_on_where_it_stood(
    tmp_path: Path, endpoint: dict[str, Any]
) -> None:
    text = SPARQL.format(address=endpoint["store"], page=50)
    source = described(tmp_path / "whole", text)
    whole = Instance.open(settings_of(tmp_path / "whole"))
    harvest(whole, source)
    broken = tmp_path / "broken"
    described(broken, text)
    process = command(broken, "harvest", "other", environ=ENVIRON)
    process.start()
    while not State.load(broken, "other").position:
        assert process.is_alive()
        time.sleep(0.01)
    process.kill()
    process.join()
    stood = State.load(broken, "other")
    assert stood.position and not stood.ended and 0 < len(stood.seen) < 1_200
    assert "no longer listed: 0" in told_by(broken, "harvest", "other")
    instance = Instance.open(settings_of(broken))
    assert of_dossiers(instance) == of_dossiers(whole)
    assert len(of_dossiers(instance)) == 1_200
    assert instance.ledger.counts() == {"accepted": 1_200}
    for each in (instance, whole):
        each.ledger.close()


def test_nobody_within_is_asked_unless_an_operator_allows_it(
    tmp_path: Path, listener: Listener
) -> None:
    source = described(tmp_path, SPARQL.format(address=listener.address, page=50))
    instance = Instance.open(Settings(home=tmp_path, base=BASE))
    with pytest.raises(AddressRefused):
        harvest(instance, source)
    assert "127.0.0.1" in State.load(tmp_path, "other").error
    instance.ledger.close()


def test_an_endpoint_that_answers_rubbish_changes_nothing_and_is_told(tmp_path: Path) -> None:
    with serving({"/sparql": (b"<html>", "text/html")}) as address:
        source = described(tmp_path, SPARQL.format(address=f"{address}/sparql", page=50))
        instance = Instance.open(settings_of(tmp_path))
        with pytest.raises(NotFetched):
            harvest(instance, source)
        assert instance.ledger.counts() == {}
        instance.ledger.close()


def test_only_one_harvest_of_a_source_runs_at_a_time(tmp_path: Path, endpoint: Any) -> None:
    source = described(tmp_path, SPARQL.format(address=endpoint["store"], page=50))
    instance = Instance.open(settings_of(tmp_path))
    with alone(tmp_path, "other"), pytest.raises(HarvestRuns):
        harvest(instance, source)
    instance.ledger.close()


@contextmanager
def serving(files: dict[str, tuple[bytes, str]]) -> Iterator[str]:
    """A server of files: path -> content and media type."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            body, kind = files.get(self.path, (b"", ""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815
        log_message = functools.partialmethod(lambda *_: None)  # type: ignore[assignment]

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


CATALOGUE = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
<{0}/catalog> a dcat:Catalog ; dcat:dataset <{0}/dataset/ours> .
<{0}/dataset/ours> a dcat:Dataset ; dcat:distribution <{0}/ttl> , <{0}/csv> .
<{0}/ttl> dcat:downloadURL <{0}/ours.ttl> .
<{0}/csv> dcat:downloadURL <{0}/ours.csv> .
"""
ROWS = """kind = "catalogue"
address = "{0}/catalog.ttl"
dataset = "{1}"
[things.innovation]
type = "Innovation"
id = "code"
[things.innovation.fields]
"title@fr" = "name"
"""


def test_a_file_of_a_dataset_in_a_catalogue_is_taken(tmp_path: Path) -> None:
    files: dict[str, tuple[bytes, str]] = {}
    with serving(files) as address:
        files["/catalog.ttl"] = CATALOGUE.format(address).encode(), "text/turtle; charset=utf-8"
        files["/ours.csv"] = b"code,name\n1,Un\n2,Deux\n", "text/csv"
        source = described(tmp_path, ROWS.format(address, f"{address}/dataset/ours"))
        instance = Instance.open(settings_of(tmp_path))
        assert harvest(instance, source).states == {("innovation", "accepted"): 2}
        assert harvest(instance, source).states == {("innovation", "unchanged"): 2}
        source = described(tmp_path, ROWS.format(address, f"{address}/dataset/none"))
        with pytest.raises(NotFetched, match="no dataset"):
            harvest(instance, source)
        instance.ledger.close()


@contextmanager
def another(home: Path) -> Iterator[Server]:
    """Another innograph, with the examples."""
    instance = Instance.open(Settings(home=home, base="https://a.example.org"))
    examples.load(instance)
    instance.ledger.close()
    with running(home, free_port(), base="https://a.example.org", web_workers=1) as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another innograph, which each test leaves as it was."""
    with another(tmp_path_factory.mktemp("a")) as server:
        yield server


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[Server]:
    """Another innograph, with which a test may do what it likes."""
    with another(tmp_path / "a") as server:
        yield server


def origin(server: Server) -> Instance:
    home = Path(server.environ["INNOGRAPH_HOME"])
    return Instance.open(Settings(home=home, base="https://a.example.org"))


FOLLOWED = """kind = "innograph"
address = "{0}"
page = 10
"""


def test_another_innograph_is_followed_in_what_it_says_changes_withdraws_merges_and_erases(
    tmp_path: Path, changed: Server
) -> None:
    home = tmp_path / "b"
    source = described(home, FOLLOWED.format(changed.url))
    here, there = Instance.open(settings_of(home)), origin(changed)
    first = harvest(here, source)
    assert first.refusals == []
    assert of_dossiers(here) == of_dossiers(there) and len(of_dossiers(here)) > 50
    assert harvest(here, source).states == {}
    dossiers = sorted(of_dossiers(there))
    contributions.withdraw(there, dossiers[3], "anna", "sent by mistake")
    there.ledger.erase(dossier=dossiers[5], reason="asked for", decider="anna")
    there.follow()
    innovations = sorted(there.store.find("SELECT ?x { ?x a inno:Innovation }"))
    decisions.merge(there, innovations[0], innovations[1], "anna", "one")
    there.follow()
    second = harvest(here, source)
    assert set(second.vanished) == {dossiers[3], dossiers[5]}
    assert of_dossiers(here) == of_dossiers(there)
    assert here.ledger.merged() == there.ledger.merged() != {}
    event = here.ledger.latest([dossiers[5]])[dossiers[5]]
    assert event.kind == "erased" and here.ledger.payload(dossiers[5], event.payload or "") is None
    decisions.unmerge(there, innovations[0], "anna", "two")
    harvest(here, source)
    assert here.ledger.merged() == {}
    for each in (here, there):
        each.ledger.close()


def test_who_follows_and_is_killed_has_the_same_graph_in_the_end(
    tmp_path: Path, server: Server
) -> None:
    home = tmp_path / "b"
    described(home, FOLLOWED.format(server.url))
    process = command(home, "harvest", "other", environ=ENVIRON)
    here = Instance.open(settings_of(home))
    process.start()
    while not here.ledger.counts():
        assert process.is_alive()
        time.sleep(0.005)
    process.kill()
    process.join()
    there = origin(server)
    told = told_by(home, "harvest", "--all")
    assert of_dossiers(here) == of_dossiers(there), told
    events = here.ledger.counts()
    assert events["accepted"] == len(of_dossiers(there))
    for each in (here, there):
        each.ledger.close()


def test_nobody_is_told_what_somebody_else_said_or_under_names_of_ours(tmp_path: Path) -> None:
    home = tmp_path / "b"
    ours = "https://b.example.org/id/dossier/0123456789abcdef0123"
    change = {"revision": 1, "kind": "accepted", "dossier": ours, "thing": "x", "sha256": "0"}
    page = {"revision": 1, "changes": [change], "next": None, "follow": "/api/changes?cursor=1-1"}
    with serving({"/api/changes?limit=10": (json.dumps(page).encode(), "application/json")}) as url:
        source = described(home, FOLLOWED.format(url))
        instance = Instance.open(settings_of(home))
        outcome = harvest(instance, source)
        assert [refusal[0] for refusal in outcome.refusals] == ["not theirs"]
        assert instance.ledger.counts() == {}
        instance.ledger.close()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('kind = "sparqle"', "do you mean sparql"),
        ('kind = "innograph"\naddress = "ftp://x"', "the address to ask is missing"),
        ('kind = "sparql"\naddress = "https://x.org"\nthings = "x"\nquery = "x"', "UNDEF"),
        ('kind = "catalogue"\naddress = "https://x.org"', "harvest.dataset: it is missing"),
        ('kind = "innograph"\naddress = "https://x.org"\npage = 0', "from 1 to 10,000"),
    ],
)
def test_what_is_wrong_in_a_description_is_told(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(BadSource, match=fault):
        described(tmp_path, text)


def test_a_dry_run_of_a_harvest_keeps_nothing(tmp_path: Path, endpoint: dict[str, Any]) -> None:
    described(tmp_path, SPARQL.format(address=endpoint["store"], page=600))
    told = told_by(tmp_path, "harvest", "other", "--dry-run")
    assert "1,200" in told and "Nothing was kept" in told, told
    assert not (tmp_path / "harvests").exists()


def test_a_page_tells_of_each_source_what_came_what_failed_and_what_vanished(
    tmp_path: Path,
) -> None:
    state = State("other", "2026-11-28T06:00:00Z", "2026-11-28T06:01:00Z")
    state.counts, state.refusals = {"accepted": 3}, [["check", "x", "It has no title."]]
    state.vanished = [f"{BASE}/id/dossier/gone"]
    state.save(tmp_path)
    client = create_app(settings_of(tmp_path)).test_client()
    assert b"/harvests/other" in client.get("/harvests").data
    page = client.get("/harvests/other", headers={"Accept-Language": "fr"})
    assert page.status_code == 200
    for told in ("It has no title.", "/id/dossier/gone", "2026-11-28", "Moissonnage"):
        assert told in page.text
    assert client.get("/harvests/none").status_code == 404


def test_a_server_harvests_by_the_clock(tmp_path: Path) -> None:
    with engines.oxigraph() as told:
        tell(told, f"INSERT DATA {{ {innovation(1)} }}")
        described(tmp_path, SPARQL.format(address=told["store"], page=7))
        more = {"harvest_networks": "127.0.0.0/8", "harvest_hours": 0.0003, "web_workers": 1}
        with running(tmp_path, free_port(), **more) as server:
            until = time.monotonic() + 30
            while not State.load(tmp_path, "other").ended and time.monotonic() < until:
                time.sleep(0.05)
            ask = "/sparql?query=ASK%7B%3Fx+a+inno:Innovation%7D&format=json"
            with urlopen(server.url + ask, timeout=10) as answer:
                assert json.load(answer)["boolean"] is True


def test_what_was_merged_here_is_not_taken_apart_by_another_innograph(
    tmp_path: Path, server: Server
) -> None:
    source = described(tmp_path / "b", FOLLOWED.format(server.url))
    here, there = Instance.open(settings_of(tmp_path / "b")), origin(server)
    harvest(here, source)
    here.follow()
    one, other = sorted(here.store.find("SELECT ?x { ?x a inno:Innovation }"))[:2]
    decisions.merge(here, one, other, "anna", "one and the same")
    decisions.merge(there, one, other, "bert", "one")
    decisions.unmerge(there, one, "bert", "two")
    harvest(here, source)
    assert here.ledger.merged() == {one: other}
    for each in (here, there):
        each.ledger.close()
