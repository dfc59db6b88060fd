"""Each measure of diffusion on cases small enough to compute by hand."""

import itertools
import math

import numpy as np
import pytest

from innograph.diffusion import (
    cascades,
    categories,
    contagion,
    curve,
    exposure,
    history,
    lags,
    models,
    networks,
    scores,
    spatial,
    structure,
    survival,
)
from innograph.diffusion.events import Event, Events
from innograph.diffusion.influence import dependence, histories, mean_thresholds
from innograph.diffusion.networks import Edge, Network
from innograph.diffusion.study import Study
from innograph.diffusion.ties import pathways
from innograph.errors import NotDefined

NAN, INF = math.nan, math.inf


def told(values: object) -> list[float | None]:
    """Numbers that can be compared: NaN is None."""
    numbers = np.asarray(values, float).tolist()
    return [None if math.isnan(number) else round(number, 12) for number in numbers]


def array(*values: float) -> np.ndarray:
    return np.array(values, float)


# --- curve and hazard


def test_curve_rate_and_hazard_count_adopters_by_period() -> None:
    found = curve.adoption_curve(array(2000, 2000, 2002, 2003, NAN))
    assert found.period.tolist() == [2000, 2001, 2002, 2003]
    assert found.new.tolist() == [2, 0, 1, 1]
    assert found.cumulative.tolist() == [2, 2, 3, 4]
    assert found.at_risk.tolist() == [5, 3, 3, 2]
    assert told(found.share) == [0.4, 0.4, 0.6, 0.8]
    assert told(found.rate) == [None, 0, 0.5, pytest.approx(1 / 3)]
    assert told(found.hazard) == [None, 0, pytest.approx(1 / 3), 0.5]


def test_who_does_not_exist_is_neither_at_risk_nor_in_the_share() -> None:
    times, entry, exit = array(1, 3, NAN, NAN), array(0, 0, 3, 0), array(INF, INF, INF, 3)
    found = curve.adoption_curve(times, entry, exit)
    assert found.members.tolist() == [3, 3, 3]
    assert found.at_risk.tolist() == [3, 2, 2]
    assert told(found.share) == [pytest.approx(1 / 3), pytest.approx(1 / 3), pytest.approx(2 / 3)]
    assert told(found.hazard) == [None, 0, 0.5]


def test_a_window_counts_who_adopted_before_it_from_its_start() -> None:
    found = curve.adoption_curve(array(1, 4, 9), first=3, last=5)
    assert found.cumulative.tolist() == [1, 2, 2]
    assert found.new.tolist() == [0, 1, 0]


# --- survival


def test_kaplan_meier_takes_the_censored_as_far_as_they_are_seen() -> None:
    duration = array(1, 2, 2, 3, 4)
    observed = np.array([True, True, False, True, False])
    found = survival.kaplan_meier(duration, observed)
    assert found.time.tolist() == [1, 2, 3]
    assert found.at_risk.tolist() == [5, 4, 2]
    assert told(found.survival) == [0.8, pytest.approx(0.6), pytest.approx(0.3)]
    # Greenwood: 0.6^2 (1/(5*4) + 1/(4*3)) = 0.048.
    assert found.error[1] == pytest.approx(math.sqrt(0.048))
    assert found.median == 3
    assert (found.lower < found.survival).all() and (found.survival < found.upper).all()


def test_who_comes_late_is_not_at_risk_before() -> None:
    duration, observed = array(1, 3), np.array([True, True])
    found = survival.kaplan_meier(duration, observed, entry=array(0, 2))
    assert found.at_risk.tolist() == [1, 1]


def test_survival_of_all_censored_has_no_row_and_no_median() -> None:
    found = survival.kaplan_meier(array(3, 4), np.array([False, False]))
    assert found.time.size == 0 and math.isnan(found.median)


def test_waiting_runs_from_a_start_to_adoption_or_to_the_end_of_sight() -> None:
    times, entry, exit = (
        array(5, NAN, 9, NAN, 2),
        array(0, 0, 0, 6, 0),
        array(INF, 8, INF, INF, INF),
    )
    found = survival.waiting(times, 4, 8, entry, exit)
    assert found.duration.tolist() == [1, 3, 4, 4]
    assert found.observed.tolist() == [True, False, False, False]
    assert found.entry.tolist() == [0, 0, 0, 2]


