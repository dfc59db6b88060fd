"""Measures of diffusion on data frames, as a notebook holds them, and back."""

import datetime as dt
import importlib
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from innograph.diffusion import frames, reading
from innograph.diffusion.measures import MEASURES
from innograph.diffusion.study import Study, Table
from innograph.errors import BadRow, BadTable


@pytest.fixture(params=["pandas", "polars"])
def library(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


ADOPTIONS = {
    "innovation": ["bus", "bus", "bus", "fair"],
    "adopter": ["Ain", "Bar", "Drôme", "Ain"],
    "time": [2001, 2003, None, 2010],
    "time_upper": [None, None, 2004.0, None],
    "model": [None, "Ain", "Ain; Bar", None],
}
CSV = """innovation,adopter,time,time_upper,model
bus,Ain,2001,,
bus,Bar,2003,,Ain
bus,Drôme,,2004,Ain; Bar
fair,Ain,2010,,
"""


def test_a_frame_is_read_as_a_file_is(library: ModuleType) -> None:
    frame = library.DataFrame(ADOPTIONS)
    for unit in ("year", "month", "day"):
        assert frames.events(frame, unit) == reading.events_file(CSV.encode(), "e.csv", unit)
    edges = library.DataFrame({"from": ["Ain", "Bar"], "to": ["Bar", "Eu"], "weight": [2.5, None]})
    assert frames.network(edges) == reading.network_file(
        b"from,to,weight\nAin,Bar,2.5\nBar,Eu,\n", "n.csv", "year"
    )
    lives = library.DataFrame({"adopter": ["Ain", "Bar"], "from": [None, 1959], "to": [2016, None]})
    read = frames.population(lives)
    told = reading.population_file(b"adopter,from,to\nAin,,2016\nBar,1959,\n", "p.csv", "year")
    assert read.members == told.members
    np.testing.assert_equal([read.entry, read.exit], [told.entry, told.exit])


@pytest.mark.parametrize(
    "day",
    [
        dt.date(2021, 5, 3),
        dt.datetime(2021, 5, 3, 23),
        "2021-05-03",
    ],
)
def test_days_of_any_kind_are_days(library: ModuleType, day: Any) -> None:
    frame = library.DataFrame({"innovation": ["i"], "adopter": ["a"], "time": [day]})
    [event] = frames.events(frame, "month").told
    assert (event.lower, event.upper) == (2021 * 12 + 4, 2021 * 12 + 4)


def test_models_may_be_a_list(library: ModuleType) -> None:
    frame = library.DataFrame(
        {"innovation": ["i"], "adopter": ["a"], "time": [1], "model": [["b; the first", "c"]]}
    )
    assert frames.events(frame).told[0].models == ("b; the first", "c")


def test_infinity_is_a_bound_and_nothing_is_no_time() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is absent: innograph[pandas]")
    frame = pandas.DataFrame(
        {"innovation": ["i"] * 2, "adopter": ["a", "b"], "time": [2001.0, 2002.0]}
    )
    frame["time_upper"] = [math.inf, math.nan]
    told = frames.events(frame).told
    assert [(event.lower, event.upper) for event in told] == [(2001, math.inf), (2002, 2002)]


def test_the_answer_of_a_stored_query_is_read_as_it_is(library: ModuleType) -> None:
    frame = library.DataFrame(
        {
            "innovation": ["urn:i", "urn:i"],
            "title": ["Bus", "Bus"],
            "adopter": ["urn:a", "urn:b"],
            "name": ["Ain", None],
            "startEarliest": [dt.date(1, 1, 1), dt.date(2003, 2, 1)],
            "startLatest": [dt.date(2001, 12, 31), dt.date(9999, 12, 31)],
            "dateKind": ["first-listed", None],
            "model": [None, "urn:a"],
        }
    )
    found = frames.events(frame)
    assert [(e.lower, e.upper, e.models) for e in found.told] == [
        (-math.inf, 2001, ()),
        (2003, math.inf, ("urn:a",)),
    ]
    assert found.labels == {"urn:i": "Bus", "urn:a": "Ain", "urn:b": ""}
    lives = library.DataFrame({"member": ["urn:a"], "foundedLatest": [dt.date(1959, 1, 3)]})
    assert frames.population(lives).entry.tolist() == [1959]


@pytest.mark.parametrize(
    ("column", "value", "detail"),
    [
        ("time", "soon", "line 2: time: 'soon' is neither a date"),
        ("adopter", None, "line 2: the column adopter is empty"),
        ("time_upper", 1999, "line 2: time_upper is before time"),
    ],
)
def test_a_row_that_cannot_be_read_is_numbered(column: str, value: Any, detail: str) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is absent: innograph[pandas]")
    frame = pandas.DataFrame(ADOPTIONS, dtype="object")
    frame.loc[1, column] = value
    with pytest.raises(BadRow, match=detail):
        frames.events(frame)


def test_a_frame_of_other_columns_is_refused(library: ModuleType) -> None:
    for read in (frames.events, frames.network, frames.population):
        with pytest.raises(BadTable, match="the data frame: it has no column"):
            read(library.DataFrame({"who": ["a"]}))
        with pytest.raises(BadTable, match="no column"):
            read(library.DataFrame({}))


def test_a_measure_becomes_a_frame(library: ModuleType) -> None:
    study = Study(frames.events(library.DataFrame(ADOPTIONS)))
    frame = frames.framed(MEASURES["curve"].compute(study), library.__name__)  # type: ignore[arg-type]
    assert frame["cumulative"].to_list() == [1, 1, 2, 3, 1]
    assert frame["cumulative"].sum() == 8 and frame["share"][0] == pytest.approx(1 / 3)
    assert list(frame.columns)[-1] == "n_at_risk"
    if library.__name__ == "pandas":
        assert any("No population is given" in note for note in frame.attrs["notes"])


def test_a_measure_without_rows_keeps_its_columns(library: ModuleType) -> None:
    frame = frames.framed(Table(("a", "b"), []), library.__name__)  # type: ignore[arg-type]
    assert list(frame.columns) == ["a", "b"] and len(frame) == 0
