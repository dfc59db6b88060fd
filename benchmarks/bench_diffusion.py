"""How long measures of diffusion take, beside plain loops that compute the same.

On invented cascades of the size of SPID (728 innovations, 50 administrations), or on a CSV file of
adoptions. The loops are those a researcher would write; both results are compared first.
"""

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from reference_netinf import plain

from innograph.diffusion import exposure, netinf, scores, spatial
from innograph.diffusion.events import Event, Events
from innograph.diffusion.measures import MEASURES
from innograph.diffusion.networks import Edge, Network
from innograph.diffusion.reading import events_file
from innograph.diffusion.study import Study
from innograph.errors import NotDefined

Times = NDArray[np.float64]
Found = TypeVar("Found")
_EXAMPLES = """examples:
  python benchmarks/bench_diffusion.py
  python benchmarks/bench_diffusion.py --events adoptions.csv --edges 300
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write it to a file."""
    given = _options().parse_args(arguments)
    told = _study(invented()) if given.events is None else _told(given.events)
    times = told.times
    lines = [
        f"{times.shape[0]} innovations, {times.shape[1]} administrations, "
        f"{int(np.isfinite(times).sum())} adoptions",
        "",
        "| measure | innograph, s | plain loops, s | ratio |",
        "|---|---|---|---|",
        *(_row(name, own, loops) for name, own, loops in _measures(times, given.edges)),
        "",
        "| command, on all innovations | s | rows |",
        "|---|---|---|",
        *_commands(told),
    ]
    report = "\n".join(lines) + "\n"
    target = given.output or Path(".innograph-bench") / "diffusion.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(report, "utf-8")
    print(report)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=Path, help="CSV with innovation, adopter, time")
    parser.add_argument("--edges", type=int, default=100, help="that NetInf infers (100)")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file (in .innograph-bench)")
    return parser


def _told(path: Path) -> Study:
    return _tied(events_file(path.read_bytes(), str(path), "year"))


def _study(times: Times) -> Study:
    known = zip(*np.nonzero(np.isfinite(times)), strict=True)
    return _tied(
        Events.of(
            Event(f"{i:03}", f"{m:02}", float(times[i, m]), float(times[i, m])) for i, m in known
        )
    )


def _tied(events: Events) -> Study:
    """The adoptions, with a network at random in which each looks to a tenth of the others."""
    dice, names = np.random.default_rng(2), events.adopters
    edges = [Edge(a, b) for a in names for b in names if a != b and dice.random() < 0.1]
    return Study(events, network=Network.of(edges))


def _commands(told: Study) -> Iterator[str]:
    """How long each command computes, NetInf over a moving window and 500 networks among them."""
    for name, measure in MEASURES.items():
        fresh = Study(told.told, network=told.network)
        try:
            found, seconds = _timed(partial(measure.compute, fresh))
        except NotDefined:
            continue
        yield f"| {name} | {seconds:.2f} | {len(found.rows):,} |"


def invented(innovations: int = 728, members: int = 50, seed: int = 1) -> Times:
    """Times of adoption, in years: about half of the members adopt within some decades."""
    dice = np.random.default_rng(seed)
    start = dice.integers(1900, 2000, innovations)[:, None]
    own = np.floor(start + dice.exponential(12, (innovations, members)))
    return np.where(dice.random((innovations, members)) < 0.49, own, np.nan)


def _row(name: str, own: Callable[[], object], loops: Callable[[], object]) -> str:
    mine, quick = _timed(own)
    theirs, slow = _timed(loops)
    np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=1e-9)
    return f"| {name} | {quick:.3f} | {slow:.3f} | {slow / quick:.0f} |"


def _timed(call: Callable[[], Found]) -> tuple[Found, float]:
    started = perf_counter()
    found = call()
    return found, perf_counter() - started


def _measures(
    times: Times, edges: int
) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    rate, dice = np.array([0.2]), np.random.default_rng(2)
    looks = (dice.random((times.shape[1], times.shape[1])) < 0.2).astype(float)
    adopted = np.isfinite(times).astype(float)
    some = [row for row in adopted if 0 < row.sum() < len(row)]
    axis = np.arange(int(np.nanmin(times)), int(np.nanmax(times)) + 1)
    return [
        (
            f"NetInf, {edges} edges",
            lambda: netinf.netinf(times, parameters=rate, edges=edges).gain,
            lambda: [gain for _, _, gain in plain(times, 0.2, edges)],
        ),
        ("Walker's score", lambda: scores.walker(times), lambda: _walker(times)),
        ("rate score", lambda: scores.rate_score(times).score, lambda: _rate(times)),
        (
            "Moran's I of each innovation",
            lambda: [spatial.moran(row, looks).statistic for row in some],
            lambda: [_moran(row.tolist(), looks.tolist()) for row in some],
        ),
        (
            "exposure of the first innovation",
            lambda: exposure.exposure(looks, times[0], axis),
            lambda: _exposure(times[0].tolist(), looks.tolist(), axis.tolist()),
        ),
    ]


def _walker(times: Times) -> list[float]:
    told: list[list[float]] = [[] for _ in range(times.shape[1])]
    for row in times.tolist():
        known = [time for time in row if not math.isnan(time)]
        if known and min(known) < max(known):
            first, last = min(known), max(known)
            for member, time in enumerate(row):
                told[member].append(1 if math.isnan(time) else (time - first) / (last - first))
    return [1 - sum(own) / len(own) for own in told]


def _rate(times: Times) -> list[float]:
    made, could = [0] * times.shape[1], [0] * times.shape[1]
    for row in times.tolist():
        known = [time for time in row if not math.isnan(time)]
        if not known:
            continue
        for member, time in enumerate(row):
            year = min(known)
            while year <= max(known):
                could[member] += 1
                if year == time:
                    made[member] += 1
                    break
                year += 1
    return [one / other for one, other in zip(made, could, strict=True)]


def _moran(values: list[float], weights: list[list[float]]) -> float:
    n, mean = len(values), sum(values) / len(values)
    rows = [[w / (sum(row) or 1) for w in row] for row in weights]
    total = sum(map(sum, rows))
    cross = sum(
        rows[i][j] * (values[i] - mean) * (values[j] - mean) for i in range(n) for j in range(n)
    )
    return n / total * cross / sum((value - mean) ** 2 for value in values)


def _exposure(
    times: list[float], weights: list[list[float]], axis: Sequence[float]
) -> list[list[float]]:
    return [
        [
            sum(w for w, time in zip(row, times, strict=True) if time <= period) / (sum(row) or 1)
            for period in axis
        ]
        for row in weights
    ]


if __name__ == "__main__":
    main()
