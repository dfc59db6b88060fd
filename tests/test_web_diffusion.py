"""Pages of diffusion: what they show, in each format, and what they refuse."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from invented import Site, publish, site
from werkzeug.test import TestResponse

from innograph import contributions, decisions
from innograph.diffusion.study import PROVENANCE
from innograph.settings import Settings
from innograph.web.figures import FIGURES

PAGE = {"Accept": "text/html,*/*;q=0.5"}
BASE = "https://example.org"
RDV = "/diffusion/innovation/rdv"


def adoption(who: str, what: str, start: str, more: str = "", period: str = "") -> str:
    key = f"{who}-{what}-more"
    return f"""
<id/adoption/{key}> a inno:Adoption ; inno:adopts <id/innovation/{what}> ;
    inno:adopter <id/organisation/{who}> ; inno:evidence <https://{who}.example.org/{what}> ;
    {more} inno:hasStatus <id/status-period/{key}> .
<id/status-period/{key}> a inno:StatusPeriod ; inno:status uptake:in-use ; {period}
    schema:startDate {start} ."""


MORE = {
    "montclair": """
<id/organisation/montclair> a <http://data.europa.eu/m8g/PublicOrganisation> ;
    skos:prefLabel "Montclair <b>"@fr ; dcterms:spatial <id/location/grande-plaine> .
<id/location/grande-plaine> a dcterms:Location ; skos:prefLabel "Grande Plaine"@fr ;
    inno:territoryLevel <https://w3id.org/innograph/voc/territory/regional> .""",
    "themed": """
<id/innovation/troc> a inno:Innovation ; dcterms:title "Troc de livres"@fr ;
    dcterms:subject <https://w3id.org/innograph/voc/betagouv-theme/sante> .""",
    "second": adoption(
        "montclair",
        "rdv",
        '"2023"^^xsd:gYear',
        "inno:modelledOn <id/adoption/valbourg-rdv> ;",
    ),
    "listed": adoption(
        "montclair",
        "panier",
        '"2024-10-22"^^xsd:date',
        period="inno:dateKind <https://w3id.org/innograph/voc/date-kind/first-listed> ;",
    ),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("home")
    made = site(Settings(home=home, base=BASE, url=BASE))
    publish(made.instance, MORE)
    yield made
    made.instance.ledger.close()


def get(served: Site, path: str, **headers: str) -> TestResponse:
    return served.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})


def page(served: Site, path: str, lang: str = "en") -> str:
    answer = get(served, path, Accept_Language=lang, **PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


def table(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_page_of_an_innovation_shows_its_curve_its_network_and_its_adoptions(
    served: Site,
) -> None:
    text = page(served, RDV)
    assert "<h1>Online appointments</h1>" in text
    for name in ("curve", "network", "lags", "adoptions"):
        assert f'id="study-{name}"' in text
    assert text.count('role="img"') == 3  # nobody here has a place on a map
    assert "Montclair &lt;b&gt;" in text and "<b>" not in text
    assert "only the 2 that adopted anything" in text
    assert "VALUES ?innovation { &lt;https://example.org/id/innovation/rdv&gt; }" in text


def test_the_table_the_file_and_the_drawing_tell_the_same_numbers(served: Site) -> None:
    rows = table(get(served, f"{RDV}.csv"))
    assert [(r["period"], r["cumulative"]) for r in rows] == [
        ("2021", "1"),
        ("2022", "1"),
        ("2023", "2"),
    ]
    assert set(PROVENANCE) <= rows[0].keys()
    told = get(served, f"{RDV}.json").get_json()
    assert [str(r["cumulative"]) for r in told["rows"]] == [r["cumulative"] for r in rows]
    assert told["revision"] == served.instance.ledger.revision()
    assert "adoption-events" in told["queries"] and told["notes"]
    drawing = get(served, f"{RDV}.svg")
    assert drawing.mimetype == "image/svg+xml"
    assert "sha256-" in drawing.headers["Content-Security-Policy"]
    root = ElementTree.fromstring(drawing.data)
    assert "Adoption curve: Online appointments" in "".join(root.itertext())
    shown = page(served, f"{RDV}?measure=curve")
    for row in rows:
        assert f"<td>{row['period']}</td>" in re.sub(r"\s+", "", shown)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("image/svg+xml", "image/svg+xml"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "text/html"),
    ],
)
def test_the_same_address_gives_each_form_by_accept(served: Site, accept: str, kind: str) -> None:
    answer = get(served, RDV, Accept=accept)
    assert answer.mimetype == kind and "X-Innograph-Revision" in answer.headers
    again = get(served, RDV, Accept=accept, If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304
    head = served.client.head(RDV, headers={"Accept": accept})
    assert head.status_code == 200 and head.data == b""
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]
    assert get(served, RDV, Accept="image/png").status_code == 406


