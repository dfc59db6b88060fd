"""Whether a figure hangs on who is tied to whom: networks rewired at random."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy

from ..errors import NotDefined
from .events import Indices, Numbers
from .networks import Matrix, edge_arrays

_SWAPS = 10  # tried for each edge; of these many fail, and the rest mix the edges well
_TEST = "The test of structure"
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
    size = scipy.sparse.csr_array(matrix).shape[0]
    return _matrix(rows, _exchanged(rows, columns, dice, swaps), weights, size)


def _matrix(rows: Indices, columns: Indices, weights: object, size: int) -> Matrix:
    return scipy.sparse.csr_array((weights, (rows, columns)), shape=(size, size))


def _exchanged(rows: Indices, columns: Indices, dice: np.random.Generator, swaps: int) -> Indices:
    ends, heads = rows.tolist(), columns.tolist()
    known = set(zip(ends, heads, strict=True))
    number = len(ends)
    if number < 2:
        return columns
    for one, other in zip(*dice.integers(number, size=(swaps * number, 2)).T.tolist(), strict=True):
        a, b, c, d = ends[one], heads[one], ends[other], heads[other]
        if a == d or c == b or (a, d) in known or (c, b) in known:
            continue
        known.remove((a, b))
        known.remove((c, d))
        known.add((a, d))
        known.add((c, b))
        heads[one], heads[other] = d, b
    return np.array(heads, np.int64)


@dataclass(frozen=True)
class Rewirings:
    """A network, and others at random in which each has as many ties as there.

    Edge e leads from `rows[e]` to `columns[n, e]` in network n, of which the first is the network
    as it is, and weighs `weights[e]`.
    """

    rows: Indices
    columns: Indices
    weights: Numbers
    size: int

    def networks(self) -> Iterator[Matrix]:
        """Each network as a matrix."""
        for columns in self.columns:
            yield _matrix(self.rows, columns, self.weights, self.size)


def rewirings(
    matrix: object,
    runs: int = 1_000,
    seed: int | np.random.Generator = 0,
    progress: Progress | None = None,
) -> Rewirings:
    """A network and `runs` of the same numbers of ties, each rewired from the one before.

    As `rewired`. Raises NotDefined with fewer than two edges, or without runs.
    """
    rows, columns, weights = edge_arrays(matrix)
    if len(rows) < 2 or runs < 1:
        raise NotDefined(measure=_TEST, reason="two edges and a run are needed")
    dice = np.random.default_rng(seed)
    found = [columns]
    for run in range(runs):
        found.append(_exchanged(rows, found[-1], dice, _SWAPS))
        if progress and run % 10 == 9:
            progress(run + 1, runs)
    return Rewirings(rows, np.array(found), weights, scipy.sparse.csr_array(matrix).shape[0])


def structure_test(
    statistic: Callable[[Matrix], float],
    matrix: object,
    runs: int = 1_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Dependence:
    """Whether a figure of a network is other than in networks with the same numbers of ties.

    `statistic` of `matrix` against that of `runs` rewired networks (`rewirings`), judged as in
    `beside_rewired`. A small p says that who is tied to whom matters, not only how many ties each
    has. Raises NotDefined as these.
    """
    networks = rewirings(matrix, runs, seed, progress).networks()
    return beside_rewired(np.array([statistic(network) for network in networks]))


def beside_rewired(figures: Numbers) -> Dependence:
    """How the first of some figures, of the network as it is, lies among those of rewired ones.

    p = 2 min(Pr(t <= observed), Pr(t >= observed)) with the observed one counted among them, at
    most 1 (struct_test of netdiffuseR; Davison and Hinkley 1997, 4.2). Figures that are not finite
    are left out; raises NotDefined where the first is not.
    """
    observed = float(figures[0])
    if not np.isfinite(observed):
        raise NotDefined(measure=_TEST, reason="the network as it is has no such figure")
    known = figures[1:][np.isfinite(figures[1:])]
    tolerance = 1e-12 * max(1.0, abs(observed))
    below = int((known <= observed + tolerance).sum()) + 1
    above = int((known >= observed - tolerance).sum()) + 1
    p_value = min(1.0, 2 * min(below, above) / (len(known) + 1))
    mean = float(known.mean()) if known.size else float("nan")
    error = float(known.std(ddof=1)) if known.size > 1 else float("nan")
    return Dependence(observed, mean, error, p_value, len(known))
