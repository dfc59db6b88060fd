"""Commands that read the graph or look after it: check, query, stats, rebuild, verify."""

import hashlib
import json
import mimetypes
import sys
import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click
from rich.text import Text

from .. import contributions, exchange, media, queries
from ..errors import BadParameter, InnographError, MissingData
from ..instance import Instance
from ..settings import Settings
from .command import counting, err, out, table

_FORMATS = {"csv": "text/csv", "tsv": "text/tab-separated-values"} | {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}


def _media_type(path: Path) -> str:
    known = media.by_extension(path.suffix.lstrip("."), media.READABLE)
    return known.media_type if known else mimetypes.guess_type(path)[0] or path.suffix


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--lang", type=click.Choice(["en", "fr"]), default="en", help="Language of sentences."
)
def check_command(files: tuple[Path, ...], lang: str) -> None:
    """Check contributions without sending them.

    Each file is one dossier (Turtle, TriG, JSON-LD, N-Triples, RDF/XML, or JSON as the schemas
    say), or a CSV table of several. Exit code 1 when one cannot be taken as it is.

    \b
    Examples:
      innograph check adoption.ttl --lang fr
      innograph check adoptions.csv
    """
    instance = Instance.attach(Settings.from_environment())
    faulty = False
    for path in files:
        try:
            graphs = exchange.read_all(path.read_bytes(), _media_type(path), instance.base)
        except InnographError as error:
            graphs, faulty = [], True
            out.print(f"{path}: {error}", markup=False)
        for number, graph in enumerate(graphs, 1):
            which = f"{path}, dossier {number}" if len(graphs) > 1 else str(path)
            try:
                report = contributions.check(instance, graph)
            except InnographError as error:
                faulty = True
                out.print(f"{which}: {error}", markup=False)
                continue
            faulty |= not report.conforms
            out.print(f"{which}: {'ok' if report.conforms else 'not ok'}", markup=False)
            for sentence in report.sentences(lang):
                out.print(f"  - {sentence}", markup=False)
    sys.exit(1 if faulty else 0)


@click.command("query")
@click.argument("query")
@click.option("--format", "form", type=click.Choice(["table", *_FORMATS]), default="table")
@click.option("--value", "-v", "values", multiple=True, metavar="NAME=VALUE", help="A parameter.")
def query_command(query: str, form: str, values: tuple[str, ...]) -> None:
    """Put a query: a stored one by its name, a file, or - for standard input.

    \b
    Examples:
      innograph query counts
      innograph query my-question.rq --format csv > answer.csv
      innograph query innovations-by-stage-and-sponsor -v stage=https://w3id.org/innograph/voc/stage/piloting
    """
    instance = Instance.attach(Settings.from_environment())
    answer = instance.ask(_text(query, values), _FORMATS.get(form, "*/*"))
    body = b"".join(answer.body)
    if form == "table" and answer.media_type == _FORMATS["json"]:
        _print_table(body)
    else:
        sys.stdout.buffer.write(body)


def _text(query: str, values: tuple[str, ...]) -> str:
    if query in queries.stored():
        given: dict[str, list[str]] = {}
        for value in values:
            name, equals, text = value.partition("=")
            if not equals:
                raise BadParameter(parameter="--value", value=value, reason="write NAME=VALUE")
            given.setdefault(name, []).append(text)
        return queries.load(query).bind(given)
    if query == "-":
        return sys.stdin.read()
    if not Path(query).is_file():
        known = ", ".join(n for n, q in queries.stored().items() if not q.internal)
        raise BadParameter(parameter="query", value=query, reason=f"no file; stored ones: {known}")
    return Path(query).read_text("utf-8")


def _print_table(body: bytes) -> None:
    found = json.loads(body)
    if "boolean" in found:
        out.print(str(found["boolean"]).lower())
        return
    answer = table(*found["head"]["vars"])
    for row in found["results"]["bindings"]:
        answer.add_row(*(Text(row.get(v, {}).get("value", "")) for v in found["head"]["vars"]))
    out.print(answer)


@click.command("stats")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def stats_command(as_json: bool) -> None:
    """What the graph holds, and what waits.

    \b
    Example:
      innograph stats --json
    """
    instance = Instance.attach(Settings.from_environment())
    [row] = instance.ask(queries.load("counts").text, _FORMATS["json"]).rows()
    counts = {name: int(number) for name, number in row.items()}
    counts |= {"revision": instance.ledger.revision(), "waiting": len(instance.ledger.queue())}
    if as_json:
        click.echo(json.dumps(counts))
        return
    told = table("what", "count")
    for name, count in counts.items():
        told.add_row(name, f"{count:,}")
    out.print(told)


@click.command("rebuild")
@click.option(
    "--out", "target", type=click.Path(path_type=Path), help="Write the graph as N-Quads."
)
@click.option("--store", help="Fill this store instead of INNOGRAPH_STORE.")
def rebuild_command(target: Path | None, store: str | None) -> None:
    """Make the public graph again from the ledger alone, and tell its hash.

    The hash is the SHA-256 of the sorted N-Quads of all public graphs: the same ledger gives the
    same hash. Of a SPARQL engine, whose content is replaced, only the number of quads is told,
    unless they are written out. When a filling was broken off, the same command begins it anew.

    \b
    Examples:
      innograph rebuild --out graph.nq
      innograph rebuild --store http://127.0.0.1:7878/query
    """
    started = time.monotonic()
    settings = Settings.from_environment()
    instance = Instance.open(replace(settings, store=store or settings.store, engine=""))
    assert instance.projection is not None
    if instance.projection.store.shared:
        with counting("filling the store") as count:
            instance.projection.rebuild(count)
    revision = instance.follow()
    if instance.projection.store.shared and target is None:
        click.echo(f"revision {revision}, {_quads(instance)} quads")
    else:
        quads, digest = _written(instance.projection.store.dump(), target)
        click.echo(f"revision {revision}, {quads} quads, sha256 {digest}")
    err.print(f"made in {time.monotonic() - started:.1f} s", markup=False)


def _quads(instance: Instance) -> int:
    counted = "{ { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } UNION "
    counted += "{ SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } } }"
    answer = instance.ask(f"SELECT ?n {counted}", _FORMATS["csv"])
    return sum(map(int, b"".join(answer.body).split()[1:]))


def _written(lines: Iterable[bytes], target: Path | None) -> tuple[int, str]:
    """How many quads there are, and their hash; they are written where a target is named."""
    digest, quads = hashlib.sha256(), 0
    with target.open("wb") if target else nullcontext() as file:
        for line in lines:
            digest.update(line)
            quads += 1
            if file:
                file.write(line)
    return quads, digest.hexdigest()


@click.command("verify")
def verify_command() -> None:
    """Check the ledger: no event missing, changed or out of order, every payload as received.

    \b
    Example:
      innograph verify && echo sound
    """
    from ..ledger import Ledger, exists

    settings = Settings.from_environment()
    if not exists(settings.ledger):
        raise MissingData(path=settings.ledger, advice="innograph setup makes a ledger.")
    faults = Ledger.open(settings.ledger, settings.base or None, default=settings.url).verify()
    for fault in faults:
        err.print(fault, style="red", markup=False)
    click.echo("sound" if not faults else f"{len(faults)} faults")
    sys.exit(1 if faults else 0)
