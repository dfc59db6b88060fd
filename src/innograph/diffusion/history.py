"""What makes an administration adopt in a period: discrete-time event history."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import MissingExtra, NotDefined
from .events import Indices, Numbers, Truths


@dataclass(frozen=True)
class AtRisk:
    """One row a member and period in which it existed and had not adopted before."""

    member: Indices
    period: Indices
    adopted: Truths


def at_risk(
    times: Numbers, periods: Indices, entry: Numbers | None = None, exit: Numbers | None = None
) -> AtRisk:
    """The rows of an event history: member i at period t while entry <= t < exit and t <= own time.

    The last row of an adopter is the period of its adoption. Who adopted before the first period
    has none.
    """
    own = np.where(np.isfinite(times), np.floor(times), np.inf)[:, None]
    there = np.ones((len(times), len(periods)), bool)
    if entry is not None:
        there &= entry[:, None] <= periods
    if exit is not None:
        there &= periods < exit[:, None]
    member, place = np.nonzero(there & (periods <= own))
    return AtRisk(member, periods[place], (own[member, 0] == periods[place]))


@dataclass(frozen=True)
class History:
    """Coefficients (log-odds), standard errors, p-values; how many rows, and adoptions in them."""

    names: tuple[str, ...]
    values: Numbers
    errors: Numbers
    p_values: Numbers
    rows: int
    adoptions: int
    log_likelihood: float


def event_history(
    risk: AtRisk, covariates: Mapping[str, Numbers], period_effects: bool = True
) -> History:
    """P(adopt at t | at risk) = logit^-1(sum of coefficients x covariates), fitted by likelihood.

    Berry and Berry 1990; netdiffuseR diffreg. Each covariate has a value for each row of `risk`,
    for instance the exposure of the period before. With period effects each period has its own
    level (periods in which nobody, or everybody, adopted have none and are left out); without,
    there is one constant. Standard errors are clustered by member. Raises MissingExtra without
    statsmodels, NotDefined when covariates are not told apart or tell adopters apart wholly.
    """
    try:
        import statsmodels.api as models
        from statsmodels.tools.sm_exceptions import PerfectSeparationWarning
    except ImportError:
        raise MissingExtra(package="statsmodels", extra="research") from None
    import warnings

    kept = np.ones(len(risk.member), bool)
    for values in covariates.values():
        kept &= np.isfinite(values)
    if period_effects:
        _, place = np.unique(risk.period, return_inverse=True)
        part = np.bincount(place[kept], risk.adopted[kept], place.max(initial=-1) + 1)
        whole = np.bincount(place[kept], minlength=len(part))
        kept &= ((part > 0) & (part < whole))[place]
        levels = np.unique(risk.period[kept])
        effects = {f"period {p}": (risk.period == p).astype(float) for p in levels.tolist()}
    else:
        effects = {"constant": np.ones(len(risk.member))}
    columns = {**covariates, **effects}
    table = np.column_stack([values[kept] for values in columns.values()] or [np.zeros((0, 0))])
    if not table.size or np.linalg.matrix_rank(table) < table.shape[1]:
        reason = "there is no period to compare in, or one covariate follows from the others"
        raise NotDefined(measure="The event history", reason=reason)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.simplefilter("error", models.tools.sm_exceptions.ConvergenceWarning)
        try:
            fitted = models.Logit(risk.adopted[kept].astype(float), table).fit(
                disp=0, maxiter=200, cov_type="cluster", cov_kwds={"groups": risk.member[kept]}
            )
        except (Warning, np.linalg.LinAlgError):
            reason = "the covariates tell adopters and others apart wholly"
            raise NotDefined(measure="The event history", reason=reason) from None
    return History(
        tuple(columns),
        np.asarray(fitted.params, float),
        np.asarray(fitted.bse, float),
        np.asarray(fitted.pvalues, float),
        int(kept.sum()),
        int(risk.adopted[kept].sum()),
        float(fitted.llf),
    )
