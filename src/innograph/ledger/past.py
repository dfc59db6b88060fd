"""What some dossiers said at a revision, as whoever follows the ledger reads it."""

from collections.abc import Iterable, Iterator

from .events import PUBLIC, Event
from .ledger import Ledger
from .tables import events


class Past(Ledger):
    """A ledger as it was at a revision, of some dossiers only. What was erased since is absent."""

    def __init__(self, ledger: Ledger, revision: int, dossiers: Iterable[str]) -> None:
        """`dossiers` may name things too: then it is known what was merged into what."""
        super().__init__(ledger._database, ledger.id, ledger.base)
        self._until = revision
        self._dossiers = frozenset(dossiers)

    def changes(self, after: int) -> Iterator[Event]:
        """Of each dossier its latest public event, in order."""
        until = self.revision()
        then = (events.c.seq > after) & (events.c.seq <= until)
        found = self._last(self._dossiers, events.c.kind.in_(PUBLIC) & then)
        erased = self._last(found, (events.c.kind == "erased") & (events.c.seq > until))
        kept = (event for dossier, event in found.items() if dossier not in erased)
        yield from sorted(kept, key=lambda event: event.seq)
