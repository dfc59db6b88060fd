"""Sources that are described by a source.toml alone: what rows become, and what is refused."""

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from click.testing import CliRunner, Result

from innograph import sources
from innograph.cli import main
from innograph.errors import AlreadyThere, BadSource, BadTable, UnknownSource, UnknownType
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.sources import Item, Note, Refusal, Remark, Source, draft, items
from innograph.sources.run import run

BASE = "https://example.org"
CASES = Path(__file__).parent / "cases" / "sources"
HOW_TO = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "add-a-source.md"
HEAD = """
licensor = "Invented"
address = "https://example.org/data"
licence = "https://example.org/licence"
language = "fr"
[title]
fr = "Essais"
"""
THING = """
[things.essai]
type = "Innovation"
id = "id"
[things.essai.fields]
title = "titre"
"""
Found = list[Item | Refusal | Remark]


def described(tmp_path: Path, text: str, name: str = "essais") -> Source:
    """A source of that source.toml."""
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    (folder / "source.toml").write_text(text, "utf-8")
    return sources.load(str(folder))


def read(tmp_path: Path, content: str | bytes, name: str = "a.csv", toml: str = THING) -> Found:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(items.read(path, described(tmp_path, HEAD + toml)))


def made(found: Found) -> dict[str, Item]:
    return {item.local: item for item in found if isinstance(item, Item)}


def titles(found: Found) -> list[str]:
    return [item.data["title"]["fr"][0] for item in made(found).values()]


def refused(found: Found) -> list[tuple[str, str]]:
    return [(thing.kind, thing.local) for thing in found if isinstance(thing, Refusal)]


def remarks(found: Found) -> str:
    return "\n".join(thing.text for thing in found if isinstance(thing, Remark))


def faults(tmp_path: Path, text: str) -> str:
    """What is wrong with a source.toml, in one text."""
    with pytest.raises(BadSource) as raised:
        described(tmp_path, text)
    return str(raised.value)


def instance(tmp_path: Path) -> Instance:
    return Instance.open(Settings(home=tmp_path / "home", base=BASE))


def ask(instance: Instance, query: str) -> list[list[str]]:
    body = b"".join(instance.ask(query, "text/csv").body).decode()
    return list(csv.reader(io.StringIO(body)))[1:]


# -- two sources of which only a description exists


@pytest.fixture(scope="module")
def countries(shared: Path) -> Path:
    return shared / "sources" / "reference" / "world" / "country-codes.csv"


@pytest.fixture(scope="module")
def software(shared: Path) -> Path:
    return shared / "sources" / "publiccode" / "ASLBrindisi+GlobaLeaks.yml"


def test_a_table_of_countries_becomes_places_and_organisations(
    countries: Path, tmp_path: Path
) -> None:
    with countries.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    formal = [row for row in rows if row["UNTERM French Formal"].strip()]
    graph = instance(tmp_path)
    outcome = run(graph, sources.load(str(CASES / "country-codes")), countries)
    assert outcome.refusals == []
    assert outcome.states == {("place", "accepted"): len(rows), ("state", "accepted"): len(formal)}
    query = (
        "SELECT ?code ?name { ?place dcterms:type?/adms:identifier ?i ; skos:prefLabel ?name . "
        "?i dcterms:type identifier:iso3166-1 ; skos:notation ?code FILTER(LANG(?name) = 'fr') }"
    )
    told = {code: name for code, name in ask(graph, query)}
    assert told == {
        row["ISO3166-1-Alpha-2"]: " ".join(row["official_name_fr"].split())
        for row in rows
        if row["official_name_fr"].strip()
    }


def test_what_a_list_lacks_is_noted_and_what_it_leaves_empty_is_not(
    countries: Path, tmp_path: Path
) -> None:
    with countries.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["UNTERM French Formal"].strip()]
    told = Counter(row["is_independent"].strip() for row in rows)
    expected = told - Counter({value: told[value] for value in ("Yes", "Territory of US", "")})
    found = made(list(items.read(countries, sources.load(str(CASES / "country-codes")))))
    states = [item for item in found.values() if item.kind == "state"]
    notes = [n for item in states for n in item.notes if n.field == "territoryLevel"]
    assert Counter(n.raw for n in notes if n.value is None) == expected
    assert sum("territoryLevel" in item.data for item in states) == told["Yes"]


