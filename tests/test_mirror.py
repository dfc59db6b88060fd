"""Whoever follows the mirror API has what the graph has: the client of the documentation does."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import invented
import jsonschema
import pyoxigraph
import pytest
import requests
from changing import Changing
from invented import Site, turtle
from running import free_port, running
from test_web_things import problem

from innograph import contributions, decisions, exchange, media
from innograph.instance import Instance
from innograph.publication import changes
from innograph.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
CLIENT = ROOT / "docs" / "how-to" / "mirror.py"
BASE = "https://example.org"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Instance]]:
    """A server, and the instance through which its ledger is changed meanwhile."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    with running(home, port, query_workers=1, web_workers=2, cache_bytes=0) as server:
        instance = Instance.open(Settings(home=home, base=server.url))
        yield server.url, instance
        instance.ledger.close()


def mirror(server: str, folder: Path) -> int:
    """Run the client until it has all; the revision that it reached."""
    words = [sys.executable, str(CLIENT), server, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def files(folder: Path, kind: str) -> list[dict[str, Any]]:
    told = (json.loads(path.read_text("utf-8")) for path in folder.glob("*.json"))
    return [each for each in told if each["kind"] == kind]


def copied(folder: Path) -> dict[str, dict[str, Any]]:
    return {told["dossier"]: told for told in files(folder, "accepted")}


def dumped(instance: Instance) -> dict[str, bytes]:
    """The canonical N-Triples of each graph by its name, the default one's is empty."""
    instance.follow()
    found: dict[str, list[str]] = {}
    for quad in pyoxigraph.parse(b"".join(instance.store.dump()), pyoxigraph.RdfFormat.N_QUADS):
        found.setdefault(getattr(quad.graph_name, "value", ""), []).append(f"{quad.triple} .\n")
    return {name: "".join(sorted(lines)).encode() for name, lines in found.items()}


def graphs(instance: Instance) -> dict[str, bytes]:
    """The canonical N-Triples of each dossier, read from the dump of the graph."""
    return {name: text for name, text in dumped(instance).items() if "/id/dossier/" in name}


def assert_same(folder: Path, instance: Instance) -> None:
    """The copy is the graph: no dossier more or less, each says the same, and the same are one."""
    expected, found = graphs(instance), copied(folder)
    moved = {told["thing"]: told["movedTo"] for told in files(folder, "merged")}
    everything = b"".join(expected.values()).decode()
    for loser in moved:
        end = loser
        while end in moved:
            end = moved[end]
        everything = everything.replace(f"<{loser}>", f"<{end}>")
    assert set(everything.splitlines()) <= set(dumped(instance)[""].decode().splitlines())
    assert instance.ledger.merged().keys() == moved.keys()
    assert found.keys() == expected.keys()
    for iri, told in found.items():
        read = exchange.read(
            json.dumps(told["content"]).encode(), "application/json", instance.base
        )
        assert media.canonical(read) == expected[iri]
        assert told["sha256"] == media.content_hash(expected[iri])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The invented data set, with an empty cache."""
    return invented.site(Settings(home=tmp_path / "home", base=BASE, cache_bytes=0))


def page(site: Site, path: str) -> dict[str, Any]:
    answer = site.client.get(path.removeprefix(site.instance.settings.url))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    links = requests.utils.parse_header_links(answer.headers["Link"])
    following = [link["url"] for link in links if link["rel"] == "next"]
    assert following == ([told["next"]] if told["next"] else [])
    return told


def pages(site: Site, path: str) -> Iterator[dict[str, Any]]:
    """Page after page to the end, each asked for when the one before was worked on."""
    following: str | None = path
    while following:
        yield (told := page(site, following))
        following = told["next"]


def test_a_mirror_is_the_graph_after_each_hundred_of_five_hundred_changes(
    served: tuple[str, Instance], tmp_path: Path
) -> None:
    server, instance = served
    changing = Changing(instance)
    sizes = []
    for _ in range(5):
        changing.change(100)
        assert mirror(server, tmp_path / "copy") == instance.ledger.revision()
        assert_same(tmp_path / "copy", instance)
        sizes.append(len(copied(tmp_path / "copy")))
    counts = instance.ledger.counts()
    assert counts["accepted"] > 300 and counts["withdrawn"] > 10 and counts["erased"] > 5
    assert counts["merged"] > 10 and counts["unmerged"] > 1
    assert len(set(sizes)) > 1
    assert mirror(server, tmp_path / "again") == instance.ledger.revision()
    assert copied(tmp_path / "again") == copied(tmp_path / "copy")


def test_a_client_that_is_killed_again_and_again_ends_with_the_same_copy(
    served: tuple[str, Instance], tmp_path: Path
) -> None:
    server, instance = served
    kills = 0
    for many in range(1, 60, 12):
        words = [sys.executable, str(CLIENT), server, str(tmp_path / "copy")]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        while process.poll() is None and len(list((tmp_path / "copy").glob("*.json"))) < many:
            time.sleep(0.001)
        kills += process.poll() is None
        process.kill()
        process.wait()
    assert mirror(server, tmp_path / "copy") == instance.ledger.revision()
    assert kills > 0
    assert_same(tmp_path / "copy", instance)


def test_a_graph_that_changes_between_the_pages_is_copied_whole(site: Site) -> None:
    changing, copy = Changing(site.instance), dict[str, str]()
    changing.change(60)
    seen, revision = 0, 0
    for told in pages(site, "/api/changes?limit=7"):
        assert len(told["changes"]) <= 7
        numbers = [change["revision"] for change in told["changes"]]
        assert numbers == sorted(numbers) and all(number > revision for number in numbers)
        revision = told["revision"]
        for change in told["changes"]:
            if change["kind"] == "accepted":
                copy[change["dossier"]] = change["sha256"]
            else:
                copy.pop(change.get("dossier", ""), None)
        seen += 1
        if seen < 10:
            changing.change(11)
    expected = graphs(site.instance)
    assert seen > 10 and copy == {iri: media.content_hash(text) for iri, text in expected.items()}
    assert revision == site.instance.ledger.revision()


def test_each_form_of_a_page_says_the_same(site: Site) -> None:
    Changing(site.instance).change(40)
    path = "/api/changes?since=3&limit=1000"
    told = page(site, path)
    expected = graphs(site.instance)
    for form in ("jsonld", "trig", "nq"):
        answer = site.client.get(f"{path}&format={form}")
        kind = pyoxigraph.RdfFormat.from_media_type(answer.mimetype)
        assert kind is not None
        named: dict[str, set[str]] = {}
        for quad in pyoxigraph.parse(answer.data, kind):
            graph = getattr(quad.graph_name, "value", "")
            named.setdefault(graph, set()).add(f"{quad.triple} .\n")
        happened = "".join(named.pop(""))
        found = {iri: "".join(sorted(lines)).encode() for iri, lines in named.items()}
        public = {c["dossier"] for c in told["changes"] if c["kind"] == "accepted"}
        assert found == {iri: expected[iri] for iri in public}
        for change in told["changes"]:
            about = change.get("dossier", change["thing"])
            assert f"<{about}>" in happened and change["time"][:-1] in happened
        assert (
            answer.mimetype == site.client.get(path, headers={"Accept": answer.mimetype}).mimetype
        )


def test_a_dossier_that_the_schemas_have_no_room_for_is_told_as_json_ld(site: Site) -> None:
    """One that describes two things is no tree."""
    text = turtle(f"{invented.DOSSIERS['rdv']} {invented.DOSSIERS['panier']}", BASE)
    graph = media.parse(text, "text/turtle", BASE)
    told = json.dumps(changes.plain(media.canonical(graph))).encode()
    assert b"@graph" in told
    read = exchange.read(told, "application/json", BASE)
    assert media.canonical(read) == media.canonical(graph)


def test_who_is_up_to_date_is_told_so_and_where_to_ask_later(site: Site) -> None:
    told = page(site, "/api/changes?since=6")
    assert told == {"revision": 6, "changes": [], "next": None, "follow": told["follow"]}
    contributions.withdraw(site.instance, site.dossiers["rdv"], "us", "by mistake")
    [change] = page(site, told["follow"])["changes"]
    assert change == {
        "revision": 7,
        "kind": "withdrawn",
        "time": site.instance.ledger.history(site.dossiers["rdv"])[-1].time,
        "dossier": site.dossiers["rdv"],
        "thing": f"{BASE}/id/innovation/rdv",
        "reason": "by mistake",
    }


def test_what_waits_is_not_told(site: Site) -> None:
    assert site.contribute().status_code == 202
    assert page(site, "/api/changes?since=6")["changes"] == []


def test_an_innovation_is_told_with_all_its_dossiers_or_as_gone(site: Site) -> None:
    rdv, panier = (f"{BASE}/id/innovation/{name}" for name in ("rdv", "panier"))
    told = page(site, "/api/innovations")["innovations"]
    assert [(each["id"], each["state"], each["revision"]) for each in told] == [
        (rdv, "public", 1),
        (panier, "public", 2),
    ]
    [dossier] = told[0]["dossiers"]
    assert dossier["dossier"] == site.dossiers["rdv"]
    assert dossier["content"]["title"] == {
        "en": "Online appointments",
        "fr": "Rendez-vous en ligne",
    }
    assert dossier["licence"] == invented.LICENCE
    contributions.withdraw(site.instance, site.dossiers["rdv"], "us", "by mistake")
    site.instance.ledger.erase(dossier=site.dossiers["panier"], reason="asked for", decider="us")
    found = list(pages(site, "/api/innovations?limit=1"))
    gone = [each for told in found for each in told["innovations"]]
    assert [(each["id"], each["state"], each["reason"]) for each in gone] == [
        (rdv, "withdrawn", "by mistake"),
        (panier, "erased", "asked for"),
    ]
    assert page(site, found[-1]["follow"])["innovations"] == []
    text = site.client.get("/api/innovations?format=trig").text
    assert "by mistake" in text and "as:Tombstone" in text and "Panier" not in text


def test_innovations_are_told_from_a_time_on(site: Site) -> None:
    events = site.instance.ledger.between(0, 6)
    first, day = events[0].time, events[0].time[:10]
    for since in (first, day, first.replace("Z", "%2B00:00"), "1999-01-01", "0001-01-01"):
        told = page(site, f"/api/innovations?modified_since={since}")["innovations"]
        assert len(told) == 2
    day_after = f"{day}T23:59:59-00:00"
    assert problem(site.client.get(f"/api/innovations?modified_since={day_after}"), 400)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/api/changes?since=7", "since"),
        ("/api/changes?since=-1", "since"),
        ("/api/changes?since=now", "since"),
        ("/api/changes?since=1&since=2", "since"),
        ("/api/changes?cursor=x", "cursor"),
        ("/api/changes?cursor=abc-1", "cursor"),
        ("/api/changes?limit=0", "limit"),
        ("/api/changes?limit=1001", "limit"),
        ("/api/changes?format=xml", "format"),
        ("/api/changes?sinse=1", "sinse"),
        ("/api/innovations?modified_since=yesterday", "modified_since"),
        ("/api/innovations?modified_since=2999-01-01", "modified_since"),
        ("/api/innovations?since=1", "since"),
    ],
)
def test_a_mistake_is_told_with_the_name_of_the_parameter(
    site: Site, path: str, parameter: str
) -> None:
    assert problem(site.client.get(path), 400)["parameter"] == parameter


def test_a_cursor_of_another_ledger_or_of_the_future_is_refused(site: Site) -> None:
    [other] = [page(site, "/api/changes")["follow"].rpartition("cursor=")[2]]
    ledger, _, number = other.partition("-")
    assert number == "6"
    site.client.get(f"/api/changes?cursor={ledger}-6")
    for wrong in (f"{ledger}-7", f"{ledger[::-1]}0-6"):
        told = problem(site.client.get(f"/api/changes?cursor={wrong}"), 400)
        assert told["parameter"] == "cursor"


def test_a_merged_thing_is_told_as_moved_until_it_is_taken_back(site: Site) -> None:
    rdv, panier = (f"{BASE}/id/innovation/{name}" for name in ("rdv", "panier"))
    decisions.merge(site.instance, panier, rdv, "us", "merged by hand")
    [change] = page(site, "/api/changes?since=6")["changes"]
    assert change.pop("time")
    assert change == {
        "revision": 7,
        "kind": "merged",
        "thing": panier,
        "movedTo": rdv,
        "reason": "merged by hand",
    }
    [one, other] = page(site, "/api/innovations")["innovations"]
    assert one["revision"] == other["revision"] == 7
    assert (one["id"], one["state"], one["movedTo"]) == (panier, "merged", rdv)
    assert (other["id"], other["state"]) == (rdv, "public")
    assert [d["dossier"] for d in other["dossiers"]] == [
        site.dossiers["rdv"],
        site.dossiers["panier"],
    ]
    for path in ("/api/changes?format=nq", "/api/innovations?format=nq", "/feed/0"):
        text = site.client.get(path, headers={"Accept": "application/n-quads"}).text
        assert f"<{panier}> <http://purl.org/dc/terms/isReplacedBy> <{rdv}>" in text
    decisions.unmerge(site.instance, panier, "us", "unmerged by hand")
    [change] = page(site, "/api/changes?since=6")["changes"]
    assert (change["kind"], change["thing"]) == ("unmerged", panier) and "movedTo" not in change
    told = page(site, "/api/innovations")["innovations"]
    assert {each["id"]: len(each["dossiers"]) for each in told} == {rdv: 1, panier: 1}
    assert {each["state"] for each in told} == {"public"}


def test_dossiers_of_things_merged_in_turn_are_told_with_what_is_left(site: Site) -> None:
    a, b, c = (f"{BASE}/id/innovation/{name}" for name in ("changing-0", "changing-1", "rdv"))
    changing = Changing(site.instance, seed=3)
    changing.tell([0, 1])
    decisions.merge(site.instance, a, b, "us", "the same")
    decisions.merge(site.instance, b, c, "us", "the same")
    told = {each["id"]: each for each in page(site, "/api/innovations")["innovations"]}
    assert told[a]["movedTo"] == b and told[b]["movedTo"] == c
    assert {d["thing"] for d in told[c]["dossiers"]} == {a, b, c}
    following = page(site, "/api/innovations")["follow"]
    changing.tell([0])  # a source goes on telling of what was merged
    told = {each["id"]: each for each in page(site, following)["innovations"]}
    assert told.keys() == {a, b, c}
    assert told[a]["state"] == "merged" and told[a]["movedTo"] == b
    assert 'Idea 0 "2"' in str(told[c]["dossiers"])


@pytest.mark.parametrize("name", ["changes", "innovations"])
def test_a_page_is_what_the_openapi_document_says(site: Site, name: str) -> None:
    Changing(site.instance).change(40)
    merged = (f"{BASE}/id/innovation/{name}" for name in ("panier", "rdv"))
    decisions.merge(site.instance, *merged, "us", "the same")
    described = site.client.get("/api/openapi.json").get_json()["paths"][f"/api/{name}"]["get"]
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    items = schema["properties"][name]["items"]
    items["additionalProperties"] = False  # each member that is given is described
    told = page(site, f"/api/{name}?limit=1000")
    jsonschema.validate(told, schema)
    assert len(told[name]) > 20
    named = {parameter["name"] for parameter in described["parameters"]}
    for parameter in named:
        site.client.get(f"/api/{name}?{parameter}=")  # what is empty is not given
    given = problem(site.client.get(f"/api/{name}?x=1"), 400)["reason"]
    assert all(parameter in given for parameter in named)
