"""The record from outside: edited with sqlite3 by hand, backed up, restored and upgraded."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.installed import PROGRAM, ROOT, by_hand, done, relay, reminder, shown, tables_of
from tests.lines_told import ADMIN, APRIL, EVENING, LINE, OFFICER, TUESDAY, later, recipients
from tests.registers import SMALL, write_files
from tests.smtp_server import SmtpServer


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home with one agreement, whose H-90 is on MONDAY."""
    done(home, "import", write_files(tmp_path / "register", LINE))
    return home


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path) as server:
        yield server


# --- The record, by hand ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(
            "UPDATE events SET data = '{}' WHERE id = 2",
            "BROKEN at seal 2, changed: event 2",
            id="changed",
        ),
        pytest.param(
            "DELETE FROM events WHERE id = 3; DELETE FROM seals WHERE number = 3",
            "BROKEN at seal 3, seal removed",
            id="the last one, with its seal",
        ),
    ],
)
def test_old_event_edited_by_hand_is_still_named_after_the_service_ran_on(
    office: Path, script: str, words: str
) -> None:
    done(office, "once")
    by_hand(office, script)
    done(office, "once", at=APRIL)
    ended = reminder(office, "audit", "verify", at=APRIL)
    assert (ended.returncode, words in ended.stdout) == (1, True), ended.stdout


@pytest.mark.parametrize(
    "script",
    [
        "DELETE FROM messages",
        "DELETE FROM notices; DELETE FROM messages",
    ],
)
def test_deleted_row_is_made_again_the_next_day_and_the_admin_told(
    office: Path, server: SmtpServer, script: str
) -> None:
    done(office, "once", at=EVENING, **relay(server.port))
    by_hand(office, script)
    done(office, "once", at=TUESDAY, **relay(server.port))
    assert sorted(recipients(server)) == sorted([ADMIN, OFFICER])
    balance = shown(office, "status", at=TUESDAY)["balance"]
    assert (balance["due"], balance["missing"]) == (1, 1)
    done(office, "once", at=later(days=2), **relay(server.port))
    assert len(server.mails) == 2
    status = shown(office, "status", at=later(days=2))
    assert (status["healthy"], status["balance"]["missing"]) == (True, 0)


def test_message_row_deleted_after_it_was_sent_is_not_sent_again(
    office: Path, server: SmtpServer
) -> None:
    done(office, "once", **relay(server.port))
    by_hand(office, "DELETE FROM messages")
    done(office, "once", at=TUESDAY, **relay(server.port))
    assert recipients(server) == [OFFICER]


# --- Backup and upgrade ----------------------------------------------------------------------


def test_file_that_is_no_whole_backup_is_refused_and_changes_nothing(
    office: Path, tmp_path: Path
) -> None:
    good = tmp_path / "good.db"
    done(office, "db", "backup", good)
    before = tables_of(office)
    (tmp_path / "empty.db").touch()
    (tmp_path / "short.db").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as other, other:
        other.execute("CREATE TABLE contacts_of_somebody (name)")
    for name in ("empty.db", "short.db", "foreign.db", "absent.db"):
        refused = reminder(office, "db", "restore", "--yes", tmp_path / name)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert f"{tmp_path / name}: " in refused.stderr
    assert tables_of(office) == before


OLD_SCHEMA = """
import sys
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
config = Config()
config.set_main_option("script_location", "reminder.storage:migrations")
with create_engine(f"sqlite:///{sys.argv[1]}").begin() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
"""


def test_database_of_the_version_before_is_refused_backed_up_and_upgraded(
    home: Path, tmp_path: Path
) -> None:
    file = home / "var" / "reminder.db"
    file.unlink(missing_ok=True)
    subprocess.run([PROGRAM[0], "-c", OLD_SCHEMA, str(file)], check=True, cwd=ROOT)
    file.chmod(0o600)
    by_hand(
        home,
        "INSERT INTO events (at, kind, data) VALUES ('2026-01-05 02:00:00.000000', 'import', '{}')",
    )
    for command in ("once", "run", "status"):
        refused = reminder(home, command)
        assert refused.returncode == 1
        assert "back it up, then run: reminder db upgrade" in refused.stderr
    backup = tmp_path / "before.db"
    done(home, "db", "backup", backup)
    assert "schema 0001 -> 0004" in done(home, "db", "upgrade")
    done(home, "import", write_files(tmp_path / "register", SMALL))
    assert "Delivered: 1 sent." in done(home, "once")
    assert "The chain is whole." in done(home, "audit", "verify")
    assert "schema 0001 -> 0004" in done(home, "db", "restore", "--yes", backup)
