"""A source that is a list of all members of a population: one item a list.

What is told is that the list is complete, and for which years; `innograph.members` says who is on
it, from the tables that are shipped.
"""

from collections.abc import Iterator
from pathlib import Path

from . import Item, Refusal, Source


def read(path: Path, source: Source, facts: bool) -> Iterator[Item | Refusal]:
    """A coverage for each list that source.toml names."""
    for name, period in source.options["lists"].items():
        data = {
            "id": f"coverage/{name}",
            "type": "Coverage",
            "source": source.address,
            "subject": name,
            "population": name,
            "completeness": "complete",
            **period,
        }
        yield Item("list", name, data)
