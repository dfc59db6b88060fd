"""Challenges of the programme Entrepreneurs d'intérêt général, from the data of its site.

A challenge is an innovation, a candidacy that was chosen, and what its administration did with it
in the year of the promotion. The source tells of work, not of use: a trial is inferred.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import MissingData
from . import Item, Note, Refusal, Source, plainyaml
from .mapping import Mapper, given, slug, tidy

_CHALLENGES, _PROMOTIONS = Path("defis_clean.json"), Path("_data", "promos.yml")
_ADDRESS = re.compile(r"/(defis/[0-9]{4}/[^/\s]+)\.html")
_TAKEN = {"title", "description", "administration", "administration_website"}
_TAKEN |= {"promotion", "year", "source_code", "website", "link_to"}


@dataclass(frozen=True)
class _Challenge:
    """One entry of the file; `local` is the source's own key, such as defis/2019/cartobio."""

    local: str
    title: str
    administration: str
    promotion: str
    year: str
    told: dict[str, Any]

    @property
    def key(self) -> str:
        """What its addresses here are made of."""
        return "eig-" + slug(self.local.removeprefix("defis/"))

    @property
    def body(self) -> str:
        """The administration: names that differ in capitals or punctuation only are one."""
        return f"organisation/eig-{slug(self.administration)}"


def read(path: Path, source: Source, facts: bool) -> Iterator[Item | Refusal]:
    """Promotions, administrations, then challenges, each with its candidacy and its use."""
    for file in (_CHALLENGES, _PROMOTIONS):
        if not (path / file).is_file():
            raise MissingData(path=path / file, advice=f"It is part of {source.snapshot}")
    challenges: list[_Challenge] = []
    for told in _challenges(path / _CHALLENGES):
        if isinstance(told, Refusal):
            yield told
        else:
            challenges.append(told)
    calls = list(_calls(path / _PROMOTIONS, challenges, source))
    yield from calls
    listed = {item.data["id"] for item in calls if isinstance(item, Item)}
    yield from _administrations(challenges, source)
    for challenge in challenges:
        yield _innovation(challenge, source)
        if (call := f"call/eig-{slug(challenge.promotion)}") in listed:
            yield _candidacy(challenge, call)
        yield _adoption(challenge, call in listed, source)


def _challenges(file: Path) -> Iterator[_Challenge | Refusal]:
    try:
        told = json.loads(file.read_text("utf-8"))
        if not isinstance(told, list):
            raise TypeError("this is no list of challenges")
    except (ValueError, TypeError, RecursionError) as error:
        yield Refusal("not readable", file.name, f"{type(error).__name__}: {error}")
        return
    taken: set[str] = set()
    for number, entry in enumerate(told, 1):
        try:
            challenge = _challenge(entry)
        except (KeyError, TypeError, ValueError) as error:
            detail = f"{type(error).__name__}: {error}"
            address = (
                _ADDRESS.fullmatch(str(entry.get("link_to"))) if isinstance(entry, dict) else None
            )
            local = address[1] if address else f"challenge {number}"
            yield Refusal("missing or wrong field", local, detail)
            continue
        if challenge.key in taken:
            detail = f"another challenge is named {challenge.key} too"
            yield Refusal("name taken", challenge.local, detail)
            continue
        taken.add(challenge.key)
        yield challenge


def _challenge(told: Any) -> _Challenge:
    if not isinstance(told, dict):
        raise TypeError("this is no challenge")
    address = _ADDRESS.fullmatch(str(told["link_to"]))
    if address is None:
        raise ValueError(f"link_to is no address of a challenge: {told['link_to']}")
    year = str(told["year"])
    if not re.fullmatch("[0-9]{4}", year):
        raise ValueError(f"year: {year}")
    texts = {field: told[field] for field in ("title", "administration")}
    for field, text in texts.items():
        if not isinstance(text, str) or not slug(text):
            raise ValueError(f"{field}: {text}")
    json.dumps(told, ensure_ascii=False).encode()  # half a character cannot be published
    return _Challenge(address[1], **texts, promotion=str(told["promotion"]), year=year, told=told)


def _calls(file: Path, challenges: list[_Challenge], source: Source) -> Iterator[Item | Refusal]:
    """The promotions, each in the year that all of its challenges tell."""
    try:
        told = plainyaml.read(file.read_bytes())
    except plainyaml.BadYaml as error:
        yield Refusal("not readable", file.name, str(error))
        return
    taken: set[str] = set()
    for title, promotion in told.items():
        name = promotion.get("promotion") if isinstance(promotion, plainyaml.Fields) else None
        if not isinstance(name, str) or not slug(name) or not slug(title):
            detail = f"line {told.lines[title]}: promotion is not told"
            yield Refusal("missing or wrong field", f"promos/{title}", detail)
            continue
        if slug(name) in taken:
            detail = f"line {told.lines[title]}: another promotion is named {name} too"
            yield Refusal("name taken", f"promos/{title}", detail)
            continue
        taken.add(slug(name))
        mapper = Mapper(source)
        years = {c.year for c in challenges if slug(c.promotion) == slug(name)}
        year = min(years) if len(years) == 1 else None
        if year:
            mapper.changed("year", year, year, "of-its-challenges")
        data = {
            "id": f"call/eig-{slug(name)}",
            "type": "Call",
            "title": mapper.text("title", title),
            "callKind": "challenge",
            "start": year,
        }
        yield Item("call", f"promos/{name}", given(data), mapper.notes)


