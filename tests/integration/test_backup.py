"""Backups: whole and checked under their name, or not there; taken while others write."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from reminder.errors import DatabaseError, ReminderError
from reminder.storage.backup import back_up
from reminder.storage.dumps import read_dump
from reminder.storage.events import add_event
from reminder.storage.planning import read_service, write_service
from reminder.storage.schema import REVISIONS
from reminder.storage.sqlite_files import check_copy
from tests.backups import TAKEN, environment, make_schema, program, put_back, take
from tests.outboxes import Outbox
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

ROOT = Path(__file__).parents[2]
NOW = at(*TAKEN.split())


def version_in(file: Path, database: Database) -> str:
    return check_copy(file) if database.is_sqlite else read_dump(file, environment()).version


def test_backup_says_what_it_holds_and_is_for_the_owner_only(
    database: Database, tmp_path: Path
) -> None:
    Outbox(database, 2)
    folder = tmp_path / "with blanks"
    folder.mkdir()
    file = folder / "a b's.backup"
    before = os.umask(0)
    try:
        made = take(database, file)
    finally:
        os.umask(before)
    assert (made.file, made.backup_at, made.agreements, made.messages) == (file, NOW, 2, 2)
    assert made.size == file.stat().st_size > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(folder.iterdir()) == [file], "nothing is left beside it"
    assert version_in(file, database) == REVISIONS[-1]


def test_backup_changes_nothing_in_the_database(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    before = outbox.everything()
    take(database, tmp_path / "backup")
    assert outbox.everything() == before


def test_file_that_exists_is_refused_and_stays(sqlite_database: Database, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    file.write_text("kept")
    link = tmp_path / "link"
    link.symlink_to(elsewhere)
    for taken in (file, link):
        with pytest.raises(ReminderError, match="is there already"):
            take(sqlite_database, taken)
    assert file.read_text() == "kept"
    assert not elsewhere.exists(), "a link is not followed"


def test_folder_that_is_missing_is_named(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(ReminderError, match="none/x: cannot be written"):
        take(sqlite_database, tmp_path / "none" / "x")


def test_killed_in_the_middle_there_is_no_file_of_that_name(
    database: Database, tmp_path: Path
) -> None:
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from reminder.crash_points import set_killer\n"
        "from reminder.storage.engine import Database\n"
        "from tests.backups import take\n"
        "set_killer(lambda point: os.kill(os.getpid(), signal.SIGKILL))\n"
        "take(Database(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    url = database.url.render_as_string(hide_password=False)
    file = tmp_path / "out" / "backup"
    file.parent.mkdir()
    killed = subprocess.run([sys.executable, "-c", code, url, file], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not file.exists()
    assert {stat.S_IMODE(left.stat().st_mode) for left in file.parent.iterdir()} <= {0o600}
    assert take(database, file).file.exists(), "and the next one is not in its way"


def test_copy_that_is_not_whole_is_not_kept(sqlite_database: Database, tmp_path: Path) -> None:
    Outbox(sqlite_database)
    sqlite_database.close()
    with closing(sqlite3.connect(sqlite_database.url.database or "")) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("DELETE FROM bureaus")
        raw.commit()
    with pytest.raises(DatabaseError, match=r"rows refer to rows that are missing \(.*agreements"):
        take(sqlite_database, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
    assert not list(tmp_path.glob(".backup*"))


def test_empty_and_unknown_databases_are_not_backed_up(database: Database, tmp_path: Path) -> None:
    empty = type(database)(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(DatabaseError, match="is empty; there is nothing to back up"):
        take(empty, tmp_path / "backup")
    empty.close()
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="9999, which this program does not know"):
        take(database, tmp_path / "backup")


def test_database_that_waits_for_its_upgrade_can_be_backed_up(
    database: Database, tmp_path: Path
) -> None:
    make_schema(database, REVISIONS[0])
    take(database, tmp_path / "backup")
    assert version_in(tmp_path / "backup", database) == REVISIONS[0]


def test_backup_taken_while_another_writes_is_of_one_instant(
    database: Database, tmp_path: Path, home: Path
) -> None:
    """Each transaction writes an event and their number: a mixture would not agree."""
    enough, stop = Event(), Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with database.write() as connection:
                add_event(connection, NOW, "tick", {"number": number})
                write_service(connection, ticks=str(number))
            if number == 5:
                enough.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert enough.wait(60)
        files = [take(database, tmp_path / f"{number}.backup").file for number in range(3)]
    finally:
        stop.set()
        writer.join(60)
    told = []
    for file in files:
        put_back(database, file, home)
        with database.read() as connection:
            ticks = connection.execute(text("SELECT count(*) FROM events WHERE kind = 'tick'"))
            told.append(int(read_service(connection, "ticks")["ticks"]))
            assert ticks.scalar() == told[-1]
    assert told == sorted(told)
    assert told[0] >= 5


def test_password_is_in_no_argument_and_our_secrets_are_in_no_environment(
    postgresql_database: Database, tmp_path: Path
) -> None:
    real = environment()["PATH"]
    environ = program(
        tmp_path / "bin",
        "pg_dump",
        f'printf "%s\\n" "$@" >>"{tmp_path}/arguments"; env >>"{tmp_path}/environment"\n'
        f'PATH="{real}" exec pg_dump "$@"',
    )
    environ |= {"REMINDER_SECRET_KEY": "the key", "PGAPPNAME": "backup"}
    with_password = type(postgresql_database)(
        postgresql_database.url.set(password="hush:pass").render_as_string(hide_password=False)
    )
    back_up(with_password, tmp_path / "backup", NOW, environ)
    with_password.close()
    assert "hush" not in (tmp_path / "arguments").read_text()
    told = (tmp_path / "environment").read_text()
    assert "PGPASSWORD=hush:pass\n" in told
    assert "PGAPPNAME=backup\n" in told
    assert "the key" not in told


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(None, "pg_dump is not on the PATH; install", id="missing"),
        pytest.param('echo "pg_dump (PostgreSQL) 9.6.1"', "is of version 9 and", id="older"),
        pytest.param("echo hello", "says 'hello' and the server", id="another program"),
        pytest.param(
            '[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99" && exit\n'
            'echo "pg_dump: error: no such thing" >&2; echo "DETAIL: a@b.c" >&2; exit 1',
            "pg_dump failed: pg_dump: error: no such thing. Nothing was written",
            id="failing",
        ),
    ],
)
def test_without_a_fitting_pg_dump_there_is_a_reason_and_no_file(
    postgresql_database: Database, tmp_path: Path, script: str | None, words: str
) -> None:
    none = {"PATH": str(tmp_path)}
    environ = none if script is None else program(tmp_path / "bin", "pg_dump", script)
    with pytest.raises(DatabaseError) as raised:
        back_up(postgresql_database, tmp_path / "backup", NOW, environ)
    assert words in str(raised.value)
    assert "a@b.c" not in str(raised.value)
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]
    with postgresql_database.read() as connection:
        assert read_service(connection, "backup_at") == {}
