"""Connections and transactions: the one place that knows how SQLite and PostgreSQL differ."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Lock
from typing import IO, Any
from weakref import WeakSet

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import OperationalError

from ..errors import LedgerBusy, NotWiped, StoreBusy

_BUSY_SECONDS = 30
_PAUSE = 0.05
_WRITER_LOCK = 0x1_6E_6E_6F  # "inno", among the advisory locks of a PostgreSQL database

_FOLLOWER_LOCK = _WRITER_LOCK + 1

_open: "WeakSet[Database]" = WeakSet()


def _close_before_fork() -> None:
    # A child that inherits an open SQLite file believes it holds the parent's locks.
    for database in list(_open):
        database.close()


os.register_at_fork(before=_close_before_fork)


class Database:
    """One SQL database, shared by threads and processes; one of them writes at a time."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        if self._is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
        event.listen(self._engine, "begin", _begin)
        self._watching = Lock()
        self._watcher: Any = None  # a connection that reads nothing and sees what others write
        self._version: int | None = None
        self._answer = 0
        _open.add(self)

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        with self._watching:
            if self._watcher is not None:
                self._watcher.close()
            self._watcher = self._version = None
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
            with transaction:
                yield connection

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
        if not self._is_sqlite:
            with self.reading() as connection:
                return ask(connection)
        with self._watching:
            if self._watcher is None:
                self._watcher = self._unpooled()
            cursor = self._watcher.cursor()
            (version,) = cursor.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                with self.reading() as connection:
                    self._answer = ask(connection)
                self._version = version
            return self._answer

    def _unpooled(self) -> Any:
        """A connection of its own: through the pool, to ask takes thirty times as long."""
        connection = self._engine.raw_connection()
        connection.detach()
        return connection

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
