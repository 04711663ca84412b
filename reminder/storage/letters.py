"""What the mails of claimed messages say: their notices with the facts, read set-wise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import Connection, select

from reminder.agreements import AgreementStatus, Dossier, FollowUp, ReportCycle
from reminder.calendars import PartialDate, Span
from reminder.storage import tables
from reminder.storage.facts import agreement_of, load_dossiers, load_unattached


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A live notice with its deadline."""

    message_id: str
    id: int
    epoch: int
    lead_time: str
    role: str
    recipient: str
    agreement: str
    rule: str
    copy: bool
    fallback: str
    successor_of: str
    deadline_id: int
    kind: str
    key: str
    due_on: date
    due_last_on: date
    due_text: str
    derived_from: str
    next_on: date | None
    bureau: str = ""
    """The bureau that the deadline belongs to, which need not be the recipient's."""
    gaps: str = ""
    """What a finding consists of, in its stored form (``deadlines.read_gaps``)."""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """Everything that the mails of some messages are made from."""

    notices: Mapping[str, Sequence[NoticeRow]]
    """By message, the nearest due date first."""
    dossiers: Mapping[str, Dossier]
    """By the agreement's ref; those that cannot be read are missing."""
    follow_ups: Mapping[str, FollowUp]
    """Those that belong to no agreement, by id."""
    bureau_names: Mapping[str, str]
    """Of the recipients' bureaus and of those that the deadlines belong to, by code."""


OF_DEADLINE = (
    "kind", "key", "due_on", "due_last_on", "due_text", "derived_from", "next_on", "bureau",
    "gaps", "severity",
)  # fmt: skip
"""The fields of NoticeRow that its deadline holds, and not the notice itself."""


def load_letter_facts(connection: Connection, message_ids: Sequence[str]) -> LetterFacts:
    """Read the facts for those messages."""
    deadlines, notices, bureaus = tables.deadlines, tables.notices, tables.bureaus
    columns = [
        (deadlines if field.name in OF_DEADLINE else notices).c[field.name]
        for field in fields(NoticeRow)
    ]
    rows = [
        NoticeRow(*row)
        for row in connection.execute(
            select(*columns)
            .join(deadlines, deadlines.c.id == notices.c.deadline_id)
            .where(notices.c.message_id.in_(message_ids), notices.c.stopped_at.is_(None))
            .order_by(deadlines.c.due_on, notices.c.id)
        )
    ]
    by_message: dict[str, list[NoticeRow]] = {}
    for row in rows:
        by_message.setdefault(row.message_id, []).append(row)
    refs = sorted({row.agreement for row in rows if row.agreement})
    dossiers, broken = load_dossiers(connection, refs, for_findings=False)
    dossiers += [_as_far_as_readable(connection, ref) for ref in broken]
    has_unattached = any(not row.agreement for row in rows)
    follow_ups = load_unattached(connection) if has_unattached else []
    names = connection.execute(
        select(bureaus.c.code, bureaus.c.name).where(
            bureaus.c.code.in_(
                select(tables.messages.c.bureau).where(
                    tables.messages.c.message_id.in_(message_ids)
                )
            )
            | bureaus.c.code.in_({row.bureau for row in rows})
        )
    )
    return LetterFacts(
        notices=by_message,
        dossiers={dossier.agreement.ref: dossier for dossier in dossiers},
        follow_ups={follow_up.id: follow_up for follow_up in follow_ups},
        bureau_names={row.code: row.name for row in names},
    )


def _as_far_as_readable(connection: Connection, ref: str) -> Dossier:
    """The agreement without what cannot be read: its notice is made and must not be lost."""
    row = dict(
        connection.execute(select(tables.agreements).where(tables.agreements.c.ref == ref))
        .mappings()
        .one()
    )
    for name in _READ_AS:
        try:
            if row[name]:
                _READ_AS[name](row[name])
        except ValueError:
            row[name] = ""
    return Dossier(agreement_of(row))


_READ_AS: Mapping[str, Callable[[str], object]] = {
    "signed_on": PartialDate.parse,
    "effective_on": PartialDate.parse,
    "expires_on": PartialDate.parse,
    "letter_date": PartialDate.parse,
    "term": Span.parse,
    "notice_period": Span.parse,
    "auto_renew": Span.parse,
    "status": AgreementStatus,
    "report_cycle": ReportCycle,
}
