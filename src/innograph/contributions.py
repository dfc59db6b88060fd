"""The life of a contribution: received, checked, decided on, withdrawn.

A person's contribution waits for a decision; a trusted source's is accepted at once. Both are
checked alike, and both end as events of the ledger, which alone says what is public.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rdflib import RDF, Graph, URIRef

from . import media, validation
from .errors import Forbidden, Invalid, NotFound, NotMinted, NotPending
from .instance import Instance
from .ledger import Entry, Event, Ledger, Writer
from .validation import Report

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Submission:
    """What somebody says about one thing.

    `local` is the contributor's own id of the item, for ever; None has one minted. `notes` are told
    in graph/meta beside the dossier, in the words of ontology/dossier.context.jsonld.
    """

    graph: Graph
    contributor: str
    licence: str
    local: str | None = None
    notes: Mapping[str, object] = field(default_factory=dict)


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


def dossier_iri(base: str, contributor: str, local: str) -> str:
    """The IRI of a dossier, fixed for ever by who speaks and their own id of the item."""
    key = hashlib.sha256(f"{contributor}\0{local}".encode()).hexdigest()[:20]
    return f"{base}/id/dossier/{key}"


def receipt_iri(base: str, key: str) -> str:
    return f"{base}/id/receipt/{key}"


def check(instance: Instance, graph: Graph) -> Report:
    """What the shapes say of a dossier, seen among what is published."""
    instance.follow()
    return _check(instance, [graph])[0]


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
    graph = _with_typed_names(graph, instance.base)
    _refuse_foreign_names(instance, graph)
    report = _check(instance, [graph])[0]
    if not report.conforms:
        raise Invalid(report)
    submission = Submission(graph, contributor, licence)
    with instance.ledger.writing() as writer:
        content = media.content_hash(media.canonical(_renamed(graph, _names(writer, submission))))
        if dossier is None and (known := writer.by_content(contributor, content)):
            return Receipt("unchanged", known.dossier, known.receipt, None)
        iri = dossier or dossier_iri(instance.base, contributor, secrets.token_hex(10))
        return _keep(writer, instance.base, iri, submission, report, trusted=False)


def submit_trusted(instance: Instance, submissions: Sequence[Submission]) -> list[Receipt]:
    """Take a batch of a trusted source's items: one transaction, one revision.

    An item that fails the check is refused and stops nothing. One whose dossier a person has
    withdrawn, refused or erased waits for a decision if its content is new.
    """
    instance.follow()
    names = [_names(instance.ledger, submission) for submission in submissions]
    graphs = [_renamed(s.graph, named) for s, named in zip(submissions, names, strict=True)]
    iris = [dossier_iri(instance.base, s.contributor, s.local or "") for s in submissions]
    latest = instance.ledger.latest(iris)
    same = [_is_latest(graph, latest.get(iri)) for graph, iri in zip(graphs, iris, strict=True)]
    changed = [graph for graph, unchanged in zip(graphs, same, strict=True) if not unchanged]
    reports = iter(_check(instance, changed))
    receipts: list[Receipt] = []
    with instance.ledger.writing() as writer:
        for submission, iri, unchanged in zip(submissions, iris, same, strict=True):
            if unchanged:
                receipts.append(Receipt("unchanged", iri, latest[iri].receipt, None))
            elif (report := next(reports)).conforms:
                receipts.append(_keep(writer, instance.base, iri, submission, report, True))
            else:
                receipts.append(Receipt("refused", iri, None, report))
    return receipts


def decide(instance: Instance, receipt: str, accept: bool, decider: str, reason: str) -> Event:
    """Accept or refuse what waits under a receipt; what is accepted is public on return.

    An accepted dossier is checked again, among what is published by now. Raises NotFound,
    NotPending and Invalid.
    """
    instance.follow()
    events = instance.ledger.of_receipt(receipt)
    if not events:
        raise NotFound(iri=receipt_iri(instance.base, receipt))
    received = events[0]
    if accept and received.payload:
        content = instance.ledger.payload(received.dossier, received.payload)
        report = _check(instance, [media.read(content or b"")])[0]
        if not report.conforms:
            raise Invalid(report)
    with instance.ledger.writing() as writer:
        latest = writer.latest([received.dossier])[received.dossier]
        if latest.seq != received.seq:
            raise NotPending(receipt=receipt, state=latest.kind)
        decision = writer.append(
            Entry(
                kind="accepted" if accept else "refused",
                dossier=received.dossier,
                thing=received.thing,
                receipt=receipt,
                payload=received.payload,
                notes=received.notes,
                contributor=received.contributor,
                licence=received.licence,
                decider=decider,
                reason=reason,
            )
        )
    instance.follow()
    return decision


def withdraw(instance: Instance, dossier: str, decider: str, reason: str) -> Event | None:
    """Take a public dossier out of the graph; the ledger still holds it, the web answers 410.

    None when it is withdrawn already. Raises NotFound when it was never public.
    """
    with instance.ledger.writing() as writer:
        latest = writer.latest([dossier]).get(dossier)
        if latest is not None and latest.kind in ("withdrawn", "erased"):
            return None
        public = writer.public([dossier]).get(dossier)
        if public is None:
            raise NotFound(iri=dossier)
        event = writer.append(
            Entry(
                kind="withdrawn",
                dossier=dossier,
                thing=public.thing,
                payload=public.payload,
                contributor=public.contributor,
                licence=public.licence,
                decider=decider,
                reason=reason,
            )
        )
    instance.follow()
    return event


def broken_by(instance: Instance, event: Event) -> dict[str, Report]:
    """Published dossiers that no longer conform because of what `event` took away.

    At most 1,000 are looked at. They stay published: a person decides what to do with them.
    """
    gone = media.read(instance.ledger.payload(event.dossier, event.payload or "") or b"")
    things = " ".join(s.n3() for s in sorted(set(gone.subjects(RDF.type)), key=str))
    query = (
        f"CONSTRUCT {{ ?dossier a ?dossier }} WHERE {{ SELECT DISTINCT ?dossier WHERE "
        f"{{ VALUES ?thing {{ {things} }} GRAPH ?dossier {{ ?s ?p ?thing }} FILTER(STRSTARTS("
        f'STR(?dossier), "{instance.base}/id/dossier/")) }} LIMIT 1000 }}'
    )
    answer = b"".join(instance.ask(query, "application/n-triples").body)
    dossiers = sorted(str(dossier) for dossier in media.read(answer).subjects())
    reports = _check(instance, [instance.store.content([dossier]) for dossier in dossiers])
    return {d: r for d, r in zip(dossiers, reports, strict=True) if not r.conforms}


def _keep(
    writer: Writer, base: str, dossier: str, submission: Submission, report: Report, trusted: bool
) -> Receipt:
    """Append what is new to the ledger."""
    latest = writer.latest([dossier]).get(dossier)
    names = _names(writer, submission)
    for node in sorted(set(submission.graph.subjects()), key=str):
        if str(node).startswith(f"{base}/id/") and str(node) not in names:
            if trusted or not writer.minted([str(node)]):
                names[str(node)] = writer.mint(submission.contributor, str(node), dossier)
    graph = _renamed(submission.graph, names)
    content = media.canonical(graph)
    if latest is not None and latest.payload == media.content_hash(content):
        return Receipt("unchanged", dossier, latest.receipt, None)
    at_once = trusted and (latest is None or latest.kind == "accepted")
    key = None if at_once else secrets.token_hex(8)
    writer.append(
        Entry(
            kind="accepted" if at_once else "received",
            dossier=dossier,
            thing=str(validation.root(graph)),
            receipt=key,
            content=content,
            notes_content=json.dumps(submission.notes, sort_keys=True).encode(),
            contributor=submission.contributor,
            licence=submission.licence,
            decider=submission.contributor if at_once else None,
        )
    )
    return Receipt("accepted" if at_once else "received", dossier, key, report)


def _is_latest(graph: Graph, latest: Event | None) -> bool:
    content = media.content_hash(media.canonical(graph))
    return latest is not None and latest.payload == content


def _check(instance: Instance, graphs: Sequence[Graph]) -> list[Report]:
    """Check dossiers of a batch: each may point at what is published, or at a sound other."""
    targets = [validation.targets(graph) for graph in graphs]
    published = instance.surroundings(str(target) for target in set().union(*targets))
    refused: set[int] = set()
    while True:
        known = media.bare()
        known += published
        for number, graph in enumerate(graphs):
            if number not in refused and len(graphs) > 1:
                known += _facts_for_others(graph)
        seen = [_about(pointed_at, known) for pointed_at in targets]
        reports = validation.check_many(zip(graphs, seen, strict=True), base=instance.base)
        failed = {number for number, report in enumerate(reports) if not report.conforms}
        if len(graphs) == 1 or failed <= refused:
            return reports
        refused |= failed


def _facts_for_others(graph: Graph) -> Graph:
    facts = media.bare()
    for predicate in validation.paths():
        facts += graph.triples((None, predicate, None))
    return facts


def _about(nodes: set[URIRef], known: Graph) -> Graph:
    facts = media.bare()
    for node in nodes:
        facts += known.triples((node, None, None))
    return facts


def _with_typed_names(graph: Graph, base: str) -> Graph:
    """Names made for nameless nodes say what they name: .../id/node/x -> .../id/adoption/x."""
    names = {}
    for node in set(graph.subjects()):
        kind = min(graph.objects(node, RDF.type), key=str, default=None)
        if kind is not None and str(node).startswith(f"{base}/id/node/"):
            word = re.split(r"[#/]", str(kind))[-1]
            slug = _WORDS.sub("-", word).lower()
            names[str(node)] = str(node).replace("/id/node/", f"/id/{slug}/")
    return _renamed(graph, names)


def _refuse_foreign_names(instance: Instance, graph: Graph) -> None:
    """Nobody but this instance makes names under its base."""
    own = {str(s) for s in graph.subjects() if _under(str(s), instance.base)}
    made = {name for name in own if re.search(r"/[0-9a-f]{16}-\d+$", name)}
    for name in sorted(own - made - instance.ledger.minted(own - made).keys()):
        raise NotMinted(iri=name)


def _under(iri: str, base: str) -> bool:
    return iri.startswith((f"{base}/", f"{base}#"))


def _names(registry: Ledger | Writer, submission: Submission) -> dict[str, str]:
    """The names under which the things of a submission are registered already."""
    nodes = set(submission.graph.subjects()) | set(submission.graph.objects())
    proposed = {str(node) for node in nodes if isinstance(node, URIRef)}
    return registry.named(submission.contributor, proposed)


def _renamed(graph: Graph, names: dict[str, str]) -> Graph:
    changed = {URIRef(old): URIRef(new) for old, new in names.items() if old != new}
    if not changed:
        return graph
    renamed = Graph()
    for s, p, o in graph:
        renamed.add((changed.get(s, s), p, changed.get(o, o)))  # type: ignore[call-overload]
    return renamed
