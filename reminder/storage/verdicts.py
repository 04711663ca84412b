"""Verdicts: what became of attempts, and of their messages with them.

Only the worker whose lease token a message bears can change it. Each function is one step
of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select, update

from reminder.storage import tables
from reminder.storage.claims import Claimed
from reminder.storage.events import event_row, insert_events
from reminder.storage.leases import NO_LEASE
from reminder.storage.rows import insert_rows, update_rows

_messages, _attempts = tables.messages, tables.attempts
_before = _attempts.alias("before")


@dataclass(frozen=True, slots=True)
class Result:
    """One attempt and what becomes of the message, ready to be stored."""

    state: str
    verdict: str
    phase: str
    code: int | None
    enhanced: str
    text: str
    relay: str
    worker: str
    started_at: datetime
    ended_at: datetime
    intent_at: datetime | None
    next_try_at: datetime | None = None
    reason: str = ""
    held_for: str = ""
    """A ``HeldFor`` where the state is ``held``."""
    is_counted: bool = True
    """False for the relay's own trouble, which uses up no attempt."""

    @property
    def is_known_after_dot(self) -> bool:
        """Whether the dot went out and the relay said what became of the mail."""
        return self.intent_at is not None and self.verdict != "uncertain"


def record(connection: Connection, verdicts: Sequence[tuple[Claimed, Result]]) -> set[str]:
    """Store attempts and what becomes of their messages, with the events.

    Returns the messages whose lease was still ours. Any other is somebody else's by now: only
    its attempt is put on record, and a verdict on its dot is left to ``replay_verdict``.
    """
    ids = [claimed.message_id for claimed, _result in verdicts]
    tokens = {row.message_id: row.lease_token for row in connection.execute(_HELD, {"ids": ids})}
    ours = {one.message_id for one, _result in verdicts if tokens.get(one.message_id) == one.token}
    lost = [pair for pair in verdicts if pair[0].message_id not in ours]
    known = _recorded_before(connection, lost) if lost else set[str]()
    new = [
        (one, result)
        for one, result in verdicts
        if one.message_id in ours or not (one.message_id in known or result.is_known_after_dot)
    ]
    changed = [_change(one, result) for one, result in new if one.message_id in ours]
    _RECORD.execute(connection, changed)
    _ATTEMPT.execute(
        connection,
        [_attempt(one.message_id, result, one.row.possible_duplicate) for one, result in new],
    )
    insert_events(
        connection,
        [_event(one, result, is_ours=one.message_id in ours) for one, result in new],
    )
    return ours | known


def _recorded_before(
    connection: Connection, verdicts: Sequence[tuple[Claimed, Result]]
) -> set[str]:
    """Those whose attempt is there already: a commit that seemed to fail can have gone through."""
    rows = connection.execute(
        select(_attempts.c.message_id, _attempts.c.started_at, _attempts.c.verdict).where(
            _attempts.c.message_id.in_([claimed.message_id for claimed, _result in verdicts])
        )
    )
    stored = {tuple(row) for row in rows}
    return {
        claimed.message_id
        for claimed, result in verdicts
        if (claimed.message_id, result.started_at, result.verdict) in stored
    }


def _change(claimed: Claimed, result: Result) -> dict[str, object]:
    is_fault = result.verdict == "relay"
    return {
        "of_id": claimed.message_id,
        "new_state": result.state,
        "try_at": result.next_try_at,
        "more": int(result.is_counted),
        "first": result.started_at if result.is_counted else None,
        "at": result.ended_at if result.state == "sent" else None,
        "why": result.reason,
        "hold": result.held_for,
        "faults": claimed.row.relay_faults + 1 if is_fault else 0,
        "nobody_told": result.state == "failed" and claimed.row.has_notices,
    }


def _event(claimed: Claimed, result: Result, *, is_ours: bool) -> dict[str, object]:
    data = {
        "verdict": result.verdict,
        "phase": result.phase,
        "code": result.code,
        "possible_duplicate": claimed.row.possible_duplicate,
    }
    if result.reason:
        data["reason"] = result.reason
    if not is_ours:
        data["lease"] = "lost"
    refs = {notice.agreement for notice in claimed.notices}
    return event_row(
        result.ended_at,
        result.state if result.is_counted else "relay_fault",
        data,
        message_id=claimed.message_id,
        agreement=refs.pop() if len(refs) == 1 else "",
    )


def add_attempt(
    connection: Connection, message_id: str, result: Result, possible_duplicate: bool
) -> None:
    """Put one attempt on record, numbered after those before it."""
    _ATTEMPT.execute(connection, [_attempt(message_id, result, possible_duplicate)])


def _attempt(message_id: str, result: Result, possible_duplicate: bool) -> dict[str, object]:
    return {
        "message_id": message_id,
        "started_at": result.started_at,
        "intent_at": result.intent_at,
        "ended_at": result.ended_at,
        "phase": result.phase,
        "code": result.code,
        "enhanced": result.enhanced,
        "text": result.text,
        "verdict": result.verdict,
        "relay": result.relay,
        "worker": result.worker,
        "possible_duplicate": possible_duplicate,
    }


# Statements that are run for every message are built once.

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_HELD = (
    select(_messages.c.message_id, _messages.c.lease_token)
    .where(
        _messages.c.message_id.in_(_IDS),
        or_(_messages.c.state == "claimed", _messages.c.state == "sending"),
    )
    .order_by(_messages.c.message_id)
    .with_for_update()
)
_RECORD = update_rows(
    {
        "of_id": _messages.c.message_id.type,
        "new_state": _messages.c.state.type,
        "try_at": _messages.c.next_try_at.type,
        "more": _messages.c.attempts.type,
        "first": _messages.c.first_try_at.type,
        "at": _messages.c.sent_at.type,
        "why": _messages.c.reason.type,
        "hold": _messages.c.held_for.type,
        "faults": _messages.c.relay_faults.type,
        "nobody_told": _messages.c.untold.type,
    },
    lambda row: (
        update(_messages)
        .where(_messages.c.message_id == row["of_id"])
        .values(
            state=row["new_state"],
            next_try_at=row["try_at"],
            attempts=_messages.c.attempts + row["more"],
            first_try_at=func.coalesce(_messages.c.first_try_at, row["first"]),
            sent_at=row["at"],
            reason=row["why"],
            held_for=row["hold"],
            relay_faults=row["faults"],
            untold=row["nobody_told"],
            claims=0,
            **NO_LEASE,
        )
    ),
)
_ATTEMPT = insert_rows(
    _attempts,
    (
        "message_id", "started_at", "intent_at", "ended_at", "phase", "code", "enhanced", "text",
        "verdict", "relay", "worker", "possible_duplicate",
    ),
    lambda row: {
        "number": select(func.coalesce(func.max(_before.c.number), 0) + 1)
        .where(_before.c.message_id == row["message_id"])
        .scalar_subquery()
    },
)  # fmt: skip
