"""An answer of the store as a response: its bytes, its size, its revision."""

from flask import Response

from .. import media
from ..store import Answer, Dataset
from ..store.syntax import is_volatile
from .access import client, instance, turns
from .cache import REVISION


def put(query: str, accept: str | None, dataset: Dataset | None = None) -> Answer:
    """The answer to a query, when it is the client's turn."""
    with turns().of(client()):
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
    if is_volatile(query):
        response.cache_control.no_store = True
    return response
