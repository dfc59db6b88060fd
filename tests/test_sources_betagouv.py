"""The reader of beta.gouv.fr: its files as they are, with all that is odd in them."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from counts import betagouv as independent
from shipped import Shipped

from innograph import assets, media, sources
from innograph.errors import MissingData, UnknownSource
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import Item, Note, Refusal
from innograph.sources.mapping import graph_of, slug
from innograph.sources.run import Outcome, run

BASE = "https://example.org"
CASES = Path(__file__).parent / "cases" / "sources" / "betagouv"
FACTS = assets.data() / "facts" / "betagouv.jsonl"
SOURCE = sources.load("betagouv")
# The invented person among the invented organisations.
PERSON = hashlib.sha256(b"jane-doe").hexdigest()[:12]
INVENTED = replace(SOURCE, options=SOURCE.options | {"persons": [PERSON]})
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX inno: <https://w3id.org/innograph/ont#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX stage: <https://w3id.org/innograph/voc/stage/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


def items(found: list[Item | Refusal]) -> dict[str, Item]:
    return {item.data["id"]: item for item in found if isinstance(item, Item)}


def refusals(found: list[Item | Refusal]) -> dict[str, str]:
    return {refusal.local: refusal.kind for refusal in found if isinstance(refusal, Refusal)}


@pytest.fixture(scope="module")
def invented() -> list[Item | Refusal]:
    return list(sources.read(INVENTED, CASES))


@pytest.fixture(scope="module")
def deux(invented: list[Item | Refusal]) -> Item:
    return items(invented)["innovation/deux-phases"]


@pytest.fixture(scope="module")
def original(shared: Path) -> list[Item | Refusal]:
    return list(sources.read(SOURCE, shared / "sources" / "betagouv"))


@pytest.fixture(scope="module")
def counted(shared: Path) -> dict[str, Any]:
    return independent.counts(shared / "sources" / "betagouv")


@pytest.fixture(scope="module")
def imported(shipped: Shipped) -> tuple[Instance, Outcome]:
    """An instance that holds the shipped facts, and how they were received."""
    return shipped.instance, shipped.outcomes["betagouv"]


def ask(instance: Instance, query: str) -> set[str]:
    """The first column of what a query gives, of addresses their last part."""
    body = b"".join(instance.ask(f"{PREFIXES} {query}", "text/csv").body).decode()
    _, *rows = csv.reader(io.StringIO(body))
    return {row[0].rsplit("/", 1)[-1] for row in rows}


def test_each_thing_is_told_after_what_it_points_at(invented: list[Item | Refusal]) -> None:
    kinds = list(dict.fromkeys(item.kind for item in invented if isinstance(item, Item)))
    assert kinds == ["organisation", "agent", "incubator", "call", "innovation", "support"]


def test_a_file_may_lack_its_extension_and_its_last_newline(
    invented: list[Item | Refusal],
) -> None:
    assert items(invented)["organisation/prefecture"].local == "_organisations/Préfecture"
    assert items(invented)["call/fast-14"].data["awarded"] == "2024-01"


def test_two_phases_may_begin_on_one_day_and_one_in_the_future(deux: Item) -> None:
    phases = [(phase["phase"], phase["start"], "end" in phase) for phase in deux.data["phases"]]
    assert phases == [
        ("construction", "2016-06-08", False),
        ("investigation", "2016-06-08", False),
        ("acceleration", "2027-05-01", False),
    ]
    assert len({phase["id"] for phase in deux.data["phases"]}) == 3


def test_a_value_of_a_list_is_recognised_in_another_spelling(deux: Item) -> None:
    assert deux.data["usertypes"] == ["etat", "Préfectures"]
    assert deux.data["thematiques"] == ["Éducation", "Travail - Emploi"]
    assert Note("usertypes", "État ", "etat", "spelling") in deux.notes
    assert Note("thematiques", "Travail / Emploi", "Travail - Emploi", "spelling") in deux.notes


def test_what_has_no_place_in_the_model_is_told(deux: Item) -> None:
    unplaced = {(note.field, note.raw) for note in deux.notes if note.value is None}
    assert unplaced == {
        ("comment", "(not kept)"),
        ("events", "committee"),
        ("events", "fast"),
        ("stats_url", "https://example.org/stats"),
        ("usertypes", "bergers"),
    }


def test_a_phase_of_another_time_leaves_the_rest_of_the_file_usable(
    invented: list[Item | Refusal],
) -> None:
    item = items(invented)["innovation/vieille-phase"]
    assert "phases" not in item.data
    assert item.notes == [Note("phase", "alumni", None, "no-place-yet")]


def test_days_and_addresses_are_taken_only_when_they_are_some(
    invented: list[Item | Refusal],
) -> None:
    item = items(invented)["innovation/ete-numerique-2"]
    abandon, construction, investigation = item.data["phases"]
    assert (abandon["start"], abandon["end"]) == ("2020-03-01", "2020-03-02")
    assert construction["start"] == "2019-02-01"
    assert "start" not in investigation
    assert item.data["link"] == "https://example.org/ete"
    assert "repository" not in item.data
    assert {(note.field, note.rule) for note in item.notes} == {
        ("title", "spaces"),
        ("start", "day-month-year"),
        ("start", "not-a-date"),
        ("link", "html-entities"),
        ("repository", "not-an-address"),
    }


def test_two_files_with_one_name_are_not_taken_for_one_thing(
    invented: list[Item | Refusal],
) -> None:
    assert items(invented)["innovation/ete-numerique-2"].data["title"] == "Été numérique"
    assert refusals(invented)["_startups/Été.numérique-2"] == "name taken"


def test_a_bad_file_is_refused_with_a_reason_and_stops_nothing(
    invented: list[Item | Refusal],
) -> None:
    assert refusals(invented) == {
        "_fasts/15_fast": "missing or wrong field",
        "_startups/Été.numérique-2": "name taken",
        "_startups/latin1": "not readable",
        "_startups/liste": "not readable",
        "_startups/sans-entete": "no front matter",
        "_startups/sans-phases": "missing or wrong field",
        "_startups/yaml-fautif": "not readable",
    }


def test_a_person_among_the_organisations_has_no_name(invented: list[Item | Refusal]) -> None:
    agent = f"agent/betagouv-{PERSON}"
    assert items(invented)[agent].data == {"id": agent, "type": "Agent"}
    assert "jane" not in str(invented).casefold()


def test_roles_are_those_of_sponsors_and_of_each_incubator_once(deux: Item) -> None:
    assert [(role["role"], role["agent"]) for role in deux.data["roles"]] == [
        ("incubator", "incubator/fabrique"),
        ("incubator", "incubator/atelier-de-l-ecole"),
        ("sponsor", "organisation/dinum"),
        ("sponsor", "organisation/prefecture"),
        ("sponsor", f"agent/betagouv-{PERSON}"),
    ]


def test_an_owner_who_is_not_listed_is_noted_and_left_out(
    invented: list[Item | Refusal],
) -> None:
    known = items(invented)
    assert known["incubator/atelier-de-l-ecole"].data["owner"] == "organisation/prefecture"
    assert "owner" not in known["incubator/fabrique"].data
    note = Note("owner", "organisation/disparue", None, "not-listed")
    assert note in known["incubator/fabrique"].notes


def test_no_contact_is_taken(invented: list[Item | Refusal]) -> None:
    assert "@" not in str(invented)


def test_a_phase_has_our_status_and_the_source_s_own_word(deux: Item) -> None:
    graph = graph_of(deux, SOURCE, BASE)
    text = media.canonical(graph).decode()
    period = f"<{BASE}/id/status-period/deux-phases-construction-2016-06-08>"
    assert (
        f"{period} <https://w3id.org/innograph/ont#status> "
        "<https://w3id.org/innograph/voc/stage/piloting> ." in text
    )
    assert (
        f"{period} <http://purl.org/dc/terms/type> "
        "<https://w3id.org/innograph/voc/betagouv-phase/construction> ." in text
    )


def test_the_invented_files_are_accepted_by_the_shapes(settings: Settings) -> None:
    instance = Instance.open(settings)
    outcome = run(instance, INVENTED, CASES)
    assert [reason for reason, _, _ in outcome.refusals if reason == "check"] == []
    assert outcome.states["-", "refused"] == 7


def test_facts_leave_out_prose_and_say_whose_they_are(invented: list[Item | Refusal]) -> None:
    file = io.StringIO()
    assert sources.write_facts(INVENTED, invented, file) == len(items(invented))
    about, *told = map(json.loads, file.getvalue().splitlines())
    assert about["licence"] == SOURCE.licence and about["attribution"] == SOURCE.attribution
    assert not re.search("Montrer|racont|Prose|prose", str(told))


def test_facts_read_back_are_the_same_items(invented: list[Item | Refusal], tmp_path: Path) -> None:
    path = tmp_path / "betagouv.jsonl"
    with path.open("w", encoding="utf-8") as file:
        sources.write_facts(INVENTED, invented, file)
    for item in sources.read(SOURCE, path):
        assert isinstance(item, Item)
        first = items(invented)[item.data["id"]]
        assert first.data == item.data | {k: v for k, v in first.data.items() if k == "mission"}


def test_a_missing_folder_and_an_unknown_source_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="nowhere"):
        sources.read(SOURCE, tmp_path / "nowhere")
    with pytest.raises(MissingData, match="content"):
        list(sources.read(SOURCE, tmp_path))
    with pytest.raises(UnknownSource, match="betagouv"):
        sources.load("betagovu")


def test_the_counts_of_what_is_read_are_those_of_the_files(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    kinds = Counter(item.kind for item in original)
    assert refusals(original) == {}
    assert len(items(original)) == len(original)
    assert kinds["innovation"] == counted["innovations"] == 662
    assert kinds["organisation"] + kinds["agent"] == counted["organisations"] == 145
    assert kinds["incubator"] == counted["incubators"] == 23
    assert kinds["call"] == counted["calls"] == 17
    assert kinds["support"] == counted["fundings"] == 46


def test_the_phases_that_are_read_are_those_of_the_files(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    innovations = [item.data for item in items(original).values() if item.kind == "innovation"]
    phases = [phase for told in innovations for phase in told["phases"]]
    assert len({phase["id"] for phase in phases}) == len(phases) == counted["phases"] == 1695
    assert Counter(phase["phase"] for phase in phases) == counted["phases by name"]
    assert sum("end" in phase for phase in phases) == counted["phases with an end"]
    starts = sorted(phase["start"] for phase in phases)
    assert (starts[0], starts[-1]) == (counted["first start"], counted["last start"])
    same_day = sum(len({p["start"] for p in t["phases"]}) < len(t["phases"]) for t in innovations)
    assert same_day == counted["two phases on one day"] == 56
    pix = items(original)["innovation/pix"].data["phases"]
    assert Counter(phase["start"] for phase in pix)["2016-06-08"] == 2


def test_the_links_and_sums_that_are_read_are_those_of_the_files(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    known = items(original).values()
    roles = [role for item in known for role in item.data.get("roles", [])]
    agents = Counter(role["agent"].split("/")[0] for role in roles if role["role"] == "sponsor")
    assert agents == {"organisation": 825, "agent": 1}
    assert agents.total() == counted["sponsor links"] == 826
    sponsors = Counter(role["agent"] for role in roles if role["role"] == "sponsor")
    assert len(sponsors) == counted["organisations linked"]
    assert sorted(sponsors.values()) == sorted(counted["innovations by sponsor"].values())
    most = {slug(name): number for name, number in counted["innovations by sponsor"].items()}
    assert sponsors["organisation/anct"] == most["anct"] == max(most.values())
    hosts = Counter(role["agent"] for role in roles if role["role"] == "incubator")
    assert sorted(hosts.values()) == sorted(counted["innovations by incubator"].values())
    sums: Counter[str] = Counter()
    for item in known:
        if item.kind == "support":
            sums[item.data["call"].rsplit("-", 1)[-1]] += item.data["amount"]["value"]
    assert sums == counted["sum of fundings by promotion"]
    assert sums.total() == counted["sum of fundings"] == 8_627_000
    noted = Counter(note.field for item in known for note in item.notes)
    assert noted["events"] == counted["events"]
    for field, number in (("repository", "repositories"), ("link", "links")):
        taken = sum(1 for item in known if item.kind == "innovation" and field in item.data)
        lost = sum(1 for i in known for n in i.notes if n.field == field and n.value is None)
        assert taken + lost == counted[number]


def test_each_theme_is_taken_or_told_to_have_no_place(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    taken: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for item in items(original).values():
        taken.update(item.data.get("thematiques", ()))
        told = [note for note in item.notes if note.field == "thematiques"]
        lost.update(note.raw for note in told if note.value is None)
    by_slug: Counter[str] = Counter()
    for spelling, number in counted["innovations by theme, as spelt"].items():
        by_slug[slug(spelling)] += number
    assert {slug(theme): number for theme, number in taken.items()} == {
        theme: number for theme, number in by_slug.items() if theme in set(map(slug, taken))
    }
    assert taken.total() + lost.total() == by_slug.total()


def test_the_shipped_facts_are_what_the_reader_makes_of_the_files(shared: Path) -> None:
    file = io.StringIO()
    sources.write_facts(SOURCE, sources.read(SOURCE, shared / "sources" / "betagouv", True), file)
    assert file.getvalue() == FACTS.read_text("utf-8")


def test_the_shipped_facts_hold_no_prose_no_address_of_a_person_and_no_person() -> None:
    told = FACTS.read_text("utf-8")
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w", told)
    for line in told.splitlines()[1:]:
        item = json.loads(line)
        assert not set(item["data"]) & set(SOURCE.prose)
        raw = {n["raw"] for n in item.get("notes", []) if n["field"] in SOURCE.prose}
        assert not raw, item["local"]
        words = re.findall(r"[\w-]+", line)
        persons = {w for w in words if _digest(w) in SOURCE.options["persons"]}
        assert not persons, item["local"]


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:12]


def test_nothing_stopped_or_transferred_is_in_a_stage_any_more(
    imported: tuple[Instance, Outcome], counted: dict[str, Any]
) -> None:
    days = {slug(name): told for name, told in counted["days of stop or transfer"].items()}
    assert len(days) == counted["stopped or transferred"] == 418
    today = date.today().isoformat()
    begun = {name for name, (start, _) in days.items() if start <= today}
    # Two of them are told to be transferred in December 2026, three to be over being stopped.
    in_force = {name for name in begun if today <= days[name][1]}
    assert len(in_force) >= 413
    closed = """?x inno:currentStanding ?standing .
        <https://w3id.org/innograph/voc/standing/terminal> skos:member ?standing"""
    assert ask(imported[0], f"SELECT DISTINCT ?x {{ {closed} }}") == in_force
    assert not begun & ask(imported[0], "SELECT DISTINCT ?x { ?x inno:currentStage ?stage }")
    piloting = "SELECT DISTINCT ?x { ?x inno:currentStage stage:piloting }"
    assert not set(days) & ask(imported[0], piloting)


