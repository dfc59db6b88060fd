"""Commands about people: token, invite, revoke, queue, decide, withdraw, erase."""

import getpass
import sys

import click

from .. import contributions
from ..errors import DumpsBusy, NotFound
from ..instance import Instance
from ..ledger import Event
from ..publication import dumps
from ..settings import Settings
from .command import counting, err, out, table

reason_option = click.option("--reason", required=True, help="Why; kept in the ledger and shown.")
decider_option = click.option(
    "--decider", default=getpass.getuser, show_default="your user name", help="Who decides."
)


def _key(address: str) -> str:
    """The last part of a receipt's address, or the key itself."""
    return address.rstrip("/").rsplit("/", 1)[-1]


@click.command("token")
@click.option("--label", required=True, help="Who it is for; seen by operators only.")
@click.option("--contributor", help="An existing contributor's id, for one more token.")
@click.option("--days", type=int, help="Days until it expires.  [default: never]")
def token_command(label: str, contributor: str | None, days: int | None) -> None:
    """Make a token with which a program sends contributions. It is shown once.

    \b
    Example:
      innograph token --label "data team of the Région"
    """
    ledger = Instance.open(Settings.from_environment()).ledger
    secret = ledger.issue_pass("token", label, contributor=contributor, days=days)
    click.echo(secret)
    err.print("Keep it: it is not shown again. Send it as Authorization: Bearer …", markup=False)


@click.command("invite")
@click.option("--label", required=True, help="Who is invited; seen by operators only.")
@click.option("--innovation", help="Address of the innovation that the form is about.")
@click.option("--days", type=int, default=90, show_default=True, help="Days until it expires.")
def invite_command(label: str, innovation: str | None, days: int) -> None:
    """Make a link that opens the form "we adopted this".

    \b
    Example:
      innograph invite --label "Mairie de X" --innovation http://127.0.0.1:8000/id/innovation/pix
    """
    instance = Instance.attach(Settings.from_environment())
    secret = instance.ledger.issue_pass("invitation", label, about=innovation, days=days)
    click.echo(f"{instance.settings.url}/adopted?invitation={secret}")


@click.command("revoke")
@click.argument("contributor")
def revoke_command(contributor: str) -> None:
    """Close all tokens and invitations of CONTRIBUTOR (an id); what was sent stays.

    \b
    Example:
      innograph revoke contributor/0f3c…
    """
    ledger = Instance.open(Settings.from_environment()).ledger
    if not ledger.passes(contributor):
        raise NotFound(iri=contributor)
    click.echo(f"{ledger.revoke(contributor)} closed")


@click.command("queue")
def queue_command() -> None:
    """List what waits for a decision.

    \b
    Example:
      innograph queue
    """
    instance = Instance.attach(Settings.from_environment())
    told = table("receipt", "received", "contributor", "about")
    waiting = instance.ledger.queue()
    for event in waiting:
        told.add_row(event.receipt, event.time, event.contributor, event.thing)
    out.print(told if waiting else "Nothing waits.")


@click.command("decide")
@click.argument("decision", type=click.Choice(["accept", "refuse", "show"]))
@click.argument("receipt")
@click.option("--reason", default="", help="Why; kept in the ledger. Needed to refuse.")
@decider_option
def decide_command(decision: str, receipt: str, reason: str, decider: str) -> None:
    """Accept or refuse what waits under RECEIPT (its address or key); `show` prints it first.

    What is accepted can be queried when the command returns, also on a running server. Exit code 1
    when other dossiers point at what it no longer tells: they are listed.

    \b
    Examples:
      innograph decide show 0f3c…
      innograph decide accept 0f3c… --reason "confirmed by telephone"
    """
    instance = Instance.attach(Settings.from_environment())
    if decision == "show":
        for event in contributions.history(instance, _key(receipt)):
            content = instance.ledger.payload(event.dossier, event.payload or "")
            click.echo(f"# {event.kind} {event.time} by {event.contributor}")
            click.echo(content or b"# erased\n", nl=False)
        return
    if decision == "refuse" and not reason:
        raise click.UsageError("A refusal needs a --reason: the contributor reads it.")
    event = contributions.decide(instance, _key(receipt), decision == "accept", decider, reason)
    click.echo(f"{event.kind} {event.dossier} revision {instance.ledger.revision()}")
    if event.kind == "accepted":
        _tell_broken(instance, event)


def _tell_broken(instance: Instance, event: Event) -> None:
    """List the dossiers that point at what is gone, and end with 1 if there are any."""
    broken = contributions.broken_by(instance, event)
    for other, report in broken.items():
        err.print(f"{other}: {'; '.join(report.sentences('en'))}", markup=False)
    sys.exit(1 if broken else 0)


@click.command("withdraw")
@click.argument("dossier")
@reason_option
@decider_option
def withdraw_command(dossier: str, reason: str, decider: str) -> None:
    """Take a public dossier out of the graph; the ledger keeps it.

    Exit code 1 when other dossiers now point at something that is gone: they are listed.

    \b
    Example:
      innograph withdraw http://127.0.0.1:8000/id/dossier/… --reason "sent by mistake"
    """
    instance = Instance.attach(Settings.from_environment())
    event = contributions.withdraw(instance, dossier, decider, reason)
    if event is None:
        click.echo("withdrawn already")
        return
    click.echo(f"withdrawn {dossier} revision {instance.ledger.revision()}")
    _tell_broken(instance, event)


@click.command("erase")
@click.option("--dossier", help="Address of the dossier whose content is destroyed.")
@click.option("--contributor", help="Id of the contributor whose every dossier is destroyed.")
@reason_option
@decider_option
@click.option("--dry-run", is_flag=True, help="Only tell what would be destroyed.")
@click.confirmation_option(prompt="What is erased cannot be had back. Go on?")
def erase_command(
    dossier: str | None, contributor: str | None, reason: str, decider: str, dry_run: bool
) -> None:
    """Destroy the content of a dossier, or of all that a contributor sent.

    The ledger's chain still verifies, and rebuild still works. Kept dumps are made anew without it;
    until then nobody is given them.

    \b
    Example:
      innograph erase --dossier http://127.0.0.1:8000/id/dossier/… --reason "court order" --yes
    """
    if (dossier is None) == (contributor is None):
        raise click.UsageError("Give --dossier or --contributor.")
    instance = Instance.attach(Settings.from_environment())
    if dry_run:
        told = instance.ledger.dossiers_of(contributor or "")
        chosen = sorted(told | instance.ledger.latest([dossier or ""]).keys())
    else:
        chosen = instance.ledger.erase(
            dossier=dossier, contributor=contributor, reason=reason, decider=decider
        )
        instance.follow()
        _out_of_dumps(instance)
    for iri in chosen:
        click.echo(iri)
    err.print(f"{len(chosen)} dossiers {'would be ' if dry_run else ''}erased", markup=False)


def _out_of_dumps(instance: Instance) -> None:
    """Make anew the dumps that hold what was erased, unless a server is at it already."""
    try:
        with counting("making dumps anew") as count:
            again = dumps.refresh(instance, count)
        err.print(f"{len(again)} dumps made anew", markup=False)
    except DumpsBusy:
        err.print("The server makes the dumps anew; nobody is given the old ones.", markup=False)
