"""Where the boxes of a diagram stand, so that few arrows cross and none runs through a box."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

Point = tuple[float, float]
COLUMNS, ROWS = 5, 5
_STARTS = 3
# What one crossing and one box in the way are worth, in steps of the grid.
_CROSSING, _IN_THE_WAY = 5.0, 20.0
# Half of a box and the room about it, in steps of the grid.
_BOX = (0.36, 0.3)


@dataclass(frozen=True)
class Rect:
    """A rectangle, by its middle and half its sides."""

    x: float
    y: float
    w: float
    h: float

    def touches(self, other: "Rect") -> bool:
        near = abs(self.x - other.x) < self.w + other.w
        return near and abs(self.y - other.y) < self.h + other.h

    def edge(self, to: Point, gap: float = 0) -> Point:
        """Where a line from the middle to a point leaves it."""
        dx, dy = to[0] - self.x, to[1] - self.y
        sides = [(self.w + gap) / abs(dx)] if dx else []
        sides += [(self.h + gap) / abs(dy)] if dy else []
        share = min([1.0, *sides])
        return self.x + dx * share, self.y + dy * share

    def crossed_by(self, a: Point, b: Point) -> bool:
        """Whether the line from a to b runs through it (by clipping: Liang and Barsky, 1984)."""
        low, high = 0.0, 1.0
        for start, end, middle, half in (
            (a[0], b[0], self.x, self.w),
            (a[1], b[1], self.y, self.h),
        ):
            if start == end:
                if abs(start - middle) > half:
                    return False
                continue
            ends = ((middle + side * half - start) / (end - start) for side in (-1, 1))
            one, two = sorted(ends)
            low, high = max(low, one), min(high, two)
        return low < high


def placed(
    centre: str, nodes: Sequence[str], edges: Sequence[tuple[str, str]]
) -> Mapping[str, tuple[int, int]]:
    """A cell of the grid for each node, the centre in the middle; the same for the same nodes.

    Begins with nodes round the centre in several orders, and takes what becomes best.
    """
    middle = (COLUMNS // 2, ROWS // 2)
    cells = [(x, y) for y in range(ROWS) for x in range(COLUMNS) if (x, y) != middle]
    cells.sort(key=lambda c: (abs(c[0] - middle[0]) + abs(c[1] - middle[1]), c))
    degree = {node: sum(node in edge for edge in edges) for node in nodes}
    others = sorted((node for node in nodes if node != centre), key=lambda n: (-degree[n], n))
    # What has no node has an empty name, so that a node can move there.
    movable = [*others, *(" " * number for number in range(1, len(cells) - len(others) + 1))]
    found = []
    for first in range(0, len(movable), len(movable) // _STARTS):
        turned = [*movable[first:], *movable[:first]]
        where = {centre: middle, **dict(zip(turned, cells, strict=True))}
        found.append((_settled(where, turned, edges), where))
    where = min(found, key=lambda pair: pair[0])[1]
    return {node: where[node] for node in nodes}


def _settled(
    where: dict[str, tuple[int, int]], movable: Sequence[str], edges: Sequence[tuple[str, str]]
) -> float:
    """Let nodes change places as long as it helps; what it costs in the end."""
    best, improved = _cost(where, edges), True
    while improved:
        improved = False
        for one, other in combinations(movable, 2):
            where[one], where[other] = where[other], where[one]
            cost = _cost(where, edges)
            if cost < best - 1e-9:
                best, improved = cost, True
            else:
                where[one], where[other] = where[other], where[one]
    return best


def _cost(where: Mapping[str, tuple[int, int]], edges: Sequence[tuple[str, str]]) -> float:
    lines = [(where[a], where[b]) for a, b in edges]
    taken = [cell for node, cell in where.items() if node.strip()]
    cost = sum(_length(*line) for line in lines)
    cost += _CROSSING * sum(_cross(*one, *two) for one, two in combinations(lines, 2))
    return cost + _IN_THE_WAY * sum(_through(*line, cell) for line in lines for cell in taken)


@cache
def _length(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


@cache
def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two lines cross, or lie on each other; a common end alone is no crossing."""
    if common := {a, b} & {c, d}:
        shared = common.pop()
        one, two = (b if a == shared else a), (d if c == shared else c)
        ahead = (one[0] - shared[0]) * (two[0] - shared[0])
        ahead += (one[1] - shared[1]) * (two[1] - shared[1])
        return _side(shared, one, two) == 0 and ahead > 0
    apart = _side(a, b, c) == 0 and _side(a, b, d) == 0
    across = _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0
    return across and not apart


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@cache
def _through(a: Point, b: Point, cell: Point) -> bool:
    return cell not in (a, b) and Rect(*cell, *_BOX).crossed_by(a, b)