def test_a_publiccode_file_becomes_a_software_its_users_and_their_uses(
    software: Path, tmp_path: Path
) -> None:
    told = yaml.safe_load(software.read_text("utf-8"))

    def key(name: str) -> str:
        plain = unicodedata.normalize("NFKD", name.replace("’", "'")).encode("ascii", "ignore")
        return re.sub(r"[^a-z0-9]+", "-", plain.decode().casefold()).strip("-")

    users = {key(name) for name in told["usedBy"]}
    source = sources.load(str(CASES / "publiccode-files"))
    graph = instance(tmp_path)
    outcome = run(graph, source, software)
    assert outcome.refusals == []
    uses = {state: n for (kind, state), n in outcome.states.items() if kind == "use"}
    assert uses == {"accepted": len(users)}
    query = "SELECT (COUNT(DISTINCT ?who) AS ?n) { ?use inno:adopter ?who ; inno:adopts ?what }"
    assert ask(graph, query) == [[str(len(users))]]
    lead = ask(graph, "SELECT ?name { ?x prov:agent/skos:prefLabel ?name }")
    assert lead == [[told["legal"]["repoOwner"]]]
    # No person, and nothing to reach one by.
    assert "@" not in json.dumps(
        [item.data for item in made(list(items.read(software, source))).values()]
    )

    again = run(graph, source, software)
    assert {state for _, state in again.states} == {"unchanged"}
    assert again.vanished == []


def test_facts_of_a_declared_source_hold_no_prose_and_are_imported_as_the_file_is(
    software: Path, tmp_path: Path
) -> None:
    source = sources.load(str(CASES / "publiccode-files"))
    path = tmp_path / "facts.jsonl"
    with path.open("w", encoding="utf-8") as file:
        number = sources.write_facts(source, sources.read(source, software, facts=True), file)
    text = path.read_text("utf-8")
    assert len(text.splitlines()) == number + 1
    prose = yaml.safe_load(software.read_text("utf-8"))["description"]["it"]["shortDescription"]
    assert prose.split()[-3] and " ".join(prose.split()) not in text
    outcome = run(instance(tmp_path), source, path)
    assert outcome.states.total() == number and outcome.refusals == []


def test_every_file_of_a_folder_is_a_row_and_a_bad_one_stops_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.yml").write_text(f"url: https://example.org/{name}\nname: N{name}\n")
    (folder / "c.yml").write_text("url: [\n")
    (folder / "d.yml").write_text("url: x\nurl: y\n")
    (folder / "e.txt").write_text("nothing")
    found = list(items.read(folder, sources.load(str(CASES / "publiccode-files"))))
    assert refused(found) == [("not readable", "c.yml"), ("not readable", "d.yml")]
    names = [item.data["title"]["en"] for item in made(found).values()]
    assert names == [["Na"], ["Nb"]]


def test_in_a_folder_of_tables_a_line_is_told_with_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.csv").write_text("id;titre\n1;Un\n2\n", "utf-8")
    (folder / "b.csv").write_text("id;titre\n1;Deux\n3;Trois\n", "utf-8")
    found = list(items.read(folder, described(tmp_path, HEAD + THING)))
    assert titles(found) == ["Un", "Trois"]
    assert refused(found) == [("ragged row", "a.csv, line 3"), ("told otherwise", "b.csv, line 2")]


# -- the documentation


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", HOW_TO.read_text("utf-8"), re.S)


@pytest.fixture
def example(tmp_path: Path) -> tuple[Path, Path]:
    """Folder and file of the example of the documentation."""
    [table], [toml] = blocks("csv"), blocks("toml")
    (tmp_path / "projects.csv").write_bytes(table.encode("cp1252"))
    described(tmp_path, toml, "valbourg-projects")
    return tmp_path / "valbourg-projects", tmp_path / "projects.csv"


