"""Rate limits: kept across runs and workers, and a mail that waits for one is only late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.deliver import DeliverReport
from reminder.policy import Limits
from reminder.policy.model import RateLimit
from reminder.storage import tables
from tests.fakes import GREYLISTED, NO_REPLY, RELAY_DOWN
from tests.outboxes import MADE, Outbox
from tests.stored import at, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

MINUTE = timedelta(minutes=1)


def limited(
    database: Database,
    count: int,
    *,
    per_recipient: RateLimit | None = None,
    per_relay: RateLimit | None = None,
) -> Outbox:
    """So many messages, all to the one officer, under these limits."""
    limits = Limits(per_recipient, per_relay)
    return Outbox(database, count, make_policy(digest_above=100_000, limits=limits))


def test_a_relay_gets_no_more_than_its_limit(database: Database) -> None:
    outbox = limited(database, 8, per_relay=RateLimit(3, MINUTE))
    assert outbox.deliver(MADE) == DeliverReport(sent=3)
    assert outbox.deliver(at(MADE) + MINUTE - timedelta(seconds=1)) == DeliverReport()
    assert outbox.deliver(at(MADE) + MINUTE) == DeliverReport(sent=3)
    assert outbox.deliver(at(MADE) + 2 * MINUTE) == DeliverReport(sent=2)


def test_what_waits_for_the_relays_limit_is_as_it_was(database: Database) -> None:
    outbox = limited(database, 5, per_relay=RateLimit(3, MINUTE))
    outbox.deliver(MADE)
    waiting = [row for row in outbox.messages("state", "attempts", "claims") if row[0] != "sent"]
    assert waiting == [("pending", 0, 0)] * 2


def test_a_refusal_uses_the_relays_limit_up_but_a_relay_that_is_down_does_not(
    database: Database,
) -> None:
    outbox = limited(database, 6, per_relay=RateLimit(3, MINUTE))
    outcomes = (RELAY_DOWN, RELAY_DOWN, GREYLISTED)
    assert outbox.deliver(MADE, *outcomes) == DeliverReport(
        deferred=3, relay_faults=2, relay_text="connection refused (connect)"
    )


def test_mails_of_other_workers_that_are_under_way_count(database: Database) -> None:
    outbox = limited(database, 6, per_relay=RateLimit(4, MINUTE))
    outbox.run(
        "UPDATE messages SET state = 'sending', lease_until = '2030-01-01', worker = 'other:1' "
        "WHERE message_id IN (SELECT message_id FROM messages ORDER BY message_id LIMIT 3)"
    )
    assert outbox.deliver(MADE) == DeliverReport(sent=1)


def test_f41_a_mail_over_its_recipients_limit_is_late_and_never_counted_as_sent(
    database: Database,
) -> None:
    outbox = limited(database, 5, per_recipient=RateLimit(2, timedelta(days=1)))
    assert outbox.deliver(f"{MADE} 10:00") == DeliverReport(sent=2)
    assert outbox.states() == ["pending"] * 3 + ["sent"] * 2
    assert len(outbox.transport.delivered) == 2
    # A day later is a Saturday: the next opening of the send window is on Monday.
    monday = at("2026-05-04", "08:00")
    assert outbox.deliver("2026-05-02 10:00") == DeliverReport()
    assert outbox.deliver(monday) == DeliverReport(sent=2)
    assert outbox.deliver("2026-05-05 08:00") == DeliverReport(sent=1)
    assert outbox.states() == ["sent"] * 5


def test_the_nearest_due_date_goes_first_where_the_limit_parts_them(database: Database) -> None:
    outbox = limited(database, 4, per_recipient=RateLimit(1, timedelta(hours=1)))
    outbox.run("UPDATE messages SET due_on = '2026-05-20' WHERE message_id = :it", it=_last(outbox))
    outbox.deliver(MADE)
    (mail,) = outbox.transport.delivered
    assert mail.message_id == _last(outbox)


def test_a_mail_without_a_verdict_counts_as_one_that_arrived(database: Database) -> None:
    outbox = limited(database, 2, per_recipient=RateLimit(1, timedelta(hours=1)))
    assert outbox.deliver(MADE, NO_REPLY) == DeliverReport(uncertain=1)
    assert outbox.deliver(at(MADE) + MINUTE) == DeliverReport()
    assert sorted(outbox.states()) == ["pending", "uncertain"]


def test_other_recipients_and_the_services_own_alarms_do_not_wait(database: Database) -> None:
    outbox = limited(database, 4, per_recipient=RateLimit(1, timedelta(hours=1)))
    first, second, *_ = outbox.message_values("message_id")
    outbox.run("UPDATE messages SET recipient = 'b@x.id' WHERE message_id = :it", it=first)
    outbox.run("UPDATE messages SET kind = 'admin' WHERE message_id = :it", it=second)
    assert outbox.deliver(MADE) == DeliverReport(sent=3)


def test_the_limit_is_found_by_its_index(sqlite_database: Database) -> None:
    limited(sqlite_database, 1)
    with sqlite_database.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT recipient, sent_at FROM messages "
            "WHERE recipient IN ('a', 'b') AND sent_at > '2026-05-01'"
        ).all()
    assert any("ix_messages_recipient_sent" in row[-1] for row in plan)


def _last(outbox: Outbox) -> str:
    (message_id,) = [row[0] for row in outbox.rows(tables.messages, "message_id")][-1:]
    return str(message_id)
