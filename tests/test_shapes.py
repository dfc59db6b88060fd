"""Each case gives exactly the results that it says, on both engines; each field can be read."""

import re
from collections import Counter, defaultdict
from functools import cache

import pyshacl
import pytest
from rdflib import DCTERMS, RDF, RDFS, SDO, SH, Graph, Literal, URIRef
from rdflib.term import Node
from shape_cases import Case, cases, told

from innograph import validation, vocab
from innograph.validation import shapes

CASES = cases()
SHAPES = shapes.product()
FIELDS = sorted(SHAPES.subjects(RDF.type, SH.PropertyShape), key=str)
CC = "https://creativecommons.org/"
by_name = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@cache
def checked(case: Case, engine: validation.Engine | None = None) -> validation.Report:
    """The report on a case, made once for all tests that look at it."""
    return validation.check(case.graph, case.surroundings, engine=engine)


@by_name
@pytest.mark.parametrize("engine", ["turbo", "pyshacl"])
def test_a_case_gives_exactly_the_results_that_it_says(
    case: Case, engine: validation.Engine
) -> None:
    report = checked(case, engine)
    assert told(report.results) == case.expected
    assert bool(case.expected) == case.path.name.startswith("fail-")


@by_name
def test_both_engines_say_the_same_result_by_result(case: Case) -> None:
    one, other = (checked(case, engine) for engine in ("turbo", "pyshacl"))
    assert one.results == other.results
    assert one.sentences("fr") == other.sentences("fr")


@by_name
def test_each_sentence_is_told_in_both_languages_and_complete(case: Case) -> None:
    report = checked(case)
    french, english = report.sentences("fr"), report.sentences("en")
    assert len(french) == len(english)
    assert all("{" not in sentence for sentence in french + english)
    assert not set(french) & set(english)


def test_a_merely_missing_description_can_be_taken() -> None:
    warned = [c for c in CASES if c.expected and all("sh:Warning" in line for line in c.expected)]
    assert len(warned) == 10
    for case in warned:
        report = checked(case)
        assert report.conforms and report.warnings and not report.violations


def in_both(node: Node, predicate: URIRef) -> bool:
    told = [text for text in SHAPES.objects(node, predicate) if isinstance(text, Literal)]
    return Counter(text.language for text in told) == {"en": 1, "fr": 1} and all(told)


def test_each_field_can_be_shown_to_a_person() -> None:
    for field in FIELDS:
        for predicate in (SH.name, SH.description, SH.message):
            assert in_both(field, predicate), f"{field} lacks {predicate} in one language"
        assert len(list(SHAPES.objects(field, SH.order))) == 1, field
        group = SHAPES.value(field, SH.group)
        assert (group, RDF.type, SH.PropertyGroup) in SHAPES, field
        assert group is not None and in_both(group, RDFS.label), group


def test_each_field_is_asked_once_in_an_order_of_its_own() -> None:
    for shape in set(SHAPES.subjects(SH.property)):
        if isinstance(shape, URIRef):
            order = [SHAPES.value(field, SH.order) for field in SHAPES.objects(shape, SH.property)]
            assert len(order) == len(set(order)), shape


def test_each_message_shows_a_right_example() -> None:
    words = {"en": "such as ", "fr": "par exemple "}
    for node in {*FIELDS, *SHAPES.objects(None, SH.sparql)}:
        for message in SHAPES.objects(node, SH.message):
            assert isinstance(message, Literal)
            assert words[str(message.language)] in message, message


def test_whatever_can_go_wrong_has_a_sentence_in_both_languages() -> None:
    constraints = set(SHAPES.objects(None, SH.sparql))
    rules = set(SHAPES.subjects(RDF.type, URIRef(vocab.SHAPES + "DossierRule")))
    faults = set(SHAPES.subjects(RDF.type, URIRef(vocab.SHAPES + "Fault")))
    assert constraints and rules and faults
    for node in constraints | rules | faults:
        assert in_both(node, SH.message), node


def test_each_kind_of_fault_of_one_value_is_named() -> None:
    component = URIRef(vocab.SHAPES + "component")
    named = set(SHAPES.objects(None, component))
    # A SPARQL constraint and a rule for whole dossiers say it themselves.
    found = {result.component for case in CASES for result in checked(case).results} - {
        SH.SPARQLConstraintComponent
    }
    assert {c for c in found if str(c).startswith(str(SH))} == named


def test_two_fields_of_one_path_agree_on_its_name() -> None:
    names = defaultdict(set)
    for shape in SHAPES.subjects(SH.property):
        for field in SHAPES.objects(shape, SH.property):
            path = SHAPES.value(field, SH.path)
            if isinstance(path, URIRef) and isinstance(field, URIRef):
                names[shape, path].add(frozenset(SHAPES.objects(field, SH.name)))
    assert all(len(told) == 1 for told in names.values())


def test_a_computed_term_is_refused_and_no_other() -> None:
    ontology = vocab.ontology()
    computed = set(ontology.subjects(RDFS.subPropertyOf, vocab.own().computed))
    assert computed
    field = URIRef(vocab.SHAPES + "Dossier-computed")
    [alternatives] = SHAPES.objects(field, SH.path / SH.alternativePath)
    assert set(SHAPES.items(alternatives)) == computed


def test_the_shapes_are_well_formed_by_shacls_own_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=SHAPES, meta_shacl=True)
    assert conforms, text


def test_a_date_is_told_as_day_month_or_year_wherever_it_stands() -> None:
    fields = set(SHAPES.subjects(SH.node, URIRef(vocab.SHAPES + "date")))
    own = vocab.own()
    dated = {SDO.startDate, SDO.endDate, own.startNotBefore, own.startNotAfter, own.endNotBefore}
    dated |= {own.endNotAfter, own.lastAttested, own.opensOn, own.deadline, own.awardedOn}
    dated |= {SDO.observationDate, SDO.foundingDate, SDO.dissolutionDate, DCTERMS.modified}
    assert {SHAPES.value(field, SH.path) for field in fields} == dated
    assert all(SHAPES.value(field, SH.maxCount) == Literal(1) for field in fields)


def test_the_cases_are_about_nobody_real() -> None:
    known = (*vocab.prefixes().values(), "http://www.w3.org/2006/vcard/ns#", CC)
    for case in CASES:
        for node in set(case.graph.all_nodes()) | set(case.graph.predicates()):
            if isinstance(node, URIRef) and not str(node).startswith(known):
                assert re.search(r"[/.@]example\.org\b|^tel:\+33-0-00", node), (case.name, node)
