"""Counts of the records that tell each field of each source: nothing of innograph is imported.

python tests/counts/fields.py SHARED_SOURCES_DIR
"""

import csv
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# What the files of each folder tell of.
BETAGOUV = {
    "_startups": "startup",
    "_organisations": "organisation",
    "_incubators": "incubator",
    "_fasts": "fast",
    "_phases": "phase",
    "_events": "event",
}


def paths(value: Any, path: str = "") -> Iterator[str]:
    """The path of each value told in a record, such as events[].date."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{path}[]" if isinstance(inner, dict) else path)
    elif value is not None and str(value).replace("\xa0", " ").strip():
        yield path


def told(records: Iterable[Any], name: str) -> dict[str, int]:
    """How many records there are, and in how many of them each field has a value."""
    count: Counter[str] = Counter()
    for record in records:
        count.update({f"{name}: {path}" for path in paths(record)} | {f"{name} (records)"})
    return dict(count)


def front_matters(folder: Path) -> Iterator[dict[str, Any]]:
    """The YAML between the first two lines of hyphens, and whether text follows it."""
    for path in sorted(folder.iterdir()):
        lines = path.read_text("utf-8").splitlines()
        end = next(i for i, line in enumerate(lines) if i and line.startswith("---"))
        found: dict[str, Any] = yaml.safe_load("\n".join(lines[1:end]))
        yield {**found, "(text)": "\n".join(lines[end + 1 :])}


def betagouv(folder: Path) -> dict[str, int]:
    """Front matter and text of the Markdown files, and the data files beside them."""
    count: dict[str, int] = {}
    for name, record in BETAGOUV.items():
        count |= told(front_matters(folder / "content" / name), record)
    for path in sorted((folder / "_data").iterdir()):
        count |= told([yaml.safe_load(path.read_text("utf-8"))], path.name)
    return count


def eig(folder: Path) -> dict[str, int]:
    """Challenges, and the promotions that they belong to."""
    challenges = json.loads((folder / "defis_clean.json").read_text("utf-8"))
    promotions = yaml.safe_load((folder / "_data" / "promos.yml").read_text("utf-8"))
    keyed = [{"(key)": key, **promotion} for key, promotion in promotions.items()]
    return told(challenges, "challenge") | told(keyed, "promotion")


def rows(workbook: Path) -> Iterator[dict[str, str]]:
    """The cells of each row of the first sheet, by the letters of their column."""
    with zipfile.ZipFile(workbook) as archive:
        strings = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        shared = ["".join(text.itertext()) for text in strings.iter(f"{SHEET}si")]
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    for row in sheet.iter(f"{SHEET}row"):
        cells = {}
        for cell in row.iter(f"{SHEET}c"):
            value = cell.findtext(f"{SHEET}v")
            if value is not None:
                column = cell.get("r", "").rstrip("0123456789")
                cells[column] = shared[int(value)] if cell.get("t") == "s" else value
        yield cells


def pstw(folder: Path) -> dict[str, int]:
    """The columns of the one sheet, in its order, also those that are told nowhere."""
    header, *cases = rows(folder / "pstw_dataset.xlsx")
    names = {column: name.strip() for column, name in header.items()}
    found = ({names[column]: value for column, value in case.items()} for case in cases)
    count = told(found, "case")
    columns = {f"case: {name}": count.get(f"case: {name}", 0) for name in names.values()}
    return {"case (records)": count["case (records)"]} | columns


def table(file: Path) -> dict[str, int]:
    """The columns of a CSV file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return told(csv.DictReader(lines), file.name)


def spid(folder: Path) -> dict[str, int]:
    """Adoptions, and the policies adopted."""
    return table(folder / "policies.csv") | table(folder / "policies_metadata.csv")


def aidesvelo(folder: Path) -> dict[str, int]:
    """Rules, as listed over time."""
    return table(folder / "bike_aid_by_authority_history.csv")


def publiccode(folder: Path) -> dict[str, int]:
    """Keys of the files, whatever the language of a description and the case of a country."""
    files = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("*.yml"))]
    for file in files:
        file["description"] = {"[lang]": list(file["description"].values())}
        if "IT" in file:
            file["it"] = file.pop("IT")
    count = told(files, "file")
    return {re.sub(r"\[lang\]\[\]", "[lang]", name): number for name, number in count.items()}


SOURCES = {
    "betagouv": betagouv,
    "eig": eig,
    "pstw": pstw,
    "spid": spid,
    "aidesvelo": aidesvelo,
    "publiccode": publiccode,
}


def markdown(name: str, count: dict[str, int]) -> str:
    """A table of the fields of a source."""
    lines = [f"| `{field}` | {number} |" for field, number in count.items()]
    return "\n".join([f"## {name}", "", "| field | records |", "|---|---|", *lines, ""])


if __name__ == "__main__":
    for source, counted in SOURCES.items():
        found = counted(Path(sys.argv[1]) / source)
        print(markdown(source, found if source == "pstw" else dict(sorted(found.items()))))
