"""Commands that find what is the same: reconcile propose, review, apply, undo, measure, lists."""

import getpass
import sys
from collections import Counter
from pathlib import Path

import click

from .. import assets, contributions, decisions
from ..errors import BadParameter
from ..instance import Instance
from ..reconciliation import dossiers, gazetteers, measure, proposal, review
from ..reconciliation.matches import Link
from ..reconciliation.told import rows
from ..settings import Settings
from .command import err, out, table

_SHOWN = 20
_LEAST_PRECISION = 0.98
_only = click.option(
    "--only",
    type=click.Choice(proposal.SUBJECTS),
    multiple=True,
    help="Look at these only.  [default: both]",
)
_decider = click.option(
    "--decider", default=getpass.getuser, show_default="your user name", help="Who decides."
)


@click.group("reconcile")
def reconcile_command() -> None:
    """Find what is the same under several names, and say so in a way that can be undone.

    Certain links are made by rules; for the rest a person is asked, once.

    \b
    Examples:
      innograph reconcile propose -o candidates.csv   what may be the same
      innograph reconcile review candidates.csv       keep what you decided in that file
      innograph reconcile apply --dry-run             what would be published
    """


@reconcile_command.command("propose")
@click.option("-o", "--out", "target", type=click.Path(path_type=Path), help="Write a CSV to it.")
@_only
def propose_command(target: Path | None, only: tuple[str, ...]) -> None:
    """List the candidates that wait for a person, with what speaks for each; changes nothing.

    Fill in the first column of the CSV (yes or no) and give it to `reconcile review`.

    \b
    Examples:
      innograph reconcile propose
      innograph reconcile propose --only innovations -o candidates.csv
    """
    instance = Instance.open(Settings.from_environment())
    links = proposal.propose(instance, only or proposal.SUBJECTS)
    waiting = proposal.waiting(instance, links)
    _by_rule(links, waiting)
    if target is not None:
        with target.open("w", encoding="utf-8", newline="") as file:
            number = review.write(waiting, file)
        err.print(f"{number} candidates in {target}", markup=False)
        return
    told = table("sure", "name", "other", "rule")
    for link in waiting[:_SHOWN]:
        told.add_row(f"{link.sure:.2f}", *link.names, link.rule)
    out.print(told)
    if len(waiting) > _SHOWN:
        out.print(f"… and {len(waiting) - _SHOWN} more: write them all with --out")


def _by_rule(links: list[Link], waiting: list[Link]) -> None:
    certain = Counter(link.rule for link in links if link.certain)
    open_ones = Counter(link.rule for link in waiting)
    told = table("rule", "certain links", "candidates")
    for rule in sorted(certain.keys() | open_ones.keys()):
        told.add_row(rule, f"{certain[rule]:,}", f"{open_ones[rule]:,}")
    told.add_section()
    told.add_row("all", f"{certain.total():,}", f"{open_ones.total():,}")
    out.print(told)


@reconcile_command.command("review")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read the file and tell what would be kept.")
@_decider
def review_command(file: Path, dry_run: bool, decider: str) -> None:
    """Keep the decisions that stand in FILE, as `reconcile propose --out` wrote it.

    yes: the two are the same, and the graph says so. no: they are not; you are not asked again.
    Lines without a decision wait.

    \b
    Examples:
      innograph reconcile review candidates.csv --dry-run
      innograph reconcile review candidates.csv --decider "data team"
    """
    instance = Instance.open(Settings.from_environment())
    told = review.read(file.read_text("utf-8-sig"))
    links = {link.local: link for link in proposal.propose(instance)}
    if unknown := [line.local for line in told if line.local not in links]:
        reason = "nothing of that id is proposed: " + ", ".join(unknown[:3])
        raise BadParameter(parameter="id", value=unknown[0], reason=reason)
    counted: Counter[str] = Counter()
    for line in told:
        counted["yes" if line.accept else "no"] += 1
        if not dry_run:
            reason = line.reason or "reviewed"
            dossiers.settle(instance, links[line.local], line.accept, decider, reason)
    out.print(f"yes: {counted['yes']}, no: {counted['no']}")
    if dry_run:
        out.print("Nothing was kept (--dry-run).")


@reconcile_command.command("apply")
@click.option("--dry-run", is_flag=True, help="Tell what would be published, and publish nothing.")
@_only
def apply_command(dry_run: bool, only: tuple[str, ...]) -> None:
    """Publish the certain links, and the candidates as possible duplicates.

    Twice changes nothing; what is proposed no more is withdrawn. Exit code 1 when a link cannot be
    made.

    \b
    Examples:
      innograph reconcile apply --dry-run
      innograph reconcile apply
    """
    instance = Instance.open(Settings.from_environment())
    if only and not dry_run:
        raise click.UsageError("--only is for --dry-run: else the others would be withdrawn.")
    links = proposal.propose(instance, only or proposal.SUBJECTS)
    outcome = dossiers.apply(instance, links, dry=dry_run)
    told = table("rule", "state", "links")
    for (rule, state), number in sorted(outcome.states.items()):
        told.add_row(rule, state, f"{number:,}")
    out.print(told)
    if not only:
        out.print(f"proposed no more: {len(outcome.vanished)}")
    for local, sentences in outcome.refusals[:_SHOWN]:
        out.print(f"  refused: {local}: {sentences}", markup=False)
    if dry_run:
        out.print("Nothing was published (--dry-run).")
    sys.exit(1 if outcome.refusals else 0)


