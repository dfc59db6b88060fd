"""A question about diffusion: which adoptions, among whom, over which periods, how dated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..errors import NotDefined, OnlyListed, Sentence
from . import periods
from .events import Event, Events, Numbers, Population, When
from .networks import Matrix, Network
from .periods import Unit

Cell = str | int | float | None
# What each row of each table says of how surely it is known.
PROVENANCE = ("date_kind", "not_before", "not_after", "source", "n_at_risk")


@dataclass(frozen=True)
class Table:
    """Rows for people and programs, with what must be known to read them."""

    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    notes: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class Study:
    """What a measure is computed on.

    Without a population, those who adopted anything or stand in the network are taken for all.
    Adoptions after `last` are not seen. `anyway` lets measures that need dates of adoption go on
    with dates of listing.
    """

    told: Events
    population: Population | None = None
    network: Network | None = None
    unit: Unit = "year"
    when: When = "latest"
    first: float | None = None
    last: float | None = None
    anyway: bool = False

    @cached_property
    def events(self) -> Events:
        """The adoptions with a time, up to `last`."""
        times = self.told.times(self.when)
        seen = times <= (np.inf if self.last is None else self.last)
        return Events(
            tuple(e for e, here in zip(self.told.told, seen, strict=True) if here), self.told.labels
        )

    @cached_property
    def people(self) -> Population:
        """The administrations at risk."""
        if self.population:
            return self.population
        names = {*self.told.adopters, *(self.network.names if self.network else ())}
        return Population.of({name: (-np.inf, np.inf) for name in names})

    @cached_property
    def times(self) -> Numbers:
        """Times of adoption, innovations by members; NaN where none is known."""
        return self.events.matrix(self.people.members, self.when)

    @cached_property
    def by_pair(self) -> dict[tuple[str, str], Event]:
        """Each adoption by innovation and adopter."""
        return {(event.innovation, event.adopter): event for event in self.events.told}

    def notes(self) -> list[Sentence]:
        """What whoever reads a result should know of what it was computed on."""
        told: list[Sentence] = []
        if self.population is None:
            told.append(
                Sentence(
                    "No population is given: those who adopted anything are taken for all who "
                    "could, so shares and hazards are too high."
                )
            )
        if missing := len(self.told) - len(self.events):
            told.append(
                Sentence(
                    "%(missing)s of %(all)s adoptions are left out: after the last period, or "
                    "without a time (taken: %(when)s).",
                    missing=missing,
                    all=len(self.told),
                    when=self.when,
                )
            )
        if listed := int(self.events.only_listed().sum()):
            told.append(
                Sentence(
                    "%(listed)s of %(all)s adoptions are dated by when a list first named them, or "
                    "only by a latest day: they may be much older.",
                    listed=listed,
                    all=len(self.events),
                )
            )
            if self.anyway and listed * 2 > len(self.events):
                told.append(Sentence("These are most dates, and it was asked to go on anyway."))
        return told

    def confine(self, cells: int) -> None:
        """Raises NotDefined when times would be a table of more than so many cells."""
        rows, columns = len(self.events.innovations), len(self.people.members)
        if rows * columns > cells:
            reason = Sentence(
                "%(rows)s innovations by %(columns)s administrations are too many; choose fewer",
                rows=rows,
                columns=columns,
            )
            raise NotDefined(measure=Sentence("This"), reason=reason)

    def dated(self, measure: str) -> None:
        """Raises OnlyListed when most dates are of a first listing, unless one goes on anyway."""
        listed = int(self.events.only_listed().sum())
        if listed * 2 > len(self.events) and not self.anyway:
            raise OnlyListed(measure=measure, listed=listed, events=len(self.events))

    def needs_network(self, measure: str) -> Network:
        """The network; NotDefined without one."""
        if self.network is None:
            raise NotDefined(measure=measure, reason="it needs a network of who looks to whom")
        return self.network

    def network_of(self, measure: str, period: float) -> Matrix:
        """Who looks to whom among the people in a period; made once for those that are alike."""
        network = self.needs_network(measure)
        key = period if network.is_dated else None
        if key not in self._networks:
            self._networks[key] = network.matrix(self.people.members, key)
        return self._networks[key]

    @cached_property
    def _networks(self) -> dict[float | None, Matrix]:
        return {}

    def written(self, period: float) -> str:
        """A period as people write it."""
        return periods.told(period, self.unit)

    def provenance(self, events: Sequence[Event], at_risk: int | None) -> tuple[Cell, ...]:
        """The columns of `PROVENANCE` for what is computed from those adoptions."""
        if not events:
            return "", "", "", "", at_risk
        return (
            _each(event.kind for event in events),
            self.written(min(event.lower for event in events)),
            self.written(max(event.upper for event in events)),
            _each(event.source for event in events),
            at_risk,
        )


def _each(texts: Iterable[str]) -> str:
    parts = {part for text in set(texts) for part in text.split("; ")}
    return "; ".join(sorted(parts - {""}))
