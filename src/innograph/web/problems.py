"""What goes wrong is told in a sentence: problem+json (RFC 9457), or a page for people."""

import json

from flask import Flask, Response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from ..errors import InnographError, Invalid, TooLarge
from ..vocab import PROBLEMS
from .access import CORS, wants_page


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
        title, detail = gettext(error.name), gettext(str(error.description or error.name))
        response = _response(status, error.name.replace(" ", ""), title, detail, {})
        for name, value in error.get_headers():
            if name in ("Allow", "WWW-Authenticate", "Retry-After"):
                response.headers[name] = value
        return response

    @app.after_request
    def everywhere(response: Response) -> Response:
        response.headers.update(CORS)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if response.mimetype == "text/html":
            response.vary.add("Cookie")  # it may hold the language chosen
            response.headers["Content-Security-Policy"] = (
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                "base-uri 'none'; frame-ancestors 'none'"
            )
        response.vary.update(("Accept", "Accept-Language"))
        return response


def answer(error: InnographError) -> Response:
    """An error that we know, for whoever asked."""
    members: dict[str, object] = {
        name: value if isinstance(value, (int, float)) else str(value)
        for name, value in error.params.items()
    }
    if isinstance(error, Invalid):
        members = told(error)
    sentence = gettext(error.sentence, **{k: str(v) for k, v in error.params.items()})
    response = _response(
        error.status, type(error).__name__, gettext(error.title), sentence, members
    )
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="innograph"'
    return response


def told(error: Invalid) -> dict[str, object]:
    """What a report says, as members of a problem: sentences, and the W3C report."""
    from ..media import GRAPHS, serialize
    from ..vocab import prefixes
    from .language import chosen

    report = serialize(error.report.graph(), GRAPHS[0], prefixes())
    return {"errors": error.report.sentences(chosen()), "report": report.decode()}


def _response(
    status: int, kind: str, title: str, detail: str, members: dict[str, object]
) -> Response:
    if wants_page():
        page = render_template("problem.html", title=title, detail=detail, members=members)
        return Response(page, status, mimetype="text/html")
    problem = {"type": PROBLEMS + kind, "title": title, "status": status, "detail": detail}
    problem["instance"] = request.path
    problem |= {name: value for name, value in members.items() if name not in problem}
    body = json.dumps(problem, ensure_ascii=False)
    return Response(body, status, content_type="application/problem+json; charset=utf-8")
