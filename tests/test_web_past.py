"""`?at=` on /doc: what was known then, for as long as it is not erased."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from invented import DOSSIERS, publish
from pyoxigraph import Quad, RdfFormat, parse
from test_projection import Clock
from test_web_things import problem
from werkzeug.test import Client, TestResponse

from innograph import contributions, decisions
from innograph.errors import NotWiped
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.web import create_app

BASE = "https://example.org"
RDV = "/doc/innovation/rdv"
TITLE = "<http://purl.org/dc/terms/title>"
READ = {
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
}
RENAMED = DOSSIERS["rdv"].replace("Online appointments", "Appointments")
PANIER = DOSSIERS["panier"]


class World:
    """An instance that learns something each month of 2024, and its door."""

    def __init__(self, home: Path) -> None:
        app = create_app(Settings(home=home, base=BASE))
        self.client: Client = app.test_client()
        self.instance: Instance = app.extensions["innograph"]
        self.dossiers: dict[str, str] = {}

    def on(self, day: str) -> None:
        """Let it be noon of a day."""
        self.instance.ledger._clock = Clock(day)

    def publish(self, dossiers: dict[str, str]) -> int:
        self.dossiers |= publish(self.instance, dossiers)
        return self.instance.ledger.revision()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def told(self, path: str) -> set[str]:
        """The statements at an address, asked as N-Triples."""
        answer = self.get(path, Accept="application/n-triples")
        assert answer.status_code == 200, answer.text
        return set(answer.text.splitlines())

    def titles(self, path: str) -> set[str]:
        named = f"<{BASE}{path.partition('?')[0].replace('/doc/', '/id/')}> {TITLE} "
        lines = (line for line in self.told(path) if line.startswith(named))
        return {line.removeprefix(named).removesuffix(" .") for line in lines}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Told in January, renamed in March, withdrawn in May, told again in July; only asked."""
    made = World(tmp_path_factory.mktemp("home"))
    made.on("2024-01-10")
    made.publish(DOSSIERS)
    made.on("2024-03-10")
    made.publish({"rdv": RENAMED})
    made.on("2024-05-10")
    contributions.withdraw(made.instance, made.dossiers["panier"], "anna", "no <longer> so")
    made.on("2024-07-10")
    made.publish({"fresh": PANIER.replace("/panier", "/fresh").replace("Panier", "Nouveau")})
    yield made
    made.instance.ledger.close()


FIRST = {'"Rendez-vous en ligne"@fr', '"Online appointments"@en'}
SECOND = {'"Rendez-vous en ligne"@fr', '"Appointments"@en'}


@pytest.mark.parametrize(
    ("at", "titles"),
    [
        ("2024-01-10", FIRST),  # a day is over when it is asked for
        ("2024-01-10T12:00:00Z", FIRST),
        ("2024-01-10T13:00:00%2B01:00", FIRST),
        ("2024-01-10T13:00:00+01:00", FIRST),  # as a careless client sends it
        ("2024-03-09", FIRST),
        ("2024-03-10T11:59:59", FIRST),
        ("2024-03-10T12:00:00", SECOND),
        ("2024-03-10", SECOND),
        ("2024-09-01", SECOND),
        ("6", FIRST),
        ("7", SECOND),
    ],
)
def test_a_thing_is_told_as_it_was_at_a_day_a_time_or_a_revision(
    world: World, at: str, titles: set[str]
) -> None:
    assert world.titles(f"{RDV}?at={at}") == titles


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2999-01-01", "future"),
        ("yesterday", "2026-01-31"),
        ("2024-02-30", "2026-01-31"),
        ("0001-01-01T00:00:00+14:00", "2026-01-31"),
        ("10", "revision 9"),
        ("9999999999999999999", "2026-01-31"),
    ],
)
def test_a_time_that_is_none_or_still_to_come_is_refused(
    world: World, at: str, reason: str
) -> None:
    told = problem(world.get(f"{RDV}?at={at}"), 400)
    assert told["parameter"] == "at" and reason in told["detail"]
    problem(world.get(f"{RDV}?at=1&at=2"), 400)


def test_before_it_was_told_nothing_was_known(world: World) -> None:
    told = problem(world.get(f"{RDV}?at=2024-01-09"), 404)
    assert "at revision 0" in told["detail"]
    problem(world.get("/doc/innovation/fresh?at=2024-07-09"), 404)
    problem(world.get("/doc/innovation/nobody?at=2024-07-09"), 404)


def test_what_was_withdrawn_later_is_told_as_it_was_and_then_as_gone(world: World) -> None:
    path = "/doc/innovation/panier"
    assert world.titles(f"{path}?at=2024-04-01") == {'"Panier solidaire"@fr'}
    for when in ("", "?at=2024-06-01"):
        assert problem(world.get(path + when), 410)["reason"] == "no <longer> so"


def test_then_is_told_with_who_told_it_and_what_things_were_called(world: World) -> None:
    adoption = world.told("/doc/adoption/valbourg-rdv?at=2024-02-01")
    assert any('"Online appointments"@en' in line for line in adoption)
    assert any('"Ville de Valbourg"@fr' in line for line in adoption)
    later = world.told("/doc/adoption/valbourg-rdv?at=2024-04-01")
    assert any('"Appointments"@en' in line for line in later)
    dossier = f"<{world.dossiers['adoption']}>"
    assert (
        f"{dossier} <http://www.w3.org/ns/prov#wasAttributedTo> <{BASE}/id/contributor/invented> ."
        in later
    )
    [licence] = [line for line in later if line.startswith(dossier) and "terms/license" in line]
    assert "creativecommons" in licence


