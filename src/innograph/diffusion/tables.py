"""Each measure of a study as a table: one function a table, with where its definition stands."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from ..errors import NotDefined, Sentence
from . import cascades, categories, curve, lags, models, scores, survival
from .cascades import share
from .events import Event, Events, Indices, Numbers
from .study import PROVENANCE, Cell, Study, Table

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Of:
    """One innovation of a study: times by member, and its adoptions."""

    name: str
    times: Numbers
    events: list[Event]


def each(study: Study) -> Iterator[Of]:
    """The innovations of a study."""
    events: dict[str, list[Event]] = defaultdict(list)
    for event in study.events.told:
        events[event.innovation].append(event)
    for name, times in zip(study.events.innovations, study.times, strict=True):
        yield Of(name, times, events[name])


def table(
    study: Study,
    columns: tuple[str, ...],
    rows: Callable[[Of], list[tuple[Cell, ...]]],
    progress: Progress | None = None,
) -> Table:
    """The rows of all innovations; a note names those for which there are none, and why.

    Raises NotDefined when that is all of them.
    """
    found: list[tuple[Cell, ...]] = []
    refused: list[NotDefined] = []
    number = len(study.events.innovations)
    for place, one in enumerate(each(study), 1):
        try:
            found += [(one.name, *row) for row in rows(one)]
        except NotDefined as error:
            refused.append(error)
        if progress:
            progress(place, number)
    if refused and len(refused) == number:
        raise refused[0]
    if not number:
        raise NotDefined(measure=Sentence("The measure"), reason=Sentence("no adoption is dated"))
    notes = study.notes()
    if refused:
        notes.append(
            Sentence(
                "Left out: %(left)s of %(all)s innovations. %(error)s",
                left=len(refused),
                all=number,
                error=refused[0],
            )
        )
    return Table(("innovation", *columns, *PROVENANCE), found, notes)


def curves(study: Study, progress: Progress | None = None) -> Table:
    """The adoption curve of each innovation."""

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        found = _curve(study, one.times)
        by_period = _by_period(study, one.events)
        return [
            (
                study.written(period),
                int(found.new[i]),
                int(found.cumulative[i]),
                int(found.members[i]),
                float(found.share[i]),
                float(found.rate[i]),
                *study.provenance(by_period[period], int(found.at_risk[i])),
            )
            for i, period in enumerate(found.period.tolist())
        ]

    columns = ("period", "new", "cumulative", "members", "share", "rate")
    return table(study, columns, rows, progress)


def hazards(study: Study, progress: Progress | None = None) -> Table:
    """The hazard of each innovation and period, with 95 % bounds."""

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        found = _curve(study, one.times)
        by_period = _by_period(study, one.events)
        told: list[tuple[Cell, ...]] = []
        for i, period in enumerate(found.period.tolist()):
            at_risk, hazard = int(found.at_risk[i]), float(found.hazard[i])
            made = round(hazard * at_risk) if np.isfinite(hazard) else 0
            bounds = share(made, at_risk if np.isfinite(hazard) else 0)
            numbers = (int(found.new[i]), hazard, bounds.lower, bounds.upper)
            kept = study.provenance(by_period[period], at_risk)
            told.append((study.written(period), *numbers, *kept))
        return told

    return table(study, ("period", "new", "hazard", "lower", "upper"), rows, progress)


def _curve(study: Study, times: Numbers) -> curve.Curve:
    people = study.people
    return curve.adoption_curve(times, people.entry, people.exit, study.first, study.last)


def _by_period(study: Study, events: list[Event]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    for event, time in zip(events, Events(tuple(events)).times(study.when), strict=True):
        found[int(np.floor(time))].append(event)
    return found


def survivals(
    study: Study, progress: Progress | None = None, method: str = "kaplan-meier"
) -> Table:
    """How long administrations go without each innovation, since its first adoption.

    Observed until the last period, or the last adoption of any innovation. Turnbull's estimate asks
    not who existed when.
    """

    def kaplan_meier(one: Of) -> list[tuple[Cell, ...]]:
        start = np.nanmin(one.times) if study.first is None else study.first
        end = np.nanmax(study.times) if study.last is None else study.last
        waited = survival.waiting(one.times, start, end, study.people.entry, study.people.exit)
        found = survival.kaplan_meier(waited.duration, waited.observed, waited.entry)
        kept = study.provenance(one.events, None)[:-1]
        return [
            (
                float(time),
                float(time),
                int(found.events[i]),
                float(found.survival[i]),
                float(found.error[i]),
                float(found.lower[i]),
                float(found.upper[i]),
                found.median,
                *kept,
                int(found.at_risk[i]),
            )
            for i, time in enumerate(found.time.tolist())
        ]

    def turnbull(one: Of) -> list[tuple[Cell, ...]]:
        start = min(e.lower for e in one.events if np.isfinite(e.lower) or e.upper < np.inf)
        start = start if np.isfinite(start) else min(e.upper for e in one.events)
        without = len(study.people.members) - len(one.events)
        end = np.nanmax(study.times) if study.last is None else study.last
        # Who has not adopted by the end can do so from the next period on.
        lower = np.array([e.lower for e in one.events] + [end + 1] * without, float) - start
        upper = np.array([e.upper for e in one.events] + [np.inf] * without, float) - start
        left, right, mass = survival.turnbull(lower, upper)
        after = np.maximum(1 - np.cumsum(mass), 0)
        kept = study.provenance(one.events, len(lower))
        half = right[after <= 0.5]
        median = float(half[0]) if half.size else float("nan")
        nothing = (None, None, None)
        return [
            (float(a), float(b), None, float(s), *nothing, median, *kept)
            for a, b, s in zip(left, right, after, strict=True)
        ]

    columns = ("since", "until", "events", "survival", "error", "lower", "upper", "median")
    chosen = turnbull if method == "turnbull" else kaplan_meier
    return table(study, columns, chosen, progress)


def adopters(study: Study, progress: Progress | None = None, variant: str = "rogers") -> Table:
    """The category of each adopter of each innovation."""
    kinds = cast(Literal["rogers", "valente"], variant)

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        found = categories.adopter_categories(one.times, kinds)
        at_risk = _at_risk(study, one.times)
        return [
            (
                member,
                study.written(one.times[i]),
                str(found[i]),
                *study.provenance([study.by_pair[one.name, member]], at_risk[i]),
            )
            for i, member in enumerate(study.people.members)
            if np.isfinite(one.times[i])
        ]

    return table(study, ("adopter", "time", "category"), rows, progress)


def _at_risk(study: Study, times: Numbers) -> list[int]:
    """How many could adopt, and had not, when each did."""
    people, own = study.people, np.where(np.isfinite(times), np.floor(times), -np.inf)
    left = np.maximum(np.minimum(people.exit, _after(times)), people.entry)
    entry, left = np.sort(people.entry), np.sort(left)
    here = np.searchsorted(entry, own, side="right") - np.searchsorted(left, own, side="right")
    return [int(number) for number in here]


def _after(times: Numbers) -> Numbers:
    return np.where(np.isfinite(times), np.floor(times) + 1, np.inf)


def growths(
    study: Study, progress: Progress | None = None, model: str = "bass", form: str = "cumulative"
) -> Table:
    """The parameters of the Bass or logistic model of each innovation."""
    study.dated(Sentence("The Bass model") if model == "bass" else Sentence("The logistic model"))

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        found = _curve(study, one.times)
        if model == "logistic":
            fit = models.fit_logistic(found.cumulative.astype(float))
        elif form == "density":
            fit = models.fit_bass(found.new.astype(float), "density")
        else:
            fit = models.fit_bass(found.share)
        kept = study.provenance(one.events, int(found.at_risk[0]))
        return [
            (name, float(value), float(error), fit.residual_error, len(found.period), *kept)
            for name, value, error in zip(fit.names, fit.values, fit.errors, strict=True)
        ]

    columns = ("parameter", "value", "error", "residual_error", "periods")
    return table(study, columns, rows, progress)


def innovativeness(study: Study, progress: Progress | None = None, within: float = 5) -> Table:
    """The scores of each administration over all innovations."""
    study.dated(Sentence("Scores of who adopts early"))
    times, people = study.times, study.people
    if not times.size:
        raise NotDefined(
            measure=Sentence("Scores of who adopts early"), reason=Sentence("no adoption is dated")
        )
    walker = scores.walker(times, people.entry, people.exit)
    boushey = scores.boushey(times, people.entry, people.exit)
    window = (
        -np.inf if study.first is None else study.first,
        np.inf if study.last is None else study.last,
    )
    rate = scores.rate_score(times, people.entry, people.exit, window=window)
    rank, first, soon = scores.ranks(rate.score), scores.firsts(times), scores.within(times, within)
    events: dict[str, list[Event]] = defaultdict(list)
    for event in study.events.told:
        events[event.adopter].append(event)
    rows: list[tuple[Cell, ...]] = []
    for i, member in enumerate(people.members):
        numbers = (rank[i], rate.score[i], walker[i], boushey[i], soon[i])
        kept = study.provenance(events[member], int(rate.opportunities[i]))
        rows.append((member, int(rate.adoptions[i]), int(first[i]), *map(float, numbers), *kept))
    columns = ("adoptions", "firsts", "rank", "rate_score", "walker", "boushey", "within")
    defined = Sentence(
        "within: share of innovations adopted within %(within)s periods.", within=f"{within:g}"
    )
    notes = [*study.notes(), defined]
    return Table(("adopter", *columns, *PROVENANCE), rows, notes)


def delays(study: Study, progress: Progress | None = None, summary: bool = False) -> Table:
    """The lag of each adoption behind the origin of its innovation, or quartiles by group.

    The origin is what is told to be the original, or else the earliest adoption.
    """
    told = study.events.told
    names = {name: i for i, name in enumerate(study.events.innovations)}
    innovation: Indices = np.array([names[event.innovation] for event in told], np.int64)
    original = np.array(["original" in event.fidelity.split("; ") for event in told], bool)
    has = np.zeros(len(names), bool)
    has[innovation[original]] = True
    earliest = lags.first_events(innovation, study.events.times(study.when))
    origin = original | (earliest & ~has[innovation])
    found = lags.lags(innovation, study.events.lower, study.events.upper, origin)
    behind = np.flatnonzero(~origin)
    if not behind.size:
        raise NotDefined(
            measure=Sentence("The lag"), reason=Sentence("nobody adopted after an origin")
        )
    if summary:
        return _summary(study, [told[i] for i in behind], found.fewest[behind], found.most[behind])
    at_risk = {one.name: _at_risk(study, one.times) for one in each(study)}
    place = {member: i for i, member in enumerate(study.people.members)}
    rows: list[tuple[Cell, ...]] = [
        (
            event.innovation,
            event.adopter,
            event.group,
            float(found.fewest[i]),
            float(found.most[i]),
            *study.provenance([event], at_risk[event.innovation][place[event.adopter]]),
        )
        for i, event in ((i, told[i]) for i in behind.tolist())
    ]
    columns = ("innovation", "adopter", "group", "fewest", "most", *PROVENANCE)
    return Table(columns, rows, study.notes())


def _summary(study: Study, events: list[Event], fewest: Numbers, most: Numbers) -> Table:
    groups = sorted({event.group for event in events})
    rows: list[tuple[Cell, ...]] = []
    for group in groups:
        here = np.array([event.group == group for event in events])
        kept = study.provenance([e for e in events if e.group == group], int(here.sum()))
        rows.append((group, *lags.quartiles(fewest[here]), *lags.quartiles(most[here]), *kept))
    columns = [f"{name}_{which}" for which in ("fewest", "most") for name in ("q1", "median", "q3")]
    return Table(("group", *columns, *PROVENANCE), rows, study.notes())


def shapes(study: Study, progress: Progress | None = None) -> Table:
    """Size, depth and breadth of the cascade of each innovation; fidelity; abandonment."""

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        place = {event.adopter: i for i, event in enumerate(one.events)}
        edges = [(place[m], place[e.adopter]) for e in one.events for m in e.models if m in place]
        followed, followers = np.array(edges, np.int64).reshape(-1, 2).T
        found = cascades.cascade(len(one.events), followed, followers)
        fidelity = cascades.fidelity_shares([event.fidelity for event in one.events])
        changed = sum(s.count for kind, s in fidelity.items() if kind != "identical")
        transposed = share(changed, next(iter(fidelity.values())).whole if fidelity else 0)
        given_up = share(sum(1 for e in one.events if e.ended), len(one.events))
        numbers = (len(one.events), len(edges), found.depth, found.breadth)
        shares = [(s.whole, s.share, s.lower, s.upper) for s in (transposed, given_up)]
        kept = study.provenance(one.events, len(study.people.members))
        return [(*numbers, *shares[0], *shares[1][1:], *kept)]

    columns = (
        *("size", "edges", "depth", "breadth"),
        *("fidelity_told", "transposed", "transposed_lower", "transposed_upper"),
        *("abandoned", "abandoned_lower", "abandoned_upper"),
    )
    return table(study, columns, rows, progress)
