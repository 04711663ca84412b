"""Which agreements must be planned again, and the agreements put off after an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reminder.storage import tables

PUT_OFF_FOR = timedelta(hours=1)
"""How long an agreement that raised is left alone, so that it does not stop every scan."""


def all_refs(connection: Connection, after: str, limit: int) -> Sequence[str]:
    """The next *limit* refs in order after *after*."""
    agreements = tables.agreements
    query = (
        select(agreements.c.ref)
        .where(agreements.c.ref > after)
        .order_by(agreements.c.ref)
        .limit(limit)
    )
    return connection.execute(query).scalars().all()


def lock_agreements(connection: Connection, refs: Sequence[str]) -> None:
    """Keep others from marking those agreements anew until this transaction ends.

    An import that marks one while it is planned would lose its mark to the new
    ``replan_on``. On SQLite the one writer holds the lock anyway.
    """
    if connection.dialect.name != "sqlite":
        agreements = tables.agreements
        connection.execute(
            select(agreements.c.ref)
            .where(agreements.c.ref.in_(refs))
            .order_by(agreements.c.ref)
            .with_for_update()
        )


def refs_to_replan(
    connection: Connection, zone: str, today: date, default_zone: str, now: datetime, limit: int
) -> Sequence[str]:
    """Agreements of bureaus in *zone* whose day to be planned again has come."""
    agreements, bureaus, put_offs = tables.agreements, tables.bureaus, tables.put_offs
    query = (
        select(agreements.c.ref)
        .join(bureaus, bureaus.c.code == agreements.c.bureau)
        .where(
            agreements.c.replan_on.is_not(None),
            agreements.c.replan_on <= today,
            func.coalesce(bureaus.c.timezone, default_zone) == zone,
            ~exists().where(put_offs.c.agreement == agreements.c.ref, put_offs.c.until > now),
        )
        # One order for all, so that two planners wait for each other and never in a circle.
        .order_by(agreements.c.ref)
        .limit(limit)
    )
    return connection.execute(query).scalars().all()


def zones_to_replan(
    connection: Connection, todays: Mapping[str, date], default_zone: str, now: datetime
) -> list[str]:
    """The zones in which an agreement's day to be planned again has come.

    *todays* gives the date in each zone, as ``bureau_zones`` names them.
    """
    agreements, bureaus, put_offs = tables.agreements, tables.bureaus, tables.put_offs
    zone = func.coalesce(bureaus.c.timezone, default_zone).label("zone")
    query = (
        select(zone, func.min(agreements.c.replan_on).label("first_on"))
        .join(bureaus, bureaus.c.code == agreements.c.bureau)
        .where(
            agreements.c.replan_on.is_not(None),
            agreements.c.replan_on <= max(todays.values()),
            ~exists().where(put_offs.c.agreement == agreements.c.ref, put_offs.c.until > now),
        )
        .group_by(zone)
    )
    return sorted(
        row.zone
        for row in connection.execute(query)
        if row.zone in todays and row.first_on <= todays[row.zone]
    )


def bureau_zones(connection: Connection, default_zone: str) -> set[str]:
    """The zones of all bureaus, and the service's own."""
    zones = connection.execute(select(tables.bureaus.c.timezone).distinct()).scalars()
    return {default_zone, *(zone for zone in zones if zone)}


@dataclass(frozen=True, slots=True)
class PutOff:
    """An agreement left alone until an instant, because handling it raised ``error``."""

    agreement: str
    until: datetime
    failures: int
    error: str


def put_off(connection: Connection, agreement: str, error: str, now: datetime) -> PutOff:
    """Record the error and leave the agreement alone for an hour."""
    table = tables.put_offs
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(
        agreement=agreement, until=now + PUT_OFF_FOR, failures=1, at=now, error=error
    )
    row = connection.execute(
        statement.on_conflict_do_update(
            index_elements=[table.c.agreement],
            set_={
                "until": statement.excluded.until,
                "failures": table.c.failures + 1,
                "at": statement.excluded.at,
                "error": statement.excluded.error,
            },
        ).returning(table.c.agreement, table.c.until, table.c.failures, table.c.error)
    ).one()
    return PutOff(*row)


def try_again(connection: Connection, agreements: Sequence[str], now: datetime) -> None:
    """Have agreements that could not be planned planned again, once they are no longer put off.

    Their day may be far off or none at all, where a change of the policy met them.
    """
    table = tables.agreements
    connection.execute(
        update(table)
        .where(table.c.ref.in_(agreements))
        .values(replan_on=now.date() - timedelta(days=1))  # reached in every zone
    )


def put_offs(connection: Connection) -> list[PutOff]:
    """Every agreement that is put off, the latest first."""
    table = tables.put_offs
    rows = connection.execute(
        select(table.c.agreement, table.c.until, table.c.failures, table.c.error).order_by(
            table.c.at.desc(), table.c.agreement
        )
    )
    return [PutOff(*row) for row in rows]


def clear_put_offs(connection: Connection, agreements: Sequence[str]) -> None:
    """Forget the errors of agreements that were handled without one."""
    if agreements:
        connection.execute(
            delete(tables.put_offs).where(tables.put_offs.c.agreement.in_(agreements))
        )


def unmark_unattached(connection: Connection) -> None:
    """The follow-ups of no agreement are planned, and need not be again."""
    connection.execute(delete(tables.service).where(tables.service.c.name == "replan_unattached"))


def read_service(connection: Connection, *names: str) -> dict[str, str]:
    """The service's own values of those names; absent ones are left out."""
    table = tables.service
    rows = connection.execute(select(table.c.name, table.c.value).where(table.c.name.in_(names)))
    return {row.name: row.value for row in rows}


def write_service(connection: Connection, **values: str) -> None:
    """Set values of the service's own."""
    table = tables.service
    for name, value in values.items():
        done = connection.execute(update(table).where(table.c.name == name).values(value=value))
        if done.rowcount == 0:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            statement = insert(table).values(name=name, value=value)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[table.c.name], set_={"value": statement.excluded.value}
                )
            )


def clear_service(connection: Connection, *names: str) -> None:
    """Take values of the service's own away; those that are not there stay so."""
    table = tables.service
    connection.execute(delete(table).where(table.c.name.in_(names)))