def test_now_is_told_alike_but_for_what_is_derived(world: World) -> None:
    revision = world.instance.ledger.revision()
    derived = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{BASE}/graph/derived> {{ ?s ?p ?o }} }}"
    answer = world.instance.ask(derived, "application/n-triples")
    beside = set(b"".join(answer.body).decode().splitlines())
    for path in (RDV, "/doc/adoption/valbourg-rdv", "/doc/organisation/valbourg"):
        now, then = world.told(path), world.told(f"{path}?at={revision}")
        assert then and then <= now
        # And what is pointed at by what is derived alone is called by its name.
        named = {line.split(" ")[2] for line in beside}
        extra = {line for line in now - then - beside if line.split(" ")[0] not in named}
        assert extra == set()
    dossier = world.dossiers["rdv"].removeprefix(BASE).replace("/id/", "/doc/")
    assert world.told(f"{dossier}?at={revision}") == world.told(dossier)
    assert any('"Online appointments"@en' in line for line in world.told(f"{dossier}?at=6"))


def test_answers_of_then_say_so(world: World) -> None:
    answer = world.get(f"{RDV}?at=2024-02-01", Accept="text/turtle")
    assert answer.headers["Memento-Datetime"] == "Wed, 10 Jan 2024 12:00:00 GMT"
    assert f'<{RDV}>; rel="original"' in ", ".join(answer.headers.getlist("Link"))
    assert f'<{RDV}.nt?at=2024-02-01>; rel="alternate"' in answer.headers["Link"]
    assert "Last-Modified" not in answer.headers
    tag = answer.headers["ETag"]
    again = world.get(f"{RDV}?at=2024-02-01", Accept="text/turtle", If_None_Match=tag)
    assert again.status_code == 304
    assert world.get(RDV, Accept="text/turtle").headers["ETag"] != tag
    page = world.get(f"{RDV}?at=2024-02-01", Accept="text/html", Accept_Language="fr")
    assert "à la révision 6" in page.text and "2024-01-10 12:00 UTC" in page.text
    assert f'href="{RDV}.ttl?at=2024-02-01"' in page.text
    assert "révision" not in world.get(RDV, Accept="text/html", Accept_Language="fr").text


def test_each_format_says_the_same_of_then(world: World) -> None:
    found: list[set[Quad]] = [
        set(parse(world.get(f"{RDV}.{extension}?at=6").data, form))
        for extension, form in READ.items()
    ]
    assert len(found) == 4 and found[0] and all(each == found[0] for each in found)


def test_the_present_tells_when_a_dossier_changed_last(world: World) -> None:
    assert world.get(RDV).headers["Last-Modified"] == "Sun, 10 Mar 2024 12:00:00 GMT"
    assert "Memento-Datetime" not in world.get(RDV).headers


@pytest.mark.parametrize("extension", READ)
def test_a_tombstone_is_told_in_each_format(world: World, extension: str) -> None:
    for path in (
        "/doc/innovation/panier",
        world.dossiers["panier"].removeprefix(BASE).replace("/id/", "/doc/"),
    ):
        answer = world.get(f"{path}.{extension}")
        assert answer.status_code == 410
        told = {str(quad.triple) for quad in parse(answer.data, READ[extension])}
        iri = f"<{BASE}{path.replace('/doc/', '/id/')}>"
        stream = "https://www.w3.org/ns/activitystreams#"
        assert (
            f"{iri} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{stream}Tombstone>" in told
        )
        time = '"2024-05-10T12:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
        assert f"{iri} <{stream}deleted> {time}" in told
        assert f'{iri} <{stream}summary> "no <longer> so"' in told


def test_what_was_erased_is_gone_at_all_times(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    world.on("2024-01-10")
    world.publish(DOSSIERS)
    world.on("2024-02-10")
    with suppress(NotWiped):
        world.instance.ledger.erase(dossier=world.dossiers["rdv"], reason="asked", decider="us")
    for when in ("", "?at=2024-01-20", "?at=2024-02-20", "?at=1"):
        assert problem(world.get(RDV + when), 410)["reason"] == "asked"
        status = world.get("/doc/status-period/rdv" + when).status_code
        assert status == 410
    assert "Online appointments" not in world.get("/doc/adoption/valbourg-rdv?at=2024-01-20").text
    problem(world.get(f"{RDV}?at=2024-01-01"), 404)


def test_a_merge_counts_from_when_it_was_made_until_it_is_taken_back(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    world.on("2024-01-10")
    world.publish(DOSSIERS)
    iris = [f"{BASE}/id/innovation/{key}" for key in ("panier", "rdv")]
    world.on("2024-02-10")
    decisions.merge(world.instance, *iris, "anna", "one")
    world.on("2024-03-10")
    decisions.unmerge(world.instance, iris[0], "anna", "two")
    panier = "/doc/innovation/panier"
    for day in ("2024-01-20", "2024-03-20"):
        assert world.titles(f"{panier}?at={day}") == {'"Panier solidaire"@fr'}
        assert world.titles(f"{RDV}?at={day}") == FIRST
    moved = world.get(f"{panier}?at=2024-02-20")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{RDV}?at=2024-02-20")
    assert world.titles(f"{RDV}?at=2024-02-20") == {*FIRST, '"Panier solidaire"@fr'}
    assert world.get(panier).status_code == 200
