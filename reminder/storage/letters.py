"""What the mails of claimed messages say: their notices with the facts, read set-wise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from reminder.agreements import AgreementStatus, Dossier, FollowUp, ReportCycle
from reminder.calendars import PartialDate, Span
from reminder.clock import local_date
from reminder.deadlines import Gap
from reminder.directory import Directory
from reminder.escalation import Course
from reminder.storage import tables
from reminder.storage.deadlines import read_gaps
from reminder.storage.dossiers import load_dossiers
from reminder.storage.escalations import load_courses
from reminder.storage.facts import agreement_of
from reminder.storage.follow_ups import load_unattached
from reminder.storage.responses import OFFER
from reminder.storage.superiors import load_superiors


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
    gaps: tuple[Gap, ...] = ()
    """What a finding consists of."""
    severity: str = ""
    level: int = 0
    """Told by that step of the rule's ``escalate``, counted from 1; 0 for the rule's own."""
    reached: int = 0
    """How many steps of ``escalate`` have been told about the deadline."""
    has_past: bool = False
    """Whether anything was told or answered about the deadline before, in this epoch."""
    officer: str | None = None
    """The deadline's own, in the place of the bureau's officers; None where it has none."""

    @property
    def epoch_key(self) -> EpochKey:
        """The deadline in the epoch that this notice is about."""
        return self.deadline_id, self.epoch


EpochKey = tuple[int, int]
"""A deadline's id and epoch."""


@dataclass(frozen=True, slots=True)
class SentNotice:
    """A notice that left and that nobody answered since."""

    on: date
    """The day of it where its recipient is."""
    name: str
    role: str
    level: int


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
    unanswered: Mapping[EpochKey, Sequence[SentNotice]] = field(default_factory=dict)
    """What escalated notices are about, the oldest first."""
    courses: Mapping[int, Course] = field(default_factory=dict)
    """What was told and answered about the deadlines of messages about one agreement, by id."""
    superiors: Directory | None = None
    """The bureaus of those deadlines and all above them; None where nobody can be told next."""


OF_DEADLINE = (
    "kind", "key", "due_on", "due_last_on", "due_text", "derived_from", "next_on", "bureau",
    "gaps", "severity", "officer",
)  # fmt: skip
"""The fields of NoticeRow that its deadline holds, and not the notice itself."""


def notice_columns() -> tuple[ColumnElement[Any], ...]:
    """The columns of NoticeRow's fields, in their order."""
    deadlines, notices = tables.deadlines, tables.notices
    before = tables.notices.alias()
    computed: dict[str, ColumnElement[Any]] = {
        "reached": deadlines.c.level,
        "has_past": or_(
            deadlines.c.acknowledged_until.is_not(None),
            deadlines.c.snoozed_until.is_not(None),
            exists().where(
                before.c.deadline_id == notices.c.deadline_id,
                before.c.epoch == notices.c.epoch,
                before.c.id < notices.c.id,
            ),
        ).label("has_past"),
    }
    return tuple(
        computed[name]
        if name in computed
        else (deadlines if name in OF_DEADLINE else notices).c[name]
        for name in (field.name for field in fields(NoticeRow))
    )


def notice_row(values: Iterable[Any]) -> NoticeRow:
    """The notice of a row with the columns of NoticeRow, in their order."""
    cells = list(values)
    cells[_GAPS] = read_gaps(cells[_GAPS])
    return NoticeRow(*cells)


_GAPS = [field.name for field in fields(NoticeRow)].index("gaps")


def load_letter_facts(connection: Connection, message_ids: Sequence[str]) -> LetterFacts:
    """Read the facts for those messages."""
    deadlines, notices, messages = tables.deadlines, tables.notices, tables.messages
    rows = [
        notice_row(row)
        for row in connection.execute(
            select(*notice_columns())
            .join(deadlines, deadlines.c.id == notices.c.deadline_id)
            .where(notices.c.message_id.in_(message_ids), notices.c.stopped_at.is_(None))
            .order_by(deadlines.c.due_on, notices.c.id)
        )
    ]
    readers = select(messages.c.bureau).where(messages.c.message_id.in_(message_ids))
    facts = facts_of(connection, rows, readers)
    alone = [row for some in facts.notices.values() for row in _of_one(some)]
    # The first notice of all has no past to be looked up.
    known = sorted({row.deadline_id for row in alone if row.has_past})
    courses = {row.deadline_id: Course() for row in alone}
    if known:
        # The stored zone of a deadline is one that was known when it was planned.
        courses |= load_courses(connection, known, "UTC")
    codes = {row.bureau for row in alone}
    return replace(
        facts, courses=courses, superiors=load_superiors(connection, codes) if codes else None
    )


