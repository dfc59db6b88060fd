"""Things that are one: a survivor stands for them in the default graph, dossiers stay as sent."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from invented import DOSSIERS
from test_projection import ADOPTED, BASE, USE, USED, Clock, opened, publish, rows

from innograph import contributions, decisions, queries, vocab
from innograph.cli import main
from innograph.errors import BadParameter, NotFound, NotMerged, Unmergeable
from innograph.instance import Instance
from innograph.ledger import Entry
from innograph.projection import Projection
from innograph.settings import Settings
from innograph.store import open_store
from innograph.web import create_app

INNOVATION = f"{BASE}/id/innovation/"
REPLACED, ALTERNATE = (
    "<http://purl.org/dc/terms/isReplacedBy>",
    "<http://www.w3.org/ns/prov#alternateOf>",
)
ABOUT = '<id/innovation/{0}> a inno:Innovation ; dcterms:title "{1}"@fr .'
LINKED = """<id/innovation/b> a inno:Innovation ; dcterms:title "B"@fr ;
    <http://www.w3.org/ns/prov#wasDerivedFrom> <{0}> ."""
WORLD = {
    "valbourg": DOSSIERS["valbourg"],
    "a": ABOUT.format("a", "A"),
    "b": ABOUT.format("b", "B"),
    "c": ABOUT.format("c", "C"),
    "d": ABOUT.format("d", "D"),
    "use": f"{ADOPTED.replace('/x', '/a')} ; inno:hasStatus <id/status-period/use> .{USE}",
}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = opened(tmp_path, Clock("2026-06-01"))
    publish(made, WORLD)
    made.follow()
    yield made
    made.ledger.close()


def merge(instance: Instance, loser: str, survivor: str) -> None:
    decisions.merge(instance, INNOVATION + loser, INNOVATION + survivor, "anna", "one and the same")


def unmerge(instance: Instance, loser: str) -> None:
    decisions.unmerge(instance, INNOVATION + loser, "anna", "two")


def quads(instance: Instance) -> set[str]:
    return {line.decode() for line in instance.store.dump()}


def parsed(told: set[str]) -> list[tuple[tuple[str, str, str], str]]:
    """Each statement, and the name of its graph; of the default one it is empty."""
    found = pyoxigraph.parse("".join(told), format=pyoxigraph.RdfFormat.N_QUADS)
    return [
        (
            (str(quad.subject), str(quad.predicate), str(quad.object)),
            getattr(quad.graph_name, "value", ""),
        )
        for quad in found
    ]


def default(told: set[str]) -> set[tuple[str, str, str]]:
    return {triple for triple, graph in parsed(told) if not graph}


def of_dossiers(told: set[str]) -> set[tuple[tuple[str, str, str], str]]:
    return {(triple, graph) for triple, graph in parsed(told) if "/id/dossier/" in graph}


def expected(told: set[str], became: dict[str, str]) -> set[tuple[str, str, str]]:
    """The default graph worked out from the named ones: each triple once, survivors for losers."""
    names = {f"<{INNOVATION}{one}>": f"<{INNOVATION}{other}>" for one, other in became.items()}
    found = set()
    for (s, p, o), graph in parsed(told):
        if graph.endswith("/graph/derived"):
            found.add((s, p, o))
        elif graph:
            found.add((names.get(s, s), p, names.get(o, o)))
    return found


def remade(instance: Instance) -> set[str]:
    store = open_store(instance.settings, vocab.prefixes())
    Projection(instance.ledger, store).follow()
    return {line.decode() for line in store.dump()}


def test_a_survivor_stands_for_what_was_merged_into_it_in_the_default_graph_alone(
    instance: Instance,
) -> None:
    before = quads(instance)
    merge(instance, "a", "b")
    after = quads(instance)
    assert default(after) == expected(after, {"a": "b"})
    assert of_dossiers(before) == of_dossiers(after)
    assert rows(instance, f"SELECT ?who {{ <{INNOVATION}b> inno:adoptedBy ?who }}") == [
        {"who": f"{BASE}/id/organisation/valbourg"}
    ]
    [told] = rows(
        instance,
        f"SELECT ?s ?l {{ ?l {REPLACED} ?s . ?s {ALTERNATE} ?l . ?s dcterms:title ?t }} LIMIT 1",
    )
    assert told == {"l": f"{INNOVATION}a", "s": f"{INNOVATION}b"}


