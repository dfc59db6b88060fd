"""The two SHACL engines: a data graph in, a W3C validation report out.

pyshacl-turbo (Rust) does the work; pyshacl is the reference, and takes its place where it has no
wheel. Neither follows owl:imports.
"""

from collections.abc import Callable, Collection, Mapping
from functools import cache, lru_cache
from typing import Any, Literal

from rdflib import Graph, URIRef, plugin
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.processor import SPARQLProcessor
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Processor
from rdflib.term import Identifier, Node

from .. import media

Engine = Literal["turbo", "pyshacl"]
# A data graph, and the nodes that matter in it (none: all do): the report may leave out others.
Run = Callable[[Graph, Collection[Node]], Graph]


def best() -> Engine:
    """The fastest engine that runs here."""
    try:
        import pyshacl_turbo  # noqa: F401
    except ImportError:
        return "pyshacl"
    return "turbo"


def run(engine: Engine, shapes: Graph) -> Run:
    """An engine made ready for one shapes graph, which must not change any more."""
    return {"turbo": _turbo, "pyshacl": _pyshacl}[engine](shapes)


def _turbo(shapes: Graph) -> Run:
    import pyshacl_turbo

    copy = media.bare()
    copy += shapes
    compiled = pyshacl_turbo.compile_shapes(copy)  # type: ignore[no-untyped-call]

    def validate(data: Graph, about: Collection[Node]) -> Graph:
        # Told by address, some nodes alone are looked at (in pyshacl, results would be missed).
        named = all(isinstance(node, URIRef) for node in about)
        _, report, _ = compiled.validate(data, focus_nodes=list(about) if named else None)
        assert isinstance(report, Graph)
        return report

    return validate


def _pyshacl(shapes: Graph) -> Run:
    from pyshacl import Validator
    from pyshacl.graph_abstraction import DataGraph
    from pyshacl.shapes_graph import ShapesGraph

    _cache_queries()
    bare = media.bare()
    bare += shapes
    read = ShapesGraph(bare)
    assert read.shapes  # reads them: they are read when they are first asked for

    def validate(data: Graph, about: Collection[Node]) -> Graph:
        copy = Graph()  # in a store with contexts, which pyshacl wants
        copy += data
        validator = Validator(DataGraph.from_rdflib(copy), shacl_graph=media.bare())
        validator.shacl_graph = read  # instead of reading all shapes for each graph
        with media.SPARQL_GRAMMAR:
            # Not by pyshacl.validate, which leaves rdflib.NORMALIZE_LITERALS changed behind it; and
            # never with focus_nodes or use_shapes, which silently miss results (0.40).
            _, report, _ = validator.run()  # type: ignore[no-untyped-call]
        assert isinstance(report, Graph)
        return report

    return validate


@cache
def _cache_queries() -> None:
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
