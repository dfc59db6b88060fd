"""What is counted of the graph at one revision, for the catalogue and VoID."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rdflib import OWL, RDF, SKOS

from .. import media, queries
from ..errors import StoreBusy
from ..instance import Instance

Row = Mapping[str, str]
_TYPE = RDF.type.n3().encode()
_LINKS = [OWL.sameAs, SKOS.exactMatch, SKOS.closeMatch]
_LINKS += [SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch]
_SITE = re.compile(rb"<([a-z]+://[^/>]+/?)")


class Statistics:
    """Classes, properties and links of the default graph, counted line by line.

    By a query it would be counted too, but whoever puts it touches all of the graph.
    """

    def __init__(self) -> None:
        self._properties, self._classes = Counter[bytes](), Counter[bytes]()
        self._links = Counter[tuple[bytes, bytes]]()
        self._linking = {name.n3().encode() for name in _LINKS}

    def add(self, line: bytes) -> None:
        """Count a statement, as a line of N-Triples."""
        thing, name, rest = line.split(b" ", 2)
        self._properties[name] += 1
        if name == _TYPE:
            self._classes[rest.removesuffix(b" .\n")] += 1
        elif name in self._linking and (there := _SITE.match(rest)):
            here = _SITE.match(thing)
            if here is None or here[1] != there[1]:
                self._links[name, there[1]] += 1

    def told(self) -> dict[str, list[Row]]:
        """The rows of each, in order."""
        return {
            "classes": [
                {"class": _iri(name), "things": str(number)}
                for name, number in sorted(self._classes.items())
            ],
            "properties": [
                {"property": _iri(name), "statements": str(number)}
                for name, number in sorted(self._properties.items())
            ],
            "links": [
                {"property": _iri(name), "site": site.decode(), "links": str(number)}
                for (name, site), number in sorted(self._links.items())
            ],
        }


def _iri(name: bytes) -> str:
    return name.decode()[1:-1]


class Counting:
    """Asks stored queries, all at one revision. Raises StoreBusy when the graph has moved on."""

    def __init__(self, instance: Instance, revision: int) -> None:
        self._instance, self._revision = instance, revision

    def rows(
        self, name: str, values: Mapping[str, Sequence[str]] = MappingProxyType({})
    ) -> Sequence[Row]:
        """The rows of a stored query."""
        answer = self._instance.ask(queries.load(name).bind(values), media.JSON_ROWS)
        if answer.revision != self._revision:
            raise StoreBusy(seconds=0)
        return answer.rows()
