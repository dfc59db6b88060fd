"""The form "we adopted this": drawn from the shape, patient with mistakes, safe."""

import html
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from invented import Site, site
from rdflib import SH, URIRef
from werkzeug.test import TestResponse

from innograph import contributions, vocab
from innograph.errors import NotPending
from innograph.settings import Settings
from innograph.validation.shapes import in_language, of_the_product, texts

KEYS = ["adopter", "adopts", "status", "evidence", "description"]
FILLED = {
    "adopter": "ville de valbourg",
    "adopts": "panier solidaire",
    "status": "2021",
    "evidence": "https://valbourg.example.org/panier",
    "description": "Dans les cantines.",
    "licence": "1",
}
VALBOURG = "https://example.org/id/organisation/valbourg"
PANIER = "https://example.org/id/innovation/panier"


@pytest.fixture
def served(settings: Settings) -> Site:
    return site(settings)


def open_form(served: Site, lang: str = "en") -> TestResponse:
    given = {"invitation": served.invitation}
    return served.client.get("/adopted", query_string=given, headers={"Accept-Language": lang})


def send(served: Site, lang: str = "en", **values: str) -> TestResponse:
    data = {"invitation": served.invitation, **FILLED, **values}
    headers = {"Accept-Language": lang, "Accept": "text/html"}
    return served.client.post("/adopted", data=data, headers=headers)


def errors(answer: TestResponse) -> dict[str, str]:
    """Field -> first sentence of the summary; each must stand at its field too."""
    assert answer.status_code == 422 and answer.mimetype == "text/html"
    found = {}
    for key, told in re.findall(r'<li><a href="#(\w+)">[^<]*</a> – (.*?)</li>', answer.text):
        found.setdefault(key, html.unescape(told))
        assert f'id="{key}"' in answer.text and f'id="{key}-error' in answer.text
    return found


def sent(served: Site, answer: TestResponse) -> str:
    assert answer.status_code == 303, errors(answer)
    page = served.client.get(answer.headers["Location"])
    assert page.status_code == 200
    match = re.search(r"receipt=(\w+)", answer.headers["Location"])
    assert match
    return match[1]


def accept(served: Site, answer: TestResponse) -> dict[str, str]:
    """The adoption, as SPARQL tells it once it is accepted."""
    event = contributions.decide(served.instance, sent(served, answer), True, "me", "")
    [row] = served.rows(
        f"SELECT ?who ?what ?start ?kind ?note {{ <{event.thing}> inno:adopter ?who ; "
        "inno:adopts ?what ; inno:hasStatus ?s . ?s schema:startDate ?start ; inno:dateKind ?kind "
        f"OPTIONAL {{ <{event.thing}> dcterms:description ?note }} }}"
    )
    return row


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_field_is_drawn_with_the_shapes_words(served: Site, lang: str) -> None:
    page = html.unescape(open_form(served, lang).text)
    assert re.findall(r'<label for="(\w+)"', page) == KEYS
    for key in KEYS:
        part = URIRef(f"{vocab.SHAPES}Adoption-{key}")
        name, help = (
            in_language(texts(of_the_product().graph, part, (predicate,)), lang)
            for predicate in (SH.name, SH.description)
        )
        assert f'<label for="{key}">{name.capitalize()}' in page and f">{help}</p>" in page
        assert f'aria-describedby="{key}-help"' in page
    optional = {"en": "optional", "fr": "facultatif"}[lang]
    assert page.count(f"({optional})") == 2
    assert '<option value="Panier solidaire">' in page


