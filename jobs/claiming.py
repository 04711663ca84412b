"""Claiming: which messages may be taken up now, given windows, the relay's breaker and limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reminder.clock import is_zone, known_zone
from reminder.crash_points import CrashPoint, passing
from reminder.rates import free_slots
from reminder.storage.claims import Batch, Claimed, claim, next_due_at
from reminder.storage.dead_addresses import fail_claimed
from reminder.storage.leases import postpone
from reminder.storage.relays import handed_since, handed_to, load_breaker, save_breaker

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from jobs.group_commit import GroupCommit
    from reminder.policy import Policy
    from reminder.policy.model import RateLimit


def next_opening(policy: Policy, claimed: Claimed, at: datetime) -> datetime:
    """*at* itself while the send window of the message's bureau is open; admins have none."""
    if claimed.row.kind == "admin":
        return at
    return policy.send_window.next_opening(at, claimed.row.timezone, policy.calendar)


class Claimer:
    """Leases messages for one delivery, batch after batch."""

    def __init__(
        self,
        context: JobContext,
        commit: GroupCommit,
        relay: str,
        worker: str,
        lease: timedelta,
    ) -> None:
        self._context = context
        self._commit = commit
        self._relay = relay
        self._worker = worker
        self._lease = lease

    def claim(self, size: int) -> Batch | None:
        """Up to *size* messages, the nearest due date first; None where none may be taken up.

        A batch can be empty though more may follow: its messages were put off or ended.
        """
        now = self._context.clock.now()
        with self._context.database.read() as connection:
            due_at = next_due_at(connection)
        if due_at is None or due_at > now:
            return None  # most ticks end here, without having written anything
        with self._context.database.write() as connection:
            size = self._allowed(connection, size, now)
            if size == 0:
                return None
            batch = claim(connection, now, now + self._lease, self._worker, size)
            # Made before anybody knew that no mail reaches the address.
            to = [(one.message_id, one.row.recipient) for one in batch.messages]
            failed = set(fail_claimed(connection, batch.token, to, now))
            left = [one for one in batch.messages if one.message_id not in failed]
            batch = replace(
                batch, messages=tuple(map(self._in_known_zone, left)), failed=tuple(failed)
            )
            later = self._put_off_until(connection, batch, now)
            by_instant: dict[datetime, list[str]] = {}
            for message_id, at in later.items():
                by_instant.setdefault(at, []).append(message_id)
            for at, ids in by_instant.items():
                postpone(connection, batch.token, ids, at)
            ready = tuple(one for one in batch.messages if one.message_id not in later)
            self._note_probe(connection, ready, now)
            passing(CrashPoint.BEFORE_CLAIM_COMMIT)
        passing(CrashPoint.AFTER_CLAIM_COMMIT)
        if not batch.token:
            return None
        return replace(batch, messages=ready)

    def _allowed(self, connection: Connection, size: int, now: datetime) -> int:
        """How many of *size* the relay's breaker and its limit let through now."""
        breaker = load_breaker(connection, self._relay)
        self._commit.breaker = breaker
        size = breaker.allows(now, size)
        limit = self._context.policy.limits.per_relay
        if size and limit is not None:
            size = min(size, max(0, limit.count - handed_since(connection, now - limit.per)))
        return size

    def _note_probe(self, connection: Connection, ready: Sequence[Claimed], now: datetime) -> None:
        """Have nobody else probe while this one mail does, if it is to be one."""
        breaker = self._commit.breaker
        self._commit.is_probing = breaker.is_open and bool(ready)
        if self._commit.is_probing:
            save_breaker(connection, self._relay, breaker.while_probing(now), now)

    def _put_off_until(
        self, connection: Connection, batch: Batch, now: datetime
    ) -> dict[str, datetime]:
        """When those messages may go that may not go now."""
        policy = self._context.policy
        openings = {
            name: policy.send_window.next_opening(now, name, policy.calendar)
            for name in {claimed.row.timezone for claimed in batch.messages}
        }
        later = {
            claimed.message_id: openings[claimed.row.timezone]
            for claimed in batch.messages
            if claimed.row.kind != "admin" and openings[claimed.row.timezone] > now
        }
        limit = self._context.policy.limits.per_recipient
        if limit is not None:
            inside = [one for one in batch.messages if one.message_id not in later]
            later |= self._over_limit(connection, inside, batch.token, limit, now)
        return later

    def _over_limit(
        self,
        connection: Connection,
        messages: Iterable[Claimed],
        token: str,
        limit: RateLimit,
        now: datetime,
    ) -> dict[str, datetime]:
        """Those beyond what their recipient may be sent, and when the limit lets them go.

        The limit is there to spare people, so it does not keep the service's own alarms back.
        """
        by_recipient: dict[str, list[Claimed]] = {}
        for claimed in messages:
            if claimed.row.kind != "admin":
                by_recipient.setdefault(claimed.row.recipient, []).append(claimed)
        if not by_recipient:
            return {}
        handed = handed_to(connection, list(by_recipient), now - limit.per, token, now)
        later: dict[str, datetime] = {}
        for recipient, waiting in by_recipient.items():
            slots = free_slots(handed.get(recipient, ()), len(waiting), limit.count, limit.per, now)
            for claimed, slot in zip(waiting, slots, strict=True):
                if slot > now:
                    later[claimed.message_id] = next_opening(self._context.policy, claimed, slot)
        return later

    def _in_known_zone(self, claimed: Claimed) -> Claimed:
        """A zone that does not exist must not keep a mail back: the service's stands in."""
        if all(map(is_zone, (claimed.row.timezone, *(one.timezone for one in claimed.notices)))):
            return claimed
        default = self._context.policy.service.timezone
        return replace(
            claimed,
            row=replace(claimed.row, timezone=known_zone(claimed.row.timezone, default)),
            notices=tuple(
                replace(notice, timezone=known_zone(notice.timezone, default))
                for notice in claimed.notices
            ),
        )
