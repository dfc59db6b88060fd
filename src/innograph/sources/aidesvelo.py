"""Aid for buying a bicycle, by French authority: one innovation, one adoption an authority."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from . import Item, Note, Refusal, Source, territories
from .mapping import Mapper, folded, slug, tidy
from .territories import Territory

_FILE = "bike_aid_by_authority_history.csv"
_KINDS = re.compile(
    r"^(cc|ca|cu|communaute (de communes|d'agglomeration|urbaine)|metropole|eurometropole)\b"
)
_SMALL_WORDS = re.compile(r"\b(de|du|des|d|la|le|les|l|et|en|et de)\b")
_PARENTS = {"commune": "departement", "departement": "region"}
_LEVELS = {
    "commune": "municipal",
    "epci": "intermunicipal",
    "departement": "county",
    "region": "regional",
    "country": "national",
}


@dataclass
class _Authority:
    """An authority, as its rules name it and as the official lists know it."""

    id: str
    level: str
    territory: Territory | None
    names: list[str]
    notes: list[Note] = field(default_factory=list)
    rules: list[dict[str, str]] = field(default_factory=list)


def read(path: Path, source: Source, facts: bool) -> Iterator[Item | Refusal]:
    """Territories, authorities, the one innovation, adoptions: each after what it points at.

    `facts` keeps what the Apache-2.0 repository alone holds: rules listed on its first day or
    later, as first listed on that day.
    """
    with (path / _FILE if path.is_dir() else path).open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    authorities: dict[str, _Authority] = {}
    for row in rows:
        if not row.get("first_listed") or not row.get("level"):
            yield Refusal("missing field", row.get("rule") or "?", "first_listed and level")
            continue
        if facts and (kept := _since(row, source)) is None:
            continue
        elif facts:
            row = kept
        found = _authority(row, source)
        authority = authorities.setdefault(found.id, found)
        authority.rules.append(row)
        authority.names += [name for name in found.names if name not in authority.names]
    yield from _locations(authorities.values(), source)
    yield from (_organisation(authority, source) for authority in authorities.values())
    yield Item("innovation", "innovation", dict(source.options["innovation"]))
    yield from (_adoption(authority, source, facts) for authority in authorities.values())


def _since(row: dict[str, str], source: Source) -> dict[str, str] | None:
    first = source.options["facts_since"]
    if row["last_listed_if_removed"] and row["last_listed_if_removed"] < first:
        return None
    return row | {"first_listed": max(row["first_listed"], first)}


def _authority(row: dict[str, str], source: Source) -> _Authority:
    name = tidy(row["title"])
    if special := source.options["special"].get(row["rule"]):
        country = Territory("country", special["country"], "", special["name"], "", "")
        return _Authority(special["id"], "country", country, [special["authority"]])
    if row["level"] == "état":
        state = source.options["state"]
        country = Territory("country", state["country"], "", state["name"], "", "")
        return _Authority(state["id"], "country", country, [state["authority"]])
    kind, found = _found(row)
    if found is None:
        key = f"organisation/aidesvelo-{slug(row['insee'] or row['epci_name'] or name)}"
        told = row["insee"] or row["epci_name"] or name
        return _Authority(key, kind, None, [name], [Note("authority", told, None, "not-in-lists")])
    if found.siren:
        return _Authority(f"organisation/fr-siren-{found.siren}", kind, found, [name])
    return _Authority(f"organisation/fr-{kind}-{found.code.lower()}", kind, found, [name])


def _found(row: dict[str, str]) -> tuple[str, Territory | None]:
    """The territory that a rule's codes or names lead to: the largest that is told, first."""
    table = territories.table()
    if row["level"] == "région":
        return "region", table.get(("region", row["region"]))
    if row["level"] == "département":
        return "departement", table.get(("departement", row["departement"]))
    if row["epci_name"]:
        return "epci", _by_name().get(_plain(row["epci_name"]))
    if row["insee"]:
        return "commune", table.get(("commune", row["insee"]))
    kind = "commune" if row["level"] == "commune" else "epci"
    return kind, _by_name().get(_plain(row["title"])) if kind == "epci" else None


def _by_name() -> dict[str, Territory]:
    """EPCI by their plain names; a name that two of them bear leads to none."""
    found: dict[str, list[Territory]] = defaultdict(list)
    for (kind, _), territory in territories.table().items():
        if kind == "epci":
            found[_plain(territory.name)].append(territory)
    return {name: same[0] for name, same in found.items() if len(same) == 1}


