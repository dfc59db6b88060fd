"""The reader of the challenges of EIG: each an innovation, a candidacy and an inferred trial."""

import io
import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from counts import eig as independent
from hypothesis import example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from innograph import assets, media, sources
from innograph.errors import MissingData
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import Item, Note, Refusal
from innograph.sources.mapping import graph_of
from innograph.sources.run import run

BASE = "https://example.org"
CASES = Path(__file__).parent / "cases" / "sources" / "eig"
FACTS = assets.data() / "facts" / "eig.jsonl"
SOURCE = sources.load("eig")
# Written by hand, from what a person reads in the source.
EXPECTED = sorted((CASES.parent / "expected" / "eig").glob("*.ttl"))


def items(found: list[Item | Refusal]) -> dict[str, Item]:
    return {item.data["id"]: item for item in found if isinstance(item, Item)}


def refusals(found: list[Item | Refusal]) -> dict[str, str]:
    return {refusal.local: refusal.kind for refusal in found if isinstance(refusal, Refusal)}


@pytest.fixture(scope="module")
def invented() -> list[Item | Refusal]:
    return list(sources.read(SOURCE, CASES))


@pytest.fixture(scope="module")
def original(shared: Path) -> list[Item | Refusal]:
    return list(sources.read(SOURCE, shared / "sources" / "eig"))


@pytest.fixture(scope="module")
def counted(shared: Path) -> dict[str, Any]:
    return independent.counts(shared / "sources" / "eig")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """An instance that holds the shipped facts."""
    instance = Instance.open(Settings(home=tmp_path_factory.mktemp("home"), base=BASE))
    outcome = run(instance, SOURCE, FACTS)
    assert outcome.refusals == [] and {state for _, state in outcome.states} == {"accepted"}
    return instance


def test_each_thing_is_told_after_what_it_points_at(invented: list[Item | Refusal]) -> None:
    known: set[str] = set()
    for item in items(invented).values():
        links = [item.data.get(name) for name in ("candidate", "call", "adopts", "adopter")]
        links += [role["agent"] for role in item.data.get("roles", [])]
        assert known.issuperset(link for link in links if link), item
        known.add(item.data["id"])


def test_a_challenge_is_an_innovation_a_laureate_and_a_trial_in_the_year_of_the_promotion(
    invented: list[Item | Refusal],
) -> None:
    known = items(invented)
    assert known["innovation/eig-2031-suite"].data["roles"] == [
        {
            "id": "attribution/eig-2031-suite-lead",
            "type": "Attribution",
            "role": "lead",
            "agent": "organisation/eig-cour-d-exemple",
        }
    ]
    candidacy = known["candidacy/eig-2031-suite"].data
    assert (candidacy["call"], candidacy["outcome"]) == ("call/eig-8", "laureate")
    adoption = known["adoption/eig-2031-suite"]
    [period] = adoption.data["statuses"]
    assert adoption.data["certainty"] == "inferred" and "fidelity" not in adoption.data
    assert (period["status"], period["dateKind"]) == ("trial", "inferred")
    assert (period["startNotBefore"], period["startNotAfter"]) == ("2031", "2031")
    assert "start" not in period and "end" not in period
    assert adoption.notes == [Note("year", "2031", "trial begun in 2031", "use-inferred")]


def test_one_title_in_two_years_is_two_challenges(invented: list[Item | Refusal]) -> None:
    known = items(invented)
    titles = [known[f"innovation/eig-{key}"].data["title"] for key in ("2031-suite", "2032-suite")]
    assert titles == ["Même titre", "Même titre"]


def test_an_administration_spelt_in_three_ways_is_one_and_keeps_its_spellings(
    invented: list[Item | Refusal],
) -> None:
    body = items(invented)["organisation/eig-cour-d-exemple"]
    names = {body.data["name"], *body.data["otherNames"]}
    assert names == {"Cour d’Exemple", "Cour d'exemple,", "Cour d'exemple"}
    assert body.data["link"] == ["https://example.org/cour"]
    assert {(note.field, note.rule) for note in body.notes} == {
        ("administration", "spelling"),
        ("administration_website", "same-address"),
    }


