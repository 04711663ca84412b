"""The scan: deadlines that can fire today -> notices, skips and messages, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobs import adoption, guards
from jobs.enqueueing import grouping_of
from jobs.grouping import Grouping, group_into_messages
from jobs.planning import directory_of, plan_rules, todays
from jobs.replanning import is_unattached_due, replan_all, replan_marked, todays_by_zone
from jobs.storm import Beginnings, StormWatch
from jobs.watcher import ScanEnd
from reminder.clock import local_date
from reminder.crash_points import CrashPoint, passing
from reminder.errors import describe
from reminder.firing import Fired, Firing
from reminder.skips import SkipReason
from reminder.storage.due_deadlines import advance, load_due, zones_due
from reminder.storage.engine import is_damage
from reminder.storage.events import add_event
from reminder.storage.messages import bring_forward, insert_messages, load_waiting, move_notices
from reminder.storage.notices import insert_notices, insert_skips, numbered
from reminder.storage.planning import (
    clear_put_offs,
    clear_service,
    put_off,
    put_offs,
    read_service,
    write_service,
    zones_to_replan,
)
from reminder.storage.stopping import stop_notices

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from jobs.grouping import Grouped
    from reminder.storm import StormLimit

BATCH = 2000
"""Due deadlines in one transaction: many enough to be set-wise, few enough to be short."""

CATCH_UP_AFTER = timedelta(hours=36)
"""After a longer gap than this, everything for one recipient comes in one digest."""
SCAN_ERRORS = "scan_errors"
"""The name under which scans and agreements that raised are counted."""


@dataclass
class ScanReport:
    """What a scan did, in numbers."""

    planned: int = 0
    due: int = 0
    notices: int = 0
    messages: int = 0
    held: int = 0
    """Messages that are held until a person has looked at them: far more than usual."""
    skips: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    """Agreements that raised, with the reason; they are put off for an hour."""
    catch_up: bool = False
    refused: str = ""
    """Why nothing was scanned at all; empty where it was."""

    def counts(self) -> dict[str, int]:
        """All of it in numbers, for the log and whoever watches from outside."""
        return {
            "planned": self.planned,
            "due": self.due,
            "notices": self.notices,
            "messages": self.messages,
            "held": self.held,
            "skips": self.skips,
            "errors": len(self.errors),
        }

    def add(self, fired: Fired, stored: _Stored) -> None:
        """Count one batch."""
        self.due += fired.looked_at
        self.notices += len(fired.notices)
        self.skips += len(fired.skips)
        self.messages += len(stored.grouped.messages)
        self.errors.update({ref: describe(error) for ref, error in fired.failed.items()})


def scan(context: JobContext) -> ScanReport:
    """Plan what must be planned again, then fire what can fire today.

    Reads only rows whose day has come. Running it twice, or two at once, changes nothing
    the second time: unique keys absorb the repeat. How it ended is noted for the heartbeat.
    """
    try:
        report = _scan(context)
    except Exception:
        context.watcher.note(ScanEnd(is_whole=False))
        context.tally.add(SCAN_ERRORS, "scan")
        raise
    if not report.refused:
        # An agreement that raised was looked at too: it is put off, and counted as an error.
        context.watcher.note(ScanEnd(is_whole=True, counts=report.counts()))
        context.tally.add(SCAN_ERRORS, "agreement", by=len(report.errors))
    return report


def _scan(context: JobContext) -> ScanReport:
    now = context.clock.now()
    report = ScanReport(refused=guards.refusal(context) or adoption.refusal(context))
    if report.refused:
        return report
    with context.database.read() as connection:
        known = read_service(
            connection, "policy_version", "last_scan_at", "replan_unattached", "restored"
        )
        today_in = todays_by_zone(context, connection, now)
        zones = zones_due(connection, today_in, now)
        marked_zones = zones_to_replan(connection, today_in, context.policy.service.timezone, now)
    last_scan = known.get("last_scan_at")
    last_scan_at = datetime.fromisoformat(last_scan) if last_scan else None
    report.catch_up = last_scan_at is not None and now - last_scan_at > CATCH_UP_AFTER

    has_new_policy = known.get("policy_version") != context.policy.version
    if has_new_policy or marked_zones or is_unattached_due(known, context, now):
        planned = replan_all(context) if has_new_policy else replan_marked(context, marked_zones)
        report.planned += planned.planned
        report.errors.update(planned.failed)
        with context.database.read() as connection:
            zones = zones_due(connection, today_in, now)

    tools: _Tools | None = None
    is_changed = has_new_policy and "policy_version" in known
    storm = StormWatch(context, Beginnings(last_scan_at, report.catch_up, is_changed), now)
    for zone in zones:
        tools = tools or _tools(context, now, report.catch_up, storm, "restored" in known)
        while _fire_batch(context, tools, zone, now, report):
            pass  # until nothing is due, or another scan holds the rest
    report.held = storm.held
    _finish(context, report, now)
    return report


@dataclass(frozen=True)
class _Tools:
    """What firing needs and an idle scan does not load."""

    firing: Firing
    grouping: Grouping
    had_put_offs: bool
    storm: StormWatch
    is_restored: bool
    """Whether this is the first scan of a restored database, which does not know what was
    told between the backup and now: what it makes says that it may be a repeat."""


@dataclass(frozen=True)
class _Stored:
    """One batch as it was written."""

    grouped: Grouped
    held_for: StormLimit | None
    """The limit that it broke; None where its messages may leave."""


def _tools(
    context: JobContext, now: datetime, catch_up: bool, storm: StormWatch, is_restored: bool
) -> _Tools:
    with context.database.read() as connection:
        directory = directory_of(connection, context.policy)
        had_put_offs = bool(put_offs(connection))
    return _Tools(
        Firing(plan_rules(context.policy), directory, todays(now)),
        grouping_of(context, directory, now, catch_up=catch_up),
        had_put_offs,
        storm,
        is_restored,
    )


def _fire_batch(
    context: JobContext, tools: _Tools, zone: str, now: datetime, report: ScanReport
) -> bool:
    """Fire one batch of a zone's due deadlines, in one transaction; whether more may be due."""
    try:
        with context.database.write() as connection:
            due = load_due(connection, zone, local_date(now, zone), now, BATCH, lock=True)
            passing(CrashPoint.SCAN_READ)
            fired = tools.firing.decide(due)
            stored = _store(connection, tools, fired, now)
            passing(CrashPoint.BEFORE_SCAN_COMMIT)
    # Whatever a single row did to the whole batch must not stop the other rows.
    except Exception:
        context.log.exception("scan_batch_failed", zone=zone)
        _fire_one_by_one(context, tools, zone, now, report)
        return True
    passing(CrashPoint.AFTER_SCAN_COMMIT)
    tools.storm.keep(stored.grouped, stored.held_for)
    report.add(fired, stored)
    return len(due) == BATCH


