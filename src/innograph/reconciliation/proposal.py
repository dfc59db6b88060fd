"""All that the graph suggests: links and candidates of actors and of innovations."""

from collections.abc import Iterable

from ..instance import Instance
from . import actors, dossiers, innovations
from .matches import Link
from .told import ask

SUBJECTS = ("actors", "innovations")


def propose(instance: Instance, subjects: Iterable[str] = SUBJECTS) -> list[Link]:
    """Links and candidates, those of actors first; the same graph gives the same.

    What persons have decided is among them: `dossiers.decided` tells which.
    """
    found: list[Link] = []
    if "actors" in (chosen := set(subjects)):
        found += actors.links(ask(instance, "reconcile-actors"), instance.base)
    if "innovations" in chosen:
        found += innovations.links(ask(instance, "reconcile-innovations"), instance.base)
    return list({link.local: link for link in found}.values())


def waiting(instance: Instance, links: Iterable[Link]) -> list[Link]:
    """The candidates that a person has not decided on, the likeliest first."""
    candidates = [link for link in links if not link.certain]
    settled = dossiers.decided(instance, candidates)
    undecided = [link for link in candidates if link.local not in settled]
    return sorted(undecided, key=lambda link: (-link.sure, link.local))
