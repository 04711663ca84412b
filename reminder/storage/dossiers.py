"""Reading the register: agreements with all their facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, RowMapping, Table, select

from reminder.agreements import Dossier, Intention
from reminder.errors import DatabaseError
from reminder.storage import tables
from reminder.storage.facts import (
    activity_of,
    agreement_of,
    check_of,
    document_of,
    follow_up_of,
    opt_out_of,
    plan_item_of,
    report_of,
    step_of,
)
from reminder.storage.required import no_agreement
from reminder.storage.responses import load_decided, load_on_their_way, load_unanswered
from reminder.storage.unreached import load_unreached

Fact = TypeVar("Fact")


def load_dossiers(
    connection: Connection, refs: Sequence[str], *, for_findings: bool = True
) -> tuple[list[Dossier], dict[str, Exception]]:
    """The facts of those agreements, and for each that cannot be read the reason.

    Without *for_findings* what only detectors look at is left out: activities, documents,
    plans, checks, opt-outs and unanswered notices.
    """
    dossiers: list[Dossier] = []
    broken: dict[str, Exception] = {}
    reports = _by_agreement(connection, tables.reports, refs, report_of, broken)
    steps = _by_agreement(connection, tables.steps, refs, step_of, broken)
    follow_ups = _by_agreement(connection, tables.follow_ups, refs, follow_up_of, broken)
    more = refs if for_findings else ()
    opt_outs = _by_agreement(connection, tables.opt_outs, more, opt_out_of, broken)
    activities = _by_agreement(connection, tables.activities, more, activity_of, broken)
    documents = _by_agreement(connection, tables.documents, more, document_of, broken)
    plans = _by_agreement(connection, tables.plans, more, plan_item_of, broken)
    checks = _by_agreement(connection, tables.checks, more, check_of, broken)
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
        raise no_agreement(connection, ref)
    return dossiers[0]


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
    steps = _by_agreement(connection, tables.steps, list(intended), step_of, broken)
    activities = _by_agreement(connection, tables.activities, list(intended), activity_of, broken)
    for ref, before in intended.items():
        intention = Intention(ref, tuple(steps.get(ref, ())), tuple(activities.get(ref, ())))
        found[before].append(intention)
    return found


def load_successors(connection: Connection, ref: str) -> Sequence[str]:
    """The agreements that name *ref* in ``replaces``, signed or still on their way."""
    agreements = tables.agreements
    query = select(agreements.c.ref).where(agreements.c.replaces == ref).order_by(agreements.c.ref)
    return connection.execute(query).scalars().all()
