"""What goes wrong is told in a sentence: problem+json (RFC 9457), or a page for people."""

import json
from dataclasses import replace

from flask import Flask, Response, render_template, request
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from .. import media, vocab
from ..diffusion.study import Table
from ..errors import InnographError, Invalid, Sentence, TooLarge
from ..validation import Report
from .access import CORS, instance, wants_page
from .cache import REVISION
from .language import chosen

_EVERYWHERE = [
    *CORS.items(),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]


def handle(app: Flask) -> None:
    """Answer every error of `app`, and send the headers that all answers have."""

    @app.errorhandler(InnographError)
    def known(error: InnographError) -> Response:
        return answer(error)

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> Response:
        if error.code == 413:
            return answer(TooLarge(limit=app.config["MAX_CONTENT_LENGTH"]))
        status = error.code or 500
        # Of nothing, gettext would give the head of the catalogue.
        title, told = gettext(error.name), gettext(str(error.description or error.name))
        detail = Markup(told).striptags()  # some of werkzeug's sentences are HTML
        response = _response(status, error.name.replace(" ", ""), title, detail, {})
        for name, value in error.get_headers():
            if name in ("Allow", "WWW-Authenticate", "Retry-After"):
                response.headers[name] = value
        return response

    @app.after_request
    def everywhere(response: Response) -> Response:
        response.headers.extend(_EVERYWHERE)
        vary = "Accept, Accept-Language"
        if response.mimetype == "text/html":
            if request.endpoint and request.endpoint.startswith("adopted."):
                response.cache_control.no_store = True  # the address is a secret
            vary += ", Cookie"  # it may hold the language chosen
            response.headers["Content-Security-Policy"] = (
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                "base-uri 'none'; frame-ancestors 'none'"
            )
        response.headers["Vary"] = vary
        if REVISION in response.headers:
            history = f'<{instance().settings.url}/feed>; rel="version-history"'  # RFC 5829
            told = response.headers.get("Link")
            response.headers["Link"] = f"{told}, {history}" if told else history
        return response


def answer(error: InnographError) -> Response:
    """An error that we know, for whoever asked."""
    members: dict[str, object] = {
        name: value if isinstance(value, (int, float)) else said(value)
        for name, value in error.params.items()
    }
    if isinstance(error, Invalid):
        members = told(error)
    response = _response(
        error.status, type(error).__name__, gettext(error.title), said(error), members
    )
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="innograph"'
    if error.status in (429, 503):
        response.headers["Retry-After"] = "5"
    return response


def said(text: object) -> str:
    """An error, or a sentence, in the reader's language; any other text as it is."""
    if isinstance(text, InnographError):
        pattern, values = text.sentence, text.params
    elif isinstance(text, Sentence):
        pattern, values = text.pattern, text.values
    else:
        return str(text)
    return str(gettext(pattern, **{name: said(value) for name, value in values.items()}))


def in_language(table: Table) -> Table:
    """A table with its notes in the reader's language."""
    return replace(table, notes=[said(note) for note in table.notes])


def told(error: Invalid) -> dict[str, object]:
    """A report as members of a problem: what is wrong, what is advised, the W3C report."""
    report: Report = error.report
    faults = replace(report, results=tuple(report.violations))
    advice = replace(report, results=tuple(report.warnings))
    return {
        "errors": faults.sentences(chosen()),
        "warnings": advice.sentences(chosen()),
        "report": media.serialize(report.graph(), media.GRAPHS[0], vocab.prefixes()).decode(),
    }


def _response(
    status: int, kind: str, title: str, detail: str, members: dict[str, object]
) -> Response:
    if wants_page():
        page = render_template("problem.html", title=title, detail=detail, members=members)
        return Response(page, status, mimetype="text/html")
    problem = {"type": vocab.PROBLEMS + kind, "title": title, "status": status, "detail": detail}
    problem["instance"] = request.path
    problem |= {name: value for name, value in members.items() if name not in problem}
    body = json.dumps(problem, ensure_ascii=False)
    return Response(body, status, content_type="application/problem+json; charset=utf-8")
