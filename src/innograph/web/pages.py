"""The home page for people, and what monitors ask."""

from functools import lru_cache

from flask import Blueprint, Response, jsonify, render_template
from flask_babel import get_locale

from .. import __version__, media, queries
from ..instance import Instance
from .access import instance

blueprint = Blueprint("pages", __name__)
_EXAMPLES = ("innovations-by-stage-and-sponsor", "adoptions-by-level", "fundings-by-call")


@blueprint.get("/")
def home() -> str:
    """What the graph holds, and three questions that run."""
    given, lang = instance(), str(get_locale())
    counts = _counts(given, given.follow())
    examples = [queries.load(name) for name in _EXAMPLES]
    return render_template(
        "home.html",
        counts=counts,
        labels=queries.load("counts").columns_in(lang),
        examples=[(q.title[lang], q.description[lang], q.bind({})) for q in examples],
        revision=given.store.revision,
    )


@lru_cache(maxsize=2)
def _counts(given: Instance, revision: int) -> dict[str, int]:
    """What the graph holds at a revision: counted once, since everybody comes here first."""
    [row] = given.ask(queries.load("counts").text, media.JSON_ROWS).rows()
    return {name: int(number) for name, number in row.items()}


@blueprint.get("/health")
def health() -> Response:
    """Whether this server answers, its version and its revision."""
    given = instance()
    revision = given.ask("ASK {}").revision
    return jsonify(status="ok", version=__version__, revision=revision, ledger=given.ledger.id)
