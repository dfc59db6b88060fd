"""The graph of an innograph, asked from a notebook: questions in, data frames out."""

import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from ..errors import NotFetched
from ..frames import Column, Library
from .answers import Answer, Page, answer
from .asking import Client, Reply
from .kept import Kept

_ROWS = "application/sparql-results+json"
_JSON = "application/json"
_LONGEST = 4_000  # characters of a query that fit into an address
_ANEW = 3
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?')
Value = str | int | float | bool | date


class Innograph:
    """Asks one innograph, alone: no ledger, no store, no settings.

    `address` is that of the server ("https://example.org"). Answers are kept, by their ETag, in
    memory or in the folder `cache`: what has not changed is not sent again. `library` is that of
    the frames; `lang` the language of labels where a stored query has several. A server that is
    busy is asked again, after the time that it tells; `client` says how patiently. A page of a
    stored query has `page` rows: each is computed anew, so that few large ones are quicker.
    """

    def __init__(
        self,
        address: str,
        cache: Path | str | None = None,
        library: Library | None = None,
        lang: str | None = None,
        client: Client | None = None,
        page: int = 50_000,
    ) -> None:
        self.address = address.rstrip("/").removesuffix("/sparql")
        self.lang, self._library, self._page = lang, library, page
        self._kept = Kept(None if cache is None else Path(cache))
        # Who names an address here is who asks: no network is closed to them.
        self._client = client or Client(allowed=None, longest=300, obeys=True)

    def query(self, text: str) -> Any:
        """The rows of a SPARQL query, SELECT or ASK, as a data frame; raises as `answer`.

        Of pandas, `frame.attrs["revision"]` is the revision of the graph that was asked.
        """
        return self.answer(text).frame(self._library)

    def ask_stored(self, name: str, /, limit: int | None = None, **given: Any) -> Any:
        """The rows of a stored query as a data frame, all pages of them, or the first `limit`.

        Parameters are those of the query; several values of one, in a list, are alternatives. A
        name that is a word of Python has "_" behind it: `from_`. Raises as `answer`.
        """
        return self.answer_stored(name, limit, **given).frame(self._library)

    def questions(self) -> Any:
        """The stored queries, by name, with title and description, as a data frame."""
        address = f"{self.address}/api"
        reply = self._had(f"{address}?lang={self.lang}" if self.lang else address, _JSON)
        try:
            told = json.loads(reply.body)
            columns = {
                name: Column("text", [str(each[name]) for each in told])
                for name in ("name", "title", "description")
            }
        except (ValueError, KeyError, TypeError) as error:
            raise NotFetched(address=address, detail=f"it lists no queries: {error!r}") from None
        return Answer(columns, address, _revision(reply)).frame(self._library)

    def answer(self, text: str) -> Answer:
        """The rows of a SPARQL query with their types and revision.

        A query is sent with GET, so that its answer can be kept; a very long one with POST. Raises
        NotFetched, which tells what the server said: a mistake in the query, a limit, a name that
        is unknown.
        """
        endpoint = f"{self.address}/sparql"
        if len(text) > _LONGEST:
            reply = self._client.asked(endpoint, text, _ROWS)
        else:
            key = f"{endpoint}\n{text}"
            known = self._kept.find(key)
            tag = known.headers["etag"] if known else None
            reply = self._told(key, known, self._client.asked(endpoint, text, _ROWS, "GET", tag))
        return answer([Page.read(reply.body, _revision(reply), endpoint)], endpoint)

    def answer_stored(self, name: str, /, limit: int | None = None, **given: Any) -> Answer:
        """The rows of a stored query with their types and revision: all pages of one revision.

        When the graph changes while pages are read, they are read anew; raises NotFetched when it
        changes each time, and as `answer`.
        """
        values = {key.removesuffix("_"): _texts(value) for key, value in given.items()}
        if self.lang:
            values.setdefault("lang", [self.lang])
        values["limit"] = [str(min(limit or self._page, self._page))]
        address = f"{self.address}/api/{name}"
        for _ in range(_ANEW):
            pages = self._pages(f"{address}?{urlencode(values, doseq=True)}", limit)
            if len({page.revision for page in pages}) == 1:
                return answer(pages, address)
        detail = "the graph changes faster than its pages can be read; ask with a limit"
        raise NotFetched(address=address, detail=detail)

    def _pages(self, address: str, limit: int | None) -> list[Page]:
        pages: list[Page] = []
        following: str | None = address
        left = limit
        while following:
            reply = self._had(following, _ROWS)
            page = Page.read(reply.body, _revision(reply), following)
            if left is not None:
                page = Page(page.names, page.rows[:left], page.revision)
                left -= len(page.rows)
            pages.append(page)
            following = self._next(reply, address) if left != 0 and page.rows else None
            if page.revision != pages[0].revision:
                break
        return pages

    def _next(self, reply: Reply, address: str) -> str | None:
        """The next page, at the address that was named whichever one the server has for itself."""
        found = _NEXT.search(reply.headers.get("link", ""))
        return f"{address.partition('?')[0]}?{urlsplit(found[1]).query}" if found else None

    def _had(self, address: str, accept: str) -> Reply:
        known = self._kept.find(address)
        tag = known.headers["etag"] if known else None
        return self._told(address, known, self._client.reply(address, accept, tag))

    def _told(self, key: str, known: Reply | None, reply: Reply) -> Reply:
        """The reply, or what is kept of it when the server says that it is the same."""
        if reply.status == 304 and known:
            return known
        self._kept.keep(key, reply)
        return reply


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


def _revision(reply: Reply) -> int | None:
    told = reply.headers.get("x-innograph-revision", "")
    return int(told) if told.isdecimal() else None
