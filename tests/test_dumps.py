"""Dumps hold what is public at one revision, whole or not at all, and nothing that was erased."""

import csv
import fcntl
import gzip
import hashlib
import json
import shutil
from pathlib import Path

import pyoxigraph
import pytest
from invented import LICENCE, Site, site, turtle
from rdflib import Graph

from innograph import contributions, media
from innograph.contributions import Submission
from innograph.errors import DumpsBusy, NoDump, StoreBusy
from innograph.instance import Instance
from innograph.publication import dumps
from innograph.publication.background import Background
from innograph.publication.writing import graph_of
from innograph.settings import Settings

FORMULA = '=HYPERLINK("https://evil.example.org")'


def tell(instance: Instance, local: str, title: str, secret: str = "") -> str:
    """Publish an innovation as a source does; the address of its dossier."""
    body = f"""<id/innovation/{local}> a inno:Innovation ; dcterms:title {json.dumps(title)}@fr ;
        dcterms:description {json.dumps(secret or "Une chose.")}@fr ;
        inno:hasStatus <id/status-period/{local}> .
        <id/status-period/{local}> a inno:StatusPeriod ; inno:status stage:piloting ;
        schema:startDate "2020-02"^^xsd:gYearMonth ."""
    graph = media.parse(turtle(body, instance.base), "text/turtle", instance.base)
    submission = Submission(graph, "source/betagouv", LICENCE, local)
    [receipt] = contributions.submit_trusted(instance, [submission])
    assert receipt.state == "accepted"
    return receipt.dossier


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, dumps.Dump]:
    """A dump of the invented data, which no test changes."""
    served = site(Settings(home=tmp_path_factory.mktemp("home"), base="https://example.org"))
    tell(served.instance, "formule", FORMULA)
    return served, dumps.make(served.instance)


def unzipped(dump: dumps.Dump, name: str) -> bytes:
    return gzip.decompress((dump.path / name).read_bytes())


def contents(dump: dumps.Dump) -> dict[str, bytes]:
    return {name: (dump.path / name).read_bytes() for name in dumps.names(dump)}


def test_n_quads_are_all_that_the_store_holds_in_the_order_of_its_hash(
    made: tuple[Site, dumps.Dump],
) -> None:
    served, dump = made
    assert unzipped(dump, "innograph.nq.gz") == b"".join(served.instance.store.dump())
    assert dump.revision == served.instance.ledger.revision()


def test_every_format_of_the_whole_graph_says_the_same(made: tuple[Site, dumps.Dump]) -> None:
    _, dump = made
    quads = set(pyoxigraph.parse(unzipped(dump, "innograph.nq.gz"), pyoxigraph.RdfFormat.N_QUADS))
    for name, form in (("trig", "TRIG"), ("jsonld", "JSON_LD")):
        read = pyoxigraph.parse(
            unzipped(dump, f"innograph.{name}.gz"), getattr(pyoxigraph.RdfFormat, form)
        )
        assert set(read) == quads
    alone = {q for q in quads if isinstance(q.graph_name, pyoxigraph.DefaultGraph)}
    turtle_ = unzipped(dump, "innograph.ttl.gz")
    assert set(pyoxigraph.parse(turtle_, pyoxigraph.RdfFormat.TURTLE)) == alone
    assert (dump.facts["quads"], dump.facts["triples"]) == (len(quads), len(alone))


def test_a_second_library_reads_the_turtle(made: tuple[Site, dumps.Dump]) -> None:
    _, dump = made
    read = Graph().parse(data=unzipped(dump, "innograph.ttl.gz"), format="turtle")
    assert len(read) == dump.facts["triples"]


@pytest.mark.parametrize(
    ("line", "graph"),
    [
        (b"<a:s> <a:p> <a:o> .\n", b""),
        (b"<a:s> <a:p> <a:o> <a:g> .\n", b"<a:g>"),
        (b'<a:s> <a:p> "a <a:g>" .\n', b""),
        (b'<a:s> <a:p> "a <a:g> .\\n"@fr <a:h> .\n', b"<a:h>"),
        (b'<a:s> <a:p> "1"^^<a:t> .\n', b""),
        (b'<a:s> <a:p> "x <a:g"^^<a:t> .\n', b""),
        (b'<a:s> <a:p> "1"^^<a:t> <a:g> .\n', b"<a:g>"),
    ],
)
def test_the_graph_of_a_line_is_told_from_its_object(line: bytes, graph: bytes) -> None:
    assert graph_of(line) == graph