def test_transfers_are_told_in_the_year_of_the_files(
    imported: tuple[Instance, Outcome], counted: dict[str, Any]
) -> None:
    by_year: Counter[str] = Counter()
    for year in counted["transferred by year"]:
        begun = f"""?x inno:hasStatus ?p . ?p schema:startDate ?d ;
            inno:status <https://w3id.org/innograph/voc/standing/transferred>
            FILTER(YEAR(?d) = {year}) FILTER NOT EXISTS {{ ?x inno:hasStatus/schema:startDate
            ?later FILTER(?later > ?d) }}"""
        by_year[year] = len(ask(imported[0], f"SELECT DISTINCT ?x {{ {begun} }}"))
    assert by_year == counted["transferred by year"]


def test_the_graph_says_what_the_files_say(
    imported: tuple[Instance, Outcome], counted: dict[str, Any]
) -> None:
    instance, _ = imported
    dated = "?x inno:hasStatus ?p . ?p schema:startDate ?d FILTER(DATATYPE(?d) = xsd:date)"
    assert ask(instance, f"SELECT (COUNT(?p) AS ?n) {{ {dated} }}") == {str(counted["phases"])}
    total = "SELECT (SUM(?v) AS ?n) { ?s inno:supports ?x ; schema:amount/schema:value ?v }"
    assert ask(instance, total) == {str(counted["sum of fundings"])}
