"""Who belongs to a population on a day, and what share of it can be said to have adopted."""

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import examples
import pytest
from counts import spid, territories
from flask import Flask
from flask.testing import FlaskClient
from rdflib import SH
from shipped import BASE as SHIPPED
from shipped import Shipped, imported

from innograph import assets, contributions, media, members, queries, sources, validation, vocab
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import mapping
from innograph.sources.run import run
from innograph.web import create_app

BASE = "https://example.org"
POPULATION = "https://w3id.org/innograph/voc/population/"
FACTS = assets.data() / "facts"
TODAY = "2026-11-24"
Rows = list[dict[str, str]]


def answer(instance: Instance, name: str, **values: str) -> Rows:
    text = queries.load(name).bind({key: [value] for key, value in values.items()})
    body = b"".join(instance.ask(text, "text/csv").body).decode()
    return list(csv.DictReader(io.StringIO(body)))


def of(instance: Instance, population: str, on: str) -> Rows:
    return answer(instance, "population-members", population=POPULATION + population, on=on)


@pytest.fixture
def france(shipped: Shipped) -> Instance:
    """The lists of French territories, among all that is shipped."""
    return shipped.instance


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


@pytest.fixture(scope="module")
def counted(shared: Path) -> dict[str, Any]:
    return territories.counts(shared / "sources" / "reference" / "fr")


def test_all_communes_are_members_with_number_place_and_inhabitants(
    france: Instance, counted: dict[str, Any]
) -> None:
    rows = of(france, "fr-communes", TODAY)
    assert len(rows) == len({row["member"] for row in rows}) == counted["communes"] == 34_969
    assert sum(row["siren"] != "" for row in rows) == counted["communes with SIREN"] == 34_875
    told = [int(row["inhabitants"]) for row in rows if row["inhabitants"]]
    assert len(told) == counted["communes with population"]
    assert sum(told) == counted["inhabitants of communes"]
    around = Counter(row["parent"].rsplit("-", 1)[1].upper() for row in rows)
    assert around == counted["communes by département"]
    assert {row["complete"] for row in rows} == {"true"}


def test_groupings_and_departements_are_those_of_the_lists(
    france: Instance, counted: dict[str, Any]
) -> None:
    assert len(of(france, "fr-epci", TODAY)) == counted["groupings"] == 1_255
    counties = of(france, "fr-departements", TODAY)
    assert len(counties) == counted["départements at home and overseas"] == 101


def test_sixteen_regions_became_seven_on_the_first_day_of_2016(
    france: Instance, counted: dict[str, Any]
) -> None:
    before, after = of(france, "fr-regions", "2015-12-31"), of(france, "fr-regions", "2016-01-01")
    # Twenty-two in Europe and five overseas; then twelve, Corsica and five.
    assert (len(before), len(after)) == (27, 18)
    assert [row["code"] for row in after] == counted["régions at home and overseas"]
    gone = {row["code"] for row in before} - {row["code"] for row in after}
    come = {row["code"] for row in after} - {row["code"] for row in before}
    assert (len(gone), come) == (16, {"27", "28", "32", "44", "75", "76", "84"})
    merged = france.store.find(
        "SELECT DISTINCT ?old { ?change a org:ChangeEvent ; org:originalOrganization ?old ; "
        f"org:resultingOrganization <{SHIPPED}/id/organisation/fr-region-44> }}"
    )
    old = ("21", "41", "42")
    assert merged == {f"{SHIPPED}/id/organisation/fr-region-{code}" for code in old}


def test_a_list_says_for_which_days_it_names_all_members(france: Instance) -> None:
    assert {row["complete"] for row in of(france, "fr-communes", "2025-12-31")} == {"false"}
    periods = {row["population"]: row for row in answer(france, "populations")}
    assert periods[f"{POPULATION}fr-regions"]["from"] == "2012-01-01"
    assert periods[f"{POPULATION}fr-communes"]["members"] == "34969"


def test_adopters_that_another_source_describes_are_members_of_the_populations(
    france: Instance,
) -> None:
    listed = france.store.find(
        "SELECT DISTINCT ?adopter { ?adoption inno:adopter ?adopter . "
        "?adopter org:classification ?population . ?population skos:inScheme voc:population "
        'FILTER(CONTAINS(STR(?population), "/fr-")) }'
    )
    adopters = france.store.find("SELECT DISTINCT ?adopter { ?adoption inno:adopter ?adopter }")
    numbered = {iri for iri in adopters if "/fr-siren-" in iri or "/fr-departement-" in iri}
    numbered |= {iri for iri in adopters if "/fr-region-" in iri}
    assert numbered and listed == numbered


def test_no_share_is_told_where_no_source_says_what_its_silence_means(france: Instance) -> None:
    assert answer(france, "population-share", on=TODAY) == []


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


@pytest.mark.parametrize("on", ["2011-12-31", "2023-06-30"])
def test_no_share_is_told_outside_the_days_that_are_covered(settings: Settings, on: str) -> None:
    """The invented list of communes is complete from 2012, the invented census until 2022."""
    instance = Instance.open(settings)
    examples.load(instance)
    assert answer(instance, "population-share", on=on) == []


def test_members_come_and_go_with_the_dossier_of_their_list(settings: Settings) -> None:
    instance = Instance.open(settings)
    run(instance, sources.load("us-states"), FACTS / "us-states.jsonl")
    assert len(of(instance, "us-states", "2017-12-31")) == 50
    again = Instance.open(settings)
    again.follow()
    assert list(again.store.dump()) == list(instance.store.dump())
    [dossier] = instance.ledger.dossiers_of("source/us-states")
    contributions.withdraw(instance, dossier, "moderator", "no")
    assert of(instance, "us-states", "2017-12-31") == []
    assert instance.store.find("SELECT ?s { ?s a cv:PublicOrganisation }") == set()


def test_what_is_said_of_members_conforms_to_the_shapes() -> None:
    """Of all lists but that of the communes, which says of each what that of the groupings says."""
    told = media.bare()
    for listed in members.lists(BASE).values():
        if listed.name != "fr-communes":
            told += media.read(b"".join(listed.statements(BASE)))
    known = told + vocab.vocabularies() + vocab.subclass_axioms()
    described = set(told.subjects())
    found = validation.default().validate(known)
    wrong = [r for r in found if r.focus in described and r.severity == SH.Violation]
    assert wrong == []
