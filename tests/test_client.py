"""Other servers are asked politely and in limits, and never those of the operator's own network."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from listener import Listener

from innograph.client import Client, guard
from innograph.errors import AddressRefused, NotFetched

LOOPBACK = (ip_network("127.0.0.0/8"),)
PRIVATE = [
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.168.0.0/16", "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip


def of_network(network: str) -> st.SearchStrategy[IPv4Address]:
    found = ip_network(network)
    first, last = int(found[0]), int(found[-1])
    return st.integers(first, last).map(IPv4Address)


inward = st.one_of([of_network(network) for network in PRIVATE])


@given(inward)
def test_no_private_address_is_open_however_it_is_wrapped(address: IPv4Address) -> None:
    number = int(address)
    wrapped = (
        IPv6Address((0xFFFF << 32) | number),  # mapped
        IPv6Address(number),  # compatible
        IPv6Address((0x2002 << 112) | (number << 80)),  # 6to4
        IPv6Address((0x64FF9B << 96) | number),  # NAT64
    )
    assert [each for each in (address, *wrapped) if guard.is_open(each)] == []


@pytest.mark.parametrize(
    "text", ["::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"]
)
def test_no_private_address_of_ipv6_is_open(text: str) -> None:
    assert not guard.is_open(IPv6Address(text))


@pytest.mark.parametrize("address", [IPv4Address("8.8.8.8"), IPv6Address("2606:4700::1111")])
def test_addresses_of_the_public_internet_are_open(address: IPv4Address | IPv6Address) -> None:
    assert guard.is_open(address)


@given(of_network("10.0.0.0/8"))
def test_a_network_that_an_operator_allows_is_open_and_no_other(address: IPv4Address) -> None:
    assert guard.is_open(address, [ip_network("10.0.0.0/8")])
    assert not guard.is_open(address, [ip_network("192.168.0.0/16"), ip_network("::1/128")])


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]",
     "[::ffff:127.0.0.1]", "somebody@127.0.0.1"],
)  # fmt: skip
def test_spellings_of_loopback_are_refused_and_nobody_is_connected_to(
    host: str, listener: Listener
) -> None:
    with pytest.raises((AddressRefused, NotFetched)):
        Client(sleep=lambda _: None).get(f"http://{host}:{urlsplit(listener.address).port}/", "*/*")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "//x/"])
def test_only_http_and_https_are_asked(address: str) -> None:
    with pytest.raises(AddressRefused):
        Client().get(address, "*/*")


class Replies(http.server.BaseHTTPRequestHandler):
    """Answers each request with the next of some replies: (status, headers, body)."""

    replies: list[tuple[int, dict[str, str], bytes]]
    seen: list[str]

    def do_GET(self) -> None:  # noqa: N802
        self.seen.append(self.path)
        status, headers, body = self.replies.pop(0)
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def replying(*replies: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []
    handler = type("Handler", (Replies,), {"replies": list(replies), "seen": seen})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


def test_a_busy_server_is_asked_again_after_the_time_that_it_tells() -> None:
    slept: list[float] = []
    busy = (503, {"Retry-After": "7"}, b"")
    with replying(busy, (429, {}, b""), (200, {}, b"here")) as (address, seen):
        client = Client(LOOPBACK, sleep=slept.append)
        assert client.get(f"{address}/x", "*/*")[0] == b"here"
    assert seen == ["/x"] * 3
    assert [pause for pause in slept if pause] == [7, 2]


def test_what_is_not_there_is_told_at_once() -> None:
    with replying((404, {}, b"")) as (address, seen):
        with pytest.raises(NotFetched, match="404"):
            Client(LOOPBACK).get(address, "*/*")
    assert len(seen) == 1


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[::1]:{port}/"]
)
def test_a_redirect_leads_nowhere_that_is_not_allowed(target: str, listener: Listener) -> None:
    there = target.format(port=urlsplit(listener.address).port)
    with replying((302, {"Location": there}, b"")) as (address, _):
        with pytest.raises((AddressRefused, NotFetched)):
            Client(LOOPBACK, sleep=lambda _: None).get(address, "*/*")


def test_an_answer_that_is_too_large_is_given_up() -> None:
    with replying((200, {}, b"x" * 2_000)) as (address, _):
        with pytest.raises(NotFetched, match="larger than 1,000"):
            Client(LOOPBACK, most=1_000).get(address, "*/*")


def test_an_answer_that_ends_early_is_no_answer() -> None:
    short = (200, {"Content-Length": "10"}, b"half")
    with replying(short, short, short, short) as (address, _):
        with pytest.raises(NotFetched):
            Client(LOOPBACK, seconds=1, sleep=lambda _: None).get(address, "*/*")


def test_who_does_not_answer_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(NotFetched):
            Client(LOOPBACK, seconds=0.1, sleep=lambda _: None).get(address, "*/*")
