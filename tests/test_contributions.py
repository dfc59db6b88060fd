"""The life of a contribution: what waits is seen by nobody, what is accepted by everybody."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from invented import ADOPTION, DOSSIERS, LICENCE, publish, turtle
from rdflib import Graph

from innograph import contributions, media
from innograph.contributions import Receipt, Submission
from innograph.errors import Forbidden, Invalid, NotFound, NotMinted, NotPending
from innograph.instance import Instance
from innograph.settings import Settings
from innograph.validation import Report

BASE = "https://example.org"
CLERK, OTHER = "contributor/clerk", "contributor/other"
RDV, VALBOURG = f"{BASE}/id/innovation/rdv", f"{BASE}/id/organisation/valbourg"
Send = Callable[..., Receipt]


def read(body: str) -> Graph:
    return media.parse(turtle(body, BASE), "text/turtle", BASE)


def rows(instance: Instance, query: str) -> list[dict[str, str]]:
    answer = instance.ask(query, "application/sparql-results+json")
    found = json.loads(b"".join(answer.body))["results"]["bindings"]
    return [{name: cell["value"] for name, cell in row.items()} for row in found]


def titles(instance: Instance, thing: str = RDV) -> list[str]:
    query = f"SELECT ?title {{ <{thing}> dcterms:title|skos:prefLabel ?title }} ORDER BY ?title"
    return [row["title"] for row in rows(instance, query)]


def everything(instance: Instance) -> str:
    """All that any query can reach: the default graph and every named one."""
    query = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    return b"".join(instance.ask(query, "text/csv").body).decode()


def titled(title: str, name: str = "rdv", more: str = "") -> str:
    return f"""<id/innovation/{name}> a inno:Innovation ; dcterms:title "{title}"@fr ;
        dcterms:description "Une invention."@fr {more} ."""


@pytest.fixture
def instance(settings: Settings) -> Instance:
    """An instance with a few published dossiers."""
    opened = Instance.open(settings)
    publish(opened)
    return opened


@pytest.fixture
def send(instance: Instance) -> Send:
    """Sends Turtle as a person."""

    def send(body: str = ADOPTION, contributor: str = CLERK, dossier: str | None = None) -> Receipt:
        return contributions.submit(instance, read(body), contributor, LICENCE, dossier)

    return send


def harvest(instance: Instance, items: dict[str, str], source: str = "source/one") -> list[Receipt]:
    """Sends items the way a trusted source does, in one batch."""
    return contributions.submit_trusted(
        instance, [Submission(read(body), source, LICENCE, local) for local, body in items.items()]
    )


def states(receipts: list[Receipt]) -> list[str]:
    return [receipt.state for receipt in receipts]


def accept(instance: Instance, receipt: Receipt) -> None:
    assert receipt.key is not None
    contributions.decide(instance, receipt.key, True, "moderator", "")


# A person's contribution


def test_what_waits_is_reached_by_no_query(instance: Instance, send: Send) -> None:
    before = everything(instance)
    receipt = send()
    assert receipt.state == "received" and receipt.key is not None
    assert everything(instance) == before
    assert "Dans les cantines" not in before
    assert [event.receipt for event in instance.ledger.queue()] == [receipt.key]


def test_what_is_accepted_is_seen_at_once_by_whoever_reads_the_same_ledger(
    instance: Instance, send: Send, settings: Settings
) -> None:
    elsewhere = Instance.open(settings)
    receipt = send()
    accept(instance, receipt)
    for reader in (instance, elsewhere, Instance.open(settings)):
        [row] = rows(reader, f"SELECT ?s {{ GRAPH <{receipt.dossier}> {{ ?s a inno:Adoption }} }}")
        assert row["s"].startswith(f"{BASE}/id/adoption/")
    assert instance.ledger.queue() == []


def test_names_made_for_nameless_nodes_say_what_they_name(instance: Instance, send: Send) -> None:
    receipt = send()
    accept(instance, receipt)
    named = rows(
        instance, f"SELECT DISTINCT ?s {{ GRAPH <{receipt.dossier}> {{ ?s a ?c }} }} ORDER BY ?s"
    )
    kinds = [row["s"].removeprefix(f"{BASE}/id/").split("/")[0] for row in named]
    assert kinds == ["adoption", "status-period"]


def test_what_is_refused_stays_out(instance: Instance, send: Send) -> None:
    before, receipt = everything(instance), send()
    event = contributions.decide(instance, receipt.key or "", False, "moderator", "not so")
    assert (event.kind, event.reason) == ("refused", "not so")
    assert everything(instance) == before
    assert instance.ledger.queue() == []


def test_the_same_sent_again_is_known_whatever_became_of_it(instance: Instance, send: Send) -> None:
    first = send()
    assert (again := send()).state == "unchanged" and again.key == first.key
    accept(instance, first)
    assert (again := send()).state == "unchanged" and again.key == first.key
    contributions.withdraw(instance, first.dossier, "moderator", "an error")
    assert (again := send()).state == "unchanged" and again.key == first.key


def test_the_same_of_another_contributor_is_another_dossier(send: Send) -> None:
    mine, theirs = send(), send(contributor=OTHER)
    assert theirs.state == "received" and theirs.dossier != mine.dossier


def test_what_fails_the_check_is_not_kept(instance: Instance, send: Send) -> None:
    with pytest.raises(Invalid) as error:
        send('[] a inno:Innovation ; dcterms:description "Sans titre."@fr .')
    assert error.value.report.violations
    assert instance.ledger.queue() == []


def test_a_dossier_is_replaced_by_what_its_contributor_sends_for_it(
    instance: Instance, send: Send
) -> None:
    first = send(titled("Un"))
    accept(instance, first)
    second = send(titled("Deux"), dossier=first.dossier)
    assert second.dossier == first.dossier and titles(instance) == [
        "Online appointments",
        "Rendez-vous en ligne",
        "Un",
    ]
    accept(instance, second)
    assert "Deux" in titles(instance) and "Un" not in titles(instance)


def test_nobody_replaces_anothers_dossier(instance: Instance, send: Send) -> None:
    mine = send()
    for dossier in (mine.dossier, f"{BASE}/id/dossier/unknown"):
        with pytest.raises(Forbidden):
            send(titled("Deux"), contributor=OTHER, dossier=dossier)


def test_a_receipt_is_decided_on_once(instance: Instance, send: Send) -> None:
    receipt = send()
    accept(instance, receipt)
    for decision in (True, False):
        with pytest.raises(NotPending, match="accepted"):
            contributions.decide(instance, receipt.key or "", decision, "moderator", "again")
    with pytest.raises(NotFound):
        contributions.decide(instance, "unknown", True, "moderator", "")


def test_an_older_one_that_waits_gives_way_to_a_newer(instance: Instance, send: Send) -> None:
    old = send(titled("Un"))
    new = send(titled("Deux"), dossier=old.dossier)
    assert [event.receipt for event in instance.ledger.queue()] == [new.key]
    with pytest.raises(NotPending, match="replaced"):
        accept(instance, old)
    accept(instance, new)
    assert "Deux" in titles(instance)


def test_a_then_b_then_a_again_is_something_new(instance: Instance, send: Send) -> None:
    first = send(titled("Un"))
    accept(instance, first)
    accept(instance, send(titled("Deux"), dossier=first.dossier))
    third = send(titled("Un"), dossier=first.dossier)
    assert third.state == "received" and third.key != first.key
    accept(instance, third)
    assert "Un" in titles(instance) and "Deux" not in titles(instance)


@pytest.mark.parametrize(
    "name",
    [
        "id/innovation/never-given",
        "id/innovation/0123456789abcdef-0",
        "id/node/0123456789abcdef-0",
        "about",
    ],
)
def test_a_name_under_ones_base_that_was_not_given_is_refused(
    instance: Instance, send: Send, name: str
) -> None:
    body = f'<{name}> a inno:Innovation ; dcterms:title "Un"@fr ; dcterms:description "Un."@fr .'
    with pytest.raises(NotMinted, match=name):
        send(body)
    with pytest.raises(NotMinted, match=name):
        contributions.check(instance, read(body))
    assert instance.ledger.queue() == []


def test_what_is_described_may_have_a_name_of_elsewhere(instance: Instance, send: Send) -> None:
    foreign = "https://other.example.net/id/innovation/7"
    receipt = send(titled("Ailleurs").replace("<id/innovation/rdv>", f"<{foreign}>"))
    accept(instance, receipt)
    assert titles(instance, foreign) == ["Ailleurs"]


def test_an_adoption_of_what_is_not_published_is_refused(instance: Instance, send: Send) -> None:
    waiting = send('[] a inno:Innovation ; dcterms:title "Un"@fr ; dcterms:description "Un."@fr .')
    thing = instance.ledger.of_receipt(waiting.key or "")[0].thing
    adoption = ADOPTION.replace("id/innovation/panier", thing or "")
    with pytest.raises(Invalid):
        send(adoption)
    accept(instance, waiting)
    assert send(adoption).state == "received"


def test_what_no_longer_conforms_is_not_accepted_and_goes_on_waiting(
    instance: Instance, send: Send
) -> None:
    receipt = send()
    [panier] = instance.ledger.minted([f"{BASE}/id/innovation/panier"]).values()
    contributions.withdraw(instance, panier, "moderator", "an error")
    with pytest.raises(Invalid):
        accept(instance, receipt)
    assert [event.receipt for event in instance.ledger.queue()] == [receipt.key]


# A trusted source


def test_a_source_is_published_at_once_and_the_same_again_changes_nothing(
    settings: Settings,
) -> None:
    instance = Instance.open(settings)
    assert states(harvest(instance, DOSSIERS)) == ["accepted"] * len(DOSSIERS)
    revision, before = instance.follow(), everything(instance)
    assert "Rendez-vous en ligne" in before
    again = harvest(instance, DOSSIERS)
    assert states(again) == ["unchanged"] * len(DOSSIERS)
    assert instance.follow() == revision and everything(instance) == before
    assert states(harvest(instance, {"rdv": titled("Deux")})) == ["accepted"]
    assert titles(instance) == ["Deux"]


def test_the_order_of_a_batch_does_not_matter(settings: Settings) -> None:
    forwards = Instance.open(settings)
    harvest(forwards, DOSSIERS)
    backwards = Instance.open(replace(settings, home=settings.home / "2", ledger=""))
    turned = dict(reversed(DOSSIERS.items()))
    assert states(harvest(backwards, turned)) == ["accepted"] * len(DOSSIERS)
    query = f'SELECT * {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(!STRSTARTS(STR(?g), "{BASE}/graph/")) }}'
    answers = [
        sorted(b"".join(i.ask(query, "text/csv").body).splitlines()) for i in (forwards, backwards)
    ]
    assert answers[0] == answers[1]


def test_a_refused_item_stops_nothing_and_what_points_at_it_is_refused_too(
    settings: Settings,
) -> None:
    instance = Instance.open(settings)
    wrong = DOSSIERS | {"rdv": '<id/innovation/rdv> a inno:Innovation ; dcterms:title "Un" .'}
    told = dict(zip(wrong, states(harvest(instance, wrong)), strict=True))
    refused = {"rdv", "adoption"}
    assert told == {local: "refused" if local in refused else "accepted" for local in wrong}
    # What was refused left nothing behind: mended, all of it is taken.
    assert set(states(harvest(instance, DOSSIERS))) == {"accepted", "unchanged"}
    assert titles(instance) == ["Online appointments", "Rendez-vous en ligne"]


def test_a_chain_of_references_to_a_refused_item_is_refused_to_its_end(settings: Settings) -> None:
    instance = Instance.open(settings)
    support = """<id/support/{n}> a inno:Support ; inno:supports <{supported}> ;
        inno:supporter <id/organisation/valbourg> ;
        dcterms:type <https://w3id.org/innograph/voc/support/scaling-grant> ."""
    items = {
        "support": support.format(n=1, supported="id/adoption/valbourg-rdv"),
        **DOSSIERS,
        "rdv": '<id/innovation/rdv> a inno:Innovation ; dcterms:title "Un" .',
    }
    told = dict(zip(items, states(harvest(instance, items)), strict=True))
    assert [told[local] for local in ("rdv", "adoption", "support")] == ["refused"] * 3
    assert told["valbourg"] == "accepted"


