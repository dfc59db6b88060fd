"""What each door needs of the request: the instance, and what the client would rather read."""

from flask import current_app, request

from .. import media
from ..errors import UpdateRefused
from ..instance import Instance
from .turns import Turns

# Anybody's page may ask; nothing here depends on cookies of the reader.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Accept, Accept-Language, Authorization, Content-Type, If-None-Match"
    ),
    "Access-Control-Expose-Headers": (
        "Allow, ETag, Link, Location, Retry-After, X-Innograph-Revision"
    ),
    "Access-Control-Max-Age": "86400",
}


def instance() -> Instance:
    """The instance that this application serves."""
    found = current_app.extensions["innograph"]
    assert isinstance(found, Instance)
    return found


def turns() -> Turns:
    """Whose query is next in this process."""
    found = current_app.extensions["turns"]
    assert isinstance(found, Turns)
    return found


def update_refused() -> UpdateRefused:
    """Why nobody writes to the graph itself, and where to send what one knows."""
    return UpdateRefused(contributions=f"{instance().settings.url}/contributions")


def wants_page() -> bool:
    """Whether the client is a person's browser rather than a program."""
    accepted = request.accept_mimetypes
    data = [name for f in media.GRAPHS + media.RESULTS for name in (f.media_type, *f.aliases)]
    html: float = accepted["text/html"]
    return bool(accepted.provided) and html > max(accepted[kind] for kind in data)
