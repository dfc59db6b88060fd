"""Whether a figure hangs on who is tied to whom: networks rewired at random."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..errors import NotDefined
from .events import Indices
from .networks import Matrix, edge_arrays

_SWAPS = 10  # tried for each edge; of these many fail, and the rest mix the edges well
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Dependence:
    """A figure of a network, its mean over rewired ones, their deviation, and the p-value."""

    observed: float
    mean: float
    error: float
    p_value: float
    runs: int


def rewired(matrix: object, seed: int | np.random.Generator, swaps: int = _SWAPS) -> Matrix:
    """A network at random in which each looks to, and is looked to by, as many as before.

    Of two edges a→b, c→d the ends are exchanged, a→d, c→b, unless one exists or leads to itself
    (Milo et al. 2003; rewire_graph of netdiffuseR, algorithm "swap"), `swaps` times the number of
    edges. A weight stays with who looks.
    """
    dice = np.random.default_rng(seed)
    rows, columns, weights = edge_arrays(matrix)
    size = sparse.csr_array(matrix).shape[0]
    return _matrix(rows, _exchanged(rows, columns, dice, swaps), weights, size)


def _matrix(rows: Indices, columns: Indices, weights: object, size: int) -> Matrix:
    return sparse.csr_array((weights, (rows, columns)), shape=(size, size))


def _exchanged(rows: Indices, columns: Indices, dice: np.random.Generator, swaps: int) -> Indices:
    ends, heads = rows.tolist(), columns.tolist()
    known = set(zip(ends, heads, strict=True))
    number = len(ends)
    if number < 2:
        return columns
    for one, other in dice.integers(number, size=(swaps * number, 2)).tolist():
        a, b, c, d = ends[one], heads[one], ends[other], heads[other]
        if a == d or c == b or (a, d) in known or (c, b) in known:
            continue
        known -= {(a, b), (c, d)}
        known |= {(a, d), (c, b)}
        heads[one], heads[other] = d, b
    return np.array(heads, np.int64)


def structure_test(
    statistic: Callable[[Matrix], float],
    matrix: object,
    runs: int = 1_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Dependence:
    """Whether a figure of a network is other than in networks with the same numbers of ties.

    `statistic` of `matrix` against that of `runs` rewired networks (`rewired`), each from the one
    before; p = 2 min(Pr(t <= observed), Pr(t >= observed)) with the observed one counted among
    them, at most 1 (struct_test of netdiffuseR; Davison and Hinkley 1997, 4.2). A small p says that
    who is tied to whom matters, not only how many ties each has. Raises NotDefined with fewer than
    two edges, without runs, or where `statistic` is not defined.
    """
    rows, columns, weights = edge_arrays(matrix)
    size = sparse.csr_array(matrix).shape[0]
    observed = statistic(_matrix(rows, columns, weights, size))
    if len(rows) < 2 or runs < 1 or not np.isfinite(observed):
        reason = "two edges, a run, and a figure of the network as it is are needed"
        raise NotDefined(measure="The test of structure", reason=reason)
    dice = np.random.default_rng(seed)
    found = np.empty(runs)
    for run in range(runs):
        columns = _exchanged(rows, columns, dice, _SWAPS)
        found[run] = statistic(_matrix(rows, columns, weights, size))
        if progress and run % 10 == 9:
            progress(run + 1, runs)
    known = found[np.isfinite(found)]
    tolerance = 1e-12 * max(1.0, abs(observed))
    below = int((known <= observed + tolerance).sum()) + 1
    above = int((known >= observed - tolerance).sum()) + 1
    p_value = min(1.0, 2 * min(below, above) / (len(known) + 1))
    mean = float(known.mean()) if known.size else float("nan")
    error = float(known.std(ddof=1)) if known.size > 1 else float("nan")
    return Dependence(observed, mean, error, p_value, len(known))
