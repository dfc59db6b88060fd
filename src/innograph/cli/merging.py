"""Commands about things that are one: merge, unmerge."""

import getpass

import click

from .. import decisions
from ..instance import Instance
from ..settings import Settings

_reason = click.option("--reason", required=True, help="Why; kept in the ledger and shown.")
_decider = click.option(
    "--decider", default=getpass.getuser, show_default="your user name", help="Who decides."
)
_NAMING = """SELECT ?dossier {
  { SELECT DISTINCT ?dossier { GRAPH ?dossier { { <THING> ?p ?o } UNION { ?s ?p <THING> } } } }
  ?dossier a inno:Dossier
}"""


@click.command("merge")
@click.argument("loser")
@click.argument("survivor")
@_reason
@_decider
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
        for dossier in sorted(instance.store.find(_NAMING.replace("THING", loser))):
            click.echo(dossier)
    else:
        decisions.merge(instance, loser, survivor, decider, reason)
        click.echo(f"merged {loser} revision {instance.ledger.revision()}")


@click.command("unmerge")
@click.argument("loser")
@_reason
@_decider
def unmerge_command(loser: str, reason: str, decider: str) -> None:
    """Take a merge back: LOSER is a thing of its own again.

    \b
    Example:
      innograph unmerge http://127.0.0.1:8000/id/innovation/pix-2 --reason "two different ones"
    """
    instance = Instance.attach(Settings.from_environment())
    decisions.unmerge(instance, loser, decider, reason)
    click.echo(f"unmerged {loser} revision {instance.ledger.revision()}")
