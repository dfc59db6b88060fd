"""Which innovations may be the same: by title, pages, source code, organisations and years.

No score makes a link: each pair waits for a person, with what speaks for it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..sources.mapping import folded, slug
from .actors import pair
from .likeness import most_alike
from .matches import BELOW, Link, Reason
from .told import Told

# What each thing that two records share adds to the score of their pair.
_SCORES = {
    "title": 0.75,
    "title-part": 0.6,
    "title-similar": 0.55,
    "repository": 0.6,
    "page": 0.5,
    "organisation": 0.1,
    "year": 0.05,
}
_FAR = -0.05  # the first years lie more than `_NEAR` apart
_NEAR = 5
_ENOUGH, _PART, _ALIKE, _LONG = 0.55, 5, 88, 6
# An address that so many records share is a list's or a portal's, not theirs.
_SHARED = 3
_DIGITS = re.compile(r"[0-9]+")
_SEPARATORS = re.compile(r"\s[-–—|/]\s|:\s|,\s|[()]")


@dataclass(frozen=True)
class _Record:
    told: Told
    titles: dict[str, str]
    parts: dict[str, str]
    pages: dict[str, str]
    repositories: dict[str, str]
    organisations: dict[str, str]
    years: list[int]

    @property
    def contributors(self) -> set[str]:
        return set(self.told.all("contributor"))


def links(innovations: Iterable[Told], base: str) -> list[Link]:
    """Pairs of records that may be of one innovation, the likeliest first."""
    records = [_record(told) for told in sorted(innovations, key=lambda told: told.iri)]
    seen: dict[tuple[int, int], dict[str, Reason]] = defaultdict(dict)
    for lower, higher, reason in _reasons(records):
        if lower > higher:
            lower, higher = higher, lower
            reason = Reason(reason.field, reason.other, reason.one, reason.rule)
        seen[lower, higher].setdefault(reason.rule, reason)
    found = []
    for (first, second), reasons in seen.items():
        one, other = records[first], records[second]
        if "title" in reasons:  # says it all: equal titles have equal parts
            reasons = {name: r for name, r in reasons.items() if not name.startswith("title-")}
        reasons |= {reason.rule: reason for reason in _support(one, other)}
        score = _score(reasons)
        if score >= _ENOUGH and (_strong(reasons) or not one.contributors & other.contributors):
            rule = max(reasons, key=lambda name: _SCORES.get(name, 0))
            told = tuple(reasons.values())
            found.append(pair(one.told, other.told, rule, score, base, field="title", reasons=told))
    return sorted(found, key=lambda link: (-link.sure, link.local))


def _strong(reasons: dict[str, Reason]) -> bool:
    """Enough for two records of one source, which mostly knows its own innovations apart."""
    return "title" in reasons or ("repository" in reasons and "title-part" in reasons)


def _score(reasons: dict[str, Reason]) -> float:
    titles = [name for name in reasons if name.startswith("title")]
    # Whatever is alike in two titles counts once.
    counted = [name for name in reasons if name not in titles] + titles[:1]
    score = sum(_FAR if name == "years-apart" else _SCORES[name] for name in counted)
    return round(min(score, BELOW), 2)


def _record(told: Told) -> _Record:
    titles = {compact(title): title for title in told.all("title")}
    parts = {
        compact(part): title
        for title in told.all("title")
        for part in _SEPARATORS.split(title)
        if len(compact(part)) >= _PART
    }
    return _Record(
        told,
        {key: title for key, title in titles.items() if key},
        parts,
        {_address(page): page for page in told.all("page")},
        {_address(code): code for code in told.all("repository")},
        {slug(name): name for name in told.all("organisation")},
        sorted(int(year) for year in told.all("year") if year.isdigit()),
    )


def compact(title: str) -> str:
    """The letters of a title alone: SignauxFaibles and "Signaux faibles" are one."""
    return re.sub(r"[^a-z0-9]", "", folded(title))


def _address(address: str) -> str:
    """An address without scheme, www, .git and final slash: what two spellings of one share."""
    return re.sub(r"^https?://(www\.)?|#.*$|(\.git)?/*$", "", address.lower())


def _reasons(records: list[_Record]) -> Iterator[tuple[int, int, Reason]]:
    """What two records share, each with the numbers of both."""
    titles: dict[str, list[int]] = defaultdict(list)
    parts: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        for key in record.titles:
            titles[key].append(number)
        for key in record.parts:
            parts[key].append(number)
    for key, owners in titles.items():
        for one, other in _pairs(owners):
            told = (records[one].titles[key], records[other].titles[key])
            yield one, other, Reason("title", *told, "title")
        for other in parts.get(key, ()):
            for one in owners:
                if one != other:
                    told = (records[one].titles[key], records[other].parts[key])
                    yield one, other, Reason("title", *told, "title-part")
    yield from _similar_titles(records, titles)
    for field in ("pages", "repositories"):
        rule = {"pages": "page", "repositories": "repository"}[field]
        shared: dict[str, list[int]] = defaultdict(list)
        for number, record in enumerate(records):
            for key in getattr(record, field):
                shared[key].append(number)
        for key, owners in shared.items():
            if len(owners) <= _SHARED:
                for one, other in _pairs(owners):
                    told = (getattr(records[one], field)[key], getattr(records[other], field)[key])
                    yield one, other, Reason(rule, *told, rule)


def _similar_titles(
    records: list[_Record], titles: dict[str, list[int]]
) -> Iterator[tuple[int, int, Reason]]:
    names = sorted(name for name in titles if len(name) >= _LONG)
    for name in names:
        for like, _ in most_alike(name, names, _ALIKE, 5):
            # "Projet 1" is not "Projet 2", however alike.
            if name < like and _DIGITS.findall(name) == _DIGITS.findall(like):
                for one in titles[name]:
                    for other in titles[like]:
                        told = (records[one].titles[name], records[other].titles[like])
                        yield one, other, Reason("title", *told, "title-similar")


def _pairs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    for place, one in enumerate(numbers):
        for other in numbers[place + 1 :]:
            if one != other:
                yield one, other


def _support(one: _Record, other: _Record) -> Iterator[Reason]:
    """What makes a pair likelier, or less so, without being enough for one."""
    for key in sorted(one.organisations.keys() & other.organisations.keys())[:1]:
        told = (one.organisations[key], other.organisations[key])
        yield Reason("organisation", *told, "organisation")
    if one.years and other.years:
        near = abs(one.years[0] - other.years[0]) <= _NEAR
        told = (str(one.years[0]), str(other.years[0]))
        yield Reason("year", *told, "year" if near else "years-apart")
