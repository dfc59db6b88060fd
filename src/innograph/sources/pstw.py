"""Cases of Public Sector Tech Watch: each is an innovation and its use by the body responsible.

The source collects uses of emerging technologies in European administrations, one a row. That the
body responsible uses it follows from the row and is not told as such: the use is inferred.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from ..errors import MissingData, Unparsable
from . import Item, Note, Refusal, Source
from .located import Place, identifier, locations, placed
from .mapping import Mapper, given, tidy
from .responsible import Bodies, Body, company

_ID = re.compile(r"PSTW-[0-9]+")
_YEAR = re.compile(r"[0-9]{4}")
_ADDRESS = re.compile(r"https?://\S+")
_BETWEEN_ADDRESSES = re.compile(r"\s*[,;&]?\s+(?:and\s+)?(?=https?://)|[,;](?=https?://)")
_BETWEEN_WORDS = re.compile(r"[;,\n]")
_COUNTRY = "Geographical coverage (country)"
_FUNCTIONS = {
    "function": ("Functions of Government (COFOG level I)",),
    "subfunction": ("Functions of Government (COFOG level II)",),
    "processType": ("Process type",),
    "applicationType": ("Application type",),
    "technologies": ("Primary Technology", "Secondary Technology"),
    "aiClasses": (
        "AI Classification (I)",
        "AI Classification Subdomain (II) (main)",
        "AI Classification Subdomain (II) (Other I)",
        "AI Classification Subdomain (II) (Other II)",
        "AI Classification Subdomain (II) (Other III)",
    ),
    "interaction": ("Interaction",),
}


@dataclass
class _Case:
    """A row: what each column tells, and where the case lies; it knows what nobody asked for."""

    id: str
    told: dict[str, Any]
    mapper: Mapper
    use: Mapper

    def take(self, column: str) -> Any:
        """What a column tells; None where it tells nothing."""
        return self.told.pop(column, None)

    def text(self, column: str) -> str:
        """What a column must tell."""
        if (value := self.take(column)) is None:
            raise ValueError(f"nothing in the column {column}")
        return str(value)


def read(path: Path, source: Source, facts: bool) -> Iterator[Item | Refusal]:
    """Places, bodies and companies, then each case and its use: each after what it points at."""
    bodies = Bodies(source)
    companies: dict[str, Item] = {}
    touched: dict[str, Item] = {}
    items: list[Item] = []
    taken: set[str] = set()
    for case in _cases(path, source):
        if isinstance(case, Refusal):
            yield case
            continue
        if case.id in taken:
            yield Refusal("name taken", case.id, "another row has this id too")
            continue
        try:
            place = placed(case.text(_COUNTRY), case.text("NUTS 2021"), case.use)
            told = case.text("Responsible organisation")
            category = _category(case)
            partner = _company(case)
            use = _adoption(case, place)
            innovation = _innovation(case, partner)
        except (TypeError, ValueError) as error:
            yield Refusal("missing or wrong field", case.id, str(error))
            continue
        taken.add(case.id)
        use.data["adopter"] = _body(case, told, bodies.of(told, category, place.code)).id
        items += [innovation, use]
        touched |= {item.local: item for item in locations(place, source)}
        if partner is not None:
            # The first row that names a company's page tells it.
            known = companies.get(partner.local)
            if known is None or "link" not in known.data:
                companies[partner.local] = partner
    # Larger ones first: the name of what a region lies in is longer, the smaller the region.
    around = ((len(item.data.get("within", "")), item.local) for item in touched.values())
    yield from (touched[local] for _, local in sorted(around))
    yield from bodies.items()
    yield from companies.values()
    yield from items


def _cases(path: Path, source: Source) -> Iterator[_Case | Refusal]:
    """The rows of the one sheet; its name and those of its columns have stray spaces."""
    file = path / source.options["file"] if path.is_dir() else path
    if not file.exists():
        raise MissingData(path=file, advice=f"The source is published at {source.address}")
    try:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, OSError, zipfile.BadZipFile) as error:
        raise Unparsable(format="XLSX", line=1, column=1, detail=str(error)) from None
    try:
        rows = workbook.worksheets[0].iter_rows(values_only=True)
        columns = [tidy(str(name or "")) for name in next(rows, ())]
        if missing := _columns(source) - set(columns):
            detail = f"no column is named {', '.join(sorted(missing))}"
            raise Unparsable(format="XLSX", line=1, column=1, detail=detail)
        for number, row in enumerate(rows, 2):
            told = {
                name: value
                for name, value in zip(columns, row, strict=False)
                if value is not None and tidy(str(value))
            }
            if not told:
                continue
            local = tidy(str(told.pop("PSTW ID", "")))
            if _ID.fullmatch(local):
                yield _Case(local, told, Mapper(source), Mapper(source))
            else:
                detail = f"{local!r} is no id such as PSTW-12"
                yield Refusal("missing or wrong field", f"line {number}", detail)
    finally:
        workbook.close()


def _columns(source: Source) -> set[str]:
    """The columns without which the sheet is another than the one that is understood here."""
    years = {column for dates in source.options["dates"].values() for column in dates.values()}
    needed = {"PSTW ID", "Name", "Status", "Responsible organisation", "NUTS 2021"}
    needed |= {"Responsible organisation category", _COUNTRY}
    return needed | years | {column for columns in _FUNCTIONS.values() for column in columns}


def _category(case: _Case) -> str:
    category = _choice(case.use, "category", case.text("Responsible organisation category"))
    if category is None:
        raise ValueError("the category of the organisation is not in the list")
    return category


def _body(case: _Case, told: str, body: Body) -> Body:
    """The body responsible; how the row spells it is noted, where that is another way."""
    if told != body.words[0]:
        rule = "spaces" if tidy(told) == body.words[0] else "spelling"
        case.use.changed("organisation", told, body.words[0], rule)
    return body


def _company(case: _Case) -> Item | None:
    told = case.take("Company name or GovTech ID")
    return None if told is None else company(str(told), case.mapper)


def _choice(mapper: Mapper, field: str, told: object) -> str | None:
    """The value of a list, also where it is told in other words that the source's file knows."""
    text = tidy(str(told))
    other = mapper.source.options["read_as"].get(text)
    if other is None:
        return mapper.choice(field, told)
    mapper.changed(field, told, other, "read-as")
    return str(other)