def test_a_promotion_has_the_year_that_its_challenges_agree_on(
    invented: list[Item | Refusal],
) -> None:
    known = items(invented)
    assert known["call/eig-8"].data["start"] == "2031"
    assert known["call/eig-8"].data["title"] == "EIG 8"
    assert "start" not in known["call/eig-9"].data


def test_a_challenge_of_a_promotion_that_is_not_listed_has_no_candidacy(
    invented: list[Item | Refusal],
) -> None:
    known = items(invented)
    assert "candidacy/eig-2032-suite" not in known
    assert Note("promotion", "dig", None, "not-listed") in known["adoption/eig-2032-suite"].notes


def test_what_has_no_place_is_noted_and_prose_is_not_kept(invented: list[Item | Refusal]) -> None:
    item = items(invented)["innovation/eig-2031-premier"]
    assert {(note.field, note.raw, note.rule) for note in item.notes if note.value is None} == {
        ("duration_months", "10", "no-place-yet"),
        ("end_of_project_videos", "films x1", "no-place-yet"),
        ("key_figures", "(not kept)", "no-place-yet"),
        ("mentor_count", "1", "no-place-yet"),
        ("poster", "https://example.org/affiche.pdf", "no-place-yet"),
        ("projects", "https://example.org/projet", "no-place-yet"),
        ("skills", "dev, design", "no-place-yet"),
        ("source_code", "https://example/premier", "not-an-address"),
        ("team_size", "2", "no-place-yet"),
        ("ville", "Exempleville (00000)", "no-place-yet"),
        ("website", "hhttp://example.org", "not-an-address"),
    }


def test_a_bad_challenge_is_refused_with_a_reason_and_stops_nothing(
    invented: list[Item | Refusal],
) -> None:
    assert refusals(invented) == {
        "defis/2031/Premier": "name taken",
        "challenge 7": "missing or wrong field",
        "challenge 8": "missing or wrong field",
        "defis/2031/an": "missing or wrong field",
        "defis/2031/liste": "missing or wrong field",
        "challenge 11": "missing or wrong field",
        "promos/EIG 9 bis": "name taken",
        "promos/Sans": "missing or wrong field",
    }


def test_the_invented_files_are_accepted_by_the_shapes(settings: Settings) -> None:
    outcome = run(Instance.open(settings), SOURCE, CASES)
    assert [told for told in outcome.refusals if told[0] == "check"] == []
    assert outcome.states["adoption", "accepted"] == 5


def test_facts_leave_out_prose(invented: list[Item | Refusal]) -> None:
    file = io.StringIO()
    assert sources.write_facts(SOURCE, invented, file) == len(items(invented))
    assert not re.search("Prose|prose", file.getvalue())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="defis_clean.json"):
        list(sources.read(SOURCE, tmp_path))


@given(
    challenges=st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(json.dumps),
        st.lists(
            st.fixed_dictionaries(
                {"link_to": st.just("/defis/2031/x.html"), "year": st.just(2031)},
                optional={
                    field: st.none() | st.integers() | st.text() | st.lists(st.text())
                    for field in ("title", "administration", "promotion", "website", "projects")
                },
            )
        ).map(json.dumps),
    ),
    promotions=st.text() | st.sampled_from(["a: {promotion: 8}", "a: {promotion: [8]}", "a: b"]),
)
@example(challenges="[" * 100_000, promotions="[" * 100_000)
@example(challenges='[{"link_to": 3}]', promotions="EIG 8: {promotion: '8'}\nEIG 9: &a [*a]")
@example(
    challenges='[{"link_to": "/defis/2031/x.html", "year": 2031, "title": "\\ud800", '
    '"administration": "A", "promotion": 8}]',
    promotions="a: {promotion: 8}",
)
@limits(deadline=None)  # each text is written to a file and read
def test_no_text_whatever_gives_a_traceback(challenges: str, promotions: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "_data").mkdir()
        (folder / "defis_clean.json").write_bytes(challenges.encode("utf-8", "replace"))
        (folder / "_data" / "promos.yml").write_bytes(promotions.encode("utf-8", "replace"))
        for item in sources.read(SOURCE, folder):
            if isinstance(item, Item):
                assert len(graph_of(item, SOURCE, BASE)) > 1