def test_an_administration_shows_what_it_took_up(served: Site) -> None:
    path = "/diffusion/organisation/montclair"
    rows = table(get(served, f"{path}.csv?measure=adoptions"))
    assert [(r["innovation_name"], r["date_kind"], r["not_after"]) for r in rows] == [
        ("Online appointments", "", "2023"),
        ("Panier solidaire", "first-listed", "2024"),
    ]
    text = page(served, path)
    assert "Of 2 adoptions, 1 (50 %) are dated by when a list first named them" in text
    assert 'href="/diffusion/innovation/rdv"' in text


def test_its_lags_are_behind_the_first_anywhere_and_not_the_first_of_its_own(served: Site) -> None:
    [row] = table(get(served, "/diffusion/organisation/montclair.csv?measure=lags&anyway=1"))
    assert (row["innovation_name"], row["fewest"], row["most"]) == (
        "Online appointments",
        "2.0",
        "2.0",
    )


def test_a_measure_of_delays_is_refused_for_first_listings_unless_one_goes_on(
    served: Site,
) -> None:
    path = "/diffusion/innovation/panier"
    answer = get(served, f"{path}.json?measure=bass")
    assert answer.status_code == 400 and answer.get_json(force=True)["listed"] == 1
    text = page(served, f"{path}?measure=scores")
    [again] = re.findall(r'<a href="([^"]*anyway=1)">', text)
    again = again.replace("&amp;", "&").removeprefix(BASE)
    assert 'role="img"' not in text and 'role="img"' in page(served, again)
    notes = get(served, f"{path}.json?measure=scores&anyway=1").get_json()["notes"]
    assert any("asked to go on anyway" in note for note in notes)


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_is_a_page_or_says_why_not(served: Site, name: str) -> None:
    for lang, word in (("en", "Not shown"), ("fr", "Non montré")):
        text = page(served, f"{RDV}?measure={name}&anyway=1", lang)
        shown = 'role="img"' in text or "<tbody>" in text
        assert shown != (word in text)


@pytest.mark.parametrize(
    ("path", "status", "member"),
    [
        ("/diffusion/innovation/nope", 404, None),
        ("/diffusion/dossier/rdv", 404, None),
        (f"{RDV}.xlsx", 404, None),
        (f"{RDV}?measure=guess", 400, "measure"),
        (f"{RDV}?unit=week", 400, "unit"),
        (f"{RDV}?when=never", 400, "when"),
        (f"{RDV}?map=mars", 400, "map"),
        (f"{RDV}?from=soon", 400, "from"),
        (f"{RDV}?to=2021-13", 400, "to"),
        (f"{RDV}?innovation={BASE}/id/innovation/panier", 400, "innovation"),
        (f"{RDV}?theme=no%20address", 400, "theme"),
        (f"{RDV}?population={BASE}/id/nobody", 400, "population"),
        (f"{RDV}?unit=year&unit=day", 400, "unit"),
        (f"{RDV}?colour=red", 400, "colour"),
        ("/diffusion.csv", 400, None),
        (f"{RDV}.svg?measure=adoptions", 400, None),
        (f"{RDV}?revision=1", 410, None),
        (f"{RDV}?revision=99999", 400, "revision"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    served: Site, path: str, status: int, member: str | None
) -> None:
    answer = get(served, path)
    told: dict[str, Any] = answer.get_json(force=True)
    assert answer.status_code == status and answer.mimetype == "application/problem+json"
    assert member is None or told["parameter"] == member
    assert get(served, path, **PAGE).status_code == status or status == 400


def test_the_permanent_link_holds_for_as_long_as_the_revision(served: Site) -> None:
    text = page(served, RDV)
    [link] = re.findall(r'<a href="([^"]*revision=\d+)">', text)
    assert get(served, link.removeprefix(BASE), **PAGE).status_code == 200
    bookmark = get(served, RDV).headers["Link"]
    assert 'rel="bookmark"' in bookmark and 'rel="alternate"; type="image/svg+xml"' in bookmark


def test_the_start_lists_what_most_adopt_and_asks_to_choose(served: Site) -> None:
    text = page(served, "/diffusion")
    assert f'<a href="{RDV}">Online appointments</a>' in text and "(adopters: 2)" in text
    assert 'role="img"' not in text
    assert "too much for a page" in page(served, "/diffusion?measure=scores&innovation=")
    chosen = page(served, f"/diffusion?innovation={BASE}/id/innovation/rdv&from=2022")
    assert 'id="study-scores"' in chosen
    rows = table(get(served, f"/diffusion.csv?innovation={BASE}/id/innovation/rdv&from=2022"))
    assert [row["period"] for row in rows] == ["2022", "2023"]


def test_things_and_the_home_page_lead_to_the_pages(served: Site) -> None:
    assert 'href="/diffusion/innovation/rdv"' in page(served, "/doc/innovation/rdv")
    assert 'href="/diffusion"' in page(served, "/")


def test_what_is_withdrawn_is_gone_and_what_is_merged_leads_to_the_survivor(
    settings: Settings,
) -> None:
    own = site(replace(settings, url=BASE))
    told = """
<id/innovation/%s> a inno:Innovation ; dcterms:title "%s"@fr ;
    dcterms:description "Une chose."@fr ."""
    dossiers = publish(own.instance, {key: told % (key, key) for key in ("rendez", "autre")})
    contributions.withdraw(own.instance, dossiers["autre"], "a test", "said twice")
    gone = get(own, "/diffusion/innovation/autre.json")
    assert gone.status_code == 410
    ids = [f"{BASE}/id/innovation/{key}" for key in ("rendez", "rdv")]
    decisions.merge(own.instance, *ids, "a test", "the same")
    moved = get(own, "/diffusion/innovation/rendez.csv?unit=month")
    assert (moved.status_code, moved.headers["Location"]) == (
        301,
        f"{RDV}.csv?unit=month",
    )
    own.instance.ledger.close()


def test_a_page_follows_the_graph(settings: Settings) -> None:
    own = site(replace(settings, url=BASE))
    assert len(table(get(own, f"{RDV}.csv"))) == 1
    publish(own.instance, MORE)
    assert len(table(get(own, f"{RDV}.csv"))) == 3
    own.instance.ledger.close()


def leads(answer: TestResponse) -> dict[str, list[str]]:
    """What is asked where a name leads."""
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.location).query)


