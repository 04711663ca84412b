"""Open dates: the open deadlines as calendars show them, streamed by their date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, func, or_, select, union

from reminder.agreements import Agreement, AgreementStatus
from reminder.calendars import Due, Span
from reminder.storage import tables
from reminder.storage.register import BATCH

_deadlines, _agreements, _follow_ups = tables.deadlines, tables.agreements, tables.follow_ups
_OF_DEADLINE = (
    "agreement", "kind", "key", "due_on", "due_last_on", "due_text", "epoch", "derived_from",
    "bureau", "officer", "rule",
)  # fmt: skip
_OF_AGREEMENT = (
    "title", "kind", "bureau", "entered_on", "instrument", "local_party", "partner", "replaces",
    "status", "auto_renew",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenDate:
    """An open deadline."""

    agreement: str
    """The ref; empty for a follow-up that belongs to no agreement."""
    kind: str
    key: str
    due: Due
    epoch: int
    derived_from: str
    bureau: str
    officer: str | None
    rule: str
    about: Agreement | None
    """The agreement, as far as a calendar names it."""
    follow_up_text: str


def read_open_dates(connection: Connection, kind: str | None) -> Iterator[OpenDate]:
    """The open deadlines, all or those of one kind."""
    query = _all_open()
    return _streamed(connection, query if kind is None else query.where(_deadlines.c.kind == kind))


def read_told_dates(
    connection: Connection, bureaus: Sequence[str], officer: str = ""
) -> Iterator[OpenDate]:
    """The open dates that somebody is told of: those of *bureaus*, and those of *officer*.

    Without findings, which have no date to act by, and without what is silent: excused by the
    register, long past when it was entered, or waiting for another step.
    """
    owner = officer.lower()
    is_theirs: list[ColumnElement[bool]] = [_deadlines.c.bureau.in_(bureaus)]
    if owner:
        is_theirs.append(func.lower(_deadlines.c.officer) == owner)
    query = _all_open().where(
        _deadlines.c.agreement.in_(select(_refs(bureaus, owner))),
        or_(*is_theirs),
        _deadlines.c.rule != "",
        _deadlines.c.silent_reason == "",
        _deadlines.c.kind != "finding",
    )
    return _streamed(connection, query)


def bureaus_of_contact(connection: Connection, email: str) -> Sequence[str]:
    """The bureaus at which somebody of that address has, or had, a role."""
    contacts = tables.contacts
    query = select(contacts.c.bureau).where(contacts.c.email == email).distinct()
    return connection.execute(query).scalars().all()


def _refs(bureaus: Sequence[str], owner: str) -> Subquery:
    """The agreements among whose deadlines theirs are: deadlines are found by agreement."""
    found = [
        select(_agreements.c.ref).where(_agreements.c.bureau.in_(bureaus)),
        select(_follow_ups.c.agreement).where(_follow_ups.c.bureau.in_(bureaus)),
    ]
    if owner:
        found += [
            select(_agreements.c.ref).where(func.lower(_agreements.c.officer) == owner),
            select(_follow_ups.c.agreement).where(func.lower(_follow_ups.c.officer) == owner),
        ]
    parts = union(*found).subquery()
    # Follow-ups that belong to no agreement have "" there in deadlines, and NULL in the register.
    return select(func.coalesce(parts.c[0], "")).subquery()


def _all_open() -> Select[Any]:
    columns = [_deadlines.c[name] for name in _OF_DEADLINE]
    about = [_agreements.c[name].label(f"agreement_{name}") for name in _OF_AGREEMENT]
    return (
        select(*columns, *about, _follow_ups.c.text)
        .outerjoin(_agreements, _agreements.c.ref == _deadlines.c.agreement)
        .outerjoin(
            _follow_ups,
            (_follow_ups.c.id == _deadlines.c.key) & (_deadlines.c.kind == "follow_up"),
        )
        .where(_deadlines.c.status == "open")
        .order_by(_deadlines.c.due_on, _deadlines.c.id)
    )


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[OpenDate]:
    with connection.execute(query.execution_options(yield_per=BATCH)) as result:
        for row in result:
            yield OpenDate(
                agreement=row.agreement,
                kind=row.kind,
                key=row.key,
                due=Due(row.due_on, row.due_last_on, row.due_text),
                epoch=row.epoch,
                derived_from=row.derived_from,
                bureau=row.bureau,
                officer=row.officer,
                rule=row.rule,
                about=_about(row) if row.agreement_title is not None else None,
                follow_up_text=row.text or "",
            )


def _about(row: Row[Any]) -> Agreement:
    known = Agreement(
        ref=row.agreement,
        title=row.agreement_title,
        kind=row.agreement_kind,
        bureau=row.agreement_bureau,
        entered_on=row.agreement_entered_on,
        instrument=row.agreement_instrument,
        local_party=row.agreement_local_party,
        partner=row.agreement_partner,
        replaces=row.agreement_replaces,
    )
    try:
        return replace(
            known,
            status=AgreementStatus(row.agreement_status),
            auto_renew=Span.parse(row.agreement_auto_renew) if row.agreement_auto_renew else None,
        )
    except ValueError:  # one cell that nobody can read must not cost a calendar its other dates
        return known
