"""Facts put straight into a database, jobs run at an instant, and what they left there.

For tests of the jobs that need no config folder and no import: the policy is made here.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import insert, or_, select, update
from structlog.testing import LogCapture

from jobs.context import JobContext
from jobs.planning import plan_agreements
from jobs.scan import ScanReport, scan
from reminder.agreements import (
    Activity,
    Agreement,
    Bureau,
    Check,
    Contact,
    Document,
    FollowUp,
    OptOut,
    PlanItem,
    Report,
    Step,
)
from reminder.calendars import PartialDate, Span, WorkCalendar
from reminder.clock import FixedClock, zone
from reminder.findings import DETECTORS
from reminder.policy import (
    FindingRule,
    Limits,
    MailPolicy,
    Policy,
    SendWindow,
    Service,
)
from reminder.settings import Settings
from reminder.storage import tables
from reminder.storage.register import mark_unattached
from tests.factories import THRESHOLDS, make_bureau, make_contact, make_rule, make_terms

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from reminder.rules import Rule
    from reminder.storage.engine import Database

Fact = (
    Activity | Agreement | Bureau | Check | Contact | Document | FollowUp | OptOut | PlanItem
    | Report | Step
)  # fmt: skip
ADMIN = "admin@biro.example.go.id"

_TABLES: dict[type, Table] = {
    Activity: tables.activities,
    Agreement: tables.agreements,
    Bureau: tables.bureaus,
    Check: tables.checks,
    Contact: tables.contacts,
    Document: tables.documents,
    FollowUp: tables.follow_ups,
    OptOut: tables.opt_outs,
    PlanItem: tables.plans,
    Report: tables.reports,
    Step: tables.steps,
}


def at(day: str, clock: str = "09:00", zone_name: str = "Asia/Jakarta") -> datetime:
    """An instant by the wall clock of a zone."""
    wall = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
    return wall.replace(tzinfo=zone(zone_name)).astimezone(UTC)


def make_policy(*rules: Rule, calendar: WorkCalendar | None = None, **changes: Any) -> Policy:
    """These rules, else one about expiries; THRESHOLDS' detectors; no days off but weekends."""
    terms = make_terms()
    policy = Policy(
        service=Service("Pengingat", (ADMIN,), "Asia/Jakarta", "id", "ID"),
        scan_every=timedelta(minutes=5),
        send_window=SendWindow(time(8), time(15, 30)),
        horizon=terms.horizon,
        stale_after=terms.stale_after,
        term_ends="anniversary",
        report_due=terms.report_due,
        digest_above=3,
        ack_lasts=Span(days=14),
        limits=Limits(None, None),
        storm=None,
        digests={},
        mail=MailPolicy("", "", "example.go.id", "", calendar=False),
        rules=rules or (make_rule(),),
        chains=terms.chains,
        findings=make_finding_rules(*THRESHOLDS),
        holidays={},
        version="1",
    )
    policy = replace(policy, **changes)
    # A cached property: tests bring a calendar of their own instead of a country's.
    policy.__dict__["calendar"] = calendar or terms.calendar
    return policy


def make_settings(**changes: str) -> Settings:
    """Settings of a home that nobody looks into."""
    values: dict[str, Any] = dict.fromkeys((field.name for field in fields(Settings)), "")
    for name in ("home", "config_dir", "templates_dir"):
        values[name] = Path(name)
    values |= {"secret_key": "s" * 43, "public_url": "http://127.0.0.1:8025", **changes}
    return Settings(**values)


def make_finding_rules(*codes: str) -> dict[str, FindingRule]:
    """These findings switched on as shipped, or all of them: ``make_policy(findings=...)``."""
    return {
        code: FindingRule(code, "action", True, {}, {}, thresholds=DETECTORS[code].thresholds)
        for code in codes or DETECTORS
    }


