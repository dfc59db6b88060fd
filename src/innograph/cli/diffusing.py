"""Commands that measure how innovations travel: diffusion curve, hazard, survival …"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..diffusion import measures, netdiffuser, writing
from ..diffusion.drawing import Caption
from ..diffusion.drawing.measures import draw
from ..diffusion.study import Study, Table
from ..errors import AlreadyThere
from .command import counting, err
from .stocking import stock_command
from .studying import about, choice, number, out_of, positive, study_of


@click.group("diffusion")
def diffusion_command() -> None:
    """Measure how innovations travel between administrations.

    Adoptions are those of the graph, or of your own CSV file (--events). Each row says how surely
    it is known: kind of date, bounds, source, how many were at risk. Times are counted in periods:
    years, unless --unit says otherwise. --explain prints the definition and where it comes from;
    docs/explanation/diffusion.md says when a measure misleads.

    \b
    Examples:
      innograph diffusion curve --innovation ADDRESS > curve.csv
      innograph diffusion scores --kind https://w3id.org/innograph/voc/kind/policy
      innograph diffusion infer --events adoptions.csv --format graphml -o ties.graphml
      innograph diffusion curve --events adoptions.csv --format svg -o curve.svg
      innograph diffusion survival --explain
    """


def _told(name: str, study: Study, made: Table, form: str, target: Path | None) -> None:
    if form == "svg":
        summary = (inspect.getdoc(measures.MEASURES[name].compute) or name).partition("\n")[0]
        body = draw(name, study, made, Caption(name, " ".join([summary, *made.notes]))).alone()
    else:
        body = writing.FORMATS[form](writing.named(made, study.told.labels))
    out_of(body, target, made.notes if form in ("csv", "graphml", "gexf", "svg") else ())


def _command(name: str, summary: str, example: str, *options: Callable[..., Any]) -> None:
    """A command for a measure, with the options of all and its own."""

    def run(explain: bool, file_format: str, target: Path | None, **given: Any) -> None:
        measure = measures.MEASURES[name]
        if explain:
            click.echo(measure.explained())
            return
        study, own = study_of(given)
        with counting(name) as count:
            made = measure.compute(study, progress=count, **own)
        _told(name, study, made, file_format, target)

    run.__doc__ = f"{summary}\n\n\b\nExample:\n  innograph diffusion {example}"
    decorated: Callable[..., Any] = run
    for option in (*reversed(options), *_OUTPUT, about):
        decorated = option(decorated)
    diffusion_command.add_command(click.command(name)(decorated))


_OUTPUT = (
    click.option("--explain", is_flag=True, help="Print what is computed, and stop."),
    choice(
        "--format", "file_format", *writing.FORMATS, "svg", help="Some need innograph[research]."
    ),
    click.option("-o", "--out", "target", type=click.Path(path_type=Path), help="Write it there."),
)

_command("curve", "Adopters and their share, by period.", "curve --events adoptions.csv")
_command(
    "hazard",
    "The chance that one who has not adopted does so now.",
    "hazard --events adoptions.csv --population members.csv",
)
_command(
    "survival",
    "The share that goes without, by time since the first adoption.",
    "survival --events adoptions.csv --method turnbull",
    choice(
        "--method", "method", "kaplan-meier", "turnbull", help="Turnbull takes bounds as they are."
    ),
)
_command(
    "categories",
    "Which adopters are innovators, early, majority or laggards.",
    "categories --events adoptions.csv --variant valente",
    choice("--variant", "variant", "rogers", "valente", help="Five categories, or four."),
)
_command(
    "bass",
    "The Bass (or logistic) model that fits best, with standard errors.",
    "bass --events adoptions.csv --fit density",
    choice("--model", "model", "bass", "logistic", help="Of growth."),
    choice("--fit", "form", "cumulative", "density", help="The share so far, or each period's."),
)
_command(
    "scores",
    "Who adopts early over many innovations: rate score, Walker, Boushey.",
    "scores --events adoptions.csv --population states.csv",
    number("--within", 5.0, "Periods in which an adoption counts as early."),
)
_command(
    "lags",
    "Periods from the origin to each adoption.",
    "lags --events adoptions.csv --summary",
    click.option("--summary", is_flag=True, help="Quartiles by group (level of territory)."),
)
_command(
    "cascades",
    "The size, depth and breadth of what followed; fidelity; abandonment.",
    "cascades --events adoptions.csv",
)
_command("network", "Who followed whose example, as told.", "network --format gexf -o told.gexf")
_command(
    "infer",
    "The network along which innovations seem to travel (NetInf).",
    "infer --events adoptions.csv --edges 300",
    choice("--model", "model", "exponential", "rayleigh", "log-normal", help="Of delays."),
    click.option("--edges", type=click.IntRange(1), help="So many edges, whatever the test says."),
    number("--cutoff", 0.05, "Stop when Vuong's test for one more edge has a larger p."),
    click.option(
        "--parameter",
        "parameters",
        type=float,
        multiple=True,
        help="Of the delays: lambda; alpha; mu and sigma.  [default: found from the data]",
    ),
    click.option("--refined", is_flag=True, help="Find them again along the inferred network."),
)
_command(
    "pathways",
    "Persistent pathways: NetInf over a moving window.",
    "pathways --events adoptions.csv --width 35 --edges 300",
    choice("--model", "model", "exponential", "rayleigh", "log-normal", help="Of delays."),
    positive("--width", 35, "Periods of a window."),
    positive("--edges", 300, "Of each window, or as many as are possible."),
    positive("--every", 1, "Periods from one window to the next."),
)
_command(
    "moran",
    "Whether those who look to each other are alike (Moran's I).",
    "moran --events adoptions.csv --network neighbours.csv --permutations 999",
    number("--permutations", 0, "Also a p-value from so many shuffles."),
    number("--seed", 0, "Of the shuffles."),
)
_command(
    "exposure",
    "The threshold, susceptibility and infectiousness of each adopter.",
    "exposure --events adoptions.csv --network neighbours.csv",
    click.option("--include-censored", is_flag=True, help="Thresholds of the first period too."),
    number("--reach", 1, "Periods that count as soon (K)."),
)

_command(
    "history",
    "Whether exposure makes adoption likelier (event history, logit).",
    "history --events adoptions.csv --network neighbours.csv --pooled",
    positive("--lag", 1, "Periods by which exposure comes before."),
    click.option(
        "--period-effects/--no-period-effects",
        default=True,
        show_default=True,
        help="Each period has a level of its own, or all have one.",
    ),
    click.option("--pooled", is_flag=True, help="Of all innovations together, not of each."),
)
_command(
    "structure",
    "Whether thresholds hang on who is tied to whom (rewired networks).",
    "structure --events adoptions.csv --network neighbours.csv --runs 1000",
    positive("--runs", 500, "Networks that are rewired."),
    number("--seed", 0, "Of the rewiring."),
)


@diffusion_command.command("export")
@about
@click.option(
    "-o", "--out", "folder", type=click.Path(path_type=Path), required=True, help="Folder for it."
)
def export_command(folder: Path, **given: Any) -> None:
    """Adoptions and the network for netdiffuseR: nodes.csv, ties.csv, and read.R to read them.

    Periods are whole numbers: years, or months and days since the year 0 with --unit. It needs a
    network (--network).

    \b
    Example:
      innograph diffusion export --events adoptions.csv --network neighbours.csv -o for-r
    """
    study, _ = study_of(given)
    files = {
        "nodes.csv": writing.to_csv(netdiffuser.nodes(study)),
        "ties.csv": writing.to_csv(netdiffuser.ties(study)),
        "read.R": netdiffuser.script().encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        if (folder / name).exists():
            raise AlreadyThere(path=folder / name)
    for name, body in files.items():
        out_of(body, folder / name)
    for note in study.notes():
        err.print(f"Note: {note}", markup=False)


@diffusion_command.command("report")
@about
@click.option("-o", "--out", "target", type=click.Path(path_type=Path), help="Write it there.")
def report_command(target: Path | None, **given: Any) -> None:
    """All measures at once, as Markdown; of each the first rows, or why there are none.

    \b
    Example:
      innograph diffusion report --events adoptions.csv -o report.md
    """
    study, _ = study_of(given)
    with counting("report") as count:
        found = measures.report(study, count)
    parts = [b"# Diffusion\n"]
    for name, made in found.items():
        parts.append(f"## {name}\n\n{measures.MEASURES[name].compute.__doc__}\n".encode())
        if isinstance(made, str):
            parts.append(made.encode() + b"\n")
        else:
            parts.append(writing.to_markdown(writing.named(made, study.told.labels)))
    out_of(b"\n".join(parts), target)


diffusion_command.add_command(stock_command)
