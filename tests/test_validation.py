"""What a check sees, what it says of it, and that both engines say the same."""

import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from rdflib import OWL, RDF, RDFS, SH, XSD, Graph, Literal
from rdflib.extras.shacl import parse_shacl_path
from rdflib.namespace import Namespace
from rdflib.paths import Path
from rdflib.plugins.sparql.algebra import translateQuery, traverse
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node, Variable

from innograph import validation, vocab
from innograph.validation import Engine, Report, Shapes, Validator, shapes

EX = Namespace("https://example.org/")
ENGINES: list[Engine] = ["turbo", "pyshacl"]
each_engine = pytest.mark.parametrize("engine", ENGINES)

# Small shapes of our own: these tests are about the check, those in test_shapes about our shapes.
SHAPES = '''
ex:Book a sh:NodeShape ; sh:targetClass ex:Book ;
    sh:property ex:Book-title , ex:Book-author , ex:Book-theme , ex:Book-note , ex:Book-pages .
ex:Book-title sh:path ex:title ; sh:name "title"@en , "titre"@fr ; sh:minCount 1 ; sh:maxCount 1 ;
    sh:message "Give one title, such as Walden."@en , "Donnez un titre, par exemple Walden."@fr .
ex:Book-author sh:path ex:author ; sh:name "author"@en , "auteur"@fr ; sh:class ex:Agent ;
    sh:message "{value} is no author."@en , "{value} n'est pas un auteur."@fr .
ex:Book-theme sh:path ( ex:theme skos:inScheme ) ; sh:hasValue ex:themes ;
    sh:message "Choose from the list."@en , "Choisissez dans la liste."@fr .
ex:Book-note sh:path ex:note ; sh:minCount 1 ; sh:severity sh:Warning ; sh:message "Say more."@en .
ex:Book-pages sh:path ex:pages ; sh:datatype xsd:integer ; sh:minInclusive 1 ;
    sh:message "{value} is no number of pages."@en .
ex:Book sh:sparql [
    sh:message "{?value} is before {?other}."@en , "{?value} précède {?other}."@fr ;
    sh:prefixes ex: ;
    sh:select """SELECT $this (ex:sold AS ?path) ?value ?other
        WHERE { $this ex:sold ?value ; ex:made ?other FILTER(?value < ?other) }""" ] .
ex:Shelf a sh:NodeShape ; sh:targetClass ex:Shelf , ex:Agent .
ex: sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/"^^xsd:anyURI ] .
'''
HIERARCHY = "ex:Writer rdfs:subClassOf ex:Person . ex:Person rdfs:subClassOf ex:Agent ."
BOOK = """
ex:b a ex:Book ; ex:title "Walden" ; ex:note "Pond" ; ex:theme ex:life ; ex:author ex:thoreau .
"""
KNOWN = 'ex:life skos:inScheme ex:themes . ex:thoreau a ex:Writer ; skos:prefLabel "Thoreau"@en .'


def turtle(text: str) -> Graph:
    prefixes = {"ex": EX, "sh": SH, "rdfs": RDFS, "owl": OWL}
    prefixes |= {"skos": "http://www.w3.org/2004/02/skos/core#"}
    prefixes |= {"xsd": "http://www.w3.org/2001/XMLSchema#"}
    head = "".join(f"@prefix {name}: <{namespace}> .\n" for name, namespace in prefixes.items())
    return Graph().parse(data=head + text, format="turtle")


def validator(engine: Engine) -> Validator:
    # The product's own shapes bring the words of the rules for whole dossiers.
    shapes = turtle(SHAPES) + validation.default(engine).shapes.graph
    return Validator(Shapes(shapes, turtle(HIERARCHY)), engine)


@pytest.fixture(scope="module", params=ENGINES)
def books(request: pytest.FixtureRequest) -> Validator:
    return validator(request.param)


def check(books: Validator, dossier: str, known: str = KNOWN, base: str | None = None) -> Report:
    return books.check(turtle(dossier), turtle(known), base)


def found(report: Report) -> list[tuple[str, str]]:
    """Focus and shape (or rule) of each result, shortened."""
    return [(short(result.focus), short(result.shape)) for result in report.results]


