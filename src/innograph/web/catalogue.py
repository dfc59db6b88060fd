"""What harvesters take: the catalogue and its datasets, VoID, sitemap, robots.txt."""

import json
import re
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, current_app, render_template, request
from flask_babel import get_locale
from rdflib import Graph

from .. import media, vocab
from ..errors import BadParameter, NotFound
from ..publication import dumps, harvest_check, schema_org, sitemap, void
from ..publication.catalogue import Catalogue
from ..publication.description import Part
from .access import instance, wants_page

blueprint = Blueprint("catalogue", __name__)
_XML = "xml"  # as some call what RDF/XML is written in
_SINCE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?")


def present() -> Catalogue:
    """The catalogue of the last dump. Raises NoDump: never is a part of it given for the whole."""
    given = instance()
    return Catalogue.of(given, dumps.latest(given.settings, given.ledger))


@blueprint.get("/catalog")
@blueprint.get("/catalog.<extension>")
def catalog(extension: str | None = None) -> Response:
    """The catalogue: a page for people, a page of RDF for harvesters. It never redirects."""
    found = present()
    if extension == "html" or (extension is None and wants_page()):
        page = render_template("catalogue.html", catalogue=found)
        return _located(Response(page, mimetype="text/html"), "/catalog.html", extension)
    form, since = _form(extension), _since()
    number = _page(found.pages(since))
    return _located(_rdf(found.page(form, number, since), form), "/catalog", extension, form)


@blueprint.get("/dataset/<id>")
@blueprint.get("/dataset/<id>/<file>")
@blueprint.get("/dataset/<id>.<extension>")
def dataset(id: str, extension: str | None = None, file: str = "") -> Response:
    """One dataset, or what says where its file is."""
    found, part = _part(id)
    if file and file not in {told["name"] for told in found.files(part)}:
        raise NotFound(iri=f"{found.iri(part)}/{file}")
    if extension == "html" or (extension is None and wants_page()):
        lang = str(get_locale())
        told = json.dumps(schema_org.dataset(found, part, lang), ensure_ascii=False)
        page = render_template(
            "dataset.html",
            catalogue=found,
            part=part,
            told=told.replace("</", "<\\/"),
            formats=media.GRAPHS,
        )
        return _located(Response(page, mimetype="text/html"), f"/dataset/{id}.html", extension)
    form = _form(extension)
    return _located(_rdf(found.alone(part), form), f"/dataset/{id}", extension, form)


@blueprint.get("/harvest-check")
def harvest() -> Response:
    """What a platform will get, how it will judge it, and what changed last."""
    found = present()
    files = [told for part in found.parts for told in found.files(part)]
    page = render_template(
        "harvest.html",
        catalogue=found,
        files=files,
        size=sum(told["bytes"] for told in files),
        verdict=harvest_check.judge(found.whole(), _answering(told["url"] for told in files)),
        changes=instance().ledger.last(10),
    )
    return Response(page, mimetype="text/html")


@blueprint.get("/.well-known/void")
def well_known_void() -> Response:
    """What the graph holds, in numbers."""
    form = media.negotiate(request.headers.get("Accept"), media.GRAPHS)
    return _rdf(void.graph(present()), form)


@blueprint.get("/sitemap.xml")
def sitemap_index() -> Response:
    """The list of the sitemaps."""
    given = instance()
    last = dumps.latest(given.settings, given.ledger)
    files = [name for name in dumps.names(last) if name.startswith("sitemap-")]
    body = sitemap.index(files, given.settings.url, last.facts["time"])
    return _tagged(Response(body, content_type="application/xml"))


@blueprint.get("/sitemap-<int:number>.xml.gz")
def sitemap_part(number: int) -> Response:
    """One sitemap, of at most 50,000 addresses."""
    given = instance()
    path = dumps.latest(given.settings, given.ledger).path / f"sitemap-{number}.xml.gz"
    if not path.is_file():
        raise NotFound(iri=request.path)
    return _tagged(Response(path.read_bytes(), content_type="application/gzip"))


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What robots may read: pages and data, but not questions without end."""
    url = instance().settings.url
    closed = "".join(f"Disallow: {path}\n" for path in ("/sparql", "/adopted", "/diffusion?"))
    body = f"User-agent: *\n{closed}Sitemap: {url}/sitemap.xml\n"
    return _tagged(Response(body, content_type="text/plain; charset=utf-8"))


def _answering(addresses: Iterable[str]) -> Iterator[str]:
    """Those of our own addresses that answer, as this very application does."""
    client = current_app.test_client()
    for address in addresses:
        with client.head(address.removeprefix(instance().settings.url)) as answer:
            if answer.status_code == 200:
                yield address


def _part(id: str) -> tuple[Catalogue, Part]:
    found = present()
    for part in found.parts:
        if part.id == id:
            return found, part
    raise NotFound(iri=f"{found.base}/dataset/{id}")


def _form(extension: str | None) -> media.Format:
    if extension is None:
        return media.negotiate(request.headers.get("Accept"), media.GRAPHS)
    wanted = "rdf" if extension == _XML else extension
    if (form := media.by_extension(wanted)) is None:
        raise NotFound(iri=request.path)
    return form


def _since() -> str:
    told = request.args.get("modified_since", "")
    if told and not _SINCE.fullmatch(told):
        reason = "a day or a time such as 2026-01-31T12:00:00Z"
        raise BadParameter(parameter="modified_since", value=told, reason=reason)
    return told


def _page(last: int) -> int:
    told = request.args.get("page", "1")
    if not (told.isascii() and told.isdigit() and 1 <= int(told[:9]) <= last):
        raise BadParameter(parameter="page", value=told, reason=f"a whole number from 1 to {last}")
    return int(told)


def _rdf(graph: Graph, form: media.Format) -> Response:
    body = media.serialize(graph, form, {**vocab.prefixes()})
    return _tagged(Response(body, content_type=media.content_type(form.media_type)))


def _located(
    response: Response, path: str, extension: str | None, form: media.Format | None = None
) -> Response:
    """Say where the same is given without asking, and in which other formats."""
    if extension is None:
        response.headers["Content-Location"] = f"{path}.{form.extension}" if form else path
    bare = path.removesuffix(".html")
    response.headers["Link"] = ", ".join(
        f'<{bare}.{each.extension}>; rel="alternate"; type="{each.media_type}"'
        for each in media.GRAPHS
    )
    return response


def _tagged(response: Response) -> Response:
    response.add_etag()
    response.make_conditional(request)
    return response
