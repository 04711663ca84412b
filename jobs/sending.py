"""Sending one message: intent, dot, verdict, each durable before the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobs.claiming import next_opening
from jobs.group_commit import GroupCommit
from jobs.outcomes import Attempt, result_of
from jobs.wire_form import WireForm
from reminder.clock import steady_seconds
from reminder.errors import MailRefused, describe
from reminder.mail.journal import OutcomeEntry
from reminder.mail.smtp import LONGEST_PAUSE
from reminder.mail.transport import Outcome, OutgoingMail, Verdict
from reminder.retry import PUT_OFF
from reminder.storage.claims import Claimed, supersede_if_empty
from reminder.storage.leases import HeldFor, hold, postpone, put_back
from reminder.storage.verdicts import Result, add_attempt

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.mail.journal import OutcomeJournal
    from reminder.mail.transport import Transport
    from reminder.storage.attachments import Attachment
    from reminder.storage.grants import Grant

REDIRECTED = "[to REMINDER_REDIRECT_TO instead of the recipient]"
FENCED_FOR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one message."""

    state: str
    """Its state now; empty where it waits as before or is somebody else's."""
    is_relay_fault: bool = False
    text: str = ""


class Sender:
    """Sends messages that are claimed and frozen. Never raises for what one message does.

    Safe to use from several threads at once, each with a transport of its own.
    """

    def __init__(
        self,
        context: JobContext,
        worker: str,
        commit: GroupCommit,
        journal: OutcomeJournal | None = None,
    ) -> None:
        self._context = context
        self._worker = worker
        self._commit = commit
        self._journal = journal
        self._wire_form = WireForm(context.settings, context.policy)

    def compose(
        self,
        claimed: Claimed,
        grants: Sequence[Grant],
        attachments: Sequence[Attachment] = (),
    ) -> OutgoingMail | Sent:
        """The mail as it will leave; where it cannot be made, what became of the message."""
        try:
            if claimed.content is None:
                raise MailRefused("it has no content")
            return self._wire_form.mail(claimed, claimed.content, grants, attachments)
        except MailRefused as error:
            return self._hold(claimed, f"cannot be put into a mail: {error}")
        except Exception as error:  # a defect of ours must not stop the other messages
            return self._put_off(claimed, error)

    def send(self, claimed: Claimed, mail: OutgoingMail, transport: Transport) -> Sent:
        """Try once and store what came of it, or have it stored with the next commit."""
        dot = _Dot(self._commit, claimed)
        started_at = self._context.clock.now()
        try:
            outcome = transport.send(mail, dot.intend)
            attempt = Attempt(started_at, self._context.clock.now(), dot.intent_at, self._worker)
            if outcome.verdict is Verdict.FENCED:
                return self._called_off(claimed, outcome, attempt)
            return self._record(claimed, outcome, attempt)
        except Exception as error:  # a defect of ours must not stop the other messages
            if dot.was_granted:
                # The dot may be out: when the lease ends the message becomes uncertain.
                log = self._context.log
                log.error("send_failed", message_id=claimed.message_id, exc_info=error)
                return Sent("")
            return self._put_off(claimed, error)

    def _record(self, claimed: Claimed, outcome: Outcome, attempt: Attempt) -> Sent:
        def opening(at: datetime) -> datetime:
            return next_opening(self._context.policy, claimed, at)

        if self._context.settings.redirect_to:
            # Else the record would claim that the true recipient was told.
            outcome = replace(outcome, text=f"{outcome.text} {REDIRECTED}".lstrip())
        result = result_of(claimed, outcome, attempt, opening)

        def tell(is_ours: bool, error: Exception | None) -> None:
            self._tell(claimed, result, is_ours=is_ours, error=error)

        if result.is_known_after_dot and self._note(claimed, result):
            self._commit.record_along(claimed, result, tell)
        else:
            try:
                tell(self._commit.record(claimed, result), None)
            except Exception as error:
                tell(False, error)  # the lease ends, and recovery knows what that means
                return Sent("")
        return Sent(result.state, outcome.verdict is Verdict.RELAY, result.reason)

    def _tell(
        self, claimed: Claimed, result: Result, *, is_ours: bool, error: Exception | None
    ) -> None:
        log = self._context.log
        if error is not None:
            # Of a dot that went out the journal knows the verdict; the next run records it.
            log.error("verdict_not_stored", message_id=claimed.message_id, exc_info=error)
            return
        (log.info if result.state == "sent" else log.warning)(
            "message_tried",
            message_id=claimed.message_id,
            verdict=result.verdict,
            phase=result.phase,
            code=result.code,
            state=result.state if is_ours else "lease lost",
        )

    def _note(self, claimed: Claimed, result: Result) -> bool:
        """Put the verdict where it survives us, at once: so far nobody else knows it."""
        journal = self._journal
        if journal is None:
            return False
        redirected = bool(self._context.settings.redirect_to)
        if journal.write(journal_entry(claimed, result, redirected=redirected)):
            return True
        # The second line of defence is gone for this mail; the first one still stands.
        self._context.log.error("journal_unusable", reason=journal.trouble)
        return False

    def _called_off(self, claimed: Claimed, outcome: Outcome, attempt: Attempt) -> Sent:
        """The intent was refused: the deadline was closed, or the lease is not ours any more."""
        now = attempt.ended_at
        result = result_of(claimed, outcome, attempt, lambda at: at)
        with self._context.database.write() as connection:
            add_attempt(connection, claimed.message_id, result, claimed.row.possible_duplicate)
            if supersede_if_empty(connection, claimed, now):
                return Sent("superseded")
            # Nothing is wrong with the message: the machine or the relay was too slow.
            postpone(connection, claimed.token, [claimed.message_id], now + FENCED_FOR)
        return Sent("")

    def _hold(self, claimed: Claimed, reason: str) -> Sent:
        with self._context.database.write() as connection:
            now = self._context.clock.now()
            hold(connection, claimed.message_id, HeldFor.CONTENT, reason, now, claimed.token)
        self._context.log.error("message_held", message_id=claimed.message_id, reason=reason)
        return Sent("held")

    def _put_off(self, claimed: Claimed, error: Exception) -> Sent:
        self._context.log.error("send_failed", message_id=claimed.message_id, exc_info=error)
        now = self._context.clock.now()
        with self._context.database.write() as connection:
            state = put_back(
                connection,
                claimed.message_id,
                claimed.token,
                now,
                now + PUT_OFF,
                describe(error),
            )
        return Sent(state if state == "held" else "")


class _Dot:
    """The question asked just before the final dot: may it go out?"""

    def __init__(self, commit: GroupCommit, claimed: Claimed) -> None:
        self._commit = commit
        self._claimed = claimed
        self.intent_at: datetime | None = None
        self.was_granted = False

    def intend(self) -> bool:
        """Commit the intent; only then may the dot follow, and at once."""
        intent = self._commit.intend(self._claimed)
        if intent is None:
            return False
        self.intent_at = intent.at
        # A machine that slept here could be back after somebody else took over.
        self.was_granted = steady_seconds() - intent.began <= LONGEST_PAUSE
        return self.was_granted


def journal_entry(claimed: Claimed, result: Result, *, redirected: bool = False) -> OutcomeEntry:
    """What the outcome journal keeps of a verdict."""
    return OutcomeEntry(
        message_id=claimed.message_id,
        token=claimed.token,
        possible_duplicate=claimed.row.possible_duplicate,
        redirected=redirected,
        **{name: getattr(result, name) for name in Result.__slots__},
    )
