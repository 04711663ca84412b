"""Errors and pauses of our own between the intent and the reply: no copy without a mark."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from jobs.group_commit import GroupCommit, Intent
from jobs.preparing import Preparer
from jobs.sending import FENCED_FOR, Sender, Sent
from reminder.mail.open_transport import patience_with
from reminder.mail.smtp import LONGEST_PAUSE
from reminder.mail.transport import OutgoingMail
from reminder.retry import UNCERTAIN_FOR
from reminder.storage.claims import Claimed, claim
from reminder.storage.grants import load_grants
from tests.fakes import RecordingTransport
from tests.outboxes import MADE, Outbox
from tests.stored import at

if TYPE_CHECKING:
    from reminder.mail.transport import BeforeDot, Outcome
    from reminder.storage.engine import Database


class Broken:
    """A transport with a defect that shows once the dot is out."""

    def __init__(self) -> None:
        self.delivered: list[OutgoingMail] = []

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        assert before_dot()
        self.delivered.append(mail)
        raise ValueError("a defect")

    def close(self) -> None:
        """Nothing is open."""


def test_an_error_of_our_own_after_the_dot_leaves_one_marked_repeat(database: Database) -> None:
    outbox = Outbox(database)
    broken = Broken()
    assert outbox.deliver(MADE, transport=broken) == DeliverReport()
    assert outbox.states() == ["sending"]
    dead_at = at(MADE) + patience_with(outbox.settings.mail_url).lease
    assert outbox.deliver(dead_at) == DeliverReport()
    assert outbox.states() == ["uncertain"]
    assert outbox.deliver(dead_at + UNCERTAIN_FOR) == DeliverReport(sent=1)
    (first,), (second,) = broken.delivered, outbox.transport.delivered
    assert second.message_id == first.message_id
    assert b"X-Possible-Duplicate: attempt=2" in second.data


def test_a_delivery_that_fails_gives_back_what_was_not_begun_and_nothing_else(
    database: Database,
) -> None:
    outbox = Outbox(database, 2)
    broken = Broken()

    def stop() -> bool:
        if broken.delivered:
            raise RuntimeError("another defect")
        return False

    with pytest.raises(RuntimeError, match="another defect"):
        outbox.deliver(MADE, transport=broken, stop=stop)
    assert sorted(outbox.messages("state", "claims")) == [("pending", 0), ("sending", 1)]


class Slept(GroupCommit):
    """As if the machine had been suspended before the commit of an intent came back."""

    def intend(self, claimed: Claimed) -> Intent | None:
        intent = super().intend(claimed)
        return intent and replace(intent, began=intent.began - LONGEST_PAUSE)


def test_a_machine_that_slept_in_the_commit_of_the_intent_does_not_dot(database: Database) -> None:
    outbox = Outbox(database)
    now = at(MADE)
    context, transport = outbox.context(now), RecordingTransport()
    with database.write() as connection:
        batch = claim(connection, now, now + timedelta(hours=1), "host:1", 1)
    (claimed,) = Preparer(context).prepare(batch.messages).ready
    with database.read() as connection:
        grants = load_grants(connection, [claimed.message_id])
    sender = Sender(context, "host:1", Slept(context, "relay:25", timedelta(minutes=3)))
    mail = sender.compose(claimed, grants[claimed.message_id])
    assert isinstance(mail, OutgoingMail)
    assert sender.send(claimed, mail, transport) == Sent("")
    assert transport.delivered == []
    assert outbox.message("state", "next_try_at") == ("pending", now + FENCED_FOR)
    assert outbox.deliver(now + FENCED_FOR) == DeliverReport(sent=1)
    assert outbox.message("possible_duplicate") is False