@pytest.mark.parametrize("survivor", ["a", "b"])
def test_a_merged_adoption_began_with_the_first_of_both_and_alone_when_unmerged(
    instance: Instance, survivor: str
) -> None:
    adoption = f"{ADOPTED.replace('/x', '/b')} ; inno:hasStatus <id/status-period/former> ."
    publish(instance, {"former": adoption + USED.replace("/use>", "/former>")})
    of_adoptions = f"?x a <{vocab.NAMESPACE}Adoption> ; <{vocab.NAMESPACE}startLatest> ?day"
    began = f"SELECT ?x ?day {{ {of_adoptions} }} ORDER BY ?x"
    names = {each: f"{BASE}/id/adoption/{each}" for each in "ab"}
    loser = "ab".replace(survivor, "")
    apart = rows(instance, began)
    assert sorted(row["day"] for row in apart) == ["2021-01-01", "2026-01-31"]
    decisions.merge(instance, names[loser], names[survivor], "anna", "one and the same")
    assert rows(instance, began) == [{"x": names[survivor], "day": "2021-01-01"}]
    assert quads(instance) == remade(instance)
    decisions.unmerge(instance, names[loser], "anna", "two")
    assert rows(instance, began) == apart
    assert quads(instance) == remade(instance)


def test_a_chain_of_merges_ends_in_the_last_survivor(instance: Instance) -> None:
    merge(instance, "a", "b")
    merge(instance, "b", "c")
    after = quads(instance)
    assert default(after) == expected(after, {"a": "c", "b": "c"})
    unmerge(instance, "a")
    after = quads(instance)
    assert default(after) == expected(after, {"b": "c"})


def test_who_decided_a_merge_when_and_why_is_a_question(instance: Instance) -> None:
    query = queries.load("replaced")
    assert rows(instance, query.text) == []
    decisions.merge(instance, INNOVATION + "a", INNOVATION + "b", "anna", 'so "said"')
    decisions.merge(instance, INNOVATION + "b", INNOVATION + "c", "bert", "again")
    decisions.merge(instance, INNOVATION + "d", INNOVATION + "c", "anna", "a third")
    told = rows(instance, query.text)
    names = [row.pop("decider") for row in told]
    time = "2026-06-01T12:00:00Z"
    c = f"{INNOVATION}c"
    assert told == [
        {"thing": f"{INNOVATION}a", "replacement": c, "time": time, "reason": 'so "said"'},
        {"thing": f"{INNOVATION}b", "replacement": c, "time": time, "reason": "again"},
        {"thing": f"{INNOVATION}d", "replacement": c, "time": time, "reason": "a third"},
    ]
    assert names[0] == names[2] != names[1]
    assert all(name.startswith(f"{BASE}/id/moderator/") for name in names)
    assert not {"anna", "bert"} & set(re.findall(r"\w+", "".join(quads(instance))))
    unmerge(instance, "a")
    decided = {row["thing"]: row["decider"] for row in rows(instance, query.text)}
    assert decided == {f"{INNOVATION}b": names[1], f"{INNOVATION}d": names[0]}
    assert quads(instance) == remade(instance)


def test_a_merge_taken_back_and_made_again_tells_the_new_decision(instance: Instance) -> None:
    merge(instance, "a", "b")
    told = {"decider": "bert", "reason": "after all"}
    with instance.ledger.writing() as writer:  # both before anybody follows
        writer.append(Entry(kind="unmerged", dossier=INNOVATION + "a", thing=INNOVATION + "b"))
        writer.append(
            Entry(kind="merged", dossier=INNOVATION + "a", thing=INNOVATION + "b", **told)
        )
    instance.follow()
    assert [row["reason"] for row in rows(instance, queries.load("replaced").text)] == ["after all"]
    assert quads(instance) == remade(instance)


def test_a_merge_then_an_import_then_its_end_leave_the_graph_as_it_was(instance: Instance) -> None:
    before = quads(instance)
    merge(instance, "a", "b")
    publish(instance, WORLD)
    unmerge(instance, "a")
    assert quads(instance) == before


def test_the_same_merge_twice_is_one(instance: Instance) -> None:
    merge(instance, "a", "b")
    revision = instance.ledger.revision()
    merge(instance, "a", "b")
    assert instance.ledger.revision() == revision


