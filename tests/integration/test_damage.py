"""Damage to the file of SQLite is told from what is wrong with one row."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from reminder.storage.engine import Database, is_damage


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "reminder.db"
    file.write_bytes(b"not what it was before" * 100)
    with (
        closing(Database(f"sqlite:///{file}")) as database,
        pytest.raises(DBAPIError) as raised,
        database.read() as connection,
    ):
        connection.execute(text("SELECT 1 FROM messages"))
    assert is_damage(raised.value)


def test_a_row_that_is_refused_is_no_damage(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised, database.write() as connection:
        connection.execute(text("INSERT INTO service (name, value) VALUES (NULL, NULL)"))
    assert not is_damage(raised.value)
    assert not is_damage(ValueError("a field"))
