"""Phases by ministry and aid by grouping of communes, on pages and as CSV: as the files count."""

import csv
import datetime
import io
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from counts import aidesvelo, betagouv
from flask.testing import FlaskClient
from shipped import Shipped

from innograph import sources
from innograph.settings import Settings
from innograph.sources.run import run
from innograph.web import create_app

BASE = "http://127.0.0.1:8000"
VOC = "https://w3id.org/innograph/voc"
PHASES = {
    "scheme": f"{VOC}/betagouv-phase",
    "by": f"{VOC}/betagouv-domain",
    "role": f"{VOC}/role/sponsoring-body",
}
AIDS = {"scheme": f"{VOC}/uptake", "by": f"{VOC}/territory"}
AID = f"{BASE}/id/innovation/aide-achat-velo"
MONTHS = [datetime.date(2024, month, 1) - datetime.timedelta(1) for month in range(2, 13)]
YEARS = [datetime.date(year, 12, 31) for year in range(2013, 2027)]
ENDS = [*(f"{year}-12-31" for year in range(2021, 2026)), "2026-04-24"]
PAGE = {"Accept": "text/html"}
Rows = list[dict[str, str]]


class Tables(HTMLParser):
    """The tables of a page: by caption, the cells of each row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._text, self._caption = "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._text = ""
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "caption":
            self._caption = self._text.partition(".")[0].strip()
        elif tag in ("td", "th"):
            self._rows[-1].append(self._text.strip())
        elif tag == "table":
            self.found[self._caption] = self._rows


def table(page: str, caption: str) -> dict[str, dict[str, str]]:
    """A table of a page: day -> state -> what stands there."""
    (_, *states), *rows = Tables(page).found[caption]
    return {day: dict(zip(states, cells, strict=True)) for day, *cells in rows}


def told(client: FlaskClient, path: str, **asked: str) -> Rows:
    answer = client.get(path, query_string=asked)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


# --- State start-ups by ministry and phase (shipped)


@pytest.fixture(scope="module")
def client(shipped: Shipped) -> FlaskClient:
    """A client of an instance that holds the shipped data and nothing else."""
    return shipped.app.test_client()


@pytest.fixture(scope="module")
def startups(shared: Path) -> dict[str, Any]:
    """Numbers at the end of each year, then of the months of 2024 but the last."""
    return betagouv.stocks(shared / "sources" / "betagouv", YEARS + MONTHS)


def yearly(phases: dict[str, list[int]]) -> dict[str, list[int]]:
    return {phase: numbers[: len(YEARS)] for phase, numbers in phases.items()}


@pytest.fixture(scope="module")
def page(client: FlaskClient) -> str:
    answer = client.get("/diffusion/statuses", query_string={**PHASES, "lang": "en"}, headers=PAGE)
    assert answer.status_code == 200
    return answer.text


def last(address: str) -> str:
    return address.rsplit("/", 1)[-1]


def test_phases_by_ministry_and_year_are_those_of_the_files(
    client: FlaskClient, startups: dict[str, Any]
) -> None:
    rows = told(client, "/diffusion/statuses.csv", **PHASES, to="2026")
    counted: dict[str, dict[str, list[int]]] = {}
    for row in rows:
        assert row["certain"] == row["possible"]  # all are told to the day
        own = counted.setdefault(last(row["group"]), {}).setdefault(last(row["state"]), [])
        own.append(int(row["certain"]))
    assert counted == {name: yearly(own) for name, own in startups["by domain"].items()}
    members = {last(row["group"]): int(row["n_at_risk"]) for row in rows}
    assert members == startups["start-ups by domain"] and len(members) == 17
    assert {row["period"] for row in rows} == {str(day.year) for day in YEARS}


def test_phases_by_ministry_and_month_are_those_of_the_files(
    client: FlaskClient, startups: dict[str, Any]
) -> None:
    asked = {**PHASES, "unit": "month", "from": "2024-01", "to": "2024-11"}
    rows = told(client, "/diffusion/statuses.csv", **asked)
    found = {(last(r["group"]), last(r["state"]), r["on"]): int(r["certain"]) for r in rows}
    assert found == {
        (domain, phase, str(day)): number
        for domain, phases in startups["by domain"].items()
        for phase, numbers in phases.items()
        for day, number in zip(MONTHS, numbers[len(YEARS) :], strict=True)
    }


def test_the_page_of_phases_says_what_the_files_say(page: str, startups: dict[str, Any]) -> None:
    phases = {"stopped": "abandon", "construction": "construction", "transferred": "transfere"}
    whole, environment = table(page, "All together, each once"), table(page, "environment")
    for place, day in enumerate(YEARS):
        for name, phase in phases.items():
            assert whole[str(day)][name] == str(startups["all"][phase][place])
            own = startups["by domain"]["environnement"][phase][place]
            assert environment[str(day)][name] == str(own)
    several, without = startups["in several domains"], startups["without a domain"]
    assert f"{several} of 662 stand in several groups" in page
    assert f"{without} of 662 stand (also) in no group" in page
    assert page.count("<svg") == 1 + 6 and page.count("<table") == 1 + 6


def test_a_start_up_counts_once_where_all_are_counted_together(startups: dict[str, Any]) -> None:
    each = sum(phases["construction"][-1] for phases in startups["by domain"].values())
    assert startups["all"]["construction"][-1] < each


def test_one_ministry_has_a_page_and_files_of_its_own(
    client: FlaskClient, startups: dict[str, Any]
) -> None:
    group = f"{VOC}/betagouv-domain/culture"
    asked = {**PHASES, "group": group, "to": "2026"}
    rows = told(client, "/diffusion/statuses.csv", **asked)
    assert {row["group"] for row in rows} == {group}
    one = client.get("/diffusion/statuses", query_string={**asked, "lang": "fr"}, headers=PAGE)
    assert list(Tables(one.text).found) == ["culture"]
    without = client.get("/diffusion/statuses.csv", query_string={**PHASES, "group": ""})
    assert {r["group"] for r in csv.DictReader(io.StringIO(without.text))} == {""}
    drawing = client.get("/diffusion/statuses.svg", query_string=asked)
    assert drawing.mimetype == "image/svg+xml" and "<svg" in drawing.text
    assert "style-src 'sha256-" in drawing.headers["Content-Security-Policy"]


def test_who_answers_may_be_one_administration_rather_than_a_group(client: FlaskClient) -> None:
    rows = told(client, "/diffusion/statuses.csv", **PHASES, together="actor", to="2026")
    assert f"{BASE}/id/organisation/menjs" in {row["group"] for row in rows}


def test_statuses_are_those_of_a_theme_that_is_named(client: FlaskClient) -> None:
    theme = f"{VOC}/betagouv-theme/sante"
    asked = {**PHASES, "theme": theme, "to": "2026"}
    led = client.get("/diffusion/statuses.csv", query_string={**asked, "theme": theme[-5:] + "!"})
    assert led.status_code == 400 and "in no name" in led.text
    rows = told(client, "/diffusion/statuses.csv", **asked)
    everybody = told(client, "/diffusion/statuses.csv", **PHASES, to="2026")
    of, among = (
        {(r["group"], r["state"], r["on"]): int(r["certain"]) for r in each}
        for each in (rows, everybody)
    )
    assert 0 < sum(of.values()) < sum(among.values())
    assert all(number <= among[key] for key, number in of.items())
    by_name = {**asked, "theme": "sante"}
    named = client.get("/diffusion/statuses", query_string=by_name, headers=PAGE)
    assert named.status_code in (300, 302) and "betagouv-theme%2Fsante" in named.text
    french = client.get("/diffusion/statuses.json", query_string={**PHASES, "lang": "fr"}).json
    assert french and any("figurent dans plusieurs groupes" in note for note in french["notes"])


def test_without_a_list_the_page_offers_those_that_statuses_are_of(client: FlaskClient) -> None:
    page = client.get("/diffusion/statuses?lang=en", headers=PAGE).text
    assert f'<option value="{PHASES["scheme"]}">Phase (beta.gouv.fr)</option>' in page
    assert f'<option value="{PHASES["role"]}">sponsoring body</option>' in page
    assert "<svg" not in page


@pytest.mark.parametrize(
    ("path", "asked", "status", "reason"),
    [
        ("statuses.csv", {}, 400, "scheme"),
        ("statuses.csv", {"scheme": PHASES["scheme"]}, 400, "by"),
        ("statuses.txt", PHASES, 404, ""),
        ("statuses.csv", {**PHASES, "unit": "week"}, 400, "unit"),
        ("statuses.csv", {**PHASES, "from": "then"}, 400, "from"),
        ("statuses.csv", {**PHASES, "scheme": f"{VOC}/none"}, 400, "no status is dated"),
        ("statuses", {**PHASES, "revision": "1"}, 410, ""),
    ],
)
def test_a_wrong_question_is_told_in_a_sentence(
    client: FlaskClient, path: str, asked: dict[str, str], status: int, reason: str
) -> None:
    answer = client.get(f"/diffusion/{path}", query_string=asked, headers={"Accept": "text/csv"})
    assert answer.status_code == status and reason in answer.text


def test_the_permanent_link_is_of_this_revision(client: FlaskClient, page: str) -> None:
    revision = client.get("/health").json["revision"]  # type: ignore[index]
    assert f"{urlencode({'revision': revision})}" in page
    kept = {**PHASES, "revision": str(revision)}
    assert client.get("/diffusion/statuses.csv", query_string=kept).status_code == 200


def test_the_studies_suggested_are_those_of_what_the_graph_holds(
    client: FlaskClient, aids: FlaskClient
) -> None:
    page = client.get("/diffusion?lang=en", headers=PAGE).text
    own = aids.get("/diffusion?lang=fr", headers=PAGE).text
    for title in ("State start-ups by ministerial domain", "Policies taken up by the states"):
        assert title in page
    assert "Aides à l'achat d'un vélo" in unescape(own)
    assert "Startups d'État" not in unescape(own)
    address = unescape(page).partition("by ministerial domain")[0].rpartition('href="')[2]
    assert client.get(address.partition('"')[0], headers=PAGE).status_code == 200


# --- Aid for buying a bicycle by grouping of communes (a full import)


@pytest.fixture(scope="module")
def aids(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> FlaskClient:
    """A client of an operator's import of the whole history, also of before 2024-10-22."""
    app = create_app(Settings(home=tmp_path_factory.mktemp("velo"), base=BASE))
    instance, history = app.extensions["innograph"], shared / "sources" / "aidesvelo"
    with instance.putting_off():
        outcome = run(instance, sources.load("aidesvelo"), history, apart=True)
    assert outcome.refusals == []
    return app.test_client()


