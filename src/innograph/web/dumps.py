"""The files of dumps, which can be taken in parts, and pages that list them."""

from flask import Blueprint, Response, redirect, render_template, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from .. import media
from ..errors import DumpGone, NotFound
from ..publication import dumps
from ..publication.catalogue import Catalogue
from ..publication.dumps import Dump
from ..publication.writing import PACKAGE, SUMS
from .access import instance, wants_page

blueprint = Blueprint("dumps", __name__, url_prefix="/dumps")
_TYPES = {
    ".gz": "application/gzip",
    ".csv": "text/csv; charset=utf-8; header=present",
    ".csv-metadata.json": "application/csvm+json",
    ".json": "application/json",
}


@blueprint.get("/")
def every() -> Response:
    """The dumps that are kept, the last one first."""
    given = instance()
    kept = dumps.kept(given.settings, given.ledger)
    page = render_template("dumps.html", dumps=kept[::-1], url=given.settings.url)
    return Response(page, mimetype="text/html")


@blueprint.get("/latest/")
@blueprint.get("/latest/<file>")
def latest(file: str = "") -> AnyResponse:
    """Found: for people; programs take the addresses in the catalogue, which stay the same."""
    given = instance()
    last = dumps.latest(given.settings, given.ledger)
    return redirect(f"/dumps/{last.revision}/{file}", 302)


@blueprint.get("/<int:revision>/")
def one(revision: int) -> Response:
    """One dump: its files, how to check them and how to cite it; for programs, its package."""
    found = _found(revision)
    if not wants_page():
        return _sent(found, PACKAGE)
    given = instance()
    page = render_template(
        "dump.html",
        dump=found,
        files=[(name, (found.path / name).stat().st_size) for name in dumps.names(found)],
        sums=SUMS,
        catalogue=Catalogue.of(given, found),
        url=given.settings.url,
    )
    return Response(page, mimetype="text/html")


@blueprint.get("/<int:revision>/<file>")
def part(revision: int, file: str) -> Response:
    """A file, or the part of it that Range asks for (RFC 9110, 14)."""
    found = _found(revision)
    if file not in dumps.names(found):
        raise NotFound(iri=request.path)
    return _sent(found, file)


def _found(revision: int) -> Dump:
    given = instance()
    kept = dumps.kept(given.settings, given.ledger)
    for dump in kept:
        if dump.revision == revision:
            return dump
    if kept and 0 < revision < kept[-1].revision:
        raise DumpGone(revision=revision, latest=f"{given.settings.url}/dumps/{kept[-1].revision}/")
    raise NotFound(iri=request.path)


def _sent(dump: Dump, file: str) -> Response:
    path = dump.path / file
    known = next((r for r in dump.package["resources"] if r["path"] == file), None)
    # Two dumps of one revision differ, if something was erased between them.
    tag = known["hash"].removeprefix("sha256:") if known else True
    response = send_file(path, _type(file), conditional=True, etag=tag, max_age=0)
    if known:
        digest = bytes.fromhex(known["hash"].removeprefix("sha256:"))
        response.headers["Repr-Digest"] = f"sha-256=:{_base64(digest)}:"
    return response


def _base64(digest: bytes) -> str:
    from base64 import b64encode

    return b64encode(digest).decode()


def _type(file: str) -> str:
    ending = file[file.find(".") :] if "." in file else ""
    known = _TYPES.get(ending) or _TYPES.get("." + file.rpartition(".")[2])
    return known or media.content_type("text/plain")
