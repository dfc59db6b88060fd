"""One running innograph: its ledger, its store, and the projection between them."""

import gc
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from rdflib import RDF, Graph, URIRef

from . import media, queries, validation, vocab
from .errors import BadSetting
from .ledger import Ledger
from .projection import Projection
from .settings import Settings
from .store import Answer, Dataset, Store, open_store
from .store.embedded import Embedded
from .store.served import Served

_RARELY = 50_000  # objects made until circles are looked for


@dataclass(frozen=True)
class Instance:
    """What every door works with; safe to share between threads."""

    settings: Settings
    ledger: Ledger
    store: Store
    projection: Projection | None

    @classmethod
    def open(cls, settings: Settings) -> "Instance":
        """Open the ledger (made when absent); the graph is loaded when it is first asked for.

        Raises LedgerBase when the ledger names its data under another base than the one set, and
        BadSetting when there is no folder for it or no good fixture.
        """
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            home, reason = settings.home, error.strerror
            raise BadSetting(setting="INNOGRAPH_HOME", value=home, reason=reason) from None
        ledger = Ledger.open(settings.ledger, settings.base or None, default=settings.url)
        base = f"{ledger.base}/"  # a query may name things as a contribution does, in short
        store = open_store(settings, vocab.prefixes(), base)
        if settings.engine and not store.shared:  # another process follows the ledger and answers
            limits = settings.query_seconds, settings.queue_seconds
            # What a fixture says is of no revision, whatever the ledger takes later.
            revision = (lambda: 0) if settings.store_fixture else ledger.revision
            return cls(settings, ledger, Served(settings.engine, revision, *limits), None)
        if settings.store_fixture:
            return cls(settings, ledger, _fixture(settings.store_fixture, ledger, base), None)
        return cls(settings, ledger, store, Projection(ledger, store, settings.queue_seconds))

    @classmethod
    def attach(cls, settings: Settings) -> "Instance":
        """As `open`, asking the engine that runs beside where one does: to load a graph takes long.

        The limits of queries hold there.
        """
        path = str(settings.socket)
        with socket.socket(socket.AF_UNIX) as probe:
            running = probe.connect_ex(path) == 0
        return cls.open(replace(settings, engine=path) if running else settings)

    @property
    def base(self) -> str:
        """Address under which this instance names its data."""
        return self.ledger.base

    def follow(self) -> int:
        """Be at the ledger's revision, whichever process moved it on; return the revision."""
        return self.projection.follow() if self.projection else self.store.revision

    @contextmanager
    def putting_off(self) -> Iterator[None]:
        """Within the block nothing is derived: for an import that nobody reads meanwhile."""
        often = gc.get_threshold()
        # An import makes objects without end, few of them in circles: to look for those as often as
        # Python does takes a quarter of its time.
        gc.set_threshold(_RARELY, *often[1:])
        try:
            with self.projection.putting_off() if self.projection else nullcontext():
                yield
        finally:
            gc.set_threshold(*often)

    def ask(self, query: str, accept: str | None = None, dataset: Dataset | None = None) -> Answer:
        """The answer to a SPARQL query, at the ledger's revision."""
        self.follow()
        return self.store.answer(query, accept, dataset)

    def surroundings(self, targets: Iterable[str]) -> Graph:
        """What the shapes need to know of the things that dossiers point at.

        Of what was merged: what is known of the thing that stands for it.
        """
        wanted, paths = set(targets), sorted(map(str, validation.paths()))
        merged = {iri: end for iri, end in self.ledger.merged().items() if iri in wanted}
        found = self.store.describe(wanted | set(merged.values()), paths)
        for iri, end in merged.items():
            for _, predicate, value in list(found.triples((URIRef(end), None, None))):
                found.add((URIRef(iri), predicate, value))
        return found

    def looks_beyond(self, graph: Graph) -> bool:
        """Whether the rules for the things that a dossier describes look further than that."""
        return not queries.concerned().isdisjoint(map(str, graph.objects(None, RDF.type)))

    def beyond(self, graph: Graph) -> Graph:
        """What the rules for the things that a dossier describes need to know beyond those."""
        kinds = {str(kind) for kind in graph.objects(None, RDF.type)}
        told = media.bare()
        for query in queries.stored().values():
            if query.concerns in kinds and (targets := validation.targets(graph)):
                answer = self.ask(query.bind({"thing": sorted(targets)}), "application/n-triples")
                told += media.read(b"".join(answer.body))
        return told


def _fixture(path: str, ledger: Ledger, base: str) -> Store:
    """A store that holds what a file of N-Quads says and never changes."""
    try:
        if ledger.counts():
            raise ValueError("the ledger is not empty; set another INNOGRAPH_HOME")
        store = Embedded(vocab.prefixes(), base)
        store.restore(path)
        return store
    except (OSError, SyntaxError, ValueError) as error:
        ledger.close()
        name = "INNOGRAPH_STORE_FIXTURE"
        raise BadSetting(setting=name, value=path, reason=error) from None
