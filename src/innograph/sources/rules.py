"""The named rules by which the values of a declared source are put into our form.

A rule takes one raw value and its options, and gives a value and the name of what it did. It never
fails and never guesses: what it cannot read for certain is left out, and its caller notes it.
"""

import datetime
import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import days
from .days import When
from .mapping import folded, tidy

YES = frozenset("1 x v y o j yes oui ja si true vrai wahr vero verdadero ✓ ✔ ☑".split())
NO = frozenset("0 n no non nein nee false faux falsch falso ✗ ✘ ☐".split())
# What a spreadsheet writes where a formula has failed.
_ERRORS = frozenset("#N/A #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM! #N/D #NOM? #VALEUR!".split())
# Signs without a width, which no one sees, and which tell names apart that are the same.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_ADDRESS = re.compile(
    r"https?://(?:[^\s<>\"{}|\\^`\[\]%\x00-\x20\x7f-\x9f\ud800-\uf8ff\ufdd0-\ufdef\ufff0-\uffff"
    r"\U000e0000-\U0010ffff]|%[0-9A-Fa-f]{2})+"
)
_PERSONAL = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,64}\.\w|(?:\+|\b00)[1-9][0-9 .()/-]{7,}|\b0[1-9](?:[ .-]?[0-9]{2}){4}\b"
)
_MAIL = re.compile(r"(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = 40
NOT_KEPT = "(not kept)"


@dataclass(frozen=True)
class Told:
    """What a rule made of a raw value: None when it is left out.

    `rule` names what was done, or why it is left out; it is empty when nothing was.
    """

    value: Any = None
    rule: str = ""


Rule = Callable[[Any, Mapping[str, Any]], Told]


def is_empty(raw: object) -> bool:
    """Whether a cell tells nothing: it is empty, or holds spaces only."""
    return raw is None or (isinstance(raw, str) and not tidy(raw.translate(_UNSEEN)))


def kept(raw: object) -> str:
    """A raw value as a note keeps it: not if it holds an e-mail address or a phone number."""
    text = str(raw).lower() if isinstance(raw, bool) else str(raw)
    return NOT_KEPT if is_personal(text) else text.encode("utf-8", "replace").decode()


def is_personal(raw: object) -> bool:
    """Whether a value is, or holds, an e-mail address or a telephone number."""
    return bool(_PERSONAL.search(str(raw)))


def text(raw: Any, options: Mapping[str, Any]) -> Told:
    """A text of single plain spaces, without HTML entities, in composed letters (NFC)."""
    told = _clean(raw)
    if _PERSONAL.fullmatch(str(told.value)) or _MAIL.fullmatch(str(told.value)):
        return Told(None, "personal")
    return told


def _clean(raw: Any) -> Told:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    told = str(raw)
    if told.strip() in _ERRORS:
        return Told(None, "spreadsheet-error")
    value, entities = told, False
    # Texts escaped twice are met with (&amp;eacute;), and each step may bring forth another.
    while (step := _step(value)) != value:
        entities = entities or html.unescape(value) != value
        value = step
    if not value:
        return Told()
    if value == told:
        return Told(value)
    return Told(
        value, "html-entities" if entities else "spaces" if tidy(told) == value else "letters"
    )


def _step(told: str) -> str:
    plain = html.unescape(told)
    if plain.isascii() and plain.isprintable():
        return tidy(plain)
    readable = "".join(c for c in plain.translate(_UNSEEN) if c >= " " or c in "\t\n\r")
    return tidy(unicodedata.normalize("NFC", readable.encode("utf-8", "replace").decode()))


def code(raw: Any, options: Mapping[str, Any]) -> Told:
    """A code: no spaces in it, and `width` figures where a spreadsheet has cut zeros off."""
    told = _clean(raw)
    if told.value is None:
        return told
    value = str(told.value)
    if re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+", value):
        return Told(None, "spreadsheet-exponent")
    bare, rule = "".join(value.split()), told.rule
    if bare != value:
        rule = "spaces"
    width = options.get("width")
    if width and len(bare) < width and re.fullmatch("[0-9]+", bare):
        return Told(bare.zfill(width), "leading-zeros")
    if width and len(bare) != width:
        return Told(None, "wrong-width")
    return Told(bare, rule)


def number(raw: Any, options: Mapping[str, Any]) -> Told:
    """An int or a Decimal. Where 1.234 may be two numbers, `decimal` says which."""
    if isinstance(raw, bool):
        return Told(None, "not-a-number")
    if isinstance(raw, (int, float, Decimal)):
        return _finite(Decimal(str(raw)), "")
    told = tidy(str(raw).translate(_UNSEEN))
    bare = told
    if unit := options.get("unit"):
        bare = bare.removeprefix(unit).removesuffix(unit).strip()
    # Spaces and apostrophes only ever part thousands.
    bare = re.sub(r"(?<=[0-9])[ '’](?=[0-9]{3}(?![0-9]))", "", bare)
    match = re.fullmatch(r"([+-]|−)?([0-9][0-9.,]*|[.,][0-9]+)", bare)
    if match is None:
        return Told(None, "not-a-number")
    point = _point(match[2], options.get("decimal"))
    if isinstance(point, Told):
        return point
    other = {".": ",", ",": "."}.get(point, "")
    plain = match[2]
    if not point:
        plain = re.sub("[.,]", "", plain)
    else:
        plain = plain.replace(other, "").replace(point, ".")
    sign = "-" if match[1] in ("-", "−") else ""
    found = _finite(Decimal(sign + plain), "")
    if found.value is None or str(found.value) == str(raw):
        return found
    return Told(found.value, "unit" if unit and unit in told else "number")


def _point(figures: str, decimal: str | None) -> str | Told:
    """The sign before the decimals, "" when there are none; Told when it cannot be known."""
    dots, commas = figures.count("."), figures.count(",")
    last = max(figures.rfind("."), figures.rfind(","))
    if not dots + commas:
        return ""
    sign = figures[last]
    if dots and commas:
        # 1,234.5 or 1.234,5: the last one is the point, and there is one of it.
        sure = (dots if sign == "." else commas) == 1
        point = sign if sure else None
    elif dots + commas > 1:
        point = ""
    else:
        group = re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", figures)
        if group and decimal is None:
            return Told(None, "ambiguous-number")
        point = "" if group and decimal != sign else sign
    if point is None or (decimal and point and point != decimal):
        return Told(None, "not-a-number")
    whole = figures[:last] if point else figures
    if re.search("[.,]", whole) and not re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", whole):
        return Told(None, "not-a-number")
    return point


def _finite(value: Decimal, rule: str) -> Told:
    if not value.is_finite() or abs(value.adjusted()) > _DIGITS:
        return Told(None, "not-a-number")
    if value == value.to_integral_value():
        return Told(int(value), rule)
    return Told(value, rule)


def truth(raw: Any, options: Mapping[str, Any]) -> Told:
    """True or False, for what people tick a box with."""
    if isinstance(raw, bool):
        return Told(raw)
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    told = folded(tidy(str(raw).translate(_UNSEEN)))
    if told in YES or told in NO:
        value = told in YES
        return Told(value, "" if str(raw) == str(value).lower() else "yes-or-no")
    return Told(None, "not-yes-or-no")


def address(raw: Any, options: Mapping[str, Any]) -> Told:
    """A web address. `scheme` is put before one that lacks it, such as www.example.org."""
    told = text(raw, options)
    if told.value is None:
        return told
    value, rule = str(told.value), told.rule
    if (scheme := options.get("scheme")) and re.match(r"[\w-]+(\.[\w-]+)+(/|$)", value):
        value, rule = f"{scheme}://{value}", "scheme-added"
    return Told(value, rule) if _ADDRESS.fullmatch(value) else Told(None, "not-an-address")


def date(raw: Any, options: Mapping[str, Any]) -> Told:
    """A time (days.When), in one of the shapes that days.py knows."""
    if isinstance(raw, When):
        return Told(raw)
    placeholders = tuple(options.get("placeholders", ()))
    return _when(days.read(raw, options.get("order", "dmy"), placeholders), raw)


def excel_day(raw: Any, options: Mapping[str, Any]) -> Told:
    """A day (days.When) that a spreadsheet has written as a number, since 1900 or 1904."""
    if isinstance(raw, (When, datetime.date)):
        return date(raw, options)
    return _when(days.day_number(raw, options.get("epoch", 1900)), raw)


def _when(found: When | str, raw: object) -> Told:
    if isinstance(found, str):
        return Told(None, found)
    told = str(raw).split(" ")[0] if isinstance(raw, datetime.date) else str(raw)
    plain = found.start == told and not found.within and found.rule != "time-left-out"
    return Told(found, "" if plain else found.rule)


RULES: Mapping[str, Rule] = {
    "text": text,
    "code": code,
    "number": number,
    "yes-or-no": truth,
    "address": address,
    "date": date,
    "excel-day": excel_day,
}
# What a rule may be told in source.toml, and of which kind.
OPTIONS: Mapping[str, Mapping[str, type | tuple[object, ...]]] = {
    "text": {},
    "code": {"width": int},
    "number": {"decimal": (".", ","), "unit": str},
    "yes-or-no": {},
    "address": {"scheme": ("https", "http")},
    "date": {"order": ("dmy", "mdy"), "placeholders": list},
    "excel-day": {"epoch": (1900, 1904)},
}
