"""Messages that something came back about: what is known of them, and what a report changes.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, select, update

from reminder.storage import tables
from reminder.storage.events import add_event
from reminder.storage.held import agreements_of
from reminder.storage.leases import NO_LEASE, HeldFor

_messages, _notices, _attempts = tables.messages, tables.notices, tables.attempts
_deadlines, _grants = tables.deadlines, tables.action_grants


@dataclass(frozen=True, slots=True)
class ReturnedMessage:
    """A message of ours that a mail is about, locked until the transaction ends."""

    message_id: str
    kind: str
    state: str
    held_for: str
    recipient: str
    copy: bool
    sent_at: datetime | None
    intent_at: datetime | None
    """When its last dot was granted, also of one whose verdict nobody knows."""
    was_redirected: bool
    """It went to REMINDER_REDIRECT_TO: what comes back says nothing about the recipient."""

    @property
    def left_at(self) -> datetime | None:
        """When it was sent, or may have been."""
        return self.sent_at or self.intent_at

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows if a server took it."""
        return self.state == "uncertain" or self.held_for == HeldFor.UNCERTAIN.value


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A notice of a message whose link still works, and whose deadline is still open at the
    notice's epoch."""

    deadline_id: int
    epoch: int
    agreement: str
    role: str
    """In which the message's recipient was told."""


def find_returned(
    connection: Connection, left_half: str, domain: str, redirected: str
) -> ReturnedMessage | None:
    """The message whose Message-ID begins so; *domain* is where it most likely ends.

    *redirected* is how the text of an attempt says that the mail went elsewhere.
    """
    names = ("message_id", "kind", "state", "held_for", "recipient", "copy", "sent_at")
    query = select(*(_messages.c[name] for name in names)).with_for_update()
    row = connection.execute(
        query.where(_messages.c.message_id == f"<{left_half}@{domain}>")
    ).first()
    if row is None:
        # The domain was changed since; it is not signed, and the left half is enough.
        begins_so = _messages.c.message_id.startswith(f"<{left_half}@", autoescape=True)
        row = connection.execute(query.where(begins_so)).first()
    if row is None:
        return None
    about = _attempts.c.message_id == row.message_id
    intended = select(func.max(_attempts.c.intent_at)).where(about)
    went_elsewhere = select(
        exists().where(about, _attempts.c.text.contains(redirected, autoescape=True))
    )
    return ReturnedMessage(
        **row._asdict(),
        intent_at=connection.scalar(intended),
        was_redirected=bool(connection.scalar(went_elsewhere)),
    )


def mark_bounced(
    connection: Connection,
    message: ReturnedMessage,
    reason: str,
    data: Mapping[str, object],
    now: datetime,
) -> None:
    """It did not arrive after all. Its attempts stay as they are, and so does ``sent_at``: the
    next server did take it. The next in line is untold by this."""
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id == message.message_id)
        .values(
            state="bounced",
            reason=reason,
            sent_at=message.left_at,
            held_for="",
            next_try_at=None,
            untold=message.kind not in tables.WITHOUT_NOTICES,
            **NO_LEASE,
        )
    )
    _note(connection, message, "bounced", data, now)


def confirm_sent(connection: Connection, message: ReturnedMessage, now: datetime) -> None:
    """A report says that a server took it, which nobody knew (reliability R-DEL-04)."""
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id == message.message_id)
        .values(
            state="sent",
            reason="a delivery report says that it was taken",
            sent_at=message.left_at or now,
            held_for="",
            next_try_at=None,
            **NO_LEASE,
        )
    )
    _note(connection, message, "confirmed", {}, now)


def load_open_notices(connection: Connection, message_id: str, now: datetime) -> list[OpenNotice]:
    """Those of a message that can still be answered, in the order in which planning holds them.

    Each by its own link: a matter that was handed over is no longer its old owner's to answer,
    whatever else the message tells of.
    """
    rows = connection.execute(
        select(_deadlines.c.id, _notices.c.epoch, _deadlines.c.agreement, _notices.c.role)
        .join(_deadlines, _deadlines.c.id == _notices.c.deadline_id)
        .join(_grants, _grants.c.notice_id == _notices.c.id)
        .where(
            _notices.c.message_id == message_id,
            _grants.c.revoked_at.is_(None),
            _grants.c.expires_at > now,
            _notices.c.stopped_at.is_(None),
            _deadlines.c.status == "open",
            _deadlines.c.epoch == _notices.c.epoch,
        )
        .distinct()
        .order_by(_deadlines.c.agreement, _deadlines.c.id)
    )
    return [OpenNotice(*row) for row in rows]


def count_notices(connection: Connection, message_id: str) -> int:
    """How many notices its text tells of, whatever became of them since."""
    query = select(func.count()).select_from(_notices).where(_notices.c.message_id == message_id)
    return connection.scalar(query) or 0


def links_over(connection: Connection, message_id: str, now: datetime) -> str:
    """Why none of the message's links works any more, in one word; empty where one does."""
    is_late = _grants.c.expires_at <= now
    query = (
        select(is_late, and_(~is_late, _grants.c.revoked_at.is_not(None)))
        .join(_notices, _notices.c.id == _grants.c.notice_id)
        .where(_notices.c.message_id == message_id)
        .distinct()
    )
    found = {(bool(row[0]), bool(row[1])) for row in connection.execute(query)}
    if (False, False) in found:
        return ""
    return "link_over" if (False, True) in found else "late"


def _note(
    connection: Connection,
    message: ReturnedMessage,
    kind: str,
    data: Mapping[str, object],
    now: datetime,
) -> None:
    about = agreements_of(connection, [message.message_id]).get(message.message_id, ())
    add_event(
        connection,
        now,
        kind,
        {"was": message.state, **data},
        message_id=message.message_id,
        agreement=about[0] if len(about) == 1 else "",
    )
