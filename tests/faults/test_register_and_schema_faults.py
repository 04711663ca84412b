"""F-47 and F-48: an import or a migration that is killed, repeated, or met by the wrong program."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select, text

from jobs.importing import import_files
from jobs.touched import plan_touched
from reminder.crash_points import CrashPoint
from reminder.storage import tables
from reminder.storage.schema import REVISIONS, read_version
from tests.dying import dies_at
from tests.installed import done, reminder
from tests.registers import SMALL, context_for, csv_text, write_files

if TYPE_CHECKING:
    from reminder.storage.engine import Database

REGISTER = Path(__file__).parents[2] / "reminder/sample/register"


def rows_of(database: Database) -> dict[str, list[Sequence[object]]]:
    """Every row of every table."""
    with database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables.metadata.sorted_tables
        }


def environment(database: Database) -> dict[str, str]:
    """Has a process use that database."""
    return {"REMINDER_DATABASE_URL": database.url.render_as_string(hide_password=False)}


@pytest.mark.parametrize("hit", [1, 3], ids=["first table", "last table"])
def test_f47_import_that_is_killed_changed_nothing_and_is_done_by_the_next(
    database: Database, home: Path, tmp_path: Path, hit: int
) -> None:
    before = rows_of(database)
    register = write_files(tmp_path / "register", SMALL)
    environ = environment(database)
    dies_at(CrashPoint.MID_IMPORT, hit, home, "import", register, **environ)
    assert rows_of(database) == before
    done(home, "import", register, **environ)
    assert [len(rows_of(database)[name]) for name in ("bureaus", "contacts", "agreements")] == [
        1
    ] * 3


def test_f47_rows_in_any_order_are_the_same_register(
    database: Database, home: Path, tmp_path: Path
) -> None:
    context = context_for(database, home)
    import_files(context, [write_files(tmp_path / "shuffled", shuffled(REGISTER))])
    plan_touched(context)
    before = rows_of(database)
    report = import_files(context, [REGISTER])
    assert report.changes == 0
    assert not any(tally.missing for tally in report.tables.values())
    assert rows_of(database) == before


def shuffled(folder: Path) -> Mapping[str, str]:
    """The files of a register, the rows of each in another order."""
    files = {}
    for file in sorted(folder.glob("*.csv")):
        with file.open(newline="") as stream:
            header, *rows = csv.reader(stream)
        random.Random(47).shuffle(rows)
        files[file.stem] = csv_text(header, rows)
    return files


@pytest.mark.parametrize("version", [None, REVISIONS[0]], ids=["no schema", "an older one"])
def test_f48_migration_that_is_killed_is_as_if_it_had_not_begun(
    database: Database, home: Path, version: str | None
) -> None:
    go_back_to(database, version)
    environ = environment(database)
    dies_at(CrashPoint.MID_MIGRATION, 1, home, "db", "upgrade", **environ)
    assert read_version(database) == version
    if version is not None:
        refused = reminder(home, "once", **environ)
        assert refused.returncode == 1
        assert "run: reminder db upgrade" in refused.stderr
    done(home, "db", "upgrade", **environ)
    assert read_version(database) == REVISIONS[-1]
    rows = rows_of(database)
    assert {name for name, _value in rows.pop("service")} <= {"database_id"}
    assert not any(rows.values())


def go_back_to(database: Database, version: str | None) -> None:
    """Leave the tables of that revision and nothing in them; None for no tables at all."""
    with database.write() as connection:
        tables.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        if version is not None:
            migrate(connection, version)
    database.close()


def migrate(connection: Connection, version: str) -> None:
    """As the program of back then did it."""
    config = Config()
    config.set_main_option("script_location", "reminder.storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


@pytest.mark.parametrize("arguments", [("once",), ("run",), ("db", "upgrade")], ids=" ".join)
def test_f48_program_that_is_older_than_the_schema_refuses_and_leaves_it_alone(
    sqlite_database: Database, home: Path, arguments: Sequence[str]
) -> None:
    with sqlite_database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = rows_of(sqlite_database)
    refused = reminder(home, *arguments, **environment(sqlite_database))
    assert refused.returncode == 1
    assert "schema 9999, which this program does not know" in refused.stderr
    assert rows_of(sqlite_database) == before
