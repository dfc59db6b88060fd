"""Runs a source: each of its items becomes a dossier, with an outcome told for each."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .. import assets
from ..contributions import Receipt, Submission, submit_trusted, withdraw
from ..instance import Instance
from ..naming import dossier_iri
from . import Item, Refusal, Source, load, read
from .mapping import graph_of

BATCH_ITEMS, BATCH_SECONDS = 500, 1.0


@dataclass
class Outcome:
    """What became of the items of one run, counted for the table that a person reads.

    `states` counts (kind, state); `refusals` (reason, item, detail); `normalised` and `unmapped`
    count (field, rule) and (field, raw value); `vanished` are public dossiers no longer listed.
    """

    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: list[tuple[str, str, str]] = field(default_factory=list)
    normalised: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    vanished: list[str] = field(default_factory=list)


def run(
    instance: Instance,
    source: Source,
    path: Path,
    limit: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Outcome:
    """Import `path` as `source`; the same content twice changes nothing.

    What the source needs is loaded first, from the facts that are shipped. `progress` is called
    with items done and in all. Raises MissingData when nothing is at `path`.
    """
    for name in source.needs:
        needed = load(name)
        if not instance.ledger.dossiers_of(needed.contributor):
            run(instance, needed, assets.data() / "facts" / f"{name}.jsonl")
    outcome = Outcome()
    found = list(read(source, path))
    items = [item for item in found if isinstance(item, Item)][:limit]
    for refusal in found:
        if isinstance(refusal, Refusal):
            outcome.states[("-", "refused")] += 1
            outcome.refusals.append((refusal.kind, refusal.local, refusal.detail))
    seen: set[str] = set()
    for batch in _batches(_submissions(instance, source, items)):
        receipts = submit_trusted(instance, [submission for _, submission in batch])
        for (item, _), receipt in zip(batch, receipts, strict=True):
            seen.add(receipt.dossier)
            _tell(outcome, item, receipt)
        progress(sum(outcome.states.values()), len(items))
    if limit is None:
        kept = {dossier_iri(instance.base, source.contributor, r.local) for r in found}
        _vanished(instance, source, seen | kept, outcome)
    return outcome


def _submissions(
    instance: Instance, source: Source, items: Iterable[Item]
) -> Iterator[tuple[Item, Submission]]:
    for item in items:
        notes = {
            "primarySource": source.address,
            "normalisations": [
                {"field": n.field, "raw": n.raw, "rule": n.rule}
                | ({} if n.value is None else {"value": n.value})
                for n in item.notes
            ],
        }
        graph = graph_of(item, source, instance.base)
        licence = item.licence or source.licence
        yield item, Submission(graph, source.contributor, licence, item.local, notes)


def _batches(
    submissions: Iterable[tuple[Item, Submission]],
) -> Iterator[list[tuple[Item, Submission]]]:
    """Batches small enough that a kill loses little and readers are not held up."""
    batch: list[tuple[Item, Submission]] = []
    started = time.monotonic()
    for entry in submissions:
        batch.append(entry)
        if len(batch) == BATCH_ITEMS or time.monotonic() - started > BATCH_SECONDS:
            yield batch
            batch, started = [], time.monotonic()
    if batch:
        yield batch


def _tell(outcome: Outcome, item: Item, receipt: Receipt) -> None:
    outcome.states[(item.kind, receipt.state)] += 1
    if receipt.state == "refused" and receipt.report:
        for sentence in receipt.report.sentences("en"):
            outcome.refusals.append(("check", item.local, sentence))
    for note in item.notes:
        if note.value is None:
            outcome.unmapped[(note.field, note.raw)] += 1
        else:
            outcome.normalised[(note.field, note.rule)] += 1


def _vanished(instance: Instance, source: Source, seen: set[str], outcome: Outcome) -> None:
    """What the source no longer lists is told; it is withdrawn only if the source says so."""
    known = instance.ledger.dossiers_of(source.contributor)
    outcome.vanished = sorted(instance.ledger.public(known - seen))
    if source.vanished == "withdraw":
        for dossier in outcome.vanished:
            withdraw(instance, dossier, source.contributor, "no longer listed by the source")
