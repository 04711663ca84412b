"""What the page behind a link is made from: one notice, and its deadline as it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from reminder.agreements import Dossier, FollowUp
from reminder.calendars import Due, PartialDate
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.storage import tables
from reminder.storage.dossiers import load_dossiers
from reminder.storage.follow_ups import load_unattached
from reminder.storage.letters import NoticeRow, notice_columns, notice_row


@dataclass(frozen=True, slots=True)
class LinkedNotice:
    """A notice with the facts behind it, also when it was stopped or its deadline is closed."""

    row: NoticeRow
    """The deadline's fields in it are those of today, not of the day of the mail."""
    status: DeadlineStatus
    mailed_due: Due
    """The due date as the mail named it."""
    language: str
    timezone: str
    office: str
    """The name of the bureau that the deadline belongs to; empty where it is not recorded."""
    dossier: Dossier | None
    follow_up: FollowUp | None
    """The follow-up that it is about, where it is about one."""


def load_linked_notice(connection: Connection, notice_id: int) -> LinkedNotice:
    """The notice of that id. LookupError where the register no longer has its facts."""
    deadlines, notices, messages = tables.deadlines, tables.notices, tables.messages
    *values, status, due_on, due_text, language, timezone, office = connection.execute(
        select(
            *notice_columns(),
            deadlines.c.status,
            notices.c.due_on,
            notices.c.due_text,
            messages.c.language,
            messages.c.timezone,
            tables.bureaus.c.name,
        )
        .join_from(notices, deadlines, deadlines.c.id == notices.c.deadline_id)
        .join(messages, messages.c.message_id == notices.c.message_id)
        .outerjoin(tables.bureaus, tables.bureaus.c.code == deadlines.c.bureau)
        .where(notices.c.id == notice_id)
    ).one()
    row = notice_row(values)
    dossier = _dossier(connection, row)
    return LinkedNotice(
        row=row,
        status=DeadlineStatus(status),
        mailed_due=_due(due_on, due_text),
        language=language,
        timezone=timezone,
        office=office or "",
        dossier=dossier,
        follow_up=_follow_up(connection, row, dossier),
    )


def _due(due_on: date, due_text: str) -> Due:
    """A notice keeps the first day and the text; the last day follows from the text."""
    first, slash, last = due_text.partition("/")
    if slash:
        return Due(date.fromisoformat(first), date.fromisoformat(last), due_text)
    return Due.of(PartialDate.parse(due_text)) if due_text else Due.of(due_on)


def _dossier(connection: Connection, row: NoticeRow) -> Dossier | None:
    if not row.agreement:
        return None
    dossiers, broken = load_dossiers(connection, [row.agreement])
    if not dossiers:
        raise LookupError(f"the facts of agreement {row.agreement} cannot be read") from broken.get(
            row.agreement
        )
    return dossiers[0]


def _follow_up(connection: Connection, row: NoticeRow, dossier: Dossier | None) -> FollowUp | None:
    if row.kind != DeadlineKind.FOLLOW_UP:
        return None
    known = dossier.follow_ups if dossier else load_unattached(connection)
    return next((each for each in known if each.id == row.key), None)
