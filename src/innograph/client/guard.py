"""Opens connections to addresses that somebody else names, and to none of the operator's network.

A name is resolved once, and the connection is made to what it was resolved to: so a name that means
another address a moment later leads nowhere. Redirects go through the same door.
"""

import socket
import ssl
from collections.abc import Sequence
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import (
    BaseHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from ..errors import AddressRefused

Network = IPv4Network | IPv6Network
# Well-known prefix of addresses that lead on to one of IPv4 (RFC 6052, 2.1).
_TRANSLATED = IPv6Network("64:ff9b::/96")


def is_open(address: IPv4Address | IPv6Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is one of the public internet, or of a network that is allowed.

    One of IPv6 that only wraps one of IPv4 (mapped, compatible, 6to4, Teredo, NAT64) counts as
    that one too.
    """
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED or int(address) >> 32 == 0:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
            return int(address) > 1 and is_open(inner, allowed)
        inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if wrapped := [inner for inner in inside if inner is not None]:
            return all(is_open(inner, allowed) for inner in wrapped)
    return address.is_global and not address.is_multicast and not address.is_reserved


def opener(allowed: Sequence[Network] | None) -> OpenerDirector:
    """Asks by http and https only, without proxies; raises AddressRefused.

    None opens all networks, by way of the proxies that the environment names.
    """
    director = OpenerDirector()
    connecting: tuple[BaseHandler, ...]
    if allowed is None:
        connecting = ProxyHandler(), HTTPHandler(), HTTPSHandler()
    else:
        connecting = _Http(allowed), _Https(allowed)
    for handler in (*connecting, _Redirect(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
        director.add_handler(handler)
    return director


def _connect(host: str, port: int, allowed: Sequence[Network], seconds: float) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]).partition("%")[0] for *_, address in found]
    for address in addresses:
        if not is_open(ip_address(address), allowed):
            raise AddressRefused(host=host, address=address)
    for number, address in enumerate(addresses, 1):
        try:
            return socket.create_connection((address, port), seconds)
        except OSError:
            if number == len(addresses):
                raise
    raise OSError(f"{host} has no address")


class _HttpConnection(HTTPConnection):
    def __init__(self, host: str, allowed: Sequence[Network], timeout: float) -> None:
        super().__init__(host, timeout=timeout)
        self._allowed, self._seconds = allowed, timeout

    def connect(self) -> None:
        self.sock = _connect(self.host, self.port, self._allowed, self._seconds)


class _HttpsConnection(HTTPSConnection):
    def __init__(self, host: str, allowed: Sequence[Network], timeout: float) -> None:
        super().__init__(host, timeout=timeout)
        self._allowed, self._seconds = allowed, timeout

    def connect(self) -> None:
        plain = _connect(self.host, self.port, self._allowed, self._seconds)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


class _Redirect(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise AddressRefused(host=newurl, address="neither http nor https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Http(HTTPHandler):
    def __init__(self, allowed: Sequence[Network]) -> None:
        super().__init__()
        self._allowed = allowed

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_HttpConnection, allowed=self._allowed), req)


class _Https(HTTPSHandler):
    def __init__(self, allowed: Sequence[Network]) -> None:
        super().__init__()
        self._allowed = allowed

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_HttpsConnection, allowed=self._allowed), req)
