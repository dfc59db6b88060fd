"""Names in place of addresses: what a reader writes, looked up among the names that are told."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode

from flask import request

from .. import queries
from ..errors import BadParameter, Gone, NotFound
from ..instance import Instance
from ..media import JSON_ROWS
from ..sources.mapping import folded, tidy
from . import things
from .access import instance

# What can be named, and the question that tells its names.
TOLD_BY = {
    "innovation": "find-innovations",
    "adopter": "names-in-adoptions",
    "territory": "names-in-adoptions",
    "theme": "names-in-adoptions",
}
_SHOWN = 8
_Name = tuple[str, str, str]  # of what address, as written, as compared


@dataclass(frozen=True)
class Unclear:
    """A name that several things have or none has: (name, address, where it leads) of some."""

    parameter: str
    text: str
    choices: list[tuple[str, str, str]]
    more: int

    def refused(self) -> BadParameter:
        """What to say to who cannot choose."""
        some = ", ".join(f"{address} ({name})" for name, address, _ in self.choices)
        reason = f"several have it in their name: {some}" if some else "it is in no name known here"
        return BadParameter(parameter=self.parameter, value=self.text, reason=reason)


def looked_up(parameters: Collection[str]) -> tuple[str, list[Unclear]]:
    """Where the same is asked with addresses for names ("" where it is), and what is not clear."""
    given = [(name, value) for name, value in request.args.items(multi=True) if value]
    named = [
        (place, name, value)
        for place, (name, value) in enumerate(given)
        if name in parameters and name in TOLD_BY and not is_address(value)
    ]
    unclear = []
    for place, name, value in named:
        found = _called(name, value)
        if len(found) == 1:
            given[place] = name, next(iter(found))
        else:
            some = sorted(found.items(), key=lambda each: (each[1], each[0]))[:_SHOWN]
            choices = [
                (label, address, _with(given, place, name, address)) for address, label in some
            ]
            unclear.append(Unclear(name, value, choices, len(found) - len(some)))
    elsewhere = named and not unclear
    return f"{quote(request.path)}?{urlencode(given)}" if elsewhere else "", unclear


def status(unclear: list[Unclear]) -> int:
    """That of a page: what is to be chosen is 300 (Multiple Choices), what nothing has is 400."""
    if not unclear:
        return 200
    return 300 if all(each.choices for each in unclear) else 400


def called(asked: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What the things are called whose addresses are given first for what can be named."""
    found = {}
    for name in TOLD_BY:
        for value in list(asked.get(name, ()))[:1]:
            with suppress(NotFound, Gone):
                if is_address(value):
                    found[name] = things.called(value, things.present(value))
    return found


def known(parameter: str) -> list[str]:
    """All names that can be given for a parameter."""
    return sorted({label for _, label, _ in _names(parameter)})


def is_address(text: str) -> bool:
    """Whether a text is no name."""
    return "://" in text or text.startswith("urn:")


def _with(given: list[tuple[str, str]], place: int, name: str, address: str) -> str:
    asked = [*given[:place], (name, address), *given[place + 1 :]]
    return f"{quote(request.path)}?{urlencode(asked)}"


def _called(parameter: str, text: str) -> dict[str, str]:
    """The things of that name, or else those with it in their name: name by address."""
    wanted, names = folded(tidy(text)), _names(parameter)
    same = {thing: label for thing, label, key in names if key == wanted}
    if same or not wanted:
        return same
    return {thing: label for thing, label, key in reversed(names) if wanted in key}


def _names(parameter: str) -> list[_Name]:
    given = instance()
    return _told(given, given.follow(), TOLD_BY[parameter])[parameter]


@lru_cache(maxsize=4)
def _told(
    given: Instance, revision: int, question: str
) -> Mapping[str, list[tuple[str, str, str]]]:
    """Address, name, and name to compare, by what they confine; asked once a revision."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in given.ask(queries.load(question).text, JSON_ROWS).rows():
        label = tidy(row["label"])
        found[row.get("use", "innovation")].append((row["thing"], label, folded(label)))
    return found
