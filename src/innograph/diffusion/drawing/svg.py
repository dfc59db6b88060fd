"""What all drawings have in common: a title and a description, a sheet of styles, escaped text."""

import base64
import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

WIDTH = 480.0  # so that a letter of 14 is still read on a screen of 400 pixels
KINDS = 6  # series that are told apart by colour and by dash or hatching
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Words:
    """What drawings say by themselves, in the language of the reader."""

    nothing: str = "Nothing to draw."
    by_then: str = "only known to have begun by then"
    after: str = "only known to begin after"
    possible: str = "possible, as dates are not exact"
    at_least: str = "at least"
    at_most: str = "at most"
    not_adopted: str = "not adopted"
    adopted: str = "adopted"
    left_out: str = "not shown:"
    adopters: str = "adopters"
    adoptions: str = "adoptions"
    members: str = "who could adopt"
    fitted: str = "fitted"
    bounds: str = "95 % bounds"
    hazard: str = "hazard"
    survival: str = "survival"
    year: str = "years"
    month: str = "months"
    day: str = "days"
    terms: Mapping[str, str] = field(default_factory=dict)  # of categories and levels


@dataclass(frozen=True)
class Caption:
    """What a drawing is called and what it shows, for who sees it and for who does not.

    `key` sets its names apart from those of other drawings on a page.
    """

    title: str
    text: str
    lang: str = "en"
    key: str = "drawing"
    words: Words = field(default_factory=Words)


@dataclass(frozen=True)
class Drawing:
    """A drawing of some width and height, made of elements."""

    caption: Caption
    height: float
    parts: tuple[str, ...]
    width: float = WIDTH

    def inline(self) -> str:
        """The drawing as part of a page, which links the sheet of styles."""
        return self._element("", f'lang="{escape(self.caption.lang)}"')

    def alone(self) -> bytes:
        """The drawing as a file, which brings its styles with it."""
        lang = f'xml:lang="{escape(self.caption.lang)}"'
        sheet = element("style", style_sheet())
        told = self._element(sheet, f'xmlns="http://www.w3.org/2000/svg" {lang}')
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{told}\n'.encode()

    def _element(self, sheet: str, told: str) -> str:
        key = self.caption.key
        size = f"{number(self.width)} {number(self.height)}"
        parts = [
            f'<svg {told} class="drawing" role="img" viewBox="0 0 {size}"'
            f" aria-labelledby={quoteattr(f'{key}-title {key}-text')}>",
            element("title", said(self.caption.title), id=f"{key}-title"),
            element("desc", said(self.caption.text), id=f"{key}-text"),
            sheet,
            _hatches(key),
            element("rect", width=self.width, height=self.height, class_="paper"),
            *self.parts,
            "</svg>",
        ]
        return "\n".join(filter(None, parts))


@cache
def style_sheet() -> str:
    """The styles of all drawings: the same on a screen, a dark screen and paper."""
    return Path(__file__).with_name("style.css").read_text("utf-8")


@cache
def style_hash() -> str:
    """The styles as a content security policy names what it lets through (CSP 3, 2.3.1)."""
    digest = hashlib.sha256(style_sheet().encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def said(text: str) -> str:
    """Text as XML takes it."""
    return escape(_NOT_XML.sub("", text))


def number(value: float) -> str:
    """A coordinate, to a hundredth of a pixel."""
    assert math.isfinite(value), "what is not known has no place on a drawing"
    told = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if told == "-0" else told


def element(name: str, content: str = "", /, **given: str | float) -> str:
    """An element; `class_` stands for class, and underscores for hyphens."""
    told = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_NOT_XML.sub('', _value(value)))}"
        for key, value in given.items()
    )
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "start") -> str:
    """A line of text whose foot is at y."""
    more = {"class_": class_} if class_ else {}
    return element("text", said(words), x=x, y=y, text_anchor=anchor, **more)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str, closed: bool = False) -> str:
    """A line through points, or the area within."""
    told = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{told}{'Z' if closed else ''}", class_=class_)


def triangle(x: float, y: float, way: int, class_: str, title: str) -> str:
    """A small triangle at a point that looks to the left (-1) or to the right (1)."""
    tip = x + way * 9
    points = f"{number(x)},{number(y - 5)} {number(tip)},{number(y)} {number(x)},{number(y + 5)}"
    return element("polygon", element("title", said(title)), points=points, class_=class_)


def cut(words: str, room: float, size: float = 14) -> str:
    """Words that fit into so many pixels, nearly; with an ellipsis where some are left out."""
    most = max(1, int(room / (size * 0.54)))
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def hatched(key: str, kind: int) -> str:
    """What fills an area over its colour, so that kinds differ without colour; "" for the first."""
    return f"url(#{key}-hatch{kind % KINDS})" if kind % KINDS else ""


def _hatches(key: str) -> str:
    shapes = ("", "M0 6L6 0", "M0 0L6 6", "M0 3H6", "M3 0V6", "M0 3H6M3 0V6")
    patterns = [
        element(
            "pattern",
            element("path", d=shape, class_="veil"),
            id=f"{key}-hatch{kind}",
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
        )
        for kind, shape in enumerate(shapes)
        if shape
    ]
    return element("defs", "".join(patterns))


def nothing(caption: Caption) -> Drawing:
    """The drawing of what there is none of, which says so."""
    return Drawing(caption, 60, (text(16, 36, caption.words.nothing, "quiet"),))


def legend(entries: Iterable[tuple[str, str]], top: float) -> tuple[list[str], float]:
    """Rows of a sample and a name each, and where they end. A sample is drawn at 0 0 to 24 12."""
    parts = []
    for sample, name in entries:
        parts.append(element("g", sample, transform=f"translate(12 {number(top + 3)})"))
        parts.append(text(46, top + 14, cut(name, WIDTH - 54, 12), "small"))
        top += 20
    return parts, top