def test_nothing_filled_in_tells_each_needed_field(served: Site) -> None:
    answer = send(served, **dict.fromkeys(FILLED, ""))
    assert set(errors(answer)) == {"adopter", "adopts", "status", "licence"}
    french = errors(send(served, "fr", **dict.fromkeys(FILLED, "")))
    assert french["adopter"].startswith("Rien n'est indiqué.")
    assert french["licence"].startswith("Cochez cette case")
    assert served.instance.ledger.queue() == []


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("status", "hier", "2021-05"),
        ("status", "2021-13", "2021-05"),
        ("status", "31/02/2021", "2021-05"),
        ("adopts", "Panier", "Did you mean: Panier solidaire?"),
        ("adopts", "Trottinette", "No innovation by this title"),
        ("evidence", "pas un lien", "https://www.example.org/page"),
        ("evidence", "www.valbourg.example.org", "https://www.example.org/page"),
        ("evidence", "javascript:alert(1)", "https://www.example.org/page"),
        ("evidence", "http://[x", "https://www.example.org/page"),
        ("adopter", "999999999", "Give its name too"),
        ("adopter", "21750001", "nine digits"),
        ("adopter", "", "Nothing is given"),
        ("licence", "", "Tick this box"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_what_was_filled_in_is_kept(
    served: Site, key: str, value: str, told: str
) -> None:
    answer = send(served, **{key: value})
    assert list(errors(answer)) == [key] and told in errors(answer)[key]
    kept = html.unescape(answer.text)
    for name, text in (FILLED | {key: value}).items():
        if name == "licence":
            assert ("checked" in kept) == bool(text)
        else:
            assert f'value="{text}"' in kept or f">{text}</textarea>" in kept
    assert served.instance.ledger.queue() == []


def test_two_mistakes_are_told_at_once(served: Site) -> None:
    assert set(errors(send(served, adopts="?", status="hier", evidence="x"))) == {
        *("adopts", "status", "evidence")
    }


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ("2021", "2021"),
        ("2021-05", "2021-05"),
        ("2021-05-03", "2021-05-03"),
        ("03/05/2021", "2021-05-03"),
        ("3/5/2021", "2021-05-03"),
        ("05/2021", "2021-05"),
        ("2021-5-3", "2021-05-03"),
    ],
)
def test_a_year_a_month_or_a_day_is_understood(served: Site, given: str, start: str) -> None:
    row = accept(served, send(served, status=given))
    assert row["start"] == start and row["kind"].endswith("/declared")
    assert (row["who"], row["what"], row["note"]) == (VALBOURG, PANIER, "Dans les cantines.")


def test_about_that_time_is_kept_as_approximate(served: Site) -> None:
    assert accept(served, send(served, about="1"))["kind"].endswith("/approximate")
    assert served.rows(f"SELECT ?who {{ <{PANIER}> inno:adoptedBy ?who }}") == [{"who": VALBOURG}]


@pytest.mark.parametrize("number", ["217500016", "217 500 016", "Mairie (217500016)"])
def test_an_organisation_is_found_by_its_number(served: Site, number: str) -> None:
    assert accept(served, send(served, adopter=number))["who"] == VALBOURG


def test_several_of_one_name_are_a_choice_that_is_kept(served: Site) -> None:
    answer = send(served, adopter="saint-jean")
    assert "Choose one" in errors(answer)["adopter"]
    choices = re.findall(r'name="adopter-choice" value="([^"]+)"', answer.text)
    assert choices == [f"https://example.org/id/organisation/saint-jean-{n}" for n in (1, 2)]
    kept = send(served, adopter="saint-jean", status="hier", **{"adopter-choice": choices[1]})
    assert list(errors(kept)) == ["status"] and f'value="{choices[1]}" checked' in kept.text
    row = accept(served, send(served, adopter="saint-jean", **{"adopter-choice": choices[1]}))
    assert row["who"] == choices[1]


def test_a_choice_of_before_does_not_go_over_a_name_changed_since(served: Site) -> None:
    choice = {"adopter-choice": "https://example.org/id/organisation/saint-jean-1"}
    assert accept(served, send(served, **choice))["who"] == VALBOURG


def test_an_organisation_that_is_not_known_is_described_with_its_number(served: Site) -> None:
    row = accept(served, send(served, adopter="Commune de Fontclaire, 123456789"))
    assert served.rows(
        f"SELECT ?name ?code {{ <{row['who']}> skos:prefLabel ?name ; a cv:PublicOrganisation ; "
        "adms:identifier [ skos:notation ?code ; dcterms:type identifier:siren ] }"
    ) == [{"name": "Commune de Fontclaire", "code": "123456789"}]
    assert accept(served, send(served, adopter="123456789", status="2020"))["who"] == row["who"]


