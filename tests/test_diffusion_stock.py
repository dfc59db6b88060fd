"""How many are in a state over time: by hand, by property, of a file, and as a drawing."""

import csv
import io
import json
from datetime import date
from math import inf
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from innograph.cli import main
from innograph.diffusion import periods, spells
from innograph.diffusion.drawing import Caption
from innograph.diffusion.drawing import stocks as drawn
from innograph.diffusion.spells import Spell, Spells
from innograph.diffusion.stock import Stock, stock, stocks
from innograph.errors import BadRow, BadTable, NotDefined

DAYS = np.arange(1.0, 9.0)


def told(*rows: tuple[int, float, float, float, float], days: np.ndarray = DAYS) -> Stock:
    """The stock of spells: holder, lower, upper, over_lower, over_upper."""
    table = np.array(rows, float).reshape(-1, 5)
    return stock(table[:, 0].astype(int), *table[:, 1:].T, days)


def test_who_is_in_a_state_from_a_day_until_a_day_counts_in_between() -> None:
    found = told((0, 3, 3, 6, 6))
    assert found.certain.tolist() == found.possible.tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    assert found.came.tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert found.went.tolist() == [0, 0, 0, 0, 0, 1, 0, 0]
    assert not found.came_open.any() and not found.went_open.any()


def test_what_is_bounded_is_certain_inside_and_possible_around() -> None:
    found = told((0, 2, 3, 5, 7))
    assert found.certain.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert found.possible.tolist() == [0, 1, 1, 1, 1, 1, 0, 0]


def test_a_first_listing_is_possible_before_and_counts_as_left_censored_on_its_day() -> None:
    found = told((0, -inf, 3, 6, inf))
    assert found.certain.tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    assert found.possible.tolist() == [1] * 8
    assert found.came.tolist() == found.came_open.tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert found.went.tolist() == found.went_open.tolist() == [0, 0, 0, 0, 0, 1, 0, 0]


def test_a_holder_in_two_spells_at_once_counts_once_and_one_that_comes_back_comes_twice() -> None:
    found = told((0, 2, 2, 4, 4), (0, 3, 3, 5, 5), (0, 7, 7, inf, inf), (1, 3, 3, 4, 4))
    assert found.certain.tolist() == [0, 1, 2, 1, 0, 0, 1, 1]
    assert found.came.tolist() == [0, 1, 1, 0, 0, 0, 1, 0]
    assert found.went.tolist() == [0, 0, 0, 1, 1, 0, 0, 0]


def test_a_spell_that_goes_on_where_the_last_ended_is_no_coming_and_going() -> None:
    found = told((0, 2, 2, 4, 4), (0, 4, 4, 6, 6))
    assert found.came.sum() == 1 and found.went.tolist() == [0, 0, 0, 0, 0, 1, 0, 0]


def test_what_has_no_date_is_never_certain_and_always_possible() -> None:
    found = told((0, -inf, inf, -inf, inf))
    assert not found.certain.any() and found.possible.tolist() == [1] * 8
    assert not found.came.any() and not found.went.any()


def test_what_began_before_the_first_day_is_there_on_it() -> None:
    found = told((0, 0, 0, inf, inf), days=np.array([4.0, 8.0]))
    assert found.certain.tolist() == [1, 1] and found.came.tolist() == [1, 0]


def test_nothing_told_gives_nothing() -> None:
    assert told().certain.tolist() == [0] * 8


BOUND = st.one_of(st.integers(0, 9).map(float))


@st.composite
def spell(draw: st.DrawFn) -> tuple[int, float, float, float, float]:
    """Bounds in which something can have happened."""
    lower, upper = sorted((draw(BOUND), draw(BOUND)))
    over = sorted((draw(BOUND), draw(BOUND)))
    lower = -inf if draw(st.booleans()) else lower
    upper = inf if draw(st.integers(0, 5)) == 0 else upper
    ends = (over[0], inf if draw(st.booleans()) else over[1])
    return draw(st.integers(0, 3)), lower, upper, max(ends[0], lower), max(*ends, lower)


