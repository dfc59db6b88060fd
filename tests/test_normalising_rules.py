"""The rules by which values of declared sources are put into our form: read for certain, or left.

Expected values are written by hand, from what the shapes mean and not from what the code gives.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from innograph import media, sources
from innograph.sources import Item, Note, Source, days, items
from innograph.sources.days import When
from innograph.sources.mapping import graph_of
from innograph.sources.rules import OPTIONS, RULES, is_empty, kept

ROOT = Path(__file__).resolve().parents[1]
HOW_TO = ROOT / "docs" / "how-to" / "add-a-source.md"
each_rule = pytest.mark.parametrize("name", RULES)
raw_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.datetimes(),
    st.dates(),
    st.text(),
    st.text("0123456789.,-+' \xa0\u202f/:€%"),
    st.text("0123456789/-. marsétouQT"),
    st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}", fullmatch=True),
    st.from_regex(r"&[a-z]{2,6};.?", fullmatch=True),
)


def ruled(name: str, raw: object, **options: object) -> Any:
    return RULES[name](raw, options).value


def when(raw: object, **options: object) -> tuple[str | None, str | None]:
    """Start and end of a time, as told."""
    told = ruled("date", raw, **options)
    return (told.start, told.end) if isinstance(told, When) else (None, None)


def documented() -> Iterator[tuple[str, str, str, str]]:
    """The rows of the table of dates in the documentation: examples, start, end, what is noted."""
    section = HOW_TO.read_text("utf-8").partition("| written |")[2].partition("\n\n")[0]
    for line in section.splitlines()[2:]:
        examples, start, end, noted = (cell.strip() for cell in line.strip("|").split("|"))
        for written in re.findall("`([^`]+)`", examples):
            yield written, start.strip("`"), end.strip("`"), noted


@pytest.mark.parametrize(("written", "start", "end", "noted"), list(documented()))
def test_a_date_is_read_as_the_documentation_says(
    written: str, start: str, end: str, noted: str
) -> None:
    told = RULES["date"](written, {})
    assert told.rule == ("" if noted == "nothing" else noted.strip("`"))
    if start == "left out":
        assert told.value is None
    else:
        assert (told.value.start, told.value.end or "") == (start, end)


def test_the_documentation_shows_more_than_thirteen_shapes() -> None:
    assert len({noted for *_, noted in documented()}) > 13


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2021-Q3", "2021-07-01", "2021-09-30"),
        ("T1 2020", "2020-01-01", "2020-03-31"),
        ("4e trimestre 2019", "2019-10-01", "2019-12-31"),
        ("S2 2021", "2021-07-01", "2021-12-31"),
        ("1er semestre 2021", "2021-01-01", "2021-06-30"),
        ("printemps 2021", "2021-03-01", "2021-05-31"),
        ("2021-W01", "2021-01-04", "2021-01-10"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
    ],
)
def test_what_is_less_precise_than_a_month_has_bounds(written: str, first: str, last: str) -> None:
    assert ruled("date", written).within == (first, last)


def test_a_week_of_two_years_is_not_said_to_be_of_one() -> None:
    assert when("2020-W53") == (None, None)


def test_month_before_day_is_read_only_where_the_source_says_so() -> None:
    assert when("12/25/2021") == (None, None)
    assert when("12/25/2021", order="mdy") == ("2021-12-25", "2021-12-25")
    assert when("03/04/2021") == ("2021-04-03", "2021-04-03")
    assert when("03/04/2021", order="mdy") == ("2021-03-04", "2021-03-04")


def test_a_placeholder_that_the_source_names_is_no_date() -> None:
    assert when("2099-12-31") == ("2099-12-31", "2099-12-31")
    assert RULES["date"]("2099-12-31", {"placeholders": ["2099-12-31"]}).rule == "placeholder"


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2199, 12, 31)))
def test_every_day_is_read_in_every_way_of_writing_it(day: date) -> None:
    iso = day.isoformat()
    assert when(day) == when(datetime(day.year, day.month, day.day, 9)) == (iso, iso)
    for form in (
        "%d/%m/{y}",
        "%d.%m.{y}",
        "%d-%m-{y}",
        "{y}/%m/%d",
        "{y}.%m.%d",
        "{y}-%m-%dT09:30",
    ):
        written = day.strftime(form).format(y=f"{day.year:04}")
        assert when(written) == (iso, iso), written


@given(
    st.dates(min_value=date(1900, 3, 1), max_value=date(2199, 12, 31)),
    st.sampled_from([1900, 1904]),
)
def test_the_day_numbers_of_spreadsheets_are_counted_from_their_first_day(
    day: date, epoch: int
) -> None:
    # 1900-03-01 is day 61, as ECMA-376 counts a 29 February 1900; day 0 of the other is 1904-01-01.
    begin = date(1900, 3, 1) - timedelta(days=61) if epoch == 1900 else date(1904, 1, 1)
    number = (day - begin).days
    told = ruled("excel-day", str(number), epoch=epoch)
    if number < 0:
        assert told is None
    else:
        assert (told.start, told.end) == (day.isoformat(), day.isoformat())


def test_the_day_that_spreadsheets_have_invented_is_no_day() -> None:
    assert ruled("excel-day", 59).start == "1900-02-28"
    assert ruled("excel-day", 60) is None
    assert ruled("excel-day", 61).start == "1900-03-01"
    assert RULES["date"]("44197", {}).rule == "maybe-an-excel-day"


@pytest.mark.parametrize(
    ("written", "alone", "comma", "point"),
    [
        ("1 234,5", "1234.5", "1234.5", None),
        ("1\u202f234,50", "1234.50", "1234.50", None),
        ("1,234.5", "1234.5", None, "1234.5"),
        ("1.234,5", "1234.5", "1234.5", None),
        ("1.234", None, "1234", "1.234"),
        ("1,234", None, "1.234", "1234"),
        ("1'234.5", "1234.5", None, "1234.5"),
        ("1,234,567", "1234567", "1234567", "1234567"),
        ("0.125", "0.125", None, "0.125"),
        ("48.8566", "48.8566", None, "48.8566"),
        ("12,5", "12.5", "12.5", None),
        ("-3", "-3", "-3", "-3"),
        ("\u22123", "-3", "-3", "-3"),
        ("1234", "1234", "1234", "1234"),
        ("1.2.3", None, None, None),
        ("1 2", None, None, None),
        ("12 ans", None, None, None),
        ("1e5", None, None, None),
        ("٣", None, None, None),
    ],
)
def test_a_number_that_may_be_two_is_read_only_where_the_source_says_which(
    written: str, alone: str | None, comma: str | None, point: str | None
) -> None:
    for expected, options in ((alone, {}), (comma, {"decimal": ","}), (point, {"decimal": "."})):
        found = ruled("number", written, **options)
        assert found == (None if expected is None else Decimal(expected)), options


def test_a_unit_is_taken_off_where_the_source_names_it() -> None:
    assert ruled("number", "1 234,50 €", unit="€") == Decimal("1234.50")
    assert ruled("number", "1 234,50 €") is None


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_a_number_is_the_same_in_french_english_and_german(number: Decimal) -> None:
    english = f"{number:,.2f}"
    german = english.translate({ord(","): ".", ord("."): ","})
    french = english.replace(",", "\u202f").replace(".", ",")
    told = [("number", english, "."), ("number", german, ","), ("number", french, ",")]
    assert {ruled(rule, text, decimal=sign) for rule, text, sign in told} == {number}


@pytest.mark.parametrize("text", ["x", "X", "oui", "Yes", "ja", "1", "true", "Vrai", " sí ", "✓"])
def test_a_ticked_box_is_yes(text: str) -> None:
    assert ruled("yes-or-no", text) is True


@pytest.mark.parametrize("text", ["non", "No", "nein", "0", "false", "FAUX"])
def test_a_box_that_says_no_is_no(text: str) -> None:
    assert ruled("yes-or-no", text) is False


@pytest.mark.parametrize("text", ["?", "peut-être", "2", "xx", "-"])
def test_what_is_neither_yes_nor_no_is_left_out(text: str) -> None:
    assert ruled("yes-or-no", text) is None


@pytest.mark.parametrize(
    ("raw", "width", "code"),
    [
        ("1001", 5, "01001"),
        (1002, 5, "01002"),
        (1001.0, 5, "01001"),
        ("2A004", 5, "2A004"),
        ("130 025 265", 9, "130025265"),
        ("130\xa0025\u202f265", None, "130025265"),
        ("01001", None, "01001"),
        ("1001", None, "1001"),
        ("123456", 5, None),
        ("A1", 5, None),
        ("1,30025E+08", 9, None),
    ],
)
def test_a_code_gets_its_zeros_back_only_where_its_width_is_told(
    raw: object, width: int | None, code: str | None
) -> None:
    assert ruled("code", raw, **({"width": width} if width else {})) == code


@pytest.mark.parametrize(
    ("raw", "text", "rule"),
    [
        ("Ville  de\xa0Valbourg ", "Ville de Valbourg", "spaces"),
        ("Caf&eacute; &amp;amp; th&#233;", "Café & thé", "html-entities"),
        ("e\u0301te\u0301", "été", "letters"),
        ("Val\u200bbourg", "Valbourg", "letters"),
        ("Valbourg", "Valbourg", ""),
        ("a\x00b", "ab", "letters"),
        ("#N/A", None, "spreadsheet-error"),
        ("#DIV/0!", None, "spreadsheet-error"),
        ("jane@example.org", None, "personal"),
        ("01 42 00 00 00", None, "personal"),
        (12.0, "12", ""),
    ],
)
def test_a_text_is_cleaned_of_what_nobody_sees(raw: object, text: str | None, rule: str) -> None:
    told = RULES["text"](raw, {})
    assert (told.value, told.rule) == (text, rule)


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("https://example.org/a?b=1#c", "https://example.org/a?b=1#c"),
        (" https://example.org/&amp; ", "https://example.org/&"),
        ("https://example.org/%C3%A9té", "https://example.org/%C3%A9té"),
        ("www.example.org", None),
        ("https://example.org/100%", None),
        ("http://[", None),
        ("mailto:jane@example.org", None),
        ("ftp://example.org", None),
        ("https://example.org/a b", None),
    ],
)
def test_an_address_is_one_of_the_web(raw: str, address: str | None) -> None:
    assert ruled("address", raw) == address
    assert ruled("address", "www.example.org/a", scheme="https") == "https://www.example.org/a"


@each_rule
@settings(deadline=timedelta(seconds=2))
@given(raw=raw_values)
@example("\ud800")
@example("9999-99-99")
@example("&\u200bamp;amp;")
@example("1" * 5000)
@example(float("nan"))
@example(float("inf"))
@example(Decimal("sNaN"))
@example(Decimal("1E+400"))
@example("0" * 61)
def test_no_value_whatever_breaks_a_rule_and_what_it_gives_it_gives_again(
    name: str, raw: object
) -> None:
    if is_empty(raw):
        return
    told = RULES[name](raw, {})
    assert told.value is not None or told.rule or name in ("text", "code", "address")
    if told.value is not None:
        again = RULES[name](told.value, {})
        assert again.value == told.value
        if name == "date" and told.value.start and not told.value.within:
            assert when(told.value.start)[0] == told.value.start


@given(st.text(min_size=1))
@example("\ud800")
def test_a_note_can_be_written_whatever_was_told(text: str) -> None:
    assert json.dumps(kept(text), ensure_ascii=False).encode()


def test_a_note_keeps_no_address_of_a_person() -> None:
    for raw in ("Jane, jane@example.org", "+33 1 42 00 00 00", "tél. 01.42.00.00.00"):
        assert kept(raw) == "(not kept)"
    assert kept("12/05/2021") == "12/05/2021"


def test_every_option_is_of_a_rule() -> None:
    assert OPTIONS.keys() == RULES.keys()


# A source whose every field is filled by a rule of its own.
TOML = """
licensor = "Invented"
address = "https://example.org/"
licence = "https://example.org/licence"
language = "fr"
[title]
fr = "Essais"
[things.essai]
type = "Innovation"
id = "clé"
[things.essai.fields]
title = "titre"
homepage = "site"
"hasStatus.status" = { always = "stage:piloting" }
"hasStatus.startDate" = { column = "début", bounds = ["startNotBefore", "startNotAfter"] }
"hasStatus.timeShare" = "part"
"identifier.notation" = { column = "code", rule = "code", width = 5 }
"identifier.kind" = { always = "identifier:insee-commune" }
"""
COLUMNS = {
    "titre": "title",
    "site": "homepage",
    "début": "hasStatus.startDate",
    "part": "hasStatus.timeShare",
    "code": "identifier.notation",
}


@pytest.fixture(scope="module")
def essais(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("sources") / "essais"
    folder.mkdir()
    (folder / "source.toml").write_text(TOML, "utf-8")
    return sources.load(str(folder))


@settings(deadline=timedelta(seconds=2))
@given(data=st.data())
def test_a_value_that_is_changed_is_kept_in_a_note_and_the_item_is_a_graph(
    essais: Source, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    texts = st.one_of(raw_values.map(str), st.text())
    told = {name: data.draw(texts, name) for name in COLUMNS}
    path = tmp_path_factory.getbasetemp() / "row.json"
    path.write_text(json.dumps([{"clé": "a"} | told]), "utf-8")
    [item] = [thing for thing in items.read(path, essais) if isinstance(thing, Item)]
    graph = graph_of(item, essais, "https://example.org")
    assert media.read(media.canonical(graph)).isomorphic(graph)
    written = {str(value) for value in graph.objects()}
    for name, field in COLUMNS.items():
        if is_empty(told[name]) or told[name] in written:
            continue
        notes = [note for note in item.notes if note.field == field]
        raws = {kept(told[name]), "(not kept)"}
        vanishes = RULES["text"](told[name], {}) == RULES["text"]("\x00", {})
        assert vanishes or any(note.raw in raws for note in notes), (name, told[name])


def test_a_day_that_is_no_date_is_noted_with_the_reason(essais: Source, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    told = {"clé": "a", "titre": "Essai", "début": "03-04-21", "part": "1,234", "code": "1001"}
    path.write_text(json.dumps([told]), "utf-8")
    [item] = [thing for thing in items.read(path, essais) if isinstance(thing, Item)]
    assert item.notes == [
        Note("hasStatus.startDate", "03-04-21", None, "ambiguous-date"),
        Note("hasStatus.timeShare", "1,234", None, "ambiguous-number"),
        Note("identifier.notation", "1001", "01001", "leading-zeros"),
    ]


def test_a_quarter_becomes_the_bounds_that_the_source_names(essais: Source, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"clé": "a", "titre": "Essai", "début": "2021-Q3"}]), "utf-8")
    [item] = [thing for thing in items.read(path, essais) if isinstance(thing, Item)]
    [period] = item.data["hasStatus"]
    assert (period["startNotBefore"], period["startNotAfter"]) == (["2021-07-01"], ["2021-09-30"])
    assert "startDate" not in period
    note = Note("hasStatus.startDate", "2021-Q3", "2021-07-01/2021-09-30", "quarter")
    assert item.notes == [note]


def test_days_reads_nothing_from_text_of_great_length() -> None:
    assert days.read("1" * 100_000) == "not-a-date"
