"""What harvesters need of the catalogue, as their code showed: with rdflib and pyshacl alone."""

import gzip
import importlib.util
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pyshacl
import pytest
import rdflib
from invented import Site, site
from pytest import MonkeyPatch
from rdflib import DCAT, DCTERMS, RDF, RDFS, SH, SKOS, VOID, XSD, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from test_dumps import tell

from innograph.instance import Instance
from innograph.publication import catalogue, dumps, harvest_check
from innograph.settings import Settings
from innograph.web import create_app

BASE, URL = "https://data.example.org", "https://www.example.org/graph"
HYDRA = "http://www.w3.org/ns/hydra/core#"
SPDX = "http://spdx.org/rdf/terms#"
# Extension: the media type to the letter (M2), and rdflib's name of the format.
FORMS = {
    "ttl": ("text/turtle; charset=utf-8", "turtle"),
    "rdf": ("application/rdf+xml", "xml"),
    "xml": ("application/rdf+xml", "xml"),
    "jsonld": ("application/ld+json", "json-ld"),
    "nt": ("application/n-triples; charset=utf-8", "nt"),
}
# rdflib's own reader of JSON-LD uses what rdflib has declared to be old.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
each_form = pytest.mark.parametrize("extension", FORMS)
# Concepts and schemes of others are told with types and names: SHACL asks for them.
LABELS = (SKOS.prefLabel, RDFS.label, DCTERMS.title)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Only asked: no test here writes to it. Its data have another base than its address."""
    home = tmp_path_factory.mktemp("home")
    found = site(Settings(home=home, base=BASE, url=URL))
    tell(found.instance, "un", "Une idée d'été")
    dumps.make(found.instance)
    return found


def read(served: Site, path: str, extension: str = "ttl") -> Graph:
    answer = served.client.get(path)
    assert answer.status_code == 200, answer.text
    return Graph().parse(data=answer.data.decode(), format=FORMS[extension][1])


@pytest.fixture(scope="module")
def graph(served: Site) -> Graph:
    return read(served, "/catalog.ttl")


def things(graph: Graph) -> Iterator[URIRef]:
    for kind in (DCAT.Dataset, DCAT.Distribution, DCAT.DataService):
        for node in graph.subjects(RDF.type, kind):
            assert isinstance(node, URIRef), f"{kind} without address"
            yield node


@each_form
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_each_format_is_given_at_once_under_its_name(
    served: Site, extension: str, method: str
) -> None:
    answer = served.client.open(f"/catalog.{extension}", method=method)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == FORMS[extension][0]
    assert answer.content_length == len(served.client.get(f"/catalog.{extension}").data)


def test_without_ending_rdf_is_given_to_whoever_does_not_ask_for_a_page(served: Site) -> None:
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "text/turtle"}):
        for method in ("GET", "HEAD"):
            answer = served.client.open("/catalog", method=method, headers=headers)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == FORMS["ttl"][0]
            assert answer.headers["Content-Location"] == "/catalog.ttl"
            assert "Accept" in answer.headers["Vary"]
    page = served.client.get("/catalog", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.mimetype == "text/html" and "/dataset/graph.html" in page.text


def without_views(graph: Graph) -> Graph:
    """The address of a page says its format; all else is the same in each."""
    kept = Graph()
    for s, p, o in graph:
        if "?page=" not in f"{s} {o}":
            kept.add((s, p, o))
    return kept


@each_form
def test_each_format_says_the_same(served: Site, graph: Graph, extension: str) -> None:
    other = read(served, f"/catalog.{extension}", extension)
    assert isomorphic(without_views(other), without_views(graph))


@each_form
def test_every_address_is_absolute_and_valid(served: Site, extension: str) -> None:
    for triple in read(served, f"/catalog.{extension}", extension):
        for node in triple:
            if isinstance(node, URIRef):
                assert re.fullmatch(r'(https?://[^/\s]+|mailto:)[^\s<>"{}|\\^`]*', node), node


def test_json_ld_brings_its_context_along(served: Site) -> None:
    told = json.loads(served.client.get("/catalog.jsonld").text)
    found = told if isinstance(told, list) else [told]
    assert found and all(isinstance(each.get("@context", {}), dict) for each in found)
    assert "@import" not in json.dumps(found)


def test_accents_are_whole_and_no_control_character_is_told(served: Site) -> None:
    text = served.client.get("/catalog.ttl").data.decode("utf-8")
    assert "Données ouvertes" in text and not re.search(r"[\x00-\x08\x0b-\x1f]", text)


def test_what_is_told_has_one_identifier_which_is_its_address(graph: Graph) -> None:
    found = list(things(graph))
    assert len(found) == len(set(found)) > 10
    for node in found:
        assert list(graph.objects(node, DCTERMS.identifier)) == [Literal(str(node))]
        assert str(node).startswith(f"{BASE}/")


def test_what_is_told_has_title_and_description_in_both_languages(graph: Graph) -> None:
    for node in things(graph):
        for predicate in (DCTERMS.title, DCTERMS.description):
            told = list(graph.objects(node, predicate))
            assert {text.language for text in told} >= {"en", "fr"} and all(map(str.strip, told))


def test_bytes_are_got_where_the_server_is(served: Site, graph: Graph) -> None:
    found = list(graph.subjects(RDF.type, DCAT.Distribution))
    for node in found:
        [address] = graph.objects(node, DCAT.downloadURL)
        assert list(graph.objects(node, DCAT.accessURL)) == [address]
        assert str(address).startswith(f"{URL}/dumps/")
        path = urlsplit(str(address).removeprefix(URL)).path
        body = served.client.get(path, buffered=True)
        assert body.status_code == 200
        [size] = graph.objects(node, DCAT.byteSize)
        assert size.datatype == XSD.nonNegativeInteger and int(size) == len(body.data)
        [checksum] = graph.objects(node, URIRef(f"{SPDX}checksum"))
        [digest] = graph.objects(checksum, URIRef(f"{SPDX}checksumValue"))
        assert digest.datatype == XSD.hexBinary
        [told] = served.client.get(path, buffered=True).headers.getlist("ETag")
        assert str(digest) == told.strip('"')
        [algorithm] = graph.objects(checksum, URIRef(f"{SPDX}algorithm"))
        assert str(algorithm) == "https://spdx.org/rdf/terms#checksumAlgorithm_sha256"


def test_each_file_has_a_licence_with_the_names_that_harvesters_look_for(graph: Graph) -> None:
    for node in graph.subjects(RDF.type, DCAT.Distribution):
        [licence] = graph.objects(node, DCTERMS.license)
        assert "/authority/licence/" in licence
        assert set(graph.objects(licence, RDF.type)) == {DCTERMS.LicenseDocument, SKOS.Concept}
        assert all((licence, label, None) in graph for label in LABELS)
        [form] = graph.objects(node, DCTERMS.format)
        assert "/authority/file-type/" in form and (form, RDFS.label, None) in graph
        [kind] = graph.objects(node, DCAT.mediaType)
        assert str(kind).startswith("https://www.iana.org/assignments/media-types/")


def test_dates_are_times_in_utc_and_not_of_the_future(graph: Graph) -> None:
    now = datetime.now(UTC)
    for node in things(graph):
        for predicate in (DCTERMS.issued, DCTERMS.modified):
            for told in graph.objects(node, predicate):
                assert told.datatype == XSD.dateTime and str(told).endswith("Z")
                assert datetime.fromisoformat(str(told)) <= now
    for node in graph.subjects(RDF.type, DCAT.Dataset):
        assert len(list(graph.objects(node, DCTERMS.issued))) == 1
        assert len(list(graph.objects(node, DCTERMS.modified))) == 1


def test_the_time_that_data_cover_is_a_blank_node_with_days(graph: Graph) -> None:
    covered = {}
    for node in graph.subjects(RDF.type, DCAT.Dataset):
        [period] = graph.objects(node, DCTERMS.temporal)
        assert isinstance(period, BNode) and (period, RDF.type, DCTERMS.PeriodOfTime) in graph
        days = [graph.value(period, DCAT.startDate), graph.value(period, DCAT.endDate)]
        assert [day.datatype for day in days] == [XSD.date] * 2 and days[0] <= days[1]
        covered[str(node).rsplit("/", 1)[-1]] = [str(day) for day in days]
    # "2020-02" and "2021" in the invented data, "2020-02" in the source.
    assert covered["adoptions"] == ["2021-01-01", "2021-12-31"]
    assert covered["source-betagouv"] == ["2020-02-01", "2020-02-29"]


def test_each_kind_and_each_source_is_a_dataset(graph: Graph) -> None:
    found = {str(node) for node in graph.subjects(RDF.type, DCAT.Dataset)}
    names = ("graph", "innovations", "adoptions", "actors", "vocabularies", "source-betagouv")
    assert found == {f"{BASE}/dataset/{name}" for name in names}


def test_concepts_of_others_are_told_with_types_and_names(graph: Graph) -> None:
    pointed = {o for o in graph.objects() if "/resource/authority/" in str(o)}
    assert len(pointed) > 10
    for node in pointed:
        assert (node, RDF.type, None) in graph, node
        assert any((node, label, None) in graph for label in LABELS), node


def test_a_dataset_is_told_on_one_page_only(served: Site, monkeypatch: MonkeyPatch) -> None:
    whole = read(served, "/catalog.ttl")
    wanted = set(whole.subjects(RDF.type, DCAT.Dataset))
    monkeypatch.setattr(catalogue, "ON_A_PAGE", 2)
    address, seen, pages = "/catalog.nt", [], 0
    while address:
        page = read(served, address, "nt")
        pages += 1
        seen += page.subjects(RDF.type, DCAT.Dataset)
        [view] = page.subjects(RDF.type, URIRef(f"{HYDRA}PartialCollectionView"))
        assert str(view).startswith(f"{URL}/catalog.nt?page={pages}")
        [total] = page.objects(view, URIRef(f"{HYDRA}totalItems"))
        assert total.datatype == XSD.integer and int(total) == len(wanted)
        following = list(page.objects(view, URIRef(f"{HYDRA}next")))
        address = str(following[0]).removeprefix(URL) if following else ""
    assert len(seen) == len(set(seen)) and set(seen) == wanted and pages == 3
    assert served.client.get("/catalog.nt?page=4").status_code == 400


def test_one_page_is_told_as_a_page_without_a_next_one(graph: Graph) -> None:
    [view] = graph.subjects(RDF.type, URIRef(f"{HYDRA}PartialCollectionView"))
    assert not list(graph.objects(view, URIRef(f"{HYDRA}next")))
    for name in ("first", "last"):
        assert list(graph.objects(view, URIRef(HYDRA + name))) == [view]


def test_what_was_not_modified_since_is_left_out(served: Site) -> None:
    nothing = read(served, "/catalog.ttl?modified_since=2199-01-01")
    assert not list(nothing.subjects(RDF.type, DCAT.Dataset))
    everything = read(served, "/catalog.ttl?modified_since=2000-01-01T00:00:00Z")
    assert len(list(everything.subjects(RDF.type, DCAT.Dataset))) == 6
    refused = served.client.get("/catalog.ttl?modified_since=hier")
    assert refused.status_code == 400 and "modified_since" in refused.text


def test_nothing_is_told_before_the_first_dump(settings: Settings) -> None:
    empty = site(settings)
    for path in (
        "/catalog.ttl",
        "/catalog",
        "/dataset/graph.ttl",
        "/.well-known/void",
        "/sitemap.xml",
    ):
        assert empty.client.get(path).status_code == 503, path


def test_a_rebuilt_server_tells_the_same_bytes(served: Site, tmp_path: Path) -> None:
    home = tmp_path / "again"
    home.mkdir()
    served.instance.ledger.copy(home / "ledger.sqlite")
    settings = Settings(home=home, base=BASE, url=URL)
    dumps.make(Instance.open(settings))
    client = create_app(settings).test_client()
    for extension in FORMS:
        path = f"/catalog.{extension}"
        assert client.get(path).data == served.client.get(path).data
    assert client.get("/.well-known/void").data == served.client.get("/.well-known/void").data


def test_an_operator_says_who_publishes(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    own = '[publisher]\nname = "Région de Test"\n'
    own += '[contact]\nname = "Le service"\naddress = "mailto:a@b.example"\n'
    (settings.home / "catalogue.toml").write_text(own, "utf-8")
    found = site(settings)
    dumps.make(found.instance)
    told = read(found, "/catalog.ttl")
    assert (None, None, Literal("Région de Test")) in told
    assert (None, None, URIRef("mailto:a@b.example")) in told


def test_a_dataset_has_an_address_of_its_own(served: Site, graph: Graph) -> None:
    for extension in ("ttl", "rdf", "jsonld", "nt"):
        alone = read(served, f"/dataset/adoptions.{extension}", extension)
        iri = URIRef(f"{BASE}/dataset/adoptions")
        assert set(alone.subjects(RDF.type, DCAT.Dataset)) == {iri}
        assert set(alone.predicate_objects(iri)) - set(graph.predicate_objects(iri)) <= {
            (DCTERMS.temporal, alone.value(iri, DCTERMS.temporal))
        }
        [file] = [f for f in alone.objects(iri, DCAT.distribution) if str(f).endswith("-csv")]
        assert served.client.get(str(file).removeprefix(BASE)).status_code == 200
    assert served.client.get("/dataset/nothing.ttl").status_code == 404
    assert served.client.get("/dataset/graph/nothing").status_code == 404


def test_search_engines_read_a_dataset_in_its_page(served: Site) -> None:
    for lang in ("en", "fr"):
        page = served.client.get(f"/dataset/innovations.html?lang={lang}").text
        [told] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
        found = json.loads(told)
        assert found["@type"] == "Dataset" and found["@id"] == f"{BASE}/dataset/innovations"
        assert 50 <= len(found["description"]) <= 5000 and found["name"]
        assert found["license"].startswith("https://") and found["isAccessibleForFree"] is True
        for file in found["distribution"]:
            assert file["contentUrl"].startswith(f"{URL}/dumps/") and file["encodingFormat"]


def test_void_counts_what_the_graph_holds(served: Site) -> None:
    void = read(served, "/.well-known/void")
    dataset = URIRef(f"{BASE}/dataset/graph")
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    assert int(void.value(dataset, VOID.triples)) == int(served.rows(query)[0]["n"])
    counts = {
        str(void.value(part, VOID["class"])): int(void.value(part, VOID.entities))
        for part in void.objects(dataset, VOID.classPartition)
    }
    # Two of the invented data and one of the source.
    assert counts["https://w3id.org/innograph/ont#Innovation"] == 3
    assert counts["https://w3id.org/innograph/ont#Adoption"] == 1
    asked = served.rows("SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p")
    assert {
        str(void.value(part, VOID.property)): int(void.value(part, VOID.triples))
        for part in void.objects(dataset, VOID.propertyPartition)
    } == {row["p"]: int(row["n"]) for row in asked}


def test_the_sitemap_leads_to_the_page_of_each_thing(served: Site) -> None:
    index = served.client.get("/sitemap.xml")
    assert index.mimetype == "application/xml"
    [part] = re.findall("<loc>(.*?)</loc>", index.text)
    body = served.client.get(part.removeprefix(URL), buffered=True)
    pages = re.findall("<loc>(.*?)</loc>", gzip.decompress(body.data).decode())
    assert len(pages) == 7 and all(page.startswith(f"{URL}/doc/") for page in pages)
    for page in pages:
        assert served.client.get(page.removeprefix(URL)).status_code == 200
    robots = served.client.get("/robots.txt")
    assert robots.mimetype == "text/plain" and f"Sitemap: {URL}/sitemap.xml" in robots.text


def test_the_official_shapes_of_dcat_ap_find_no_violation(
    shared: Path, graph: Graph, monkeypatch: MonkeyPatch
) -> None:
    # pyshacl leaves it changed behind it.
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    folder = shared / "suites" / "dcat-ap-3.0.1" / "html-shacl"
    names = ("shapes", "shapes_recommended", "range", "mdr-vocabularies.shape", "deprecateduris")
    for name in names:
        shapes = Graph().parse(folder / f"{name}.ttl")
        # pyshacl refuses links to shapes that are nowhere defined.
        for node, wanted in list(shapes.subject_objects(SH.property)):
            if (wanted, SH.path, None) not in shapes:
                shapes.remove((node, SH.property, wanted))
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, advanced=True)
        severe = [
            f"{report.value(r, SH.focusNode)} {report.value(r, SH.resultPath)}"
            for r in report.objects(None, SH.result)
            if report.value(r, SH.resultSeverity) == SH.Violation
        ]
        assert severe == [], name


def addresses(graph: Graph) -> list[str]:
    return [str(address) for address in graph.objects(None, DCAT.downloadURL)]


# The scorer leaves files open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_our_own_judgement_is_that_of_the_independent_scorer(
    shared: Path, graph: Graph, monkeypatch: MonkeyPatch
) -> None:
    # pyshacl leaves it changed behind it.
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    spec = importlib.util.spec_from_file_location("mqa", shared / "clients" / "mqa_score.py")
    assert spec is not None and spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    for spoilt in (None, DCAT.keyword, DCTERMS.license, DCAT.byteSize):
        judged = Graph()
        for triple in graph:
            if triple[1] != spoilt:
                judged.add(triple)
        theirs = sum(weight * share for _, weight, share in scorer.score(judged))
        ours = harvest_check.judge(judged, addresses(graph))
        assert ours.most == 405
        if spoilt is None:
            assert ours.given == theirs == 405 and ours.faults == [] and ours.band == "excellent"
        else:
            # Our shapes demand these, as harvesters do; the official ones only the licence less.
            assert ours.given == pytest.approx(theirs, abs=30) and ours.faults


def test_files_that_do_not_answer_cost_their_points(graph: Graph) -> None:
    assert harvest_check.judge(graph, []).given == 405 - 50 - 30


@pytest.mark.parametrize(
    "predicate",
    [DCTERMS.identifier, DCTERMS.title, DCTERMS.license, DCTERMS.issued, DCAT.byteSize, RDFS.label],
)
def test_our_shapes_complain_of_what_harvesters_fail_on(graph: Graph, predicate: URIRef) -> None:
    spoilt = Graph()
    for triple in graph:
        if triple[1] != predicate:
            spoilt.add(triple)
    assert harvest_check.judge(spoilt, addresses(graph)).faults


def test_the_page_of_the_check_says_what_a_platform_gets(served: Site) -> None:
    for lang, words in (("en", "405 of 405"), ("fr", "405 sur 405")):
        page = served.client.get(f"/harvest-check?lang={lang}", headers={"Accept": "text/html"})
        assert page.status_code == 200 and words in page.text
        assert f"{URL}/catalog.ttl" in page.text


def test_an_address_that_does_not_answer_gives_no_points(served: Site) -> None:
    last = dumps.latest(served.instance.settings, served.instance.ledger)
    file = last.path / "innograph.ttl.gz"
    away = file.rename(file.with_suffix(".away"))
    try:
        page = served.client.get("/harvest-check?lang=en", headers={"Accept": "text/html"})
        assert page.status_code == 200 and "405 of 405" not in page.text
    finally:
        away.rename(file)