@reconcile_command.command("undo")
@click.argument("dossier", nargs=-1)
@click.option("--rule", help="All links and candidates of this rule.")
@click.option("--all", "everything", is_flag=True, help="All that reconciliation has published.")
@click.option("--decision", is_flag=True, help="Also take back a person's decision.")
@click.option("--dry-run", is_flag=True, help="Tell what would be withdrawn, and withdraw nothing.")
@_decider
def undo_command(
    dossier: tuple[str, ...],
    rule: str | None,
    everything: bool,
    decision: bool,
    dry_run: bool,
    decider: str,
) -> None:
    """Withdraw links: one or several by the address of their DOSSIER, those of a rule, or all.

    `innograph query reconciled` lists them. The next `apply` makes them again; to have a link never
    again, decide "no" in a review. A person's decision stays, unless --decision is given.

    \b
    Examples:
      innograph reconcile undo http://127.0.0.1:8000/id/dossier/…
      innograph reconcile undo --rule former-name --dry-run
    """
    if sum(map(bool, (dossier, rule, everything))) != 1:
        raise click.UsageError("Give one of: addresses of dossiers, --rule, --all.")
    instance = Instance.open(Settings.from_environment())
    known = rows(instance, "reconciled")
    own = instance.ledger.dossiers_of(dossiers.CONTRIBUTOR)
    chosen = {row["dossier"] for row in known if everything or row["rule"] == rule}
    chosen |= set(dossier)
    if foreign := sorted(set(dossier) - own):
        reason = "reconciliation has no such dossier; see: innograph query reconciled"
        raise BadParameter(parameter="dossier", value=foreign[0], reason=reason)
    latest = instance.ledger.latest(chosen)
    settled = {iri for iri, event in latest.items() if decisions.decided(event)}
    counted: Counter[str] = Counter()
    for iri in sorted(chosen):
        if iri in settled and not decision:
            counted["decided by a person, kept"] += 1
            continue
        counted["withdrawn"] += 1
        if not dry_run and iri in settled:
            decisions.reopen(instance, iri, decider, "decision taken back")
        elif not dry_run:
            contributions.withdraw(instance, iri, dossiers.CONTRIBUTOR, f"undone by {decider}")
    for state, number in sorted(counted.items()):
        out.print(f"{state}: {number:,}")
    if dry_run:
        out.print("Nothing was withdrawn (--dry-run).")


@reconcile_command.command("measure")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--among",
    type=click.Path(exists=True, path_type=Path),
    help="A file with more names, one a line, among which spellings are looked for.",
)
def measure_command(folder: Path, among: Path | None) -> None:
    """Hold the rules against the names in FOLDER that a person reconciled by hand.

    Exit code 1 when of one list's links fewer than 98 of 100 are right.

    \b
    Example:
      innograph reconcile measure tests/cases/reconciliation
    """
    more = among.read_text("utf-8").split("\n") if among else []
    told = table("list", "rule", "links", "right", "precision", "recall", "with candidates")
    poor = False
    for name in measure.LISTS:
        found = measure.trials(folder, name, more)
        for rule in [*sorted({trial.rule for trial in found}), None]:
            counted = measure.measured(found, rule)
            told.add_row(
                name,
                rule or "all",
                str(counted.links),
                str(counted.right),
                f"{counted.precision:.3f}" if counted.links else "-",
                f"{counted.recall:.3f}" if counted.wanted else "-",
                f"{counted.found:.3f}" if counted.wanted else "-",
            )
        told.add_section()
        poor |= measure.measured(found).precision < _LEAST_PRECISION
    out.print(told)
    sys.exit(1 if poor else 0)


@reconcile_command.command("lists")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def lists_command(folder: Path) -> None:
    """Write the lists of former communes and of Italian provinces from the reference in FOLDER.

    They go into data/reference.

    \b
    Example:
      innograph reconcile lists reference
    """
    reference = assets.data() / "reference"
    path = reference / "fr-former-communes.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        number = gazetteers.write_former_communes(folder / "fr", file)
    err.print(f"{number} former communes in {path.name}", markup=False)
    path = reference / "it-provinces.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        number = gazetteers.write_provinces(folder / "nuts" / "nuts-2021.rdf", "IT", file)
    err.print(f"{number} provinces in {path.name}", markup=False)
