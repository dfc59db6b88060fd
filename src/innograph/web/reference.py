"""Reference pages of the ontology and its vocabularies, drawn from the model as it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from flask import Blueprint, Response, render_template
from flask_babel import get_locale, gettext
from markupsafe import Markup
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, VANN, Graph, URIRef
from rdflib.compare import to_canonical_graph
from rdflib.term import Node

from .. import assets, media, vocab
from ..errors import NotFound
from . import asked
from .reading import Reader, alphabetical, code, ours, prefixed, reused
from .representation import represent

blueprint = Blueprint("reference", __name__)
_IRI = vocab.NAMESPACE.rstrip("#")
_NAME = re.compile(r"[a-z0-9-]+")
_RELEASE = re.compile(r"([0-9]+(?:\.[0-9]+)*)(?:\.([a-z]+))?")
_KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
_MATCHES = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)
# What a concept says in a place of its own on the page.
_PLACED = {RDF.type, SKOS.inScheme, SKOS.topConceptOf, SKOS.broader, SKOS.narrower, SKOS.member}
_PLACED |= {SKOS.prefLabel, SKOS.definition, SKOS.notation, SKOS.scopeNote, SKOS.editorialNote}
_PLACED |= set(_MATCHES)
Row = tuple[str, list[Markup]]
# (id, name, narrower ones)
Branch = tuple[str, Markup, list["Branch"]]


@dataclass
class Entry:
    """A term, a concept or a collection, as a section of a page."""

    id: str
    iri: str
    name: Markup
    other: Markup
    definition: Markup
    rows: list[Row]
    rules: list[Markup] = field(default_factory=list)
    asked: list[asked.Asked] = field(default_factory=list)
    answers: list[tuple[Markup, Markup]] = field(default_factory=list)


@dataclass
class Part:
    """A chapter of a page: groups of entries, each with its heading ("" where there is one)."""

    id: str
    heading: str
    groups: list[tuple[Markup, list[Entry]]]


@blueprint.get("/ont")
@blueprint.get("/ont.<extension>")
def ontology(extension: str | None = None) -> Response:
    """The ontology."""
    return represent(_ontology(), _IRI, _ontology_page, extension)


@blueprint.get("/ont/<release>")
def released(release: str) -> Response:
    """A release of the ontology, as it was frozen."""
    told = _RELEASE.fullmatch(release)
    path = assets.root() / "ontology" / "releases" / (told[1] if told else "-") / "innograph.ttl"
    if told is None or not path.is_file():
        raise NotFound(iri=f"{_IRI}/{release}")
    iri = f"{_IRI}/{told[1]}"
    current = (URIRef(_IRI), OWL.versionIRI, URIRef(iri)) in vocab.ontology()
    graph = to_canonical_graph(media.read_file(path))
    return represent(graph, iri, _ontology_page if current else None, told[2])


@blueprint.get("/voc")
@blueprint.get("/voc.<extension>")
def vocabularies(extension: str | None = None) -> Response:
    """All vocabularies: as a page, their list; as data, all that they say."""
    iri = vocab.VOCABULARIES.rstrip("/")
    return represent(vocab.vocabularies(), iri, _vocabularies_page, extension)


@blueprint.get("/voc/<scheme>")
@blueprint.get("/voc/<scheme>.<extension>")
@blueprint.get("/voc/<scheme>/<concept>")
@blueprint.get("/voc/<scheme>/<concept>.<extension>")
def vocabulary(scheme: str, concept: str | None = None, extension: str | None = None) -> Response:
    """A vocabulary, or one of its concepts."""
    names = [name for name in (scheme, concept) if name is not None]
    iri = vocab.VOCABULARIES + "/".join(names)
    if (
        not all(map(_NAME.fullmatch, names))
        or (URIRef(iri), None, None) not in vocab.vocabularies()
    ):
        raise NotFound(iri=iri)
    graph = media.bare()
    for subject in vocab.vocabularies().subjects(unique=True):
        if str(subject) == iri or str(subject).startswith(f"{iri}/"):
            graph += vocab.vocabularies().triples((subject, None, None))
    page = _concept_page if concept else _scheme_page
    return represent(graph, iri, lambda: page(URIRef(iri)), extension)


@cache
def _ontology() -> Graph:
    """The ontology, with names for its blank nodes that are the same in every process."""
    return to_canonical_graph(vocab.ontology())


def _ontology_page() -> str:
    about, reader = URIRef(_IRI), Reader(str(get_locale()), asked.PAGE)
    told: list[tuple[str, URIRef]] = [
        (gettext("Version"), OWL.versionInfo),
        (gettext("Address of this version"), OWL.versionIRI),
        (gettext("Prefix"), VANN.preferredNamespacePrefix),
        (gettext("Issued"), DCTERMS.issued),
        (gettext("Last changed"), DCTERMS.modified),
        (gettext("Publisher"), DCTERMS.publisher),
        (gettext("Licence"), DCTERMS.license),
        (gettext("To cite it"), DCTERMS.bibliographicCitation),
    ]
    return render_template(
        "ontology.html",
        iri=_IRI,
        address="/ont",
        formats=media.GRAPHS,
        title=reader.said(about, DCTERMS.title),
        definition=reader.said(about, DCTERMS.description),
        rows=[(name, values) for name, p in told if (values := reader.values(about, p))],
        parts=_parts(reader.lang),
        reused=_reused(reader.lang),
    )


@cache
def _parts(lang: str) -> list[Part]:
    """The ontology's own terms, then those classes of others that something is asked of."""
    reader, graph = Reader(lang, asked.PAGE), vocab.ontology()
    classes: dict[Markup, list[Entry]] = {}
    properties: dict[Markup, list[Entry]] = {}
    computed: list[Entry] = []
    for term in ours():
        if _is_class(term):
            above = [c for c in graph.transitive_objects(term, RDFS.subClassOf) if c in reused()]
            under = Markup("{} {}").format(gettext("Subclasses of"), *reader.links(above[:1]))
            classes.setdefault(under, []).append(_term(term, reader))
        elif vocab.own().computed in graph.transitive_objects(term, RDFS.subPropertyOf):
            computed.append(_term(term, reader))
        elif domains := reader.links(graph.objects(term, RDFS.domain)):
            of = Markup("{} {}").format(gettext("Properties of:"), *domains[:1])
            properties.setdefault(of, []).append(_term(term, reader))
        else:
            several = Markup(gettext("Properties of several classes"))
            properties.setdefault(several, []).append(_term(term, reader))
    others = [_term(term, reader) for term in reused() if asked.of_class(term, lang)]
    return [
        Part("part-classes", gettext("Classes"), list(classes.items())),
        Part("part-properties", gettext("Properties"), list(properties.items())),
        Part("part-computed", gettext("Computed properties"), [(Markup(), computed)]),
        Part("part-others", gettext("Classes of other vocabularies"), [(Markup(), others)]),
    ]


