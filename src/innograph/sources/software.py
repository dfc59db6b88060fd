"""What one publiccode.yml says of its software, as an innovation with its roles and its status."""

import re
from collections.abc import Iterator
from typing import Any

from . import Item, Note, Source, bodies
from .mapping import Mapper, given, slug
from .plainyaml import Fields, Value

_LANGUAGE = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")
_IPA = re.compile(r"[A-Za-z0-9_-]+")
_IPA_NAME = "urn:x-italian-pa:"
# What is taken, by its path in the file; `*` stands for a language.
_TAKEN = {"publiccodeYmlVersion", "name", "url", "landingURL", "isBasedOn", "releaseDate"}
_TAKEN |= {"developmentStatus", "usedBy", "categories", "intendedAudience/scope"}
_TAKEN |= {"organisation/name", "organisation/uri", "legal/repoOwner", "legal/mainCopyrightOwner"}
_TAKEN |= {"maintenance/contractors", "it/riuso/codiceIPA"}
_TAKEN |= {"description/*/localisedName", "description/*/shortDescription"}


def local(url: str, source: Source) -> str:
    """What a software is known by: the address of its repository, however it is written."""
    place = re.sub(r"^https?://(www\.)?", "", url.casefold()).rstrip("/").removesuffix(".git")
    moved: str = source.options["moved"].get(place, place)
    return moved


def key(known_by: str) -> str:
    """The software in an address: the last part of its repository's, and a digest of all of it."""
    return f"{slug(known_by.rsplit('/', 1)[-1])}-{bodies.digest(known_by)}".strip("-")


def describe(told: Fields, known_by: str, url: str, source: Source) -> Item:
    """The innovation; raises BadYaml where a field is not what it should be."""
    mapper, it = Mapper(source), key(known_by)
    data = {
        "id": f"innovation/{it}",
        "type": "Innovation",
        "kind": source.options["kind"],
        "repository": mapper.address("url", url),
        **_texts(told, mapper),
        "link": mapper.address("landingURL", told.text("landingURL")),
        "statuses": list(_status(told, it, mapper)),
        "roles": list(_roles(told, it, mapper)),
        "categories": mapper.choices("categories", told.texts("categories")),
        "scope": mapper.choices("scope", told.texts("intendedAudience", "scope")),
    }
    _note_the_rest(told, mapper)
    return Item("innovation", known_by, given(data), mapper.notes)


def _texts(told: Fields, mapper: Mapper) -> dict[str, dict[str, str]]:
    """Titles and descriptions by language; the name has none ("und") where each is localised."""
    name = mapper.text("name", told.text("name")) or ""
    titles: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    languages = told.fields("description")
    for raw in languages:
        language = raw.replace("_", "-").lower()
        if not _LANGUAGE.fullmatch(language) or language in titles:
            mapper.notes.append(Note("description/*", raw, None, "not-a-language"))
            continue
        localised = languages.text(raw, "localisedName")
        titles[language] = mapper.text("localisedName", localised) or name
        if text := mapper.text("description", languages.text(raw, "shortDescription")):
            descriptions[language] = text
    if name not in titles.values():
        titles["und"] = name
    return {"title": titles} | ({"description": descriptions} if descriptions else {})


def _status(told: Fields, it: str, mapper: Mapper) -> Iterator[dict[str, Any]]:
    """The development status, attested on the day of the latest release."""
    raw = told.text("developmentStatus")
    status = mapper.choice("status", raw) if raw else None
    released = mapper.day("releaseDate", told.text("releaseDate"))
    if status:
        yield given(
            {
                "id": f"status-period/{it}-{status}",
                "type": "StatusPeriod",
                "status": status,
                "phase": status,
                "lastAttested": released,
            }
        )
    elif released:
        mapper.unplaced("releaseDate", released)


