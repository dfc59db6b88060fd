"""The change feed, for machines as a stream of linked data and for readers as Atom."""

from collections.abc import Iterable

from flask import Blueprint, Response, request

from .. import assets, media
from ..errors import NotFound
from ..publication.activities import page_of, prefixes
from ..publication.feed import Feed
from .access import instance
from .cache import REVISION
from .representation import represent

blueprint = Blueprint("feed", __name__)


def _feed() -> Feed:
    given = instance()
    return Feed(given.ledger, f"{given.settings.url}/feed")


@blueprint.get("/feed")
def root() -> Response:
    """What the stream is, and where its pages are."""
    revision = instance().ledger.revision()
    response = _response(_feed().root())
    response.headers[REVISION] = str(revision)
    return response


@blueprint.get("/feed/<int:number>")
def page(number: int) -> Response:
    """A page of the stream. One that is closed may be kept; the open one is of a revision."""
    feed, revision = _feed(), instance().ledger.revision()
    if number > page_of(max(revision, 1)):
        raise NotFound(iri=f"{feed.address}/{number}")
    is_closed = feed.is_closed(number)
    response = _response(feed.page(number))
    if is_closed:
        response.cache_control.public = response.cache_control.immutable = True
        response.cache_control.max_age = 604_800
        response.add_etag()
        response.make_conditional(request)
    else:
        response.headers[REVISION] = str(revision)
    return response


@blueprint.get("/feed/shape")
@blueprint.get("/feed/shape.<extension>")
def shape(extension: str | None = None) -> Response:
    """What each member is, as a SHACL shape."""
    address = f"{instance().settings.url}/feed/shape"
    text = (assets.data() / "feed" / "shape.ttl").read_bytes()
    return represent(media.parse(text, "text/turtle", address), address, None, extension)


def _response(parts: Iterable[tuple[str, bytes]]) -> Response:
    form = media.negotiate(request.headers.get("Accept"), media.DATASETS)
    body = media.serialize_named(parts, form, prefixes())
    return Response(body, content_type=media.content_type(form.media_type))
