"""The reader of Public Sector Tech Watch: its workbook as it is, with all that is odd in it."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from counts import pstw as independent
from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, URIRef
from shipped import BASE as SHIPPED
from shipped import Shipped

from innograph import assets, media, sources, vocab
from innograph.errors import MissingData, Unparsable
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import Item, Note, Refusal, places
from innograph.sources.mapping import graph_of
from innograph.sources.responsible import lists_several
from innograph.sources.run import run

BASE = "https://example.org"
FACTS = assets.data() / "facts" / "pstw.jsonl"
SOURCE = sources.load("pstw")
COFOG = "https://w3id.org/ipsoeu/ramon-ld/cofog/1999"
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX inno: <https://w3id.org/innograph/ont#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX pstw-status: <https://w3id.org/innograph/voc/pstw-status/>
PREFIX uptake: <https://w3id.org/innograph/voc/uptake/>
"""
# An invented case, by the names that the columns have in the workbook.
PLAIN: dict[str, object] = {
    "PSTW ID": "PSTW-1",
    "Name": "Robin answers",
    "Website": "https://example.org/robin",
    "Description": "Robin answers letters.",
    "Geographical extent": "Local",
    "Geographical coverage (country)": "France",
    "NUTS 2021": "FR101",
    "Responsible organisation": "City of Valbourg",
    "Responsible organisation category": "Local Government",
    "Functions of Government (COFOG level I)": "Health",
    "Functions of Government (COFOG level II)": "Hospital services.",
    " Status": "Pilot",
    "Start Year": 2020,
    "End Year": 2021,
    "Process type": "Enforcement",
    "Application type": "Smart Recognition processes",
    "Cross Border": "No",
    "Cross Sector": "No",
    "Primary Technology": "Artificial Intelligence",
    "Secondary Technology": None,
    "Interaction": "G2C",
    "Improved Public Service": "x",
    "Cost-reduction": None,
    "Source": "https://example.org/report",
    "AI Classification (I)": "Communication",
    "AI Classification Subdomain (II) (main)": "Natural language processing",
    "AI Classification Subdomain (II) (Other I)": None,
    "AI Classification Subdomain (II) (Other II)": None,
    "AI Classification Subdomain (II) (Other III)": None,
    "AI Keywords": "chatbot",
    "Company name or GovTech ID": None,
    "Open components in output": None,
    "Date updated": datetime(2024, 10, 14),
}
ODD: dict[str, object] = {
    "PSTW ID": " PSTW-2",
    "Name": "Robin\xa0looks ",
    "Website": "/collection/submit-your-case",
    "Geographical coverage (country)": "Denmark ",
    "NUTS 2021": "DK00",
    "Responsible organisation": "\ncity of Valbourg",
    "Responsible organisation category": "Central-government",
    "Functions of Government (COFOG level I)": "health",
    " Status": "Pilot phase",
    "End Year": "\xa0",
    "Application type": "Prediction and planning ",
    "Cross Border": "Yes",
    "Primary Technology": "Quantum computing",
    "Secondary Technology": "Abacus",
    "Improved Public Service": "X",
    "Cost-reduction": "\xa0",
    "Source": "https://example.org/a?x=1&y=2, https://example.org/b\nhttps://example.org/c",
    "AI Keywords": "Chatbot;\ngesture recognition;",
    "Company name or GovTech ID": "Robin (https://example.org/robin) GTS-1",
    "Open components in output": "https://github.com/example",
}


def workbook(path: Path, *rows: dict[str, object], columns: Iterable[str] = PLAIN) -> Path:
    """A workbook of invented cases, whose sheet is named as oddly as in the original."""
    book = openpyxl.Workbook()
    [sheet] = book.worksheets
    sheet.title = " PSTW DB"
    names = list(columns)
    sheet.append(names)
    for row in rows:
        sheet.append([row.get(name) for name in names])
    book.save(path)
    return path


def items(found: Iterable[Item | Refusal]) -> dict[str, Item]:
    return {item.data["id"]: item for item in found if isinstance(item, Item)}


def notes(item: Item) -> set[tuple[str, str, str | None, str]]:
    return {(note.field, note.raw, note.value, note.rule) for note in item.notes}


