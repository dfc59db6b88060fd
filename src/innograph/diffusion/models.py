"""Curves of growth fitted to adoptions: Bass and logistic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize

from ..errors import NotDefined
from .events import Numbers


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
        reason = f"more than {len(names)} periods that differ are needed"
        raise NotDefined(measure=measure, reason=reason)
    found: tuple[float, Numbers, Numbers] | None = None
    least = [-np.inf if name == "m" else 1e-12 for name in names]
    for start in starts:
        try:
            with np.errstate(all="ignore"):
                values, covariance = optimize.curve_fit(
                    curve, t, observed, p0=start, bounds=(least, np.inf), x_scale=np.abs(start),
                    ftol=1e-13, xtol=1e-13, gtol=1e-13, max_nfev=5_000,
                )  # fmt: skip
        except (RuntimeError, ValueError, np.linalg.LinAlgError):
            continue
        left = float(((observed - curve(t, *values)) ** 2).sum())
        # Which start is kept must not hang on the last digits.
        if np.isfinite(covariance).all() and (found is None or left < found[0] * (1 - 1e-9)):
            found = left, values, np.sqrt(np.diag(covariance))
    if found is None:
        raise NotDefined(measure=measure, reason="no curve of this kind comes near the data")
    left, values, errors = found
    residual = float(np.sqrt(left / (len(observed) - len(names))))
    return Fit(names, values, errors, residual, curve(t, *values))
