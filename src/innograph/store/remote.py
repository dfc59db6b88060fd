"""The public graph in a SPARQL 1.1 engine, asked over HTTP.

Of which revision it is stands in the engine itself, in a graph of its own, and is written with each
change. Whoever reads looks there before and after: an answer is of one revision, or is asked for
again.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import BinaryIO, TypeVar

from rdflib import Graph

from .. import media
from ..errors import BadSetting, EngineRefuses, QueryRefused, StoreBusy
from ..settings import Settings
from . import Answer, Change, Dataset, Dump, Load, Step, updates
from .deriving import Scratch
from .dialects import Parameters, Standard, parameters
from .endpoint import Endpoint
from .sorting import ordered
from .spool import Spool, closed_on_failure, whole
from .state import BESIDE, DEFAULT, IS, LOST, STATE, State
from .syntax import check_query, formats_of, understood
from .virtuoso import Virtuoso

T = TypeVar("T")
Row = dict[str, dict[str, str]]
_PROBE, _COPY = "urn:x-innograph:probe", "urn:x-innograph:default-graph"
_PAUSE = 0.02
# Of statements that it leaves out of a graph an engine need not say a word, but of rows it does.
_MANY_ROWS = "SELECT ?a ?b { ?a ?c ?d . ?b ?e ?f } LIMIT 20000"
_OWN_BYTES, _OWN_SECONDS = 1 << 40, 3600.0  # for what this program asks for itself


class Remote:
    """A store behind a SPARQL endpoint; safe to share between threads and between processes.

    Whoever changes it must be the only one who does: `Ledger.following`.
    """

    shared = True

    def __init__(
        self, settings: Settings, prefixes: Mapping[str, str], base: str | None = None
    ) -> None:
        """Nothing is asked yet; raises BadSetting when an address cannot be one."""
        self._endpoint = Endpoint(settings)
        self._prefixes, self._base = dict(prefixes), base
        self._waiting = settings.queue_seconds
        self._answer_bytes = settings.answer_bytes
        self._address = settings.store
        self._ledger = ""
        self._state: State | None = None
        self._dialect = Standard(prefixes)

    @property
    def revision(self) -> int:
        """As last heard; `answer` finds out when it is no longer true."""
        state = self._state or self._heard()
        return state.revision if state else -1

    @property
    def day(self) -> str:
        state = self._state or self._heard()
        return state.day if state else ""

    def refresh(self, ledger: str) -> None:
        self._ledger = ledger
        state = self._heard()
        if state is None:
            self._settle_in()
        elif state is LOST:
            self._endpoint.update(f"DELETE WHERE {{ GRAPH <{STATE}> {{ ?s <{IS}> ?state }} }}")
            self._put_down([f'<{IS}> "{State(ledger)}"'])
        if self._state and self._state.ledger != ledger:
            raise self._unfit("it holds the graph of another ledger; name another one or empty it")

    def answer(self, query: str, accept: str | None, dataset: Dataset | None = None) -> Answer:
        check_query(query)
        understood(query, self._prefixes, self._base)
        formats = formats_of(query)
        form = media.negotiate(accept, formats)

        def ask() -> BinaryIO:
            between = self._dialect.between(form)
            text, given = self._dialect.question(query, dataset)
            if self._base:  # before all prefixes: Virtuoso takes it nowhere else
                text = f"BASE <{self._base}>\n{text}"
            file = self._asked(text, between.media_type, given, most=self._answer_bytes)
            if self._dialect.is_exact:
                return file
            with file, closed_on_failure(Spool(self._answer_bytes)) as output:
                media.rewritten(file, formats, form, output)
                return output

        file, revision = self._steady(ask)
        return Answer(form.media_type, *whole(file), revision)

    def find(self, query: str) -> set[str]:
        def read() -> set[str]:
            try:
                with self._answered(query, media.JSON_ROWS) as file:
                    return media.iris(media.rows(file))
            except QueryRefused:  # as are paths that begin anywhere, by some engines
                return Scratch([(query, "")], self._prefixes, self._answered_in_time).find(query)

        return self._steady(read)[0]

    def describe(self, iris: Iterable[str], predicates: Iterable[str]) -> Graph:
        about, by = (" ".join(f"<{iri}>" for iri in some) for some in (iris, predicates))
        pattern = f"VALUES ?s {{ {about} }} VALUES ?p {{ {by} }} ?s ?p ?o"
        return media.read(self._steady(lambda: self._said(pattern))[0])

    def content(self, graphs: Iterable[str]) -> Graph:
        named = " ".join(f"<{name}>" for name in graphs)
        pattern = f"VALUES ?g {{ {named} }} GRAPH ?g {{ ?s ?p ?o }}"
        return media.read(self._steady(lambda: self._said(pattern))[0])

    def dump(self) -> Dump:
        everything = "SELECT ?s ?p ?o ?g { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
        file, revision = self._steady(lambda: self._answered_in_time(everything, media.JSON_ROWS))
        return Dump(revision, ordered(_quads(file)))

    def lines(self, graph: str) -> Dump:
        said = f"SELECT ?s ?p ?o ?g {{ VALUES ?g {{ <{graph}> }} GRAPH ?g {{ ?s ?p ?o }} }}"
        file, revision = self._steady(lambda: self._answered_in_time(said, media.JSON_ROWS))
        return Dump(revision, _quads(file))

    def fill(
        self, loads: Iterable[Load], then: Sequence[Step], revision: int, day: str = ""
    ) -> None:
        self._say(-1, busy=True)
        self._say(-1, busy=True, after=self._dialect.clearing(self._graphs))
        self._load(loads)
        self._say(revision, day, after=self._dialect.steps(then, self._answered_in_time))

    def apply(
        self,
        changes: Sequence[Change],
        then: Sequence[Step],
        revision: int,
        day: str = "",
        loads: Iterable[Load] = (),
    ) -> None:
        loads = list(loads)
        if loads or not self._dialect.is_atomic:
            # Whoever goes on after this one was killed has to derive all anew: there is no day.
            self._say(self.revision, busy=True)
        for load in loads:
            self._send(self._dialect.replacement(Change(load.graph, None)))
            self._load([load])
        replaced = chain.from_iterable(map(self._dialect.replacement, changes))
        derived = self._dialect.steps(then, self._answered_in_time)
        self._say(revision, day, after=chain(replaced, derived))

    def _load(self, loads: Iterable[Load]) -> None:
        for batch in updates.batches(loads):
            self._send(self._dialect.insertion(batch))

    def _say(
        self, revision: int, day: str = "", busy: bool = False, after: Iterable[str] = ()
    ) -> None:
        """Put down what is true after some operations, together with these."""
        state = State(self._ledger, revision, day, busy)
        self._state = None  # until it is known how this ended
        self._send(chain(after, self._dialect.state(str(state))))
        self._state = state

    def _send(self, operations: Iterable[str]) -> None:
        """Run operations: all in one update, where that is one change."""
        head = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in self._prefixes.items())
        if self._dialect.is_atomic:
            self._endpoint.update(head + " ;\n".join(operations))
            return
        for operation in operations:
            self._endpoint.update(head + operation)

    def _steady(self, read: Callable[[], T]) -> tuple[T, int]:
        """What `read` reads of one revision, and that revision.

        Raises StoreBusy when the store changes all the time, or is being filled.
        """
        until = time.monotonic() + self._waiting
        while True:
            before = self._state or self._heard()
            if before is not None and not before.busy:
                found = read()
                if self._heard() == before:
                    return found, before.revision
                if isinstance(found, Spool):
                    found.close()
            else:
                self._state = None
                time.sleep(_PAUSE)
            if time.monotonic() > until:
                raise StoreBusy(seconds=round(self._waiting))

    def _heard(self) -> State | None:
        """What the engine now says of itself; None when it was never used."""
        told: dict[str, list[str]] = {}
        for row in self._rows(f"SELECT ?p ?o {{ GRAPH <{STATE}> {{ <{STATE}> ?p ?o }} }}"):
            # Virtuoso may give a row without the value that is just being replaced.
            told.setdefault(row["p"]["value"], []).extend(v["value"] for v in [row.get("o")] if v)
        if default := told.get(DEFAULT):
            self._dialect = Virtuoso(self._prefixes, default[0], told.get(BESIDE, ()))
        if not told:
            self._state = None
        else:
            self._state = State.read(told[IS][0]) if len(told.get(IS, ())) == 1 else LOST
        return self._state

    def _settle_in(self) -> None:
        """Find out how a new engine is spoken to, and put that down in it; raises BadSetting."""
        update = self._endpoint.update
        beside = [graph for graph in self._graphs() if graph != _PROBE]
        probe = f"<{_PROBE}> <{_PROBE}> <{_PROBE}>"
        update(f"INSERT DATA {{ GRAPH <{_PROBE}> {{ {probe} }} }}")
        is_union = bool(self._rows(f"SELECT ?o {{ <{_PROBE}> <{_PROBE}> ?o }}"))
        elsewhere = f"SELECT ?o {{ GRAPH ?g {{ <{_PROBE}> <{_PROBE}> ?o }} }}"
        is_open = bool(self._rows(elsewhere, parameters([_COPY], [])))
        update(f"DROP SILENT GRAPH <{_PROBE}>")
        if is_union and not is_open:
            raise self._unfit("its default graph is the union of all; set it to have one apart")
        if not is_union and (beside or self._rows("SELECT ?s { ?s ?p ?o } LIMIT 1")):
            raise self._unfit("it holds what innograph did not put there; name an empty one")
        said = [f'<{IS}> "{State(self._ledger)}"']
        if is_union:
            try:
                self._rows(_MANY_ROWS)
            except QueryRefused as error:
                raise self._unfit(f"answers are cut off: {error.params['detail']}") from None
            said += [f"<{DEFAULT}> <{_COPY}>", *(f"<{BESIDE}> <{graph}>" for graph in beside)]
        self._put_down(said)

    def _put_down(self, said: Iterable[str]) -> None:
        text = f"<{STATE}> {' ; '.join(said)}"
        self._endpoint.update(f"INSERT DATA {{ GRAPH <{STATE}> {{ {text} }} }}")
        self._heard()

    def _unfit(self, reason: str) -> BadSetting:
        return BadSetting(setting="INNOGRAPH_STORE", value=self._address, reason=reason)

    def _graphs(self) -> list[str]:
        rows = self._rows("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
        return [row["g"]["value"] for row in rows]

    def _said(self, pattern: str) -> bytes:
        return self._constructed(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}")

    def _constructed(self, query: str) -> bytes:
        with self._answered(query, media.N_TRIPLES) as file:
            return file.read()

    def _answered(self, query: str, media_type: str, seconds: float | None = None) -> BinaryIO:
        text, given = self._dialect.question(query)
        return self._asked(text, media_type, given, seconds)

    def _answered_in_time(self, query: str, media_type: str) -> BinaryIO:
        """The answer to one of our own queries, which may take long."""
        return self._answered(query, media_type, _OWN_SECONDS)

    def _rows(self, text: str, given: Parameters | None = None) -> list[Row]:
        with self._asked(text, media.JSON_ROWS, given or []) as file:
            rows: list[Row] = json.load(file)["results"]["bindings"]
            return rows

    def _asked(
        self,
        text: str,
        media_type: str,
        given: Parameters,
        seconds: float | None = None,
        most: int = _OWN_BYTES,
    ) -> BinaryIO:
        """The answer to a query as the engine gives it: of `most` bytes, after some seconds."""
        with closed_on_failure(Spool(most)) as file:
            told = self._endpoint.ask(text, media_type, file, given, seconds)
            if told != media_type:
                raise EngineRefuses(detail=f"{told} instead of {media_type}")
            file.seek(0)
        return file


def _quads(answer: BinaryIO) -> Iterator[bytes]:
    with answer:
        for quad in media.quads_of_rows(answer):
            yield f"{quad} .\n".encode()
