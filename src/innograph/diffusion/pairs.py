"""Who adopted after whom, in all cascades at once: flat arrays, together by receiver."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .events import Indices, Numbers, Truths


@dataclass(frozen=True)
class Pairs:
    """Pair e: in one cascade `receiver[e]` adopted at `later[e]`, `sender[e]` at `earlier[e]`.

    In the order of receiver, sender and cascade: an edge is a run of pairs, a receiver is a run of
    edges. `slot[e]` (< `slots`) is the adoption that may follow another, the same for all pairs in
    which it is the later one. `times` is cascades by members; NaN: did not adopt.
    """

    times: Numbers
    sender: Indices
    receiver: Indices
    earlier: Numbers
    later: Numbers
    slot: Indices
    slots: int

    @classmethod
    def of(cls, times: Numbers) -> "Pairs":
        """All pairs of all cascades; adoptions in one period do not follow each other."""
        known = np.where(np.isfinite(times), times, np.nan)
        parts = [_of(cascade, own) for cascade, own in enumerate(known)]
        cascade, sender, receiver = np.concatenate([np.zeros((3, 0), np.int64), *parts], axis=1)
        order = np.lexsort((cascade, sender, receiver))
        cascade, sender, receiver = cascade[order], sender[order], receiver[order]
        adoptions, slot = np.unique(receiver * len(times) + cascade, return_inverse=True)
        earlier, later = known[cascade, sender], known[cascade, receiver]
        return cls(known, sender, receiver, earlier, later, slot, len(adoptions))

    def within(self, after: float, until: float) -> "Pairs":
        """Those of the adoptions in (after, until], in the cascades that have any."""
        inside = (self.times > after) & (self.times <= until)
        told = inside.any(axis=1)
        times = np.where(inside[told], self.times[told], np.nan)
        both = np.flatnonzero((self.earlier > after) & (self.later <= until))
        return Pairs(
            times,
            self.sender[both],
            self.receiver[both],
            self.earlier[both],
            self.later[both],
            self.slot[both],
            self.slots,
        )

    @cached_property
    def delay(self) -> Numbers:
        """How much later the later one of each pair is."""
        return self.later - self.earlier

    @cached_property
    def starts(self) -> Indices:
        """The first pair of each edge."""
        first: Truths = np.ones(len(self.sender), bool)
        first[1:] = np.diff(self.receiver) != 0
        first[1:] |= np.diff(self.sender) != 0
        return np.flatnonzero(first)

    @property
    def possible(self) -> int:
        """How many edges there are: ordered pairs that are so in some cascade."""
        return len(self.starts)

    @cached_property
    def behind_first(self) -> Numbers:
        """The longest delay of each adoption: behind the first of its cascade."""
        ordered = np.sort(self.times, axis=1)
        delays = ordered[:, 1:] - ordered[:, :1]
        return delays[np.isfinite(delays)]

    @cached_property
    def behind_last(self) -> Numbers:
        """The shortest: behind the adoption before; 0 in the same period."""
        delays = np.diff(np.sort(self.times, axis=1), axis=1)
        return delays[np.isfinite(delays)]


def _of(cascade: int, own: Numbers) -> Indices:
    """Cascade, sender and receiver of the pairs of one cascade, as rows."""
    adopters = np.flatnonzero(np.isfinite(own))
    sender, receiver = np.nonzero(own[adopters][:, None] < own[adopters])
    return np.array([np.full(len(sender), cascade), adopters[sender], adopters[receiver]])