def test_turnbull_of_exact_dates_is_their_share() -> None:
    left, right, mass = survival.turnbull(array(1, 2, 2, 5), array(1, 2, 2, 5))
    assert left.tolist() == right.tolist() == [1, 2, 5]
    assert told(mass) == [0.25, 0.5, 0.25]


def test_turnbull_divides_what_lies_between_bounds() -> None:
    # [0, 2] and [1, 3] share [1, 2]; the third was never seen to adopt after 5.
    left, right, mass = survival.turnbull(array(0, 1, 5), array(2, 3, INF))
    assert (left.tolist(), right.tolist()) == ([1, 5], [2, INF])
    assert mass == pytest.approx([2 / 3, 1 / 3])


# --- categories


def test_rogers_and_valente_cut_at_mean_and_deviation() -> None:
    times = array(0, 4, 5, 5, 5, 5, 5, 5, 6, 10, NAN)  # mean 5, deviation sqrt(52/9) = 2.404
    assert categories.adopter_categories(times).tolist() == [
        "innovators",
        "early majority",
        *["late majority"] * 7,
        "laggards",
        "not adopted",
    ]
    assert categories.adopter_categories(times, "valente").tolist() == [
        "early adopters",
        *["early majority"] * 7,
        "late majority",
        "laggards",
        "not adopted",
    ]


# --- networks


CHAIN = Network.of([Edge("a", "b"), Edge("b", "c", 3), Edge("a", "c")])  # a -> b -> c, a -> c
ABC = ("a", "b", "c")


def test_a_row_of_the_matrix_is_what_one_looks_to() -> None:
    assert CHAIN.matrix(ABC).toarray().tolist() == [[0, 0, 0], [1, 0, 0], [1, 3, 0]]


def test_a_dated_edge_stands_in_its_period_only() -> None:
    network = Network.of([Edge("a", "b", time=1), Edge("a", "c")])
    assert network.matrix(ABC, 1).sum() == 2
    assert network.matrix(ABC, 2).sum() == 1


def test_who_stands_in_the_network_only_is_told() -> None:
    with pytest.raises(NotDefined, match="c stands in the network"):
        CHAIN.matrix(("a", "b"))


def test_geodesic_weights_are_cut() -> None:
    line = networks.geodesic_weights([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], 2)
    assert line.tolist() == [[0, 1, 0.5, 0], [0, 0, 1, 0.5], [0, 0, 0, 1], [0, 0, 0, 0]]


def test_exposure_is_the_weighted_share_that_has_adopted() -> None:
    found = exposure.exposure(CHAIN.matrix(ABC), array(1, 2, 3), np.array([1, 2, 3]))
    assert found.tolist() == [[0, 0, 0], [1, 1, 1], [0.25, 1, 1]]
    late = exposure.exposure(CHAIN.matrix(ABC), array(1, 2, 3), np.array([1, 2, 3]), lag=1)
    assert told(late[2]) == [None, 0.25, 1]
    plain = exposure.exposure(CHAIN.matrix(ABC), array(1, 2, 3), np.array([1, 2, 3]), 0, False)
    assert plain[2].tolist() == [1, 4, 4]


def test_threshold_is_the_exposure_at_adoption_unless_it_was_not_seen() -> None:
    periods, times = np.array([1, 2, 3]), array(1, 2, NAN)
    exposed = exposure.exposure(CHAIN.matrix(ABC), times, periods)
    assert told(exposure.threshold(exposed, times, periods)) == [None, 1, None]
    assert told(exposure.threshold(exposed, times, periods, True)) == [0, 1, None]


def test_infectiousness_mirrors_susceptibility() -> None:
    looked_at = np.zeros((5, 5))
    looked_at[:4, 4] = 1  # all look to the fifth, who adopts at 2
    times, periods = array(3, 5, 4, 3, 2), np.arange(1, 6)
    one = contagion.infectiousness(looked_at, times, periods)
    assert one[4] == pytest.approx(2 / 4)
    two = contagion.infectiousness(looked_at, times, periods, 2)
    assert two[4] == pytest.approx((2 + 1 / 2) / (4 + 2 / 2))
    mirrored = contagion.susceptibility(looked_at.T, 6 - times, periods, 2)
    assert told(mirrored) == told(two)


