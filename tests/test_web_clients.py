"""Who asks: limits hold for the client, and only proxies that are trusted may say who it is."""

from dataclasses import replace

import pytest
from flask import Flask

from innograph.errors import BadSetting
from innograph.settings import Settings
from innograph.web import create_app
from innograph.web.access import client

PROXIES = "127.0.0.1, 10.0.0.0/8,2001:db8::/32"


@pytest.fixture
def app(settings: Settings) -> Flask:
    limits = {"client_queries": 1, "client_waiting": 1}
    return create_app(replace(settings, trusted_proxies=PROXIES, **limits))  # type: ignore[arg-type]


def headers(*said: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", each) for each in said]


@pytest.mark.parametrize(
    ("peer", "said", "asks"),
    [
        ("127.0.0.2", [], "127.0.0.2"),
        ("127.0.0.1", [], "127.0.0.1"),
        # Nobody else may say so.
        ("127.0.0.2", ["192.0.2.7"], "127.0.0.2"),
        ("::1", ["192.0.2.7"], "::1"),
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        # What the client itself wrote stands further to the left.
        ("127.0.0.1", ["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["nonsense, 192.0.2.7"], "192.0.2.7"),
        # A proxy behind another.
        ("127.0.0.1", ["192.0.2.7, 10.1.2.3"], "192.0.2.7"),
        ("127.0.0.1", ["192.0.2.7,10.1.2.3", "2001:db8::9"], "192.0.2.7"),
        ("127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ("2001:db8::9", ["2001:DB9:0::1"], "2001:db9::1"),
        ("::ffff:127.0.0.1", ["::ffff:192.0.2.7"], "192.0.2.7"),
        # Nothing that can be read.
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.7,"], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.7; DROP"], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.300"], "127.0.0.1"),
        ("127.0.0.1", ["9" * 5000], "127.0.0.1"),
        ("127.0.0.1", ["nonsense, 10.1.2.3"], "127.0.0.1"),
        ("", ["192.0.2.7"], "-"),
    ],
)
def test_the_last_address_that_is_no_trusted_proxy_asks(
    app: Flask, peer: str, said: list[str], asks: str
) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": peer}, headers=headers(*said)):
        assert client() == asks


def test_without_trusted_proxies_the_peer_asks(settings: Settings) -> None:
    app = create_app(settings)
    where = {"REMOTE_ADDR": "127.0.0.1"}
    with app.test_request_context(environ_base=where, headers=headers("192.0.2.7")):
        assert client() == "127.0.0.1"


def test_a_turn_is_the_clients_and_not_the_proxys(app: Flask) -> None:
    asking = app.test_client()

    def ask(peer: str, *said: str) -> int:
        where, query = {"REMOTE_ADDR": peer}, {"query": "ASK {}"}
        answer = asking.get(
            "/sparql", query_string=query, environ_base=where, headers=headers(*said)
        )
        return answer.status_code

    with app.extensions["turns"].of("192.0.2.7"):
        assert ask("127.0.0.1", "192.0.2.7") == 429
        assert ask("192.0.2.7") == 429
        assert ask("127.0.0.1", "192.0.2.8") == 200
        assert ask("127.0.0.1", "192.0.2.7, 192.0.2.8") == 200
        assert ask("192.0.2.9", "192.0.2.7") == 200
    assert ask("127.0.0.1", "192.0.2.7") == 200


def test_no_answer_depends_on_the_name_by_which_the_server_is_asked(app: Flask) -> None:
    others = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
    for path in ("/", "/sparql", "/graph/meta", "/id/innovation/x", "/doc/innovation/x", "/api"):
        for accept in ("text/html", "*/*"):
            one, other = (
                app.test_client().get(path, headers={"Accept": accept} | more)
                for more in ({}, others)
            )
            assert one.data == other.data and one.status_code == other.status_code
            assert one.headers.get("Location") == other.headers.get("Location")
            assert "evil" not in other.text + str(other.headers)


@pytest.mark.parametrize("value", ["proxy.example", "127.0.0.1/99", "10.0.0.1/8", "127.0.0.1 ::1"])
def test_proxies_that_are_no_addresses_are_refused_at_the_start(value: str) -> None:
    with pytest.raises(BadSetting, match="INNOGRAPH_TRUSTED_PROXIES"):
        Settings.from_environment({"INNOGRAPH_TRUSTED_PROXIES": value})
