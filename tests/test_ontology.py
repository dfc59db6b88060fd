"""The ontology and its vocabularies are complete in both languages, used, and redefine nobody."""

import json
import re
from collections import Counter

import pytest
from rdflib import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SH, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from innograph import assets, media, vocab
from innograph.validation import shapes

ONTOLOGY = vocab.ontology()
VOCABULARIES = vocab.vocabularies()
IRI = URIRef(vocab.NAMESPACE.removesuffix("#"))
CV = Namespace("http://data.europa.eu/m8g/")
ORG = Namespace("http://www.w3.org/ns/org#")
VANN = Namespace("http://purl.org/vocab/vann/")
TERMS = sorted(
    {t for t in ONTOLOGY.subjects(RDF.type) if str(t).startswith(vocab.NAMESPACE)}, key=str
)
SCHEMES = sorted(VOCABULARIES.subjects(RDF.type, SKOS.ConceptScheme), key=str)
CONCEPTS = sorted(VOCABULARIES.subjects(RDF.type, SKOS.Concept), key=str)
each_scheme = pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: s.rsplit("/")[-1])


def in_both(graph: Graph, node: Node, predicate: URIRef) -> bool:
    told = [text for text in graph.objects(node, predicate) if isinstance(text, Literal)]
    tidy = all(str(text) and str(text) == str(text).strip() for text in told)
    return tidy and Counter(text.language for text in told) == {"en": 1, "fr": 1}


def test_the_ontology_says_who_made_it_when_and_under_which_licence() -> None:
    for predicate in (DCTERMS.title, DCTERMS.description):
        assert in_both(ONTOLOGY, IRI, predicate)
    for predicate in (DCTERMS.creator, DCTERMS.created, DCTERMS.modified):
        assert ONTOLOGY.value(IRI, predicate)
    [licence] = ONTOLOGY.objects(IRI, DCTERMS.license)
    assert licence == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert ONTOLOGY.value(IRI, OWL.versionIRI) == URIRef(f"{IRI}/1.0.0")
    assert str(ONTOLOGY.value(IRI, VANN.preferredNamespaceUri)) == vocab.NAMESPACE


def test_each_own_term_is_labelled_and_defined_in_both_languages() -> None:
    assert len(TERMS) > 30
    for term in TERMS:
        assert in_both(ONTOLOGY, term, RDFS.label), term
        assert in_both(ONTOLOGY, term, SKOS.definition), term
        assert ONTOLOGY.value(term, RDFS.isDefinedBy) == IRI, term
    for lang in ("en", "fr"):
        labels = Counter(
            str(label)
            for term in TERMS
            for label in ONTOLOGY.objects(term, RDFS.label)
            if isinstance(label, Literal) and label.language == lang
        )
        assert set(labels.values()) == {1}, [label for label, n in labels.items() if n > 1]


def test_classes_and_properties_are_named_as_the_field_names_them() -> None:
    for term in TERMS:
        kinds, name = set(ONTOLOGY.objects(term, RDF.type)), str(term).removeprefix(vocab.NAMESPACE)
        assert len(kinds) == 1, term
        pattern = "[A-Z][A-Za-z]+" if kinds == {OWL.Class} else "[a-z][A-Za-z]+"
        assert re.fullmatch(pattern, name), term


def test_each_own_term_is_used_by_a_shape_a_query_or_a_context() -> None:
    files = [*assets.shape_files(), *assets.query_files()]
    files += [*assets.root().glob("ontology/*.jsonld"), *assets.data().glob("sources/*/*.jsonld")]
    text = "\n".join(path.read_text("utf-8") for path in files)
    used = {URIRef(vocab.NAMESPACE + name) for name in re.findall(r"\binno:(\w+)", text)}
    parents = set(ONTOLOGY.objects(None, RDFS.subPropertyOf))
    # A receipt is a contribution; the ledger keeps it and no graph describes it yet.
    assert set(TERMS) - used - parents == {vocab.own().Contribution}
    assert used <= set(TERMS)


def test_no_foreign_term_is_redefined() -> None:
    """Foreign terms are typed, so that the file stands alone; the axioms are ORG's and CPOV's."""
    foreign = {
        triple
        for triple in ONTOLOGY
        if isinstance(triple[0], URIRef)
        and not str(triple[0]).startswith(str(IRI))
        and triple[1] != RDF.type
    }
    assert foreign == {
        (CV.PublicOrganisation, RDFS.subClassOf, ORG.Organization),
        (ORG.OrganizationalUnit, RDFS.subClassOf, ORG.Organization),
        (ORG.Organization, RDFS.subClassOf, FOAF.Agent),
    }


def test_each_foreign_term_that_is_built_on_is_declared() -> None:
    links = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range)
    named = {o for link in links for o in ONTOLOGY.objects(None, link)}
    builtin = (str(RDF), str(RDFS), "http://www.w3.org/2001/XMLSchema#")
    missing = {n for n in named if (n, RDF.type, None) not in ONTOLOGY}
    assert not {n for n in missing if not str(n).startswith(builtin)}


def test_a_property_has_no_two_domains_since_they_would_intersect() -> None:
    for term in TERMS:
        assert len(list(ONTOLOGY.objects(term, RDFS.domain))) <= 1, term
        assert len(list(ONTOLOGY.objects(term, RDFS.range))) <= 1, term


def test_nothing_is_both_an_activity_and_an_entity() -> None:
    """PROV makes the two disjoint, so what a property joins must be on the right side."""
    activities, entities = (
        set(ONTOLOGY.transitive_subjects(RDFS.subClassOf, side))
        for side in (PROV.Activity, PROV.Entity)
    )
    assert not activities & entities
    joined = {PROV.used: (activities, entities), PROV.wasAssociatedWith: (activities, None)}
    for parent, (domain, range_) in joined.items():
        for term in ONTOLOGY.subjects(RDFS.subPropertyOf, parent):
            assert ONTOLOGY.value(term, RDFS.domain) in domain, term
            assert range_ is None or ONTOLOGY.value(term, RDFS.range) in range_, term


