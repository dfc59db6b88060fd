"""How many are in each status over time, by who answers for them: a page, CSV, JSON and SVG."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock
from urllib.parse import urlencode

from cachetools import LRUCache
from flask import Blueprint, Response, redirect, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from .. import queries
from ..diffusion import periods, spells, stock, writing
from ..diffusion.drawing import Caption, Drawing, Words
from ..diffusion.drawing import stocks as drawn
from ..diffusion.periods import Unit
from ..diffusion.spells import Spells, Together
from ..diffusion.study import Cell, Table
from ..errors import BadParameter
from ..instance import Instance
from . import figures, named
from .access import instance
from .answers import put
from .cache import REVISION
from .files import FORMATS, asked_format, file
from .parameters import every, single
from .permalinks import address, asked_revision, moved
from .problems import in_language

blueprint = Blueprint("statuses", __name__)
PATH = "/diffusion/statuses"
_JSON = "application/sparql-results+json"
_UNITS: tuple[Unit, ...] = ("year", "month")
_TOGETHER: tuple[Together, ...] = ("group", "actor")
EVERYBODY = ""  # the group of all together
_DRAWN = 6  # groups that are drawn unasked
_MOST_KEPT = 40_000  # rows, some 1,500 bytes each
_kept: LRUCache[tuple[str, str, int], tuple[list[dict[str, str]], int]] = LRUCache(
    _MOST_KEPT, getsizeof=lambda found: 1 + len(found[0])
)
_lock = Lock()
_FILTERS = ("innovation", "theme", "kind")
_ASKED = ("scheme", "by", "role", *_FILTERS, "from", "to", "unit", "together", "group")


@blueprint.get(PATH)
@blueprint.get(f"{PATH}.<extension>")
def statuses(extension: str | None = None) -> AnyResponse:
    """The counts that are asked for; without a list of statuses, the form to ask."""
    for name in request.args:
        if name not in (*_ASKED, "revision", "lang"):
            raise BadParameter(parameter=name, value="given", reason=f"known: {', '.join(_ASKED)}")
    form = asked_format(extension)
    elsewhere, unclear = named.looked_up(_FILTERS)
    if elsewhere:
        return redirect(elsewhere)
    if unclear and form:
        raise unclear[0].refused()
    revision = asked_revision()
    given, lang = instance(), str(get_locale())
    asked = {name: every(name) for name in _ASKED}
    missing = [name for name in ("scheme", "by") if not asked[name]]
    if form and missing:
        raise BadParameter(parameter=missing[0], value="absent", reason="it is needed")
    found = None if missing or unclear else Counted.asked(lang)
    if found is None or form is None:
        lists = _lists(given, lang, given.follow())
        page = _page(asked, lists, found, lang, unclear)
        return _of(revision, found, Response(page, named.status(unclear), mimetype="text/html"))
    body: str | bytes
    if form.name == "svg":
        body = found.drawing(found.group or EVERYBODY).alone()
    else:
        body = writing.FORMATS[form.name](in_language(found.table))
    return _of(revision, found, file(body, form))


def _of(revision: int | None, found: "Counted | None", response: Response) -> Response:
    """The response, with the revision that it tells; raises MovedOn where another is asked for."""
    if found is None:
        return response
    if revision is not None and revision != found.revision:
        raise moved(revision, found.revision)
    response.headers[REVISION] = str(found.revision)
    return response


@lru_cache(maxsize=4)
def _lists(given: Instance, lang: str, revision: int) -> dict[str, list[tuple[str, str]]]:
    """What can be asked for, by parameter: asked once a revision, as it looks at all statuses."""
    found: dict[str, list[tuple[str, str]]] = {"scheme": [], "by": [], "role": []}
    found["kind"] = [(address, name) for name, address in figures.concepts("kind", lang)]
    for row in given.ask(queries.load("status-lists").bind({"lang": [lang]}), _JSON).rows():
        found[row["use"]].append((row["value"], row["name"]))
    return {use: sorted(told, key=lambda each: each[1].lower()) for use, told in found.items()}


def _told(text: str) -> tuple[list[dict[str, str]], int]:
    """The rows of a question, and their revision; kept, as a page is followed by its files."""
    given = instance()
    key = given.ledger.id, text, given.follow()
    with _lock:
        found = _kept.get(key)
    if found is None:
        answer = put(text, _JSON)
        found = answer.rows(), answer.revision
        with _lock, suppress(ValueError):  # what is too large is not kept
            _kept[key[0], text, answer.revision] = found
    return found


@dataclass(frozen=True)
class Counted:
    """The statuses asked for, and their counts, by group and of everybody together."""

    text: str
    revision: int
    rows: list[dict[str, str]]
    unit: Unit
    together: Together
    first: float | None
    last: float | None
    group: str | None
    lang: str

    @classmethod
    def asked(cls, lang: str) -> "Counted":
        """Ask the graph what the address names. Raises BadParameter where it does so wrongly."""
        one = {name: [told] for name in ("scheme", "by", "role") if (told := single(name))}
        many = {name: every(name) for name in _FILTERS}
        text = queries.load("status-spells").bind({**one, **many, "lang": [lang]})
        first, last = _day("from"), _day("to")
        unit = next(u for u in _UNITS if u == _one_of("unit", _UNITS))
        together = next(t for t in _TOGETHER if t == _one_of("together", _TOGETHER))
        rows, revision = _told(text)
        bounds = first and first[0], last and last[1]
        group = request.args.get("group") if "group" in request.args else None
        return cls(text, revision, rows, unit, together, *bounds, group, lang)

    @cached_property
    def spells(self) -> Spells:
        return spells.spells_told(self.rows, self.together)

    @cached_property
    def table(self) -> Table:
        """The counts of all groups, or of the one asked for."""
        made = stock.stocks(self.spells, self.unit, self.first, self.last)
        if self.group is None:
            return made
        rows = [row for row in made.rows if row[0] == self.group]
        return Table(made.columns, rows, made.notes)

    @cached_property
    def whole(self) -> Table:
        """The counts of everybody together, each once."""
        one = spells.spells_told(self.rows, "all")
        return stock.stocks(one, self.unit, self.first, self.last)

    @cached_property
    def groups(self) -> list[tuple[str, str, int]]:
        """Each group with its name and the number of its holders, the largest first."""
        members: dict[str, set[str]] = {}
        for spell in self.spells.told:
            members.setdefault(spell.group, set()).add(spell.holder)
        told = [(key, self.name(key), len(held)) for key, held in members.items()]
        return sorted(told, key=lambda each: (-each[2], each[1]))

    def name(self, group: str) -> str:
        """What a group is called."""
        return self.spells.labels.get(group) or group or _("No group is told")

    def drawing(self, group: str, title: str = "", key: str = "drawing") -> Drawing:
        """The drawing of a group; of everybody where it is nobody's."""
        table = self.table if self.group is not None or group else self.whole
        title = title or (self.name(group) if table is self.table else _("All together, each once"))
        words = Words(
            nothing=_("Nothing to draw."),
            possible=_("possible, as dates leave it open"),
            left_out=_("others:"),
        )
        told = _("How many are in each status at the end of each period; the table says the same.")
        caption = Caption(title, told, self.lang, key, words)
        states = drawn.order(self.whole)
        return drawn.stocks(table, group, self.unit, states, _("number"), caption)


