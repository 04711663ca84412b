"""Offer states: whether what is offered can still be accepted, and why not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reminder.storage.hand_overs import HandOver, HandOverState, registered_officer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.storage.answered import AnsweredDeadline


def state_of(
    connection: Connection, offer: HandOver, deadline: AnsweredDeadline, now: datetime
) -> str:
    """How an offer stands: its state, or why what is still offered cannot be accepted:
    ``lapsed``, ``closed``, ``redated`` or ``overtaken`` by another owner, whom the register
    may name before the deadline is planned again."""
    if offer.state != HandOverState.OFFERED:
        return offer.state
    if not offer.is_open(now):
        return "lapsed"
    if not deadline.is_open:
        return "closed"
    if deadline.epoch != offer.epoch:
        return "redated"
    registered = registered_officer(connection, deadline.agreement, deadline.kind, deadline.key)
    officers = {(deadline.officer or "").casefold(), registered.casefold()}
    return offer.state if officers == {offer.officer_before.casefold()} else "overtaken"
