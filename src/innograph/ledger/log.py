"""The public events as those read them who keep a copy of what is public."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CTE, Connection, func, select, union_all

from .events import MERGES, PUBLIC, Event
from .tables import events

_before = events.alias()
_public = events.c.kind.in_(PUBLIC)


@dataclass(frozen=True, slots=True)
class Span:
    """A page of the log that is not empty: its number, its first and last event, their times."""

    page: int
    first: int
    last: int
    earliest: str
    latest: str


def between(connection: Connection, after: int, until: int) -> list[Event]:
    """The public events numbered above `after`, up to `until`, in order."""
    chosen = select(events).where(_public, events.c.seq > after, events.c.seq <= until)
    return [Event(*row) for row in connection.execute(chosen.order_by(events.c.seq))]


def last(connection: Connection, many: int) -> list[Event]:
    """The last public events, the latest first."""
    chosen = select(events).where(_public).order_by(events.c.seq.desc()).limit(many)
    return [Event(*row) for row in connection.execute(chosen)]


def before(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Of what kind was the public event that came before each of some events in its dossier.

    What was the first has none.
    """
    earlier = (
        select(_before.c.kind)
        .where(_before.c.dossier == events.c.dossier, _before.c.seq < events.c.seq)
        .where(_before.c.kind.in_(PUBLIC))
        .order_by(_before.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    chosen = select(events.c.seq, earlier).where(events.c.seq.in_(list(numbers)))
    return {seq: kind for seq, kind in connection.execute(chosen) if kind is not None}


def spans(connection: Connection, size: int) -> list[Span]:
    """The pages of a log cut after each `size` numbers, public or not, in order.

    So a page is the same for ever once a later one has begun; the first is page 0.
    """
    page = ((events.c.seq - 1) // size).label("page")
    ends = func.min(events.c.seq), func.max(events.c.seq)
    times = func.min(events.c.time), func.max(events.c.time)
    chosen = select(page, *ends, *times).where(_public).group_by("page").order_by("page")
    return [Span(*row) for row in connection.execute(chosen)]


def first_since(connection: Connection, time: str) -> int | None:
    """The number of the first public event at or after a time, written as the ledger does."""
    chosen = select(events.c.seq).where(_public, events.c.time >= time)
    return connection.scalar(chosen.order_by(events.c.seq).limit(1))


def things(connection: Connection, prefix: str, after: int, limit: int) -> list[tuple[str, int]]:
    """Things of which something public was said, withdrawn, erased or merged after an event.

    Those whose IRI begins with `prefix`, in order of the last such event, which is told too. What
    is said of a thing that was merged is said of what it became as well.
    """
    became = _became()
    told = union_all(
        select(events.c.thing.label("iri"), events.c.seq).where(_public),
        select(events.c.dossier, events.c.seq).where(events.c.kind.in_(MERGES)),
        select(became.c.survivor, events.c.seq)
        .join_from(events, became, events.c.thing == became.c.loser)
        .where(_public),
    ).subquery()
    last = func.max(told.c.seq)
    named = told.c.iri.startswith(prefix, autoescape=True)
    chosen = select(told.c.iri, last).where(named).group_by(told.c.iri).having(last > after)
    rows = connection.execute(chosen.order_by(last, told.c.iri).limit(limit))
    return [(iri, seq) for iri, seq in rows]


def _became() -> CTE:
    """Each thing that was merged, with what it became, and what that became."""
    latest = select(func.max(events.c.seq)).where(events.c.kind.in_(MERGES))
    merges = select(events.c.dossier.label("loser"), events.c.thing.label("survivor")).where(
        events.c.kind == "merged", events.c.seq.in_(latest.group_by(events.c.dossier))
    )
    step, merged = merges.cte("became", recursive=True), merges.subquery()
    further = select(step.c.loser, merged.c.survivor).join_from(
        step, merged, merged.c.loser == step.c.survivor
    )
    return step.union(further)


def about(connection: Connection, iris: Iterable[str]) -> list[Event]:
    """All public events that say something of things, or merge them, in order."""
    chosen = list(iris)
    named = events.c.thing.in_(chosen) | events.c.dossier.in_(chosen)
    rows = connection.execute(select(events).where(_public, named).order_by(events.c.seq))
    return [Event(*row) for row in rows]
