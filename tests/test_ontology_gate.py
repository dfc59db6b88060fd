"""The gate of the ontology: what FOOPS, OOPS! and ROBOT look for, as far as it can be run here.

Each check is a SPARQL query whose rows are faults; it is also run on a graph with the fault
planted, so that no check passes because it cannot fail.
"""

import pyshacl
import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef

from innograph import assets, media, vocab

MODEL = vocab.model()
ONT = URIRef("https://w3id.org/innograph/ont")
INNO = "https://w3id.org/innograph/ont#"
_PREFIXES = "".join(f"PREFIX {p}: <{n}>\n" for p, n in vocab.prefixes().items())
_OWN = f'FILTER(STRSTARTS(STR(?term), "{INNO}"))'

# name -> (rows are faults, Turtle that plants one)
CHECKS = {
    "P04 a class that nothing is joined to": (
        f"""SELECT ?term {{ ?term a owl:Class {_OWN}
        FILTER NOT EXISTS {{ ?term rdfs:subClassOf ?above }}
        FILTER NOT EXISTS {{ ?p rdfs:domain|rdfs:range ?term }} }}""",
        "inno:Lonely a owl:Class .",
    ),
    "P05 or P25 a property that is its own inverse or parent": (
        "SELECT ?term { ?term (owl:inverseOf|rdfs:subPropertyOf)+ ?term }",
        "inno:x rdfs:subPropertyOf inno:y . inno:y rdfs:subPropertyOf inno:x .",
    ),
    "P06 a class above itself": (
        "SELECT ?term { ?term rdfs:subClassOf+ ?term }",
        "inno:X rdfs:subClassOf inno:Y . inno:Y rdfs:subClassOf inno:X .",
    ),
    "P08 a term without label or definition in both languages": (
        f"""SELECT ?term {{ ?term a ?kind {_OWN} VALUES ?lang {{ "en" "fr" }}
        VALUES ?said {{ rdfs:label skos:definition }}
        FILTER NOT EXISTS {{ ?term ?said ?text FILTER(LANG(?text) = ?lang) }} }}""",
        'inno:Bare a owl:Class ; rdfs:label "bare"@en ; skos:definition "x"@en , "x"@fr .',
    ),
    "P19 a property of several domains or ranges, which would intersect": (
        """SELECT ?term { VALUES ?side { rdfs:domain rdfs:range } ?term ?side ?one , ?other
        FILTER(STR(?one) < STR(?other)) }""",
        "inno:adopts rdfs:domain inno:Call .",
    ),
    "P22 a name that is not written as the others are": (
        f"""SELECT ?term {{ ?term a ?kind {_OWN}
        FILTER(!REGEX(STRAFTER(STR(?term), "#"),
        IF(?kind = owl:Class, "^[A-Z][A-Za-z]+$", "^[a-z][A-Za-z]+$"))) }}""",
        "inno:has_thing a owl:ObjectProperty .",
    ),
    "P32 two terms of one label": (
        f"""SELECT ?term {{ ?term rdfs:label ?label {_OWN} ?other rdfs:label ?label
        FILTER(?other != ?term) }}""",
        'inno:Twin a owl:Class ; rdfs:label "adoption"@en .',
    ),
    "P34 or P35 a term that is used and has no type": (
        """SELECT ?term { ?s rdfs:subClassOf|rdfs:subPropertyOf|rdfs:domain|rdfs:range ?term
        FILTER NOT EXISTS { ?term a ?kind }
        FILTER(!STRSTARTS(STR(?term), STR(xsd:)) && !STRSTARTS(STR(?term), STR(rdf:))) }""",
        "inno:adopts rdfs:range inno:Nowhere .",
    ),
    "P36 a file extension in an address": (
        f'SELECT ?term {{ ?term a ?kind {_OWN} FILTER(REGEX(STR(?term), "\\\\.[a-z]+$")) }}',
        "<https://w3id.org/innograph/ont#x.owl> a owl:Class .",
    ),
    "P40 an axiom about a term of somebody else": (
        f"""SELECT ?term {{ VALUES ?axiom {{ rdfs:domain rdfs:range rdfs:subPropertyOf
        owl:equivalentClass owl:disjointWith owl:inverseOf rdfs:label skos:definition }}
        ?term ?axiom ?o FILTER(ISIRI(?term) && !STRSTARTS(STR(?term), "{INNO}")
        && !STRSTARTS(STR(?term), "https://w3id.org/innograph/")) }}""",
        "dcterms:type rdfs:range skos:Concept .",
    ),
    "ROBOT a space at the end of a text": (
        """SELECT ?term { ?term rdfs:label|skos:prefLabel|skos:definition ?text
        FILTER(REGEX(?text, "^\\\\s|\\\\s$|  ")) }""",
        'inno:Adoption skos:definition "x "@en .',
    ),
    "ROBOT several labels in one language": (
        """SELECT ?term { VALUES ?said { rdfs:label skos:prefLabel skos:definition }
        ?term ?said ?one , ?other FILTER(STR(?one) < STR(?other) && LANG(?one) = LANG(?other)) }""",
        'inno:Adoption rdfs:label "taking up"@en .',
    ),
    "ROBOT a definition that is told of two terms": (
        f"""SELECT ?term {{ ?term skos:definition ?text {_OWN} ?other skos:definition ?text
        FILTER(?other != ?term && STRSTARTS(STR(?other), "{INNO}")) }}""",
        'inno:Adoption skos:definition "Innovation that is taken up."@en .',
    ),
    "ROBOT a deprecated term that is still built on": (
        """SELECT ?term { ?term owl:deprecated true . ?s ?p ?term
        FILTER(?p != dcterms:isReplacedBy) }""",
        "inno:Adoption owl:deprecated true .",
    ),
    "SKOS a concept that no top concept leads to": (
        """SELECT ?term { ?term skos:inScheme ?scheme
        FILTER NOT EXISTS { ?term skos:broader*/skos:topConceptOf ?scheme } }""",
        "<https://w3id.org/innograph/voc/stage/x> skos:inScheme voc:stage .",
    ),
    "SKOS a concept whose address is not its scheme and notation": (
        """SELECT ?term { ?term skos:inScheme ?scheme ; skos:notation ?notation
        FILTER(STR(?term) != CONCAT(STR(?scheme), "/", ?notation)) }""",
        'stage:x skos:inScheme voc:stage ; skos:notation "y" .',
    ),
    "SKOS a label that two concepts of a scheme share": (
        """SELECT ?term { ?term skos:inScheme ?scheme ; skos:prefLabel ?label .
        ?other skos:inScheme ?scheme ; skos:prefLabel ?label FILTER(?term != ?other) }""",
        'stage:x skos:inScheme voc:stage ; skos:prefLabel "piloting"@en .',
    ),
    "SKOS a concept both above and related, or related to itself": (
        "SELECT ?term { ?term skos:broader+ ?o . ?term skos:related ?o }",
        "support:seed-grant skos:related support:grant .",
    ),
    "PROV something that is an activity and an entity": (
        """SELECT ?term { ?term rdfs:subClassOf* prov:Activity , prov:Entity }""",
        "inno:Innovation rdfs:subClassOf prov:Activity .",
    ),
    "PROV what is used or generated is on the wrong side": (
        """SELECT ?term { { ?term rdfs:subPropertyOf+ prov:used ; rdfs:range ?side }
        UNION { ?term rdfs:subPropertyOf+ prov:generated ; rdfs:range ?side }
        ?side rdfs:subClassOf* prov:Activity }""",
        "inno:assesses rdfs:subPropertyOf prov:used ; rdfs:range inno:Adoption .",
    ),
    "OM1 metadata that FOOPS wants is missing": (
        """SELECT ?term { ?term a owl:Ontology VALUES ?wanted { dcterms:title dcterms:description
        dcterms:license owl:versionIRI dcterms:creator vann:preferredNamespaceUri
        vann:preferredNamespacePrefix owl:versionInfo dcterms:created
        dcterms:bibliographicCitation bibo:status dcterms:issued dcterms:publisher
        dcterms:modified dcterms:source } FILTER NOT EXISTS { ?term ?wanted ?value } }""",
        "<https://example.org/ont> a owl:Ontology .",
    ),
}
_MORE = (
    "PREFIX vann: <http://purl.org/vocab/vann/>\nPREFIX bibo: <http://purl.org/ontology/bibo/>\n"
)


