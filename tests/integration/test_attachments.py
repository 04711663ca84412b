"""Attachments from the database to the mailbox: the same bytes by every way, kept like the rest."""

from __future__ import annotations

from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from reminder.mail.maildir import MaildirTransport
from reminder.mail.smtp import SmtpTransport
from reminder.mail_url import MailUrl
from reminder.storage.attachments import Attachment, add_attachments, load_attachments
from tests.backups import put_back, take
from tests.outboxes import MADE, Outbox
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from email.message import EmailMessage

    from reminder.storage.engine import Database

IMAGE = bytes(range(256)) * 500
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """Two notices; the first has a calendar file and an image beside its text."""
    outbox = Outbox(database, 2)
    first = min(outbox.message_values("message_id"))
    with database.write() as connection:
        add_attachments(
            connection,
            [
                Attachment(first, 1, "image/png", "gambar.png", "one@example.go.id", IMAGE),
                Attachment(
                    first, 2, "text/calendar; charset=utf-8", "batas-waktu.ics", "", CALENDAR
                ),
            ],
        )
    return outbox


def parts(mail: EmailMessage) -> dict[str, bytes]:
    """Each attached file by its name."""
    return {
        name: part.get_payload(decode=True)  # type: ignore[misc] # no part of ours is a container
        for part in mail.walk()
        if (name := part.get_filename())
    }


BOTH = {"gambar.png": IMAGE, "batas-waktu.ics": CALENDAR}


def test_maildir_has_them(outbox: Outbox, tmp_path: Path) -> None:
    outbox.deliver(MADE, transport=MaildirTransport(tmp_path / "mail"))
    files = [path.read_bytes() for path in (tmp_path / "mail/new").iterdir()]
    found = [parts(message_from_bytes(raw, policy=policy.default)) for raw in files]
    assert sorted(found, key=len) == [{}, BOTH]


def test_relay_gets_them(outbox: Outbox, tmp_path: Path) -> None:
    with (
        SmtpServer(tmp_path) as server,
        closing(SmtpTransport(MailUrl("smtp", "127.0.0.1", server.port))) as transport,
    ):
        assert outbox.deliver(MADE, transport=transport).sent == 2
        found = [parts(message_from_bytes(one.data, policy=policy.default)) for one in server.mails]
    assert sorted(found, key=len) == [{}, BOTH]


def test_one_query_reads_those_of_a_whole_batch(sqlite_database: Database) -> None:
    outbox = Outbox(sqlite_database, 30)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM attachments" in statement:
            asked.append(statement)

    event.listen(sqlite_database._reader, "before_cursor_execute", note)
    assert outbox.deliver(MADE).sent == 30
    assert len(asked) == 1


def test_name_that_no_header_can_hold_holds_its_message_and_no_other(outbox: Outbox) -> None:
    outbox.run("UPDATE attachments SET name = 'a\"b' WHERE number = 2")
    report = outbox.deliver(MADE)
    assert (report.sent, report.held) == (1, 1)
    assert "cannot stand in the headers" in outbox.message_of("held", "reason")


def test_backup_brings_them_back(outbox: Outbox, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    take(outbox.database, file)
    outbox.run("DELETE FROM attachments")
    put_back(outbox.database, file, outbox.home)
    with outbox.database.read() as connection:
        found = load_attachments(connection, outbox.message_values("message_id"))
    ((first, second),) = found.values()
    assert (first.data, second.data) == (IMAGE, CALENDAR)
