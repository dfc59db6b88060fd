"""Drawings of diffusion: whole XML that says in words and shapes what the numbers say."""

import re
from collections.abc import Callable
from math import inf, nan
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innograph.diffusion import listing, measures
from innograph.diffusion.drawing import Caption, Drawing, axes, bars, boxes, curves, maps, ties
from innograph.diffusion.drawing import measures as drawn
from innograph.diffusion.drawing.svg import style_hash
from innograph.diffusion.drawing.tiles import Tile, grids, tile_series, tiles
from innograph.diffusion.events import Event, Events, Population
from innograph.diffusion.study import Study
from innograph.errors import BadParameter

SVG = "{http://www.w3.org/2000/svg}"
CAPTION = Caption("Buses <in> & out", 'What "it" shows', key="fig")
YEARS = axes.Axes("adopters")
TOLD = Events.of(
    [
        Event("bus", "ain", 2001, 2001),
        Event("bus", "bar", 2003, 2005, models=("ain",)),
        Event("bus", "cher", -inf, 2004, kind="first-listed"),
        Event("bus", "dax", 2005, inf),
        Event("bus", "eu", 2004, 2004, models=("ain", "bar")),
    ],
    {"bus": "A <bus>"},
)


def parsed(drawing: Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.alone())


def words(drawing: Drawing) -> list[str]:
    return [text.text or "" for text in parsed(drawing).iter(f"{SVG}text")]


def test_a_drawing_says_what_it_is_to_who_does_not_see_it() -> None:
    root = parsed(curves.step_curve(CAPTION, [curves.cumulative("Bus", TOLD)], YEARS))
    assert root.get("role") == "img" and root.get("aria-labelledby") == "fig-title fig-text"
    by_id = {e.get("id"): e.text for e in root.iter() if e.get("id")}
    assert by_id["fig-title"] == CAPTION.title and by_id["fig-text"] == CAPTION.text
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_a_drawing_alone_has_its_styles_for_dark_screens_and_one_in_a_page_has_none() -> None:
    drawing = bars.ranked(CAPTION, ["a"], np.array([1.0]))
    [sheet] = parsed(drawing).iter(f"{SVG}style")
    assert sheet.text and "prefers-color-scheme: dark" in sheet.text
    assert "<style" not in drawing.inline() and "style=" not in drawing.inline()
    assert style_hash().startswith("sha256-")


def test_the_curve_holds_what_is_sure_and_what_is_possible_and_marks_open_dates() -> None:
    one = curves.cumulative("Bus", TOLD)
    assert one.time.tolist() == [2001, 2003, 2004, 2005]
    assert one.value.tolist() == [1, 1, 3, 4]  # as the latest dates have it
    assert one.low is not None and one.low.tolist() == [1, 1, 3, 4]
    assert one.high is not None and one.high.tolist() == [2, 3, 4, 5]
    drawing = curves.step_curve(CAPTION, [one], YEARS)
    marks = [t.text for t in parsed(drawing).iter(f"{SVG}title") if t.text != CAPTION.title]
    assert marks[0] == "2004: 1 only known to have begun by then"
    assert marks[1] == "2005: 1 only known to begin after"
    assert {"Bus", "possible, as dates are not exact"} <= set(words(drawing))


def test_who_is_only_listed_from_the_first_period_on_may_be_older() -> None:
    told = Events.of(Event("bus", name, -inf, 2024) for name in "abc")
    one = curves.cumulative("Bus", told)
    assert one.time.tolist() == [2023, 2024]
    assert one.value.tolist() == [0, 3]
    assert one.high is not None and one.high.tolist() == [3, 3]


def test_the_steps_of_a_curve_stand_at_the_numbers() -> None:
    one = curves.Series("x", np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 4.0]))
    [line] = [
        p
        for p in parsed(curves.step_curve(CAPTION, [one], YEARS)).iter(f"{SVG}path")
        if p.get("class") == "line c0 d0"
    ]
    points = [tuple(map(float, p.split())) for p in str(line.get("d"))[1:].split("L")]
    xs, ys = zip(*points, strict=True)
    assert xs[1] - xs[0] == pytest.approx((xs[3] - xs[2]) / 2, abs=0.02)
    assert ys[0] - ys[2] == pytest.approx(ys[2] - ys[4], abs=0.02)
    assert ys[0] == ys[1] and ys[-1] == axes.TOP


