"""What of the register no mail can reach: for ``check``, from what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from reminder.storage import tables
from reminder.storage.planning import PutOff, put_offs

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Gap:
    """How many there are of one kind, and the first few by name."""

    number: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What ``check`` tells about the register."""

    agreements: int
    without_rule: Gap
    """Agreements with an open expiry that no rule of the policy matches."""
    without_contact: Gap
    """Bureaus with agreements and nobody active to write to."""
    findings: dict[str, Gap]
    put_offs: list[PutOff]


def read_coverage(connection: Connection, today: date) -> Coverage:
    """The gaps on *today*."""
    deadlines = tables.deadlines.c
    is_open = deadlines.status == "open"
    codes = connection.scalars(
        select(deadlines.key).where(deadlines.kind == "finding", is_open).distinct()
    ).all()
    return Coverage(
        agreements=connection.scalar(select(func.count()).select_from(tables.agreements)) or 0,
        without_rule=_gap(
            connection,
            deadlines.agreement,
            is_open,
            deadlines.kind == "expiry",
            deadlines.rule == "",
        ),
        without_contact=_gap(connection, tables.bureaus.c.code, *_is_unreachable(today)),
        findings={
            code: _gap(
                connection,
                deadlines.agreement,
                is_open,
                deadlines.kind == "finding",
                deadlines.key == code,
            )
            for code in sorted(codes)
        },
        put_offs=put_offs(connection),
    )


def _is_unreachable(today: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    bureaus, contacts = tables.bureaus.c, tables.contacts.c
    has_agreement = exists().where(tables.agreements.c.bureau == bureaus.code)
    has_contact = exists().where(
        contacts.bureau == bureaus.code,
        or_(contacts.active_from.is_(None), contacts.active_from <= today),
        or_(contacts.active_to.is_(None), contacts.active_to >= today),
    )
    return has_agreement, ~has_contact


def _gap(
    connection: Connection, column: ColumnElement[str], *conditions: ColumnElement[bool]
) -> Gap:
    number = connection.scalar(select(func.count(column.distinct())).where(*conditions)) or 0
    names: Sequence[str] = ()
    if number:
        names = connection.scalars(
            select(column).distinct().where(*conditions).order_by(column).limit(EXAMPLES)
        ).all()
    return Gap(number, tuple(names))