def short(node: Node) -> str:
    return str(node).removeprefix(EX).removeprefix(vocab.SHAPES)


def test_a_dossier_that_meets_the_shapes_conforms(books: Validator) -> None:
    report = check(books, BOOK)
    assert report.conforms and report.results == () and report.sentences("en") == []


def test_a_class_is_also_met_by_what_the_hierarchy_places_below_it(books: Validator) -> None:
    assert not check(books, BOOK, known=KNOWN.replace("ex:Writer", "ex:Robot")).conforms


def test_what_is_pointed_at_and_not_published_is_refused(books: Validator) -> None:
    report = check(books, BOOK, known="ex:life skos:inScheme ex:themes .")
    assert found(report) == [("b", "Book-author")]


def test_only_results_about_the_dossiers_own_things_count(books: Validator) -> None:
    assert check(books, BOOK, known=KNOWN + "ex:thoreau a ex:Book .").conforms


def test_what_others_say_about_the_same_property_does_not_count(books: Validator) -> None:
    assert check(
        books, BOOK, known=KNOWN + 'ex:b ex:title "Walden, or Life in the Woods" .'
    ).conforms


def test_the_verdict_does_not_depend_on_how_much_else_is_known(books: Validator) -> None:
    report = check(books, BOOK.replace('ex:note "Pond" ;', ""), known=KNOWN + 'ex:b ex:note "x" .')
    assert found(report) == [("b", "Book-note")]


def test_dossiers_of_one_batch_do_not_see_each_other() -> None:
    adoption = Graph().add((EX.a, RDF.type, vocab.own().Adoption))
    innovation = Graph().add((EX.i, RDF.type, vocab.own().Innovation))
    adoption.add((EX.a, vocab.own().adopts, EX.i))
    nothing = Graph()
    alone = [validation.check(graph, nothing) for graph in (adoption, innovation)]
    assert validation.check_many([(adoption, nothing), (innovation, nothing)]) == alone
    assert any(result.value == EX.i for result in alone[0].violations)


def test_warnings_do_not_stand_in_the_way(books: Validator) -> None:
    report = check(books, BOOK.replace('ex:note "Pond" ;', ""))
    assert report.conforms and not report.violations and len(report.warnings) == 1
    assert report.sentences("fr") == ["Note – Rien n'est indiqué. Say more."]


def test_a_thing_of_no_known_kind_is_refused(books: Validator) -> None:
    for kind in ("", "a ex:Frog ;"):
        report = check(books, BOOK + f"ex:b ex:near ex:x . ex:x {kind} ex:colour ex:green .")
        assert found(report) == [("x", "known-kind")]
        [sentence] = report.sentences("en")
        assert sentence.startswith("We do not know what https://example.org/x is.")


def test_a_dossier_is_about_one_thing(books: Validator) -> None:
    two = check(books, BOOK + "ex:shelf a ex:Shelf .")
    assert found(two) == [("b", "one-root"), ("shelf", "one-root")]
    assert len(two.sentences("fr")) == 1
    circle = check(books, BOOK + "ex:b ex:on ex:shelf . ex:shelf a ex:Shelf ; ex:holds ex:b .")
    assert found(circle) == [("b", "one-root")]
    assert [shape for _, shape in found(check(books, ""))] == ["one-root"]


def test_the_root_is_what_nothing_else_in_the_dossier_points_at() -> None:
    graph = turtle("ex:b a ex:Book ; ex:on ex:shelf ; ex:same ex:b . ex:shelf a ex:Shelf .")
    assert validation.root(graph) == EX.b
    with pytest.raises(ValueError, match="too many values"):
        validation.root(turtle("ex:b a ex:Book . ex:shelf a ex:Shelf ."))


def test_a_link_to_a_thing_of_this_instance_that_is_not_published_is_refused(
    books: Validator,
) -> None:
    base = "https://data.example.org"
    dossier = BOOK + f"ex:b ex:sequel <{base}/id/book/2> ; ex:page <{base}/about> ."
    report = check(books, dossier, base=base)
    assert found(report) == [("b", "published")]
    [sentence] = report.sentences("en")
    assert sentence.startswith(f"Sequel – Nothing is published here under {base}/id/book/2.")
    assert check(books, dossier, KNOWN + f"<{base}/id/book/2> a ex:Book .", base=base).conforms


