"""What others' adoptions expose an administration to, and how much of it it waited for."""

import numpy as np

from .events import Indices, Numbers
from .networks import Matrix, by_period


def exposure(
    matrix: object, times: Numbers, periods: Indices, lag: int = 0, normalised: bool = True
) -> Numbers:
    """The share of those one looks to that have adopted, by member (rows) and period (columns).

    E_it = sum_j A_ij z_j(t) / sum_j A_ij with z_j(t) = 1 if j adopted by t (Valente 1995;
    netdiffuseR exposure). `matrix` is A, n × n, or one for each period; A_ij is the weight that i
    gives to j. `normalised=False` leaves the division out. With a lag, column t holds the exposure
    of t-lag, NaN before; models that explain adoption need lag 1. Who looks to nobody has 0.
    """
    matrices = by_period(matrix, len(periods))
    found = np.full((len(times), len(periods)), np.nan)
    adopted = (times[:, None] <= periods).astype(float)
    seen = max(len(periods) - lag, 0)
    for network, places in _alike(matrices[:seen]):
        reached = network @ adopted[:, places]
        if normalised:
            ties = np.asarray(network.sum(axis=1)).reshape(-1, 1)
            reached = np.divide(reached, ties, out=np.zeros(reached.shape), where=ties != 0)
        found[:, np.array(places) + lag] = reached
    return found


def _alike(matrices: list[Matrix]) -> list[tuple[Matrix, list[int]]]:
    """Each network once, with the places in which it stands."""
    places: dict[int, list[int]] = {}
    for place, matrix in enumerate(matrices):
        places.setdefault(id(matrix), []).append(place)
    return [(matrices[same[0]], same) for same in places.values()]


def threshold(
    exposures: Numbers, times: Numbers, periods: Indices, include_censored: bool = False
) -> Numbers:
    """The exposure at which each adopted: tau_i = E_i at its own time (Valente 1995, 1996).

    NaN for who did not adopt within the periods, and for who had adopted by the first period, whose
    exposure when they adopted was not seen (left-censored), unless `include_censored`.
    """
    places = np.floor(times) - periods[0] if len(periods) else np.full(len(times), np.nan)
    seen = (places >= (0 if include_censored else 1)) & (places < len(periods))
    found = np.full(len(times), np.nan)
    members = np.flatnonzero(seen)
    found[members] = exposures[members, places[members].astype(np.int64)]
    return found