def test_sums_and_the_package_say_what_the_files_are(made: tuple[Site, dumps.Dump]) -> None:
    _, dump = made
    lines = (dump.path / "SHA256SUMS").read_text().splitlines()
    told = dict(reversed(line.split("  ")) for line in lines)
    files = contents(dump)
    assert told == {
        name: hashlib.sha256(body).hexdigest()
        for name, body in files.items()
        if name != "SHA256SUMS"
    }
    for resource in dump.package["resources"]:
        body = files[resource["path"]]
        assert resource["bytes"] == len(body)
        assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_a_table_has_a_row_for_each_thing_and_no_formula(made: tuple[Site, dumps.Dump]) -> None:
    _, dump = made
    with (dump.path / "innovation.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    titles = {row["title@fr"] for row in rows} - {""}
    assert titles == {"Rendez-vous en ligne", "Panier solidaire", f"'{FORMULA}"}
    meaning = json.loads((dump.path / "innovation.csv-metadata.json").read_text("utf-8"))
    columns = [column["titles"]["und"] for column in meaning["tableSchema"]["columns"]]
    [told] = [r for r in dump.package["resources"] if r["path"] == "innovation.csv"]
    assert columns == list(rows[0]) == [field["name"] for field in told["schema"]["fields"]]
    cells = {cell for path in dump.path.glob("*.csv") for cell in csv_cells(path)}
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def csv_cells(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


def test_a_rebuilt_instance_makes_the_same_bytes(
    made: tuple[Site, dumps.Dump], tmp_path: Path
) -> None:
    served, dump = made
    home = tmp_path / "again"
    home.mkdir()
    served.instance.ledger.copy(home / "ledger.sqlite")
    settings = Settings(home=home, base="https://example.org")
    again = dumps.make(Instance.open(settings))
    assert contents(again) == contents(dump)


def test_a_part_can_be_asked_for_and_begun_again(made: tuple[Site, dumps.Dump]) -> None:
    served, dump = made
    path = f"/dumps/{dump.revision}/innograph.nq.gz"
    whole = served.client.get(path, buffered=True)
    assert whole.status_code == 200 and whole.content_type == "application/gzip"
    assert "Content-Encoding" not in whole.headers
    tag = whole.headers["ETag"]
    rest = served.client.get(path, buffered=True, headers={"Range": "bytes=100-", "If-Range": tag})
    assert rest.status_code == 206 and whole.data[:100] + rest.data == whole.data
    assert served.client.get(path, buffered=True, headers={"If-None-Match": tag}).status_code == 304
    other = served.client.get(
        path, buffered=True, headers={"Range": "bytes=100-", "If-Range": '"another"'}
    )
    assert other.status_code == 200 and other.data == whole.data
    head = served.client.head(path, buffered=True)
    assert head.status_code == 200 and head.content_length == len(whole.data)


def test_only_files_of_the_dump_are_given(made: tuple[Site, dumps.Dump]) -> None:
    served, dump = made
    for name in ("../../ledger.sqlite", "%2e%2e%2fledger.sqlite", "nothing.ttl"):
        assert served.client.get(f"/dumps/{dump.revision}/{name}").status_code == 404


def test_latest_leads_people_to_the_last_one(made: tuple[Site, dumps.Dump]) -> None:
    served, dump = made
    answer = served.client.get("/dumps/latest/innovation.csv")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/dumps/{dump.revision}/innovation.csv")


def test_a_page_says_how_to_cite_a_dump_in_both_languages(made: tuple[Site, dumps.Dump]) -> None:
    served, dump = made
    for lang, words in (("en", "Cite this version"), ("fr", "Citer cette version")):
        page = served.client.get(
            f"/dumps/{dump.revision}/?lang={lang}", headers={"Accept": "text/html"}
        )
        assert words in page.text and f"/dumps/{dump.revision}/" in page.text
        listed = served.client.get(f"/dumps/?lang={lang}", headers={"Accept": "text/html"})
        assert f'href="/dumps/{dump.revision}/"' in listed.text


@pytest.fixture
def instance(settings: Settings) -> Instance:
    return Instance.open(settings)


def test_the_last_three_and_the_first_of_each_month_are_kept(instance: Instance) -> None:
    for number in range(6):
        tell(instance, f"n{number}", f"Idée {number}")
        made = dumps.make(instance)
        if number < 2:  # as if it had been made in the month before
            facts = {**made.facts, "time": "2020-01-15T00:00:00Z"}
            (made.path / "facts.json").write_text(json.dumps(facts))
    assert [d.revision for d in dumps.kept(instance.settings, instance.ledger)] == [1, 3, 4, 5, 6]


def test_the_same_revision_is_not_dumped_twice(instance: Instance) -> None:
    tell(instance, "n", "Idée")
    first = dumps.make(instance)
    changed = first.path.stat().st_mtime_ns
    assert dumps.make(instance).path.stat().st_mtime_ns == changed


def test_two_never_make_a_dump_at_once(instance: Instance) -> None:
    home = dumps.folder(instance.settings)
    home.mkdir(parents=True)
    with (home / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DumpsBusy):
            dumps.make(instance)


def test_what_was_not_finished_is_given_to_nobody_and_made_anew(instance: Instance) -> None:
    tell(instance, "n", "Idée")
    half = dumps.folder(instance.settings) / ".making"
    half.mkdir(parents=True)
    (half / "innograph.nq.gz").write_bytes(b"half")
    with pytest.raises(NoDump):
        dumps.latest(instance.settings, instance.ledger)
    made = dumps.make(instance)
    assert unzipped(made, "innograph.nq.gz") == b"".join(instance.store.dump())
    assert not half.exists()


def test_a_dump_is_of_one_revision_or_is_not_made(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(instance, "n", "Idée")
    ask = Instance.ask

    def changing(self: Instance, *given: str) -> object:
        tell(self, "other", "Entre-temps")
        return ask(self, *given)

    monkeypatch.setattr(Instance, "ask", changing)
    with pytest.raises(StoreBusy):
        dumps.make(instance)
    assert [p.name for p in dumps.folder(instance.settings).iterdir()] == [".lock"]


def test_what_is_erased_leaves_every_kept_dump_and_is_given_to_nobody_meanwhile(
    settings: Settings,
) -> None:
    served = site(settings)
    instance, secret = served.instance, "Une phrase que personne d'autre ne dit"
    dossier = tell(instance, "secret", "Idée", secret)
    first = dumps.make(instance)
    assert secret.encode() in unzipped(first, "innograph.nq.gz")
    tell(instance, "autre", "Autre idée")
    second = dumps.make(instance)
    path = f"/dumps/{first.revision}/innograph.nq.gz"
    assert served.client.get(path, buffered=True).status_code == 200
    instance.ledger.erase(dossier, reason="court order", decider="clerk")
    for dump in (first, second):
        assert served.client.get(f"/dumps/{dump.revision}/innograph.nq.gz").status_code == 404
    assert served.client.get("/catalog.ttl").status_code == 503
    again = dumps.refresh(instance)
    assert [dump.revision for dump in again] == [first.revision, second.revision]
    for dump in again:
        for name in dumps.names(dump):
            body = (dump.path / name).read_bytes()
            text = gzip.decompress(body) if name.endswith(".gz") else body
            assert secret.encode() not in text and b"phrase que personne" not in text, name
    assert b"Autre id" in unzipped(again[1], "innograph.nq.gz")
    assert b"Autre id" not in unzipped(again[0], "innograph.nq.gz")
    assert served.client.get(path, buffered=True).status_code == 200


def test_a_revision_whose_dump_went_away_is_gone(settings: Settings) -> None:
    served = site(settings)
    first = dumps.make(served.instance)
    tell(served.instance, "n", "Idée")
    last = dumps.make(served.instance)
    shutil.rmtree(first.path)
    answer = served.client.get(f"/dumps/{first.revision}/innograph.nq.gz")
    assert (
        answer.status_code == 410 and f"/dumps/{last.revision}/" in answer.get_json(True)["detail"]
    )
    assert served.client.get("/dumps/999999/innograph.nq.gz").status_code == 404


def test_a_server_dumps_at_once_then_after_a_pause(settings: Settings) -> None:
    instance, now = Instance.open(settings), [0.0]
    background = Background(instance, lambda: now[0])
    assert not background.look(), "nothing is public yet"
    tell(instance, "n1", "Une")
    assert background.look() and not background.look()
    tell(instance, "n2", "Deux")
    assert not background.look()
    now[0] += settings.dump_seconds - 1
    tell(instance, "n3", "Trois")
    assert not background.look()
    now[0] += 1
    assert background.look(), "it is due after the first change, however many follow"
    assert dumps.latest(settings, instance.ledger).revision == instance.ledger.revision()
    dossier = tell(instance, "n4", "Quatre")
    instance.ledger.erase(dossier, reason="court order", decider="clerk")
    now[0] += 1
    assert background.look(), "what is erased does not wait"


def test_a_file_is_given_also_when_the_home_is_named_from_where_the_server_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    served = site(Settings(home=Path("home"), base="https://example.org"))
    dump = dumps.make(served.instance)
    with served.client.get(f"/dumps/{dump.revision}/innograph.nq.gz") as answer:
        assert answer.status_code == 200
        assert gzip.decompress(answer.data) == b"".join(served.instance.store.dump())