def test_the_example_of_the_documentation_gives_what_it_says(
    example: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, path = example
    source = sources.load(str(folder))
    graph = instance(tmp_path)
    outcome = run(graph, source, path)
    assert outcome.refusals == []
    assert outcome.states == {
        ("service", "accepted"): 2,
        ("project", "accepted"): 3,
        ("use", "accepted"): 3,
    }
    query = (
        "SELECT ?id ?p ?when { ?x inno:hasStatus ?s . ?s ?p ?when BIND(STR(?x) AS ?id) "
        "FILTER(?p IN (schema:startDate, schema:endDate, inno:startNotBefore, inno:startNotAfter))"
        " } ORDER BY ?id ?p"
    )
    short = {
        (id.removeprefix(f"{BASE}/id/"), re.split("[#/]", p)[-1], day)
        for id, p, day in ask(graph, query)
    }
    name = "valbourg-projects"
    assert short == {
        (f"project/{name}-7", "startNotBefore", "2021-07-01"),
        (f"project/{name}-7", "startNotAfter", "2021-09-30"),
        (f"project/{name}-8", "startDate", "2019-03-03"),
        (f"use/{name}-7-direction-de-l-education", "startDate", "2021"),
        (f"use/{name}-7-direction-de-l-education", "endDate", "2023"),
        (f"use/{name}-8-accueil", "startDate", "2019"),
        (f"use/{name}-9-direction-de-l-education", "startDate", "2022"),
    }
    assert outcome.unmapped[("hasStatus.startDate", "03-04-22")] == 1
    assert outcome.unmapped[("Code commune", "1001")] == 2
    assert "jane" not in str(outcome) and "Windows-1252" in outcome.remarks[0]
    assert run(graph, source, path).states.keys() == {
        (kind, "unchanged") for kind in ("service", "project", "use")
    }


def test_what_a_file_no_longer_lists_is_told(example: tuple[Path, Path], tmp_path: Path) -> None:
    folder, path = example
    source, graph = sources.load(str(folder)), instance(tmp_path)
    run(graph, source, path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert len(run(graph, source, path).vanished) == 2  # project 7, and its use


# -- how files are laid out


ROWS = "id;titre\n1;Été\n2;Ça\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (ROWS.encode(), "UTF-8"),
        (ROWS.encode("utf-8-sig"), "UTF-8"),
        (ROWS.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + ROWS.encode("utf-16-be"), "UTF-16"),
        (ROWS.encode("cp1252"), "Windows-1252"),
        (ROWS.replace("\n", "\r\n").encode(), "UTF-8"),
        (b"sep=;\r\n" + ROWS.encode(), "UTF-8"),
    ],
    ids=["utf8", "utf8-mark", "utf16le", "utf16be", "cp1252", "crlf", "sep-line"],
)
def test_an_encoding_is_found_out_and_said(data: bytes, said: str, tmp_path: Path) -> None:
    found = read(tmp_path, data)
    assert titles(found) == ["Été", "Ça"]
    assert said in remarks(found)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_what_parts_the_cells_is_found_out(sign: str, tmp_path: Path) -> None:
    assert titles(read(tmp_path, ROWS.replace(";", sign))) == ["Été", "Ça"]


def test_a_sign_in_quotation_marks_does_not_part_the_header(tmp_path: Path) -> None:
    toml = THING.replace('"titre"', '"titre, long, très"')
    assert titles(read(tmp_path, 'id;"titre, long, très"\n1;A\n', toml=toml)) == ["A"]


def test_a_cell_may_hold_lines_and_its_row_is_told_by_its_first(tmp_path: Path) -> None:
    found = read(tmp_path, 'id;titre\n1;"Un\ndeux"\n2;"a"b\n3;Trois;x\n4\n\n5;Cinq\n')
    assert titles(found) == ["Un deux", "Cinq"]
    assert refused(found) == [
        ("not readable", "line 4"),
        ("ragged row", "line 5"),
        ("ragged row", "line 6"),
    ]


def test_a_file_that_ends_in_a_quotation_is_not_lost_in_silence(tmp_path: Path) -> None:
    found = read(tmp_path, 'id;titre\n1;Un\n2;"Deux\n3;Trois\n')
    assert titles(found) == ["Un"]
    assert refused(found) == [("not readable", "line 3")]


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"id;titre\n", "no row"),
        (b"id;titre;titre\n1;a;b\n", "column 3 .C., line 1: a column before it is named titre"),
        (b"id;titre; titre \n1;a;b\n", "named titre too"),
        (b"id;;titre\n1;a;b\n", "column 2 .B., line 1: the column has no name"),
        (b";;\n1;a;b\n", "line 1, which names the columns, is empty"),
        (b"id;titre\n1;\xc3\xa9\n2;\xe9\n", "line 3 is not UTF-8, though the lines before it are"),
        (b"id;titre\n1;\x81\n", "line 2 is neither UTF-8 nor Windows-1252"),
        ("id;titre\n1;a\n".encode("utf-16-le"), "UTF-16 without its mark"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_with_the_reason(
    data: bytes, detail: str, tmp_path: Path
) -> None:
    with pytest.raises(BadTable, match=detail):
        read(tmp_path, data)


def test_empty_columns_at_the_end_are_none_until_a_cell_stands_in_them(tmp_path: Path) -> None:
    found = read(tmp_path, "id;titre;;\n1;Un;;\n2;Deux;;x\n")
    assert titles(found) == ["Un"]
    assert refused(found) == [("ragged row", "line 3")]


def test_a_header_may_stand_below_a_title(tmp_path: Path) -> None:
    toml = "[table]\nheader = 3\n" + THING
    assert titles(read(tmp_path, "Liste;\n;\nid;titre\n1;Un\n", toml=toml)) == ["Un"]


@pytest.mark.parametrize("name", ["a.xls", "a.ods", "a.pdf"])
def test_a_format_that_is_not_known_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="its format is not known"):
        read(tmp_path, ROWS, name)


