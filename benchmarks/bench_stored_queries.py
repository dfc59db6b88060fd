"""Time each stored query on the shipped data, and how soon a contribution is answered.

The real server answers with its cache off, as text at /sparql and by name at /api; `oxigraph serve`
answers the same text on the same graph in the same run, so that times can be told as ratios.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import agree
import table
from engines import ENGINES, INNOGRAPH, environment, serve_innograph, serve_oxigraph
from processes import Server

from innograph import queries, vocab
from innograph.instance import Instance
from innograph.queries import Query
from innograph.settings import Settings

SLOW = 0.3  # seconds
_EXAMPLES_OF = "http://127.0.0.1:8000"  # the base that examples of queries name
_LONGEST = 60.0  # seconds that an answer is waited for
_EXAMPLES = """examples:
  python benchmarks/bench_stored_queries.py
  python benchmarks/bench_stored_queries.py --home .innograph --times 9
  python benchmarks/bench_stored_queries.py --queries lags pairs -o lags.md
"""


@dataclass
class Case:
    """A stored query with certain values, and the seconds that each door took for it."""

    name: str
    given: dict[str, list[str]]
    text: str
    seconds: dict[str, list[float]] = field(default_factory=dict)
    rows: int = 0
    remark: str = ""

    @property
    def told(self) -> str:
        return self.name + "".join(f" {name}" for name in self.given if name != "lang")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables and write them to a file."""
    given = _options().parse_args(arguments)
    if install := ENGINES["oxigraph"].missing():
        sys.exit(f"oxigraph is needed, to compare with: {install}")
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        report = "\n".join(_measure(Path(folder).absolute(), given))
    (given.output or given.folder / "stored-queries.md").write_text(report, "utf-8")
    print(report)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, help="an INNOGRAPH_HOME to copy (innograph setup)")
    parser.add_argument("--queries", nargs="+", metavar="NAME", help="all")
    parser.add_argument("--times", type=int, default=5, help="that each is asked (5)")
    parser.add_argument("--contributions", type=int, default=50, help="that are sent (50)")
    parser.add_argument("--folder", type=Path, default=Path(".innograph-bench"), help="for data")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file (in the folder)")
    return parser


def _measure(folder: Path, given: argparse.Namespace) -> Iterator[str]:
    home = folder / "home"
    if given.home:
        shutil.copytree(given.home, home)
    else:
        settings = environment(home=home, base="https://example.org")
        subprocess.run([*INNOGRAPH, "setup"], env=settings, check=True, stdout=subprocess.DEVNULL)
    base, quads = _dump(home, folder / "dump.nq")
    cases = [
        case
        for name, query in sorted(queries.stored().items())
        if not query.internal and name in (given.queries or [name])
        for case in _cases(query, base)
    ]
    for name in ("innograph", "oxigraph"):
        (folder / name).mkdir()
    # The base of a ledger stands in it.
    product = serve_innograph(folder / "innograph", home=home, base="", cache_bytes=0)
    try:
        peer = serve_oxigraph(folder / "dump.nq", folder / "oxigraph")
        try:
            for case in cases:
                print(case.told, file=sys.stderr, flush=True)
                _ask(case, product, peer, given.times)
        finally:
            peer.stop()
        yield f"# Stored queries on {quads:,} quads"
        yield ""
        yield f"{table.machine()}; oxigraph {ENGINES['oxigraph'].version()}. Nothing is cached."
        yield ""
        yield from _queries_told(cases)
        if given.contributions:
            yield from _contributions(product, home, folder, given.contributions)
    finally:
        product.stop()


def _dump(home: Path, path: Path) -> tuple[str, int]:
    """Write the graph of a home as N-Quads; its base, and how many quads."""
    instance = Instance.open(Settings(home=home))
    instance.follow()
    number = 0
    assert instance.projection is not None
    with path.open("wb") as file:
        for number, line in enumerate(instance.projection.store.dump(), 1):  # noqa: B007
            file.write(line)
    instance.ledger.close()
    return instance.base, number


def _cases(query: Query, base: str) -> Iterator[Case]:
    """The query with what it needs, and with each example of its other parameters."""
    examples = {
        name: [parameter.example.replace(_EXAMPLES_OF, base)]
        for name, parameter in query.parameters.items()
    }
    needed = {n: examples[n] for n, p in query.parameters.items() if p.required or n == "lang"}
    for more in ({}, *({name: examples[name]} for name in examples if name not in needed)):
        values = needed | more
        yield Case(query.name, values, query.bind(values))


