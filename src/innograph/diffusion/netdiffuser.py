"""Adoptions and a network as netdiffuseR (R) takes them: two tables, and a script that reads them.

netdiffuseR holds one time of adoption (toa, a whole number) for each vertex, NA for who has none,
and a network for each period in which ego looks to alter: alter is who an innovation comes from.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np

from ..errors import NotDefined
from .study import Cell, Study, Table

NODES = (
    *("innovation", "innovation_name", "id", "name", "toa", "entry", "exit"),
    *("date_kind", "not_before", "not_after", "source"),
)
TIES = ("ego", "alter", "w", "t0", "t1")
_NAME = "The export for netdiffuseR"


def nodes(study: Study) -> Table:
    """Who could adopt, and when each did, by innovation: one row a pair; times in whole periods.

    `entry` and `exit` say from when, and until before when, one exists: netdiffuseR has no place
    for them. Raises NotDefined when no adoption is dated.
    """
    if not len(study.events):
        raise NotDefined(measure=_NAME, reason="no adoption is dated")
    people, labels = study.people, study.told.labels
    rows: list[tuple[Cell, ...]] = []
    for innovation, times in zip(study.events.innovations, study.times, strict=True):
        for i, member in enumerate(people.members):
            event = study.by_pair.get((innovation, member))
            kept = study.provenance([event] if event else [], None)[:-1]
            told = (innovation, labels.get(innovation, ""), member, labels.get(member, ""))
            bounds = (_whole(times[i]), _whole(people.entry[i]), _whole(people.exit[i]))
            rows.append((*told, *bounds, *kept))
    return Table(NODES, rows, study.notes())


def ties(study: Study) -> Table:
    """Who looks to whom: weights of parallel edges are summed, a dated edge is of its period.

    Without t0 and t1 a tie stands in all periods. Raises NotDefined without a network.
    """
    weights: dict[tuple[str, str, float | None], float] = defaultdict(float)
    for edge in study.needs_network(_NAME).edges:
        weights[edge.receiver, edge.sender, edge.time] += edge.weight
    strangers = {name for ego, alter, _ in weights for name in (ego, alter)}
    if missing := sorted(strangers - set(study.people.members)):
        reason = f"{missing[0]} stands in the network and not in the population"
        raise NotDefined(measure=_NAME, reason=reason)
    rows: list[tuple[Cell, ...]] = [
        (ego, alter, weight, period, period)
        for ego, alter, time, weight in sorted(
            ((*key, weight) for key, weight in weights.items()), key=lambda row: (row[0], row[1])
        )
        for period in [None if time is None else _whole(time)]
    ]
    return Table(TIES, rows, study.notes())


def script() -> str:
    """What reads both tables in R: with base R alone, and as an object of netdiffuseR."""
    return Path(__file__).with_name("netdiffuser.R").read_text("utf-8")


def _whole(time: float) -> int | None:
    return int(np.floor(time)) if np.isfinite(time) else None
