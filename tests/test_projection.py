"""The public graph is what the ledger says: made step by step or made again, it is the same."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from child import exit_code
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from invented import ADOPTION, DOSSIERS, LICENCE, turtle

from innograph import contributions, media, vocab
from innograph.contributions import Submission
from innograph.errors import Invalid
from innograph.instance import Instance
from innograph.ledger import Ledger
from innograph.projection import Projection
from innograph.settings import Settings
from innograph.store import open_store

BASE = "https://example.org"
RDV = f"{BASE}/id/innovation/rdv"


class Clock:
    """A day that a test moves on."""

    def __init__(self, day: str = "2026-01-30") -> None:
        self.now = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def opened(home: Path, clock: Clock) -> Instance:
    settings = Settings(home=home, base=BASE)
    home.mkdir(parents=True, exist_ok=True)
    ledger = Ledger.open(settings.ledger, BASE, clock=clock)
    store = open_store(settings, vocab.prefixes())
    instance = Instance(settings, ledger, store, Projection(ledger, store))
    instance.follow()
    return instance


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def instance(tmp_path: Path, clock: Clock) -> Iterator[Instance]:
    made = opened(tmp_path, clock)
    yield made
    made.ledger.close()


def submission(body: str, local: str, source: str = "source/one") -> Submission:
    return Submission(media.parse(turtle(body, BASE), "text/turtle", BASE), source, LICENCE, local)


def publish(instance: Instance, dossiers: dict[str, str]) -> dict[str, str]:
    items = [submission(body, local) for local, body in dossiers.items()]
    receipts = contributions.submit_trusted(instance, items)
    assert [r.state for r in receipts if r.state not in ("accepted", "unchanged")] == []
    return {local: receipt.dossier for local, receipt in zip(dossiers, receipts, strict=True)}


def rows(instance: Instance, query: str) -> list[dict[str, str]]:
    answer = instance.ask(query, "application/sparql-results+json")
    found = json.loads(b"".join(answer.body))["results"]["bindings"]
    return [{name: cell["value"] for name, cell in row.items()} for row in found]


def standing(instance: Instance, thing: str = RDV) -> set[str]:
    """Stage, standing and adopters of a thing, as graph/derived tells them."""
    query = f"""SELECT ?value {{ GRAPH <{BASE}/graph/derived> {{
        <{thing}> inno:currentStage|inno:currentStanding|inno:adoptedBy ?value }} }}"""
    return {row["value"].removeprefix(vocab.VOCABULARIES) for row in rows(instance, query)}


# Things of which several dossiers tell, by periods that begin and end about the days of the test.
PERIOD = "<id/status-period/{0}> a inno:StatusPeriod ; inno:status {1} ; {2} .\n"
DAY = "^^<http://www.w3.org/2001/XMLSchema#date>"
PILOT = PERIOD.format("pilot", "stage:piloting", f'schema:startDate "2025-05-05"{DAY}')
LATER = PERIOD.format("pilot", "stage:piloting", f'schema:startDate "2026-02-01"{DAY}')
OVER = PERIOD.format(
    "pilot",
    "stage:piloting",
    f'schema:startDate "2025-05-05"{DAY} ; schema:endDate "2026-01-31"{DAY}',
)
ENDED = PERIOD.format(
    "end",
    "<https://w3id.org/innograph/voc/standing/ended>",
    f'schema:startDate "2026-02-02"{DAY}',
)
USE = PERIOD.format("use", "uptake:in-use", f'schema:startDate "2026-01-31"{DAY}')
USED = PERIOD.format("use", "uptake:in-use", f'schema:startDate "2021-01-01"{DAY}')
TITLE = '<id/innovation/x> a inno:Innovation ; dcterms:title "X"@fr'
ADOPTED = """<id/adoption/x> a inno:Adoption ; inno:adopts <id/innovation/x> ;
    inno:adopter <id/organisation/valbourg> """
INNOVATIONS = [
    f"{TITLE} ; inno:hasStatus <id/status-period/pilot> , <id/status-period/end> .{PILOT}{ENDED}",
    f"{TITLE} ; inno:hasStatus <id/status-period/pilot> .{PILOT}",
    f"{TITLE} ; inno:hasStatus <id/status-period/pilot> .{LATER}",
    f"{TITLE} .",
    # A dossier about a period alone: what it changes hangs on things that it does not name.
    PILOT,
    LATER,
    OVER,
    ENDED,
]
ADOPTIONS = [
    f"{ADOPTED} ; inno:hasStatus <id/status-period/use> .{USE}",
    f"{ADOPTED} ; inno:hasStatus <id/status-period/use> .{USED}",
    USE,
    USED,
]
START = {
    "valbourg": DOSSIERS["valbourg"],
    "x": INNOVATIONS[0],
    "adoption": ADOPTIONS[0],
}
SPEAKERS = ("contributor/1", "contributor/2")

steps = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(SPEAKERS), st.sampled_from(INNOVATIONS)),
        st.tuples(st.just("say"), st.sampled_from(SPEAKERS), st.sampled_from(ADOPTIONS)),
        st.tuples(st.just("list"), st.just("x"), st.sampled_from(INNOVATIONS[:4])),
        st.tuples(st.just("list"), st.just("adoption"), st.sampled_from(ADOPTIONS[:2])),
        st.tuples(st.just("withdraw"), st.integers(0, 5), st.just("")),
        st.tuples(st.just("sleep"), st.integers(1, 2), st.just("")),
        st.tuples(st.just("look"), st.just(""), st.just("")),
    ),
    min_size=1,
    max_size=10,
)


def say(instance: Instance, speaker: str, body: str, mine: dict[str, str]) -> None:
    """Say something as a person in a dossier that is replaced each time, and have it accepted.

    It is not taken when it points at what was withdrawn meanwhile.
    """
    graph = media.parse(turtle(body, BASE), "text/turtle", BASE)
    try:
        receipt = contributions.submit(instance, graph, speaker, LICENCE, mine.get(speaker))
    except Invalid:
        return
    mine[speaker] = receipt.dossier
    if receipt.state == "received" and receipt.key is not None:
        contributions.decide(instance, receipt.key, True, "moderator", "")


def test_when_an_adoption_began_is_what_is_published_of_it_and_of_its_uses(
    instance: Instance,
) -> None:
    begun = f"SELECT ?day {{ <{BASE}/id/adoption/x> <{vocab.NAMESPACE}startLatest> ?day }}"
    [_, _, adoption] = publish(instance, START).values()
    assert rows(instance, begun) == [{"day": "2026-01-31"}]
    [told] = publish(instance, {"told": USED.replace("/use>", "/former>")}).values()
    linked = f"{ADOPTED} ; inno:hasStatus <id/status-period/former> .{USED}".replace(
        "/use>", "/former>"
    )
    [other] = publish(instance, {"other": linked}).values()
    assert rows(instance, begun) == [{"day": "2021-01-01"}]
    contributions.withdraw(instance, other, "moderator", "")
    assert rows(instance, begun) == [{"day": "2026-01-31"}]
    contributions.withdraw(instance, adoption, "moderator", "")
    assert rows(instance, begun) == []
    assert told != other


@given(steps)
@example([("say", SPEAKERS[0], OVER), ("sleep", 1, ""), ("say", SPEAKERS[1], LATER)])
@example([("say", SPEAKERS[0], PILOT), ("withdraw", 1, ""), ("say", SPEAKERS[1], ENDED)])
@example([("say", SPEAKERS[0], USED)])
@hypothesis_settings(
    max_examples=15, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
def test_a_graph_made_again_is_the_graph_that_grew(steps: list[tuple[str, str | int, str]]) -> None:
    with TemporaryDirectory() as folder:
        clock = Clock()
        instance, lazy = (opened(Path(folder), clock) for _ in range(2))
        dossiers = list(publish(instance, START).values())
        mine: dict[str, str] = {}
        for act, who, body in steps:
            match act:
                case "say":
                    say(instance, str(who), body, mine)
                case "list":
                    items = [submission(body, str(who))]
                    contributions.submit_trusted(instance, items)
                case "withdraw":
                    known = [*dossiers, *mine.values()]
                    chosen = known[int(who) % len(known)]
                    if instance.ledger.public([chosen]):
                        contributions.withdraw(instance, chosen, "moderator", "no")
                case "sleep":
                    clock.now += timedelta(days=int(who))
                case "look":
                    lazy.follow()
        rebuilt = opened(Path(folder), clock)
        grown = [list(i.store.dump()) for i in (instance, lazy, rebuilt) if i.follow()]
        for each in (instance, lazy, rebuilt):
            each.ledger.close()
        assert grown[0] == grown[2]
        assert grown[1] == grown[2]


def test_what_is_current_follows_the_day(instance: Instance, clock: Clock) -> None:
    publish(instance, START)
    assert standing(instance, f"{BASE}/id/innovation/x") == {"stage/piloting", "standing/active"}
    clock.now += timedelta(days=4)
    publish(instance, {"panier": DOSSIERS["panier"]})  # of something else, on a later day
    assert standing(instance, f"{BASE}/id/innovation/x") == {
        "standing/ended",
        f"{BASE}/id/organisation/valbourg",
    }


def test_what_is_put_off_is_derived_when_somebody_asks(tmp_path: Path, clock: Clock) -> None:
    instance = opened(tmp_path, clock)
    with instance.putting_off():
        publish(instance, START)
        publish(instance, {"panier": DOSSIERS["panier"]})
        assert standing(instance, f"{BASE}/id/innovation/x") == set()
    rebuilt = opened(tmp_path, clock)
    told = [list(i.store.dump()) for i in (instance, rebuilt) if i.follow()]
    assert len(told) == 2 and told[0] == told[1]
    assert standing(instance, f"{BASE}/id/innovation/x") == {"stage/piloting", "standing/active"}
    for each in (instance, rebuilt):
        each.ledger.close()


def test_what_two_dossiers_tell_of_one_thing_is_told_once_by_the_graph(instance: Instance) -> None:
    publish(instance, DOSSIERS)
    body = DOSSIERS["rdv"].replace('"Online appointments"@en', '"Appointments"@en')
    mine: dict[str, str] = {}
    say(instance, SPEAKERS[0], body, mine)
    titles = f"SELECT ?title {{ <{RDV}> dcterms:title ?title }} ORDER BY ?title"
    assert [row["title"] for row in rows(instance, titles)] == [
        "Appointments",
        "Online appointments",
        "Rendez-vous en ligne",
    ]
    count = f"SELECT (COUNT(*) AS ?n) {{ <{RDV}> inno:currentStage ?stage }}"
    assert rows(instance, count) == [{"n": "1"}]
    contributions.withdraw(instance, mine[SPEAKERS[0]], "moderator", "no")
    assert len(rows(instance, titles)) == 2
    assert rows(instance, count) == [{"n": "1"}]


def test_shortcuts_are_told_by_the_default_graph_and_by_their_own(instance: Instance) -> None:
    publish(instance, DOSSIERS)
    told = f"<{RDV}> inno:currentStage ?stage"
    default = rows(instance, f"SELECT ?stage {{ {told} }}")
    assert default == [{"stage": f"{vocab.VOCABULARIES}stage/piloting"}]
    named = rows(instance, f"SELECT ?g ?stage {{ GRAPH ?g {{ {told} }} }}")
    assert named == [default[0] | {"g": f"{BASE}/graph/derived"}]


def test_a_shortcut_goes_with_what_it_came_from(instance: Instance) -> None:
    dossiers = publish(instance, DOSSIERS)
    valbourg = f"{BASE}/id/organisation/valbourg"
    assert standing(instance) == {"stage/piloting", "standing/active", valbourg}
    contributions.withdraw(instance, dossiers["adoption"], "moderator", "no")
    assert standing(instance) == {"stage/piloting", "standing/active"}
    contributions.withdraw(instance, dossiers["rdv"], "moderator", "no")
    assert standing(instance) == set()
    bounds = "SELECT * { ?period inno:startEarliest ?day }"
    assert rows(instance, bounds) == []


def test_graph_meta_tells_who_said_what_when_under_which_licence(
    instance: Instance, clock: Clock
) -> None:
    item = submission(DOSSIERS["rdv"], "rdv")
    notes = {
        "primarySource": "https://source.example.org/",
        "normalisations": [
            {"field": "title", "raw": " Rendez-vous", "value": "Rendez-vous", "rule": "spaces"}
        ],
    }
    told = Submission(item.graph, "source/one", LICENCE, "rdv", notes)
    [receipt] = contributions.submit_trusted(instance, [told])

    def meta() -> set[tuple[str, str]]:
        found = rows(
            instance,
            f"SELECT ?p ?o {{ GRAPH <{BASE}/graph/meta> {{ <{receipt.dossier}> ?p ?o }} }}",
        )
        return {(row["p"].replace("#", "/").rsplit("/", 1)[1], row["o"]) for row in found}

    assert meta() == {
        ("type", f"{vocab.NAMESPACE}Dossier"),
        ("primaryTopic", RDV),
        ("wasAttributedTo", f"{BASE}/id/source/one"),
        ("license", LICENCE),
        ("generatedAtTime", "2026-01-30T12:00:00Z"),
        ("hadPrimarySource", "https://source.example.org/"),
        ("version", "1"),
        ("hasPart", f"{receipt.dossier}-normalisation-1"),
    }
    query = f"""SELECT ?field ?raw ?value ?rule {{ <{receipt.dossier}> dcterms:hasPart [
        schema:name ?field ; inno:rawValue ?raw ; schema:value ?value ; inno:rule ?rule ] }}"""
    assert rows(instance, query) == [
        {"field": "title", "raw": " Rendez-vous", "value": "Rendez-vous", "rule": "spaces"}
    ]
    # Replaced: the newer receipt's day, and nothing left of the older notes.
    clock.now += timedelta(days=1)
    body = DOSSIERS["rdv"].replace("Online appointments", "Appointments")
    contributions.submit_trusted(instance, [submission(body, "rdv")])
    assert ("generatedAtTime", "2026-01-31T12:00:00Z") in meta() and ("version", "2") in meta()
    assert "hadPrimarySource" not in dict(meta()) and "hasPart" not in dict(meta())
    assert rows(instance, "SELECT ?s { ?s a inno:Normalisation }") == []
    contributions.withdraw(instance, receipt.dossier, "moderator", "no")
    assert meta() == set()


def test_what_one_process_decides_another_sees(instance: Instance) -> None:
    publish(instance, {name: DOSSIERS[name] for name in ("rdv", "valbourg")})
    body = ADOPTION.replace("innovation/panier", "innovation/rdv")
    graph = media.parse(turtle(body, BASE), "text/turtle", BASE)
    receipt = contributions.submit(instance, graph, "contributor/clerk", LICENCE)
    before = standing(instance)
    assert exit_code(instance.settings.home, "decide", "accept", receipt.key or "") == 0
    assert standing(instance) == before | {f"{BASE}/id/organisation/valbourg"}
    assert instance.store.revision == instance.ledger.revision()
