"""Runs a source: each of its items becomes a dossier, with an outcome told for each.

Items come one by one and are let go batch by batch, so that memory does not grow with the file.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .. import assets
from ..contributions import Receipt, Submission, submit_trusted, withdraw
from ..errors import Unparsable
from ..instance import Instance
from ..naming import dossier_iri
from . import Item, Refusal, Remark, Source, ahead, load, read
from .mapping import Made, made

BATCH_ITEMS, BATCH_SECONDS = 500, 1.0
# How many refused items are tried once more at the end, when what they point at may be there.
AGAIN = 20_000
# How many values of a field are counted each by itself.
_DISTINCT, _OTHERS = 1_000, "(other values)"


@dataclass
class Outcome:
    """What became of the items of one run, counted for the table that a person reads.

    `states` counts (kind, state); `refusals` (reason, item, detail); `normalised` and `unmapped`
    count (field, rule) and (field, raw value); `vanished` are public dossiers no longer listed;
    `remarks` are what was found out about the file.
    """

    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: list[tuple[str, str, str]] = field(default_factory=list)
    normalised: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    vanished: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _distinct: Counter[str] = field(default_factory=Counter)

    def count(self, item: Item) -> None:
        """Count the notes of an item; of a field with very many values only the first by name."""
        for note in item.notes:
            if note.value is not None:
                self.normalised[(note.field, note.rule)] += 1
                continue
            key = (note.field, note.raw)
            if key not in self.unmapped:
                if self._distinct[note.field] == _DISTINCT:
                    key = (note.field, _OTHERS)
                else:
                    self._distinct[note.field] += 1
            self.unmapped[key] += 1


def run(
    instance: Instance,
    source: Source,
    path: Path,
    limit: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
    apart: bool = False,
) -> Outcome:
    """Import `path` as `source`; the same content twice changes nothing.

    What the source needs is loaded first, from the facts that are shipped. `progress` is called
    with the items done; `apart` lets what is long be read in a process of its own. Raises
    MissingData when nothing is at `path`.
    """
    for name in source.needs:
        needed = load(name)
        if not instance.ledger.dossiers_of(needed.contributor):
            run(instance, needed, assets.data() / "facts" / f"{name}.jsonl")
    if apart and ahead.pays(path):
        found = ahead.read_made(source, path, instance.base)
    else:
        found = made(read(source, path), source, instance.base)
    return take(instance, source, found, limit, progress)


def take(
    instance: Instance,
    source: Source,
    found: Iterable[Made | Refusal | Remark],
    limit: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
    *,
    seen: Iterable[str] = (),
    refused: list[str] | None = None,
    listed: bool = True,
) -> Outcome:
    """As `run`, of items that are made already or are being made.

    `seen` are items that the source has listed before; what is refused for now is added to
    `refused`; `listed` tells that all was listed that the source has, so that what is not there has
    vanished.
    """
    outcome, waiting = Outcome(), list[Item]()
    listed &= limit is None
    known = set(seen)
    items = _items(found, limit, outcome)
    for batch in _batches(_submissions(source, items), outcome):
        for item, receipt in _submitted(instance, batch):
            known.add(item.local)
            if receipt.state == "refused" and len(waiting) < AGAIN:
                waiting.append(item)
                if refused is not None:
                    refused.append(item.local)
            else:
                _tell(outcome, item, receipt)
        progress(sum(outcome.states.values()) + len(waiting))
    _once_more(instance, source, waiting, outcome)
    if listed:
        kept = known.union(local for _, local, _ in outcome.refusals)
        iris = {dossier_iri(instance.base, source.contributor, local) for local in kept}
        _vanished(instance, source, iris, outcome)
    return outcome


def _once_more(instance: Instance, source: Source, waiting: list[Item], outcome: Outcome) -> None:
    """Try again what was refused, as long as it helps: it may point at what came after it."""
    while waiting:
        refused: list[tuple[Item, Receipt]] = []
        again = _items(made(waiting, source, instance.base), None, outcome)
        for batch in _batches(_submissions(source, again), outcome):
            for item, receipt in _submitted(instance, batch):
                if receipt.state == "refused":
                    refused.append((item, receipt))
                else:
                    _tell(outcome, item, receipt)
        if len(refused) == len(waiting):
            for item, receipt in refused:
                _tell(outcome, item, receipt)
            return
        waiting = [item for item, _ in refused]


_Entry = tuple[Item, Submission | Unparsable]
_Batch = list[tuple[Item, Submission]]


def _items(
    found: Iterable[Made | Refusal | Remark], limit: int | None, outcome: Outcome
) -> Iterator[Made]:
    """The items, as far as the limit; what else a reader tells goes into the outcome."""
    number = 0
    for told in found:
        if isinstance(told, Remark):
            outcome.remarks.append(told.text)
        elif isinstance(told, Refusal):
            outcome.states[("-", "refused")] += 1
            outcome.refusals.append((told.kind, told.local, told.detail))
        else:
            yield told
            number += 1
            if number == limit:
                return


def _submissions(source: Source, items: Iterable[Made]) -> Iterator[_Entry]:
    for item, graph in items:
        notes = {
            "primarySource": item.local if source.is_innograph else source.address,
            "normalisations": [
                {"field": n.field, "raw": n.raw, "rule": n.rule}
                | ({} if n.value is None else {"value": n.value})
                for n in item.notes
            ],
        }
        licence = item.licence or source.licence
        if isinstance(graph, Unparsable):
            yield item, graph
        else:
            dossier = item.local if source.is_innograph else None
            told = source.contributor, licence, item.local, notes
            yield item, Submission(graph, *told, dossier=dossier)


def _batches(
    entries: Iterable[_Entry], outcome: Outcome
) -> Iterator[list[tuple[Item, Submission]]]:
    """Batches small enough that a kill loses little and readers are not held up."""
    batch: list[tuple[Item, Submission]] = []
    started = time.monotonic()
    for item, submission in entries:
        if isinstance(submission, Unparsable):
            outcome.states[(item.kind, "refused")] += 1
            outcome.refusals.append(("not readable", item.local, str(submission)))
            continue
        batch.append((item, submission))
        if len(batch) == BATCH_ITEMS or time.monotonic() - started > BATCH_SECONDS:
            yield batch
            batch, started = [], time.monotonic()
    if batch:
        yield batch


def _submitted(instance: Instance, batch: _Batch) -> Iterator[tuple[Item, Receipt]]:
    receipts = submit_trusted(instance, [submission for _, submission in batch])
    for (item, _), receipt in zip(batch, receipts, strict=True):
        yield item, receipt


def _place(item: Item) -> str:
    return f"{item.place}, {item.local}" if item.place else item.local


def _tell(outcome: Outcome, item: Item, receipt: Receipt) -> None:
    outcome.states[(item.kind, receipt.state)] += 1
    if receipt.state == "refused" and receipt.report:
        for sentence in receipt.report.sentences("en"):
            outcome.refusals.append(("check", _place(item), sentence))
    outcome.count(item)


def _vanished(instance: Instance, source: Source, seen: set[str], outcome: Outcome) -> None:
    """What the source no longer lists is told, unless each of its files speaks for itself only; it
    is withdrawn only if the source says so."""
    if source.vanished == "ignore":
        return
    known = instance.ledger.dossiers_of(source.contributor)
    outcome.vanished = sorted(instance.ledger.public(known - seen))
    if source.vanished == "withdraw":
        for dossier in outcome.vanished:
            withdraw(instance, dossier, source.contributor, "no longer listed by the source")
