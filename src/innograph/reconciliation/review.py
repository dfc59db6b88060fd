"""The file in which a person reviews candidates: a CSV with a column to fill in."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from ..errors import BadParameter
from .matches import Link

COLUMNS = (
    "decision",
    "reason",
    "sure",
    "name",
    "other_name",
    "rule",
    "why",
    "thing",
    "other",
    "id",
)
_YES = {"yes": True, "oui": True, "no": False, "non": False}


@dataclass(frozen=True)
class Decided:
    """One line that a person has filled in."""

    local: str
    accept: bool
    reason: str


def write(links: Iterable[Link], file: TextIO) -> int:
    """Write a line a candidate, with what speaks for it; return their number."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    links = list(links)
    for link in links:
        why = "; ".join(f"{r.rule}: {r.one} = {r.other}" for r in link.reasons)
        writer.writerow(
            {
                "sure": f"{link.sure:.2f}",
                "name": link.names[0],
                "other_name": link.names[1],
                "rule": link.rule,
                "why": why,
                "thing": link.one,
                "other": link.other,
                "id": link.local,
            }
        )
    return len(links)


def read(text: str) -> list[Decided]:
    """The lines that a person has decided: yes or no (oui, non); empty ones wait.

    Raises BadParameter, naming the line, when a decision is another word or a column is missing.
    """
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if missing := {"decision", "id"} - set(rows.fieldnames or ()):
        names = ", ".join(sorted(missing))
        raise BadParameter(parameter="file", value="read", reason=f"it has no column {names}")
    return [decided for number, row in enumerate(rows, 2) if (decided := _line(number, row))]


def _line(number: int, row: Mapping[str, str | None]) -> Decided | None:
    told = (row["decision"] or "").strip().casefold()
    if not told:
        return None
    if told not in _YES or not row["id"]:
        reason = f"line {number} needs yes or no, and the id that stood there"
        raise BadParameter(parameter="decision", value=told, reason=reason)
    return Decided(row["id"], _YES[told], (row.get("reason") or "").strip())
