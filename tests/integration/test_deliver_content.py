"""What the delivered mails say, when they are written anew, and what happens to broken ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from reminder.storage import tables
from tests.factories import OFFICER, make_agreement, make_contact, make_rule
from tests.fakes import GREYLISTED, SENT
from tests.outboxes import MADE, Outbox, parsed
from tests.stored import ADMIN, at, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database


def test_a_mail_says_what_the_register_knows(sqlite_database: Database) -> None:
    outbox = Outbox(sqlite_database)
    outbox.deliver(MADE)
    (mail,) = parsed(outbox.transport.delivered)
    assert mail["To"] == f"Siti Rahma <{OFFICER}>"
    assert mail["From"] == "Pengingat <pengingat@example.go.id>"
    assert mail["Message-ID"] == outbox.message("message_id")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "id"
    assert "X-Possible-Duplicate" not in mail
    (sent,) = outbox.transport.delivered
    assert (sent.sender, sent.recipient) == ("pengingat@example.go.id", OFFICER)
    assert b"reminder-link:" not in sent.data
    assert b"http://127.0.0.1:8025/a/1." in sent.data.replace(b"=\r\n", b"")


def test_content_is_kept_as_it_was_sent(sqlite_database: Database) -> None:
    outbox = Outbox(sqlite_database)
    outbox.deliver(MADE)
    columns = ("message_id", "template", "error", "date", "business_on")
    (kept,) = outbox.rows(tables.contents, *columns)
    assert kept[0] == outbox.message("message_id")
    assert kept[1:3] == ("expiry", "")
    assert kept[3:] == (at(MADE), at(MADE).date())
    (digest,) = outbox.rows(tables.contents, "sha256")[0]
    assert len(digest) == 64


def test_on_another_day_a_new_text_takes_the_place_of_the_old(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(f"{MADE} 15:28", GREYLISTED)
    (old,) = outbox.transport.tried
    assert outbox.deliver("2026-05-04", SENT) == DeliverReport(sent=1)
    (new,) = outbox.transport.delivered
    assert new.message_id != old.message_id
    columns = ("revision", "state", "attempts", "first_try_at")
    first = at(MADE, "15:28")
    assert outbox.messages(*columns) == [(0, "superseded", 1, first), (1, "sent", 2, first)]
    assert dict(outbox.messages("state", "reason"))["superseded"] == f"revised as {new.message_id}"
    assert outbox.notices("message_id") == [(new.message_id,)]
    assert sorted(outbox.rows(tables.contents, "message_id")) == sorted(
        [(old.message_id,), (new.message_id,)]
    )


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE agreements SET signed_on = '2021-13'", id="a date that is none"),
        pytest.param("UPDATE agreements SET status = 'asleep'", id="a status that is none"),
        pytest.param("UPDATE messages SET timezone = 'Asia/Jakrta'", id="a zone that is none"),
        pytest.param("UPDATE deadlines SET timezone = ''", id="a deadline without zone"),
        pytest.param("UPDATE messages SET language = 'xx'", id="a language nobody wrote for"),
        pytest.param("UPDATE messages SET template = 'gone'", id="a template that is gone"),
        pytest.param("UPDATE notices SET rule = 'gone'", id="a rule that is gone"),
    ],
)
def test_a_record_that_nobody_checked_costs_no_notice(
    sqlite_database: Database, statement: str
) -> None:
    outbox = Outbox(sqlite_database, 3)
    outbox.run(f"{statement} WHERE rowid = 1")
    outbox.deliver(MADE, GREYLISTED)
    outbox.deliver(f"{MADE} 10:00", SENT)
    sent = [mail.recipient for mail in outbox.transport.delivered]
    assert sent.count(OFFICER) == 3


def test_a_message_that_cannot_be_rendered_does_not_stop_the_others(
    sqlite_database: Database,
) -> None:
    outbox = Outbox(sqlite_database, 3)
    outbox.run("UPDATE notices SET agreement = 'nowhere' WHERE agreement = 'A-1'")
    assert outbox.deliver(MADE) == DeliverReport(sent=2)
    assert outbox.deliver(f"{MADE} 10:00") == DeliverReport()
    assert outbox.deliver(f"{MADE} 11:00") == DeliverReport(held=1)
    assert "nowhere" in outbox.message_of("held", "reason")


def test_an_address_that_fits_no_mail_is_held(database: Database) -> None:
    outbox = Outbox(database, 2)
    outbox.run("UPDATE messages SET recipient = 'a@x>,b' WHERE due_on = '2026-05-31'")
    assert outbox.deliver(MADE) == DeliverReport(held=2)
    assert outbox.transport.tried == []
    assert "cannot be put into a mail" in outbox.messages("reason")[0][0]


def test_a_broken_template_costs_no_notice_and_tells_the_admin(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "email" / "expiry" / "id"
    folder.mkdir(parents=True)
    for name in ("subject.txt.j2", "body.txt.j2", "body.html.j2"):
        (folder / name).write_text("{{ no_such_name }}\n")
    outbox = Outbox(database, 3)
    outbox.settings = replace(outbox.settings, templates_dir=tmp_path)
    assert outbox.deliver(MADE).sent == 4
    errors = [error for (error,) in outbox.rows(tables.contents, "error") if error]
    assert len(errors) == 3
    assert all("no_such_name" in error for error in errors)
    alarms = [mail for mail in outbox.transport.delivered if mail.recipient == ADMIN]
    assert len(alarms) == 1
    outbox.put(make_agreement("A-9"))
    outbox.scan(f"{MADE}")
    assert outbox.deliver(f"{MADE} 10:00").sent == 1, "the admin is told once a day"


def test_redirected_mail_goes_to_one_address_and_names_the_true_one(database: Database) -> None:
    outbox = Outbox(database, redirect_to="uji@example.go.id")
    outbox.deliver(MADE)
    (sent,) = outbox.transport.delivered
    assert sent.recipient == "uji@example.go.id"
    (mail,) = parsed([sent])
    assert mail["To"] == "uji@example.go.id"
    assert mail["X-Reminder-Original-To"] == OFFICER
    assert outbox.message("recipient") == OFFICER


def test_a_digest_that_lost_a_matter_is_written_anew(database: Database) -> None:
    outbox = Outbox(database, 5, policy=make_policy(digest_above=3))
    assert [row[0] for row in outbox.messages("kind")] == ["digest"]
    outbox.deliver(MADE, GREYLISTED)
    (old,) = outbox.transport.tried
    outbox.run("UPDATE deadlines SET status = 'met' WHERE agreement = 'A-2'")
    assert outbox.deliver(f"{MADE} 09:10") == DeliverReport(sent=1)
    (new,) = outbox.transport.delivered
    assert new.message_id != old.message_id
    assert len(new.data) < len(old.data)
    told = outbox.rows(tables.notices, "agreement", "message_id", "stop_reason")
    assert [row for row in told if row[2]] == [("A-2", old.message_id, "met")]


def test_copies_have_messages_of_their_own(database: Database) -> None:
    outbox = Outbox(database, 0, policy=make_policy(make_rule(cc=("head",))))
    outbox.put(make_contact("kepala@biro.example.go.id", role="head"), make_agreement("A-1"))
    outbox.scan(MADE)
    assert outbox.deliver(MADE) == DeliverReport(sent=2)
    assert {mail.recipient for mail in outbox.transport.delivered} == {
        OFFICER,
        "kepala@biro.example.go.id",
    }
