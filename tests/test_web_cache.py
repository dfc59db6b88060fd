"""The cache before Flask: what is known already is not evaluated again, and is never stale."""

import gzip
import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from innograph.settings import Settings
from innograph.web import create_app
from innograph.web.cache import Cache

LEDGER = "0123456789abcdef"


class Server:
    """An application that tells its revision, counts what it is asked, and can be moved on."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.revision, self.asked = 1, 0
        self.between: Callable[[], None] = lambda: None
        self.extra: dict[str, str] = {}
        self.size = 10_000
        cache = Cache(self._answer, LEDGER, lambda: self.revision, most, ("/ask",))
        self.client = Client(cache, use_cookies=False)

    def _answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.asked += 1
        seen = self.revision
        self.between()
        request = Request(environ)
        body = f"{seen} {request.path} {request.get_data(as_text=True)} ".encode()
        response = Response(body.ljust(self.size, b"."), mimetype="text/plain")
        response.headers["X-Innograph-Revision"] = str(seen)
        response.headers.update(self.extra)
        return response(environ, start)


def revision_in(tag: str) -> str:
    return tag.split(".")[1]


def test_an_answer_is_evaluated_once_a_revision() -> None:
    server = Server()
    first, second = server.client.get("/a?x=1"), server.client.get("/a?x=1")
    assert (first.data, first.headers["ETag"]) == (second.data, second.headers["ETag"])
    assert server.asked == 1
    server.revision = 2
    third = server.client.get("/a?x=1")
    assert third.data.startswith(b"2 ") and server.asked == 2
    assert revision_in(third.headers["ETag"]) == "2"


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/b"},
        {"query_string": "x=2"},
        {"headers": {"Accept": "text/csv"}},
        {"headers": {"Accept-Language": "fr"}},
        {"headers": {"Cookie": "lang=fr"}},
    ],
)
def test_whatever_may_decide_an_answer_keeps_answers_apart(other: dict[str, Any]) -> None:
    server = Server()
    first = server.client.open(path="/a", method="GET")
    second = server.client.open(**({"path": "/a", "method": "GET"} | other))
    assert server.asked == 2
    assert first.headers["ETag"] != second.headers["ETag"]


def test_a_question_sent_by_post_is_kept_apart_by_its_body_and_others_are_not_kept() -> None:
    server = Server()
    for body in ("one", "one", "two"):
        assert body in server.client.post("/ask", data=body, content_type="text/plain").text
    assert server.asked == 2
    for _ in range(2):
        server.client.post("/change", data="one", content_type="text/plain")
    assert server.asked == 4


def test_who_has_an_answer_is_told_so_and_nothing_is_evaluated() -> None:
    server = Server()
    tag = server.client.get("/a").headers["ETag"]
    for tags in (tag, f'"other", {tag}', f"W/{tag}"):
        again = server.client.get("/a", headers={"If-None-Match": tags})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert server.asked == 1
    forgotten = Server()  # a server that has just been started
    assert forgotten.client.get("/a", headers={"If-None-Match": tag}).status_code == 304
    assert forgotten.asked == 0
    server.revision = 2
    assert server.client.get("/a", headers={"If-None-Match": tag}).status_code == 200


def test_answers_are_compressed_once_for_those_who_read_gzip() -> None:
    server = Server()
    plain = server.client.get("/a")
    packed = server.client.get("/a", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert (
        "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]
    )
    tag = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert server.client.get("/a", headers=tag).status_code == 304
    assert server.asked == 1


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0, br", "identity"])
def test_who_does_not_read_gzip_gets_none(accepted: str) -> None:
    server = Server()
    server.client.get("/a", headers={"Accept-Encoding": "gzip"})
    plain = server.client.get("/a", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in plain.headers and plain.data.startswith(b"1 /a")


def test_a_head_request_gets_the_headers_of_get_and_no_body() -> None:
    server = Server()
    head, get = server.client.head("/a"), server.client.get("/a")
    assert head.data == b"" and server.asked == 1
    assert dict(head.headers) == dict(get.headers)
    server.extra = {"Cache-Control": "no-store"}
    assert server.client.head("/b").data == b""


@pytest.mark.parametrize("extra", [{"Cache-Control": "no-store"}, {"Set-Cookie": "lang=fr"}])
def test_what_is_for_one_time_or_one_reader_is_not_kept(extra: dict[str, str]) -> None:
    server = Server()
    server.extra = extra
    server.client.get("/a")
    server.client.get("/a")
    assert server.asked == 2


def test_the_cache_keeps_so_many_bytes_and_lets_the_least_used_go() -> None:
    server = Server(most=100_000)
    for number in range(20):
        server.client.get("/first")
        server.client.get(f"/a?{number}")
    assert server.asked == 21
    server.client.get("/a?0")
    assert server.asked == 22
    server.size = 50_000
    for _ in range(2):
        assert len(server.client.get("/large").data) == 50_000
    assert server.asked == 24


def test_a_cache_of_no_bytes_keeps_nothing_and_still_marks_answers() -> None:
    server = Server(most=0)
    tags = {server.client.get("/a").headers["ETag"] for _ in range(2)}
    assert server.asked == 2 and len(tags) == 1


def test_an_answer_that_met_a_change_is_kept_under_its_own_revision() -> None:
    server = Server()

    def change() -> None:
        server.revision = 2
        server.between = lambda: None

    server.between = change
    old = server.client.get("/a")
    assert old.data.startswith(b"1 ") and revision_in(old.headers["ETag"]) == "1"
    new = server.client.get("/a")
    assert new.data.startswith(b"2 ") and revision_in(new.headers["ETag"]) == "2"


def test_no_answer_of_one_revision_is_ever_sent_as_that_of_another() -> None:
    server = Server()
    ending = threading.Event()
    wrong: list[str] = []
    seen: set[str] = set()

    def read(encoding: str) -> None:
        tag = ""
        while not ending.is_set():
            before = server.revision
            headers = {"Accept-Encoding": encoding, "If-None-Match": tag}
            answer = server.client.get("/a", headers=headers)
            tag = answer.headers["ETag"]
            told = revision_in(tag)
            if answer.status_code == 200:
                packed = "Content-Encoding" in answer.headers
                body = gzip.decompress(answer.data) if packed else answer.data
                if body.split()[0].decode() != told:
                    wrong.append(f"{body[:9]!r} under {told}")
            if int(told) < before:
                wrong.append(f"{told} after {before}")
            seen.add(told)

    readers = [threading.Thread(target=read, args=(e,)) for e in ("", "gzip") * 2]
    for reader in readers:
        reader.start()
    for server.revision in itertools.islice(itertools.count(1), 200):
        ending.wait(0.002)
    ending.set()
    for reader in readers:
        reader.join()
    assert not wrong and len(seen) > 10


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    return create_app(settings).test_client()


def test_a_query_that_changes_by_itself_is_stored_by_nobody(client: FlaskClient) -> None:
    for text in (
        "ASK { FILTER(RAND() < 2) }",
        "SELECT (now() AS ?n) {}",
        "SELECT (UUID () AS ?n) {}",
    ):
        answer = client.get("/sparql", query_string={"query": text})
        assert answer.cache_control.no_store and "ETag" not in answer.headers
    plain = 'ASK { FILTER("RAND()" != "NOW()") } # UUID()'
    answer = client.get("/sparql", query_string={"query": plain})
    assert not answer.cache_control.no_store and "ETag" in answer.headers


def test_an_answer_that_another_release_or_setting_gave_is_not_taken_for_the_same(
    settings: Settings,
) -> None:
    told = {"query": "ASK {}"}
    first = create_app(settings).test_client().get("/sparql", query_string=told)
    tag = {"If-None-Match": first.headers["ETag"]}
    for others, status in (({}, 304), ({"url": "https://example.net"}, 200)):
        client = create_app(replace(settings, **others)).test_client()
        assert client.get("/sparql", query_string=told, headers=tag).status_code == status
