"""The measures by name: what computes each, and where its definition stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import getdoc

from ..errors import MissingExtra, NotDefined, OnlyListed
from . import (
    cascades,
    categories,
    contagion,
    curve,
    exposure,
    history,
    influence,
    lags,
    models,
    netinf,
    networks,
    scores,
    spatial,
    structure,
    survival,
    tables,
    ties,
)
from .study import Study, Table


@dataclass(frozen=True)
class Measure:
    """What makes the table of a study, with the functions that define what is in it."""

    compute: Callable[..., Table]
    defined: tuple[Callable[..., object], ...]
    is_slow: bool = False

    def explained(self) -> str:
        """The definitions, with their sources, as their functions give them."""
        told = [f"{function.__name__}\n\n{getdoc(function)}" for function in self.defined]
        return "\n\n".join([getdoc(self.compute) or "", *told])


MEASURES: Mapping[str, Measure] = {
    "curve": Measure(tables.curves, (curve.adoption_curve,)),
    "hazard": Measure(tables.hazards, (curve.adoption_curve, cascades.share)),
    "survival": Measure(
        tables.survivals, (survival.kaplan_meier, survival.waiting, survival.turnbull)
    ),
    "categories": Measure(tables.adopters, (categories.adopter_categories,)),
    "bass": Measure(tables.growths, (models.bass_cumulative, models.fit_bass, models.fit_logistic)),
    "scores": Measure(
        tables.innovativeness,
        (scores.rate_score, scores.walker, scores.boushey, scores.firsts, scores.within),
    ),
    "lags": Measure(tables.delays, (lags.lags, lags.quartiles)),
    "cascades": Measure(
        tables.shapes, (cascades.cascade, cascades.fidelity_shares, cascades.share)
    ),
    "network": Measure(ties.observed, ()),
    "infer": Measure(ties.inferred, (netinf.netinf, netinf.log_density)),
    "pathways": Measure(ties.pathways, (netinf.netinf,), is_slow=True),
    "moran": Measure(ties.likeness, (spatial.moran, networks.geodesic_weights)),
    "exposure": Measure(
        ties.pressures,
        (
            exposure.exposure,
            exposure.threshold,
            contagion.susceptibility,
            contagion.infectiousness,
        ),
    ),
    "history": Measure(influence.histories, (history.event_history, exposure.exposure)),
    "structure": Measure(
        influence.dependence,
        (structure.structure_test, structure.rewired, exposure.threshold),
        is_slow=True,
    ),
}


def report(study: Study, progress: tables.Progress | None = None) -> dict[str, Table | str]:
    """All measures of a study: a table for each, or why there is none; slow ones are left out."""
    found: dict[str, Table | str] = {}
    for place, (name, measure) in enumerate(MEASURES.items(), 1):
        try:
            found[name] = "It takes long, and is to be asked for by itself."
            if not measure.is_slow:
                found[name] = measure.compute(study)
        except (NotDefined, OnlyListed, MissingExtra) as error:
            found[name] = str(error)
        if progress:
            progress(place, len(MEASURES))
    return found
