"""Who is behind a case of Public Sector Tech Watch: bodies responsible, and companies.

The file names bodies in words, without a key. One name in one country is one body; a body of the
Union is one wherever its cases lie. A name that lists several bodies stays one, a consortium.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import Item, Note, Source
from .mapping import Mapper, given, slug, tidy

_LONGEST = 80
_BRACKETS = re.compile(r"\(.*?\)")
_BETWEEN = re.compile(r"[;,/|]| & | and ")
# A part of a name that says which kind of body it is, so that two such parts are two bodies.
_BODY = re.compile(
    r"\b(municipality|city|ministry|ministerie|university|province|police|hospital|region|council"
    r"|parliament|court|gmbh|b\.v)\b",
    re.I,
)
_BODIES = re.compile(
    r"^(the )?(municipalities|cities|universities|ministries)\b"
    r"|\b(municipalities|universities|regional governments)$",
    re.I,
)
_ONE = re.compile(r"^ministry\b", re.I)
_COMPANY = re.compile(
    r"(?P<name>[^()]+?)\s*(?:\((?P<link>https?://[^\s()]+)\))?\s*(?:-\s*)?\(?(?P<code>GTS-\d+)?\)?"
)


@dataclass
class Body:
    """A body under the name it is first told by; `words` are all its spellings."""

    key: str
    mapper: Mapper
    words: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    several: bool = False

    @property
    def id(self) -> str:
        """Its own id, for ever."""
        return f"organisation/{self.key}"


class Bodies:
    """The bodies responsible that have been told so far."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._union = {slug(name) for name in source.options["of_the_union"]}
        self._found: dict[str, Body] = {}

    def of(self, told: str, category: str, country: str) -> Body:
        """The body of this name; `country` is the code of where its case lies."""
        name = tidy(told)
        scope = "eu" if slug(name) in self._union else country.lower()
        key = f"{self._source.name}-{scope}-{_short(name)}"
        body = self._found.setdefault(key, Body(key, Mapper(self._source)))
        if name not in body.words:
            body.words.append(name)
        if category not in body.categories:
            body.categories.append(category)
        return body

    def items(self) -> Iterator[Item]:
        """What is told of each body, after all of them have been told."""
        for body in self._found.values():
            yield _item(body, self._source)


def _short(name: str) -> str:
    """A slug of bearable length; what is cut off still tells names apart."""
    whole = slug(name)
    if len(whole) <= _LONGEST:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{whole[:_LONGEST].rsplit('-', 1)[0]}-{digest}"


def _item(body: Body, source: Source) -> Item:
    name, *others = body.words
    kinds = [source.options["categories"][category] for category in body.categories]
    levels = {kind["level"] for kind in kinds if "level" in kind}
    forms = list(dict.fromkeys(kind["form"] for kind in kinds if "form" in kind))
    public = any(kind.get("public") for kind in kinds)
    if lists_several(name):
        body.mapper.notes.append(Note("organisation", name, None, "several-bodies"))
        # Categories are told of the bodies in it; of the whole, none of our forms or levels is.
        forms, levels, public = ["consortium"], set(), False
    elif _BETWEEN.search(name):
        body.mapper.notes.append(Note("organisation", name, None, "may-name-several-bodies"))
    if len(levels) > 1:
        body.mapper.unplaced("level", ", ".join(sorted(levels)))
    data = {
        "id": body.id,
        "type": "PublicOrganisation" if public else "Organisation",
        "name": name,
        "otherNames": others,
        "category": body.categories,
        "form": forms,
        "level": next(iter(levels)) if len(levels) == 1 else None,
    }
    local = f"organisation/{body.key.removeprefix(source.name + '-')}"
    return Item("organisation", local, given(data), body.mapper.notes)


def lists_several(name: str) -> bool:
    """Whether a name certainly lists several bodies: "Municipality of A, University of B"."""
    plain = tidy(_BRACKETS.sub("", name))
    parts = [part for part in _BETWEEN.split(plain) if part.strip()]
    if len(parts) < 2:
        return False
    plural = _BODIES.search(plain) and not _ONE.search(plain)
    return bool(plural) or sum(bool(_BODY.search(part)) for part in parts) > 1


def company(told: str, mapper: Mapper) -> Item | None:
    """The company that a cell names, with its page; None, and a note, where it is not sure which.

    Codes of another register stand beside names or alone, and one code beside two names: they are
    kept in the note.
    """
    source = mapper.source
    text = tidy(told)
    match = _COMPANY.fullmatch(text)
    name = match["name"].strip(" -") if match else ""
    if not match or not name or name.startswith("GTS-") or name in source.options["no_company"]:
        mapper.unplaced("company", told)
        return None
    if _BETWEEN.search(name):
        mapper.unplaced("company", told)
        return None
    key, link = f"company/{_short(name)}", match["link"]
    if name != told:
        rule = "name-and-code" if match["code"] else "name-and-page" if link else "spaces"
        mapper.changed("company", told, name, rule)
    data: dict[str, Any] = {
        "id": f"organisation/{source.name}-{key.replace('/', '-')}",
        "type": "Organisation",
        "name": name,
        "form": ["company"],
        "link": None if link and link.startswith(source.options["page_of_a_shop"]) else link,
    }
    return Item("organisation", key, given(data))
