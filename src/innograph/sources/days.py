"""The many ways in which people write a day, a month, a year or a time between two of them.

What is written is read at the precision that it has; what can be read in two ways is not guessed.
The table of shapes, with examples, stands in docs/how-to/add-a-source.md.
"""

import calendar
import datetime
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from .mapping import folded, tidy

_MONTHS = (
    "january janvier januar gennaio enero januari",
    "february fevrier februar febbraio febrero februari",
    "march mars marz maerz marzo maart",
    "april avril aprile abril",
    "may mai maggio mayo mei",
    "june juin juni giugno junio",
    "july juillet juli luglio julio",
    "august aout agosto augustus",
    "september septembre settembre septiembre setiembre",
    "october octobre oktober ottobre octubre",
    "november novembre noviembre",
    "december decembre dezember dicembre diciembre",
)
# Short names are told apart by these; "mar" is March, "mai" and "may" are whole names.
_SHORT = {
    "jan": 1, "janv": 1, "feb": 2, "fev": 2, "fevr": 2, "febr": 2, "mar": 3, "mrz": 3, "apr": 4,
    "avr": 4, "jun": 6, "jul": 7, "juil": 7, "aug": 8, "aou": 8, "sep": 9, "sept": 9, "oct": 10,
    "okt": 10, "nov": 11, "dec": 12, "dez": 12, "dic": 12,
}  # fmt: skip
_NAMED = {n: i for i, names in enumerate(_MONTHS, 1) for n in names.split()} | _SHORT
_SEASONS = {
    "spring": (3, 5), "printemps": (3, 5), "summer": (6, 8), "ete": (6, 8), "autumn": (9, 11),
    "automne": (9, 11),
}  # fmt: skip
# Years before are misspelt; those after, and 0000, are what a program writes for "not known".
_FIRST, _LAST = 1000, 2199
# Figures without a sign between them are a day only when their year is one of these.
_NEAR = range(1500, 2200)
_ABOUT = r"(?:circa|ca\.?|c\.|vers|env\.?|environ|about|around|approx\.?|um|~)\s*"
_SINCE = r"(?:depuis(?: le)?|since|seit|a partir d[eu'](?: le)?|from)\s*"
_DASH = r"\s*(?:-|–|—|/|\bto\b|\bau?\b|\bbis\b|\ba\b)\s*"


@dataclass(frozen=True)
class When:
    """A time as it was told: YYYY, YYYY-MM or YYYY-MM-DD; start and end are one unless a range.

    `within` are the first and last day between which it lies, when it is told less precisely than
    that; `about` that it was told as approximate. `rule` names the shape it was written in.
    """

    start: str | None
    end: str | None
    rule: str
    within: tuple[str, str] | None = None
    about: bool = False

    @property
    def is_range(self) -> bool:
        return self.start != self.end


def read(raw: object, order: str = "dmy", placeholders: tuple[str, ...] = ()) -> When | str:
    """What is written, or the name of the rule by which it is left out.

    `order` is dmy or mdy: that of 03/04/2021. `placeholders` are written for "not known".
    """
    if isinstance(raw, datetime.datetime):
        midnight = raw.time() == datetime.time()
        return _point(raw.date().isoformat(), "iso" if midnight else "time-left-out")
    if isinstance(raw, datetime.date):
        return _point(raw.isoformat(), "iso")
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = tidy(str(raw))
    if text in placeholders:
        return "placeholder"
    return _read(text, order)


@lru_cache(maxsize=10_000)
def _read(told: str, order: str) -> When | str:
    # Looked at in its plain letters; what is none of ours stays what it is, and is no date.
    text = folded(told).replace("’", "'")
    if len(text) > 60:
        return "not-a-date"
    for shape in (_numbers, _time, _words, _quarter, _about, _since, _range):
        found = shape(text, order)
        if found is not None:
            return found
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):
        return "maybe-an-excel-day"
    return "not-a-date"


def day_number(raw: object, epoch: int) -> When | str:
    """The day that a spreadsheet writes as a number, counted from 1900 or 1904.

    By the system of 1900 day 60 is 29 February 1900, which never was (ECMA-376, 18.17.4.1).
    """
    try:
        number = float(str(raw).strip().replace(",", "."))
    except ValueError:
        return "not-a-day-number"
    if not 0 <= number < 2_958_466:
        return "not-a-day-number"
    whole = int(number)
    if epoch == 1900 and whole in (0, 60):
        return "placeholder" if whole == 0 else "not-a-day-number"
    shift = whole if epoch == 1904 else whole - (whole > 60) - 1
    start = datetime.date(1904, 1, 1) if epoch == 1904 else datetime.date(1900, 1, 1)
    try:
        found = start + datetime.timedelta(days=shift)
    except OverflowError:
        return "not-a-day-number"
    return _point(found.isoformat(), f"excel-day-{epoch}")


