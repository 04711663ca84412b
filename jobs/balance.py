"""The daily balance: due = sent + skipped + pending + held + failed, or the rest is made again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from jobs import guards
from jobs.alarms import raise_alarm
from jobs.balance_count import REPAIRED, Count, Repair
from jobs.replanning import is_unattached_due
from reminder.balance import Balance
from reminder.clock import local_date
from reminder.mail.letters import Alarm
from reminder.retry import UNCERTAIN_FOR
from reminder.storage.balance import free, stuck_messages
from reminder.storage.chunks import chunks
from reminder.storage.events import add_event
from reminder.storage.planning import put_offs, read_service, write_service

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext

SHOWN = 5
"""Repairs that the alarm names; the events name all."""
STUCK = ", but nothing would ever take it up"


def balance(context: JobContext) -> Balance | None:
    """Count what is due against what is on record, once a day; None where there is no need.

    None too while a changed policy is not planned yet, as what is stored follows the old one,
    and while the clock is wrong.
    Every notice that is missing is made again by the next scan, every message that can never
    leave is freed, and the admin is told once.
    """
    if guards.refusal(context):
        return None
    now = context.clock.now()
    today = local_date(now, context.policy.service.timezone)
    with context.database.read() as connection:
        known = read_service(connection, "balance", "policy_version", "replan_unattached")
        put_off = {item.agreement for item in put_offs(connection)}
    if known.get("policy_version") != context.policy.version or _was_done(known, today):
        return None
    count = Count(context, now, put_off, is_unattached_due(known, context, now))
    with context.database.read() as connection:
        stuck = stuck_messages(connection)
    suspects = count.all()
    repairs = [*count.repair(suspects), *_free(context, stuck, now)]
    found = Balance.of(today, count.standings)
    _finish(context, found, repairs, now)
    return found


def _was_done(known: dict[str, str], today: date) -> bool:
    try:
        return bool(json.loads(known["balance"])["on"] == today.isoformat())
    except (KeyError, TypeError, ValueError):  # never done, or nothing that we wrote
        return False


def _free(context: JobContext, stuck: Sequence[str], now: datetime) -> Iterator[Repair]:
    for ids in chunks(stuck):
        with context.database.write() as connection:
            freed = free(connection, ids, now, UNCERTAIN_FOR)
            for message_id, state in freed:
                data = {"missing": f"{state}{STUCK}"}
                add_event(connection, now, REPAIRED, data, message_id=message_id)
        for message_id, state in freed:
            yield Repair(f"{state}{STUCK}", message_id)


def _finish(context: JobContext, found: Balance, repairs: Sequence[Repair], now: datetime) -> None:
    """Write the numbers, and tell the admin where something was missing."""
    numbers = {name: number for name, number in asdict(found).items() if name != "on"}
    with context.database.write() as connection:
        value = json.dumps({"on": found.on.isoformat()} | numbers)
        write_service(connection, balance=value)
        if repairs:
            _alarm(context, connection, found, repairs, now)
    if repairs:
        context.log.error("balance_repaired", repairs=len(repairs), **numbers)
    else:
        context.log.info("balance_done", **numbers)


def _alarm(
    context: JobContext,
    connection: Connection,
    found: Balance,
    repairs: Sequence[Repair],
    now: datetime,
) -> None:
    from reminder.mail.render import Renderer
    from reminder.resources import template_dirs

    more = f" and {len(repairs) - SHOWN} more" if len(repairs) > SHOWN else ""
    numbers = ", ".join(
        f"{number} {name}" for name, number in asdict(found).items() if name != "on"
    )
    alarm = Alarm(
        what=(
            f"the daily balance found {len(repairs)} notices or messages missing or stuck and "
            f"has them made again ({numbers})"
        ),
        where="; ".join(map(str, repairs[:SHOWN])) + more,
        todo=(
            "find out who or what changed the database; reminder why REF and reminder log show "
            "what was sent"
        ),
        at=now,
    )
    renderer = Renderer(template_dirs(context.settings.templates_dir))
    raise_alarm(context, connection, renderer, alarm, ("balance",), now)
