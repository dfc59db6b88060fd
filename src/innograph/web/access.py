"""What each door needs of the request: the instance, and what the client would rather read."""

from ipaddress import IPv4Address, IPv6Address, ip_address

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
        "Allow, ETag, Link, Location, Memento-Datetime, Retry-After, X-Innograph-Revision"
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


def client() -> str:
    """The address that asks: the peer's, or the one that trusted proxies say they ask for."""
    peer = request.remote_addr or "-"
    said = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
    try:
        address = _address(peer)
        while _is_trusted(address) and said:
            address = _address(said.pop().strip())
    except ValueError:
        return peer
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address:
    # A socket for both kinds of addresses writes the older kind in the newer way.
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in instance().settings.proxies)


def update_refused() -> UpdateRefused:
    """Why nobody writes to the graph itself, and where to send what one knows."""
    return UpdateRefused(contributions=f"{instance().settings.url}/contributions")


def wants_page() -> bool:
    """Whether the client is a person's browser rather than a program."""
    accepted = request.accept_mimetypes
    data = [name for f in media.GRAPHS + media.RESULTS for name in (f.media_type, *f.aliases)]
    html: float = accepted["text/html"]
    return bool(accepted.provided) and html > max(accepted[kind] for kind in data)