# --- Moran


def test_moran_of_two_pairs_of_alike_neighbours_is_one() -> None:
    pairs = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    found = spatial.moran(array(1, 1, 0, 0), pairs)
    assert (found.statistic, found.expected) == (1, pytest.approx(-1 / 3))
    # All 4!/(2!2!) = 6 ways to deal out give 1 (2 ways) or -1 (4 ways): sd sqrt(8/9).
    assert found.error == pytest.approx(math.sqrt(8 / 9))
    apart = spatial.moran(array(1, 0, 1, 0), pairs)
    assert apart.statistic == -1


def test_moran_by_permutation_agrees_with_the_count_of_all_deals() -> None:
    pairs = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    found = spatial.moran(array(1, 1, 0, 0), pairs, permutations=4_000, seed=3)
    assert found.p_permuted == pytest.approx(1 / 3, abs=0.03)


def test_the_deviation_of_moran_is_that_over_all_deals() -> None:
    weights = np.array(
        [[0, 2, 0, 1, 0], [1, 0, 3, 0, 0], [0] * 5, [5, 1, 0, 0, 1], [0, 0, 2, 2, 0]]
    )
    values = array(1, 4, 2, 8, 5.5)
    for standardised in (True, False):
        deals = [
            spatial.moran(np.array(deal), weights, standardised).statistic
            for deal in itertools.permutations(values.tolist())
        ]
        found = spatial.moran(values, weights, standardised)
        assert np.mean(deals) == pytest.approx(found.expected)
        assert np.std(deals) == pytest.approx(found.error)