def by_kind(found: Iterable[Item], kind: str) -> list[Item]:
    return [item for item in found if item.kind == kind]


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wrong = [
        PLAIN | {"PSTW ID": "PSTW-2"},
        PLAIN | {"PSTW ID": "case 3"},
        PLAIN | {"PSTW ID": "PSTW-4", "Geographical coverage (country)": "Valbourg"},
        PLAIN | {"PSTW ID": "PSTW-5", " Status": "Forgotten", "Responsible organisation": "Ghost"},
        PLAIN | {"PSTW ID": "PSTW-6", "Responsible organisation": "\xa0"},
        PLAIN | {"PSTW ID": "PSTW-7", "Responsible organisation category": "Choir"},
        {},
    ]
    path = tmp_path_factory.mktemp("pstw") / "pstw_dataset.xlsx"
    return workbook(path, PLAIN, PLAIN | ODD, *wrong)


@pytest.fixture(scope="module")
def read(invented: Path) -> list[Item | Refusal]:
    return list(sources.read(SOURCE, invented))


@pytest.fixture(scope="module")
def original(shared: Path) -> list[Item]:
    found = list(sources.read(SOURCE, shared / "sources" / "pstw"))
    assert [item for item in found if isinstance(item, Refusal)] == []
    return [item for item in found if isinstance(item, Item)]


@pytest.fixture(scope="module")
def counted(shared: Path) -> dict[str, Any]:
    return independent.counts(shared / "sources")


@pytest.fixture
def imported(shipped: Shipped) -> Instance:
    """An instance that holds the shipped facts, those of other sources too."""
    return shipped.instance


def ask(instance: Instance, query: str) -> list[list[str]]:
    body = b"".join(instance.ask(f"{PREFIXES} {query}", "text/csv").body).decode()
    return list(csv.reader(io.StringIO(body)))[1:]


def of_pstw(variable: str) -> str:
    """Keeps the things of this source alone, which are named after it."""
    return f'FILTER(REGEX(STR(?{variable}), "/pstw-[0-9]+$"))'


def told(found: list[Item], field: str) -> Counter[str]:
    """In how many cases a value is told, by its letters and digits."""
    values: Counter[str] = Counter()
    for item in by_kind(found, "innovation"):
        value = item.data.get(field, [])
        listed = value if isinstance(value, list) else [value]
        values.update({independent.plain(word) for word in listed})
    return values


def noted(found: list[Item], field: str, rule: str = "no-place-yet") -> Counter[str]:
    return Counter(
        note.raw
        for item in found
        for note in item.notes
        if (note.field, note.rule) == (field, rule)
    )


def test_a_case_is_an_innovation_and_its_use_in_a_place(read: list[Item | Refusal]) -> None:
    known = items(read)
    assert known["adoption/pstw-1"].data == {
        "id": "adoption/pstw-1",
        "type": "Adoption",
        "adopts": "innovation/pstw-1",
        "adopter": "organisation/pstw-fr-city-of-valbourg",
        "places": ["location/iso-fr", "location/nuts-fr101"],
        "statuses": [
            {
                "id": "status-period/pstw-1",
                "type": "StatusPeriod",
                "status": "Pilot",
                "uptake": "Pilot",
                "start": "2020",
                "end": "2021",
                "dateKind": "declared",
            }
        ],
        "evidence": ["https://example.org/robin", "https://example.org/report"],
        "certainty": "inferred",
    }
    assert known["adoption/pstw-1"].notes == []
    assert known["innovation/pstw-1"].notes == [
        Note("benefits", "Improved Public Service", None, "no-place-yet"),
        Note("Geographical extent", "Local", None, "no-place-yet"),
        Note("Date updated", "2024-10-14", None, "no-place-yet"),
    ]


def test_each_thing_is_told_after_what_it_points_at(read: list[Item | Refusal]) -> None:
    kinds = list(dict.fromkeys(item.kind for item in read if isinstance(item, Item)))
    assert kinds == ["location", "organisation", "innovation", "adoption"]
    before: set[str] = set()
    for item in (item for item in read if isinstance(item, Item)):
        assert {item.data["within"]} <= before if "within" in item.data else True
        before.add(item.data["id"])


