"""The stored queries as a REST API and as pages: one address a question."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import get_locale
from werkzeug.datastructures import MultiDict

from .. import media, queries
from ..errors import BadParameter, NotFound
from ..queries import Query
from . import openapi, rows
from .access import instance, wants_page
from .answers import mark, put, respond
from .language import LANGUAGES
from .parameters import absolute, every, number, single

blueprint = Blueprint("api", __name__, url_prefix="/api")
ON_A_PAGE = 100
_OWN = ("format", "limit", "offset", "lang")


@cache
def offered() -> Mapping[str, Query]:
    """The queries that users are offered, by name."""
    return {name: query for name, query in queries.stored().items() if not query.internal}


@blueprint.get("")
def index() -> Response:
    """All questions that can be asked by name."""
    lang = str(get_locale())
    told = sorted((q.title[lang], q.description[lang], q.name) for q in offered().values())
    if wants_page():
        return Response(render_template("questions.html", questions=told), mimetype="text/html")
    keys = ("title", "description", "name")
    listed = [dict(zip(keys, each, strict=True)) for each in told]
    return jsonify([{**each, "url": absolute(f"/api/{each['name']}")} for each in listed])


@blueprint.get("/openapi.json")
def description() -> Response:
    """The API, for programs that build clients (OpenAPI 3.1)."""
    told = openapi.document(offered().values(), instance().settings.url, str(get_locale()))
    return jsonify(told)


@blueprint.get("/<name>")
def question(name: str) -> Response:
    """The answer to one question, in the form asked for; for people, a page with its form."""
    query = offered().get(name)
    if query is None:
        raise NotFound(iri=f"/api/{name}")
    as_page = "format" not in request.args and wants_page()
    if not as_page and (lang := single("lang")) and lang not in LANGUAGES:
        raise BadParameter(parameter="lang", value=lang, reason=", ".join(LANGUAGES))
    limit = number("limit", ON_A_PAGE if as_page else rows.LIMIT, 1, rows.MOST)
    offset = number("offset", 0, 0, rows.FURTHEST)
    if as_page:
        return _page(query, limit, offset)
    given = _given(query)
    text = query.bind(given)
    if not rows.is_table(query):
        return respond(text, put(text, _graph_type()))
    form = rows.form(single("format"), request.headers.get("Accept"))
    answer = put(query.page(given, limit, offset), form.asked)
    body = b"".join(answer.body)
    found = rows.Rows(body, answer.media_type)
    following = _following(limit, offset) if found.number == limit else None
    content = found.written(form, query, str(get_locale()), following)
    response = Response(content, content_type=form.content_type)
    links = [f'<{following}>; rel="next"'] if following else []
    links.append(f'<{absolute("/api/openapi.json")}>; rel="service-desc"')
    response.headers["Link"] = ", ".join(links)
    return mark(response, text, answer)


def _page(query: Query, limit: int, offset: int) -> Response:
    lang, found, answer = str(get_locale()), None, None
    missing = [p.name for p in query.parameters.values() if p.required and not every(p.name)]
    chosen = _given(query)
    text = query.text if missing else query.bind(chosen)
    if rows.is_table(query) and not missing:
        answer = put(query.page(chosen, limit, offset), rows.JSON.asked)
        found = rows.Rows(b"".join(answer.body), answer.media_type)
    forms = [("csv", "CSV"), ("excel", "Excel"), ("json", "JSON")]
    same = {k: v for k, v in request.args.lists() if k not in _OWN and any(v)}
    page = render_template(
        "question.html",
        query=query,
        parameters=[p for p in query.parameters.values() if p.name != "lang"],
        given={name: (every(name) or [""])[0] for name in query.parameters},
        titles=query.columns_in(lang),
        found=found.plain() if found else None,
        columns=found.columns if found else [],
        following=_following(limit, offset) if found and found.number == limit else None,
        first=offset + 1,
        links=[
            (label, f"/api/{query.name}?{urlencode({**same, 'format': form}, doseq=True)}")
            for form, label in forms
        ],
        text=text,
        permalink=f"/sparql?{urlencode({'query': text, 'revision': answer.revision})}"
        if answer
        else None,
    )
    response = Response(page, mimetype="text/html")
    return mark(response, query.name, replace(answer, body=[])) if answer else response


def _given(query: Query) -> dict[str, list[str]]:
    """The values given, and the reader's language where the query has a place for it."""
    given = {k: [v for v in values if v] for k, values in request.args.lists()}
    own = {k: v for k, v in given.items() if v and (k in query.parameters or k not in _OWN)}
    if "lang" in query.parameters and "lang" not in own:
        own["lang"] = [str(get_locale())]
    return own


def _graph_type() -> str | None:
    told = single("format")
    form = media.by_extension(told) if told else None
    if told and form is None:
        known = ", ".join(f.extension for f in media.GRAPHS)
        raise BadParameter(parameter="format", value=told, reason=known)
    return form.media_type if form else request.headers.get("Accept")


def _following(limit: int, offset: int) -> str:
    given = MultiDict[str, Any](request.args)
    given["limit"], given["offset"] = limit, offset + limit
    return absolute(f"{request.path}?{urlencode(list(given.items(multi=True)))}")
