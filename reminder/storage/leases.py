"""Leases: what the worker that owns a message may do to it besides sending it.

The token of the lease is the proof of ownership: a worker that lost its lease can change
nothing. Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, TextClause, and_, case, select, update

from reminder.storage import tables
from reminder.storage.events import add_event

MOST_CLAIMS = 3
"""Claims without any result, after which a message is held: it may be what kills the worker."""


class HeldFor(StrEnum):
    """Why a message waits for a person; decides what the person can answer."""

    STORM = "storm"
    """A scan made far more mails than usual."""
    UNCERTAIN = "uncertain"
    """Nobody knows whether it arrived."""
    REFUSED = "refused"
    """The relay refused it in a way that a repeat would not change."""
    CONTENT = "content"
    """It cannot be made into a mail, or sending it raised an error each time."""
    WORKER = "worker"
    """Its worker ended three times while sending it."""


_messages = tables.messages

RESTING = case((_messages.c.attempts > 0, "deferred"), else_="pending")
"""The state that a claimed message goes back to."""
NO_LEASE = {"lease_token": None, "lease_until": None, "intent_at": None}
_UNCLAIMED = case((_messages.c.claims > 0, _messages.c.claims - 1), else_=0)


def is_ours(message_id: str, token: str) -> ColumnElement[bool]:
    """The condition that a message still bears our lease."""
    return and_(
        _messages.c.message_id == message_id,
        _messages.c.lease_token == token,
        _messages.c.state.in_(("claimed", "sending")),
    )


def still_ours(connection: Connection, token: str) -> set[str]:
    """The messages that bear our lease token, and that nobody takes while we write."""
    mine = select(_messages.c.message_id).where(*_claimed_under([token])).with_for_update()
    return set(connection.execute(mine).scalars())


def renew(
    connection: Connection, tokens: Collection[str], now: datetime, lease_until: datetime
) -> None:
    """Lengthen the leases under *tokens* that are still ours."""
    connection.execute(
        update(_messages)
        .where(*_claimed_under(tokens), _messages.c.lease_until > now)
        .values(lease_until=lease_until)
    )


def release(
    connection: Connection, tokens: Collection[str], ids: Collection[str] | None = None
) -> None:
    """Give back what is left under *tokens*, or these *ids* of it, as if never claimed."""
    query = update(_messages).where(*_claimed_under(tokens))
    if ids is not None:
        query = query.where(_messages.c.message_id.in_(ids))
    connection.execute(query.values(state=RESTING, claims=_UNCLAIMED, **NO_LEASE))


def _claimed_under(tokens: Collection[str]) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """The messages claimed under *tokens*, found by the index on unfinished ones."""
    is_claimed = _messages.c.state == "claimed"
    return tables.UNFINISHED, is_claimed, _messages.c.lease_token.in_(tokens)


def postpone(connection: Connection, token: str, ids: Sequence[str], next_try_at: datetime) -> None:
    """Give back some of a batch until *next_try_at*, as if they had not been claimed."""
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id.in_(ids), _messages.c.lease_token == token)
        .values(state=RESTING, claims=_UNCLAIMED, next_try_at=next_try_at, **NO_LEASE)
    )


def put_back(
    connection: Connection,
    message_id: str,
    token: str,
    now: datetime,
    next_try_at: datetime,
    reason: str,
) -> str:
    """Give back a message whose dot provably did not go out; its claim still counts.

    One that was claimed too often without any result is held. Returns ``held`` or
    ``waiting``, or nothing where the lease was lost.
    """
    ours = is_ours(message_id, token)
    claims = connection.execute(select(_messages.c.claims).where(ours)).scalar()
    if claims is None:
        return ""
    if claims >= MOST_CLAIMS:
        hold(connection, message_id, HeldFor.CONTENT, reason, now, token)
        return "held"
    connection.execute(
        update(_messages).where(ours).values(state=RESTING, next_try_at=next_try_at, **NO_LEASE)
    )
    return "waiting"


def hold(
    connection: Connection,
    message_id: str,
    held_for: HeldFor,
    reason: str,
    now: datetime,
    token: str | None = None,
    state: str | None = None,
) -> None:
    """Leave a message to a person; only while it bears the lease *token*, or is in *state*."""
    query = update(_messages).where(_messages.c.message_id == message_id)
    if token is not None:
        query = query.where(_messages.c.lease_token == token)
    if state is not None:
        query = query.where(_messages.c.state == state)
    held = connection.execute(
        query.values(
            state="held", held_for=held_for.value, reason=reason, next_try_at=None, **NO_LEASE
        )
    )
    if held.rowcount == 1:
        data = {"for": held_for.value, "reason": reason}
        add_event(connection, now, "held", data, message_id=message_id)


def supersede(connection: Connection, message_id: str, reason: str) -> None:
    """End a message that will not be sent any more."""
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id == message_id)
        .values(state="superseded", reason=reason, next_try_at=None, **NO_LEASE)
    )
