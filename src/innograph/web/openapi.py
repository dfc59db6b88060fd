"""The OpenAPI 3.1 document: the stored queries, written from their headers, and the endpoint."""

from collections.abc import Iterable, Mapping
from typing import Any

from .. import __version__
from ..media import GRAPHS
from ..queries import Parameter, Query
from . import openapi_changes, rows
from .language import LANGUAGES
from .openapi_sparql import ADDRESS, EMPTY, PATHS, faults, schema

_TYPES: Mapping[str, dict[str, Any]] = {
    "iri": {
        "type": "string",
        "format": "uri",
        "pattern": f"^{ADDRESS}$",
    },
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
    "string": {"type": "string"},
}
_FAULTS = ("400", "406", "413", "429", "503", "504")


def document(queries: Iterable[Query], url: str, lang: str) -> dict[str, Any]:
    """Each stored query as an operation, described in `lang`, and how to put one's own."""
    problem = {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }
    table = {
        "type": "object",
        "required": ["query", "columns", "rows", "next"],
        "properties": {
            "query": {"type": "string"},
            "columns": {"type": "array", "items": {"type": "object"}},
            "rows": {"type": "array", "items": {"type": "object"}},
            "next": {"type": ["string", "null"]},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "innograph", "version": __version__},
        "servers": [{"url": url}],
        "paths": {
            **{f"/api/{q.name}": {"get": _operation(q, lang)} for q in queries},
            **openapi_changes.PATHS,
            **PATHS,
        },
        "components": {"schemas": {"Problem": problem, "Rows": table}},
    }


def _operation(query: Query, lang: str) -> dict[str, Any]:
    content = {each.media_type: {"schema": schema(each.media_type)} for each in rows.FORMS}
    content |= {rows.JSON.media_type: {"schema": {"$ref": "#/components/schemas/Rows"}}}
    formats = [each.name for each in rows.FORMS]
    paging = [_paging("limit", 1, rows.MOST), _paging("offset", 0, rows.FURTHEST)]
    if not rows.is_table(query):
        content = {each.media_type: {"schema": schema(each.media_type)} for each in GRAPHS}
        formats, paging = [each.extension for each in GRAPHS], []
    described = [_parameter(p, lang) for p in query.parameters.values() if p.name != "lang"]
    return {
        "operationId": query.name,
        "summary": query.title[lang],
        "description": query.description[lang],
        "parameters": [
            *described,
            {"name": "lang", "in": "query", "schema": {"enum": list(LANGUAGES)}, **EMPTY},
            {"name": "format", "in": "query", "schema": {"enum": formats}, **EMPTY},
            *paging,
        ],
        "responses": {
            "200": {"description": query.title[lang], "content": content},
            **faults(*_FAULTS),
        },
    }


def _parameter(parameter: Parameter, lang: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "schema": {"type": "array", "items": _TYPES[parameter.type]},
        "explode": True,
        **({} if parameter.required else EMPTY),
    }
    if parameter.required:
        told["schema"]["minItems"] = 1
    if parameter.example:
        told["example"] = [parameter.example]
    if lang in parameter.description:
        told["description"] = parameter.description[lang]
    return told


def _paging(name: str, least: int, most: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return {"name": name, "in": "query", "schema": schema, **EMPTY}
