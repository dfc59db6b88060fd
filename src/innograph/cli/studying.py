"""What a measure of diffusion is computed on, from options: the graph, or a researcher's files."""

import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from .. import media, queries
from ..diffusion import periods, reading
from ..diffusion.events import Events, Population
from ..diffusion.networks import Network, told_network
from ..diffusion.periods import Unit
from ..diffusion.study import Study
from ..errors import BadParameter
from ..instance import Instance
from ..settings import Settings
from .command import err

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def choice(option: str, name: str, *values: str, help: str) -> Callable[..., Any]:
    """An option with one of some values, by default the first."""
    kind = click.Choice(values)
    return click.option(option, name, type=kind, default=values[0], show_default=True, help=help)


def number(option: str, default: float, help: str) -> Callable[..., Any]:
    """An option that is a number from 0, whole when its default is."""
    kind = click.IntRange(0) if isinstance(default, int) else click.FloatRange(0)
    return click.option(option, type=kind, default=default, show_default=True, help=help)


def positive(option: str, default: int, help: str) -> Callable[..., Any]:
    """An option that is a whole number from 1."""
    kind = click.IntRange(1)
    return click.option(option, type=kind, default=default, show_default=True, help=help)


def _filter(name: str, help: str) -> Callable[..., Any]:
    return click.option(f"--{name}", multiple=True, metavar="ADDRESS", help=help)


_COLUMNS = ", ".join(reading.EVENTS), ", ".join(reading.EVENTS_MORE)
_OPTIONS = (
    click.option("--events", type=_FILE, help="CSV with {}; perhaps {}.".format(*_COLUMNS)),
    click.option(
        "--network",
        metavar="FILE|told",
        help="Innovations travel from `from` to `to`: CSV with from, to; perhaps weight, time. "
        "Or told: from the models that adoptions tell to those who followed them.",
    ),
    click.option(
        "--population",
        metavar="FILE|ADDRESS",
        help="Who could adopt: CSV with adopter, from, to; or a population of the graph.",
    ),
    _filter("innovation", "Only this one; its name, where --events is given."),
    _filter("theme", "Only innovations on it, or on what is narrower."),
    _filter("kind", "Only this kind of innovation."),
    _filter("territory", "Only adopters in it."),
    click.option("--from", "first", metavar="TIME", help="First period observed."),
    click.option("--to", "last", metavar="TIME", help="Last period observed."),
    choice("--unit", "unit", "year", "month", "day", help="What dates are counted in."),
    choice(
        *("--when", "when", "latest", "earliest", "middle", "exact"),
        help="Which time is taken of those that bounds allow.",
    ),
    choice("--lang", "lang", "en", "fr", help="Language of names."),
    click.option("--anyway", is_flag=True, help="Go on though most dates are of a first listing."),
)
_NAMES = (
    *("events", "network", "population", "innovation", "theme", "kind", "territory"),
    *("first", "last", "unit", "when", "lang", "anyway"),
)


def about(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what is measured."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def study_of(given: dict[str, Any]) -> tuple[Study, dict[str, Any]]:
    """The study that options name, and the options that are the measure's own."""
    options = {name: given.pop(name) for name in _NAMES}
    graph, unit = Graph(), options["unit"]
    members = _members(options, graph) if options["population"] is not None else None
    first = _time(options["first"], "--from", unit)[0] if options["first"] else None
    last = _time(options["last"], "--to", unit)[1] if options["last"] else None
    told = _events(options, graph)
    network = _network(options["network"], told, unit)
    return (
        Study(told, members, network, unit, options["when"], first, last, options["anyway"]),
        given,
    )


def _members(options: dict[str, Any], graph: "Graph") -> Population:
    named, unit = options["population"], options["unit"]
    if Path(named).is_file():
        return reading.population_file(Path(named).read_bytes(), named, unit)
    reason = "there is no such file"
    if options["events"] is None:
        asked = {"population": [named], "lang": [options["lang"]]}
        members = reading.population_told(graph.rows("population-lives", asked), unit)
        if members.members:
            return members
        reason = "the graph knows no member; see: innograph query populations"
    raise BadParameter(parameter="--population", value=named, reason=reason)


def _events(options: dict[str, Any], graph: "Graph") -> Events:
    unit, path = options["unit"], options["events"]
    if path is not None:
        if options["theme"] or options["kind"] or options["territory"]:
            raise click.UsageError("--theme, --kind and --territory are asked of the graph only.")
        told = reading.events_file(path.read_bytes(), str(path), unit)
        return told.only(options["innovation"]) if options["innovation"] else told
    filters = ("innovation", "theme", "kind", "territory")
    values = {name: list(options[name]) for name in filters} | {"lang": [options["lang"]]}
    population = options["population"]
    if population is not None and not Path(population).is_file():
        values["population"] = [population]
    return reading.events_told(graph.rows("adoption-events", values), unit)


def _network(named: str | None, told: Events, unit: Unit) -> Network | None:
    if named is None or named == "told":
        return told_network(told) if named else None
    if not Path(named).is_file():
        reason = "it is neither a file nor: told"
        raise BadParameter(parameter="--network", value=named, reason=reason)
    return reading.network_file(Path(named).read_bytes(), named, unit)


def _time(text: str, option: str, unit: Unit) -> tuple[float, float]:
    try:
        return periods.of_text(text, unit)
    except ValueError as error:
        raise BadParameter(parameter=option, value=text, reason=str(error)) from None


class Graph:
    """The graph, loaded once for all that a command asks."""

    @cached_property
    def instance(self) -> Instance:
        return Instance.attach(Settings.from_environment())

    def rows(self, query: str, values: dict[str, list[str]]) -> list[dict[str, str]]:
        """The rows of a stored query, each cell as its text."""
        text = queries.load(query).bind(values)
        with err.status("Asking the graph"):
            return self.instance.ask(text, media.JSON_ROWS).rows()


def out_of(body: bytes, target: Path | None, notes: Iterable[str] = ()) -> None:
    """Write what was made to a file, or to standard output; notes to standard error."""
    if target is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        target.write_bytes(body)
        err.print(f"written: {target}", markup=False)
    for note in notes:
        err.print(f"Note: {note}", markup=False)
