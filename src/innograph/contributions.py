"""The life of a contribution: received, checked, decided on, withdrawn.

A person's contribution waits for a decision; a trusted source's is accepted at once. Both are
checked alike, and both end as events of the ledger, which alone says what is public.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain

from rdflib import Graph
from rdflib.term import Node

from . import media, naming, validation
from .errors import Forbidden, Invalid, NotFound, NotPending
from .instance import Instance
from .ledger import PUBLIC, Entry, Event, Ledger, Writer
from .naming import dossier_iri
from .validation import Report

_Triple = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Submission:
    """What somebody says about one thing.

    `local` is the contributor's own id of the item, for ever; None has one minted. `notes` are told
    in graph/meta beside the dossier, in the words of ontology/dossier.context.jsonld. `amends`: it
    says more of things that others have named; else a name that somebody has given means another.
    `dossier` is the name that another innograph gave it, which it keeps.
    """

    graph: Graph
    contributor: str
    licence: str
    local: str | None = None
    notes: Mapping[str, object] = field(default_factory=dict)
    amends: bool = False
    dossier: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of a submission.

    `state` is received (waits for a decision), accepted, unchanged (known already) or refused (by
    the check); `key` names the receipt where there is one; what is unchanged was
    checked before, and has no report.
    """

    state: str
    dossier: str
    key: str | None
    report: Report | None


def receipt_iri(base: str, key: str) -> str:
    return f"{base}/id/receipt/{key}"


def check(instance: Instance, graph: Graph) -> Report:
    """What the shapes say of a dossier, seen among what is published; nothing is kept.

    Raises NotMinted, as `submit` does.
    """
    instance.follow()
    return check_many(instance, [naming.own_names(graph, instance.ledger)])[0]


def submit(
    instance: Instance, graph: Graph, contributor: str, licence: str, dossier: str | None = None
) -> Receipt:
    """Take a person's contribution, to wait for a decision.

    `dossier` names an earlier dossier of the same contributor that this one replaces. The same
    content sent again is recognised. Raises Invalid (with the report), NotMinted and Forbidden.
    """
    instance.follow()
    if dossier is not None and dossier not in instance.ledger.dossiers_of(contributor):
        raise Forbidden(dossier=dossier)
    graph = naming.own_names(graph, instance.ledger)
    report = check_many(instance, [graph])[0]
    if not report.conforms:
        raise Invalid(report)
    submission = Submission(graph, contributor, licence)
    with instance.ledger.writing() as writer:
        if dossier is None and (known := _recognised(writer, graph, contributor)):
            return Receipt("unchanged", known.dossier, known.receipt, None)
        iri = dossier or dossier_iri(instance.base, contributor, secrets.token_hex(10))
        names = writer.named(contributor, naming.nodes_of([graph]))
        things = naming.things_of(graph, instance.base)
        new = things - writer.minted(things).keys()
        names |= writer.mint_all(contributor, dict.fromkeys(sorted(new), iri))
        latest = writer.latest([iri])
        return _keep(writer, iri, latest, submission, names, report, trusted=False)


def sent_before(instance: Instance, graph: Graph, contributor: str) -> Event | None:
    """The latest event of the contributor's dossier that says just this, if there is one."""
    return _recognised(instance.ledger, naming.own_names(graph, instance.ledger), contributor)


def submit_trusted(instance: Instance, submissions: Sequence[Submission]) -> list[Receipt]:
    """Take a batch of items of one trusted source: one transaction, one revision.

    An item that fails the check is refused and stops nothing. One whose dossier a person has
    withdrawn, refused or erased waits for a decision if its content is new.
    """
    [contributor] = {submission.contributor for submission in submissions} or {""}
    nodes = naming.nodes_of(submission.graph for submission in submissions)
    names = instance.ledger.named(contributor, nodes)
    items = [
        (s.dossier or dossier_iri(instance.base, contributor, s.local or ""), s)
        for s in submissions
    ]
    latest = instance.ledger.latest(iri for iri, _ in items)
    changed = [
        (iri, submission)
        for iri, submission in items
        if not _is_known(naming.renamed(submission.graph, names), latest.get(iri), contributor)
    ]
    if changed:
        instance.follow()
    waiting = {n for n, (i, _) in enumerate(changed) if not _at_once(latest.get(i), contributor)}
    reports = check_many(instance, [submission.graph for _, submission in changed], waiting)
    checked = {
        id(submission): report for (_, submission), report in zip(changed, reports, strict=True)
    }
    receipts: list[Receipt] = []
    with instance.ledger.writing() as writer:
        latest = writer.latest(iri for iri, _ in items)
        # All names come first: an item may point at one that stands after it.
        proposed = {
            thing: iri
            for iri, submission in changed
            if checked[id(submission)].conforms
            for thing in sorted(own_things(writer, submission, instance.base))
        }
        names = writer.named(contributor, nodes) | writer.mint_all(contributor, proposed)
        for iri, submission in items:
            if (report := checked.get(id(submission))) is None:
                receipts.append(Receipt("unchanged", iri, latest[iri].receipt, None))
            elif report.conforms:
                receipts.append(_keep(writer, iri, latest, submission, names, report, True))
            else:
                receipts.append(Receipt("refused", iri, None, report))
    return receipts


