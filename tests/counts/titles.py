"""What three sources tell of innovations, read from their own files; nothing of innograph is used.

`python tests/counts/titles.py SHARED/sources` counts them.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import yaml

Record = dict[str, list[str]]
_PUBLIC = "https://beta.gouv.fr/startups"


def betagouv(sources: Path) -> Iterator[tuple[str, Record]]:
    for path in sorted((sources / "betagouv" / "content" / "_startups").iterdir()):
        match = re.match(r"---\n(.*?)\n---", path.read_text("utf-8"), re.S)
        assert match
        told = yaml.load(match[1], yaml.CSafeLoader)
        key = path.name.removesuffix(".md")
        yield (
            f"betagouv/{key}",
            {
                "title": [told["title"]],
                "page": [a for a in (told.get("link"), f"{_PUBLIC}/{key}.html") if a],
                "repository": [told["repository"]] if told.get("repository") else [],
                "organisation": [str(s).rsplit("/", 1)[-1] for s in told.get("sponsors") or ()],
                "year": [str(phase["start"])[:4] for phase in told["phases"]],
            },
        )


def eig(sources: Path) -> Iterator[tuple[str, Record]]:
    for told in json.loads((sources / "eig" / "defis_clean.json").read_text("utf-8")):
        yield (
            f"eig{told['link_to']}",
            {
                "title": [told["title"]],
                "repository": [told["source_code"]] if told.get("source_code") else [],
                "organisation": [told["administration"]],
                "year": [str(told["year"])],
            },
        )


def pstw(sources: Path) -> Iterator[tuple[str, Record]]:
    book = openpyxl.load_workbook(sources / "pstw" / "pstw_dataset.xlsx", read_only=True)
    rows = book[" PSTW DB"].iter_rows(values_only=True)
    columns = [str(name).strip() for name in next(rows)]
    for row in rows:
        told = dict(zip(columns, row, strict=True))
        page = str(told["Website"] or "").strip()
        yield (
            f"pstw/{told['PSTW ID']}",
            {
                "title": [" ".join(str(told["Name"]).split())],
                "page": [page] if page.startswith("http") else [],
                "organisation": [" ".join(str(told["Responsible organisation"]).split())],
                "year": [str(told["Start Year"])],
            },
        )


def records(sources: Path) -> dict[str, Record]:
    """What is told of each innovation, by source and own id."""
    return dict([*betagouv(sources), *eig(sources), *pstw(sources)])


if __name__ == "__main__":
    found = records(Path(sys.argv[1]))
    print(
        {name: sum(key.startswith(name) for key in found) for name in ("betagouv", "eig", "pstw")}
    )
