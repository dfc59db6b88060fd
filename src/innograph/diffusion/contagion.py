"""Who is followed soon, and who follows soon: infectiousness and susceptibility."""

import numpy as np
from scipy import sparse

from .events import Indices, Numbers
from .networks import Matrix, by_period


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
    turned = [sparse.csr_array(one.T) for one in by_period(matrix, len(periods))]
    return _ratio(turned, times, periods, reach, discount, 1)


def _ratio(
    networks: list[Matrix],
    times: Numbers,
    periods: Indices,
    reach: int,
    discount: float | None,
    direction: int,
) -> Numbers:
    """Both measures: others' adoptions k periods away over those k or more away."""
    count = len(periods)
    own = np.where(np.isfinite(times), np.floor(times) - periods[0] if count else 0, -1)
    near, all_of = np.zeros(len(times)), np.zeros(len(times))
    for place in range(count):
        mine = np.flatnonzero(own == place)
        for k in range(1, reach + 1):
            other = place + direction * k
            if not (mine.size and 0 <= other < count):
                continue
            weight = k if discount is None else (1 + discount) ** (k - 1)
            looks = networks[place + direction * (k - 1)][mine]
            beyond = (own >= 0) & (own <= other if direction < 0 else own >= other)
            near[mine] += looks @ (own == other).astype(float) / weight
            all_of[mine] += looks @ (beyond & (own < count)).astype(float) / weight
    ratio: Numbers = np.divide(near, all_of, out=np.full(len(times), np.nan), where=all_of > 0)
    return ratio
