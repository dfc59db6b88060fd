"""An answer of the store as a response: its bytes, its size, its revision."""

from flask import Response, request

from .. import media
from ..store import Answer, Dataset
from ..store.syntax import changes_by_itself
from .access import instance, turns
from .cache import REVISION


def put(query: str, accept: str | None, dataset: Dataset | None = None) -> Answer:
    """The answer to a query, when it is the client's turn."""
    with turns().of(request.remote_addr or "-"):
        return instance().ask(query, accept, dataset)


def respond(query: str, answer: Answer) -> Response:
    """The bytes of an answer, which may be kept as long as the revision is the same."""
    response = Response(answer.body, content_type=media.content_type(answer.media_type))
    response.content_length = answer.length
    return mark(response, query, answer)


def mark(response: Response, query: str, answer: Answer) -> Response:
    """Say of which revision a response is; and that it is not to be kept, if it varies by itself.

    Its ETag comes from `cache`.
    """
    response.headers[REVISION] = str(answer.revision)
    if changes_by_itself(query):
        response.cache_control.no_store = True
    return response
