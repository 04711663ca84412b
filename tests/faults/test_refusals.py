"""F-13, F-15, F-16, F-18: the relay answers, and says no."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from reminder.breaker import OPENS_AT
from reminder.policy import SendWindow
from reminder.storage import tables
from reminder.storage.answers import Person, release
from tests.factories import OFFICER, make_agreement, make_bureau, make_contact, make_rule
from tests.faults.relayed import (
    PASSWORD,
    USER,
    assert_one_unmarked,
    deliver_each_minute,
    smtp,
)
from tests.outboxes import MADE, Outbox
from tests.smtp_server import Greylist, SmtpServer, reply
from tests.stored import at, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

SCHEDULE = (5, 10, 20, 40, 66, 66, 66)
"""Minutes from each attempt to the next, within a fifth: the standard's advice, written anew."""
ALWAYS_OPEN = SendWindow(time.min, time.max, all_days=True)
TEMPORARY = {
    "mail": "451 4.3.0 later",
    "rcpt": "450 4.2.0 later",
    "data": "452 4.3.1 no room",
    "dot": "421 4.3.2 closing",
}


@pytest.mark.parametrize("phase", TEMPORARY)
def test_f13_a_temporary_refusal_is_tried_again_by_the_schedule(
    sqlite_database: Database, server: SmtpServer, phase: str
) -> None:
    outbox = Outbox(sqlite_database, policy=make_policy(send_window=ALWAYS_OPEN))
    now = at(MADE)
    with smtp(server.port) as transport:
        server.then(phase, *[reply(TEMPORARY[phase])] * len(SCHEDULE))
        for _attempt in SCHEDULE:
            assert outbox.deliver(now, transport=transport) == DeliverReport(deferred=1)
            now = outbox.message("next_try_at")
        assert outbox.deliver(now, transport=transport) == DeliverReport(sent=1)
    assert_one_unmarked(server)
    started = [started_at for (started_at,) in outbox.attempts("started_at")]
    waits = [(later - earlier) / timedelta(minutes=1) for earlier, later in pairwise(started)]
    assert all(
        0.8 * minutes <= wait <= 1.2 * minutes
        for wait, minutes in zip(waits, SCHEDULE, strict=True)
    ), waits
    assert waits[0] >= 5, "greylists count from the first try"


@pytest.mark.parametrize(
    ("lead_times", "reason", "fails_before"),
    [
        pytest.param("H-30 H-27", "the next notice", "2026-05-04", id="the next lead time"),
        pytest.param("H-30", "not taken in 5 days", "2026-05-06", id="five days"),
    ],
)
def test_f13_a_refusal_that_stays_temporary_fails_at_its_limit(
    sqlite_database: Database,
    server: SmtpServer,
    lead_times: str,
    reason: str,
    fails_before: str,
) -> None:
    rule = make_rule(lead_times=lead_times)
    outbox = Outbox(sqlite_database, policy=make_policy(rule, send_window=ALWAYS_OPEN))
    server.always("dot", reply("451 4.3.0 later"))
    now = at(MADE)
    with smtp(server.port) as transport:
        while "failed" not in outbox.states():
            outbox.deliver(now, transport=transport)
            now = outbox.message("next_try_at") or now
        assert now < at(fails_before)
        assert str(outbox.message("reason")).startswith(reason)
        server.recover()
        assert outbox.deliver(now + timedelta(days=1), transport=transport).sent == 0
    assert server.mails == []


