"""Adoptions from files and from the graph become arrays that say how surely each is known."""

import math

import numpy as np
import pytest

from innograph.diffusion import periods, reading
from innograph.diffusion.events import Event, Events, Population
from innograph.diffusion.measures import MEASURES
from innograph.diffusion.networks import Edge, Network
from innograph.diffusion.periods import Unit
from innograph.diffusion.study import PROVENANCE, Study
from innograph.diffusion.tables import curves, delays
from innograph.errors import BadRow, BadTable, NotDefined, OnlyListed

INF = math.inf


def events(text: str, unit: Unit = "year") -> Events:
    return reading.events_file(text.encode(), "e.csv", unit)


@pytest.mark.parametrize(
    ("text", "unit", "bounds"),
    [
        ("2021", "year", (2021, 2021)),
        ("2021-05-03", "year", (2021, 2021)),
        ("2021", "month", (24252, 24263)),
        ("2021-05", "month", (24256, 24256)),
        ("2021-02", "day", (737822, 737849)),
        ("3.5", "year", (3.5, 3.5)),
        ("17", "day", (17, 17)),
    ],
)
def test_a_date_is_the_periods_it_may_lie_in(
    text: str, unit: Unit, bounds: tuple[float, float]
) -> None:
    assert periods.of_text(text, unit) == bounds


@pytest.mark.parametrize("text", ["2021-13", "2021-02-30", "May", "nan", "21/05/2021"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="calendar|neither|no time"):
        periods.of_text(text, "year")


def test_periods_are_written_as_they_are_read() -> None:
    assert periods.told(24256, "month") == "2021-05"
    assert periods.told(737822, "day") == "2021-02-01"
    assert [periods.told(x, "year") for x in (2021, 3.5, INF, math.nan)] == ["2021", "3.5", "", ""]


def test_bounds_say_how_an_adoption_is_censored() -> None:
    found = events(
        "innovation,adopter,time,time_upper\n"
        "i,a,2001,\ni,b,2001,2003\ni,c,,2003\ni,d,2001,inf\ni,e,,inf\n"
    )
    assert found.censoring() == ["exact", "interval", "left", "right", "unknown"]
    assert found.only_listed().tolist() == [False, False, True, False, True]
    for when, told in {
        "latest": [2001, 2003, 2003, math.nan, math.nan],
        "earliest": [2001, 2001, math.nan, 2001, math.nan],
        "middle": [2001, 2002, math.nan, math.nan, math.nan],
        "exact": [2001, math.nan, math.nan, math.nan, math.nan],
    }.items():
        np.testing.assert_equal(found.times(when), told)  # type: ignore[arg-type]


def test_several_tellings_of_an_adoption_are_one_with_the_earliest_bounds() -> None:
    found = Events.of(
        [
            Event("i", "a", 2005, 2005, "declared", "s", ("b",)),
            Event("i", "a", 2001, 2006, "first-listed", "t", ("c",)),
        ]
    )
    [event] = found.told
    assert (event.lower, event.upper, event.kind) == (2001, 2005, "declared")
    assert (event.source, event.models) == ("s; t", ("b", "c"))
    assert found.adopters == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "line", "detail"),
    [
        ("innovation,adopter,time\ni,a,2001\ni,b,soon\n", 3, "time: 'soon' is neither a date"),
        ("innovation,adopter,time\ni,,2001\n", 2, "the column adopter is empty"),
        ("innovation,adopter,time\ni,a,\n", 2, "the column time is empty"),
        ("innovation,adopter,time\ni,a\n", 2, "not as many cells"),
        ("innovation,adopter,time\ni,a,1,2\n", 2, "not as many cells"),
        ("innovation,adopter,time,time_upper\ni,a,2005,2001\n", 2, "time_upper is before time"),
        ('innovation,adopter,time\ni,"a"b,2001\n', 2, "expected after"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(text: str, line: int, detail: str) -> None:
    with pytest.raises(BadRow, match=f"e.csv, line {line}: .*{detail}"):
        events(text)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("innovation,adopter\ni,a\n", "no column time"),
        ("innovation,adopter,time,tiem_upper\n", "no known meaning: tiem_upper"),
        ("", "no column innovation"),
    ],
)
def test_a_table_of_other_columns_is_refused(text: str, detail: str) -> None:
    with pytest.raises(BadTable, match=detail):
        events(text)


