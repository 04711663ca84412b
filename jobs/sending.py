"""Sending one message: intent, dot, verdict, each durable before the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobs.outcomes import Attempt, result_of
from jobs.wire_form import WireForm
from reminder.clock import steady_seconds
from reminder.errors import MailRefused, describe
from reminder.mail.open_transport import patience_with
from reminder.mail.smtp import LONGEST_PAUSE
from reminder.mail.transport import Outcome, OutgoingMail, Verdict
from reminder.retry import PUT_OFF
from reminder.storage.claims import Claimed, supersede_if_empty
from reminder.storage.leases import hold, put_back
from reminder.storage.outbox import add_attempt, intend, record

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.mail.transport import Transport
    from reminder.storage.grants import Grant

REDIRECTED = "[to REMINDER_REDIRECT_TO instead of the recipient]"
FENCED_FOR = timedelta(minutes=1)
TOO_SLOW = "the lease ended before the final dot, three times; the relay is too slow"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one message."""

    state: str
    """Its state now; empty where it waits as before or is somebody else's."""
    is_relay_fault: bool = False
    text: str = ""


class Sender:
    """Sends messages that are claimed and frozen. Never raises for what one message does."""

    def __init__(self, context: JobContext, transport: Transport, worker: str) -> None:
        self._context = context
        self._transport = transport
        self._worker = worker
        self._dot_takes = patience_with(context.settings.mail_url).dot
        self._wire_form = WireForm(context.settings, context.policy)

    def next_opening(self, claimed: Claimed, at: datetime) -> datetime:
        """*at* itself while the send window of the message's bureau is open; admins have none."""
        if claimed.row.kind == "admin":
            return at
        policy = self._context.policy
        return policy.send_window.next_opening(at, claimed.row.timezone, policy.calendar)

    def send(self, claimed: Claimed, grants: Sequence[Grant]) -> Sent:
        """Try once and store what came of it."""
        try:
            if claimed.content is None:
                raise MailRefused("it has no content")
            mail = self._wire_form.mail(claimed, claimed.content, grants)
        except MailRefused as error:
            return self._hold(claimed, f"cannot be put into a mail: {error}")
        dot = _Dot(self._context, claimed, self._dot_takes)
        started_at = self._context.clock.now()
        try:
            outcome = self._transport.send(mail, dot.intend)
        except Exception as error:  # a defect of ours must not stop the other messages
            return self._put_off(claimed, dot, error)
        attempt = Attempt(started_at, self._context.clock.now(), dot.intent_at, self._worker)
        if outcome.verdict is Verdict.FENCED:
            return self._called_off(claimed, outcome, attempt)
        return self._record(claimed, mail, outcome, attempt)

    def _record(
        self, claimed: Claimed, mail: OutgoingMail, outcome: Outcome, attempt: Attempt
    ) -> Sent:
        def opening(at: datetime) -> datetime:
            return self.next_opening(claimed, at)

        if self._context.settings.redirect_to:
            # Else the record would claim that the true recipient was told.
            outcome = replace(outcome, text=f"{outcome.text} {REDIRECTED}".lstrip())
        result = result_of(claimed, outcome, attempt, opening)
        with self._context.database.write() as connection:
            is_ours = record(connection, claimed, result)
        log = self._context.log
        (log.info if outcome.verdict is Verdict.SENT else log.warning)(
            "message_tried",
            message_id=mail.message_id,
            verdict=outcome.verdict.value,
            phase=outcome.phase,
            code=outcome.code,
            state=result.state if is_ours else "lease lost",
        )
        if not is_ours:
            return Sent("")
        return Sent(result.state, outcome.verdict is Verdict.RELAY, result.reason)

    def _called_off(self, claimed: Claimed, outcome: Outcome, attempt: Attempt) -> Sent:
        """The intent was refused: the deadline was closed, or the lease is not ours any more."""
        now = attempt.ended_at
        result = result_of(claimed, outcome, attempt, lambda at: at)
        with self._context.database.write() as connection:
            add_attempt(connection, claimed.message_id, result, claimed.row.possible_duplicate)
            if supersede_if_empty(connection, claimed, now):
                return Sent("superseded")
            state = put_back(
                connection, claimed.message_id, claimed.token, now, now + FENCED_FOR, TOO_SLOW
            )
        return Sent(state if state == "held" else "")

    def _hold(self, claimed: Claimed, reason: str) -> Sent:
        with self._context.database.write() as connection:
            now = self._context.clock.now()
            hold(connection, claimed.message_id, reason, now, token=claimed.token)
        self._context.log.error("message_held", message_id=claimed.message_id, reason=reason)
        return Sent("held")

    def _put_off(self, claimed: Claimed, dot: _Dot, error: Exception) -> Sent:
        self._context.log.error("send_failed", message_id=claimed.message_id, exc_info=error)
        if dot.was_granted:
            return Sent("")  # the dot may be out: when the lease ends it becomes uncertain
        now = self._context.clock.now()
        reason = describe(error)
        with self._context.database.write() as connection:
            state = put_back(
                connection, claimed.message_id, claimed.token, now, now + PUT_OFF, reason
            )
        return Sent(state if state == "held" else "")


class _Dot:
    """The question asked just before the final dot: may it go out?"""

    def __init__(self, context: JobContext, claimed: Claimed, takes: timedelta) -> None:
        self._context = context
        self._claimed = claimed
        self._takes = takes
        self.intent_at: datetime | None = None
        self.was_granted = False

    def intend(self) -> bool:
        """Commit the intent; only then may the dot follow, and at once."""
        now = self._context.clock.now()
        with self._context.database.write() as connection:
            if not intend(connection, self._claimed, now, now + self._takes):
                return False
            began = steady_seconds()
        self.intent_at = now
        # A machine that slept here could be back after somebody else took over.
        self.was_granted = steady_seconds() - began <= LONGEST_PAUSE
        return self.was_granted
