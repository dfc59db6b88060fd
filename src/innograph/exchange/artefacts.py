"""The files that are written from the model, for whoever builds on it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import assets
from . import context, diagram, fields, schema, template, terms

_FOLDERS = ("schemas", "templates")


def artefacts() -> dict[str, bytes]:
    """Each file by its path under `ontology/`; the same model gives the same bytes."""
    found = {"context.jsonld": _json(context.context()), "diagram.svg": diagram.svg()}
    for kind in fields.roots():
        name = terms.slug(kind)
        found[f"schemas/{name}.schema.json"] = _json(schema.schema(kind))
        found[f"templates/{name}.csv"] = template.template(kind)
        found[f"templates/{name}.csv-metadata.json"] = _json(template.metadata(kind))
    return found


def write() -> list[str]:
    """Write what the model gives, take away what it no longer gives; the paths of what changed."""
    drifted, made = drift(), artefacts()
    for path in drifted:
        target = _folder() / path
        if path in made:
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(made[path])
        else:
            target.unlink()
    return drifted


def drift() -> list[str]:
    """Paths of files that are not what the model gives: changed, missing or too many."""
    made = artefacts()
    there = {path: (_folder() / path).read_bytes() for path in _there(made)}
    return sorted(path for path in made.keys() | there.keys() if made.get(path) != there.get(path))


def _there(made: dict[str, bytes]) -> Iterator[str]:
    yield from (path for path in made if (_folder() / path).is_file())
    for folder in _FOLDERS:
        found = (_folder() / folder).glob("*")
        yield from (f"{folder}/{p.name}" for p in found if f"{folder}/{p.name}" not in made)


def _folder() -> Path:
    return assets.root() / "ontology"


def _json(told: Any) -> bytes:
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()
