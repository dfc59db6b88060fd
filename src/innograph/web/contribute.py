"""Contributions by program: POST /contributions and /validate, and what became of each."""

import json
from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from rdflib import Graph
from werkzeug.exceptions import LengthRequired
from werkzeug.wrappers import Response as AnyResponse

from .. import contributions, exchange, media, vocab
from ..errors import Invalid, NotFound, Unauthorized
from ..validation import Report
from .access import instance, wants_page
from .language import chosen

blueprint = Blueprint("contribute", __name__)


@blueprint.post("/contributions")
def contribute() -> Response:
    """Take one dossier: 202 with the address of a receipt, 200 when it is known already."""
    given = instance()
    contributor = _contributor()
    graph = _graph()
    try:
        receipt = contributions.submit(
            given, graph, contributor, given.settings.licence, request.args.get("dossier")
        )
    except Invalid as error:
        return _refusal(error)
    address = contributions.receipt_iri(given.base, receipt.key or "")
    told = {
        "receipt": address,
        "dossier": receipt.dossier,
        "state": receipt.state,
        "warnings": receipt.report.sentences(chosen()) if receipt.report else [],
        "next": gettext("A moderator reads it. Follow the receipt to see the decision.")
        if receipt.state == "received"
        else gettext("The same was sent before. Follow the receipt to see the decision."),
    }
    response = _json(told, 202 if receipt.state == "received" else 200)
    response.headers["Location"] = address
    return response


@blueprint.post("/validate")
def validate() -> Response:
    """Check a dossier and keep nothing."""
    report = contributions.check(instance(), _graph())
    if not report.conforms:
        return _refusal(Invalid(report))
    if (body := _as_rdf(report)) is not None:
        return body
    return _json({"conforms": True, "warnings": report.sentences(chosen())}, 200)


@blueprint.get("/id/receipt/<key>")
def identifier(key: str) -> AnyResponse:
    return redirect(url_for(".receipt", key=key), 303)


@blueprint.get("/doc/receipt/<key>")
def receipt(key: str) -> Response:
    """What became of a submission; never what it says, as long as it is not public."""
    given = instance()
    events = given.ledger.of_receipt(key)
    if not events:
        raise NotFound(iri=contributions.receipt_iri(given.base, key))
    told = {
        "receipt": contributions.receipt_iri(given.base, key),
        "state": events[-1].kind,
        "dossier": events[-1].dossier,
        "history": [{"state": e.kind, "time": e.time, "reason": e.reason} for e in events],
    }
    if wants_page():
        return Response(render_template("receipt.html", told=told), mimetype="text/html")
    return _json(told, 200)


def _contributor() -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    holder = instance().ledger.holder(secret.strip(), "token") if secret else None
    if kind.lower() != "bearer" or holder is None:
        raise Unauthorized
    return holder.contributor


def _graph() -> Graph:
    # Without a length the server would hand on the first bytes as if they were all.
    if request.content_length is None:
        raise LengthRequired
    return exchange.read(request.get_data(), request.content_type or "", instance().base)


def _refusal(error: Invalid) -> Response:
    if (body := _as_rdf(error.report)) is not None:
        body.status_code = error.status
        return body
    raise error


def _as_rdf(report: Report) -> Response | None:
    """The W3C report itself, for who asks for RDF rather than for JSON or a page."""
    wanted = request.accept_mimetypes
    best = wanted.best_match(["application/problem+json", *(f.media_type for f in media.GRAPHS)])
    form = next((f for f in media.GRAPHS if f.media_type == best), None)
    if form is None or not wanted.provided or wanted["application/json"] >= wanted[form.media_type]:
        return None
    body = media.serialize(report.graph(), form, vocab.prefixes())
    return Response(body, content_type=media.content_type(form.media_type))


def _json(told: Mapping[str, object], status: int) -> Response:
    body = json.dumps(told, ensure_ascii=False)
    return Response(body, status, content_type="application/json; charset=utf-8")