def test_a_name_that_another_source_has_gets_a_number_and_references_follow(
    settings: Settings,
) -> None:
    instance = Instance.open(settings)
    harvest(instance, DOSSIERS)
    other = {
        # Pointing before what is pointed at, in one batch and in the next.
        "adoption": DOSSIERS["adoption"],
        "valbourg": DOSSIERS["valbourg"].replace("Ville de Valbourg", "Valbourg-sur-Mer"),
        "rdv": titled("Autres rendez-vous"),
    }
    assert states(harvest(instance, other, "source/two")) == ["accepted"] * 3
    assert titles(instance, f"{RDV}-2") == ["Autres rendez-vous"]
    assert titles(instance, f"{VALBOURG}-2") == ["Valbourg-sur-Mer"]
    query = "SELECT ?a ?i ?o { ?a inno:adopts ?i ; inno:adopter ?o } ORDER BY ?a"
    one = {"a": f"{BASE}/id/adoption/valbourg-rdv", "i": RDV, "o": VALBOURG}
    two = {name: f"{value}-2" for name, value in one.items()}
    assert rows(instance, query) == [one, two]
    again = harvest(instance, other, "source/two")
    assert states(again) == ["unchanged"] * 3
    assert rows(instance, query) == [one, two]


def test_an_item_may_be_told_twice_in_a_batch_and_the_last_word_counts(settings: Settings) -> None:
    instance = Instance.open(settings)
    twice = [
        Submission(read(titled(title)), "source/one", LICENCE, "rdv") for title in ("Un", "Deux")
    ]
    receipts = contributions.submit_trusted(instance, twice)
    assert states(receipts) == ["accepted"] * 2 and titles(instance) == ["Deux"]
    assert contributions.submit_trusted(instance, []) == []


