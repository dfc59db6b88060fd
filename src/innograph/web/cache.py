"""Answers that were given before, before Flask is asked: one layer of WSGI.

What says of which revision it is (`X-Innograph-Revision`) is kept until the revision changes, and
gets its ETag here: `"{ledger}.{revision}.{digest of the request, the encoding, the edition}"`. So
whether a client has the answer already is known before anything is evaluated.
"""

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from .. import __version__
from ..errors import InnographError
from .access import CORS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REVISION = "X-Innograph-Revision"
# What of a request decides its answer, beside method, address, body and Accept.
_VARIES = ("HTTP_ACCEPT_LANGUAGE", "HTTP_COOKIE", "CONTENT_TYPE")
_SHORT = 600  # bytes that are not worth to be compressed
_SHARE = 8  # no answer takes more than such a part of the cache
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?=,|$)", re.I)
_Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class _Kept:
    """An answer in one encoding, as it is sent."""

    headers: _Headers
    body: bytes

    @property
    def size(self) -> int:
        return len(self.body) + sum(len(n) + len(v) for n, v in self.headers) + 200


class Cache:
    """Answers of an application, kept in memory; safe to share between threads.

    `ledger` and `revision` tell what an answer must be of; `most` is how many bytes are kept, 0
    nothing; `posts` the addresses where POST asks and changes nothing; `edition` names all else
    that answers hang on, so that one of another edition is not taken for the same.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        ledger: str,
        revision: Callable[[], int],
        most: int,
        posts: Iterable[str] = (),
        edition: str = __version__,
    ) -> None:
        self._application = application
        self._ledger, self._revision = ledger, revision
        self._most, self._posts, self._edition = most, frozenset(posts), edition
        self._kept: LRUCache[tuple[int, bytes, str], _Kept] = LRUCache(
            most, getsizeof=lambda kept: kept.size
        )
        self._lock = Lock()

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse", /) -> Iterable[bytes]:
        question = self._question(environ)
        if question is None:
            return self._application(environ, start)
        try:
            revision = self._revision()
        except InnographError:  # which the application tells better
            return self._application(environ, start)
        encoding = "gzip" if _GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) else ""
        if "HTTP_IF_NONE_MATCH" in environ:
            tag = self._tag(revision, question, encoding)
            if self._has(environ, tag):
                return _unchanged(start, tag, revision)
        if kept := self._find(revision, question, encoding):
            return _send(environ, start, kept)
        return self._evaluated(environ, start, question, encoding)

    def _question(self, environ: "WSGIEnvironment") -> bytes | None:
        """What tells a request from others; None where its answer is not to be kept."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        body = b""
        if method == "POST":
            length = environ.get("CONTENT_LENGTH") or ""
            if path not in self._posts or not length.isdigit() or int(length) > self._most:
                return None
            body = environ["wsgi.input"].read(int(length))
            environ["wsgi.input"] = BytesIO(body)
        elif method not in ("GET", "HEAD"):
            return None
        accept = environ.get("HTTP_ACCEPT") or "*/*"
        others = (environ.get(name, "") for name in _VARIES)
        told = (path, environ.get("QUERY_STRING", ""), accept, *others)
        text = "\0".join((self._edition, method.replace("HEAD", "GET"), *told))
        return hashlib.sha256(text.encode("utf-8", "surrogateescape") + b"\0" + body).digest()

    def _tag(self, revision: int, question: bytes, encoding: str) -> str:
        digest = hashlib.sha256(question + encoding.encode()).hexdigest()[:12]
        return f'"{self._ledger}.{revision}.{digest}"'

    @staticmethod
    def _has(environ: "WSGIEnvironment", tag: str) -> bool:
        """Whether a client says that it has an answer; only of GET and HEAD (RFC 9110, 13.1.2)."""
        told = environ.get("HTTP_IF_NONE_MATCH", "")
        return bool(told) and tag in told and environ["REQUEST_METHOD"] != "POST"

    def _find(self, revision: int, question: bytes, encoding: str) -> _Kept | None:
        with self._lock:
            kept = self._kept.get((revision, question, encoding))
            plain = kept or self._kept.get((revision, question, ""))
        if kept or plain is None or len(plain.body) < _SHORT:
            return plain
        kept = self._compressed(plain, self._tag(revision, question, encoding))
        self._keep((revision, question, encoding), kept)
        return kept

    def _keep(self, key: tuple[int, bytes, str], kept: _Kept) -> None:
        if kept.size * _SHARE <= self._most:
            with self._lock:
                self._kept[key] = kept

    @staticmethod
    def _compressed(plain: _Kept, tag: str) -> _Kept:
        body = gzip.compress(plain.body, 6, mtime=0)
        changed = {"Content-Encoding": "gzip", "Content-Length": str(len(body)), "ETag": tag}
        headers = [(n, v) for n, v in plain.headers if n not in changed]
        return _Kept([*headers, *changed.items()], body)

    def _evaluated(
        self,
        environ: "WSGIEnvironment",
        start: "StartResponse",
        question: bytes,
        encoding: str,
    ) -> Iterable[bytes]:
        """Ask the application, and keep what it says of a revision."""
        asked = {**environ, "REQUEST_METHOD": environ["REQUEST_METHOD"].replace("HEAD", "GET")}
        told: list[Any] = []

        def begin(*given: Any) -> Callable[[bytes], object]:
            told.extend(given)
            return _refuse

        answer = self._application(asked, begin)
        status, headers = str(told[0]), list(told[1])
        found = {name.lower(): value for name, value in headers}
        revision = found.get(REVISION.lower())
        stored = "no-store" not in found.get("cache-control", "")
        if revision is None or not status.startswith("200") or not stored:
            return _passed(environ, start, status, headers, answer)
        tag = self._tag(int(revision), question, "")
        headers = [(n, v) for n, v in headers if n.lower() not in ("etag", "vary")]
        vary = ", ".join(filter(None, (found.get("vary"), "Accept-Encoding")))
        headers += [("ETag", tag), ("Vary", vary)]
        if int(found.get("content-length", self._most)) * _SHARE > self._most or (
            "set-cookie" in found
        ):
            return _passed(environ, start, status, headers, answer)
        try:
            plain = _Kept(headers, b"".join(answer))
        finally:
            _close(answer)
        self._keep((int(revision), question, ""), plain)
        if self._has(environ, self._tag(int(revision), question, encoding)):
            return _unchanged(start, self._tag(int(revision), question, encoding), int(revision))
        return _send(environ, start, self._find(int(revision), question, encoding) or plain)


def _passed(
    environ: "WSGIEnvironment",
    start: "StartResponse",
    status: str,
    headers: _Headers,
    answer: Iterable[bytes],
) -> Iterable[bytes]:
    """An answer that is not kept, as it comes."""
    start(status, headers)
    if environ["REQUEST_METHOD"] != "HEAD":
        return answer
    _close(answer)
    return []


def _send(environ: "WSGIEnvironment", start: "StartResponse", kept: _Kept) -> Iterable[bytes]:
    start("200 OK", kept.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [kept.body]


def _unchanged(start: "StartResponse", tag: str, revision: int) -> Iterable[bytes]:
    vary = "Accept, Accept-Language, Accept-Encoding"
    start(
        "304 Not Modified",
        [*CORS.items(), ("ETag", tag), (REVISION, str(revision)), ("Vary", vary)],
    )
    return []


def _refuse(data: bytes) -> object:
    raise NotImplementedError("write(), PEP 3333, which Flask never calls")


def _close(answer: Iterable[bytes]) -> None:
    if (close := getattr(answer, "close", None)) is not None:
        close()
