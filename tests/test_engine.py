"""Query workers: what lasts too long or wants too much is ended, and nobody else is disturbed."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import examples
import pytest
from flask.testing import FlaskClient
from invented import LICENCE, turtle
from test_web_things import problem
from werkzeug.test import TestResponse

from innograph import contributions, media
from innograph.engine.slots import Long, Slots
from innograph.engine.supervision import Supervised
from innograph.engine.worker import leave_the_processor
from innograph.errors import EngineFailed
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.web import create_app

BASE = "https://example.org"
SECONDS = 1.5
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i"
POINT = "SELECT ?title { ?x a inno:Innovation ; dcterms:title ?title } ORDER BY ?title LIMIT 1"


class Served:
    """A running engine and a web application that asks it."""

    def __init__(self, settings: Settings, engine: Supervised) -> None:
        self.settings, self.engine = settings, engine
        self.client: FlaskClient = create_app(settings).test_client()

    def ask(self, query: str, client: str = "127.0.0.1", form: str = "csv") -> TestResponse:
        told = {"query": query, "format": form}
        where = {"REMOTE_ADDR": client}
        return self.client.get("/sparql", query_string=told, environ_base=where)

    def workers(self) -> set[int]:
        path = f"/proc/{self.engine.pid}/task/{self.engine.pid}/children"
        return set(map(int, Path(path).read_text("utf-8").split()))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    settings = Settings(
        home=home,
        base=BASE,
        query_seconds=SECONDS,
        query_memory=300_000_000,
        query_workers=3,
        queue_seconds=10,
        answer_bytes=2_000_000,
        cache_bytes=0,  # each answer here is a worker's
    )
    instance = Instance.open(settings)
    examples.load(instance)
    instance.ledger.close()
    names = ("query_seconds", "query_memory", "query_workers", "answer_bytes", "home", "base")
    given = {f"INNOGRAPH_{name.upper()}": str(getattr(settings, name)) for name in names}
    with Supervised({**os.environ, **given}) as engine:
        engine.wait(settings.socket)
        yield Served(replace(settings, engine=str(settings.socket)), engine)


def test_a_worker_gives_the_answer_that_the_embedded_store_gives(served: Served) -> None:
    embedded = create_app(replace(served.settings, engine="")).test_client()
    for query in (POINT, "ASK { ?x a inno:Innovation }", "CONSTRUCT WHERE { ?x a inno:Call }"):
        told = {"query": query}
        one, other = (c.get("/sparql", query_string=told) for c in (served.client, embedded))
        assert one.status_code == 200 and one.data == other.data
        for name in ("Content-Type", "Content-Length", "X-Innograph-Revision", "ETag"):
            assert one.headers[name] == other.headers[name]


def test_the_pages_are_the_same_over_workers(served: Served) -> None:
    embedded = create_app(replace(served.settings, engine="")).test_client()
    found = served.ask("SELECT ?x { ?x a inno:Innovation } ORDER BY ?x LIMIT 1").text.split()
    for path in ("/", found[1].replace(f"{BASE}/id", "/doc"), "/adopted/none"):
        one, other = (
            c.get(path, headers={"Accept": "text/html"}) for c in (served.client, embedded)
        )
        assert one.status_code == other.status_code and one.data == other.data


def test_what_lasts_too_long_is_ended_and_others_are_answered_meanwhile(served: Served) -> None:
    with ThreadPoolExecutor() as pool:
        started = time.monotonic()
        slow = pool.submit(served.ask, CROSS, "127.0.0.2")
        while not slow.done():
            assert served.ask(POINT).status_code == 200
        assert time.monotonic() - started < SECONDS + 1
        told = problem(slow.result(), 504)
    assert told["seconds"] == SECONDS


PROCESSORS = os.sched_getaffinity(0)


def scheduled_during(served: Served, query: str) -> dict[int, list[set[int]]]:
    """While a query lasts that is ended: on which processors workers were, by their policies."""
    found: dict[int, list[set[int]]] = {}
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(served.ask, query)
        while not slow.done():
            for pid in served.workers():
                with suppress(ProcessLookupError, FileNotFoundError):
                    for thread in map(int, os.listdir(f"/proc/{pid}/task")):
                        policy = os.sched_getscheduler(thread)
                        found.setdefault(policy, []).append(os.sched_getaffinity(thread))
        assert slow.result().status_code == 504
    return found


def test_what_was_ended_before_leaves_the_processor_to_others_at_once(served: Served) -> None:
    again = f"{CROSS} LIMIT 1"
    assert served.ask(again).status_code == 504
    otherwise = again.replace(" ?d", "\t# once more\n ?d")
    assert scheduled_during(served, otherwise)[os.SCHED_IDLE]


@pytest.mark.skipif(len(PROCESSORS) < 2, reason="one processor: nothing can be left free")
def test_what_leaves_the_processor_to_others_leaves_one_of_them_wholly(served: Served) -> None:
    again = f"{CROSS} LIMIT 3"
    assert served.ask(again).status_code == 504
    found = scheduled_during(served, again)
    assert len(PROCESSORS - found[os.SCHED_IDLE][-1]) == 1
    assert PROCESSORS in found[os.SCHED_OTHER]


@pytest.mark.parametrize("error", [PermissionError, ProcessLookupError, OSError])
@pytest.mark.parametrize("call", ["sched_setscheduler", "sched_setaffinity"])
def test_a_priority_that_may_not_be_lowered_is_left(
    monkeypatch: pytest.MonkeyPatch, call: str, error: type[OSError]
) -> None:
    asked = []

    def refuse(*_: object) -> None:
        asked.append(call)
        raise error

    monkeypatch.setattr(os, "sched_setscheduler", lambda *_: None)
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None)
    monkeypatch.setattr(os, call, refuse)
    leave_the_processor(1, 1)
    assert asked or len(PROCESSORS) == 1


@pytest.mark.skipif(len(PROCESSORS) < 2, reason="one processor: all are slowed soon")
def test_a_question_whose_worker_somebody_killed_is_not_to_blame(served: Served) -> None:
    query = f"{CROSS} LIMIT 2"
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(served.ask, query)
        time.sleep(0.5)
        killed = served.workers()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert slow.result().status_code != 200
    # Until it is dead a worker counts as at work, and beside it the next is slowed sooner.
    while killed & served.workers():
        time.sleep(0.01)
    assert os.SCHED_IDLE not in scheduled_during(served, query)


def test_some_hundred_questions_that_took_long_are_kept_in_mind() -> None:
    long = Long()
    for question in range(300):
        long.add(question)
        long.add(question)
    assert 0 not in long and 1 not in long
    assert all(question in long for question in range(100, 300))


def test_a_worker_sees_who_before_it_in_line_has_just_begun() -> None:
    slots = Slots(3)
    first, second, third = (slots.take() for _ in range(3))
    first.begin(1)
    third.begin(1)
    assert [slots.at_work_before(slot, 60) for slot in (first, second, third)] == [0, 1, 1]
    assert not slots.at_work_before(third, 0)
    first.end()
    assert not slots.at_work_before(third, 60)
    slots.give_back(second)
    assert slots.take() is second


def test_what_wants_too_much_memory_is_ended_alone(served: Served) -> None:
    told = served.ask(LARGE)
    assert told.status_code in (503, 504)
    assert served.ask(POINT).status_code == 200


def test_an_answer_is_whole_or_too_large(served: Served) -> None:
    rows = 'SELECT ?a ("{}" AS ?b) {{ ?a ?p ?o . ?x a inno:Innovation }} LIMIT {}'
    whole = served.ask(rows.format("x" * 500, 2000))
    assert whole.status_code == 200 and whole.headers["Content-Length"] == str(len(whole.data))
    assert len(whole.data) > 1_000_000 and whole.text.count("\r\n") == 2001
    assert problem(served.ask(rows.format("x" * 1500, 2000)), 413)["limit"] == 2_000_000


def test_a_mistake_is_told_as_without_workers(served: Served) -> None:
    told = problem(served.ask("SELECT ?x { ?x"), 400)
    assert told["line"] == 1
    problem(served.ask("SELECT * { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }"), 400)


def accept(served: Served, title: str) -> None:
    instance = Instance.open(served.settings)
    body = f'[] a inno:Innovation ; dcterms:title "{title}"@fr .'
    graph = media.parse(turtle(body, BASE), "text/turtle", BASE)
    receipt = contributions.submit(instance, graph, "contributor/test", LICENCE)
    contributions.decide(instance, str(receipt.key), True, "moderator", "")
    instance.ledger.close()


def test_what_is_accepted_is_answered_by_the_next_query(served: Served) -> None:
    count = "SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x a inno:Innovation }"
    before = int(served.ask(count).text.split()[1])
    for number in range(1, 6):
        accept(served, f"Essai {number}")
        assert int(served.ask(count).text.split()[1]) == before + number


def test_a_burst_of_changes_does_not_stop_reading(served: Served) -> None:
    instance = Instance.open(replace(served.settings, engine=""))
    ended = threading.Event()
    states: list[int] = []

    def read() -> None:
        while not ended.is_set():
            states.append(served.ask(POINT).status_code)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        body = f'[] a inno:Innovation ; dcterms:title "Rafale {number}"@fr .'
        graph = media.parse(turtle(body, BASE), "text/turtle", BASE)
        receipt = contributions.submit(instance, graph, "contributor/test", LICENCE)
        contributions.decide(instance, str(receipt.key), True, "moderator", "")
    ended.set()
    reader.join()
    instance.ledger.close()
    assert len(states) > 3 and set(states) == {200}


def test_a_killed_worker_costs_one_query_at_most(served: Served) -> None:
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(served.ask, CROSS)
        time.sleep(0.3)
        for pid in served.workers():
            os.kill(pid, signal.SIGKILL)
        assert slow.result().status_code == 503 and slow.result().headers["Retry-After"]
    assert served.ask(POINT).status_code == 200


def test_the_heir_of_a_killed_engine_knows_all_that_was_accepted(served: Served) -> None:
    for title in ("Après la pause", "Après la seconde pause"):
        accept(served, title)
        right, gone = served.ask(POINT).data, served.engine.pid
        while len(children := served.workers()) <= served.settings.query_workers:
            time.sleep(0.01)  # it answers before it has an heir
        os.kill(gone, signal.SIGKILL)
        started = time.monotonic()
        while served.engine.pid == gone:
            time.sleep(0.01)
        again = served.ask(POINT)
        assert again.status_code == 200 and again.data == right
        assert served.engine.pid in children and time.monotonic() - started < 3
        assert title in served.ask("SELECT ?t { ?x dcterms:title ?t }").text


def test_an_engine_that_is_killed_with_its_heir_is_started_again(served: Served) -> None:
    right, gone = served.ask(POINT).data, served.engine.pid
    os.kill(gone, signal.SIGSTOP)  # or it forks another while they are killed
    while Path(f"/proc/{gone}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)
    children = served.workers()
    for pid in [*children, gone]:
        os.kill(pid, signal.SIGKILL)
    again = served.ask(POINT)
    assert again.status_code == 200 and again.data == right
    assert served.engine.pid not in {gone, *children}


def test_a_client_has_so_many_turns(served: Served) -> None:
    settings = replace(served.settings, client_queries=1, client_waiting=2, queue_seconds=0.2)
    client = create_app(settings).test_client()

    def ask(address: str) -> int:
        told = {"query": CROSS}
        where = {"REMOTE_ADDR": address}
        return client.get("/sparql", query_string=told, environ_base=where).status_code

    with ThreadPoolExecutor() as pool:
        states = sorted(pool.map(ask, ["127.0.0.3"] * 4))
        other = pool.submit(ask, "127.0.0.4")
    assert states == [429, 429, 429, 504] and other.result() == 504


def test_nothing_is_left_when_the_server_ends(tmp_path: Path) -> None:
    given = {"INNOGRAPH_HOME": str(tmp_path), "INNOGRAPH_BASE": BASE}
    settings = Settings(home=tmp_path, base=BASE)
    with Supervised({**os.environ, **given}) as engine:
        served = Served(replace(settings, engine=str(settings.socket)), engine)
        assert served.ask("ASK {}", form="json").status_code == 200
        pids = served.workers() | {engine.pid}
    time.sleep(0.2)
    assert not settings.socket.exists()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_an_engine_that_cannot_start_is_told_and_not_waited_for(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", base=BASE)
    broken = {**os.environ, "INNOGRAPH_HOME": str(tmp_path), "INNOGRAPH_PORT": "eighty"}
    with Supervised(broken) as engine, pytest.raises(EngineFailed):
        engine.wait(settings.socket)


def test_commands_ask_the_engine_that_runs_and_load_nothing(served: Served) -> None:
    right, own = served.ask(POINT).data, replace(served.settings, engine="")
    attached = Instance.attach(own)
    assert attached.projection is None
    body = b"".join(attached.ask(POINT, "text/csv").body)
    assert body == right
    attached.ledger.close()
    alone = Instance.attach(replace(own, home=own.home / "alone", ledger=""))
    assert alone.projection is not None
