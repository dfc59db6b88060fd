"""NetInf finds the network that cascades were simulated on."""

from math import erfc, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reference_netinf import plain

from innograph.diffusion import netinf
from innograph.diffusion.events import Event, Events, Numbers
from innograph.diffusion.study import Study
from innograph.diffusion.ties import inferred, pathways
from innograph.errors import NotDefined

MEMBERS = 30


def network(seed: int, edges: int = 60) -> set[tuple[int, int]]:
    dice = np.random.default_rng(seed)
    pairs = [(u, v) for u in range(MEMBERS) for v in range(MEMBERS) if u != v]
    return {pairs[i] for i in dice.choice(len(pairs), edges, replace=False)}


def simulated(
    edges: set[tuple[int, int]],
    cascades: int,
    seed: int,
    model: netinf.Model,
    chance: float = 0.5,
    members: int = MEMBERS,
) -> Numbers:
    """Independent cascades: each edge passes it on with a chance, after a random delay."""
    dice = np.random.default_rng(seed)
    delays = {
        "exponential": lambda: dice.exponential(1.0),
        "rayleigh": lambda: dice.rayleigh(1.0),
        "log-normal": lambda: dice.lognormal(0.0, 0.5),
    }
    times = np.full((cascades, members), np.nan)
    for own in times:
        waiting = [(0.0, int(dice.integers(members)))]
        while waiting:
            waiting.sort(reverse=True)
            time, here = waiting.pop()
            if time > 10 or not np.isnan(own[here]):
                continue
            own[here] = time
            for u, v in sorted(edges):
                if u == here and dice.random() < chance:
                    waiting.append((time + delays[model](), v))
    return times


def recovered(found: netinf.Inferred, edges: set[tuple[int, int]]) -> tuple[float, float]:
    """Precision and recall."""
    inferred = set(zip(found.sender.tolist(), found.receiver.tolist(), strict=True))
    right = len(inferred & edges)
    return right / len(inferred), right / len(edges)


@pytest.mark.parametrize("model", ["exponential", "rayleigh", "log-normal"])
def test_it_recovers_a_known_network(model: netinf.Model) -> None:
    edges = network(1)
    times = simulated(edges, 400, 2, model)
    precision, recall = recovered(netinf.netinf(times, model, edges=len(edges)), edges)
    assert precision > 0.9 and recall > 0.9


def test_the_five_edges_of_the_published_example_are_found_again() -> None:
    """The network that SNAP's example infers (exponential, rate 1), on cascades of our own."""
    published = {(23, 0), (9, 5), (0, 31), (5, 14), (5, 3)}
    times = simulated(published, 300, 9, "exponential", chance=0.8, members=32)
    found = netinf.netinf(times, parameters=np.array([1.0]), edges=5)
    assert recovered(found, published) == (1, 1)


def test_it_finds_the_rate_of_delays_by_itself() -> None:
    edges = network(3)
    times = simulated(edges, 400, 4, "exponential")
    found = netinf.netinf(times, edges=len(edges), refined=True)
    assert found.parameters[0] == pytest.approx(1, rel=0.2)


def test_the_first_rate_is_the_mean_of_those_of_long_and_short_delays() -> None:
    # Delays behind the first: 2, 6, 6; behind the one before: 2, 4, 0.
    found = netinf.netinf(np.array([[1.0, 3.0, 7.0, 7.0]]), edges=1)
    assert found.parameters[0] == pytest.approx((3 / 14 + 3 / 6) / 2)


def test_vuongs_test_stops_near_the_true_number_of_edges() -> None:
    edges = network(5)
    found = netinf.netinf(simulated(edges, 400, 6, "exponential"), cutoff=0.05)
    precision, recall = recovered(found, edges)
    assert precision > 0.75 and recall > 0.85
    assert (found.p_value <= 0.05).all()


def test_the_gain_of_an_edge_is_what_the_formula_says() -> None:
    """One cascade a, b: the edge replaces log(1e-10 f) by log(f / 2)."""
    found = netinf.netinf(np.array([[0.0, 2.0]]), parameters=np.array([0.7]), edges=1)
    assert (found.sender.tolist(), found.receiver.tolist()) == ([0], [1])
    assert found.gain[0] == pytest.approx(np.log(0.5 / 1e-10))


def test_a_later_parent_is_nearer_and_so_gains_more() -> None:
    # 0 at 0, 1 at 3, 2 at 4: 2 may follow 0 or 1; beside the network it follows 1.
    times = np.array([[0.0, 3.0, 4.0]])
    found = netinf.netinf(times, parameters=np.array([1.0]), edges=3)
    pairs = dict(zip(zip(found.sender, found.receiver, strict=True), found.gain, strict=True))
    jump = np.log(0.5 / 1e-10)
    assert pairs == {(0, 1): pytest.approx(jump), (1, 2): pytest.approx(jump)}
    # Once 2 follows 1 along the network, 0 -> 2 with its longer delay gains nothing.


