"""In a browser, against a running server: a clerk without JavaScript; no barrier for anyone."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from invented import publish
from playwright.sync_api import Browser, Page, Request
from running import Server, free_port, running

from innograph.instance import Instance
from innograph.settings import Settings

# Set to a folder to look at what the browser saw.
SHOTS = os.environ.get("SHOTS")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home, port = tmp_path_factory.mktemp("home"), free_port()
    publish(Instance.open(Settings(home=home, port=port)))
    with running(home, port) as server:
        yield server


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Callable[..., Any]:
    """Opens a page of a browser's own session, and sees to it that it asks nobody else."""

    @contextmanager
    def session(**options: Any) -> Iterator[Page]:
        elsewhere: list[str] = []

        def watch(request: Request) -> None:
            if not request.url.startswith(f"{server.url}/"):
                elsewhere.append(request.url)

        context = browser.new_context(base_url=server.url, **options)
        context.on("request", watch)
        page = context.new_page()
        page.set_default_timeout(10_000)
        try:
            yield page
        finally:
            context.close()
        assert elsewhere == []

    return session


def receipt(server: Server) -> str:
    """The receipt of the only contribution that waits."""
    [key] = re.findall(r"(?m)^\W*([0-9a-f]{16})\b", server.command("queue"))
    return key


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def invitation(server: Server) -> str:
    return server.command("invite", "--label", "a clerk").strip().removeprefix(server.url)


WORDS = {
    "en": {
        "form": "We adopted this",
        "wrong": "Please correct this",
        "hint": "2021-05",
        "thanks": "Thank you",
        "next": "What happens next",
        "waits": "waits for a moderator",
        "accepted": "It was accepted and is public.",
    },
    "fr": {
        "form": "Nous l'avons adoptée",
        "wrong": "À corriger avant l'envoi",
        "hint": "2021-05",
        "thanks": "Merci",
        "next": "Et ensuite ?",
        "waits": "attend d'être lue par la modération",
        "accepted": "Acceptée ; elle est publique.",
    },
}


def text(page: Page) -> str:
    return page.inner_text("body").replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("lang", "locale"), [("en", "en-GB"), ("fr", "fr-FR")])
def test_a_clerk_without_javascript_makes_a_mistake_corrects_it_and_is_published(
    server: Server, opened: Callable[..., Any], lang: str, locale: str
) -> None:
    words = WORDS[lang]
    town = {"en": "Commune of Fontclaire", "fr": "Commune de Rocheval"}[lang]
    number = {"en": "123 456 789", "fr": "987654321"}[lang]
    link = invitation(server)
    with opened(java_script_enabled=False, locale=locale) as page:
        page.goto(link)
        assert page.locator("html").get_attribute("lang") == lang
        assert page.locator("h1").inner_text() == words["form"]
        shoot(page, f"form-{lang}")
        page.fill("#adopter", f"{town}, {number}")
        page.fill("#adopts", "Panier solidaire")
        page.fill("#status", "l'an dernier")
        page.check("[name=about]")
        page.fill("#evidence", "https://fontclaire.example.org/deliberation")
        page.check("#licence")
        page.click("button[type=submit]")
        assert words["wrong"] in text(page) and words["hint"] in text(page)
        assert page.locator("[aria-invalid=true]").get_attribute("id") == "status"
        assert page.input_value("#adopter") == f"{town}, {number}"
        assert page.is_checked("[name=about]") and page.is_checked("#licence")
        shoot(page, f"errors-{lang}")
        page.fill("#status", "05/2021")
        page.click("button[type=submit]")
        assert page.locator("h1").inner_text() == words["thanks"]
        assert words["next"] in text(page)
        shoot(page, f"thanks-{lang}")
        page.click("main ol a")
        assert words["waits"] in text(page) and town not in text(page)
        receipt_page = page.url
        page.goto("/doc/innovation/panier")
        assert town not in text(page)
        said = server.command("decide", "accept", receipt(server), "--reason", "verified")
        assert said.startswith("accepted ")
        page.reload()
        assert town in text(page)
        page.goto(receipt_page)
        assert words["accepted"] in text(page) and "verified" in text(page)
        shoot(page, f"receipt-{lang}")


