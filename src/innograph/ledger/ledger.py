"""The ledger as other rooms see it: opened once, shared by threads, followed by processes."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Row, insert, inspect, make_url, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..errors import BadSetting, InnographError, LedgerBase, LedgerUnusable, NotFound
from . import audit, log, passes
from .database import Database
from .events import Event
from .passes import Pass
from .reader import Reader, last_public
from .tables import identity, metadata
from .writer import Writer


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger(Reader):
    """An append-only log in a SQL database; `id` and `base` (of its data) are for ever."""

    def __init__(
        self, database: Database, id: str, base: str, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        super().__init__(database.reading)
        self._database = database
        self._clock = clock
        self.id = id
        self.base = base

    @classmethod
    def open(
        cls,
        url: str,
        base: str | None,
        *,
        default: str = "",
        clock: Callable[[], datetime] = _utc_now,
    ) -> "Ledger":
        """The ledger at a SQLAlchemy URL, made when absent under `base` or else `default`.

        Raises LedgerBase when it was made under another base than the one given, LedgerUnusable
        when there is no ledger at the URL and none can be made, BadSetting when a new one has no
        base.
        """
        try:
            database = Database(url)
        except (SQLAlchemyError, ImportError) as error:
            raise LedgerUnusable(detail=error) from error
        try:
            found = _identity(database) or _create(database, base or default)
            if base and base != found.base:
                raise LedgerBase(base=found.base, given=base)
        except DBAPIError as error:
            database.close()
            raise LedgerUnusable(detail=error.orig) from error
        except InnographError:
            database.close()
            raise
        return cls(database, found.id, found.base, clock)

    def at(self, revision: int) -> "Ledger":
        """This ledger as followers saw it at an earlier revision; what was erased since is gone."""
        past = Ledger(self._database, self.id, self.base, self._clock)
        past._until = revision
        return past

    def close(self) -> None:
        """Close the connections; whoever still uses the ledger opens new ones."""
        self._database.close()

    def revision(self) -> int:
        """The number of the last public event, 0 when there is none; costs next to nothing."""
        if self._until is not None:
            return self._until
        return self._database.remembered(last_public)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction: all that is appended inside is kept together, or nothing is.

        Raises LedgerBusy when other writers leave no turn.
        """
        with self._database.writing() as connection:
            writer = Writer(connection, self._now)
            yield writer
            writer.flush()

    def following(self, seconds: float) -> AbstractContextManager[None]:
        """Be the only process that brings what others also ask up to date with this ledger.

        Raises StoreBusy when another one is at it for so many seconds.
        """
        return self._database.alone(seconds)

    def issue_pass(
        self,
        kind: str,
        label: str,
        *,
        about: str | None = None,
        contributor: str | None = None,
        days: int | None = None,
    ) -> str:
        """Make a token or an invitation and return its secret, which is not kept.

        It is for a new contributor, or one more for a known one (else NotFound).
        """
        expires = None if days is None else self._now(timedelta(days=days))
        with self._database.writing() as connection:
            if contributor and not passes.issued(connection, contributor):
                raise NotFound(iri=contributor)
            contributor = contributor or passes.new_contributor()
            made = Pass(kind, contributor, label, about, self._now(), expires, None)
            return passes.issue(connection, made)

    def holder(self, secret: str, kind: str) -> Pass | None:
        """The pass of this kind that a secret opens; None when unknown, revoked or expired."""
        with self._reading() as connection:
            return passes.holder(connection, secret, kind, self._now())

    def passes(self, contributor: str | None = None) -> list[Pass]:
        """The passes of a contributor, or all, oldest first."""
        with self._reading() as connection:
            return passes.issued(connection, contributor)

    def revoke(self, contributor: str) -> int:
        """Close the open passes of a contributor; return how many there were."""
        with self._database.writing() as connection:
            return passes.revoke(connection, contributor, self._now())

    def erase(
        self,
        dossier: str | None = None,
        contributor: str | None = None,
        *,
        reason: str,
        decider: str,
    ) -> list[str]:
        """Destroy the content of a dossier, or all of a contributor's with their passes' labels.

        Return the dossiers erased now: none when it was done before. The events stay, and the chain
        verifies. Raises NotFound, and NotWiped when deleted bytes are still in the files because
        somebody reads them: then erase again.
        """
        assert (dossier is None) != (contributor is None), "one of dossier and contributor"
        with self._database.writing() as connection:
            writer = Writer(connection, self._now)
            latest = writer.latest([dossier] if dossier else writer.dossiers_of(contributor or ""))
            if not latest and not (contributor and passes.issued(connection, contributor)):
                raise NotFound(iri=dossier or contributor)
            if contributor:
                passes.revoke(connection, contributor, self._now())
                passes.forget(connection, contributor)
            erased = [iri for iri in sorted(latest) if writer.erase(latest[iri], reason, decider)]
            writer.flush()
        self._database.wipe()
        return erased

    def between(self, after: int, until: int) -> list[Event]:
        """`log.between`: the public events with numbers above `after`, up to `until`."""
        with self._reading() as connection:
            return log.between(connection, after, until)

    def last(self, many: int) -> list[Event]:
        """The last public events, the latest first."""
        with self._reading() as connection:
            return log.last(connection, many)

    def before(self, numbers: Iterable[int]) -> dict[int, str]:
        """`log.before`: the kinds of the public events that came before in the same dossiers."""
        with self._reading() as connection:
            return log.before(connection, numbers)

    def spans(self, size: int) -> list[log.Span]:
        """`log.spans`: the pages of the public events, cut after each `size` numbers."""
        with self._reading() as connection:
            return log.spans(connection, size)

    def first_since(self, time: str) -> int | None:
        """The number of the first public event at or after a UTC time, if there is one."""
        with self._reading() as connection:
            return log.first_since(connection, time)

    def touched(self, prefix: str, after: int, limit: int) -> list[tuple[str, int]]:
        """`log.things`: things that changed after an event, each with its last, in that order."""
        with self._reading() as connection:
            return log.things(connection, prefix, after, limit)

    def about(self, iris: Iterable[str]) -> list[Event]:
        """`log.about`: all public events about things, in order."""
        with self._reading() as connection:
            return log.about(connection, iris)

    def verify(self) -> list[str]:
        """The ledger's faults, a sentence each; none when it is as it was written."""
        with self._reading() as connection:
            return list(audit.faults(connection))

    def copy(self, path: Path) -> None:
        """Write all of the ledger, as it is now, to a new SQLite file."""
        target = Database(f"sqlite:///{path}")
        with self._reading() as source, target.writing() as copied:
            metadata.create_all(copied)
            for table in metadata.sorted_tables:
                for rows in source.execute(select(table)).mappings().partitions(1_000):
                    copied.execute(insert(table), [dict(row) for row in rows])
        target.close()

    def _now(self, later: timedelta = timedelta()) -> str:
        return (self._clock() + later).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exists(url: str) -> bool:
    """Whether there is a ledger at a URL; unlike `Ledger.open` it makes none."""
    path = make_url(url).database
    if url.startswith("sqlite:") and not (path and Path(path).exists()):
        return False
    database = Database(url)
    try:
        return _identity(database) is not None
    except DBAPIError as error:
        raise LedgerUnusable(detail=error.orig) from error
    finally:
        database.close()


def _identity(database: Database) -> Row[str, str] | None:
    with database.reading() as connection:
        if not inspect(connection).has_table(identity.name):
            return None
        return connection.execute(select(identity.c.id, identity.c.base)).first()


def _create(database: Database, base: str) -> Row[str, str]:
    if not base:
        raise BadSetting(setting="INNOGRAPH_BASE", value=base, reason="a new ledger needs one")
    with database.writing() as connection:
        metadata.create_all(connection)
        made = select(identity.c.id, identity.c.base)
        # Another process may have made it while this one waited for its turn.
        if connection.execute(made).first() is None:
            connection.execute(insert(identity), {"id": secrets.token_hex(8), "base": base})
        return connection.execute(made).one()
