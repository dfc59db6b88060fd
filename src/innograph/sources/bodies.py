"""Bodies of which a source tells nothing but a name: what they are called, and what is no body."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from . import Note
from .mapping import Mapper, folded, given, slug, tidy

_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\ufeff]")
_PRIVATE = re.compile(r"\S+@\S+\.\w|\+[0-9][0-9 ./()-]{7,}[0-9]")
_LONGEST = 100


def key(name: str) -> str:
    """The name in an address: names that differ in capitals, accents or punctuation have one key.

    Where an address cannot hold the name (another script, or too long a name), a digest of the
    name tells it from others; so the key never depends on which other names are known.
    """
    plain = slug(name)
    lost = any(c.isalnum() and not c.isascii() for c in folded(name))
    if plain and not lost and len(plain) <= _LONGEST:
        return plain
    return f"{plain[:_LONGEST].strip('-')}-{digest(folded(tidy(name)))}".strip("-")


def digest(text: str) -> str:
    """Eight hex digits that stand for a text in addresses."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def is_private(text: str) -> bool:
    """Whether a text holds an e-mail address or a telephone number."""
    return _PRIVATE.search(text) is not None


def name(field: str, raw: Any, mapper: Mapper) -> str | None:
    """The name of a body as told, without stray spaces.

    None, and a note, for what names none: an address of a person, a person (by a title before the
    name, or listed in source.toml by a digest of the name), or nothing that can be read.
    """
    if not isinstance(raw, str):
        mapper.notes.append(Note(field, "(not kept)", None, "not-a-name"))
        return None
    told = tidy(_INVISIBLE.sub("", raw))
    options = mapper.source.options
    titled = folded(told).startswith(tuple(f"{folded(title)} " for title in options["titles"]))
    if is_private(told) or titled or digest(folded(told)) in options["persons"]:
        mapper.notes.append(Note(field, "(not kept)", None, "personal-data"))
        return None
    if not any(c.isalnum() for c in told):
        if raw:
            mapper.notes.append(Note(field, raw, None, "not-a-name"))
        return None
    if told != raw:
        mapper.changed(field, raw, told, "spaces")
    return told


def organisation(
    source: str, name: str, other_names: Sequence[str] = (), **more: Any
) -> dict[str, Any]:
    """The organisation of that name, as `source` knows it."""
    told = {
        "id": f"organisation/{source}-{key(name)}",
        "type": "Organisation",
        "name": name,
        "otherNames": list(other_names),
    }
    return given(told | more)
