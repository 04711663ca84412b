"""Chains of steps: when a step is due, and what it waits for."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.calendars import Due, PartialDate, Span
from reminder.steps import Chain, StepRule, step_due, waiting_for
from tests.factories import make_calendar, make_step

# 2026-03-19 and 20 are days off.
TODAY = date(2026, 3, 2)
CALENDAR = make_calendar("2026-03-19", "2026-03-20")
LETTER = StepRule("surat", (("id", "Surat"),), within=Span.parse("1 month"))
REVIEW = StepRule("telaah", (("id", "Telaah"),), ("surat",), within_working_days=5)
SIGNING = StepRule("tanda_tangan", (("id", "Tanda tangan"),), ("surat", "telaah"))
CHAIN = Chain("KSDPL", (LETTER, REVIEW, SIGNING))


@pytest.mark.parametrize(
    ("rule", "facts", "due", "derived_from"),
    [
        pytest.param(LETTER, {"due_on": "2026-05-31"}, "2026-05-31", "due_on 2026-05-31",
                     id="its own due date"),
        pytest.param(LETTER, {"due_on": "2026-05", "started_on": "2026-01-31"}, "2026-05",
                     "due_on 2026-05", id="its own due date before the chain's"),
        pytest.param(LETTER, {"started_on": "2026-01-31"}, "2026-02-28",
                     "started_on 2026-01-31 + 1 month", id="start + 1 month"),
        pytest.param(LETTER, {"started_on": "2026-01"}, "2026-02", "started_on 2026-01 + 1 month",
                     id="a partial start gives a partial due date"),
        pytest.param(REVIEW, {"started_on": "2026-03-18"}, "2026-03-27",
                     "started_on 2026-03-18 + 5 working days", id="start + 5 working days"),
        pytest.param(None, {"due_on": "2026-05-31"}, "2026-05-31", "due_on 2026-05-31",
                     id="a step of no chain with a due date"),
    ],
)  # fmt: skip
def test_due_date_of_a_step(
    rule: StepRule | None, facts: dict[str, object], due: str, derived_from: str
) -> None:
    found = step_due(make_step("surat", **facts), rule, CALENDAR)

    assert found is not None
    assert found[0] == Due.of(PartialDate.parse(due))
    assert derived_from in found[1]


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        pytest.param(LETTER, {}, id="not started"),
        pytest.param(None, {"started_on": "2026-01-31"}, id="a step that the chain does not have"),
        pytest.param(SIGNING, {"started_on": "2026-01-31"}, id="the chain gives it no time"),
    ],
)
def test_step_without_a_due_date(rule: StepRule | None, facts: dict[str, object]) -> None:
    assert step_due(make_step("surat", **facts), rule, CALENDAR) is None


def test_working_days_from_a_partial_start_run_from_both_of_its_ends() -> None:
    found = step_due(make_step("telaah", started_on="2026-03"), REVIEW, CALENDAR)

    assert found is not None
    # March 1 is a Sunday; the fifth working day after March 31, a Tuesday, is April 7.
    assert (found[0].first, found[0].last) == (date(2026, 3, 6), date(2026, 4, 7))


@pytest.mark.parametrize(
    ("code", "done", "waits_for"),
    [
        pytest.param("surat", (), (), id="the first waits for none"),
        pytest.param("telaah", (), ("surat",), id="the first is not done"),
        pytest.param("telaah", ("surat",), (), id="the first is done"),
        pytest.param("tanda_tangan", ("telaah",), ("surat",), id="one of two is done"),
        pytest.param("tanda_tangan", ("surat", "telaah"), (), id="both are done"),
    ],
)
def test_step_waits_for_those_before_it(
    code: str, done: tuple[str, ...], waits_for: tuple[str, ...]
) -> None:
    recorded = [
        make_step(other, done_on="2026-02-02" if other in done else None)
        for other in ("surat", "telaah", "tanda_tangan")
    ]
    step = next(one for one in recorded if one.step == code)

    assert waiting_for(step, CHAIN.step(code), recorded, TODAY) == waits_for


def test_step_waits_for_one_that_nobody_has_recorded() -> None:
    step = make_step("telaah", started_on="2026-03-18")

    assert waiting_for(step, REVIEW, [step], TODAY) == ("surat",)


def test_step_of_no_chain_waits_for_none() -> None:
    step = make_step("lain", due_on="2026-03-18")

    assert CHAIN.step("lain") is None
    assert waiting_for(step, None, [step], TODAY) == ()


def test_step_waits_for_one_whose_done_day_lies_ahead() -> None:
    recorded = [make_step("surat", done_on="2026-03-03"), make_step("telaah")]

    assert waiting_for(recorded[1], REVIEW, recorded, TODAY) == ("surat",)
    assert waiting_for(recorded[1], REVIEW, recorded, date(2026, 3, 3)) == ()
