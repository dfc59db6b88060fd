"""A network of who followed whom, laid out by springs from a circle: always the same way."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..events import Indices, Numbers
from . import svg
from .svg import Caption, Drawing

MOST = 120  # names that a drawing of this size can hold
_ROUNDS, _NAMED, _HIGH = 150, 14, 440.0


def spring_layout(number: int, senders: Indices, receivers: Indices) -> Numbers:
    """Places from 0 to 1, one row each: linked ones pull, all push (Fruchterman, Reingold 1991).

    From a circle, in the order given, and cooling evenly: the same input gives the same places.
    """
    angle = 2 * np.pi * np.arange(number) / max(number, 1)
    place: Numbers = np.column_stack([np.cos(angle), np.sin(angle)])
    if number < 2:
        return np.full((number, 2), 0.5)
    near = (np.pi / number) ** 0.5
    for heat in np.linspace(0.2, 0.005, _ROUNDS):
        apart = place[:, None] - place
        far = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 1e-3)
        moved = (apart * (near**2 / far**2)[..., None]).sum(1)
        along = place[senders] - place[receivers]
        pull = along * (np.hypot(along[:, 0], along[:, 1]) / near)[:, None]
        np.subtract.at(moved, senders, pull)
        np.add.at(moved, receivers, pull)
        # Towards the middle, or what is not linked would fly off.
        moved -= place * near
        size = np.maximum(np.hypot(moved[:, 0], moved[:, 1]), 1e-9)
        place = place + moved * (np.minimum(size, heat) / size)[:, None]
    low, high = place.min(0), place.max(0)
    placed: Numbers = np.round((place - low) / np.maximum(high - low, 1e-9), 6)
    return placed


def network(
    caption: Caption,
    names: Sequence[str],
    senders: Indices,
    receivers: Indices,
    weights: Numbers | None = None,
) -> Drawing:
    """Arrows from who was a model to who followed; a dot is larger, the more followed it.

    `senders` and `receivers` index `names`; a weight is how broad an arrow is. Of more than `MOST`
    names those with most arrows are drawn, and the drawing says how many are not.
    """
    if not len(senders):
        return svg.nothing(caption)
    weights = np.ones(len(senders)) if weights is None else weights
    degree = np.bincount(np.concatenate([senders, receivers]), minlength=len(names))
    order = np.lexsort((np.arange(len(names)), -degree))
    chosen = np.sort(order[: min(MOST, int((degree > 0).sum()))])
    place_of = np.full(len(names), -1)
    place_of[chosen] = np.arange(len(chosen))
    kept = (place_of[senders] >= 0) & (place_of[receivers] >= 0)
    sent, got, weight = place_of[senders[kept]], place_of[receivers[kept]], weights[kept]
    at = spring_layout(len(chosen), sent, got)
    at = np.column_stack([30 + at[:, 0] * (svg.WIDTH - 60), 30 + at[:, 1] * (_HIGH - 60)])
    followed = np.bincount(sent, minlength=len(chosen))
    size = 4 + 8 * np.sqrt(followed / max(1, int(followed.max(initial=1))))
    parts = [_tip(caption.key), *_arrows(caption.key, at, sent, got, weight, size)]
    for i, (x, y) in enumerate(at.tolist()):
        said = f"{names[chosen[i]]}: {followed[i]}"
        title = svg.element("title", svg.said(said))
        look = "full c0" if followed[i] else "open c0"
        parts.append(svg.element("circle", title, cx=x, cy=y, r=float(size[i]), class_=look))
    by_rank = np.lexsort((chosen, -degree[chosen], -followed))
    for i in by_rank[:_NAMED]:
        parts.append(_name(str(names[chosen[i]]), at[i], float(size[i])))
    end = _HIGH
    if missing := int((degree > 0).sum()) - len(chosen):
        parts.append(svg.text(12, end + 16, f"{caption.words.left_out} {missing}", "quiet small"))
        end += 26
    return Drawing(caption, end, tuple(parts))


def _arrows(
    key: str,
    at: Numbers,
    sent: NDArray[np.int64],
    got: NDArray[np.int64],
    weight: Numbers,
    size: Numbers,
) -> list[str]:
    most = float(weight.max(initial=1.0)) or 1.0
    parts = []
    for a, b, w in zip(sent.tolist(), got.tolist(), weight.tolist(), strict=True):
        way = at[b] - at[a]
        far = float(np.hypot(*way))
        if far <= size[b] + 4:
            continue
        end = at[a] + way * ((far - size[b] - 4) / far)
        ends = {"x1": at[a][0], "y1": at[a][1], "x2": end[0], "y2": end[1]}
        broad = 0.8 + 2.4 * w / most
        tip = f"url(#{key}-tip)"
        ends = {name: float(value) for name, value in ends.items()}
        parts.append(svg.element("line", class_="link", marker_end=tip, stroke_width=broad, **ends))
    return parts


def _tip(key: str) -> str:
    shape = svg.element("path", d="M0 0L7 3.5L0 7Z", class_="tip")
    # As wide on a broad arrow as on a thin one.
    return svg.element(
        "marker",
        shape,
        id=f"{key}-tip",
        markerWidth=7,
        markerHeight=7,
        refX=3,
        refY=3.5,
        orient="auto",
        markerUnits="userSpaceOnUse",
    )


def _name(name: str, at: Numbers, size: float) -> str:
    """The name beside a dot, on the side where there is room."""
    x, y = float(at[0]), float(at[1])
    if x > svg.WIDTH / 2:
        return svg.text(x - size - 4, y + 4, svg.cut(name, x - size - 8, 12), "small halo", "end")
    room = svg.WIDTH - x - size - 8
    return svg.text(x + size + 4, y + 4, svg.cut(name, room, 12), "small halo")
