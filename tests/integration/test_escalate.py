"""Escalation in the database: who is told when nobody answers, once, and with every reason kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from jobs import escalate as job
from jobs.balance import balance
from jobs.escalate import escalate
from jobs.respond import acknowledge, snooze
from reminder.crash_points import CrashPoint
from reminder.escalation import next_escalation
from reminder.rules import EscalationStep
from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.escalations import store_escalated
from reminder.storage.planning import write_service
from tests.factories import make_bureau, make_opt_out, make_rule
from tests.fakes import GREYLISTED, UNKNOWN_USER
from tests.killed import killed_at
from tests.outboxes import parsed
from tests.stored import at
from tests.unanswered import (
    ABOVE,
    CALENDAR,
    EXPIRY,
    FIRST,
    HEAD,
    OFFICER,
    SECRETARY,
    STAFF,
    STEPS,
    WHO,
    Office,
    expiry,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reminder.storage.engine import Database

HEAD_TOLD = ("03-26", "H-90", 1, HEAD)
SECRETARY_TOLD = ("04-02", "H-90", 2, SECRETARY)
OFFICER_TOLD = ("03-12", "H-90", 0, OFFICER)


def skips(office: Office) -> list[tuple[str, str, str]]:
    rows = office.rows(tables.skips, "lead_time", "reason", "on", "detail")
    return [(reason, on.isoformat()[5:], detail) for _code, reason, on, detail in rows]


def test_head_on_the_fifth_working_day_and_secretary_on_the_tenth(database: Database) -> None:
    office = Office(database)
    office.live("2026-04-07")
    assert office.told() == [OFFICER_TOLD, HEAD_TOLD, SECRETARY_TOLD]
    assert office.notices("role", "copy", "repeat_no") == [
        ("officer", False, 0),
        ("head", False, 0),
        ("secretary", False, 0),
    ]
    assert office.deadline("level", "escalate_on", "told") == (2, None, "H-90")
    assert office.templates() == {
        ("H-90", 0, OFFICER): "expiry",
        ("H-90", 1, HEAD): "escalation",
        ("H-90", 2, SECRETARY): "escalation",
    }
    assert skips(office) == []


def test_run_on_every_day_before_changes_nothing(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    before = office.everything()
    for day in ("2026-03-12", "2026-03-17", "2026-03-24", "2026-03-25"):
        assert office.escalate(day).looked_at == 0
    assert office.everything() == before


def test_running_it_again_tells_nobody_again(database: Database) -> None:
    office = Office(database, count=3)
    office.day(FIRST)
    report = office.escalate("2026-03-26")
    assert (report.looked_at, report.told, report.notices, report.messages) == (3, 3, 3, 3)
    before = office.everything()
    assert office.escalate("2026-03-26").looked_at == 0
    assert office.everything() == before


def test_two_at_once_tell_once(database: Database) -> None:
    office = Office(database, count=5)
    office.day(FIRST)
    context = office.context(at("2026-03-26"))
    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(lambda _: escalate(context), range(4)))
    assert sum(report.told for report in reports) == 5
    assert [who for (who,) in office.notices("recipient")].count(HEAD) == 5
    assert office.messages("recipient").count((HEAD,)) == 5


@pytest.mark.parametrize(
    "point", [CrashPoint.BEFORE_ESCALATION_COMMIT, CrashPoint.AFTER_ESCALATION_COMMIT]
)
def test_end_at_either_side_of_the_commit_tells_once(database: Database, point: CrashPoint) -> None:
    office = Office(database)
    office.day(FIRST)
    with killed_at(point):
        office.escalate("2026-03-26")
    office.escalate("2026-03-26")
    assert office.told() == [OFFICER_TOLD, HEAD_TOLD]
    assert office.deadline("level") == 1


def test_one_that_raises_stops_no_other_and_is_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(database, count=3)
    office.day(FIRST)
    broken = iter((True, False, False))

    def fails_once(*given: Any) -> Any:
        if next(broken):
            raise ValueError("a bad row")
        return next_escalation(*given)

    monkeypatch.setattr(job, "next_escalation", fails_once)
    report = office.escalate("2026-03-26")
    assert (report.told, report.errors) == (2, {"A-0": "ValueError: a bad row"})
    monkeypatch.undo()
    assert office.escalate(at("2026-03-26", "09:30")).looked_at == 0, "put off for an hour"
    assert office.escalate(at("2026-03-26", "10:00")).told == 1


def test_row_that_spoils_the_batch_spoils_only_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(database, count=3)
    office.day(FIRST)
    broken = office.deadline("id", ref="A-1")

    def refuses_one(connection: Any, rows: Sequence[Any]) -> None:
        if any(row.deadline_id == broken for row in rows):
            raise ValueError("a bad row")
        store_escalated(connection, rows)

    monkeypatch.setattr(job, "store_escalated", refuses_one)
    report = office.escalate("2026-03-26")
    assert (report.told, report.errors) == (2, {"A-1": "ValueError: a bad row"})
    assert [len(office.told(f"A-{number}")) for number in range(3)] == [2, 1, 2]


def test_nobody_is_told_before_the_mail_to_the_officer_has_left(database: Database) -> None:
    office = Office(database)
    for day in (FIRST, "2026-03-13", "2026-03-16", "2026-03-26", "2026-03-27"):
        office.day(day, sends=False)
    assert office.told() == [OFFICER_TOLD]
    assert office.deadline("level", "escalate_on") == (0, date(2026, 3, 30))
    office.deliver("2026-03-27")
    office.live("2026-04-07", first="2026-03-28")
    assert office.told() == [OFFICER_TOLD, ("04-06", "H-90", 1, HEAD)]


def test_mail_that_arrived_instead_of_a_refused_one_begins_the_counting(database: Database) -> None:
    office = Office(database, staff=(*STAFF[:2], STAFF[3]))
    office.scan(FIRST)
    office.deliver("2026-03-12", GREYLISTED)
    office.deliver("2026-03-16", UNKNOWN_USER)
    office.live("2026-04-02", first="2026-03-16")
    assert office.told()[:2] == [OFFICER_TOLD, ("03-16", "H-90", 0, HEAD)]
    assert office.told()[2:] == [("03-30", "H-90", 1, ABOVE)], "the head had it already"


def test_acknowledgement_on_the_fourth_day_stops_it_and_a_lapse_resumes_it(
    database: Database,
) -> None:
    office = Office(database)
    office.live("2026-03-25")
    acknowledge(office.context(at("2026-03-25", "10:00")), expiry(), WHO)
    office.live("2026-04-08", first="2026-03-26")
    assert office.told() == [OFFICER_TOLD]
    assert skips(office) == [
        ("acknowledged", "03-26", "level 1 is told from 2026-04-09 on, if nobody answers")
    ]
    office.live("2026-04-10", first="2026-04-09")
    assert office.told()[1:3] == [
        ("04-09", "H-90", 1, HEAD),
        ("04-10", "H-60", 0, OFFICER),
    ]


def test_lapse_after_the_head_was_told_goes_on_to_the_secretary(database: Database) -> None:
    office = Office(database)
    office.live("2026-03-30")
    acknowledge(office.context(at("2026-03-31")), expiry(), WHO)
    office.live("2026-04-16", first="2026-03-31")
    levels = [one for one in office.told() if one[2] == 2]
    assert levels == [("04-16", "H-60", 2, SECRETARY)]
    assert [one for one in office.told() if one[1] == "H-60"][:1] == [
        ("04-10", "H-60", 0, OFFICER)
    ], "acknowledged on that day, so the head had no reminder"


def test_acknowledgement_stops_what_waits_to_leave_and_takes_the_level_back(
    database: Database,
) -> None:
    office = Office(database)
    office.live("2026-03-25")
    office.escalate(at("2026-03-26", "18:00"))
    assert office.deadline("level") == 1
    acknowledge(office.context(at("2026-03-26", "19:00")), expiry(), WHO)
    assert office.notices("recipient", "stop_reason") == [(OFFICER, ""), (HEAD, "acknowledged")]
    assert office.deadline("level") == 0
    office.live("2026-04-09", first="2026-03-27")
    assert office.told() == [OFFICER_TOLD, ("04-09", "H-90", 1, HEAD)]
    assert office.notices("repeat_no")[-1] == (1,)


def test_snooze_pauses_it_until_its_day(database: Database) -> None:
    office = Office(database)
    office.live("2026-03-25")
    snooze(office.context(at("2026-03-25")), expiry(), WHO, date(2026, 4, 1))
    office.live("2026-04-06", first="2026-03-26")
    assert office.told()[1:] == [("04-01", "H-90", 0, OFFICER), ("04-02", "H-90", 1, HEAD)]
    assert [reason for reason, *_ in skips(office)] == ["snoozed"]


def test_later_lead_times_go_to_the_levels_reached(database: Database) -> None:
    office = Office(database)
    office.live("2026-04-10")
    assert [one for one in office.told() if one[1] == "H-60"] == [
        ("04-10", "H-60", 0, OFFICER),
        ("04-10", "H-60", 1, HEAD),
        ("04-10", "H-60", 2, SECRETARY),
    ]
    assert office.templates()["H-60", 1, HEAD] == "expiry"


def test_bureau_without_a_secretary_has_the_bureau_above_hear_of_it(database: Database) -> None:
    office = Office(database, staff=(*STAFF[:2], STAFF[3]))
    office.live("2026-04-02")
    assert office.told()[1:] == [HEAD_TOLD, ("04-02", "H-90", 2, ABOVE)]
    assert office.notices("role", "fallback")[-1] == (
        "secretary",
        "head of B-00 for secretary of B-01, where nobody holds that role",
    )


PARENT = (EscalationStep(5, ("parent",)), EscalationStep(10, ("head",)))


def test_level_for_the_parent_is_its_head(database: Database) -> None:
    office = Office(database, replace(EXPIRY, escalate=PARENT))
    office.live("2026-03-26")
    assert office.told()[1:] == [("03-26", "H-90", 1, ABOVE)]


def test_bureau_without_a_parent_skips_that_level_with_its_reason(database: Database) -> None:
    office = Office(database, replace(EXPIRY, escalate=PARENT), parent=None)
    office.live("2026-04-02")
    assert skips(office) == [
        ("no_superior", "03-26", "level 1: nobody is left to be told for parent")
    ]
    assert office.told()[1:] == [("04-02", "H-90", 2, HEAD)]


def test_head_who_got_a_copy_is_asked_in_a_notice_of_his_own(database: Database) -> None:
    office = Office(database, replace(EXPIRY, cc=("head",)))
    office.live("2026-04-10")
    to_head = [
        (lead_time, copy, level, number)
        for recipient, lead_time, copy, level, number in office.notices(
            "recipient", "lead_time", "copy", "level", "repeat_no"
        )
        if recipient == HEAD
    ]
    assert to_head == [("H-90", True, 0, 0), ("H-90", False, 1, 1), ("H-60", False, 1, 0)]


def test_refused_mail_to_the_head_goes_to_the_next_in_line_as_the_same_level(
    database: Database,
) -> None:
    office = Office(database)
    office.live("2026-03-25")
    office.escalate("2026-03-26")
    office.deliver("2026-03-26", UNKNOWN_USER)
    office.live("2026-04-02", first="2026-03-26")
    assert office.told()[1:] == [
        HEAD_TOLD,
        ("03-26", "H-90", 1, ABOVE),
        ("04-02", "H-90", 2, SECRETARY),
    ]
    assert office.templates()["H-90", 1, ABOVE] == "escalation"


def test_after_five_weeks_of_downtime_one_level_is_told_a_day(database: Database) -> None:
    office = Office(database, make_rule(lead_times="H-90", escalate=STEPS))
    office.day(FIRST)
    office.live("2026-04-21", first="2026-04-18")
    assert office.told()[1:] == [("04-20", "H-90", 1, HEAD), ("04-21", "H-90", 2, SECRETARY)]


def test_level_is_not_told_before_the_mail_to_the_one_below_has_left(database: Database) -> None:
    office = Office(database, make_rule(lead_times="H-90", escalate=STEPS))
    office.live("2026-03-25")
    for day in ("2026-03-26", "2026-04-02", "2026-04-06"):
        office.day(day, sends=False)
    assert office.told() == [OFFICER_TOLD, HEAD_TOLD]
    office.deliver("2026-04-06")
    office.live("2026-04-08", first="2026-04-07")
    assert office.told()[2:] == [("04-07", "H-90", 2, SECRETARY)]


def test_what_is_over_or_excused_is_not_escalated(database: Database) -> None:
    office = Office(database, count=3)
    office.live("2026-03-25")
    office.run("UPDATE agreements SET status = 'terminated', replan_on = '2000-01-01' "
               "WHERE ref = 'A-0'")  # fmt: skip
    office.put(replace(make_opt_out("expiry"), agreement="A-1"))
    office.live("2026-03-27", first="2026-03-26")
    assert [len(office.told(f"A-{number}")) for number in range(3)] == [1, 1, 2]
    assert office.deadline("escalate_on", ref="A-0") is None
    assert office.deadline("escalate_on", ref="A-1") is None


def test_new_date_begins_all_over(database: Database) -> None:
    office = Office(database)
    office.live("2026-03-27")
    office.run("UPDATE agreements SET expires_on = '2026-06-29', replan_on = '2000-01-01'")
    office.live("2026-04-08", first="2026-03-30")
    assert office.told()[2:] == [("03-31", "H-90", 0, OFFICER), ("04-08", "H-90", 1, HEAD)]


def test_rule_without_levels_is_never_looked_at(database: Database) -> None:
    office = Office(database, make_rule(lead_times="H-90"))
    office.live("2026-04-07")
    assert office.told() == [OFFICER_TOLD]
    assert office.deadline("escalate_on") is None


def test_levels_taken_out_of_the_policy_are_not_told(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    office.policy = replace(office.policy, rules=(make_rule(lead_times="H-90 H-60"),), version="2")
    office.policy.__dict__["calendar"] = CALENDAR
    office.live("2026-03-27", first="2026-03-13")
    assert office.told() == [OFFICER_TOLD]
    assert office.deadline("escalate_on") is None


def test_each_bureau_counts_its_own_days(database: Database) -> None:
    office = Office(database)
    office.put(make_bureau(parent="B-00", timezone="Asia/Jayapura"))
    office.scan(at(FIRST))
    office.deliver(FIRST)
    # 23:30 in Jakarta is half past one of the next day in Jayapura.
    assert office.escalate(at("2026-03-25", "23:30")).told == 1
    assert office.told()[1:] == [("03-26", "H-90", 1, HEAD)]


def test_mail_to_a_level_waits_for_the_send_window(database: Database) -> None:
    office = Office(database)
    office.live("2026-03-25")
    office.escalate(at("2026-03-27", "20:00"))
    assert office.messages("recipient", "next_try_at")[0] == (HEAD, at("2026-03-30", "08:00"))


def test_copy_of_the_database_elsewhere_tells_nobody(database: Database, tmp_path: Path) -> None:
    office = Office(database)
    office.live("2026-03-25")
    office.settings = replace(office.settings, public_url="http://elsewhere.example.go.id")
    report = office.escalate("2026-03-26")
    assert "this database last sent mails as" in report.refused
    assert office.told() == [OFFICER_TOLD]


def test_balance_finds_nothing_missing_while_it_is_put_off_or_escalated(
    database: Database,
) -> None:
    office = Office(database, count=2)
    office.live("2026-03-27")
    snooze(office.context(at("2026-03-27")), expiry("A-1"), WHO, date(2026, 5, 20))
    office.live("2026-04-13", first="2026-03-28")  # H-60 is reached and not told
    found = balance(office.context(at("2026-04-14")))
    assert found is not None
    assert (found.due, found.sent, found.skipped, found.missing) == (2, 1, 1, 0)


def test_first_run_of_a_restored_database_says_that_it_may_repeat(database: Database) -> None:
    office = Office(database, make_rule(lead_times="H-90", escalate=STEPS))
    office.live("2026-03-25")
    with office.database.write() as connection:
        write_service(connection, restored="{}")
    office.live("2026-04-02", first="2026-03-26")
    marked = dict(office.rows(tables.messages, "recipient", "possible_duplicate"))
    assert marked == {OFFICER: False, HEAD: True, SECRETARY: False}


def test_events_name_whom_a_level_was_told_to(database: Database) -> None:
    office = Office(database)
    office.live("2026-03-26")
    rows = office.rows(tables.events, "kind", "agreement", "data")
    ((agreement, data),) = [row[1:] for row in rows if row[0] == "escalation"]
    assert agreement == "A-0"
    assert '"level": 1' in data
    assert f'"told": [["head", "{HEAD}"]]' in data


def test_mail_to_a_level_is_addressed_to_its_recipient(database: Database) -> None:
    office = Office(database)
    office.live("2026-03-25")
    office.day("2026-03-26")
    (mail,) = parsed(office.transport.delivered)
    assert mail["To"].endswith(f"<{HEAD}>")
    assert mail["Subject"]


def test_discarded_notice_to_the_officer_escalates_nothing(database: Database) -> None:
    office = Office(database)
    office.scan(FIRST)
    with office.database.write() as connection:
        connection.execute(
            update(tables.notices).values(
                stopped_at=at(FIRST), stop_reason=SkipReason.DISCARDED.value
            )
        )
        connection.execute(update(tables.messages).values(state="suppressed", next_try_at=None))
    office.live("2026-04-02", first="2026-03-13")
    assert [one[2] for one in office.told()] == []
