"""How good the rules are, against names that a person reconciled by hand.

Precision: of the links that were made, how many are right. Recall: of the names that have a right
answer, how many got it as a link; `found` also counts the right answers among candidates.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import MissingData
from ..sources.mapping import tidy
from ..sources.territories import table
from . import french, italian, states
from .matches import CERTAIN, Match

_LEVELS = {
    "commune": "municipal",
    "intercommunalité": "intermunicipal",
    "département": "county",
    "région": "regional",
}


@dataclass(frozen=True)
class Trial:
    """One name, what it stands for (any of `right`; none when nothing), and what was found."""

    name: str
    rule: str
    right: frozenset[str]
    linked: frozenset[str]
    candidates: frozenset[str]


@dataclass(frozen=True)
class Measure:
    """Counts of one list, or of one rule in it: of names, links, and right ones among them."""

    links: int
    right: int
    wanted: int
    among_candidates: int

    @property
    def precision(self) -> float:
        """Right links of links; 1 when no link was made."""
        return self.right / self.links if self.links else 1.0

    @property
    def recall(self) -> float:
        """Names rightly linked, of those that have a right answer."""
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def found(self) -> float:
        """As recall, with those that a person would find among the candidates."""
        return (self.right + self.among_candidates) / self.wanted if self.wanted else 1.0


def trials(folder: Path, name: str, among: Iterable[str] = ()) -> list[Trial]:
    """What the rules make of each name of a list; raises MissingData when it is not there.

    `among` are more names that spellings are looked for in, beside those of the list itself.
    """
    path = folder / f"{name}.csv"
    if not path.is_file():
        advice = "The lists lie in tests/cases/reconciliation of the repository."
        raise MissingData(path=path, advice=advice)
    with path.open(encoding="utf-8", newline="") as lines:
        return list(LISTS[name](list(csv.DictReader(lines)), set(among)))


def measured(found: list[Trial], rule: str | None = None) -> Measure:
    """The counts of all trials, or of those that one rule decided.

    Of one rule, `wanted` is of the names that it decided.
    """
    chosen = [trial for trial in found if rule in (None, trial.rule)]
    links = sum(len(trial.linked) for trial in chosen)
    right = sum(len(trial.linked & trial.right) for trial in chosen)
    wanted = sum(_wanted(trial) for trial in chosen)
    near = sum(1 for t in chosen if t.right and not t.linked and t.right & t.candidates)
    return Measure(links, right, wanted, near)


def _wanted(trial: Trial) -> int:
    """A list may know one body twice: one of the two suffices. Of spellings all are wanted."""
    return len(trial.right) if trial.rule.startswith("spelling") else bool(trial.right)


def _of_match(name: str, match: Match | None, right: set[str]) -> Trial:
    codes = frozenset(code.key for code in match.codes) if match else frozenset()
    certain = match is not None and match.certain
    rule = match.rule if match else "none"
    return Trial(name, rule, frozenset(right), codes if certain else frozenset(), codes)


def _french_authorities(rows: list[dict[str, str]], among: set[str]) -> Iterator[Trial]:
    for row in rows:
        place = table().get((row["kind"], row["code"]))
        right = {french.code_of(place).key} if place else set()
        match = french.authority(row["name"], _LEVELS[row["level"]])
        yield _of_match(row["name"], match, right)


def _french_ministries(rows: list[dict[str, str]], among: set[str]) -> Iterator[Trial]:
    for row in rows:
        right = {f"source-record:fr-etat:{key}" for key in row["body"].split(";") if key}
        yield _of_match(row["name"], states.body(row["name"]), right)


def _italian_municipalities(rows: list[dict[str, str]], among: set[str]) -> Iterator[Trial]:
    """Each name of the list is held against all its names and all their other spellings."""
    spelt = {row["name"]: {name for name in row["same"].split(";") if name} for row in rows}
    names = {name for told in spelt.values() for name in told} | spelt.keys() | among
    for name, right in spelt.items():
        linked: set[str] = set()
        candidates: set[str] = set()
        rules: set[str] = set()
        for other in sorted(names):
            one, two = italian.municipality(name), italian.municipality(other)
            match = italian.same(one, two) if one and two and name != other else None
            if match:
                (linked if match.sure >= CERTAIN else candidates).add(other)
                rules.add(match.rule)
        rule = f"spelling, {min(rules)}" if rules else "spelling, none"
        yield Trial(tidy(name), rule, frozenset(right), frozenset(linked), frozenset(candidates))


LISTS: dict[str, Callable[[list[dict[str, str]], set[str]], Iterator[Trial]]] = {
    "fr-authorities": _french_authorities,
    "fr-ministries": _french_ministries,
    "it-municipalities": _italian_municipalities,
}