def test_stray_spaces_other_cases_and_codes_that_are_none_are_told(
    read: list[Item | Refusal],
) -> None:
    use, innovation = items(read)["adoption/pstw-2"], items(read)["innovation/pstw-2"]
    assert notes(use) == {
        ("country", "Denmark ", "Denmark", "spaces"),
        ("nuts", "DK00", None, "not-in-nuts-2021"),
        ("organisation", "\ncity of Valbourg", "city of Valbourg", "spaces"),
        ("category", "Central-government", "Central-Government", "spelling"),
        ("status", "Pilot phase", "Pilot", "read-as"),
        ("evidence", "/collection/submit-your-case", None, "not-an-address"),
        (
            "evidence",
            str(ODD["Source"]),
            "https://example.org/a?x=1&y=2 https://example.org/b https://example.org/c",
            "several-addresses",
        ),
    }
    assert use.data["places"] == ["location/iso-dk"]
    assert use.data["evidence"] == [
        "https://example.org/a?x=1&y=2",
        "https://example.org/b",
        "https://example.org/c",
    ]
    [period] = use.data["statuses"]
    assert (period["status"], period["start"], "end" in period) == ("Pilot", "2020", False)
    assert innovation.data["title"] == "Robin looks"
    assert notes(innovation) == {
        ("title", "Robin\xa0looks ", "Robin looks", "spaces"),
        ("function", "health", "Health", "spelling"),
        ("applicationType", "Prediction and planning ", "Prediction and planning", "spaces"),
        ("technologies", "Quantum computing", "Quantum Computing", "spelling"),
        ("technologies", "Abacus", None, "no-place-yet"),
        ("keywords", "Chatbot", "chatbot", "spelling"),
        ("keywords", "gesture recognition", None, "no-place-yet"),
        ("company", "Robin (https://example.org/robin) GTS-1", "Robin", "name-and-code"),
        ("Open components in output", "https://github.com/example", None, "no-place-yet"),
        ("benefits", "Improved Public Service", None, "no-place-yet"),
        ("Cross Border", "Yes", None, "no-place-yet"),
        ("Geographical extent", "Local", None, "no-place-yet"),
        ("Date updated", "2024-10-14", None, "no-place-yet"),
    }


def test_one_name_in_two_countries_is_two_bodies(read: list[Item | Refusal]) -> None:
    bodies = {key for key in items(read) if key.startswith("organisation/")}
    assert bodies == {
        "organisation/pstw-fr-city-of-valbourg",
        "organisation/pstw-dk-city-of-valbourg",
        "organisation/pstw-company-robin",
    }
    danish = items(read)["organisation/pstw-dk-city-of-valbourg"].data
    assert danish["level"] == "country" and "form" not in danish
    french = items(read)["organisation/pstw-fr-city-of-valbourg"].data
    assert french["form"] == ["local-authority"] and "level" not in french


def test_a_wrong_row_is_refused_with_a_reason_and_stops_nothing(
    read: list[Item | Refusal],
) -> None:
    refusals = {r.local: (r.kind, r.detail) for r in read if isinstance(r, Refusal)}
    wrong = "missing or wrong field"
    assert refusals == {
        "PSTW-2": ("name taken", "another row has this id too"),
        "line 5": (wrong, "'case 3' is no id such as PSTW-12"),
        "PSTW-4": (wrong, "'Valbourg' is the name of no country"),
        "PSTW-5": (wrong, "the status is not in the list"),
        "PSTW-6": (wrong, "nothing in the column Responsible organisation"),
        "PSTW-7": (wrong, "the category of the organisation is not in the list"),
    }


def test_what_is_refused_leaves_nothing_behind(read: list[Item | Refusal]) -> None:
    assert set(items(read)) == {
        *("location/iso-fr", "location/nuts-fr1", "location/nuts-fr10", "location/nuts-fr101"),
        "location/iso-dk",
        *("organisation/pstw-fr-city-of-valbourg", "organisation/pstw-dk-city-of-valbourg"),
        "organisation/pstw-company-robin",
        *("innovation/pstw-1", "innovation/pstw-2", "adoption/pstw-1", "adoption/pstw-2"),
    }


def test_the_invented_cases_are_accepted_and_a_second_time_changes_nothing(
    settings: Settings, invented: Path
) -> None:
    instance = Instance.open(settings)
    outcome = run(instance, SOURCE, invented)
    assert [reason for reason, _, _ in outcome.refusals if reason == "check"] == []
    revision = instance.follow()
    again = run(instance, SOURCE, invented)
    assert {state for _, state in again.states} == {"unchanged", "refused"}
    assert instance.follow() == revision and again.vanished == []


