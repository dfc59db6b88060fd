"""The latest changes for readers, as an Atom feed (RFC 4287)."""

import re
from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from flask_babel import get_locale
from rdflib import DCTERMS, RDF, RDFS, Graph, URIRef

from .. import media, vocab
from ..ledger import MERGES, Event
from ..publication.activities import Activity, activities, name
from ..validation.shapes import LABELS, in_language, texts
from .access import instance
from .cache import REVISION

blueprint = Blueprint("atom", __name__)
_ENTRIES = 50
# XML 1.0, 2.2: what no document may hold, however it is written.
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """A change as a reader sees it: what it is about, what happened, and a text of it."""

    iri: str
    event: Event
    thing: str
    is_new: bool
    title: str
    text: str


@blueprint.get("/feed.atom")
def atom() -> Response:
    """The last fifty changes, the latest first."""
    given, lang = instance(), str(get_locale())
    revision = given.ledger.revision()
    latest = given.ledger.last(_ENTRIES)
    entries = [_entry(each, given.base, lang) for each in activities(given.ledger, latest)]
    page = render_template("feed.xml", entries=entries, base=given.base, url=given.settings.url)
    response = Response(_NO_XML.sub("", page), content_type="application/atom+xml; charset=utf-8")
    response.headers[REVISION] = str(revision)
    return response


def _entry(change: Activity, base: str, lang: str) -> Entry:
    event = change.event
    # Of a merge, what is no more: its address leads to what it became.
    thing = URIRef(event.dossier if event.kind in MERGES else event.thing or event.dossier)
    graph = media.read(change.content or b"")
    title = in_language(texts(graph, thing, LABELS), lang) or _kind(graph, thing, lang)
    text = in_language(texts(graph, thing, (DCTERMS.description,)), lang)
    title = title or str(thing).removeprefix(f"{base}/id/")
    return Entry(name(event, base), event, str(thing), change.is_new, title, text)


def _kind(graph: Graph, thing: URIRef, lang: str) -> str:
    """What kind of thing it is, where that is known."""
    kinds = sorted(graph.objects(thing, RDF.type), key=str)
    labels = (texts(vocab.ontology(), kind, (RDFS.label,)) for kind in kinds)
    return next((in_language(label, lang) for label in labels if label), "")
