"""Every address in a result answers: /id redirects to /doc, which is a page or RDF by Accept."""

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import get_locale
from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node
from werkzeug.http import http_date
from werkzeug.wrappers import Response as AnyResponse

from .. import media, queries, vocab
from ..errors import (
    BadParameter,
    Gone,
    MissingParameter,
    NotFound,
    NotKnownThen,
    RepeatedParameter,
)
from ..ledger import Event
from ..publication import position
from ..publication.activities import tombstone
from ..publication.past import store_at
from ..publication.trail import trail
from ..store import Store
from ..validation.shapes import LABELS, in_language, of_the_product, texts
from .access import client, instance, turns, update_refused
from .parameters import single
from .representation import asks_for_rdf, here, represent

blueprint = Blueprint("things", __name__)
# Kinds of things that have a page of diffusion, and what of adoptions is chosen by them.
SPREADING = {"innovation": "innovation", "organisation": "adopter", "location": "territory"}
_KEY = re.compile(r"[a-z0-9-]+")
_HAS_GRAPH = "SELECT ?g { BIND(<GRAPH_IRI> AS ?g) FILTER EXISTS { GRAPH ?g { ?s ?p ?o } } }"


@blueprint.get("/id/<kind>/<key>")
def identifier(kind: str, key: str) -> AnyResponse:
    """See Other: the address of a thing is not the address of what is known of it."""
    if survivor := instance().ledger.merged().get(iri := _named(kind, key)):
        return redirect(here(survivor), 301)
    response = redirect(here(iri).replace("/id/", "/doc/", 1), 303)
    response.headers["Link"] = f'<{response.location}>; rel="describedby"'
    return response


@blueprint.get("/doc/<kind>/<key>")
@blueprint.get("/doc/<kind>/<key>.<extension>")
def document(kind: str, key: str, extension: str | None = None) -> AnyResponse:
    """What is known of a thing, or was at the time that `at` tells, in the format asked for."""
    given, iri, at = instance(), _named(kind, key), single("at")
    now = given.follow()
    revision = position.at(given.ledger, at) if at else now
    asked = f"?{urlencode({'at': at})}" if at else ""
    if survivor := given.ledger.merged(revision).get(iri):
        return redirect(_beside(survivor, extension) + asked, 301)
    if at:
        with turns().of(client()):
            graph = _known(store_at(given, iri, revision), iri)
    else:
        graph = _known(given.store, iri)
    events = trail(given.ledger, iri)
    then = [event for event in events if event.seq <= revision]
    # What others' dossiers make of a thing does not keep it when its own are gone.
    is_told = kind == "dossier" or (URIRef(iri), RDF.type, None) in graph
    if not graph or not is_told:
        if taken := _taken(then, events):
            return _gone(iri, taken, extension)
        if not graph:
            raise NotKnownThen(iri=iri, revision=revision) if at else NotFound(iri=iri)
    last = datetime.fromisoformat(then[-1].time) if then else None
    response = represent(
        graph, iri, lambda: _page(graph, iri, asked, revision, last), extension, asked
    )
    if not at:
        # Told, but not asked for: what is derived of other dossiers may be newer.
        response.last_modified = last
    elif last:
        response.headers["Memento-Datetime"] = http_date(last)  # RFC 7089, 2.1.1
        response.headers.add("Link", f'<{request.path}>; rel="original"')
    return response


@blueprint.get("/graph")
def named_graph() -> Response:
    """One named graph by its address (SPARQL 1.1 Graph Store Protocol, 5.2, read only)."""
    if "default" in request.args:
        raise BadParameter(parameter="default", value="given", reason="take the dump instead")
    if not (given := request.args.getlist("graph")):
        raise MissingParameter(parameter="graph")
    if len(given) > 1:
        raise RepeatedParameter(parameter="graph")
    [iri] = given
    if not (found := instance().store.content([iri])):
        raise NotFound(iri=iri)
    form = media.negotiate(request.headers.get("Accept"), media.GRAPHS)
    body = media.serialize(found, form, vocab.prefixes())
    return Response(body, content_type=media.content_type(form.media_type))


@blueprint.route("/graph", methods=["DELETE", "PATCH", "POST", "PUT"])
@blueprint.route("/graph/<name>", methods=["DELETE", "PATCH", "POST", "PUT"])
def written(name: str | None = None) -> Response:
    """Refuse what the Graph Store Protocol would write."""
    raise update_refused()


@blueprint.get("/graph/<name>")
def graph(name: str) -> AnyResponse:
    """One of the graphs beside the dossiers, as the answer to a query for all of it."""
    iri = f"{instance().base}/graph/{name}"
    if not _KEY.fullmatch(name) or not instance().store.find(_HAS_GRAPH.replace("GRAPH_IRI", iri)):
        raise NotFound(iri=iri)
    query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}"
    return redirect(url_for("sparql.sparql", query=query), 303)


def present(iri: str) -> Graph:
    """What is known of a thing now. Raises NotFound, or Gone when it was withdrawn."""
    given = instance()
    given.follow()
    graph = _known(given.store, iri)
    if (URIRef(iri), RDF.type, None) not in graph:
        events = trail(given.ledger, iri)
        if taken := _taken(events, events):
            raise Gone(iri=iri, time=taken.time, reason=taken.reason or "-")
        raise NotFound(iri=iri)
    return graph


