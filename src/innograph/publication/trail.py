"""The events of the ledger that tell of an address: what `/doc` says of it hangs on these."""

from collections.abc import Iterable

from ..ledger import MERGES, PUBLIC, Event, Ledger

_NORMALISATION = "-normalisation-"


def trail(ledger: Ledger, iri: str, until: int | None = None) -> list[Event]:
    """The public events that tell of a thing, a part of one, a dossier or a normalisation.

    Those of dossiers about it, or for which it was named; its merges, and what tells of that which
    was merged into it. In order, up to a revision.
    """
    last = ledger.revision() if until is None else until
    names = {iri} | {loser for loser, end in ledger.merged(last).items() if end == iri}
    found = {event.seq: event for event in ledger.about(names)}
    for dossier in {iri.partition(_NORMALISATION)[0], *ledger.minted(names).values()}:
        # What waits for a decision is nobody's business.
        found |= {event.seq: event for event in ledger.history(dossier) if event.kind in PUBLIC}
    return [found[number] for number in sorted(found) if number <= last]


def dossiers(ledger: Ledger, iris: Iterable[str]) -> set[str]:
    """All dossiers that are about things, or for which these were named."""
    wanted = set(iris)
    told = {event.dossier for event in ledger.about(wanted) if event.kind not in MERGES}
    return told | set(ledger.minted(wanted).values())