def test_a_file_that_only_calls_itself_xlsx_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="no XLSX"):
        read(tmp_path, ROWS, "a.xlsx")


# -- spreadsheets


XLSX = """
[table]
sheet = "Projets 2024"
header = 2
[things.essai]
type = "Innovation"
id = "id"
[things.essai.fields]
title = "titre"
hasStatus.status = { always = "stage:piloting" }
hasStatus.startDate = "début"
hasStatus.timeShare = "part"
identifier.notation = { column = "code", rule = "code", width = 5 }
identifier.kind = { always = "identifier:insee-commune" }
"""


def workbook(rows: list[list[Any]], path: Path, epoch: str = "1900") -> None:
    book = openpyxl.Workbook()
    book.active.title = "Lisez-moi"
    sheet = book.create_sheet("Projets  2024 ")
    sheet.append(["id", "titre", "Dates", None, None])
    sheet.merge_cells("C1:D1")
    sheet.append([None, None, "début", "part", "code"])
    for row in rows:
        sheet.append(row)
    if epoch == "1904":
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(path)


@pytest.mark.parametrize("epoch", ["1900", "1904"])
def test_a_spreadsheet_is_read_by_its_sheet_its_header_and_its_values(
    epoch: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    days = [datetime(2021, 5, 3), date(2021, 5, 3), datetime(2021, 5, 3, 14, 30), 2021, "mai 2021"]
    workbook([[n, f"T{n}", day, 0.5, 1001] for n, day in enumerate(days)], path, epoch)
    found = list(items.read(path, described(tmp_path, HEAD + XLSX)))
    periods = [item.data["hasStatus"][0] for item in made(found).values()]
    # Plain text is a day to the context; a month and a year say what they are.
    month = {"@type": "xsd:gYearMonth", "@value": "2021-05"}
    year = {"@type": "xsd:gYear", "@value": "2021"}
    assert [p["startDate"][0] for p in periods] == ["2021-05-03"] * 3 + [year, month]
    assert {json.dumps(p["timeShare"]) for p in periods} == {
        '[{"@type": "xsd:decimal", "@value": "0.5"}]'
    }
    codes = [item.data["identifier"][0]["notation"] for item in made(found).values()]
    assert codes == [["01001"]] * len(days)
    rules = Counter(n.rule for item in made(found).values() for n in item.notes)
    assert rules == {"leading-zeros": 5, "time-left-out": 1, "month-name": 1}


def test_a_formula_is_read_by_its_value_and_one_without_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook([[1, "Un", None, None, None], [2, '="De"&"ux"', None, None, None]], path)
    found = list(items.read(path, described(tmp_path, HEAD + XLSX)))
    assert titles(found) == ["Un"]
    assert refused(found) == [("not readable", "line 4")]


def test_a_sheet_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook([[1, "Un", None, None, None]], path)
    with pytest.raises(BadTable, match="no sheet 'Autre', but: 'Lisez-moi', 'Projets"):
        list(items.read(path, described(tmp_path, HEAD + XLSX.replace("Projets 2024", "Autre"))))


# -- trees


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '[{"id": "1", "titre": "Un"}, {"id": "2", "titre": "Deux"}]'),
        ("b.json", '{"x": {"id": "1", "titre": "Un"}, "y": {"id": "2", "titre": "Deux"}}'),
        ("c.jsonl", '{"id": "1", "titre": "Un"}\n\n{"id": "2", "titre": "Deux"}\n'),
        ("d.yaml", "- {id: 1, titre: Un}\n- {id: 2, titre: Deux}\n"),
        ("e.yml", "id: 1\ntitre: Un\n---\nid: 2\ntitre: Deux\n"),
    ],
)
def test_objects_are_rows_in_whatever_form_they_come(
    name: str, content: str, tmp_path: Path
) -> None:
    found = read(tmp_path, content, name)
    assert list(made(found)) == ["essai/essais-1", "essai/essais-2"]
    assert titles(found) == ["Un", "Deux"]


