"""Commands for sources that are described without Python: source new, source try."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .. import media, sources, vocab
from ..errors import BadTable, MissingData
from ..instance import Instance
from ..settings import Settings
from ..sources import Item, Refusal, Remark, Source, draft, items
from ..sources.mapping import graph_of, made
from ..sources.run import Outcome, take
from .arrivals import copied, source_command, told_refusals, told_values
from .command import err, out, table

__all__ = ["source_command"]
_ROWS = 10


@source_command.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--type", "kind", default="Innovation", show_default=True, help="What a row is.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="Of the texts; INNOGRAPH_LANG.")
def source_new(folder: Path, file: Path, kind: str, language: str | None) -> None:
    """Write the draft of a source into a new FOLDER: its columns, with fields where names fit.

    The folder's name is the name of the source, for ever. Nothing is written over.

    \b
    Example:
      innograph source new our-projects projects.xlsx
      innograph source new our-users users.csv --type PublicOrganisation
    """
    language = language or Settings.from_environment().lang
    path = draft.write(folder, file, kind, language)
    out.print(f"Written: {path}. Fill in whose data it is, then:", markup=False)
    out.print(f"  innograph source try {folder} {file}", markup=False)


@source_command.command("try")
@click.argument("folder")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rows", type=click.IntRange(1), default=_ROWS, show_default=True)
@click.option("--format", "form", type=click.Choice(["table", "turtle", "json"]), default="table")
def source_try(folder: str, file: Path, rows: int, form: str) -> None:
    """Show what the first rows of FILE become, and what the check says; nothing is kept.

    Exit code 1 when a row, or a thing of it, would be refused.

    \b
    Examples:
      innograph source try our-projects projects.xlsx
      innograph source try our-projects projects.xlsx --rows 3 --format turtle
    """
    settings = Settings.from_environment()
    source = sources.load(folder, settings.home)
    if source.declaration is None:
        raise BadTable(path=folder, detail="it is read by Python; use innograph import --dry-run")
    if not file.exists():
        raise MissingData(path=file, advice=f"The source is published at {source.address}")
    told = list(items.read(file, source, rows=rows))
    things = [thing for thing in told if isinstance(thing, Item)]
    with copied(settings) as chosen:
        instance = Instance.open(chosen)
        found = made(told, source, instance.base)
        outcome = take(instance, source, found, limit=len(told) + 1)
        base = instance.base
    if form == "turtle":
        _turtle(things, source, base)
    elif form == "json":
        out.print(
            "\n".join(json.dumps(item.data, ensure_ascii=False) for item in things), markup=False
        )
    else:
        _table(told)
    _messages(outcome, source, told)
    sys.exit(1 if outcome.refusals else 0)


def _table(told: Sequence[Item | Refusal | Remark]) -> None:
    shown = table("row", "thing", "field", "value")
    for item in told:
        if isinstance(item, Item):
            shown.add_section()
            place, local = item.place, item.local
            for name, value in _fields(item.data):
                shown.add_row(place, local, name, value)
                place = local = ""
        elif isinstance(item, Refusal):
            shown.add_section()
            shown.add_row(item.local, "refused", item.kind, item.detail)
    out.print(shown)


def _fields(data: dict[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Field and value of each value, parts by their path."""
    found = []
    for name, told in data.items():
        if name == "id" or (above and name == "type"):
            continue
        for value in told if isinstance(told, list) else [told]:
            if isinstance(value, dict) and "id" in value:
                found += _fields(value, f"{above}{name}.")
            elif isinstance(value, dict) and "@value" in value:
                lang = value.get("@language", "")
                found.append((f"{above}{name}{'@' if lang else ''}{lang}", value["@value"]))
            elif isinstance(value, dict):
                texts = ((lang, text) for lang, several in value.items() for text in several)
                found += [(f"{above}{name}@{lang}", text) for lang, text in texts]
            else:
                found.append((f"{above}{name}", str(value)))
    return found


def _turtle(made: Sequence[Item], source: Source, base: str) -> None:
    graph = media.bare()
    for item in made:
        graph += graph_of(item, source, base)
    turtle = media.by_extension("ttl")
    assert turtle is not None
    text = media.serialize(graph, turtle, vocab.prefixes() | {"": f"{base}/id/"})
    out.print(text.decode(), markup=False, highlight=False)


def _messages(outcome: Outcome, source: Source, told: Sequence[Item | Refusal | Remark]) -> None:
    """On the other channel, so that what is shown can be kept."""
    for remark in outcome.remarks:
        err.print(f"note: {remark}", markup=False)
    told_values(outcome, err)
    told_refusals(outcome, err)
    things = sum(isinstance(thing, Item) for thing in told)
    refused = len({local for _, local, _ in outcome.refusals})
    summary = f"{things} things of {source.name}; {refused} refused. Nothing was kept."
    err.print(summary, markup=False)
