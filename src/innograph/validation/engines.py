"""The two SHACL engines: a data graph in, a W3C validation report out.

pyshacl-turbo (Rust) does the work; pyshacl is the reference, and takes its place where it has no
wheel. Neither follows owl:imports.
"""

from collections.abc import Callable, Collection
from typing import Literal

from rdflib import Graph, URIRef
from rdflib.term import Node

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
        # Told by address, some nodes alone are looked at (in pyshacl, results would be missed; here
        # those to which a shape leads from another node would be, and no shape of ours does).
        named = all(isinstance(node, URIRef) for node in about)
        _, report, _ = compiled.validate(data, focus_nodes=list(about) if named else None)
        assert isinstance(report, Graph)
        return report

    return validate


def _pyshacl(shapes: Graph) -> Run:
    from pyshacl import Validator
    from pyshacl.graph_abstraction import DataGraph
    from pyshacl.shapes_graph import ShapesGraph

    from . import prepared  # as slow to read as pyshacl

    prepared.cache_queries()
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
