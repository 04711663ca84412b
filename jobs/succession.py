"""Succession: a mail that failed for good -> the next contact in line is told the same day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from jobs.enqueueing import enqueue, grouping_of
from jobs.planning import directory_of
from reminder.clock import known_zone, local_date
from reminder.crash_points import CrashPoint, passing
from reminder.firing import NewNotice
from reminder.notices import Successors, successors_of
from reminder.skips import SkipReason
from reminder.storage.dead_addresses import mark_dead, refused_twice
from reminder.storage.history import SuccessionRecord
from reminder.storage.register import mark_agreements
from reminder.storage.succession import (
    Told,
    add_succession,
    load_failed_notices,
    load_told,
    put_aside,
    take,
    untold_messages,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from jobs.grouping import Grouping
    from reminder.directory import Directory
    from reminder.storage.succession import FailedNotice

ASIDE_FOR = timedelta(hours=1)
"""How long a message whose succession raised is left alone, so that it does not fill the log."""


def succeed(context: JobContext) -> int:
    """Tell the next in line for every message that failed; returns the notices made.

    One message, one transaction: one that raises stops no other and is tried again after an
    hour. Running it twice, or two at once, tells nobody twice.
    """
    now = context.clock.now()
    with context.database.read() as connection:
        untold = untold_messages(connection, now)
    if not untold:
        return 0  # nearly always: one look at an index that is empty
    with context.database.read() as connection:
        directory = directory_of(connection, context.policy)
    succession = _Succession(context, directory, grouping_of(context, directory, now), now)
    return sum(_one(context, succession, message_id, now) for message_id in untold)


def _one(context: JobContext, succession: _Succession, message_id: str, now: datetime) -> int:
    try:
        with context.database.write() as connection:
            made = succession.settle(connection, message_id)
            passing(CrashPoint.BEFORE_SUCCESSION_COMMIT)
    # One bad record never stops the others (reliability I-8).
    except Exception:
        context.log.exception("succession_failed", message_id=message_id)
        with context.database.write() as connection:
            put_aside(connection, message_id, now + ASIDE_FOR)
        return 0
    passing(CrashPoint.AFTER_SUCCESSION_COMMIT)
    return made


@dataclass(frozen=True)
class _Succession:
    """The contacts and the policy at one instant, applied to failed messages one by one."""

    context: JobContext
    directory: Directory
    grouping: Grouping
    now: datetime

    def settle(self, connection: Connection, message_id: str) -> int:
        """Tell the next in line for each live notice of a message; how many notices are new."""
        if not take(connection, message_id):
            return 0
        self._note_dead(connection, message_id)
        failed = load_failed_notices(connection, message_id)
        told = load_told(connection, sorted({notice.deadline.id for notice in failed}))
        made: list[NewNotice] = []
        for notice in failed:
            found, outcome = self._decide(notice, told[notice.occurrence])
            made.extend(self._notices(notice, found))
            self._record(connection, message_id, notice, outcome, found)
        grouped = enqueue(connection, made, self.grouping, self.now)
        for notice in failed:  # planned again, for the finding that names the address
            mark_agreements(connection, [notice.deadline.agreement], self._today(notice))
        return len(grouped.notices)

    def _note_dead(self, connection: Connection, message_id: str) -> None:
        """Where the relay has refused the address for good before: nothing more is sent to it."""
        if email := refused_twice(connection, message_id):
            reason = "refused by the mail server on two days"
            mark_dead(connection, email, reason, self.now, message_id)

    def _decide(self, notice: FailedNotice, told: Told) -> tuple[Successors, str]:
        """Who is told instead, and in one word what becomes of the notice."""
        deadline = notice.deadline
        if deadline.silent_reason:
            return Successors(), deadline.silent_reason
        today = self._today(notice)
        if deadline.snoozed_until is not None and today < deadline.snoozed_until:
            return Successors(), SkipReason.SNOOZED.value
        until = deadline.acknowledged_until
        if notice.level and until is not None and today < until:
            return Successors(), SkipReason.ACKNOWLEDGED.value
        if deadline.told not in ("", notice.lead_time):
            # Stale by now: a more urgent notice was made, and has successors of its own.
            return Successors(), "overtaken"
        found = successors_of(
            self.directory,
            deadline.bureau,
            deadline.officer,
            notice.role,
            told.unreached,
            told.reached,
            today,
        )
        if found.recipients:
            return found, "told"
        return found, "told_already" if found.told_already else "nobody_left"

    def _notices(self, notice: FailedNotice, found: Successors) -> Sequence[NewNotice]:
        deadline = notice.deadline
        rules = {rule.name: rule for rule in self.context.policy.rules}
        # Where the rule is gone, the template that is named after the deadline's kind.
        template = rules[deadline.rule].template if deadline.rule in rules else deadline.kind
        return [
            NewNotice(
                deadline=deadline,
                lead_time=notice.lead_time,
                role=notice.role,
                recipient=recipient.email,
                recipient_name=recipient.name,
                recipient_bureau=recipient.bureau,
                copy=notice.copy,
                fallback=recipient.fallback,
                successor_of="",
                # A mail that asks somebody further up to step in stays one in the next hands.
                template=(notice.level and notice.template) or template,
                made_on=self._today(notice),
                message_id="",
                level=notice.level,
            )
            for recipient in found.recipients
        ]

    def _today(self, notice: FailedNotice) -> date:
        default = self.context.policy.service.timezone
        return local_date(self.now, known_zone(notice.deadline.timezone, default))

    def _record(
        self,
        connection: Connection,
        message_id: str,
        notice: FailedNotice,
        outcome: str,
        found: Successors,
    ) -> None:
        deadline = notice.deadline
        told = tuple(recipient.email for recipient in found.recipients) or found.told_already
        done = SuccessionRecord(
            deadline_id=deadline.id,
            epoch=deadline.epoch,
            lead_time=notice.lead_time,
            role=notice.role,
            failed=notice.recipient,
            outcome=outcome,
            told=told,
            at=self.now,
        )
        add_succession(connection, message_id, deadline.agreement, done)
        self.context.log.warning(
            "succession", agreement=deadline.agreement, role=notice.role, outcome=outcome
        )