def test_bars_are_as_long_as_their_numbers_and_say_them() -> None:
    drawing = bars.ranked(CAPTION, ["Ain", "Bar <b>", "Cher"], np.array([0.5, 0.25, nan]))
    wide = [float(str(r.get("width"))) for r in parsed(drawing).iter(f"{SVG}rect")][1:]
    wide = wide[-2:]
    assert wide[0] == pytest.approx(2 * wide[1])
    assert words(drawing) == ["1. Ain", "0.5", "2. Bar <b>", "0.25", "3. Cher", "–"]


def test_stacked_counts_are_said_and_told_apart_without_colour() -> None:
    counts = np.array([[1, 2], [3, 0]])
    drawing = bars.stacked(CAPTION, np.array([2001.0, 2002.0]), ["a", "b"], counts, YEARS)
    said = [t.text for t in parsed(drawing).iter(f"{SVG}title")][1:]
    assert said == ["2001, a: 1", "2002, a: 2", "2001, b: 3"]
    assert 'fill="url(#fig-hatch1)"' in drawing.inline()


def test_boxes_show_the_least_and_the_most_where_these_differ() -> None:
    low, high = [np.array([1.0, 2.0, 3.0])], [np.array([2.0, 4.0, nan])]
    assert {"at least", "at most"} <= set(words(boxes.boxes(CAPTION, ["x"], low, high, "years")))
    assert "at least" not in words(boxes.boxes(CAPTION, ["x"], low, low, "years"))


def test_a_network_has_an_arrow_an_edge_and_leaves_out_no_name_unsaid() -> None:
    names = [f"n{i}" for i in range(ties.MOST + 5)]
    receivers = np.arange(1, len(names))
    drawing = ties.network(CAPTION, names, np.zeros(len(names) - 1, np.int64), receivers)
    assert drawing.inline().count("<line") == ties.MOST - 1
    assert "not shown: 5" in words(drawing)
    few = ties.network(CAPTION, ["a", "b"], np.array([0]), np.array([1]))
    assert few.inline().count("<circle") == 2 and few.inline().count("marker-end") == 1


@pytest.mark.parametrize("scheme", ["iso3166-1", "iso3166-2", "insee-region", "insee-departement"])
def test_a_grid_has_one_square_a_territory(scheme: str) -> None:
    grid = grids()[scheme]
    assert len(set(grid.values())) == len(grid)
    cells = {code: Tile("’98", 3, f"{code}: 1998") for code in list(grid)[:3]}
    drawing = tiles(CAPTION, grid, cells, [(3, "1998")], ["not shown: 2"])
    assert words(drawing).count("’98") == 3
    assert {"not adopted", "not shown: 2", "1998"} <= set(words(drawing))
    assert f"1998: {len(cells)}" in words(tile_series(CAPTION, grid, [("1998", cells)]))


def test_the_grids_of_france_and_the_united_states_have_all_that_the_graph_lists() -> None:
    assert [len(grids()[name]) for name in ("iso3166-2", "insee-region", "insee-departement")] == [
        50,
        18,
        101,
    ]


def places(*codes: tuple[str, str]) -> list[listing.Place]:
    return [listing.Place(who, "iso3166-2", code, code) for who, code in codes]


def test_a_map_says_when_each_adopted_and_how_surely() -> None:
    study = Study(TOLD)
    where = places(("ain", "US-CA"), ("bar", "US-NY"), ("cher", "US-TX"))
    table = listing.whereabouts(study, where, "iso3166-2")
    assert [row[:4] for row in table.rows] == [
        ("US-CA", "US-CA", 1, "2001"),
        ("US-NY", "US-NY", 1, "2005"),
        ("US-TX", "US-TX", 1, "2004"),
    ]
    drawing = maps.state(study, where, "iso3166-2", CAPTION)
    assert {"’01", "’05", "≤’04", "not shown: 1"} <= set(words(drawing))
    over = words(maps.over_time(study, where, "iso3166-2", CAPTION))
    assert {"2001: 1", "2004: 2", "2005: 3"} <= set(over)
    both = [*where, *places(("ain", "US-NY"))]
    assert {"1", "2"} <= set(words(maps.state(study, both, "iso3166-2", CAPTION)))


def test_the_grid_that_most_who_adopted_are_on_is_taken() -> None:
    where = places(("ain", "US-CA"), ("bar", "US-NY"))
    other = [listing.Place("ain", "iso3166-1", "FR", "France")]
    assert listing.best_scheme([*where, *other], grids()) == "iso3166-2"
    assert listing.best_scheme([], grids()) == ""