@given(st.lists(spell(), max_size=8), st.permutations(range(8)))
def test_counts_add_up_and_hang_on_no_order_nor_name(
    rows: list[tuple[int, float, float, float, float]], order: list[int]
) -> None:
    found = told(*rows)
    assert (0 <= found.certain).all() and (found.certain <= found.possible).all()
    assert (found.certain == np.cumsum(found.came - found.went)).all()
    assert (found.came_open <= found.came).all() and (found.went_open <= found.went).all()
    for day, certain, possible in zip(DAYS, found.certain, found.possible, strict=True):
        assert certain == len({r[0] for r in rows if r[2] <= day < r[3]})
        assert possible == len({r[0] for r in rows if r[1] <= day < r[4]})
    shuffled = [(7 - r[0], *r[1:]) for r in (rows[i] for i in order if i < len(rows))]
    again = told(*shuffled)
    assert (again.certain == found.certain).all() and (again.possible == found.possible).all()
    assert (again.came == found.came).all() and (again.went == found.went).all()


# --- Tables


def day(text: str) -> float:
    return float(date.fromisoformat(text).toordinal())


def a(holder: str, state: str, begun: str, over: str = "", group: str = "g") -> Spell:
    end = day(over) if over else inf
    return Spell(holder, state, group, day(begun), day(begun), end, end, "declared", "s")


PHASES = Spells(
    (
        a("x", "try", "2020-03-01", "2021-07-01"),
        a("x", "use", "2021-07-01"),
        a("y", "try", "2021-01-01", "2021-03-01"),
        a("y", "try", "2021-01-01", "2021-03-01", "h"),
        a("z", "use", "2021-12-31", "", ""),
    ),
    {"try": "Trial", "g": "Group"},
)


def test_a_table_counts_each_group_and_state_at_the_end_of_each_period() -> None:
    made = stocks(PHASES)
    rows = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
    found = {(r["group"], r["state"], r["period"]): r for r in rows}
    assert [found["g", "try", year]["certain"] for year in ("2020", "2021")] == [1, 0]
    assert [found["g", "try", year]["came"] for year in ("2020", "2021")] == [1, 1]
    assert found["g", "try", "2021"]["went"] == 2
    assert found["", "use", "2021"]["certain"] == 1
    assert found["g", "try", "2020"]["group_name"] == "Group"
    assert found["g", "try", "2020"]["state_name"] == "Trial"
    told = found["g", "try", "2020"]
    assert (told["date_kind"], told["not_before"], told["source"]) == (
        "declared",
        "2020-03-01",
        "s",
    )
    assert told["n_at_risk"] == 2
    assert "1 of 3 stand in several groups, and count in each." in made.notes
    assert "1 of 3 stand (also) in no group that is told." in made.notes


def test_the_last_period_is_counted_on_the_last_day_asked_for() -> None:
    made = stocks(PHASES, "month", day("2021-01-01"), day("2021-02-15"))
    on = made.columns.index("on")
    assert sorted({row[on] for row in made.rows}) == ["2021-01-31", "2021-02-15"]


def test_periods_end_on_the_last_day_of_a_month_or_year() -> None:
    assert periods.told(periods.last_day(2024 * 12 + 1, "month"), "day") == "2024-02-29"
    assert periods.told(periods.last_day(2024 * 12 + 11, "month"), "day") == "2024-12-31"
    assert periods.told(periods.last_day(2023, "year"), "day") == "2023-12-31"
    assert periods.last_day(5.0, "day") == 5.0