def _point(value: str, rule: str) -> When | str:
    year = int(value[:4])
    if year == 0 or year > _LAST:
        return "placeholder"
    return When(value, value, rule) if year >= _FIRST else "not-a-date"


def _day(year: int, month: int, day: int, rule: str) -> When | str:
    if year == 0 or year > _LAST:
        return "placeholder"
    try:
        return _point(datetime.date(year, month, day).isoformat(), rule)
    except ValueError:
        return "not-a-date"


def _month(year: int, month: int, rule: str) -> When | str:
    return _point(f"{year:04}-{month:02}", rule) if 1 <= month <= 12 else "not-a-date"


def _numbers(text: str, order: str) -> When | str | None:
    """Days, months and years in figures alone."""
    if re.fullmatch(r"[0-9]{4}", text):
        return _point(text, "year")
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text):
        return _day(int(match[1]), int(match[2]), int(match[3]), "iso")
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{2})", text):
        # 2015-17 may be meant as two years: months end at 12.
        return _month(int(match[1]), int(match[2]), "month")
    if match := re.fullmatch(r"([0-9]{4})([./])([0-9]{1,2})(?:\2([0-9]{1,2}))?", text):
        if match[4]:
            return _day(int(match[1]), int(match[3]), int(match[4]), "year-month-day")
        return _month(int(match[1]), int(match[3]), "year-month")
    if match := re.fullmatch(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4})", text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if order == "mdy":
            return _day(year, first, second, "month-day-year")
        return _day(year, second, first, "day-month-year")
    if match := re.fullmatch(r"([0-9]{1,2})[-./]([0-9]{4})", text):
        return _month(int(match[2]), int(match[1]), "month-year")
    if match := re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text):
        year = int(match[1])
        # Read as another order, 8 figures give a year that no source tells of.
        return _day(year, int(match[2]), int(match[3]), "basic") if year in _NEAR else "not-a-date"
    if re.fullmatch(r"'?[0-9]{1,2}([-./])[0-9]{1,2}\1[0-9]{2}", text):
        return "ambiguous-date"
    return None


def _time(text: str, order: str) -> When | str | None:
    """A day with the time of day, which is left out."""
    clock = r"[t ,]*(?:a )?[0-9]{1,2}[:h][0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    zone = r"\s*(?:z|utc|gmt|am|pm|[+-][0-9]{2}:?[0-9]{2})?"
    match = re.fullmatch(rf"([0-9./-]{{8,10}}){clock}{zone}", text)
    found = _numbers(match[1], order) if match else None
    return replace(found, rule="time-left-out") if isinstance(found, When) else found


def _words(text: str, order: str) -> When | str | None:
    """Days and months with the name of the month: 3 mars 2021, March 3rd, 2021, mars 2021."""
    weekday = r"(?:[a-z]+(?:day|di|tag)|dimanche)?,?\s*(?:le |the )?"
    text = re.sub(rf"^{weekday}(?=[0-9a-z])", "", text) if text[:1].isalpha() else text
    name = r"([a-z]{3,12})\.?"
    ordinal = r"([0-9]{1,2})(?:er|st|nd|rd|th|\.)?"
    if match := re.fullmatch(
        rf"{ordinal}[\s-]*(?:of |de |d')?{name},?[\s-]*(?:de )?([0-9]{{4}})", text
    ):
        day, month, year = match[1], match[2], match[3]
    elif match := re.fullmatch(rf"{name}\s+{ordinal},?\s+([0-9]{{4}})", text):
        month, day, year = match[1], match[2], match[3]
    elif match := re.fullmatch(rf"{name}[\s,-]*([0-9]{{4}})", text):
        day, month, year = "", match[1], match[2]
    elif match := re.fullmatch(rf"([0-9]{{4}})[\s,-]+{name}", text):
        day, month, year = "", match[2], match[1]
    elif match := re.fullmatch(rf"(?:{ordinal}[\s-]+)?{name}[\s'-]+[0-9]{{2}}", text):
        return "ambiguous-date" if match[2] in _NAMED else None
    else:
        return None
    number = _NAMED.get(month)
    if number is None:
        return _season(month, int(year)) if not day else None
    if day:
        return _day(int(year), number, int(day), "month-name")
    return _month(int(year), number, "month-name")


