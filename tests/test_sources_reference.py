"""docs/reference/sources.md tells of every field of each source: how often, and where it goes."""

import re
from pathlib import Path

import pytest
from conftest import ROOT
from counts import fields

TABLE = (ROOT / "docs" / "reference" / "sources.md").read_text("utf-8")
STATES = ("imported", "import only", "noted", "planned", "gap", "dropped", "as ", "not read")
each_source = pytest.mark.parametrize("name", sorted(fields.SOURCES))


def rows(name: str) -> list[list[str]]:
    """The rows of a source's tables: field, values, term, state and reason."""
    [section] = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", TABLE, re.DOTALL | re.MULTILINE)
    lines = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [
        line.split(" | ")
        for line in lines
        if not line.startswith(("field", "`events[].name` | events"))
    ]


def numbers(cell: str) -> set[int]:
    return {int(told.replace(",", "")) for told in re.findall(r"\d[\d,]*", cell.replace(", ", " "))}


@each_source
def test_each_field_of_a_source_has_a_row_with_its_count(shared: Path, name: str) -> None:
    told = rows(name)
    missing = []
    for field, count in fields.SOURCES[name](shared / "sources" / name).items():
        if field.endswith("(records)"):
            continue
        own = re.split(r": ", field, maxsplit=1)[1]
        last = re.split(r"[./]|\[\]", own)[-1] or own
        near = [row for row in told if last in row[0]]
        if not any(count in numbers(row[1]) or "each" in row[1] for row in near):
            missing.append((field, count, [row[:2] for row in near]))
    assert missing == []


@each_source
def test_each_row_says_where_a_field_goes_or_why_it_has_no_place(name: str) -> None:
    for row in rows(name):
        assert len(row) == 4 and row[2].strip(), row
        assert row[3].startswith(STATES), row
        unexplained = row[3] in ("gap", "dropped") and row[2] != "as above"
        assert not unexplained, row
