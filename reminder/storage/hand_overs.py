"""Hand-overs: who was asked to be the owner of what, by whom, and what came of it.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ColumnElement, Connection, insert, select, update

from reminder.deadlines import DeadlineKind
from reminder.storage import tables

_hand_overs, _deadlines, _responses = tables.hand_overs, tables.deadlines, tables.responses
HANDOVER = "handover"
"""What the answer that changes an owner is stored as."""


class HandOverState(StrEnum):
    """How a hand-over stands."""

    OFFERED = "offered"
    """Nobody has answered; the old owner is responsible."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """Somebody else was asked, or made the owner, before an answer came."""
    UNDONE = "undone"
    """Accepted, and taken back."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """One row of ``hand_overs``."""

    deadline_id: int
    epoch: int
    agreement: str
    """Empty for a follow-up that belongs to none."""
    asked_by: str
    asked_at: datetime
    via: str
    to: str
    """The address of who is to be the owner."""
    note: str
    state: str
    changed_at: datetime
    until: datetime
    """While it is offered, until when it can be accepted; once it is, until when undone."""
    officer_before: str
    """The own officer in the register when it was offered; empty where the role's holders own."""
    id: int = 0
    """0 before it is stored."""

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.state == HandOverState.OFFERED and now < self.until


_NAMES = {"until": "undo_until"}
_COLUMNS = [_hand_overs.c[_NAMES.get(name, name)] for name in HandOver.__slots__]


def add_hand_over(connection: Connection, hand_over: HandOver) -> HandOver:
    """Store an offer; it comes back with its number."""
    values = {
        _NAMES.get(name, name): getattr(hand_over, name)
        for name in HandOver.__slots__
        if name != "id"
    }
    number = connection.scalar(insert(_hand_overs).values(values).returning(_hand_overs.c.id))
    return replace(hand_over, id=number or 0)


def load_hand_over(connection: Connection, number: int, *, lock: bool = False) -> HandOver | None:
    """The hand-over of that number; with *lock* nobody else changes it meanwhile."""
    query = select(*_COLUMNS).where(_hand_overs.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return HandOver(*row) if row is not None else None


def load_hand_overs(connection: Connection, deadline_ids: Sequence[int]) -> list[HandOver]:
    """Those about these deadlines, the first asked first."""
    query = (
        select(*_COLUMNS)
        .where(_hand_overs.c.deadline_id.in_(deadline_ids))
        .order_by(_hand_overs.c.id)
    )
    return [HandOver(*row) for row in connection.execute(query)]


def change_hand_over(
    connection: Connection,
    number: int,
    state: HandOverState,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Note what became of it."""
    values = {"state": state.value, "changed_at": now}
    if until is not None:
        values["undo_until"] = until
    connection.execute(update(_hand_overs).where(_hand_overs.c.id == number).values(values))


def withdraw_offers(
    connection: Connection, agreement: str, kind: str, deadline_id: int, now: datetime
) -> list[int]:
    """End what is still offered about the same owner; the numbers of those."""
    offered = _hand_overs.c.state == HandOverState.OFFERED.value
    same = _of_same_owner(_hand_overs.c.deadline_id, agreement, kind, deadline_id)
    ended = connection.execute(
        update(_hand_overs)
        .where(offered, same)
        .values(state=HandOverState.WITHDRAWN.value, changed_at=now)
        .returning(_hand_overs.c.id)
    )
    return sorted(ended.scalars())


def is_followed(
    connection: Connection, agreement: str, kind: str, deadline_id: int, number: int
) -> bool:
    """Whether the same owner was changed again after the answer of that *number*.

    What was taken back does not count, nor the change by which it was: both bear its instant.
    """
    later = (
        _responses.c.action == HANDOVER,
        _responses.c.id > number,
        _of_same_owner(_responses.c.deadline_id, agreement, kind, deadline_id),
    )
    found = connection.execute(select(_responses.c.at, _responses.c.undone_at).where(*later)).all()
    taken_back_at = {undone_at for _at, undone_at in found if undone_at is not None}
    return any(undone_at is None and at not in taken_back_at for at, undone_at in found)


def registered_officer(connection: Connection, agreement: str, kind: str, key: str) -> str:
    """The own officer of a deadline by the register as it stands, planned already or not.

    As ``deadlines.follow_up_deadlines`` has it, the agreement's officer stands for the officers
    of its own bureau. Empty where the role's holders own, and where the register has no such row.
    """
    agreements, follow_ups = tables.agreements, tables.follow_ups
    whole = connection.execute(
        select(agreements.c.officer, agreements.c.bureau).where(agreements.c.ref == agreement)
    ).first()
    officer = (whole.officer or "") if whole is not None else ""
    if kind != DeadlineKind.FOLLOW_UP:
        return officer
    own = connection.execute(
        select(follow_ups.c.officer, follow_ups.c.bureau).where(follow_ups.c.id == key)
    ).first()
    if own is None or own.officer:
        return own.officer if own is not None else ""
    is_of_its_bureau = whole is not None and own.bureau in (None, "", whole.bureau)
    return officer if is_of_its_bureau else ""


def _of_same_owner(
    column: Column[int], agreement: str, kind: str, deadline_id: int
) -> ColumnElement[bool]:
    """Rows about the same owner: an agreement has one, whichever of its deadlines the mails were
    about; a follow-up has one of its own."""
    if kind == DeadlineKind.FOLLOW_UP:
        return column == deadline_id
    of_agreement = select(_deadlines.c.id).where(
        _deadlines.c.agreement == agreement, _deadlines.c.kind != DeadlineKind.FOLLOW_UP.value
    )
    return column.in_(of_agreement)
