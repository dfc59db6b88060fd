"""Connections and transactions: the one place that knows how SQLite and PostgreSQL differ."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import IO, Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from ..errors import LedgerBusy, NotWiped, StoreBusy

_BUSY_SECONDS = 30
_PAUSE = 0.05
_WRITER_LOCK = 0x1_6E_6E_6F  # "inno", among the advisory locks of a PostgreSQL database

_FOLLOWER_LOCK = _WRITER_LOCK + 1

_engines: WeakSet[Engine] = WeakSet()


def _close_before_fork() -> None:
    # A child that inherits an open SQLite file believes it holds the parent's locks.
    for engine in list(_engines):
        engine.dispose()


os.register_at_fork(before=_close_before_fork)


class Database:
    """One SQL database, shared by threads and processes; one of them writes at a time."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        if self._is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
        event.listen(self._engine, "begin", _begin)
        _engines.add(self._engine)

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot; waits for nobody and holds nobody up."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction of the one writer; raises LedgerBusy when its turn does not come."""
        with self._engine.connect() as connection:
            connection.execution_options(writing=True)
            try:
                transaction = connection.begin()
            except OperationalError as error:
                raise LedgerBusy(seconds=_BUSY_SECONDS) from error
            try:
                with transaction:
                    yield connection
            finally:
                # `PRAGMA data_version` is silent about what its own connection wrote.
                connection.info.pop("version", None)

    @contextmanager
    def alone(self, seconds: float) -> Iterator[None]:
        """Hold what one process at a time can hold, beside reading and writing; ends with it.

        Raises StoreBusy when its turn does not come in so many seconds.
        """
        patience = time.monotonic() + seconds
        with self._holding() as is_held:
            while not is_held():
                if time.monotonic() > patience:
                    raise StoreBusy(seconds=round(seconds))
                time.sleep(_PAUSE)
            yield

    @contextmanager
    def _holding(self) -> Iterator[Callable[[], bool]]:
        if self._is_sqlite:
            with open(f"{self._engine.url.database}.following", "w") as file:
                yield lambda: _is_locked(file)
            return
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()  # the lock ends with the connection
            lock = f"SELECT pg_try_advisory_lock({_FOLLOWER_LOCK})"
            yield lambda: bool(connection.exec_driver_sql(lock).scalar_one())

    def remembered(self, ask: Callable[[Connection], int]) -> int:
        """The answer of `ask`, asked again only when something was written; give it one `ask`."""
        with self.reading() as connection:
            known = connection.info
            version = self._version(connection)
            if version is None or known.get("version") != version:
                known["answer"] = ask(connection)
                known["version"] = version
            answer: int = known["answer"]
            return answer

    def wipe(self) -> None:
        """Leave no byte of deleted rows in the files; raises NotWiped while others hold them.

        SQLite's secure_delete misses copies that stay behind when pages are split, so the file is
        written anew. (PostgreSQL: its operator's VACUUM FULL.)
        """
        if not self._is_sqlite:
            return
        with closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            try:
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except self._engine.dialect.loaded_dbapi.OperationalError as error:
                raise NotWiped() from error
            busy, _, _ = cursor.fetchone() or (1, 0, 0)
            if busy:
                raise NotWiped()

    def _version(self, connection: Connection) -> int | None:
        if not self._is_sqlite:
            return None
        version: int = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        return version


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says
    for setting in (
        f"busy_timeout = {_BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    # The writer's lock comes before anything is read: numbers appear in order and without gaps.
    writing = connection.get_execution_options().get("writing", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    elif writing:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def _is_locked(file: IO[str]) -> bool:
    """Whether this process now holds the file, as one process at a time can (flock(2))."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
