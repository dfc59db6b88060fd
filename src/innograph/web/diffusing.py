"""Pages of diffusion: of any choice, an innovation, an administration or a territory."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask_babel import get_locale
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from .. import media, queries
from ..diffusion import writing
from ..diffusion.drawing import svg
from ..diffusion.study import PROVENANCE, Table
from ..errors import MissingParameter, NotDefined, NotFound, OnlyListed, Sentence, StoreBusy
from . import figures, named, rows
from .access import instance
from .answers import put
from .cache import REVISION
from .cells import Said, cells
from .figures import FIGURES
from .files import FORMATS, asked_format, file
from .parameters import absolute
from .permalinks import address, asked_revision, moved
from .problems import in_language, said
from .representation import here
from .studies import FILTERS, UNITS, WHENS, Asked, Choice, Moved, one_of
from .things import SPREADING, called, present

T = TypeVar("T")
blueprint = Blueprint("diffusion", __name__)
PATH = "/diffusion"
_KEY = re.compile(r"[a-z0-9-]+")
# Which figures make sense of a thing of a kind.
_FIGURES = {
    "innovation": ("curve", "map", "maps", "lags", "network", "adoptions"),
    "organisation": ("uptake", "lags", "network", "adoptions"),
    "location": ("uptake", "scores", "network", "adoptions"),
}
_ANY = ("curve", "uptake", "scores", "lags", "network", "adoptions")
_TRIES, _ROWS, _LISTED = 3, 20, 20


@dataclass(frozen=True)
class Shown:
    """A figure on a page: its drawing and the head of its table, or why there is none."""

    name: str
    title: str
    reading: str
    drawing: Markup | None = None
    columns: tuple[str, ...] = ()
    rows: list[list[list[Said]]] = field(default_factory=list)
    number: int = 0
    reason: str = ""
    anyway: str = ""
    files: tuple[tuple[str, str], ...] = ()


@blueprint.get(PATH)
@blueprint.get(f"{PATH}.<extension>")
def study(extension: str | None = None) -> AnyResponse:
    """The diffusion of what is chosen by parameters; without any, a form and where to begin."""
    return _answer({}, "", "", _ANY, extension)


@blueprint.get(f"{PATH}/<kind>/<key>")
@blueprint.get(f"{PATH}/<kind>/<key>.<extension>")
def subject(kind: str, key: str, extension: str | None = None) -> AnyResponse:
    """How an innovation spread, or what an administration, or those in a territory, took up."""
    iri = f"{instance().base}/id/{kind}/{key}"
    if kind not in SPREADING or not _KEY.fullmatch(key):
        raise NotFound(iri=iri)
    if survivor := instance().ledger.merged().get(iri):
        path = here(survivor).replace("/id/", f"{PATH}/", 1)
        asked = request.query_string.decode("ascii", "replace")
        path = f"{path}.{extension}" if extension else path
        return redirect(f"{path}?{asked}" if asked else path, 301)
    title = called(iri, present(iri))
    return _answer({SPREADING[kind]: iri}, iri, title, _FIGURES[kind], extension)


@blueprint.get(f"{PATH}/drawing.css")
def sheet() -> Response:
    """The styles of the drawings on pages."""
    response = Response(svg.style_sheet(), content_type="text/css; charset=utf-8")
    response.add_etag()
    response.make_conditional(request)
    return response


def _answer(
    fixed: dict[str, str], iri: str, title: str, names: tuple[str, ...], extension: str | None
) -> AnyResponse:
    form, choice = asked_format(extension), Choice.of(fixed)
    elsewhere, unclear = named.looked_up([name for name in FILTERS if name not in fixed])
    if elsewhere:
        return redirect(elsewhere)
    revision = asked_revision()
    measure = one_of("measure", ("", *FIGURES))
    if form is None:
        chosen = (measure,) if measure else names
        response, now = _once(lambda: _page(choice, iri, title, chosen, measure, unclear))
    elif unclear:
        raise unclear[0].refused()
    else:
        response, now = _once(lambda: _file(choice, title, measure or names[0], form))
    if revision is not None and revision != now:
        raise moved(revision, now)
    response.headers[REVISION] = str(now)
    links = [f'<{address(revision=str(now))}>; rel="bookmark"']
    if choice.narrows and not unclear:  # else there is nothing to put into a file
        links += (
            f'<{_beside(form.name, None)}>; rel="alternate"; type="{form.media_type}"'
            for form in FORMATS
        )
    response.headers["Link"] = ", ".join(links)
    return response


def _once(make: Callable[[], T]) -> T:
    """What is made of one revision, though the graph may move on meanwhile."""
    for _ in range(_TRIES):
        try:
            return make()
        except Moved:
            continue
    raise StoreBusy(seconds=instance().settings.queue_seconds)


def _file(choice: Choice, title: str, name: str, form: media.Format) -> tuple[Response, int]:
    """One figure, or its table, as a file."""
    if not choice.narrows:
        raise MissingParameter(parameter=" | ".join(FILTERS))
    asked, figure = Asked(choice), FIGURES[name]
    table = figure.table(asked)
    if form.name == "svg":
        if figure.draw is None:
            drawn = ", ".join(n for n, each in FIGURES.items() if each.draw)
            reason = Sentence("it has no drawing; those that have: %(names)s", names=drawn)
            raise NotDefined(measure=name, reason=reason)
        caption = figures.caption(name, title, asked.study, str(get_locale()))
        return file(figure.draw(asked, table, caption).alone(), form), asked.revision
    telling = writing.named(table, asked.study.told.labels)
    if form.name == "csv":
        return file(writing.to_csv(telling), form), asked.revision
    told = {
        "measure": name,
        "title": figures.titles()[name][0],
        "revision": asked.revision,
        "permalink": address(revision=str(asked.revision)),
        "population": next(iter(choice.values.get("population", ())), None),
        "queries": asked.texts,
        **json.loads(writing.to_json(in_language(telling))),
    }
    body = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    return file(body, form), asked.revision


def _page(
    choice: Choice,
    iri: str,
    title: str,
    names: tuple[str, ...],
    measure: str,
    unclear: list[named.Unclear],
) -> tuple[Response, int]:
    lang = str(get_locale())
    asked = Asked(choice)
    shown = []
    narrows = choice.narrows and not unclear
    if narrows:
        hidden = _hidden(choice)
        shown = [_shown(name, asked, title, lang, hidden) for name in names]
    page = render_template(
        "diffusion.html",
        subject=title,
        iri=iri,
        fixed=[name for name in FILTERS if iri and [iri] == choice.values.get(name)],
        shown=shown,
        grounds=figures.grounds(asked.study) if narrows else [],
        called=named.called({k: v for k, v in choice.values.items() if [iri] != v}),
        unclear={each.parameter: each for each in unclear},
        known={} if narrows else {name: named.known(name) for name in ("territory", "theme")},
        measures={name: told[0] for name, told in figures.titles().items()},
        measure=measure,
        choice=choice,
        units=UNITS,
        whens=WHENS,
        populations=_listed("populations", asked.revision),
        kinds=figures.concepts("kind", lang),
        most=[] if narrows or unclear else _listed("most-adopted", asked.revision)[:_LISTED],
        columns=figures.columns(),
        texts=asked.texts,
        permalink=address(revision=str(asked.revision)),
        revision=asked.revision,
        path=request.path,
        page_of=_page_of,
        sheet=f"{PATH}/drawing.css",
    )
    return Response(page, named.status(unclear), mimetype="text/html"), asked.revision


def _hidden(choice: Choice) -> str:
    """The column that has one value, since a page is about it."""
    one = [name for name in ("innovation", "adopter") if len(choice.values.get(name, ())) == 1]
    return one[0] if len(one) == 1 else ""


def _shown(name: str, asked: Asked, subject: str, lang: str, hidden: str) -> Shown:
    figure, (title, reading) = FIGURES[name], figures.titles()[name]
    try:
        table = figure.table(asked)
        caption = figures.caption(name, subject, asked.study, lang)
        drawing = figure.draw(asked, table, caption) if figure.draw else None
    except OnlyListed:
        again = _beside("", name)
        return Shown(name, title, reading, reason="listed", anyway=f"{again}&anyway=1")
    except NotDefined as error:
        return Shown(name, title, reading, reason=said(error.params["reason"]))
    head = _head(table, hidden)
    labels, terms = asked.study.told.labels, figures.terms(lang)
    files = tuple(
        (form.name.upper(), _beside(form.name, name))
        for form in FORMATS
        if figure.draw or form.name != "svg"
    )
    inline = Markup(drawing.inline()) if drawing else None
    body = cells(head, labels, terms, _page_of)
    number = len(table.rows)
    return Shown(name, title, reading, inline, head.columns, body, number, files=files)


def _head(table: Table, hidden: str) -> Table:
    """The first rows; without what the whole page is about, and what nothing is told of."""
    rows = table.rows[:_ROWS]
    kept = [
        i
        for i, column in enumerate(table.columns)
        if column != hidden
        and (column in PROVENANCE or any(row[i] not in (None, "") for row in rows))
    ]
    columns = tuple(table.columns[i] for i in kept)
    return Table(columns, [tuple(row[i] for i in kept) for row in rows])


def _beside(extension: str, name: str | None) -> str:
    """Where the same choice is given in another format, of one figure."""
    path = re.sub(r"\.(?:html|json|csv|svg)$", "", request.path)
    given = [(k, v) for k, v in request.args.items(multi=True) if v and k != "revision"]
    if name is not None:
        given = [*((k, v) for k, v in given if k != "measure"), ("measure", name)]
    asked = f"?{urlencode(given)}" if given else ""
    return absolute(f"{path}.{extension}{asked}" if extension else f"{path}{asked}")


def _page_of(address: str) -> str:
    """The page of diffusion of a thing of ours, else its own; "" where there is none."""
    path = here(address)
    kind = path.split("/")[2] if path.startswith("/id/") else ""
    own = path if path.startswith(("/", "http:", "https:")) else ""
    return path.replace("/id/", f"{PATH}/", 1) if kind in SPREADING else own


def _listed(name: str, revision: int) -> list[dict[str, object]]:
    """The rows of a stored query that takes no choice."""
    return _listed_once(instance().ledger.id, name, revision, str(get_locale()))


@lru_cache(maxsize=16)
def _listed_once(ledger: str, name: str, revision: int, lang: str) -> list[dict[str, object]]:
    answer = put(queries.load(name).bind({"lang": [lang]}), rows.JSON.asked)
    if answer.revision != revision:
        raise Moved
    return rows.Rows(b"".join(answer.body), answer.media_type).plain()
