"""A picture of the classes and of what links them, as SVG."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

from rdflib import RDFS, SKOS, URIRef

from .. import vocab
from ..validation import shapes
from . import fields, terms
from .layout import COLUMNS, ROWS, Point, Rect, placed

# A class that more classes than this point at is named in their boxes instead of by arrows.
_HUB = 3
_CELL = (350, 180)
_HEAD, _LINE, _LETTER, _GAP = 30, 17, 6.7, 16
_STYLE = """
    text { font: 13px system-ui, sans-serif; fill: currentColor; text-anchor: middle }
    .class { font-weight: 600; font-size: 15px }
    .link { paint-order: stroke; stroke: Canvas; stroke-width: 6px; stroke-linejoin: round }
    rect, path { fill: none; stroke: currentColor }
    .foreign { stroke-dasharray: 5 3 }
    .centre { stroke-width: 3 }
    .above { stroke-dasharray: 2 3 }
"""


@dataclass(frozen=True)
class _Box:
    klass: URIRef
    lines: tuple[tuple[URIRef, URIRef], ...]
    rect: Rect


_Links = Mapping[tuple[URIRef, URIRef], list[URIRef]]


@cache
def svg() -> bytes:
    """The diagram: each class a box, each link an arrow with the names of its properties.

    Foreign classes have a broken frame; links to a class that many point at stand in the boxes.
    """
    boxes, links = _boxes(), _arrows()
    width, height = COLUMNS * _CELL[0], ROWS * _CELL[1]
    title = "Classes of the innograph ontology and the properties that link them"
    desc = (
        "In the middle: " + _name(_centre()) + ". Boxes are classes, with a broken frame if they "
        "are taken from another ontology; arrows are properties; dotted arrows lead to the wider "
        "class. A class that many others point at is named inside their boxes."
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="title desc" lang="en" style="color-scheme: light dark">',
        f'<title id="title">{title}</title>',
        f'<desc id="desc">{escape(desc)}</desc>',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        'markerHeight="8" orient="auto-start-reverse"><path d="M0 1L9 5L0 9" '
        'fill="none" stroke="currentColor"/></marker></defs>',
    ]
    lines, labels = _drawn(boxes, links)
    parts += [*lines, *(_drawn_box(box) for box in boxes.values()), *labels, "</svg>\n"]
    return "\n".join(parts).encode()


@cache
def _links() -> _Links:
    """Properties by the pair of classes that they link; what is inherited is left to the parent."""
    own = {kind for kind in fields.targets() if kind.startswith(vocab.NAMESPACE)}
    found: dict[tuple[URIRef, URIRef], list[URIRef]] = defaultdict(list)
    shown = set(own)
    for kind in own:
        shown |= {target for target, _ in _from(kind)}
    for kind in sorted(shown & fields.targets()):
        for target, prop in _from(kind):
            found[kind, target].append(prop)
    return dict(sorted(found.items()))


def _from(kind: URIRef) -> Iterator[tuple[URIRef, URIRef]]:
    above = {URIRef(str(c)) for c in vocab.ontology().objects(kind, RDFS.subClassOf)}
    inherited = {field.iri for parent in above & fields.targets() for field in fields.of(parent)}
    for field in fields.of(kind):
        if field.iri not in inherited:
            yield from ((klass, field.iri) for klass in field.classes if klass != SKOS.Concept)


@cache
def _centre() -> URIRef:
    """The class that links to most others."""
    sources = [a for a, _ in _links()]
    return max(sorted(set(sources)), key=sources.count)


@cache
def _classes() -> tuple[URIRef, ...]:
    own = {kind for kind in fields.targets() if kind.startswith(vocab.NAMESPACE)}
    pointed = {b for a, b in _links() if a in own}
    return tuple(sorted(own | pointed))


@cache
def _arrows() -> _Links:
    """The links that are drawn: those of the centre, and those to classes that few point at."""
    targets = [b for a, b in _links() if a != b]
    drawn = {}
    for (a, b), properties in _links().items():
        both = a in _classes() and b in _classes() and a != b
        if both and (_centre() in (a, b) or targets.count(b) <= _HUB):
            drawn[a, b] = properties
    return drawn


def _above() -> Iterator[tuple[URIRef, URIRef]]:
    for klass in _classes():
        for parent in sorted(vocab.ontology().objects(klass, RDFS.subClassOf), key=str):
            if parent in _classes():
                yield klass, URIRef(str(parent))


@cache
def _boxes() -> Mapping[URIRef, _Box]:
    edges = [(str(a), str(b)) for a, b in (*_arrows(), *_above())]
    cells = placed(str(_centre()), list(map(str, _classes())), edges)
    boxes = {}
    for klass in _classes():
        column, row = cells[str(klass)]
        lines = [
            (prop, b)
            for (a, b), properties in _links().items()
            if a == klass and (a, b) not in _arrows()
            for prop in properties
        ]
        longest = max([len(_name(klass)) * 1.4, *(len(_line(*line)) for line in lines)])
        rect = Rect(
            (column + 0.5) * _CELL[0],
            (row + 0.5) * _CELL[1],
            round(max(60, longest * _LETTER / 2 + 10)),
            (_HEAD + _LINE * len(lines) + (6 if lines else 0)) / 2,
        )
        boxes[klass] = _Box(klass, tuple(lines), rect)
    return boxes


def _drawn_box(box: _Box) -> str:
    rect, kind = box.rect, "own" if box.klass.startswith(vocab.NAMESPACE) else "foreign"
    kind += " centre" if box.klass == _centre() else ""
    top = rect.y - rect.h
    texts = [
        f'<text class="class" x="{rect.x:.0f}" y="{top + 20:.0f}">{_title(box.klass)}'
        f"{escape(_name(box.klass))}</text>"
    ]
    for number, (prop, target) in enumerate(box.lines):
        y = top + _HEAD + _LINE * number + 10
        text = f'<text x="{rect.x:.0f}" y="{y:.0f}">{_title(prop)}'
        texts.append(f"{text}{escape(_line(prop, target))}</text>")
    frame = (
        f'<rect class="{kind}" x="{rect.x - rect.w:.0f}" y="{top:.0f}" width="{2 * rect.w:.0f}" '
        f'height="{2 * rect.h:.0f}" rx="6"/>'
    )
    return "<g>" + "".join([frame, *texts]) + "</g>"


def _drawn(boxes: Mapping[URIRef, _Box], links: _Links) -> tuple[list[str], list[str]]:
    """The arrows, then their labels: each where it covers least."""
    taken = [box.rect for box in boxes.values()]
    lines, labels, ways = [], [], []
    for a, b in [*links, *_above()]:
        one, two = boxes[a].rect, boxes[b].rect
        start, end = one.edge((two.x, two.y)), two.edge((one.x, one.y), 3)
        kind = "" if (a, b) in links else ' class="above"'
        d = f"M{start[0]:.0f} {start[1]:.0f}L{end[0]:.0f} {end[1]:.0f}"
        lines.append(f'<path{kind} d="{d}" marker-end="url(#tip)"/>')
        ways.append((start, end, links.get((a, b), [])))
    for start, end, properties in sorted(ways, key=lambda w: -len(w[2])):
        if not properties:
            continue
        names = [_name(prop) for prop in properties]
        half = (max(map(len, names)) * _LETTER / 2 + 4, len(names) * _GAP / 2 + 1)
        others = [way[:2] for way in ways if way[:2] != (start, end)]
        spot = _spot(start, end, half, taken, others)
        taken.append(spot)
        for number, (prop, name) in enumerate(zip(properties, names, strict=True)):
            y = spot.y - spot.h + _GAP * (number + 0.75)
            labels.append(
                f'<text class="link" x="{spot.x:.0f}" y="{y:.0f}">{_title(prop)}'
                f"{escape(name)}</text>"
            )
    return lines, labels


def _spot(
    start: Point,
    end: Point,
    half: tuple[float, float],
    taken: list[Rect],
    others: list[tuple[Point, Point]],
) -> Rect:
    def at(share: float) -> Rect:
        x = start[0] + (end[0] - start[0]) * share
        return Rect(x, start[1] + (end[1] - start[1]) * share, *half)

    def harm(share: float) -> tuple[float, float]:
        spot = at(share)
        covered = sum(10 for rect in taken if spot.touches(rect))
        crossed = sum(1 for a, b in others if spot.crossed_by(a, b))
        return covered + crossed, abs(share - 0.5)

    return at(min((number / 20 for number in range(3, 18)), key=harm))


def _name(term: URIRef) -> str:
    return shapes.in_language(terms.labels(term), "en")


def _line(prop: URIRef, target: URIRef) -> str:
    return f"{_name(prop)} → {_name(target)}"


def _title(term: URIRef) -> str:
    """What the pointer shows: the French name, and the term itself."""
    french = terms.labels(term).get("fr")
    told = f"{french} ({terms.name_of(term)})" if french else terms.name_of(term)
    return f"<title>{escape(told)}</title>"
