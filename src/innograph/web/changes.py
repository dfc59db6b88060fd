"""The mirror API: what changed, page after page, for those who keep a copy."""

import json
from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from .. import media
from ..errors import BadParameter
from ..ledger import Ledger
from ..publication import changes, innovations, position
from ..publication.activities import prefixes
from ..publication.position import Page
from .access import instance
from .cache import REVISION
from .parameters import absolute, number, single

blueprint = Blueprint("changes", __name__, url_prefix="/api")
# Plain JSON, then what can name graphs.
PLAIN = media.Format("JSON", "application/json", "json", media.DATASETS[-1].engine)
FORMS = (PLAIN, *reversed(media.DATASETS))
USUAL, MOST = 100, 1_000
T = TypeVar("T")


@blueprint.get("/changes")
def changed() -> Response:
    """Dossiers that changed after a revision, each as it is now, tombstones included."""
    after = _after("since", position.since)
    return _answer("changes", after, changes.changes, changes.as_json, changes.as_dataset)


@blueprint.get("/innovations")
def modified() -> Response:
    """Innovations that changed after a time, each with all its dossiers, or as a tombstone."""
    after, told = _after("modified_since", position.modified_since), innovations
    return _answer("innovations", after, told.innovations, told.as_json, told.as_dataset)


def _after(begin: str, read: Callable[[Ledger, str], int]) -> int:
    """After which event to begin; raises BadParameter, also for a parameter that is not known."""
    known = (begin, "cursor", "limit", "format", "lang")
    for name in request.args.keys() - set(known):
        reason = f"known parameters: {', '.join(known)}"
        raise BadParameter(parameter=name, value="given", reason=reason)
    ledger, begun, cursor = instance().ledger, single(begin), single("cursor")
    after = read(ledger, begun) if begun else 0
    return position.cursor(ledger, cursor) if cursor else after


def _answer(
    name: str,
    after: int,
    take: Callable[[Ledger, int, int], Page[T]],
    as_json: Callable[[Page[T], str], Iterable[object]],
    as_dataset: Callable[[Page[T], str, str, str], Iterable[tuple[str, bytes]]],
) -> Response:
    ledger, limit, form = instance().ledger, number("limit", USUAL, 1, MOST), _form()
    seen = ledger.revision()  # at least: what is read after it may be newer
    page = take(ledger, after, limit)
    here, following = _address(), _address(cursor=position.written(ledger, page.revision))
    if form is PLAIN:
        told = {"revision": page.revision, name: list(as_json(page, ledger.base))}
        told |= {"next": None if page.is_last else following, "follow": following}
        body = json.dumps(told, ensure_ascii=False).encode()
    else:
        parts = as_dataset(page, here, following, ledger.base)
        body = media.serialize_named(parts, form, prefixes())
    response = Response(body, content_type=media.content_type(form.media_type))
    response.headers[REVISION] = str(seen)
    links = [] if page.is_last else [f'<{following}>; rel="next"']
    links.append(f'<{absolute("/api/openapi.json")}>; rel="service-desc"')
    response.headers["Link"] = ", ".join(links)
    return response


def _form() -> media.Format:
    if (name := single("format")) is None:
        return media.negotiate(request.headers.get("Accept"), FORMS)
    if (form := media.by_extension(name, FORMS)) is None:
        known = ", ".join(each.extension for each in FORMS)
        raise BadParameter(parameter="format", value=name, reason=known)
    return form


def _address(**changed: str) -> str:
    """The address asked for; with a cursor, that of what follows."""
    given = {name: value for name in request.args if (value := single(name))} | changed
    return absolute(f"{request.path}?{urlencode(given)}".rstrip("?"))