def test_targets_are_what_is_pointed_at_and_not_described() -> None:
    assert validation.targets(turtle(BOOK + "ex:life a ex:Theme .")) == {EX.thoreau}


def test_paths_are_the_predicates_by_which_shapes_look_further() -> None:
    shapes = Shapes(
        turtle("""
        ex:A sh:property
            [ sh:path ex:own ; sh:property [ sh:path ex:nested ; sh:lessThan ex:pair ] ] ,
            [ sh:path [ sh:alternativePath ( ex:this ex:that ) ] ] ,
            [ sh:path ( ex:first ex:then ) ] ,
            [ sh:path ex:other ; sh:or ( ex:B [ sh:not [ sh:path ex:listed ] ] ) ] ,
            [ sh:path ( [ sh:zeroOrOnePath ex:once ] [ sh:inversePath ex:back ] ) ] ,
            [ sh:path [ sh:zeroOrMorePath ex:again ] ] .
        ex:B sh:property [ sh:path ex:named ] .
        """),
        Graph(),
    )
    names = {"nested", "pair", "then", "listed", "back", "again", "named"}
    assert shapes.paths == {RDF.type, *(EX[name] for name in names)}


def test_the_products_sparql_constraints_look_no_further_than_paths_tell() -> None:
    graph = validation.default().shapes.graph
    prefixes = {
        str(graph.value(d, SH.prefix)): str(graph.value(d, SH.namespace))
        for d in graph.objects(None, SH.declare)
    }
    for text in graph.objects(None, SH.select | SH.ask):
        query = translateQuery(parseQuery(str(text)), initNs=prefixes)
        for subject, predicate, _ in patterns(query.algebra):
            if isinstance(predicate, Path):
                steps = shapes.predicates(predicate)
                if subject == Variable("this"):
                    steps = shapes.after_the_first_step(predicate)
                assert steps <= validation.paths(), predicate
            else:
                assert subject == Variable("this") or predicate in validation.paths(), predicate


def patterns(algebra: CompValue) -> list[Any]:
    told: list[Any] = []
    traverse(algebra, lambda node: told.extend(getattr(node, "triples", None) or ()))
    # Within EXISTS the parser leaves several statements in one row.
    return [tuple(row[at : at + 3]) for row in told for at in range(0, len(row), 3)]


def test_each_sentence_names_the_field_and_the_value_in_the_readers_language(
    books: Validator,
) -> None:
    dossier = BOOK.replace('ex:title "Walden"', "ex:pages 0 ; ex:sold 1845 ; ex:made 1854")
    known = KNOWN.replace("ex:Writer", "ex:Robot")
    assert check(books, dossier, known).sentences("en") == [
        'Author – "Thoreau" is not known here as a thing of this kind. Thoreau is no author.',
        'Pages – "0" is too small. 0 is no number of pages.',
        "Sold – 1845 is before 1854.",
        "Title – Nothing is given. Give one title, such as Walden.",
    ]
    assert check(books, dossier, known).by_field("fr") == {
        EX + "author": [
            "« Thoreau » n'est pas connu ici comme une chose de ce genre. "
            "Thoreau n'est pas un auteur."
        ],
        EX + "pages": ["« 0 » est trop petit. 0 is no number of pages."],
        EX + "sold": ["1845 précède 1854."],
        EX + "title": ["Rien n'est indiqué. Donnez un titre, par exemple Walden."],
    }


def test_one_wrong_value_of_a_field_is_told_once(books: Validator) -> None:
    report = check(books, BOOK + 'ex:b ex:pages "none" .')
    assert [short(r.component) for r in report.results] == [
        str(SH.DatatypeConstraintComponent),
        str(SH.MinInclusiveConstraintComponent),
    ]
    assert len(report.sentences("en")) == len(report.by_field("en")[EX + "pages"]) == 1


def test_a_value_without_a_label_is_called_by_its_kind_then_as_it_is_written(
    books: Validator,
) -> None:
    kind = vocab.own().StatusPeriod
    of_a_kind = check(books, BOOK, f"ex:life skos:inScheme ex:themes . ex:thoreau a <{kind}> .")
    assert "status period" in of_a_kind.sentences("en")[0].lower()
    unknown = check(books, BOOK, "ex:life skos:inScheme ex:themes .")
    assert EX + "thoreau is no author." in unknown.sentences("en")[0]


