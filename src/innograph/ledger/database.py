"""Connections and transactions: the one place that knows how SQLite and PostgreSQL differ."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Lock
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import OperationalError

from ..errors import LedgerBusy, NotWiped

_BUSY_SECONDS = 30
_WRITER_LOCK = 0x1_6E_6E_6F  # "inno", among the advisory locks of a PostgreSQL database

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
