"""How Virtuoso 7 is asked and changed: docs/how-to/remote-engines.md tells why each of this is."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from rdflib import RDF, XSD, URIRef

from .. import media
from ..errors import QueryRefused
from . import Change, Dataset, Step, updates
from .deriving import Asking, Scratch
from .dialects import Parameters, Standard, parameters
from .state import IS, STATE
from .syntax import binding_single_values, names_a_dataset, without_dataset, wrapping

_NOTHING = "urn:x-innograph:no-graph"
# Functions of its own, some of which send requests to other servers.
_FUNCTIONS = re.compile(r'<(?:bif:|sql:|[^<>"{}|^`\\\s]*\\u)', re.I)
_TYPED = re.compile(r'"((?:[^"\\]|\\.)*)"\^\^<([^>]*)>(?=\s*\.$)')
_WHOLE, _BROKEN = r"[+-]?\d{1,18}", r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?[12]?\d)?|INF|NaN"
# Values that it holds, of the kinds of which it does not hold each; no text is nothing it holds.
_HELD = {
    **dict.fromkeys((XSD.integer, XSD.nonNegativeInteger, XSD.positiveInteger), _WHOLE),
    **dict.fromkeys((XSD.nonPositiveInteger, XSD.negativeInteger, XSD.long, XSD.int), _WHOLE),
    **dict.fromkeys((XSD.unsignedLong, XSD.unsignedInt, XSD.short, XSD.byte), _WHOLE),
    XSD.decimal: r"[+-]?(?:\d+\.?\d*|\.\d+)",
    **dict.fromkeys((XSD.double, XSD.float), _BROKEN),
    XSD.boolean: "true|false|0|1",
    **dict.fromkeys((XSD.duration, XSD.yearMonthDuration, RDF.XMLLiteral), "(?!)"),
}


class Virtuoso(Standard):
    """Its default graph is the union of all graphs, and it changes one graph at a time.

    What is in the default graph is kept in the graph `default`, which no `GRAPH ?g` finds, nor the
    graphs `beside` that are its own. What is derived is asked for, and then said.
    """

    is_atomic = is_exact = False

    def __init__(self, prefixes: Mapping[str, str], default: str, beside: Iterable[str]) -> None:
        super().__init__(prefixes)
        self._default, self._beside = default, frozenset(beside)
        self._hidden += [default, *sorted(self._beside)]

    def question(self, query: str, dataset: Dataset | None = None) -> tuple[str, Parameters]:
        if _FUNCTIONS.search(query):
            raise QueryRefused(detail="functions of the engine are for its operator alone")
        text, _ = super().question(query)
        text = binding_single_values(text)
        if dataset is not None:
            # It would put the query to the graphs of both, and to all where none is named.
            default, named = dataset.default or [_NOTHING], dataset.named or [_NOTHING]
            return without_dataset(text), parameters(default, named)
        if not names_a_dataset(query):
            # In the dataset of one default graph it finds a graph by an expression, not by a name.
            return wrapping(text, "`iri(", ")`"), parameters([self._default], [])
        names_some = re.search(r"\bFROM\s+NAMED\b", query, re.I)
        return text, parameters([], [] if names_some else [_NOTHING])

    def between(self, form: media.Format) -> media.Format:
        # What it says to ASK, its CSV and its TSV are not what the standards have.
        is_graph = form in media.GRAPHS
        return media.by_media_type(media.N_TRIPLES if is_graph else media.JSON_ROWS)

    def state(self, text: str) -> Iterator[str]:
        told = f"GRAPH <{STATE}> {{ <{STATE}> <{IS}>"
        yield (
            f'DELETE {{ {told} ?state }} }} INSERT {{ {told} "{text}" }} }} '
            f"WHERE {{ {told} ?state }} }}"
        )

    def clearing(self, graphs: Callable[[], Iterable[str]]) -> Iterator[str]:
        for name in graphs():
            if name != STATE and name not in self._beside:
                yield f"DROP SILENT GRAPH <{name}>"

    def replacement(self, change: Change) -> Iterator[str]:
        name, default = f"<{change.graph}>", f"<{self._default}>"
        yield (
            f"DELETE {{ GRAPH {default} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {name} {{ ?s ?p ?o }} "
            f"FILTER NOT EXISTS {{ GRAPH ?other {{ ?s ?p ?o }} "
            f"FILTER(?other != {name} && ?other != {default}) }} }}"
        )
        yield f"DROP SILENT GRAPH {name}"
        yield from self._said("INSERT", change.graph, (change.triples or b"").decode())

    def steps(self, then: Iterable[Step], ask: Asking) -> Iterator[str]:
        steps, scratch = list(then), None
        for step in steps:
            if not step.where:
                yield from self._said("INSERT", step.graph, step.gains)
            elif step.loses or not step.graph:
                verb = "DELETE" if step.loses else "INSERT"
                found = f"CONSTRUCT {{ {step.loses or step.gains} }} WHERE {{ {step.where} }}"
                with ask(found, media.N_TRIPLES) as answer:
                    yield from self._said(verb, step.graph, answer.read().decode())
            else:
                # Asked for when all before has been done.
                derived = [(s.where, s.gains) for s in steps if s.where and s.gains and s.graph]
                scratch = scratch or Scratch(derived, self._prefixes, ask)
                yield from self._said("INSERT", step.graph, scratch.derive(step))

    def insertion(self, said: Mapping[str, str]) -> Iterator[str]:
        said = {graph: "\n".join(_lines(some)) for graph, some in said.items()}
        default = f"GRAPH <{self._default}> {{ {''.join(said.values())} }}"
        named = (f"GRAPH <{graph}> {{ {some} }}" for graph, some in said.items())
        yield f"INSERT DATA {{ {' '.join([*named, default])} }}"

    def _said(self, verb: str, graph: str, statements: str) -> Iterator[str]:
        lines = _lines(statements)
        while some := "\n".join(islice(lines, updates.STATEMENTS)):
            graphs = [name for name in (graph, self._default) if name]
            yield f"{verb} DATA {{ {' '.join(f'GRAPH <{name}> {{ {some} }}' for name in graphs)} }}"


def _lines(statements: str) -> Iterator[str]:
    """Statements one by one; what it cannot hold as a value of its kind is said as text."""
    for line in statements.split("\n"):
        if line and line[0] != "#":
            yield _TYPED.sub(_held, line) if '"^^<' in line else line


def _held(match: re.Match[str]) -> str:
    kind = match[2]
    is_place = kind.endswith(("wktLiteral", "Geometry"))  # read, and refused where it is none
    is_held = not is_place and re.fullmatch(_HELD.get(URIRef(kind), ".*"), match[1], re.S)
    return match[0] if is_held else f'"{match[1]}"'
