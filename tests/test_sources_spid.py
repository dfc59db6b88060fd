"""The reader of SPID: a policy is an innovation, a row of the file an adoption by a state."""

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from counts import spid as independent

from innograph import assets, sources
from innograph.errors import MissingData
from innograph.sources import Item, Note, Refusal

FACTS = assets.data() / "facts" / "spid.jsonl"
STATES = assets.data() / "reference" / "us-states.csv"
SOURCE = sources.load("spid")
HEADS = (
    "statenam,policy,adopt_year\n",
    "policy,source,first_year,last_year,adopt_count,description,majortopic\n",
)


def invented(folder: Path, adoptions: str, policies: str) -> list[Item | Refusal]:
    (folder / "policies.csv").write_text(HEADS[0] + adoptions, "utf-8")
    (folder / "policies_metadata.csv").write_text(HEADS[1] + policies, "utf-8")
    found = sources.read(SOURCE, folder)
    return [told for told in found if isinstance(told, (Item, Refusal))]


@pytest.fixture(scope="module")
def counted(shared: Path) -> dict[str, Any]:
    return independent.counts(shared / "sources" / "spid", STATES)


@pytest.fixture(scope="module")
def original(shared: Path) -> list[Item]:
    found = list(sources.read(SOURCE, shared / "sources" / "spid"))
    assert [told for told in found if isinstance(told, Refusal)] == []
    return [told for told in found if isinstance(told, Item)]


def test_an_adoption_is_in_use_since_the_year_enacted_and_no_end_is_told(tmp_path: Path) -> None:
    policy = "x y,Walker,1957,1957,1, A  reform ,Law and Crime\n"
    innovation, coverage, adoption = invented(tmp_path, "Alaska,x y,1957\n", policy)
    assert isinstance(innovation, Item) and isinstance(adoption, Item)
    assert innovation.data["title"] == "A reform"
    assert innovation.data["majortopic"] == "law-and-crime"
    assert innovation.data["identifier"]["code"] == "x y"
    assert isinstance(coverage, Item) and coverage.data["subject"] == innovation.data["id"]
    assert (adoption.local, adoption.data["adopter"]) == ("x y/US-AK", "organisation/us-ak")
    period = adoption.data["statuses"]
    assert (period["startDate"], period["dateKind"], period["status"]) == (
        "1957",
        "enacted",
        "in-use",
    )
    assert "endDate" not in period
    # Alaska was admitted in 1959.
    assert Note("adopt_year", "1957", "1957", "before-admission") in adoption.notes


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Guam,x,1957\n", "no state is named 'Guam'"),
        ("Alaska,z,1957\n", "no policy is named 'z'"),
        ("Alaska,x,19577\n", "adopt_year is '19577'"),
        ("Alaska,x\n", "adopt_year is None"),
        ("Iowa,x,1961\n", "Iowa has adopted x before"),
    ],
)
def test_a_wrong_row_is_refused_with_a_reason_and_stops_nothing(
    tmp_path: Path, row: str, reason: str
) -> None:
    found = invented(tmp_path, f"Iowa,x,1960\n{row}", "x,Walker,1960,1960,1,A reform,Health\n")
    assert [told.detail for told in found if isinstance(told, Refusal)] == [reason]
    assert [told.local for told in found if isinstance(told, Item)] == [
        "x",
        "x/coverage",
        "x/US-IA",
    ]


def test_what_the_file_counts_and_its_rows_do_not_tell_is_noted(tmp_path: Path) -> None:
    innovation, *_ = invented(
        tmp_path, "Iowa,x,1960\n", "x,Walker,1950,1960,2,A reform,Unheard of\n"
    )
    assert isinstance(innovation, Item)
    assert innovation.notes == [
        Note("first_year", "1950", "1960", "as-the-adoptions-tell"),
        Note("adopt_count", "2", "1", "as-the-adoptions-tell"),
        Note("source", "Walker", None, "no-place-yet"),
        Note("majortopic", "Unheard of", None, "no-place-yet"),
    ]
    assert "majortopic" not in innovation.data


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="policies_metadata"):
        list(sources.read(SOURCE, tmp_path))


def test_every_row_of_the_files_is_accounted_for(
    original: list[Item], counted: dict[str, Any]
) -> None:
    kinds = Counter(item.kind for item in original)
    assert kinds["adoption"] == counted["adoptions"] == 17_835
    assert kinds["innovation"] == kinds["coverage"] == counted["policies"] == 728
    assert len({item.local for item in original}) == len({item.data["id"] for item in original})
    adopters = Counter(item.local.rsplit("/", 1)[0] for item in original if item.kind == "adoption")
    assert adopters == counted["adopters by policy"]
    years = Counter(
        int(item.data["statuses"]["startDate"]) for item in original if item.kind == "adoption"
    )
    assert years == counted["adoptions by year"]
    assert (min(years), max(years)) == (1691, 2017)


def test_every_policy_has_one_of_the_twenty_topics(
    original: list[Item], counted: dict[str, Any]
) -> None:
    topics = Counter(item.data["majortopic"] for item in original if item.kind == "innovation")
    assert len(topics) == 20
    assert sorted(topics.values()) == sorted(counted["policies by topic"].values())


def test_what_is_odd_in_the_files_is_noted(original: list[Item], counted: dict[str, Any]) -> None:
    notes = [(item, note) for item in original for note in item.notes]
    rules = Counter((note.field, note.rule) for _, note in notes)
    assert rules["adopt_year", "before-admission"] == counted["before admission"] == 130
    early = [
        i.local.split("/")[0] for i, n in notes if n.field == "adopt_year" and int(n.raw) < 1776
    ]
    assert early == counted["before 1776"] == ["antimis"] * 10
    assert rules["description", "spaces"] == counted["descriptions with stray spaces"]
    differing = [item.local for item, note in notes if note.rule == "as-the-adoptions-tell"]
    assert differing == counted["policies whose first year differs"] == ["gambling_casino"]


def test_the_shipped_facts_are_what_the_reader_makes_of_the_files(
    shared: Path, original: list[Item]
) -> None:
    file = io.StringIO()
    packs = sources.read(SOURCE, shared / "sources" / "spid", facts=True)
    assert sources.write_facts(SOURCE, packs, file) == 728
    assert file.getvalue() == FACTS.read_text("utf-8")
    assert list(sources.read(SOURCE, FACTS)) == original
    assert FACTS.stat().st_size < 3_000_000


def test_a_broken_line_of_the_facts_is_refused_and_stops_nothing(tmp_path: Path) -> None:
    about, first, *_ = FACTS.read_text("utf-8").splitlines()
    path = tmp_path / "spid.jsonl"
    path.write_text(
        "\n".join([about, '{"kind":"policy","local":"x","data":{"policy":"x"}}', "{", first])
    )
    found = list(sources.read(SOURCE, path))
    assert [told.local for told in found if isinstance(told, Refusal)] == ["x", "line 3"]
    assert sum(isinstance(told, Item) for told in found) == 2 + 15  # aboldeapen has 15 adopters
