"""Makes a dump after a change, in one process beside the server."""

import logging
import os
import time
from collections.abc import Callable

from ..errors import InnographError
from ..instance import Instance
from ..settings import Settings
from . import dumps

_log = logging.getLogger("innograph.dumps")
_TICK = 1.0  # seconds between two looks at the ledger
_AGAIN = 10.0  # seconds after which what did not succeed is tried again


class Background:
    """Keeps the last dump no older than so many seconds after a change.

    The first dump of all is made at once; one that holds what has been erased since, too.
    """

    def __init__(self, instance: Instance, clock: Callable[[], float] = time.monotonic) -> None:
        self._instance, self._clock = instance, clock
        self._seconds = instance.settings.dump_seconds
        self._due: float | None = None

    def look(self) -> bool:
        """Make a dump if one is due, and say whether one was made."""
        settings, ledger = self._instance.settings, self._instance.ledger
        revision, kept = ledger.revision(), dumps.kept(settings, ledger)
        if (kept and kept[-1].revision == revision and not dumps.stale(settings, ledger)) or (
            revision == 0
        ):
            self._due = None
            return False
        now = self._clock()
        if self._due is None:
            at_once = not kept or dumps.stale(settings, ledger)
            self._due = now if at_once else now + self._seconds
        if now < self._due:
            return False
        try:
            dumps.make(self._instance)
        except InnographError as error:  # the graph moves on, or somebody else makes one
            _log.info("no dump yet: %s", error)
            self._due = now + _AGAIN
            return False
        self._due = None
        return True

    def run(self, parent: int) -> None:
        """Look again and again, as long as the process that started this one lives."""
        os.nice(19)  # readers come first
        while os.getppid() == parent:
            self.look()
            time.sleep(_TICK)


def main() -> None:
    """What `innograph serve` starts."""
    Background(Instance.open(Settings.from_environment())).run(os.getppid())
