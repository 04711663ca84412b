"""A year scanned day by day, and with gaps, against an independent model of the due rule.

The year is 2028, which has a 29 February. ``SCAN_YEARS=200`` tries more examples than the few
of every day; each takes some seconds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings

from jobs.planning import directory_of, plan_rules
from reminder.agreements import AgreementStatus, ReportCycle
from reminder.calendars import PartialDate, Span, WorkCalendar, parse_working_days
from reminder.clock import local_date
from reminder.deadlines import DeadlineKind
from reminder.forecast import Forecaster
from reminder.policy import SendWindow
from reminder.steps import Chain, StepRule
from reminder.storage import tables
from reminder.storage.dossiers import load_dossiers
from reminder.storage.engine import Database
from tests.factories import (
    make_agreement,
    make_bureau,
    make_contact,
    make_report,
    make_rule,
    make_step,
)
from tests.model import Pact, Told
from tests.stored import World, at, make_policy
from tests.years import (
    CHAIN,
    EVERY_DAY,
    FIRST,
    GAPS,
    LAST,
    PARENTS,
    ZONES,
    Year,
    days_with_gaps,
    years,
)

if TYPE_CHECKING:
    from reminder.agreements import Agreement

EXAMPLES = int(os.environ.get("SCAN_YEARS", "5"))


def as_agreement(pact: Pact) -> Agreement:
    return make_agreement(
        pact.ref,
        kind=pact.kind,
        bureau=pact.bureau,
        entered_on=pact.entered,
        signed_on=PartialDate.parse(pact.signed) if pact.signed else None,
        expires_on=PartialDate.parse(pact.expires) if pact.expires else None,
        term=Span(months=pact.term) if pact.term else None,
        auto_renew=Span(months=pact.renew) if pact.renew else None,
        notice_period=Span(months=pact.notice) if pact.notice else None,
        report_cycle=ReportCycle(pact.cycle),
        lead_times=pact.leads,
        status=AgreementStatus.TERMINATED if pact.is_over else AgreementStatus.ACTIVE,
    )


def put(world: World, pact: Pact) -> None:
    world.put(as_agreement(pact))
    world.put(
        *(
            make_report(period, agreement=pact.ref, submitted_on="2020-01-01", evidence="surat")
            for period in pact.handed_in
        )
    )
    world.put(
        *(
            make_step(
                row.code,
                agreement=pact.ref,
                started_on=_day(row.begun),
                due_on=_day(row.due),
                done_on=_day(row.done),
            )
            for row in pact.rows
        )
    )


def _day(written: str) -> PartialDate | None:
    return PartialDate.parse(written) if written else None


def as_chain() -> Chain:
    """The chain of the model, as the service takes it."""
    steps = []
    for way in CHAIN:
        is_counted = "working" in way.limit
        steps.append(
            StepRule(
                way.code,
                (),
                way.waits,
                within=Span.parse(way.limit) if way.limit and not is_counted else None,
                within_working_days=parse_working_days(way.limit) if is_counted else None,
                stalls_after=Span.parse(way.stall) if way.stall else None,
            )
        )
    return Chain("KSDPL", tuple(steps))


@contextmanager
def service(year: Year, template: Path) -> Iterator[World]:
    """The service on a fresh database with the facts of the first day."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reminder.db"
        shutil.copyfile(template, file)
        database = Database(f"sqlite:///{file}")
        rules = [
            make_rule(
                f"rule-{number}",
                lead_times=wish.leads,
                repeat=f"{wish.every} H+{wish.until}" if wish.every else "",
                deadline=DeadlineKind(wish.deadline),
                kinds=wish.kinds,
                to=wish.to,
                cc=wish.cc,
            )
            for number, wish in enumerate(year.wishes)
        ]
        calendar = WorkCalendar(dict.fromkeys(year.holidays, "libur"))
        horizon = Span(months=year.horizon)
        chains = {"KSDPL": as_chain()}
        world = World(
            database, make_policy(*rules, calendar=calendar, horizon=horizon, chains=chains)
        )
        world.put(
            *(
                make_bureau(code, timezone=zone, parent=PARENTS.get(code))
                for code, zone in ZONES.items()
            ),
            *(
                make_contact(
                    person.email,
                    bureau=person.bureau,
                    role=person.role,
                    active_from=person.since,
                    active_to=person.until,
                )
                for person in year.people
            ),
        )
        for pact in year.before:
            put(world, pact)
        yield world
        database.close()


