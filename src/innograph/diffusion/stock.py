"""How many are in a state at the end of each period, certainly and possibly; who came and went."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ..errors import NotDefined, Sentence
from . import periods
from .events import Indices, Numbers
from .periods import Unit
from .spells import Spell, Spells, bounds, doubts
from .study import PROVENANCE, Cell, Table


@dataclass(frozen=True)
class Stock:
    """One value a day of counting; what came and went did so since the day before, or ever."""

    certain: Indices
    possible: Indices
    came: Indices
    came_open: Indices
    went: Indices
    went_open: Indices


def stock(
    holder: Indices,
    lower: Numbers,
    upper: Numbers,
    over_lower: Numbers,
    over_upper: Numbers,
    days: Numbers,
) -> Stock:
    """How many holders are in a state on each of some days, by the bounds of their spells in it.

    A spell began in [lower, upper] and was over in [over_lower, over_upper]. Certainly in the state
    on day D: upper <= D < over_lower in some spell; possibly: lower <= D < over_upper. A holder
    counts once, however many of its spells say so. `came` and `went` are the beginnings and ends of
    the unbroken times in which a holder is certainly in the state, since the day before in `days`:
    certain_t = certain_{t-1} + came_t - went_t. Of these, `came_open` have no lower bound: they had
    begun by then, at any time before (left-censored); `went_open` have no upper bound on their end:
    they are no longer certain, and may go on (right-censored).

    `days` rise. Spells without bounds (infinite) are possible always and never certain. What is
    certain and what is possible are the lower and the upper value of incomplete information
    (Lipski 1979, ACM Transactions on Database Systems 4(3)).
    """
    sure, maybe = _unbroken(holder, upper, over_lower), _unbroken(holder, lower, over_upper)
    before = np.concatenate(([-np.inf], days[:-1]))
    came, went = upper[sure.first], over_lower[sure.last]
    open_start, open_end = np.isneginf(lower[sure.first]), np.isposinf(over_upper[sure.last])
    return Stock(
        _up_to(came, days) - _up_to(went, days),
        _up_to(lower[maybe.first], days) - _up_to(over_upper[maybe.last], days),
        _up_to(came, days) - _up_to(came, before),
        _up_to(came[open_start], days) - _up_to(came[open_start], before),
        _up_to(went, days) - _up_to(went, before),
        _up_to(went[open_end], days) - _up_to(went[open_end], before),
    )


@dataclass(frozen=True)
class _Unbroken:
    """Times that a holder's spells fill without a gap, by the spells that begin and end each."""

    first: Indices
    last: Indices


def _unbroken(holder: Indices, begin: Numbers, end: Numbers) -> _Unbroken:
    first: list[int] = []
    last: list[int] = []
    for place in np.lexsort((end, begin, holder)).tolist():
        if not begin[place] < end[place]:
            continue
        if first and holder[first[-1]] == holder[place] and begin[place] <= end[last[-1]]:
            if end[place] > end[last[-1]]:
                last[-1] = place
        else:
            first.append(place)
            last.append(place)
    return _Unbroken(np.array(first, np.int64), np.array(last, np.int64))


def _up_to(times: Numbers, days: Numbers) -> Indices:
    """How many times are not after each day."""
    counted: Indices = np.searchsorted(np.sort(times), days, side="right").astype(np.int64)
    return counted


COLUMNS = (
    *("group", "group_name", "state", "state_name", "period", "on"),
    *("certain", "possible", "came", "came_open", "went", "went_open"),
)


def stocks(
    spells: Spells, unit: Unit = "year", first: float | None = None, last: float | None = None
) -> Table:
    """How many of each group are in each state at the end of each period.

    Days `first` to `last` (ordinals): by default from the first day by which a state had surely
    begun, to the last that bounds anything; the last period is counted on that day. Raises
    NotDefined where no day is told, or they end before they begin.
    """
    days = counted_on(spells, unit, first, last)
    places = {name: place for place, name in enumerate(sorted(spells.holders))}
    members: dict[str, set[str]] = {}
    for spell in spells.told:
        members.setdefault(spell.group, set()).add(spell.holder)
    rows: list[tuple[Cell, ...]] = []
    for (group, state), told in spells.parts().items():
        holder = np.array([places[spell.holder] for spell in told], np.int64)
        found = stock(holder, *bounds(told), days)
        new: dict[int, list[Spell]] = defaultdict(list)
        for spell, place in zip(told, np.searchsorted(days, bounds(told)[1]).tolist(), strict=True):
            new[place].append(spell)
        named = (group, spells.labels.get(group, ""), state, spells.labels.get(state, ""))
        for i, day in enumerate(days.tolist()):
            written = periods.told(periods.of_ordinal(day, unit), unit), periods.told(day, "day")
            numbers = (
                *(found.certain[i], found.possible[i], found.came[i], found.came_open[i]),
                *(found.went[i], found.went_open[i]),
            )
            kept = _provenance(new[i], len(members[group]))
            rows.append((*named, *written, *map(int, numbers), *kept))
    return Table((*COLUMNS, *PROVENANCE), rows, _notes(spells))


def counted_on(
    spells: Spells, unit: Unit, first: float | None = None, last: float | None = None
) -> Numbers:
    """The last day of each period, up to `last`. Raises NotDefined as `stocks`."""
    begun = [spell.upper for spell in spells.told if np.isfinite(spell.upper)]
    if not begun and (first is None or last is None):
        raise NotDefined(measure=Sentence("The stock"), reason=Sentence("no status is dated"))
    begin = min(begun) if first is None else first
    end = float(spells.known_days().max()) if last is None else last
    if end < begin:
        raise NotDefined(measure=Sentence("The stock"), reason=Sentence("it ends before it begins"))
    axis = np.arange(periods.of_ordinal(begin, unit), periods.of_ordinal(end, unit) + 1)
    return np.array([min(periods.last_day(period, unit), end) for period in axis], float)


def _provenance(spells: list[Spell], holders: int) -> tuple[Cell, ...]:
    if not spells:
        return "", "", "", "", holders
    return (
        "; ".join(sorted({spell.kind for spell in spells} - {""})),
        periods.told(min(spell.lower for spell in spells), "day"),
        periods.told(max(spell.upper for spell in spells), "day"),
        "; ".join(sorted({spell.source for spell in spells} - {""})),
        holders,
    )


def _notes(spells: Spells) -> list[Sentence]:
    found = doubts(spells)
    whole = found.holders
    told = [
        (
            found.several,
            Sentence(
                "%(number)s of %(all)s stand in several groups, and count in each.",
                number=found.several,
                all=whole,
            ),
        ),
        (
            found.outside,
            Sentence(
                "%(number)s of %(all)s stand (also) in no group that is told.",
                number=found.outside,
                all=whole,
            ),
        ),
        (
            found.begun_by,
            Sentence(
                "%(number)s of %(all)s have a status told only as begun by some day: it may be "
                "much older, and counts as possible before (left-censored).",
                number=found.begun_by,
                all=whole,
            ),
        ),
        (
            found.undated,
            Sentence(
                "%(number)s of %(all)s have a status of which no day is told by which it had "
                "begun: it is never certain.",
                number=found.undated,
                all=whole,
            ),
        ),
        (
            found.until,
            Sentence(
                "%(number)s of %(all)s have a status told only as holding until some day: it may "
                "go on, and counts as possible after (right-censored).",
                number=found.until,
                all=whole,
            ),
        ),
    ]
    return [sentence for number, sentence in told if number]
