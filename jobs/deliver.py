"""Delivery: messages -> attempts.

Claim a few messages, commit; render and freeze, commit; talk to the relay with no
transaction open; just before the final dot commit the intent; record the verdict, commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.preparing import Preparer
from jobs.sending import Sender, Sent
from reminder.clock import known_zone
from reminder.mail.open_transport import open_transport, patience_with
from reminder.retry import UNCERTAIN_FOR
from reminder.storage.claims import Batch, Claimed, claim, next_due_at
from reminder.storage.grants import load_grants
from reminder.storage.leases import hold, postpone, release, renew
from reminder.storage.recovery import Recovered, holders, load_rested, repeat
from reminder.storage.recovery import recover as recover_leases
from reminder.workers import is_gone, own_name

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.mail.render import Renderer
    from reminder.mail.transport import Transport

BATCH = 50
MOST_RELAY_FAULTS = 5
"""In a row; more say that the relay is down, and that the rest of the outbox can wait."""
COUNTED = ("sent", "deferred", "failed", "held", "uncertain", "superseded")
NEEDS_DECISION = (
    "no verdict came, and a rule of its notices leaves a repeat to a person (on_uncertain: "
    "hold); ask the recipient, then write assume-sent or resend"
)


@dataclass
class DeliverReport:
    """What became of the messages that were taken up."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    held: int = 0
    uncertain: int = 0
    superseded: int = 0
    relay_faults: int = 0
    """Attempts that ended with the relay's own trouble; their messages wait as before."""
    relay_text: str = ""
    """What the relay's trouble was, the last time."""

    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return {name: count for name, count in asdict(self).items() if isinstance(count, int)}


def deliver(
    context: JobContext,
    transport: Transport | None = None,
    limit: int | None = None,
    deadline_at: datetime | None = None,
    stop: Callable[[], bool] | None = None,
    renderer: Renderer | None = None,
) -> DeliverReport:
    """Send what is due, the nearest due date first, until nothing is or *limit* was tried.

    Safe to run twice, at once, and after a crash: a lease makes one worker the owner of a
    message, and the intent makes the dot depend on it. A *renderer* kept by the caller spares
    compiling the templates again in every run.
    """
    recover(context)
    used = transport or open_transport(context.settings.mail_url)
    preparer = Preparer(context, renderer)
    delivery = _Delivery(context, used, preparer, limit, deadline_at, stop or context.stopping)
    try:
        return delivery.run()
    finally:
        if transport is None:
            used.close()


def recover(context: JobContext) -> Recovered:
    """Take messages back from dead workers; repeat or hold those whose verdict never came."""
    now = context.clock.now()
    with context.database.read() as connection:
        workers, has_ended = holders(connection, now)
        gone = [worker for worker in workers if is_gone(worker)]
        if not (has_ended or gone or load_rested(connection, now)):
            return Recovered()
    holding = {rule.name for rule in context.policy.rules if rule.on_uncertain == "hold"}
    with context.database.write() as connection:
        found = recover_leases(connection, now, UNCERTAIN_FOR, gone)
        for message in load_rested(connection, now):
            if message.rules & holding:
                hold(connection, message.message_id, NEEDS_DECISION, now)
                continue
            zone = known_zone(message.timezone, context.policy.service.timezone)
            at = context.policy.send_window.next_opening(now, zone, context.policy.calendar)
            repeat(connection, message.message_id, at, now)
    if found != Recovered():
        context.log.warning("leases_recovered", **asdict(found))
    return found


class _Delivery:
    """One run of the job: what is due in the outbox, one message after the other."""

    def __init__(
        self,
        context: JobContext,
        transport: Transport,
        preparer: Preparer,
        limit: int | None,
        deadline_at: datetime | None,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._context = context
        self._left = limit
        self._deadline_at = deadline_at
        self._is_stopping = is_stopping
        self._lease = patience_with(context.settings.mail_url).lease
        self._worker = own_name()
        self._preparer = preparer
        self._sender = Sender(context, transport, self._worker)
        self._faults = 0
        self._report = DeliverReport()

    def run(self) -> DeliverReport:
        """Batch after batch, until nothing is due or something says stop."""
        while not self._is_over():
            batch = self._claim()
            if batch is None:
                break
            is_done = False
            try:
                is_done = self._send_all(batch)
            finally:
                if not is_done:
                    with self._context.database.write() as connection:
                        release(connection, batch.token)
        return self._report

    def _is_over(self) -> bool:
        if self._left is not None and self._left <= 0:
            return True
        if self._faults >= MOST_RELAY_FAULTS or self._is_stopping():
            return True
        return self._deadline_at is not None and self._context.clock.now() >= self._deadline_at

    def _claim(self) -> Batch | None:
        now = self._context.clock.now()
        with self._context.database.read() as connection:
            due_at = next_due_at(connection)
        if due_at is None or due_at > now:
            return None  # most ticks end here, without having written anything
        size = BATCH if self._left is None else min(BATCH, self._left)
        with self._context.database.write() as connection:
            batch = claim(connection, now, now + self._lease, self._worker, size)
            batch = replace(batch, messages=tuple(map(self._in_known_zone, batch.messages)))
            closed: dict[datetime, list[str]] = {}
            for claimed in batch.messages:
                opening = self._sender.next_opening(claimed, now)
                if opening > now:
                    closed.setdefault(opening, []).append(claimed.message_id)
            for opening, ids in closed.items():
                postpone(connection, batch.token, ids, opening)
        self._report.superseded += len(batch.superseded)
        late = {message_id for ids in closed.values() for message_id in ids}
        inside = tuple(claimed for claimed in batch.messages if claimed.message_id not in late)
        return replace(batch, messages=inside) if batch.token else None

    def _in_known_zone(self, claimed: Claimed) -> Claimed:
        """A zone that does not exist must not keep a mail back: the service's stands in."""
        default = self._context.policy.service.timezone
        return replace(
            claimed,
            row=replace(claimed.row, timezone=known_zone(claimed.row.timezone, default)),
            notices=tuple(
                replace(notice, timezone=known_zone(notice.timezone, default))
                for notice in claimed.notices
            ),
        )

    def _send_all(self, batch: Batch) -> bool:
        """Send a batch; False where it was broken off and the rest must be given back."""
        if not batch.messages:
            return True
        leased_at = self._context.clock.now()
        prepared = self._preparer.prepare(batch.messages)
        self._report.held += prepared.held
        with self._context.database.read() as connection:
            grants = load_grants(connection, [claimed.message_id for claimed in prepared.ready])
        for claimed in prepared.ready:
            if self._is_over():
                return False
            now = self._context.clock.now()
            if now - leased_at > self._lease / 3:
                with self._context.database.write() as connection:
                    renew(connection, batch.token, now, now + self._lease)
                leased_at = now
            self._count(self._sender.send(claimed, grants.get(claimed.message_id, ())))
        return True

    def _count(self, sent: Sent) -> None:
        if self._left is not None:
            self._left -= 1
        self._faults = self._faults + 1 if sent.is_relay_fault else 0
        if sent.is_relay_fault:
            self._report.relay_faults += 1
            self._report.relay_text = sent.text
            if self._faults == MOST_RELAY_FAULTS:
                self._context.log.error("relay_unusable", text=sent.text)
        elif sent.state in COUNTED:
            setattr(self._report, sent.state, getattr(self._report, sent.state) + 1)
