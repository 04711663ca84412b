"""The schema: migrations make what tables.py says, and a wrong database is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from reminder.errors import DatabaseError
from reminder.storage import schema
from reminder.storage.engine import Database
from reminder.storage.tables import metadata


def described(database: Database) -> dict[str, object]:
    """Every table with its columns, keys and indexes, as the database itself tells them."""
    with database.read() as connection:
        inspector = inspect(connection)
        return {
            name: {
                "columns": [
                    (c["name"], str(c["type"]), c["nullable"], c["default"])
                    for c in inspector.get_columns(name)
                ],
                "primary": inspector.get_pk_constraint(name),
                "unique": sorted(map(str, inspector.get_unique_constraints(name))),
                "foreign": sorted(map(str, inspector.get_foreign_keys(name))),
                "indexes": sorted(
                    (
                        str(index["name"]),
                        index["unique"],
                        tuple(index["column_names"]),
                        sorted((k, str(v)) for k, v in index["dialect_options"].items()),
                    )
                    for index in inspector.get_indexes(name)
                ),
            }
            for name in sorted(metadata.tables)
        }


def test_migrated_schema_is_the_one_of_the_tables(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_drift_from_the_tables_in_no_detail(database: Database) -> None:
    """Defaults and conditions of indexes too, which Alembic's own comparison passes over."""
    migrated = described(database)
    with database.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert migrated == described(database)


def test_last_known_revision_is_the_head_of_the_migrations() -> None:
    folder = Path(schema.__file__).parent / "migrations"
    script = ScriptDirectory(str(folder))
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert tuple(reversed(revisions)) == schema.REVISIONS


def test_database_with_the_schema_is_left_alone(database: Database) -> None:
    before = described(database)
    schema.ensure_schema(database)
    assert schema.upgrade(database) == (schema.REVISIONS[-1], schema.REVISIONS[-1])
    assert described(database) == before


def test_newer_schema_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (schema.ensure_schema, schema.upgrade):
        with pytest.raises(DatabaseError, match="9999, which this program does not know"):
            act(database)


def test_older_schema_asks_for_an_upgrade(database: Database) -> None:
    with pytest.raises(DatabaseError, match="run: reminder db upgrade"):
        schema.ensure_schema(database, (*schema.REVISIONS, "later"))


def test_tables_of_another_program_are_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(DatabaseError, match="did not make"):
        schema.ensure_schema(database)


def test_database_files_are_for_the_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        database = schema.open_database(f"sqlite:///{tmp_path}/var/reminder.db")
    finally:
        os.umask(before)
    with database.write() as connection:
        connection.execute(text("INSERT INTO service (name, value) VALUES ('a', 'b')"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "var").iterdir()}
    assert modes == {"reminder.db": 0o600, "reminder.db-wal": 0o600, "reminder.db-shm": 0o600}
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    database.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("sqlite:///{}/a/b/x.db", "make its folder", id="X-43 folder missing"),
        pytest.param("sqlite:///{}/file/x.db", "cannot be opened", id="a file where a folder is"),
        pytest.param("sqlite:///{}/file", "not a database", id="not a database at all"),
        pytest.param("postgresql://nobody@127.0.0.1:1/x", "cannot be used", id="no server there"),
    ],
)
def test_database_that_cannot_be_opened_says_what_to_do(
    tmp_path: Path, url: str, words: str
) -> None:
    (tmp_path / "file").write_text("x" * 4096)
    with pytest.raises(DatabaseError, match=words):
        schema.open_database(url.format(tmp_path))


def test_two_processes_may_make_the_schema_at_once(tmp_path: Path) -> None:
    code = f"from reminder.storage.schema import open_database as o; o('sqlite:///{tmp_path}/x.db')"
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
        for _ in range(3)
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]


def test_start_with_the_schema_in_place_does_not_load_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    schema.open_database(url).close()
    code = (
        f"import sys; from reminder.storage.schema import open_database; open_database({url!r}); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0
    )


def test_database_of_another_user_is_refused_untouched(tmp_path: Path) -> None:
    """X-43: refused, saying what to do; the file stays as it is."""
    schema.open_database(f"sqlite:///{tmp_path}/own.db").close()
    file = tmp_path / "other.db"
    shutil.copyfile(tmp_path / "own.db", file)
    before = file.read_bytes()
    file.chmod(0o000)
    tmp_path.chmod(0o755)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)  # root may read everything, nobody may not
    try:
        with pytest.raises(DatabaseError, match=r"other\.db cannot be opened"):
            schema.open_database(f"sqlite:///{file}")
    finally:
        if is_root:
            os.seteuid(0)
    file.chmod(0o600)
    assert file.read_bytes() == before