def test_a_file_that_is_no_such_workbook_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="pstw_dataset"):
        list(sources.read(SOURCE, tmp_path))
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK no workbook")
    with pytest.raises(Unparsable, match="XLSX"):
        list(sources.read(SOURCE, broken))
    columns = [name for name in PLAIN if name not in (" Status", "Name")]
    other = workbook(tmp_path / "other.xlsx", PLAIN, columns=columns)
    with pytest.raises(Unparsable, match="no column is named Name, Status"):
        list(sources.read(SOURCE, other))
    empty = workbook(tmp_path / "empty.xlsx")
    assert list(sources.read(SOURCE, empty)) == []


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("Municipality of Deventer, Municipality of Goirle", True),
        ("Cities of Singen and Weima", True),
        ("Province of Gelderland, Wageningen University", True),
        ("Aalborg, Viborg and Skive Municipalities", True),
        ("Ministry of Industry and Trade", False),
        ("Ministry of Science, Innovation, and Universities", False),
        ("Faculty of Medicine, University of Belgrade", False),
        ("Madrid Metro (Department of Works, City Planning, and Transportation)", False),
        ("Department for Work and Pensions", False),
    ],
)
def test_a_name_lists_several_bodies_only_where_that_is_certain(name: str, several: bool) -> None:
    assert lists_several(name) is several


def test_a_name_of_several_bodies_is_one_consortium(tmp_path: Path) -> None:
    name = "Municipality of A, University of B"
    row = PLAIN | {"Responsible organisation": name}
    known = items(sources.read(SOURCE, workbook(tmp_path / "one.xlsx", row)))
    body = known["organisation/pstw-fr-municipality-of-a-university-of-b"]
    assert body.data["type"] == "Organisation" and body.data["form"] == ["consortium"]
    assert body.data["category"] == ["Local Government"] and "level" not in body.data
    assert body.notes == [Note("organisation", name, None, "several-bodies")]


@pytest.mark.parametrize(
    ("status", "years", "dated", "left"),
    [
        ("Planned", (2026, None), {"start": "2026"}, {}),
        ("In development", (2024, 2027), {"start": "2024"}, {"End Year": "2027"}),
        ("Pilot", (2020, 2021), {"start": "2020", "end": "2021"}, {}),
        ("Implemented", (2020, 2021), {"start": "2020"}, {"End Year": "2021"}),
        ("Not in use", (2020, 2021), {"start": "2021"}, {"Start Year": "2020"}),
        ("Not in use", (2020, None), {}, {"Start Year": "2020"}),
    ],
)
def test_a_year_dates_a_status_only_where_it_is_of_the_status(
    tmp_path: Path,
    status: str,
    years: tuple[int, int | None],
    dated: dict[str, str],
    left: dict[str, str],
) -> None:
    row = PLAIN | {" Status": status, "Start Year": years[0], "End Year": years[1]}
    use = items(sources.read(SOURCE, workbook(tmp_path / "one.xlsx", row)))["adoption/pstw-1"]
    [period] = use.data["statuses"]
    assert {name: period[name] for name in ("start", "end") if name in period} == dated
    assert ("dateKind" in period) is bool(dated)
    assert {n.field: n.raw for n in use.notes if n.rule == "dates-no-status"} == left


def test_facts_leave_out_descriptions_and_words_of_references(
    tmp_path: Path,
) -> None:
    row = PLAIN | {"Source": "Doe, J. (2021). A report. https://example.org/report"}
    found = list(sources.read(SOURCE, workbook(tmp_path / "one.xlsx", row)))
    file = io.StringIO()
    assert sources.write_facts(SOURCE, found, file) == len(items(found))
    about = json.loads(file.getvalue().splitlines()[0])
    assert about["licence"] == SOURCE.licence and "third party" in about["attribution"]
    assert "Robin answers letters" not in file.getvalue() and "Doe" not in file.getvalue()
    use = items(found)["adoption/pstw-1"]
    assert notes(use) == {("source", "(not kept)", None, "words-not-an-address")}
    assert use.data["evidence"] == ["https://example.org/robin"]


def test_the_cases_that_are_read_are_those_of_the_workbook(
    original: list[Item], counted: dict[str, Any]
) -> None:
    kinds = Counter(item.kind for item in original)
    assert kinds["innovation"] == kinds["adoption"] == counted["cases"] == counted["ids"] == 1964
    ids = [item.data["id"] for item in original]
    assert len(set(ids)) == len(ids)
    bodies = [i for i in by_kind(original, "organisation") if i.local.startswith("organisation/")]
    assert len(bodies) == counted["bodies"]
    assert {item.data["adopter"] for item in by_kind(original, "adoption")} == {
        item.data["id"] for item in bodies
    }


