"""Which authority a row of aidesvelo speaks of.

The file names authorities by codes and names of places, now and then wrong, old or cut short. What
leads to no place of the official lists is kept as a body known by name only.
"""

import re
from dataclasses import dataclass

from . import territories
from .mapping import slug
from .territories import Territory, core, table

# What stands before a place's name in the title of its authority.
_TITLE = re.compile(r"^(region|departement|ville|commune|mairie)\b ?")
# How titles of bodies begin that are no commune.
_BODY = re.compile(r"^(communaute|metropole|syndicat|agglomeration)\b")


@dataclass(frozen=True)
class Row:
    """What one row tells of its authority."""

    rule: str
    level: str
    title: str
    communes: tuple[str, ...]
    groupings: tuple[str, ...]
    departement: str
    region: str

    @property
    def told(self) -> str:
        """How the file tells authorities apart: by level and place, else by the rule's name."""
        places = ";".join(self.communes or self.groupings) or self.departement or self.region
        return f"{self.level} {places or self.rule}"


@dataclass(frozen=True)
class Authority:
    """Who acts: the authority of one territory (`itself`), or a body known by name only.

    `key` names it for ever, `rule` tells how it was found, `places` are where it acts.
    """

    key: str
    name: str
    level: str
    itself: Territory | None
    places: tuple[Territory, ...]
    rule: str


class Authorities:
    """Finds the authorities of rows, and remembers the keys of those known by name only."""

    def __init__(self, home: str, state_of: dict[str, str], states: dict[str, dict[str, str]]):
        """`state_of`: whose state's some rules are; other rules of level "état" are of `home`."""
        self._home, self._state_of, self._states = home, state_of, states
        self._keys: dict[str, str] = {}

    def of(self, row: Row) -> Authority:
        """The authority of a row; rows are to come in the order of the file."""
        if row.rule in self._state_of or row.level == "état":
            return self._state(self._state_of.get(row.rule, self._home))
        if row.region:
            return self._ruling(row, table().get(("region", row.region)), "region-code")
        if row.departement:
            place = table().get(("departement", row.departement))
            return self._ruling(row, place, "departement-code")
        if len(row.groupings) > 1 or len(row.communes) > 1:
            found = [_grouping(row, name)[0] for name in row.groupings]
            found += [table().get(("commune", code)) for code in row.communes]
            return self._named(row, found, "several-places")
        if row.groupings:
            grouping, rule = _grouping(row, row.groupings[0])
            return _itself(grouping, rule) if grouping else self._named(row, [], rule)
        if row.level == "intercommunalité":
            return self._by_title(row, "epci")
        return self._commune(row) if row.communes else self._by_title(row, "commune")

    def _state(self, code: str) -> Authority:
        name = self._states[code]
        country = Territory("country", code, "", name["country"], "", "")
        key = f"{code.lower()}-etat"
        return Authority(key, name["fr"], "country", country, (country,), "state-by-name")

    def _ruling(self, row: Row, place: Territory | None, rule: str) -> Authority:
        """The département or région itself, unless the title is that of another body in it."""
        if place and _own(row.title) == core(place.name):
            return _itself(place, rule)
        return self._named(row, [place], "named-otherwise" if place else "unknown-code")

    def _commune(self, row: Row) -> Authority:
        place = table().get(("commune", row.communes[0]))
        if place is None:
            return self._named(row, [], "unknown-code")
        if _is_body(row.title):
            return self._named(row, [place], "named-otherwise")
        if _own(row.title) != core(place.name):
            # The title is another commune's of the département: the code is mistyped.
            others = territories.alike("commune", _own(row.title))
            near = [other for other in others if other.parent == place.parent]
            if len(near) == 1:
                return _itself(near[0], "name-over-code")
        return _itself(place, "commune-code")

    def _by_title(self, row: Row, kind: str) -> Authority:
        for found in (
            territories.named(kind, row.title),
            territories.alike(kind, _own(row.title)),
        ):
            if len(found) == 1:
                return _itself(found[0], "title")
        return self._named(row, [], "unknown-name")

    def _named(self, row: Row, places: list[Territory | None], rule: str) -> Authority:
        name = row.title or row.rule
        key = self._keys.setdefault(slug(name), f"aidesvelo-{slug(row.rule)}")
        level = "intercommunalite" if _is_body(name) else slug(row.level)
        known = dict.fromkeys(place for place in places if place)
        return Authority(key, name, level, None, tuple(known), rule)


def names_place(title: str, place: Territory) -> bool:
    """Whether a title is that of the place's authority, such as "Ville de Caen" for Caen."""
    return _own(title) == core(place.name)


def _itself(place: Territory, rule: str) -> Authority:
    number = f"siren-{place.siren}" if place.siren else f"{place.kind}-{place.code.lower()}"
    return Authority(f"fr-{number}", place.name, place.kind, place, (place,), rule)


def _grouping(row: Row, name: str) -> tuple[Territory | None, str]:
    """A grouping by name; some names are of a former legal form, some are cut at an apostrophe."""
    for rule, found in (
        ("grouping-name", territories.named("epci", name)),
        ("grouping-name-but-form", territories.alike("epci", name)),
        ("grouping-title", territories.alike("epci", row.title)),
        ("grouping-name-cut", territories.beginning("epci", name)),
    ):
        if len(found) == 1:
            return found[0], rule
    return None, "unknown-name"


def _own(title: str) -> str:
    return core(_TITLE.sub("", slug(title).replace("-", " ")))


def _is_body(title: str) -> bool:
    return bool(_BODY.match(slug(title).replace("-", " ")))
