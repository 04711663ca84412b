"""F-28: the database may not be written, is gone, or is corrupt. Nothing takes its place."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from reminder.cli.home import make_home
from tests.fakes import RecordingTransport
from tests.installed import (
    MONDAY,
    PROGRAM,
    ROOT,
    dates_only,
    done,
    mails_of,
    reminder,
    tables_of,
    without_digests,
)
from tests.outboxes import MADE, Outbox
from tests.registers import SMALL, write_files
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

BOUND_BY_MODES = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Starts a program that may not do as root what the modes of files forbid."""


@pytest.fixture(scope="module")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one mail to send, and the same home once that is sent."""
    folder = tmp_path_factory.mktemp("homes")
    make_home(folder / "ready")
    dates_only(without_digests(folder / "ready"))
    done(folder / "ready", "import", write_files(folder / "register", SMALL))
    shutil.copytree(folder / "ready", folder / "used")
    done(folder / "used", "once")
    assert len(mails_of(folder / "used")) == 1
    return folder


@pytest.fixture
def ready_home(_homes: Path, tmp_path: Path) -> Path:
    """A home whose register is imported, with one mail to send."""
    return Path(shutil.copytree(_homes / "ready", tmp_path / "home"))


@pytest.fixture
def used_home(_homes: Path, tmp_path: Path) -> Path:
    """The same, once that mail is sent."""
    return Path(shutil.copytree(_homes / "used", tmp_path / "home"))


def database_of(home: Path) -> Path:
    """Its file, with everything in it and nothing beside it."""
    file = home / "var" / "reminder.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.mark.parametrize("command", ["once", "run"])
def test_f28_database_that_may_not_be_written_is_refused(used_home: Path, command: str) -> None:
    file = database_of(used_home)
    file.chmod(0o400)
    prefix = BOUND_BY_MODES if os.geteuid() == 0 else []
    ended = subprocess.run(
        [*prefix, *PROGRAM, "--home", used_home, "--as-of", MONDAY, command],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        timeout=60,
    )
    assert ended.returncode == 1
    assert f"{file} cannot be opened (Permission denied)" in ended.stderr
    assert "give it to the user of the service" in ended.stderr
    assert len(mails_of(used_home)) == 1


def test_f28_database_that_becomes_read_only_under_way_sends_nothing_until_it_is_not(
    sqlite_database: Database,
) -> None:
    outbox, transport = Outbox(sqlite_database, 1), RecordingTransport()
    with sqlite_database.write() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(OperationalError, match="readonly"):
        outbox.deliver(MADE, transport=transport)
    assert transport.tried == []
    sqlite_database.close()  # connections opened from now on may write
    assert outbox.deliver(MADE, transport=transport).sent == 1


def cut_to_nothing(file: Path) -> None:
    """What a disk check may leave of a file."""
    os.truncate(file, 0)


@pytest.mark.parametrize(
    ("lose", "command"), [(Path.unlink, "once"), (Path.unlink, "run"), (cut_to_nothing, "status")]
)
def test_f28_database_that_is_gone_is_never_replaced_by_an_empty_one(
    used_home: Path, lose: Callable[[Path], None], command: str
) -> None:
    file = database_of(used_home)
    lose(file)
    refused = reminder(used_home, command)
    assert refused.returncode == 1
    assert f"the database {file} is gone or empty" in refused.stderr
    assert "reminder db restore" in refused.stderr
    assert not file.exists() or tables_of(used_home) == {}
    assert len(mails_of(used_home)) == 1


def test_f28_database_that_is_gone_is_back_with_its_backup(used_home: Path) -> None:
    backup = used_home / "var" / "copy.db"
    done(used_home, "db", "backup", backup)
    database_of(used_home).unlink()
    done(used_home, "db", "restore", backup)
    assert "Delivered: nothing to send now" in done(used_home, "once")
    assert len(mails_of(used_home)) == 1


def test_f28_empty_database_is_made_at_a_persons_word(used_home: Path) -> None:
    database_of(used_home).unlink()
    done(used_home, "db", "upgrade")
    assert "0 due" in done(used_home, "once")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param("messages", "malformed", id="a page of the outbox"),
        pytest.param("sqlite_schema", "not a database", id="the first page"),
    ],
)
def test_f28_corrupt_database_sends_nothing_and_says_so(
    ready_home: Path, table: str, words: str
) -> None:
    spoil(database_of(ready_home), table)
    ended = reminder(ready_home, "once")
    assert ended.returncode == 1
    assert words in ended.stderr
    assert mails_of(ready_home) == []
    examined = reminder(ready_home, "doctor")
    assert examined.returncode == 1
    assert "FAIL  database" in examined.stdout


def spoil(file: Path, table: str) -> None:
    """Turn all bits of the page that a table begins with."""
    with closing(sqlite3.connect(file)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        row = connection.execute(query, (table,)).fetchone() or (1,)
    with file.open("r+b") as stream:
        stream.seek((row[0] - 1) * size)
        page = stream.read(size)
        stream.seek((row[0] - 1) * size)
        stream.write(bytes(octet ^ 0xFF for octet in page))


def test_f28_database_moved_away_under_way_stops_all_sending_until_it_is_back(
    sqlite_database: Database, tmp_path: Path
) -> None:
    outbox, transport = Outbox(sqlite_database, 2), RecordingTransport()
    assert outbox.deliver(at(MADE), transport=transport, limit=1).sent == 1
    file = sqlite_database.file
    assert file is not None
    moved = file.rename(tmp_path / "elsewhere.db")
    refused = outbox.deliver(at(MADE, "09:01"), transport=transport)
    assert f"{file} was moved away" in refused.refused
    assert outbox.scan(at(MADE, "09:01")).refused == refused.refused
    moved.rename(file)
    assert outbox.deliver(at(MADE, "09:02"), transport=transport).sent == 1
    assert len(transport.delivered) == 2
