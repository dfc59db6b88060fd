"""`innograph dump`: files of the whole graph for others to take."""

import click

from ..instance import Instance
from ..publication import dumps
from ..settings import Settings
from .command import counting, err, out, table


@click.command("dump")
@click.option("--dry-run", is_flag=True, help="Only tell which dumps there are, and what is to do.")
def dump_command(dry_run: bool) -> None:
    """Make the dump of the present revision, in the folder `dumps` of INNOGRAPH_HOME.

    A server makes one by itself after a change. The last three and the first of each month are
    kept. One that holds what has been erased since is made anew without it.

    \b
    Examples:
      innograph dump
      innograph dump --dry-run
    """
    instance = Instance.attach(Settings.from_environment())
    if dry_run:
        _tell(instance)
        return
    with counting("making the dump") as count:
        made = dumps.make(instance, count)
    listed = table("file", "bytes")
    for name in dumps.names(made):
        listed.add_row(name, f"{(made.path / name).stat().st_size:,}")
    out.print(listed)
    click.echo(f"revision {made.revision} in {made.path}")


def _tell(instance: Instance) -> None:
    revision, known = instance.ledger.revision(), dumps.kept(instance.settings, instance.ledger)
    for dump in known:
        size = sum((dump.path / name).stat().st_size for name in dumps.names(dump))
        click.echo(f"revision {dump.revision}, {dump.facts['time']}, {size:,} bytes")
    done = any(dump.revision == revision for dump in known)
    err.print(f"revision {revision} {'is dumped' if done else 'would be dumped'}", markup=False)
