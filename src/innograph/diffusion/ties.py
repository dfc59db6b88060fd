"""Measures of a study that need or make a network, as tables."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import NotDefined, Sentence
from . import contagion, exposure, netinf, spatial
from .events import Event, Indices, Numbers
from .study import PROVENANCE, Cell, Study, Table
from .tables import Of, Progress, table


def observed(study: Study, progress: Progress | None = None) -> Table:
    """Who followed whose example, as told: one row a pair, with how often."""
    followed: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in study.events.told:
        for model in event.models:
            followed[model, event.adopter].append(event)
    if not followed:
        reason = Sentence("no adoption says whose example it followed")
        raise NotDefined(measure=Sentence("The observed network"), reason=reason)
    rows: list[tuple[Cell, ...]] = [
        (sender, receiver, len(events), *study.provenance(events, len(study.people.members)))
        for (sender, receiver), events in sorted(followed.items())
    ]
    return Table(("from", "to", "weight", *PROVENANCE), rows, study.notes())


def inferred(
    study: Study,
    progress: Progress | None = None,
    model: str = "exponential",
    edges: int | None = None,
    cutoff: float = 0.05,
    parameters: tuple[float, ...] = (),
    refined: bool = False,
) -> Table:
    """The network that NetInf infers: edges in the order in which they were added."""
    study.dated("NetInf")
    found = netinf.netinf(
        study.times,
        model,  # type: ignore[arg-type]
        np.array(parameters) if parameters else None,
        edges,
        cutoff,
        progress,
        refined,
    )
    rows = list(_edges(study, found, study.events.told))
    told = ", ".join(f"{value:.6g}" for value in found.parameters)
    notes = [*study.notes(), f"Delays: {model} with parameters {told}, in periods."]
    if not rows:
        notes.append("No edge improves the fit enough.")
    return Table(("from", "to", "gain", "p_value", "cascades", *PROVENANCE), rows, notes)


def pathways(
    study: Study,
    progress: Progress | None = None,
    model: str = "exponential",
    width: int = 35,
    edges: int = 300,
    every: int = 1,
) -> Table:
    """Persistent pathways: the network that NetInf infers over a moving window of periods.

    One row a window, named by its last period, and edge. How many windows an edge stands in says
    how persistent it is.
    """
    study.dated("NetInf")
    times = study.events.times(study.when)
    if not len(times):
        raise NotDefined(measure="NetInf", reason="no adoption is dated")
    first = times.min() if study.first is None else study.first
    last = np.ceil(times.max()) if study.last is None else study.last
    axis = np.arange(min(np.floor(first) + width - 1, last), last + 1, every)
    found = netinf.moving(study.times, axis, width, edges, progress, model=model)
    if not found:
        raise NotDefined(measure="NetInf", reason="nobody adopted after anybody else in a window")
    rows: list[tuple[Cell, ...]] = []
    for period, one in found:
        seen = np.flatnonzero((times > period - width) & (times <= period)).tolist()
        edged = _edges(study, one, [study.events.told[place] for place in seen])
        rows += [(study.written(period), *row) for row in edged]
    columns = ("period", "from", "to", "gain", "p_value", "cascades", *PROVENANCE)
    notes = [*study.notes(), f"Windows of {width} periods, {edges} edges each where possible."]
    return Table(columns, rows, notes)


def _edges(
    study: Study, found: netinf.Inferred, events: Sequence[Event]
) -> Iterator[tuple[Cell, ...]]:
    """A row for each inferred edge, with what is known of the adoptions of who follows."""
    members, at_risk = study.people.members, len({event.innovation for event in events})
    by_adopter: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_adopter[event.adopter].append(event)
    kept = {name: study.provenance(own, at_risk) for name, own in by_adopter.items()}
    arrays = (found.sender, found.receiver, found.gain, found.p_value, found.cascades)
    for sender, receiver, *told in zip(*(one.tolist() for one in arrays), strict=True):
        yield (members[sender], members[receiver], *told, *kept[members[receiver]])


def likeness(
    study: Study,
    progress: Progress | None = None,
    permutations: int = 0,
    seed: int = 0,
    standardised: bool = True,
) -> Table:
    """Moran's I of each innovation in each period in which somebody adopted."""
    study.needs_network("Moran's I")
    study.dated("Moran's I")
    members = study.people.members
    # By the network, and by who was there.
    known: dict[tuple[int, bytes], spatial.Weights] = {}

    def weights_of(period: float, here: Indices) -> spatial.Weights:
        matrix = study.network_of("Moran's I", period)
        key = id(matrix), here.tobytes()
        if key not in known:
            known[key] = spatial.weights(matrix[here][:, here], standardised)
        return known[key]

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        told: list[tuple[Cell, ...]] = []
        reason: NotDefined | None = None
        for period in np.unique(np.floor(one.times[np.isfinite(one.times)])).tolist():
            exists = (study.people.entry <= period) & (period < study.people.exit)
            here = np.flatnonzero(exists)
            adopted = (one.times[here] < period + 1).astype(float)
            try:
                found = spatial.moran(adopted, weights_of(period, here), True, permutations, seed)
            except NotDefined as error:
                reason = error
                continue
            numbers = (found.statistic, found.expected, found.error, found.z)
            by_then = np.flatnonzero(one.times < period + 1).tolist()
            events = [study.by_pair[one.name, members[i]] for i in by_then]
            kept = study.provenance(events, len(here))
            told.append((study.written(period), *numbers, found.p_normal, found.p_permuted, *kept))
        if reason and not told:
            raise reason
        return told

    columns = ("period", "moran", "expected", "error", "z", "p_normal", "p_permuted")
    return table(study, columns, rows, progress)


def axis_of(study: Study, times: Numbers) -> Indices:
    """The periods of an innovation: those observed, or from its first to its last adoption."""
    known = np.floor(times[np.isfinite(times)])
    first = known.min() if study.first is None else study.first
    last = known.max() if study.last is None else study.last
    return np.arange(int(first), int(last) + 1)


def pressures(
    study: Study,
    progress: Progress | None = None,
    include_censored: bool = False,
    reach: int = 1,
) -> Table:
    """Threshold, susceptibility and infectiousness of each adopter of each innovation."""
    study.needs_network("Exposure")
    members = study.people.members

    def rows(one: Of) -> list[tuple[Cell, ...]]:
        axis = axis_of(study, one.times)
        matrices = [study.network_of("Exposure", period) for period in axis.tolist()]
        exposed = exposure.exposure(matrices, one.times, axis)
        threshold = exposure.threshold(exposed, one.times, axis, include_censored)
        susceptible = contagion.susceptibility(matrices, one.times, axis, reach)
        infectious = contagion.infectiousness(matrices, one.times, axis, reach)
        return [
            (
                member,
                study.written(one.times[i]),
                float(threshold[i]),
                float(susceptible[i]),
                float(infectious[i]),
                *study.provenance([study.by_pair[one.name, member]], len(members)),
            )
            for i, member in enumerate(members)
            if np.isfinite(one.times[i])
        ]

    columns = ("adopter", "time", "threshold", "susceptibility", "infectiousness")
    return table(study, columns, rows, progress)
