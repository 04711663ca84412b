"""The day that a mail is about, from the register to the mailbox: kept, repeated, moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from jobs.respond import done
from jobs.undo import undo
from reminder.mail.transport import OutgoingMail
from reminder.policy import MailPolicy
from reminder.responses import Named, Person, Via
from reminder.storage import tables
from tests.calendars_read import Entry, read_calendar
from tests.factories import make_agreement, make_contact, make_follow_up, make_rule, make_step
from tests.fakes import GREYLISTED, NO_REPLY, SENT
from tests.outboxes import MADE, Outbox
from tests.stored import at, make_policy
from tests.unanswered import FIRST, HEAD, OFFICER, Office

if TYPE_CHECKING:
    from reminder.rules import Rule
    from reminder.storage.engine import Database

ATTACHED = MailPolicy("", "", "example.go.id", "", calendar=True)
NEXT_BUSINESS_DAY = "2026-05-04"


def make_outbox(
    database: Database, count: int = 1, *rules: Rule, digest_above: int = 100_000
) -> Outbox:
    return Outbox(database, count, make_policy(*rules, mail=ATTACHED, digest_above=digest_above))


def parts(mail: OutgoingMail, method: str = "PUBLISH") -> list[bytes]:
    """The calendar files of a mail, as its reader gets them."""
    read = message_from_bytes(mail.data, policy=policy.default)
    found = [part for part in read.walk() if part.get_content_type() == "text/calendar"]
    for part in found:
        assert part.get_param("method") == method
        assert part.get_content_disposition() == "attachment"
        assert str(part.get_filename()).endswith(".ics")
    return [part.get_payload(decode=True) for part in found]  # type: ignore[misc] # no container


def entry(mail: OutgoingMail) -> Entry:
    (data,) = parts(mail)
    (found,) = read_calendar(data).entries
    return found


def test_mail_has_the_day_of_its_deadline(database: Database) -> None:
    outbox = make_outbox(database, 3)
    assert outbox.deliver(MADE).sent == 3
    found = [entry(mail) for mail in outbox.transport.delivered]
    assert {one.first for one in found} == {date(2026, 5, 31)}
    assert len({one.uid for one in found}) == 3
    assert {one.stamp for one in found} == {f"{at(MADE):%Y%m%dT%H%M%SZ}"}
    rows = outbox.rows(tables.attachments, "message_id", "number", "media_type")
    assert len(rows) == 3
    assert {row[1:] for row in rows} == {(1, "text/calendar; charset=utf-8; method=PUBLISH")}


def test_nothing_in_it_opens_anything_or_names_anybody(database: Database) -> None:
    outbox = make_outbox(database)
    outbox.deliver(MADE)
    (data,) = parts(outbox.transport.delivered[0])
    for word in (b"http", b"@", b"/a/", b"Siti", b"mailto", b"reminder-link"):
        assert word not in data


def test_repeat_of_an_uncertain_mail_has_the_same_part(database: Database) -> None:
    outbox = make_outbox(database)
    outbox.deliver(MADE, NO_REPLY)
    (first,) = outbox.transport.tried
    outbox.deliver(NEXT_BUSINESS_DAY, SENT)
    (second,) = outbox.transport.delivered
    assert b"X-Possible-Duplicate" in second.data
    assert parts(first) == parts(second)
    assert first.data.partition(b"\r\n\r\n")[2] == second.data.partition(b"\r\n\r\n")[2]


def test_new_text_of_another_day_has_a_part_of_its_own(database: Database) -> None:
    outbox = make_outbox(database)
    outbox.deliver(f"{MADE} 15:28", GREYLISTED)
    (old,) = outbox.transport.tried
    outbox.deliver(NEXT_BUSINESS_DAY, SENT)
    (new,) = outbox.transport.delivered
    assert old.message_id != new.message_id
    was, now = entry(old), entry(new)
    assert (was.uid, was.sequence, was.first) == (now.uid, now.sequence, now.first)
    assert was.stamp < now.stamp
    assert sorted(outbox.rows(tables.attachments, "message_id")) == sorted(
        [(old.message_id,), (new.message_id,)]
    )


def test_changed_date_moves_the_entry(database: Database) -> None:
    outbox = make_outbox(database)
    outbox.deliver(MADE)
    before = entry(outbox.transport.delivered[0])
    outbox.put(make_agreement("A-0", expires_on="2026-06-15"))
    outbox.scan("2026-05-18")
    outbox.deliver("2026-05-18")
    after = entry(outbox.transport.delivered[0])
    assert after.uid == before.uid
    assert (before.sequence, after.sequence) == (1, 2)
    assert after.first == date(2026, 6, 15)


def test_policy_can_keep_mails_without(sqlite_database: Database) -> None:
    outbox = Outbox(sqlite_database)
    outbox.deliver(MADE)
    assert parts(outbox.transport.delivered[0]) == []
    assert outbox.rows(tables.attachments, "message_id") == []


def test_digest_has_none(sqlite_database: Database) -> None:
    outbox = make_outbox(sqlite_database, 4, digest_above=3)
    outbox.deliver(MADE)
    (digest,) = outbox.transport.delivered
    assert parts(digest) == []


def test_copy_has_none(sqlite_database: Database) -> None:
    outbox = make_outbox(sqlite_database, 0, make_rule(cc=("head",)))
    outbox.put(make_contact("kepala@biro.example.go.id", role="head"), make_agreement("A-0"))
    outbox.scan(MADE)
    assert outbox.deliver(MADE).sent == 2
    found = {mail.recipient: len(parts(mail)) for mail in outbox.transport.delivered}
    assert found == {"petugas@biro.example.go.id": 1, "kepala@biro.example.go.id": 0}


def test_escalated_mail_has_none(sqlite_database: Database) -> None:
    office = Office(sqlite_database, mail=ATTACHED)
    day = date.fromisoformat(FIRST)
    mails: list[OutgoingMail] = []
    while HEAD not in {mail.recipient for mail in mails}:
        assert day < date(2026, 4, 30)
        office.day(day.isoformat())
        mails += office.transport.delivered
        day += timedelta(days=1)
    assert [(mail.recipient, len(parts(mail))) for mail in mails] == [(OFFICER, 1), (HEAD, 0)]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE messages SET language = 'xx'", id="a language nobody wrote for"),
        pytest.param("UPDATE deadlines SET due_text = 'soon'", id="a due date that is none"),
        pytest.param("UPDATE agreements SET auto_renew = 'often'", id="a length that is none"),
    ],
)
def test_record_that_nobody_checked_costs_no_mail(
    sqlite_database: Database, statement: str
) -> None:
    outbox = make_outbox(sqlite_database)
    outbox.run(statement)
    outbox.deliver(MADE)
    (mail,) = [one for one in outbox.transport.delivered if one.recipient == OFFICER]
    assert entry(mail).first == date(2026, 5, 31)


def test_follow_up_of_no_agreement_has_its_day(sqlite_database: Database) -> None:
    rule = make_rule("rtl", deadline="follow_up", template="follow_up")
    outbox = make_outbox(sqlite_database, 0, rule)
    outbox.put(make_follow_up(agreement=None, bureau="B-01", due_on="2026-05-31"))
    outbox.scan(MADE)
    assert outbox.deliver(MADE).sent == 1
    found = entry(outbox.transport.delivered[0])
    assert found.summary == "Batas tindak lanjut rapat: Menyusun rencana aksi"
    assert found.first == date(2026, 5, 31)


def test_entry_leaves_with_what_is_done_and_comes_back_when_that_is_undone(
    database: Database,
) -> None:
    rule = make_rule("step", deadline="step", template="step", lead_times="H-14 H")
    outbox = make_outbox(database, 0, rule)
    outbox.put(
        make_agreement("A-0"),
        make_contact(HEAD, role="head"),
        make_step(agreement="A-0", due_on="2026-05-11"),
    )
    outbox.scan(MADE)
    outbox.deliver(MADE)
    mailed = entry(outbox.transport.delivered[0])

    who, which = Person(OFFICER, Via.WEB), Named("A-0", "step:surat_konfirmasi")
    responded = done(outbox.context(at(NEXT_BUSINESS_DAY)), which, who)
    assert responded.record is not None
    assert responded.record.id is not None
    outbox.deliver(f"{NEXT_BUSINESS_DAY} 09:05")
    (gone,) = read_parts(outbox, "CANCEL")
    assert (gone.uid, gone.sequence, gone.status) == (mailed.uid, mailed.sequence, "CANCELLED")

    undo(outbox.context(at(NEXT_BUSINESS_DAY, "10:00")), responded.record.id, who)
    outbox.deliver(f"{NEXT_BUSINESS_DAY} 10:05")
    (back,) = read_parts(outbox, "PUBLISH")
    assert replace(back, stamp=mailed.stamp) == mailed
    assert back.stamp > gone.stamp


def read_parts(outbox: Outbox, method: str) -> list[Entry]:
    """The entries in what was just delivered: none for the head, who never had one."""
    found: list[Entry] = []
    for mail in outbox.transport.delivered:
        for data in parts(mail, method):
            assert mail.recipient == OFFICER
            found.extend(read_calendar(data).entries)
    return found
