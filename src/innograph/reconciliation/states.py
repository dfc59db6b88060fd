"""Ministries and other bodies of the French State by name, in French and partly in English."""

import re
from collections import defaultdict
from functools import cache

from ..sources.mapping import folded, slug, tidy
from .gazetteers import StateBody, state_bodies
from .likeness import most_alike
from .matches import BELOW, Code, Match, by_rule

_BRACKETS = re.compile(r"\(([^)]*)\)?")
_PARTS = re.compile(r"\s*(?:,|;|\s[-–—/|]\s|\bof the\b)\s*")
_TWO_BODIES = re.compile(r"\b(et|and) (the |l')?(agence|direction|ministere|interministerial)\b|/ ")
_ABOVE = re.compile(r"(ministere|ministry|services du premier ministre)\b|\bministry$")
_SHORT, _ALIKE, _SHOWN = 4, 86, 3


def body(name: str) -> Match | None:
    """The body of the State that a name stands for; None when it is not like any.

    Of "Ministère X, Direction Y" it is the part, Y, never the whole.
    """
    name = tidy(name.rstrip(" ,:;"))
    if found := _named(name):
        return _told("name", found)
    acronyms = {inner for told in _BRACKETS.findall(name) if (inner := _acronym(told))}
    plain = tidy(_BRACKETS.sub(" ", name)).rstrip(" ,:;")
    parts = [part for part in _PARTS.split(plain) if part]
    if _TWO_BODIES.search(folded(name)) or len(acronyms) > 1:
        return by_rule("several-bodies", *(_code(b) for part in parts for b in _named(part)))
    if found := _named(plain):
        return _told("name", found)
    # The smallest body is the one that acts: ministries stand around it.
    within = [part for part in parts if not _ABOVE.search(folded(part))]
    if len(within) > 1:
        return by_rule("several-bodies", *(_code(b) for part in within for b in _named(part)))
    for part in within if len(parts) > 1 else ():
        if found := _named(part) or _acronym(part):
            return _told("part", found)
    for found in acronyms:
        return _told("acronym", found)
    return None if len(parts) > 1 else _similar(plain)


def _told(rule: str, found: tuple[StateBody, ...]) -> Match:
    return by_rule(rule if len(found) == 1 else "several", *map(_code, found))


def _named(name: str) -> tuple[StateBody, ...]:
    return _by_name().get(slug(name), ()) or _acronym(name)


def _acronym(text: str) -> tuple[StateBody, ...]:
    """Bodies of that acronym, spelt so in any case; short ones mean too many things."""
    return _by_acronym().get(slug(text), ()) if len(text.strip()) >= _SHORT else ()


@cache
def _by_name() -> dict[str, tuple[StateBody, ...]]:
    found: dict[str, list[StateBody]] = defaultdict(list)
    for one in state_bodies():
        for name in one.names:
            found[slug(name)].append(one)
    return {name: tuple(bodies) for name, bodies in found.items()}


@cache
def _by_acronym() -> dict[str, tuple[StateBody, ...]]:
    found: dict[str, list[StateBody]] = defaultdict(list)
    for one in state_bodies():
        if one.acronym:
            found[slug(one.acronym)].append(one)
    return {acronym: tuple(bodies) for acronym, bodies in found.items()}


def _similar(name: str) -> Match | None:
    names = _by_name()
    scored = most_alike(slug(name), list(names), _ALIKE, _SHOWN, any_order=True)
    if not scored:
        return None
    codes = dict.fromkeys(_code(one) for match, _ in scored for one in names[match])
    return Match("similar", min(scored[0][1], BELOW), tuple(codes))


def _code(one: StateBody) -> Code:
    return Code("source-record", f"fr-etat:{one.key}", one.name)
