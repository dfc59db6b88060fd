"""Curves of growth fitted to adoptions: Bass and logistic."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from ..errors import NotDefined, Sentence
from .events import Numbers

_TRIES = 3
_STEPS = 1_000


@dataclass(frozen=True)
class Fit:
    """Parameters by name with their standard errors, and what is left unexplained.

    `residual_error` is sqrt(RSS / (observations - parameters)).
    """

    names: tuple[str, ...]
    values: Numbers
    errors: Numbers
    residual_error: float
    fitted: Numbers


def bass_cumulative(t: Numbers, p: float, q: float) -> Numbers:
    """The share that has adopted by t: F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t) (Bass 1969).

    t counts periods from the start, p > 0 is innovation and q imitation, both per period.
    """
    fading = np.exp(-(p + q) * t)
    return (1 - fading) / (1 + q / p * fading)


def bass_density(t: Numbers, p: float, q: float) -> Numbers:
    """The share that adopts per period at t, ((p+q)^2/p) e^-(p+q)t / (1 + (q/p) e^-(p+q)t)^2."""
    fading = np.exp(-(p + q) * t)
    return (p + q) ** 2 / p * fading / (1 + q / p * fading) ** 2


def fit_bass(
    observed: Numbers,
    form: Literal["cumulative", "density"] = "cumulative",
    t: Numbers | None = None,
) -> Fit:
    """The Bass model that fits best by nonlinear least squares.

    "cumulative": `observed` is the cumulative share of adopters at t; gives p, q (netdiffuseR
    fitbass). "density": `observed` is the number of adoptions in each period; gives M (market, in
    adoptions), p, q, as M f(t). t is 1, 2 ... by default, in periods. Standard errors are those of
    least squares with equal variances; a curve that is still before its inflexion leaves M and q
    open, and they show it. Raises NotDefined when there are too few periods, or nothing converges.
    """
    t = np.arange(1, len(observed) + 1, dtype=float) if t is None else t
    starts = [(p, q) for p in (0.001, 0.01, 0.05) for q in (0.1, 0.4, 0.8)]
    if form == "cumulative":
        return _fit("The Bass model", bass_cumulative, ("p", "q"), t, observed, starts)
    market = float(observed.sum())
    return _fit(
        "The Bass model",
        lambda x, m, p, q: m * bass_density(x, p, q),
        ("M", "p", "q"),
        t,
        observed,
        [(market * 1.2, *start) for start in starts],
    )


def logistic(t: Numbers, ceiling: float, rate: float, middle: float) -> Numbers:
    """The logistic curve K / (1 + e^-r(t - m)) (Griliches 1957)."""
    return ceiling / (1 + np.exp(-rate * (t - middle)))


def fit_logistic(observed: Numbers, t: Numbers | None = None) -> Fit:
    """The logistic curve that fits cumulative adoption best by nonlinear least squares.

    Gives K (ceiling, in the unit of `observed`), r (rate, per period) and m (the time of half the
    ceiling). Raises NotDefined when there are too few periods, or nothing converges.
    """
    t = np.arange(1, len(observed) + 1, dtype=float) if t is None else t
    top = float(observed.max()) if len(observed) else 0.0
    middle = float(t[np.argmax(observed >= top / 2)]) if len(observed) else 0.0
    starts = [(top * k, r, middle) for k in (1.0, 1.5) for r in (0.1, 0.3, 1.0)]
    return _fit("The logistic model", logistic, ("K", "r", "m"), t, observed, starts)


def _fit(
    measure: str,
    curve: Callable[..., Numbers],
    names: tuple[str, ...],
    t: Numbers,
    observed: Numbers,
    starts: Sequence[tuple[float, ...]],
) -> Fit:
    """The best of the fits that begin at `starts`; all parameters but a place in time are > 0."""
    if len(observed) <= len(names) or not np.ptp(observed):
        reason = Sentence("more than %(number)s periods that differ are needed", number=len(names))
        raise NotDefined(measure=measure, reason=reason)
    # All but a place in time are positive: their logarithms are free.
    free = np.array([name == "m" for name in names])

    def values_of(inner: Numbers) -> Numbers:
        return np.where(free, inner, np.exp(np.clip(np.where(free, 0, inner), -700, 700)))

    def left(values: Sequence[float] | Numbers) -> float:
        with np.errstate(all="ignore"):
            squares = float(((observed - curve(t, *values)) ** 2).sum())
        return squares if np.isfinite(squares) else np.inf

    # The nearest start first: mostly it leads to the best fit.
    for start in sorted(starts, key=left)[:_TRIES]:
        inner = np.where(free, start, np.log(np.where(free, 1, start)))
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("error", scipy.optimize.OptimizeWarning)
                found, covariance = scipy.optimize.curve_fit(
                    lambda x, *given: curve(x, *values_of(np.array(given))),
                    t,
                    observed,
                    p0=inner,
                    ftol=1e-12,
                    xtol=1e-12,
                    maxfev=_STEPS,
                )
        except (RuntimeError, ValueError, np.linalg.LinAlgError, scipy.optimize.OptimizeWarning):
            continue
        values = values_of(found)
        errors = np.sqrt(np.diag(covariance)) * np.where(free, 1, values)
        if np.isfinite(errors).all():
            with np.errstate(all="ignore"):
                fitted = curve(t, *values)
            residual = float(np.sqrt(left(values) / (len(observed) - len(names))))
            return Fit(names, values, errors, residual, fitted)
    raise NotDefined(measure=measure, reason=Sentence("no curve of this kind comes near the data"))