def test_rows_may_stand_deep_in_a_file_and_be_known_by_their_name_in_it(tmp_path: Path) -> None:
    toml = '[table]\nrows = "data/items"\n' + THING.replace('id = "id"', 'id = "@key"')
    content = '{"data": {"items": {"a": {"titre": "Un"}, "b": {"titre": "Deux"}}}}'
    assert list(made(read(tmp_path, content, "a.json", toml))) == [
        "essai/essais-a",
        "essai/essais-b",
    ]
    with pytest.raises(BadTable, match="nothing stands at 'data/items'"):
        read(tmp_path, "{}", "a.json", toml)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "{"),
        ("b.json", '{"id": 1, "id": 2}'),
        ("c.json", '[{"id": NaN}]'),
        ("d.json", "3"),
        ("e.json", "[" * 100_000),
        ("f.yml", "a: [\n"),
        ("g.yml", "a: &x [*x]\n"),
        ("h.yml", "a: 1\na: 2\n"),
    ],
)
def test_a_tree_that_cannot_be_read_is_refused(name: str, content: str, tmp_path: Path) -> None:
    with pytest.raises(BadTable):
        read(tmp_path, content, name)


def test_a_bad_line_of_json_lines_stops_nothing(tmp_path: Path) -> None:
    found = read(
        tmp_path, '{"id": 1, "titre": "Un"}\n{\n[]\n{"id": 2, "titre": "Deux"}\n', "a.jsonl"
    )
    assert titles(found) == ["Un", "Deux"]
    assert refused(found) == [("not readable", "line 2"), ("not readable", "line 3")]


def test_yaml_that_multiplies_itself_is_refused(tmp_path: Path) -> None:
    lines = ["id: 1", "titre: Un", "l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    [refusal] = [
        thing for thing in read(tmp_path, "\n".join(lines), "a.yml") if isinstance(thing, Refusal)
    ]
    assert "more than" in refusal.detail


def test_yaml_values_are_as_they_are_written(tmp_path: Path) -> None:
    found = read(tmp_path, "- {id: 010, titre: NO}\n- {id: 2, titre: ~}\n", "a.yml")
    assert {local: item.data.get("title") for local, item in made(found).items()} == {
        "essai/essais-010": {"fr": ["NO"]},
        "essai/essais-2": None,
    }


# -- what a row becomes


LINKED = """
[things.usager]
type = "Organization"
id = "usagers/nom"
each = "usagers"
[things.usager.fields]
prefLabel = "usagers/nom"
[things.usage]
type = "Adoption"
id = ["id", "usagers/nom"]
each = "usagers"
[things.usage.fields]
adopter = { thing = "usager" }
adopts = { thing = "essai" }
hasStatus.status = { always = "uptake:in-use" }
hasStatus.startDate = "usagers/depuis"
"""


def test_each_element_of_a_list_is_a_thing_linked_to_its_own(tmp_path: Path) -> None:
    users = [{"nom": "Valbourg", "depuis": "2021"}, {"nom": "Saint-Jean", "depuis": "mai 2022"}]
    content = json.dumps([{"id": "1", "titre": "Un", "usagers": users}])
    found = made(read(tmp_path, content, "a.json", THING + LINKED))
    uses = {i.data["adopter"][0]: i.data for i in found.values() if i.kind == "usage"}
    assert {who: data["hasStatus"][0]["startDate"][0]["@value"] for who, data in uses.items()} == {
        "usager/essais-valbourg": "2021",
        "usager/essais-saint-jean": "2022-05",
    }
    assert {data["adopts"][0] for data in uses.values()} == {"essai/essais-1"}


def test_a_thing_told_twice_alike_is_one_and_told_otherwise_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, "id;titre\n1;Un\n1; Un\n1;Deux\n")
    assert titles(found) == ["Un"]
    assert refused(found) == [("told otherwise", "line 4")]


def test_a_row_without_id_is_refused(tmp_path: Path) -> None:
    assert refused(read(tmp_path, "id;titre\n ;Un\n")) == [("without id", "line 2")]


def test_names_in_letters_that_addresses_lack_are_told_apart(tmp_path: Path) -> None:
    found = made(read(tmp_path, "id;titre\n東京;Un\n京都;Deux\n"))
    assert len(found) == 2
    assert all(re.fullmatch(r"essai/essais-[0-9a-f]{8}", local) for local in found)


