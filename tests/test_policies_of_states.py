"""Which states of the United States adopted which policies, and when: all that a file tells."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from counts import spid
from flask import Flask
from flask.testing import FlaskClient
from shipped import imported
from test_populations import BASE, POPULATION, answer, of

from innograph import assets
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import mapping
from innograph.web import create_app


@pytest.fixture(scope="module")
def pages_of_america(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(Settings(home=tmp_path_factory.mktemp("america"), base=BASE))


@pytest.fixture(scope="module")
def america(pages_of_america: Flask) -> Instance:
    """All policies, in the instance that the pages are of: loaded once."""
    instance = pages_of_america.extensions["innograph"]
    assert isinstance(instance, Instance)
    assert imported(instance, "spid").refusals == []
    return instance


def test_all_policies_are_accepted_with_their_states_and_twice_changes_nothing(
    america: Instance,
) -> None:
    assert len(america.ledger.dossiers_of("source/spid")) == 17_835 + 2 * 728
    assert america.ledger.dossiers_of("source/us-states")
    revision = america.follow()
    again = imported(america, "spid")
    assert {state for _, state in again.states} == {"unchanged"} and again.vanished == []
    assert america.follow() == revision


def test_states_are_members_since_their_admission(america: Instance) -> None:
    assert len(of(america, "us-states", "2017-12-31")) == 50
    names = {row["name"] for row in of(america, "us-states", "1958-12-31")}
    assert len(names) == 48 and not names & {"Alaska", "Hawaii"}
    assert {row["code"] for row in of(america, "us-states", "1787-12-31")} == {
        "US-DE",
        "US-PA",
        "US-NJ",
    }


def test_shares_of_states_are_those_of_the_file(america: Instance, shared: Path) -> None:
    told = spid.counts(shared / "sources" / "spid", assets.data() / "reference" / "us-states.csv")
    rows = answer(america, "population-share", on="2017-12-31")
    assert {row["members"] for row in rows} == {"50"}
    adopters = sorted(int(row["adopters"]) for row in rows)
    assert adopters == sorted(told["adopters by policy"].values())
    for policy, number in told["shares at the end of 1900"].items():
        innovation = f"{BASE}/id/innovation/spid-{policy}"
        [row] = answer(america, "population-share", on="1900-12-31", innovation=innovation)
        assert int(row["members"]) == told["states at the end of 1900"] == 45
        assert int(row["adopters"]) == number
        assert float(row["share"]) == pytest.approx(number / 45, abs=0.0001)


def test_no_share_is_told_after_the_source_has_ceased_to_look(america: Instance) -> None:
    assert answer(america, "population-share", on="2018-01-01") == []


@pytest.fixture(scope="module")
def studied(pages_of_america: Flask, america: Instance) -> FlaskClient:
    return pages_of_america.test_client()


@pytest.fixture(scope="module")
def spread(shared: Path) -> dict[str, Any]:
    return spid.diffusion(shared / "sources" / "spid")


POLICIES = {"kind": "https://w3id.org/innograph/voc/kind/policy"}
STATES = {"population": POPULATION + "us-states"}


def test_curves_of_all_policies_are_those_of_the_file(
    studied: FlaskClient, spread: dict[str, Any]
) -> None:
    told = studied.get("/diffusion.csv", query_string={**POLICIES, **STATES, "measure": "curve"})
    curves: dict[str, dict[int, tuple[int, int]]] = {}
    ends: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(told.text)):
        policy = row["innovation"].partition("/innovation/spid-")[2]
        ends[policy] = int(row["cumulative"])
        if row["new"] != "0":
            own = curves.setdefault(policy, {})
            own[int(row["period"])] = int(row["new"]), int(row["cumulative"])
            # Each is told to the year: neither before nor after it.
            assert row["not_before"] == row["not_after"] == row["period"]
    slugs = {mapping.slug(policy): years for policy, years in spread["by policy"].items()}
    assert curves == slugs and len(curves) == 728
    assert sum(ends.values()) == 17_835


def test_what_states_took_up_and_where_they_were_first_is_that_of_the_file(
    studied: FlaskClient, spread: dict[str, Any]
) -> None:
    told = studied.get("/diffusion.csv", query_string={**POLICIES, **STATES, "measure": "scores"})
    rows = list(csv.DictReader(io.StringIO(told.text)))
    assert {
        row["adopter_name"]: (int(row["adoptions"]), int(row["firsts"])) for row in rows
    } == spread["by state"]


def test_the_page_of_a_policy_shows_the_curve_of_the_file(
    studied: FlaskClient, spread: dict[str, Any]
) -> None:
    asked = {**STATES, "measure": "curve", "lang": "en"}
    address = "/diffusion/innovation/spid-aborparc"
    page = studied.get(address, query_string=asked, headers={"Accept": "text/html"}).text
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)[1:]
    cells = [re.findall(r"<td>(?:<a[^>]*>)?([^<]*)", row) for row in rows]
    years = spread["by policy"]["aborparc"]
    # Period, new, cumulative; the innovation itself is named above.
    assert [row[0] for row in cells] == [str(year) for year in range(1981, 2000)]
    assert {int(row[0]): (int(row[1]), int(row[2])) for row in cells if row[1] != "0"} == years
    assert "<svg" in page
