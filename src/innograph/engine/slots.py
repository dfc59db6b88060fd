"""What workers and the engine both see: since when each worker is at work."""

import mmap
import struct
import time

_FIELDS = struct.Struct("ddd")


class Slot:
    """One worker's place in shared memory: when its request began, whether it was slowed,
    and whether it may take as long as it takes."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _FIELDS.size)

    def begin(self) -> None:
        self._shared[:] = _FIELDS.pack(time.monotonic(), 0.0, 0.0)

    def end(self) -> None:
        self._shared[:] = _FIELDS.pack(0.0, 0.0, 0.0)

    def slow(self) -> None:
        """Keep that the worker's priority was lowered, which cannot be undone."""
        since, _, unlimited = _FIELDS.unpack(self._shared[:])
        self._shared[:] = _FIELDS.pack(since, 1.0, unlimited)

    def take_time(self) -> None:
        """The present request is not ended, however long it takes."""
        since, slowed, _ = _FIELDS.unpack(self._shared[:])
        self._shared[:] = _FIELDS.pack(since, slowed, 1.0)

    @property
    def busy(self) -> bool:
        return bool(_FIELDS.unpack(self._shared[:])[0])

    @property
    def slowed(self) -> bool:
        return bool(_FIELDS.unpack(self._shared[:])[1])

    @property
    def unlimited(self) -> bool:
        return bool(_FIELDS.unpack(self._shared[:])[2])

    @property
    def seconds(self) -> float:
        """For how long its present request has been worked on."""
        since: float = _FIELDS.unpack(self._shared[:])[0]
        return time.monotonic() - since if since else 0.0
