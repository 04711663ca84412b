"""Reading the register: agreements with all their facts, and who can be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Table, func, or_, select

from reminder.agreements import (
    Activity,
    Agreement,
    AgreementStatus,
    Bureau,
    Check,
    Contact,
    Document,
    Dossier,
    FollowUp,
    Intention,
    OptOut,
    PlanItem,
    Report,
    ReportCycle,
    Step,
)
from reminder.calendars import PartialDate, Span
from reminder.clock import known_zone, local_date
from reminder.directory import Directory
from reminder.errors import DatabaseError, NotFound
from reminder.near_names import near_names
from reminder.storage import tables
from reminder.storage.dead_addresses import load_dead
from reminder.storage.responses import load_decided, load_on_their_way, load_unanswered
from reminder.storage.unreached import load_unreached

Fact = TypeVar("Fact")


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


def _report(row: RowMapping) -> Report:
    return Report(row["agreement"], row["period"], _day(row["submitted_on"]), row["evidence"])


def _step(row: RowMapping) -> Step:
    return Step(
        row["agreement"],
        row["step"],
        _day(row["started_on"]),
        _day(row["due_on"]),
        _day(row["done_on"]),
        row["document"],
    )


def _follow_up(row: RowMapping) -> FollowUp:
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


def _activity(row: RowMapping) -> Activity:
    return Activity(
        row["agreement"],
        PartialDate.parse(row["date"]),
        row["type"],
        row["summary"],
        row["evidence"],
    )


def _document(row: RowMapping) -> Document:
    return Document(
        row["agreement"],
        row["type"],
        row["number"],
        _day(row["date"]),
        row["file"],
        row["source"],
    )


def _plan_item(row: RowMapping) -> PlanItem:
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


def _check(row: RowMapping) -> Check:
    return Check(row["agreement"], row["check"], row["answer"], _day(row["on"]), row["by"])


def _opt_out(row: RowMapping) -> OptOut:
    return OptOut(row["agreement"], row["rule"], row["reason"], _day(row["until"]))


def load_dossiers(
    connection: Connection, refs: Sequence[str], *, for_findings: bool = True
) -> tuple[list[Dossier], dict[str, Exception]]:
    """The facts of those agreements, and for each that cannot be read the reason.

    Without *for_findings* what only detectors look at is left out: activities, documents,
    plans, checks, opt-outs and unanswered notices.
    """
    dossiers: list[Dossier] = []
    broken: dict[str, Exception] = {}
    reports = _by_agreement(connection, tables.reports, refs, _report, broken)
    steps = _by_agreement(connection, tables.steps, refs, _step, broken)
    follow_ups = _by_agreement(connection, tables.follow_ups, refs, _follow_up, broken)
    more = refs if for_findings else ()
    opt_outs = _by_agreement(connection, tables.opt_outs, more, _opt_out, broken)
    activities = _by_agreement(connection, tables.activities, more, _activity, broken)
    documents = _by_agreement(connection, tables.documents, more, _document, broken)
    plans = _by_agreement(connection, tables.plans, more, _plan_item, broken)
    checks = _by_agreement(connection, tables.checks, more, _check, broken)
    unanswered = load_unanswered(connection, more) if more else {}
    unreached = load_unreached(connection, more) if more else {}
    on_their_way = load_on_their_way(connection, more) if more else set[str]()
    decided = load_decided(connection, refs)
    replaced, on_the_way = _successors(connection, refs)
    intended = _intentions(connection, on_the_way)
    rows = connection.execute(
        select(tables.agreements)
        .where(tables.agreements.c.ref.in_(refs))
        .order_by(tables.agreements.c.ref)
    ).mappings()
    for row in rows:
        ref: str = row["ref"]
        if ref in broken:
            continue
        try:
            agreement = agreement_of(row)
        except ValueError as error:
            broken[ref] = error
            continue
        dossiers.append(
            Dossier(
                agreement=agreement,
                reports=tuple(reports.get(ref, ())),
                steps=tuple(steps.get(ref, ())),
                follow_ups=tuple(follow_ups.get(ref, ())),
                opt_outs=tuple(opt_outs.get(ref, ())),
                activities=tuple(activities.get(ref, ())),
                documents=tuple(documents.get(ref, ())),
                plans=tuple(plans.get(ref, ())),
                checks=tuple(checks.get(ref, ())),
                decided=decided.get(ref),
                unanswered=tuple(unanswered.get(ref, ())),
                unreached=tuple(unreached.get(ref, ())),
                is_being_told=ref in on_their_way,
                replaced_by=replaced.get(ref),
                intended=tuple(intended.get(ref, ())),
            )
        )
    return dossiers, broken


def load_dossier(connection: Connection, ref: str) -> Dossier:
    """The facts of one agreement. NotFound names the nearest refs; DatabaseError a bad record."""
    dossiers, broken = load_dossiers(connection, [ref])
    if ref in broken:
        raise DatabaseError(
            f"The record of {ref} cannot be read ({broken[ref]}), so nothing new is sent about it; "
            "import its row again, with the right value. What was sent: "
            f"reminder log --agreement {ref}"
        )
    if not dossiers:
        raise _no_agreement(connection, ref)
    return dossiers[0]


def _no_agreement(connection: Connection, ref: str) -> NotFound:
    agreements = tables.agreements
    head = connection.execute(
        select(agreements.c.ref)
        .where(agreements.c.ref.ilike(ref[:3].replace("%", "").replace("_", "") + "%"))
        .limit(2000)
    ).scalars()
    some = connection.execute(select(agreements.c.ref).order_by(agreements.c.ref).limit(500))
    near = near_names(ref, [*head, *some.scalars()], likeness=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    return NotFound(f'The register has no agreement "{ref}"{hint}')


def require_agreement(connection: Connection, ref: str) -> None:
    """NotFound, with the nearest refs, where the register has no such agreement."""
    known = select(tables.agreements.c.ref).where(tables.agreements.c.ref == ref)
    if connection.scalar(known) is None:
        raise _no_agreement(connection, ref)


def require_bureau(connection: Connection, code: str) -> None:
    """NotFound, with the nearest codes, where the register has no such bureau."""
    codes = connection.execute(select(tables.bureaus.c.code)).scalars().all()
    if code not in codes:
        near = near_names(code, codes, likeness=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        raise NotFound(f'The register has no bureau "{code}"{hint}')


def require_contact(connection: Connection, email: str, today: date) -> str:
    """The address as the directory writes it; NotFound where nobody of it is active today."""
    contacts = tables.contacts
    rows = connection.execute(
        select(contacts).where(func.lower(contacts.c.email) == email.lower())
    ).mappings()
    found = [contact_of(row) for row in rows]
    active = [contact.email for contact in found if contact.is_active(today)]
    if active:
        return active[0]
    if found:
        raise NotFound(f"{found[0].email} is not active today (active_from, active_to).")
    near = near_names(email, connection.execute(select(contacts.c.email)).scalars())
    hint = f"did you mean {' or '.join(near)}?" if near else "reminder export contacts shows all."
    raise NotFound(f'The directory has no contact "{email}"; {hint}')


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
            found.append(_follow_up(row))
        except ValueError as error:
            if broken is not None:
                broken[row["id"]] = error
    return found


def _by_agreement(
    connection: Connection,
    table: Table,
    refs: Sequence[str],
    read: Callable[[RowMapping], Fact],
    broken: dict[str, Exception],
) -> dict[str, list[Fact]]:
    found: defaultdict[str, list[Fact]] = defaultdict(list)
    if not refs:
        return found
    query = select(table).where(table.c.agreement.in_(refs))
    for row in connection.execute(query).mappings():
        try:
            found[row["agreement"]].append(read(row))
        except ValueError as error:
            broken[row["agreement"]] = error
    return found


def _successors(
    connection: Connection, refs: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Which of *refs* another agreement replaces, by the one it replaces; and which agreements,
    by their own ref, are on their way to replace one: a mere intention replaces nothing yet."""
    agreements = tables.agreements
    starts = ("signed_on", "effective_on", "expires_on")
    query = (
        select(agreements.c.ref, agreements.c.replaces, agreements.c.status)
        .add_columns(*(agreements.c[name] for name in starts))
        .where(agreements.c.replaces.in_(refs))
        .order_by(agreements.c.ref)
    )
    replaced: dict[str, str] = {}
    intended: dict[str, str] = {}
    for row in connection.execute(query).mappings():
        if any(row[name] is not None for name in starts):
            replaced[row["replaces"]] = row["ref"]
        elif row["status"] not in ("terminated", "replaced"):
            # One that was given up is on its way no more.
            intended[row["ref"]] = row["replaces"]
    return replaced, intended