def history(instance: Instance, receipt: str) -> list[Event]:
    """What became of a submission, oldest first; raises NotFound."""
    if events := instance.ledger.of_receipt(receipt):
        return events
    raise NotFound(iri=receipt_iri(instance.base, receipt))


def decide(instance: Instance, receipt: str, accept: bool, decider: str, reason: str) -> Event:
    """Accept or refuse what waits under a receipt; what is accepted is public on return.

    An accepted dossier is checked again, among what is published by now. Raises NotFound,
    NotPending and Invalid.
    """
    instance.follow()
    received = history(instance, receipt)[0]
    _refuse_decided(instance.ledger, received)
    if accept and received.payload:
        content = instance.ledger.payload(received.dossier, received.payload)
        report = check_many(instance, [media.read(content or b"")])[0]
        if not report.conforms:
            raise Invalid(report)
    with instance.ledger.writing() as writer:
        _refuse_decided(writer, received)  # somebody may have been quicker
        kind = "accepted" if accept else "refused"
        decision = writer.append(Entry.after(received, kind, decider, reason))
    instance.follow()
    return decision


def _refuse_decided(registry: Ledger | Writer, received: Event) -> None:
    latest = registry.latest([received.dossier])[received.dossier]
    if latest.seq != received.seq:
        state = "replaced" if latest.kind == "received" else latest.kind
        raise NotPending(receipt=received.receipt, state=state)


def withdraw(instance: Instance, dossier: str, decider: str, reason: str) -> Event | None:
    """Take a public dossier out of the graph; the ledger still holds it, the web answers 410.

    None when it is withdrawn already. Raises NotFound when it was never public.
    """
    with instance.ledger.writing() as writer:
        public = writer.public([dossier]).get(dossier)
        if public is None:
            if any(event.kind in PUBLIC for event in writer.history(dossier)):
                return None
            raise NotFound(iri=dossier)
        event = writer.append(Entry.after(public, "withdrawn", decider, reason))
    instance.follow()
    return event


def broken_by(instance: Instance, event: Event) -> dict[str, Report]:
    """Published dossiers that no longer conform because of what `event` took away or replaced.

    At most 1,000 are looked at. They stay published: a person decides what to do with them.
    """
    before = _replaced(instance.ledger, event) if event.kind == "accepted" else event
    if before is None:
        return {}
    gone = media.read(instance.ledger.payload(before.dossier, before.payload or "") or b"")
    gone -= instance.store.content([before.dossier])
    if not gone:
        return {}
    things = " ".join(s.n3() for s in sorted(set(gone.subjects()), key=str))
    query = (
        f"CONSTRUCT {{ ?dossier a ?dossier }} WHERE {{ SELECT DISTINCT ?dossier WHERE "
        f"{{ VALUES ?thing {{ {things} }} GRAPH ?dossier {{ ?s ?p ?thing }} FILTER(STRSTARTS("
        f'STR(?dossier), "{instance.base}/id/dossier/")) }} LIMIT 1000 }}'
    )
    answer = b"".join(instance.ask(query, "application/n-triples").body)
    dossiers = sorted(str(dossier) for dossier in media.read(answer).subjects())
    reports = check_many(instance, [instance.store.content([dossier]) for dossier in dossiers])
    return {d: r for d, r in zip(dossiers, reports, strict=True) if not r.conforms}


def _replaced(ledger: Ledger, decision: Event) -> Event | None:
    """What a dossier said in public until it was decided that it says something else."""
    earlier = [event for event in ledger.history(decision.dossier) if event.seq < decision.seq]
    public = [event for event in earlier if event.kind in PUBLIC]
    return public[-1] if public and public[-1].kind == "accepted" else None


def own_things(writer: Writer, submission: Submission, base: str) -> set[str]:
    """What a dossier gives names to: all that it describes, unless it says more of others'."""
    things = naming.things_of(submission.graph, base)
    return things - writer.minted(things).keys() if submission.amends else things


