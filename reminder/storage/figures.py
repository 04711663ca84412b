"""Figures of a semester by bureau, counted where the rows are. Reads, never writes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select

from reminder.agreements import Agreement, AgreementStatus
from reminder.calendars import PartialDate, add_months
from reminder.figures import (
    AgreementFigures,
    ReportFigures,
    ReportOutcome,
    count_reports,
    periods_in,
    report_outcome,
)
from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.facts import agreement_of
from reminder.summaries import SERVICE_FINDINGS

MONTHS_AHEAD = 12
CEREMONIAL = "CEREMONIAL"
_agreements, _deadlines, _reports = tables.agreements, tables.deadlines, tables.reports
_OVER = (AgreementStatus.TERMINATED.value, AgreementStatus.REPLACED.value)
_NOT_ASKED_FOR = (SkipReason.OPTED_OUT.value, SkipReason.STALE.value)


def load_report_figures(
    connection: Connection, semester: str, today: date
) -> dict[str, ReportFigures]:
    """What became of the semester's reports that were due before *today*, by bureau.

    Not counted: reports that the register excuses, and those of agreements that were over.
    """
    has_evidence = case((func.length(func.coalesce(_reports.c.evidence, "")) > 0, 1), else_=0)
    columns = (_deadlines.c.bureau, _deadlines.c.due_on, _reports.c.submitted_on, has_evidence)
    rows = connection.execute(
        select(*columns, func.count())
        .outerjoin(
            _reports,
            and_(
                _reports.c.agreement == _deadlines.c.agreement,
                _reports.c.period == _deadlines.c.key,
            ),
        )
        .where(
            _deadlines.c.kind == "report",
            _deadlines.c.key.in_(periods_in(semester)),
            _deadlines.c.due_on < today,
            or_(
                _deadlines.c.status == "met",
                and_(
                    _deadlines.c.status == "open",
                    _deadlines.c.silent_reason.not_in(_NOT_ASKED_FOR),
                ),
            ),
        )
        .group_by(*columns)
    )
    counted: defaultdict[str, Counter[ReportOutcome]] = defaultdict(Counter)
    for bureau, due_on, submitted_on, proven, number in rows:
        outcome = report_outcome(due_on, _day(submitted_on), bool(proven), today)
        if outcome is not None:
            counted[bureau][outcome] += number
    return {bureau: count_reports(outcomes) for bureau, outcomes in counted.items()}


def _day(text: str | None) -> PartialDate | None:
    """As it is stored; what cannot be read proves nothing."""
    try:
        return PartialDate.parse(text) if text else None
    except ValueError:
        return None


def load_agreement_figures(connection: Connection, today: date) -> dict[str, AgreementFigures]:
    """How the agreements of each bureau stand on *today*.

    An agreement is in force until its expiry, also where none is known; not yet while it is
    unsigned and on its way through the steps. One that was decided to end is not among those
    that ended without a successor.
    """
    expiry, steps = _deadlines.alias(), tables.steps
    is_on_its_way = and_(
        _agreements.c.signed_on.is_(None),
        _agreements.c.effective_on.is_(None),
        exists().where(steps.c.agreement == _agreements.c.ref),
    )
    lasts = and_(~is_on_its_way, or_(expiry.c.id.is_(None), expiry.c.due_last_on >= today))
    ends_soon = and_(
        expiry.c.status == "open",
        expiry.c.due_last_on >= today,
        expiry.c.due_on <= add_months(today, MONTHS_AHEAD),
        or_(
            func.coalesce(_agreements.c.auto_renew, "") == "",
            _agreements.c.status == AgreementStatus.NOT_RENEWING.value,
        ),
    )
    has_ended = and_(expiry.c.status == "open", expiry.c.due_last_on < today)
    rows = connection.execute(
        select(_agreements.c.bureau, _sum(lasts), _sum(ends_soon), _sum(has_ended))
        .select_from(_agreements)
        .outerjoin(
            expiry,
            and_(
                expiry.c.agreement == _agreements.c.ref,
                expiry.c.kind == "expiry",
                expiry.c.status.in_(("open", "met")),
            ),
        )
        .where(_agreements.c.status.not_in(_OVER), ~_is_replaced())
        .group_by(_agreements.c.bureau)
    )
    return {bureau: AgreementFigures(*counts) for bureau, *counts in rows}


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _is_replaced() -> ColumnElement[bool]:
    """By an agreement in force; a mere intention replaces nothing."""
    later = _agreements.alias()
    is_signed = or_(
        later.c.signed_on.is_not(None),
        later.c.effective_on.is_not(None),
        later.c.expires_on.is_not(None),
    )
    return exists().where(later.c.replaces == _agreements.c.ref, is_signed)


def bureaus_with_agreements(connection: Connection) -> Sequence[str]:
    """The bureaus that are responsible for any agreement, over or not."""
    query = select(_agreements.c.bureau).distinct().order_by(_agreements.c.bureau)
    return connection.scalars(query).all()


def load_finding_counts(connection: Connection) -> dict[str, Mapping[str, int]]:
    """Open findings by bureau and code, without those that the service admin mends."""
    rows = connection.execute(
        select(_deadlines.c.bureau, _deadlines.c.key, func.count())
        .where(_deadlines.c.kind == "finding", _deadlines.c.status == "open")
        .group_by(_deadlines.c.bureau, _deadlines.c.key)
    )
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for bureau, key, number in rows:
        code = key.partition(":")[0]
        if code not in SERVICE_FINDINGS:
            found[bureau][code] += number
    return dict(found)


def load_ceremonial(
    connection: Connection, bureaus: Sequence[str], most: int
) -> tuple[Agreement, ...]:
    """The first *most* agreements of those bureaus that are only a ceremony so far."""
    found: list[Agreement] = []
    for codes in chunks(sorted(bureaus)):
        query = (
            select(_agreements)
            .join(_deadlines, _deadlines.c.agreement == _agreements.c.ref)
            .where(
                _deadlines.c.kind == "finding",
                _deadlines.c.key == CEREMONIAL,
                _deadlines.c.status == "open",
                _deadlines.c.bureau.in_(codes),
            )
            .order_by(_agreements.c.ref)
            .limit(most)
        )
        for row in connection.execute(query).mappings():
            with suppress(ValueError):  # of one that cannot be read nothing is said
                found.append(agreement_of(row))
    return tuple(sorted(found, key=lambda agreement: agreement.ref)[:most])
