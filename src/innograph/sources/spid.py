"""Policies of the states of the United States: a policy is an innovation, a row an adoption.

The file tells the year of first adoption, and no end. It is shipped packed, a policy with all of
its years in one line: spelled out, its facts would take twenty times the space.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .. import assets
from ..errors import MissingData
from . import Item, Refusal, Source
from .mapping import Mapper, given, slug

_YEAR = re.compile(r"[0-9]{4}")
_STATES = "us-states.csv"


def read(path: Path, source: Source, facts: bool) -> Iterator[Item | Refusal]:
    """Policy by policy: what it is, what the file says of it, and each state that adopted it.

    `facts` gives one pack a policy. Raises MissingData.
    """
    for told in _policies(path, source):
        if isinstance(told, Refusal):
            yield told
        elif facts:
            yield Item("policy", told["policy"], told)
        else:
            yield from unpacked(told, source)


def _policies(path: Path, source: Source) -> Iterator[dict[str, Any] | Refusal]:
    """A policy as the file describes it, with the years of its adoptions by code of the state."""
    policies = {row["policy"]: row for row in _rows(path, source.options["policies"])}
    years: dict[str, dict[str, int]] = defaultdict(dict)
    codes = {state["name"]: state["iso3166_2"] for state in _states().values()}
    for number, row in enumerate(_rows(path, source.options["adoptions"]), 2):
        policy, name, year = row["policy"], row["statenam"], row["adopt_year"]
        local = f"{source.options['adoptions']}/line {number}"
        code = codes.get(name or "")
        if policy not in policies:
            yield Refusal("not listed", local, f"no policy is named {policy!r}")
        elif code is None:
            yield Refusal("not listed", local, f"no state is named {name!r}")
        elif not _YEAR.fullmatch(year or ""):
            yield Refusal("missing or wrong field", local, f"adopt_year is {year!r}")
        elif code in years[policy]:
            yield Refusal("told twice", local, f"{name} has adopted {policy} before")
        else:
            years[policy][code] = int(year)
    for policy, row in policies.items():
        yield row | {"adoptions": dict(sorted(years[policy].items()))}


def unpacked(told: dict[str, Any], source: Source) -> Iterator[Item | Refusal]:
    """The innovation, its coverage and its adoptions."""
    policy = str(told.get("policy") or "")
    try:
        yield _innovation(told, source)
        yield _coverage(policy, source)
        for code, year in told["adoptions"].items():
            yield _adoption(policy, code, int(year), source)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        detail = f"{type(error).__name__}: {error}"
        yield Refusal("missing or wrong field", policy or "a policy without name", detail)


def _innovation(told: dict[str, Any], source: Source) -> Item:
    policy, key, mapper = told["policy"], _key(told["policy"]), Mapper(source)
    title = mapper.text("description", told["description"])
    if not title:
        raise ValueError(f"{policy!r} has no description")
    years = told["adoptions"].values()
    counted = {"first_year": min(years), "last_year": max(years), "adopt_count": len(years)}
    for field, value in counted.items():
        if str(value) != told[field]:
            mapper.changed(field, told[field], str(value), "as-the-adoptions-tell")
    mapper.unplaced("source", told["source"])
    data = {
        "id": f"innovation/{key}",
        "type": "Innovation",
        "title": title,
        "kind": source.options["kind"],
        "sphere": source.options["sphere"],
        "majortopic": mapper.choice("majortopic", told["majortopic"]),
        "identifier": {
            "id": f"identifier/innovation-{key}",
            "type": "Identifier",
            "scheme": "source-record",
            "code": policy,
        },
    }
    return Item("innovation", policy, given(data), mapper.notes)


def _coverage(policy: str, source: Source) -> Item:
    """What the source says that its silence about a state means."""
    key = _key(policy)
    data = {
        "id": f"coverage/{key}",
        "type": "Coverage",
        "source": source.address,
        "subject": f"innovation/{key}",
        **source.options["coverage"],
    }
    return Item("coverage", f"{policy}/coverage", data)


def _adoption(policy: str, code: str, year: int, source: Source) -> Item:
    mapper, state = Mapper(source), code.lower()
    if year < int(_states()[code]["admitted"]):
        mapper.changed("adopt_year", year, str(year), "before-admission")
    key = f"{_key(policy)}-{state}"
    data = {
        "id": f"adoption/{key}",
        "type": "Adoption",
        "adopts": f"innovation/{_key(policy)}",
        "adopter": f"organisation/{state}",
        "statuses": {
            "id": f"status-period/{key}",
            "type": "StatusPeriod",
            "status": "in-use",
            "startDate": str(year),
            "dateKind": "enacted",
        },
        "evidence": source.address,
        "certainty": "reported",
    }
    return Item("adoption", f"{policy}/{code}", data, mapper.notes)


def _key(policy: str) -> str:
    return f"spid-{slug(policy)}"


@cache
def _states() -> dict[str, dict[str, str]]:
    """The states by ISO 3166-2 code, of the table that the population is made of."""
    with (assets.data() / "reference" / _STATES).open(encoding="utf-8", newline="") as lines:
        return {row["iso3166_2"]: row for row in csv.DictReader(lines)}


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    path = folder / name
    if not path.exists():
        raise MissingData(path=path, advice="The source is a folder that holds this file.")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)