def called(iri: str, graph: Graph) -> str:
    """What a thing is called in the reader's language."""
    return _label(URIRef(iri), graph, str(get_locale()))


def _beside(survivor: str, extension: str | None) -> str:
    """Where what is known of a survivor stands, in the format in which a merged thing was asked."""
    path = here(survivor).replace("/id/", "/doc/", 1)
    return f"{path}.{extension}" if extension else path


def _named(kind: str, key: str) -> str:
    iri = f"{instance().base}/id/{kind}/{key}"
    if not (_KEY.fullmatch(kind) and _KEY.fullmatch(key)):
        raise NotFound(iri=iri)
    return iri


def _known(store: Store, iri: str) -> Graph:
    """What a store knows of a dossier, else of a thing, else of whom it is told by."""
    if "/id/dossier/" in iri and (found := store.content([iri])):
        return found
    return _construct(store, "thing", "thing", iri) or _construct(
        store, "told-by", "contributor", iri
    )


def _construct(store: Store, query: str, parameter: str, iri: str) -> Graph:
    text = queries.load(query).bind({parameter: [iri]})
    return media.read(b"".join(store.answer(text, media.N_TRIPLES).body))


def _taken(then: list[Event], events: list[Event]) -> Event | None:
    """The event that took a thing away that was told then: before, or, for all times, later."""
    taken = [event for event in then if event.kind in ("withdrawn", "erased")]
    taken = taken or [event for event in events if event.kind == "erased" and then]
    return taken[-1] if taken else None


def _gone(iri: str, taken: Event, extension: str | None) -> Response:
    """A tombstone, where RDF is asked for."""
    if not asks_for_rdf(extension):
        raise Gone(iri=iri, time=taken.time, reason=taken.reason or "-")
    response = represent(media.read(tombstone(taken, iri, instance().base)), iri, None, extension)
    response.status_code = 410
    return response


def _page(graph: Graph, iri: str, asked: str, revision: int, last: datetime | None) -> str:
    """A page of statements: the thing first, then its parts, labels in place of addresses.

    Where a time is `asked` for, it says of which revision it is, and since when that held.
    """
    lang = str(get_locale())
    about = URIRef(iri)
    told_by = set(graph.subjects(RDF.type, URIRef(f"{vocab.NAMESPACE}Dossier")))
    others = sorted(
        {s for s in graph.subjects() if s != about}, key=lambda s: (s in told_by, str(s))
    )
    described = [about, *(s for s in others if (s, RDF.type, None) in graph)]
    parts = [
        (_heading(subject, graph, lang), list(_rows(subject, graph, lang)))
        for subject in described
        if (subject, None, None) in graph
    ]
    return render_template(
        "thing.html",
        iri=iri,
        title=_label(about, graph, lang),
        parts=parts,
        address=request.path.removesuffix(".html"),
        formats=media.GRAPHS,
        asked=asked,
        spread=_spread(iri),
        revision=revision,
        last=last,
    )


def _spread(iri: str) -> str:
    """The page of diffusion of a thing of a kind that has one."""
    kind, key = iri.removeprefix(f"{instance().base}/id/").split("/", 1)
    return f"/diffusion/{kind}/{key}" if kind in SPREADING else ""


def _rows(subject: Node, graph: Graph, lang: str) -> Iterator[tuple[str, str, str, str]]:
    """(field, value, its address if it has one, its language if it has one), in a steady order."""
    for predicate, value in sorted(graph.predicate_objects(subject), key=str):
        name = _field(predicate, graph, lang)
        if isinstance(value, Literal):
            yield name, str(value), "", value.language or ""
        else:
            yield name, _heading(value, graph, lang), here(str(value)), ""


def _heading(node: Node, graph: Graph, lang: str) -> str:
    """What a thing is called; its kind where it has no name; the address of what lies elsewhere."""
    kind = min(graph.objects(node, RDF.type), default=None, key=str)
    if kind is not None and not texts(graph, node, LABELS):
        return _label(kind, graph, lang)
    own = str(node).startswith((f"{instance().base}/", vocab.NAMESPACE, vocab.VOCABULARIES))
    named = own or any((node, label, None) in graph for label in LABELS)
    named = named or (node, RDFS.label, None) in vocab.model()
    return _label(node, graph, lang) if named else str(node)


def _field(predicate: Node, graph: Graph, lang: str) -> str:
    """What a property is called: by the ontology, else by the shapes where they agree."""
    shapes = of_the_product().graph
    names = {
        in_language(texts(shapes, shape, (SH.name,)), lang)
        for shape in shapes.subjects(SH.path, predicate)
    } - {""}
    labelled = (predicate, RDFS.label, None) in vocab.model()
    return names.pop() if len(names) == 1 and not labelled else _label(predicate, graph, lang)


def _label(node: Node, graph: Graph, lang: str) -> str:
    for known in (graph, vocab.model()):
        if found := texts(known, node, (*LABELS, RDFS.label)):
            return in_language(found, lang)
    return re.split(r"[#/]", str(node).rstrip("/"))[-1] or str(node)
