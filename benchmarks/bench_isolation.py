"""What runaway queries of some clients cost the others: times beside them against idle times.

One client repeats a cross product of three patterns, another sorts a product of millions of rows; a
third looks things up, in rounds; a fourth counts, which takes two seconds. Each has an address of
its own (127.0.0.2 and so on), nothing is cached, limits are those of the settings.
"""

import argparse
import http.client
import itertools
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from pathlib import Path
from urllib.parse import urlencode

import synthetic
import table
from engines import serve_innograph
from processes import HOST, Server

_ROUNDS, _TIMES = 5, 200  # that something is looked up, idle and beside the runaways
_LIMIT = 10.0  # seconds that a query may take here
_PREFIX = (
    "PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX inno: <https://w3id.org/innograph/ont#> "
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
)
_CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_SORT = "SELECT * { { SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 10000000 } } ORDER BY DESC(?f) ?a ?e"
_POINT = _PREFIX + "SELECT ?t { ?x a inno:Innovation ; dcterms:title ?t } LIMIT 1"
# Takes some two seconds: each text is compared with a pattern of its own.
_HONEST = (
    _PREFIX + "SELECT (COUNT(*) AS ?n) { ?s dcterms:title|dcterms:description|skos:prefLabel ?text "
    "FILTER(REGEX(?text, CONCAT(LANG(?text), '|essai'), 'i')) }"
)
_EXAMPLES = """examples:
  python benchmarks/bench_isolation.py
  python benchmarks/bench_isolation.py --minutes 5 -o isolation.md
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write it to a file."""
    given = _options().parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name).absolute()
        data = folder / "data.nq"
        synthetic.write(synthetic.SIZES[given.size], data)
        limits = {"query_seconds": _LIMIT, "cache_bytes": 0}
        server = serve_innograph(folder, store_fixture=data, **limits)
        try:
            report = "\n".join(_measure(server, given.minutes))
        finally:
            server.stop()
    (given.output or given.folder / "isolation.md").write_text(report, "utf-8")
    print(report)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5, help="that the runaways go on (5)")
    parser.add_argument("--size", choices=synthetic.SIZES, default="small")
    parser.add_argument("--folder", type=Path, default=Path(".innograph-bench"), help="for data")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file (in the folder)")
    return parser


def _measure(server: Server, minutes: float) -> Iterator[str]:
    _, right, _ = _ask(server, "127.0.0.5", _HONEST)
    _ask(server, "127.0.0.4", _POINT)
    processes, memory = len(server.tree()), server.memory()
    idle = _looked_up(server, 1)
    ending = threading.Event()
    told: dict[str, list[tuple[int, float]]] = {"cross product": [], "large sort": []}
    honest: list[tuple[int, bytes, float]] = []

    def repeat(source: str, query: str, tell: Callable[[int, bytes, float], None]) -> None:
        while not ending.is_set():
            tell(*_ask(server, source, query))

    def counted(name: str) -> Callable[[int, bytes, float], None]:
        return lambda status, _, seconds: told[name].append((status, seconds))

    clients = [
        ("127.0.0.2", _CROSS, counted("cross product")),
        ("127.0.0.3", _SORT, counted("large sort")),
        ("127.0.0.5", _HONEST, lambda *answer: honest.append(answer)),
    ]
    threads = [threading.Thread(target=repeat, args=client) for client in clients]
    for thread in threads:
        thread.start()
    beside = _looked_up(server, minutes * 60 / _ROUNDS)
    ending.set()
    for thread in threads:
        thread.join()
    server.is_idle(30)
    yield f"# Runaway queries beside others\n\n{table.machine()}. Limit of time {_LIMIT:.0f} s.\n"
    yield from table.rows(
        ("looking up", "idle", "beside runaways", "ratio"),
        [
            (
                name,
                f"{_at(idle, part) * 1e3:.1f} ms",
                f"{_at(beside, part) * 1e3:.1f} ms",
                f"{_at(beside, part) / _at(idle, part):.1f}×",
            )
            for name, part in (("median", 0.5), ("p95", 0.95), ("p99", 0.99))
        ],
    )
    yield from table.rows(
        ("runaway", "times", "states", "longest"),
        [
            (
                name,
                str(len(seen)),
                _states(status for status, _ in seen),
                f"{max(seconds for _, seconds in seen):.1f} s",
            )
            for name, seen in told.items()
        ],
    )
    same = sum(status == 200 and body == right for status, body, _ in honest)
    longest = max(seconds for _, _, seconds in honest)
    yield f"Honest counts: {len(honest)}, right {same}, longest {longest:.1f} s.\n"
    after, left = server.memory(), len(server.tree())
    yield f"Memory {memory / 1e6:.0f} MB before, {after / memory:.2f} times that after."
    yield f"Processes {processes} before, {left} after.\n"


_numbers = itertools.count()


def _ask(server: Server, source: str, query: str) -> tuple[int, bytes, float]:
    """Status, bytes and seconds of a query that was never put before."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection(HOST, server.port, 120, source_address=(source, 0))
    try:
        told = urlencode({"query": f"{query} # {next(_numbers)}", "format": "csv"})
        connection.request("GET", f"/sparql?{told}")
        answer = connection.getresponse()
        return answer.status, answer.read(), time.perf_counter() - started
    finally:
        connection.close()


def _looked_up(server: Server, every: float) -> list[float]:
    """The seconds of each look-up, in rounds at the end of so many seconds.

    Raises RuntimeError when one is not answered.
    """
    seconds = []
    started = time.monotonic()
    for turn in range(_ROUNDS):
        time.sleep(max(0, started + (turn + 0.9) * every - time.monotonic()))
        for _ in range(_TIMES):
            status, _, took = _ask(server, "127.0.0.4", _POINT)
            if status != 200:
                raise RuntimeError(f"a look-up was answered by {status}")
            seconds.append(took)
    return sorted(seconds)


def _at(seconds: Sequence[float], part: float) -> float:
    return seconds[ceil(len(seconds) * part) - 1]


def _states(found: Iterator[int]) -> str:
    return ", ".join(f"{n}× {status}" for status, n in sorted(Counter(found).items()))


if __name__ == "__main__":
    main()