def test_moran_weighs_unstandardised_rows_as_told() -> None:
    # x = (2, 0, 0, 2) - mean 1; W: 0 looks to 1 (weight 1) and to 3 (weight 3).
    weights = [[0, 1, 0, 3], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert spatial.moran(array(2, 0, 0, 2), weights, standardised=False).statistic == 0.5
    assert spatial.moran(array(2, 0, 0, 2), weights).statistic == pytest.approx(0.5)


# --- models


def test_fits_find_the_parameters_of_a_curve_without_noise() -> None:
    t = np.arange(1, 21, dtype=float)
    bass = models.fit_bass(models.bass_cumulative(t, 0.02, 0.4))
    assert bass.values == pytest.approx([0.02, 0.4], rel=1e-6)
    grown = models.fit_logistic(models.logistic(t, 80, 0.5, 9))
    assert grown.values == pytest.approx([80, 0.5, 9], rel=1e-6)


def test_the_density_of_bass_is_the_slope_of_its_share() -> None:
    t, step = np.linspace(0.5, 20, 9), 1e-6
    slope = (
        models.bass_cumulative(t + step, 0.03, 0.4) - models.bass_cumulative(t, 0.03, 0.4)
    ) / step
    assert models.bass_density(t, 0.03, 0.4) == pytest.approx(slope, rel=1e-4)


# --- scores

SCORED = np.array([[2000, 2005, 2010, NAN], [1, NAN, NAN, 3], [7, 7, NAN, NAN], [NAN] * 4])


def test_walker_is_one_less_the_mean_place() -> None:
    # The third was adopted at once by all who did, the fourth by nobody: they say nothing.
    assert told(scores.walker(SCORED)) == [1, 0.25, 0, 0]


def test_walker_counts_what_was_there_to_be_adopted() -> None:
    assert told(scores.walker(SCORED, entry=array(0, 4, 0, 0))) == [1, 0.5, 0, 0]


def test_boushey_gives_the_last_more_than_who_never_did() -> None:
    # First: 11/11, 6/11, 1/11, 0; second: 3/3, 0, 0, 1/3; third: 1, 1, 0, 0.
    expected = [1, (6 / 11 + 1) / 3, (1 / 11) / 3, (1 / 3) / 3]
    assert scores.boushey(SCORED) == pytest.approx(expected)


def test_the_rate_score_is_adoptions_per_opportunity() -> None:
    found = scores.rate_score(SCORED)
    assert found.adoptions.tolist() == [3, 2, 1, 1]
    # First innovation: 1, 6, 11, 11 years; second: 1, 3, 3, 3; third: 1 each.
    assert found.opportunities.tolist() == [3, 10, 15, 15]
    assert told(found.score) == [1, 0.2, pytest.approx(1 / 15), pytest.approx(1 / 15)]


def test_the_rate_score_asks_only_of_who_exists_within_the_window() -> None:
    entry, exit = array(0, 0, 2009, 0), array(INF, 2003, INF, INF)
    found = scores.rate_score(SCORED[:1], entry, exit, window=(2001, 2009))
    # 1: adopted before. 2: two years until its end, and one for what it adopted after that end.
    # 3: one year. 4: all nine.
    assert found.opportunities.tolist() == [0, 2, 1, 9]
    assert found.adoptions.tolist() == [0, 1, 0, 0]
    assert told(found.score) == [None, 0.5, 0, 0]


def test_an_end_of_sight_lengthens_what_could_have_been_adopted() -> None:
    found = scores.rate_score(SCORED[:1], end=2012)
    assert found.opportunities.tolist() == [1, 6, 11, 13]


def test_leaders_are_counted_and_ranked() -> None:
    assert scores.firsts(SCORED).tolist() == [3, 1, 0, 0]
    assert told(scores.within(SCORED, 2)) == [1, *[pytest.approx(1 / 3)], 0, pytest.approx(1 / 3)]
    assert told(scores.ranks(array(0.5, 0.9, 0.5, NAN))) == [2.5, 1, 2.5, None]


# --- lags


def test_lags_are_bounded_as_the_dates_are() -> None:
    innovation = np.array([0, 0, 0, 0, 1])
    lower, upper = array(2000, 2003, -INF, 2000, 5), array(2001, 2003, 2010, INF, 5)
    origin = np.array([True, False, False, False, False])
    found = lags.lags(innovation, lower, upper, origin)
    assert told(found.fewest) == [None, 2, 0, 0, None]
    assert told(found.most) == [None, 3, 10, None, None]


def test_the_first_events_are_the_earliest_of_each_innovation() -> None:
    found = lags.first_events(np.array([0, 0, 1, 1, 2]), array(3, 2, 5, 5, NAN))
    assert found.tolist() == [False, True, True, True, False]
    assert lags.quartiles(array(1, 2, 3, 4, 5, NAN)) == (2, 3, 4)


# --- cascades


def test_depth_is_the_fewest_steps_from_an_adoption_without_a_model() -> None:
    # 0 -> 1 -> 2, 0 -> 2, 3 alone, 4 and 5 in a circle.
    found = cascades.cascade(6, np.array([0, 1, 0, 4, 5]), np.array([1, 2, 2, 5, 4]))
    assert found.depths.tolist() == [0, 1, 1, 0, -1, -1]
    assert (found.depth, found.breadth, found.breadths.tolist()) == (1, 2, [2, 2])


def test_shares_have_wilsons_bounds() -> None:
    found = cascades.share(1, 10)
    assert (found.lower, found.upper) == (
        pytest.approx(0.01788, abs=1e-5),
        pytest.approx(0.40415, abs=1e-5),
    )
    assert (cascades.share(0, 4).lower, cascades.share(4, 4).upper) == (0, 1)
    assert math.isnan(cascades.share(0, 0).share)
    with pytest.raises(NotDefined):
        cascades.share(2, 1)


def test_fidelity_is_shared_among_those_that_tell_it() -> None:
    found = cascades.fidelity_shares(["original", "identical", "adapted", "adapted", ""])
    assert {kind: (s.count, s.whole) for kind, s in found.items()} == {
        "adapted": (2, 3),
        "identical": (1, 3),
    }


def test_what_is_not_given_up_is_in_use_until_the_end_of_sight() -> None:
    duration, observed = cascades.abandonment(array(1, 2, 5, NAN, 9), array(3, NAN, 11, NAN, 4), 8)
    assert (duration.tolist(), observed.tolist()) == ([2, 6, 3], [True, False, False])


# --- event history


def test_the_rows_at_risk_end_with_adoption() -> None:
    found = history.at_risk(array(2, NAN, 0), np.array([1, 2, 3]), entry=array(0, 3, 0))
    assert found.member.tolist() == [0, 0, 1]
    assert found.period.tolist() == [1, 2, 3]
    assert found.adopted.tolist() == [False, True, False]


def test_an_event_history_of_a_binary_covariate_gives_the_log_odds() -> None:
    # One period: 3 of 4 with the trait adopt, 1 of 4 without: odds 3 against 1/3.
    times = array(1, 1, 1, NAN, 1, NAN, NAN, NAN)
    risk = history.at_risk(times, np.array([1]))
    trait = (risk.member < 4).astype(float)
    found = history.event_history(risk, {"trait": trait})
    assert found.names == ("trait",)
    assert found.values == pytest.approx([math.log(9)], abs=1e-6)
    assert (found.rows, found.adoptions) == (8, 4)
    plain = history.event_history(risk, {"trait": trait}, period_effects=False)
    assert plain.names == ("trait", "constant")
    assert plain.values == pytest.approx([math.log(9), math.log(1 / 3)], abs=1e-6)


@pytest.mark.parametrize("period_effects", [True, False])
def test_an_event_history_is_that_of_statsmodels(period_effects: bool) -> None:
    models = pytest.importorskip("statsmodels.api", reason="statsmodels is absent: pip install it")
    dice = np.random.default_rng(11)
    traits = dice.normal(size=60)
    times = np.ceil(dice.exponential(4 * np.exp(-traits / 2)))
    times[times > 6] = NAN
    risk = history.at_risk(times, np.arange(1, 7))
    given = {"trait": traits[risk.member], "noise": dice.normal(size=len(risk.member))}
    found = history.event_history(risk, given, period_effects)
    levels = [risk.period == p for p in range(1, 7)] if period_effects else [risk.period > 0]
    table = np.column_stack([*given.values(), *levels]).astype(float)
    other = models.Logit(risk.adopted.astype(float), table).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": risk.member}
    )
    told = len(found.names)
    assert found.values == pytest.approx(other.params[:told], rel=1e-6)
    assert found.errors == pytest.approx(other.bse[:told], rel=1e-6)
    assert found.p_values == pytest.approx(other.pvalues[:told], rel=1e-5)
    assert found.log_likelihood == pytest.approx(other.llf)


