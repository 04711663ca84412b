"""Answers: what a person decides about messages that wait, written with who decided it.

All or nothing: where one message cannot be answered so, AnswerRefused says why, for each, and
the caller's transaction is to be rolled back. The rows are locked first, so that a worker that
claims at this moment comes before or after, and never in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from reminder.errors import AnswerRefused
from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.events import event_row, insert_events
from reminder.storage.held import agreements_of
from reminder.storage.leases import NO_LEASE, HeldFor
from reminder.storage.storms import settle_storm

_messages, _notices, _attempts = tables.messages, tables.notices, tables.attempts
WAITS = ("held", "uncertain")
UNSENT = (*WAITS, "pending", "deferred")


@dataclass(frozen=True, slots=True)
class Person:
    """Who decided, and why; both may be empty."""

    email: str
    note: str

    @property
    def words(self) -> str:
        """For the record of a message."""
        return f"by {self.email or 'a person'}" + (f": {self.note}" if self.note else "")


@dataclass(frozen=True, slots=True)
class _Row:
    """A message that is locked, with what an answer depends on."""

    message_id: str
    state: str
    held_for: str
    possible_duplicate: bool
    sent_at: datetime | None
    unknown_at: datetime | None
    """The intent of its last attempt without a verdict; None where each attempt has one."""

    @property
    def may_have_arrived(self) -> bool:
        """Whether a copy may be with the recipient already."""
        return self.is_unknown or self.possible_duplicate

    @property
    def is_unknown(self) -> bool:
        """Whether an attempt was made that nobody knows the outcome of."""
        return (
            self.state == "uncertain"
            or self.held_for == HeldFor.UNCERTAIN.value
            or self.unknown_at is not None
        )


def release(connection: Connection, ids: Sequence[str], person: Person, now: datetime) -> None:
    """Let held messages leave, as if they had just been made."""
    rows = _lock(connection, ids, _why_not_release)
    _send(connection, rows, now)
    _journal(connection, rows, "released", person, now)


def discard(connection: Connection, ids: Sequence[str], person: Person, now: datetime) -> None:
    """Have messages never leave, and stop their notices.

    Their deadlines count as told at these lead times; later ones go on as usual.
    """
    rows = _lock(connection, ids, _why_not_discard)
    for is_repeat, doubt in ((False, ""), (True, "; a first copy may have arrived")):
        alike = [row.message_id for row in rows if row.may_have_arrived == is_repeat]
        reason = f"discarded {person.words}{doubt}"
        for some in chunks(alike):
            connection.execute(
                update(_notices)
                .where(_notices.c.message_id.in_(some), _notices.c.stopped_at.is_(None))
                .values(stopped_at=now, stop_reason=SkipReason.DISCARDED.value)
            )
            connection.execute(
                update(_messages)
                .where(_messages.c.message_id.in_(some))
                .values(state="suppressed", reason=reason, next_try_at=None, **NO_LEASE)
            )
    _journal(connection, rows, "discarded", person, now)


def resend(connection: Connection, ids: Sequence[str], person: Person, now: datetime) -> None:
    """Send messages again, the same to the byte; marked where a first copy may have arrived."""
    rows = _lock(connection, ids, _why_not_resend)
    _send(connection, rows, now)
    _journal(connection, rows, "resent", person, now)


def assume_sent(connection: Connection, ids: Sequence[str], person: Person, now: datetime) -> None:
    """Take a person's word that messages arrived. No attempt is made up for it."""
    rows = _lock(connection, ids, _why_not_assume)
    for row in rows:
        unsent = "" if row.may_have_arrived else "; the service itself did not send it"
        connection.execute(
            update(_messages)
            .where(_messages.c.message_id == row.message_id)
            .values(
                state="sent",
                sent_at=row.unknown_at or now,
                reason=f"assumed sent {person.words}{unsent}",
                held_for="",
                next_try_at=None,
                **NO_LEASE,
            )
        )
    _journal(connection, rows, "assumed_sent", person, now)


