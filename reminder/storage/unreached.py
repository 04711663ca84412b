"""Addresses that were not reached: their last mail failed for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, exists, func, select

from reminder.agreements import Unreached
from reminder.storage import tables

_FAILED = ("failed", "bounced")


def load_unreached(connection: Connection, refs: Sequence[str]) -> Mapping[str, list[Unreached]]:
    """By agreement, whose mail about it failed and who was sent none, about anything, since."""
    notices, messages = tables.notices, tables.messages
    later = messages.alias()
    was_reached = exists().where(
        later.c.recipient == messages.c.recipient,
        later.c.sent_at.is_not(None),
        later.c.state == "sent",
        later.c.planned_on >= messages.c.planned_on,
    )
    query = (
        select(
            notices.c.agreement,
            notices.c.recipient,
            notices.c.role,
            func.max(messages.c.planned_on),
        )
        .join(messages, messages.c.message_id == notices.c.message_id)
        .where(notices.c.agreement.in_(refs), messages.c.state.in_(_FAILED), ~was_reached)
        .group_by(notices.c.agreement, notices.c.recipient, notices.c.role)
        .order_by(notices.c.recipient, notices.c.role)
    )
    found: defaultdict[str, list[Unreached]] = defaultdict(list)
    for agreement, email, role, on in connection.execute(query):
        found[agreement].append(Unreached(email, role, on))
    return found