def _of_one(rows: Sequence[NoticeRow]) -> Sequence[NoticeRow]:
    """The notices of a message whose mail says who is told next: it is about one agreement.

    A copy asks for nothing, and who stands in at first is the superior already.
    """
    if len({row.agreement for row in rows}) > 1:
        return ()
    return [row for row in rows if not row.copy and (row.level or not row.fallback)]


def facts_of(
    connection: Connection, rows: Sequence[NoticeRow], readers: Select[str] | Sequence[str]
) -> LetterFacts:
    """The facts for notices, of messages whose recipients are at the bureaus *readers*."""
    bureaus = tables.bureaus
    by_message: dict[str, list[NoticeRow]] = {}
    for row in rows:
        by_message.setdefault(row.message_id, []).append(row)
    refs = sorted({row.agreement for row in rows if row.agreement})
    dossiers, broken = load_dossiers(connection, refs, for_findings=False)
    dossiers += [_as_far_as_readable(connection, ref) for ref in broken]
    escalated = sorted({row.epoch_key for row in rows if row.level})
    has_unattached = any(not row.agreement for row in rows)
    follow_ups = load_unattached(connection) if has_unattached else []
    names = connection.execute(
        select(bureaus.c.code, bureaus.c.name).where(
            bureaus.c.code.in_(readers) | bureaus.c.code.in_({row.bureau for row in rows})
        )
    )
    return LetterFacts(
        notices=by_message,
        dossiers={dossier.agreement.ref: dossier for dossier in dossiers},
        follow_ups={follow_up.id: follow_up for follow_up in follow_ups},
        bureau_names={row.code: row.name for row in names},
        unanswered=load_unanswered_of(connection, escalated) if escalated else {},
    )


def load_unanswered_of(
    connection: Connection, deadlines: Sequence[EpochKey]
) -> Mapping[EpochKey, Sequence[SentNotice]]:
    """The notices of those deadlines that were sent since anybody last answered about them."""
    notices, messages, responses = tables.notices, tables.messages, tables.responses
    answered = (
        select(responses.c.deadline_id, responses.c.epoch, func.max(responses.c.at).label("at"))
        .where(
            responses.c.deadline_id.in_({number for number, _epoch in deadlines}),
            responses.c.action != OFFER,
        )
        .group_by(responses.c.deadline_id, responses.c.epoch)
        .subquery()
    )
    query = (
        select(
            notices.c.deadline_id, notices.c.epoch, notices.c.recipient_name, notices.c.role,
            notices.c.level, messages.c.sent_at, messages.c.timezone,
        )
        .join(messages, messages.c.message_id == notices.c.message_id)
        .outerjoin(
            answered,
            and_(
                answered.c.deadline_id == notices.c.deadline_id,
                answered.c.epoch == notices.c.epoch,
            ),
        )
        .where(
            notices.c.deadline_id.in_({number for number, _epoch in deadlines}),
            notices.c.stopped_at.is_(None),
            ~notices.c.copy,
            messages.c.state == "sent",
            or_(answered.c.at.is_(None), messages.c.sent_at > answered.c.at),
        )
        .order_by(messages.c.sent_at, notices.c.id)
    )  # fmt: skip
    found: defaultdict[EpochKey, list[SentNotice]] = defaultdict(list)
    for row in connection.execute(query):
        on = local_date(row.sent_at, row.timezone)
        sent = SentNotice(on, row.recipient_name, row.role, row.level)
        found[row.deadline_id, row.epoch].append(sent)
    return found


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
