"""The inbox job: what arrives is stored before it acts, acts once, and stops nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.daily import daily_summary
from jobs.handover import hand_over
from reminder.crash_points import CrashPoint
from reminder.mail.inbound import Inbound, Unreadable
from reminder.mail.mailbox import MOST_OCTETS
from reminder.mail.safe_reading import SafeReader
from reminder.responses import Named, Person
from reminder.storage import tables
from reminder.storage.digests import DigestState
from reminder.storage.service_day import last_line
from tests.factories import OFFICER, make_agreement, make_contact
from tests.inbound_mails import auto_reply, reply
from tests.inboxes import BASE, HEAD, LATER, SENT_AT, Correspondence, mail_policy
from tests.killed import killed_at
from tests.outboxes import parsed

if TYPE_CHECKING:
    from reminder.storage.engine import Database


NEW = "dewi@biro.example.go.id"


@pytest.fixture(scope="module")
def reader() -> Iterator[SafeReader]:
    """One child for all: starting it takes longer than what it reads."""
    with SafeReader() as one:
        yield one


def names_in(folder: Path) -> list[str]:
    """The names of its files, sorted."""
    return sorted(file.name for file in folder.iterdir())


def test_nothing_happens_where_no_inbox_is_configured(database: Database) -> None:
    office = Correspondence(database)
    office.settings = replace(office.settings, inbox_url="")
    before = office.everything()
    assert office.read().stored == 0
    assert office.everything() == before


def test_every_mail_of_a_notice_takes_bounces_and_replies_to_signed_addresses(
    sqlite_database: Database,
) -> None:
    office = Correspondence(sqlite_database)
    first = office.sent()
    (mail,) = office.transport.delivered
    assert mail.sender == office.return_to(first)
    assert mail.envelope_id == office.envelope_id(first)
    assert parsed([mail])[0]["Reply-To"] == office.reply_to(first)


def test_without_a_trusted_server_replies_go_where_they_went(sqlite_database: Database) -> None:
    office = Correspondence(sqlite_database, mail=mail_policy(authserv_id=""))
    office.sent()
    (mail,) = office.transport.delivered
    assert parsed([mail])[0]["Reply-To"] is None


def test_without_an_inbox_the_envelope_is_as_before(sqlite_database: Database) -> None:
    office = Correspondence(sqlite_database)
    office.settings = replace(office.settings, inbox_url="")
    office.sent()
    (mail,) = office.transport.delivered
    assert (mail.sender, mail.envelope_id) == (BASE, "")


def test_reply_acknowledges_every_matter_of_a_digest(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, 3, digest_above=1, reader=reader)
    first = office.sent()
    office.arrive(office.reply(first, "TERIMA"))
    assert office.read().results == {"acknowledge": 1}
    assert office.responses() == [
        (f"A-{number}", "acknowledge", OFFICER, "mail", date(2026, 5, 15)) for number in range(3)
    ]
    assert office.inbound() == [("done", "acknowledge")]
    assert office.read().results == {}
    assert len(office.responses()) == 3


def test_reply_that_is_sent_twice_is_one_answer(database: Database, reader: SafeReader) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    office.arrive(
        office.reply(first, "ack", message_id="<1@biro.example.go.id>"),
        office.reply(first, "ack", message_id="<2@biro.example.go.id>"),
    )
    assert office.read().results == {"acknowledge": 1, "repeated": 1}
    assert len(office.responses()) == 1


def test_reply_puts_off_the_only_matter_of_a_mail(database: Database, reader: SafeReader) -> None:
    office = Correspondence(database, reader=reader)
    office.arrive(office.reply(office.sent(), "TUNDA 7"))
    assert office.read().results == {"snooze": 1}
    assert office.responses() == [("A-0", "snooze", OFFICER, "mail", date(2026, 5, 8))]


@pytest.mark.parametrize(
    ("text", "fields", "result"),
    [
        pytest.param("Terima kasih", {}, "words", id="words of a person"),
        pytest.param("TUNDA 15", {}, "days", id="too many days"),
        pytest.param("TERIMA", {"sender": HEAD}, "other_sender", id="somebody else"),
        pytest.param("TERIMA", {"results": ""}, "not_checked", id="nobody checked the sender"),
    ],
)
def test_anything_else_is_kept_for_a_person_and_changes_nothing(
    database: Database,
    reader: SafeReader,
    text: str,
    fields: dict[str, str],
    result: str,
) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    before = office.everything()
    office.arrive(office.reply(first, text, **fields))
    office.read()
    assert office.inbound("state", "result", "message_id") == [("person", result, first)]
    after = office.everything()
    assert {name for name in after if after[name] != before[name]} == {"inbound", "service"}


def test_several_matters_cannot_be_put_off_by_one_reply(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, 2, digest_above=1, reader=reader)
    office.arrive(office.reply(office.sent(), "TUNDA 3"))
    office.read()
    assert office.inbound() == [("person", "several_notices")]
    assert office.responses() == []


def test_answer_that_is_refused_leaves_nothing_behind(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    # Four times in a row; three is the most.
    for number, days in enumerate((3, 4, 5, 6)):
        mail = office.reply(first, f"TUNDA {days}", message_id=f"<{number}@biro.example.go.id>")
        office.arrive(mail)
        office.read()
    assert office.inbound() == [("done", "snooze")] * 3 + [("person", "snooze_too_often")]
    assert len(office.responses()) == 3
    assert "3 times" in office.inbound("detail")[3][0]


def test_reply_after_the_links_have_expired_is_for_a_person(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    office.arrive(office.reply(office.sent(), "TERIMA"))
    office.read(SENT_AT + timedelta(days=181))
    assert office.inbound() == [("person", "late")]


def test_reply_leaves_a_matter_alone_that_was_handed_over(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, 2, digest_above=1, reader=reader)
    first = office.sent()
    office.put(make_contact(NEW, name="Dewi Lestari"))
    office.scan(LATER)
    hand_over(office.context(LATER), Named("A-0", "expiry"), Person("admin"), NEW)
    office.arrive(office.reply(first, "TERIMA"))
    assert office.read().results == {"acknowledge": 1}
    assert [row[:2] for row in office.responses()] == [("A-0", "handover"), ("A-1", "acknowledge")]


def test_reply_is_for_a_person_once_every_matter_of_the_mail_was_handed_over(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    office.put(make_contact(NEW, name="Dewi Lestari"))
    office.scan(LATER)
    hand_over(office.context(LATER), Named("A-0", "expiry"), Person("admin"), NEW)
    office.arrive(office.reply(first, "TERIMA"))
    office.read()
    assert office.inbound("state", "result", "message_id") == [("person", "link_over", first)]
    assert [row[1] for row in office.responses()] == ["handover"]


@pytest.mark.parametrize("text", ["TERIMA", "TUNDA 3"])
def test_reply_of_somebody_who_left_the_bureau_is_for_a_person(
    database: Database, reader: SafeReader, text: str
) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    office.put(make_contact(active_to=date(2026, 4, 30)))
    office.arrive(office.reply(first, text))
    office.read()
    assert office.inbound("state", "result", "message_id") == [("person", "not_responsible", first)]
    assert office.responses() == []


def test_reply_that_is_delivered_again_days_later_acts_once(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    mail = office.reply(office.sent(), "TUNDA 2")
    for days in (0, 3, 6):
        office.arrive(b"Received: from a by b; %d\r\n" % days + mail)
        office.read(LATER + timedelta(days=days))
    assert office.inbound() == [("done", "snooze")] + [("done", "seen_before")] * 2
    assert [row[4] for row in office.responses()] == [date(2026, 5, 3)]


def test_reply_without_an_id_of_its_own_is_for_a_person(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    office.arrive(office.reply(office.sent(), "TERIMA", message_id=""))
    office.read()
    assert office.inbound() == [("person", "no_message_id")]
    assert office.responses() == []


@pytest.mark.parametrize(
    ("days", "outcome"), [(2, ("done", "snooze")), (5, ("person", "snooze_past"))]
)
def test_reply_puts_off_from_the_day_on_which_it_arrived(
    database: Database, days: int, outcome: tuple[str, str]
) -> None:
    office = Correspondence(database, reader=SafeReader(command=("/nowhere/at/all",)))
    office.arrive(office.reply(office.sent(), "TUNDA 5"))
    office.read()
    with SafeReader() as office.reader:
        office.read(LATER + timedelta(days=days))
    assert office.inbound() == [outcome]
    until = [date(2026, 5, 6)] if outcome[0] == "done" else []
    assert [row[4] for row in office.responses()] == until


def test_reply_about_what_is_over_changes_nothing(database: Database, reader: SafeReader) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    office.put(make_agreement("A-0", expires_on="2027-05-31"))
    office.scan(LATER)
    office.arrive(office.reply(first, "TERIMA"))
    assert office.read().results == {"nothing_open": 1}
    assert office.responses() == []


def test_mail_to_no_signed_address_is_for_a_person(database: Database, reader: SafeReader) -> None:
    office = Correspondence(database, reader=reader)
    office.sent()
    office.arrive(reply("TERIMA", BASE))
    office.read()
    assert office.inbound() == [("person", "unmatched")]


def test_our_own_mail_that_comes_back_without_its_marks_is_a_machines_and_acts_on_nothing(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    sent = office.sent()
    office.arrive(office.reply(sent, "TERIMA\n", message_id=sent))
    assert office.read().results == {"machine": 1}
    assert office.inbound("state", "result", "detail") == [("done", "machine", "own")]
    assert office.responses() == []


def test_replies_to_one_mail_do_not_bury_the_others(database: Database, reader: SafeReader) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    office.arrive(
        *(
            office.reply(first, "Siapa ini?", message_id=f"<{number}@biro.example.go.id>")
            for number in range(25)
        )
    )
    office.read()
    states = [state for (state,) in office.inbound("state")]
    assert (states.count("person"), states.count("done")) == (20, 5)


def test_a_run_takes_so_many_mails_and_the_next_one_the_rest(
    sqlite_database: Database, reader: SafeReader
) -> None:
    office = Correspondence(sqlite_database, reader=reader)
    office.arrive(*(auto_reply(BASE, sender=f"x{number}@a.example") for number in range(5)))
    assert [office.read(most=3).stored for _ in range(3)] == [3, 2, 0]


def test_mail_that_cannot_be_read_is_set_aside_and_the_next_one_acts(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    bomb = b"Subject: x\r\n" + b"X-A: " + b"a" * 70_000 + b"\r\n\r\nTERIMA\r\n"
    office.arrive(bomb, office.reply(first, "TERIMA"))
    office.read()
    assert [state for (state,) in office.inbound("state")] == ["quarantined", "done"]
    assert len(office.responses()) == 1


def test_handling_that_raises_three_times_sets_the_mail_aside(sqlite_database: Database) -> None:
    class Breaking(SafeReader):
        """Has a defect that one mail brings out."""

        def read(self, raw: bytes) -> Inbound | Unreadable:
            if b"<bad@" in raw:
                raise RuntimeError("a defect")
            return super().read(raw)

    with Breaking() as reader:
        office = Correspondence(sqlite_database, reader=reader)
        first = office.sent()
        office.arrive(
            office.reply(first, "TERIMA", message_id="<bad@biro.example.go.id>"),
            office.reply(first, "TERIMA", message_id="<good@biro.example.go.id>"),
        )
        office.read()
        assert office.inbound("state", "attempts") == [("stored", 1), ("done", 0)]
        office.read()
        assert office.read().results == {"failed": 1}
        assert office.inbound("state", "result", "detail")[0] == (
            "quarantined", "failed", "RuntimeError: a defect",
        )  # fmt: skip
        assert office.read().results == {}


def test_mails_wait_while_no_reader_can_be_started(sqlite_database: Database) -> None:
    office = Correspondence(sqlite_database, reader=SafeReader(command=("/nowhere/at/all",)))
    office.arrive(office.reply(office.sent(), "TERIMA"))
    office.read()
    assert office.inbound("state", "attempts") == [("stored", 0)]
    with SafeReader() as office.reader:
        office.read()
    assert office.inbound() == [("done", "acknowledge")]


def test_file_that_is_no_plain_file_is_left_and_told(
    sqlite_database: Database, reader: SafeReader
) -> None:
    office = Correspondence(sqlite_database, reader=reader)
    first = office.sent()
    outside = office.home / "outside"
    outside.write_bytes(office.reply(first, "TERIMA"))
    (office.folder / "new" / "0001.link").symlink_to(outside)
    os.mkfifo(office.folder / "new" / "0002.pipe")
    office.arrive(auto_reply(BASE), name="good")
    report = office.read()
    assert report.stored == 1
    assert "new/0001.link" in report.trouble
    assert "new/0002.pipe" in report.trouble
    assert office.responses() == []
    assert names_in(office.folder / "new") == ["0001.link", "0002.pipe"]
    assert [name.endswith(":2,S") for name in names_in(office.folder / "cur")] == [True]
    # Told once, and again when it is mended.
    office.read()
    for name in ("0001.link", "0002.pipe"):
        (office.folder / "new" / name).unlink()
    office.read()
    events = [entry["event"] for entry in office.capture.entries if "inbox_u" in entry["event"]]
    assert events == ["inbox_unusable", "inbox_usable_again"]


def test_mail_of_a_folder_that_is_a_link_is_not_read(
    sqlite_database: Database, reader: SafeReader
) -> None:
    office = Correspondence(sqlite_database, reader=reader)
    (office.folder / "new").rmdir()
    (office.home / "elsewhere").mkdir()
    (office.folder / "new").symlink_to(office.home / "elsewhere")
    assert "cannot be read" in office.read().trouble


def test_only_the_headers_of_a_huge_mail_are_kept_for_a_person(
    sqlite_database: Database, reader: SafeReader
) -> None:
    office = Correspondence(sqlite_database, reader=reader)
    first = office.sent()
    office.arrive(office.reply(first, "TERIMA\n") + b"a\r\n" * (MOST_OCTETS // 3))
    office.read()
    assert office.inbound() == [("person", "too_large")]
    ((raw,),) = office.inbound("raw")
    assert len(raw) < 2000
    assert office.responses() == []


def test_text_of_a_mail_is_forgotten_after_thirty_days_and_its_row_is_kept(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    office.arrive(office.reply(office.sent(), "TERIMA"))
    office.read()
    office.read(LATER + timedelta(days=29))
    assert office.inbound("raw") != [(None,)]
    office.read(LATER + timedelta(days=31))
    assert office.inbound("state", "raw") == [("done", None)]


@pytest.mark.parametrize(
    "point",
    [
        CrashPoint.BEFORE_ARRIVED_COMMIT,
        CrashPoint.AFTER_ARRIVED_COMMIT,
        CrashPoint.BEFORE_SETTLED_COMMIT,
        CrashPoint.AFTER_SETTLED_COMMIT,
    ],
)
def test_end_at_either_side_of_a_commit_acts_once(
    database: Database, reader: SafeReader, point: CrashPoint
) -> None:
    office = Correspondence(database, reader=reader)
    office.arrive(office.reply(office.sent(), "TUNDA 3"))
    with killed_at(point):
        office.read()
    # On the next day the same word would mean another day.
    office.read(LATER + timedelta(days=1))
    assert office.inbound() == [("done", "snooze")]
    assert len(office.responses()) == 1
    assert office.kinds().count("response") == 1
    assert office.rows(tables.responses, "until")[0][0] in (date(2026, 5, 4), date(2026, 5, 5))


def test_restored_copy_leaves_the_mailbox_alone(database: Database, reader: SafeReader) -> None:
    office = Correspondence(database, reader=reader)
    office.arrive(office.reply(office.sent(), "TERIMA"))
    office.settings = replace(office.settings, public_url="https://copy.example.go.id")
    assert "db adopt" in office.read().refused
    assert len(names_in(office.folder / "new")) == 1


def test_command_lists_shows_and_takes_off_what_waits_for_a_person(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    first = office.sent()
    office.arrive(office.reply(first, "Siapa \x1b[31mini?"))
    office.read()
    code, text = office.command("inbox")
    assert code == 0
    assert "person: words" in text
    assert f"about {first}, sent to {OFFICER}" in text
    ((number,),) = office.inbound("id")
    (one,) = json.loads(office.command("inbox", "--json")[1])
    assert (one["id"], one["state"], one["recipient"]) == (number, "person", OFFICER)
    shown = office.command("inbox", "show", str(number))[1]
    assert "Subject: Re: [H-30] Laporan" in shown
    assert "\x1b" not in shown
    assert office.command("inbox", "done", str(number))[0] == 0
    assert office.command("inbox")[1].startswith("No mail waits for a person.")
    assert office.command("inbox", "done", str(number))[0] == 1
    assert office.command("inbox", "show", "99999")[0] == 1


def test_digest_of_the_service_tells_what_came_in(database: Database, reader: SafeReader) -> None:
    office = Correspondence(database, 2, digest_above=1, reader=reader)
    first = office.sent()
    office.arrive(
        office.bounce(first, status="5.1.1"),
        office.reply(first, "Siapa ini?"),
        b"Subject: x\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n",
    )
    office.read()
    with database.read() as connection:
        found = {
            one.code: (one.number, " ".join(one.examples))
            for one in daily_summary(
                office.context(LATER), connection, DigestState(), last_line(connection)
            ).findings
        }
    assert found["dead"] == (1, OFFICER)
    assert found["returned"][0] == 1
    assert f"{OFFICER} (dead 5.1.1" in found["returned"][1]
    assert found["for_person"][1].endswith("(words)")
    assert found["quarantined"][1].endswith("(headers)")
    assert "inbox" not in found