def test_what_cannot_be_merged_is_refused_and_changes_nothing(instance: Instance) -> None:
    before = quads(instance)
    with pytest.raises(Unmergeable):
        merge(instance, "a", "a")
    with pytest.raises(NotFound):
        merge(instance, "a", "nothing-here")
    with pytest.raises(NotFound):
        merge(instance, "nothing-here", "a")
    with pytest.raises(Unmergeable):
        decisions.merge(
            instance, INNOVATION + "a", f"{BASE}/id/organisation/valbourg", "anna", "odd"
        )
    with pytest.raises(NotMerged):
        unmerge(instance, "a")
    for rubbish in ("no address", "<x> . DROP ALL", ""):
        with pytest.raises(BadParameter):
            decisions.merge(instance, INNOVATION + "a", rubbish, "anna", "odd")
    assert quads(instance) == before
    merge(instance, "a", "b")
    with pytest.raises(Unmergeable):
        merge(instance, "b", "a")
    with pytest.raises(Unmergeable):
        merge(instance, "a", "c")


def test_a_dossier_may_go_on_naming_what_was_merged(instance: Instance) -> None:
    merge(instance, "a", "b")
    publish(instance, {"c": LINKED.format("id/innovation/a").replace("/b>", "/c>", 1)})
    after = quads(instance)
    assert default(after) == expected(after, {"a": "b"})


def test_addresses_of_what_was_merged_lead_to_the_survivor(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, base=BASE, url=BASE)
    app = create_app(settings)
    instance: Instance = app.extensions["innograph"]
    publish(instance, WORLD)
    merge(instance, "a", "b")
    client = app.test_client()
    named = client.get("/id/innovation/a")
    assert (named.status_code, named.headers["Location"]) == (301, "/id/innovation/b")
    moved = client.get("/doc/innovation/a")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/doc/innovation/b")
    assert client.get("/doc/innovation/a.ttl").headers["Location"] == "/doc/innovation/b.ttl"
    assert client.get("/doc/innovation/b.ttl").status_code == 200
    decided = "?merge prov:invalidated ?x ; prov:wasAssociatedWith ?by"
    [told] = rows(instance, f"SELECT ?merge ?by {{ {decided} }}")
    for iri in told.values():
        assert client.get(iri.removeprefix(BASE), follow_redirects=True).status_code == 200
    unmerge(instance, "a")
    assert client.get("/doc/innovation/a").status_code == 200


def test_an_operator_sees_first_what_a_merge_concerns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INNOGRAPH_HOME", str(tmp_path))
    monkeypatch.setenv("INNOGRAPH_BASE", BASE)
    instance = Instance.open(Settings(home=tmp_path, base=BASE))
    dossiers = publish(instance, WORLD)
    pair = [f"{INNOVATION}a", f"{INNOVATION}b", "--reason", "one"]
    tried = CliRunner().invoke(main, ["merge", *pair, "--dry-run"])
    assert set(tried.output.split()) == {dossiers["a"], dossiers["use"]}
    assert instance.ledger.merged() == {}
    done = CliRunner().invoke(main, ["merge", *pair])
    assert "merged" in done.output and instance.ledger.merged() == {pair[0]: pair[1]}
    assert "merged already" in CliRunner().invoke(main, ["merge", *pair]).output
    CliRunner().invoke(main, ["unmerge", pair[0], "--reason", "two"])
    assert instance.ledger.merged() == {}


acts = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.sampled_from("abc"), st.sampled_from("abc")),
        st.tuples(st.just("unmerge"), st.sampled_from("abc"), st.none()),
        st.tuples(st.just("tell"), st.sampled_from(["b", "use"]), st.sampled_from("abc")),
        st.tuples(st.just("withdraw"), st.sampled_from(["a", "b", "use"]), st.none()),
    ),
    min_size=2,
    max_size=7,
)


@given(acts)
@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_merged_told_or_withdrawn_in_turn_the_graph_made_again_is_the_same(
    done: list[tuple[str, str, str | None]],
) -> None:
    with TemporaryDirectory() as folder:
        instance = opened(Path(folder), Clock("2026-06-01"))
        dossiers = publish(instance, WORLD)
        for act, one, other in done:
            try:
                if act == "merge":
                    merge(instance, one, other or "")
                elif act == "unmerge":
                    unmerge(instance, one)
                elif act == "withdraw":
                    contributions.withdraw(instance, dossiers[one], "anna", "gone")
                elif one == "b":
                    publish(instance, {"b": LINKED.format(f"id/innovation/{other}")})
                else:
                    text = WORLD["use"].replace("innovation/a", f"innovation/{other}")
                    publish(instance, {"use": text})
            except (Unmergeable, NotMerged, NotFound, AssertionError):
                continue  # refused, as it is to be at that moment
        instance.follow()
        after = quads(instance)
        assert after == remade(instance)
        became = {
            loser.rsplit("/")[-1]: end.rsplit("/")[-1]
            for loser, end in instance.ledger.merged().items()
        }
        assert default(after) == expected(after, became)
        instance.ledger.close()
