"""Two processes that write at once, each of which reads first and writes what follows from it."""

from __future__ import annotations

from contextlib import closing
from threading import Event, Thread
from typing import TYPE_CHECKING

from reminder.storage.engine import Database
from reminder.storage.planning import read_service, write_service

if TYPE_CHECKING:
    from sqlalchemy import Connection


def add_one(connection: Connection) -> None:
    """Write one more than what is there."""
    number = int(read_service(connection, "number").get("number", "0"))
    write_service(connection, number=str(number + 1))


def test_whoever_reads_and_then_writes_waits_for_the_other_writer_and_does_not_fail(
    sqlite_database: Database,
) -> None:
    with closing(Database(str(sqlite_database.url))) as other_process:
        has_read, has_committed = Event(), Event()
        errors: list[Exception] = []

        def write_too() -> None:
            try:
                with other_process.write() as connection:
                    read_service(connection, "number")
                    has_read.set()
                    has_committed.wait(10)
                    add_one(connection)
            except Exception as error:
                errors.append(error)

        thread = Thread(target=write_too)
        with sqlite_database.write() as connection:
            read_service(connection, "number")
            thread.start()
            assert not has_read.wait(0.5), "it has no part in a transaction that is not its own"
            add_one(connection)
        has_committed.set()
        thread.join(30)
    assert errors == []
    with sqlite_database.read() as connection:
        assert read_service(connection, "number") == {"number": "2"}
