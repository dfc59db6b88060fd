"""The reader of the bike-aid history: rules become adoptions, names of places authorities."""

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from counts import aidesvelo as independent

from innograph import assets, sources
from innograph.errors import MissingData
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import Item, Note, Refusal, territories
from innograph.sources.run import run

CASES = Path(__file__).parent / "cases" / "sources" / "aidesvelo.csv"
FACTS = assets.data() / "facts" / "aidesvelo.jsonl"
SOURCE = sources.load("aidesvelo")
AGPL = "https://spdx.org/licenses/AGPL-3.0-only"
CAEN, BEGLES = "fr-siren-211401187", "fr-siren-213300395"


class Told(dict[str, Item]):
    """The items of a reading by their ids."""

    def __init__(self, found: list[Item | Refusal]) -> None:
        super().__init__((item.data["id"], item) for item in found if isinstance(item, Item))
        self.refused = {r.local: r.detail for r in found if isinstance(r, Refusal)}

    def adoption(self, authority: str) -> Item:
        return self[f"adoption/aide-achat-velo-{authority}"]

    def periods(self, authority: str) -> list[tuple[str, str]]:
        statuses = self.adoption(authority).data["statuses"]
        return [(status["startNotAfter"], status["lastAttested"]) for status in statuses]

    def found(self, rule: str) -> tuple[str, str]:
        """Who the authority of a rule is, and how it was found."""
        for item in self.values():
            if any(n.field == "rule" and n.raw == rule for n in item.notes):
                rules = [note.rule for note in item.notes if note.field == "authority"]
                return item.data["adopter"].removeprefix("organisation/"), rules[0]
        raise KeyError(rule)


@pytest.fixture(scope="module")
def invented() -> Told:
    return Told(list(sources.read(SOURCE, CASES)))


@pytest.fixture(scope="module")
def kept() -> Told:
    """What of the invented rules would be shipped."""
    return Told(list(sources.read(SOURCE, CASES, facts=True)))


@pytest.fixture(scope="module")
def original(shared: Path) -> Told:
    return Told(list(sources.read(SOURCE, shared / "sources" / "aidesvelo")))


@pytest.fixture(scope="module")
def counted(shared: Path) -> dict[str, Any]:
    folder = shared / "sources" / "aidesvelo"
    return independent.counts(folder / "bike_aid_by_authority_history.csv")


def test_each_thing_is_told_after_what_it_points_at(invented: Told) -> None:
    known: set[str] = set()
    for item in invented.values():
        links = [item.data.get(name) for name in ("within", "adopts", "adopter")]
        links += item.data.get("places", [])
        assert known.issuperset(link for link in links if link), item
        known.add(item.data["id"])


def test_rules_of_one_authority_are_one_adoption(invented: Told) -> None:
    adoption = invented.adoption(CAEN)
    rules = [note.raw for note in adoption.notes if note.field == "rule"]
    assert rules == ["caen", "caen cargo", "disparue"]
    assert adoption.data["evidence"] == [
        "https://example.org/caen",
        "https://example.org/caen/cargo",
        "https://example.org/disparue",
    ]


def test_a_listing_says_that_the_aid_began_no_later_and_never_that_it_ended(
    invented: Told,
) -> None:
    (period,) = invented.adoption("fr-etat").data["statuses"]
    assert (period["startNotAfter"], period["lastAttested"]) == ("2025-01-01", "2025-02-01")
    assert period["dateKind"] == "first-listed" and "end" not in period


def test_a_rule_still_listed_is_attested_on_the_last_day_of_the_history(invented: Told) -> None:
    assert invented.periods(BEGLES) == [("2025-01-01", SOURCE.updated)]


def test_a_renamed_rule_goes_on_and_one_listed_again_much_later_begins_anew(
    invented: Told,
) -> None:
    assert invented.periods(CAEN) == [("2021-11-14", "2026-04-24")]
    joined = Note("period", "3 rules", "1 in all", "joined")
    assert joined in invented.adoption(CAEN).notes
    assert invented.periods("fr-departement-46") == [
        ("2022-01-01", "2022-03-30"),
        ("2024-10-22", "2026-04-24"),
    ]


