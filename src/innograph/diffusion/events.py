"""Adoption events as arrays: who took up what, when, and how surely that is known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import NotDefined

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]
Truths = NDArray[np.bool_]
When = Literal["latest", "earliest", "middle", "exact"]

FIRST_LISTED = "first-listed"


@dataclass(frozen=True)
class Event:
    """One adoption as told: it began in [lower, upper], in periods; infinite where not bounded.

    `models` are the adopters whose example it followed; `ended` bounds its end, if it ended.
    """

    innovation: str
    adopter: str
    lower: float
    upper: float
    kind: str = ""
    source: str = ""
    models: tuple[str, ...] = ()
    group: str = ""
    fidelity: str = ""
    ended: tuple[float, float] | None = None


@dataclass(frozen=True)
class Population:
    """The administrations that could adopt: each exists from `entry` until before `exit`.

    In periods; infinite where nothing is told.
    """

    members: tuple[str, ...]
    entry: Numbers
    exit: Numbers

    @classmethod
    def of(cls, lifetimes: Mapping[str, tuple[float, float]]) -> "Population":
        """The population of those names, sorted."""
        members = tuple(sorted(lifetimes))
        bounds = np.array([lifetimes[member] for member in members], float).reshape(-1, 2)
        return cls(members, bounds[:, 0], bounds[:, 1])


@dataclass(frozen=True)
class Events:
    """Adoptions, one a pair of innovation and adopter, in the order of their names.

    `labels` are names for people of what has an address.
    """

    told: tuple[Event, ...]
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Iterable[Event], labels: Mapping[str, str] | None = None) -> "Events":
        """Events with each pair once: of several tellings the earliest bounds, all models."""
        pairs: dict[tuple[str, str], list[Event]] = {}
        for event in told:
            if not event.lower <= event.upper:
                reason = f"an adoption of {event.innovation} ends its interval before it begins"
                raise NotDefined(measure="Adoption events", reason=reason)
            pairs.setdefault((event.innovation, event.adopter), []).append(event)
        return cls(tuple(_merged(pairs[pair]) for pair in sorted(pairs)), labels or {})

    def __len__(self) -> int:
        return len(self.told)

    @property
    def innovations(self) -> tuple[str, ...]:
        """Names of the innovations, sorted."""
        return tuple(sorted({event.innovation for event in self.told}))

    @property
    def adopters(self) -> tuple[str, ...]:
        """Names of all who adopted or were a model, sorted."""
        names = {event.adopter for event in self.told}
        return tuple(sorted(names.union(*(event.models for event in self.told))))

    @property
    def lower(self) -> Numbers:
        """The earliest that each began."""
        return np.array([event.lower for event in self.told], float)

    @property
    def upper(self) -> Numbers:
        """The latest that each began."""
        return np.array([event.upper for event in self.told], float)

    def only(self, innovations: Iterable[str]) -> "Events":
        """The adoptions of those innovations."""
        chosen = set(innovations)
        return Events(tuple(e for e in self.told if e.innovation in chosen), self.labels)

    def times(self, when: When = "latest") -> Numbers:
        """One time for each event: the latest it can have begun, the earliest, the middle.

        "exact" gives only those known to the period. NaN where the bound asked for is not told.
        """
        lower, upper = self.lower, self.upper
        if when == "exact":
            chosen = np.where(lower == upper, lower, np.nan)
        elif when == "middle":
            bounded = np.isfinite(lower) & np.isfinite(upper)
            chosen = np.full(len(lower), np.nan)
            chosen[bounded] = (lower[bounded] + upper[bounded]) / 2
        else:
            chosen = upper if when == "latest" else lower
        return np.where(np.isfinite(chosen), chosen, np.nan)

    def matrix(self, members: tuple[str, ...], when: When = "latest") -> Numbers:
        """Times by innovation (rows) and member (columns); NaN where no adoption is known.

        Raises NotDefined when somebody adopted who is not a member.
        """
        rows = {name: place for place, name in enumerate(self.innovations)}
        columns = {name: place for place, name in enumerate(members)}
        if strangers := sorted({e.adopter for e in self.told} - columns.keys()):
            more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
            reason = f"{strangers[0]}{more} adopted and is not of the population"
            raise NotDefined(measure="Adoption events", reason=reason)
        times = np.full((len(rows), len(columns)), np.nan)
        for event, time in zip(self.told, self.times(when), strict=True):
            times[rows[event.innovation], columns[event.adopter]] = time
        return times

    def censoring(self) -> list[str]:
        """How each is known: exact, interval, left (by a time), right (after a time), unknown."""
        names = {(True, True): "interval", (False, True): "left", (True, False): "right"}
        return [
            "exact" if e.lower == e.upper else names.get(_bounded(e), "unknown") for e in self.told
        ]

    def only_listed(self) -> Truths:
        """Which are dated by their first mention alone, so that they may be much older."""
        listed = [e.lower == -np.inf or FIRST_LISTED in e.kind.split("; ") for e in self.told]
        return np.array(listed, bool)


def _bounded(event: Event) -> tuple[bool, bool]:
    return event.lower > -np.inf, event.upper < np.inf


def _merged(told: list[Event]) -> Event:
    """One event that says what several tellings of a pair say together."""
    ends = [event.ended for event in told if event.ended]
    latest = min(event.upper for event in told)
    return Event(
        told[0].innovation,
        told[0].adopter,
        min(event.lower for event in told),
        latest,
        _joined(event.kind for event in told if event.upper == latest),
        _joined(event.source for event in told),
        tuple(sorted({model for event in told for model in event.models})),
        _joined(event.group for event in told),
        _joined(event.fidelity for event in told),
        (min(end[0] for end in ends), min(end[1] for end in ends)) if ends else None,
    )


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(sorted({part for text in texts for part in text.split("; ") if part}))
