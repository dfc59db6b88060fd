"""One graph, given as a page or as RDF: by the extension in the address, else by Accept."""

from collections.abc import Callable

from flask import Response, request
from rdflib import Graph

from .. import media, vocab
from ..errors import NotFound
from .access import instance, wants_page

_PAGE = ("text/html", "html")


def represent(
    graph: Graph,
    iri: str,
    page: Callable[[], str] | None,
    extension: str | None = None,
    asked: str = "",
) -> Response:
    """The statements of `graph` about `iri`, as the page (where there is one) or as RDF.

    `asked` is what the address must also ask to give the same in other formats.
    """
    as_page = page is not None and (extension == _PAGE[1] or (extension is None and wants_page()))
    if page is not None and as_page:
        response = Response(page(), mimetype=_PAGE[0])
    else:
        form = _form(extension)
        body = media.serialize(graph, form, vocab.prefixes())
        response = Response(body, content_type=media.content_type(form.media_type))
    address = request.path.removesuffix(f".{extension}") if extension else request.path
    kinds = [(form.media_type, form.extension) for form in media.GRAPHS]
    links = [
        f'<{address}.{ending}{asked}>; rel="alternate"; type="{kind}"'
        for kind, ending in [*([_PAGE] if page else []), *kinds]
    ]
    response.headers["Link"] = ", ".join([f'<{iri}>; rel="canonical"', *links])
    response.add_etag()
    response.make_conditional(request)
    return response


def asks_for_rdf(extension: str | None = None) -> bool:
    """Whether RDF is asked for by name, rather than taken because nothing is."""
    if extension is not None:
        return media.by_extension(extension) is not None
    wanted = request.accept_mimetypes
    others = ["application/problem+json", _PAGE[0]]
    names = [form.media_type for form in media.GRAPHS]
    return bool(wanted.provided) and wanted.best_match([*others, *names]) in names


def here(address: str) -> str:
    """Where this server answers for an address that it names data, terms or concepts by."""
    base = instance().base
    releases = vocab.NAMESPACE.replace("#", "/")
    places = ((f"{base}/", "/"), (vocab.NAMESPACE, "/ont#"), (releases, "/ont/"))
    for prefix, path in (*places, (vocab.VOCABULARIES, "/voc/")):
        if address.startswith(prefix):
            return path + address.removeprefix(prefix)
    return address


def _form(extension: str | None) -> media.Format:
    if extension is None:
        return media.negotiate(request.headers.get("Accept"), media.GRAPHS)
    if (found := media.by_extension(extension)) is None:
        raise NotFound(iri=request.path)
    return found
