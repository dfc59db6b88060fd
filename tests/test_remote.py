"""A graph in a SPARQL engine is the graph in memory: filled, followed, asked and limited alike."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import engines
import examples
import pytest
from child import command, exit_code
from invented import ADOPTION, LICENCE, site, turtle
from query_cases import cases
from test_web_things import problem
from werkzeug.test import TestResponse

from innograph import contributions, decisions, media, queries
from innograph.errors import BadSetting, EngineRefuses, StoreBusy
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.store import Change
from innograph.store.remote import Remote
from innograph.store.state import IS, STATE
from innograph.web import create_app

BASE = "https://example.org"
TOKEN = "SELECT ?o { GRAPH <urn:x-innograph:state> { ?s ?p ?o } }"
# What each stored query is asked with: nothing, and what its cases on the examples ask.
ASKED = [(query.name, {}) for query in queries.stored().values() if not query.internal] + [
    (case.query.name, case.values) for case in cases() if case.values
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with engines.oxigraph() as told:
        yield told


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The examples in memory."""
    instance = Instance.open(Settings(home=tmp_path_factory.mktemp("home"), base=BASE))
    examples.load(instance)
    instance.follow()
    yield instance
    instance.ledger.close()


@pytest.fixture(scope="module")
def remote(embedded: Instance, engine: dict[str, Any]) -> Iterator[Instance]:
    """The same ledger, and an engine that `innograph rebuild --store` has filled from it."""
    assert rebuild(embedded.settings.home, engine) == 0
    instance = Instance.open(replace(embedded.settings, **engine))
    yield instance
    instance.ledger.close()


def environment(engine: dict[str, Any]) -> dict[str, str]:
    return {f"INNOGRAPH_{name.upper()}": str(value) for name, value in engine.items()}


def rebuild(home: Path, engine: dict[str, Any]) -> int | None:
    rest = {name: value for name, value in engine.items() if name != "store"}
    words = ("rebuild", "--store", engine["store"])
    return exit_code(home, *words, environ=environment(rest))


def text_of(name: str, values: dict[str, list[str]]) -> str:
    """A stored query; what it cannot do without is as in its example."""
    query = queries.load(name)
    needed = [parameter for parameter in query.parameters.values() if parameter.required]
    return query.bind(values or {parameter.name: [parameter.example] for parameter in needed})


def told(instance: Instance, text: str) -> list[str]:
    """The statements or the rows of an answer, in one order."""
    answer = instance.ask(text, "application/n-triples, application/sparql-results+json;q=0.9")
    body = b"".join(answer.body)
    if answer.media_type == "application/n-triples":
        return sorted(set(media.canonical(media.read(body)).decode().splitlines()))
    return sorted(
        json.dumps({name: cell["value"] for name, cell in row.items()}, sort_keys=True)
        for row in json.loads(body)["results"]["bindings"]
    )


def test_a_filled_engine_holds_what_the_memory_holds(embedded: Instance, remote: Instance) -> None:
    assert list(remote.store.dump()) == list(embedded.store.dump())
    assert remote.follow() == embedded.follow()


@pytest.mark.parametrize(("name", "values"), ASKED)
def test_a_stored_query_gives_the_same_rows(
    embedded: Instance, remote: Instance, name: str, values: dict[str, list[str]]
) -> None:
    text = text_of(name, values)
    assert told(remote, text) == told(embedded, text)


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """An engine that nobody has used."""
    with engines.oxigraph() as told:
        yield told


@pytest.fixture
def filled(embedded: Instance, fresh: dict[str, Any], tmp_path: Path) -> Settings:
    """Settings of an instance with the examples, whose graph is in an engine."""
    embedded.ledger.copy(tmp_path / "ledger.sqlite")
    return Settings(home=tmp_path, base=BASE, **fresh)


def contents(instance: Instance) -> list[bytes]:
    """What the graph in memory is for the same ledger."""
    again = Instance.open(replace(instance.settings, store="memory:"))
    again.follow()
    again.ledger.close()
    return list(again.store.dump())


