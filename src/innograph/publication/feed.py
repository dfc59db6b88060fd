"""The change feed: a Linked Data Event Stream in the form of DCAT-AP Feeds, made of the ledger.

Each public event is a member: an activity whose object is a dossier, and whose payload, what the
dossier says since then, is the named graph called after the member. The feed is cut after each so
many numbers of events; a page that has a later one does not change any more, unless what it tells
is erased.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..ledger import Ledger, Span
from .activities import PAGE, activities, name, page_of, payload, published, statements, told

_TITLE = {
    "en": "What is said of public innovations, as it changes",
    "fr": "Ce qui est dit des innovations publiques, au fil des changements",
}
_PATHS = {"timestampPath": "as:published", "versionOfPath": "as:object"}
_RELATIONS = {"from": "GreaterThanOrEqualToRelation", "until": "LessThanRelation"}


@dataclass(frozen=True)
class Feed:
    """The feed of one ledger, at the address where it is asked for."""

    ledger: Ledger
    address: str

    def root(self) -> Iterator[tuple[str, bytes]]:
        """What the stream is, and which page tells what was published when, as named graphs."""
        spans = self.ledger.spans(PAGE)
        relations = [each for span in spans for each in self._relations(span, span is spans[-1])]
        node = {"id": self.address, "type": "Node", "relation": [each["id"] for each in relations]}
        stream = {
            "id": self._stream,
            "type": "EventStream",
            "title": _TITLE,
            "view": self.address,
            "shape": f"{self.address}/shape",
            **_PATHS,
            "sequencePath": "schema:version",
            "whenCreated": "as:Create",
            "whenUpdated": "as:Update",
            "whenDeleted": "as:Delete",
        }
        # A version that was replaced may be found here, too, but is not promised. Told in the words
        # of DCAT-AP Feeds, and in the later ones of LDES.
        retention = {
            "id": f"{self.address}#latest",
            "type": ["LatestVersionSubset", "RetentionPolicy"],
            "amount": "1",
            "versionAmount": "1",
            **_PATHS,
        }
        node["retention"] = retention["id"]
        yield "", statements([stream, node, retention, *relations], self.ledger.base)

    def page(self, number: int) -> Iterator[tuple[str, bytes]]:
        """A page of members, oldest first, as named graphs: payloads have the names of members."""
        events = self.ledger.between(number * PAGE, (number + 1) * PAGE)
        members, base = activities(self.ledger, events), self.ledger.base
        stream = {
            "id": self._stream,
            "type": "EventStream",
            "view": self.address,
            "member": [name(event, base) for event in events],
        }
        node = {"id": f"{self.address}/{number}", "type": "Node"}
        yield "", statements([stream, node, *(told(member, base) for member in members)], base)
        for member in members:
            if content := payload(member):
                yield name(member.event, base), content

    def is_closed(self, number: int) -> bool:
        """Whether a later page has begun."""
        return page_of(self.ledger.revision()) > number

    @property
    def _stream(self) -> str:
        """The IRI of the stream, wherever it is asked for."""
        return f"{self.ledger.base}/feed#stream"

    def _relations(self, span: Span, is_open: bool) -> Iterator[dict[str, Any]]:
        """What was published when, in a page; the end of an open one is not known."""
        yield self._relation(span.page, "from", published(span.earliest, span.first))
        if not is_open:
            last = datetime.fromisoformat(published(span.latest, span.last))
            end = last + timedelta(microseconds=1)
            yield self._relation(span.page, "until", end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))

    def _relation(self, page: int, end: str, value: str) -> dict[str, Any]:
        return {
            "id": f"{self.address}#{page}-{end}",
            "type": _RELATIONS[end],
            "node": f"{self.address}/{page}",
            "path": "as:published",
            "value": value,
        }