def test_vuongs_p_is_that_of_the_normal_statistic() -> None:
    times = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, np.nan]])
    found = netinf.netinf(times, parameters=np.array([1.0]), edges=1)
    differences = np.array([1, 1, 0]) * np.log(0.5 / 1e-10) - 1 / 3
    z = differences.sum() / (differences.std(ddof=1) * np.sqrt(3))
    assert found.p_value[0] == pytest.approx(erfc(z / sqrt(2)) / 2)


def test_it_agrees_with_plain_loops() -> None:
    times = np.round(simulated(network(7), 40, 8, "exponential") * 7) / 7
    found = netinf.netinf(times, parameters=np.array([0.8]), edges=25)
    told = plain(times, 0.8, 25)
    assert found.gain == pytest.approx([gain for _, _, gain in told])


@pytest.mark.parametrize("times", [np.zeros((3, 4)), np.full((2, 3), np.nan), np.zeros((0, 3))])
def test_without_order_nothing_can_be_inferred(times: Numbers) -> None:
    with pytest.raises(NotDefined, match="after anybody"):
        netinf.netinf(times)


@pytest.mark.parametrize(
    ("model", "parameters"), [("exponential", [1, 2]), ("rayleigh", [0]), ("log-normal", [1])]
)
def test_parameters_of_another_model_are_refused(
    model: netinf.Model, parameters: list[float]
) -> None:
    with pytest.raises(NotDefined, match="one parameter > 0"):
        netinf.netinf(np.array([[0.0, 1.0]]), model, np.array(parameters, float))


def test_more_edges_than_possible_are_refused() -> None:
    with pytest.raises(NotDefined, match="1 are possible"):
        netinf.netinf(np.array([[0.0, 1.0]]), edges=2)


def test_pathways_move_with_their_window() -> None:
    times = np.array([[0.0, 1.0, np.nan], [20.0, np.nan, 21.0]])
    found = netinf.moving(times, np.array([5.0, 15.0, 25.0]), 10, 4, parameters=np.array([1.0]))
    assert [(period, one.receiver.tolist()) for period, one in found] == [(5.0, [1]), (25.0, [2])]


SOMETIMES = st.one_of(st.integers(0, 9).map(float), st.just(float("nan")))


@given(arrays(float, (6, 5), elements=SOMETIMES), st.integers(1, 8))
def test_a_moving_network_is_that_of_the_adoptions_in_each_window(
    times: Numbers, width: int
) -> None:
    """Pairs are made once and shared by all windows; it makes no difference."""
    expected = {}
    for period in range(-1, 12):
        seen = np.where((times > period - width) & (times <= period), times, np.nan)
        alone = seen[np.isfinite(seen).any(axis=1)]
        if possible := netinf.possible_edges(alone):
            expected[float(period)] = netinf.netinf(alone, edges=min(4, possible))
    found = dict(netinf.moving(times, np.arange(-1.0, 12), width, 4))
    assert found.keys() == expected.keys()
    for period, one in found.items():
        for own, other in zip(vars(one).values(), vars(expected[period]).values(), strict=True):
            assert own == pytest.approx(other, nan_ok=True)


@given(arrays(float, (4, 4), elements=SOMETIMES))
def test_the_first_edges_of_a_window_are_those_of_plain_loops(times: Numbers) -> None:
    rate = np.array([0.3])
    for period, one in netinf.moving(times, np.arange(10.0), 5, 3, parameters=rate):
        seen = np.where((times > period - 5) & (times <= period), times, np.nan)
        told = plain(seen, 0.3, min(3, netinf.possible_edges(seen)))
        assert one.gain == pytest.approx([gain for _, _, gain in told])


def test_pathways_are_what_is_inferred_from_the_adoptions_of_each_window() -> None:
    dice = np.random.default_rng(11)
    told = [
        Event(f"i{i}", f"a{m}", time, time, kind, f"s{i % 3}; s{m % 2}")
        for i in range(12)
        for m in range(6)
        for time in [float(dice.integers(12))]
        for kind in [str(dice.choice(["law", "decree"]))]
        if dice.random() < 0.7
    ]
    study = Study(Events.of(told))
    expected = []
    for period in range(4, 12):
        seen = Events.of(event for event in told if period - 5 < event.lower <= period)
        window = Study(seen, population=study.people)
        most = min(9, netinf.possible_edges(window.times))
        expected += [(str(period), *row) for row in inferred(window, edges=most).rows]
    found = pathways(study, width=5, edges=9)
    assert len(found.rows) == len(expected) > 60
    for row, other in zip(found.rows, expected, strict=True):
        assert row == pytest.approx(other, nan_ok=True)
