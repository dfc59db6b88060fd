"""Names drawn at random from the original data, to be reconciled by hand.

Nothing of innograph is imported. `python tests/counts/reconciliation.py SHARED/sources` prints the
three draws; the answers in cases/reconciliation/*.csv were then written by a person.
"""

import csv
import random
import re
import sys
from pathlib import Path

import openpyxl
import yaml

SEED = 2015
_MUNICIPALITY = re.compile(r"\W*(comune|citt[àa] di|municipio)\b", re.IGNORECASE)
_MINISTRY = re.compile(r"\bminist", re.IGNORECASE)


def drawn(names: set[tuple[str, ...]], number: int) -> list[tuple[str, ...]]:
    """`number` of the names, by the seed: sorted first, so that the same names give the same."""
    return random.Random(SEED).sample(sorted(names), number)


def authorities(sources: Path) -> set[tuple[str, ...]]:
    """(level, name) of the bike-aid history: titles, and names of groupings that stand alone."""
    path = sources / "aidesvelo" / "bike_aid_by_authority_history.csv"
    found = set()
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            names = [row["title"], "" if ";" in row["epci_name"] else row["epci_name"]]
            if row["level"] != "état":
                found |= {(row["level"], name) for name in names if name}
    return found


def users(sources: Path) -> list[str]:
    """All names in the lists `usedBy` of the publiccode files, as often as they stand there."""
    names = []
    for path in sorted((sources / "publiccode").glob("*.yml")):
        names += yaml.safe_load(path.read_text("utf-8")).get("usedBy") or []
    return names


def municipalities(sources: Path) -> set[tuple[str, ...]]:
    """(name,) of Italian municipalities, by how their names begin."""
    return {(name,) for name in users(sources) if _MUNICIPALITY.match(name)}


def ministries(sources: Path) -> set[tuple[str, ...]]:
    """(source, name) of French organisations in three sources, with a word that begins "minist"."""
    found = set()
    for path in (sources / "betagouv" / "content" / "_organisations").iterdir():
        told = yaml.safe_load(path.read_text("utf-8").split("---")[1])
        found.add(("betagouv", " ".join(str(told["name"]).split())))
    challenges = yaml.safe_load((sources / "eig" / "defis_clean.json").read_text("utf-8"))
    found |= {("eig", " ".join(told["administration"].split())) for told in challenges}
    book = openpyxl.load_workbook(sources / "pstw" / "pstw_dataset.xlsx", read_only=True)
    rows = book[" PSTW DB"].iter_rows(values_only=True)
    columns = [str(name).strip() for name in next(rows)]
    country = columns.index("Geographical coverage (country)")
    body = columns.index("Responsible organisation")
    for row in rows:
        if "France" in str(row[country]):
            found.add(("pstw", " ".join(str(row[body]).split())))
    return {entry for entry in found if _MINISTRY.search(entry[1])}


def main(sources: Path) -> None:
    for draw, names, number in (
        ("fr-authorities", authorities(sources), 100),
        ("it-municipalities", municipalities(sources), 100),
        ("fr-ministries", ministries(sources), 50),
    ):
        print(f"# {draw}: {number} of {len(names)}")
        for entry in drawn(names, number):
            print("\t".join(entry))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
