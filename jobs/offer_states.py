"""Offer states: whether what is offered can still be accepted, and why not; and so whether the
link that offered it may offer again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from reminder.storage.hand_overs import (
    HandOver,
    HandOverState,
    load_hand_overs,
    registered_officer,
)
from reminder.storage.responses import OFFER, ResponseRecord

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


def offers_by(
    connection: Connection, records: Iterable[ResponseRecord]
) -> Mapping[int | None, HandOver]:
    """The offers that answers on record made, by the number of the answer."""
    asked = [one for one in records if one.action == OFFER]
    found = load_hand_overs(connection, sorted({one.deadline_id for one in asked}))
    made = {(one.asked_at, one.to): one for one in found}
    return {one.id: made[one.at, one.to] for one in asked if (one.at, one.to) in made}


def states_by(
    connection: Connection,
    records: Iterable[ResponseRecord],
    deadline: AnsweredDeadline,
    now: datetime,
) -> Mapping[int | None, str]:
    """How those offers stand, by the number of the answer."""
    made = offers_by(connection, records)
    return {id_: state_of(connection, offer, deadline, now) for id_, offer in made.items()}


def is_standing(record: ResponseRecord, states: Mapping[int | None, str]) -> bool:
    """Whether an answer by a link still is one, so that the link gives no other of its kind.

    One that asked somebody to be the owner is as long as that can be accepted, and afterwards;
    what was declined, withdrawn, undone or came to nothing otherwise can be offered anew. *states*
    as ``states_by`` has them.
    """
    if record.undone_at is not None:
        return False
    lasting = (HandOverState.OFFERED, HandOverState.ACCEPTED)
    return record.action != OFFER or states.get(record.id) in lasting