def test_the_language_changes_by_its_link(opened: Callable[..., Any]) -> None:
    with opened(java_script_enabled=False, locale="en-GB") as page:
        page.goto("/")
        page.click("text=Français")
        assert page.locator("html").get_attribute("lang") == "fr"
        page.click("header nav >> text=Requête")
        assert page.locator("html").get_attribute("lang") == "fr"


@pytest.mark.parametrize("example", range(3))
def test_an_example_of_the_home_page_is_answered(opened: Callable[..., Any], example: int) -> None:
    with opened(java_script_enabled=False) as page:
        page.goto("/")
        link = page.locator("section.example .actions a").nth(2 * example)
        with page.expect_download() as download:
            link.click()
        assert Path(download.value.path()).read_text("utf-8").count(",") > 1


def with_errors(page: Page) -> None:
    page.fill("#adopter", "Saint-Jean")
    page.fill("#status", "soon")
    page.click("button[type=submit]")


PAGES = {
    "home": ("/", None),
    "sparql": ("/sparql", None),
    "form": ("{invitation}", None),
    "errors": ("{invitation}", with_errors),
    "confirmation": ("{confirmation}", None),
    "receipt": ("{receipt}", None),
    "thing": ("/doc/innovation/rdv", None),
    "ontology": ("/ont", None),
    "lists": ("/voc", None),
    "list": ("/voc/stage", None),
    "grid": ("/voc/grid-economic-model", None),
    "problem": ("/doc/innovation/nope", None),
    "diffusion": ("/diffusion", None),
    "spread": ("/diffusion/innovation/rdv", None),
}


@pytest.fixture(scope="module")
def addresses(server: Server) -> dict[str, str]:
    from invented import ADOPTION, LICENCE, turtle

    from innograph import contributions, media

    instance = Instance.open(Settings.from_environment(server.environ))
    body = ADOPTION.replace("2023-09", "2018-01")
    graph = media.parse(turtle(body, instance.base), "text/turtle", instance.base)
    key = contributions.submit(instance, graph, "contributor/x", LICENCE).key
    contributions.decide(instance, key or "", False, "me", "only a test")
    link = invitation(server)
    secret = link.split("=")[-1]
    return {
        "invitation": link,
        "confirmation": f"/adopted/received?receipt={key}&invitation={secret}",
        "receipt": f"/doc/receipt/{key}",
    }


# All rules are tried; what they pass is not described.
CHECK = "axe.run({resultTypes: ['violations']}).then(result => result.violations)"
WINDOWS = ((1280, "light"), (400, "dark"))


@pytest.fixture(scope="module")
def windows(opened: Callable[..., Any]) -> Iterator[list[Page]]:
    """A wide light one and a narrow dark one, in which one page after the other is opened."""
    with ExitStack() as stack:
        # The policy of our pages would stop the checker's script.
        always: dict[str, Any] = {"bypass_csp": True, "locale": "fr-FR"}
        yield [
            stack.enter_context(
                opened(viewport={"width": width, "height": 800}, color_scheme=scheme, **always)
            )
            for width, scheme in WINDOWS
        ]


@pytest.mark.parametrize("name", PAGES)
def test_the_accessibility_checker_finds_nothing_and_nothing_scrolls_sideways(
    windows: list[Page], addresses: dict[str, str], axe: Path, name: str
) -> None:
    address, act = PAGES[name]
    for page, (width, scheme) in zip(windows, WINDOWS, strict=True):
        page.goto(address.format(**addresses))
        if act is not None:
            act(page)
        shoot(page, f"{name}-{width}-{scheme}")
        inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert inner[1] == width
        assert inner[0] <= inner[1], f"{name} scrolls sideways at {width}"
        page.add_script_tag(path=axe)
        found = page.evaluate(CHECK)
        told = [(v["id"], v["help"], [n["html"] for n in v["nodes"]]) for v in found]
        assert told == [], f"{name} {width} {scheme}"


def test_the_keyboard_reaches_the_form_and_its_button(
    opened: Callable[..., Any], addresses: dict[str, str]
) -> None:
    with opened(java_script_enabled=True) as page:
        page.goto(addresses["invitation"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        reached = []
        for _ in range(20):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate("document.activeElement.id || document.activeElement.type")
            )
        wanted = ["adopter", "adopts", "status", "evidence", "description", "licence", "submit"]
        assert [key for key in reached if key in wanted][: len(wanted)] == wanted
