"""Shortcuts over time, by hand: bounds of what is told, open ends, what is current, who adopted."""

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rdflib import Graph, URIRef

from innograph import media, queries, vocab
from innograph.instance import Instance
from innograph.ledger import Entry, Ledger
from innograph.projection import Projection
from innograph.settings import Settings
from innograph.store import open_store

BASE = "https://example.org"
CASES = Path(__file__).parent / "cases" / "derived"
BOUNDS = ("startEarliest", "startLatest", "endEarliest", "endLatest")
NEVER, EVER = "0001-01-01", "9999-12-31"
PREFIXES = """
@prefix date-kind: <https://w3id.org/innograph/voc/date-kind/> .
@prefix inno: <https://w3id.org/innograph/ont#> .
@prefix schema: <https://schema.org/> .
@prefix stage: <https://w3id.org/innograph/voc/stage/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


@contextmanager
def derived(dossiers: list[str], day: str) -> Iterator[Graph]:
    """graph/derived of an instance that published these dossiers, unchecked, on this day."""
    now = datetime.fromisoformat(day).replace(hour=23, tzinfo=UTC)
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), base=BASE)
        ledger = Ledger.open(settings.ledger, BASE, clock=lambda: now)
        with ledger.writing() as writer:
            for number, text in enumerate(dossiers):
                content = media.canonical(media.parse(text.encode(), "text/turtle", BASE))
                name = f"{BASE}/id/dossier/{number}"
                writer.append(
                    Entry(
                        kind="accepted",
                        dossier=name,
                        thing=BASE,
                        content=content,
                        contributor="source/one",
                        licence=f"{BASE}/licence",
                    )
                )
        store = open_store(settings, vocab.prefixes())
        instance = Instance(settings, ledger, store, Projection(ledger, store))
        instance.follow()
        yield store.content([f"{BASE}/graph/derived"])
        ledger.close()


def told(text: str) -> str:
    """Dates in short: `startDate 2021, lastAttested 2023-02, about` -> Turtle."""
    statements = []
    for part in text.split(", "):
        if part == "about":
            statements.append("inno:dateKind date-kind:approximate")
            continue
        name, date = part.split()
        prefix = "schema" if name in ("startDate", "endDate") else "inno"
        kind = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(date)]
        statements.append(f'{prefix}:{name} "{date}"^^xsd:{kind}')
    return " ; ".join(statements)


# What is told -> first and last day on which it can have begun, and first and last day on which it
# can have been over. Several dossiers that tell of one period are parted by a bar.
PERIODS = {
    # The precision told: a day, a month, a year.
    "startDate 2021-03-05": ("2021-03-05", "2021-03-05", EVER, EVER),
    "startDate 2021-12": ("2021-12-01", "2021-12-31", EVER, EVER),
    "startDate 2021-04": ("2021-04-01", "2021-04-30", EVER, EVER),
    "startDate 2021": ("2021-01-01", "2021-12-31", EVER, EVER),
    "startDate 2023-02": ("2023-02-01", "2023-02-28", EVER, EVER),
    "startDate 2024-02": ("2024-02-01", "2024-02-29", EVER, EVER),
    "startDate 2000-02": ("2000-02-01", "2000-02-29", EVER, EVER),
    "startDate 1900-02": ("1900-02-01", "1900-02-28", EVER, EVER),
    "startDate 2024-02-29": ("2024-02-29", "2024-02-29", EVER, EVER),
    "startDate 1691": ("1691-01-01", "1691-12-31", EVER, EVER),
    "startDate 1691-02": ("1691-02-01", "1691-02-28", EVER, EVER),
    # About: wider on each side by 366, 31 or 7 days.
    "startDate 2021, about": ("2020-01-01", "2023-01-01", EVER, EVER),
    "startDate 2021-03, about": ("2021-01-29", "2021-05-01", EVER, EVER),
    "startDate 2021-03-05, about": ("2021-02-26", "2021-03-12", EVER, EVER),
    # Bounds told as such.
    "startNotBefore 2020": ("2020-01-01", EVER, EVER, EVER),
    "startNotAfter 2020": (NEVER, "2020-12-31", EVER, EVER),
    "startNotBefore 2020-02, startNotAfter 2021-02": ("2020-02-01", "2021-02-28", EVER, EVER),
    "startDate 2020, startNotBefore 2020-06": ("2020-06-01", "2020-12-31", EVER, EVER),
    "startDate 2020, startNotAfter 2020-06": ("2020-01-01", "2020-06-30", EVER, EVER),
    # What is attested had begun by then, and was not over.
    "lastAttested 2022-05-01": (NEVER, "2022-05-01", "2022-05-02", EVER),
    "lastAttested 2022": (NEVER, "2022-12-31", "2022-01-02", EVER),
    "startDate 2020, lastAttested 2022-05": ("2020-01-01", "2020-12-31", "2022-05-02", EVER),
    # An end told is the last day in force; the bound is the day after.
    "startDate 2020-01-01, endDate 2021-06-30": (
        "2020-01-01",
        "2020-01-01",
        "2021-07-01",
        "2021-07-01",
    ),
    "startDate 2020, endDate 2021": ("2020-01-01", "2020-12-31", "2021-01-02", "2022-01-01"),
    "endDate 2024-02": (NEVER, "2024-02-29", "2024-02-02", "2024-03-01"),
    "endDate 2021-12-31": (NEVER, "2021-12-31", "2022-01-01", "2022-01-01"),
    "startDate 2020, endNotBefore 2021-05": ("2020-01-01", "2020-12-31", "2021-05-02", EVER),
    "startDate 2020, endNotAfter 2021-05": (
        "2020-01-01",
        "2020-12-31",
        "2020-01-01",
        "2021-06-01",
    ),
    "startDate 2021, endDate 2021": ("2021-01-01", "2021-12-31", "2021-01-02", "2022-01-01"),
    "startDate 1691, endDate 1790": ("1691-01-01", "1691-12-31", "1790-01-02", "1791-01-01"),
    "startDate 2020, endDate 2021, about": (
        "2018-12-31",
        "2022-01-01",
        "2020-01-02",
        "2023-01-02",
    ),
    # Several dossiers: what they tell is taken together ...
    "startDate 2020 | startDate 2020-06": ("2020-06-01", "2020-06-30", EVER, EVER),
    "startDate 2020 | lastAttested 2023": ("2020-01-01", "2020-12-31", "2023-01-02", EVER),
    "startDate 2020 | endDate 2022-12-31": (
        "2020-01-01",
        "2020-12-31",
        "2023-01-01",
        "2023-01-01",
    ),
    # ... and where they contradict each other, all that one of them tells is possible.
    "startDate 2020 | startDate 2022": ("2020-01-01", "2022-12-31", EVER, EVER),
    "startDate 2020-05-01 | startNotAfter 2018": ("2018-01-01", "2020-05-01", EVER, EVER),
    "startDate 2020, endDate 2021 | endDate 2023-06-30": (
        "2020-01-01",
        "2020-12-31",
        "2021-01-02",
        "2023-07-01",
    ),
    "startDate 2020, endDate 2021-06-30 | lastAttested 2023-01-15": (
        "2020-01-01",
        "2020-12-31",
        "2021-07-01",
        "2023-01-16",
    ),
}


@pytest.fixture(scope="module")
def bounds() -> dict[str, tuple[str, ...]]:
    """The bounds that are derived for each of PERIODS."""
    dossiers = [
        f"{PREFIXES}<{BASE}/id/status-period/{number}> a inno:StatusPeriod ; "
        f"inno:status stage:piloting ; {told(dates)} ."
        for number, period in enumerate(PERIODS)
        for dates in period.split(" | ")
    ]
    with derived(dossiers, "2026-01-31") as found:
        return {
            period: tuple(
                " ".join(
                    str(day)
                    for day in found.objects(
                        URIRef(f"{BASE}/id/status-period/{number}"), URIRef(vocab.NAMESPACE + name)
                    )
                )
                for name in BOUNDS
            )
            for number, period in enumerate(PERIODS)
        }


@pytest.mark.parametrize("period", PERIODS)
def test_what_is_told_of_a_time_has_these_bounds(
    bounds: dict[str, tuple[str, ...]], period: str
) -> None:
    assert bounds[period] == PERIODS[period]


def test_what_is_certain_is_possible(bounds: dict[str, tuple[str, ...]]) -> None:
    for start_earliest, start_latest, end_earliest, end_latest in bounds.values():
        assert start_earliest <= start_latest and end_earliest <= end_latest


@pytest.mark.parametrize("path", sorted(CASES.glob("*.ttl")), ids=lambda path: path.stem)
def test_dossiers_have_these_shortcuts(path: Path) -> None:
    """Each file: prefixes, dossiers, and what is derived of them on a day, bounds left out."""
    head, *parts = re.split(r"^# --- (.*)\n", path.read_text("utf-8"), flags=re.M)
    sections = list(zip(parts[::2], parts[1::2], strict=True))
    dossiers = [head + text for title, text in sections if title.startswith("dossier")]
    expected = [(t.removeprefix("on "), text) for t, text in sections if t.startswith("on ")]
    assert dossiers and expected and len(dossiers) + len(expected) == len(sections)
    for day, text in expected:
        wanted = media.parse((head + text).encode(), "text/turtle", BASE)
        subjects = set(wanted.subjects())
        left_out = {URIRef(vocab.NAMESPACE + name) for name in BOUNDS} - set(wanted.predicates())
        with derived(dossiers, day) as found:
            seen = media.bare()
            for triple in found:
                # Of periods only what the case is about: their starts are told by PERIODS.
                if triple[1] not in left_out and (
                    triple[0] in subjects or "/status-period/" not in str(triple[0])
                ):
                    seen.add(triple)
            assert media.canonical(seen).decode() == media.canonical(wanted).decode(), day


@pytest.mark.parametrize("name", ["firstDay", "a", "zulu", "started"])
def test_bounds_do_not_hang_on_the_names_of_variables(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine once turned a sum of day and duration round, and then knew no answer."""
    turtle = f"""{PREFIXES}
    <{BASE}/id/innovation/x> inno:hasStatus <{BASE}/id/status-period/p> .
    <{BASE}/id/status-period/p> inno:status stage:piloting ; inno:dateKind date-kind:approximate ;
        schema:startDate "2021-02"^^xsd:gYearMonth ; schema:endDate "2024"^^xsd:gYear ."""
    with derived([turtle], "2026-01-31") as graph:
        before = media.canonical(graph)
    query = queries.load("derive-1-bounds")
    renamed = dataclasses.replace(query, text=query.text.replace("?opens", f"?{name}"))
    changed = {**queries.stored(), "derive-1-bounds": renamed}
    monkeypatch.setattr(queries, "stored", lambda: changed)
    with derived([turtle], "2026-01-31") as graph:
        assert media.canonical(graph) == before
    assert before.count(b"Earliest>") == 2 and before.count(b"Latest>") == 2