def faults(check: str, graph: Graph) -> list[str]:
    return sorted({str(row[0]) for row in graph.query(_PREFIXES + _MORE + check)})  # type: ignore[index]


@pytest.mark.parametrize("name", CHECKS)
def test_the_model_has_no_fault_of_this_kind(name: str) -> None:
    assert faults(CHECKS[name][0], MODEL) == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_planted_fault_of_this_kind_is_found(name: str) -> None:
    check, planted = CHECKS[name]
    turtle = "".join(f"@prefix {p}: <{n}> .\n" for p, n in vocab.prefixes().items())
    graph = media.bare()
    graph += MODEL
    graph.parse(data=turtle + planted, format="turtle")
    assert faults(check, graph)


def style(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> str:
    shapes = media.read_file(assets.root() / "shapes" / "ontology-style.ttl")
    copy = Graph()  # in a store with contexts, which pyshacl wants
    copy += graph
    conforms, _, text = pyshacl.validate(copy, shacl_graph=shapes)
    return "" if conforms else text


def test_the_ontology_is_written_as_its_own_shapes_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    assert style(MODEL, monkeypatch) == ""


TERM, CONCEPT = URIRef(f"{INNO}Adoption"), URIRef(f"{vocab.VOCABULARIES}stage/piloting")
GONE: dict[str, list[tuple[URIRef, URIRef, None]]] = {
    "no French label": [(TERM, RDFS.label, None)],
    "no definition": [(TERM, SKOS.definition, None)],
    "no licence": [(ONT, DCTERMS.license, None)],
    "no version": [(ONT, OWL.versionIRI, None)],
    "a concept of no scheme": [(CONCEPT, SKOS.prefLabel, None)],
    "a concept that hangs nowhere": [
        (CONCEPT, SKOS.broader, None),
        (CONCEPT, SKOS.topConceptOf, None),
    ],
    "two ranges and a German label": [],
}
ADDED: dict[str, list[tuple[URIRef, URIRef, URIRef | Literal]]] = {
    "two ranges and a German label": [
        (TERM, RDFS.range, XSD.string),
        (TERM, RDFS.range, XSD.date),
        (TERM, RDFS.label, Literal(" adoption ", lang="de")),
    ]
}


@pytest.mark.parametrize("name", GONE)
def test_the_style_shapes_find_what_is_broken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = media.bare()
    graph += MODEL
    for gone in GONE[name]:
        graph.remove(gone)
    for added in ADDED.get(name, ()):
        graph.add(added)
    assert style(graph, monkeypatch), name


def test_the_model_stays_small() -> None:
    """About 16 classes and 60 properties of our own."""
    terms = {t for t in MODEL.subjects(RDFS.isDefinedBy, ONT)}
    classes = {t for t in terms if (t, RDF.type, OWL.Class) in MODEL}
    assert len(classes) <= 16
    # 62 properties, and the marker of those that are computed.
    assert len(terms - classes) <= 63


def test_the_frozen_release_is_the_ontology_of_that_version() -> None:
    """A released version never changes: a change of the model asks for a new number."""
    version = str(MODEL.value(ONT, OWL.versionInfo))
    frozen = assets.root() / "ontology" / "releases" / version
    assert (frozen / "innograph.ttl").read_bytes() == assets.ontology_files()[0].read_bytes()
    for path in assets.ontology_files()[1:]:
        kept = frozen / "vocabularies" / path.name
        assert kept.read_bytes() == path.read_bytes(), path.name
