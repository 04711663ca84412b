"""Group commit: the intents and verdicts of all sessions, committed together.

A session waits until its intent is durable, and whoever comes while another one commits is
taken along by the next commit: strictness costs one sync for all instead of one each.
Verdicts are in the outcome journal by then; with several sessions they go along with the
next commit, and nobody waits for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Condition, Lock
from typing import TYPE_CHECKING

from reminder.breaker import Breaker
from reminder.clock import steady_seconds
from reminder.crash_points import CrashPoint, passing
from reminder.storage.outbox import intend
from reminder.storage.relays import note_fault, note_success
from reminder.storage.replaying import KnownVerdict, replay_verdict
from reminder.storage.verdicts import Result, record

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.mail.journal import OutcomeJournal
    from reminder.storage.claims import Claimed


LINGER = 0.02
"""Seconds that a commit waits at most for more requests. The relay answers within that or
is itself what takes the time."""

SETTLED_PHASES = ("starttls", "auth", "mail")
"""Where a 5yz is about how the relay is configured, or we are, and not about the moment."""

Recorded = Callable[[bool, Exception | None], None]
"""Called once a verdict is stored: whether the lease was still ours, or what went wrong."""


def _locked() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class _Request:
    """The grant of a dot that a session waits for, or a verdict to be put on record."""

    claimed: Claimed
    result: Result | None = None
    """The verdict to record; None for an intent."""
    then: Recorded | None = None
    turn: Lock = field(default_factory=_locked)
    """Released once it is done, or once it is its session's turn to commit."""
    is_done: bool = False
    is_granted: bool = False
    """The dot may go out; of a verdict: the lease was still ours."""
    at: datetime | None = None
    began: float = 0.0
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A granted dot: the committed instant, and the steady seconds when its commit began."""

    at: datetime
    began: float


class GroupCommit:
    """One for all sessions of a delivery; safe to use from several threads at once."""

    def __init__(
        self,
        context: JobContext,
        relay: str,
        dot_takes: timedelta,
        journal: OutcomeJournal | None = None,
    ) -> None:
        """*dot_takes* is how long a lease must outlast the intent."""
        self._context = context
        self._relay = relay
        self._dot_takes = dot_takes
        self._journal = journal
        self._waiting: list[_Request] = []
        self._is_led = False
        self._lock = Lock()
        self._grown = Condition(self._lock)
        self._sessions = 1
        self.breaker = Breaker()
        """The relay's, as of the last claim and of what was recorded since."""
        self.is_probing = False
        """Whether the mail under way is a probe of a relay that was down."""

    def expect(self, sessions: int) -> None:
        """So many sessions are at work; nearly as many intents are worth waiting for."""
        with self._lock:
            self._sessions = sessions
            self._wake_leader()

    def intend(self, claimed: Claimed) -> Intent | None:
        """Commit the intent to send the final dot; None where the dot must not go out."""
        request = self._settled(_Request(claimed))
        if not request.is_granted or request.at is None:
            return None
        return Intent(request.at, request.began)

    def record(self, claimed: Claimed, result: Result) -> bool:
        """Commit a verdict; False where the lease was lost meanwhile."""
        return self._settled(_Request(claimed, result)).is_granted

    def record_along(self, claimed: Claimed, result: Result, then: Recorded) -> None:
        """Commit a verdict with the next intents of other sessions, or now if there are none.

        For one that is in the outcome journal. ``flush`` commits what nobody took along.
        """
        with self._lock:
            self._waiting.append(_Request(claimed, result, then))
            leads = self._sessions <= 1 and not self._is_led
            self._is_led = self._is_led or leads
        if leads:
            self._lead()

    def flush(self) -> None:
        """Commit the verdicts that wait to be taken along, unless somebody is at it."""
        with self._lock:
            leads = bool(self._waiting) and not self._is_led
            self._is_led = self._is_led or leads
        if leads:
            self._lead(lingers=False)

    def _settled(self, request: _Request) -> _Request:
        """Wait until the request is committed: by another session, or by this one for all."""
        with self._lock:
            self._waiting.append(request)
            self._wake_leader()
            leads = not self._is_led
            self._is_led = True
        if not leads:
            request.turn.acquire()
            leads = not request.is_done
        if leads:
            self._lead()
        if request.error is not None:
            raise request.error
        return request

    def _lead(self, *, lingers: bool = True) -> None:
        """Commit all that wait by now, and hand the lead to one of those who came meanwhile."""
        with self._lock:
            if lingers:
                self._grown.wait_for(self._is_worth_it, LINGER)
            group, self._waiting = self._waiting, []
        try:
            self._commit(group)
        finally:
            with self._lock:
                for request in group:
                    request.is_done = True
                    request.turn.release()
                heir = next((one for one in self._waiting if one.then is None), None)
                self._is_led = heir is not None
                if heir is not None:
                    heir.turn.release()
        for request in group:
            if request.then is not None:
                request.then(request.is_granted, request.error)

    def _wake_leader(self) -> None:
        """Only where it need not wait any longer: each session that asks would else cost two
        changes of threads."""
        if self._is_led and self._is_worth_it():
            self._grown.notify()

    def _is_worth_it(self) -> bool:
        """Whether nearly all busy sessions have come: verdicts wait for nobody."""
        intents = sum(one.then is None for one in self._waiting)
        return intents >= self._sessions * 15 // 16

    def _commit(self, group: Sequence[_Request]) -> None:
        try:
            self._store(group)
        except Exception as error:
            if self._journal is not None:
                self._journal.needs_replay = True  # a database that was away may have forgotten
            # What one request did to the whole group must not harm the others.
            for request in group:
                self._store_alone(request, error if len(group) == 1 else None)

    def _store_alone(self, request: _Request, error: Exception | None) -> None:
        try:
            if error is not None:
                raise error
            self._store([request])
        except Exception as reason:
            request.error = reason

    def _store(self, group: Sequence[_Request]) -> None:
        verdicts = [(one.claimed, one.result) for one in group if one.result is not None]
        intents = [one for one in group if one.result is None]
        if verdicts and self._journal is not None and not self._journal.sync():
            self._context.log.error("journal_unusable", reason=self._journal.trouble)
        now, ours, granted = self._context.clock.now(), set[str](), set[str]()
        with self._context.database.write_by_key() as connection:
            if verdicts:
                ours = record(connection, verdicts)
                self._tell_of_lost(connection, verdicts, ours, now)
                self._heed_relay(connection, [result for _claimed, result in verdicts], now)
                passing(CrashPoint.BEFORE_VERDICT_COMMIT)
            if intents:
                claims = [one.claimed for one in intents]
                granted = intend(connection, claims, now, now + self._dot_takes)
                passing(CrashPoint.BEFORE_INTENT_COMMIT)
            began = steady_seconds()
        for one in group:
            one.is_granted = one.claimed.message_id in (granted if one.result is None else ours)
            one.at, one.began = now, began
        if verdicts:
            passing(CrashPoint.AFTER_VERDICT_COMMIT)
        if intents:
            passing(CrashPoint.AFTER_INTENT_COMMIT)

    def _tell_of_lost(
        self,
        connection: Connection,
        verdicts: Sequence[tuple[Claimed, Result]],
        ours: set[str],
        now: datetime,
    ) -> None:
        """Whoever has a message that we lost may think that nobody knows its fate: we do."""
        for claimed, result in verdicts:
            if claimed.message_id in ours or result.intent_at is None:
                continue
            if result.is_known_after_dot:
                known = KnownVerdict(
                    claimed.message_id,
                    claimed.token,
                    claimed.row.possible_duplicate,
                    result.intent_at,
                    result,
                )
                replay_verdict(connection, known, now)

    def _heed_relay(self, connection: Connection, results: Sequence[Result], now: datetime) -> None:
        for result in results:
            if result.verdict == "relay":
                self.breaker = note_fault(
                    connection,
                    self._relay,
                    result.reason,
                    now,
                    is_probe=self.is_probing,
                    is_certain=result.phase in SETTLED_PHASES and (result.code or 0) >= 500,
                )
                self.is_probing = False
            elif self.breaker.faults and (result.verdict == "sent" or result.code is not None):
                note_success(connection, self._relay, now)
                self.breaker = Breaker()
