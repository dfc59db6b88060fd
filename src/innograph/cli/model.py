"""Commands about the model: the files that are written from ontology, shapes and vocabularies."""

import sys

import click

from ..exchange import artefacts
from .command import out


@click.group("model")
def model_command() -> None:
    """The files that are written from the model, for whoever builds on it.

    \b
    Example:
      innograph model write --check
    """


@model_command.command("write")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 when a file has drifted.")
def model_write(check: bool) -> None:
    """Write the JSON-LD context, the JSON Schemas, the CSV templates and the diagram.

    They go into ontology/. Names the files that have changed, or with --check would change.

    \b
    Example:
      innograph model write --check
    """
    drifted = artefacts.drift() if check else artefacts.write()
    for path in drifted:
        out.print(f"ontology/{path}", markup=False)
    if check and drifted:
        sys.exit(1)