def away(instance: Instance, how: str) -> str:
    """A source's dossier that a person has taken away; returns its address."""
    if how == "refused":
        [receipt] = harvest(instance, {"x": titled("Un", "x")})
        contributions.withdraw(instance, receipt.dossier, "moderator", "no")
        [waiting] = harvest(instance, {"x": titled("Un et demi", "x")})
        contributions.decide(instance, waiting.key or "", False, "moderator", "no")
    else:
        [receipt] = harvest(instance, {"x": titled("Un et demi", "x")})
        if how == "withdrawn":
            contributions.withdraw(instance, receipt.dossier, "moderator", "no")
        else:
            instance.ledger.erase(receipt.dossier, reason="no", decider="moderator")
    instance.follow()
    assert instance.ledger.history(receipt.dossier)[-1].kind == how
    return receipt.dossier


@pytest.mark.parametrize("how", ["withdrawn", "refused", "erased"])
def test_a_source_revives_nothing_that_a_person_took_away(instance: Instance, how: str) -> None:
    dossier, revision = away(instance, how), instance.follow()
    assert states(harvest(instance, {"x": titled("Un et demi", "x")})) == ["unchanged"]
    assert instance.follow() == revision and titles(instance, f"{BASE}/id/innovation/x") == []
    [changed] = harvest(instance, {"x": titled("Deux", "x")})
    assert (changed.state, changed.dossier) == ("received", dossier)
    assert titles(instance, f"{BASE}/id/innovation/x") == []
    accept(instance, changed)
    assert titles(instance, f"{BASE}/id/innovation/x") == ["Deux"]
    assert states(harvest(instance, {"x": titled("Trois", "x")})) == ["accepted"]


