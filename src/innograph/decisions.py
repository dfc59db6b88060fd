"""What persons decide beside what is sent: kept, and not overruled by a source.

Whether what a source proposes holds, and which things are one.
"""

import json

from rdflib import RDF, URIRef

from . import media, naming, queries, validation
from .contributions import Submission, check_many, own_things
from .errors import Invalid, NotFound, NotMerged, Unmergeable
from .instance import Instance
from .ledger import Entry, Event
from .naming import dossier_iri


def settle(
    instance: Instance, submission: Submission, accept: bool, decider: str, reason: str
) -> Event:
    """Keep a person's decision on what a trusted source proposes; what is accepted is public.

    The source does not change it any more: neither brings back what was refused, nor replaces what
    was accepted, until the decision is reopened. Raises Invalid.
    """
    instance.follow()
    report = check_many(instance, [submission.graph])[0]
    if not report.conforms:
        raise Invalid(report)
    iri = dossier_iri(instance.base, submission.contributor, submission.local or "")
    with instance.ledger.writing() as writer:
        own = own_things(writer, submission, instance.base)
        names = writer.named(submission.contributor, naming.nodes_of([submission.graph]))
        names |= writer.mint_all(submission.contributor, dict.fromkeys(sorted(own), iri))
        public = writer.public([iri])
        graph = naming.renamed(submission.graph, names)
        event = writer.append(
            Entry(
                kind="accepted" if accept else "withdrawn" if public else "refused",
                dossier=iri,
                thing=str(validation.root(graph)),
                content=media.canonical(graph),
                notes_content=json.dumps(submission.notes, sort_keys=True).encode(),
                contributor=submission.contributor,
                licence=submission.licence,
                decider=decider,
                reason=reason,
            )
        )
    instance.follow()
    return event


def reopen(instance: Instance, dossier: str, decider: str, reason: str) -> Event:
    """Take back a person's decision: what a source proposes of it counts again.

    Raises NotFound when nothing was decided.
    """
    with instance.ledger.writing() as writer:
        latest = writer.latest([dossier]).get(dossier)
        if latest is None or not decided(latest):
            raise NotFound(iri=dossier)
        # As when a source ceases to list it: the source may say it again.
        told = f"{reason} ({decider})"
        event = writer.append(Entry.after(latest, "withdrawn", latest.contributor, told))
    instance.follow()
    return event


def decided(latest: Event) -> bool:
    """Whether the latest event of a dossier is a person's decision, not its contributor's."""
    return latest.decider is not None and latest.decider != latest.contributor


def mergeable(instance: Instance, loser: str, survivor: str) -> bool:
    """Whether a merge would change something; False when it was made before.

    Raises NotFound when one of the two is nothing public, Unmergeable when they are not of one
    kind or one is the other already, BadParameter for what is no address.
    """
    for iri in (loser, survivor):
        queries.Parameter("address", "iri").term(iri)
    instance.follow()
    merged = instance.ledger.merged()
    if loser in merged and merged[loser] == merged.get(survivor, survivor):
        return False
    if loser in merged:
        reason = f"it is merged into {merged[loser]}; unmerge it first"
        raise Unmergeable(thing=loser, other=survivor, reason=reason)
    if merged.get(survivor, survivor) == loser:
        raise Unmergeable(thing=loser, other=survivor, reason="it would be merged into itself")
    told = instance.store.describe([loser, merged.get(survivor, survivor)], [str(RDF.type)])
    kinds = [set(told.objects(URIRef(iri))) for iri in (loser, merged.get(survivor, survivor))]
    for iri, kind in zip((loser, survivor), kinds, strict=True):
        if not kind:
            raise NotFound(iri=iri)
    if not kinds[0] & kinds[1]:
        raise Unmergeable(thing=loser, other=survivor, reason="they are not of one kind")
    return True


def merge(instance: Instance, loser: str, survivor: str, decider: str, reason: str) -> Event | None:
    """Have one thing stand for another that is the same; None when it does already.

    What dossiers say stays as it is. Raises as `mergeable`.
    """
    if not mergeable(instance, loser, survivor):
        return None
    with instance.ledger.writing() as writer:
        merged = writer.merged()
        if loser in merged or merged.get(survivor, survivor) == loser:  # somebody was quicker
            raise Unmergeable(thing=loser, other=survivor, reason="another merge came before")
        entry = Entry(kind="merged", dossier=loser, thing=survivor, decider=decider, reason=reason)
        event = writer.append(entry)
    instance.follow()
    return event


def unmerge(instance: Instance, loser: str, decider: str, reason: str) -> Event:
    """Take a merge back; raises NotMerged when there is none."""
    with instance.ledger.writing() as writer:
        latest = writer.latest([loser]).get(loser)
        if latest is None or latest.kind != "merged":
            raise NotMerged(thing=loser)
        entry = Entry(
            kind="unmerged", dossier=loser, thing=latest.thing, decider=decider, reason=reason
        )
        event = writer.append(entry)
    instance.follow()
    return event