def _ask(case: Case, product: Server, peer: Server, times: int) -> None:
    """Ask at all three doors in turn, so that what disturbs one disturbs the others."""
    accept = agree.form(case.text)
    said: dict[str, agree.Said] = {}
    address = f"/api/{case.name}?{urlencode(case.given, doseq=True)}"
    api = "application/json" if accept == agree.RESULTS else accept
    # As bodies: some are longer than the addresses that oxigraph takes.
    text, asked = case.text.encode(), {"Content_Type": "application/sparql-query", "Accept": accept}
    doors = {
        "sparql": partial(product.request, "POST", "/sparql", _LONGEST, text, **asked),
        "api": partial(product.request, "GET", address, _LONGEST, Accept=api),
        "oxigraph": partial(peer.request, "POST", "/query", _LONGEST, text, **asked),
    }
    for _ in range(times):
        for door, request in doors.items():
            began = time.monotonic()
            try:
                status, kind, body = request()
            except OSError as error:
                for server in (product, peer):
                    server.check()
                status, kind, body = 0, "", str(error).encode()
            case.seconds.setdefault(door, []).append(time.monotonic() - began)
            if status != 200:
                told = body[:80].decode("utf-8", "replace")
                case.remark = f"{door}: {status} after {_ms(case.seconds[door][-1])} ms, {told}"
                return
            if door != "api" and door not in said:
                said[door] = agree.read(kind, body)
    case.rows = said["sparql"].rows
    if said["sparql"] != said["oxigraph"]:
        case.remark = f"oxigraph says something else ({said['oxigraph'].rows} rows)"


def _queries_told(cases: Sequence[Case]) -> Iterator[str]:
    header = ["query, with an example of", "rows", "/sparql ms: min", "median", "p95"]
    header += ["/api ms: median", "oxigraph ms: median", "/sparql : oxigraph"]
    measured = [case for case in cases if "oxigraph" in case.seconds]
    yield from table.rows(header, [_line(case) for case in measured])
    slow = [case for case in measured if median(case.seconds["sparql"]) > SLOW]
    yield f"## Slower than {_ms(SLOW)} ms"
    yield ""
    slow.sort(key=lambda case: -median(case.seconds["sparql"]))
    yield from (f"- {c.told}: {_ms(median(c.seconds['sparql']))} ms" for c in slow)
    if not slow:
        yield "None."
    yield ""
    if remarks := [f"- {case.told}: {case.remark}" for case in cases if case.remark]:
        yield from ["## Where answers differ or are absent", "", *remarks, ""]


def _line(case: Case) -> list[str]:
    own, peer = case.seconds["sparql"], median(case.seconds["oxigraph"])
    times = [min(own), median(own), _p95(own), median(case.seconds["api"]), peer]
    ratio = f"{median(own) / peer:.2g}×"
    return [case.told, f"{case.rows:,}", *map(_ms, times), ratio]


def _contributions(product: Server, home: Path, folder: Path, number: int) -> Iterator[str]:
    """How soon a contribution is checked and kept, beside writing as many bytes to the disk."""
    command = [*INNOGRAPH, "token", "--label", "benchmark"]
    done = subprocess.run(
        command, env=environment(home=home), check=True, capture_output=True, text=True
    )
    headers = {"Authorization": f"Bearer {done.stdout.strip()}", "Content_Type": "text/turtle"}
    bodies = [body.encode() for body in _adoptions(product, number + 3)]
    taken, synced = [], []
    with (folder / "synced").open("ab", buffering=0) as file:
        for body in bodies:
            began = time.monotonic()
            status, _, told = product.request("POST", "/contributions", _LONGEST, body, **headers)
            taken.append(time.monotonic() - began)
            if status != 202:
                raise RuntimeError(f"a contribution is not taken: {status} {told[:300].decode()}")
            began = time.monotonic()
            file.write(body)
            os.fsync(file.fileno())
            synced.append(time.monotonic() - began)
    yield f"## {number} contributions, one after the other"
    yield ""
    # The first ones bring the shapes into memory.
    lines = [
        [what, _ms(median(times[3:])), _ms(_p95(times[3:]))]
        for what, times in (("POST /contributions", taken), ("the same bytes and fsync", synced))
    ]
    ratios = [f(taken[3:]) / f(synced[3:]) for f in (median, _p95)]
    lines.append(["ratio", *(f"{ratio:.2g}×" for ratio in ratios)])
    yield from table.rows(["", "ms: median", "p95"], lines)


def _adoptions(product: Server, number: int) -> Iterator[str]:
    """Documents that each tell of an adoption that nobody has told of."""
    prefixes = "".join(f"PREFIX {p}: <{name}>\n" for p, name in vocab.prefixes().items())
    asked = f"""{prefixes} SELECT ?innovation ?body WHERE {{
      {{ SELECT ?innovation {{ ?innovation a inno:Innovation }} ORDER BY ?innovation LIMIT 1 }}
      {{ SELECT ?body {{ ?body a cv:PublicOrganisation }} ORDER BY ?body LIMIT 1 }} }}"""
    _, _, told = product.ask(asked, "text/csv", _LONGEST)
    innovation, body = told.decode().splitlines()[1].split(",")
    for n in range(number):
        yield f"""{prefixes} [] a inno:Adoption ;
          inno:adopts <{innovation}> ; inno:adopter <{body}> ;
          inno:evidence <https://www.example.org/adoption/{n}> ;
          inno:hasStatus [ a inno:StatusPeriod ; inno:status uptake:in-use ;
            schema:startDate "2023-09"^^xsd:gYearMonth ] ."""


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[ceil(0.95 * len(times)) - 1]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f}" if seconds < 0.1 else f"{seconds * 1000:,.0f}"


if __name__ == "__main__":
    main()
