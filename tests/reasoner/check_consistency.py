"""The ontology, its vocabularies and the worked examples are consistent under PROV-O and SKOS.

`make test-reasoner` installs owlready2 (it brings HermiT; Java is needed) and runs it.
"""

from collections.abc import Iterator
from pathlib import Path

import examples
import owlready2
import pytest
from rdflib import OWL, PROV, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

from innograph import media, vocab

HERE = Path(__file__).parent
Triple = tuple[URIRef, URIRef, URIRef]
INNO = Namespace(vocab.NAMESPACE)
EX = Namespace("https://example.org/id/")


def everything() -> Graph:
    """All that is to hold together: terms, concepts, and the examples as data."""
    told = Graph()
    told += vocab.ontology()
    told += vocab.vocabularies()
    told += media.read_file(HERE / "w3c-axioms.ttl")
    for _, _, graph in examples.dossiers():
        told += graph
    return told


def unsatisfiable(told: Graph, folder: Path) -> list[str] | None:
    """The classes that cannot have members, or None when nothing at all can be true together."""
    links = Graph()
    # HermiT knows no xsd:gYear, and properties of things and of data share no parent in OWL DL.
    beyond = {XSD.date, XSD.gYearMonth, XSD.gYear, INNO.computed}
    links += (t for t in told if not isinstance(t[2], Literal) and t[2] not in beyond)
    links.remove((None, OWL.imports, None))
    for predicate in set(links.predicates()):
        kinds = set(links.objects(predicate, RDF.type))
        foreign = not str(predicate).startswith((str(OWL), str(RDF), str(RDFS)))
        if foreign and not kinds & {OWL.ObjectProperty, OWL.DatatypeProperty}:
            links.add((predicate, RDF.type, OWL.AnnotationProperty))
    path = folder / "all.nt"
    links.serialize(path, format="nt", encoding="utf-8")
    world = owlready2.World()
    world.get_ontology(path.as_uri()).load()
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return None
    empty = (klass.iri for klass in world.inconsistent_classes())
    return sorted(iri for iri in empty if iri != str(OWL.Nothing))


def test_all_is_consistent_and_each_class_can_have_members(tmp_path: Path) -> None:
    assert unsatisfiable(everything(), tmp_path) == []


def faults() -> Iterator[object]:
    """Statements that must not hold together with the rest."""
    adoption, innovation = EX.adoption, EX.innovation
    yield pytest.param(
        [(adoption, RDF.type, INNO.Adoption), (adoption, RDF.type, PROV.Entity)],
        id="an adoption that is an entity",
    )
    yield pytest.param(
        [(innovation, RDF.type, INNO.Innovation), (EX.other, PROV.used, adoption)]
        + [(adoption, RDF.type, INNO.Adoption)],
        id="an adoption that is used as an entity",
    )
    yield pytest.param(
        [(EX.grid, RDF.type, INNO.Grid), (EX.grid, RDF.type, SKOS.Concept)],
        id="a grid that is a concept",
    )


@pytest.mark.parametrize("fault", list(faults()))
def test_a_contradiction_is_found(fault: list[Triple], tmp_path: Path) -> None:
    told = everything()
    for triple in fault:
        told.add(triple)
    assert unsatisfiable(told, tmp_path) is None


def test_a_class_that_can_have_no_member_is_found(tmp_path: Path) -> None:
    told = Graph()
    told += vocab.ontology()
    told += media.read_file(HERE / "w3c-axioms.ttl")
    told.add((INNO.Adoption, RDFS.subClassOf, PROV.Entity))
    assert unsatisfiable(told, tmp_path) == [str(INNO.Adoption)]
