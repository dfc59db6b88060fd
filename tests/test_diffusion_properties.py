"""What holds of every measure of diffusion, whoever is named how and whatever comes first."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innograph.diffusion import (
    categories,
    curve,
    exposure,
    models,
    netinf,
    scores,
    spatial,
    survival,
)
from innograph.diffusion.events import Event, Events, Numbers
from innograph.diffusion.measures import MEASURES
from innograph.diffusion.networks import Edge, Network
from innograph.diffusion.study import Cell, Study
from innograph.errors import NotDefined

NAMES = ("Ain", "Bar", "Cher", "Drôme", "Eure", "Gard")
# Time of adoption of two innovations by each of six, or none.
ADOPTIONS = st.lists(
    st.tuples(*[st.one_of(st.none(), st.integers(0, 8))] * 6), min_size=1, max_size=3
)
# A new name for each of the six, which sorts elsewhere.
NEW_NAMES = st.permutations(["Ariège", "Zug", "Eu", "Dax", "Cher", "Bern"])
# Measures whose ties are broken by nothing but the order of names, or that throw dice over it.
GREEDY = {"infer", "pathways", "structure"}
# So that what takes long takes less.
BRIEF: dict[str, dict[str, int]] = {
    "structure": {"runs": 3},
    "pathways": {"width": 4, "edges": 3, "every": 2},
}


def study(table: Sequence[Sequence[int | None]], names: Sequence[str]) -> Study:
    events = [
        Event(f"i{number}", name, time, time, "declared", "s")
        for number, row in enumerate(table)
        for name, time in zip(names, row, strict=True)
        if time is not None
    ]
    edges = [Edge(a, b) for a, b in zip(names, names[1:], strict=False)]
    edges += [Edge(b, a) for a, b in zip(names, names[1:], strict=False)]
    return Study(Events.of(events), network=Network.of(edges))


def outcome(name: str, asked: Study, back: dict[str, str]) -> object:
    """The rows with old names, in any order; or why there are none."""
    try:
        found = MEASURES[name].compute(asked, **BRIEF.get(name, {}))
    except NotDefined as error:
        return str(error)

    def cell(value: Cell) -> object:
        if isinstance(value, float):
            return None if math.isnan(value) else round(value, 9)
        return back.get(str(value), value)

    return sorted(str([cell(value) for value in row]) for row in found.rows)


@pytest.mark.parametrize("name", sorted(MEASURES.keys() - GREEDY))
@settings(deadline=None)  # the first event history waits for its library
@given(table=ADOPTIONS, names=NEW_NAMES)
def test_new_names_change_nothing_but_names(
    name: str, table: list[tuple[int | None, ...]], names: list[str]
) -> None:
    back = dict(zip(names, NAMES, strict=True))
    assert outcome(name, study(table, NAMES), {}) == outcome(name, study(table, names), back)


@pytest.mark.parametrize("name", sorted(MEASURES))
@settings(deadline=None)
@given(table=ADOPTIONS, dice=st.randoms())
def test_the_order_of_events_changes_nothing(
    name: str, table: list[tuple[int | None, ...]], dice: object
) -> None:
    told = study(table, NAMES)
    events = list(told.told.told)
    dice.shuffle(events)  # type: ignore[attr-defined]
    other = Study(Events.of(events), network=told.network)
    assert outcome(name, told, {}) == outcome(name, other, {})


@given(st.permutations(range(8)))
def test_netinf_infers_the_same_edges_under_other_names(order: list[int]) -> None:
    """With delays that are all different there is no tie to break."""
    times = np.random.default_rng(5).exponential(3, (30, 8))
    found = netinf.netinf(times, edges=12)
    other = netinf.netinf(times[:, order], edges=12)
    place = np.array(order)
    assert (place[other.sender] == found.sender).all()
    assert (place[other.receiver] == found.receiver).all()


@given(st.lists(st.one_of(st.just(math.nan), st.integers(0, 9).map(float)), min_size=1))
def test_shares_and_hazards_are_between_nothing_and_all(told: list[float]) -> None:
    times = np.array(told)
    if not np.isfinite(times).any():
        return
    found = curve.adoption_curve(times)
    for values in (found.share, found.hazard):
        known = values[np.isfinite(values)]
        assert ((known >= 0) & (known <= 1)).all()
    assert (np.diff(found.cumulative) >= 0).all()
    assert found.cumulative[-1] == np.isfinite(times).sum() == found.new.sum()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=1, max_size=12))
def test_turnbull_gives_each_interval_its_share(bounds: list[tuple[int, int]]) -> None:
    lower = np.array([low for low, _ in bounds], float)
    upper = np.array([low + more for low, more in bounds], float)
    left, right, mass = survival.turnbull(lower, upper)
    assert mass.sum() == pytest.approx(1)
    assert (mass >= 0).all() and (left <= right).all()


EMPTY, NOBODY = np.zeros(0), np.full(3, math.nan)
SAME, ONE = np.full(4, 7.0), np.array([7.0, math.nan, math.nan])


SMALL: dict[str, Callable[[Numbers], object]] = {
    "curve": curve.adoption_curve,
    "categories": categories.adopter_categories,
    "moran": lambda times: spatial.moran(times, np.ones((len(times), len(times)))),
    "bass": models.fit_bass,
    "logistic": models.fit_logistic,
    "netinf": lambda times: netinf.netinf(times[None, :]),
    "kaplan-meier": lambda times: survival.kaplan_meier(times, np.isfinite(times)),
    "waiting": lambda times: survival.waiting(times, 0, 9),
    "exposure": lambda times: exposure.exposure(np.eye(len(times)), times, np.arange(3)),
    "walker": lambda times: scores.walker(times[None, :]),
    "boushey": lambda times: scores.boushey(times[None, :]),
    "rate": lambda times: scores.rate_score(times[None, :]),
    "within": lambda times: scores.within(times[None, :], 3),
}


@pytest.mark.parametrize("times", [EMPTY, NOBODY, SAME, ONE], ids=["none", "nobody", "same", "one"])
@pytest.mark.parametrize("name", SMALL)
def test_too_little_gives_a_result_or_a_sentence(name: str, times: Numbers) -> None:
    """Warnings are errors here, so that nothing is divided by nothing on the way."""
    try:
        assert SMALL[name](times) is not None
    except NotDefined as error:
        assert "cannot be computed: " in str(error)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_a_study_of_nothing_gives_a_sentence(name: str) -> None:
    for nothing in (
        Study(Events.of([]), network=Network.of([])),
        Study(Events.of([Event("i", "a", 3, math.inf)]), network=Network.of([])),
        Study(Events.of([Event("i", "a", 3, 3)]), network=Network.of([]), last=1),
    ):
        with pytest.raises(NotDefined):
            MEASURES[name].compute(nothing)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_every_measure_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    measure = MEASURES[name]
    for function in measure.defined:
        assert function.__name__ in measure.explained()
    assert all(function.__doc__ for function in (measure.compute, *measure.defined))
