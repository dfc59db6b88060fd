"""Counts of Public Sector Tech Watch, taken from its workbook alone, without innograph.

python tests/counts/pstw.py FOLDER_OF_SOURCES
"""

import json
import re
import sys
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# Bodies of the European Union, which are one wherever their cases lie.
UNION = {"europeancommission", "euipo", "europeanhighperformancecomputingjointundertakingeurohpcju"}
# Pairs of country and NUTS code that contradict each other, found by looking at all pairs told.
CONTRADICTIONS = {("Latvia", "LT"), ("France", "IT"), ("Portugal", "PL")}


def rows(workbook: Path) -> Iterator[dict[str, str]]:
    """The cells of each row, as they are written, by the name of their column without spaces."""
    with zipfile.ZipFile(workbook) as archive:
        strings = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        shared = ["".join(text.itertext()) for text in strings.iter(f"{SHEET}si")]
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    names: dict[str, str] = {}
    for number, row in enumerate(sheet.iter(f"{SHEET}row")):
        cells = {}
        for cell in row.iter(f"{SHEET}c"):
            value = cell.findtext(f"{SHEET}v")
            if value is not None:
                column = cell.get("r", "").rstrip("0123456789")
                cells[column] = shared[int(value)] if cell.get("t") == "s" else value
        if number == 0:
            names = {column: name.strip() for column, name in cells.items()}
        else:
            yield {names[c]: v for c, v in cells.items() if v.replace("\xa0", " ").strip()}


def plain(text: str) -> str:
    """Letters and digits alone, small and without accents: how spellings of one word compare."""
    letters = unicodedata.normalize("NFKD", text.replace("œ", "oe"))
    return re.sub(r"[^a-z0-9]", "", letters.casefold())


def only_addresses(text: str) -> bool:
    words = [word.strip(",;&") for word in text.split()]
    return all(word.startswith("http") for word in words if word not in ("", "and"))


def counts(folder: Path) -> dict[str, Any]:
    cases = list(rows(folder / "pstw" / "pstw_dataset.xlsx"))
    nuts = (folder / "reference" / "nuts" / "nuts-2021.rdf").read_text("utf-8")
    codes = set(re.findall(r"<skos:notation[^>]*>([^<]{2,5})</skos:notation>", nuts))

    def column(name: str) -> list[str]:
        return [case[name] for case in cases if name in case]

    def of(name: str) -> dict[str, int]:
        return dict(Counter(" ".join(value.split()) for value in column(name)))

    def spelt(*names: str) -> dict[str, int]:
        """In how many cases a value is told, whatever the spelling and in whichever column."""
        told = [{plain(case[name]) for name in names if name in case} for case in cases]
        return dict(Counter(value for values in told for value in values))

    words = Counter[str]()
    for case in cases:
        parts = re.split(r"[;,\n]", case.get("AI Keywords", ""))
        words.update({plain(part) for part in parts if part.strip()})
    ai = sorted({name for case in cases for name in case if name.startswith("AI Classification")})
    place, body = "Geographical coverage (country)", "Responsible organisation"
    pairs = [(case[place].strip(), case["NUTS 2021"].strip()) for case in cases]
    bodies = {
        ("EU" if plain(case[body]) in UNION else case[place].strip(), plain(case[body]))
        for case in cases
    }
    flags = [
        name
        for name in {name for case in cases for name in case}
        if {value.casefold() for value in map(str.strip, column(name))} == {"x"}
    ]
    return {
        "cases": len(cases),
        "ids": len({case["PSTW ID"] for case in cases}),
        "status": dict(Counter(column("Status"))),
        "start": dict(Counter(f"{case['Status']} {case['Start Year']}" for case in cases)),
        "end": dict(Counter(case["Status"] for case in cases if "End Year" in case)),
        "country": of(place),
        "nuts": dict(Counter(code for _, code in pairs if code in codes)),
        "not nuts": dict(Counter(code for _, code in pairs if code not in codes)),
        "contradictions": sum(1 for pair in pairs if pair in CONTRADICTIONS),
        "bodies": len(bodies),
        "may name several": sum(1 for n in column(body) if re.search(r"[;,/]| and ", n)),
        "category": spelt("Responsible organisation category"),
        "function": spelt("Functions of Government (COFOG level I)"),
        "subfunction": spelt("Functions of Government (COFOG level II)"),
        "processType": spelt("Process type"),
        "applicationType": spelt("Application type"),
        "technologies": spelt("Primary Technology", "Secondary Technology"),
        "aiClasses": spelt(*ai),
        "interaction": spelt("Interaction"),
        "keywords": dict(words),
        "benefits": sum(name in case for case in cases for name in flags),
        "cases with benefits": sum(any(name in case for name in flags) for case in cases),
        "flags": len(flags),
        "extent": dict(Counter(column("Geographical extent"))),
        "cross border": Counter(column("Cross Border"))["Yes"],
        "funding": dict(Counter(column("Funding source"))),
        "collaboration": dict(Counter(column("Collaboration type"))),
        "updated": len(column("Date updated")),
        "source in words": sum(not only_addresses(text) for text in column("Source")),
        "website no address": sum(not only_addresses(text) for text in column("Website")),
        "companies": len(column("Company name or GovTech ID")),
        "initiatives": len(column("GovTech Initiative + ID")),
        "components in": len(column("Open components in input")),
        "components out": len(column("Open components in output")),
        "stories": len(column("Stories link")),
    }


if __name__ == "__main__":
    found = counts(Path(sys.argv[1]))
    print(
        json.dumps({k: v for k, v in found.items() if k != "start"}, indent=1, ensure_ascii=False)
    )