def test_the_same_sent_twice_is_recognised(served: Site) -> None:
    assert sent(served, send(served)) == sent(served, send(served))
    new = {"adopter": "Commune de Fontclaire, 123456789"}
    assert sent(served, send(served, **new)) == sent(served, send(served, **new))
    assert len(served.instance.ledger.queue()) == 2


def test_the_same_sent_again_after_its_acceptance_is_recognised(served: Site) -> None:
    new = {"adopter": "Commune de Fontclaire, 123456789"}
    receipt = sent(served, send(served, **new))
    [waiting] = served.instance.ledger.queue()
    contributions.decide(served.instance, str(waiting.receipt), True, "moderator", "")
    assert sent(served, send(served, **new)) == receipt
    assert served.instance.ledger.queue() == []
    # Another answer about the same organisation speaks of the published one.
    assert sent(served, send(served, **new, status="2019")) != receipt


def test_what_is_accepted_is_among_those_who_adopted_it(served: Site) -> None:
    adopted = f"SELECT ?who {{ <{PANIER}> inno:adoptedBy ?who }}"
    answer = send(served)
    assert served.rows(adopted) == []
    accept(served, answer)
    assert served.rows(adopted) == [{"who": VALBOURG}]


def test_an_invitation_about_one_innovation_keeps_to_it(served: Site) -> None:
    secret = served.instance.ledger.issue_pass("invitation", "x", about=PANIER)
    page = served.client.get("/adopted", query_string={"invitation": secret}).text
    assert re.search(r'id="adopts"[^>]*value="Panier solidaire"[^>]*readonly', page)
    row = accept(served, send(served, invitation=secret, adopts="Rendez-vous en ligne"))
    assert row["what"] == PANIER


def test_a_closed_invitation_is_a_page_that_says_whom_to_ask(served: Site) -> None:
    expired = served.instance.ledger.issue_pass("invitation", "x", days=0)
    for secret in ("", "nope", expired, served.token, "\0", "é"):
        for answer in (
            served.client.get(
                "/adopted",
                query_string={"invitation": secret},
                headers={"Accept": "text/html", "Accept-Language": "fr"},
            ),
            send(served, "fr", invitation=secret),
        ):
            assert answer.status_code == 403 and answer.mimetype == "text/html"
            assert "Cette invitation est inconnue ou périmée." in answer.text
    assert served.instance.ledger.queue() == []


def test_what_is_typed_stays_text(served: Site) -> None:
    evil = '"><script>alert(1)</script>'
    answer = send(served, **dict.fromkeys(KEYS, evil), licence="")
    assert "<script" not in answer.text and "&lt;script&gt;" in answer.text
    row = accept(served, send(served, adopter=evil, description=evil))
    page = served.client.get(row["who"].replace("https://example.org/id", "/doc") + ".html")
    assert page.status_code == 200 and "<script" not in page.text
    reflected = served.client.get(
        "/adopted", query_string={"invitation": served.invitation, "lang": "fr", "x": evil}
    )
    assert "<script" not in reflected.text


def test_a_receipt_that_nobody_gave_is_404(served: Site) -> None:
    assert served.client.get("/adopted/received").status_code == 404
    assert served.client.get("/adopted/received?receipt=nope").status_code == 404


def test_the_confirmation_says_what_happens_next_in_the_readers_language(served: Site) -> None:
    address = send(served).headers["Location"]
    french = served.client.get(address, headers={"Accept-Language": "fr"}).text
    assert "Votre réponse est bien arrivée." in french and "/doc/receipt/" in french
    assert "modération" in french and "Dans les cantines" not in french


TYPED = st.text(st.characters(exclude_categories=["Cs"]), max_size=25)


@hypothesis_settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.fixed_dictionaries(dict.fromkeys(KEYS, TYPED)))
def test_nothing_that_is_typed_breaks_the_form(served: Site, typed: dict[str, Any]) -> None:
    assert send(served, **typed).status_code == 422
    for key in KEYS:
        answer = send(served, **{key: typed[key]})
        assert answer.status_code in (303, 422)
        # What says nothing that others did not say before is recognised, and decided on already.
        with suppress(NotPending):
            if answer.status_code == 422:
                continue
            contributions.decide(served.instance, sent(served, answer), True, "me", "")
    assert served.client.get("/").status_code == 200
