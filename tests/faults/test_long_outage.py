"""F-39: the relay is down for six days, and takes three mails a minute once it is back."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from reminder.policy import Limits
from reminder.policy.model import RateLimit
from reminder.storage import tables
from tests.factories import make_agreement, make_rule
from tests.fakes import RELAY_DOWN, RecordingTransport
from tests.outboxes import MADE, Outbox
from tests.stored import at, make_policy

if TYPE_CHECKING:
    from reminder.mail.transport import BeforeDot, Outcome, OutgoingMail
    from reminder.storage.engine import Database

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS_DOWN = 6
BACK_ON = "2026-05-07"
"""The Thursday; the outage began on the Friday before."""
REACHED = {
    date(2026, 5, 31): "H-25",
    date(2026, 6, 3): "H-27",
    date(2026, 6, 4): "H-30",
    date(2026, 6, 5): "H-30",
}
"""The due dates, and the lead time that each has come to by then: the first two have been
through one or two others meanwhile."""
STALE = 3
"""Those others."""
EACH = 10
"""Agreements of each due date."""
MOST = 3


class Relay(RecordingTransport):
    """One that can be down, and notes when it took which mail."""

    def __init__(self) -> None:
        super().__init__()
        self.now = at(MADE)
        self.is_down = True
        self.taken: list[tuple[datetime, str]] = []

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        if self.is_down:
            return RELAY_DOWN
        self.taken.append((self.now, mail.message_id))
        return super().send(mail, before_dot)


def deliver_each(outbox: Outbox, relay: Relay, step: timedelta, lasts: timedelta) -> None:
    """Deliver every *step* from nine o'clock on, as the daemon does."""
    begins_at = relay.now
    for number in range(int(lasts / step)):
        relay.now = begins_at + step * number
        outbox.deliver(relay.now, transport=relay)


def test_f39_after_six_days_the_nearest_due_dates_leave_first_and_what_is_stale_does_not(
    sqlite_database: Database,
) -> None:
    rule = make_rule(lead_times="H-30 H-27 H-25 H-7")
    limits = Limits(None, RateLimit(MOST, MINUTE))
    outbox = Outbox(sqlite_database, 0, make_policy(rule, limits=limits, digest_above=1_000))
    for day in REACHED:
        outbox.put(*(make_agreement(f"{day}/{n}", expires_on=str(day)) for n in range(EACH)))
    relay = Relay()
    for number in range(DAYS_DOWN):
        relay.now = at(MADE) + DAY * number
        outbox.scan(relay.now)
        deliver_each(outbox, relay, 60 * MINUTE, timedelta(hours=6))
    relay.now, relay.is_down = at(BACK_ON), False
    outbox.scan(relay.now)
    deliver_each(outbox, relay, MINUTE, timedelta(hours=1))

    everything = EACH * len(REACHED)
    due = dict(outbox.rows(tables.messages, "message_id", "due_on"))
    order = [due[message_id] for _at, message_id in relay.taken]
    assert (len(order), order) == (everything, sorted(order))
    taken_at = [taken for taken, _message_id in relay.taken]
    pairs = zip(taken_at, taken_at[MOST:], strict=False)
    assert all(later - earlier >= MINUTE for earlier, later in pairs)
    assert Counter(outbox.states()).keys() == {"sent", "superseded"}
    assert outbox.states().count("sent") == everything
    left = dict(outbox.rows(tables.messages, "message_id", "state"))
    told = Counter(
        (due_on, lead)
        for message_id, due_on, lead in outbox.notices("message_id", "due_on", "lead_time")
        if left[message_id] == "sent"
    )
    assert told == dict.fromkeys(REACHED.items(), EACH)
    reasons = Counter(
        reason.partition(" as ")[0]
        for state, reason in outbox.messages("state", "reason")
        if state == "superseded"
    )
    assert reasons["superseded"] == STALE * EACH
    assert reasons.keys() == {"superseded", "revised"}, "revised: the same notice, in fresh words"