@pytest.mark.parametrize(
    ("name", "written", "address"),
    [
        ("innovation", "rendez-vous en LIGNE", f"{BASE}/id/innovation/rdv"),
        ("adopter", "  VALB\u00d4URG ", f"{BASE}/id/organisation/valbourg"),
        ("adopter", "<B>", f"{BASE}/id/organisation/montclair"),
        ("theme", "sante", "https://w3id.org/innograph/voc/betagouv-theme/sante"),
        ("territory", "grande", f"{BASE}/id/location/grande-plaine"),
    ],
)
def test_a_name_that_one_thing_has_is_taken_for_its_address(
    served: Site, name: str, written: str, address: str
) -> None:
    for path in ("/diffusion", "/diffusion.csv"):
        answer = get(served, f"{path}?{urlencode({name: written, 'from': '2020'})}", **PAGE)
        assert leads(answer) == {name: [address], "from": ["2020"]}
        assert urlsplit(answer.location).path == path


def test_of_a_name_that_several_have_one_is_chosen_and_the_rest_stays_as_asked(
    served: Site,
) -> None:
    asked = f"/diffusion?adopter=a&unit=month&theme={quote('Santé')}"
    answer = get(served, asked, Accept_Language="en", **PAGE)
    assert answer.status_code == 300 and "Choose one" in answer.text
    [first, *others] = re.findall(r'<li><a href="([^"]+)">Montclair', answer.text)
    assert not others
    # The theme is looked up once the administration is chosen.
    assert leads(get(served, unescape(first), **PAGE)) == {
        "adopter": [f"{BASE}/id/organisation/montclair"],
        "unit": ["month"],
        "theme": ["https://w3id.org/innograph/voc/betagouv-theme/sante"],
    }
    problem = get(served, "/diffusion.json?adopter=a").get_json(force=True)
    assert problem["status"] == 400 and "Montclair" in problem["reason"]


def test_a_name_that_nothing_has_is_told_at_its_field(served: Site) -> None:
    for written in ("<nowhere>", " "):
        asked = f"/diffusion?{urlencode({'territory': written})}"
        answer = get(served, asked, Accept_Language="fr", **PAGE)
        assert answer.status_code == 400 and "ne figure dans aucun nom" in answer.text
        assert 'aria-describedby="f-territory-doubt f-territory-help"' in answer.text
        assert "<nowhere>" not in answer.text


def test_the_form_offers_the_names_of_themes_and_territories(served: Site) -> None:
    offered = re.findall(r'<option value="([^"]+)"></option>', page(served, "/diffusion"))
    assert {"Santé", "Grande Plaine"} <= set(offered)
    assert "<datalist" not in page(served, RDV)


def test_the_form_says_what_the_thing_is_called_that_was_chosen(served: Site) -> None:
    asked = f"/diffusion?adopter={BASE}/id/organisation/montclair"
    assert "<strong>Montclair &lt;b&gt;</strong>" in page(served, asked)


@pytest.mark.parametrize(
    ("lang", "population", "listed", "reason"),
    [
        ("en", "No population is given", "dated by when a list", "no adoption is dated"),
        ("fr", "Aucune population n'est", "datées du jour", "aucune adoption n'est datée"),
    ],
)
def test_notes_and_refusals_of_files_are_in_the_readers_language(
    served: Site, lang: str, population: str, listed: str, reason: str
) -> None:
    asked = f"{RDV.replace('rdv', 'panier')}.json?measure=curve"
    notes = " ".join(get(served, asked, Accept_Language=lang).get_json(force=True)["notes"])
    assert population in notes and listed in notes and "%(" not in notes
    by_address = get(served, f"{asked}&lang={lang}").get_json(force=True)["notes"]
    assert " ".join(by_address) == notes
    refused = get(served, f"{RDV}.json?measure=curve&to=1990", Accept_Language=lang)
    told = refused.get_json(force=True)
    assert refused.status_code == 400 and reason in told["detail"] and told["reason"] == reason