def test_spreadsheets_of_any_country_are_read() -> None:
    found = reading.events_file(
        "\ufeffinnovation;adopter;time\r\ni;Drôme;2001\r\n".encode(), "e.csv", "year"
    )
    assert found.adopters == ("Drôme",)
    with pytest.raises(BadRow, match="line 2: it is not written in UTF-8"):
        reading.events_file("innovation,adopter,time\ni,Drôme,1".encode("latin-1"), "e", "year")


def test_networks_and_populations_are_read() -> None:
    network = reading.network_file(b"from,to,weight\na,b,\nb,c,2.5\n", "n.csv", "year")
    assert [edge.weight for edge in network.edges] == [1, 2.5]
    members = reading.population_file(b"adopter,from,to\nb,1959,\na,,2016\n", "p.csv", "year")
    assert members.members == ("a", "b")
    assert (members.entry.tolist(), members.exit.tolist()) == ([-INF, 1959], [2016, INF])


@pytest.mark.parametrize(
    "text", ["from,to,weight\na,b,x\n", "from,to,weight\na,b,-1\n", "from,to\na,\n"]
)
def test_a_wrong_edge_is_named(text: str) -> None:
    with pytest.raises(BadRow, match="n.csv, line 2"):
        reading.network_file(text.encode(), "n.csv", "year")


@pytest.mark.parametrize("row", ["a,,\na,,", "a,2016,1959", "a,x,", ",1,2"])
def test_a_wrong_member_is_named(row: str) -> None:
    with pytest.raises(BadRow, match="p.csv, line"):
        reading.population_file(f"adopter,from,to\n{row}\n".encode(), "p.csv", "year")


def test_who_adopted_and_is_no_member_is_told() -> None:
    told = events("innovation,adopter,time\ni,a,1\ni,b,2\n")
    study = Study(told, Population.of({"a": (-INF, INF)}))
    with pytest.raises(NotDefined, match="b adopted and is not of the population"):
        curves(study)


def test_each_row_says_how_surely_it_is_known() -> None:
    told = events(
        "innovation,adopter,time,time_upper,date_kind,source\n"
        "i,a,2001,2002,declared,s\ni,b,2002,,enacted,t\ni,c,2004,,enacted,t\n"
    )
    found = curves(Study(told))
    assert found.columns[-5:] == PROVENANCE
    assert [row[1:3] + row[-5:] for row in found.rows] == [
        ("2002", 2, "declared; enacted", "2001", "2002", "s; t", 3),
        ("2003", 0, "", "", "", "", 1),
        ("2004", 1, "enacted", "2004", "2004", "t", 1),
    ]


def test_the_origin_is_what_is_told_to_be_or_the_earliest() -> None:
    text = "innovation,adopter,time,fidelity,group\ni,a,2000,,x\ni,b,2003,original,x\ni,c,2005,,y\n"
    found = {row[1]: row[3] for row in delays(Study(events(text))).rows}
    assert found == {"a": 0, "c": 2}
    found = {row[1]: row[3] for row in delays(Study(events(text.replace("original", "")))).rows}
    assert found == {"b": 3, "c": 5}
    summary = delays(Study(events(text)), summary=True)
    assert [row[:3] for row in summary.rows] == [("x", 0, 0), ("y", 2, 2)]


@pytest.mark.parametrize("name", ["infer", "bass", "scores", "moran"])
def test_dates_of_listing_do_not_bear_measures_of_delay(name: str) -> None:
    rows = "".join(f"i,{who},{2000 + i * i},first-listed\n" for i, who in enumerate("abcdef"))
    told = events(f"innovation,adopter,time,date_kind\n{rows}")
    network = Network.of([Edge("a", "b"), Edge("b", "c"), Edge("c", "d"), Edge("d", "a")])
    with pytest.raises(OnlyListed, match="6 of 6 adoptions"):
        MEASURES[name].compute(Study(told, network=network))
    found = MEASURES[name].compute(Study(told, network=network, anyway=True))
    assert any("6 of 6 adoptions are dated by when a list" in note for note in found.notes)