def test_what_a_source_itself_withdrew_it_may_list_again(instance: Instance) -> None:
    [receipt] = harvest(instance, {"x": titled("Un", "x")})
    contributions.withdraw(instance, receipt.dossier, "source/one", "no longer listed")
    assert titles(instance, f"{BASE}/id/innovation/x") == []
    assert states(harvest(instance, {"x": titled("Un", "x")})) == ["accepted"]
    assert titles(instance, f"{BASE}/id/innovation/x") == ["Un"]


def test_nothing_becomes_public_that_points_at_what_waits(instance: Instance) -> None:
    [receipt] = harvest(instance, {"x": titled("Un", "x")})
    contributions.withdraw(instance, receipt.dossier, "moderator", "no")
    adoption = DOSSIERS["adoption"].replace("innovation/rdv", "innovation/x").replace("-rdv", "-x")
    # It points at what the same batch brings, but that waits for a decision.
    told = harvest(instance, {"x": titled("Deux", "x"), "y": adoption})
    assert states(told) == ["received", "refused"]
    accept(instance, told[0])
    assert states(harvest(instance, {"y": adoption})) == ["accepted"]


# Taking away


def test_what_is_withdrawn_is_gone_and_withdrawn_once(instance: Instance) -> None:
    [rdv] = instance.ledger.minted([RDV]).values()
    event = contributions.withdraw(instance, rdv, "moderator", "an error")
    assert event is not None and event.kind == "withdrawn"
    assert titles(instance) == [] and rdv not in everything(instance)
    assert contributions.withdraw(instance, rdv, "moderator", "again") is None
    with pytest.raises(NotFound):
        contributions.withdraw(instance, f"{BASE}/id/dossier/unknown", "moderator", "x")