def test_the_statuses_that_are_read_are_those_of_the_workbook(
    original: list[Item], counted: dict[str, Any]
) -> None:
    raw: Counter[str] = Counter()
    dated: Counter[str] = Counter()
    for item in by_kind(original, "adoption"):
        [period] = item.data["statuses"]
        renamed = [note.raw for note in item.notes if note.field == "status"]
        status = renamed[0] if renamed else period["status"]
        raw[status] += 1
        if "end" in period or (status == "Not in use" and "start" in period):
            dated[status] += 1
        for note in item.notes:
            if note.field == "End Year":
                dated[status] += 1
    expected = {"Pilot": 943, "Implemented": 729, "In development": 212, "Not in use": 52}
    assert raw == counted["status"] == expected | {"Planned": 27, "Pilot phase": 1}
    assert dated == counted["end"]


def test_the_years_that_are_read_are_those_of_the_workbook(
    original: list[Item], counted: dict[str, Any]
) -> None:
    found: Counter[str] = Counter()
    for item in by_kind(original, "adoption"):
        [period] = item.data["statuses"]
        renamed = [note.raw for note in item.notes if note.field == "status"]
        left = [note.raw for note in item.notes if note.field == "Start Year"]
        found[f"{[*renamed, period['status']][0]} {[*left, period.get('start')][0]}"] += 1
    assert found == counted["start"]


def test_the_values_of_lists_are_those_of_the_workbook_whatever_the_spelling(
    original: list[Item], counted: dict[str, Any]
) -> None:
    for field in ("function", "subfunction", "processType", "applicationType", "interaction"):
        assert told(original, field) == counted[field], field
    technologies = Counter(counted["technologies"])
    assert technologies.pop("opensourcelowcodeplatform") == 1
    assert told(original, "technologies") == technologies
    classes = Counter(counted["aiClasses"])
    # The one case of this spelling does not have the other spelling beside it.
    classes["multipleaitechniques"] += classes.pop("multiaitechniques")
    assert told(original, "aiClasses") == classes


def test_each_keyword_of_five_cases_is_in_the_list_and_the_others_are_noted(
    original: list[Item], counted: dict[str, Any]
) -> None:
    words = Counter(counted["keywords"])
    words["facerecognition"] += words.pop("facialrecognition")
    listed = told(original, "keywords")
    assert all(words[word] == number for word, number in listed.items())
    assert {word for word, number in words.items() if number >= 5} == set(listed)
    others = {independent.plain(word) for word in noted(original, "keywords")}
    assert others == set(words) - set(listed)


def test_places_are_those_of_the_workbook(original: list[Item], counted: dict[str, Any]) -> None:
    places_of = [item.data["places"] for item in by_kind(original, "adoption")]
    known = items(original)
    countries = Counter(known[here[0]].data["names"]["en"] for here in places_of)
    named = Counter(counted["country"])
    # The Union's list gives this country another name than the workbook.
    named["Vatican City State"] = named.pop("Vatican City")
    assert countries == named
    regions = Counter(here[1].rsplit("-")[1].upper() for here in places_of if len(here) > 1)
    deeper = {code: n for code, n in counted["nuts"].items() if len(code) > 2}
    assert regions == deeper
    outside = noted(original, "nuts", "not-in-nuts-2021")
    assert outside == counted["not nuts"] and {"NL326", "DK00", "GR", "ND"} <= set(outside)
    contradicted = noted(original, "nuts", "of-another-country")
    assert contradicted.total() == counted["contradictions"] == 11


def test_what_has_no_place_is_noted_each_time_it_is_told(
    original: list[Item], counted: dict[str, Any]
) -> None:
    assert noted(original, "Geographical extent") == counted["extent"]
    assert noted(original, "Funding source") == counted["funding"]
    assert noted(original, "Collaboration type") == counted["collaboration"]
    assert noted(original, "Cross Border") == {"Yes": counted["cross border"]}
    assert noted(original, "Date updated").total() == counted["updated"]
    assert noted(original, "GovTech Initiative + ID").total() == counted["initiatives"]
    assert noted(original, "Open components in input").total() == counted["components in"]
    assert noted(original, "source", "words-not-an-address").total() == counted["source in words"]
    assert noted(original, "evidence", "not-an-address").total() == counted["website no address"]
    flags = noted(original, "benefits")
    assert flags.total() == counted["cases with benefits"]
    told_flags = sum(len(raw.split("; ")) * n for raw, n in flags.items())
    assert told_flags == counted["benefits"] == 7426
    assert len(SOURCE.options["benefits"]["columns"]) == counted["flags"] == 18


