"""F-42, F-43: reports about our mails, genuine and not; machines that answer machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reminder.mail.mailbox import MOST_OCTETS
from reminder.mail.safe_reading import SafeReader
from reminder.storage import tables
from tests.factories import OFFICER
from tests.inbound_mails import auto_reply, dsn, qmail_bounce
from tests.inboxes import BASE, HEAD, LATER, SENT_AT, Correspondence
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

Make = Callable[[Correspondence, str], bytes]
STORM = 1000


@pytest.fixture(scope="module")
def reader() -> Iterator[SafeReader]:
    """One child for all."""
    with SafeReader() as one:
        yield one


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda office, sent: office.bounce(sent), id="to its signed address"),
        pytest.param(
            lambda office, sent: dsn(BASE, envelope_id=office.envelope_id(sent)), id="by its ENVID"
        ),
        pytest.param(lambda office, sent: qmail_bounce(office.return_to(sent)), id="in words only"),
    ],
)
def test_f42_a_genuine_bounce_marks_the_address_and_has_the_next_told_the_same_day(
    database: Database, reader: SafeReader, make: Make
) -> None:
    office = Correspondence(database, reader=reader)
    sent = office.sent()
    office.arrive(make(office, sent))
    assert office.read().results == {"dead": 1}
    assert office.dead() == [OFFICER]
    office.round()
    assert office.told() == [(OFFICER, "bounced"), (HEAD, "sent")]
    assert office.attempts("verdict") == [("sent",), ("sent",)]
    assert office.inbound("state", "result", "message_id") == [("done", "dead", sent)]
    assert [kind for kind in office.kinds() if kind in ("bounced", "address_dead")] == [
        "bounced", "address_dead",
    ]  # fmt: skip


def flipped(address: str) -> str:
    """The same address with one letter of its signature changed."""
    local, _, domain = address.partition("@")
    return f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"


@pytest.mark.parametrize(
    ("make", "now", "result"),
    [
        pytest.param(
            lambda office, sent: dsn(flipped(office.return_to(sent)), message_id=sent),
            LATER,
            "unmatched",
            id="forged: a letter of its signature is another",
        ),
        pytest.param(
            lambda _office, sent: dsn(BASE, message_id=sent),
            LATER,
            "unmatched",
            id="forged: it only quotes our Message-ID",
        ),
        pytest.param(
            lambda office, sent: dsn(office.reply_to(sent), message_id=sent),
            LATER,
            "unmatched",
            id="forged: the address for replies, which recipients know",
        ),
        pytest.param(
            lambda office, _sent: office.bounce("<AAAABBBBCCCCDDDDEEEEFFFF22@example.go.id>"),
            LATER,
            "unknown_message",
            id="for another message",
        ),
        pytest.param(
            lambda office, sent: office.bounce(sent, action="delayed", status="4.4.1"),
            LATER,
            "delayed",
            id="delayed",
        ),
        pytest.param(
            lambda office, sent: office.bounce(
                sent, action="delivered", status="2.0.0", diagnostic="smtp; 250 ok"
            ),
            LATER,
            "delivered",
            id="success",
        ),
        pytest.param(
            lambda office, sent: office.bounce(sent),
            SENT_AT + timedelta(days=14, minutes=1),
            "late",
            id="after two weeks",
        ),
    ],
)
def test_f42_a_report_that_is_not_genuine_or_tells_of_no_failure_changes_nothing(
    database: Database, reader: SafeReader, make: Make, now: object, result: str
) -> None:
    office = Correspondence(database, reader=reader)
    sent = office.sent()
    before = office.everything()
    office.arrive(make(office, sent))
    office.read(now)  # type: ignore[arg-type]
    assert office.inbound() == [("done", result)]
    after = office.everything()
    assert {name for name in after if after[name] != before[name]} == {"inbound", "service"}


def test_f42_the_same_bounce_again_changes_nothing_more(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    sent = office.sent()
    bounce = office.bounce(sent)
    office.arrive(bounce, bounce, office.bounce(sent, diagnostic="smtp; 550 5.1.1 once more"))
    # The very same bytes are one mail; what only says the same is looked at and let be.
    assert office.read().results == {"dead": 1, "duplicate": 1}
    assert office.inbound() == [
        ("done", "dead"), ("done", "seen_before"), ("done", "duplicate"),
    ]  # fmt: skip
    office.round()
    office.round()
    assert office.told() == [(OFFICER, "bounced"), (HEAD, "sent")]
    assert office.kinds().count("bounced") == 1


@pytest.mark.parametrize(
    ("status", "diagnostic", "result"),
    [
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", "full"),
        ("5.7.1", "smtp; 550 5.7.1 message rejected as spam", "content"),
    ],
)
def test_f42_a_mail_refused_for_another_reason_has_the_next_told_and_marks_no_address(
    database: Database, reader: SafeReader, status: str, diagnostic: str, result: str
) -> None:
    office = Correspondence(database, reader=reader)
    office.arrive(office.bounce(office.sent(), status=status, diagnostic=diagnostic))
    assert office.read().results == {result: 1}
    assert office.dead() == []
    office.round()
    assert office.told() == [(OFFICER, "bounced"), (HEAD, "sent")]


def test_f42_a_report_resolves_what_nobody_knew(database: Database, reader: SafeReader) -> None:
    office = Correspondence(database, reader=reader)
    sent = office.sent()
    office.run("UPDATE messages SET state = 'uncertain', sent_at = NULL")
    delivered = office.bounce(
        sent, action="relayed", status="2.0.0", diagnostic="smtp; 250 2.0.0 ok"
    )
    office.arrive(delivered)
    assert office.read().results == {"confirmed": 1}
    assert office.message("state", "sent_at") == ("sent", SENT_AT)
    office.run("UPDATE messages SET state = 'uncertain', sent_at = NULL")
    office.arrive(office.bounce(sent))
    assert office.read().results == {"dead": 1}
    assert office.message("state") == "bounced"


def test_f42_a_report_waits_for_the_verdict_of_a_mail_that_is_being_sent(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    sent = office.sent()
    office.run("UPDATE messages SET state = 'sending'")
    office.arrive(office.bounce(sent))
    assert office.read().results == {}
    assert office.inbound("state", "attempts") == [("stored", 0)]
    office.run("UPDATE messages SET state = 'sent'")
    assert office.read().results == {"dead": 1}


def test_f42_a_report_that_is_too_large_is_for_a_person_and_a_machine_s_other_mail_is_not(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    sent = office.sent()
    more = b"a\r\n" * (MOST_OCTETS // 3)
    # By its headers alone nobody can tell what it says.
    office.arrive(
        qmail_bounce(office.return_to(sent)) + more,
        qmail_bounce(BASE) + more,
        auto_reply(office.reply_to(sent)) + more,
    )
    assert office.read().results == {"too_large": 1, "machine": 2}
    assert office.inbound("state", "result", "message_id") == [
        ("person", "too_large", sent), ("done", "machine", ""), ("done", "machine", ""),
    ]  # fmt: skip
    assert (office.dead(), office.states()) == ([], ["sent"])


def test_f42_a_bounce_of_a_redirected_mail_says_nothing_of_its_recipient(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader, redirect_to="coba@example.go.id")
    office.arrive(office.bounce(office.sent(), recipient="coba@example.go.id"))
    assert office.read().results == {"redirected": 1}
    assert (office.dead(), office.states()) == ([], ["sent"])


def test_f43_a_storm_of_machines_brings_no_answer_no_action_and_bounded_work(
    sqlite_database: Database, reader: SafeReader
) -> None:
    office = Correspondence(sqlite_database, reader=reader)
    sent = office.sent()
    (ours,) = office.transport.delivered
    before = {name: rows for name, rows in office.everything().items() if name != "inbound"}
    office.arrive(
        *(
            auto_reply(office.reply_to(sent), sender=f"p{number}@biro.example.go.id")
            for number in range(STORM)
        )
    )
    # Our own mail, brought back to us by somebody's forwarding.
    office.arrive(b"Delivered-To: " + office.reply_to(sent).encode() + b"\r\n" + ours.data)
    runs = [office.read(LATER + timedelta(minutes=minute)) for minute in range(7)]
    assert [run.stored for run in runs] == [200] * 5 + [1, 0]
    assert set(office.inbound()) == {("done", "machine")}
    after = {name: rows for name, rows in office.everything().items() if name != "inbound"}
    assert {name for name in after if after[name] != before[name]} == {"service"}
    assert office.deliver(LATER).sent == 0


def test_f43_ten_thousand_replies_to_one_address_cost_each_run_the_same(
    sqlite_database: Database, reader: SafeReader
) -> None:
    office = Correspondence(sqlite_database, reader=reader)
    sent = office.sent()
    office.arrive(
        *(
            office.reply(sent, "TERIMA", message_id=f"<{number}@biro.example.go.id>")
            for number in range(10_000)
        )
    )
    first, second = office.read(), office.read(LATER + timedelta(minutes=1))
    assert (first.stored, second.stored) == (200, 200)
    assert first.results == {"acknowledge": 1, "repeated": 199}
    assert second.results == {"repeated": 200}
    assert len(office.responses()) == 1
    assert office.kinds().count("response") == 1


def test_next_lead_times_and_escalations_pass_a_dead_address_over(
    database: Database, reader: SafeReader
) -> None:
    office = Correspondence(database, reader=reader)
    office.arrive(office.bounce(office.sent()))
    office.read()
    office.round()
    for day in ("2026-05-24", "2026-05-31", "2026-06-05"):
        office.scan(day)
        office.round(at(day))
    to = [recipient for (recipient,) in office.rows(tables.messages, "recipient")]
    assert to.count(OFFICER) == 1
    assert to.count(HEAD) > 1