@pytest.fixture(scope="module")
def listed(shared: Path) -> Callable[[list[str]], dict[str, Any]]:
    file = shared / "sources" / "aidesvelo" / "bike_aid_by_authority_history.csv"
    return lambda days: aidesvelo.stocks(file, days)


def test_aid_by_grouping_of_communes_is_that_of_the_file_at_each_end(
    aids: FlaskClient, listed: Callable[[list[str]], dict[str, Any]]
) -> None:
    level = f"{VOC}/territory/intermunicipal"
    for unit in ("year", "month"):
        rows = told(aids, "/diffusion/statuses.csv", **AIDS, unit=unit, group=level)
        days = [row["on"] for row in rows]
        counted = listed(days)
        assert {
            row["on"]: {k: int(row[c]) for k, c in (("sure", "certain"), ("came", "came"))}
            for row in rows
        } == {d: {k: n[k] for k in ("sure", "came")} for d, n in counted["days"].items()}
        assert [int(row["went"]) for row in rows] == [n["went"] for n in counted["days"].values()]
        assert days[-1] == ENDS[-1] and int(rows[-1]["certain"]) == counted["still listed"] == 177
    assert {int(row["n_at_risk"]) for row in rows} == {counted["groupings"]} == {255}


def test_programs_are_given_json_and_an_unknown_parameter_is_named(aids: FlaskClient) -> None:
    answer = aids.get("/diffusion/statuses", query_string=AIDS)
    assert answer.mimetype == "application/json" and answer.json["rows"]  # type: ignore[index]
    wrong = aids.get("/diffusion/statuses", query_string={**AIDS, "colour": VOC})
    assert wrong.status_code == 400 and "colour" in wrong.text


