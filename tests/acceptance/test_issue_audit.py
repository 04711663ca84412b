"""``audit verify``: a record edited by hand in the database is named, with exit code 1."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jobs.seal import seal
from reminder.storage.schema import open_database
from tests.installed import done, reminder, rows_of, shown, tables_of
from tests.registers import SMALL, context_for, write_files


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home with what an import, a scan and a delivery recorded, all of it sealed."""
    done(home, "import", write_files(tmp_path / "register", SMALL))
    done(home, "once")
    with closing(open_database(f"sqlite:///{home / 'var' / 'reminder.db'}")) as database:
        seal(context_for(database, home))
    return home


def edit(home: Path, statement: str) -> None:
    """What somebody does with sqlite3 and bad intent."""
    with closing(sqlite3.connect(home / "var" / "reminder.db")) as database, database:
        database.execute(statement)


def test_record_that_nobody_touched_is_whole(office: Path) -> None:
    text = done(office, "audit", "verify")
    (last,) = rows_of(office, "SELECT number, hash FROM seals ORDER BY number DESC LIMIT 1")
    assert "The chain is whole." in text
    assert f"head             {last[0]}:{last[1]}" in text
    assert "The chain is whole." in done(
        office, "audit", "verify", "--head", f"{last[0]}:{last[1]}"
    )


def test_one_row_of_an_old_event_edited_by_hand_is_named(office: Path) -> None:
    ((event_id, number, message_id),) = rows_of(
        office,
        "SELECT id, number, message_id FROM events JOIN seals ON event_id = id WHERE kind = 'sent'",
    )
    edit(office, f"UPDATE events SET at = '2026-02-02 02:00:00.000000' WHERE id = {event_id}")
    ended = reminder(office, "audit", "verify")

    assert (ended.returncode, ended.stderr) == (1, "")
    assert (
        f'BROKEN at seal {number}, changed: event {event_id} ("sent" at 2026-02-02 02:00:00.000000'
        in ended.stdout
    )
    assert f"message {message_id}" in ended.stdout


def test_record_in_postgresql_is_verified_the_same(
    home: Path, tmp_path: Path, postgresql_url: str
) -> None:
    url = {"REMINDER_DATABASE_URL": postgresql_url}
    done(home, "import", write_files(tmp_path / "register", SMALL), **url)
    with closing(open_database(postgresql_url)) as database:
        seal(context_for(database, home))
        assert "The chain is whole." in done(home, "audit", "verify", **url)
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE events SET data = '{}' WHERE id = 1")
    ended = reminder(home, "audit", "verify", **url)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert 'BROKEN at seal 1, changed: event 1 ("' in ended.stdout


def test_json_is_one_document_whole_or_broken(office: Path) -> None:
    whole = shown(office, "audit", "verify")
    assert list(whole) == ["ok", "events", "sealed", "unsealed", "head", "break"]
    assert (whole["ok"], whole["unsealed"], whole["break"]) == (True, 0, None)
    assert whole["events"] == whole["sealed"] == whole["head"]["number"] > 0
    assert set(whole["head"]) == {"number", "hash", "at"}

    edit(office, "UPDATE events SET actor = 'x' WHERE id = 1")
    ended = reminder(office, "audit", "verify", "--json")
    found = json.loads(ended.stdout)
    assert (ended.returncode, ended.stderr, found["ok"]) == (1, "", False)
    assert set(found["break"]) == {"kind", "number", "event", "text"}
    assert (found["break"]["kind"], found["break"]["number"]) == ("changed", 1)
    assert set(found["break"]["event"]) == {"id", "at", "kind", "agreement", "message_id"}


def test_chain_made_anew_is_found_by_the_head_noted_before(office: Path) -> None:
    head = shown(office, "audit", "verify")["head"]
    edit(office, "UPDATE events SET actor = 'x' WHERE id = 1")
    edit(office, "DELETE FROM seals")
    edit(office, "DELETE FROM service WHERE name LIKE 'seal_%'")
    with closing(open_database(f"sqlite:///{office / 'var' / 'reminder.db'}")) as database:
        seal(context_for(database, office))

    done(office, "audit", "verify")
    ended = reminder(office, "audit", "verify", "--head", f"{head['number']}:{head['hash']}")
    assert ended.returncode == 1
    assert f"BROKEN at seal {head['number']}, rewritten: " in ended.stdout


def test_reading_the_record_writes_nothing(office: Path) -> None:
    before = tables_of(office)
    done(office, "audit", "verify")
    assert tables_of(office) == before


def test_home_without_a_database_says_so_and_gets_none(home: Path) -> None:
    file = home / "var" / "reminder.db"
    file.unlink(missing_ok=True)
    ended = reminder(home, "audit", "verify")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"the database {file} does not exist, so there is nothing to verify" in ended.stderr
    assert not file.exists()


def test_empty_file_is_not_called_whole(home: Path) -> None:
    (home / "var" / "reminder.db").write_bytes(b"")
    ended = reminder(home, "audit", "verify")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "is empty, so there is nothing to verify; check --home" in ended.stderr


def test_database_of_another_program_is_an_error_that_says_so(home: Path) -> None:
    (home / "var" / "reminder.db").write_bytes(b"not a database at all" * 100)
    ended = reminder(home, "audit", "verify")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "cannot be used: file is not a database" in ended.stderr


def test_database_before_the_first_event_has_nothing_to_verify(home: Path) -> None:
    done(home, "db", "upgrade")
    assert "Nothing is sealed yet" in done(home, "audit", "verify")


@pytest.mark.parametrize("head", ["5", "0:" + "a" * 64, "5:abc", "5:" + "A" * 64, ":", "x"])
def test_head_in_another_form_is_wrong_usage(home: Path, head: str) -> None:
    ended = reminder(home, "audit", "verify", "--head", head)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "is not NUMBER:HASH" in ended.stderr
