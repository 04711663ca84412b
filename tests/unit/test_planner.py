"""The plan of one agreement: epochs, what was told, silence, stops, and when to plan again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reminder.agreements import Decided, Decision, Dossier
from reminder.calendars import Due, Span
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.loose_follow_ups import plan_unattached
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import AgreementPlan, PlannedDeadline, StoredDeadline
from reminder.planner import plan_agreement
from reminder.skips import SkipReason
from reminder.steps import Chain, StepRule
from tests.factories import (
    make_agreement,
    make_contact,
    make_directory,
    make_dossier,
    make_follow_up,
    make_opt_out,
    make_plan_rules,
    make_report,
    make_rule,
    make_step,
)

TODAY = date(2026, 3, 2)
RULES = make_plan_rules(
    make_rule(lead_times="H-90 H-30 H"),
    make_rule("step", deadline="step", lead_times="H-7 H"),
    make_rule("follow-up", deadline="follow_up", lead_times="H-7 H"),
)
EXPIRY = StoredDeadline(
    7, DeadlineKind.EXPIRY, "", Due.of(date(2026, 5, 31)), 3, DeadlineStatus.OPEN, "H-90",
    date(2024, 1, 2),
)  # fmt: skip


def plan(
    dossier: Dossier,
    *stored: StoredDeadline,
    rules: PlanRules = RULES,
    today: date = TODAY,
    **directory: object,
) -> AgreementPlan:
    return plan_agreement(dossier, stored, rules, make_directory(**directory), today)


def expiry(
    *stored: StoredDeadline, rules: PlanRules = RULES, today: date = TODAY, **facts: Any
) -> PlannedDeadline:
    planned = plan(make_dossier(make_agreement(**facts)), *stored, rules=rules, today=today).planned
    return next(one for one in planned if one.deadline.kind is DeadlineKind.EXPIRY)


def test_new_deadline_begins_at_epoch_1_on_its_first_lead_time() -> None:
    planned = expiry()

    assert planned.stored_id is None
    assert (planned.epoch, planned.told, planned.entered_on) == (1, "", TODAY)
    assert planned.next_on == date(2026, 3, 2)
    assert planned.rule == "expiry"
    assert planned.stop_reason is None


def test_stored_deadline_keeps_what_was_told() -> None:
    planned = expiry(EXPIRY)

    assert (planned.stored_id, planned.epoch, planned.told) == (7, 3, "H-90")
    assert planned.entered_on == date(2024, 1, 2)
    assert planned.next_on == date(2026, 5, 1)
    assert planned.stop_reason is None


@pytest.mark.parametrize(
    "expires_on",
    [
        pytest.param("2027-05-31", id="later"),
        pytest.param("2026-04-30", id="sooner"),
        pytest.param("2026-05", id="less exact"),
    ],
)
def test_changed_due_date_raises_the_epoch_and_starts_clean(expires_on: str) -> None:
    planned = expiry(EXPIRY, expires_on=expires_on)

    assert (planned.stored_id, planned.epoch, planned.told) == (7, 4, "")
    assert planned.entered_on == TODAY
    assert planned.stop_reason is SkipReason.REDATED


def test_new_term_of_an_agreement_that_renews_itself_is_a_new_epoch() -> None:
    facts: dict[str, Any] = {"expires_on": "2026-05-31", "auto_renew": "1 year"}

    assert expiry(EXPIRY, today=date(2026, 5, 31), **facts).epoch == 3
    renewed = expiry(EXPIRY, today=date(2026, 6, 1), **facts)
    assert (renewed.epoch, renewed.told) == (4, "")
    assert renewed.deadline.due == Due.of(date(2027, 5, 31))


def test_agreement_that_stops_renewing_itself_keeps_its_epoch() -> None:
    facts: dict[str, Any] = {
        "expires_on": "2024-05-31", "auto_renew": "1 year", "status": "not_renewing",
    }  # fmt: skip
    planned = expiry(EXPIRY, **facts)

    assert (planned.epoch, planned.told) == (3, "H-90")


@pytest.mark.parametrize(
    ("facts", "status", "stop"),
    [
        pytest.param({"status": "terminated"}, "void", "void", id="terminated"),
        pytest.param({"status": "replaced"}, "met", "met", id="replaced"),
        pytest.param({"expires_on": "2026-06-30", "status": "terminated"}, "void", "void",
                     id="terminated and redated: void"),
    ],
)  # fmt: skip
def test_closed_deadline_stops_its_mails_and_fires_no_more(
    facts: dict[str, Any], status: str, stop: str
) -> None:
    planned = expiry(EXPIRY, **facts)

    assert planned.deadline.status.value == status
    assert planned.stop_reason == stop
    assert planned.next_on is None


def test_reopened_deadline_goes_on_where_it_was() -> None:
    planned = expiry(replace(EXPIRY, status=DeadlineStatus.VOID))

    assert (planned.epoch, planned.told) == (3, "H-90")
    assert planned.deadline.status is DeadlineStatus.OPEN
    assert planned.next_on == date(2026, 5, 1)


def test_decision_about_a_date_does_not_hold_for_another() -> None:
    decided = Decided(Decision.END, date(2026, 2, 2), "kepala@biro.example.go.id")

    def planned(expires_on: str) -> tuple[DeadlineStatus, date | None]:
        agreement = make_agreement(expires_on=expires_on, status="not_renewing")
        found = plan(make_dossier(agreement, decided=decided), EXPIRY).planned
        mine = next(one for one in found if one.deadline.kind is DeadlineKind.EXPIRY)
        return mine.deadline.status, mine.next_on

    assert planned("2026-05-31") == (DeadlineStatus.MET, None)
    assert planned("2026-06-30") == (DeadlineStatus.OPEN, date(2026, 4, 1))


def test_deadline_that_the_facts_no_longer_give_is_gone() -> None:
    found = plan(make_dossier(make_agreement(expires_on=None)), EXPIRY)

    assert found.gone == (EXPIRY,)


def test_deadline_redated_beyond_the_horizon_is_gone_and_comes_back_as_a_new_epoch() -> None:
    far = make_dossier(make_agreement(expires_on="2030-05-31"))
    away = plan(far, EXPIRY)

    assert away.gone == (EXPIRY,)
    assert [deadline.due for deadline in away.later] == [Due.of(date(2030, 5, 31))]
    assert away.replan_on == date(2028, 5, 31)
    (back,) = plan(far, EXPIRY, today=date(2028, 5, 31)).planned
    assert (back.epoch, back.told, back.stored_id) == (4, "", 7)


def test_own_lead_times_replace_those_of_the_rule_with_its_repeats() -> None:
    rules = make_plan_rules(make_rule(lead_times="H-90 H-30 H", repeat="30 H+180"))
    planned = expiry(rules=rules, lead_times="H-180 HK-5")

    schedule = rules.schedule(rules.rules[0], planned.deadline.lead_times)
    assert [lead.code for lead in schedule.all()] == ["H-180", "HK-5"]
    assert planned.next_on == date(2025, 12, 2)


def test_bad_lead_times_of_one_agreement_are_an_error() -> None:
    with pytest.raises(ValueError, match="H-x"):
        expiry(lead_times="H-x")


def test_all_lead_times_told_leave_no_next_day() -> None:
    assert expiry(replace(EXPIRY, told="H")).next_on is None
    assert expiry(replace(EXPIRY, told="H+30")).next_on is None


def test_lead_times_changed_from_h_30_to_h_45_wait_for_nothing_already_told() -> None:
    rules = make_plan_rules(make_rule(lead_times="H-45"))

    assert expiry(replace(EXPIRY, told="H-30"), rules=rules).next_on is None
    assert expiry(replace(EXPIRY, told=""), rules=rules).next_on == date(2026, 4, 16)


def test_deadline_without_rule_is_silent_and_never_looked_at() -> None:
    planned = expiry(rules=make_plan_rules(make_rule(kinds=("KSDD",))))

    assert planned.deadline.silent is SkipReason.NO_RULE
    assert (planned.rule, planned.next_on) == ("", None)
    assert planned.stop_reason is SkipReason.NO_RULE


@pytest.mark.parametrize(
    ("until", "is_silent", "replan_on"),
    [
        pytest.param(None, True, None, id="for good"),
        pytest.param("2026-03-02", True, "2026-03-03", id="until today"),
        pytest.param("2026-03-01", False, None, id="until yesterday"),
        pytest.param("2026", True, "2027-01-01", id="until the end of 2026"),
    ],
)
def test_opt_out_silences_the_rule_until_it_ends(
    until: str | None, is_silent: bool, replan_on: str | None
) -> None:
    found = plan(make_dossier(opt_outs=(make_opt_out("expiry", until=until),)))
    (planned,) = found.planned

    assert planned.deadline.silent is (SkipReason.OPTED_OUT if is_silent else None)
    assert found.replan_on == (date.fromisoformat(replan_on) if replan_on else None)
    if is_silent:
        assert "disepakati dengan mitra" in planned.deadline.silent_detail
        assert planned.next_on is not None  # the scan looks, and records the skip


def test_opt_out_of_a_finding_ends_with_its_day_however_old_the_defect_is() -> None:
    rules = make_plan_rules(make_rule("data", deadline="finding", findings=("UNKNOWN_EXPIRY",)))
    dossier = make_dossier(
        make_agreement(expires_on=None), opt_outs=(make_opt_out("data", until="2026-03-31"),)
    )

    def silent(today: date) -> SkipReason | None:
        made = plan(dossier, rules=rules, today=today)
        (one,) = [one.deadline for one in made.planned if one.deadline.key == "UNKNOWN_EXPIRY"]
        return one.silent

    assert silent(date(2026, 3, 31)) is SkipReason.OPTED_OUT
    assert silent(date(2026, 4, 1)) is None


def test_opt_out_of_another_rule_changes_nothing() -> None:
    (planned,) = plan(make_dossier(opt_outs=(make_opt_out("report"),))).planned

    assert planned.deadline.silent is None


def test_step_that_waits_is_looked_at_but_silent() -> None:
    dossier = make_dossier(steps=(make_step("rencana_kerja", due_on="2026-03-09"),))
    planned = next(one for one in plan(dossier).planned if one.deadline.kind is DeadlineKind.STEP)

    assert planned.deadline.silent is SkipReason.WAITING
    assert planned.stop_reason is SkipReason.WAITING
    assert planned.next_on == date(2026, 3, 2)


def test_step_stuck_long_before_its_entry_is_told_and_a_day_of_its_own_is_stale() -> None:
    surat = StepRule("surat_konfirmasi", (("id", "Surat konfirmasi"),), stalls_after=Span(months=6))
    rules = make_plan_rules(
        make_rule("step", deadline="step"), chains={"KSDPL": Chain("KSDPL", (surat,))}
    )

    def silent(**facts: str) -> SkipReason | None:
        step = make_step(**facts)
        dossier = make_dossier(make_agreement(signed_on=None, expires_on=None), steps=(step,))
        made = plan_agreement(dossier, (), rules, make_directory(), date(2026, 3, 2))
        (planned,) = [one for one in made.planned if one.deadline.kind is DeadlineKind.STEP]
        return planned.deadline.silent

    assert silent(started_on="2022-01-10") is None
    assert silent(started_on="2022-01-10", due_on="2022-07-10") is SkipReason.STALE


def test_report_that_was_handed_in_stops_its_mails() -> None:
    dossier = make_dossier(
        make_agreement(report_cycle="semester", expires_on="2027-12-31"),
        reports=(make_report("2026-S1", submitted_on="2026-02-27", evidence="surat"),),
    )
    report = next(one for one in plan(dossier).planned if one.deadline.key == "2026-S1")

    assert report.deadline.status is DeadlineStatus.MET
    assert (report.stop_reason, report.next_on) == (SkipReason.MET, None)


@pytest.mark.parametrize(
    ("facts", "replan_on"),
    [
        pytest.param({}, None, id="nothing that time changes"),
        pytest.param({"auto_renew": "1 year"}, "2026-06-01", id="renews itself"),
        pytest.param({"expires_on": "2029-03-31"}, "2027-03-31", id="beyond the horizon"),
    ],
)
def test_plan_says_when_time_alone_changes_it(facts: dict[str, Any], replan_on: str | None) -> None:
    found = plan(make_dossier(make_agreement(**facts)))

    assert found.replan_on == (date.fromisoformat(replan_on) if replan_on else None)


def test_plan_is_made_again_when_somebody_leaves() -> None:
    found = plan_agreement(
        make_dossier(), (), RULES, make_directory(make_contact(active_to="2026-04-15")), TODAY
    )

    assert found.replan_on == date(2026, 4, 16)


def test_planning_again_on_the_same_day_gives_the_same_plan() -> None:
    dossier = make_dossier(
        make_agreement(report_cycle="quarter", expires_on="2027-12-31", notice_period="6 months"),
        steps=(make_step(due_on="2026-05-31"),),
        follow_ups=(make_follow_up(),),
    )
    first = plan(dossier)
    stored = [
        StoredDeadline(
            number, one.deadline.kind, one.deadline.key or "", one.deadline.due, one.epoch,
            one.deadline.status, one.told, one.entered_on,
        )
        for number, one in enumerate(first.planned, 1)
    ]  # fmt: skip
    second = plan(dossier, *stored)

    assert [replace(one, stored_id=None) for one in second.planned] == list(first.planned)
    assert second.gone == ()
    assert second.replan_on == first.replan_on


def test_loose_follow_ups_are_planned_without_an_agreement() -> None:
    loose = make_follow_up(agreement=None, bureau="B-01")
    undated = make_follow_up("RTL-2026-02", agreement=None, due_on=None)
    (planned,) = plan_unattached([loose, undated], (), RULES, TODAY).planned

    assert (planned.deadline.agreement, planned.deadline.key) == ("", "RTL-2026-01")
    assert (planned.rule, planned.next_on) == ("follow-up", date(2026, 3, 24))


@pytest.mark.parametrize("today", ["2025-06-01", "2026-03-02", "2026-06-30"])
def test_next_day_after_h_30_is_that_of_h_whatever_today_is(today: str) -> None:
    planned = expiry(replace(EXPIRY, told="H-30"), today=date.fromisoformat(today))

    assert planned.next_on == date(2026, 5, 29)
