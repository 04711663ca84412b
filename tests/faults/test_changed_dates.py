"""F-34: an agreement is extended while the mail about its old end is on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from jobs.touched import plan_touched
from reminder.crash_points import CrashPoint
from reminder.storage import tables
from tests.factories import make_agreement
from tests.fakes import GREYLISTED, RecordingTransport
from tests.faults.hooks import once_at
from tests.outboxes import MADE, Outbox
from tests.stored import at

if TYPE_CHECKING:
    from reminder.mail.transport import BeforeDot, Outcome, OutgoingMail
    from reminder.storage.engine import Database

NOON = at(MADE, "12:00")
NEW_END = "2026-08-31"
NEW_NOTICE_ON = "2026-07-31"
"""The Friday; H-30 of the new end is a Saturday."""


def extend(outbox: Outbox) -> None:
    """What an import does: the facts, and then the plan of what they touch."""
    outbox.put(make_agreement("A-0", expires_on=NEW_END))
    assert plan_touched(outbox.context(at(MADE))) == {}


class Extending(RecordingTransport):
    """A relay that has the body when the agreement is extended, and asks for the dot then."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self._outbox = outbox

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        if not self.tried:
            extend(self._outbox)
        return super().send(mail, before_dot)


def extend_while_it_waits(outbox: Outbox) -> RecordingTransport:
    extend(outbox)
    return RecordingTransport()


def extend_while_it_is_deferred(outbox: Outbox) -> RecordingTransport:
    transport = RecordingTransport([GREYLISTED])
    assert outbox.deliver(MADE, transport=transport).deferred == 1
    extend(outbox)
    return RecordingTransport()


def extend_while_it_is_claimed(outbox: Outbox) -> RecordingTransport:
    transport = RecordingTransport()
    with once_at(CrashPoint.AFTER_CLAIM_COMMIT, lambda: extend(outbox)):
        outbox.deliver(MADE, transport=transport)
    return transport


def extend_when_it_is_rendered(outbox: Outbox) -> RecordingTransport:
    transport = RecordingTransport()
    with once_at(CrashPoint.AFTER_FREEZE_COMMIT, lambda: extend(outbox)):
        outbox.deliver(MADE, transport=transport)
    return transport


def extend_before_the_dot(outbox: Outbox) -> RecordingTransport:
    transport = Extending(outbox)
    outbox.deliver(MADE, transport=transport)
    return transport


@pytest.mark.parametrize(
    "while_",
    [
        extend_while_it_waits,
        extend_while_it_is_deferred,
        extend_while_it_is_claimed,
        extend_when_it_is_rendered,
        extend_before_the_dot,
    ],
)
def test_f34_mail_about_the_old_end_does_not_leave_and_the_new_end_is_told_in_its_time(
    database: Database, while_: Callable[[Outbox], RecordingTransport]
) -> None:
    outbox = Outbox(database)
    transport = while_(outbox)
    outbox.scan(NOON)
    outbox.deliver(NOON, transport=transport)
    assert transport.delivered == []
    assert outbox.messages("state", "reason") == [("superseded", "redated")]
    outbox.scan(NEW_NOTICE_ON)
    outbox.deliver(NEW_NOTICE_ON, transport=transport)
    (mail,) = transport.delivered
    assert b"31 Agustus 2026" in mail.data
    assert outbox.notices("lead_time", "epoch") == [("H-30", 1), ("H-30", 2)]


def test_f34_mail_whose_dot_was_granted_is_sent_and_the_record_says_that_the_date_changed(
    database: Database,
) -> None:
    outbox, transport = Outbox(database), RecordingTransport()
    with once_at(CrashPoint.AFTER_INTENT_COMMIT, lambda: extend(outbox)):
        outbox.deliver(MADE, transport=transport)
    outbox.scan(NOON)
    assert len(transport.delivered) == 1
    assert outbox.states() == ["sent"]
    kinds = [kind for (kind,) in outbox.rows(tables.events, "kind")]
    assert kinds == ["scan", "deadline", "sent"], "the change, and then the mail of before"
