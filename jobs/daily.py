"""The daily digest: what the service did since the last one, for its admins. Numbered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from reminder.clock import local_date
from reminder.mail.letters import Letter
from reminder.notices import ADMIN_ROLE
from reminder.storage.closed_relays import closed_relays
from reminder.storage.dead_addresses import load_dead
from reminder.storage.digests import DigestState
from reminder.storage.inbound import State, count_for_persons, load_for_person
from reminder.storage.planning import put_offs, read_service
from reminder.storage.service_day import (
    EXAMPLES,
    Lines,
    came_back,
    count_ahead,
    count_waiting,
    delivered_between,
    load_overdue,
    open_service_findings,
    template_failures,
)
from reminder.summaries import SERVICE_FINDINGS, DailySummary, ServiceFinding

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from jobs.weekly import MessageIdOf
    from reminder.policy import Policy

DAILY = "daily"
MOST_OVERDUE = 10
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NEXT_YEAR_FROM = 11
"""The month from which holidays of the next year should be known."""


def daily_letters(
    context: JobContext,
    connection: Connection,
    state: DigestState,
    period: str,
    message_id: MessageIdOf,
    seen: int,
) -> list[Letter]:
    """One letter for each admin, all with the number after that of *state*.

    *seen* is the last line of the journal that they tell of.
    """
    service, now = context.policy.service, context.clock.now()
    summary = daily_summary(context, connection, state, seen)
    letter = Letter(
        message_id="",
        template=DAILY,
        language=service.language,
        recipient="",
        recipient_name="",
        bureau_name="",
        service_name=service.name,
        timezone=service.timezone,
        today=local_date(now, service.timezone),
        notices=(),
        contact=context.policy.contact,
        summary=summary,
    )
    dead = {one.email for one in load_dead(connection)}
    return [
        replace(letter, message_id=message_id(DAILY, admin.casefold(), period), recipient=admin)
        for admin in dict.fromkeys(service.admin)
        if admin.casefold() not in dead
    ]


def daily_summary(
    context: JobContext, connection: Connection, state: DigestState, seen: int
) -> DailySummary:
    """What there is to tell since the digest before."""
    now, zone = context.clock.now(), context.policy.service.timezone
    today, lines = local_date(now, zone), Lines(state.seen, seen)
    overdue, overdue_total = load_overdue(connection, today, MOST_OVERDUE)
    return DailySummary(
        number=state.number + 1,
        since=state.daily_at,
        until=now,
        delivered=delivered_between(connection, lines, state.daily_at or _LONG_AGO),
        waiting=count_waiting(connection),
        findings=tuple(_findings(connection, context.policy, today, lines)),
        overdue=overdue,
        overdue_total=overdue_total,
        ahead=count_ahead(connection, today),
        chain_head=_chain_head(connection),
        role=ADMIN_ROLE,
    )


def _findings(
    connection: Connection, policy: Policy, today: date, lines: Lines
) -> Iterator[ServiceFinding]:
    """What only an admin can mend: as ``status`` and ``check`` know it."""
    yield from (
        ServiceFinding("relay", 1, (f"{one.relay}: {one.text}",))
        for one in closed_relays(connection)
    )
    known = read_service(connection, "storm", "balance")
    if storm := _number(known.get("storm"), "messages"):
        yield ServiceFinding("storm", storm)
    if missing := _number(known.get("balance"), "missing"):
        yield ServiceFinding("balance", missing)
    failures = template_failures(connection, lines)
    if failures is not None:
        yield failures
    waiting = put_offs(connection)
    if waiting:
        names = tuple(f"{one.agreement} ({one.error})" for one in waiting[:EXAMPLES])
        yield ServiceFinding("put_off", len(waiting), names)
    yield from _came_in(connection, lines)
    if years := _unknown_years(policy, today):
        yield ServiceFinding("holidays", len(years), tuple(map(str, years)))
    yield from open_service_findings(connection, SERVICE_FINDINGS)


def _came_in(connection: Connection, lines: Lines) -> Iterator[ServiceFinding]:
    """What came back, and what of it a person should look at."""
    if trouble := _text(read_service(connection, "inbox").get("inbox"), "trouble"):
        yield ServiceFinding("inbox", 1, (trouble,))
    waiting = count_for_persons(connection)
    for state, code in ((State.PERSON, "for_person"), (State.QUARANTINED, "quarantined")):
        if number := waiting.get(state.value, 0):
            names = [
                f"{one.id} ({one.result})" for one in load_for_person(connection, EXAMPLES, state)
            ]
            yield ServiceFinding(code, number, tuple(names))
    if returned := came_back(connection, lines):
        yield returned
    if dead := load_dead(connection):
        yield ServiceFinding("dead", len(dead), tuple(one.email for one in dead[:EXAMPLES]))


def _text(value: str | None, name: str) -> str:
    """A text in a service value that holds an object; empty where there is none."""
    try:
        return str(json.loads(value or "{}").get(name, ""))
    except (AttributeError, ValueError):
        return ""


def _number(value: str | None, name: str) -> int:
    """A number in a service value that holds an object; 0 where there is none."""
    try:
        found = json.loads(value or "{}").get(name, 0)
        return int(found)
    except (AttributeError, TypeError, ValueError):
        return 0


def _unknown_years(policy: Policy, today: date) -> Sequence[int]:
    years = (today.year, today.year + 1) if today.month >= _NEXT_YEAR_FROM else (today.year,)
    return [year for year in years if not policy.calendar.has_data(year)]


def _chain_head(connection: Connection) -> str:
    """``number:hash``, as ``audit verify`` takes it."""
    try:
        head = json.loads(read_service(connection, "seal_head")["seal_head"])
        return f"{head['number']}:{head['hash']}"
    except (KeyError, TypeError, ValueError):
        return ""
