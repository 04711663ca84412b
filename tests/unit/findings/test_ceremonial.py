"""CEREMONIAL: each gap from its own day after the signing, to the fact that ends it; the risk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reminder.agreements import Dossier, Intention, PlanItem
from tests.factories import (
    make_activity,
    make_agreement,
    make_contact,
    make_directory,
    make_dossier,
    make_plan_item,
    make_report,
)
from tests.findings import (
    EXPECTS_NOTHING,
    assert_seen_on_planned_days,
    assert_told_and_closed,
    due_on,
    found,
    gaps,
    plan_of,
)

CODE = "CEREMONIAL"
SIGNED = "2025-03-03"
CEREMONY = make_activity("ceremony", SIGNED)
VISIT = make_activity("visit", "2025-04-07")
ITEM = make_plan_item(due_on="2027-11-30")
DONE = make_plan_item("Pelatihan pertama", done_on="2025-05-05")


def dossier(*plans: PlanItem, **facts: Any) -> Dossier:
    """Signed on Monday, 3 March 2025, with a visit since, and these items of its plan."""
    more: dict[str, Any] = {"plans": plans, "activities": (VISIT,)}
    more |= {name: facts.pop(name) for name in ("activities", "reports") if name in facts}
    agreement = make_agreement(**{"signed_on": SIGNED, "expires_on": "2031-03-03", **facts})
    return make_dossier(agreement, **more)


def test_agreement_that_is_carried_out_has_no_gap() -> None:
    of = dossier(ITEM, DONE)

    for day in ("2025-06-02", "2025-09-01", "2026-03-04", "2026-09-01"):
        assert found(CODE, of, day) is None


# Each gap by itself: the day before silent, the day told, and silent again after the fact


def test_plan_is_wanted_90_days_after_the_signing() -> None:
    assert_told_and_closed(CODE, dossier(), "2025-06-01", dossier(ITEM))
    assert gaps(found(CODE, dossier(), "2025-06-01")) == {"no_plan": {"started_on": SIGNED}}


def test_indicator_is_wanted_90_days_after_the_signing() -> None:
    vague = replace(ITEM, indicator=" ")

    assert_told_and_closed(CODE, dossier(vague), "2025-06-01", dossier(ITEM))
    assert gaps(found(CODE, dossier(vague), "2025-06-01")) == {"no_indicator": {}}
    assert found(CODE, dossier(vague, DONE), "2025-06-01") is None  # one has it


@pytest.mark.parametrize("type", ["letter_out", "letter_in", "meeting", "visit", "exchange"])
def test_activity_is_wanted_180_days_after_the_signing(type: str) -> None:
    other = make_activity("other", "2025-05-05")
    before = dossier(ITEM, activities=(CEREMONY, other))
    after = replace(before, activities=(CEREMONY, other, make_activity(type, "2025-08-29")))

    assert_told_and_closed(CODE, before, "2025-08-30", after)
    assert gaps(found(CODE, before, "2025-08-30")) == {"no_activity": {"started_on": SIGNED}}


def test_activity_that_lies_ahead_is_none_yet_and_one_of_the_renewal_is_one() -> None:
    ahead = dossier(ITEM, activities=(make_activity("visit", "2025-10-06"),))
    renewal = Intention("B", activities=(make_activity("letter_out", "2025-08-04"),))

    assert due_on(found(CODE, ahead, "2025-10-05")) == "2025-08-30"
    assert found(CODE, ahead, "2025-10-06") is None
    assert found(CODE, replace(ahead, intended=(renewal,)), "2025-09-01") is None


def test_one_item_should_be_done_365_days_after_the_signing() -> None:
    before = dossier(ITEM)

    assert_told_and_closed(CODE, before, "2026-03-03", dossier(ITEM, DONE))
    assert gaps(found(CODE, before, "2026-03-03")) == {"nothing_done": {"n_items": "1"}}


def test_item_done_ahead_of_its_day_is_not_done_yet() -> None:
    of = dossier(replace(ITEM, done_on=make_plan_item(done_on="2026-04-01").done_on))

    assert due_on(found(CODE, of, "2026-03-31")) == "2026-03-03"
    assert found(CODE, of, "2026-04-01") is None


def test_plan_that_is_past_due_with_nothing_done_is_told_on_the_day_after_its_last_due_date() -> (
    None
):
    first = make_plan_item("Forum dagang", due_on="2025-06-30", budget_year="2025")
    last = make_plan_item("Pelatihan", due_on="2025-07", budget_year="2025")
    before = dossier(first, last)

    assert_told_and_closed(CODE, before, "2025-08-01", dossier(first, last, DONE))
    assert_told_and_closed(CODE, before, "2025-08-01", dossier(first, last, ITEM))
    assert gaps(found(CODE, before, "2025-08-01")) == {
        "all_overdue": {"n_items": "2", "due_on": "2025-07"}
    }
    undated = replace(last, due_on=None)
    assert found(CODE, dossier(first, undated), "2025-08-01") is None


def test_score_is_looked_at_a_year_after_the_signing() -> None:
    old = replace(DONE, budget_year="2025", due_on=None)
    rest = [make_plan_item(f"Butir {n}", budget_year="2025", due_on="2025-09-01") for n in range(9)]
    before = dossier(old, *rest, report_cycle="semester")
    nobody = make_directory(make_contact(role="head"))
    reports = tuple(make_report(p, submitted_on="2026-02-02", evidence="x")
                    for p in ("2025-S1", "2025-S2"))  # fmt: skip

    # Plan 20, a tenth of the items 3, no budget for 2026, no officer, no report.
    assert_told_and_closed(CODE, before, "2026-03-03", replace(before, reports=reports),
                           directory=nobody)  # fmt: skip
    assert gaps(found(CODE, before, "2026-03-03", nobody)) == {"at_risk": {"n_score": "23"}}
    assert found(CODE, before, "2026-03-03") is None  # with an officer it is 33
    assert found(CODE, before, "2026-03-03", nobody, {"risk_below": 23}) is None


def test_score_that_falls_by_time_alone_counts_from_that_day() -> None:
    # The reports of 2025 are in; those of 2026-S1 are due on 31 July, 2026-S2 in January.
    reports = (make_report("2025-S1", submitted_on="2025-07-30", evidence="x"),)
    item = make_plan_item("Forum", budget_year="2026", due_on="2026-12-31", indicator="x")
    one = replace(DONE, budget_year="2025")
    rest = [replace(item, item=f"Butir {number}") for number in range(9)]
    of = dossier(one, *rest, report_cycle="semester", reports=reports, entered_on=SIGNED)
    nobody = make_directory(make_contact(role="head"))

    assert found(CODE, of, "2026-12-31", nobody) is None
    planned = found(CODE, of, "2027-01-04", nobody)
    assert due_on(planned) == "2027-01-01"
    assert gaps(planned)["at_risk"] == {"n_score": "29"}
    later = found(CODE, of, "2027-02-01", nobody)
    assert (due_on(later), gaps(later)["at_risk"]) == ("2027-01-01", {"n_score": "28"})
    assert_seen_on_planned_days(CODE, of, "2026-01-02", "2028-12-31", nobody)


# Together, and where nothing is asked


def test_gaps_stand_together_and_count_from_the_first_of_them() -> None:
    of = dossier(activities=(CEREMONY,))

    assert list(gaps(found(CODE, of, "2025-08-29"))) == ["no_plan"]
    assert list(gaps(found(CODE, of, "2025-08-30"))) == ["no_plan", "no_activity"]
    planned = found(CODE, of, "2026-03-03")
    assert list(gaps(planned)) == ["no_plan", "no_activity", "at_risk"]
    assert due_on(planned) == "2025-06-01"


@pytest.mark.parametrize(
    ("signed_on", "due"),
    [
        pytest.param("2025-03", "2025-06-29", id="a month: from its last day"),
        pytest.param("2024", "2025-03-31", id="a year"),
        pytest.param("1984", "1985-03-31", id="long before it was entered"),
    ],
)
def test_signing_known_in_part_counts_from_its_last_day(signed_on: str, due: str) -> None:
    of = dossier(signed_on=signed_on, activities=(make_activity("visit", "2025-05-05"),))

    assert found(CODE, replace(of, agreement=make_agreement(signed_on="2026-06")), due) is None
    assert due_on(found(CODE, of, due)) == due


def test_where_the_signing_is_unknown_the_day_of_force_counts() -> None:
    of = dossier(signed_on=None, effective_on="2025-03-10")

    assert due_on(found(CODE, of, "2025-06-08")) == "2025-06-08"


@pytest.mark.parametrize(
    "facts",
    [
        *EXPECTS_NOTHING,
        pytest.param({"expires_on": "2026-02-28"}, id="expired"),
        pytest.param({"expires_on": "2025-05-31"}, id="expired before the first day"),
        pytest.param({"signed_on": "2026-03-04"}, id="signed tomorrow"),
        pytest.param({"instrument": "Pernyataan Kehendak Kerja Sama"}, id="by its legal name"),
    ],
)
def test_agreement_that_nothing_is_expected_of_is_silent(facts: dict[str, Any]) -> None:
    assert found(CODE, dossier(), "2026-03-03") is not None
    assert found(CODE, dossier(**facts), "2026-03-03") is None


def test_replaced_agreement_is_silent() -> None:
    assert found(CODE, replace(dossier(), replaced_by="B"), "2026-03-03") is None


def test_what_would_begin_after_the_end_is_never_looked_for() -> None:
    assert plan_of(CODE, dossier(expires_on="2025-05-31"), "2025-04-08").replan_on is None


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(dossier(), id="nothing recorded"),
        pytest.param(dossier(activities=(), expires_on="2026-01"), id="a short term"),
        pytest.param(dossier(ITEM, DONE, report_cycle="semester"), id="reports fall due"),
        pytest.param(
            dossier(
                make_plan_item("A", budget_year="2025", due_on="2025-09", done_on="2026-05"),
                make_plan_item("B", budget_year="2027", due_on="2026-09-30"),
                report_cycle="quarter",
                activities=(CEREMONY, make_activity("visit", "2025-12-01")),
            ),
            id="a plan over years, and facts that lie ahead",
        ),
    ],
)
def test_plan_names_every_day_on_which_something_changes(of: Dossier) -> None:
    assert_seen_on_planned_days(CODE, of, "2025-03-03", "2028-06-30")
