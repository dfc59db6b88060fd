"""Whether others' adoptions, and who is tied to whom, matter: measures of a study as tables."""

import numpy as np

from ..errors import NotDefined
from . import history, structure
from .events import Numbers
from .exposure import exposure
from .structure import Rewirings
from .study import PROVENANCE, Cell, Study, Table
from .tables import Of, Progress, each, table
from .ties import axis_of

_COLUMNS = (
    *("parameter", "coefficient", "error", "p_value", "odds_ratio"),
    *("rows", "adoptions", "log_likelihood"),
)


def histories(
    study: Study,
    progress: Progress | None = None,
    lag: int = 1,
    period_effects: bool = True,
    pooled: bool = False,
) -> Table:
    """Whether exposure makes adoption likelier: an event history of each innovation, or of all.

    The covariate is the exposure `lag` periods before. What has a level of its own for each period
    tells it not: levels are left out of the rows.
    """
    study.needs_network("The event history")
    study.dated("The event history")
    if pooled:
        return _pooled(study, lag, period_effects)

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        risk, exposed = _at_risk(study, one, lag)
        found = history.event_history(risk, {"exposure": exposed}, period_effects)
        kept = study.provenance(one.events, len(np.unique(risk.member)))
        return [(*row, *kept) for row in _told(found)]

    return table(study, _COLUMNS, rows, progress)


def _at_risk(study: Study, one: Of, lag: int) -> tuple[history.AtRisk, Numbers]:
    """Who could adopt in which period, and their exposure before."""
    people, axis = study.people, axis_of(study, one.times)
    matrices = [study.network_of("The event history", period) for period in axis.tolist()]
    exposed = exposure(matrices, one.times, axis, lag)
    risk = history.at_risk(one.times, axis, people.entry, people.exit)
    return risk, exposed[risk.member, risk.period - axis[0]]


def _pooled(study: Study, lag: int, period_effects: bool) -> Table:
    parts = [_at_risk(study, one, lag) for one in each(study)]
    if not parts:
        raise NotDefined(measure="The event history", reason="no adoption is dated")
    risk = history.AtRisk(
        np.concatenate([risk.member for risk, _ in parts]),
        np.concatenate([risk.period for risk, _ in parts]),
        np.concatenate([risk.adopted for risk, _ in parts]),
    )
    exposed = np.concatenate([values for _, values in parts])
    found = history.event_history(risk, {"exposure": exposed}, period_effects)
    kept = study.provenance(study.events.told, len(np.unique(risk.member)))
    told: list[tuple[Cell, ...]] = [(*row, *kept) for row in _told(found)]
    notes = [*study.notes(), f"Pooled over {len(parts)} innovations."]
    return Table((*_COLUMNS, *PROVENANCE), told, notes)


def _told(found: history.History) -> list[tuple[Cell, ...]]:
    numbers = zip(found.names, found.values, found.errors, found.p_values, strict=True)
    whole = (found.rows, found.adoptions, found.log_likelihood)
    return [
        (name, float(value), float(error), float(p_value), float(np.exp(value)), *whole)
        for name, value, error, p_value in numbers
    ]


def dependence(
    study: Study, progress: Progress | None = None, runs: int = 500, seed: int = 0
) -> Table:
    """Whether the thresholds of each innovation hang on who is tied to whom.

    The mean threshold of its adopters in the network, and in networks in which each has as many
    ties as before, to others at random. The network must stand at no time.
    """
    if study.needs_network("The test of structure").is_dated:
        reason = "the network changes with time; give one without"
        raise NotDefined(measure="The test of structure", reason=reason)
    matrix = study.network_of("The test of structure", np.nan)
    networks = structure.rewirings(matrix, runs, seed, progress)  # the same for each innovation

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        first = int(axis_of(study, one.times)[0])
        found = structure.beside_rewired(mean_thresholds(networks, one.times, first))
        numbers = (found.observed, found.mean, found.error, found.p_value, found.runs)
        return [(*numbers, *study.provenance(one.events, len(study.people.members)))]

    columns = ("threshold", "rewired", "error", "p_value", "runs")
    return table(study, columns, rows, progress)


def mean_thresholds(networks: Rewirings, times: Numbers, first: int) -> Numbers:
    """In each network the mean of `threshold` over who adopted after the period `first`.

    NaN where nobody did. Made without the exposures of all others in all periods: each edge from an
    adopter adds its share of the ties of that one, if it leads to who adopted until then.
    """
    own = np.floor(times)
    rows, weights = networks.rows, networks.weights
    ties = np.bincount(rows, weights, networks.size)[rows]
    shares = np.divide(weights, ties, out=np.zeros(len(rows)), where=ties != 0)
    late = own > first
    if not late.any():
        return np.full(len(networks.columns), np.nan)
    seen = np.flatnonzero(late[rows])
    before = times[networks.columns[:, seen]] <= own[rows[seen]]
    means: Numbers = before @ shares[seen] / late.sum()
    return means
