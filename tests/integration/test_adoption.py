"""Adoption: a database that sent under another public URL waits for a person's word."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import event, text

from jobs.adoption import refusal
from reminder.storage.adoption import adopt, send_as, sender_url
from reminder.storage.restore_mark import MARK
from tests.backups import put_back, take
from tests.outboxes import Outbox
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

OLD, NEW = "https://old.example.go.id", "https://new.example.go.id"
NOW = at("2026-05-04")


def refused(outbox: Outbox, url: str, home: Path = Path("home")) -> str:
    """What a service with that public URL is told."""
    context = outbox.context(NOW)
    settings = replace(context.settings, public_url=url, home=home)
    return refusal(replace(context, settings=settings))


def sender_of(database: Database) -> str:
    with database.read() as connection:
        return sender_url(connection)


def test_database_that_never_sent_takes_the_present_url(database: Database) -> None:
    outbox = Outbox(database)
    for url in (OLD, NEW):
        assert refused(outbox, url) == ""
        assert sender_of(database) == url


def test_database_that_sent_before_this_was_asked_takes_the_present_url(
    database: Database,
) -> None:
    outbox = Outbox(database)
    outbox.change(state="sent", sent_at=NOW)
    outbox.run("DELETE FROM service WHERE name = 'public_url'")
    assert refused(outbox, OLD) == ""
    assert sender_of(database) == OLD


def test_database_that_sent_under_another_url_is_refused_until_adopted(
    database: Database,
) -> None:
    outbox = Outbox(database)
    assert refused(outbox, OLD) == ""
    outbox.change(state="sent", sent_at=NOW)
    told = refused(outbox, NEW)
    for words in (OLD, NEW, "REMINDER_MAIL_URL=maildir:", "REMINDER_REDIRECT_TO", "db adopt"):
        assert words in told
    assert refused(outbox, OLD) == "", "the first service goes on"
    with database.write() as connection:
        assert adopt(connection, NEW, NOW) == OLD
    assert refused(outbox, NEW) == ""
    assert NEW in refused(outbox, OLD), "and the first one no longer"


def test_delivery_of_a_database_that_sent_elsewhere_claims_and_sends_nothing(
    database: Database,
) -> None:
    outbox = Outbox(database, 2)
    assert outbox.deliver(NOW, limit=1).sent == 1
    with database.write() as connection:
        send_as(connection, OLD)
    before = outbox.everything()
    report = outbox.deliver(NOW)
    assert OLD in report.refused
    assert outbox.transport.tried == []
    assert outbox.everything() == before


def test_adopting_twice_is_recorded_once(database: Database) -> None:
    for _again in range(2):
        with database.write() as connection:
            adopt(connection, NEW, NOW)
    with database.read() as connection:
        told = connection.execute(text("SELECT data FROM events WHERE kind = 'adopted'")).scalars()
        assert [json.loads(data) for data in told] == [{"old": "", "new": NEW}]


def test_slash_at_the_end_makes_no_other_service(database: Database) -> None:
    outbox = Outbox(database)
    assert refused(outbox, f"{OLD}/") == ""
    outbox.change(state="sent", sent_at=NOW)
    assert refused(outbox, OLD) == ""
    assert refused(outbox, f"{OLD}/") == ""


def test_asking_costs_one_read(sqlite_database: Database) -> None:
    outbox = Outbox(sqlite_database)
    refused(outbox, OLD)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement.split()[0])

    with sqlite_database.read() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", note)
    refused(outbox, OLD)
    event.remove(engine, "before_cursor_execute", note)
    assert [word for word in asked if word != "BEGIN"] == ["SELECT"]


def test_half_restored_database_is_refused_until_it_is_restored_again(
    database: Database, tmp_path: Path, home: Path
) -> None:
    outbox = Outbox(database)
    backup = take(database, tmp_path / "backup").file
    assert refused(outbox, OLD, home) == ""
    (home / MARK).write_text(f"{backup}\n")
    told = refused(outbox, OLD, home)
    assert str(backup) in told
    assert "reminder db restore --yes" in told
    put_back(database, backup, home)
    assert refused(outbox, OLD, home) == ""
