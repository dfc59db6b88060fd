"""Connections and transactions: the one place that knows how SQLite and PostgreSQL differ."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from ..errors import LedgerBusy, NotWiped

_BUSY_SECONDS = 30
_WRITER_LOCK = 0x1_6E_6E_6F  # "inno", among the advisory locks of a PostgreSQL database

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