def _season(name: str, year: int) -> When | None:
    # A winter is of two years.
    return _between(year, *_SEASONS[name], "season") if name in _SEASONS else None


def _between(year: int, first: int, last: int, rule: str) -> When | None:
    if not _known(year):
        return None
    end = datetime.date(year, last, calendar.monthrange(year, last)[1])
    days = datetime.date(year, first, 1).isoformat(), end.isoformat()
    return When(f"{year:04}", f"{year:04}", rule, within=days)


def _quarter(text: str, order: str) -> When | str | None:
    """Quarters and halves of a year, and weeks: 2021-Q3, T3 2021, S1 2021, 2021-W05."""
    if match := re.fullmatch(r"([0-9]{4})-?w([0-9]{2})", text):
        return _week(int(match[1]), int(match[2]))
    part = r"(?P<{0}>[1-4])(?:er|e|eme|st|nd|rd|th)?\s*(?:trimestre|quarter)"
    half = r"(?P<{0}>[12])(?:er|e|eme|nd|st|d)?\s*(?:semestre|half)"
    shapes = (
        (3, rf"(?:[qt](?P<a>[1-4])|{part.format('b')})[\s/-]*(?P<y>[0-9]{{4}})"),
        (3, r"(?P<y>[0-9]{4})[\s/-]*[qt](?P<a>[1-4])"),
        (6, rf"(?:[sh](?P<a>[12])|{half.format('b')})[\s/-]*(?P<y>[0-9]{{4}})"),
        (6, r"(?P<y>[0-9]{4})[\s/-]*[sh](?P<a>[12])"),
    )
    for months, shape in shapes:
        if match := re.fullmatch(shape, text):
            told = match.groupdict()
            number = int(told["a"] or told["b"])
            rule = "quarter" if months == 3 else "half-year"
            return _between(int(told["y"]), (number - 1) * months + 1, number * months, rule)
    return None


def _week(year: int, week: int) -> When | str:
    try:
        first = datetime.date.fromisocalendar(year, week, 1)
        last = first + datetime.timedelta(days=6)
    except (ValueError, OverflowError):
        return "not-a-date"
    # A week may lie in two years: then only its bounds are known.
    known = f"{year:04}" if first.year == last.year else None
    return When(known, known, "week", within=(first.isoformat(), last.isoformat()))


def _about(text: str, order: str) -> When | str | None:
    """Circa 2015, vers mars 2015, 2015?."""
    match = re.fullmatch(rf"{_ABOUT}(.+)", text) or re.fullmatch(r"(.+?)\s*\(?\?\)?", text)
    found = _plain(match[1], order) if match else None
    return replace(found, rule="about", about=True) if isinstance(found, When) else found


def _since(text: str, order: str) -> When | str | None:
    """Depuis 2015, since May 2015, 2015-."""
    match = re.fullmatch(rf"{_SINCE}(.+)", text) or re.fullmatch(
        r"([0-9]{4})\s*(?:-|–|…|\.\.\.)", text
    )
    found = _plain(match[1], order) if match else None
    return replace(found, end=None, rule="since") if isinstance(found, When) else found


def _range(text: str, order: str) -> When | str | None:
    """Two times: 2015-2017, 2015 / 2017, de 2015 à 2017, 03/2015 - 06/2017."""
    text = re.sub(r"^(?:de |du |from |von |entre |between )", "", text)
    for match in re.finditer(rf"{_DASH}|\s+(?:et|and|und)\s+", text):
        start = _plain(text[: match.start()], order)
        end = _plain(text[match.end() :], order)
        if not isinstance(start, When) or not isinstance(end, When):
            continue
        if start.within or end.within or not start.start or not end.start:
            continue
        if start.start[: len(end.start)] > end.start[: len(start.start)]:
            return "ends-before-it-begins"
        return When(start.start, end.start, "range")
    return None


def _plain(text: str, order: str) -> When | str | None:
    text = text.strip()
    for shape in (_numbers, _words):
        found = shape(text, order)
        if found is not None:
            return found
    return None


def _known(year: int) -> bool:
    return _FIRST <= year <= _LAST
