"""Aid for buying a bicycle, by French authority: one innovation, one adoption an authority.

All rules of one authority are one adoption; the times in which any of them was listed are its
periods of use. That a rule is listed says that the aid existed by then, not since when.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ..errors import MissingData
from . import Item, Refusal, Source, territories
from .authorities import Authorities, Authority, Row, names_place
from .mapping import Mapper, given, tidy
from .territories import Territory

_SCHEME = "aide-achat-velo"
_LEVELS = ("commune", "intercommunalité", "département", "région", "état")
_KINDS = ("country", "region", "departement", "epci", "commune")


@dataclass(frozen=True)
class _Rule:
    """One row of the file; `last` is the last day it is known to have been listed."""

    row: Row
    first: date
    last: date
    seen_in: str
    url: str
    updated: str


@dataclass
class _Adopter:
    """An authority, its rules, and how they became one adoption."""

    authority: Authority
    mapper: Mapper
    rules: list[_Rule] = field(default_factory=list)


def read(path: Path, source: Source, facts: bool) -> Iterator[Item | Refusal]:
    """Territories, authorities, the one innovation, adoptions: each after what it points at.

    `facts` keeps what the Apache-2.0 repository holds: rules listed on its first day or later, as
    first listed on that day.
    """
    begin = date.fromisoformat(source.options["facts_since"]) if facts else date.min
    options = source.options
    authorities = Authorities(options["home"], options["state_of"], options["states"])
    adopters: dict[str, _Adopter] = {}
    for rule in _rules(path, source):
        if isinstance(rule, Refusal):
            yield rule
            continue
        # Rules that are left out count for the names that authorities keep.
        authority = authorities.of(rule.row)
        if rule.last < begin:
            continue
        adopter = adopters.setdefault(authority.key, _Adopter(authority, Mapper(source)))
        _tell(adopter, authority, rule)
    yield from _locations([adopter.authority for adopter in adopters.values()], source)
    for adopter in adopters.values():
        yield _organisation(adopter, source, facts)
    data = {"id": f"innovation/{_SCHEME}", "type": "Innovation", **options["innovation"]}
    yield Item("innovation", _SCHEME, data, licence=options["licences"]["innovation"])
    for adopter in adopters.values():
        yield _adoption(adopter, source, begin, facts)


def _rules(path: Path, source: Source) -> Iterator[_Rule | Refusal]:
    file = path / source.options["file"] if path.is_dir() else path
    if not file.exists():
        raise MissingData(path=file, advice=f"It is made from the history of {source.address}")
    text = io.StringIO(file.read_text("utf-8-sig", errors="replace"), newline="")
    for number, told in enumerate(csv.DictReader(text), 2):
        local = f"rule/{told.get('rule') or f'line {number}'}"
        if None in told or None in told.values():
            yield Refusal("missing or wrong field", local, "not as many cells as columns")
            continue
        try:
            yield _rule({name: tidy(value) for name, value in told.items()}, source)
        except (KeyError, ValueError) as error:
            detail = f"{type(error).__name__}: {error}"
            yield Refusal("missing or wrong field", local, detail)


def _rule(told: dict[str, str], source: Source) -> _Rule:
    if "\ufffd" in "".join(told.values()):
        raise ValueError("the row is not in UTF-8")
    if not told["rule"] or told["level"] not in _LEVELS:
        raise ValueError(f"rule {told['rule']!r}, level {told['level']!r}")
    row = Row(
        rule=told["rule"],
        level=told["level"],
        title=told["title"],
        communes=_several(told["insee"]),
        groupings=_several(told["epci_name"]),
        departement=told["departement"],
        region=told["region"],
    )
    # A rule still listed is attested on the last day of the history.
    last = date.fromisoformat(told["last_listed_if_removed"] or source.updated)
    first = date.fromisoformat(told["first_listed"])
    if last < first:
        raise ValueError(f"listed until {last}, before {first}")
    updated = told["declared_last_update"]
    return _Rule(row, first, last, told["first_seen_in"], told["url"], updated)


def _several(told: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in told.split(";") if part.strip()))


def _tell(adopter: _Adopter, authority: Authority, rule: _Rule) -> None:
    """Add a rule, and keep how it became part of an adoption and how its authority was found."""
    mapper = adopter.mapper
    mapper.changed("rule", rule.row.rule, adopter.authority.key, "grouped-by-authority")
    if rule.row.told not in {known.row.told for known in adopter.rules}:
        mapper.changed("authority", rule.row.told, authority.name, authority.rule)
    if rule.updated:
        mapper.unplaced("declared_last_update", rule.updated)
    adopter.rules.append(rule)


def _locations(authorities: list[Authority], source: Source) -> Iterator[Item]:
    """The territories of authorities and those around them, larger ones first."""
    home = source.options["home"]
    country = Territory("country", home, "", source.options["states"][home]["country"], "", "")
    touched = {country}
    for authority in authorities:
        for place in authority.places:
            here: Territory | None = place
            while here is not None:
                touched.add(here)
                here = territories.around(here)
    for place in sorted(touched, key=lambda t: (_KINDS.index(t.kind), t.code)):
        above = None if place.kind == "country" else territories.around(place) or country
        local = _location_id(place)
        data: dict[str, Any] = {
            "id": local,
            "type": "Location",
            "name": place.name,
            "level": place.kind,
            "within": _location_id(above) if above else None,
            # The number of a grouping is its authority's, not the territory's.
            "identifier": None if place.siren == place.code else _code(local, place),
        }
        licence = source.options["licences"]["territories"]
        yield Item("location", f"{place.kind}/{place.code}", given(data), licence=licence)


def _location_id(place: Territory) -> str:
    prefix = "" if place.kind == "country" else "fr-"
    return f"location/{prefix}{place.kind}-{place.code.lower()}"


def _code(local: str, place: Territory) -> dict[str, str]:
    return _identifier(local, place.kind, place.code)


def _identifier(local: str, scheme: str, code: str) -> dict[str, str]:
    key = f"identifier/{local.replace('/', '-')}"
    return {"id": key, "type": "Identifier", "scheme": scheme, "code": code}


def _organisation(adopter: _Adopter, source: Source, facts: bool) -> Item:
    authority, place = adopter.authority, adopter.authority.itself
    local = f"organisation/{authority.key}"
    data: dict[str, Any] = {
        "id": local,
        "type": "PublicOrganisation",
        "level": authority.level,
        "places": [_location_id(place) for place in authority.places],
        **_names(adopter, source),
    }
    licence = _licence(adopter, source, facts)
    if place is not None:
        licence = source.options["licences"]["territories"]
        siren = place.siren
        data["identifier"] = _identifier(local, "siren", siren) if siren else _code(local, place)
        data["form"] = None if place.kind == "country" else "local-authority"
    return Item("organisation", f"authority/{authority.key}", given(data), licence=licence)


def _names(adopter: _Adopter, source: Source) -> dict[str, Any]:
    """What an authority is called: by the title of its rules where that names the same place
    ("Ville de Caen"), by the official list otherwise."""
    authority, place = adopter.authority, adopter.authority.itself
    if place is None:
        return {"name": authority.name}
    if place.kind == "country":
        state = source.options["states"][place.code]
        return {"names": {language: state[language] for language in ("en", "fr")}}
    titles = [rule.row.title for rule in adopter.rules]
    titles = [title for title in dict.fromkeys(titles) if names_place(title, place)]
    names = [place.name, *titles] if place.kind == "epci" else [*titles, place.name]
    name, *others = dict.fromkeys(names)
    return {"name": name, "otherNames": others}


def _adoption(adopter: _Adopter, source: Source, begin: date, facts: bool) -> Item:
    authority, mapper = adopter.authority, adopter.mapper
    key = f"{_SCHEME}-{authority.key}"
    urls = (mapper.address("url", rule.url) for rule in adopter.rules)
    listed = [(max(rule.first, begin), rule.last) for rule in adopter.rules]
    periods = [
        {
            "id": f"status-period/{key}-{first}",
            "type": "StatusPeriod",
            "status": "in-use",
            "dateKind": "first-listed",
            "startNotAfter": first.isoformat(),
            "lastAttested": last.isoformat(),
        }
        for first, last in _joined(listed, timedelta(days=source.options["bridge_days"]))
    ]
    if len(listed) > len(periods):
        mapper.changed("period", f"{len(listed)} rules", f"{len(periods)} in all", "joined")
    data = {
        "id": f"adoption/{key}",
        "type": "Adoption",
        "adopts": f"innovation/{_SCHEME}",
        "adopter": f"organisation/{authority.key}",
        "statuses": periods,
        "evidence": [url for url in dict.fromkeys(urls) if url],
        "certainty": "reported",
    }
    licence = _licence(adopter, source, facts)
    return Item("adoption", f"{authority.key}/{_SCHEME}", data, mapper.notes, licence)


def _licence(adopter: _Adopter, source: Source, facts: bool) -> str | None:
    """The other repository's licence, where any rule comes from there; else the source's own."""
    licences = source.options["licences"]
    told = (licences.get(rule.seen_in) for rule in adopter.rules)
    return None if facts else next((licence for licence in told if licence), None)


def _joined(listed: list[tuple[date, date]], bridge: timedelta) -> list[tuple[date, date]]:
    """Times that overlap, or lie no further apart than `bridge` (a rule renamed), as one."""
    periods: list[tuple[date, date]] = []
    for first, last in sorted(listed):
        if periods and first - bridge <= periods[-1][1]:
            first, earlier = periods.pop()
            last = max(last, earlier)
        periods.append((first, last))
    return periods
