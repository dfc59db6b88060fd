"""Links and candidates as dossiers of a contributor of their own: made, kept up, taken back.

A thing is called in them what sources call it, since a dossier stands alone; `apply` keeps that up
to date.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rdflib import Graph, Literal

from .. import assets, contributions, decisions, media, queries
from ..contributions import Submission
from ..instance import Instance
from ..ledger import Event
from ..naming import dossier_iri
from ..sources.mapping import slug
from .matches import Link

CONTRIBUTOR = "source/reconciliation"
_BATCH = 500


@dataclass
class Outcome:
    """What `apply` did, or would do: (rule, state) counted; what could not be made, and why."""

    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)


def iri_of(instance: Instance, link: Link) -> str:
    """The address of a link's dossier, the same for ever."""
    return dossier_iri(instance.base, CONTRIBUTOR, link.local)


def decided(instance: Instance, links: Iterable[Link]) -> dict[str, Event]:
    """The decisions that persons took on links, by the links' own ids."""
    dossiers = {iri_of(instance, link): link.local for link in links}
    latest = instance.ledger.latest(dossiers)
    return {dossiers[iri]: e for iri, e in latest.items() if decisions.decided(e)}


def submissions(
    instance: Instance, links: Iterable[Link], accepted: frozenset[str] = frozenset()
) -> Iterator[Submission]:
    """The dossiers of links; those whose own ids are in `accepted` say what a person said: same."""
    links = list(links)
    named = _named(instance, {link.one for link in links})
    for link in links:
        told = _told(link, link.local in accepted)
        document = {"@context": {"@base": f"{instance.base}/id/", **_context()}, **told}
        graph = media.parse(json.dumps(document).encode(), "application/ld+json", instance.base)
        graph += named[link.one]
        yield Submission(
            graph, CONTRIBUTOR, _licence(link), link.local, {"normalisations": _notes(link)}, True
        )


def apply(instance: Instance, links: Iterable[Link], dry: bool = False) -> Outcome:
    """Publish links and candidates, withdraw those that are proposed no more; `dry` only counts.

    What a person decided stays decided: what was accepted is only brought up to date.
    """
    links = list(links)
    outcome = Outcome()
    settled = decided(instance, links)
    open_links = [link for link in links if link.local not in settled and _stored(link)]
    kept = {link.local: link for link in links if link.local in settled}
    yes = [link for local, link in kept.items() if settled[local].kind == "accepted"]
    outcome.states += Counter((link.rule, "decided before") for link in kept.values())
    _publish(instance, open_links, dry, outcome)
    if not dry:
        _refresh(instance, yes, settled)
    wanted = {iri_of(instance, link) for link in [*open_links, *kept.values()]}
    public = instance.ledger.public(instance.ledger.dossiers_of(CONTRIBUTOR) - wanted)
    outcome.vanished = sorted(iri for iri, e in public.items() if not decisions.decided(e))
    for iri in () if dry else outcome.vanished:
        contributions.withdraw(instance, iri, CONTRIBUTOR, "proposed no more")
    return outcome


def _publish(instance: Instance, links: list[Link], dry: bool, outcome: Outcome) -> None:
    public = instance.ledger.public(iri_of(instance, link) for link in links) if dry else {}
    for start in range(0, len(links), _BATCH):
        batch = links[start : start + _BATCH]
        if dry:
            for link in batch:
                known = iri_of(instance, link) in public
                outcome.states[(link.rule, "there already" if known else "new")] += 1
            continue
        receipts = contributions.submit_trusted(instance, list(submissions(instance, batch)))
        for link, receipt in zip(batch, receipts, strict=True):
            outcome.states[(link.rule, receipt.state)] += 1
            if receipt.report and not receipt.report.conforms:
                sentences = "; ".join(receipt.report.sentences("en"))
                outcome.refusals.append((link.local, sentences))


def _refresh(instance: Instance, accepted: list[Link], settled: Mapping[str, Event]) -> None:
    """What persons accepted, told with the names that its things have by now."""
    locals_ = frozenset(link.local for link in accepted)
    for submission in submissions(instance, accepted, locals_):
        event = settled[submission.local or ""]
        names = instance.ledger.named(CONTRIBUTOR, map(str, submission.graph.subjects()))
        assert not {k for k, v in names.items() if k != v}, "its own names are never taken"
        if event.payload != media.content_hash(media.canonical(submission.graph)):
            reason = event.reason or "-"
            decisions.settle(instance, submission, True, event.decider or "-", reason)


def settle(instance: Instance, link: Link, accept: bool, decider: str, reason: str) -> Event:
    """Keep a person's decision on a link: yes makes two things the same, no is never asked again.

    The same decision twice is one. Raises Invalid, when a thing of the link is not published.
    """
    [submission] = submissions(instance, [link], frozenset({link.local} if accept else ()))
    latest = decided(instance, [link]).get(link.local)
    if latest is not None and (latest.kind == "accepted") == accept:
        return latest
    return decisions.settle(instance, submission, accept, decider, reason)


def _stored(link: Link) -> bool:
    """A code that is not certain is not told: it is for the file that a person reviews."""
    return link.certain or link.code is None


def _licence(link: Link) -> str:
    return _licences()["pair" if link.code is None else "code"]


@cache
def _licences() -> dict[str, str]:
    text = (assets.data() / "reconciliation" / "reconciliation.toml").read_text("utf-8")
    found: dict[str, str] = tomllib.loads(text)["licences"]
    return found


@cache
def _context() -> dict[str, Any]:
    text = (assets.data() / "reconciliation" / "context.jsonld").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)["@context"]
    return found


def _told(link: Link, accepted: bool) -> dict[str, Any]:
    if link.code is None:
        return {"id": link.one, "same" if accepted else "possible": link.other}
    code = link.code
    # One node for a code, whoever has it: those that have it are the same.
    node = {
        "id": f"identifier/reconciled-{slug(code.scheme)}-{slug(code.code.replace('_', '-0-'))}",
        "type": "Identifier",
        "scheme": code.scheme,
        "code": code.code,
    }
    return {"id": link.one, "identifier": node}


def _notes(link: Link) -> list[dict[str, str]]:
    """By which rule and how sure, then what spoke for it: kept in graph/meta."""
    about = {"field": "link", "raw": link.names[0], "value": f"{link.sure:.2f}", "rule": link.rule}
    told = [
        {"field": reason.field, "raw": reason.one, "value": reason.other, "rule": reason.rule}
        for reason in link.reasons
    ]
    return [about, *told]


def _named(instance: Instance, things: set[str]) -> dict[str, Graph]:
    """Class and names of things, one name a language, as sources tell them."""
    found = {thing: media.bare() for thing in things}
    ordered = sorted(things)
    for start in range(0, len(ordered), _BATCH):
        text = queries.load("reconcile-named").bind({"thing": ordered[start : start + _BATCH]})
        answer = media.read(b"".join(instance.ask(text, "application/n-triples").body))
        taken = set()
        for subject, predicate, value in sorted(answer, key=str):
            if isinstance(value, Literal):
                place = (subject, predicate, value.language)
                if place in taken:
                    continue
                taken.add(place)
            found[str(subject)].add((subject, predicate, value))
    return found
