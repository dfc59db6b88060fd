"""The start-ups of the French State, from the Markdown files of beta.gouv.fr."""

import hashlib
import re
from collections import UserDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ..errors import MissingData
from . import Item, Note, Refusal, Source
from .mapping import Mapper, folded, given, slug, tidy

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n---", re.S)
_MONTHS = "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
_EDITION = re.compile(r"FAST (\d+) - (\w+) (\d{4})")


def read(path: Path, source: Source, facts: bool) -> Iterator[Item | Refusal]:
    """Organisations, incubators, FAST calls, start-ups, and what FAST gave them: in this order,
    so that each points at what comes before it."""
    readers: dict[str, Callable[[str, _Fields, Mapper], Item]] = {
        "_organisations": _organisation,
        "_incubators": _incubator,
        "_fasts": _call,
        "_startups": _innovation,
    }
    taken: set[str] = set()
    funded: list[tuple[str, _Fields]] = []
    for folder, reader in readers.items():
        for stem, told in _files(path / "content" / folder):
            item = told if isinstance(told, Refusal) else _item(folder, stem, told, reader, source)
            if isinstance(item, Refusal):
                yield item
            elif item.data["id"] in taken:
                detail = f"another file is named {item.data['id']} too"
                yield Refusal("name taken", item.local, detail)
            else:
                yield _without_unlisted_owner(item, taken)
                taken.add(item.data["id"])
                if isinstance(told, _Fields) and item.kind == "innovation" and told.get("fast"):
                    funded.append((stem, told))
    for stem, told in funded:
        yield _item("_startups", stem, told, _support, source)


