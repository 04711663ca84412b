"""The fixtures themselves: what every storage test takes for granted on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, inspect, select

from reminder.storage.tables import events, metadata

if TYPE_CHECKING:
    from reminder.storage.engine import Database


def test_migrated_database_has_every_table(database: Database) -> None:
    with database.read() as connection:
        found = set(inspect(connection).get_table_names())

    assert set(metadata.tables) <= found


@pytest.mark.parametrize("run", ["first", "second"])
def test_each_test_gets_a_database_of_its_own(database: Database, run: str) -> None:
    with database.write() as connection:
        before = connection.execute(select(events.c.kind)).all()
        connection.execute(insert(events).values(at=datetime(2026, 3, 2, tzinfo=UTC), kind=run))

    assert before == []


def test_instant_comes_back_aware_and_in_utc(database: Database) -> None:
    jayapura = timezone(timedelta(hours=9))
    written = datetime(2026, 3, 2, 0, 30, tzinfo=jayapura)
    with database.write() as connection:
        connection.execute(insert(events).values(at=written, kind="test"))
    with database.read() as connection:
        read = connection.execute(select(events.c.at)).scalar_one()

    assert read == datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    assert read.tzinfo is UTC


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    def write_and_fail() -> None:
        with database.write() as connection:
            connection.execute(insert(events).values(at=datetime(2026, 3, 2, tzinfo=UTC), kind="x"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()

    with database.read() as connection:
        assert connection.execute(select(events.c.id)).all() == []
