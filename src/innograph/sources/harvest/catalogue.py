"""Takes a file of a dataset that a DCAT catalogue describes."""

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

from rdflib import DCAT, DCTERMS, Graph, Literal, URIRef
from rdflib.term import Node

from ... import media
from ...client import Client
from ...errors import NotFetched, Unparsable, UnsupportedMedia
from .description import Harvest

_PAGES = 100
_NEXT = "/ns/hydra/core#next"  # a page says which one follows it (Hydra)


def fetch(client: Client, harvest: Harvest, folder: Path) -> Path:
    """The file of the dataset, taken into a folder.

    Raises AddressRefused and NotFetched: also when the catalogue has no such dataset, or the
    dataset no such file.
    """
    address = _file(client, harvest)
    body, _ = client.get(address, "*/*")
    path = folder / f"download.{harvest.format}"
    path.write_bytes(body)
    return path


def _file(client: Client, harvest: Harvest) -> str:
    address: str | None = harvest.address
    for _ in range(_PAGES):
        graph = _page(client, address or "")
        if (dataset := _dataset(graph, harvest.dataset)) is not None:
            files = sorted(
                str(value)
                for each in graph.objects(dataset, DCAT.distribution)
                if _is_of(graph, each, harvest.format)
                for value in [_address(graph, each)]
                if value is not None
            )
            if files:
                return files[0]
            detail = f"the dataset {harvest.dataset} has no file in {harvest.format}"
            raise NotFetched(address=harvest.address, detail=detail)
        address = next((str(o) for _, p, o in graph if str(p).endswith(_NEXT)), None)
        if address is None:
            break
    raise NotFetched(address=harvest.address, detail=f"it has no dataset {harvest.dataset}")


def _page(client: Client, address: str) -> Graph:
    forms = ", ".join(form.media_type for form in media.GRAPHS)
    body, kind = client.get(address, forms)
    extension = urlsplit(address).path.rpartition(".")[2]
    if media.by_extension(extension, media.READABLE) and kind in ("text/plain", "text/xml"):
        kind = mimetypes.types_map.get(f".{extension}", kind)
    try:
        return media.parse(body, kind, address)
    except (Unparsable, UnsupportedMedia) as error:
        raise NotFetched(address=address, detail=str(error)) from None


def _dataset(graph: Graph, wanted: str) -> Node | None:
    if (URIRef(wanted), DCAT.distribution, None) in graph:
        return URIRef(wanted)
    return next(graph.subjects(DCTERMS.identifier, Literal(wanted)), None)


def _is_of(graph: Graph, distribution: Node, form: str) -> bool:
    """Whether a distribution says of itself that it has a format, or its address ends so."""
    told = [graph.value(distribution, p) for p in (DCAT.mediaType, DCTERMS["format"])]
    ends = {str(value).rpartition("/")[2].casefold() for value in told if value is not None}
    address = str(_address(graph, distribution)).split("?")[0]
    return form.casefold() in ends or address.casefold().endswith(f".{form.casefold()}")


def _address(graph: Graph, distribution: Node) -> Node | None:
    return graph.value(distribution, DCAT.downloadURL) or graph.value(distribution, DCAT.accessURL)
