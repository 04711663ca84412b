"""Delivery: messages -> attempts.

Claim some messages, commit; render and freeze, commit; talk to the relay over several
sessions with no transaction open; just before each final dot commit the intent; write the
verdict to the journal, then commit it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from jobs import adoption, guards
from jobs.claiming import Claimer
from jobs.group_commit import GroupCommit
from jobs.parts import load_parts
from jobs.preparing import Preparer
from jobs.recover import recover
from jobs.replay import replay
from jobs.sending import Sender, Sent
from jobs.sessions import EACH_OF_TWO, FEW, MOST_SESSIONS, Sessions
from reminder.mail.journal import OutcomeJournal
from reminder.mail.open_transport import open_session, open_transport, patience_with, relay_of
from reminder.mail.smtp import SmtpTransport
from reminder.storage.claims import Batch, Claimed, next_due_at
from reminder.storage.leases import release, renew
from reminder.workers import on_one_processor, own_name

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.mail.render import Renderer
    from reminder.mail.transport import Transport

BATCH = 200
COUNTED = ("sent", "deferred", "failed", "held", "uncertain", "superseded")


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
    refused: str = ""
    """Why nothing was taken up at all; empty where it was, or where nothing was due."""

    def add(self, more: DeliverReport) -> None:
        """Count what came of another delivery too."""
        for name, count in more.counts().items():
            setattr(self, name, getattr(self, name) + count)
        self.relay_text = more.relay_text or self.relay_text
        self.refused = more.refused or self.refused

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
    sessions: int | None = None,
) -> DeliverReport:
    """Send what is due, the nearest due date first, until nothing is or *limit* was tried.

    Safe to run twice, at once, and after a crash: a lease makes one worker the owner of a
    message, and the intent makes the dot depend on it. A *renderer* kept by the caller spares
    compiling the templates again in every run. A *transport* given is the only one used, unless
    *sessions* allows more connections.
    """
    with _journal_of(context) as journal:
        was_lost = context.database.take_was_lost()
        if was_lost or journal.needs_replay:
            replay(context, journal)
        recover(context)
        if not _is_any_due(context):
            return DeliverReport()  # most ticks end here, without having written anything
        if reason := adoption.refusal(context):
            return DeliverReport(refused=reason)
        used = transport or open_transport(context.settings.mail_url)
        preparer = Preparer(context, renderer)
        try:
            delivery = _Delivery(
                context,
                journal,
                used,
                preparer,
                sessions=sessions or (MOST_SESSIONS if transport is None else 1),
                limit=limit,
                deadline_at=deadline_at,
                is_stopping=stop or context.stopping,
            )
            with on_one_processor():
                report = delivery.run()
        finally:
            if transport is None:
                used.close()
        if delivery.has_lost_second:
            journal.needs_replay = True  # of verdicts that it knew and could not store
            alone = replace(context, journal=journal, second=None)
            report.add(deliver(alone, deadline_at=deadline_at, stop=stop, renderer=renderer))
        return report


@contextmanager
def _journal_of(context: JobContext) -> Iterator[OutcomeJournal]:
    """The process's outcome journal; one of our own where it has none."""
    if context.journal is not None:
        yield context.journal
        return
    journal = OutcomeJournal(context.settings.home / "var")
    try:
        yield journal
    finally:
        journal.close()


def _is_any_due(context: JobContext) -> bool:
    with context.database.read() as connection:
        due_at = next_due_at(connection)
    return due_at is not None and due_at <= context.clock.now()


