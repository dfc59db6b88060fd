"""Who belongs to a population on a day, and what share of it can be said to have adopted."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import examples
import pytest
from counts import territories
from rdflib import SH
from shipped import BASE as SHIPPED
from shipped import Shipped

from innograph import assets, contributions, media, members, queries, sources, validation, vocab
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources.run import run

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


def test_braces_and_dollars_in_what_a_list_says_stay_as_they_are(tmp_path: Path) -> None:
    says = [{"@id": "x/$iso3166_2_lower", "t": "{0} $$ ${name}x {y}}"}]
    listed = {"some": [{"table": "us-states.csv", "where": {"name": "Ohio"}, "says": says}]}
    context = {"@context": {"t": "https://example.org/t"}}
    (tmp_path / "members.json").write_text(json.dumps(listed), "utf-8")
    (tmp_path / "context.jsonld").write_text(json.dumps(context), "utf-8")
    said = b"".join(members.List("some", tmp_path).statements(BASE)).decode()
    assert said == f'<{BASE}/id/x/us-oh> <https://example.org/t> "{{0}} $ Ohiox {{y}}}}" .\n'
