"""A SPARQL 1.1 engine over HTTP: asks and updates it through SPARQLWrapper, in bytes."""

import re
import time
from collections.abc import Iterable, Iterator
from http.client import HTTPException
from ssl import create_default_context
from typing import Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    BaseHandler,
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    build_opener,
)

from SPARQLWrapper import INSERT, POST, SELECT, SPARQLWrapper

from .. import __version__
from ..errors import (
    BadSetting,
    EngineAway,
    EngineRefuses,
    InnographError,
    QueryRefused,
    QueryTooLong,
)
from ..settings import Settings

_CHUNK = 256 * 1024
# An update may rightly take much longer than a query: all that is derived is made by one.
_UPDATE_SECONDS = 3600.0
_TOLD = 200  # characters of what an engine says that are told on
# What Virtuoso says when its own limits cut a query, or its answer, off.
_VIRTUOSO_LATE, _VIRTUOSO_CUT = "Virtuoso S1T00", "X-SPARQL-MaxRows"


class _NoRedirect(HTTPRedirectHandler):
    """Nobody is asked whom the operator did not name."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Request(SPARQLWrapper):
    """One request, sent by an opener of its own: SPARQLWrapper would set one for the process."""

    opener: OpenerDirector
    seconds: float

    def _query(self) -> tuple[Any, str]:
        return self.opener.open(self._createRequest(), timeout=self.seconds), self.returnFormat


class Endpoint:
    """Where an engine is asked and where it is changed; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is sent yet; raises BadSetting when an address cannot be one."""
        _check_address("INNOGRAPH_STORE", settings.store)
        _check_address("INNOGRAPH_STORE_UPDATE", settings.store_update or settings.store)
        self._asked = settings.store
        self._changed = settings.store_update or settings.store
        self.seconds = settings.query_seconds
        self._trusted = create_default_context()
        self._passwords = HTTPPasswordMgrWithDefaultRealm()
        if user := settings.store_user:
            for address in (self._asked, self._changed):
                self._passwords.add_password(None, address, user, settings.store_password)

    def ask(
        self,
        query: str,
        accept: str,
        file: BinaryIO,
        parameters: Iterable[tuple[str, str]] = (),
        seconds: float | None = None,
    ) -> str:
        """Write the answer to `file` and return its media type.

        Raises QueryRefused, QueryTooLong after so many `seconds`, EngineAway or EngineRefuses.
        """
        request = self._request(SELECT, query, seconds or self.seconds)
        request.addCustomHttpHeader("Accept", accept)
        for name, value in parameters:
            request.addParameter(name, value)
        try:
            return _receive(request, file)
        except (HTTPException, OSError, ValueError) as error:
            raise self._failure(error, request.seconds) from None

    def update(self, text: str) -> None:
        """Change what the engine holds. Raises EngineAway or EngineRefuses."""
        request = self._request(INSERT, text, _UPDATE_SECONDS)
        try:
            with request.query().response as response:
                response.read()
        except (HTTPException, OSError, ValueError) as error:
            failure = self._failure(error, request.seconds)
            if isinstance(failure, QueryRefused):
                raise EngineRefuses(**failure.params) from None
            raise failure from None

    def _request(self, kind: str, text: str, seconds: float) -> _Request:
        request = _Request(self._asked, self._changed, agent=f"innograph/{__version__}")
        # Its own handlers: those of the standard library count what all threads try.
        request.opener, request.seconds = build_opener(*self._handlers()), seconds
        request.setMethod(POST)
        request.setOnlyConneg(True)
        # Set here, since setQuery looks for the kind with patterns that take long on long texts.
        request.queryString, request.queryType = text, kind
        return request

    def _handlers(self) -> Iterator[BaseHandler]:
        yield HTTPSHandler(context=self._trusted)
        yield HTTPDigestAuthHandler(self._passwords)
        yield HTTPBasicAuthHandler(self._passwords)
        yield _NoRedirect()

    def _failure(self, error: BaseException, seconds: float) -> InnographError:
        if isinstance(error, HTTPError):
            with error:
                told = _first_words(error.read(10_000))
            if _VIRTUOSO_LATE in told:
                return QueryTooLong(seconds=round(seconds, 1))
            if error.code in (400, 500):
                return QueryRefused(detail=told)
            if error.code in (408, 504):
                return QueryTooLong(seconds=round(seconds, 1))
            if error.code not in (429, 502, 503):
                return EngineRefuses(detail=f"{error.code} {error.reason}")
        # urllib wraps what goes wrong before the request is sent.
        elif isinstance(error, TimeoutError) and not isinstance(error, URLError):
            return QueryTooLong(seconds=round(seconds, 1))
        elif isinstance(error, ValueError):
            return EngineRefuses(detail="it wants to know who asks by neither Basic nor Digest")
        return EngineAway()


def _check_address(setting: str, address: str) -> None:
    parts = urlsplit(address)
    if parts.password is not None or parts.username is not None:
        reason = "name who asks in INNOGRAPH_STORE_USER and INNOGRAPH_STORE_PASSWORD"
        raise BadSetting(setting=setting, value="an address with a password", reason=reason)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        reason = "memory: or the address of a SPARQL 1.1 engine, http or https, is needed"
        raise BadSetting(setting=setting, value=address, reason=reason)


def _receive(request: _Request, file: BinaryIO) -> str:
    until = time.monotonic() + request.seconds
    with request.query().response as response:
        while piece := response.read1(_CHUNK):
            file.write(piece)
            if time.monotonic() > until:
                raise TimeoutError
        if response.length:  # it promised more
            raise HTTPException
        if most := response.headers.get(_VIRTUOSO_CUT):
            detail = f"it gives at most {most} rows; ask for parts, with LIMIT and OFFSET"
            raise QueryRefused(detail=detail)
        kind: str = response.headers.get_content_type()
        return kind


def _first_words(told: bytes) -> str:
    paragraph = told.decode("utf-8", "replace").strip().split("\n\n")[0]
    return re.sub(r"\s+", " ", paragraph)[:_TOLD]