def told_by_the_service(world: World, year: Year, days: Sequence[date]) -> list[Told]:
    """Scan on those days, the facts changed before as the year has it."""
    changes = sorted(year.changes, key=lambda change: change[0])
    for day, now in year.instants(days):
        while changes and changes[0][0] <= day:
            put(world, changes.pop(0)[1])
        report = world.scan(now)
        assert report.errors == {}
    known = {
        id_: (kind, key) for id_, kind, key in world.rows(tables.deadlines, "id", "kind", "key")
    }
    return [
        (agreement, *known[deadline], due_on, lead_time, recipient, role, made_on)
        for deadline, agreement, due_on, lead_time, recipient, role, made_on in world.notices(
            "deadline_id", "agreement", "due_on", "lead_time", "recipient", "role", "made_on"
        )
    ]


def foretold_by_the_service(world: World, year: Year) -> list[Told]:
    """The forecast of the first day for the agreements that do not change."""
    changed = {pact.ref for _, pact in year.changes}
    now = at(FIRST.isoformat(), year.clock)
    with world.database.read() as connection:
        ahead = Forecaster(
            rules=plan_rules(world.policy),
            directory=directory_of(connection, world.policy),
            # Always open: no notice waits long enough to be overtaken by the next.
            send_window=SendWindow(time(0), time(23, 59), all_days=True),
            calendar=world.policy.calendar,
            default_zone="Asia/Jakarta",
            now=now,
        )
        refs = [pact.ref for pact in year.before if pact.ref not in changed]
        dossiers, _ = load_dossiers(connection, refs)
    last = {
        code: local_date(at(LAST.isoformat(), year.clock), zone) for code, zone in ZONES.items()
    }
    notices = [
        foretold.notice
        for dossier in dossiers
        for foretold in ahead.of_agreement(dossier, (), last[dossier.agreement.bureau])
    ]
    return [
        (
            notice.deadline.agreement,
            notice.deadline.kind,
            notice.deadline.key,
            notice.deadline.due_on,
            notice.lead_time,
            notice.recipient,
            notice.role,
            notice.made_on,
        )
        for notice in notices
    ]


def told_by_the_model(year: Year, days: Sequence[date]) -> list[Told]:
    model = year.model()
    for day, now in year.instants(days):
        model.scan(list(year.facts_on(day).values()), now)
    return model.told


@settings(
    max_examples=EXAMPLES,
    # An example takes seconds: shrinking one would take an hour, and it is printed whole.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(year=years(), gaps=GAPS)
def test_year_is_told_as_the_model_says_and_with_gaps_nothing_is_lost_or_repeated(
    _sqlite_template: Path,  # noqa: PT019 - its value is used
    year: Year,
    gaps: list[int],
) -> None:
    changed = {pact.ref for _, pact in year.changes}
    with service(year, _sqlite_template) as world:
        foretold = foretold_by_the_service(world, year)
        daily = told_by_the_service(world, year, EVERY_DAY)
    assert_same(daily, told_by_the_model(year, EVERY_DAY))
    # What does not change is foretold on the first day as it is told in the end.
    assert sorted(foretold) == sorted(told for told in daily if told[0] not in changed)

    some_days = days_with_gaps(gaps)
    with service(year, _sqlite_template) as world:
        sometimes = told_by_the_service(world, year, some_days)
        passed = superseded(world)
    assert_same(sometimes, told_by_the_model(year, some_days))

    # What is done during the year ends what a gap may have swallowed.
    stable = {
        pact.ref
        for pact in year.before
        if not pact.renew and not any(row.done >= FIRST.isoformat()[:7] for row in pact.rows)
    } - changed
    last_daily, last_sometimes = last_told(daily, stable), last_told(sometimes, stable)
    # Every deadline told in the first is told in the second, at its tightest lead time;
    assert last_sometimes == last_daily
    # and each lead time that a gap swallowed is in the record.
    for ref, kind, key, due_on, lead_time, *_ in daily:
        if ref in stable:
            assert (ref, kind, key, due_on, lead_time) in passed | {told[:5] for told in sometimes}


def assert_same(by_service: list[Told], by_model: list[Told]) -> None:
    # Nothing is told twice: neither on the same day nor, at one lead time, on another.
    assert len({told[:6] for told in by_service}) == len(by_service)
    assert sorted(by_service) == sorted(by_model)


def last_told(told: Sequence[Told], refs: set[str]) -> Mapping[tuple[str, str, str, date], str]:
    ordered = sorted(told, key=lambda one: one[-1])
    return {one[:4]: one[4] for one in ordered if one[0] in refs}


def superseded(world: World) -> set[tuple[str, str, str, date, str]]:
    names = ("id", "agreement", "kind", "key", "due_on")
    deadlines = {id_: rest for id_, *rest in world.rows(tables.deadlines, *names)}
    return {
        (*deadlines[deadline], lead_time)
        for deadline, lead_time, reason in world.rows(
            tables.skips, "deadline_id", "lead_time", "reason"
        )
        if reason == "superseded"
    }