class World:
    """A database with facts in it, and the policy and the log of whoever scans it."""

    def __init__(self, database: Database, policy: Policy | None = None) -> None:
        self.database = database
        self.policy = policy or make_policy()
        self.capture = LogCapture()
        self.home = Path(tempfile.mkdtemp(prefix="reminder-"))
        weakref.finalize(self, shutil.rmtree, self.home, ignore_errors=True)

    def put(self, *facts: Fact) -> None:
        """Store facts, new or changed, and mark the agreements that they are about."""
        with self.database.write() as connection:
            put(connection, facts)

    def context(self, now: datetime) -> JobContext:
        """What a job is given at that instant."""
        log = structlog.wrap_logger(
            structlog.PrintLogger(),
            processors=[self.capture],
            # Not the one of the process, which an earlier test may have set up.
            wrapper_class=structlog.make_filtering_bound_logger("debug"),
        )
        settings = replace(make_settings(), home=self.home)
        return JobContext(settings, self.policy, self.database, FixedClock(now), log)

    def scan(self, now: datetime | str) -> ScanReport:
        """One scan at an instant, or at nine o'clock of a day in Jakarta."""
        return scan(self.context(at(now) if isinstance(now, str) else now))

    def plan(self, day: str, *refs: str) -> dict[str, str]:
        """Plan some agreements, or all; returns those that could not be."""
        return plan_agreements(self.context(at(day)), refs or None).failed

    def rows(self, table: Table, *names: str) -> list[tuple[Any, ...]]:
        """These columns of all rows, in the order in which they were stored."""
        columns = [table.c[name] for name in names]
        order = table.c["id"] if "id" in table.c else columns[0]
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(select(*columns).order_by(order))]

    def notices(self, *names: str) -> list[tuple[Any, ...]]:
        """Agreement, lead time and day of every notice, or these columns."""
        return self.rows(tables.notices, *(names or ("agreement", "lead_time", "made_on")))

    def skips(self) -> list[tuple[Any, ...]]:
        """Lead time, reason and day of every skip."""
        return self.rows(tables.skips, "lead_time", "reason", "on")

    def messages(self, *names: str) -> list[tuple[Any, ...]]:
        """Kind, state and recipient of every message, or these columns, sorted."""
        return sorted(self.rows(tables.messages, *(names or ("kind", "state", "recipient"))))

    def run(self, statement: str, **values: object) -> None:
        """A statement of SQL, as nobody should write them."""
        from sqlalchemy import text

        with self.database.write() as connection:
            connection.execute(text(statement), values)

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables, but for the instant of the last scan."""
        with self.database.read() as connection:
            return {
                table.name: sorted(
                    (
                        tuple(row)
                        for row in connection.execute(select(table))
                        if row[0] != "last_scan_at"
                    ),
                    key=repr,
                )
                for table in tables.metadata.sorted_tables
            }


def put(connection: Connection, facts: Iterable[Fact]) -> None:
    """Store facts, new or changed, and mark the agreements that they are about."""
    for fact in facts:
        table = _TABLES[type(fact)]
        values = {
            field.name: _stored(getattr(fact, field.name)) for field in fields(fact)
        } | _kept_by_the_service(fact)
        key = [column.name for column in table.primary_key]
        same = [table.c[name] == values[name] for name in key]
        if connection.execute(select(table).where(*same)).first() is None:
            connection.execute(insert(table).values(values))
        else:
            connection.execute(update(table).where(*same).values(values))
        _mark(connection, fact)


def put_many(connection: Connection, agreements: Iterable[Agreement]) -> None:
    """The same for many new agreements."""
    rows = [
        {field.name: _stored(getattr(one, field.name)) for field in fields(one)}
        | _kept_by_the_service(one)
        for one in agreements
    ]
    connection.execute(insert(tables.agreements), rows)


def make_office() -> tuple[Bureau, Contact]:
    """A bureau with an officer: the least that an agreement needs."""
    return make_bureau(), make_contact()


def _stored(value: object) -> object:
    if isinstance(value, PartialDate | Span):
        return str(value)
    return value.value if isinstance(value, Enum) else value


_LONG_AGO = date(2000, 1, 1)


def _kept_by_the_service(fact: Fact) -> dict[str, object]:
    if isinstance(fact, Agreement):
        return {"ref_key": fact.ref.casefold(), "replan_on": _LONG_AGO}
    if isinstance(fact, Bureau):
        return {
            "code_key": fact.code.casefold(),
            "timezone": fact.timezone or None,
            "language": fact.language or None,
        }
    return {}


def _mark(connection: Connection, fact: Fact) -> None:
    agreements = tables.agreements
    if isinstance(fact, Bureau | Contact):
        code = fact.code if isinstance(fact, Bureau) else fact.bureau
        touched = agreements.c.bureau == code
    elif isinstance(fact, FollowUp) and fact.agreement is None:
        mark_unattached(connection, _LONG_AGO)
        return
    else:
        ref = fact.replaces if isinstance(fact, Agreement) else fact.agreement
        touched = agreements.c.ref == ref
        if isinstance(fact, Step | Activity):
            replaced = select(agreements.c.replaces).where(agreements.c.ref == ref)
            touched = or_(touched, agreements.c.ref.in_(replaced))
    connection.execute(update(agreements).where(touched).values(replan_on=_LONG_AGO))
