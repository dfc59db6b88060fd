"""Spells as arrays: who or what was in which state, from when until when, as surely as is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Literal

import numpy as np

from ..errors import BadRow
from . import periods
from .events import Numbers
from .reading import Row, rows_of

SPELLS = ("holder", "state", "from", "to")
SPELLS_MORE = ("from_upper", "to_upper", "group", "date_kind", "source")
Together = Literal["group", "actor", "all"]


@dataclass(frozen=True)
class Spell:
    """One state of one holder; days as ordinals, infinite where not bounded.

    It began in [lower, upper] and was over, that is on the first day on which it held no more, in
    [over_lower, over_upper].
    """

    holder: str
    state: str
    group: str
    lower: float
    upper: float
    over_lower: float
    over_upper: float
    kind: str = ""
    source: str = ""


@dataclass(frozen=True)
class Spells:
    """What is told of states; `labels` are names for people of what has an address."""

    told: tuple[Spell, ...]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def holders(self) -> frozenset[str]:
        """All who or which had a state."""
        return frozenset(spell.holder for spell in self.told)

    def parts(self) -> dict[tuple[str, str], list[Spell]]:
        """The spells of each group and state, sorted by both."""
        found: dict[tuple[str, str], list[Spell]] = {}
        for spell in self.told:
            found.setdefault((spell.group, spell.state), []).append(spell)
        return {key: found[key] for key in sorted(found)}

    def known_days(self) -> Numbers:
        """All days that bound a beginning, and the last ones before all that bound an end."""
        bounds = [day for s in self.told for day in (s.lower, s.upper)]
        bounds += [day - 1 for s in self.told for day in (s.over_lower, s.over_upper)]
        days = np.array(bounds, float)
        finite: Numbers = days[np.isfinite(days)]
        return finite


@dataclass(frozen=True)
class Doubts:
    """Of how many holders, of all, the counts must be read with care."""

    holders: int
    several: int  # stand in several groups
    outside: int  # stand in no group that is told, though others do
    begun_by: int  # a state is only known to have begun by some day
    undated: int  # a state of which no day is told by which it had begun
    until: int  # a state is only known to have held until some day


def doubts(spells: Spells) -> Doubts:
    """What whoever reads counts of spells should know of them."""
    groups: dict[str, set[str]] = {}
    for spell in spells.told:
        groups.setdefault(spell.holder, set()).add(spell.group)
    grouped = any(spell.group for spell in spells.told)
    return Doubts(
        len(groups),
        sum(len(held) > 1 for held in groups.values()),
        sum("" in held for held in groups.values()) if grouped else 0,
        len({s.holder for s in spells.told if s.lower == -inf and s.upper < inf}),
        len({s.holder for s in spells.told if s.upper == inf}),
        len({s.holder for s in spells.told if s.over_lower < s.over_upper == inf}),
    )


def spells_told(rows: Iterable[Row], together: Together = "group") -> Spells:
    """Spells from the rows of the stored query `status-spells`.

    What has several actors, or actors of several groups, is told once for each; `together` says
    what is counted as one: a group, an actor, or all.
    """
    told: dict[Spell, None] = {}
    labels = {}
    for row in rows:
        group = "" if together == "all" else row.get(together, "")
        labels[row["state"]] = row.get("stateName", "")
        if group:
            labels[group] = row.get(f"{together}Name", "")
        spell = Spell(
            row["holder"],
            row["state"],
            group,
            _bound(row, "startEarliest", -inf),
            _bound(row, "startLatest", inf),
            _bound(row, "endEarliest", -inf),
            _bound(row, "endLatest", inf),
            row.get("dateKind", ""),
            row.get("source", ""),
        )
        told[spell] = None
    return Spells(tuple(told), labels)


def _bound(row: Row, name: str, untold: float) -> float:
    return periods.of_bound(row[name], "day") if name in row else untold


def spells_file(content: bytes, path: str) -> Spells:
    """Spells from a CSV file with the columns holder, state, from, to; days, months or years.

    `from` is the first day of a state and `to` the last, as told: 2021 says some day of 2021.
    `from_upper` and `to_upper` end intervals that these begin. No `from`: begun by `from_upper`, or
    at any time; no `to`, nor `to_upper`: it holds still. Raises BadTable for a missing or unknown
    column, BadRow for a cell that cannot be read.
    """
    told = []
    for line, row in rows_of(content, path, SPELLS, SPELLS_MORE):
        for name in ("holder", "state"):
            if not row[name]:
                raise BadRow(path=path, line=line, detail=f"the column {name} is empty")
        lower, upper = _interval(row, "from", path, line, (-inf, inf))
        last = _interval(row, "to", path, line, (inf, inf))
        if upper < lower or last[1] < last[0] or last[1] < lower:
            raise BadRow(path=path, line=line, detail="it ends before it begins")
        more = (row.get("date_kind", ""), row.get("source", ""))
        over = last[0] + 1, last[1] + 1
        told.append(
            Spell(row["holder"], row["state"], row.get("group", ""), lower, upper, *over, *more)
        )
    return Spells(tuple(told))


def _interval(
    row: Row, name: str, path: str, line: int, untold: tuple[float, float]
) -> tuple[float, float]:
    first, until = row[name], row.get(f"{name}_upper", "")
    try:
        lower, upper = periods.of_text(first, "day") if first else untold
        if until:
            lower = lower if first else -inf
            upper = periods.of_text(until, "day")[1]
    except ValueError as error:
        raise BadRow(path=path, line=line, detail=f"{name}: {error}") from None
    return lower, upper


def bounds(spells: Sequence[Spell]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The four bounds of spells as arrays: lower, upper, over_lower, over_upper."""
    told = [(s.lower, s.upper, s.over_lower, s.over_upper) for s in spells]
    lower, upper, over_lower, over_upper = np.array(told, float).reshape(-1, 4).T
    return lower, upper, over_lower, over_upper