def test_the_w3c_report_says_the_same_to_machines(books: Validator) -> None:
    report = check(books, BOOK.replace('ex:title "Walden" ;', "").replace("ex:life", "ex:death"))
    graph = report.graph()
    [node] = graph.subjects(SH.resultPath, EX.title)
    assert set(graph.predicate_objects(node)) == {
        (RDF.type, SH.ValidationResult),
        (SH.focusNode, EX.b),
        (SH.resultPath, EX.title),
        (SH.resultSeverity, SH.Violation),
        (SH.sourceConstraintComponent, SH.MinCountConstraintComponent),
        (SH.sourceShape, EX["Book-title"]),
        (SH.resultMessage, Literal("Give one title, such as Walden.", lang="en")),
        (SH.resultMessage, Literal("Donnez un titre, par exemple Walden.", lang="fr")),
    }
    [path] = set(graph.objects(None, SH.resultPath)) - {EX.title}
    assert str(parse_shacl_path(graph, path)) == str(report.results[0].path)
    again = check(books, BOOK.replace('ex:title "Walden" ;', "").replace("ex:life", "ex:death"))
    assert set(again.graph()) == set(graph), "equal reports have equal blank nodes"


def test_the_w3c_report_of_a_faultless_dossier_is_one_too(books: Validator) -> None:
    graph = check(books, BOOK).graph()
    [node] = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(node, SH.conforms) == Literal(True) and len(graph) == 2


def test_messages_in_the_w3c_report_name_the_value(books: Validator) -> None:
    graph = check(books, BOOK, "ex:life skos:inScheme ex:themes .").graph()
    assert Literal(f"{EX.thoreau} is no author.", lang="en") in set(graph.objects())


def test_both_engines_say_the_same_result_by_result() -> None:
    worst = BOOK.replace('"Walden"', "1 , 2") + "ex:b ex:sold 1 ; ex:made 2 ; ex:pages 0.5 ."
    one, other = (check(validator(engine), worst, known="") for engine in ENGINES)
    assert one == other and one.graph().serialize() == other.graph().serialize()
    assert len(one.results) == 6


@each_engine
def test_a_check_leaves_literals_as_they_are_told(engine: Engine) -> None:
    check(validator(engine), BOOK)
    assert str(Literal("01", datatype=XSD.integer)) == "01"
    [result] = check(validator(engine), BOOK + 'ex:b ex:pages "-01"^^xsd:integer .').results
    assert str(result.value) == "-01"


def test_pyshacl_takes_over_where_turbo_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert validation.best() == "turbo"
    monkeypatch.setitem(sys.modules, "pyshacl_turbo", None)
    assert validation.best() == "pyshacl"


def test_one_validator_serves_many_threads(books: Validator) -> None:
    dossiers = [BOOK.replace("ex:b ", f"ex:b{n} ").replace("ex:title", "ex:t") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda dossier: check(books, dossier), dossiers))
    assert [found(report) for report in reports] == [[(f"b{n}", "Book-title")] for n in range(40)]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[object]]]:
    """An address on this machine, and who has called it."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def wait() -> None:
            while True:
                try:
                    connection, peer = server.accept()
                except OSError:
                    return
                calls.append(peer)
                connection.close()

        thread = threading.Thread(target=wait)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/more.ttl", calls
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@each_engine
def test_no_import_is_ever_followed(listener: tuple[str, list[object]], engine: Engine) -> None:
    address, calls = listener
    imports = f"ex:onto a owl:Ontology ; owl:imports <{address}> . "
    shapes = Shapes(turtle(SHAPES + imports), turtle(HIERARCHY + imports))
    report = Validator(shapes, engine).check(turtle(BOOK + imports), turtle(KNOWN + imports))
    assert calls == []
    assert {focus for focus, _ in found(report)} == {"b", "onto"}, "an ontology is no dossier"
    with socket.create_connection(("127.0.0.1", int(address.split(":")[2].split("/")[0]))):
        pass  # the listener does listen