def test_the_counts_of_what_is_read_are_those_of_the_files(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    known = items(original)
    kinds = Counter(item.kind for item in known.values())
    assert refusals(original) == {} and len(known) == len(original)
    for kind in ("innovation", "adoption", "candidacy"):
        assert kinds[kind] == counted["challenges"] == 71
    bodies = [item.data for item in known.values() if item.kind == "organisation"]
    names = [name for body in bodies for name in (body["name"], *body.get("otherNames", ()))]
    assert len(names) == len(set(names)) == counted["administrations"] == 67
    assert len(bodies) == counted["administrations, whatever their capitals"] == 62
    assert len({i.data["title"] for i in known.values() if i.kind == "innovation"}) == 69
    assert counted["titles"] == 69


def test_the_promotions_and_years_that_are_read_are_those_of_the_files(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    known = items(original)
    calls = {i.local.removeprefix("promos/"): i.data for i in known.values() if i.kind == "call"}
    assert {key: call["title"] for key, call in calls.items()} == counted["promotions"]
    assert {key: call["start"] for key, call in calls.items()} == counted["year of promotion"]
    under = Counter(i.data["call"] for i in known.values() if i.kind == "candidacy")
    promotions = counted["challenges by promotion"]
    assert under == {f"call/eig-{key}": number for key, number in promotions.items()}
    years = Counter(
        period["startNotAfter"]
        for item in known.values()
        for period in item.data.get("statuses", ())
    )
    assert years == counted["challenges by year"] == {"2017": 9, "2018": 13, "2019": 32, "2020": 17}


def test_the_addresses_that_are_read_are_those_of_the_files(
    original: list[Item | Refusal], counted: dict[str, Any]
) -> None:
    challenges = [item for item in items(original).values() if item.kind == "innovation"]
    assert sum("repository" in item.data for item in challenges) == counted["source code"]
    assert sum("link" in item.data for item in challenges) == counted["web sites"]
    noted = [note for item in items(original).values() for note in item.notes]
    rules = Counter((note.field, note.rule) for note in noted)
    wrong = rules["source_code", "not-an-address"]
    assert wrong == counted["source code without a host"] == 3
    sites = [n.raw for n in noted if n.field == "administration_website" and n.value is None]
    assert sites == counted["wrong sites of administrations"]
    documents = [n for n in noted if n.field == "projects" and n.raw != "(not kept)"]
    assert len(documents) == counted["documents"]
    assert rules["ville", "no-place-yet"] == counted["places"]
    assert rules["key_figures", "no-place-yet"] == counted["challenges with figures"]


def test_the_shipped_facts_are_what_the_reader_makes_of_the_files(shared: Path) -> None:
    file = io.StringIO()
    sources.write_facts(SOURCE, sources.read(SOURCE, shared / "sources" / "eig", True), file)
    assert file.getvalue() == FACTS.read_text("utf-8")


@pytest.mark.parametrize("path", EXPECTED, ids=[path.stem for path in EXPECTED])
def test_a_shipped_fact_says_what_one_reads_in_the_source(path: Path) -> None:
    local = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    [item] = [i for i in sources.read(SOURCE, FACTS) if isinstance(i, Item) and i.local == local]
    written = media.parse(path.read_bytes(), "text/turtle", BASE)
    assert media.canonical(graph_of(item, SOURCE, BASE)) == media.canonical(written)


def test_the_graph_counts_a_documented_use_of_each_challenge(imported: Instance) -> None:
    query = """
        PREFIX inno: <https://w3id.org/innograph/ont#>
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        SELECT (COUNT(DISTINCT ?adoption) AS ?n) {
          ?adoption inno:adopts ?what ; inno:hasStatus ?use . ?candidacy inno:candidate ?what .
          ?use inno:startEarliest ?from ; inno:startLatest ?to .
          FILTER(?from = "2019-01-01"^^xsd:date && ?to = "2019-12-31"^^xsd:date) }"""
    answer = b"".join(imported.ask(query, "text/csv").body).decode().split()
    assert answer == ["n", "32"]


def test_the_shipped_facts_hold_no_prose_and_no_address_of_a_person() -> None:
    told = FACTS.read_text("utf-8")
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w", told)
    for line in told.splitlines()[1:]:
        assert not set(json.loads(line)["data"]) & set(SOURCE.prose)
