"""Commands that bring data in: setup, import, source."""

import gc
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from .. import assets, sources
from ..errors import BadSetting
from ..instance import Instance
from ..settings import Settings
from ..sources import Source, places, territories
from ..sources.run import Outcome, run
from .command import counting, err, out, table

_STATES = ("accepted", "received", "unchanged", "refused")
_SHOWN = 20
# An import makes millions of small objects: to look for circles among them after each 700 (Python's
# custom) takes a fifth of its time.
_OBJECTS = 100_000


def _import(instance: Instance, source: Source, path: Path, limit: int | None) -> Outcome:
    gc.set_threshold(_OBJECTS)
    with counting(f"importing {source.name}") as count, instance.putting_off():
        return run(instance, source, path, limit, lambda done: count(done, None), apart=True)


def report(outcome: Outcome) -> None:
    kinds = list(dict.fromkeys(kind for kind, _ in outcome.states))
    told = table("kind", "read", *_STATES)
    for kind in kinds:
        counts = [outcome.states[(kind, state)] for state in _STATES]
        told.add_row(kind, *(f"{n:,}" for n in [sum(counts), *counts]))
    totals = [sum(outcome.states[(kind, state)] for kind in kinds) for state in _STATES]
    told.add_section()
    told.add_row("all", *(f"{n:,}" for n in [sum(totals), *totals]))
    out.print(told)
    _list("note", outcome.remarks, out)
    out.print(f"no longer listed: {len(outcome.vanished)}")
    _list("no longer listed", outcome.vanished, out)
    told_refusals(outcome, out)
    told_values(outcome, out)


def told_refusals(outcome: Outcome, console: Console) -> None:
    """The first of what is refused, with the reason."""
    rows = [f"{kind}: {local}: {detail}" for kind, local, detail in outcome.refusals]
    _list("refused", rows, console)


def told_values(outcome: Outcome, console: Console) -> None:
    """How many values were changed, and how many have no place, by field."""
    _count("values put into another form (field, rule)", outcome.normalised, console)
    _count("values with no place in the model yet (field, value)", outcome.unmapped, console)


def _list(title: str, rows: list[str], console: Console) -> None:
    for row in rows[:_SHOWN]:
        console.print(f"  {title}: {row}", markup=False)
    if len(rows) > _SHOWN:
        console.print(f"  … and {len(rows) - _SHOWN} more", markup=False)


def _count(title: str, counts: Counter[tuple[str, str]], console: Console) -> None:
    if not counts:
        return
    console.print(f"{title}: {counts.total():,}", markup=False)
    fields = Counter({field: 0 for field, _ in counts})
    for (field, _), number in counts.items():
        fields[field] += number
    for field, number in fields.most_common():
        most = [f"{v} ({n})" for (f, v), n in counts.most_common() if f == field][:6]
        console.print(f"  {field}: {number:,}, such as {', '.join(most)}", markup=False)


@click.command("import")
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Do it all on a copy, and keep nothing.")
@click.option("--limit", type=click.IntRange(1), help="Take only the first items.")
def import_command(name: str, path: Path, dry_run: bool, limit: int | None) -> None:
    """Import PATH as the source NAME (see `innograph source`).

    NAME may also be a folder that holds a source.toml (docs/how-to/add-a-source.md). The same data
    twice changes nothing. Exit code 1 when an item was refused.

    \b
    Examples:
      innograph import betagouv ../beta.gouv.fr --dry-run
      innograph import aidesvelo bike_aid_by_authority_history.csv
      innograph import ./our-projects projects.xlsx
    """
    settings = Settings.from_environment()
    source = sources.load(name, settings.home)
    with copied(settings) if dry_run else itself(settings) as chosen:
        outcome = _import(Instance.open(chosen), source, path, limit)
    report(outcome)
    if dry_run:
        out.print("Nothing was kept (--dry-run).")
    sys.exit(1 if outcome.refusals else 0)


@contextmanager
def itself(settings: Settings) -> Iterator[Settings]:
    """The settings as they are, where a dry run has those of a copy."""
    yield settings


