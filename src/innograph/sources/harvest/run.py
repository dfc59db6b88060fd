"""A harvest from beginning to end: asks, hands dossiers on, keeps where it stands and what came."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ...client import Client
from ...errors import BadSource, InnographError
from ...instance import Instance
from ...settings import Settings
from .. import Item, Refusal, Source
from ..mapping import made
from ..run import Outcome, run, take
from . import catalogue, innograph, sparql
from .description import Harvest
from .innograph import Change
from .state import State, alone, merged

_TOLD = 200  # refusals and vanished things that a report names
Progress = Callable[[int], None]


def client(settings: Settings, harvest: Harvest) -> Client:
    """Who asks, within the limits that an operator has set."""
    return Client(
        settings.harvested, settings.harvest_seconds, settings.harvest_bytes, harvest.pause
    )


def harvest(instance: Instance, source: Source, progress: Progress = lambda done: None) -> Outcome:
    """Take what a source tells now, going on where the last run was broken off.

    `progress` is called with the items done. Raises AddressRefused, NotFetched and whatever ends a
    run, which the report tells; HarvestRuns when another process is at it.
    """
    if source.harvest is None:
        faults = "it says of nobody who is to be asked: [harvest]"
        raise BadSource(path=source.name, faults=faults)
    home = instance.settings.home
    with alone(home, source.name):
        before = State.load(home, source.name)
        state = State(
            source.name, _now(), position=before.position, again=before.again, seen=before.seen
        )
        state.save(home)
        try:
            outcome = _taken(instance, source, source.harvest, state, progress)
        except InnographError as error:
            state.error = str(error)
            raise
        else:
            state.seen, state.again, state.ended = [], [], _now()
            if source.harvest.kind == "sparql":
                state.position = ""  # the next one asks for all again
            _tell(state, outcome)
            return outcome
        finally:
            state.save(home)


def _taken(
    instance: Instance, source: Source, told: Harvest, state: State, progress: Progress
) -> Outcome:
    asking = client(instance.settings, told)
    if told.kind == "catalogue":
        with tempfile.TemporaryDirectory() as folder:
            return run(
                instance, source, catalogue.fetch(asking, told, Path(folder)), None, progress
            )
    if told.kind == "innograph":
        return _followed(instance, source, told, asking, state, progress)
    again = sparql.items(instance, asking, told, state.again) if state.again else []
    done = _Done(instance, state, progress)
    found = done.noted(again, sparql.pages(instance, asking, told, state.position))
    return take(
        instance,
        source,
        made(found, source, instance.base),
        progress=done,
        seen=state.seen,
        refused=done.refused,
    )


class _Done:
    """Keeps where a harvest stands, each time that all of a page has been taken.

    What was refused is tried again at the end, and so is asked for once more when there is none.
    """

    def __init__(self, instance: Instance, state: State, progress: Progress) -> None:
        self._instance, self._state, self._progress = instance, state, progress
        self._ends: list[tuple[int, str, list[str]]] = []
        self.refused: list[str] = []

    def noted(
        self,
        again: Sequence[Item | Refusal],
        pages: Iterable[tuple[list[Item | Refusal], str]],
    ) -> Iterator[Item | Refusal]:
        """All of both, of which it keeps at what number each page ends."""
        self._number = len(again)
        yield from again
        for items, position in pages:
            self._number += len(items)
            self._ends.append((self._number, position, [told.local for told in items]))
            yield from items

    def __call__(self, done: int) -> None:
        self._progress(done)
        finished = [end for end in self._ends if end[0] <= done]
        if finished:
            del self._ends[: len(finished)]
            self._state.position = finished[-1][1]
            self._state.seen = merged(
                self._state.seen, (local for end in finished for local in end[2])
            )
            self._state.again = list(self.refused)
            self._state.save(self._instance.settings.home)


def _followed(
    instance: Instance,
    source: Source,
    told: Harvest,
    asking: Client,
    state: State,
    progress: Progress,
) -> Outcome:
    """What changed there since the last whole run; one that was broken off is begun again."""
    ended = [state.position]
    changes: list[Change] = []

    def items() -> Iterator[Item | Refusal]:
        for page, cursor in innograph.pages(asking, told, state.position):
            changes.extend({k: v for k, v in c.items() if k != "content"} for c in page)
            ended.append(cursor)
            yield from innograph.accepted(instance, source, page)

    found = made(items(), source, instance.base)
    outcome = take(instance, source, found, progress=progress, listed=False)
    outcome.vanished = innograph.taken_away(instance, source, changes)
    for refusal in innograph.merged(instance, source, changes):
        outcome.states[(refusal.kind, "refused")] += 1
        outcome.refusals.append((refusal.kind, refusal.local, refusal.detail))
    state.position = ended[-1]
    return outcome


def _tell(state: State, outcome: Outcome) -> None:
    for (_, name), number in outcome.states.items():
        state.counts[name] = state.counts.get(name, 0) + number
    state.refusals = [list(refusal) for refusal in outcome.refusals[:_TOLD]]
    state.vanished = outcome.vanished[:_TOLD]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