def test_values_without_a_place_are_noted_once_and_those_left_out_never(tmp_path: Path) -> None:
    toml = 'left_out = ["secret"]\n'
    text = "id;titre;autre;secret\n1;Un;Ceci;Cela\n2;Deux;jane@example.org;Cela\n"
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    found = list(items.read(path, described(tmp_path, toml + HEAD + THING)))
    notes = [item.notes for item in made(found).values()]
    assert notes == [
        [Note("autre", "Ceci", None, "no-place-yet")],
        [Note("autre", "(not kept)", None, "no-place-yet")],
    ]
    assert "columns that have no place: autre." in remarks(found)


def test_a_list_knows_values_in_any_spelling_and_notes_the_rest(tmp_path: Path) -> None:
    toml = THING + (
        'sphere = { column = "s", split = ",", list = "s" }\n[lists.s]\n"Été" = "sphere:public"\n'
        '"rien" = ""\n'
    )
    found = made(read(tmp_path, 'id;titre;s\n1;Un;" ETE , Rien,autre"\n', toml=toml))
    [item] = found.values()
    assert item.data["sphere"] == ["sphere:public"]
    assert item.notes == [
        Note("sphere", " ETE ", "sphere:public", "list"),
        Note("sphere", "autre", None, "no-place-yet"),
    ]


def test_of_two_columns_for_one_value_the_first_that_tells_is_taken(tmp_path: Path) -> None:
    toml = THING.replace('"titre"', '["titre", "nom"]')
    found = made(read(tmp_path, "id;titre;nom\n1;;Un\n2;Deux;Two\n", toml=toml))
    assert titles(list(found.values())) == ["Un", "Deux"]
    assert found["essai/essais-2"].notes == [Note("title", "Two", None, "another-column-told")]


def test_a_part_without_what_it_must_have_is_noted_and_left_out(tmp_path: Path) -> None:
    toml = THING + 'hasStatus.status = { column = "s", list = {a = "stage:piloting"} }\n'
    toml += 'hasStatus.startDate = "d"\n'
    found = made(read(tmp_path, "id;titre;s;d\n1;Un;;03/05/2021\n2;Deux;a;03/05/2021\n", toml=toml))
    assert "hasStatus" not in found["essai/essais-1"].data
    assert found["essai/essais-1"].notes == [
        Note("hasStatus.startDate", "03/05/2021", None, "without-status")
    ]
    assert found["essai/essais-2"].data["hasStatus"][0]["startDate"] == ["2021-05-03"]


def test_a_thing_may_point_at_one_that_stands_later_in_the_file(tmp_path: Path) -> None:
    toml = """
[things.lieu]
type = "Location"
id = "code"
[things.lieu.fields]
prefLabel = "nom"
territoryLevel = { always = "territory:municipal" }
isPartOf = { thing = "lieu", id = "dans" }
"""
    rows = [f"{n};L{n};{n + 1 if n < 1200 else ''}" for n in range(1, 1201)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["code;nom;dans", *rows]), "utf-8")
    outcome = run(instance(tmp_path), described(tmp_path, HEAD + toml), path)
    # Longer than a batch: what the first rows point at comes with a later one.
    assert outcome.states == {("lieu", "accepted"): 1200}
    assert outcome.refusals == []