def _recognised(registry: Ledger | Writer, graph: Graph, contributor: str) -> Event | None:
    names = registry.named(contributor, naming.nodes_of([graph]))
    content = media.content_hash(media.canonical(naming.renamed(graph, names)))
    return registry.by_content(contributor, content)


def _keep(
    writer: Writer,
    dossier: str,
    latest: dict[str, Event],
    submission: Submission,
    names: Mapping[str, str],
    report: Report,
    trusted: bool,
) -> Receipt:
    """Append to the ledger what is new, and have it in `latest`."""
    before = latest.get(dossier)
    graph = naming.renamed(submission.graph, names)
    if before is not None and _is_known(graph, before, submission.contributor if trusted else None):
        return Receipt("unchanged", dossier, before.receipt, None)
    at_once = trusted and _at_once(before, submission.contributor)
    key = None if at_once else secrets.token_hex(8)
    latest[dossier] = writer.append(
        Entry(
            kind="accepted" if at_once else "received",
            dossier=dossier,
            thing=str(validation.root(graph)),
            receipt=key,
            content=media.canonical(graph),
            notes_content=json.dumps(submission.notes, sort_keys=True).encode(),
            contributor=submission.contributor,
            licence=submission.licence,
            decider=submission.contributor if at_once else None,
        )
    )
    return Receipt("accepted" if at_once else "received", dossier, key, report)


def _is_known(graph: Graph, latest: Event | None, source: str | None) -> bool:
    """Whether a dossier says this already, or said it when a person took it away."""
    if latest is None or _withdrawn_by(latest, source):
        return False
    return latest.payload == media.content_hash(media.canonical(graph))


def _at_once(latest: Event | None, source: str) -> bool:
    """Whether what a source says is public at once: no person has taken it away."""
    return latest is None or latest.kind == "accepted" or _withdrawn_by(latest, source)


def _withdrawn_by(latest: Event, source: str | None) -> bool:
    """Whether it is gone because the source itself had ceased to list it."""
    return latest.kind == "withdrawn" and latest.decider == source


def check_many(
    instance: Instance, graphs: Sequence[Graph], waiting: Set[int] = frozenset()
) -> list[Report]:
    """Check dossiers of a batch: each may point at what is published, or at a sound other.

    `waiting` are the numbers of those that will not be public yet, whatever the check says.
    """
    targets = [validation.targets(graph) for graph in graphs]
    pointing: dict[Node, set[int]] = defaultdict(set)
    for number, pointed_at in enumerate(targets):
        for target in pointed_at:
            pointing[target].add(number)
    published = instance.surroundings(map(str, pointing))
    # A rule for these looks back along links: others of the batch must not be in its sight.
    wide = {number for number, graph in enumerate(graphs) if instance.looks_beyond(graph)}
    beyond = {number: instance.beyond(graphs[number]) for number in wide}
    told = _Told(graphs, pointing.keys())
    reports: dict[int, Report] = {}
    unsound, again = set(waiting), list(range(len(graphs)))
    while again:
        pairs = []
        for number in again:
            about = media.bare()
            for triple in beyond.get(number, ()):
                about.add(triple)
            for target in targets[number]:
                for triple in chain(
                    published.triples((target, None, None)), told.of(target, unsound)
                ):
                    about.add(triple)
            pairs.append((graphs[number], about))
        apart = {place for place, number in enumerate(again) if number in wide}
        found = validation.check_many(pairs, base=instance.base, apart=apart)
        reports |= zip(again, found, strict=True)
        failed = {number for number in again if not reports[number].conforms} - unsound
        unsound |= failed
        again = sorted({n for thing in told.things(failed) for n in pointing[thing]})
    return [reports[number] for number in range(len(graphs))]


class _Told:
    """What the shapes see of things of a batch that others of the batch point at."""

    def __init__(self, graphs: Sequence[Graph], wanted: Collection[Node]) -> None:
        paths = validation.paths()
        self._by_thing: dict[Node, dict[int, list[_Triple]]] = defaultdict(dict)
        self._by_dossier: dict[int, set[Node]] = defaultdict(set)
        for number, graph in enumerate(graphs):
            for triple in graph:
                if triple[0] in wanted and triple[1] in paths:
                    self._by_thing[triple[0]].setdefault(number, []).append(triple)
                    self._by_dossier[number].add(triple[0])

    def of(self, thing: Node, unsound: Set[int]) -> Iterator[_Triple]:
        """What all dossiers but the unsound ones say of a thing."""
        for number, triples in self._by_thing.get(thing, {}).items():
            if number not in unsound:
                yield from triples

    def things(self, dossiers: Iterable[int]) -> set[Node]:
        """All that is told by some dossiers."""
        return {thing for number in dossiers for thing in self._by_dossier.get(number, ())}
