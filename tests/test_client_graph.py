"""A researcher asks an innograph from a notebook: rows become data frames, whatever goes wrong."""

import datetime as dt
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import examples
import pytest
from running import free_port, running

from innograph.client import Client, Innograph
from innograph.errors import MissingExtra, NotFetched
from innograph.instance import Instance
from innograph.settings import Settings

BUDGET = "https://example.org/id/innovation/budget"
ROOT = Path(__file__).resolve().parents[1]
TOO_LONG = {
    "type": "https://w3id.org/innograph/problems/QueryTooLong",
    "title": "The query takes too long",
    "detail": "The query was stopped after 30 seconds.",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that holds the worked examples."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    instance = Instance.open(Settings(home=home, base=f"http://127.0.0.1:{port}"))
    examples.load(instance)
    instance.ledger.close()
    with running(home, port, query_workers=1, web_workers=1) as server:
        yield server.url


class Between(http.server.BaseHTTPRequestHandler):
    """Stands between client and server: what is planned first goes wrong, then all is passed on."""

    origin: str
    faults: list[str]
    seen: list[tuple[str, int]]

    def do_GET(self) -> None:  # noqa: N802
        fault = self.faults.pop(0) if self.faults else "pass"
        if fault not in ("pass", "old"):
            self._fail(fault)
            return
        asked = Client(allowed=None).reply(
            self.origin + self.path, self.headers["Accept"], self.headers["If-None-Match"]
        )
        self.seen.append((self.path, asked.status))
        self.send_response(asked.status)
        if fault == "old":
            asked = replace(asked, headers={"x-innograph-revision": "1"})
        for name in ("etag", "link", "x-innograph-revision", "content-type"):
            if name in asked.headers:
                self.send_header(name, asked.headers[name])
        self.send_header("Content-Length", str(len(asked.body)))
        self.end_headers()
        self.wfile.write(asked.body)

    def _fail(self, fault: str) -> None:
        self.seen.append((fault, 0))
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"head": {')
        elif fault == "long":
            body = json.dumps(TOO_LONG).encode()
            self.send_response(504)
            self.send_header("Content-Type", "application/problem+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        elif fault != "silent":
            self.send_response(503)
            self.send_header("Retry-After", fault)
            self.send_header("Content-Length", "0")
            self.end_headers()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def between(served: str, *faults: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    seen: list[tuple[str, int]] = []
    told = {"origin": served, "faults": list(faults), "seen": seen}
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("B", (Between,), told)) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


def patient(slept: list[float] | None = None, longest: float = 300) -> Client:
    told: list[float] = [] if slept is None else slept
    return Client(allowed=None, sleep=told.append, longest=longest, obeys=True, seconds=20)


def test_a_query_gives_a_frame_with_types_and_revision(served: str) -> None:
    frame = Innograph(f"{served}/sparql").query(
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT ?n ?x ?b ?day ?at ?t {"
        " VALUES (?n ?x ?b ?day ?at ?t) {"
        '(1 1.5 true "0001-01-01"^^xsd:date "2024-01-02T03:04:05Z"^^xsd:dateTime "é"@fr)'
        '(UNDEF 2e0 false "9999-12-31"^^xsd:date "2024-01-02T03:04:05+02:00"^^xsd:dateTime <u:x>)'
        "(3 UNDEF UNDEF UNDEF UNDEF UNDEF) } }"
    )
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "n": "Int64",
        "x": "float64",
        "b": "boolean",
        "day": "datetime64[s]",
        "at": "datetime64[us, UTC]",
        "t": "str",
    }
    assert frame["n"].sum() == 4 and frame["x"].sum() == 3.5
    assert [str(day)[:10] for day in frame["day"]] == ["0001-01-01", "9999-12-31", "NaT"]
    assert frame["at"][0] - frame["at"][1] == dt.timedelta(hours=2)
    assert list(frame["t"][:2]) == ["é", "u:x"] and frame["t"].isna()[2]
    assert frame.attrs == {"address": f"{served}/sparql", "revision": frame.attrs["revision"]}
    assert frame.attrs["revision"] > 0


def test_polars_has_the_same_types(served: str) -> None:
    polars = pytest.importorskip("polars", reason="polars is absent: innograph[polars]")
    frame = Innograph(served, library="polars").query(
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT ?n ?x ?day ?at ?t {"
        " VALUES (?n ?x ?day ?at ?t) {"
        '(1 1.5 "0001-01-01"^^xsd:date "2024-01-02T03:04:05Z"^^xsd:dateTime "é")'
        "(UNDEF UNDEF UNDEF UNDEF UNDEF) } }"
    )
    assert list(frame.schema.values()) == [
        polars.Int64,
        polars.Float64,
        polars.Date,
        polars.Datetime("us", "UTC"),
        polars.String,
    ]
    assert frame.row(0)[2] == dt.date(1, 1, 1) and frame.row(1) == (None,) * 5


@pytest.mark.parametrize(
    "cells",
    [
        '"1"^^xsd:integer "a"',
        '"2024-01-01"^^xsd:date "12024-01-01"^^xsd:date',
        '"99999999999999999999"^^xsd:integer "1"^^xsd:integer',
        '"2024-01-01T00:00:00"^^xsd:dateTime "2024-01-01T00:00:00Z"^^xsd:dateTime',
        '"P1Y"^^xsd:duration "P2Y"^^xsd:duration',
    ],
)
def test_what_has_no_common_type_stays_as_it_is_told(served: str, cells: str) -> None:
    text = (
        f"PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT ?x {{ VALUES ?x {{ {cells} }} }}"
    )
    column = Innograph(served).answer(text).columns["x"]
    assert column.kind == "text"
    assert sorted(str(v) for v in column.values) == sorted(
        part.split('"')[1] for part in cells.split(" ")
    )


def test_whether_something_is_so_is_one_truth(served: str) -> None:
    frame = Innograph(served).query("ASK { ?s ?p ?o }")
    assert frame["answer"].tolist() == [True]


def test_a_query_too_long_for_an_address_is_sent_all_the_same(served: str) -> None:
    text = f"SELECT (1 AS ?x) {{ }} # {'x' * 10_000}"
    assert Innograph(served).query(text)["x"].tolist() == [1]


def test_all_pages_of_a_stored_query_are_one_frame(served: str) -> None:
    with between(served) as (address, seen):
        graph = Innograph(address, page=3, lang="fr", client=patient())
        frame = graph.ask_stored("adoption-events", innovation=BUDGET)
    whole = Innograph(served, lang="fr").ask_stored("adoption-events", innovation=[BUDGET])
    assert len(seen) == len(frame) // 3 + 1 > 2
    # The server names its own address for the next page, the client keeps to the one it was told.
    assert frame.equals(whole)
    assert {str(kind) for kind in frame[["startEarliest", "startLatest"]].dtypes} == {
        "datetime64[s]"
    }
    assert set(frame["title"]) == {"Budget des rues"}
    assert len(Innograph(served, page=3).ask_stored("adoption-events", 4, innovation=BUDGET)) == 4


def test_a_stored_query_without_rows_keeps_its_columns(served: str) -> None:
    frame = Innograph(served).ask_stored("adopters", innovation="https://example.org/none")
    assert len(frame) == 0 and "innovation" in frame.columns


def test_the_questions_that_may_be_asked_are_listed(served: str) -> None:
    frame = Innograph(served, lang="en").questions()
    told = dict(zip(frame["name"], frame["title"], strict=True))
    assert told["adoption-events"] == "Events of adoption, for measures of diffusion"


@pytest.mark.parametrize("folder", [False, True])
def test_what_has_not_changed_is_not_sent_again(served: str, tmp_path: Path, folder: bool) -> None:
    cache = tmp_path / "answers" if folder else None
    with between(served) as (address, seen):
        graph = Innograph(address, cache=cache, client=patient())
        first = graph.query("SELECT ?s { ?s a ?type } ORDER BY ?s LIMIT 5")
        again = graph if not folder else Innograph(address, cache=cache, client=patient())
        second = again.query("SELECT ?s { ?s a ?type } ORDER BY ?s LIMIT 5")
        assert [status for _, status in seen] == [200, 304]
        again.query("SELECT ?s { ?s a ?type } ORDER BY ?s LIMIT 6")
        assert seen[-1][1] == 200
    assert first.equals(second) and first.attrs == second.attrs


def test_half_a_kept_answer_is_asked_for_again(served: str, tmp_path: Path) -> None:
    text = "SELECT ?s { ?s a ?type } ORDER BY ?s LIMIT 5"
    first = Innograph(served, cache=tmp_path).query(text)
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-10])
    assert Innograph(served, cache=tmp_path).query(text).equals(first)


def test_who_is_busy_is_asked_again_when_they_say(served: str) -> None:
    slept: list[float] = []
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    with between(served, "7", "cut", format_datetime(later, usegmt=True)) as (address, seen):
        frame = Innograph(address, client=patient(slept)).query("SELECT (1 AS ?x) {}")
    assert frame["x"].tolist() == [1]
    assert [fault for fault, _ in seen[:2]] == ["7", "cut"]
    pauses = [pause for pause in slept if pause]
    assert pauses[:2] == [7, 2] and 80 < pauses[2] <= 90


def test_a_connection_without_an_answer_is_opened_again(served: str) -> None:
    with between(served, "silent", "silent") as (address, _):
        frame = Innograph(address, client=patient()).query("SELECT (1 AS ?x) {}")
    assert frame["x"].tolist() == [1]


def test_who_asks_for_more_patience_than_there_is_is_left_alone(served: str) -> None:
    slept: list[float] = []
    with between(served, "3600") as (address, seen):
        with pytest.raises(NotFetched, match=r"503.*not to be asked for 3600 seconds"):
            Innograph(address, client=patient(slept)).query("SELECT (1 AS ?x) {}")
    assert len(seen) == 1 and not any(slept)


def test_a_query_that_takes_too_long_is_not_put_again(served: str) -> None:
    with between(served, "long") as (address, seen):
        with pytest.raises(NotFetched, match=r"504.*was stopped after 30 seconds"):
            Innograph(address, client=patient()).query("SELECT (1 AS ?x) {}")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda graph: graph.query("SELECT * {"), "400.*The query has a mistake at line 1"),
        (lambda graph: graph.query("SELECT ?x { ?x nope:b ?y }"), "The prefix nope: .line 1"),
        (lambda graph: graph.ask_stored("none"), "404.*/api/none"),
        (lambda graph: graph.ask_stored("adopters", innovatoin="x"), "innovatoin"),
        (lambda graph: graph.query("CONSTRUCT WHERE { ?s ?p ?o }"), "406"),
    ],
)
def test_a_mistake_is_told_in_the_words_of_the_server(served: str, ask: Any, said: str) -> None:
    with pytest.raises(NotFetched, match=said):
        ask(Innograph(served, lang="en"))


