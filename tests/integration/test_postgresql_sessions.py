"""Sessions of PostgreSQL insist on durable commits, and wait for nothing without end."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import make_url, text

from reminder.storage.engine import Database
from reminder.storage.postgresql_sessions import connect_args


def shown(database: Database, name: str) -> str:
    """A setting as a new session has it."""
    with closing(again(database)) as other, other.read() as connection:
        return str(connection.scalar(text(f"SHOW {name}")))


def again(database: Database) -> Database:
    """The same database with connections of its own."""
    return Database(database.url.render_as_string(hide_password=False))


@pytest.mark.parametrize(
    ("set_by_admin", "used"),
    [
        ("off", "on"),
        ("local", "on"),
        ("on", "on"),
        ("remote_write", "remote_write"),
        ("remote_apply", "remote_apply"),
    ],
)
def test_a_commit_is_on_the_disk_whatever_the_server_says(
    postgresql_database: Database, set_by_admin: str, used: str
) -> None:
    with postgresql_database.write() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = {set_by_admin}"))
    assert shown(postgresql_database, "synchronous_commit") == used


def test_frozen_sessions_and_locks_are_not_waited_for_without_end(
    postgresql_database: Database,
) -> None:
    assert shown(postgresql_database, "idle_in_transaction_session_timeout") == "5min"
    assert shown(postgresql_database, "lock_timeout") == "10min"


def test_a_server_that_is_gone_is_noticed_but_by_what_the_url_says_itself() -> None:
    args = connect_args(make_url("postgresql://a@db.example.go.id/reminder?connect_timeout=3"))
    assert "connect_timeout" not in args
    assert (args["keepalives_idle"], args["keepalives_interval"], args["keepalives_count"]) == (
        (30, 10, 3)
    )
    assert connect_args(make_url("postgresql://db/reminder"))["connect_timeout"] == 15