def test_companies_are_named_or_noted(original: list[Item], counted: dict[str, Any]) -> None:
    innovations = by_kind(original, "innovation")
    partners = sum(len(item.data.get("roles", [])) for item in innovations)
    left = noted(original, "company")
    assert partners + left.total() == counted["companies"] == 139
    assert {"GTS-1069": 4, "Microsoft and OpenAI": 1, "EIT Health members": 1}.items() <= {
        *left.items()
    }
    names = {i.data["name"] for i in original if i.local.startswith("company/")}
    assert not [name for name in names if re.search(r"GTS|http|[();,]", name)]


def test_a_name_with_a_comma_or_an_and_is_noted_as_perhaps_several_bodies(
    original: list[Item], counted: dict[str, Any]
) -> None:
    certain = set(noted(original, "organisation", "several-bodies"))
    perhaps = set(noted(original, "organisation", "may-name-several-bodies"))
    names = {
        item.data["id"]: item.data["name"]
        for item in by_kind(original, "organisation")
        if item.local.startswith("organisation/")
    }
    uses = by_kind(original, "adoption")
    separated = [i for i in uses if re.search(r"[;,/]| and ", names[i.data["adopter"]])]
    assert len(separated) == counted["may name several"] == 346
    assert {names[item.data["adopter"]] for item in separated} <= certain | perhaps
    consortia = {i.data["name"] for i in original if "consortium" in i.data.get("form", [])}
    assert consortia == certain and not certain & perhaps


# Worked out by hand from three rows of the workbook.
ROWS = {
    "PSTW-2611": {
        "title": "TRACY: AI-Driven Data Analytics to Combat Serious Crime and Enhance Public "
        "Security in the EU",
        "subjects": "cofog:GF03 cofog:GF0301 pstw-process-type:internal-management "
        "pstw-application-type:internal-support-processes "
        "pstw-technology:artificial-intelligence pstw-ai:learning pstw-ai:machine-learning",
        "audience": "pstw-interaction:g2g",
        "adopter": "organisation/pstw-gr-hellenic-police",
        "places": "location/iso-gr",
        "status": ("pilot", "trial", "2025", None),
        "evidence": "https://www.tracy-project.eu/",
    },
    "PSTW-679": {
        "title": "Chatbot Comune di Collegno (TO)",
        "subjects": "cofog:GF01 cofog:GF0103 pstw-process-type:public-services-and-engagement "
        "pstw-application-type:service-personalisation-various "
        "pstw-technology:artificial-intelligence pstw-ai:communication "
        "pstw-ai:natural-language-processing pstw-ai:machine-learning pstw-ai:ai-services "
        "pstw-keyword:chatbot",
        "audience": "pstw-interaction:g2c",
        "adopter": "organisation/pstw-it-collegno-municipality",
        "places": "location/iso-it location/nuts-itc11",
        "status": ("not-in-use", "discontinued", "2023", None),
        "evidence": "https://www.comune.collegno.to.it/home "
        "https://www.collegnorinasce.com/2023/10/11/lassistente-virtuale-e-fallito-letteralmente/",
    },
    "PSTW-2231": {
        "title": "The AI-based LisNav application improves the lives of the visually impaired",
        "subjects": "cofog:GF10 cofog:GF1001 pstw-process-type:public-services-and-engagement "
        "pstw-application-type:service-personalisation-various pstw-technology:ar-vr "
        "pstw-technology:artificial-intelligence",
        "audience": "pstw-interaction:g2c",
        "adopter": "organisation/pstw-pt-lisbon-municipality",
        # Its code PT1A is of NUTS 2024, and so not in NUTS 2021.
        "places": "location/iso-pt",
        "status": ("implemented", "in-use", "2022", None),
        "evidence": "https://www.3finery.com/LisNav https://interoperable-europe.ec.europa.eu/"
        "collection/portal/news/study-ai-and-genai-adoption-local-regional-administrations",
    },
}


