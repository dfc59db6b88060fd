"""The page of the ontology: its terms, and what is asked of them."""

from functools import cache

from flask import render_template
from flask_babel import get_locale, gettext
from markupsafe import Markup
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, VANN, URIRef
from rdflib.term import Node

from .. import media, vocab
from . import artefacts, asked
from .reading import ONTOLOGY, Entry, Part, Reader, Row, code, ours, prefixed, reused

_KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)


def page() -> str:
    """The page of the ontology, in the language of the request."""
    about, reader = URIRef(ONTOLOGY), Reader(str(get_locale()), asked.PAGE)
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
        iri=ONTOLOGY,
        address="/ont",
        formats=media.GRAPHS,
        kinds=artefacts.kinds(),
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
    several: list[Entry] = []
    computed: list[Entry] = []
    for term in ours():
        if _is_class(term):
            chain = set(graph.transitive_objects(term, RDFS.subClassOf))
            above = Markup(", ").join(reader.links(c for c in reused() if c in chain))
            under = Markup("{} {}").format(gettext("Subclasses of"), above)
            classes.setdefault(under, []).append(_term(term, reader))
        elif vocab.own().computed in graph.transitive_objects(term, RDFS.subPropertyOf):
            computed.append(_term(term, reader))
        elif domains := reader.links(graph.objects(term, RDFS.domain)):
            of = Markup("{} {}").format(gettext("Properties of:"), *domains[:1])
            properties.setdefault(of, []).append(_term(term, reader))
        else:
            several.append(_term(term, reader))
    properties[Markup(gettext("Properties of several classes"))] = several
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
    names = (gettext("class"), gettext("object property"), gettext("datatype property"))
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