def test_what_is_accepted_through_the_web_is_asked_for_at_once(
    settings: Settings, fresh: dict[str, Any]
) -> None:
    served = site(replace(settings, **fresh))
    where = {"?adoption": "inno:adopts/dcterms:title 'Panier solidaire'@fr"}
    [(subject, pattern)] = where.items()
    count = f"SELECT (COUNT({subject}) AS ?n) {{ {subject} {pattern} }}"
    assert served.rows(count) == [{"n": "0"}]
    receipt = served.contribute(ADOPTION)
    assert receipt.status_code == 202
    [event] = served.instance.ledger.queue()
    contributions.decide(served.instance, event.receipt, True, "moderator", "")
    assert served.rows(count) == [{"n": "1"}]
    page = {"Accept": "text/html"}
    for path in ("/", "/api", "/sparql", "/api/adopters", "/doc/innovation/panier", "/health"):
        assert served.client.get(path, headers=page).status_code == 200, path
    dossier = event.dossier.removeprefix(f"{BASE}/id/")
    assert served.client.get(f"/doc/{dossier}").status_code == 200
    assert list(served.instance.store.dump()) == contents(served.instance)
    contributions.withdraw(served.instance, event.dossier, "moderator", "no")
    assert served.rows(count) == [{"n": "0"}]
    assert served.client.get(f"/doc/{dossier}").status_code == 410
    assert list(served.instance.store.dump()) == contents(served.instance)
    served.instance.ledger.close()


def test_served_from_an_engine_what_another_command_decides_is_seen(
    filled: Settings, fresh: dict[str, Any]
) -> None:
    """`innograph serve` fills it, starts no process for queries, and follows."""
    port = engines.free_port()
    told = environment(fresh) | {"INNOGRAPH_HOME": str(filled.home), "INNOGRAPH_BASE": BASE}
    program = [sys.executable, "-c", "from innograph.cli import main; main()"]
    program += ["serve", "--port", str(port)]
    with engines.running(program, port, environ={**os.environ, **told}):

        def revision() -> int:
            with urlopen(f"http://127.0.0.1:{port}/health") as answer:
                number: int = json.load(answer)["revision"]
                return number

        instance = Instance.open(filled)
        [*_, last] = instance.ledger.changes(0)
        assert revision() == instance.ledger.revision()
        words = ("withdraw", last.dossier, "--reason", "no")
        assert exit_code(filled.home, *words, environ=environment(fresh)) == 0
        assert revision() == instance.ledger.revision() > last.seq
        assert not filled.socket.exists()
    instance.ledger.close()


def test_a_filling_that_was_killed_is_begun_anew(filled: Settings, fresh: dict[str, Any]) -> None:
    rest = {name: value for name, value in fresh.items() if name != "store"}
    words = ("rebuild", "--store", filled.store)
    process = command(filled.home, *words, environ=environment(rest))
    process.start()
    some = "SELECT ?g { GRAPH ?g { ?s ?p ?o } FILTER(CONTAINS(STR(?g), '/id/dossier/')) } LIMIT 1"
    while not engines.ask(fresh, some):
        assert process.is_alive()
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    instance = Instance.open(replace(filled, queue_seconds=0.2))
    with pytest.raises(StoreBusy, match="for 0 seconds"):  # half a graph is not shown
        instance.store.answer("ASK {}", None)
    assert rebuild(filled.home, fresh) == 0
    instance.follow()
    assert list(instance.store.dump()) == contents(instance)
    instance.ledger.close()


def test_processes_that_follow_one_ledger_change_the_engine_once(
    filled: Settings, fresh: dict[str, Any]
) -> None:
    """Each at the same time, from nothing to all and then event by event."""
    nodes = [Instance.open(filled) for _ in range(4)]

    def follow_all() -> list[int]:
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda node: node.follow(), nodes))

    first = nodes[0]
    assert set(follow_all()) == {first.ledger.revision()}
    assert list(first.store.dump()) == contents(first)
    for number in range(3):
        body = f'[] a inno:Innovation ; dcterms:title "Essai {number}"@fr .'
        graph = media.parse(turtle(body, BASE), "text/turtle", BASE)
        receipt = contributions.submit(first, graph, "contributor/test", LICENCE)
        contributions.decide(first, str(receipt.key), True, "moderator", "")
        before = engines.ask(fresh, TOKEN)
        assert set(follow_all()) == {first.ledger.revision()}
        assert engines.ask(fresh, TOKEN) == before
    assert list(first.store.dump()) == contents(first)
    for node in nodes:
        node.ledger.close()


def test_a_change_that_was_broken_off_is_made_by_the_next(filled: Settings) -> None:
    """Half of it is in the engine, which is still busy; what is derived is derived anew."""
    instance = Instance.open(filled)
    instance.follow()
    store = instance.store
    assert isinstance(store, Remote)
    [event, *_] = instance.ledger.changes(0)
    store.apply([Change(event.dossier, None)], [], event.seq - 1)
    store._say(event.seq - 1, busy=True)
    again = Instance.open(filled)
    assert again.follow() == instance.ledger.revision()
    assert list(again.store.dump()) == contents(again)
    for each in (instance, again):
        each.ledger.close()


