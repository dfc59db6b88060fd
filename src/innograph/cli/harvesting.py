"""`innograph harvest`: take what sources tell over the network."""

import sys
import time

import click

from .. import sources
from ..errors import InnographError
from ..instance import Instance
from ..settings import Settings
from ..sources.harvest.run import harvest
from .arrivals import copied, itself, report
from .command import counting, err, out


@click.command("harvest")
@click.argument("names", nargs=-1)
@click.option("--all", "all_of_them", is_flag=True, help="All sources that can be harvested.")
@click.option("--every", type=float, metavar="HOURS", help="Again and again; until it is ended.")
@click.option("--dry-run", is_flag=True, help="Do it all on a copy, and keep nothing.")
def harvest_command(
    names: tuple[str, ...], all_of_them: bool, every: float | None, dry_run: bool
) -> None:
    """Ask the sources NAMES for what they have, and take it as an import does.

    A source that is asked has a table [harvest] in its source.toml, in a folder of its name in
    `sources` in the home (docs/how-to/harvest-from-the-web.md). One that was broken off goes on.
    Exit code 1 when a source or an item of it failed. /harvests shows each last run.

    \b
    Examples:
      innograph harvest other-graph --dry-run
      innograph harvest --all
      innograph harvest --all --every 24
    """
    if bool(names) == all_of_them:
        raise click.UsageError("Name sources, or give --all.")
    settings = Settings.from_environment()
    while True:
        known = sources.names(settings.home) if all_of_them else names
        chosen = [sources.load(name, settings.home) for name in known]
        wanted = [source for source in chosen if source.harvest or not all_of_them]
        if not wanted:
            out.print("No source can be harvested: none has a table [harvest].", markup=False)
        failed = [source for source in wanted if not _harvested(settings, source, dry_run)]
        if every is None:
            sys.exit(1 if failed else 0)
        time.sleep(every * 3600)


def _harvested(settings: Settings, source: sources.Source, dry_run: bool) -> bool:
    """Whether all that a source told was taken."""
    out.print(source.name, style="bold", markup=False)
    with copied(settings) if dry_run else itself(settings) as chosen:
        instance = Instance.attach(chosen)
        try:
            with counting(f"harvesting {source.name}") as count, instance.putting_off():
                outcome = harvest(instance, source, lambda done: count(done, None))
        except InnographError as error:
            err.print(f"{source.name}: {error}", style="red", markup=False)
            return False
        finally:
            instance.ledger.close()
    report(outcome)
    if dry_run:
        out.print("Nothing was kept (--dry-run).")
    return not outcome.refusals