def _fire_one_by_one(
    context: JobContext, tools: _Tools, zone: str, now: datetime, report: ScanReport
) -> None:
    """The batch again, each agreement in a transaction of its own."""
    today = local_date(now, zone)
    with context.database.read() as connection:
        due = load_due(connection, zone, today, now, BATCH)
    groups: dict[str, list[int]] = {}
    for row in due:
        groups.setdefault(row.subject, []).append(row.id)
    for subject, ids in groups.items():
        try:
            with context.database.write() as connection:
                rows = load_due(connection, zone, today, now, len(ids), lock=True, ids=ids)
                fired = tools.firing.decide(rows)
                stored = _store(connection, tools, fired, now)
        except Exception as error:
            if is_damage(error):
                raise  # no agreement's fault: a corrupt file must not look like a quiet day
            context.log.exception("scan_failed", agreement=subject)
            report.errors[subject] = describe(error)
            with context.database.write() as connection:
                put_off(connection, subject, describe(error), now)
            continue
        tools.storm.keep(stored.grouped, stored.held_for)
        report.add(fired, stored)


def _store(connection: Connection, tools: _Tools, fired: Fired, now: datetime) -> _Stored:
    """Write one batch of decisions, held where they are far too many."""
    told_before = [notice.deadline.id for notice in fired.notices if notice.deadline.told]
    if told_before:
        stop_notices(connection, list(dict.fromkeys(told_before)), SkipReason.SUPERSEDED, now)
    recipients = sorted({notice.recipient for notice in fired.notices})
    days = sorted({notice.made_on for notice in fired.notices})
    waiting, counts = load_waiting(connection, recipients, days) if recipients else ([], {})
    notices = numbered(connection, fired.notices)
    grouped = group_into_messages(notices, waiting, counts, tools.grouping)
    limit = tools.storm.broken_limit(connection, grouped)
    if limit is not None:
        # What waited before this scan must not be held with it, inside a digest.
        own = [message for message in waiting if tools.storm.has_made(message.message_id)]
        grouped = group_into_messages(notices, own, counts, tools.grouping)
    insert_messages(connection, grouped.messages, now, possible_duplicate=tools.is_restored)
    insert_notices(connection, grouped.notices, now)
    move_notices(connection, grouped.moves)
    bring_forward(connection, grouped.nearer)
    if limit is not None:
        tools.storm.hold(connection, grouped, limit)
    insert_skips(connection, fired.skips, now)
    advance(connection, fired.advances)
    for subject, error in fired.failed.items():
        put_off(connection, subject, describe(error), now)
    if tools.had_put_offs:
        clear_put_offs(connection, sorted(fired.subjects - fired.failed.keys()))
    if grouped.messages or fired.skips:
        made = {
            "notices": len(grouped.notices),
            "messages": len(grouped.messages),
            "skips": len(fired.skips),
        }
        add_event(connection, now, "scan", made)
    return _Stored(grouped, limit)


def _finish(context: JobContext, report: ScanReport, now: datetime) -> None:
    with context.database.write() as connection:
        write_service(connection, last_scan_at=now.isoformat())
        if "restored" in read_service(connection, "restored"):
            # The first escalation after it does not know either whom it told since the backup.
            write_service(connection, restored_levels=now.isoformat())
            clear_service(connection, "restored")
    context.log.info("scan_done", **report.counts())