def _plain(name: str) -> str:
    text = re.sub(r"\(.*?\)|[-']", " ", folded(tidy(name)).replace("st ", "saint "))
    text = " ".join(_SMALL_WORDS.sub(" ", text.replace(" d'", " d ")).split())
    return re.sub(r"\W+", " ", _KINDS.sub("", text)).strip()


def _location_id(territory: Territory) -> str:
    prefix = "" if territory.kind == "country" else "fr-"
    return f"location/{prefix}{territory.kind}-{territory.code.lower()}"


def _locations(authorities: Iterable[_Authority], source: Source) -> Iterator[Item]:
    """The territories touched and those that they lie in, larger ones first."""
    touched = {a.territory for a in authorities if a.territory is not None}
    table = territories.table()
    for kind, parent in _PARENTS.items():
        touched |= {table[parent, t.parent] for t in touched if t.kind == kind and t.parent}
    order = ("country", "region", "departement", "epci", "commune")
    for territory in sorted(touched, key=lambda t: (order.index(t.kind), t.code)):
        above = table.get((_PARENTS.get(territory.kind, ""), territory.parent))
        identifier = source.options["identifiers"][territory.kind]
        data: dict[str, Any] = {
            "id": _location_id(territory),
            "type": "Location",
            "name": territory.name,
            "level": _LEVELS[territory.kind],
            "within": _location_id(above) if above else None,
            "identifiers": [_identifier(identifier, territory.code)],
        }
        yield Item("location", f"{territory.kind}/{territory.code}", _given(data))


def _identifier(kind: str, code: str) -> dict[str, str]:
    key = f"identifier/{kind}-{code.lower()}"
    return {"id": key, "type": "Identifier", "identifierKind": kind, "code": code}


def _organisation(authority: _Authority, source: Source) -> Item:
    territory, mapper = authority.territory, Mapper(source)
    names = [name for name in authority.names if name]
    # A commune is called as the rules call it ("Ville de Caen"), an EPCI as the official list does.
    if territory is not None and (territory.kind == "epci" or not names):
        names.insert(0, territory.name)
    name, *others = dict.fromkeys(names)
    data = {
        "id": authority.id,
        "type": "PublicOrganisation",
        "name": mapper.text("name", name),
        "otherNames": others,
        "form": "state" if authority.level == "country" else "local-authority",
        "level": _LEVELS[authority.level],
        "territory": _location_id(territory) if territory else None,
        "identifiers": [_identifier("siren", territory.siren)]
        if territory and territory.siren
        else [],
    }
    local = f"authority/{authority.id.split('/', 1)[1]}"
    return Item("organisation", local, _given(data), mapper.notes + authority.notes)


def _adoption(authority: _Authority, source: Source, facts: bool) -> Item:
    key = authority.id.split("/", 1)[1]
    mapper = Mapper(source)
    spans = [
        (row["first_listed"], row["last_listed_if_removed"] or source.options["last_day"])
        for row in authority.rules
    ]
    periods = _merged(spans, source.options["bridge_days"])
    if len(spans) > len(periods):
        mapper.changed("rules", f"{len(spans)} rules", f"{len(periods)} periods", "merged")
    urls = dict.fromkeys(mapper.address("url", row["url"]) for row in authority.rules)
    data = {
        "id": f"adoption/aide-achat-velo-{key}",
        "type": "Adoption",
        "adopts": source.options["innovation"]["id"],
        "adopter": authority.id,
        "statuses": [
            {
                "id": f"status-period/aide-achat-velo-{key}-{first}",
                "type": "StatusPeriod",
                "status": "in-use",
                "startNotAfter": first,
                "lastAttested": last,
                "dateKind": "first-listed",
            }
            for first, last in periods
        ],
        "evidence": [url for url in urls if url],
        "certainty": "reported",
    }
    open_licence = facts or all(r["first_seen_in"] == "betagouv" for r in authority.rules)
    licence = None if open_licence else source.options["other_licence"]
    return Item("adoption", f"adoption/{key}", _given(data), mapper.notes, licence)


def _merged(spans: list[tuple[str, str]], bridge: int) -> list[tuple[str, str]]:
    """Spans that overlap, or lie no more than `bridge` days apart (a rule renamed), as one."""
    periods: list[tuple[str, str]] = []
    for first, last in sorted(spans):
        if periods and _plus(periods[-1][1], bridge) >= first:
            periods[-1] = (periods[-1][0], max(periods[-1][1], last))
        else:
            periods.append((first, last))
    return periods


def _plus(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _given(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value not in (None, [], "")}