class _Fields(UserDict[str, Any]):
    """The front matter of a file, which knows the fields that nobody asked for."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told)
        self.unread = {name for name, value in told.items() if value not in (None, "", [])}

    def __getitem__(self, name: str) -> Any:
        self.unread.discard(name)
        return super().__getitem__(name)


def _item(
    folder: str,
    stem: str,
    told: _Fields,
    reader: Callable[[str, _Fields, Mapper], Item],
    source: Source,
) -> Item | Refusal:
    mapper = Mapper(source)
    try:
        item = reader(stem, told, mapper)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        detail = f"{type(error).__name__}: {error}"
        return Refusal("missing or wrong field", f"{folder}/{stem}", detail)
    if item.kind not in ("agent", "support"):
        for name in sorted(told.unread - set(source.options["not_taken"])):
            mapper.unplaced(name, told[name])
    return item


def _files(folder: Path) -> Iterator[tuple[str, _Fields | Refusal]]:
    """The front matter of each file; some have no extension, and odd letters in their names."""
    if not folder.is_dir():
        raise MissingData(path=folder, advice="The source is a folder that holds content/.")
    for path in sorted(folder.iterdir()):
        stem = path.name.removesuffix(".md")
        local = f"{folder.name}/{stem}"
        try:
            match = _FRONT_MATTER.match(path.read_text("utf-8"))
            if match is None:
                yield stem, Refusal("no front matter", local, "the file does not begin with ---")
                continue
            told = yaml.load(match[1], yaml.CSafeLoader)
            if not isinstance(told, dict):
                raise TypeError("the front matter is no list of fields")
            yield stem, _Fields(told)
        except (UnicodeDecodeError, yaml.YAMLError, TypeError) as error:
            yield stem, Refusal("not readable", local, " ".join(str(error).split()))


def _organisation(stem: str, told: _Fields, mapper: Mapper) -> Item:
    if _is_person(stem, mapper.source):
        # A person who is listed among the organisations is published without a name.
        agent = {"id": _agent_id(stem, mapper.source), "type": "Agent"}
        return Item("agent", f"_organisations/{_digest(stem)}", agent)
    name, acronym = mapper.text("name", told["name"]), mapper.text("acronym", told.get("acronym"))
    kind = mapper.choice("organisationType", told["type"]) if told.get("type") else None
    domain = told.get("domaine_ministeriel")
    data = {
        "id": f"organisation/{slug(stem)}",
        "type": "PublicOrganisation",
        "name": name,
        "acronym": None if acronym == name else acronym,
        "form": kind,
        "organisationType": kind,
        "domain": mapper.choice("domain", domain) if domain else None,
        "link": mapper.address("link", told.get("annuaire")),
    }
    return Item("organisation", f"_organisations/{stem}", given(data), mapper.notes)


def _incubator(stem: str, told: _Fields, mapper: Mapper) -> Item:
    owner = _linked(told.get("owner"))
    data = {
        "id": f"incubator/{slug(stem)}",
        "type": "Incubator",
        "name": mapper.text("name", told["title"]),
        "form": "incubator",
        "owner": f"organisation/{slug(owner)}" if owner else None,
        "link": mapper.address("link", told.get("website")),
    }
    return Item("incubator", f"_incubators/{stem}", given(data), mapper.notes)


def _without_unlisted_owner(item: Item, listed: set[str]) -> Item:
    """An owner that the source names and does not list is noted, and left out."""
    owner = item.data.get("owner")
    if owner is None or owner in listed:
        return item
    note = Note("owner", owner, None, "not-listed")
    data = {key: value for key, value in item.data.items() if key != "owner"}
    return replace(item, data=data, notes=[*item.notes, note])


def _call(stem: str, told: _Fields, mapper: Mapper) -> Item:
    match = _EDITION.fullmatch(tidy(told["title"]))
    if match is None:
        raise ValueError(f"the title is not of the form FAST 1 - Juin 2019: {told['title']}")
    month = _MONTHS.split().index(folded(match[2])) + 1
    data = {
        "id": f"call/fast-{match[1]}",
        "type": "Call",
        "title": f"FAST {match[1]}",
        "callKind": "projects",
        "organizer": mapper.source.options["fast_organizer"],
        "awarded": f"{match[3]}-{month:02}",
    }
    mapper.changed("awarded", f"{match[2]} {match[3]}", data["awarded"], "month-name")
    return Item("call", f"_fasts/{stem}", data, mapper.notes)


def _innovation(stem: str, told: _Fields, mapper: Mapper) -> Item:
    key = slug(stem)
    data = {
        "id": f"innovation/{key}",
        "type": "Innovation",
        "title": mapper.text("title", told["title"]),
        "mission": mapper.text("mission", told.get("mission")),
        "kind": mapper.source.options["kind"],
        "sphere": mapper.source.options["sphere"],
        "phases": [p for phase in told["phases"] if (p := _phase(key, phase, mapper))],
        "roles": list(_roles(key, told, mapper.source)),
        "usertypes": mapper.choices("usertypes", told.get("usertypes")),
        "thematiques": mapper.choices("thematiques", told.get("thematiques")),
        "link": mapper.address("link", told.get("link")),
        "repository": mapper.address("repository", told.get("repository")),
        "page": f"{mapper.source.address}/startups/{stem}.html",
    }
    for event in told.get("events") or ():
        mapper.unplaced("events", f"{event.get('name') or event.get('event')}")
    return Item("innovation", f"_startups/{stem}", given(data), mapper.notes)


def _phase(key: str, told: dict[str, Any], mapper: Mapper) -> dict[str, Any] | None:
    phase = mapper.choice("phase", told["name"])
    if phase is None:
        return None
    start = mapper.day("start", told["start"])
    if told.get("comment"):
        mapper.unplaced("comment", told["comment"])
    return given(
        {
            "id": f"status-period/{key}-{slug(str(told['name']))}-{start}",
            "type": "StatusPeriod",
            "status": phase,
            "phase": phase,
            "start": start,
            "end": mapper.day("end", told.get("end")),
            "dateKind": "declared",
        }
    )


def _roles(key: str, told: _Fields, source: Source) -> Iterator[dict[str, str]]:
    incubators = dict.fromkeys([told["incubator"], *(told.get("incubators") or ())])
    for incubator in incubators:
        yield _role(key, "incubator", f"incubator/{slug(incubator)}")
    for sponsor in dict.fromkeys(told.get("sponsors") or ()):
        stem = _linked(sponsor)
        person = _is_person(stem, source)
        agent = _agent_id(stem, source) if person else f"organisation/{slug(stem)}"
        yield _role(key, "sponsor", agent)


def _role(key: str, role: str, agent: str) -> dict[str, str]:
    return {
        "id": f"attribution/{key}-{role}-{agent.split('/', 1)[1]}",
        "type": "Attribution",
        "role": role,
        "agent": agent,
    }


def _support(stem: str, told: _Fields, mapper: Mapper) -> Item:
    fast = told["fast"]
    key = f"fast-{fast['promotion']}-{slug(stem)}"
    data = {
        "id": f"support/{key}",
        "type": "Support",
        "supportKind": "scaling-grant",
        "supports": f"innovation/{slug(stem)}",
        "supporter": mapper.source.options["fast_organizer"],
        "call": f"call/fast-{fast['promotion']}",
        "amount": {
            "id": f"amount/{key}",
            "type": "MonetaryAmount",
            "value": int(fast["montant"]),
            "currency": "EUR",
        },
    }
    return Item("support", f"_startups/{stem}#fast-{fast['promotion']}", data)


def _linked(address: object) -> str:
    """The file stem at the end of a reference such as /organisations/dinum."""
    return str(address or "").rsplit("/", 1)[-1]


def _digest(stem: str) -> str:
    return hashlib.sha256(stem.encode()).hexdigest()[:12]


def _is_person(stem: str, source: Source) -> bool:
    return _digest(stem) in source.options["persons"]


def _agent_id(stem: str, source: Source) -> str:
    return f"agent/{source.name}-{_digest(stem)}"
