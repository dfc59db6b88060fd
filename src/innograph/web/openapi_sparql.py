"""How the OpenAPI document describes the SPARQL endpoint and the graphs by their addresses."""

from collections.abc import Iterable
from typing import Any

from ..media import GRAPHS, RESULTS, Format

_TEXT = {"type": "string"}
ADDRESS = r'[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>"{}|\\^`]+'
# What is empty is not given: forms send all their fields.
EMPTY = {"allowEmptyValue": True}
_ADDRESS = {"type": "string", "pattern": f"^({ADDRESS})?$"}
_ADDRESSES = {"type": "array", "items": _ADDRESS}
_FAULTS = {
    "400": "The request, or a parameter, cannot be understood",
    "403": "Nothing is written here",
    "404": "There is no such graph or page",
    "410": "The graph is no more at the revision asked for",
    "406": "None of the formats asked for can be given",
    "411": "The length of the body is not told",
    "413": "The query or the answer is too large",
    "415": "The body is no query",
    "429": "Too many queries at once",
    "503": "The server is busy",
    "504": "The query takes too long",
}
_EXAMPLE = (
    "SELECT ?innovation ?title { ?innovation a inno:Innovation ; dcterms:title ?title } LIMIT 9"
)
_GIVEN: dict[str, dict[str, Any]] = {
    "query": _TEXT,
    "default-graph-uri": _ADDRESSES,
    "named-graph-uri": _ADDRESSES,
    "format": {"enum": [each.extension for each in (*RESULTS, *GRAPHS)]},
    "revision": {"type": "integer", "minimum": 0},
}


def faults(*codes: str) -> dict[str, Any]:
    """The refusals that an operation may answer, by their codes."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": _FAULTS[code], "content": content} for code in codes}


def _parameter(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": _GIVEN[name], **EMPTY, **more}


def schema(media_type: str) -> dict[str, Any]:
    """What a body is for who validates: JSON is read, other formats are texts."""
    return {} if media_type.endswith("json") else _TEXT


def _answers(said: str, formats: Iterable[Format], *codes: str) -> dict[str, Any]:
    content = {each.media_type: {"schema": schema(each.media_type)} for each in formats}
    return {"200": {"description": said, "content": content}, **faults(*codes)}


# In a form one address looks like the only one of a list.
_IN_A_FORM = {
    name: {"anyOf": [_ADDRESS, _ADDRESSES]} for name in ("default-graph-uri", "named-graph-uri")
}
_DATASET = [_parameter("default-graph-uri"), _parameter("named-graph-uri")]
_QUERY_FAULTS = ("400", "403", "406", "410", "413", "429", "503", "504")
PATHS = {
    "/sparql": {
        "get": {
            "operationId": "sparql-get",
            "summary": "The answer to a SPARQL query; without one, a description of the endpoint",
            "parameters": [
                _parameter("query", example=_EXAMPLE),
                *_DATASET,
                _parameter("format"),
                _parameter("revision"),
            ],
            "responses": _answers("The answer", (*RESULTS, *GRAPHS), *_QUERY_FAULTS),
        },
        "post": {
            "operationId": "sparql-post",
            "summary": "The answer to a SPARQL query",
            "parameters": [*_DATASET, _parameter("format"), _parameter("revision")],
            "requestBody": {
                "required": True,
                "content": {
                    "application/sparql-query": {"schema": _TEXT, "example": _EXAMPLE},
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "required": ["query"],
                            # What the address says of the format goes before.
                            "properties": _GIVEN | {"format": _TEXT} | _IN_A_FORM,
                        },
                        "example": {"query": _EXAMPLE},
                    },
                },
            },
            "responses": _answers("The answer", (*RESULTS, *GRAPHS), *_QUERY_FAULTS, "411", "415"),
        },
    },
    "/graph": {
        "parameters": [
            {
                "name": "graph",
                "in": "query",
                "required": True,
                "schema": {"type": "string", "pattern": f"^{ADDRESS}$"},
            }
        ],
        "get": {
            "operationId": "graph",
            "summary": "All that a named graph says",
            "responses": _answers("The graph", GRAPHS, "400", "404", "406", "503", "504"),
        },
    }
    | {
        method: {
            "operationId": f"graph-{method}",
            "summary": "Refused: the graph is only written to by contributions",
            "responses": faults("403"),
        }
        for method in ("delete", "patch", "post", "put")
    },
}
