"""Compare the product with other SPARQL servers on this machine.

Each in turn is started on loopback with the same data and asked the same questions: each with a
text that nobody has asked before (no cache can help), and with the same text again and again; over
one connection and over sixteen. The answers must be the same.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import agree
import load
import synthetic
import table
from engines import ENGINES, Engine, told_version
from load import Rate
from table import Measured, Question

_FOLDER = Path(__file__).parent
_CONNECTIONS = (1, 16)
_LONGEST = 30.0  # seconds that an answer is waited for, and that a run of wrk takes at most
_SLOW = 5.0  # seconds: what took longer the first time is not asked again and again
_EXAMPLES = """examples:
  python benchmarks/bench_sparql.py
  python benchmarks/bench_sparql.py --engines innograph oxigraph --queries q05 q11 --seconds 4
  python benchmarks/bench_sparql.py --size large -o large.md
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables and write them to a file."""
    given = _options().parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    queries = _queries(given.queries)
    absent = {name: ENGINES[name].missing() for name in given.engines}
    for name, install in absent.items():
        if install:
            print(f"{name} is left out: {install}", file=sys.stderr)
    if wrk := load.missing():
        sys.exit(f"wrk is needed: {wrk}")
    data = given.folder / f"{given.size}.nq"
    quads = synthetic.write(synthetic.SIZES[given.size], data)
    left_out = [f"{name} was left out: `{install}`." for name, install in absent.items() if install]
    output = given.output or given.folder / f"sparql-{given.size}.md"
    found: dict[str, Measured] = {}
    for name in (name for name, install in absent.items() if not install):
        found[name] = Measured(ENGINES[name].version())
        try:
            _Bench(ENGINES[name], found[name], data, given.seconds).run(queries)
        except (OSError, RuntimeError) as error:
            found[name].failed = str(error)
        _compare(found)
        report = "\n".join(_report(found, queries, given.size, quads, given.seconds, left_out))
        output.write_text(report, "utf-8")  # whoever ends it early has what was measured
    print(report)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sizes = ", ".join(f"{name}: {n} innovations" for name, n in synthetic.SIZES.items())
    parser.add_argument("--size", choices=synthetic.SIZES, default="small", help=sizes)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=[*ENGINES], metavar="NAME")
    parser.add_argument("--queries", nargs="+", default=[""], metavar="BEGINNING", help="q05, q11…")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run of wrk (3)")
    parser.add_argument("--folder", type=Path, default=Path(".innograph-bench"), help="for data")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file (in the folder)")
    return parser


def _queries(beginnings: Sequence[str]) -> dict[str, str]:
    files = sorted((_FOLDER / "queries").glob("*.rq"))
    chosen = [path for path in files if path.stem.startswith(tuple(beginnings))]
    if not chosen:
        sys.exit(f"no such query; known: {', '.join(path.stem for path in files)}")
    return {path.stem: path.read_text("utf-8") for path in chosen}


class _Bench:
    """One engine, asked all questions; it is started anew when it does not come to rest."""

    def __init__(self, engine: Engine, measured: Measured, data: Path, seconds: float) -> None:
        self._engine, self._measured = engine, measured
        self._data, self._seconds = data.absolute(), seconds

    def run(self, queries: dict[str, str]) -> None:
        self._start()
        try:
            for name, query in queries.items():
                print(f"{self._engine.name} {name}", file=sys.stderr, flush=True)
                question = self._measured.questions[name] = self._asked(query)
                if not question.failed:
                    self._load(name, query, question)
                self._rest()
            self._measured.memory = self._server.memory()
        finally:
            self._stop()

    def _start(self) -> None:
        self._place = Path(tempfile.mkdtemp(dir=self._data.parent))
        began = time.monotonic()
        self._server = self._engine.start(self._data, self._place)
        if not self._measured.loaded:
            self._measured.ready = time.monotonic() - began
            self._measured.loaded = self._server.memory()

    def _stop(self) -> None:
        self._server.stop()
        shutil.rmtree(self._place)

    def _rest(self) -> None:
        """Let it end what nobody waits for any more; servers go on when their client has left."""
        if not self._server.is_idle(_LONGEST):
            self._stop()
            self._start()

    def _asked(self, query: str) -> Question:
        began = time.monotonic()
        try:
            status, kind, body = self._server.ask(query, agree.form(query), _LONGEST)
        except TimeoutError:
            return Question(failed=f"no answer within {_LONGEST:.0f} s")
        except OSError as error:
            self._server.check()
            return Question(failed=f"no answer: {error}")
        first = time.monotonic() - began
        if status != 200:
            told = body[:80].decode("utf-8", "replace")
            return Question(first, failed=f"no answer: {status}, {told!r}")
        try:
            return Question(first, said=agree.read(kind, body))
        except ValueError as error:
            return Question(first, failed=f"an answer that cannot be read: {error}")

    def _load(self, name: str, query: str, question: Question) -> None:
        if (first := question.first) > _SLOW:
            question.rates["cold", 1] = Rate(1, 0, first, first, first)
            return
        for mode in table.KINDS:
            for connections in _CONNECTIONS:
                # Long enough for some answers on each connection, as far as that is possible.
                turns = max(1, connections / table.cores())
                seconds = min(max(self._seconds, 3 * turns * question.first), _LONGEST)
                mark = f"{name}-{connections}" if mode == "cold" else ""
                given = query, agree.form(query), connections, seconds, mark
                question.rates[mode, connections] = load.measure(self._server, *given)
                self._rest()


def _compare(found: dict[str, Measured]) -> None:
    """Note where an engine says something else than the first one that answered."""
    first: dict[str, tuple[str, agree.Said]] = {}
    for engine, measured in found.items():
        for name, question in measured.questions.items():
            if question.said is None:
                continue
            reference, said = first.setdefault(name, (engine, question.said))
            if question.said != said:
                question.differs = (
                    f"says something else than {reference}"
                    f" ({question.said.rows} rows, {reference} {said.rows})"
                )


def _report(
    found: dict[str, Measured],
    queries: dict[str, str],
    size: str,
    quads: int,
    seconds: float,
    left_out: Sequence[str],
) -> Iterator[str]:
    innovations = synthetic.SIZES[size]
    yield f"# SPARQL over HTTP, {size}: {innovations:,} innovations, {quads:,} quads"
    yield ""
    yield f"{table.machine()}; {told_version('wrk', '-v')}, runs of {seconds:g} s or longer."
    yield ""
    yield (
        "Good answers a second; in brackets how many times the peer's rate innograph's is. `*`:"
        " errors among them; `<`: none within the time; `–`: not measured, which is so where the"
        f" first answer took over {_SLOW:g} s: that alone is told then. Only ratios above 2 or"
        " below 0.5 mean something."
    )
    if table.PRODUCT in found:
        yield ""
        yield (
            "innograph's limits for one client are raised (`INNOGRAPH_CLIENT_QUERIES=64`,"
            " `INNOGRAPH_CLIENT_WAITING=64`), since all load comes from one address; the peers"
            " have no such limits."
        )
    if left_out:
        yield ""
        yield from left_out
    yield ""
    yield from table.rates(found, [*queries])
    yield from table.costs(found)
    yield from table.remarks(found, [*queries])


if __name__ == "__main__":
    main()
