"""The follow-ups that belong to no agreement."""

from __future__ import annotations

from sqlalchemy import Connection, select

from reminder.agreements import FollowUp
from reminder.storage import tables
from reminder.storage.facts import follow_up_of


def load_unattached(
    connection: Connection, broken: dict[str, Exception] | None = None
) -> list[FollowUp]:
    """The follow-ups that belong to no agreement; those that cannot be read go to *broken*."""
    rows = connection.execute(
        select(tables.follow_ups).where(tables.follow_ups.c.agreement.is_(None))
    ).mappings()
    found: list[FollowUp] = []
    for row in rows:
        try:
            found.append(follow_up_of(row))
        except ValueError as error:
            if broken is not None:
                broken[row["id"]] = error
    return found
