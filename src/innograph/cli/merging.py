"""Commands about things that are one: merge, unmerge."""

import click

from .. import decisions, queries
from ..instance import Instance
from ..settings import Settings
from .people import decider_option, reason_option

_NAMING = "dossiers-naming"


@click.command("merge")
@click.argument("loser")
@click.argument("survivor")
@reason_option
@decider_option
@click.option("--dry-run", is_flag=True, help="Only tell which dossiers name LOSER.")
def merge_command(loser: str, survivor: str, reason: str, decider: str, dry_run: bool) -> None:
    """Have SURVIVOR stand for LOSER, which is the same: two addresses of things of one kind.

    What dossiers say stays as it was sent. Whoever asks for LOSER is led to SURVIVOR.

    \b
    Example:
      innograph merge https://example.org/id/innovation/pix-2 \\
        https://example.org/id/innovation/pix --reason "one and the same"
    """
    instance = Instance.attach(Settings.from_environment())
    changes = decisions.mergeable(instance, loser, survivor)
    if not changes:
        click.echo("merged already")
    elif dry_run:
        naming = queries.load(_NAMING).bind({"thing": [loser]})
        for dossier in sorted(instance.store.find(naming)):
            click.echo(dossier)
    else:
        decisions.merge(instance, loser, survivor, decider, reason)
        click.echo(f"merged {loser} revision {instance.ledger.revision()}")


@click.command("unmerge")
@click.argument("loser")
@reason_option
@decider_option
def unmerge_command(loser: str, reason: str, decider: str) -> None:
    """Take a merge back: LOSER is a thing of its own again.

    \b
    Example:
      innograph unmerge http://127.0.0.1:8000/id/innovation/pix-2 --reason "two different ones"
    """
    instance = Instance.attach(Settings.from_environment())
    decisions.unmerge(instance, loser, decider, reason)
    click.echo(f"unmerged {loser} revision {instance.ledger.revision()}")
