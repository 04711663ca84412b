"""``db backup``, ``restore`` and ``adopt`` as the admin uses them."""

from __future__ import annotations

import json
import stat
from email import message_from_bytes
from pathlib import Path

import pytest

from reminder.home_lock import hold_home
from tests.backups import environment
from tests.installed import done, relay, reminder, rows_of, shown
from tests.registers import SMALL, write_files
from tests.smtp_server import SmtpServer

EVENING = "2026-03-02T20:00:00+07:00"
"""After the send window: what is made waits for the morning."""
MORNING = "2026-03-03T09:00:00+07:00"
LATER = "2026-03-05T09:00:00+07:00"
"""When the outcome journal, which would know better, is too old to be believed."""


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home whose one mail waits for the morning."""
    done(home, "import", write_files(tmp_path / "register", SMALL), at=EVENING)
    done(home, "once", at=EVENING)
    return home


def backups_of(home: Path) -> list[Path]:
    return sorted((home / "var" / "backups").iterdir())


def test_backup_then_mails_then_restore_repeats_them_marked(office: Path, tmp_path: Path) -> None:
    said = done(office, "db", "backup", at=EVENING)
    (file,) = backups_of(office)
    assert file.name == "reminder-20260302T130000Z.db"
    for words in (str(file), "1 agreement, 1 message", str(office / ".env"), "found whole"):
        assert words in said
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)}
    assert modes == {0o600, 0o700}

    with SmtpServer(tmp_path) as server:
        assert "1 sent" in done(office, "once", at=MORNING, **relay(server.port))
        refused = reminder(office, "db", "restore", file, at=MORNING)
        assert refused.returncode == 1
        assert "--yes" in refused.stderr
        assert rows_of(office, "SELECT state FROM messages") == [("sent",)]

        said = done(office, "db", "restore", "--yes", file, at=MORNING)
        assert "as of 2026-03-02 13:00:00 UTC, 1 agreement, 1 message" in said
        assert "1 message may have been sent since" in said
        assert "reminder.db.before-restore-20260303T020000Z" in said
        assert "db adopt" not in said
        assert shown(office, "status", at=MORNING)["messages"]["pending"] == 1

        assert "1 sent" in done(office, "once", at=LATER, **relay(server.port))
    first, second = (message_from_bytes(mail.data) for mail in server.mails)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["X-Possible-Duplicate"] is None
    assert second["X-Possible-Duplicate"]


def test_backup_to_a_file_of_ones_own_as_json_and_never_over_another(
    office: Path, tmp_path: Path
) -> None:
    file = tmp_path / "of one's own.db"
    told = json.loads(done(office, "db", "backup", "--json", file))
    assert told.pop("size") == file.stat().st_size
    assert told == {
        "file": str(file),
        "backup_at": "2026-03-02T02:00:00+00:00",
        "agreements": 1,
        "messages": 1,
    }
    before = file.read_bytes()
    again = reminder(office, "db", "backup", file)
    assert again.returncode == 1
    assert f"{file}: is there already" in again.stderr
    assert file.read_bytes() == before


def test_home_that_a_daemon_holds_can_be_backed_up_but_not_restored(office: Path) -> None:
    with hold_home(office):
        done(office, "db", "backup")
        (file,) = backups_of(office)
        refused = reminder(office, "db", "restore", "--yes", file)
    assert refused.returncode == 75
    assert "another daemon holds this home" in refused.stderr


def test_postgresql_is_backed_up_and_restored_by_its_own_programs(
    home: Path, tmp_path: Path, postgresql_url: str
) -> None:
    there = {"REMINDER_DATABASE_URL": postgresql_url, "PATH": environment()["PATH"]}
    done(home, "import", write_files(tmp_path / "register", SMALL), at=EVENING, **there)
    done(home, "once", at=EVENING, **there)
    assert "1 agreement, 1 message" in done(home, "db", "backup", at=EVENING, **there)
    (file,) = backups_of(home)
    assert file.name == "reminder-20260302T130000Z.dump"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "1 sent" in done(home, "once", at=MORNING, **there)
    assert "--yes" in reminder(home, "db", "restore", file, at=MORNING, **there).stderr
    said = done(home, "db", "restore", "--yes", file, at=MORNING, **there)
    assert "1 message may have been sent since" in said
    assert shown(home, "status", at=MORNING, **there)["messages"]["pending"] == 1


def test_restore_elsewhere_says_that_the_database_must_be_adopted(
    office: Path, tmp_path: Path
) -> None:
    old, new = ({"REMINDER_PUBLIC_URL": f"https://{name}.go.id"} for name in ("old", "new"))
    with SmtpServer(tmp_path) as server:
        done(office, "db", "adopt", at=EVENING, **old)
        done(office, "once", at=MORNING, **old, **relay(server.port))
    file = tmp_path / "backup.db"
    done(office, "db", "backup", file, at=MORNING)
    elsewhere = tmp_path / "elsewhere"
    done(elsewhere.parent, "init", elsewhere)
    said = done(elsewhere, "db", "restore", file, at=LATER, **new)
    assert "reminder db adopt" in said
    assert "https://old.go.id" in said
    said = done(elsewhere, "db", "adopt", at=LATER, **new)
    assert "https://new.go.id from now on, and no longer as https://old.go.id" in said
    assert "Nothing to do" in done(elsewhere, "db", "adopt", at=LATER, **new)
    kinds = rows_of(elsewhere, "SELECT kind FROM events ORDER BY id DESC LIMIT 2")
    assert [kind for (kind,) in kinds] == ["adopted", "restored"]
