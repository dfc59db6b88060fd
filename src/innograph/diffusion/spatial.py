"""Whether neighbours are alike: Moran's I."""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from ..errors import NotDefined
from .events import Indices, Numbers
from .networks import edge_arrays


@dataclass(frozen=True)
class Moran:
    """Moran's I, what chance would give, and two-sided p-values.

    `p_permuted` is NaN unless permutations were asked for.
    """

    statistic: float
    expected: float
    error: float
    z: float
    p_normal: float
    p_permuted: float


@dataclass(frozen=True)
class Weights:
    """Who looks to whom and how much, with the sums that `moran` needs of it."""

    rows: Indices
    columns: Indices
    values: Numbers
    total: float
    s1: float
    s2: float


def weights(matrix: object, standardised: bool = True) -> Weights:
    """The weights of a network, n × n, each row divided by its sum if `standardised`.

    s1 is half the sum of (W_ij + W_ji)^2, s2 the sum of (row sum + column sum)^2 (Cliff and Ord).
    """
    rows, columns, values = edge_arrays(scipy.sparse.csr_array(matrix))
    size = scipy.sparse.csr_array(matrix).shape[0]
    if standardised:
        sums = np.bincount(rows, values, size)
        values = values / np.where(sums == 0, 1, sums)[rows]
    made = scipy.sparse.csr_array((values, (rows, columns)), shape=(size, size))
    s1 = float((values**2).sum() + (made * made.T).sum())
    ends = np.bincount(rows, values, size) + np.bincount(columns, values, size)
    return Weights(rows, columns, values, float(values.sum()), s1, float((ends**2).sum()))


def moran(
    values: Numbers, matrix: object, standardised: bool = True, permutations: int = 0, seed: int = 0
) -> Moran:
    """Whether who looks to each other has like values, more than chance would give.

    I = (n / sum W) sum_ij W_ij (x_i - m)(x_j - m) / sum_i (x_i - m)^2, expected -1/(n-1), its
    standard deviation under randomisation (Cliff and Ord 1981; ape Moran.I; netdiffuseR moran).
    For adoption x is 1 for who has adopted by a time. `matrix` is W, n × n, or `weights` made of
    it; `standardised` divides each row by its sum first; of who looks to nobody the row stays 0.
    With permutations, p is (1 + shuffles at least as far from their mean) / (1 + shuffles), from
    the seed. Raises NotDefined for fewer than four members, without edges, or when all values are
    the same.
    """
    n = len(values)
    told = matrix if isinstance(matrix, Weights) else weights(matrix, standardised)
    rows, columns, total = told.rows, told.columns, told.total
    apart = values - values.mean() if n else values
    squares = float((apart**2).sum())
    if n < 4 or not told.values.any() or squares <= 1e-12 * n:
        reason = "four members, an edge, and two different values are needed"
        raise NotDefined(measure="Moran's I", reason=reason)

    def statistic(x: Numbers) -> float:
        return float(n / total * (told.values * x[rows] * x[columns]).sum() / squares)

    found, expected = statistic(apart), -1 / (n - 1)
    error = _error(apart, told)
    z = (found - expected) / error if error > 0 else math.nan
    p_permuted = math.nan
    if permutations:
        shuffle = np.random.default_rng(seed)
        others = np.array([statistic(shuffle.permutation(apart)) for _ in range(permutations)])
        middle = others.mean()
        further = np.abs(others - middle) >= abs(found - middle) - 1e-12
        p_permuted = float((1 + further.sum()) / (1 + permutations))
    p_normal = math.erfc(abs(z) / math.sqrt(2))
    return Moran(found, expected, error, z, p_normal, p_permuted)


def _error(apart: Numbers, told: Weights) -> float:
    """The standard deviation of I when the values are dealt out at random."""
    n, s1, s2, total = len(apart), told.s1, told.s2, told.total
    kurtosis = float((apart**4).sum() / n / ((apart**2).sum() / n) ** 2)
    first = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * total**2)
    second = kurtosis * (n * (n - 1) * s1 - 2 * n * s2 + 6 * total**2)
    square = (first - second) / ((n - 1) * (n - 2) * (n - 3) * total**2) - 1 / (n - 1) ** 2
    return math.sqrt(max(square, 0.0))
