"""Reference: every term and every concept has an address that answers, for people and programs."""

import re
from collections import Counter
from html import unescape

import pytest
from invented import Site, site
from rdflib import OWL, RDF, SKOS, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from test_web_things import TYPES, get, in_each_format, problem, reads_with_rdflib

from innograph import vocab
from innograph.exchange import artefacts
from innograph.settings import Settings
from innograph.validation.shapes import texts

LISTS = vocab.vocabularies()
SCHEMES = sorted(map(str, LISTS.subjects(RDF.type, SKOS.ConceptScheme)))
# Concepts, and collections of them.
CONCEPTS = sorted({str(s) for s in LISTS.subjects()} - set(SCHEMES))
OWN = sorted(str(term) for term in vocab.ontology().subjects(RDF.type) if "ont#" in str(term))
IRI = vocab.NAMESPACE.rstrip("#")
ADDRESSES = ["/ont", "/voc", *(f"/voc/{s.removeprefix(vocab.VOCABULARIES)}" for s in SCHEMES)]
each_list = pytest.mark.parametrize("iri", SCHEMES, ids=lambda i: i.rpartition("/")[2])
each_concept = pytest.mark.parametrize(
    "iri", CONCEPTS, ids=lambda i: i.removeprefix(vocab.VOCABULARIES)
)
each_language = pytest.mark.parametrize("lang", ["en", "fr"])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Only asked: no test here writes to it."""
    return site(Settings(home=tmp_path_factory.mktemp("home"), base="https://example.org"))


def page(served: Site, path: str, lang: str = "en") -> str:
    answer = get(served, path, Accept="text/html", Accept_Language=lang)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert f'<html lang="{lang}">' in answer.text
    return answer.text


def graphs(served: Site, path: str) -> list[Graph]:
    found = in_each_format(served, path)
    assert len({len(graph) for graph in found}) == 1
    return found


def local(iri: str) -> str:
    return iri.replace(vocab.VOCABULARIES, "/voc/")


def ids(text: str) -> Counter[str]:
    return Counter(re.findall(r'\bid="([^"]*)"', text))


@reads_with_rdflib
def test_the_ontology_says_the_same_in_each_format(served: Site) -> None:
    turtle, *others = graphs(served, "/ont")
    assert isomorphic(turtle, vocab.ontology())
    assert all(isomorphic(turtle, other) for other in others)
    assert b"_:" in get(served, "/ont.nt").data


@reads_with_rdflib
@each_list
def test_a_vocabulary_says_all_its_concepts_in_each_format(served: Site, iri: str) -> None:
    concepts = {c for c in map(URIRef, CONCEPTS) if c.startswith(f"{iri}/")}
    for graph in graphs(served, local(iri)):
        assert set(graph.subjects()) == {URIRef(iri), *concepts}


@reads_with_rdflib
@each_concept
def test_a_concept_answers_in_each_format(served: Site, iri: str) -> None:
    concept = URIRef(iri)
    for graph in graphs(served, local(iri)):
        assert set(graph.subjects()) == {concept}
        assert set(graph) == set(LISTS.triples((concept, None, None)))


@reads_with_rdflib
def test_all_vocabularies_are_one_file(served: Site) -> None:
    assert all(set(graph) == set(LISTS) for graph in graphs(served, "/voc"))


@each_language
@each_concept
def test_a_concepts_page_holds_its_label_and_id(served: Site, iri: str, lang: str) -> None:
    text = page(served, local(iri), lang)
    labels = texts(LISTS, URIRef(iri), (SKOS.prefLabel,))
    other = "fr" if lang == "en" else "en"
    heading = re.search(r"<h1>(.*?)</h1>", text)
    assert heading is not None and unescape(heading[1]).startswith(labels[lang])
    said_too = f'<small><span lang="{other}">{labels[other]}</span></small>'
    assert (said_too in unescape(heading[1])) == (labels[lang] != labels[other])
    assert ids(text)[iri.rpartition("/")[2]] == 1
    assert f'href="{local(iri.rpartition("/")[0])}"' in text


@each_language
@each_list
def test_a_vocabularys_page_has_a_section_for_each_concept(
    served: Site, iri: str, lang: str
) -> None:
    text = page(served, local(iri), lang)
    assert max(ids(text).values()) == 1
    for concept in CONCEPTS:
        if concept.startswith(f"{iri}/"):
            notation = LISTS.value(URIRef(concept), SKOS.notation)
            assert notation is None or concept == f"{iri}/{notation}"
            section = text.split(f'<section id="{concept.rpartition("/")[2]}"')[1]
            for definition in LISTS.objects(URIRef(concept), SKOS.definition):
                assert isinstance(definition, Literal)
                shown = str(definition) in unescape(section.split("</section>")[0])
                assert shown == (definition.language == lang)


@each_language
def test_every_own_term_has_one_section_that_its_iri_leads_to(served: Site, lang: str) -> None:
    text = page(served, "/ont", lang)
    assert max(ids(text).values()) == 1
    for iri in OWN:
        section = text.split(f'<section id="{iri.removeprefix(vocab.NAMESPACE)}"')
        assert len(section) == 2, iri
        for definition in vocab.ontology().objects(URIRef(iri), SKOS.definition):
            assert isinstance(definition, Literal)
            if definition.language == lang:
                assert str(definition) in unescape(section[1].split("</section>")[0])


@each_language
@pytest.mark.parametrize("path", ADDRESSES)
def test_links_within_a_page_lead_somewhere_and_headings_are_in_order(
    served: Site, path: str, lang: str
) -> None:
    text = page(served, path, lang)
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids(text))
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))


def test_links_between_the_pages_are_answered(served: Site) -> None:
    found = {
        unescape(link).partition("#")
        for path in ADDRESSES
        for link in re.findall(r'href="(/(?:voc|ont)[^"]*)"', page(served, path))
    }
    for path, _, fragment in found:
        answer = get(served, path, Accept="text/html,text/turtle;q=0.5")
        assert answer.status_code == 200, path
        assert not fragment or fragment in ids(answer.text), (path, fragment)


def test_the_ontology_tells_what_the_shapes_ask(served: Site) -> None:
    text = page(served, "/ont")

    def section(term: str) -> str:
        return text.split(f'<section id="{term}"')[1].split("</section>")[0]

    assert 'required · at most one · a thing: <a href="#foaf:Agent">' in plain(section("adopter"))
    assert 'from the list: <a href="/voc/sphere">Sphere</a>' in plain(section("sphere"))
    assert '<a href="#keeps">keeps</a>' in section("Adoption")
    assert "What is original has no model." in section("Adoption")
    assert "{?value}" not in text
    assert "not told here" in section("adoptedBy")
    assert ids(text)["schema:startDate"] == 1


def plain(text: str) -> str:
    return re.sub(r'<span class="rule">|</span>', "", text)


def test_a_grid_shows_its_criteria_with_their_answers(served: Site) -> None:
    text = page(served, "/voc/grid-economic-model")
    criterion = text.split('<section id="who-pays"')[1].split("</section>")[0]
    assert '<th scope="row"><a href="#who-pays-state">the State pays</a></th>' in criterion
    assert '<a href="/voc/criterion/choice">choice</a>' in criterion
    narrower = page(served, "/voc/stage").split('<section id="implementing"')[1]
    assert '<a href="#piloting">piloting</a>' in narrower.split("</section>")[0]
    phase = page(served, "/voc/betagouv-phase/construction")
    assert '<a href="/voc/stage/piloting">piloting</a> <code>stage:piloting</code>' in phase
    assert 'href="#trial"' in page(served, "/voc/uptake").split('<section id="adopted"')[1]


def test_what_is_said_in_one_language_only_is_marked(served: Site) -> None:
    version = vocab.ontology().value(URIRef(IRI), OWL.versionInfo)
    assert f'<span lang="en">innograph ontology, version {version}' in page(served, "/ont", "fr")
    assert f"<dd>innograph ontology, version {version}" in page(served, "/ont", "en")


@pytest.mark.parametrize("path", ["/ont", "/voc", "/voc/stage", "/voc/stage/piloting"])
def test_answers_can_be_kept_and_tell_their_other_forms(served: Site, path: str) -> None:
    for accept in ("text/html", "text/turtle"):
        answer = get(served, path, Accept=accept)
        assert {"Accept", "Accept-Language"} <= set(answer.vary.as_set(preserve_casing=True))
        assert '; rel="canonical"' in answer.headers["Link"]
        for extension, kind in {**TYPES, "html": "text/html"}.items():
            alternate = f'<{path}.{extension}>; rel="alternate"; type="{kind}"'
            assert alternate in answer.headers["Link"]
            assert get(served, f"{path}.{extension}").mimetype == kind
        tag = answer.headers["ETag"]
        assert get(served, path, Accept=accept, If_None_Match=tag).status_code == 304
    assert "application/ld+json" in problem(get(served, path, Accept="image/png"), 406)["offered"]
    problem(get(served, f"{path}.zip"), 404)


def test_what_does_not_exist_is_404(served: Site) -> None:
    nothing = ("/voc/nope", "/voc/stage/nope", "/voc/stage/Piloting", "/voc/nope.ttl")
    for path in (*nothing, "/voc/stage/nope.ttl", "/ont/9.9.9", "/ont/..", "/ont/1.0.0.zip"):
        problem(get(served, path), 404)
    told = problem(get(served, "/voc/stage/nope"), 404)
    assert told["iri"] == f"{vocab.VOCABULARIES}stage/nope"
    answer = get(served, "/voc/nope", Accept="text/html", Accept_Language="fr")
    assert answer.status_code == 404 and "<h1>Introuvable</h1>" in answer.text


@reads_with_rdflib
def test_the_address_of_the_version_gives_that_version(served: Site) -> None:
    version = vocab.ontology().value(URIRef(IRI), OWL.versionIRI)
    path = str(version).replace(IRI, "/ont")
    assert version is not None and f'href="{path}"' in page(served, "/ont")
    for graph in graphs(served, path):
        assert graph.value(URIRef(IRI), OWL.versionIRI) == version
    assert 'id="Adoption"' in page(served, path)
    assert f'<{version}>; rel="canonical"' in get(served, path).headers["Link"]


def test_the_files_of_the_model_are_served_as_they_are_and_the_ontology_links_them(
    served: Site,
) -> None:
    page = get(served, "/ont", Accept="text/html").text
    for path, data in artefacts.artefacts().items():
        answer = get(served, f"/{path}")
        assert answer.status_code == 200 and answer.data == data
        assert f'href="/{path}"' in page
        again = get(served, f"/{path}", If_None_Match=answer.headers["ETag"])
        assert again.status_code == 304
    kinds = {get(served, f"/{name}").mimetype for name in artefacts.artefacts()}
    assert {"text/csv", "image/svg+xml", "application/ld+json"} < kinds
    for path in ("/schemas/..%2finnograph.ttl", "/schemas/x.csv", "/templates/adoption.exe"):
        assert get(served, path).status_code == 404
