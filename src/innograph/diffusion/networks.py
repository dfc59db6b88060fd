"""Who looks to whom: edges between administrations as sparse matrices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import scipy

from ..errors import NotDefined
from .events import Events, Indices, Numbers

Matrix: TypeAlias = Any  # a scipy.sparse.csr_array, n × n


@dataclass(frozen=True)
class Edge:
    """An innovation can travel from `sender` to `receiver`; at a time, or at any (None)."""

    sender: str
    receiver: str
    weight: float = 1.0
    time: float | None = None


@dataclass(frozen=True)
class Network:
    """Edges between administrations; static when no edge has a time."""

    edges: tuple[Edge, ...]

    @classmethod
    def of(cls, edges: Iterable[Edge]) -> "Network":
        """The network of those edges; a weight of parallel edges is their sum."""
        return cls(tuple(edges))

    @property
    def names(self) -> set[str]:
        """All who stand at an end of an edge."""
        return {name for edge in self.edges for name in (edge.sender, edge.receiver)}

    @cached_property
    def is_dated(self) -> bool:
        """Whether some edge stands in its period only."""
        return any(edge.time is not None for edge in self.edges)

    def matrix(self, members: Sequence[str], time: float | None = None) -> Matrix:
        """A with A[i, j] the weight of j (sender) for i (receiver): row i looks to column j.

        Edges that stand at no time count always. With `time`, those of that time count too; without
        it, all do. Raises NotDefined when an edge has an end that is no member.
        """
        places = {name: place for place, name in enumerate(members)}
        if strangers := sorted(self.names - places.keys()):
            reason = f"{strangers[0]} stands in the network and not in the population"
            raise NotDefined(measure="The network", reason=reason)
        chosen = [e for e in self.edges if time is None or e.time is None or e.time == time]
        rows = np.array([places[e.receiver] for e in chosen], np.int64)
        columns = np.array([places[e.sender] for e in chosen], np.int64)
        weights = np.array([e.weight for e in chosen], float)
        return scipy.sparse.csr_array((weights, (rows, columns)), shape=(len(places), len(places)))


def told_network(events: Events) -> Network:
    """The edges from each model that an adoption tells to its adopter, in any innovation."""
    pairs = ((model, event.adopter) for event in events.told for model in event.models)
    return Network.of(Edge(model, adopter) for model, adopter in pairs)


def by_period(matrix: object, periods: int) -> list[Matrix]:
    """A matrix for each period: from one (static), or from one for each, dense or sparse.

    Raises NotDefined when there are as many as neither.
    """
    if isinstance(matrix, (list, tuple)) or (isinstance(matrix, np.ndarray) and matrix.ndim == 3):
        # What is one network in many periods stays one.
        parts = list(matrix)  # held, so that no two have the same id
        distinct = {id(one): one for one in parts}
        made = {key: scipy.sparse.csr_array(one) for key, one in distinct.items()}
        given = [made[id(one)] for one in parts]
        if len(given) != periods:
            reason = f"there are {len(given)} networks for {periods} periods"
            raise NotDefined(measure="The network", reason=reason)
        return given
    return [scipy.sparse.csr_array(matrix)] * periods


def geodesic_weights(matrix: object, cutoff: float = 6) -> Numbers:
    """1/d for d the fewest edges from row to column; 0 beyond `cutoff`, on the diagonal, if none.

    Weights are dense, n × n; edges count whatever their weight. Published values of Moran's I with
    such weights need the cut at 6 and rows standardised afterwards (netdiffuseR, approx_geodesic).
    """
    steps = scipy.sparse.csgraph.shortest_path(scipy.sparse.csr_array(matrix), unweighted=True)
    near = (steps > 0) & (steps <= cutoff)
    return np.where(near, 1 / np.where(near, steps, 1), 0.0)


def edge_arrays(matrix: object) -> tuple[Indices, Indices, Numbers]:
    """Receivers, senders and weights of the edges of a matrix."""
    entries = scipy.sparse.coo_array(matrix)
    return entries.row.astype(np.int64), entries.col.astype(np.int64), entries.data.astype(float)
