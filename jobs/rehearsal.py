"""A rehearsal: the production scan inside a transaction that will be rolled back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from reminder.storage.engine import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from jobs.scan import ScanReport


class _OneTransaction(Database):
    """A database whose every transaction is a savepoint in one that is open already."""

    def __init__(self, connection: Connection, original: Database) -> None:
        self._connection = connection
        self.is_sqlite = original.is_sqlite
        self.file = original.file

    @contextmanager
    def write(self, *, waits: float | None = None) -> Iterator[Connection]:
        with self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self._connection

    def close(self) -> None:
        """Nothing to give back: the connection is the caller's."""


def rehearse_scan(context: JobContext, connection: Connection) -> ScanReport:
    """What a scan would do now, given what *connection* has written so far.

    Nothing of it stays: the scan runs in a savepoint, with the code that sends real mail.
    """
    import structlog

    from jobs.scan import scan

    quiet = structlog.wrap_logger(
        structlog.PrintLogger(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
    )
    rehearsal = replace(context, database=_OneTransaction(connection, context.database), log=quiet)
    savepoint = connection.begin_nested()
    try:
        return scan(rehearsal)
    finally:
        savepoint.rollback()
