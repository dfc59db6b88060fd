"""The named rules by which values of sources are put into our form, and the notes they leave."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from innograph import sources
from innograph.errors import Unparsable
from innograph.sources import Item, Note
from innograph.sources.mapping import Mapper, folded, graph_of, made, slug, tidy

BASE = "https://example.org"
SOURCE = sources.load("betagouv")
THEMES = [name for name in SOURCE.context["thematiques"]["@context"] if not name.startswith("@")]
french = st.text("abcçdeéèêëfghiîïjklmnoôœpqrstuùûüvwxyz 0123456789-_.'’", max_size=30)
spaces = st.text(" \t\n\xa0", max_size=3)
days = st.dates(min_value=date(1691, 1, 1), max_value=date(2099, 12, 31))


@pytest.fixture
def mapper() -> Mapper:
    return Mapper(SOURCE)


def closed_lists(name: str) -> dict[str, list[str]]:
    """The values of each closed list of a source, as its context spells them."""
    return {
        field: [value for value in definition["@context"] if not value.startswith("@")]
        for field, definition in sources.load(name).context.items()
        if isinstance(definition, dict) and "@context" in definition
    }


@given(st.text())
@example("Préfecture")
@example("ﬁle №½ İstanbul ŒUVRE ẞ")
def test_a_slug_is_fit_for_an_address_and_the_same_when_made_again(text: str) -> None:
    made = slug(text)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", made)
    assert slug(made) == made


@given(french)
def test_names_that_differ_in_capitals_or_spaces_only_have_one_slug(text: str) -> None:
    assert slug(text.upper()) == slug(f"\xa0{text} ") == slug(text)


@given(st.text("abcxyz ").filter(str.strip))
def test_plain_text_is_compared_as_any_other(text: str) -> None:
    # What is ASCII only takes a shorter way.
    assert folded(f"{text}é") == f"{folded(text)}e"


@given(st.text())
def test_tidy_text_has_single_spaces_in_it_and_none_around(text: str) -> None:
    made = tidy(text)
    assert made == made.strip() and "  " not in made and "\xa0" not in made
    assert tidy(made) == made


@given(day=days, before=spaces, after=spaces)
def test_a_day_is_understood_as_date_as_iso_text_and_in_french_order(
    day: date, before: str, after: str
) -> None:
    mapper = Mapper(SOURCE)
    iso = day.isoformat()
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert mapper.day("start", day) == mapper.day("start", noon) == mapper.day("start", iso) == iso
    assert mapper.notes == []
    written = f"{before}{day:%d/%m/}{day.year}{after}"
    assert mapper.day("start", written) == iso
    assert mapper.notes == [Note("start", written, iso, "day-month-year")]


@given(french)
def test_what_is_no_day_is_left_out_and_noted_whatever_it_is(text: str) -> None:
    mapper = Mapper(SOURCE)
    made = mapper.day("start", text)
    if made is not None:
        assert date.fromisoformat(made).isoformat() == made
    elif tidy(text):
        assert mapper.notes == [Note("start", text, None, "not-a-date")]


@pytest.mark.parametrize("text", ["2020-02-30", "31/04/2020", "2020", "2020-05", "mai 2020"])
def test_a_day_that_does_not_exist_or_is_not_a_day_is_not_made_up(
    text: str, mapper: Mapper
) -> None:
    assert mapper.day("start", text) is None
    assert mapper.notes == [Note("start", text, None, "not-a-date")]


@pytest.mark.parametrize("told", [None, "", "  ", "\xa0"])
def test_what_is_not_told_leaves_no_note(told: str | None, mapper: Mapper) -> None:
    assert mapper.day("start", told) is None
    assert mapper.address("link", told) is None
    assert mapper.text("title", told) is None
    assert mapper.choices("thematiques", None) == []
    assert mapper.notes == []


@pytest.mark.parametrize("name", sources.names())
def test_the_values_of_a_closed_list_cannot_be_taken_for_one_another(name: str) -> None:
    lists = closed_lists(name)
    assert lists
    for field, values in lists.items():
        assert len({slug(value) for value in values}) == len(values), field


@given(value=st.sampled_from(THEMES), before=spaces, after=spaces)
def test_a_value_of_a_list_is_known_whatever_its_capitals_and_spaces(
    value: str, before: str, after: str
) -> None:
    for told in (f"{before}{value}{after}", f"{before}{value.upper()}{after}"):
        mapper = Mapper(SOURCE)
        assert mapper.choice("thematiques", told) == value
        assert [(note.raw, note.value) for note in mapper.notes] == (
            [] if told == value else [(told, value)]
        )


@given(st.text())
def test_a_value_of_no_list_is_kept_as_it_was_told(text: str) -> None:
    mapper = Mapper(SOURCE)
    known = slug(text) in map(slug, THEMES)
    assert (mapper.choice("thematiques", text) is not None) == known
    if not known:
        assert mapper.notes == [Note("thematiques", text, None, "no-place-yet")]


@given(st.lists(st.sampled_from([*THEMES, *map(str.upper, THEMES)])))
def test_a_value_told_twice_is_taken_once_and_in_the_order_told(told: list[str]) -> None:
    known = {slug(theme): theme for theme in THEMES}
    made = Mapper(SOURCE).choices("thematiques", told)
    assert made == list(dict.fromkeys(known[slug(value)] for value in told))


def test_one_value_may_stand_where_a_list_is_expected(mapper: Mapper) -> None:
    assert mapper.choices("usertypes", "etat") == ["etat"]


@given(st.text())
@example("https:&#x2F;&#x2F;example.org&#x2F;")
@example("https://example.org/a b")
@example("http://")
def test_an_address_is_one_that_a_graph_can_hold_or_none_at_all(text: str) -> None:
    mapper = Mapper(SOURCE)
    for told in (text, f"https://example.org/{text}"):
        made = mapper.address("link", told)
        assert made is None or re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", made)
        assert made == told or mapper.notes[-1:] or not tidy(told)


def test_of_prose_that_has_no_place_only_its_being_there_is_told(mapper: Mapper) -> None:
    mapper.unplaced("mission", "Aider les aidants.")
    mapper.unplaced("anything", {"first": "Jane"})
    assert {note.raw for note in mapper.notes} == {"(not kept)"}


ITEMS: list[dict[str, Any]] = [
    {"@id": "innovation/a", "@type": "Innovation", "dcterms:title": "A"},
    {"@id": "innovation/b", "dcterms:title": "B", "@graph": [{"@id": "x", "dcterms:title": "O"}]},
    {"@id": "y", "dcterms:hasPart": {"@id": "urn:x-innograph:item:0", "@graph": [{"@id": "z"}]}},
    {"@context": {"t": "https://example.org/t/"}, "@id": "c", "t:p": "1"},
    {"@id": "d", "dcterms:title": "\ud83d"},
    {"@id": "innovation/a", "dcterms:title": "again"},
    {"@id": "e", "dcterms:hasPart": {"dcterms:title": "without a name"}},
    {"@id": "f", "dcterms:hasPart": [{"@id": "_:same", "dcterms:title": "of this item alone"}]},
    {"@id": "g", "dcterms:hasPart": [{"@id": "_:same"}]},
    {"@id": "not an address <", "dcterms:title": "h"},
    {},
]


def dossier(item: Item) -> set[Any] | str:
    try:
        return set(graph_of(item, SOURCE, BASE))
    except Unparsable as error:
        return str(error)


@given(st.lists(st.sampled_from(ITEMS), max_size=8))
@example(ITEMS)
@example(ITEMS * 20)
def test_an_item_says_the_same_whatever_is_read_with_it(told: list[dict[str, Any]]) -> None:
    items = [Item("Innovation", str(number), data) for number, data in enumerate(told)]
    found = [*made(items, SOURCE, BASE)]
    assert [item for item, _ in found] == items
    for item, graph in found:
        assert (str(graph) if isinstance(graph, Unparsable) else set(graph)) == dossier(item)


def test_what_comes_before_an_error_of_the_reader_is_told_before_it() -> None:
    def read() -> Iterator[Item]:
        for number, data in enumerate(ITEMS[:3]):
            yield Item("Innovation", str(number), data)
        raise OSError("gone")

    told = []
    with pytest.raises(OSError, match="gone"):
        for each in made(read(), SOURCE, BASE):
            told.append(each)
    assert len(told) == 3