def test_uptake_and_the_list_of_adoptions_tell_each_once() -> None:
    made = listing.uptake(Study(TOLD))
    assert [row[:4] for row in made.rows] == [
        ("2001", 1, 1, 1),
        ("2002", 0, 1, 0),
        ("2003", 0, 1, 0),
        ("2004", 2, 3, 1),
        ("2005", 1, 4, 1),
    ]
    known = {row[1]: row[3] for row in listing.adoptions(Study(TOLD)).rows}
    assert known == {
        "ain": "exact",
        "bar": "interval",
        "cher": "left",
        "dax": "right",
        "eu": "exact",
    }


DATED = Events.of(
    Event(i, a, y, y, models=("a",) if a != "a" else (), group="regional")
    for i, years in (("bus", (1, 2, 2, 3, 5, 6)), ("fair", (2, 3, 5, 4, 4, 6)))
    for a, y in zip("abcdef", years, strict=True)
)
LIVES = {name: (-inf, inf) for name in "abcdefgh"}


@pytest.mark.parametrize("name", drawn.DRAWN)
@pytest.mark.parametrize("members", [None, Population.of(LIVES)])
def test_each_measure_that_has_a_drawing_is_drawn_from_its_table(
    name: str, members: Population | None
) -> None:
    events = DATED.only(["bus"]) if name in ("curve", "bass") else DATED
    study = Study(events, members, anyway=True)
    options = {"edges": 2} if name == "infer" else {}
    made = measures.MEASURES[name].compute(study, **options)
    drawing = drawn.draw(name, study, made, CAPTION)
    assert len(words(drawing)) > 2
    assert drawn.draw(name, study, made, CAPTION).alone() == drawing.alone()
    if name == "scores":
        best = next(row for row in made.rows if row[3] == 1)
        assert f"1. {best[0]}" in words(drawing) and f"{best[4]:.4g}" in words(drawing)


def test_a_measure_without_a_drawing_says_which_have_one() -> None:
    study = Study(DATED)
    made = measures.MEASURES["cascades"].compute(study)
    with pytest.raises(BadParameter, match="curve"):
        drawn.draw("cascades", study, made, CAPTION)


NONE = np.array([], float)
EMPTY: dict[str, Callable[[], Drawing]] = {
    "curve": lambda: curves.step_curve(CAPTION, [], YEARS),
    "undated": lambda: curves.step_curve(CAPTION, [curves.cumulative("x", Events(()))], YEARS),
    "ranks": lambda: bars.ranked(CAPTION, [], NONE),
    "stack": lambda: bars.stacked(CAPTION, NONE, [], np.zeros((0, 0)), YEARS),
    "boxes": lambda: boxes.boxes(CAPTION, ["x"], [np.array([nan])], [NONE], "years"),
    "network": lambda: ties.network(CAPTION, ["a"], NONE.astype(int), NONE.astype(int)),
    "map": lambda: maps.state(Study(Events(())), [], "iso3166-2", CAPTION),
    "maps": lambda: maps.over_time(Study(Events(())), [], "iso3166-2", CAPTION),
}


@pytest.mark.parametrize("name", EMPTY)
def test_of_nothing_a_drawing_says_that_there_is_nothing(name: str) -> None:
    assert words(EMPTY[name]()) == ["Nothing to draw."]


@pytest.mark.parametrize("bounds", [(-inf, 2024.0), (2024.0, inf), (2024.0, 2024.0)])
def test_all_of_one_day_or_all_censored_is_drawn(bounds: tuple[float, float]) -> None:
    told = Events.of(Event("bus", name, *bounds) for name in "abc")
    drawing = curves.step_curve(CAPTION, [curves.cumulative("Bus", told)], YEARS)
    assert "Bus" in words(drawing)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1900, 2030), st.integers(0, 9), st.sampled_from("lrei")), max_size=12
    ),
    st.text(max_size=12),
)
def test_any_adoptions_and_any_name_make_whole_xml(
    told: list[tuple[int, int, str]], name: str
) -> None:
    bounds = {
        "l": lambda y, w: (-inf, y),
        "r": lambda y, w: (y, inf),
        "e": lambda y, w: (y, y),
        "i": lambda y, w: (y, y + w),
    }
    events = Events.of(
        Event("bus", f"a{i}", *bounds[kind](year, width))
        for i, (year, width, kind) in enumerate(told)
    )
    one = curves.cumulative(name, events)
    assert one.low is not None and one.high is not None
    assert (one.low <= one.value).all() and (one.value <= one.high).all()
    assert not one.value.size or one.high[-1] == len(told)
    drawing = curves.step_curve(Caption(name, name), [one], YEARS)
    assert parsed(drawing).tag == f"{SVG}svg"
    assert not re.search(r"nan|inf\b", drawing.inline().replace(name, ""))
