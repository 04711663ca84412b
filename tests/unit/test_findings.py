"""Findings: what the four detectors of this release see, from which day it counts, and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reminder.agreements import Dossier
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.directory import Directory
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import PlannedDeadline, StoredDeadline
from reminder.planner import plan_agreement
from reminder.skips import SkipReason
from tests.factories import (
    make_agreement,
    make_contact,
    make_directory,
    make_dossier,
    make_follow_up,
    make_opt_out,
    make_plan_rules,
    make_rule,
    make_step,
)

TODAY = date(2026, 3, 2)
ENTERED = date(2026, 3, 2)
TOLD = make_rule("finding", deadline="finding", lead_times="H H+30", template="finding")
EXPIRY = make_rule()


def dossier(**facts: object) -> Dossier:
    facts = {"entered_on": ENTERED, **facts}
    return make_dossier(make_agreement(**facts))


def findings(
    of: Dossier,
    rules: PlanRules | None = None,
    directory: Directory | None = None,
    today: date = TODAY,
    stored: tuple[StoredDeadline, ...] = (),
) -> dict[str, PlannedDeadline]:
    plan = plan_agreement(
        of, stored, rules or make_plan_rules(), directory or make_directory(), today
    )
    return {
        planned.deadline.key or "": planned
        for planned in plan.planned
        if planned.deadline.kind is DeadlineKind.FINDING
    }


def stored(planned: PlannedDeadline, **changes: object) -> StoredDeadline:
    deadline = planned.deadline
    before = StoredDeadline(
        1, deadline.kind, deadline.key or "", deadline.due, planned.epoch, deadline.status,
        planned.told, planned.entered_on,
    )  # fmt: skip
    return replace(before, **changes)  # type: ignore[arg-type] # by name


def test_agreement_without_defect_has_no_finding() -> None:
    assert findings(dossier()) == {}


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        pytest.param({"signed_on": None, "expires_on": None}, "neither expires_on nor term",
                     id="nothing known"),
        pytest.param({"expires_on": None}, "neither expires_on nor term", id="a start alone"),
        pytest.param({"expires_on": None, "signed_on": None, "term": "5 years"},
                     "a term but neither signed_on nor effective_on", id="a term alone"),
    ],
)  # fmt: skip
def test_unknown_expiry_counts_from_the_day_of_entry(facts: dict[str, object], detail: str) -> None:
    found = findings(dossier(**facts))

    assert list(found) == ["UNKNOWN_EXPIRY"]
    deadline = found["UNKNOWN_EXPIRY"].deadline
    assert (deadline.due.first, deadline.status) == (ENTERED, DeadlineStatus.OPEN)
    assert detail in deadline.derived_from


@pytest.mark.parametrize(
    ("expires_on", "is_stale"),
    [
        pytest.param("2026-01-31", False, id="30 days past on the day of entry"),
        pytest.param("2026-01-30", True, id="31 days past"),
        pytest.param("2026-02", False, id="from the last day of a partial date"),
        pytest.param("2025", True, id="a year long past"),
    ],
)
def test_expiry_long_past_on_entry_is_the_finding_stale_and_sends_nothing(
    expires_on: str, is_stale: bool
) -> None:
    of = dossier(expires_on=expires_on)
    plan = plan_agreement(of, (), make_plan_rules(), make_directory(), TODAY)
    expiry = next(one for one in plan.planned if one.deadline.kind is DeadlineKind.EXPIRY)

    assert ("STALE" in findings(of)) is is_stale
    assert expiry.deadline.silent is (SkipReason.STALE if is_stale else None)
    if is_stale:
        assert "2026-03-02" in expiry.deadline.silent_detail
        assert findings(of)["STALE"].deadline.due.first == TODAY


def test_stale_stays_stale_and_what_was_known_in_time_never_becomes_so() -> None:
    old, timely = dossier(expires_on="2025-01-31"), dossier(expires_on="2026-03-31")
    for of, is_stale in ((old, True), (timely, False)):
        plan = plan_agreement(of, (), make_plan_rules(), make_directory(), TODAY)
        before = tuple(stored(planned) for planned in plan.planned)
        later = findings(of, today=date(2027, 3, 2), stored=before)
        assert ("STALE" in later) is is_stale
        if is_stale:
            assert later["STALE"].deadline.due.first == TODAY
            assert later["STALE"].epoch == 1


def test_expiry_that_no_rule_matches_is_the_finding_no_rule() -> None:
    rules = make_plan_rules(make_rule(kinds=("KSDD",)))
    found = findings(dossier(), rules)

    assert list(found) == ["NO_RULE"]
    assert found["NO_RULE"].deadline.due.first == ENTERED
    assert "KSDPL MoU of bureau B-01" in found["NO_RULE"].deadline.derived_from
    assert findings(dossier(kind="KSDD"), rules) == {}


def test_expiry_without_rule_is_found_however_far_ahead() -> None:
    assert "NO_RULE" in findings(dossier(expires_on="2040-05-31"), make_plan_rules(TOLD))


@pytest.mark.parametrize(
    ("contacts", "since", "where"),
    [
        pytest.param((make_contact(role="secretary"),), ENTERED, "officer at B-01",
                     id="nobody ever: from the day of entry"),
        pytest.param((make_contact(active_to="2026-03-01"),), date(2026, 3, 2), "officer at B-01",
                     id="the last one left yesterday: from today"),
        pytest.param((make_contact(active_to="2025-12-31"),), ENTERED, "officer at B-01",
                     id="left before entry: from the day of entry"),
        pytest.param((make_contact(active_from="2026-03-03"),), ENTERED, "officer at B-01",
                     id="begins tomorrow"),
        pytest.param((make_contact(role="head"),), ENTERED, "officer at B-01",
                     id="the head stands in: still a gap"),
    ],
)  # fmt: skip
def test_role_that_nobody_holds_is_the_finding_no_recipient(
    contacts: tuple[object, ...], since: date, where: str
) -> None:
    found = findings(dossier(), directory=make_directory(*contacts))  # type: ignore[arg-type] # contacts

    assert list(found) == ["NO_RECIPIENT"]
    assert found["NO_RECIPIENT"].deadline.due.first == since
    assert where in found["NO_RECIPIENT"].deadline.derived_from


def test_bureau_of_a_follow_up_counts_too() -> None:
    of = replace(dossier(), follow_ups=(make_follow_up(bureau="B-00"),))
    rules = make_plan_rules(EXPIRY, make_rule("follow-up", deadline="follow_up"))

    assert "officer at B-00" in findings(of, rules)["NO_RECIPIENT"].deadline.derived_from


def test_plan_looks_again_when_somebody_at_the_bureau_of_a_follow_up_leaves() -> None:
    leaving = make_contact("b@example.go.id", bureau="B-00", active_to="2026-04-30")
    of = replace(dossier(), follow_ups=(make_follow_up(bureau="B-00"),))
    rules = make_plan_rules(EXPIRY, make_rule("follow-up", deadline="follow_up"))
    plan = plan_agreement(of, (), rules, make_directory(make_contact(), leaving), TODAY)

    assert plan.replan_on == date(2026, 5, 1)


def test_gap_matters_only_where_a_rule_asks_and_a_deadline_is_open() -> None:
    nobody = make_directory(make_contact(role="secretary"))
    to_secretary = make_plan_rules(make_rule(to=("secretary",), cc=("head",)))

    assert findings(dossier(), to_secretary, nobody) == {}
    assert findings(dossier(expires_on="2040-05-31"), directory=nobody) == {}
    assert findings(dossier(status="terminated"), directory=nobody) == {}


@pytest.mark.parametrize("status", ["terminated", "replaced"])
def test_ended_agreement_has_no_finding(status: str) -> None:
    rules = make_plan_rules(TOLD)
    of = dossier(status=status, expires_on="2020-01-31")

    assert findings(of, rules) == {}
    assert findings(dossier(status=status, expires_on=None), rules) == {}


def test_detector_that_is_switched_off_finds_nothing() -> None:
    rules = replace(make_plan_rules(), findings={"STALE": {}})

    assert findings(dossier(expires_on=None), rules) == {}


def test_finding_is_silent_where_no_rule_is_about_it() -> None:
    found = findings(dossier(expires_on=None))["UNKNOWN_EXPIRY"]

    assert found.deadline.silent is SkipReason.NO_RULE
    assert found.next_on is None


def test_finding_is_told_where_a_rule_says_so() -> None:
    found = findings(dossier(expires_on=None), make_plan_rules(EXPIRY, TOLD))["UNKNOWN_EXPIRY"]

    assert found.deadline.silent is None
    assert (found.rule, found.next_on) == ("finding", date(2026, 3, 2))


def test_finding_that_arises_years_after_entry_is_told_too() -> None:
    # The date was deleted from the register in 2026; the agreement is in it since 2024.
    of = dossier(expires_on=None, entered_on=date(2024, 1, 2))
    found = findings(of, make_plan_rules(EXPIRY, TOLD))["UNKNOWN_EXPIRY"]

    assert found.deadline.silent is None
    assert found.deadline.due.first == date(2024, 1, 2)


def test_finding_that_the_register_no_longer_shows_is_gone() -> None:
    found = findings(dossier(expires_on=None))["UNKNOWN_EXPIRY"]
    plan = plan_agreement(
        dossier(), (stored(found),), make_plan_rules(), make_directory(), date(2026, 3, 9)
    )

    assert [(gone.kind, gone.key) for gone in plan.gone] == [
        (DeadlineKind.FINDING, "UNKNOWN_EXPIRY")
    ]


def test_rule_about_findings_may_name_one_role_and_one_finding() -> None:
    rules = make_plan_rules(EXPIRY, make_rule("x", deadline="finding", findings=("STALE",)))
    found = findings(dossier(expires_on=None), rules)["UNKNOWN_EXPIRY"]

    assert found.deadline.silent is SkipReason.NO_RULE


def test_opt_out_of_the_findings_rule_keeps_it_silent() -> None:
    of = replace(dossier(expires_on=None), opt_outs=(make_opt_out("finding"),))
    found = findings(of, make_plan_rules(EXPIRY, TOLD))["UNKNOWN_EXPIRY"]

    assert found.deadline.silent is SkipReason.OPTED_OUT


def test_waiting_step_is_no_defect_of_the_agreement() -> None:
    of = replace(dossier(), steps=(make_step("rencana_kerja", due_on="2026-05-31"),))

    assert findings(of, make_plan_rules(EXPIRY, make_rule("step", deadline="step"))) == {}
