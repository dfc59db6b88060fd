"""The command that counts how many are in each status over time: diffusion stock."""

from inspect import getdoc
from pathlib import Path
from typing import Any, cast

import click

from ..diffusion import periods, spells, stock, writing
from ..diffusion.spells import Spells, Together
from ..errors import BadParameter
from .studying import Graph, choice, out_of


@click.command("stock")
@click.option(
    "--spells",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"CSV with {', '.join(spells.SPELLS)}; perhaps {', '.join(spells.SPELLS_MORE)}.",
)
@click.option("--scheme", metavar="ADDRESS", help="The list whose statuses are counted.")
@click.option("--by", metavar="ADDRESS", help="The list of groups that actors are put into.")
@click.option("--role", metavar="ADDRESS", help="Only actors that hold it in an innovation.")
@click.option("--innovation", multiple=True, metavar="ADDRESS", help="Only this one.")
@click.option("--kind", multiple=True, metavar="ADDRESS", help="Only this kind of innovation.")
@choice("--together", "together", "group", "actor", "all", help="What is counted as one.")
@click.option("--from", "first", metavar="TIME", help="First period observed.")
@click.option("--to", "last", metavar="TIME", help="Last period observed; a day ends the last one.")
@choice("--unit", "unit", "year", "month", "day", help="How often is counted: at the end of each.")
@choice("--lang", "lang", "en", "fr", help="Language of names.")
@click.option("--explain", is_flag=True, help="Print what is computed, and stop.")
@choice("--format", "file_format", "csv", "json", "md", "parquet", help="Of the table.")
@click.option("-o", "--out", "target", type=click.Path(path_type=Path), help="Write it there.")
def stock_command(
    path: Path | None, explain: bool, file_format: str, target: Path | None, **given: Any
) -> None:
    """How many are in each status at the end of each period, certainly and possibly.

    Statuses are those of a list (--scheme) that the innovations or adoptions of the graph had, by
    what those who answer for them are (--by); or of your own CSV file (--spells).

    \b
    Examples:
      innograph diffusion stock --scheme https://w3id.org/innograph/voc/betagouv-phase
        --by https://w3id.org/innograph/voc/betagouv-domain
        --role https://w3id.org/innograph/voc/role/sponsoring-body -o phases.csv
      innograph diffusion stock --spells phases.csv --unit month
    """
    if explain:
        click.echo("\n\n".join(f"{f.__name__}\n\n{getdoc(f)}" for f in (stock.stocks, stock.stock)))
        return
    unit = given["unit"]
    told = spells.spells_file(path.read_bytes(), str(path)) if path else _asked(given)
    first, last = (_day(given[name], f"--{o}") for name, o in (("first", "from"), ("last", "to")))
    made = stock.stocks(told, unit, first and first[0], last and last[1])
    notes = made.notes if file_format == "csv" else ()
    out_of(writing.FORMATS[file_format](made), target, notes)


def _asked(given: dict[str, Any]) -> Spells:
    if not given["scheme"] or not given["by"]:
        raise click.UsageError("Give --scheme and --by, or a file with --spells.")
    one = {name: [given[name]] for name in ("scheme", "by", "role", "lang") if given[name]}
    many = {name: list(given[name]) for name in ("innovation", "kind")}
    return spells.spells_told(
        Graph().rows("status-spells", one | many), cast(Together, given["together"])
    )


def _day(text: str | None, option: str) -> tuple[float, float] | None:
    if not text:
        return None
    try:
        return periods.of_text(text, "day")
    except ValueError as error:
        raise BadParameter(parameter=option, value=text, reason=str(error)) from None
