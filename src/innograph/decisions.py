"""What persons decide on what a trusted source proposes: kept, and not overruled by the source."""

import json

from . import media, naming, validation
from .contributions import Submission, check_many, own_things
from .errors import Invalid, NotFound
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
