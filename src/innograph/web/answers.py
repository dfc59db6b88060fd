"""An answer of the store as a response: its bytes, its size, its revision, and its ETag."""

import hashlib

from flask import Response, request

from .. import __version__, media
from ..store import Answer, Dataset
from ..store.syntax import is_volatile
from .access import client, instance, turns


def put(query: str, accept: str | None, dataset: Dataset | None = None) -> Answer:
    """The answer to a query, when it is the client's turn."""
    with turns().of(client()):
        return instance().ask(query, accept, dataset)


def respond(query: str, answer: Answer) -> Response:
    """The bytes of an answer, which a client may keep as long as the revision is the same."""
    response = Response(answer.body, content_type=media.content_type(answer.media_type))
    response.content_length = answer.length
    return mark(response, query, answer)


def mark(response: Response, query: str, answer: Answer) -> Response:
    """Say of which revision a response is, and let the client ask whether it has changed."""
    asked = f"{__version__}\n{request.query_string!r}\n{query}\n{response.mimetype}".encode()
    digest = hashlib.sha256(asked).hexdigest()[:12]
    response.headers["X-Innograph-Revision"] = str(answer.revision)
    if is_volatile(query):
        response.cache_control.no_store = True
        return response
    response.set_etag(f"{instance().ledger.id}.{answer.revision}.{digest}")
    if request.method != "POST":
        response.make_conditional(request)
    return response