@pytest.mark.parametrize(
    ("rule", "authority", "how"),
    [
        ("caen", CAEN, "commune-code"),
        ("lot", "fr-departement-46", "departement-code"),
        ("région centre", "fr-region-24", "region-code"),
        ("monmorillon", "fr-siren-218601656", "name-over-code"),
        ("bègles", BEGLES, "title"),
        ("aubenas", "fr-siren-200073245", "grouping-title"),
        ("ostrevent", "fr-siren-245901152", "grouping-name-but-form"),
        ("charlieu", "fr-siren-200035202", "grouping-name"),
        ("bonus", "fr-etat", "state-by-name"),
        ("luxembourg", "lu-etat", "state-by-name"),
        ("pierre-bénite", "aidesvelo-pierre-benite", "unknown-code"),
        ("quatre rivières", "aidesvelo-quatre-rivieres", "unknown-name"),
        ("syndicat", "aidesvelo-syndicat", "several-places"),
        ("agence", "aidesvelo-agence", "named-otherwise"),
    ],
)
def test_an_authority_is_found_or_kept_under_its_name(
    invented: Told, rule: str, authority: str, how: str
) -> None:
    assert invented.found(rule) == (authority, how)


def test_a_body_of_several_places_serves_each_of_them(invented: Told) -> None:
    body = invented["organisation/aidesvelo-syndicat"].data
    assert body["name"] == "Syndicat mixte d'exemple" and "identifier" not in body
    assert [invented[place].data["name"] for place in body["places"]] == [
        "Grenoble-Alpes-Métropole",
        "CC Le Grésivaudan",
    ]


def test_an_authority_has_its_number_its_level_and_its_territory(invented: Told) -> None:
    city = invented[f"organisation/{CAEN}"].data
    assert (city["name"], city["level"]) == ("Ville de Caen", "commune")
    assert (city["identifier"]["scheme"], city["identifier"]["code"]) == ("siren", "211401187")
    place = invented[city["places"][0]].data
    assert (place["identifier"]["scheme"], place["identifier"]["code"]) == ("commune", "14118")
    assert place["within"] == "location/fr-departement-14"
    county = invented["organisation/fr-departement-46"].data
    assert (county["identifier"]["scheme"], county["identifier"]["code"]) == ("departement", "46")


def test_a_bad_row_is_refused_with_a_reason_and_stops_nothing(invented: Told) -> None:
    assert set(invented.refused) == {
        "rule/sans jour",
        "rule/à rebours",
        "rule/sans niveau",
        "rule/courte",
    }
    assert "bientôt" in invented.refused["rule/sans jour"]
    assert "planète" in invented.refused["rule/sans niveau"]


def test_what_is_no_address_is_noted_and_left_out(invented: Told) -> None:
    adoption = invented.adoption(BEGLES)
    assert adoption.data["evidence"] == []
    assert Note("url", "/begles", None, "not-an-address") in adoption.notes


def test_shipped_is_only_what_the_open_repository_holds_and_since_its_first_day(
    invented: Told, kept: Told
) -> None:
    assert "https://example.org/disparue" in invented.adoption(CAEN).data["evidence"]
    assert "https://example.org/disparue" not in kept.adoption(CAEN).data["evidence"]
    assert kept.periods(CAEN) == [("2024-10-22", "2026-04-24")]
    assert kept.periods("fr-departement-46") == [("2024-10-22", "2026-04-24")]
    assert AGPL not in {item.licence for item in kept.values()}


def test_an_operator_s_import_says_which_adoptions_rest_on_the_other_repository(
    invented: Told,
) -> None:
    assert invented.adoption(CAEN).licence == AGPL
    assert invented.adoption(BEGLES).licence is None
    assert SOURCE.licence.endswith("Apache-2.0")


def test_the_key_of_a_body_known_by_name_does_not_depend_on_what_is_shipped(
    invented: Told, kept: Told
) -> None:
    assert kept.found("agence") == invented.found("agence")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="bike_aid"):
        list(sources.read(SOURCE, tmp_path))