def test_each_scheme_and_each_vocabulary_in_use_has_a_prefix() -> None:
    prefixes = vocab.prefixes()
    for scheme in SCHEMES:
        name = str(scheme).removeprefix(vocab.VOCABULARIES)
        assert prefixes[name] == f"{scheme}/"
    used = {p for p in shapes.product().objects(None, SH.path) if isinstance(p, URIRef)}
    for term in used | {c for c in shapes.product().objects(None, SH.targetClass)}:
        assert any(str(term).startswith(namespace) for namespace in prefixes.values()), term
    assert {"rdf", "rdfs", "owl", "xsd", "skos", "dcterms", "prov", "sh"} <= prefixes.keys()


def test_queries_declare_prefixes_as_the_ontology_does_or_name_a_scheme_by_its_own() -> None:
    prefixes = vocab.prefixes()
    for path in assets.query_files():
        for name, iri in re.findall(r"^PREFIX (\S*): <(\S+)>", path.read_text("utf-8"), re.M):
            assert iri in (prefixes.get(name), prefixes.get(name, "").removesuffix("/")), path


@each_scheme
def test_a_scheme_is_complete_and_reaches_all_its_concepts(scheme: URIRef) -> None:
    assert in_both(VOCABULARIES, scheme, SKOS.prefLabel)
    assert in_both(VOCABULARIES, scheme, SKOS.definition)
    concepts = set(VOCABULARIES.subjects(SKOS.inScheme, scheme))
    top = set(VOCABULARIES.objects(scheme, SKOS.hasTopConcept))
    assert concepts and top == set(VOCABULARIES.subjects(SKOS.topConceptOf, scheme))
    below = {c for t in top for c in VOCABULARIES.transitive_subjects(SKOS.broader, t)}
    assert below == concepts
    for lang in ("en", "fr"):
        labels = [
            str(label)
            for concept in concepts
            for label in VOCABULARIES.objects(concept, SKOS.prefLabel)
            if isinstance(label, Literal) and label.language == lang
        ]
        assert len(labels) == len(set(labels))


def test_each_concept_is_complete() -> None:
    for concept in CONCEPTS:
        assert in_both(VOCABULARIES, concept, SKOS.prefLabel), concept
        assert in_both(VOCABULARIES, concept, SKOS.definition), concept
        [scheme] = VOCABULARIES.objects(concept, SKOS.inScheme)
        [notation] = VOCABULARIES.objects(concept, SKOS.notation)
        assert concept == URIRef(f"{scheme}/{notation}")


def test_each_collection_is_of_concepts_of_its_scheme() -> None:
    collections = set(VOCABULARIES.subjects(RDF.type, SKOS.Collection))
    assert {str(c).removeprefix(vocab.VOCABULARIES) for c in collections} == {
        "standing/terminal",
        "uptake/adopted",
    }
    for collection in collections:
        assert in_both(VOCABULARIES, collection, SKOS.prefLabel)
        assert in_both(VOCABULARIES, collection, SKOS.definition)
        members = set(VOCABULARIES.objects(collection, SKOS.member))
        schemes = {str(s) for m in members for s in VOCABULARIES.objects(m, SKOS.inScheme)}
        assert schemes == {str(collection).rsplit("/", 1)[0]}


def test_a_match_leads_from_a_sources_list_to_one_of_ours_and_no_further() -> None:
    schemes = [
        {VOCABULARIES.value(concept, SKOS.inScheme) for concept in side}
        for match in (SKOS.closeMatch, SKOS.broadMatch)
        for side in zip(*VOCABULARIES.subject_objects(match), strict=True)
    ]
    theirs, ours = schemes[0] | schemes[2], schemes[1] | schemes[3]
    assert theirs and None not in ours and not theirs & ours


def test_each_vocabulary_lies_in_the_file_of_its_name() -> None:
    for path in assets.ontology_files()[1:]:
        [scheme] = media.read_file(path).subjects(RDF.type, SKOS.ConceptScheme)
        assert str(scheme) == vocab.VOCABULARIES + path.stem


def test_the_contexts_of_sources_name_concepts_that_exist() -> None:
    for path in assets.data().glob("sources/*/context.jsonld"):
        told = set(re.findall(r'"voc:([\w-]+/[\w-]+)"', path.read_text("utf-8")))
        assert told <= {str(c).removeprefix(vocab.VOCABULARIES) for c in CONCEPTS}, path


def test_the_phases_of_betagouv_become_the_statuses_that_they_match() -> None:
    path = assets.data() / "sources" / "betagouv" / "context.jsonld"
    statuses = json.loads(path.read_text("utf-8"))["@context"]["status"]["@context"]
    matches = {
        str(VOCABULARIES.value(phase, SKOS.notation)): str(concept)
        for match in (SKOS.closeMatch, SKOS.broadMatch)
        for phase, concept in VOCABULARIES.subject_objects(match)
        if "betagouv-phase" in str(phase)
    }
    assert {k: v.replace("voc:", vocab.VOCABULARIES) for k, v in statuses.items()} == matches


def test_every_property_that_a_shape_asks_about_is_declared() -> None:
    graph = shapes.of_the_product().graph
    asked = {path for path in graph.objects(None, SH.path) if isinstance(path, URIRef)}
    assert [path for path in sorted(asked) if (path, RDF.type, None) not in ONTOLOGY] == []