# -- mistakes in a source.toml


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = ]", "it is no TOML: .*line 1"),
        (THING, "licensor: it is missing"),
        (HEAD, r"says of nothing what a row becomes"),
        (HEAD.replace("https://example.org/licence", "CC0") + THING, "line 4, licence: an address"),
        (HEAD.replace("licensor", "licencor") + THING, "line 2, licencor: .*do you mean licensor"),
        (HEAD + THING.replace("title =", "titel ="), "things.essai.fields.titel: .*mean title"),
        (HEAD + THING.replace('"Innovation"', '"Inovation"'), "type: .*do you mean Innovation"),
        (HEAD + THING.replace('id = "id"', ""), "things.essai.id: say by which column"),
        (HEAD + THING.replace('title = "titre"', ""), "Innovation needs title"),
        (HEAD + THING.replace("[things.essai]", "[things.Essai]"), "small letters"),
        (HEAD + THING + 'homepage = { colum = "x" }', "do you mean column"),
        (HEAD + THING + 'homepage = { column = "x", rule = "adress" }', "do you mean address"),
        (HEAD + THING + 'homepage = { column = "x", rule = "date" }', "gives nothing for this"),
        (HEAD + THING + 'homepage = { column = "x", width = 5 }', "takes no width"),
        (HEAD + THING + "homepage = 3", "a column is expected"),
        (HEAD + THING + 'homepage = { always = "a b" }', "an address is expected"),
        (HEAD + THING + 'kind = { always = "kind:servce" }', "line 14, .*do you mean kind:service"),
        (HEAD + THING + 'kind = { column = "x", list = "k" }', r"\[lists.k\] is missing"),
        (
            HEAD + THING + 'kind = { column = "x", list = "k" }\n[lists.k]\na = "kind:servce"',
            "line 16, lists.k.a: .*do you mean kind:service",
        ),
        (
            HEAD + THING + 'kind = { column = "x", list = "k" }\n[lists.k]\na = ""\n'
            'A = "kind:service"',
            "stands here twice",
        ),
        (HEAD + THING + 'hasStatus = "x"', "say a field of it, such as hasStatus.status"),
        (HEAD + THING + 'hasStatus.startDate = "x"', "needs hasStatus.status too"),
        (HEAD + THING + '"homepage@fr" = "x"', "have no language"),
        (HEAD.replace('language = "fr"', "") + THING, "texts have a language: write title@fr"),
        (HEAD + THING + 'spatial = { thing = "lieu" }', r"\[things.lieu\] is missing"),
        (HEAD + THING + 'spatial = { thing = "essai" }', "links to Location; essai is Innovation"),
        (HEAD + THING + 'homepage = { column = "a", thing = "b" }', "say one of column, always"),
        (HEAD + '[table]\nformat = "xls"\n' + THING, "format: .*do you mean xlsx"),
        (HEAD + '[table]\nencoding = "utf-9"\n' + THING, "utf-9 is no encoding"),
        (HEAD + "[table]\nheader = 0\n" + THING, "header: the number of a line"),
        (HEAD + '[table]\nheader = "2"\n' + THING, "header: a whole number is expected"),
        (HEAD + THING + THING.replace("essai", "autre") + 'ids = "x"', "no such field. ids"),
        (
            HEAD + THING + THING.replace("essai]", "autre]", 1)
            .replace("essai.fields", "autre.fields").replace("id =", 'ids = "essai"\nid ='),
            r"the same id as \[things.essai\]",
        ),
        (
            HEAD + THING + 'hasStatus.status = { always = "stage:piloting" }\n'
            'hasStatus.startDate = { column = "x", bounds = ["startNotBefor", "startNotAfter"] }',
            "bounds: .*do you mean startNotBefore",
        ),
        (
            HEAD + THING + 'hasStatus.status = { always = "stage:piloting" }\n'
            'hasStatus.startDate = { column = "x", order = "ymd" }',
            "one of 'dmy', 'mdy' is expected",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_to_do(
    text: str, sentence: str, tmp_path: Path
) -> None:
    assert re.search(sentence, faults(tmp_path, text), re.S)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = faults(tmp_path, HEAD + THING + 'homepag = "x"\nkind = { always = "kind:x" }\n')
    assert told.count("\n- ") == 2


def test_a_column_that_is_not_there_is_told_before_any_row(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="no such column. titre is not .* do you mean Titres"):
        read(tmp_path, "id;Titres\n1;Un\n")


def test_in_a_tree_a_field_may_be_absent_and_is_told_if_it_always_is(tmp_path: Path) -> None:
    assert "no row tells of titre" in remarks(read(tmp_path, '[{"id": 1}]', "a.json"))


def test_a_source_is_found_in_the_home_of_an_instance_by_name(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    described(tmp_path / "sources", HEAD + THING)
    assert "essais" in sources.names(tmp_path) and "essais" not in sources.names()
    assert sources.load("essais", tmp_path).contributor == "source/essais"
    with pytest.raises(UnknownSource):
        sources.load("essais")


def test_a_folder_may_not_speak_in_the_name_of_a_source_that_is_shipped(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="there is a source named betagouv already"):
        described(tmp_path, HEAD + THING, "betagouv")


# -- drafts, and the command line


def command(tmp_path: Path, *words: str, exit: int = 0) -> Result:
    home = {"INNOGRAPH_HOME": str(tmp_path / "home"), "INNOGRAPH_BASE": BASE}
    result = CliRunner().invoke(main, words, env=home)
    assert result.exit_code == exit, result.output
    assert isinstance(result.exception, (SystemExit, type(None))), result.exc_info
    return result


def revision(tmp_path: Path) -> str:
    return str(json.loads(command(tmp_path, "stats", "--json").stdout)["revision"])


TABLE = (
    "Code;Titre du projet;Statut;Date de début;Site;Courriel;Ville\n"
    "A1;Un;En cours;03/05/2021;https://example.org/1;jane@example.org;Valbourg\n"
    "A2;Deux;Terminé;mai 2021;https://example.org/2;joe@example.org;Valbourg\n"
)
FILLED = {
    'licensor = ""': 'licensor = "X"',
    'address = ""': 'address = "https://example.org/"',
    'licence = ""': 'licence = "https://example.org/l"',
    '# "En cours" = ""': '"En cours" = "stage:piloting"',
}


def test_a_draft_guesses_what_names_and_values_say_and_lists_the_rest(tmp_path: Path) -> None:
    path, folder = tmp_path / "projets.csv", tmp_path / "projets"
    path.write_text(TABLE, "utf-8")
    text = draft.write(folder, path, "Innovation", "fr").read_text("utf-8")
    assert 'id = "Code"' in text
    assert '"title" = "Titre du projet"' in text
    assert '"hasStatus.status" = { column = "Statut", list = "statut" }' in text
    assert '"hasStatus.startDate" = "Date de début"' in text
    assert '"homepage" = "Site"' in text
    assert 'left_out = ["Courriel"]' in text
    assert '# "Ville": text, such as Valbourg' in text
    assert "jane" not in text
    with pytest.raises(AlreadyThere):
        draft.write(folder, path, "Innovation", "fr")
    with pytest.raises(UnknownType):
        draft.write(tmp_path / "autre", path, "Inovation", "fr")


def test_a_draft_can_be_filled_in_tried_and_imported(tmp_path: Path) -> None:
    path, folder = tmp_path / "projets.csv", tmp_path / "projets"
    path.write_text(TABLE, "utf-8")
    command(tmp_path, "source", "new", str(folder), str(path), "--language", "fr")
    assert (
        "Nothing is written over"
        in command(tmp_path, "source", "new", str(folder), str(path), exit=2).output
    )
    target = folder / "source.toml"
    text = target.read_text("utf-8")
    for draft_line, line in FILLED.items():
        assert draft_line in text
        text = text.replace(draft_line, line)
    target.write_text(text, "utf-8")

    before = revision(tmp_path)
    tried = command(tmp_path, "source", "try", str(folder), str(path))
    assert "hasStatus.startDate" in tried.stdout and "2021-05-03" in tried.stdout
    assert "columns that have no place: Ville" in tried.stderr
    assert "Terminé" in tried.stderr
    turtle = command(tmp_path, "source", "try", str(folder), str(path), "--format", "turtle")
    assert "a inno:Innovation" in turtle.stdout and "Ville" not in turtle.stdout
    assert revision(tmp_path) == before
    imported = command(tmp_path, "import", str(folder), str(path))
    assert re.search(r"innovation\D+2\D+2\D+0\D+0\D+0", imported.stdout)
    facts = tmp_path / "facts.jsonl"
    command(tmp_path, "source", "facts", str(folder), str(path), "-o", str(facts))
    again = command(tmp_path, "import", str(folder), str(facts))
    assert re.search(r"innovation\D+2\D+0\D+0\D+2\D+0", again.stdout)


def test_trying_tells_what_would_be_refused_and_exits_with_1(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;titre\n1;Un\n2;\n3\n", "utf-8")
    described(tmp_path, HEAD + THING)
    tried = command(tmp_path, "source", "try", str(tmp_path / "essais"), str(path), exit=1)
    assert "line 3, essai/essais-2" in tried.stderr and "ragged row: line 4" in tried.stderr
    only = command(tmp_path, "source", "try", str(tmp_path / "essais"), str(path), "--rows", "1")
    assert "1 things of essais; 0 refused" in only.stderr


def test_a_wrong_description_and_a_wrong_file_are_told_and_exit_with_2(tmp_path: Path) -> None:
    described(tmp_path, HEAD + THING)
    folder = str(tmp_path / "essais")
    path = tmp_path / "a.csv"
    for content, sentence in (("", "it is empty"), ("id;nom\n1;Un\n", "no such column")):
        path.write_text(content, "utf-8")
        for words in (("source", "try", folder, str(path)), ("import", folder, str(path))):
            assert sentence in command(tmp_path, *words, exit=2).output
    assert "nothing at" in command(tmp_path, "import", folder, str(tmp_path / "no"), exit=2).output


# -- size


def test_rows_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;titre\n" + "".join(f"{n};T\n" for n in range(5_000)), "utf-8")
    rows = items.read(path, described(tmp_path, HEAD + THING))
    told = [next(rows) for _ in range(3)]
    assert [getattr(thing, "place", "") for thing in told] == ["", "line 2", "line 3"]
    # Nothing holds the file when its reader goes.
    rows.close()
