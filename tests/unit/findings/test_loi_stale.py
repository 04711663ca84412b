"""LOI_STALE: from which day a letter of intent counts as not followed up, and what follows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reminder.agreements import Dossier, Intention, Step
from reminder.calendars import Span
from reminder.planner import plan_agreement
from reminder.steps import Chain, StepRule
from tests.factories import make_agreement, make_directory, make_dossier, make_step, make_terms
from tests.findings import (
    assert_seen_on_planned_days,
    assert_told_and_closed,
    due_on,
    found,
    gaps,
    rules_for,
)

CODE = "LOI_STALE"
PLAN = "rencana_kerja_sama"


def loi(*steps: Step, **facts: Any) -> Dossier:
    """A letter of intent signed on Monday, 3 March 2025, without a limit of its own."""
    facts = {"instrument": "LoI", "signed_on": "2025-03-03", "expires_on": None, **facts}
    return make_dossier(make_agreement(**facts), steps=steps)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(loi(make_step(PLAN, started_on="2026-03-03")), id="the plan is begun"),
        pytest.param(loi(make_step(PLAN, done_on="2025-12")), id="the plan is done"),
        pytest.param(replace(loi(), replaced_by="B"), id="a signed successor"),
        pytest.param(
            replace(loi(), intended=(Intention("B", (make_step("prakarsa", due_on="2027"),)),)),
            id="an intended successor with a step",
        ),
        pytest.param(loi(status="not_renewing"), id="it is not pursued"),
        pytest.param(loi(status="terminated"), id="terminated"),
        pytest.param(loi(status="replaced"), id="replaced"),
        pytest.param(loi(status="dormant"), id="dormant"),
    ],
)
def test_letter_is_told_after_12_months_until_it_is_followed_up(after: Dossier) -> None:
    assert_told_and_closed(CODE, loi(), "2026-03-03", after)


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(loi(make_step(PLAN)), id="a step that nobody began"),
        pytest.param(loi(make_step(PLAN, started_on="2026-03-04")), id="a start of tomorrow"),
        pytest.param(loi(make_step("pernyataan_kehendak", done_on="2025-03-03")), id="the letter"),
        pytest.param(replace(loi(), intended=(Intention("B"),)), id="a successor without a step"),
        pytest.param(loi(instrument="Surat Minat"), id="an older name"),
        pytest.param(loi(signed_on=None, effective_on="2025-03-03"), id="the signing is unknown"),
        pytest.param(loi(expires_on="2027-03-03"), id="a limit of its own that comes later"),
    ],
)
def test_what_is_no_follow_up_leaves_it_open(before: Dossier) -> None:
    assert due_on(found(CODE, before, "2026-03-03")) == "2026-03-03"


def test_later_step_of_the_chain_is_a_follow_up_too() -> None:
    chain = Chain(
        "KSDPL",
        (
            StepRule("pernyataan_kehendak", ()),
            StepRule(PLAN, (), ("pernyataan_kehendak",)),
            StepRule("persetujuan_dprd", (), (PLAN,)),
        ),
    )
    rules = replace(rules_for(CODE), terms=make_terms(chains={"KSDPL": chain}))
    for step, is_open in (("persetujuan_dprd", False), ("pernyataan_kehendak", True)):
        of = loi(make_step(step, started_on="2026-02-02"))
        day = make_agreement(entered_on="2026-03-03").entered_on
        plan = plan_agreement(of, (), rules, make_directory(), day)
        assert any(one.deadline.key == CODE for one in plan.planned) is is_open


@pytest.mark.parametrize(
    ("of", "day", "limit"),
    [
        pytest.param(loi(expires_on="2025-09-03"), "2025-09-03", "2025-09-03", id="expires_on"),
        pytest.param(loi(expires_on="2025-09"), "2025-09-30", "2025-09", id="a month"),
        pytest.param(loi(term="6 months"), "2025-09-03", "2025-09-03", id="term"),
        pytest.param(loi(make_step(PLAN, due_on="2025-08-04")), "2025-08-04", "2025-08-04",
                     id="the day of the step"),
        pytest.param(loi(make_step(PLAN, due_on="2025-08-04"), expires_on="2025-07-07"),
                     "2025-07-07", "2025-07-07", id="the earlier of two"),
    ],
)  # fmt: skip
def test_limit_of_its_own_counts_where_it_is_earlier(of: Dossier, day: str, limit: str) -> None:
    began = make_step(PLAN, started_on="2025-07-01")
    assert_told_and_closed(CODE, of, day, replace(of, steps=(began,)))
    assert gaps(found(CODE, of, day))["loi_limit_reached"] == {"limit_on": limit}


def test_limit_of_its_own_that_comes_later_is_named_when_it_is_reached() -> None:
    of = loi(expires_on="2026-09-01")

    assert list(gaps(found(CODE, of, "2026-08-31"))) == ["loi_not_followed_up"]
    assert list(gaps(found(CODE, of, "2026-09-01"))) == ["loi_not_followed_up", "loi_limit_reached"]
    assert due_on(found(CODE, of, "2027-01-04")) == "2026-03-03"


@pytest.mark.parametrize(
    ("of", "day", "months"),
    [
        (loi(), "2026-03-03", "12"),
        (loi(), "2028-03-02", "24"),
        (loi(expires_on="2025-09-03"), "2025-12-01", "6"),
        (loi(signed_on="2009-05-22", entered_on="2024-01-02"), "2024-01-02", "168"),
    ],
)
def test_gap_names_the_signing_and_how_long_ago_it_was_at_least(
    of: Dossier, day: str, months: str
) -> None:
    told = gaps(found(CODE, of, day))["loi_not_followed_up"]

    assert told == {"signed_on": str(of.agreement.signed_on), "n_months": months}


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        pytest.param({"signed_on": "2025-03"}, "2026-03-31", id="a month: from its last day"),
        pytest.param({"signed_on": "2024"}, "2025-12-31", id="a year"),
    ],
)
def test_signing_known_in_part_counts_from_its_last_day(facts: dict[str, Any], due: str) -> None:
    assert due_on(found(CODE, loi(**facts), "2026-06-01")) == due


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"instrument": "MoU"}, id="no letter of intent"),
        pytest.param({"instrument": ""}, id="no instrument recorded"),
        pytest.param({"signed_on": None}, id="not signed yet"),
        pytest.param({"signed_on": "2027-03-03"}, id="signed next year"),
    ],
)
def test_other_agreements_are_silent(facts: dict[str, Any]) -> None:
    assert found(CODE, loi(**facts), "2026-12-01") is None


def test_length_comes_from_the_policy() -> None:
    soon = {"loi_after": Span(months=6)}

    assert due_on(found(CODE, loi(), "2025-09-03", thresholds=soon)) == "2025-09-03"


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(loi(), id="without a limit"),
        pytest.param(loi(expires_on="2026-09"), id="a limit known in part"),
        pytest.param(loi(make_step(PLAN, started_on="2027-02-01")), id="begun later"),
        pytest.param(
            replace(loi(), intended=(Intention("B", (make_step("prakarsa"),)),)), id="followed up"
        ),
    ],
)
def test_plan_names_every_day_on_which_something_changes(of: Dossier) -> None:
    assert_seen_on_planned_days(CODE, of, "2025-06-02", "2028-12-31")
