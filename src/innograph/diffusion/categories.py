"""Early and late: categories of adopters by their time of adoption."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import NotDefined, Sentence
from .events import Indices, Numbers

ROGERS = ("innovators", "early adopters", "early majority", "late majority", "laggards")
VALENTE = ("early adopters", "early majority", "late majority", "laggards")
NOT_ADOPTED = "not adopted"


def adopter_categories(
    times: Numbers, variant: Literal["rogers", "valente"] = "rogers"
) -> NDArray[np.str_]:
    """The category of each by its time against the mean m and standard deviation s of times.

    Rogers (2003): innovators < m-2s, early adopters < m-s, early majority < m, late majority < m+s,
    laggards beyond; 2.5, 13.5, 34, 34 and 16 % where times are normal. Valente (netdiffuseR
    classify_adopters): early adopters <= m-s, early majority <= m, late majority <= m+s, laggards
    beyond. s has n-1 in its denominator. NaN: "not adopted". Raises NotDefined when fewer than two
    adopted, or all in the same period: then nobody is early.
    """
    known = times[np.isfinite(times)]
    if len(known) < 2 or known.min() == known.max():
        reason = Sentence("all adopted at one time, or nobody")
        raise NotDefined(measure=Sentence("Adopter categories"), reason=reason)
    mean, spread = known.mean(), known.std(ddof=1)
    if variant == "rogers":
        cuts = mean + spread * np.array([-2, -1, 0, 1])
        places: Indices = np.searchsorted(cuts, times, side="right")
        names = np.array([*ROGERS, NOT_ADOPTED])
    else:
        cuts = mean + spread * np.array([-1, 0, 1])
        places = np.searchsorted(cuts, times, side="left")
        names = np.array([*VALENTE, NOT_ADOPTED])
    return names[np.where(np.isfinite(times), places, len(names) - 1)]