def _roles(told: Fields, it: str, mapper: Mapper) -> Iterator[dict[str, Any]]:
    taken: set[str] = set()
    for role, agent, until, raw in _agents(told, mapper):
        local = f"attribution/{it}-{role}-{agent['id'].split('/', 1)[1]}"
        if local in taken:
            mapper.changed("maintenance/contractors", raw, agent["name"], "told-twice")
            continue
        taken.add(local)
        told_role = {"id": local, "type": "Attribution", "role": role, "agent": agent, "end": until}
        yield given(told_role)


def _agents(told: Fields, mapper: Mapper) -> Iterator[tuple[str, dict[str, Any], str | None, str]]:
    """Each body that has a role, until when, and as told."""
    source = mapper.source.name
    owner, holder = told.text("organisation", "name"), told.text("legal", "repoOwner")
    if owner and holder:
        mapper.unplaced("legal/repoOwner", holder)
    lead = bodies.name("organisation/name" if owner else "legal/repoOwner", owner or holder, mapper)
    more = _identity(told, lead is not None, mapper)
    if lead:
        yield "lead", bodies.organisation(source, lead, **more), None, lead
    holder = told.text("legal", "mainCopyrightOwner")
    author = bodies.name("legal/mainCopyrightOwner", holder, mapper)
    if author and set(slug(author).split("-")) & set(mapper.source.options["crowds"]):
        mapper.notes.append(Note("legal/mainCopyrightOwner", author, None, "a-crowd"))
    elif author:
        yield "originator", bodies.organisation(source, author), None, author
    for contractor in told.all_fields("maintenance", "contractors"):
        name = bodies.name("maintenance/contractors", contractor.text("name"), mapper)
        site = mapper.address("website", contractor.text("website"))
        raw = contractor.text("until")
        if name:
            until = mapper.day("until", raw)
            yield "operator", bodies.organisation(source, name, link=site), until, f"{name}, {raw}"


def _identity(told: Fields, named: bool, mapper: Mapper) -> dict[str, Any]:
    """Italian codes and page of the lead; what is told of a body without a name is noted."""
    riuso = told.text("IT" if "IT" in told else "it", "riuso", "codiceIPA").strip()
    uri = told.text("organisation", "uri").strip()
    page: str | None = None
    codes: dict[str, None] = {}
    for field, raw in (("it/riuso/codiceIPA", riuso), ("organisation/uri", uri)):
        code = raw.removeprefix(_IPA_NAME)
        if raw and not named:
            mapper.notes.append(Note(field, raw, None, "no-name-told"))
        elif field == "organisation/uri" and code == raw:
            page = mapper.address(field, raw)
        elif _IPA.fullmatch(code):
            codes[code] = None
        elif raw:
            mapper.notes.append(Note(field, raw, None, "not-a-code"))
    identifiers = [
        {
            "id": f"identifier/publiccode-ipa-{slug(code)}",
            "type": "Identifier",
            "scheme": "ipa",
            "code": code,
        }
        for code in codes
    ]
    return {"link": page, "identifier": identifiers}


def _note_the_rest(told: Fields, mapper: Mapper) -> None:
    """Keep what has no place; the value only of keys that hold no prose and no person's name."""
    options = mapper.source.options
    for path, value in sorted(_leaves(told)):
        if path in _TAKEN or path in options["not_taken"]:
            continue
        plain = _plain(value)
        kept = path in options["noted"] and not bodies.is_private(plain)
        mapper.unplaced(path, plain if kept else [])


def _leaves(told: Fields, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Value]]:
    for name, value in told.items():
        part = "*" if above == ("description",) else name.lower() if name == "IT" else name
        if isinstance(value, Fields):
            yield from _leaves(value, (*above, part))
        elif value:
            yield "/".join((*above, part)), value


def _plain(value: Value) -> str:
    if isinstance(value, Fields):
        return ", ".join(f"{name}: {_plain(inner)}" for name, inner in value.items())
    return value if isinstance(value, str) else "; ".join(map(_plain, value))
