"""Everything an operator may set: read once from the environment, passed down."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from .errors import BadSetting

# The longest name of a Unix socket (sun_path, unix(7)).
_SOCKET_NAME = 100


def _setting(default: Any, help: str, secret: bool = False) -> Any:
    return field(
        default=default,
        repr=not secret,
        metadata={"help": help, "read": Path if isinstance(default, Path) else type(default)},
    )


def _networks(told: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(name.strip()) for name in told.split(",") if name.strip())


@dataclass(frozen=True)
class Settings:
    """One instance's settings; each is read from `INNOGRAPH_` + its name in capitals."""

    home: Path = _setting(Path(".innograph"), "Folder of the ledger and of what is made from it.")
    ledger: str = _setting("", "SQLAlchemy URL of the ledger; a SQLite file in the home if empty.")
    store: str = _setting(
        "memory:", "Where the public graph is served from; or the address of a SPARQL 1.1 engine."
    )
    store_update: str = _setting(
        "", "Address at which that engine takes updates; the same one if empty."
    )
    store_user: str = _setting("", "Who may change what that engine holds, if it asks.")
    store_password: str = _setting("", "The password of that user.", secret=True)
    store_fixture: str = _setting(
        "", "N-Quads file served in place of an empty ledger's graph: for conformance tests only."
    )
    url: str = _setting("", "Address at which this server is reached.")
    base: str = _setting("", "Address under which this instance names its data; the url if empty.")
    host: str = _setting("127.0.0.1", "Network address to listen on.")
    port: int = _setting(8000, "Port to listen on.")
    trusted_proxies: str = _setting(
        "", "Addresses or networks of proxies, parted by commas, that say whom they ask for."
    )
    lang: str = _setting("en", "Language of pages when the reader states none: en or fr.")
    licence: str = _setting(
        "https://creativecommons.org/licenses/by/4.0/", "Licence of what people contribute."
    )
    left_out: str = _setting("", "Shipped sources that `innograph setup` leaves out, by comma.")
    upload_bytes: int = _setting(1_000_000, "Largest contribution taken, in bytes.")
    query_bytes: int = _setting(20_000, "Longest query taken, in bytes.")
    web_workers: int = _setting(2, "Processes that answer requests.")
    threads: int = _setting(32, "Requests that each of these answers at the same time.")
    engine: str = _setting("", "Socket of the engine process; `innograph serve` sets it.")
    query_seconds: float = _setting(30.0, "Seconds that a query may take.")
    query_memory: int = _setting(1_000_000_000, "Bytes of memory that a query may take.")
    query_workers: int = _setting(4, "Queries answered at the same time.")
    queue_seconds: float = _setting(10.0, "Seconds that a query waits for its turn.")
    client_queries: int = _setting(2, "Queries of one client that run at the same time.")
    client_waiting: int = _setting(16, "Queries of one client that wait or run in a web process.")
    cache_bytes: int = _setting(64_000_000, "Bytes of answers that a web process keeps; 0: none.")
    harvest_networks: str = _setting(
        "", "Private networks that `innograph harvest` may ask, parted by commas."
    )
    harvest_hours: float = _setting(
        0.0, "Hours between two harvests that `innograph serve` makes; 0: none."
    )
    harvest_seconds: float = _setting(60.0, "Seconds that a request of a harvest may take.")
    harvest_bytes: int = _setting(200_000_000, "Largest answer that a harvest takes, in bytes.")
    # Three are kept: so what a platform has read of in the last day is still there.
    dump_seconds: float = _setting(
        43_200.0, "Seconds after a change at which the server makes a dump; less than 0: never."
    )
    answer_bytes: int = _setting(200_000_000, "Largest answer to a query, in bytes.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read `INNOGRAPH_*`; raise BadSetting where a value is of the wrong type."""
        environ = os.environ if environ is None else environ
        given: dict[str, Any] = {}
        for setting in fields(cls):
            name = f"INNOGRAPH_{setting.name.upper()}"
            if not (text := environ.get(name, "").strip()):
                continue
            try:
                given[setting.name] = setting.metadata["read"](text)
            except ValueError:
                whole = setting.metadata["read"] is int
                reason = "a whole number is needed" if whole else "a number is needed"
                raise BadSetting(setting=name, value=text, reason=reason) from None
        return cls(**given)

    @property
    def socket(self) -> Path:
        """Where the engine process listens: in the home, or nearer to the root if that is long."""
        path = self.home.absolute() / "engine.sock"
        if len(os.fsencode(path)) < _SOCKET_NAME:
            return path
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:20]
        return Path(tempfile.gettempdir()) / f"innograph-{digest}.sock"

    @cached_property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of the trusted proxies."""
        return _networks(self.trusted_proxies)

    @cached_property
    def harvested(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The private networks that may be asked."""
        return _networks(self.harvest_networks)

    def __post_init__(self) -> None:
        known = ("en", "fr")
        if self.lang not in known:
            raise BadSetting(setting="INNOGRAPH_LANG", value=self.lang, reason="en or fr")
        for name in ("trusted_proxies", "harvest_networks"):
            value = getattr(self, name)
            try:
                _networks(value)
            except ValueError as error:
                setting = f"INNOGRAPH_{name.upper()}"
                raise BadSetting(setting=setting, value=value, reason=error) from None
        for name in ("url", "base"):
            value = getattr(self, name)
            if value and not value.startswith(("http://", "https://")):
                reason = "an address starts with http:// or https://"
                raise BadSetting(setting=f"INNOGRAPH_{name.upper()}", value=value, reason=reason)
            object.__setattr__(self, name, value.rstrip("/"))
        if not self.url:
            object.__setattr__(self, "url", f"http://{self.host}:{self.port}")
        if not self.ledger:
            path = (self.home / "ledger.sqlite").absolute()
            object.__setattr__(self, "ledger", f"sqlite:///{path}")