def _innovation(case: _Case, partner: Item | None) -> Item:
    mapper, key = case.mapper, case.id.lower()
    data: dict[str, Any] = {
        "id": f"innovation/{key}",
        "type": "Innovation",
        "title": mapper.text("title", case.text("Name")),
        "description": mapper.text("description", case.take("Description")),
        "kind": "technology",
        "identifiers": [identifier(f"innovation/{key}", "case", case.id)],
    }
    for field, columns in _FUNCTIONS.items():
        told = [value for column in columns if (value := case.take(column)) is not None]
        chosen = [value for raw in told if (value := _choice(mapper, field, raw)) is not None]
        data[field] = list(dict.fromkeys(chosen))
    words = _BETWEEN_WORDS.split(str(case.take("AI Keywords") or ""))
    found = [_choice(mapper, "keywords", word) for word in words if tidy(word)]
    data["keywords"] = list(dict.fromkeys(word for word in found if word is not None))
    data["repository"] = _repositories(case)
    data["stories"] = _addresses(mapper, "stories", case.take("Stories link"))
    if partner is not None:
        agent = partner.data["id"]
        role = f"attribution/{key}-partner-{agent.split('/', 1)[1]}"
        told_role = {"id": role, "type": "Attribution", "role": "partner", "agent": agent}
        data["roles"] = [told_role]
    _note_the_rest(case)
    return Item("innovation", case.id, given(data), mapper.notes)


def _repositories(case: _Case) -> list[str]:
    """Addresses of source code; other components that are open are noted."""
    host = re.compile(case.mapper.source.options["code_host"])
    found = _addresses(case.mapper, "repository", case.take("Open components in output"))
    for address in found:
        if not host.fullmatch(address):
            case.mapper.unplaced("Open components in output", address)
    return [address for address in found if host.fullmatch(address)]


def _note_the_rest(case: _Case) -> None:
    """Keep what has no place in the model: flags of benefits in one note, the rest by column."""
    benefits = []
    for column in case.mapper.source.options["benefits"]["columns"]:
        if tidy(str(case.told.get(column, ""))).casefold() == "x":
            benefits.append(column)
            case.take(column)
    if benefits:
        case.mapper.unplaced("benefits", "; ".join(benefits))
    options = case.mapper.source.options
    for column, value in case.told.items():
        if column in options["not_taken"] or options["silent"].get(column) == tidy(str(value)):
            continue
        plain = value.date() if hasattr(value, "date") else value
        case.mapper.unplaced(column, plain.isoformat() if isinstance(plain, date) else plain)


def _adoption(case: _Case, place: Place) -> Item:
    """The use, but for who uses it: a body is told only once nothing is wrong with the row."""
    key, mapper = case.id.lower(), case.use
    status = _choice(mapper, "status", case.text("Status"))
    if status is None:
        raise ValueError("the status is not in the list")
    dates = mapper.source.options["dates"][status]
    told = {column: case.take(column) for column in ("Start Year", "End Year")}
    years = {name: _year(mapper, name, told.pop(column)) for name, column in dates.items()}
    for column, value in told.items():
        if value is not None:
            mapper.notes.append(Note(column, str(value), None, "dates-no-status"))
    period = {
        "id": f"status-period/{key}",
        "type": "StatusPeriod",
        "status": status,
        "uptake": status,
        **years,
        "dateKind": "declared" if any(years.values()) else None,
    }
    pages = _addresses(mapper, "evidence", case.take("Website"))
    pages += _addresses(mapper, "evidence", case.take("Source"), words=True)
    data = {
        "id": f"adoption/{key}",
        "type": "Adoption",
        "adopts": f"innovation/{key}",
        "places": place.ids,
        "statuses": [given(period)],
        "evidence": list(dict.fromkeys(pages)),
        "certainty": "inferred",
    }
    return Item("adoption", f"{case.id}/use", given(data), mapper.notes)


def _year(mapper: Mapper, field: str, told: object) -> str | None:
    if told is None:
        return None
    value = tidy(str(told))
    if _YEAR.fullmatch(value):
        return value
    mapper.notes.append(Note(field, str(told), None, "not-a-date"))
    return None


def _addresses(mapper: Mapper, field: str, told: object, words: bool = False) -> list[str]:
    """Addresses of one cell, which may hold several.

    A cell that holds other words too is noted and left out, since an address with spaces in it
    would be cut short; with `words` these are a reference that somebody wrote, and are not kept.
    """
    if told is None:
        return []
    parts = [part for part in _BETWEEN_ADDRESSES.split(str(told).strip()) if part]
    if not all(_ADDRESS.fullmatch(part) for part in parts):
        if words:
            mapper.notes.append(Note("source", "(not kept)", None, "words-not-an-address"))
            return []
        return [address] if (address := mapper.address(field, told)) else []
    found = [address for part in parts if (address := mapper.address(field, part))]
    if parts != [told]:
        rule = "several-addresses" if len(parts) > 1 else "spaces"
        mapper.changed(field, told, " ".join(parts), rule)
    return found