def _one_of(name: str, allowed: tuple[str, ...]) -> str:
    told = single(name) or allowed[0]
    if told not in allowed:
        raise BadParameter(parameter=name, value=told, reason=", ".join(allowed))
    return told


def _day(name: str) -> tuple[float, float] | None:
    told = single(name)
    try:
        return periods.of_text(told, "day") if told else None
    except ValueError as error:
        raise BadParameter(parameter=name, value=told, reason=str(error)) from None


def matrix(table: Table, group: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The names of the states of a group; and of each day of counting, how many are in each."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows if row[0] == group]
    states = list(dict.fromkeys(str(row["state"]) for row in rows))
    names = {str(row["state"]): str(row["state_name"] or row["state"]) for row in rows}
    days: dict[str, dict[str, str]] = {}
    for row in rows:
        days.setdefault(str(row["on"]), {})[str(row["state"])] = _between(row)
    counts = [(day, [told[state] for state in states]) for day, told in days.items()]
    return [names[state] for state in states], counts


def _between(row: Mapping[str, Cell]) -> str:
    certain, possible = row["certain"], row["possible"]
    return str(certain) if certain == possible else f"{certain}–{possible}"


def _page(
    asked: Mapping[str, list[str]],
    lists: Mapping[str, list[tuple[str, str]]],
    found: Counted | None,
    lang: str,
    unclear: list[named.Unclear],
) -> str:
    same = {name: told for name, told in asked.items() if told}
    others = {name: told for name, told in same.items() if name != "group"}
    if found is not None and found.group is not None:
        same["group"] = [found.group]  # also that of those of whom none is told
    shown: list[tuple[str, str, Drawing]] = []
    if found is not None:
        chosen = [g for g in found.groups if found.group in (None, g[0])][:_DRAWN]
        shown = [
            (key, name, found.drawing(key, f"{name} ({number})", f"group{place}"))
            for place, (key, name, number) in enumerate(chosen)
            if key or found.group is not None
        ]
    return render_template(
        "statuses.html",
        asked={name: (told or [""])[0] for name, told in asked.items()},
        lists=lists,
        unclear={each.parameter: each for each in unclear},
        known={} if found else {"theme": named.known("theme")},
        called=named.called(asked),
        found=found,
        whole=found.drawing(EVERYBODY) if found and found.group is None else None,
        shown=shown,
        matrix=matrix,
        doubts=spells.doubts(found.spells) if found else None,
        files=[(f.name.upper(), f"{PATH}.{f.name}?{urlencode(same, doseq=True)}") for f in FORMATS],
        group_of=lambda key: f"{PATH}?{urlencode({**others, 'group': key}, doseq=True)}",
        groups=f"{PATH}?{urlencode(others, doseq=True)}",
        path=PATH,
        permalink=address(revision=str(found.revision)) if found else None,
    )
