"""What holds of every measure of diffusion, whoever is named how and whatever comes first."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innograph.diffusion import (
    cascades,
    categories,
    contagion,
    curve,
    exposure,
    history,
    lags,
    models,
    netinf,
    networks,
    scores,
    spatial,
    structure,
    survival,
)
from innograph.diffusion.events import Event, Events, Indices, Numbers
from innograph.diffusion.influence import mean_thresholds
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
            return None if math.isnan(value) else round(value, 9) + 0.0
        return back.get(str(value), value)

    return sorted(str([cell(value) for value in row]) for row in found.rows)


@pytest.mark.parametrize("name", sorted(MEASURES.keys() - GREEDY))
@settings(max_examples=40)
@given(table=ADOPTIONS, names=NEW_NAMES)
def test_new_names_change_nothing_but_names(
    name: str, table: list[tuple[int | None, ...]], names: list[str]
) -> None:
    back = dict(zip(names, NAMES, strict=True))
    assert outcome(name, study(table, NAMES), {}) == outcome(name, study(table, names), back)


@pytest.mark.parametrize("name", sorted(MEASURES))
@settings(max_examples=40)
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


@given(st.permutations(range(8)))
def test_the_figure_that_structure_is_tested_for_is_the_same_under_other_names(
    order: list[int],
) -> None:
    dice, place = np.random.default_rng(7), np.array(order)
    times, looks = dice.integers(0, 9, 8).astype(float), (dice.random((8, 8)) < 0.4) * 1.0
    found = mean_thresholds(structure.rewirings(looks, runs=1), times, 0)
    moved = looks[place][:, place]
    other = mean_thresholds(structure.rewirings(moved, runs=1), times[place], 0)
    assert other[0] == pytest.approx(found[0])


@given(st.permutations(range(8)))
def test_pathways_are_the_same_under_other_names(order: list[int]) -> None:
    """Which edge is first may hang on names where two gain as much; what it gains does not."""
    times, place = np.random.default_rng(5).exponential(9, (30, 8)), np.array(order)
    axis = np.array([5.0, 10.0])
    found = [one.gain[0] for _, one in netinf.moving(times, axis, 6, 1)]
    other = [one.gain[0] for _, one in netinf.moving(times[:, place], axis, 6, 1)]
    assert len(found) == 2 and other == pytest.approx(found)


@given(
    st.permutations(range(6)),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=9),
)
def test_measures_without_names_keep_to_their_members(
    order: list[int], edges: list[tuple[int, int]]
) -> None:
    """What is computed for each goes with it, wherever it stands; what is of all stays."""
    place = np.array(order)
    back = np.argsort(place)
    times = np.array([3, 1, math.nan, 5, 3, 2.0])[place]
    lower, upper = times - 1, times + 1
    ones, straight = np.zeros(6, np.int64), np.array([3, 1, math.nan, 5, 3, 2.0])
    origin = times == 1
    np.testing.assert_equal(
        lags.lags(ones, lower, upper, origin).fewest[back],
        lags.lags(ones, straight - 1, straight + 1, straight == 1).fewest,
    )
    np.testing.assert_equal(lags.first_events(ones, times)[back], lags.first_events(ones, straight))
    assert lags.quartiles(times) == lags.quartiles(straight)
    np.testing.assert_equal(scores.ranks(times)[back], scores.ranks(straight))
    for one, other in zip(
        cascades.abandonment(times, times + 2, 6),
        cascades.abandonment(straight, straight + 2, 6),
        strict=True,
    ):
        assert sorted(one.tolist()) == sorted(other.tolist())
    senders, receivers = np.array(edges, np.int64).reshape(-1, 2).T
    moved = cascades.cascade(6, back[senders], back[receivers])
    told = cascades.cascade(6, senders, receivers)
    assert (moved.depths[back] == told.depths).all()
    assert moved.breadths.tolist() == told.breadths.tolist()
    known = np.isfinite(times)
    for one, other in zip(
        survival.turnbull(lower[known], upper[known]),
        survival.turnbull(np.sort(lower[known]), np.sort(upper[known])),
        strict=True,
    ):
        assert one == pytest.approx(other)
    looks = np.zeros((6, 6))
    looks[senders, receivers] = 1
    steps = networks.geodesic_weights(looks[place][:, place])
    assert (steps == networks.geodesic_weights(looks)[place][:, place]).all()
    risk = history.at_risk(times, np.arange(1, 6))
    same = history.at_risk(straight, np.arange(1, 6))
    rows = zip(place[risk.member], risk.period, risk.adopted, strict=True)
    assert sorted(rows) == sorted(zip(same.member, same.period, same.adopted, strict=True))


@given(st.integers(0, 99))
def test_a_rewired_network_has_as_many_ties_at_each_end(seed: int) -> None:
    dice = np.random.default_rng(seed)
    looks = (dice.random((7, 7)) < 0.3) * (1 - np.eye(7)) * dice.integers(1, 4, (7, 7))
    other = structure.rewired(looks, seed).toarray()
    assert ((other > 0).sum(1) == (looks > 0).sum(1)).all()
    assert ((other > 0).sum(0) == (looks > 0).sum(0)).all()
    assert (other.sum(1) == looks.sum(1)).all() and not other.diagonal().any()


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
    "firsts": lambda times: scores.firsts(times[None, :]),
    "ranks": scores.ranks,
    "threshold": lambda times: exposure.threshold(
        np.zeros((len(times), 3)), times, np.arange(6, 9), include_censored=True
    ),
    "susceptibility": lambda times: contagion.susceptibility(_all(times), times, np.arange(9)),
    "infectiousness": lambda times: contagion.infectiousness(_all(times), times, np.arange(9), 3),
    "turnbull": lambda times: survival.turnbull(times[np.isfinite(times)], times[times == 7]),
    "abandonment": lambda times: cascades.abandonment(times, times, 9),
    "cascade": lambda times: cascades.cascade(
        len(times), np.arange(len(times)), np.arange(len(times))
    ),
    "lags": lambda times: lags.lags(_ones(times), times, times, np.isfinite(times)),
    "first events": lambda times: lags.first_events(_ones(times), times),
    "quartiles": lags.quartiles,
    "at risk": lambda times: history.at_risk(times, np.arange(6, 9)),
    "event history": lambda times: _history(times),
    "bass density": lambda times: models.fit_bass(times, "density"),
    "possible edges": lambda times: netinf.possible_edges(times[None, :]),
    "moving": lambda times: netinf.moving(times[None, :], np.arange(5.0, 9), 3, 2),
    "structure": lambda times: structure.beside_rewired(
        mean_thresholds(structure.rewirings(_all(times), runs=3), times, 6)
    ),
    "structure test": lambda times: structure.structure_test(
        lambda matrix: float(matrix.sum()), _all(times), runs=3
    ),
    "rewired": lambda times: structure.rewired(_all(times), 1),
    "geodesic": lambda times: networks.geodesic_weights(_all(times)),
}


def _all(times: Numbers) -> Numbers:
    return np.ones((len(times), len(times)))


def _ones(times: Numbers) -> Indices:
    return np.zeros(len(times), np.int64)


def _history(times: Numbers) -> object:
    risk = history.at_risk(times, np.arange(6, 9))
    return history.event_history(risk, {"trait": risk.member.astype(float)})


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
