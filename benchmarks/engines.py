"""The servers that are compared: how each is got, started and given the same N-Quads.

All listen on loopback, hold the data in memory (Virtuoso: in its buffers), and have the triples
outside named graphs as default graph.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from processes import HOST, Server, free_port, path_of

import innograph

# Where Debian puts servers, which is not on everybody's path.
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
_DEFAULT = "urn:x-bench:default"
INNOGRAPH = (sys.executable, "-c", "from innograph.cli import main; main()")
_RESULTS = "application/sparql-results+json"


@dataclass(frozen=True)
class Engine:
    """A server: `version` raises ImportError or OSError where it is not installed."""

    name: str
    install: str
    version: Callable[[], str]
    start: Callable[[Path, Path], Server]  # data and an empty folder -> a server that answers

    def missing(self) -> str:
        """How to install it, where it is not."""
        try:
            self.version()
        except (ImportError, OSError):
            return self.install
        return ""


def environment(**settings: object) -> dict[str, str]:
    """The environment of a process, with these settings of innograph and no others."""
    environ = {name: text for name, text in os.environ.items() if name[:10] != "INNOGRAPH_"}
    return environ | {f"INNOGRAPH_{name.upper()}": str(value) for name, value in settings.items()}


def serve_innograph(folder: Path, **settings: object) -> Server:
    """A real innograph with its processes, under settings by their names."""
    server = Server(free_port(), path_of("/sparql?query="))
    given = {"home": folder / "home", "port": server.port, "base": "https://example.org"}
    server.launch([*INNOGRAPH, "serve"], folder, environment(**given | settings))
    return _ready(server)


def _innograph(data: Path, folder: Path) -> Server:
    # All load comes from one address: the limits of one client would be what is measured.
    return serve_innograph(folder, store_fixture=data, client_queries=64, client_waiting=64)


def serve_oxigraph(data: Path, folder: Path) -> Server:
    """`oxigraph serve` in memory, with a file of N-Quads."""
    server = Server(free_port(), path_of("/query?query="))
    server.launch([_oxigraph_program(), "serve", "--bind", f"{HOST}:{server.port}"], folder)
    server.wait(lambda: server.ask("ASK {}", _RESULTS, 5)[0] == 200)
    with data.open("rb") as body:
        size = str(data.stat().st_size)
        headers = {"Content_Type": "application/n-quads", "Content_Length": size}
        status, _, told = server.request("POST", "/store?no_transaction", 3_600, body, **headers)
    if status >= 300:
        raise RuntimeError(f"oxigraph does not load the data: {told.decode()}")
    return _ready(server)


def _behind_nginx(data: Path, folder: Path) -> Server:
    server, port = serve_oxigraph(data, folder), free_port()
    owner = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(owner=owner, port=port, behind=server.port))
    command = [_program("nginx"), "-p", str(folder), "-e", "error.log", "-c", "nginx.conf"]
    server.launch(command, folder)
    server.port = port
    return _ready(server)


def _virtuoso(data: Path, folder: Path) -> Server:
    server, sql = Server(free_port(), _virtuoso_path), f"{HOST}:{free_port()}"
    (folder / "data.nq").symlink_to(data)
    (folder / "virtuoso.ini").write_text(_VIRTUOSO.format(sql=sql, http=f"{HOST}:{server.port}"))
    server.launch([_program("virtuoso-t"), "+foreground", "+configfile", "virtuoso.ini"], folder)
    server.wait(lambda: server.ask("ASK {}", _RESULTS, 5)[0] == 200)
    statements = f"ld_dir('.', 'data.nq', '{_DEFAULT}'); rdf_loader_run(); checkpoint;"
    # The password of a new database, which only this machine can reach.
    command = [_program("isql-vt"), sql, "dba", "dba", f"exec={statements}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return _ready(server)


def _virtuoso_path(query: str) -> str:
    """Virtuoso has no default graph of its own; to name one hides the named graphs."""
    chosen = "" if "GRAPH" in query else f"default-graph-uri={_DEFAULT}&"
    return path_of(f"/sparql?{chosen}query=")(query)


def _rdflib_endpoint(data: Path, folder: Path) -> Server:
    server = Server(free_port(), path_of("/?query="))
    (folder / "data.nq").symlink_to(data)
    command = [sys.executable, "-m", "rdflib_endpoint", "serve", "data.nq"]
    server.launch([*command, "--host", HOST, "--port", str(server.port)], folder)
    return _ready(server)


def _ready(server: Server) -> Server:
    """The server, once it has answered a first question about the data."""
    try:
        server.wait(lambda: server.ask("ASK { ?s a ?kind }", _RESULTS, 60)[2].find(b"true") > 0)
    except BaseException:
        server.stop()
        raise
    return server


def _program(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise FileNotFoundError(name)
    return found


def _oxigraph_program() -> str:
    beside = Path(sys.executable).parent / "oxigraph"
    return str(beside) if beside.exists() else _program("oxigraph")


def told_version(program: str, option: str) -> str:
    """A program and its version, as it tells it."""
    done = subprocess.run([_program(program), option], capture_output=True, text=True)
    found = re.search(r"\d+(?:\.\d+)+\S*", done.stdout + done.stderr)
    return f"{program} {found[0] if found else 'of unknown version'}"


_NGINX = """daemon off; pid nginx.pid; {owner}
worker_processes auto;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f;
  uwsgi_temp_path u; scgi_temp_path s;
  proxy_cache_path cache keys_zone=answers:64m max_size=1g;
  large_client_header_buffers 8 64k;
  upstream behind {{ server 127.0.0.1:{behind}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_read_timeout 600s;
      proxy_cache answers; proxy_cache_key "$request_uri $http_accept";
      proxy_cache_valid 200 10s; proxy_cache_lock on; proxy_cache_use_stale updating;
    }}
  }}
}}
"""
_VIRTUOSO = """[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = {sql}
ServerThreads = 64
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
CheckpointInterval = 0
DirsAllowed = .
[HTTPServer]
ServerPort = {http}
ServerThreads = 32
[SPARQL]
DefaultQuery = SELECT * {{ ?s ?p ?o }} LIMIT 1
"""

ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "innograph",
            "pip install -e .",
            lambda: innograph.__version__,
            _innograph,
        ),
        Engine(
            "oxigraph",
            "pip install oxigraph",
            lambda: version("oxigraph"),
            serve_oxigraph,
        ),
        Engine(
            "oxigraph-nginx",
            "pip install oxigraph; apt-get install nginx-light",
            lambda: f"{version('oxigraph')}, {told_version('nginx', '-v')}",
            _behind_nginx,
        ),
        Engine(
            "virtuoso",
            "apt-get install virtuoso-opensource-7-bin",
            lambda: told_version("virtuoso-t", "-?"),
            _virtuoso,
        ),
        Engine(
            "rdflib-endpoint",
            "pip install rdflib-endpoint uvicorn",
            lambda: f"{version('rdflib-endpoint')}, rdflib {version('rdflib')}",
            _rdflib_endpoint,
        ),
    )
}
