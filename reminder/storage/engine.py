"""The database connection: SQLite that is durable and has one writer, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from time import sleep
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from reminder.clock import steady_seconds
from reminder.errors import DatabaseError
from reminder.storage import postgresql_sessions

if TYPE_CHECKING:
    from sqlalchemy import ExceptionContext
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 15
"""How long a writer of SQLite waits for another one before it gives up."""
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    # FULL, not NORMAL: a commit that a power cut undoes would repeat a mail.
    "synchronous=FULL",
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "foreign_keys=ON",
)
ASK_EVERY = 0.001
"""Seconds between two questions of a writer that waits for one of another process. SQLite itself
asks ever more seldom, down to ten times a second: of two processes that commit all the time,
each slept through turns that it could have had."""
_WAITS = "waits"
"""The option of a connection of SQLite that says how many seconds its transaction may wait to
begin, where it is not BUSY_SECONDS."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_damage(error: Exception) -> bool:
    """Whether *error* says that the file of SQLite is corrupt, which is no fault of one row."""
    said = error.orig if isinstance(error, DBAPIError) else None
    return isinstance(said, sqlite3.DatabaseError) and said.sqlite_errorcode & 0xFF in _DAMAGED


class Database:
    """Connections to the one database, for reading and for writing.

    ``patience`` is how many seconds a writer of SQLite waits for others, unless it says itself.
    """

    def __init__(self, url: str) -> None:
        """*url* is a SQLAlchemy URL; ``postgresql://`` means psycopg 3."""
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise DatabaseError(
                f"REMINDER_DATABASE_URL starts with {parsed.drivername}:; "
                "write sqlite:///PATH or postgresql://USER@HOST/NAME."
            )
        self.url = parsed
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise DatabaseError(
                    "REMINDER_DATABASE_URL names no file; write sqlite:///var/reminder.db."
                )
            self.file: Path | None = Path(parsed.database)
        else:
            self.file = None
        # Parameters are people's names and addresses; without this an error shows them.
        # ISO isolation for SQLite is our own BEGIN; see the listeners below.
        self.patience: float = BUSY_SECONDS
        self._turn = Lock()
        self._was_lost = Event()
        if self.is_sqlite:
            self._writer = create_engine(parsed, hide_parameters=True)
            self._reader = create_engine(parsed, hide_parameters=True)
            self._by_key = self._writer
            _prepare_sqlite(self._writer, "BEGIN IMMEDIATE")
            _prepare_sqlite(self._reader, "BEGIN")
        else:
            self._writer = self._reader = self._server_engine(postgresql_sessions.prepare)
            # Not tried before each use: it is used all the time, by whoever tries again alone.
            self._by_key = self._server_engine(postgresql_sessions.prepare_by_key, pings=False)

    def _server_engine(
        self, prepare: Callable[[DBAPIConnection, ConnectionPoolEntry], None], *, pings: bool = True
    ) -> Engine:
        engine = create_engine(
            self.url,
            pool_pre_ping=pings,
            hide_parameters=True,
            connect_args=postgresql_sessions.connect_args(self.url),
        )
        event.listen(engine, "connect", prepare)
        event.listen(engine, "handle_error", self._notice_loss)
        return engine

    @contextmanager
    def write(self, *, waits: float | None = None) -> Iterator[Connection]:
        """A transaction that commits at the end; on SQLite it holds the write lock from its start.

        A deferred transaction that reads and then writes fails at once with
        SQLITE_BUSY_SNAPSHOT, whatever the timeout; BEGIN IMMEDIATE waits instead: at most *waits*
        seconds (``patience`` where None) for other writers of this process, and as long for those
        elsewhere; then it raises DatabaseError or OperationalError. PostgreSQL has limits of its
        own.
        """
        waits = self.patience if waits is None else waits
        with self._taking_turns(waits), self._writer.connect() as connection:
            connection.execution_options(**{_WAITS: waits})
            with connection.begin():
                yield connection

    @contextmanager
    def write_by_key(self) -> Iterator[Connection]:
        """The same for statements that are run over and over and find their rows by a key.

        PostgreSQL plans them once for a session and not each time.
        """
        if self.is_sqlite:
            with self.write() as connection:
                yield connection
            return
        with self._by_key.begin() as connection:
            yield connection

    @contextmanager
    def _taking_turns(self, waits: float) -> Iterator[None]:
        """SQLite has one writer: threads of this process queue here, where waiting costs nothing.

        SQLite itself lets a writer that has to wait sleep for up to a tenth of a second.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=waits):
            raise DatabaseError(
                f"another part of this process has been writing to {self.file} for "
                f"{waits} s; what waited for it is tried again"
            )
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction for reading only; it never waits for a writer."""
        with self._reader.begin() as connection:
            yield connection

    def take_was_lost(self) -> bool:
        """Whether a connection to the server broke since this was asked last, as in a failover.

        The server that answers now may have forgotten the last commits. A connection that broke
        while nobody used it is found out by using it, so this tries one.
        """
        if self.is_sqlite:
            return False
        with self.read():
            pass
        was_lost = self._was_lost.is_set()
        self._was_lost.clear()
        return was_lost

    def _notice_loss(self, context: ExceptionContext) -> None:
        """Also where it is found out before anything is asked (``is_pre_ping``)."""
        if context.is_disconnect:
            self._was_lost.set()

    def close(self) -> None:
        """Give all connections back."""
        for engine in (self._writer, self._reader, self._by_key):
            engine.dispose()


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    def on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we emit BEGIN ourselves
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        if begin != "BEGIN":
            cursor.execute("PRAGMA busy_timeout=0")  # it waits for its turn below
        cursor.close()

    def on_begin(connection: Connection) -> None:
        waits = connection.get_execution_options().get(_WAITS, BUSY_SECONDS)
        until = steady_seconds() + waits
        while not _has_begun(connection, is_last=steady_seconds() > until):
            sleep(ASK_EVERY)

    def _has_begun(connection: Connection, *, is_last: bool) -> bool:
        try:
            connection.exec_driver_sql(begin)
        except OperationalError as error:
            if is_last or not _is_busy(error):
                raise
            return False
        return True

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _is_busy(error: OperationalError) -> bool:
    said = error.orig
    return isinstance(said, sqlite3.Error) and said.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
