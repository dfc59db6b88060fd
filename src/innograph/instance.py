"""One running innograph: its ledger, its store, and the projection between them."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from rdflib import RDF, Graph

from . import media, queries, validation, vocab
from .errors import BadSetting
from .ledger import Ledger
from .projection import Projection
from .settings import Settings
from .store import Answer, Dataset, Store, open_store
from .store.served import Served


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
        BadSetting when there is no folder for it.
        """
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            home, reason = settings.home, error.strerror
            raise BadSetting(setting="INNOGRAPH_HOME", value=home, reason=reason) from None
        ledger = Ledger.open(settings.ledger, settings.base or None, default=settings.url)
        store = open_store(settings, vocab.prefixes())
        if settings.engine and not store.shared:  # another process follows the ledger and answers
            limits = settings.query_seconds, settings.queue_seconds
            return cls(settings, ledger, Served(settings.engine, ledger.revision, *limits), None)
        return cls(settings, ledger, store, Projection(ledger, store, settings.queue_seconds))

    @property
    def base(self) -> str:
        """Address under which this instance names its data."""
        return self.ledger.base

    def follow(self) -> int:
        """Be at the ledger's revision, whichever process moved it on; return the revision."""
        return self.projection.follow() if self.projection else self.store.revision

    def putting_off(self) -> AbstractContextManager[None]:
        """Within the block nothing is derived: for an import that nobody reads meanwhile."""
        return self.projection.putting_off() if self.projection else nullcontext()

    def ask(self, query: str, accept: str | None = None, dataset: Dataset | None = None) -> Answer:
        """The answer to a SPARQL query, at the ledger's revision."""
        self.follow()
        return self.store.answer(query, accept, dataset)

    def surroundings(self, targets: Iterable[str]) -> Graph:
        """What the shapes need to know of the things that dossiers point at."""
        return self.store.describe(targets, map(str, validation.paths()))

    def looks_beyond(self, graph: Graph) -> bool:
        """Whether the rules for the things that a dossier describes look further than that."""
        kinds = {str(kind) for kind in graph.objects(None, RDF.type)}
        return any(query.concerns in kinds for query in queries.stored().values())

    def beyond(self, graph: Graph) -> Graph:
        """What the rules for the things that a dossier describes need to know beyond those."""
        kinds = {str(kind) for kind in graph.objects(None, RDF.type)}
        told = media.bare()
        for query in queries.stored().values():
            if query.concerns in kinds and (targets := validation.targets(graph)):
                answer = self.ask(query.bind({"thing": sorted(targets)}), "application/n-triples")
                told += media.read(b"".join(answer.body))
        return told