@pytest.mark.parametrize(
    ("phase", "line"),
    [
        ("greeting", "554 5.3.2 no service for you"),
        ("auth", "535 5.7.8 wrong user or password"),
        ("auth", "550 5.7.30 basic authentication is withdrawn"),
        ("mail", "550 5.7.1 sender refused"),
        ("mail", "550 5.7.515 sender domain not authenticated"),
    ],
)
def test_f15_a_relay_that_refuses_everything_fails_no_message(
    sqlite_database: Database, server: SmtpServer, phase: str, line: str
) -> None:
    count = 8
    outbox = Outbox(sqlite_database, count)
    server.users = {USER: PASSWORD}
    server.always(phase, reply(line))
    an_hour = timedelta(hours=1)
    with smtp(server.port, logs_in=True) as transport:
        deliver_each_minute(outbox, transport, at(MADE), an_hour)
        assert outbox.states() == ["pending"] * count
        assert outbox.message_values("attempts") == [0] * count
        asked = len(outbox.attempts())
        assert OPENS_AT <= asked <= OPENS_AT + 5, "one probe after 1, 2, 4, 8 and 16 minutes"
        assert "relay_closed" in [kind for (kind,) in outbox.rows(tables.events, "kind")]
        server.recover()
        deliver_each_minute(outbox, transport, at(MADE) + an_hour, timedelta(minutes=31))
    assert outbox.states() == ["sent"] * count
    assert outbox.message_values("attempts") == [1] * count
    assert len({mail.message_id for mail in server.mails}) == len(server.mails) == count
    assert not any(mail.is_marked for mail in server.mails)


@pytest.mark.parametrize("phase", ["rcpt", "dot"])
def test_f15_a_domain_that_is_not_proved_waits_for_a_person_and_then_is_sent(
    database: Database, server: SmtpServer, phase: str
) -> None:
    outbox = Outbox(database, 3)
    server.always(phase, reply("550 5.7.515 sender domain not authenticated"))
    with smtp(server.port) as transport:
        assert outbox.deliver(MADE, transport=transport) == DeliverReport(held=3)
        assert outbox.message_values("held_for") == ["refused"] * 3
        server.recover()
        now = at("2026-05-04")
        with outbox.database.write() as connection:
            ids = outbox.message_values("message_id")
            release(connection, ids, Person("admin@example.go.id", "DKIM mended"), now)
        assert outbox.deliver(now, transport=transport).sent == 3
    assert len(server.mails) == 3


def test_f16_a_greylist_is_overcome_by_the_same_envelope_later(
    database: Database, server: SmtpServer
) -> None:
    outbox = Outbox(database)
    now = at(MADE)
    server.by_rule(Greylist(lambda: now, timedelta(minutes=5)))
    with smtp(server.port) as transport:
        assert outbox.deliver(now, transport=transport) == DeliverReport(deferred=1)
        now += timedelta(minutes=4)
        assert outbox.deliver(now, transport=transport) == DeliverReport()
        now = outbox.message("next_try_at")
        assert outbox.deliver(now, transport=transport) == DeliverReport(sent=1)
    senders = {line.split()[1] for line in server.commands if line.startswith("MAIL")}
    assert senders == {"FROM:<pengingat@example.go.id>"}
    assert outbox.message("attempts") == 2
    assert_one_unmarked(server)


@pytest.mark.parametrize(
    ("offers", "email", "reason"),
    [
        pytest.param(("SIZE 500",), OFFICER, "octets and the relay takes at most 500", id="SIZE"),
        pytest.param(("8BITMIME",), "ünï@biro.example.go.id", "need SMTPUTF8", id="SMTPUTF8"),
    ],
)
def test_f18_what_the_relay_cannot_take_is_held_with_the_reason(
    database: Database, server: SmtpServer, offers: tuple[str, ...], email: str, reason: str
) -> None:
    outbox = Outbox(database, None)
    outbox.put(make_bureau(), make_contact(email), make_agreement("A-0"))
    outbox.scan(MADE)
    server.offers = offers
    with smtp(server.port) as transport:
        assert outbox.deliver(MADE, transport=transport) == DeliverReport(held=1)
        assert reason in outbox.message("reason")
        assert outbox.deliver("2026-05-04", transport=transport) == DeliverReport()
    assert server.mails == []


def test_f18_a_relay_for_seven_bits_only_gets_the_same_words(
    database: Database, server: SmtpServer
) -> None:
    outbox = Outbox(database)
    server.offers = ()
    with smtp(server.port) as transport:
        assert outbox.deliver(MADE, transport=transport) == DeliverReport(sent=1)
    (mail,) = server.mails
    assert mail.data.isascii()
    assert "MAIL FROM:<pengingat@example.go.id>" in server.commands
