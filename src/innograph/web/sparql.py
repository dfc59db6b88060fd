"""The SPARQL endpoint (SPARQL 1.1 Protocol, queries): bytes straight through."""

from flask import Blueprint, Response, render_template, request

from .. import media, vocab
from ..errors import BadParameter, MissingParameter, TooLarge, UnsupportedMedia, UpdateRefused
from ..store import Dataset
from .access import instance, wants_page
from .answers import put, respond
from .description import describe

blueprint = Blueprint("sparql", __name__)
PATH = "/sparql"
_QUERY, _UPDATE = "application/sparql-query", "application/sparql-update"
_FORM = "application/x-www-form-urlencoded"
# What clients (SPARQLWrapper, YASGUI) also call a format; Turtle is N3 too.
_ALSO = {
    "xml": ["application/rdf+xml"],
    "json": ["application/ld+json"],
    "n3": ["text/turtle"],
    "rdf+xml": ["application/rdf+xml"],
}


@blueprint.route(PATH, methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query; without one, show people a form and tell programs what this is."""
    query = _query()
    if query is None:
        if wants_page():
            return Response(render_template("sparql.html", query=""), mimetype="text/html")
        if request.method == "POST":
            raise MissingParameter(parameter="query")
        return _described()
    given = instance()
    if len(query.encode()) > given.settings.query_bytes:
        raise TooLarge(limit=given.settings.query_bytes)
    return respond(query, put(query, _accept(), _dataset()))


def _described() -> Response:
    form = media.negotiate(request.headers.get("Accept"), media.GRAPHS)
    body = media.serialize(describe(instance()), form, vocab.prefixes())
    return Response(body, content_type=media.content_type(form.media_type))


def _query() -> str | None:
    kind = request.mimetype
    if request.method == "POST" and kind == _QUERY:
        return request.get_data(as_text=True)
    if request.method == "POST" and kind == _UPDATE:
        raise UpdateRefused(contributions=f"{instance().settings.url}/contributions")
    if request.method == "POST" and kind not in (_FORM, "multipart/form-data"):
        raise UnsupportedMedia(media_type=kind or "-", offered=f"{_QUERY}, {_FORM}")
    if "update" in request.values:
        raise UpdateRefused(contributions=f"{instance().settings.url}/contributions")
    return request.form.get("query") if request.method == "POST" else request.args.get("query")


def _accept() -> str | None:
    """The media types asked for; `format=` goes over the Accept header."""
    name = request.values.get("format")
    if not name:
        return request.headers.get("Accept")
    known = media.RESULTS + media.GRAPHS
    found = [f.media_type for f in known if name in (f.extension, f.name.lower(), f.media_type)]
    found += _ALSO.get(name, ())
    if not found:
        names = ", ".join(dict.fromkeys(f.extension for f in known))
        raise BadParameter(parameter="format", value=name, reason=names)
    return ", ".join(found)


def _dataset() -> Dataset | None:
    given = request.values
    default = tuple(given.getlist("default-graph-uri"))
    named = tuple(given.getlist("named-graph-uri"))
    return Dataset(default, named) if default or named else None
