"""Dead addresses: mail to them comes back for good, so nothing more is sent to them.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, exists, func, or_, select, update

from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.dialect import insert_new
from reminder.storage.events import add_event, event_row, insert_events
from reminder.storage.leases import NO_LEASE
from reminder.storage.register import mark_unattached

_dead, _messages, _attempts = tables.dead_addresses, tables.messages, tables.attempts
FAILED = "the address is dead; see reminder addresses"
"""The reason of a message that was made for an address before it was known to be dead."""
REFUSED_APART = timedelta(hours=24)
"""A relay that refuses a recipient twice, so far apart, means it (reliability 2.4)."""
_NO_SUCH_MAILBOX = or_(
    _attempts.c.enhanced.like("5.1.%"),
    _attempts.c.enhanced == "5.2.1",
    (_attempts.c.enhanced == "") & _attempts.c.code.in_((550, 551, 553)),
)


@dataclass(frozen=True, slots=True)
class DeadAddress:
    """An address that is dead, and what showed it."""

    email: str
    """In the form that is compared: ``casefold`` of the stored one."""
    at: datetime
    reason: str
    message_id: str
    """Our message that came back; empty where a relay refused the address."""


def load_dead(connection: Connection) -> list[DeadAddress]:
    """Every one, in the order of the addresses."""
    names = [field.name for field in fields(DeadAddress)]
    rows = connection.execute(select(*(_dead.c[name] for name in names)).order_by(_dead.c.email))
    return [DeadAddress(*row) for row in rows]


def mark_dead(
    connection: Connection, email: str, reason: str, now: datetime, message_id: str = ""
) -> bool:
    """Have nothing more sent to *email*; False where it is marked already."""
    compared = email.casefold()
    values = {"email": compared, "at": now, "reason": reason, "message_id": message_id}
    added = connection.execute(
        insert_new(connection, _dead).returning(_dead.c.email), values
    ).first()
    if added is None:
        return False
    data = {"email": compared, "reason": reason}
    add_event(connection, now, "address_dead", data, message_id=message_id or None)
    _mark_concerned(connection, compared, now)
    return True


def mark_alive(connection: Connection, email: str, now: datetime, actor: str) -> bool:
    """Have mail sent to *email* again; False where it is not marked as dead."""
    compared = email.casefold()
    if connection.execute(delete(_dead).where(_dead.c.email == compared)).rowcount == 0:
        return False
    add_event(connection, now, "address_alive", {"email": compared}, actor=actor)
    _mark_concerned(connection, compared, now)
    return True


def _mark_concerned(connection: Connection, compared: str, now: datetime) -> None:
    """Have everything planned again that the address may be told of, for its findings."""
    agreements, bureaus, contacts = tables.agreements, tables.bureaus, tables.contacts
    held = select(contacts.c.bureau).where(func.lower(contacts.c.email) == compared)
    near = select(bureaus.c.code).where(or_(bureaus.c.code.in_(held), bureaus.c.parent.in_(held)))
    concerned = (
        select(agreements.c.ref)
        .where(or_(agreements.c.bureau.in_(near), func.lower(agreements.c.officer) == compared))
        # One order for all, as where agreements are planned, so that nobody waits in a circle.
        .order_by(agreements.c.ref)
        .with_for_update()
    )
    refs = connection.execute(concerned).scalars().all()
    reached_everywhere = now.date() - timedelta(days=1)
    for some in chunks(refs):
        connection.execute(
            update(agreements)
            .where(agreements.c.ref.in_(some))
            .values(replan_on=reached_everywhere)
        )
    mark_unattached(connection, reached_everywhere)


def fail_claimed(
    connection: Connection, token: str, recipients: Sequence[tuple[str, str]], now: datetime
) -> list[str]:
    """End the messages just claimed under *token* whose recipient is dead; which they are.

    *recipients* are pairs of message and address. The next in line is told in their stead, as
    of any mail that failed.
    """
    dead = set(connection.execute(select(_dead.c.email)).scalars())
    ids = [message_id for message_id, email in recipients if email.casefold() in dead]
    if not ids:
        return []
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id.in_(ids), _messages.c.lease_token == token)
        .values(
            state="failed",
            reason=FAILED,
            next_try_at=None,
            claims=0,
            untold=case((_messages.c.kind.in_(tables.WITHOUT_NOTICES), False), else_=True),
            **NO_LEASE,
        )
    )
    rows = [event_row(now, "failed", {"reason": FAILED}, message_id=one) for one in ids]
    insert_events(connection, rows)
    return ids


def refused_twice(connection: Connection, message_id: str) -> str:
    """The recipient of a message, where relays refused it for good before it, and
    ``REFUSED_APART`` from it, with nothing taken for it in between; else empty."""
    last = connection.execute(
        select(_messages.c.recipient, func.max(_attempts.c.ended_at))
        .join(_attempts, _attempts.c.message_id == _messages.c.message_id)
        .where(
            _messages.c.message_id == message_id,
            _attempts.c.phase == "rcpt",
            _attempts.c.verdict == "failed",
            _NO_SUCH_MAILBOX,
        )
        .group_by(_messages.c.recipient)
    ).first()
    if last is None:
        return ""
    recipient, refused_at = last
    before = refused_at - REFUSED_APART
    taken = _messages.alias()
    was_taken = exists().where(
        taken.c.recipient == recipient,
        taken.c.sent_at.is_not(None),
        taken.c.sent_at > _attempts.c.ended_at,
    )
    earlier = (
        select(_attempts.c.id)
        .join(_messages, _messages.c.message_id == _attempts.c.message_id)
        .where(
            _messages.c.recipient == recipient,
            _messages.c.message_id != message_id,
            _attempts.c.phase == "rcpt",
            _attempts.c.verdict == "failed",
            _attempts.c.ended_at <= before,
            _NO_SUCH_MAILBOX,
            ~was_taken,
        )
        .limit(1)
    )
    return recipient if connection.execute(earlier).first() is not None else ""
