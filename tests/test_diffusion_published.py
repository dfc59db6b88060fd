"""Measures of diffusion give the numbers that others have published."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from innograph.diffusion import contagion, models, netinf, scores
from innograph.diffusion.events import Events, Numbers
from innograph.diffusion.reading import events_file

# Sales of video recorders in the United States by year, in thousands (Bass 1969's model in the
# documentation of R's nls, and in Frank Bass's own examples).
VCR = np.array([840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890], float)


@pytest.fixture(scope="module")
def spid(shared: Path) -> Events:
    text = (shared / "sources" / "spid" / "policies.csv").read_text("utf-8")
    told = text.replace("statenam,policy,adopt_year", "adopter,innovation,time", 1)
    return events_file(told.encode(), "policies.csv", "year")


@pytest.fixture(scope="module")
def times(spid: Events) -> Numbers:
    return spid.matrix(spid.adopters)


@pytest.fixture(scope="module")
def collections(shared: Path) -> Mapping[str, str]:
    with (shared / "sources" / "spid" / "policies_metadata.csv").open(encoding="utf-8") as file:
        return {row["policy"]: row["source"] for row in csv.DictReader(file)}


def summary(values: Numbers) -> list[float]:
    """As R's summary."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return [values.min(), low, middle, values.mean(), high, values.max()]


def test_the_summary_of_spid_is_that_of_networkinference(spid: Events, times: Numbers) -> None:
    assert times.shape == (728, 50)
    assert len(spid) == 17_835
    assert netinf.possible_edges(times) == 2_450
    lengths = np.isfinite(times).sum(1)
    assert summary(lengths) == pytest.approx([1, 11, 23, 24.49863, 40, 50], abs=1e-5)
    ties = lengths - np.array([len(np.unique(row[np.isfinite(row)])) for row in times])
    assert summary(ties) == pytest.approx([0, 4, 11, 14.53571, 23, 48], abs=1e-5)


def test_walkers_ranks_come_out_of_his_policies(
    spid: Events, times: Numbers, collections: Mapping[str, str]
) -> None:
    chosen = [collections[policy] == "Walker" for policy in spid.innovations]
    assert sum(chosen) == 79
    scored = dict(zip(spid.adopters, scores.walker(times[chosen]), strict=True))
    # Two states were not yet such when most of these were adopted, and have none of them.
    assert [scored.pop(name) for name in ("Alaska", "Hawaii")] == [0, 0]
    ranked = sorted(scored, key=scored.__getitem__, reverse=True)
    assert ranked[:5] == ["New York", "Massachusetts", "California", "New Jersey", "Michigan"]
    assert ranked[-2:] == ["Mississippi", "Nevada"]
    assert scored["New York"] == pytest.approx(0.626, abs=0.015)
    assert scored["Nevada"] == pytest.approx(0.293, abs=0.001)


def test_walkers_scores_are_the_published_ones_under_his_rule(
    spid: Events, times: Numbers, collections: Mapping[str, str]
) -> None:
    """He saw adoptions until 1965, of what twenty states had adopted by then: 77 of the 79."""
    chosen = np.array([collections[policy] == "Walker" for policy in spid.innovations])
    seen = np.where(times[chosen] > 1965, np.nan, times[chosen])
    spread = np.isfinite(seen).sum(1) >= 20
    assert spread.sum() == 77
    scored = dict(zip(spid.adopters, scores.walker(seen[spread]), strict=True))
    published = {
        "New York": 0.626,
        "Massachusetts": 0.596,
        "California": 0.572,
        "New Jersey": 0.555,
        "Michigan": 0.547,
        "Mississippi": 0.297,
        "Nevada": 0.293,
    }
    assert {name: scored[name] for name in published} == pytest.approx(published, abs=0.0005)


@pytest.mark.parametrize(
    ("reach", "discount", "expected"),
    [(1, None, 1 / 3), (2, None, 1 / 2), (2, 0.1, (1 + 2 / 1.1) / (3 + 2 / 1.1))],
)
def test_susceptibility_is_that_of_netdiffuser(
    reach: int, discount: float | None, expected: float
) -> None:
    looks = np.zeros((5, 5))
    looks[4, :4] = 1
    times = np.array([1, 4, 1, 2, 3], float)
    found = contagion.susceptibility(looks, times, np.arange(1, 5), reach, discount)
    assert found[4] == pytest.approx(expected)
    assert np.isnan(found[:4]).all()


def test_the_bass_model_of_video_recorders_is_the_published_one() -> None:
    found = models.fit_bass(VCR, "density")
    assert found.names == ("M", "p", "q")
    assert found.values == pytest.approx([67_981, 0.006594, 0.63809], rel=1e-4)
    assert found.errors == pytest.approx([3_127, 0.001430, 0.0414], rel=5e-3)
    assert found.residual_error == pytest.approx(727.2, abs=0.05)


def test_netinf_infers_the_network_of_all_of_spid_in_seconds(times: Numbers) -> None:
    found = netinf.netinf(times, edges=870)
    assert len(found.sender) == 870
    assert (found.sender != found.receiver).all()
    assert (np.diff(found.gain) <= 1e-9).all()  # what an edge gains shrinks: it is submodular


def test_what_came_to_exist_late_is_no_laggard(spid: Events, times: Numbers) -> None:
    """Alaska, a state since 1959, is asked only for what spread since."""
    entry = np.full(50, -np.inf)
    alaska = spid.adopters.index("Alaska")
    entry[alaska] = 1959
    always = scores.rate_score(times)
    since = scores.rate_score(times, entry)
    assert since.adoptions[alaska] == always.adoptions[alaska]
    assert since.opportunities[alaska] < always.opportunities[alaska]
    assert scores.ranks(since.score)[alaska] < scores.ranks(always.score)[alaska] == 50
    others = np.arange(50) != alaska
    assert (since.score[others] == always.score[others]).all()