def test_an_engine_that_lost_what_it_said_of_itself_is_filled_again(filled: Settings) -> None:
    instance = Instance.open(filled)
    instance.follow()
    store = instance.store
    assert isinstance(store, Remote)
    store._endpoint.update(f'INSERT DATA {{ GRAPH <{STATE}> {{ <{STATE}> <{IS}> "and this" }} }}')
    with pytest.raises(StoreBusy):
        Instance.open(replace(filled, queue_seconds=0.1)).store.answer("ASK {}", None)
    again = Instance.open(filled)
    assert again.follow() == instance.ledger.revision()
    assert list(again.store.dump()) == contents(again)
    for each in (instance, again):
        each.ledger.close()


def test_an_answer_is_limited_in_time_and_size(filled: Settings) -> None:
    settings = replace(filled, query_seconds=1.0, answer_bytes=100_000)
    client = create_app(settings).test_client()

    def ask(query: str) -> TestResponse:
        return client.get("/sparql", query_string={"query": query, "format": "csv"})

    small = ask("SELECT * { ?s ?p ?o } LIMIT 10")
    assert small.status_code == 200 and small.headers["Content-Length"] == str(len(small.data))
    assert problem(ask("SELECT * { ?s ?p ?o }"), 413)["limit"] == 100_000
    crossed = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    assert problem(ask(crossed), 504)["seconds"] == 1
    client.application.extensions["innograph"].ledger.close()


def test_an_engine_that_is_away_is_told_and_found_again(filled: Settings) -> None:
    port = engines.free_port()
    away = replace(filled, store=f"http://127.0.0.1:{port}/query", store_password="a secret")
    client = create_app(away).test_client()
    for path in ("/health", "/sparql?query=ASK+%7B%7D", "/doc/innovation/panier"):
        sentence = problem(client.get(path), 503)["detail"]
        assert "does not answer" in sentence and "secret" not in sentence
    with engines.oxigraph(port):
        updated = replace(away, store_update=f"http://127.0.0.1:{port}/update")
        back = create_app(updated).test_client()
        assert back.get("/health").status_code == 200
    assert problem(back.get("/health"), 503)["status"] == 503
    for each in (client, back):
        each.application.extensions["innograph"].ledger.close()


def test_what_the_engine_refuses_is_told_without_secrets(filled: Settings) -> None:
    wrong = replace(filled, store_update=filled.store, store_user="me", store_password="a secret")
    with pytest.raises(EngineRefuses) as refusal:
        Instance.open(wrong).follow()
    assert "secret" not in str(refusal.value) + repr(wrong)


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1/sparql", "disk:", "http://me:secret@127.0.0.1/sparql"]
)
def test_an_address_that_cannot_be_one_is_told(settings: Settings, address: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        Instance.open(replace(settings, store=address))
    sentence = str(refusal.value)
    assert "INNOGRAPH_STORE" in sentence and "secret" not in sentence


def test_an_engine_that_holds_what_others_said_is_left_alone(
    filled: Settings, fresh: dict[str, Any]
) -> None:
    others = "INSERT DATA { <urn:a> <urn:b> <urn:c> }"
    with urlopen(Request(fresh["store_update"], urlencode({"update": others}).encode())):
        pass
    with pytest.raises(BadSetting, match="did not put there"):
        Instance.open(filled).follow()
    assert rebuild(filled.home, fresh) == 2
    assert engines.ask(fresh, "SELECT ?s ?p ?o { ?s ?p ?o }") == ["urn:a,urn:b,urn:c"]


def test_an_engine_serves_one_ledger(filled: Settings, tmp_path_factory: Any) -> None:
    Instance.open(filled).follow()
    other = replace(filled, home=tmp_path_factory.mktemp("other"), ledger="")
    with pytest.raises(BadSetting, match="another ledger"):
        Instance.open(other).follow()


def test_an_engine_without_a_default_graph_that_can_be_chosen_is_told(filled: Settings) -> None:
    with engines.oxigraph(more=["--union-default-graph"]) as union:
        with pytest.raises(BadSetting, match="union"):
            Instance.open(replace(filled, **union)).follow()


def test_things_that_are_merged_are_one_in_an_engine_as_in_memory(tmp_path: Path) -> None:
    with engines.oxigraph() as told:
        memory = Instance.open(Settings(home=tmp_path, base=BASE))
        examples.load(memory)
        remote = Instance.open(Settings(home=tmp_path, base=BASE, **told))
        innovations = sorted(memory.store.find("SELECT ?x { ?x a inno:Innovation }"))
        for loser, survivor in ((0, 1), (1, 2), (3, 2)):
            pair = innovations[loser], innovations[survivor]
            decisions.merge(memory, *pair, decider="anna", reason="one")
            remote.follow()
            assert list(remote.store.dump()) == list(memory.store.dump())
        decisions.unmerge(remote, innovations[0], "anna", "two")
        memory.follow()
        assert list(remote.store.dump()) == list(memory.store.dump())
        memory.ledger.close()
        remote.ledger.close()