def test_where_no_day_is_told_or_it_ends_before_it_begins_there_are_no_counts() -> None:
    undated = Spells((Spell("x", "use", "", -inf, inf, -inf, inf),))
    with pytest.raises(NotDefined, match="no status is dated"):
        stocks(undated)
    with pytest.raises(NotDefined, match="ends before it begins"):
        stocks(PHASES, first=day("2022-01-01"), last=day("2021-01-01"))
    made = stocks(undated, first=day("2021-01-01"), last=day("2021-01-02"))
    assert [row[6:8] for row in made.rows] == [(0, 1)]


# --- Files

FILE = """holder;state;from;to;from_upper;to_upper;group;date_kind
bus;trial;2020;2020-12-31;;;rail;declared
bus;use;2021-01-01;;;;rail;declared
fair;use;;;2021-05-01;;;first-listed
"""


def run(*words: str, exit: int = 0) -> Result:
    result = CliRunner().invoke(main, ["diffusion", "stock", *words])
    assert result.exit_code == exit, result.output
    return result


def test_the_command_counts_what_a_file_tells(tmp_path: Path) -> None:
    path = tmp_path / "spells.csv"
    path.write_text(FILE, "utf-8")
    result = run("--spells", str(path), "--to", "2022")
    found = {
        (row["group"], row["state"], row["period"]): (row["certain"], row["possible"])
        for row in csv.DictReader(io.StringIO(result.stdout))
    }
    # Some day of 2020 is by the end of 2020; what is only known by May 2021 was possible before.
    assert found["rail", "trial", "2020"] == ("1", "1")
    assert found["rail", "use", "2021"] == found["rail", "use", "2022"] == ("1", "1")
    assert [found["", "use", y] for y in ("2020", "2021")] == [("0", "1"), ("1", "1")]
    assert "1 of 2 have a status told only as begun by some day" in result.stderr
    as_json = json.loads(run("--spells", str(path), "--format", "json").stdout)
    assert as_json["rows"][0]["certain"] == 0 and len(as_json["notes"]) == 2


def test_the_command_explains_itself_and_says_what_it_needs() -> None:
    assert stock.__doc__ and "left-censored" in run("--explain").stdout
    assert "Give --scheme and --by" in run(exit=2).stderr


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("holder,state,from\n", BadTable, "no column to"),
        ("holder,state,from,to\n,use,2020,\n", BadRow, "holder is empty"),
        ("holder,state,from,to\nx,use,2020,2019\n", BadRow, "ends before it begins"),
        ("holder,state,from,to\nx,use,then,\n", BadRow, "neither a date"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    text: str, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        spells.spells_file(text.encode(), "spells.csv")


# --- Drawings


def test_states_are_stacked_where_all_is_certain_and_curves_with_bands_where_not() -> None:
    made = stocks(PHASES)
    drawing = drawn.stocks(made, "g", "year", drawn.order(made), "number", Caption("t", "d"))
    told = drawing.alone().decode()
    assert "2020, Trial: 1" in told and 'class="band' not in told
    open_ended = Spells((Spell("x", "use", "", -inf, day("2021-01-01"), day("2023-01-01"), inf),))
    made = stocks(open_ended, first=day("2020-01-01"))
    drawing = drawn.stocks(made, "", "year", drawn.order(made), "number", Caption("t", "d"))
    assert 'class="band' in drawing.alone().decode()


def test_of_more_states_than_can_be_told_apart_the_smallest_are_drawn_as_one() -> None:
    many = Spells(
        tuple(a(f"{n}-{i}", f"s{n}", "2020-01-01") for n in range(8) for i in range(9 - n))
    )
    made = stocks(many)
    order = drawn.order(made)
    assert list(order) == [f"s{n}" for n in range(8)]
    told = drawn.stocks(made, "g", "year", order, "number", Caption("t", "d")).alone().decode()
    assert "s5, s6, s7" in told and "2020, s4: 5" in told and "s7: 9" in told


def test_of_a_group_that_there_is_not_nothing_is_drawn() -> None:
    made = stocks(PHASES)
    drawing = drawn.stocks(made, "none", "year", {}, "number", Caption("t", "d"))
    assert "Nothing to draw." in drawing.alone().decode()