@contextmanager
def copied(settings: Settings) -> Iterator[Settings]:
    """Settings of a copy of the instance, gone afterwards: a dry run does just what a run does."""
    from ..ledger import Ledger, exists

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        copy = replace(settings, home=Path(folder), ledger=f"sqlite:///{path}")
        if exists(settings.ledger):
            ledger = Ledger.open(settings.ledger, settings.base or None, default=settings.url)
            ledger.copy(path)
            copy = replace(copy, base=ledger.base)
        yield copy


@click.command("setup")
def setup_command() -> None:
    """Load the data that is shipped, unless it is there already.

    A source that another one needs is loaded with it, left out or not.

    \b
    Examples:
      innograph setup
      INNOGRAPH_LEFT_OUT=spid,publiccode innograph setup
    """
    settings = Settings.from_environment()
    facts = {path.stem: path for path in sorted((assets.data() / "facts").glob("*.jsonl"))}
    left_out = set(filter(None, (name.strip() for name in settings.left_out.split(","))))
    if unknown := left_out - facts.keys():
        reason = f"the shipped sources are {', '.join(facts)}"
        value = ", ".join(sorted(unknown))
        raise BadSetting(setting="INNOGRAPH_LEFT_OUT", value=value, reason=reason)
    instance = Instance.open(settings)
    for name in sorted(facts.keys() & left_out):
        out.print(f"{name}: left out", markup=False)
    for path in (path for name, path in facts.items() if name not in left_out):
        source = sources.load(path.stem)
        if instance.ledger.dossiers_of(source.contributor):
            out.print(f"{path.stem}: loaded already", markup=False)
            continue
        outcome = _import(instance, source, path, None)
        out.print(path.stem, style="bold", markup=False)
        report(outcome)


@click.group("source")
def source_command() -> None:
    """The sources that data comes from.

    \b
    Example:
      innograph source list
    """


@source_command.command("list")
def source_list() -> None:
    """List the sources, with licence and snapshot.

    \b
    Example:
      innograph source list
    """
    told = table("name", "title", "licence", "snapshot")
    home = Settings.from_environment().home
    for name in sources.names(home):
        source = sources.load(name, home)
        told.add_row(name, source.title["en"], source.licence, source.snapshot)
    out.print(told)


@source_command.command("territories")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", "target", required=True, type=click.Path(path_type=Path))
def source_territories(folder: Path, target: Path) -> None:
    """Write the table of French territories from the JSON lists in FOLDER.

    \b
    Example:
      innograph source territories reference/fr -o data/reference/fr-territories.csv
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        err.print(f"{territories.write(folder, file)} territories in {target}", markup=False)


@source_command.command("countries")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", "target", required=True, type=click.Path(path_type=Path))
def source_countries(folder: Path, target: Path) -> None:
    """Write the table of countries from the lists in FOLDER.

    \b
    Example:
      innograph source countries reference -o data/reference/countries.csv
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        err.print(f"{places.write_countries(folder, file)} countries in {target}", markup=False)


@source_command.command("regions")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", "target", required=True, type=click.Path(path_type=Path))
def source_regions(folder: Path, target: Path) -> None:
    """Write the table of European regions (NUTS 2021) from the list in FOLDER.

    \b
    Example:
      innograph source regions reference -o data/reference/nuts-2021.csv
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        err.print(f"{places.write_regions(folder, file)} regions in {target}", markup=False)


@source_command.command("facts")
@click.argument("name")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", "target", required=True, type=click.Path(path_type=Path))
def source_facts(name: str, path: Path, target: Path) -> None:
    """Write the facts of a source, without other people's prose, as one JSON object a line.

    \b
    Example:
      innograph source facts betagouv ../beta.gouv.fr -o data/facts/betagouv.jsonl
    """
    source = sources.load(name, Settings.from_environment().home)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    with half.open("w", encoding="utf-8") as file:
        number = sources.write_facts(source, sources.read(source, path, facts=True), file)
    shutil.move(half, target)
    err.print(f"{number} items in {target}", markup=False)