def _send(connection: Connection, rows: Sequence[_Row], now: datetime) -> None:
    """Let messages leave from *now* on. Delivery keeps them for the send window.

    What may be a repeat is marked and tells when it was first tried; for any other the time
    to try begins anew.
    """
    for is_repeat in (False, True):
        values = {
            "state": "pending",
            "held_for": "",
            "reason": "",
            "next_try_at": now,
            "claims": 0,
            "relay_faults": 0,
            "possible_duplicate": is_repeat,
            **NO_LEASE,
        }
        if not is_repeat:
            values["first_try_at"] = None
        alike = [row.message_id for row in rows if row.may_have_arrived == is_repeat]
        for some in chunks(alike):
            connection.execute(
                update(_messages).where(_messages.c.message_id.in_(some)).values(values)
            )


def _lock(connection: Connection, ids: Sequence[str], refusal: Callable[[_Row], str]) -> list[_Row]:
    """The messages, which nobody else takes or changes until this transaction ends."""
    rows: list[_Row] = []
    names = [name for name in _Row.__slots__ if name != "unknown_at"]
    for some in chunks(sorted(ids)):
        locked = connection.execute(
            select(*(_messages.c[name] for name in names))
            .where(_messages.c.message_id.in_(some))
            # One order for all, so that two commands wait for each other and never in a circle.
            .order_by(_messages.c.message_id)
            .with_for_update()
        ).all()
        unknown = _without_verdict(connection, some)
        rows.extend(_Row(**row._asdict(), unknown_at=unknown.get(row.message_id)) for row in locked)
    problems = [f"{row.message_id}: {why}." for row in rows if (why := refusal(row))]
    if problems:
        raise AnswerRefused("\n".join([*problems, "Nothing was changed."]))
    return rows


def _without_verdict(connection: Connection, ids: Sequence[str]) -> dict[str, datetime]:
    """When each message's last attempt that ended without a verdict was intended."""
    query = (
        select(_attempts.c.message_id, func.max(_attempts.c.intent_at).label("intended_at"))
        .where(
            _attempts.c.message_id.in_(ids),
            _attempts.c.verdict == "uncertain",
            _attempts.c.intent_at.is_not(None),
        )
        .group_by(_attempts.c.message_id)
    )
    return {row.message_id: row.intended_at for row in connection.execute(query)}


def _why_not_release(row: _Row) -> str:
    if row.state in WAITS and row.is_unknown:
        return (
            "it may have arrived; ask the recipient, then write reminder resend or "
            "reminder assume-sent"
        )
    return "" if row.state == "held" else _not_held(row)


def _why_not_discard(row: _Row) -> str:
    return "" if row.state in UNSENT else _not_held(row)


def _why_not_resend(row: _Row) -> str:
    if row.state == "sent":
        return (
            f"it was sent at {row.sent_at:%Y-%m-%d %H:%M} UTC, and the same mail again would be "
            "one mail twice (RFC 5322); the next notice is another mail, see reminder why"
        )
    return "" if row.state in WAITS else _not_held(row)


def _why_not_assume(row: _Row) -> str:
    return "" if row.state in WAITS else _not_held(row)


def _not_held(row: _Row) -> str:
    """Why a message does not wait for a person, and what to do instead."""
    if row.state in ("claimed", "sending"):
        return "it is being sent now; look again in a minute with reminder log"
    if row.state in ("pending", "deferred"):
        return "it waits to be sent, without a person; to stop it write reminder discard"
    if row.state in ("failed", "bounced"):
        return (
            "its recipient's server refused it for good, and a new try is another mail (RFC 5322); "
            "correct the address in the register, and see reminder why for who was told instead"
        )
    if row.state == "sent":
        return f"it was sent at {row.sent_at:%Y-%m-%d %H:%M} UTC"
    return "it is over, and what it told may be told by another mail; see reminder why"


def _journal(
    connection: Connection, rows: Sequence[_Row], kind: str, person: Person, now: datetime
) -> None:
    about = agreements_of(connection, [row.message_id for row in rows])
    insert_events(
        connection,
        [
            event_row(
                now,
                kind,
                {
                    "was": row.state,
                    "held_for": row.held_for,
                    "may_have_arrived": row.may_have_arrived,
                    "note": person.note,
                },
                message_id=row.message_id,
                agreement=_only(about.get(row.message_id, ())),
                actor=person.email,
            )
            for row in rows
        ],
    )
    settle_storm(connection)


def _only(agreements: Sequence[str]) -> str:
    """The agreement that a message is about, if it is about one."""
    return agreements[0] if len(agreements) == 1 else ""
