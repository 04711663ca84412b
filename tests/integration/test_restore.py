"""Restoring: a checked backup takes the place of the database, or nothing is changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from reminder.errors import DatabaseError, ReminderError
from reminder.retry import UNCERTAIN_FOR
from reminder.storage.engine import Database
from reminder.storage.planning import read_service
from reminder.storage.postgresql_programs import connected_environment, run
from reminder.storage.restore_mark import MARK
from reminder.storage.restoring import is_worth_keeping, restore
from reminder.storage.schema import REVISIONS, read_version
from tests.backups import RESTORED, TAKEN, environment, make_schema, program, put_back, take
from tests.fakes import NO_REPLY
from tests.outboxes import MADE, Outbox
from tests.stored import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from reminder.mail.transport import OutgoingMail

NOW = at(*RESTORED.split())


def header(mail: OutgoingMail, name: str) -> str | None:
    value = message_from_bytes(mail.data)[name]
    return None if value is None else str(value)


def by_hand(database: Database, *arguments: str) -> None:
    """What an admin may do with pg_dump."""
    run("pg_dump", ["--format=custom", *arguments], connected_environment(database, environment()))


def test_what_waited_is_sent_again_marked_under_the_same_message_id(
    database: Database, tmp_path: Path, home: Path
) -> None:
    outbox = Outbox(database, 3)
    backup = take(database, tmp_path / "backup").file
    assert outbox.deliver("2026-05-01 11:00").sent == 3
    first = outbox.transport.delivered
    done = put_back(database, backup, home)
    assert (done.restored.backup_at, done.restored.marked) == (at(*TAKEN.split()), 3)
    assert (done.restored.agreements, done.restored.messages) == (3, 3)
    assert outbox.deliver("2026-05-04 09:00").sent == 3
    second = outbox.transport.delivered
    assert [header(mail, "X-Possible-Duplicate") for mail in first] == [None] * 3
    assert all(header(mail, "X-Possible-Duplicate") for mail in second)
    ids = [sorted(str(header(mail, "Message-ID")) for mail in mails) for mails in (first, second)]
    assert ids[0] == ids[1]
    assert outbox.attempts("possible_duplicate") == [(True,)] * 3


def test_what_was_sent_before_the_backup_is_not_sent_again(
    database: Database, tmp_path: Path, home: Path
) -> None:
    outbox = Outbox(database)
    outbox.deliver("2026-05-01 09:30")
    put_back(database, take(database, tmp_path / "backup").file, home)
    outbox.scan("2026-05-04")
    assert outbox.deliver("2026-05-04").sent == 0
    assert outbox.message("possible_duplicate") in (False, 0)


def test_leases_end_and_an_intent_without_a_verdict_is_uncertain(
    database: Database, tmp_path: Path, home: Path
) -> None:
    outbox = Outbox(database, 5)
    ids = [row[0] for row in outbox.messages("message_id")]
    leased = "lease_token = 't', worker = 'host:boot:1:1', claims = 1, lease_until = '2099-01-01'"
    for message_id, change in zip(
        ids,
        (
            f"state = 'claimed', {leased}",
            f"state = 'sending', intent_at = '2026-05-01 02:00:00', {leased}",
            "state = 'deferred', attempts = 1",
            "state = 'uncertain', attempts = 1, next_try_at = '2026-05-01 03:00:00'",
            "state = 'held', held_for = 'storm', next_try_at = NULL",
        ),
        strict=True,
    ):
        outbox.run(f"UPDATE messages SET {change} WHERE message_id = :id", id=message_id)
    done = put_back(database, take(database, tmp_path / "backup").file, home)
    assert (done.restored.marked, done.restored.uncertain) == (3, 2)
    rows = {
        row[0]: row[1:]
        for row in outbox.messages("message_id", "state", "possible_duplicate", "lease_token")
    }
    assert [rows[message_id] for message_id in ids] == [
        ("pending", True, None),
        ("uncertain", False, None),
        ("deferred", True, None),
        ("uncertain", False, None),
        ("held", True, None),
    ]
    outbox.deliver(NOW + UNCERTAIN_FOR)
    outbox.deliver(NOW + UNCERTAIN_FOR)
    assert outbox.states() == ["held", "sent", "sent", "sent", "sent"]
    mails = outbox.transport.tried
    assert all(header(mail, "X-Possible-Duplicate") for mail in mails)


def test_restored_mail_without_a_verdict_is_left_to_a_person(
    database: Database, tmp_path: Path, home: Path
) -> None:
    """It may be the second copy: a third would be one too many."""
    outbox = Outbox(database)
    put_back(database, take(database, tmp_path / "backup").file, home)
    outbox.deliver("2026-05-04", NO_REPLY)
    assert outbox.states() == ["held"]


def test_restored_database_says_so(database: Database, tmp_path: Path, home: Path) -> None:
    outbox = Outbox(database)
    put_back(database, take(database, tmp_path / "backup").file, home)
    instants = {"at": NOW.isoformat(), "backup_at": at(*TAKEN.split()).isoformat()}
    with database.read() as connection:
        stored = read_service(connection, "restored", "backup_at")
        data = connection.scalar(text("SELECT data FROM events WHERE kind = 'restored'"))
    assert {name: json.loads(value) for name, value in stored.items()} == {"restored": instants}
    assert json.loads(data or "") == {**instants, "marked": 1, "uncertain": 0}
    assert not (home / MARK).exists()
    assert outbox.scan("2026-05-05").errors == {}


def test_backup_by_other_means_is_of_the_last_thing_that_happened_in_it(
    database: Database, tmp_path: Path, home: Path
) -> None:
    Outbox(database)
    file = tmp_path / "by hand"
    if database.file is not None:
        database.close()
        shutil.copyfile(database.file, file)
    else:
        by_hand(database, f"--file={file}")
    assert put_back(database, file, home).restored.backup_at == at(MADE)


def test_backup_of_an_older_schema_is_upgraded(
    database: Database, tmp_path: Path, home: Path
) -> None:
    make_schema(database, REVISIONS[0])
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO bureaus (code, code_key, name) VALUES ('B-9', 'b-9', 'Biro')")
        )
    backup = take(database, tmp_path / "backup").file
    make_schema(database, REVISIONS[-1])
    done = put_back(database, backup, home)
    assert done.version == REVISIONS[0]
    assert read_version(database) == REVISIONS[-1]
    world = Outbox(database, None)
    assert world.everything()["bureaus"][0][0] == "B-9"
    assert world.everything()["relays"] == []


def test_restoring_into_an_empty_place(
    sqlite_database: Database, tmp_path: Path, home: Path
) -> None:
    Outbox(sqlite_database)
    backup = take(sqlite_database, tmp_path / "backup").file
    other = Database(f"sqlite:///{home}/var/reminder.db")
    assert not is_worth_keeping(other)
    done = put_back(other, backup, home)
    assert done.kept is None
    assert is_worth_keeping(other)
    assert [path.name for path in (home / "var").iterdir()] == ["reminder.db"]
    assert stat.S_IMODE((home / "var" / "reminder.db").stat().st_mode) == 0o600


def test_database_before_is_kept_aside(
    sqlite_database: Database, tmp_path: Path, home: Path
) -> None:
    outbox = Outbox(sqlite_database)
    backup = take(sqlite_database, tmp_path / "backup").file
    outbox.deliver("2026-05-01 11:00")
    done = put_back(sqlite_database, backup, home)
    again = put_back(sqlite_database, backup, home)
    assert done.kept is not None
    assert done.kept.name == "reminder.db.before-restore-20260504T013000Z"
    assert again.kept == done.kept.with_name(f"{done.kept.name}-2")
    assert stat.S_IMODE(done.kept.stat().st_mode) == 0o600
    kept = Database(f"sqlite:///{done.kept}")
    assert Outbox(kept, None).states() == ["sent"]
    kept.close()
    assert outbox.states() == ["pending"]


def test_damaged_database_is_replaced(
    sqlite_database: Database, tmp_path: Path, home: Path
) -> None:
    Outbox(sqlite_database)
    backup = take(sqlite_database, tmp_path / "backup").file
    sqlite_database.close()
    file = sqlite_database.file
    assert file is not None
    file.write_bytes(b"not a database" * 1000)
    assert is_worth_keeping(sqlite_database), "nobody knows what is in it"
    done = put_back(sqlite_database, backup, home)
    assert done.kept is not None
    assert done.kept.read_bytes().startswith(b"not a database")
    assert Outbox(sqlite_database, None).states() == ["pending"]


def test_database_that_another_program_has_open_is_not_replaced(
    sqlite_database: Database, tmp_path: Path, home: Path
) -> None:
    outbox = Outbox(sqlite_database)
    backup = take(sqlite_database, tmp_path / "backup").file
    outbox.deliver("2026-05-01 11:00")
    other = Database(sqlite_database.url.render_as_string())
    with other.read() as connection:
        connection.execute(text("SELECT * FROM messages")).all()
        with pytest.raises(DatabaseError, match="another program has the database open"):
            put_back(sqlite_database, backup, home)
    other.close()
    assert outbox.states() == ["sent"]
    assert not (home / MARK).exists()


def truncated(file: Path, _database: Database) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])


def of_another_program(file: Path, database: Database) -> None:
    file.unlink()
    if database.is_sqlite:
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE agreements (id)")
    else:
        by_hand(database, "--table=agreements", f"--file={file}")


def of_a_newer_version(file: Path, database: Database) -> None:
    newer = "UPDATE alembic_version SET version_num = '{}'"
    if database.is_sqlite:
        with closing(sqlite3.connect(file)) as backup:
            backup.execute(newer.format("9999"))
            backup.commit()
        return
    file.unlink()
    with database.write() as connection:
        connection.execute(text(newer.format("9999")))
    by_hand(database, f"--file={file}")
    with database.write() as connection:
        connection.execute(text(newer.format(REVISIONS[-1])))


def of_the_other_kind(file: Path, database: Database) -> None:
    file.write_bytes(b"PGDMP and more" if database.is_sqlite else b"SQLite format 3\0and more")


def of_no_kind(file: Path, _database: Database) -> None:
    file.write_text("ref,title\nKSD-1,Kerja sama\n")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (truncated, "The database was not changed; name another backup"),
        (of_another_program, "of another program"),
        (of_a_newer_version, "schema 9999, which this program does not know"),
        (of_the_other_kind, "is another kind"),
        (of_no_kind, "is not a backup of this service"),
    ],
)
def test_file_that_is_no_good_is_refused_and_nothing_is_changed(
    database: Database,
    tmp_path: Path,
    home: Path,
    spoil: Callable[[Path, Database], None],
    words: str,
) -> None:
    outbox = Outbox(database, 40)
    file = take(database, tmp_path / "backup").file
    outbox.deliver("2026-05-01 11:00", limit=3)
    before = outbox.everything()
    spoil(file, database)
    with pytest.raises(DatabaseError) as refused:
        put_back(database, file, home)
    assert words in str(refused.value)
    assert str(refused.value).startswith(f"{file}: ")
    assert outbox.everything() == before
    assert not (home / MARK).exists()
    if database.file is not None:
        assert not [path for path in tmp_path.iterdir() if "restor" in path.name]


def test_backup_that_is_missing_or_the_database_itself_is_refused(
    sqlite_database: Database, tmp_path: Path, home: Path
) -> None:
    assert sqlite_database.file is not None
    with pytest.raises(ReminderError, match="none: cannot be read"):
        put_back(sqlite_database, tmp_path / "none", home)
    with pytest.raises(ReminderError, match="is the database itself"):
        put_back(sqlite_database, sqlite_database.file, home)


def test_dump_that_cannot_be_loaded_changes_nothing(
    postgresql_database: Database, tmp_path: Path, home: Path
) -> None:
    """A view of somebody's that needs our tables keeps them from being replaced."""
    outbox = Outbox(postgresql_database)
    backup = take(postgresql_database, tmp_path / "backup").file
    outbox.deliver("2026-05-01 11:00")
    outbox.run("CREATE VIEW theirs AS SELECT message_id FROM messages")
    before = outbox.everything()
    with pytest.raises(DatabaseError, match="other objects depend on it"):
        put_back(postgresql_database, backup, home)
    assert outbox.everything() == before
    assert not (home / MARK).exists()


def test_database_is_left_to_the_newer_version_that_made_it(
    postgresql_database: Database, tmp_path: Path, home: Path
) -> None:
    backup = take(postgresql_database, tmp_path / "backup").file
    with postgresql_database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="schema 9999"):
        put_back(postgresql_database, backup, home)


def test_without_pg_restore_nothing_is_changed(
    postgresql_database: Database, tmp_path: Path, home: Path
) -> None:
    outbox = Outbox(postgresql_database)
    backup = take(postgresql_database, tmp_path / "backup").file
    older = program(tmp_path / "bin", "pg_restore", 'echo "pg_restore (PostgreSQL) 9.6"')
    for environ, words in (
        ({"PATH": str(tmp_path)}, "pg_restore is not on the PATH"),
        (older, "pg_restore is of version 9 and the server"),
    ):
        with pytest.raises(DatabaseError, match=words):
            restore(postgresql_database, backup, home, NOW, environ)
    assert outbox.states() == ["pending"]
