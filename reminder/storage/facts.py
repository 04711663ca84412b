"""The facts that rows of the register's tables hold.

Each function raises ValueError where a cell of its row cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reminder.agreements import (
    Activity,
    Agreement,
    AgreementStatus,
    Check,
    Contact,
    Document,
    FollowUp,
    OptOut,
    PlanItem,
    Report,
    ReportCycle,
    Step,
)
from reminder.calendars import PartialDate, Span

if TYPE_CHECKING:
    from sqlalchemy import RowMapping


def _day(value: str | None) -> PartialDate | None:
    return PartialDate.parse(value) if value else None


def _span(value: str | None) -> Span | None:
    return Span.parse(value) if value else None


def agreement_of(row: Mapping[Any, Any] | RowMapping) -> Agreement:
    """The agreement that a row of its table holds; ValueError where a cell cannot be read."""
    return Agreement(
        ref=row["ref"],
        title=row["title"],
        kind=row["kind"],
        bureau=row["bureau"],
        entered_on=row["entered_on"],
        instrument=row["instrument"],
        local_party=row["local_party"],
        partner=row["partner"],
        country=row["country"],
        signed_on=_day(row["signed_on"]),
        effective_on=_day(row["effective_on"]),
        expires_on=_day(row["expires_on"]),
        term=_span(row["term"]),
        notice_period=_span(row["notice_period"]),
        auto_renew=_span(row["auto_renew"]),
        status=AgreementStatus(row["status"]),
        replaces=row["replaces"],
        report_cycle=ReportCycle(row["report_cycle"] or "none"),
        officer=row["officer"],
        leading_unit=row["leading_unit"],
        fields=row["fields"],
        legal_basis=row["legal_basis"],
        letter_number=row["letter_number"],
        letter_date=_day(row["letter_date"]),
        lead_times=row["lead_times"],
        notes=row["notes"],
    )


def report_of(row: RowMapping) -> Report:
    """The report that a row of its table holds."""
    return Report(row["agreement"], row["period"], _day(row["submitted_on"]), row["evidence"])


def step_of(row: RowMapping) -> Step:
    """The step that a row of its table holds."""
    return Step(
        row["agreement"],
        row["step"],
        _day(row["started_on"]),
        _day(row["due_on"]),
        _day(row["done_on"]),
        row["document"],
    )


def follow_up_of(row: RowMapping) -> FollowUp:
    """The follow-up that a row of its table holds."""
    return FollowUp(
        id=row["id"],
        agreement=row["agreement"],
        meeting=row["meeting"],
        text=row["text"],
        bureau=row["bureau"],
        officer=row["officer"],
        due_on=_day(row["due_on"]),
        done_on=_day(row["done_on"]),
        entered_on=row["entered_on"],
    )


def activity_of(row: RowMapping) -> Activity:
    """The activity that a row of its table holds."""
    return Activity(
        row["agreement"],
        PartialDate.parse(row["date"]),
        row["type"],
        row["summary"],
        row["evidence"],
    )


def document_of(row: RowMapping) -> Document:
    """The document that a row of its table holds."""
    return Document(
        row["agreement"],
        row["type"],
        row["number"],
        _day(row["date"]),
        row["file"],
        row["source"],
    )


def plan_item_of(row: RowMapping) -> PlanItem:
    """The plan item that a row of its table holds."""
    return PlanItem(
        row["agreement"],
        row["item"],
        row["unit"],
        row["budget_year"],
        row["indicator"],
        _day(row["due_on"]),
        _day(row["done_on"]),
        row["evidence"],
    )


def check_of(row: RowMapping) -> Check:
    """The check that a row of its table holds."""
    return Check(row["agreement"], row["check"], row["answer"], _day(row["on"]), row["by"])


def opt_out_of(row: RowMapping) -> OptOut:
    """The opt-out that a row of its table holds."""
    return OptOut(row["agreement"], row["rule"], row["reason"], _day(row["until"]))


def contact_of(row: Mapping[Any, Any] | RowMapping) -> Contact:
    """The contact that a row of its table holds."""
    return Contact(
        row["email"],
        row["bureau"],
        row["role"],
        row["name"],
        row["active_from"],
        row["active_to"],
    )
