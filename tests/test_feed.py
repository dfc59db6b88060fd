"""The change feed: what its pages say and promise, and what a client of its kind makes of it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pyshacl
import pytest
from changing import Changing
from flask.testing import FlaskClient
from invented import publish
from rdflib import Graph, URIRef
from running import free_port, running
from test_mirror import graphs
from test_web_things import problem

from innograph import contributions
from innograph.instance import Instance
from innograph.publication.activities import PAGE
from innograph.settings import Settings
from innograph.web import create_app

ROOT = Path(__file__).resolve().parents[1]
CLIENT = ROOT / "node_modules" / "ldes-client" / "dist" / "bin" / "cli.js"
BASE, URL = "https://example.org", "http://127.0.0.1:8000"
AS, TREE = "https://www.w3.org/ns/activitystreams#", "https://w3id.org/tree#"
LDES = "https://w3id.org/ldes#"
ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True)
class Fed:
    instance: Instance
    client: FlaskClient
    changing: Changing


def fed(home: Path) -> Fed:
    app = create_app(Settings(home=home, base=BASE, url=URL, cache_bytes=0))
    instance = app.extensions["innograph"]
    return Fed(instance, app.test_client(use_cookies=False), Changing(instance))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Fed:
    """Two closed pages and an open one. Only asked: no test here changes it."""
    made = fed(tmp_path_factory.mktemp("home"))
    made.changing.change(2 * PAGE + 40)
    return made


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Fed:
    """One page and a little, for others to go on with."""
    made = fed(tmp_path_factory.mktemp("home"))
    made.changing.change(PAGE + 10)
    return made


@pytest.fixture
def small(tmp_path: Path, begun: Fed) -> Fed:
    """One page and a little; a test may change it."""
    home = tmp_path / "home"
    home.mkdir()
    begun.instance.ledger.copy(home / "ledger.sqlite")
    made = fed(home)
    return replace(made, changing=begun.changing.elsewhere(made.instance))


def quads(client: FlaskClient, path: str, accept: str = "application/trig") -> set[ox.Quad]:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 200 and answer.mimetype == accept
    form = ox.RdfFormat.from_media_type(accept)
    assert form is not None
    return set(ox.parse(answer.data, form))


def values(found: set[ox.Quad], subject: str, predicate: str) -> list[str]:
    return sorted(
        q.object.value  # type: ignore[union-attr]
        for q in found
        if q.subject.value == subject and q.predicate.value == predicate  # type: ignore[union-attr]
    )


def members(client: FlaskClient, page: int) -> list[str]:
    found = values(quads(client, f"/feed/{page}"), f"{BASE}/feed#stream", f"{TREE}member")
    return sorted(found, key=lambda iri: int(iri.rsplit("#", 1)[1]))


def test_the_stream_says_how_it_is_to_be_read(told: Fed) -> None:
    found, stream = quads(told.client, "/feed"), f"{BASE}/feed#stream"
    assert values(found, stream, f"{TREE}view") == [f"{URL}/feed"]
    assert values(found, stream, f"{LDES}timestampPath") == [f"{AS}published"]
    assert values(found, stream, f"{LDES}versionOfPath") == [f"{AS}object"]
    [policy] = values(found, f"{URL}/feed", f"{LDES}retentionPolicy")
    assert values(found, policy, f"{LDES}amount") == ["1"]
    kinds = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    assert f"{LDES}LatestVersionSubset" in values(found, policy, kinds)


def test_the_stream_is_told_in_words_of_its_vocabulary(told: Fed, shared: Path) -> None:
    known = {
        term.value
        for quad in ox.parse(path=str(shared / "suites" / "ldes" / "ldes-vocabulary.ttl"))
        if isinstance(term := quad.subject, ox.NamedNode)
    }
    earlier = {f"{LDES}LatestVersionSubset", f"{LDES}amount"}  # which DCAT-AP Feeds has
    said = {
        node.value
        for quad in quads(told.client, "/feed")
        for node in (quad.predicate, quad.object)
        if isinstance(node, ox.NamedNode) and node.value.startswith(LDES)
    }
    assert said - known == earlier and len(said) > 8
    assert values(quads(told.client, "/feed"), f"{BASE}/feed#stream", f"{LDES}sequencePath") == [
        "https://schema.org/version"
    ]


def test_each_public_event_is_a_member_of_one_page_in_order(told: Fed) -> None:
    listed = [iri for page in range(3) for iri in members(told.client, page)]
    last = told.instance.ledger.revision()
    assert last == 2 * PAGE + 40
    assert listed == [f"{BASE}/feed/{(n - 1) // PAGE}#{n}" for n in range(1, last + 1)]
    times = [
        values(quads_of_page, iri, f"{AS}published")[0]
        for page in range(3)
        for quads_of_page in [quads(told.client, f"/feed/{page}")]
        for iri in members(told.client, page)
    ]
    assert times == sorted(times) and len(set(times)) == len(times)


def test_the_root_says_truly_what_was_published_when(told: Fed) -> None:
    root = quads(told.client, "/feed")
    relations = values(root, f"{URL}/feed", f"{TREE}relation")
    assert len(relations) == 5  # the end of the open page is not known
    for page in range(3):
        found = quads(told.client, f"/feed/{page}")
        times = [values(found, iri, f"{AS}published")[0] for iri in members(told.client, page)]
        for relation in relations:
            if values(root, relation, f"{TREE}node") == [f"{URL}/feed/{page}"]:
                [bound] = values(root, relation, f"{TREE}value")
                assert values(root, relation, f"{TREE}path") == [f"{AS}published"]
                assert bound == min(times) if "-from" in relation else bound > max(times)


def test_a_closed_page_may_be_kept_and_the_open_one_is_asked_after(told: Fed) -> None:
    closed, opened = told.client.get("/feed/1"), told.client.get("/feed/2")
    control = closed.headers["Cache-Control"]
    assert {"public", "immutable", "max-age=604800"} == set(control.split(", "))
    assert "immutable" not in opened.headers.get("Cache-Control", "")
    assert opened.headers["X-Innograph-Revision"] == str(2 * PAGE + 40)
    for path, answer in (("/feed/1", closed), ("/feed/2", opened), ("/feed", None)):
        tag = (answer or told.client.get(path)).headers["ETag"]
        again = told.client.get(path, headers={"If-None-Match": tag})
        assert again.status_code == 304 and not again.data
        assert told.client.head(path).status_code == 200
    problem(told.client.get("/feed/3"), 404)
    problem(told.client.get("/feed/1", headers={"Accept": "text/turtle"}), 406)


@pytest.mark.parametrize("path", ["/feed", "/feed/0", "/feed/2"])
def test_each_format_of_the_feed_says_the_same(told: Fed, path: str) -> None:
    trig = quads(told.client, path)
    assert trig == quads(told.client, path, "application/ld+json")
    assert trig == quads(told.client, path, "application/n-quads")
    assert len(trig) > 5


def test_the_payload_is_what_the_dossier_said_then(small: Fed) -> None:
    first = publish(small.instance)["rdv"]
    number = small.instance.ledger.revision() - 5  # of six, the first
    contributions.withdraw(small.instance, first, "us", "by mistake")
    found = quads(small.client, "/feed/1")
    created, deleted = f"{BASE}/feed/1#{number}", f"{BASE}/feed/1#{number + 6}"
    titles = {
        q.object.value  # type: ignore[union-attr]
        for q in found
        if q.graph_name == ox.NamedNode(created) and q.predicate.value.endswith("terms/title")
    }
    assert titles == {"Rendez-vous en ligne", "Online appointments"}
    assert values(found, deleted, f"{AS}object") == values(found, created, f"{AS}object") == [first]
    assert values(found, deleted, f"{AS}summary") == ["by mistake"]
    kind = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    assert values(found, created, kind) == [f"{AS}Create"]
    assert values(found, deleted, kind) == [f"{AS}Delete"]
    assert not [q for q in found if q.graph_name == ox.NamedNode(deleted)]


def test_members_have_the_shape_that_the_feed_names_and_that_asks_nobody_else(
    told: Fed, monkeypatch: pytest.MonkeyPatch
) -> None:
    [address] = values(quads(told.client, "/feed"), f"{BASE}/feed#stream", f"{TREE}shape")
    assert address == f"{URL}/feed/shape"
    answer = told.client.get("/feed/shape")
    assert answer.mimetype == "text/turtle" and "imports" not in answer.text
    shape = Graph().parse(data=answer.text, format="turtle")
    page = Graph()
    for quad in quads(told.client, "/feed/2"):
        if isinstance(quad.graph_name, ox.DefaultGraph):
            page.parse(data=f"{quad.triple} .", format="nt")
    assert len(members(told.client, 2)) == 40
    conforms, _, text = pyshacl.validate(page, shacl_graph=shape)
    assert conforms, text
    page.remove((None, URIRef(f"{AS}published"), None))
    assert not pyshacl.validate(page, shacl_graph=shape)[0]
    assert told.client.get("/feed/shape.jsonld").mimetype == "application/ld+json"


def test_a_closed_page_has_the_same_bytes_for_ever_and_after_a_rebuild(
    small: Fed, tmp_path: Path
) -> None:
    before, root = small.client.get("/feed/0").data, small.client.get("/feed").data
    publish(small.instance)
    assert small.client.get("/feed/0").data == before and small.client.get("/feed").data == root
    (tmp_path / "copy").mkdir()
    small.instance.ledger.copy(tmp_path / "copy" / "ledger.sqlite")
    again = fed(tmp_path / "copy")
    for path in ("/feed", "/feed/0", "/feed/1"):
        assert again.client.get(path).data == small.client.get(path).data


def test_what_is_erased_is_told_no_more_on_any_page(small: Fed) -> None:
    secret = publish(small.instance)["panier"]
    assert "Panier solidaire" in small.client.get("/feed/1").text
    tag = small.client.get("/feed/1").headers["ETag"]
    small.changing.change(PAGE)  # the page is closed by now
    assert "immutable" in small.client.get("/feed/1").headers["Cache-Control"]
    small.instance.ledger.erase(dossier=secret, reason="asked for", decider="us")
    page = small.client.get("/feed/1", headers={"If-None-Match": tag})
    assert page.status_code == 200
    assert "Panier solidaire" not in page.text and secret in page.text
    assert "Rendez-vous en ligne" in page.text
    last = small.instance.ledger.revision()
    found = quads(small.client, "/feed/2")
    assert values(found, f"{BASE}/feed/2#{last}", f"{AS}object") == [secret]


def test_readers_get_the_last_changes_as_atom_in_their_language(small: Fed) -> None:
    first = publish(small.instance)["rdv"]
    contributions.withdraw(small.instance, first, "us", "par erreur & hâte \x0b")
    feed = ElementTree.fromstring(small.client.get("/feed.atom?lang=fr").data)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 50 and feed.findtext(f"{ATOM}title") == "Ce qui a changé – innograph"
    assert entries[0].findtext(f"{ATOM}summary") == "Retiré – par erreur & hâte "
    assert entries[6].findtext(f"{ATOM}title") == "Rendez-vous en ligne"
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == 50
    for element in [feed, *entries]:  # RFC 4287, 4.1.1 and 4.1.2
        assert all(len(element.findall(f"{ATOM}{n}")) == 1 for n in ("id", "title", "updated"))
    page = small.client.get("/", headers={"Accept": "text/html"}).text
    assert 'type="application/atom+xml"' in page and 'href="/feed.atom?lang=en"' in page


def test_what_is_of_a_revision_says_where_the_history_is(told: Fed) -> None:
    for path in ("/sparql?query=ASK{}", "/api/counts", "/api/changes", "/feed", "/feed/2"):
        answer = told.client.get(path)
        assert answer.headers["X-Innograph-Revision"] == str(2 * PAGE + 40)
        assert f'<{URL}/feed>; rel="version-history"' in answer.headers["Link"]


@pytest.fixture(scope="module")
def followed(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Instance, Changing]]:
    """A server of seven hundred changes, and the instance and what it is changed by."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    instance = Instance.open(Settings(home=home, base=f"http://127.0.0.1:{port}"))
    changing = Changing(instance)
    changing.change(700)
    with running(home, port, query_workers=1, web_workers=1) as server:
        yield server.url, instance, changing
        instance.ledger.close()


