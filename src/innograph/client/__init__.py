"""Asks other servers: files, pages of an API, SPARQL endpoints. Polite, limited, never inwards."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, Request

from SPARQLWrapper import POST, SELECT, SPARQLWrapper

from .. import __version__
from ..errors import AddressRefused, NotFetched
from . import guard

AGENT = f"innograph/{__version__}"
# Answers after which the same question may be put again, and how often it is.
_BUSY = (429, 502, 503, 504)
_TRIES, _LONGEST_PAUSE = 4, 60.0
_CHUNK = 1 << 16


class _Question(SPARQLWrapper):
    """A request of SPARQLWrapper that is sent by an opener of our own."""

    def request(self, accept: str) -> Request:
        self.setMethod(POST)
        self.setOnlyConneg(True)
        self.addCustomHttpHeader("Accept", accept)
        made: Request = self._createRequest()
        return made


@dataclass(frozen=True)
class Client:
    """Asks whom an operator has named.

    `allowed` are networks beside the public internet; a request takes `seconds` at most, its answer
    `most` bytes; `pause` seconds lie between two requests.
    """

    allowed: Sequence[guard.Network] = ()
    seconds: float = 60.0
    most: int = 200_000_000
    pause: float = 0.0
    sleep: Callable[[float], None] = time.sleep

    @cached_property
    def _opener(self) -> OpenerDirector:
        return guard.opener(self.allowed)

    def get(self, address: str, accept: str) -> tuple[bytes, str]:
        """What is at an address, and its media type.

        Raises AddressRefused for what may not be asked, NotFetched for what could not be had.
        """
        if urlsplit(address).scheme not in ("http", "https"):
            raise AddressRefused(host=address, address="neither http nor https")
        return self._sent(Request(address, headers={"Accept": accept, "User-Agent": AGENT}))

    def construct(self, endpoint: str, query: str) -> bytes:
        """N-Triples of a CONSTRUCT query; raises as `get`."""
        return self._asked(endpoint, query, "application/n-triples")[0]

    def select(self, endpoint: str, query: str) -> list[dict[str, str]]:
        """Rows of a SELECT query, as texts by variable; raises as `get`."""
        answer, _ = self._asked(endpoint, query, "application/sparql-results+json")
        try:
            rows: list[dict[str, Any]] = json.loads(answer)["results"]["bindings"]
            return [{name: cell["value"] for name, cell in row.items()} for row in rows]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            detail = f"it gives no SPARQL results in JSON: {error!r}"
            raise NotFetched(address=endpoint, detail=detail) from None

    def _asked(self, endpoint: str, query: str, accept: str) -> tuple[bytes, str]:
        if urlsplit(endpoint).scheme not in ("http", "https"):
            raise AddressRefused(host=endpoint, address="neither http nor https")
        question = _Question(endpoint, agent=AGENT)
        # Set here, since setQuery looks for the kind with patterns that take long on long texts.
        question.queryString, question.queryType = query, SELECT
        return self._sent(question.request(accept))

    def _sent(self, request: Request) -> tuple[bytes, str]:
        address = request.full_url
        for tries in range(1, _TRIES + 1):
            self.sleep(self.pause)
            try:
                return self._received(request)
            except HTTPError as error:
                with error:
                    detail = f"it answers {error.code} {error.reason}"
                    if error.code not in _BUSY or tries == _TRIES:
                        raise NotFetched(address=address, detail=detail) from None
                    self.sleep(_pause(error.headers.get("Retry-After"), tries))
            except (URLError, HTTPException, OSError, ValueError) as error:
                refused = error.reason if isinstance(error, URLError) else error
                if isinstance(refused, AddressRefused):
                    raise refused from None
                if tries == _TRIES or isinstance(error, ValueError):
                    raise NotFetched(address=address, detail=str(refused)) from None
                self.sleep(_pause(None, tries))
        raise AssertionError

    def _received(self, request: Request) -> tuple[bytes, str]:
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
            return b"".join(parts), response.headers.get_content_type()


def _pause(asked: str | None, tries: int) -> float:
    """Seconds to wait: as the server asks, in reason, or twice as long each time."""
    told = float(asked) if asked is not None and asked.isdigit() else float(2**tries) / 2
    return min(told, _LONGEST_PAUSE)