def _administrations(challenges: list[_Challenge], source: Source) -> Iterator[Item]:
    """Each administration once, under the name told most often and the other spellings."""
    named: defaultdict[str, list[_Challenge]] = defaultdict(list)
    for challenge in challenges:
        named[challenge.body].append(challenge)
    for body, told in named.items():
        mapper = Mapper(source)
        names = Counter(tidy(challenge.administration) for challenge in told)
        name, *others = (spelling for spelling, _ in names.most_common())
        for other in others:
            mapper.changed("administration", other, name, "spelling")
        sites = [challenge.told.get("administration_website") for challenge in told]
        data = {
            "id": body,
            "type": "PublicOrganisation",
            "name": name,
            "otherNames": others,
            "link": _addresses("administration_website", sites, mapper),
        }
        yield Item("organisation", f"administration/{slug(name)}", given(data), mapper.notes)


def _addresses(field: str, told: list[Any], mapper: Mapper) -> list[str]:
    """Addresses, each once; one with and one without a slash at its end are the same."""
    found: dict[str, str] = {}
    for raw in dict.fromkeys(str(address) for address in told if address):
        address = _address(field, raw, mapper)
        if address is None:
            continue
        known = found.setdefault(address.rstrip("/"), address)
        if known != address:
            mapper.changed(field, address, known, "same-address")
    return list(found.values())


def _address(field: str, raw: Any, mapper: Mapper) -> str | None:
    """A web address whose host can exist: some of these lack theirs."""
    address = mapper.address(field, raw)
    if address is not None and "." not in address.split("/")[2]:
        mapper.notes.append(Note(field, str(raw), None, "not-an-address"))
        return None
    return address


def _innovation(challenge: _Challenge, source: Source) -> Item:
    mapper, told = Mapper(source), challenge.told
    data = {
        "id": f"innovation/{challenge.key}",
        "type": "Innovation",
        "title": mapper.text("title", challenge.title),
        "description": mapper.text("description", told.get("description")),
        "sphere": source.options["sphere"],
        "roles": [
            {
                "id": f"attribution/{challenge.key}-lead",
                "type": "Attribution",
                "role": "lead",
                "agent": challenge.body,
            }
        ],
        "repository": _address("source_code", told.get("source_code"), mapper),
        "link": _address("website", told.get("website"), mapper),
        "page": _page(challenge, source),
    }
    mapper.text("administration", challenge.administration)
    for field in sorted(told.keys() - _TAKEN - set(source.options["not_taken"])):
        for raw in _values(field, told[field]):
            mapper.unplaced(field, raw)
    return Item("innovation", challenge.local, given(data), mapper.notes)


def _values(field: str, told: Any) -> Iterator[Any]:
    """What is kept of a field that has no place: of a list, its plain values and addresses."""
    if not isinstance(told, list):
        if told not in (None, ""):
            yield told
    elif all(isinstance(value, str) for value in told):
        yield from [", ".join(told)] if told else []
    else:
        known = [value for value in told if isinstance(value, dict)]
        addresses = [value["url"] for value in known if isinstance(value.get("url"), str)]
        films = [f"{v['platform']} {v['id']}" for v in known if {"platform", "id"} <= v.keys()]
        yield from addresses or films or [told]


def _page(challenge: _Challenge, source: Source) -> str:
    return f"{source.address}/{challenge.local}.html"


def _candidacy(challenge: _Challenge, call: str) -> Item:
    data = {
        "id": f"candidacy/{challenge.key}",
        "type": "Candidacy",
        "candidate": f"innovation/{challenge.key}",
        "call": call,
        "outcome": "laureate",
    }
    return Item("candidacy", f"{challenge.local}#candidacy", data)


def _adoption(challenge: _Challenge, listed: bool, source: Source) -> Item:
    """The use at the administration: it began some time in the year of the promotion."""
    mapper = Mapper(source)
    mapper.changed("year", challenge.year, f"trial begun in {challenge.year}", "use-inferred")
    if not listed:
        mapper.notes.append(Note("promotion", challenge.promotion, None, "not-listed"))
    data = {
        "id": f"adoption/{challenge.key}",
        "type": "Adoption",
        "adopts": f"innovation/{challenge.key}",
        "adopter": challenge.body,
        "statuses": [
            {
                "id": f"status-period/{challenge.key}-trial",
                "type": "StatusPeriod",
                "status": "trial",
                "dateKind": "inferred",
                "startNotBefore": challenge.year,
                "startNotAfter": challenge.year,
            }
        ],
        "evidence": _page(challenge, source),
        "certainty": "inferred",
    }
    return Item("adoption", f"{challenge.local}#adoption", data, mapper.notes)