def test_covariates_that_tell_all_adopters_apart_are_refused() -> None:
    risk = history.at_risk(array(1, 1, NAN, NAN), np.array([1]))
    with pytest.raises(NotDefined, match="apart"):
        history.event_history(risk, {"trait": (risk.member < 2).astype(float)})
    with pytest.raises(NotDefined, match="follows"):
        ones = np.ones(len(risk.member))
        history.event_history(risk, {"one": ones, "other": 2 * ones})


def cohort(innovation: str, adopters: str, time: float) -> list[Event]:
    return [Event(innovation, name, time, time, "declared") for name in adopters]


def test_the_history_of_a_study_explains_adoption_by_exposure_before() -> None:
    # z adopts in 1. Of those that look to z, b c d adopt in 2 and a does not; of those that look
    # to nobody, e does and f g h do not. By 2 the odds are 3 with exposure 1, 1/3 with exposure 0.
    told = [*cohort("i", "z", 1), *cohort("i", "bcde", 2)]
    network = Network.of(Edge("z", name) for name in "abcd")
    everybody = Network.of([*network.edges, *(Edge(name, "z") for name in "fgh")])
    study = Study(Events.of(told), network=everybody)
    [row] = histories(study).rows
    assert row[:2] == ("i", "exposure")
    assert row[2] == pytest.approx(math.log(9), abs=1e-6)
    assert row[5:8] == (pytest.approx(9), 8, 4)
    # Two innovations that went alike tell the same, with twice the rows.
    told += [*cohort("j", "z", 1), *cohort("j", "bcde", 2)]
    twice = Study(Events.of(told), network=everybody)
    [pooled] = histories(twice, pooled=True).rows
    assert pooled[0] == "exposure" and pooled[1] == pytest.approx(math.log(9), abs=1e-6)
    assert pooled[5:7] == (16, 8)
    plain = histories(study, period_effects=False).rows
    assert [row[1] for row in plain] == ["exposure", "constant"]