def test_no_listing_is_taken_for_a_beginning_nor_its_last_day_for_an_end(
    aids: FlaskClient,
) -> None:
    for row in told(aids, "/diffusion/statuses.csv", **AIDS, unit="month"):
        assert row["came_open"] == row["came"] and row["went_open"] == row["went"]
        assert row["possible"] == row["n_at_risk"] and not row["not_before"]
        assert row["date_kind"] == ("first-listed" if row["not_after"] else "")


def test_the_page_of_aid_shows_what_is_certain_and_what_is_possible(
    aids: FlaskClient, listed: Callable[[list[str]], dict[str, Any]]
) -> None:
    asked = {**AIDS, "innovation": AID, "lang": "en"}
    page = aids.get("/diffusion/statuses", query_string=asked, headers=PAGE).text
    rows = table(page, "intermunicipal")
    expected = listed(ENDS)["days"]
    assert {day: cells["in use"] for day, cells in rows.items()} == {
        day: f"{numbers['sure']}–255" for day, numbers in expected.items()
    }
    assert "486 of 486 have a status told only as begun by some day" in page
    assert 'class="band' in page


def test_the_curve_of_aid_begins_with_what_was_listed_on_the_first_day(
    aids: FlaskClient, listed: Callable[[list[str]], dict[str, Any]]
) -> None:
    rows = told(aids, "/diffusion.csv", innovation=AID, measure="adoptions", unit="day")
    own = [row for row in rows if row["group"] == "intermunicipal"]
    assert len(own) == 255
    counted = listed(ENDS)
    begun = [row["not_after"] for row in own]
    assert begun.count(min(begun)) == counted["listed on the first day"] == 9
    months = {month: sum(d.startswith(month) for d in begun) for month in {d[:7] for d in begun}}
    assert months == counted["first named by month"]
    assert {(row["not_before"], row["date_kind"]) for row in own} == {("", "first-listed")}
