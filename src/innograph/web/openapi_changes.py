"""How the OpenAPI document describes the mirror API and the change feed."""

from typing import Any

from ..media import DATASETS
from .changes import FORMS, MOST, PLAIN
from .openapi_sparql import EMPTY, faults, schema

_TEXT = {"type": "string"}
_FAULTS = ("400", "406", "503")
_SINCE = {"type": "integer", "minimum": 0}
# A date or a time.
_TIME = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}


def _given(name: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **EMPTY, **more}


def _listed(name: str, items: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["revision", name, "next", "follow"],
        "properties": {
            "revision": {"type": "integer"},
            name: {"type": "array", "items": items},
            "next": {"type": ["string", "null"]},
            "follow": {"type": "string"},
        },
    }


def _item(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


_ORIGIN = {"contributor": _TEXT, "licence": _TEXT, "sha256": _TEXT, "content": {"type": "object"}}
_CHANGE = _item(
    ["revision", "kind", "time", "thing"],
    revision={"type": "integer"},
    kind={"enum": ["accepted", "withdrawn", "erased", "merged", "unmerged"]},
    time=_TEXT,
    dossier=_TEXT,
    thing=_TEXT,
    movedTo=_TEXT,
    reason={"type": ["string", "null"]},
    **_ORIGIN,
)
_INNOVATION = _item(
    ["id", "state", "modified", "revision"],
    id=_TEXT,
    state={"enum": ["public", "withdrawn", "erased", "merged"]},
    modified=_TEXT,
    revision={"type": "integer"},
    movedTo=_TEXT,
    reason={"type": ["string", "null"]},
    dossiers={
        "type": "array",
        "items": _item(
            ["dossier", "thing", "accepted", "content"],
            **{"dossier": _TEXT, "thing": _TEXT, "accepted": _TEXT, **_ORIGIN},
        ),
    },
)


def _mirrored(
    name: str, summary: str, begin: dict[str, Any], item: dict[str, Any]
) -> dict[str, Any]:
    content = {each.media_type: {"schema": schema(each.media_type)} for each in FORMS}
    content[PLAIN.media_type] = {"schema": _listed(name, item)}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": [
                begin,
                _given("cursor", _TEXT),
                _given("limit", limit),
                _given("format", {"enum": [each.extension for each in FORMS]}),
            ],
            "responses": {
                "200": {"description": "A page of what changed", "content": content},
                **faults(*_FAULTS),
            },
        }
    }


def _fed(name: str, summary: str, *codes: str, **more: Any) -> dict[str, Any]:
    content = {each.media_type: {"schema": schema(each.media_type)} for each in DATASETS}
    answered = {"200": {"description": summary, "content": content}, **faults(*codes)}
    return {"get": {"operationId": name, "summary": summary, "responses": answered}, **more}


_NUMBER = {"name": "number", "in": "path", "required": True, "schema": _SINCE}
PATHS = {
    "/api/changes": _mirrored(
        "changes",
        "Dossiers that changed after a revision, each as it is now, tombstones included",
        _given("since", _SINCE),
        _CHANGE,
    ),
    "/api/innovations": _mirrored(
        "innovations",
        "Innovations that changed after a time, each with its dossiers, tombstones included",
        _given("modified_since", _TIME, example="2026-01-31"),
        _INNOVATION,
    ),
    "/feed": _fed("feed", "The change feed: a Linked Data Event Stream", "406"),
    "/feed/{number}": _fed(
        "feed-page", "A page of the change feed", "404", "406", parameters=[_NUMBER]
    ),
}