def test_what_was_never_public_cannot_be_withdrawn(instance: Instance, send: Send) -> None:
    receipt = send()
    with pytest.raises(NotFound):
        contributions.withdraw(instance, receipt.dossier, "moderator", "x")


def test_withdrawing_twice_is_nothing_also_while_something_new_waits(
    instance: Instance, send: Send
) -> None:
    first = send(titled("Un"))
    accept(instance, first)
    assert contributions.withdraw(instance, first.dossier, "moderator", "an error")
    second = send(titled("Deux"), dossier=first.dossier)
    assert contributions.withdraw(instance, first.dossier, "moderator", "again") is None
    accept(instance, second)
    assert "Deux" in titles(instance)


def test_a_thing_stays_as_long_as_one_dossier_tells_of_it(instance: Instance, send: Send) -> None:
    other = send(titled("Rendez-vous en ligne"))
    accept(instance, other)
    [rdv] = instance.ledger.minted([RDV]).values()
    event = contributions.withdraw(instance, rdv, "moderator", "an error")
    assert event is not None and contributions.broken_by(instance, event) == {}
    assert titles(instance) == ["Rendez-vous en ligne"]


def test_dossiers_that_point_at_what_is_gone_are_listed(instance: Instance) -> None:
    places = (RDV, VALBOURG, f"{BASE}/id/adoption/valbourg-rdv")
    rdv, valbourg, adoption = (instance.ledger.minted([iri])[iri] for iri in places)
    for dossier, name in ((rdv, RDV), (valbourg, VALBOURG)):
        event = contributions.withdraw(instance, dossier, "moderator", "an error")
        assert event is not None
        broken = contributions.broken_by(instance, event)
        assert list(broken) == [adoption]
        assert name in str([result.value for result in broken[adoption].violations])
    assert "valbourg-rdv" in everything(instance)  # it stays, until a person decides


def test_dossiers_that_point_at_what_a_dossier_no_longer_tells_are_listed(
    instance: Instance, send: Send
) -> None:
    def broken_by_replacement(body: str) -> dict[str, Report]:
        again = send(body, dossier=first.dossier)
        decision = contributions.decide(instance, again.key or "", True, "moderator", "")
        return contributions.broken_by(instance, decision)

    told = '{} a inno:Innovation ; dcterms:title "{}"@fr ; dcterms:description "Une idée."@fr .'
    first = send(told.format("[]", "Un"))
    accepted = contributions.decide(instance, first.key or "", True, "moderator", "")
    assert contributions.broken_by(instance, accepted) == {}  # it replaced nothing
    made = accepted.thing or ""
    pointing = send(ADOPTION.replace("id/innovation/panier", made))
    accept(instance, pointing)
    assert broken_by_replacement(told.format(f"<{made}>", "Deux")) == {}
    assert list(broken_by_replacement(told.format("[]", "Trois"))) == [pointing.dossier]
    assert pointing.dossier in everything(instance)  # it stays, until a person decides


def test_what_is_erased_is_gone_for_good_and_the_rest_stands(
    instance: Instance, send: Send, settings: Settings
) -> None:
    receipt = send()
    accept(instance, receipt)
    payload = instance.ledger.history(receipt.dossier)[-1].payload or ""
    instance.ledger.erase(receipt.dossier, reason="a court's order", decider="moderator")
    assert "Dans les cantines" not in everything(instance)
    assert receipt.dossier not in everything(instance)
    assert instance.ledger.payload(receipt.dossier, payload) is None
    assert instance.ledger.verify() == []
    rebuilt = Instance.open(settings)
    assert rebuilt.follow() == instance.follow() > 0
    assert list(rebuilt.store.dump()) == list(instance.store.dump())
    assert (again := send()).state == "unchanged" and again.key == receipt.key
    with pytest.raises(NotPending, match="erased"):
        accept(instance, receipt)


def test_what_waits_can_be_erased_and_is_then_not_accepted(instance: Instance, send: Send) -> None:
    receipt = send()
    instance.ledger.erase(contributor=CLERK, reason="their wish", decider="moderator")
    assert instance.ledger.queue() == []
    with pytest.raises(NotPending, match="erased"):
        accept(instance, receipt)
