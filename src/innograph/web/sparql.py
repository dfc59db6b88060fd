"""The SPARQL endpoint (SPARQL 1.1 Protocol, queries): bytes straight through."""

from urllib.parse import unquote_to_bytes

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import LengthRequired

from .. import media, vocab
from ..errors import (
    BadParameter,
    MissingParameter,
    NotUtf8,
    RepeatedParameter,
    TooLarge,
    UnsupportedMedia,
)
from ..store import Dataset
from ..store.syntax import check_query, understood
from .access import instance, update_refused, wants_page
from .answers import put, respond
from .description import describe
from .permalinks import address, asked_revision, moved

blueprint = Blueprint("sparql", __name__)
PATH = "/sparql"
_LINKED = 4_000  # characters: servers and clients do not take headers of any length
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
        if request.method != "POST" and wants_page():
            return Response(render_template("sparql.html", query=""), mimetype="text/html")
        if request.method == "POST" or _dataset():
            raise MissingParameter(parameter="query")
        asked_revision()
        return _described()
    limit = instance().settings.query_bytes
    if len(query.encode()) > limit:
        raise TooLarge(limit=limit)
    accept, dataset = _accept(), _dataset()
    if "revision" in request.args:  # what is no query is none of any revision
        check_query(query)
        understood(query, vocab.prefixes(), instance().base)
    revision = asked_revision()
    answer = put(query, accept, dataset)
    if revision is not None and revision != answer.revision:
        raise moved(revision, answer.revision)
    response = respond(query, answer)
    link = address(revision=str(answer.revision))
    if request.method != "POST" and len(link) < _LINKED:
        response.headers["Link"] = f'<{link}>; rel="bookmark"'
    return response


def _described() -> Response:
    form = media.negotiate(_accept(), media.GRAPHS)
    body = media.serialize(describe(instance()), form, vocab.prefixes())
    response = Response(body, content_type=media.content_type(form.media_type))
    response.add_etag()
    response.make_conditional(request)
    return response


def _query() -> str | None:
    """The query of the request, wherever the protocol lets it stand (2.1)."""
    direct = []
    written = request.query_string
    if request.method == "POST":
        kind = request.mimetype
        if kind not in (_QUERY, _UPDATE, _FORM, "multipart/form-data"):
            raise UnsupportedMedia(media_type=kind or "-", offered=f"{_QUERY}, {_FORM}")
        # Without a length the server would hand on the first bytes as if they were all.
        if request.content_length is None:
            raise LengthRequired
        if kind == _UPDATE:
            raise update_refused()
        if kind == _QUERY:
            direct.append(_text(request.get_data()))
        if kind == _FORM:
            written += b"&" + request.get_data()
    _text(unquote_to_bytes(written))
    if "update" in request.values:
        raise update_refused()
    found = direct + request.values.getlist("query")
    if len(found) > 1:
        raise RepeatedParameter(parameter="query")
    return found[0] if found else None


def _text(written: bytes) -> str:
    try:
        return written.decode()
    except UnicodeDecodeError:
        raise NotUtf8 from None


def _accept() -> str | None:
    """The media types asked for; `format=` goes over the Accept header."""
    # The first counts, since clients (SPARQLWrapper) add other spellings.
    told = next(filter(None, request.values.getlist("format")), None)
    if told is None:
        return request.headers.get("Accept")
    name = told.replace(" ", "+")  # a plus sign sent as it stands
    known = media.RESULTS + media.GRAPHS
    found = [f.media_type for f in known if name in (f.extension, f.name.lower(), f.media_type)]
    found += _ALSO.get(name, ())
    if not found:
        names = ", ".join(dict.fromkeys(f.extension for f in known))
        raise BadParameter(parameter="format", value=told, reason=names)
    return ", ".join(found)


def _dataset() -> Dataset | None:
    default, named = (
        tuple(filter(None, request.values.getlist(name)))
        for name in ("default-graph-uri", "named-graph-uri")
    )
    return Dataset(default, named) if default or named else None
