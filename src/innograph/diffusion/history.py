"""What makes an administration adopt in a period: discrete-time event history."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy

from ..errors import NotDefined
from .events import Indices, Numbers, Truths

_STEPS = 40  # a fit that exists takes about ten
_SETTLED = 1e-9


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
    for instance the exposure of the period before; rows without one are left out. With period
    effects each period has its own level, which is not told (periods in which nobody, or everybody,
    adopted have none and are left out); without, there is one constant. Standard errors are
    clustered by member, with the correction for few of them (Stata's, statsmodels'). Raises
    NotDefined when covariates are not told apart, or tell some adopters apart wholly.
    """
    kept = np.ones(len(risk.member), bool)
    for values in covariates.values():
        kept &= np.isfinite(values)
    if period_effects:
        _, place = np.unique(risk.period, return_inverse=True)
        part = np.bincount(place[kept], risk.adopted[kept], place.max(initial=-1) + 1)
        whole = np.bincount(place[kept], minlength=len(part))
        kept &= ((part > 0) & (part < whole))[place]
        given = dict(covariates)
        _, level = np.unique(risk.period[kept], return_inverse=True)
    else:
        given = {**covariates, "constant": np.ones(len(risk.member))}
        level = np.full(int(kept.sum()), -1)
    columns = [values[kept] for values in given.values()]
    if not kept.any() or not columns or not _told_apart(np.column_stack(columns), level):
        reason = "there is no period to compare in, or one covariate follows from the others"
        raise NotDefined(measure="The event history", reason=reason)
    return _fitted(tuple(given), np.column_stack(columns), level, risk, kept)


def _told_apart(table: Numbers, level: Indices) -> bool:
    """Whether no covariate follows from the others and from the period."""
    centred = table.copy()
    if level[0] >= 0:
        whole = np.bincount(level)
        for column in centred.T:
            column -= (np.bincount(level, column) / whole)[level]
    size = np.sqrt((table**2).sum(0))
    scaled = centred / np.where(size > 0, size, 1)
    return bool(np.linalg.matrix_rank(scaled, tol=1e-9) == table.shape[1])


def _fitted(
    names: tuple[str, ...], table: Numbers, level: Indices, risk: AtRisk, kept: Truths
) -> History:
    """Newton's method. Levels of periods are eliminated at each step, so that many cost little."""
    adopted = risk.adopted[kept].astype(float)
    levels = int(level.max()) + 1
    beta, alpha = np.zeros(table.shape[1]), np.zeros(levels)
    for _ in range(_STEPS):
        linear = table @ beta + (alpha[level] if levels else 0.0)
        chance = scipy.special.expit(linear)
        weight, left = chance * (1 - chance), adopted - chance
        apart = _apart(table, level, levels, weight)
        information = apart.T @ (weight[:, None] * apart)
        try:
            step = np.linalg.solve(information, apart.T @ left)
        except np.linalg.LinAlgError:
            break
        beta = beta + step
        moved = float(np.abs(step).max())
        if levels:
            free = left - weight * (table @ step)
            shift = np.bincount(level, free, levels) / np.bincount(level, weight, levels)
            alpha = alpha + shift
            moved = max(moved, float(np.abs(shift).max()))
        if not np.isfinite(moved):
            break
        if moved < _SETTLED:
            inverse = np.linalg.inv(information)
            _, member = np.unique(risk.member[kept], return_inverse=True)
            scores = apart * left[:, None]
            summed = np.column_stack([np.bincount(member, column) for column in scores.T])
            rows, groups, free_of = len(adopted), len(summed), len(adopted) - len(beta) - levels
            few = groups / max(groups - 1, 1) * (rows - 1) / max(free_of, 1)
            errors = np.sqrt(np.diag(inverse @ (summed.T @ summed) @ inverse) * few)
            chances = 2 * scipy.special.ndtr(-np.abs(beta / np.where(errors > 0, errors, np.nan)))
            likelihood = float(
                scipy.special.log_expit(np.where(adopted > 0, linear, -linear)).sum()
            )
            made = int(adopted.sum())
            return History(names, beta, errors, chances, rows, made, likelihood)
    reason = "the covariates tell adopters and others apart wholly"
    raise NotDefined(measure="The event history", reason=reason)


def _apart(table: Numbers, level: Indices, levels: int, weight: Numbers) -> Numbers:
    """Covariates less their weighted mean of the period."""
    if not levels:
        return table
    whole = np.bincount(level, weight, levels)
    means = [np.bincount(level, weight * column, levels) / whole for column in table.T]
    return table - np.column_stack(means)[level]