def _intentions(
    connection: Connection, intended: Mapping[str, str]
) -> Mapping[str, Sequence[Intention]]:
    """How far the agreements have come that are meant to replace others, by the one replaced."""
    found: defaultdict[str, list[Intention]] = defaultdict(list)
    if not intended:
        return found
    # What cannot be read there is told when that agreement itself is planned.
    broken: dict[str, Exception] = {}
    steps = _by_agreement(connection, tables.steps, list(intended), _step, broken)
    activities = _by_agreement(connection, tables.activities, list(intended), _activity, broken)
    for ref, before in intended.items():
        intention = Intention(ref, tuple(steps.get(ref, ())), tuple(activities.get(ref, ())))
        found[before].append(intention)
    return found


def load_successors(connection: Connection, ref: str) -> Sequence[str]:
    """The agreements that name *ref* in ``replaces``, signed or still on their way."""
    agreements = tables.agreements
    query = select(agreements.c.ref).where(agreements.c.replaces == ref).order_by(agreements.c.ref)
    return connection.execute(query).scalars().all()


def load_directory(
    connection: Connection,
    timezone: str,
    language: str,
    admins: Sequence[str],
    codes: Sequence[str] | None = None,
) -> Directory:
    """Bureaus with the service's *timezone* and *language* where they give none, and contacts.

    A zone that this machine does not know counts as none: better told by the service's day
    than not at all. Addresses that no mail reaches are marked, by the service's days.

    *codes* restricts it to those bureaus and their parents; None loads them all.
    """
    bureaus, contacts = tables.bureaus, tables.contacts
    query = select(bureaus)
    if codes is not None:
        parents = select(bureaus.c.parent).where(bureaus.c.code.in_(codes))
        query = query.where(or_(bureaus.c.code.in_(codes), bureaus.c.code.in_(parents)))
    found = [
        Bureau(
            row["code"],
            row["name"],
            known_zone(row["timezone"] or "", timezone),
            row["language"] or language,
            row["parent"],
        )
        for row in connection.execute(query).mappings()
    ]
    people = select(contacts)
    if codes is not None:
        people = people.where(contacts.c.bureau.in_([bureau.code for bureau in found]))
    return Directory.of(
        found,
        [contact_of(row) for row in connection.execute(people).mappings()],
        admins,
        {one.email: local_date(one.at, timezone) for one in load_dead(connection)},
    )


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
