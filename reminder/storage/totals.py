"""Figures over everything that is stored: how much of what, in which state."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, func, select

from reminder.storage import tables


@dataclass(frozen=True, slots=True)
class Totals:
    """Every count is of rows; the mappings are by the name that stands before each."""

    agreements: int
    bureaus: int
    deadlines_by_kind: dict[str, int]
    deadlines_by_status: dict[str, int]
    notices: int
    messages_by_state: dict[str, int]
    sent_by_bureau: dict[str, int]
    """The bureau's code, empty for the service admin; the most mails first."""
    skips_by_reason: dict[str, int]


def count_all(connection: Connection) -> Totals:
    """Count what the database holds now."""
    deadlines, messages = tables.deadlines.c, tables.messages.c
    return Totals(
        agreements=_count(connection, tables.agreements),
        bureaus=_count(connection, tables.bureaus),
        deadlines_by_kind=_count_by(connection, deadlines.kind),
        deadlines_by_status=_count_by(connection, deadlines.status),
        notices=_count(connection, tables.notices),
        messages_by_state=_count_by(connection, messages.state),
        sent_by_bureau=_count_by(connection, messages.bureau, messages.state == "sent"),
        skips_by_reason=_count_by(connection, tables.skips.c.reason),
    )


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _count_by(
    connection: Connection, column: ColumnElement[str], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    number = func.count()
    query = select(column, number).where(*conditions).group_by(column)
    rows = connection.execute(query.order_by(number.desc(), column))
    return {row[0]: row[1] for row in rows}
