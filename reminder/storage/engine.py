"""The database connection: SQLite that is durable and has one writer, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from reminder.errors import DatabaseError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    # FULL, not NORMAL: a commit that a power cut undoes would repeat a mail.
    "synchronous=FULL",
    "busy_timeout=15000",
    "foreign_keys=ON",
)


class Database:
    """Connections to the one database, for reading and for writing."""

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
        self._writer = create_engine(parsed, pool_pre_ping=not self.is_sqlite, hide_parameters=True)
        self._reader = self._writer
        if self.is_sqlite:
            self._reader = create_engine(parsed, hide_parameters=True)
            _prepare_sqlite(self._writer, "BEGIN IMMEDIATE")
            _prepare_sqlite(self._reader, "BEGIN")
        else:
            event.listen(self._writer, "connect", _plan_each_time)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end; on SQLite it holds the write lock from its start.

        A deferred transaction that reads and then writes fails at once with
        SQLITE_BUSY_SNAPSHOT, whatever the timeout; BEGIN IMMEDIATE waits instead.
        """
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction for reading only; it never waits for a writer."""
        with self._reader.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self._writer.dispose()
        self._reader.dispose()


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    def on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we emit BEGIN ourselves
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _plan_each_time(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Have PostgreSQL plan a statement for its values each time.

    Its plan for any values compares a list of 500 keys with each row of the table: an
    import of 100,000 agreements took 227 s with it.
    """
    cursor = connection.cursor()
    cursor.execute("SET plan_cache_mode = force_custom_plan")
    cursor.close()
    connection.commit()
