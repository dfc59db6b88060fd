"""Puts questions by HTTP: asks again who is busy, gives up in time, tells what a server said."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cached_property
from http.client import HTTPException
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, Request

from SPARQLWrapper import GET, POST, SELECT, SPARQLWrapper

from .. import __version__
from ..errors import AddressRefused, NotFetched, QueryTooLarge, QueryTooLong
from . import guard

AGENT = f"innograph/{__version__}"
# Answers after which the same question may be put again, and how often it is.
_BUSY = (429, 502, 503, 504)
_TRIES = 4
# Of an innograph that is not busy: the same question would fare no better.
_NO_BETTER = (QueryTooLarge.__name__, QueryTooLong.__name__)
_CHUNK = 1 << 16
_TOLD = 1 << 14  # bytes of what a server says of an error that are read


class _Question(SPARQLWrapper):
    """A request of SPARQLWrapper that is sent by an opener of our own."""

    def request(self, accept: str, method: Literal["GET", "POST"]) -> Request:
        self.setMethod(GET if method == "GET" else POST)
        self.setOnlyConneg(True)
        self.addCustomHttpHeader("Accept", accept)
        made: Request = self._createRequest()
        return made


@dataclass(frozen=True)
class Reply:
    """What a server answered: 200, or 304 without a body to who said that they have it."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Client:
    """Asks whom an operator has named.

    `allowed` are networks beside the public internet, None allows all, and proxies that the
    environment names; a request takes `seconds` at most, its answer `most` bytes; `pause` seconds
    lie between two requests. A busy server that asks for a longer pause than `longest` is asked
    after `longest` all the same. Who `obeys` gives it up then, and does not repeat what an
    innograph has stopped for its time or its size.
    """

    allowed: Sequence[guard.Network] | None = ()
    seconds: float = 60.0
    most: int = 200_000_000
    pause: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    longest: float = 60.0
    obeys: bool = False

    @cached_property
    def _opener(self) -> OpenerDirector:
        return guard.opener(self.allowed)

    def get(self, address: str, accept: str) -> tuple[bytes, str]:
        """What is at an address, and its media type.

        Raises AddressRefused for what may not be asked, NotFetched for what could not be had.
        """
        reply = self.reply(address, accept)
        return reply.body, reply.media_type

    def reply(self, address: str, accept: str, known: str | None = None) -> Reply:
        """As `get`, with all that the server answered; `known` is the ETag of what one has."""
        _named(address)
        return self._sent(Request(address, headers={"Accept": accept}), known)

    def construct(self, endpoint: str, query: str) -> bytes:
        """N-Triples of a CONSTRUCT query; raises as `get`."""
        return self.asked(endpoint, query, "application/n-triples").body

    def select(self, endpoint: str, query: str) -> list[dict[str, str]]:
        """Rows of a SELECT query, as texts by variable; raises as `get`."""
        answer = self.asked(endpoint, query, "application/sparql-results+json").body
        try:
            rows: list[dict[str, Any]] = json.loads(answer)["results"]["bindings"]
            return [{name: cell["value"] for name, cell in row.items()} for row in rows]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            detail = f"it gives no SPARQL results in JSON: {error!r}"
            raise NotFetched(address=endpoint, detail=detail) from None

    def asked(
        self,
        endpoint: str,
        query: str,
        accept: str,
        method: Literal["GET", "POST"] = "POST",
        known: str | None = None,
    ) -> Reply:
        """What a SPARQL endpoint answers to a query; raises as `get`."""
        _named(endpoint)
        question = _Question(endpoint)
        # Set here, since setQuery looks for the kind with patterns that take long on long texts.
        question.queryString, question.queryType = query, SELECT
        return self._sent(question.request(accept, method), known, endpoint)

    def _sent(self, request: Request, known: str | None = None, name: str | None = None) -> Reply:
        address = name or request.full_url
        request.add_header("User-Agent", AGENT)
        if known:
            request.add_header("If-None-Match", known)
        for tries in range(1, _TRIES + 1):
            self.sleep(self.pause)
            try:
                return self._received(request)
            except HTTPError as error:
                with error:
                    if error.code == 304 and known:
                        return Reply(304, b"", "", _lower(error.headers))
                    kind, said = _told(error)
                    detail = f"it answers {error.code} {error.reason}{said}"
                    in_vain = self.obeys and kind in _NO_BETTER
                    if error.code not in _BUSY or tries == _TRIES or in_vain:
                        raise NotFetched(address=address, detail=detail) from None
                    asked = _seconds(error.headers.get("Retry-After"))
                    if self.obeys and asked is not None and asked > self.longest:
                        detail += f". It asks not to be asked for {asked:.0f} seconds"
                        raise NotFetched(address=address, detail=detail) from None
                    self._wait(asked, tries)
            except (URLError, HTTPException, OSError, ValueError) as error:
                refused = error.reason if isinstance(error, URLError) else error
                if isinstance(refused, AddressRefused):
                    raise refused from None
                if tries == _TRIES or isinstance(error, ValueError):
                    raise NotFetched(address=address, detail=str(refused)) from None
                self._wait(None, tries)
        raise AssertionError

    def _wait(self, asked: float | None, tries: int) -> None:
        """As the server asks, in reason, or twice as long each time."""
        self.sleep(min(float(2**tries) / 2 if asked is None else asked, self.longest))

    def _received(self, request: Request) -> Reply:
        until = time.monotonic() + self.seconds
        parts: list[bytes] = []
        size = 0
        with self._opener.open(request, timeout=self.seconds) as response:
            while part := response.read1(_CHUNK):
                parts.append(part)
                size += len(part)
                if size > self.most:
                    detail = f"it is larger than {self.most:,} bytes"
                    raise NotFetched(address=request.full_url, detail=detail)
                if time.monotonic() > until:
                    raise TimeoutError(f"it takes longer than {self.seconds:g} seconds")
            if response.length:
                raise HTTPException("the answer ended early")
            kind = response.headers.get_content_type()
            return Reply(response.status, b"".join(parts), kind, _lower(response.headers))


def _named(address: str) -> None:
    if urlsplit(address).scheme not in ("http", "https"):
        raise AddressRefused(host=address, address="neither http nor https")


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _told(error: HTTPError) -> tuple[str, str]:
    """The kind of a problem and its sentence, where a server tells one (RFC 9457)."""
    if error.headers.get_content_type() != "application/problem+json":
        return "", ""
    try:
        told = json.loads(error.read(_TOLD))
        kind, *said = (str(told.get(name) or "") for name in ("type", "title", "detail"))
    except (ValueError, AttributeError, OSError, HTTPException):
        return "", ""
    sentence = ". ".join(part.rstrip(".") for part in said if part)
    return kind.rpartition("/")[2], f": {sentence}" if sentence else ""


def _seconds(asked: str | None) -> float | None:
    """What Retry-After tells: seconds, or until when (RFC 9110, 10.2.3)."""
    if asked is None or asked.isdecimal():
        return None if asked is None else float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - datetime.now(UTC)).total_seconds())
