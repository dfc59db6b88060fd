"""What a page of diffusion is about: from the parameters of its address to a study."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache
from flask import request
from flask_babel import get_locale

from .. import queries
from ..diffusion import listing, periods, reading
from ..diffusion.drawing.tiles import grids
from ..diffusion.events import Events, Population
from ..diffusion.listing import Place
from ..diffusion.periods import Unit
from ..diffusion.study import Study
from ..errors import BadParameter, NotDefined, Sentence
from . import rows
from .access import instance
from .answers import put
from .parameters import every, single

T = TypeVar("T", Events, Population, list[Place])
FILTERS = ("innovation", "adopter", "theme", "kind", "territory", "population")
UNITS = ("year", "month", "day")
WHENS = ("latest", "earliest", "middle", "exact")
_OTHERS = ("from", "to", "unit", "when", "anyway", "measure", "map", "revision", "lang")
# Cells of the largest table of times that a page computes with: a few hundred milliseconds.
_MOST_CELLS = 2_000_000
_MOST_INNOVATIONS = 80
_MOST_KEPT = 60_000  # adoptions, some 700 bytes each
_kept: LRUCache[tuple[Any, ...], tuple[Any, int]] = LRUCache(
    _MOST_KEPT, getsizeof=lambda kept: _size(kept[0])
)
_lock = Lock()


@dataclass(frozen=True)
class Choice:
    """What is asked for: values of filters, and how time is taken."""

    values: Mapping[str, Sequence[str]]
    first: float | None
    last: float | None
    unit: Unit
    when: Any
    anyway: bool
    scheme: str

    @classmethod
    def of(cls, fixed: Mapping[str, str]) -> "Choice":
        """The choice of this request; `fixed` filters stand in its path.

        Raises BadParameter, naming what cannot be.
        """
        for name in request.args:
            if name not in (*FILTERS, *_OTHERS) or name in fixed:
                known = ", ".join(n for n in (*FILTERS, *_OTHERS) if n not in fixed)
                raise BadParameter(parameter=name, value="given", reason=f"known: {known}")
        unit: Any = one_of("unit", UNITS)
        values = {name: every(name) for name in FILTERS if every(name)}
        values |= {name: [value] for name, value in fixed.items()}
        if len(values.get("population", ())) > 1:
            single("population")
        first, last = _time("from", unit), _time("to", unit)
        return cls(
            values,
            first[0] if first else None,
            last[1] if last else None,
            unit,
            one_of("when", WHENS),
            one_of("anyway", ("0", "1")) == "1",
            one_of("map", ("", *grids())),
        )

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out; else it asks for all adoptions there are."""
        return bool(self.values)


def one_of(name: str, values: Sequence[str]) -> str:
    """The value of a parameter that has some values, the first by default; BadParameter."""
    told = single(name) or values[0]
    if told not in values:
        raise BadParameter(parameter=name, value=told, reason=", ".join(filter(None, values)))
    return told


def _time(name: str, unit: Unit) -> tuple[float, float] | None:
    told = single(name)
    try:
        return periods.of_text(told, unit) if told else None
    except ValueError as error:
        raise BadParameter(parameter=name, value=told, reason=str(error)) from None


class Asked:
    """The study of a choice, with the queries that were asked and the revision they are of."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.texts: dict[str, str] = {}
        self.revision = instance().follow()

    @cached_property
    def study(self) -> Study:
        """Adoptions, population and network told, as chosen."""
        choice = self.choice
        unit, named = choice.unit, choice.values.get("population")
        members: Population | None = None
        if named:
            lives = {"population": named}
            members = self._read("population-lives", lives, unit, reading.population_told)
            if not members.members:
                reason = "the graph knows no member; see /api/populations"
                raise BadParameter(parameter="population", value=named[0], reason=reason)
        told = self._read("adoption-events", choice.values, unit, reading.events_told)
        return Study(
            told,
            members,
            None,
            unit,
            choice.when,
            choice.first,
            choice.last,
            choice.anyway,
        )

    @cached_property
    def matrix(self) -> Study:
        """The study, where measures of it are not too much work for a page; else NotDefined."""
        self.study.confine(_MOST_CELLS)
        return self.study

    @cached_property
    def whole(self) -> Study:
        """All adoptions of the innovations of the study, by whomever: to compare with others.

        Raises NotDefined when these are many.
        """
        values = self.choice.values
        if not ({"adopter", "territory"} & values.keys()) or "population" in values:
            return self.matrix
        names = self.study.events.innovations
        if not names or len(names) > _MOST_INNOVATIONS:
            reason = Sentence(
                "%(number)s innovations are too many for a page; choose some", number=len(names)
            )
            raise NotDefined(measure=Sentence("This"), reason=reason)
        told = self._read(
            "adoption-events", {"innovation": names}, self.choice.unit, reading.events_told
        )
        choice = self.choice
        period = choice.unit, choice.when, None, choice.last, choice.anyway
        study = Study(told, None, None, *period)
        study.confine(_MOST_CELLS)
        return study

    @cached_property
    def places(self) -> list[Place]:
        """Where those who adopted are."""
        chosen = {k: v for k, v in self.choice.values.items() if k == "innovation"}
        found: list[Place] = self._read("adopter-places", chosen, None, listing.places_told)
        adopters = {event.adopter for event in self.study.told.told}
        return [place for place in found if place.adopter in adopters]

    @cached_property
    def scheme(self) -> str:
        """The grid of the map; NotDefined when nobody has a square on any."""
        scheme = self.choice.scheme or listing.best_scheme(self.places, grids())
        if not scheme:
            reason = Sentence("no place of those who adopted has a square on a map that is here")
            raise NotDefined(measure=Sentence("A map"), reason=reason)
        return scheme

    def _read(
        self,
        query: str,
        values: Mapping[str, Sequence[str]],
        unit: Unit | None,
        read: Callable[..., T],
    ) -> T:
        """What a stored query gives, read; kept for as long as the graph is at the revision."""
        stored = queries.load(query)
        text = stored.bind({**values, "lang": [str(get_locale())]})
        self.texts[f"{query}-{len(self.texts)}" if query in self.texts else query] = text
        key = (instance().ledger.id, self.revision, unit, text)
        with _lock:
            found = _kept.get(key)
        if found is None:
            answer = put(text, rows.JSON.asked)
            made = read(answer.rows(), unit) if unit else read(answer.rows())
            found = made, answer.revision
            with _lock:
                if found[1] == self.revision and _size(made) <= _MOST_KEPT:
                    _kept[key] = found
        if found[1] != self.revision:
            raise Moved
        value: T = found[0]
        return value


class Moved(Exception):
    """The graph moved on between two queries of one page."""


def _size(found: Events | Population | list[Place]) -> int:
    return 1 + len(found.members if isinstance(found, Population) else found)