def _term(term: URIRef, reader: Reader) -> Entry:
    graph, fragment = vocab.ontology(), term.removeprefix(vocab.NAMESPACE)
    rows: list[Row] = [
        (gettext("Note"), reader.values(term, SKOS.scopeNote)),
        (gettext("Example"), reader.values(term, SKOS.example)),
        (gettext("Kind"), [] if _is_class(term) else [_kind(term)]),
        (gettext("Subclass of"), reader.values(term, RDFS.subClassOf)),
        (gettext("Subclasses"), reader.links(graph.subjects(RDFS.subClassOf, term))),
        (gettext("Subproperty of"), reader.values(term, RDFS.subPropertyOf)),
        (gettext("Subproperties"), reader.links(graph.subjects(RDFS.subPropertyOf, term))),
        (gettext("Domain"), reader.values(term, RDFS.domain)),
        (gettext("Range"), reader.values(term, RDFS.range)),
        (gettext("In the domain of"), reader.links(graph.subjects(RDFS.domain, term))),
        (gettext("In the range of"), reader.links(graph.subjects(RDFS.range, term))),
    ]
    of = asked.of_class if _is_class(term) else asked.of_property
    return Entry(
        id=prefixed(term) if fragment == str(term) else fragment,
        iri=str(term),
        name=reader.name(term),
        other=reader.other(term),
        definition=reader.said(term, SKOS.definition),
        rows=[row for row in rows if row[1]],
        rules=asked.sentences(term, reader.lang),
        asked=of(term, reader.lang),
    )


def _is_class(term: Node) -> bool:
    return (term, RDF.type, OWL.Class) in vocab.ontology()


def _kind(term: Node) -> Markup:
    names = (gettext("class"), gettext("points at things"), gettext("holds values"))
    kinds = [n for k, n in zip(_KINDS, names, strict=True) if (term, RDF.type, k) in vocab.model()]
    return Markup(kinds[0] if kinds else gettext("property"))


@cache
def _reused(lang: str) -> list[tuple[str, Markup, Markup, list[Markup]]]:
    """(id, link, kind, classes it is used on) of each term of others, by its prefixed name."""
    reader, rows = Reader(lang, asked.PAGE), []
    for term in sorted(reused(), key=prefixed):
        uses = reader.links(a.on for a in asked.of_property(term, lang) if a.on is not None)
        if asked.of_class(term, lang):
            rows.append(("", reader.link(term), _kind(term), uses))
        else:
            link = Markup('<a href="{}">{}</a>').format(str(term), code(term))
            rows.append((prefixed(term), link, _kind(term), uses))
    return rows


def _vocabularies_page() -> str:
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


def _scheme_page(scheme: URIRef) -> str:
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


def _concept_page(concept: URIRef) -> str:
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
    matches = (gettext("Same as"), gettext("Close to"), gettext("Broader match"))
    matches += (gettext("Narrower match"), gettext("Related match"))
    rows += [(n, reader.values(concept, p)) for n, p in zip(matches, _MATCHES, strict=True)]
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
    for predicate in sorted(set(vocab.vocabularies().predicates(concept)) - _PLACED):
        names = [a.name for a in known if a.predicates == {str(predicate)}]
        named = names[0] if names else reader.name(predicate)
        yield str(named), reader.values(concept, URIRef(predicate))


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
