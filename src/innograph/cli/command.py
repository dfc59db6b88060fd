"""The `innograph` command: its group, its errors, and the commands that it gathers."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from .. import __version__
from ..errors import InnographError, Invalid

# Where each command lives: a module is only read when one of its commands is called.
_COMMANDS = {
    "serve": "serving",
    "setup": "arrivals",
    "import": "arrivals",
    "source": "describing",
    "reconcile": "reconciling",
    "check": "graph",
    "query": "graph",
    "stats": "graph",
    "rebuild": "graph",
    "verify": "graph",
    "dump": "dumping",
    "diffusion": "diffusing",
    "model": "model",
    "token": "people",
    "invite": "people",
    "revoke": "people",
    "queue": "people",
    "decide": "people",
    "withdraw": "people",
    "erase": "people",
    "harvest": "harvesting",
    "merge": "merging",
    "unmerge": "merging",
}
# A table in a pipe is as wide as it needs to be; on a screen its cells are folded, never cut.
out = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 10_000)
err = Console(stderr=True, soft_wrap=True)


def table(*columns: str) -> Table:
    """An empty table."""
    return Table(*(Column(name, overflow="fold") for name in columns))


@contextmanager
def counting(description: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on the screen while something is done; told how many, of how many if it is known."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"))
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = import_module(f".{_COMMANDS[name]}", __package__)
        found = getattr(module, f"{name}_command")
        assert isinstance(found, click.Command)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Invalid as error:
            err.print(str(error), style="red", markup=False)
            for sentence in error.report.sentences("en"):
                err.print(f"- {sentence}", markup=False)
        except InnographError as error:
            err.print(f"{error.title}. {error}", style="red", markup=False)
        except BrokenPipeError:
            raise  # whoever reads has enough
        except OSError as error:
            err.print(f"{error.filename}: {error.strerror}", style="red", markup=False)
        sys.exit(2)


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="innograph")
def main() -> None:
    """The linked-data graph of public innovations: serve it, fill it, keep it.

    Settings come from the environment (INNOGRAPH_HOME, INNOGRAPH_URL, INNOGRAPH_BASE …).
    Exit codes: 0 done; 1 done, and something was found wrong; 2 not done.

    \b
    Examples:
      innograph setup                      load the shipped data, once
      innograph serve                      answer on http://127.0.0.1:8000
      innograph query counts --format csv  put a stored query
      innograph queue                      what waits for a decision
    """
