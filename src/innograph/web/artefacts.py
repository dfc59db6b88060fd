"""The files that are written from the model, for whoever builds on it: served as they are."""

from dataclasses import dataclass

from flask import Blueprint, Response, request
from flask_babel import get_locale

from .. import assets, exchange
from ..errors import NotFound

blueprint = Blueprint("artefacts", __name__)
_TYPES = {
    ".jsonld": "application/ld+json",
    ".schema.json": "application/schema+json",
    ".csv": "text/csv; charset=utf-8; header=present",
    ".csv-metadata.json": "application/csvm+json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Kind:
    """A kind of dossier, and where its schema, its template and their explanation are."""

    name: str
    schema: str
    template: str
    columns: str


def kinds() -> list[Kind]:
    """All kinds of dossiers, by name in the language of the request."""
    named = exchange.kinds(str(get_locale()))
    return [
        Kind(
            name,
            f"/schemas/{slug}.schema.json",
            f"/templates/{slug}.csv",
            f"/templates/{slug}.csv-metadata.json",
        )
        for slug, name in named
    ]


@blueprint.get("/context.jsonld", defaults={"name": "context.jsonld"})
@blueprint.get("/diagram.svg", defaults={"name": "diagram.svg"})
@blueprint.get("/<any(schemas, templates):folder>/<name>")
def artefact(name: str, folder: str = "") -> Response:
    """A file as it was written from the model."""
    path = assets.root() / "ontology" / folder / name
    ending = name[name.find(".") :]
    if path.parent.name not in (folder, "ontology") or ending not in _TYPES or not path.is_file():
        raise NotFound(iri=request.path)
    response = Response(path.read_bytes(), content_type=_TYPES[ending])
    response.add_etag()
    response.make_conditional(request)
    return response
