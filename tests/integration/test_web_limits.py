"""Limits of the pages while somebody else writes: nobody waits for a count, or is turned away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from reminder.storage.engine import BUSY_SECONDS, Database
from reminder.storage.planning import write_service
from reminder.web.limits import OPENED
from tests.web_sites import site_of_one

if TYPE_CHECKING:
    from sqlalchemy import Connection


@contextmanager
def elsewhere(database: Database) -> Iterator[Connection]:
    """A writer as another process has it."""
    with closing(Database(str(database.url))) as other, other.write() as connection:
        yield connection


@pytest.mark.parametrize(
    "writer",
    [pytest.param(Database.write, id="same process"), pytest.param(elsewhere, id="another one")],
)
def test_visit_is_let_through_uncounted_at_once_while_a_long_import_writes(
    sqlite_database: Database, writer: Callable[[Database], AbstractContextManager[Connection]]
) -> None:
    site = site_of_one(sqlite_database)
    [token] = site.send()
    hasty = site.visitor("198.51.100.7")
    with writer(sqlite_database) as importing:
        write_service(importing, importing="1")
        began = monotonic()
        statuses = {hasty.get(f"/a/{token}").status for _ in range(3)}
        took = monotonic() - began
    assert statuses == {303}
    assert took < BUSY_SECONDS / 2
    assert site.world.rows(tables.visits, "scope") == []
    assert hasty.get(f"/a/{token}").status == 303
    assert site.world.rows(tables.visits, "scope", "count") == [(OPENED.scope, 1)]
