"""The pages of the vocabularies: their list, each of them, each of their concepts."""

from collections.abc import Iterator

from flask import render_template
from flask_babel import get_locale, gettext
from markupsafe import Markup
from rdflib import DCTERMS, RDF, SKOS, URIRef
from rdflib.term import Node

from .. import media, vocab
from . import asked
from .reading import Entry, Part, Reader, Row, alphabetical, code

# What a concept says in a place of its own on the page.
_PLACED = {RDF.type, SKOS.inScheme, SKOS.topConceptOf, SKOS.broader, SKOS.narrower, SKOS.member}
_PLACED |= {SKOS.prefLabel, SKOS.definition, SKOS.notation, SKOS.scopeNote, SKOS.editorialNote}
_PLACED |= {SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch}
# (id, name, narrower ones)
Branch = tuple[str, Markup, list["Branch"]]


def index() -> str:
    """The page that lists all vocabularies."""
    reader, graph = Reader(str(get_locale())), vocab.vocabularies()
    schemes = [
        (
            reader.link(scheme),
            reader.said(scheme, SKOS.definition),
            len(list(graph.subjects(SKOS.inScheme, scheme))),
        )
        for scheme in graph.subjects(RDF.type, SKOS.ConceptScheme)
    ]
    schemes.sort(key=lambda row: alphabetical(row[0]))
    return render_template("vocabularies.html", schemes=schemes, formats=media.GRAPHS)


def scheme_page(scheme: URIRef) -> str:
    """The page of a vocabulary, with all its concepts."""
    address = "/voc/" + scheme.removeprefix(vocab.VOCABULARIES)
    reader, graph = Reader(str(get_locale()), f"{address}/"), vocab.vocabularies()
    grid = (scheme, RDF.type, vocab.own().Grid) in graph
    tops = list(graph.objects(scheme, SKOS.hasTopConcept))
    concepts = [c for top in tops for c in _downwards(top)]
    concepts = list(dict.fromkeys([*concepts, *graph.subjects(SKOS.inScheme, scheme)]))
    collections = [
        c for c in graph.subjects(RDF.type, SKOS.Collection) if str(c).startswith(f"{scheme}/")
    ]
    chapters = [(gettext("Concepts"), concepts), (gettext("Collections"), collections)]
    if grid:
        answers = [concept for concept in concepts if concept not in tops]
        chapters[:1] = [(gettext("Criteria"), tops), (gettext("Answers"), answers)]
    rows: list[Row] = [
        (gettext("Source"), reader.values(scheme, DCTERMS.source)),
        (gettext("Note"), _notes(scheme, reader)),
        (gettext("Number of concepts"), [Markup(len(concepts))]),
    ]
    return render_template(
        "vocabulary.html",
        iri=str(scheme),
        address=address,
        formats=media.GRAPHS,
        title=reader.name(scheme),
        definition=reader.said(scheme, SKOS.definition),
        rows=[row for row in rows if row[1]],
        parts=[
            Part(f"part-{n}", heading, [(Markup(), [_concept(c, reader, grid) for c in found])])
            for n, (heading, found) in enumerate(chapters)
            if found
        ],
        tree=[_branch(top, reader, deep=not grid) for top in tops],
    )


def page(concept: URIRef) -> str:
    """The page of one concept or collection."""
    reader, graph = Reader(str(get_locale())), vocab.vocabularies()
    scheme = URIRef(concept.rpartition("/")[0])
    entry = _concept(concept, reader, (scheme, RDF.type, vocab.own().Grid) in graph)
    entry.rows.append((gettext("Vocabulary"), [reader.link(scheme)]))
    return render_template(
        "vocabulary.html",
        address="/voc/" + concept.removeprefix(vocab.VOCABULARIES),
        formats=media.GRAPHS,
        title=entry.name,
        entry=entry,
    )


def _concept(concept: Node, reader: Reader, grid: bool) -> Entry:
    graph = vocab.vocabularies()
    narrower, broader = _narrower(concept), list(graph.objects(concept, SKOS.broader))
    rows: list[Row] = [
        (gettext("Notation"), [Markup("<code>{}</code>").format(n) for n in _notations(concept)]),
        (gettext("Broader"), [] if grid else reader.links(broader)),
        (gettext("Answer to"), reader.links(broader) if grid else []),
        (gettext("Narrower"), [] if grid else reader.links(narrower)),
        (gettext("Members"), reader.links(graph.objects(concept, SKOS.member))),
        (gettext("In the collection"), reader.links(graph.subjects(SKOS.member, concept))),
    ]
    matches = {
        SKOS.exactMatch: gettext("Exact match"),
        SKOS.closeMatch: gettext("Close match"),
        SKOS.broadMatch: gettext("Broader match"),
        SKOS.narrowMatch: gettext("Narrower match"),
        SKOS.relatedMatch: gettext("Related match"),
    }
    for match, name in matches.items():
        found = list(graph.objects(concept, match))
        rows.append((name, [Markup("{} {}").format(reader.link(f), code(f)) for f in found]))
    rows.append((gettext("Note"), _notes(concept, reader)))
    rows += _further(concept, reader)
    answers = [(reader.link(n), reader.said(n, SKOS.definition)) for n in narrower if grid]
    return Entry(
        id=str(concept).rpartition("/")[2],
        iri=str(concept),
        name=reader.name(concept),
        other=reader.other(concept),
        definition=reader.said(concept, SKOS.definition),
        rows=[row for row in rows if row[1]],
        answers=answers,
    )


def _further(concept: Node, reader: Reader) -> Iterator[Row]:
    """What else a concept says, under the names that the shapes give it."""
    kinds = list(vocab.vocabularies().objects(concept, RDF.type))
    known = [a for kind in kinds for a in asked.of_class(kind, reader.lang)]
    for predicate in vocab.vocabularies().predicates(concept, unique=True):
        if not isinstance(predicate, URIRef) or predicate in _PLACED:
            continue
        names = [a.name for a in known if a.predicates == {str(predicate)}]
        named = names[0] if names else reader.name(predicate)
        yield str(named), reader.values(concept, predicate)


def _notes(node: Node, reader: Reader) -> list[Markup]:
    return reader.values(node, SKOS.scopeNote) + reader.values(node, SKOS.editorialNote)


def _notations(concept: Node) -> list[str]:
    return [str(notation) for notation in vocab.vocabularies().objects(concept, SKOS.notation)]


def _narrower(concept: Node) -> list[Node]:
    graph = vocab.vocabularies()
    said = [*graph.objects(concept, SKOS.narrower), *graph.subjects(SKOS.broader, concept)]
    return list(dict.fromkeys(said))


def _downwards(concept: Node) -> Iterator[Node]:
    yield concept
    for narrower in _narrower(concept):
        yield from _downwards(narrower)


def _branch(concept: Node, reader: Reader, deep: bool) -> Branch:
    below = [_branch(n, reader, deep) for n in _narrower(concept)] if deep else []
    return str(concept).rpartition("/")[2], reader.name(concept), below
