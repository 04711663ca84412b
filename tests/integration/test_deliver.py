"""The delivery job: what becomes of a message for each outcome, and over time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport, deliver
from reminder.breaker import OPENS_AT
from reminder.mail.smtp import SmtpTransport
from reminder.mail.transport import Outcome, Verdict
from reminder.mail_url import MailUrl
from reminder.storage import tables
from tests.factories import OFFICER, make_rule
from tests.fakes import GREYLISTED, RELAY_DOWN, SENT, UNKNOWN_USER
from tests.outboxes import MADE, Outbox
from tests.smtp_server import SmtpServer, reply
from tests.stored import at, make_policy

if TYPE_CHECKING:
    from reminder.mail.transport import BeforeDot, OutgoingMail
    from reminder.storage.engine import Database

SPAM = Outcome(Verdict.HELD, "dot", 550, "5.7.1", "looks like spam")


def test_what_is_due_is_sent_once(database: Database) -> None:
    outbox = Outbox(database, 3)
    assert outbox.deliver(MADE) == DeliverReport(sent=3)
    assert outbox.states() == ["sent"] * 3
    assert len({mail.message_id for mail in outbox.transport.delivered}) == 3
    before = outbox.everything()
    assert outbox.deliver(MADE) == DeliverReport()
    assert outbox.everything() == before
    assert outbox.transport.tried == []


def test_a_temporary_refusal_is_tried_again_with_the_same_words(database: Database) -> None:
    outbox = Outbox(database)
    assert outbox.deliver(MADE, GREYLISTED) == DeliverReport(deferred=1)
    (first,) = outbox.transport.tried
    next_try_at = outbox.message("next_try_at")
    assert timedelta(minutes=5) <= next_try_at - at(MADE) <= timedelta(minutes=6)
    assert outbox.deliver(next_try_at - timedelta(seconds=1)) == DeliverReport()
    assert outbox.deliver(next_try_at) == DeliverReport(sent=1)
    assert outbox.transport.tried == [first]
    assert outbox.attempts() == [("rcpt", 451, "deferred"), ("dot", 250, "sent")]
    assert outbox.message("attempts", "possible_duplicate") == (2, False)


def test_a_permanent_refusal_is_not_tried_again(database: Database) -> None:
    outbox = Outbox(database)
    assert outbox.deliver(MADE, UNKNOWN_USER) == DeliverReport(failed=1)
    assert outbox.message("state", "reason") == (
        "failed", "550 5.1.1 no such user here (rcpt)",
    )  # fmt: skip
    assert outbox.deliver("2026-05-04") == DeliverReport()


def test_a_refusal_of_the_content_waits_for_a_person(database: Database) -> None:
    outbox = Outbox(database)
    assert outbox.deliver(MADE, SPAM) == DeliverReport(held=1)
    assert outbox.message("state", "reason") == ("held", "550 5.7.1 looks like spam (dot)")
    assert outbox.deliver("2026-05-04") == DeliverReport()


@pytest.mark.parametrize(
    ("lead_times", "reason", "ends_before"),
    [
        pytest.param("H-30 H-7", "not taken in 5 days of trying", "2026-05-07", id="five days"),
        pytest.param(
            "H-30 H-27", "the next notice about it is due", "2026-05-02", id="the next lead time"
        ),
    ],
)
def test_trying_ends(
    sqlite_database: Database, lead_times: str, reason: str, ends_before: str
) -> None:
    outbox = Outbox(sqlite_database, policy=make_policy(make_rule(lead_times=lead_times)))
    now = at(MADE)
    # Each day has a revision of its own; it is the same trying all the same.
    while "failed" not in outbox.states():
        outbox.deliver(now, GREYLISTED)
        now = outbox.message("next_try_at") or now
    assert outbox.message("reason").startswith(reason)
    assert now < at(ends_before)


def test_a_retry_stays_inside_the_send_window(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(f"{MADE} 15:28", GREYLISTED)
    assert outbox.message("next_try_at") == at("2026-05-04", "08:00")


def test_what_became_due_while_the_service_was_down_waits_for_the_window(
    database: Database,
) -> None:
    outbox = Outbox(database)
    assert outbox.deliver("2026-05-02 22:00") == DeliverReport()
    assert outbox.message("state", "next_try_at") == ("pending", at("2026-05-04", "08:00"))
    assert outbox.deliver("2026-05-04 08:00") == DeliverReport(sent=1)


def test_a_deadline_met_while_the_body_is_on_its_way_stops_the_dot(database: Database) -> None:
    outbox = Outbox(database)

    class Slow:
        """The register changes while this one talks."""

        def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
            outbox.run("UPDATE deadlines SET status = 'met'")
            assert not before_dot()
            return Outcome(Verdict.FENCED, "body")

        def close(self) -> None:
            """Nothing is open."""

    assert outbox.deliver(MADE, transport=Slow()) == DeliverReport(superseded=1)
    assert outbox.message_of("superseded", "reason") == "met"
    assert outbox.attempts("verdict") == [("fenced",)]


def test_the_relays_trouble_uses_up_no_attempt(database: Database) -> None:
    outbox = Outbox(database)
    now = at(MADE)
    for fault in range(1, 4):
        report = outbox.deliver(now, RELAY_DOWN)
        assert (report.relay_faults, report.relay_text) == (1, "connection refused (connect)")
        delay = outbox.message("next_try_at") - now
        assert timedelta(minutes=0.8) * 2 ** (fault - 1) <= delay
        now = outbox.message("next_try_at")
    assert outbox.message("state", "attempts", "first_try_at") == ("pending", 0, None)
    assert outbox.deliver(now) == DeliverReport(sent=1)
    assert outbox.attempts("number", "verdict") == [
        (1, "relay"), (2, "relay"), (3, "relay"), (4, "sent"),
    ]  # fmt: skip


def test_a_relay_that_is_down_is_asked_ever_more_seldom_by_one_mail(database: Database) -> None:
    outbox = Outbox(database, 20)
    assert outbox.deliver(MADE, RELAY_DOWN).relay_faults == OPENS_AT
    assert outbox.states() == ["pending"] * 20
    now = at(MADE)
    for minutes in (1, 2, 4):
        assert outbox.deliver(now + timedelta(minutes=minutes, seconds=-1)) == DeliverReport()
        now += timedelta(minutes=minutes)
        assert outbox.deliver(now, RELAY_DOWN).relay_faults == 1
    assert outbox.message_values("attempts") == [0] * 20
    assert outbox.rows(tables.relays, "relay", "faults", "closed_until") == [
        ("127.0.0.1:25", 8, now + timedelta(minutes=8))
    ]


def test_a_relay_that_is_back_gets_all_at_once_the_nearest_due_date_first(
    database: Database,
) -> None:
    outbox = Outbox(database, 8)
    outbox.deliver(MADE, RELAY_DOWN)
    tried = [mail.message_id for mail in outbox.transport.tried]
    assert outbox.deliver(at(MADE) + timedelta(minutes=1)) == DeliverReport(sent=8)
    assert set(tried) < {mail.message_id for mail in outbox.transport.delivered}
    assert outbox.rows(tables.relays, "faults", "closed_until") == [(0, None)]
    assert outbox.message_values("relay_faults") == [0] * 8


def test_faults_between_mails_that_are_taken_open_no_breaker(database: Database) -> None:
    outbox = Outbox(database, 12)
    outcomes = [RELAY_DOWN, RELAY_DOWN, RELAY_DOWN, SENT] * 2 + [RELAY_DOWN, SENT]
    report = outbox.deliver(MADE, *outcomes)
    assert (report.relay_faults, report.sent) == (7, 5)


def test_a_limit_is_kept(database: Database) -> None:
    outbox = Outbox(database, 5)
    assert outbox.deliver(MADE, limit=2) == DeliverReport(sent=2)
    assert outbox.states() == ["pending"] * 3 + ["sent"] * 2


def test_told_to_stop_it_finishes_the_message_at_hand(database: Database) -> None:
    outbox = Outbox(database, 5)
    report = outbox.deliver(MADE, stop=lambda: len(outbox.transport.tried) == 2)
    assert report == DeliverReport(sent=2)
    assert outbox.messages("state", "lease_token", "claims") == [
        *[("pending", None, 0)] * 3,
        *[("sent", None, 0)] * 2,
    ]


def test_a_maildir_that_can_be_written_again_gets_all(
    sqlite_database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(sqlite_database, 8)
    folder = tmp_path / "mail"
    folder.write_text("a file where a folder should be")
    outbox.settings = replace(outbox.settings, mail_url=f"maildir:{folder}")
    assert deliver(outbox.context(at(MADE))).relay_faults == OPENS_AT
    folder.unlink()
    assert deliver(outbox.context(at(MADE) + timedelta(minutes=1))).sent == 8
    assert outbox.rows(tables.relays, "relay", "faults") == [("maildir", 0)]


def test_a_probe_is_spent_only_by_a_mail_that_goes_out(database: Database) -> None:
    outbox = Outbox(database, 8)
    outbox.deliver(MADE, RELAY_DOWN)
    waiting = [
        row[0] for row in outbox.rows(tables.messages, "message_id", "relay_faults") if not row[1]
    ]
    outbox.run(
        "UPDATE deadlines SET status = 'met' WHERE id = "
        "(SELECT deadline_id FROM notices WHERE message_id = :it)",
        it=waiting[0],
    )
    report = outbox.deliver(at(MADE) + timedelta(minutes=1))
    assert (report.superseded, report.sent) == (1, 7)


def test_a_defect_in_composing_one_mail_stops_no_other(database: Database) -> None:
    outbox = Outbox(database, 5)
    outbox.run(
        "UPDATE messages SET recipient_name = :odd WHERE message_id = "
        "(SELECT min(message_id) FROM messages)",
        odd="\u2028" * 3,
    )
    for hour in range(9, 14):
        outbox.deliver(f"{MADE} {hour:02}:00")
    assert outbox.states().count("sent") >= 4


def test_an_error_of_our_own_puts_off_one_message_only(database: Database) -> None:
    outbox = Outbox(database, 3)

    class Broken:
        """Fails for the first mail."""

        def __init__(self) -> None:
            self.number = 0

        def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
            self.number += 1
            if self.number == 1:
                raise ValueError("a defect")
            return SENT if before_dot() else Outcome(Verdict.FENCED, "dot")

        def close(self) -> None:
            """Nothing is open."""

    assert outbox.deliver(MADE, transport=Broken()) == DeliverReport(sent=2)
    assert outbox.message_of("pending", "next_try_at") == at(MADE) + timedelta(hours=1)


def test_no_address_and_no_text_is_logged(sqlite_database: Database) -> None:
    outbox = Outbox(sqlite_database, 2)
    outbox.deliver(MADE, SENT, UNKNOWN_USER)
    said = repr(outbox.capture.entries)
    assert OFFICER not in said
    assert "Siti" not in said


def test_over_a_real_relay_451_then_250(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    with SmtpServer(tmp_path) as server:
        server.then("dot", reply("451 4.3.0 try later"))
        url = MailUrl("smtp", "127.0.0.1", server.port)
        with closing(SmtpTransport(url)) as transport:
            assert outbox.deliver(MADE, transport=transport).deferred == 1
            retry_at = outbox.message("next_try_at")
            assert outbox.deliver(retry_at, transport=transport).sent == 1
        assert len(server.mails) == 1
    assert outbox.attempts() == [("dot", 451, "deferred"), ("dot", 250, "sent")]