def test_the_invented_rules_are_accepted_by_the_shapes(settings: Settings) -> None:
    outcome = run(Instance.open(settings), SOURCE, CASES)
    assert [told for told in outcome.refusals if told[0] == "check"] == []
    assert outcome.states["-", "refused"] == 4


def test_every_rule_and_every_authority_of_the_file_is_accounted_for(
    original: Told, counted: dict[str, Any]
) -> None:
    assert original.refused == {}
    notes = Counter(note.field for item in original.values() for note in item.notes)
    assert notes["rule"] == counted["rules"] == 540
    assert notes["authority"] == counted["authorities as named"] == 499
    levels = Counter(
        note.raw.split()[0]
        for item in original.values()
        for note in item.notes
        if note.field == "authority"
    )
    assert levels == counted["authorities by level, as named"]
    kinds = Counter(item.kind for item in original.values())
    # 499 as the file names them; found in the official lists, some are the same.
    assert kinds["adoption"] == kinds["organisation"] == 486
    assert kinds["innovation"] == 1
    urls = {url for item in original.values() for url in item.data.get("evidence", ())}
    assert len(urls) == counted["addresses"]


def test_authorities_of_the_file_are_one_only_when_they_have_one_number(original: Told) -> None:
    names: dict[str, set[str]] = {}
    for item in original.values():
        if item.kind == "adoption":
            told = {note.raw for note in item.notes if note.field == "authority"}
            names[item.data["adopter"].removeprefix("organisation/")] = told
    merged = {key: told for key, told in names.items() if len(told) > 1}
    assert sum(len(told) - 1 for told in merged.values()) == 499 - 486
    assert all(key.startswith(("fr-siren-", "fr-etat", "fr-region-")) for key in merged)


def test_the_rules_of_a_departement_are_those_that_bear_its_code(
    original: Told, counted: dict[str, Any]
) -> None:
    rules = {
        code: sum(n.field == "rule" for n in original.adoption(f"fr-departement-{code}").notes)
        for code in counted["rules by département"]
    }
    assert rules == counted["rules by département"]


def test_the_first_day_of_the_file_is_the_first_of_the_adoptions(
    original: Told, counted: dict[str, Any]
) -> None:
    starts = [
        status["startNotAfter"]
        for item in original.values()
        for status in item.data.get("statuses", ())
    ]
    assert min(starts) == counted["first day"]


def test_the_shipped_facts_are_what_the_reader_makes_of_the_file(
    shared: Path, counted: dict[str, Any]
) -> None:
    file = io.StringIO()
    found = list(sources.read(SOURCE, shared / "sources" / "aidesvelo", facts=True))
    sources.write_facts(SOURCE, found, file)
    assert file.getvalue() == FACTS.read_text("utf-8")
    notes = Counter(n.field for item in found if isinstance(item, Item) for n in item.notes)
    assert notes["rule"] == counted["rules shipped"]
    assert notes["authority"] == counted["authorities shipped, as named"]


def test_the_shipped_facts_hold_nothing_of_the_other_repository() -> None:
    about, *told = map(json.loads, FACTS.read_text("utf-8").splitlines())
    assert about["licence"].endswith("Apache-2.0")
    for item in told:
        assert item.get("licence") != AGPL
        for status in item["data"].get("statuses", ()):
            assert status["startNotAfter"] >= SOURCE.options["facts_since"]


def test_the_table_of_territories_is_made_of_the_official_lists(shared: Path) -> None:
    file = io.StringIO(newline="")
    territories.write(shared / "sources" / "reference" / "fr", file)
    path = assets.data() / "reference" / "fr-territories.csv"
    assert file.getvalue() == path.read_text("utf-8")


def test_the_table_holds_all_territories_of_today() -> None:
    kinds = Counter(territory.kind for territory in territories.table().values())
    assert kinds == {"commune": 34_969, "epci": 1_255, "departement": 109, "region": 26}


def test_a_place_is_found_by_name_without_accents_or_legal_form() -> None:
    assert [t.code for t in territories.named("commune", "begles")] == ["33039"]
    (found,) = territories.alike("epci", "Communauté de communes Coeur d'Ostrevent")
    assert found.name == "CA Coeur d'Ostrevent"
    assert len(territories.named("epci", "CC des Quatre Rivières")) == 2
