"""What is told itself, as tables: each adoption, what is taken up over time, and where."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import NotDefined, Sentence
from .events import Event, Events, Numbers
from .study import PROVENANCE, Cell, Study, Table

Row = Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """A coded territory that an adopter is in charge of or lies in."""

    adopter: str
    scheme: str
    code: str
    name: str


def places_told(rows: Iterable[Row]) -> list[Place]:
    """Places from the rows of the stored query `adopter-places`; a scheme by its last name."""
    return [
        Place(row["adopter"], row["scheme"].rpartition("/")[2], row["code"], row.get("name", ""))
        for row in rows
    ]


def adoptions(study: Study) -> Table:
    """Each adoption that is told, by when it had begun at the latest, and how that is known."""
    told = sorted(study.told.told, key=lambda e: (e.upper, e.lower, e.innovation, e.adopter))
    censored = dict(zip(study.told.told, study.told.censoring(), strict=True))
    rows: list[tuple[Cell, ...]] = [
        (
            event.innovation,
            event.adopter,
            event.group,
            censored[event],
            event.fidelity,
            "; ".join(event.models),
            *study.provenance([event], len(study.people.members)),
        )
        for event in told
    ]
    columns = ("innovation", "adopter", "group", "known", "fidelity", "model", *PROVENANCE)
    return Table(columns, rows, study.notes())


def uptake(study: Study) -> Table:
    """All adoptions of the study by period, whichever innovation: new ones and so far.

    As `study.when` takes their time. Raises NotDefined when none is dated.
    """
    times = np.floor(study.events.times(study.when))
    if not times.size:
        raise NotDefined(
            measure=Sentence("Adoptions over time"), reason=Sentence("no adoption is dated")
        )
    by_period: dict[int, list[Event]] = defaultdict(list)
    for event, time in zip(study.events.told, times.tolist(), strict=True):
        by_period[int(time)].append(event)
    first = min(by_period) if study.first is None else int(study.first)
    last = max(by_period) if study.last is None else int(study.last)
    so_far = sum(len(events) for period, events in by_period.items() if period < first)
    people = study.people
    rows: list[tuple[Cell, ...]] = []
    for period in range(first, last + 1):
        here = by_period[period]
        so_far += len(here)
        exist = int(((people.entry <= period) & (period < people.exit)).sum())
        numbers = (len(here), so_far, len({e.innovation for e in here}))
        rows.append((study.written(period), *numbers, *study.provenance(here, exist)))
    return Table(("period", "new", "cumulative", "innovations", *PROVENANCE), rows, study.notes())


def whereabouts(study: Study, places: Iterable[Place], scheme: str) -> Table:
    """Of each territory with a code of the scheme: how many there adopted, and when the first did.

    An adopter in charge of several counts in each. Raises NotDefined when nobody who adopted has
    such a code.
    """
    here: dict[str, list[Event]] = defaultdict(list)
    names: dict[str, str] = {}
    of: dict[str, list[Event]] = defaultdict(list)
    for event in study.events.told:
        of[event.adopter].append(event)
    for place in places:
        if place.scheme == scheme and place.adopter in of:
            here[place.code] += of[place.adopter]
            names[place.code] = place.name
    if not here:
        reason = Sentence("no place of those who adopted is known by such a code")
        raise NotDefined(measure=Sentence("A map"), reason=reason)
    rows: list[tuple[Cell, ...]] = []
    for code in sorted(here):
        times = Events(tuple(here[code])).times(study.when)
        first = study.written(float(np.floor(times.min())))
        who = len({event.adopter for event in here[code]})
        kept = study.provenance(here[code], len(study.people.members))
        rows.append((code, names[code], who, first, *kept))
    return Table(("code", "name", "adopters", "first", *PROVENANCE), rows, study.notes())


def by_code(study: Study, places: Iterable[Place], scheme: str) -> dict[str, Numbers]:
    """The times at which those in each territory adopted, first to last."""
    of: dict[str, list[float]] = defaultdict(list)
    for event, time in zip(study.events.told, study.events.times(study.when).tolist(), strict=True):
        of[event.adopter].append(time)
    found: dict[str, list[float]] = defaultdict(list)
    for place in places:
        if place.scheme == scheme and place.adopter in of:
            found[place.code] += of[place.adopter]
    return {code: np.sort(np.array(times, float)) for code, times in sorted(found.items())}


def elsewhere(
    study: Study, places: Iterable[Place], codes: Mapping[str, object], scheme: str
) -> int:
    """How many who adopted have no place among the codes of a scheme."""
    known = {place.adopter for place in places if place.scheme == scheme and place.code in codes}
    return len({event.adopter for event in study.events.told} - known)


def best_scheme(places: Iterable[Place], grids: Mapping[str, Mapping[str, object]]) -> str:
    """The grid on which most adopters have a square; of those nearly as good, the finest.

    "" when nobody has one on any.
    """
    adopters: dict[str, set[str]] = defaultdict(set)
    codes: dict[str, set[str]] = defaultdict(set)
    for place in places:
        if place.code in grids.get(place.scheme, {}):
            adopters[place.scheme].add(place.adopter)
            codes[place.scheme].add(place.code)
    most = max(map(len, adopters.values()), default=0)
    near = [scheme for scheme, known in adopters.items() if len(known) * 4 >= most * 3]
    return max(near, key=lambda scheme: (len(codes[scheme]), scheme), default="")