def test_what_is_no_innograph_is_told() -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            self.send_response(200)
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        graph = Innograph(f"http://127.0.0.1:{server.server_port}")
        for ask in (lambda: graph.query("ASK {}"), lambda: graph.ask_stored("x"), graph.questions):
            with pytest.raises(NotFetched, match="gives no SPARQL results|lists no queries"):
                ask()
        server.shutdown()


def test_pages_of_two_revisions_are_read_anew(served: str) -> None:
    with between(served, "pass", "old") as (address, seen):
        graph = Innograph(address, page=3, client=patient())
        answer = graph.answer_stored("adoption-events", innovation=BUDGET)
    assert len(answer) == len(Innograph(served).ask_stored("adoption-events", innovation=BUDGET))
    assert answer.revision != 1 and seen[2][0] == seen[0][0]


def test_a_graph_that_never_holds_still_is_told(served: str) -> None:
    with between(served, *["pass", "old"] * 3) as (address, _):
        with pytest.raises(NotFetched, match="faster than its pages can be read"):
            Innograph(address, page=3, client=patient()).ask_stored("lags")


def test_a_library_that_is_absent_is_named(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Innograph(served).answer("ASK {}")
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtra, match=r"pandas or polars: pip install 'innograph\[pandas\]'"):
        answer.frame()
    with pytest.raises(MissingExtra, match=r"innograph\[polars\]"):
        answer.frame("polars")


def test_the_client_stands_alone() -> None:
    """A notebook that asks loads no ledger, no store and no library of frames."""
    program = (
        "import sys; from innograph.client import Innograph; import innograph.diffusion.frames\n"
        "told = {'sqlalchemy', 'pyoxigraph', 'flask', 'pyshacl', 'pandas', 'polars'}\n"
        "print(sorted(told & set(sys.modules)))"
    )
    environ = {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
