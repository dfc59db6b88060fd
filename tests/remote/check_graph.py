"""The examples in Virtuoso 7: `innograph rebuild --store`, then every stored query."""

import json
from collections.abc import Iterator
from typing import Any

import engines
import pytest
from invented import LICENCE, turtle
from test_remote import ASKED, BASE, contents, embedded, remote, text_of, told

from innograph import contributions, decisions, media
from innograph.instance import Instance

__all__ = ["embedded", "remote"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with engines.virtuoso(tmp_path_factory.mktemp("virtuoso")) as told:
        yield told


def alike(lines: list[str]) -> list[str]:
    """Yes and no are 1 and 0 to Virtuoso, and a text that cannot be made is an empty one."""
    rows = [line.replace('"true"', '"1"').replace('"false"', '"0"') for line in lines]
    kept = [
        json.dumps({name: text for name, text in json.loads(row).items() if text})
        if row[0] == "{"
        else row
        for row in rows
    ]
    return sorted(kept)


def dump(instance: Instance) -> list[str]:
    return alike([line.decode() for line in instance.store.dump()])


def test_a_filled_engine_holds_what_the_memory_holds(embedded: Instance, remote: Instance) -> None:
    assert dump(remote) == dump(embedded)


@pytest.mark.parametrize(("name", "values"), ASKED)
def test_a_stored_query_gives_the_same_rows(
    embedded: Instance, remote: Instance, name: str, values: dict[str, list[str]]
) -> None:
    text = text_of(name, values)
    assert alike(told(remote, text)) == alike(told(embedded, text))


def test_what_is_accepted_is_asked_for_at_once_until_it_is_withdrawn(remote: Instance) -> None:
    count = "SELECT (COUNT(?x) AS ?n) { ?x dcterms:title 'Essai'@fr }"
    graph = media.parse(
        turtle('[] a inno:Innovation ; dcterms:title "Essai"@fr .', BASE), "text/turtle", BASE
    )
    receipt = contributions.submit(remote, graph, "contributor/test", LICENCE)
    contributions.decide(remote, str(receipt.key), True, "moderator", "")
    assert told(remote, count) == ['{"n": "1"}']
    assert dump(remote) == alike([line.decode() for line in contents(remote)])
    contributions.withdraw(remote, receipt.dossier, "moderator", "no")
    assert told(remote, count) == ['{"n": "0"}']
    assert dump(remote) == alike([line.decode() for line in contents(remote)])


def test_what_is_derived_of_a_part_is_what_is_derived_of_all(remote: Instance) -> None:
    """One example after the other goes, of each kind; what hung on it goes with it."""
    for event in [*remote.ledger.changes(0)][::6]:
        contributions.withdraw(remote, event.dossier, "moderator", "no")
        remote.follow()
        assert dump(remote) == alike([line.decode() for line in contents(remote)]), event.thing


def test_things_that_are_merged_are_one(embedded: Instance, remote: Instance) -> None:
    embedded.follow()
    before = dump(embedded)
    loser, survivor = sorted(embedded.store.find("SELECT ?x { ?x a inno:Innovation }"))[:2]
    decisions.merge(embedded, loser, survivor, "anna", "one")
    remote.follow()
    assert dump(remote) == dump(embedded) != before
    decisions.unmerge(embedded, loser, "anna", "two")
    remote.follow()
    assert dump(remote) == dump(embedded) == before