# The client writes numbers and truths as Turtle may, in lines of N-Quads.
_SHORT = re.compile(r"(?<= )(?:([+-]?\d+)|([+-]?\d*\.\d+)|(true|false))(?=(?: <\S+>)? \.$)", re.M)


def _at_length(match: re.Match[str]) -> str:
    kind = ("integer", "decimal", "boolean")[(match.lastindex or 0) - 1]
    return f'"{match[0]}"^^<http://www.w3.org/2001/XMLSchema#{kind}>'


def replicated(server: str, state: Path) -> list[tuple[str, str, str, bytes]]:
    """What a run of ldes-client hands on: (published, kind, object, canonical payload) by time."""
    if not CLIENT.is_file() or (node := shutil.which("node")) is None:
        pytest.skip("no client of event streams: npm ci, with Node.js installed")
    words = [node, str(CLIENT), f"{server}/feed", "--save", str(state)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr
    lines = _SHORT.sub(_at_length, done.stdout)
    about: dict[str, dict[str, str]] = {}
    payloads: dict[str, set[str]] = {}
    for quad in ox.parse(lines, ox.RdfFormat.N_QUADS):
        if isinstance(quad.graph_name, ox.NamedNode):
            payloads.setdefault(quad.graph_name.value, set()).add(f"{quad.triple} .\n")
        else:
            name = quad.predicate.value.rsplit("#", 1)[-1]
            about.setdefault(quad.subject.value, {})[name] = quad.object.value  # type: ignore[union-attr]
    assert payloads.keys() <= about.keys()
    return sorted(
        (
            said["published"],
            said["type"].removeprefix(AS),
            said["object"],
            "".join(sorted(payloads.get(member, ()))).encode(),
        )
        for member, said in about.items()
    )


def applied(replica: dict[str, bytes], found: list[tuple[str, str, str, bytes]]) -> None:
    for _, kind, dossier, payload in found:
        if kind == "Delete":
            replica.pop(dossier, None)
        elif payload:  # what was erased later is told without it
            replica[dossier] = payload


def test_a_client_of_event_streams_replicates_the_graph_and_then_gets_what_is_new(
    followed: tuple[str, Instance, Changing], tmp_path: Path
) -> None:
    server, instance, changing = followed
    replica = dict[str, bytes]()
    found = replicated(server, tmp_path / "state")
    assert len(found) == 700
    applied(replica, found)
    assert replica == graphs(instance)
    changing.change(500)
    found = replicated(server, tmp_path / "state")
    assert len(found) == 500 and {kind for _, kind, _, _ in found} == {"Create", "Update", "Delete"}
    applied(replica, found)
    assert replica == graphs(instance)
    assert replicated(server, tmp_path / "state") == []
