"""Who is followed soon, and who follows soon: infectiousness and susceptibility."""

from collections.abc import Iterator

import numpy as np
import scipy

from .events import Indices, Numbers, Truths
from .networks import Matrix, by_period, edge_arrays


def susceptibility(
    matrix: object, times: Numbers, periods: Indices, reach: int = 1, discount: float | None = None
) -> Numbers:
    """How far one adopted just after those it looks to, rather than long after.

    For i that adopted at t: S_i = sum_k sum_j x_ij(t-k+1) z_j(t-k)/w_k divided by
    sum_k sum_j x_ij(t-k+1) z_j(<= t-k)/w_k, k = 1..reach (K), z_j(s) = 1 if j adopted at s;
    w_k = k, or (1 + discount)^(k-1) when a discount is given (Myers 2000; Valente et al. 2015;
    netdiffuseR susceptibility, not normalised). `matrix` is x, n × n or one for each period. NaN
    for who did not adopt within the periods, and where nobody one looks to had adopted before.
    """
    return _ratio(by_period(matrix, len(periods)), times, periods, reach, discount, -1)


def infectiousness(
    matrix: object, times: Numbers, periods: Indices, reach: int = 1, discount: float | None = None
) -> Numbers:
    """How far those that look to one adopted just after it, rather than long after.

    For i that adopted at t: I_i = sum_k sum_j x_ji(t+k-1) z_j(t+k)/w_k divided by
    sum_k sum_j x_ji(t+k-1) z_j(>= t+k)/w_k, as `susceptibility` mirrored. NaN for who did not adopt
    within the periods, and where nobody that looks to one adopted after.
    """
    networks = by_period(matrix, len(periods))
    turned = {
        key: scipy.sparse.csr_array(one.T)
        for key, one in {id(one): one for one in networks}.items()
    }
    mirrored = [turned[id(one)] for one in networks]
    return _ratio(mirrored, times, periods, reach, discount, 1)


def _ratio(
    networks: list[Matrix],
    times: Numbers,
    periods: Indices,
    reach: int,
    discount: float | None,
    direction: int,
) -> Numbers:
    """Both measures: others' adoptions k periods away over those k or more away."""
    count, size = len(periods), len(times)
    own = np.where(np.isfinite(times), np.floor(times) - periods[0] if count else 0, -1)
    near, all_of = np.zeros(size), np.zeros(size)
    for k in range(1, reach + 1):
        weight = k if discount is None else (1 + discount) ** (k - 1)
        others = own + direction * k
        seen = (own >= 0) & (own < count) & (others >= 0) & (others < count)
        for network, mine in _looking(networks, own + direction * (k - 1), seen):
            rows, columns, weights = edge_arrays(network)
            asked = mine[rows]
            rows, theirs, weights = rows[asked], own[columns[asked]], weights[asked] / weight
            other = others[rows]
            beyond = (theirs >= 0) & (theirs < count)
            beyond &= theirs <= other if direction < 0 else theirs >= other
            near += np.bincount(rows, weights * (theirs == other), size)
            all_of += np.bincount(rows, weights * beyond, size)
    ratio: Numbers = np.divide(near, all_of, out=np.full(size, np.nan), where=all_of > 0)
    return ratio


def _looking(
    networks: list[Matrix], places: Numbers, seen: Truths
) -> Iterator[tuple[Matrix, Truths]]:
    """Each network that is asked, and for whom: those whose place it stands in."""
    kinds: dict[int, int] = {}
    kind = np.array([kinds.setdefault(id(network), len(kinds)) for network in networks], np.int64)
    mine = np.full(len(places), -1)
    mine[seen] = kind[places[seen].astype(np.int64)]
    for number in np.unique(mine[seen]).tolist():
        yield networks[int(np.flatnonzero(kind == number)[0])], mine == number
