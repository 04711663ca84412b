"""Dumps of PostgreSQL: made while the database is in use, read, and loaded all or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, ForeignKeyConstraint, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import AddConstraint

from reminder.errors import DatabaseError
from reminder.storage.engine import Database
from reminder.storage.planning import clear_service, write_service
from reminder.storage.postgresql_programs import (
    connected_environment,
    plain_environment,
    refuse_older,
    run,
)
from reminder.storage.sqlite_files import OURS, RowCounts
from reminder.storage.tables import metadata

_TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (?!DATA |ATTACH )(\S+) (\S+) ", re.MULTILINE)
_LOCK_WAIT = "--lock-wait-timeout=60s"


@dataclass(frozen=True, slots=True)
class DumpContents:
    """What a dump holds: the schema of PostgreSQL it is from, our revision, the tables."""

    namespace: str
    version: str
    tables: frozenset[str]


def dump(database: Database, part: Path, now: datetime, environ: Mapping[str, str]) -> RowCounts:
    """Dump *database* into the empty file *part*, whoever reads and writes it.

    *now* is in the dump as ``backup_at``; the dump is never older than it says.
    """
    child = connected_environment(database, environ)
    refuse_older("pg_dump", _server_version(database), child)
    with database.write() as connection:
        write_service(connection, backup_at=now.isoformat())
    try:
        with database.read() as connection:
            counts, snapshot = _look(connection)
            # The counts and the dump see the very same rows.
            arguments = ["--format=custom", f"--snapshot={snapshot}", "--no-password", _LOCK_WAIT]
            run("pg_dump", [*arguments, f"--file={part.absolute()}"], child)
    finally:
        # A dump made by hand later must not pass for one of this instant.
        with database.write() as connection:
            clear_service(connection, "backup_at")
    return counts


def read_dump(file: Path, environ: Mapping[str, str]) -> DumpContents:
    """Read a dump to its end; DatabaseError where it is damaged or not ours."""
    child = plain_environment(environ)
    listed = run("pg_restore", ["--list", str(file.absolute())], child)
    tables: dict[str, set[str]] = {}
    for namespace, table in _TABLE.findall(listed):
        tables.setdefault(namespace, set()).add(table)
    ours = [namespace for namespace, names in tables.items() if names >= OURS]
    if len(ours) != 1:
        raise DatabaseError("it is a dump of another program's database")
    # The list is at the front: only reading all of it shows that the rest is there.
    run("pg_restore", ["--file=/dev/null", str(file.absolute())], child)
    return DumpContents(ours[0], _version_in(file, ours[0], child), frozenset(tables[ours[0]]))


def refuse_old_pg_restore(database: Database, environ: Mapping[str, str]) -> None:
    """DatabaseError where pg_restore is missing, or older than the server."""
    child = connected_environment(database, environ)
    refuse_older("pg_restore", _server_version(database), child)


def load(
    database: Database, file: Path, contents: DumpContents, environ: Mapping[str, str]
) -> None:
    """Put the dump in the place of what *database* holds, in one transaction.

    Only what is in our schema of it: extensions belong to the server's administrator.
    DatabaseError where it failed; nothing is changed then.
    """
    child = connected_environment(database, environ)
    with database.read() as connection:
        name = connection.scalar(text("SELECT current_database()"))
    ties = _ties_of_later_tables(contents)
    _untie(database, ties)
    database.close()  # an open transaction of ours would be waited for
    from psycopg.conninfo import make_conninfo

    arguments = [
        "--clean",
        "--if-exists",
        "--single-transaction",
        "--no-owner",
        "--no-password",
        f"--schema={contents.namespace}",
        f"--dbname={make_conninfo(dbname=name)}",
        str(file.absolute()),
    ]
    try:
        run("pg_restore", arguments, child)
    except DatabaseError:
        _tie(database, ties)
        raise


def _ties_of_later_tables(contents: DumpContents) -> list[ForeignKeyConstraint]:
    """The foreign keys of tables that the dump does not have: they point to some that it has,
    and as long as they are there, PostgreSQL would not have those replaced."""
    return [
        tie
        for table in metadata.sorted_tables
        if table.name not in contents.tables
        for tie in sorted(table.foreign_key_constraints, key=lambda tie: str(tie.name))
    ]


def _untie(database: Database, ties: Sequence[ForeignKeyConstraint]) -> None:
    with database.write() as connection:
        for tie in ties:
            connection.execute(
                text(f"ALTER TABLE IF EXISTS {tie.table.name} DROP CONSTRAINT IF EXISTS {tie.name}")
            )


def _tie(database: Database, ties: Sequence[ForeignKeyConstraint]) -> None:
    """After a restore that failed: as it was before, as far as the database can be reached."""
    with suppress(DBAPIError), database.write() as connection:
        for tie in ties:
            if inspect(connection).has_table(tie.table.name):
                connection.execute(AddConstraint(tie))


def drop_later_tables(connection: Connection, contents: DumpContents) -> None:
    """Take away tables that a later schema had and the restored one has not.

    The upgrade that follows makes them again; it would stumble over those that are there.
    """
    gone = [table for table in metadata.sorted_tables if table.name not in contents.tables]
    metadata.drop_all(connection, tables=gone)


def tables_made(database: Database) -> int | None:
    """A number that changes when our tables are made anew; None where there are none."""
    with database.read() as connection:
        number: int | None = connection.scalar(text("SELECT to_regclass('alembic_version')::oid"))
        return number


def _look(connection: Connection) -> tuple[RowCounts, str]:
    """Count, and give the snapshot that was counted in a name for ``pg_dump``."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    # The snapshot lives as long as this transaction, which waits for pg_dump.
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    agreements = connection.scalar(text("SELECT count(*) FROM agreements"))
    messages = connection.scalar(text("SELECT count(*) FROM messages"))
    snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
    return RowCounts(agreements=agreements or 0, messages=messages or 0), str(snapshot)


def _server_version(database: Database) -> int:
    """The major version of the server: 15, 16, ..."""
    with database.read() as connection:
        return int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000


def _version_in(file: Path, namespace: str, environ: Mapping[str, str]) -> str:
    """The revision of our schema, from the one row of ``alembic_version``."""
    arguments = ["--data-only", "--table=alembic_version", f"--schema={namespace}", "--file=-"]
    script = run("pg_restore", [*arguments, str(file.absolute())], environ)
    row = re.search(r"^COPY .*\n(\w+)\n\\\.$", script, re.MULTILINE)
    return row[1] if row else ""
