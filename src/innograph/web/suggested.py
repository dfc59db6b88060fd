"""Studies to begin with: what data/studies.toml suggests of what the graph holds."""

import tomllib
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint
from flask_babel import get_locale
from rdflib import URIRef

from .. import assets
from ..instance import Instance
from .access import instance

blueprint = Blueprint("suggested", __name__)


@blueprint.app_context_processor
def suggested() -> dict[str, object]:
    """For templates: a function that gives address, title and reading of each study."""
    return {"suggested": _here}


def _here() -> list[tuple[str, str, str]]:
    given, lang = instance(), str(get_locale())
    return [
        (address, title[lang], reading[lang])
        for address, title, reading in _offered(given, given.follow())
    ]


@cache
def _studies() -> list[dict[str, Any]]:
    told = tomllib.loads((assets.data() / "studies.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = told["study"]
    return found


@lru_cache(maxsize=2)
def _offered(given: Instance, revision: int) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """The studies of which the graph knows something."""
    offered = []
    for study in _studies():
        of = URIRef(study["of"].format(base=given.base)).n3()
        if b"true" in b"".join(given.ask(f"ASK {{ ?x ?y {of} }}", "application/json").body):
            asked = {name: value.format(base=given.base) for name, value in study["asked"].items()}
            offered.append(
                (f"{study['path']}?{urlencode(asked)}", study["title"], study["reading"])
            )
    return offered