@pytest.mark.parametrize("local", ROWS)
def test_a_row_becomes_what_a_person_reads_in_it(imported: Instance, local: str) -> None:
    row, key = ROWS[local], local.lower()
    innovation, use = f"<{SHIPPED}/id/innovation/{key}>", f"<{SHIPPED}/id/adoption/{key}>"

    def values(of: str, path: str) -> set[str]:
        return {value for [value] in ask(imported, f"SELECT ?v {{ {of} {path} ?v }}")}

    def named(names: object, where: str = f"{SHIPPED}/id/") -> set[str]:
        return {where + name for name in str(names).split()}

    def concepts(names: object) -> set[str]:
        pairs = [name.split(":") for name in str(names).split()]
        return {vocab.prefixes()[prefix] + concept for prefix, concept in pairs}

    assert values(innovation, "dcterms:title") == {row["title"]}
    assert values(innovation, "dcterms:subject") == concepts(row["subjects"])
    assert values(innovation, "dcterms:audience") == concepts(row["audience"])
    assert values(use, "inno:adopts") == {innovation.strip("<>")}
    assert values(use, "inno:adopter") == named(row["adopter"])
    assert values(use, "dcterms:spatial") == named(row["places"])
    assert values(use, "inno:evidence") == named(row["evidence"], "")
    assert values(use, "inno:certainty") == concepts("certainty:inferred")
    assert values(use, "inno:fidelity") == set()
    theirs, ours, start, end = row["status"]
    assert values(use, "inno:hasStatus/dcterms:type") == concepts(f"pstw-status:{theirs}")
    assert values(use, "inno:hasStatus/inno:status") == concepts(f"uptake:{ours}")
    assert values(use, "inno:hasStatus/schema:startDate") == {start}
    assert values(use, "inno:hasStatus/schema:endDate") == ({end} if end else set())


def test_the_shipped_facts_are_those_of_the_workbook(original: list[Item]) -> None:
    file = io.StringIO()
    sources.write_facts(SOURCE, original, file)
    assert file.getvalue() == FACTS.read_text("utf-8")
    assert FACTS.stat().st_size < 4_000_000
    assert "description" not in {field for item in file for field in item}
    assert not re.search(r"[\w.]+@[\w-]+\.\w+|\"description\"", file.getvalue())


def test_the_graph_counts_uptakes_as_the_workbook_counts_statuses(
    imported: Instance,
) -> None:
    found = ask(
        imported,
        f"""SELECT ?uptake (COUNT(DISTINCT ?use) AS ?n) {{ ?use inno:hasStatus ?p .
        ?p inno:status ?uptake ; dcterms:type ?theirs . {of_pstw("use")} }} GROUP BY ?uptake""",
    )
    counts = {uptake.rsplit("/", 1)[1]: int(number) for uptake, number in found}
    # 27 planned and 212 in development; 943 pilots and 1 pilot phase; 729; 52.
    assert counts == {"planned": 239, "trial": 944, "in-use": 729, "discontinued": 52}


def test_a_use_is_found_by_a_place_around_it(imported: Instance, counted: dict[str, Any]) -> None:
    found = ask(
        imported,
        f"""SELECT (COUNT(DISTINCT ?use) AS ?n) {{ ?use a inno:Adoption ;
        dcterms:spatial/dcterms:isPartOf* ?place . {of_pstw("use")}
        ?place skos:exactMatch <http://data.europa.eu/nuts/code/ITC> }}""",
    )
    within = sum(n for code, n in counted["nuts"].items() if code.startswith("ITC"))
    assert found == [[str(within)]] and within > 0


def test_a_division_of_cofog_finds_what_is_of_its_groups(
    imported: Instance, counted: dict[str, Any]
) -> None:
    found = ask(
        imported,
        f"""SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x dcterms:subject ?group . {of_pstw("x")}
        ?group skos:broader <{COFOG}/GF07> }}""",
    )
    health = "medicalproductsappliancesandequipment outpatientservices hospitalservices"
    health += " publichealthservices rdhealth healthnec"
    assert found == [[str(sum(counted["subfunction"][word] for word in health.split()))]]


def test_the_divisions_and_groups_of_cofog_are_those_published(shared: Path) -> None:
    published = Graph().parse(shared / "sources/reference/cofog/cofog-1999.rdf", format="xml")
    concepts = {
        c
        for c, notation in published.subject_objects(SKOS.notation)
        if len(str(notation)) <= 6 and str(notation) != "TOTAL"
    }
    ours = vocab.reused()
    scheme = URIRef(COFOG)
    assert set(ours.subjects(RDF.type, SKOS.Concept)) == concepts and len(concepts) == 79
    assert ours.value(scheme, DCTERMS.license) and ours.value(scheme, DCTERMS.source)
    for concept in concepts:
        for predicate in (SKOS.broader, SKOS.topConceptOf, SKOS.inScheme):
            found = ours.value(concept, predicate)
            assert found == published.value(concept, predicate), (concept, predicate)
        [notation] = ours.objects(concept, SKOS.notation)
        assert str(notation) == str(published.value(concept, SKOS.notation))
        labels = {
            label.language: str(label)
            for label in ours.objects(concept, SKOS.prefLabel)
            if isinstance(label, Literal)
        }
        assert labels["en"] == str(published.value(concept, SKOS.prefLabel))
        assert labels["fr"].strip() == labels["fr"] != "" and set(labels) == {"en", "fr"}
    tops = set(ours.objects(scheme, SKOS.hasTopConcept))
    assert tops == set(ours.subjects(SKOS.topConceptOf, scheme)) and len(tops) == 10