# --- structure


def test_the_mean_threshold_in_each_network_is_that_of_thresholds() -> None:
    dice = np.random.default_rng(3)
    looks = (dice.random((9, 9)) < 0.4) * dice.random((9, 9))
    times = array(0, 1, 1, 2, 4, NAN, 3, 2, NAN)
    axis = np.arange(5)
    drawn = structure.rewirings(looks, runs=3)
    expected = [
        np.nanmean(exposure.threshold(exposure.exposure(one, times, axis), times, axis))
        for one in drawn.networks()
    ]
    assert mean_thresholds(drawn, times, 0) == pytest.approx(np.array(expected))
    assert next(drawn.networks()).toarray() == pytest.approx(looks)


def test_a_ring_of_two_can_only_be_turned() -> None:
    # 0 -> 1, 2 -> 3: the only other network with the same ties is 0 -> 3, 2 -> 1.
    looks = np.zeros((4, 4))
    looks[0, 1] = looks[2, 3] = 1
    seen = {tuple(structure.rewired(looks, seed).indices.tolist()) for seed in range(20)}
    assert seen == {(1, 3), (3, 1)}


def test_the_p_value_counts_networks_at_least_as_far() -> None:
    looks = np.zeros((4, 4))
    looks[0, 1] = looks[2, 3] = 1
    # 1 as it is, 0 in the other network: about half of those drawn are as far above.
    found = structure.structure_test(lambda matrix: float(matrix[0, 1]), looks, 400, seed=1)
    assert found.observed == 1 and found.mean == pytest.approx(0.5, abs=0.1)
    assert found.p_value == pytest.approx(2 * (found.mean * 400 + 1) / 401)
    same = structure.structure_test(lambda matrix: float(matrix.sum()), looks, 50)
    assert (same.p_value, same.error) == (1, 0)
    with pytest.raises(NotDefined, match="two edges"):
        structure.structure_test(lambda matrix: 1.0, np.zeros((3, 3)))


def test_thresholds_along_the_true_ties_are_higher_than_along_others() -> None:
    # Twelve in two rings; each adopts just after the one it looks to.
    names = "abcdefghijkl"
    edges = [Edge(a, b) for a, b in zip(names, names[1:], strict=False)]
    told = Events.of(Event("i", name, time, time, "law") for time, name in enumerate(names))
    found = dependence(Study(told, network=Network.of(edges)), runs=200, seed=2)
    [row] = found.rows
    observed, rewired, _, p_value, runs = row[1:6]
    assert observed == 1 and isinstance(rewired, float) and rewired < 0.8
    assert isinstance(p_value, float) and p_value < 0.05 and runs == 200
    dated = Network.of([Edge("a", "b", time=1), Edge("b", "c", time=1)])
    with pytest.raises(NotDefined, match="changes with time"):
        dependence(Study(told, network=dated))


# --- pathways


def test_a_window_sees_what_lies_in_it() -> None:
    told = Events.of(
        [
            *(Event("i", name, time, time) for name, time in [("a", 1), ("b", 2)]),
            *(Event("j", name, time, time) for name, time in [("b", 8), ("a", 9), ("c", 20)]),
        ]
    )
    found = pathways(Study(told), width=3, edges=9)
    pairs = {(row[0], row[1], row[2]) for row in found.rows}
    # The windows 1-3 … 18-20; those that end in 3 and 4 see a before b only while both are there.
    assert pairs == {("3", "a", "b"), ("9", "b", "a"), ("10", "b", "a")}
    assert {row[-1] for row in found.rows} == {1}
    assert {row[0] for row in pathways(Study(told), width=3, edges=9, every=7).rows} == {"3", "10"}
    with pytest.raises(NotDefined, match="in a window"):
        pathways(Study(told), width=1)