class _Delivery:
    """One run of the job: claims and prepares batches, and hands them to the sessions."""

    def __init__(
        self,
        context: JobContext,
        journal: OutcomeJournal,
        transport: Transport,
        preparer: Preparer,
        *,
        sessions: int,
        limit: int | None,
        deadline_at: datetime | None,
        is_stopping: Callable[[], bool],
    ) -> None:
        """*sessions* is how many connections there may be, *transport* included."""
        url, worker = context.settings.mail_url, own_name()
        patience, relay = patience_with(url), relay_of(url)
        self._context = context
        self._transport = transport
        self._left = limit
        self._deadline_at = deadline_at
        self._is_stopping = is_stopping
        self._lease = patience.lease
        self._leases: dict[str, datetime] = {}
        """The tokens under which messages may still be ours, and when each was renewed."""
        self._renew_at: datetime | None = None
        """When the first of them is to be renewed."""
        self._unbegun: list[Claimed] = []
        self._report = DeliverReport()
        self._preparer = preparer
        self._commit = GroupCommit(context, relay, patience.dot, journal)
        self._claimer = Claimer(context, self._commit, relay, worker, patience.lease)
        has_many = sessions > 1 and relay != "maildir"
        self._second = context.second if has_many and limit is None else None
        self._has_ordered = False
        self.has_lost_second = False
        """Whether a second process died; what it had taken up is still leased to it."""
        self._sender = Sender(context, worker, self._commit, journal)
        self._sessions = Sessions(
            self._sender,
            transport,
            partial(open_session, url) if has_many else None,
            context.log,
            most=sessions,
            on_sent=self._count,
            on_change=self._commit.expect,
            is_stopped=self._is_stopped,
            while_waiting=self._look,
        )

    def run(self) -> DeliverReport:
        """Batch after batch, until nothing is due or something says stop."""
        try:
            try:
                self._hand_out()
                self._unbegun += self._sessions.take_back() if self._is_stopped() else []
                self._give_back()
            finally:
                self._sessions.finish()
                self._commit.flush()
        except Exception:  # and nothing wider: a crash must leave what a dead worker leaves
            with self._context.database.write() as connection:
                release(connection, list(self._leases))
            raise
        self._join_second()
        return self._report

    def _hand_out(self) -> None:
        """Claim, prepare and give to the sessions."""
        while not self._is_over():
            self._report.refused = guards.refusal(self._context)
            if self._report.refused:
                return
            batch = self._claimer.claim(BATCH if self._left is None else min(BATCH, self._left))
            if batch is None:
                return
            self._hold(batch.token)
            self._report.superseded += len(batch.superseded)
            self._report.failed += len(batch.failed)
            if batch.is_suspect:
                self._sessions.drain()  # what may kill this worker must take no others along
            self._send_all(batch)

    def _is_over(self) -> bool:
        is_used_up = self._left is not None and self._left <= 0
        return is_used_up or self._sessions.has_failed or self._is_stopped()

    def _is_stopped(self) -> bool:
        now = self._context.clock.now()
        if not self._commit.breaker.allows(now, 1) or self._is_stopping():
            return True
        return self._deadline_at is not None and now >= self._deadline_at

    def _send_all(self, batch: Batch) -> None:
        if not batch.messages:
            return
        if len(batch.messages) == BATCH and not self._has_ordered:
            self._order_second()
        prepared = self._preparer.prepare(batch.messages)
        self._report.held += prepared.held
        with self._context.database.read() as connection:
            parts = load_parts(connection, prepared.ready)
        composed = [
            (claimed, self._sender.compose(claimed, *parts.of(claimed)))
            for claimed in prepared.ready
        ]
        mails = [(claimed, mail) for claimed, mail in composed if not isinstance(mail, Sent)]
        for _claimed, mail in composed:
            if isinstance(mail, Sent):
                self._sessions.count(mail)
        for place, (claimed, mail) in enumerate(mails):
            if self._is_over():
                self._unbegun += [claimed for claimed, _mail in mails[place:]]
                return
            self._renew_leases()
            if self._left is not None:
                self._left -= 1
            self._sessions.send(claimed, mail, with_many=len(mails) > FEW)

    def _order_second(self) -> None:
        """Much waits: have the second process deliver too, once the relay has let us in.

        One that takes a single connection would else give it to the other, and refuse ours.
        """
        self._has_ordered = True
        if self._second is None or not isinstance(self._transport, SmtpTransport):
            return
        is_let_in = self._transport.connect() is None
        if is_let_in and self._second.start(self._context, self._deadline_at):
            self._sessions.keep_to(EACH_OF_TWO)

    def _join_second(self) -> None:
        if self._second is not None and self._second.is_at_work:
            report = self._second.finish(self._context, self._is_stopping)
            self.has_lost_second = report is None
            self._report.add(report or DeliverReport())

    def _look(self) -> None:
        """Now and then while the sessions are slow."""
        self._commit.flush()
        try:
            self._renew_leases()
        except Exception as error:  # the next look tries again; an ended lease is refused the dot
            self._context.log.error("leases_not_renewed", exc_info=error)

    def _renew_leases(self) -> None:
        now = self._context.clock.now()
        if self._renew_at is None or now <= self._renew_at:
            return
        old = [token for token, since in self._leases.items() if now - since > self._lease / 3]
        with self._context.database.write() as connection:
            renew(connection, old, now, now + self._lease)
        self._leases.update(dict.fromkeys(old, now))
        self._renew_at = min(self._leases.values()) + self._lease / 3

    def _hold(self, token: str) -> None:
        now = self._context.clock.now()
        self._leases[token] = now
        self._renew_at = self._renew_at or now + self._lease / 3

    def _give_back(self) -> None:
        """Give back what was claimed and not begun."""
        if self._unbegun:
            ids = [claimed.message_id for claimed in self._unbegun]
            with self._context.database.write() as connection:
                release(connection, list(self._leases), ids)

    def _count(self, sent: Sent) -> None:
        if sent.is_relay_fault:
            self._report.relay_faults += 1
            self._report.relay_text = sent.text
            if self._commit.breaker.is_open:
                self._context.log.error("relay_unusable", text=sent.text)
        elif sent.state in COUNTED:
            setattr(self._report, sent.state, getattr(self._report, sent.state) + 1)