def test_concepts_of_others_get_no_definition_of_ours() -> None:
    """A list of somebody else is used as it is; French names are all that is added to it."""
    said = {predicate for _, predicate, _ in vocab.reused()}
    assert SKOS.definition not in said and not [p for p in said if "innograph" in str(p)]


def test_the_context_names_functions_that_are_loaded() -> None:
    path = assets.data() / "sources" / "pstw" / "context.jsonld"
    names = set(re.findall(r'"cofog:(\w+)"', path.read_text("utf-8")))
    loaded = {str(n) for n in vocab.reused().objects(None, SKOS.notation)}
    assert names and names <= loaded


def test_a_status_has_the_uptake_that_it_matches() -> None:
    context = SOURCE.context
    concepts = vocab.vocabularies()
    for status, theirs in context["status"]["@context"].items():
        concept = URIRef(theirs.replace("voc:", vocab.VOCABULARIES))
        matches = [*concepts.objects(concept, SKOS.closeMatch)]
        matches += concepts.objects(concept, SKOS.broadMatch)
        ours = context["uptake"]["@context"][status].replace("voc:", vocab.VOCABULARIES)
        assert [str(match) for match in matches] == [ours]


def test_the_table_of_regions_is_the_list_that_is_published(shared: Path) -> None:
    text = (shared / "sources/reference/nuts/nuts-2021.rdf").read_text("utf-8")
    published = set(re.findall(r"<skos:notation[^>]*>([A-Z]{2}[0-9A-Z]{0,3})</skos", text))
    regions = places.regions()
    assert set(regions) == published and len(regions) == 2121
    for code, region in regions.items():
        assert region.parent == (code[:-1] if len(code) > 2 else "")
    assert regions["FR10"].name == "Ile-de-France" and regions["UKI"].name == "London"
    assert not [r for r in regions.values() if r.name != r.name.strip() or "\xa0" in r.name]


def test_the_table_of_countries_is_the_list_that_is_published(shared: Path) -> None:
    path = shared / "sources/reference/world/country-codes.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        published = {row["ISO3166-1-Alpha-2"]: row for row in csv.DictReader(lines)}
    countries = {country.alpha2: country for country in places.countries().values()}
    assert countries.keys() == published.keys() and len(countries) == 249
    for code, country in countries.items():
        assert country.alpha3 == published[code]["ISO3166-1-Alpha-3"]
        assert published[code]["wikidata_id"].endswith(country.wikidata)
    assert (countries["GR"].eu, countries["GB"].eu, countries["DE"].eu) == ("EL", "UK", "DE")
    assert (countries["DE"].en, countries["DE"].fr) == ("Germany", "Allemagne")
    # Each country that NUTS has is one of the table.
    assert {c for c in places.regions() if len(c) == 2} <= {c.eu for c in countries.values()}


def test_a_place_is_the_same_as_what_public_lists_name(original: list[Item]) -> None:
    known = items(original)
    graph = graph_of(known["location/nuts-itc11"], SOURCE, BASE)
    place = URIRef(f"{BASE}/id/location/nuts-itc11")
    assert set(map(str, graph.objects(place, SKOS.exactMatch))) == {
        "http://data.europa.eu/nuts/code/ITC11",
        "https://w3id.org/ipsoeu/ramon-ld/nuts/2021/ITC11",
    }
    greece = graph_of(known["location/iso-gr"], SOURCE, BASE)
    place = URIRef(f"{BASE}/id/location/iso-gr")
    assert set(map(str, greece.objects(place, SKOS.exactMatch))) == {
        "http://data.europa.eu/nuts/code/EL",
        "https://w3id.org/ipsoeu/ramon-ld/nuts/2021/EL",
        "http://publications.europa.eu/resource/authority/country/GRC",
        "http://www.wikidata.org/entity/Q41",
    }
    codes = {str(code) for code in greece.objects(None, SKOS.notation)}
    assert codes == {"GR", "EL"}
    assert b"\xc3\xa8" in media.canonical(greece)  # Grèce
