"""When a step is due, and which step counts although nobody wrote down that it began."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.agreements import Agreement, Step
from reminder.calendars import Due, PartialDate, Span
from reminder.lead_times import LeadTime
from reminder.progress import DueBy, Progress, StepDue
from reminder.steps import CLOSING, RENEWAL, REVITALISATION, Chain, StepRule
from tests.factories import make_agreement, make_calendar, make_dossier, make_step

# 2026-03-19 and 20 are days off.
TODAY = date(2026, 3, 2)
CALENDAR = make_calendar("2026-03-19", "2026-03-20")
STALL = Span(months=3)


def rule(code: str, *waits_for: str, **facts: object) -> StepRule:
    return StepRule(code, (), waits_for, **facts)  # type: ignore[arg-type]


CHAINS = {
    "KSDPL": Chain(
        "KSDPL",
        (
            rule("surat", within=Span(months=1), stalls_after=STALL),
            rule("telaah", "surat", within_working_days=5, stalls_after=Span(days=14)),
            rule("perbaikan", "telaah", stalls_after=STALL),
            rule("konfirmasi", "telaah", stalls_after=STALL),
            rule("kuasa", "telaah", stalls_after=STALL),
            rule("tanda_tangan", "konfirmasi", "kuasa", stalls_after=STALL),
            rule("laporan", "tanda_tangan"),
        ),
    ),
    RENEWAL: Chain(RENEWAL, (rule("kehendak", stalls_after=Span(months=1)),)),
    CLOSING: Chain(
        CLOSING,
        (
            rule("pemberitahuan", due=LeadTime.parse("H-60"), stalls_after=Span(days=14)),
            rule("laporan_akhir", due=LeadTime.parse("HK+5")),
        ),
    ),
    REVITALISATION: Chain(
        REVITALISATION,
        (rule("evaluasi", stalls_after=STALL), rule("rencana", "evaluasi", stalls_after=STALL)),
    ),
}
UNSIGNED = make_agreement(signed_on=None, expires_on=None)
ENDING = make_agreement(status="not_renewing")


def progress(agreement: Agreement, *steps: Step, today: date = TODAY) -> Progress:
    return Progress.of(make_dossier(agreement, steps=steps), CHAINS, today)


def due(code: str, *steps: Step, agreement: Agreement = UNSIGNED, ends: str = "") -> StepDue | None:
    end = Due.of(PartialDate.parse(ends)) if ends else None
    return progress(agreement, *steps).due(code, CALENDAR, end)


# --- from the register and from a limit


@pytest.mark.parametrize(
    ("code", "facts", "due_on", "by", "derived_from"),
    [
        pytest.param("surat", {"due_on": "2026-05-31"}, "2026-05-31", "register",
                     "due_on 2026-05-31 of the step", id="its own due date"),
        pytest.param("surat", {"due_on": "2026-05", "started_on": "2026-01-31"}, "2026-05",
                     "register", "due_on 2026-05 of the step",
                     id="its own due date before the chain's"),
        pytest.param("surat", {"started_on": "2026-01-31"}, "2026-02-28", "limit",
                     "started_on 2026-01-31 + 1 month (steps.yaml)", id="start + 1 month"),
        pytest.param("surat", {"started_on": "2026-01"}, "2026-02", "limit",
                     "started_on 2026-01 + 1 month (steps.yaml)",
                     id="a partial start gives a partial due date"),
        pytest.param("telaah", {"started_on": "2026-03-18"}, "2026-03-27", "limit",
                     "started_on 2026-03-18 + 5 working days (steps.yaml)",
                     id="start + 5 working days"),
        pytest.param("konfirmasi", {"started_on": "2026-01-31"}, "2026-04-30", "stall",
                     "started_on 2026-01-31 + 3 months "
                     "(stall threshold of steps.yaml, no limit in law)",
                     id="no limit: the stall threshold"),
        pytest.param("konfirmasi", {"started_on": "2026-01"}, "2026-04", "stall",
                     "started_on 2026-01 + 3 months", id="the same from a partial start"),
        pytest.param("lain", {"due_on": "2026-05-31"}, "2026-05-31", "register",
                     "due_on 2026-05-31", id="a step of no chain with a due date"),
    ],
)  # fmt: skip
def test_due_date_of_a_step(
    code: str, facts: dict[str, object], due_on: str, by: str, derived_from: str
) -> None:
    found = due(code, make_step(code, **facts))

    assert found is not None
    assert (found.due, found.by) == (Due.of(PartialDate.parse(due_on)), DueBy(by))
    assert found.derived_from.startswith(derived_from)


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        pytest.param("surat", {}, id="not started"),
        pytest.param("lain", {"started_on": "2026-01-31"}, id="a step that the chain has not"),
        pytest.param("laporan", {"started_on": "2026-01-31"}, id="the chain gives it no time"),
    ],
)
def test_step_without_a_due_date(code: str, facts: dict[str, object]) -> None:
    assert due(code, make_step(code, **facts)) is None


def test_working_days_from_a_partial_start_run_from_both_of_its_ends() -> None:
    found = due("telaah", make_step("telaah", started_on="2026-03"))

    assert found is not None
    # March 1 is a Sunday; the fifth working day after March 31, a Tuesday, is April 7.
    assert (found.due.first, found.due.last) == (date(2026, 3, 6), date(2026, 4, 7))


# --- a step that nobody has begun


@pytest.mark.parametrize(
    ("code", "facts", "done", "is_startable"),
    [
        pytest.param("telaah", {}, {"surat": "2026-02-02"}, True, id="all before it is done"),
        pytest.param("telaah", {}, {"surat": "2026-03-03"}, False, id="done only tomorrow"),
        pytest.param("tanda_tangan", {}, {"konfirmasi": "2026-02-02"}, False,
                     id="one of two is done"),
        pytest.param("tanda_tangan", {}, {"konfirmasi": "2026-02-02", "kuasa": "2026-02-03"}, True,
                     id="both are done"),
        pytest.param("surat", {}, {"telaah": "2026-02-02"}, False, id="one that waits for nothing"),
        pytest.param("perbaikan", {}, {"telaah": "2026-02-02"}, False,
                     id="one that may be left out"),
        pytest.param("laporan", {}, {"tanda_tangan": "2026-02-02"}, False,
                     id="one that leads to nothing"),
        pytest.param("konfirmasi", {}, {"telaah": "2026-02-02", "tanda_tangan": "2026-03-01"},
                     False, id="a later one is done"),
        pytest.param("konfirmasi", {}, {"telaah": "2026-02-02", "kuasa": "2026-03-01"}, True,
                     id="one beside it is done"),
        pytest.param("telaah", {"signed_on": "2026-03-02"}, {"surat": "2026-02-02"}, False,
                     id="the agreement is signed"),
        pytest.param("telaah", {"effective_on": "2026"}, {"surat": "2026-02-02"}, False,
                     id="the agreement is in force this year"),
        pytest.param("telaah", {"signed_on": "2026-03-03"}, {"surat": "2026-02-02"}, True,
                     id="it will be signed tomorrow"),
    ],
)  # fmt: skip
def test_step_that_nobody_recorded_may_start(
    code: str, facts: dict[str, object], done: dict[str, str], is_startable: bool
) -> None:
    agreement = make_agreement(**{"signed_on": None, "expires_on": None} | facts)
    way = progress(agreement, *(make_step(other, done_on=on) for other, on in done.items()))
    found = way.chain.step(code)

    assert found is not None
    assert way.is_startable(found) is is_startable
    assert (way.due(code, CALENDAR, None) is not None) is is_startable


def test_step_of_an_agreement_without_any_recorded_step_is_not_implied() -> None:
    way = progress(make_agreement(signed_on=None, replaces="KSDPL/2016/001"))

    assert not any(way.is_startable(rule) for rule in way.chain.steps)


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({"started_on": "2026-02-20"}, id="begun"),
        pytest.param({"done_on": "2026-02-20"}, id="done"),
    ],
)
def test_step_passed_over_is_not_asked_for(later: dict[str, object]) -> None:
    steps = (
        make_step("surat", done_on="2026-02-02"),
        make_step("konfirmasi", **later),
    )

    assert due("telaah", *steps) is None


def test_startable_step_counts_from_the_last_day_of_what_it_waits_for() -> None:
    found = due(
        "tanda_tangan",
        make_step("konfirmasi", done_on="2026-01-20"),
        make_step("kuasa", done_on="2026-02-10"),
    )

    assert found is not None
    assert (found.due, found.by) == (Due.of(date(2026, 5, 10)), DueBy.STALL)
    assert found.derived_from == (
        "kuasa done on 2026-02-10 + 3 months (stall threshold of steps.yaml, no limit in law)"
    )


def test_startable_step_counts_from_both_ends_of_partial_days() -> None:
    found = due(
        "tanda_tangan",
        make_step("konfirmasi", done_on="2026-01"),
        make_step("kuasa", done_on="2026-01-15"),
    )

    assert found is not None
    assert (found.due.first, found.due.last) == (date(2026, 4, 15), date(2026, 4, 30))
    whole = due("konfirmasi", make_step("telaah", done_on="2026-02"))
    assert whole is not None
    assert whole.due == Due.of(PartialDate(2026, 5))


def test_limit_never_counts_from_a_start_that_is_not_recorded() -> None:
    found = due("telaah", make_step("surat", done_on="2026-02-02"))

    assert found is not None
    # Five working days would be over on the 9th: nobody knows that they have begun.
    assert (found.due, found.by) == (Due.of(date(2026, 2, 16)), DueBy.STALL)
    assert found.derived_from.endswith(
        "the limit of 5 working days counts from started_on, which is not recorded)"
    )


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="with nothing but its name"),
        pytest.param({"document": "konsep"}, id="with a document"),
    ],
)
def test_recorded_step_without_a_day_counts_as_one_that_may_start(
    facts: dict[str, object],
) -> None:
    found = due(
        "perbaikan", make_step("telaah", done_on="2026-02-02"), make_step("perbaikan", **facts)
    )

    assert found is not None
    assert found.due == Due.of(date(2026, 5, 2))


def test_done_step_keeps_the_day_that_it_had_whatever_follows() -> None:
    steps = (
        make_step("surat", done_on="2026-02-02"),
        make_step("telaah", done_on="2026-02-20"),
        make_step("konfirmasi", started_on="2026-02-23"),
    )

    found = due("telaah", *steps, agreement=make_agreement(signed_on="2026-03-01"))
    assert found is not None
    assert found.due == Due.of(date(2026, 2, 16))


def test_first_step_of_a_kind_waits_for_the_reply_in_a_renewal() -> None:
    renewal = make_agreement(signed_on=None, expires_on=None, replaces="KSDPL/2016/001")
    found = due("surat", make_step("kehendak", done_on="2026-02-02"), agreement=renewal)

    assert found is not None
    assert found.due == Due.of(date(2026, 5, 2))


@pytest.mark.parametrize(
    ("recorded", "waits_for"),
    [
        pytest.param({"surat": {"due_on": "2026-05-31"}}, (),
                     id="a register that keeps no letter to the partner"),
        pytest.param({"surat": {"due_on": "2026-05-31"}, "kehendak": {"started_on": "2026-02-02"}},
                     ("kehendak",), id="one that does"),
        pytest.param({"surat": {"due_on": "2026-05-31"}, "kehendak": {"done_on": "2026-02-02"}},
                     (), id="the letter is out"),
    ],
)  # fmt: skip
def test_step_of_a_renewal_waits_for_the_letter_where_that_is_kept(
    recorded: dict[str, dict[str, object]], waits_for: tuple[str, ...]
) -> None:
    renewal = make_agreement(signed_on=None, expires_on=None, replaces="KSDPL/2016/001")
    way = progress(renewal, *(make_step(code, **facts) for code, facts in recorded.items()))
    first = way.chain.step("surat")

    assert first is not None
    assert way.waits_for(first) == waits_for


# --- the closing and the revitalisation


@pytest.mark.parametrize(
    ("code", "ends", "due_on", "derived_from"),
    [
        pytest.param("pemberitahuan", "2026-06-30", "2026-05-01",
                     "H-60 of the end 2026-06-30 (steps.yaml)", id="60 days before the end"),
        pytest.param("pemberitahuan", "2026-04-30", "2026-03-15",
                     "started_on 2026-03-01 + 14 days, later than H-60 of the end 2026-04-30",
                     id="decided late: 14 days from the decision"),
        pytest.param("laporan_akhir", "2026-03-18", "2026-03-27",
                     "HK+5 of the end 2026-03-18", id="working days after the end"),
        pytest.param("pemberitahuan", "", "2026-03-15", "started_on 2026-03-01 + 14 days",
                     id="no end is known"),
    ],
)  # fmt: skip
def test_closing_step_counts_from_the_end(
    code: str, ends: str, due_on: str, derived_from: str
) -> None:
    found = due(code, make_step(code, started_on="2026-03-01"), agreement=ENDING, ends=ends)

    assert found is not None
    assert found.due == Due.of(date.fromisoformat(due_on))
    assert found.derived_from.startswith(derived_from)


def test_closing_step_counts_from_both_ends_of_a_partial_expiry() -> None:
    found = due(
        "pemberitahuan",
        make_step("pemberitahuan", started_on="2026-03-01"),
        agreement=ENDING,
        ends="2026-12",
    )

    assert found is not None
    assert (found.due.first, found.due.last) == (date(2026, 10, 2), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("status", "code", "facts", "counts"),
    [
        pytest.param("not_renewing", "pemberitahuan", {"started_on": "2026-03-01"}, True,
                     id="the closing of one that is to end"),
        pytest.param("", "pemberitahuan", {"started_on": "2026-03-01"}, False,
                     id="the closing of one that goes on"),
        pytest.param("", "pemberitahuan", {"due_on": "2026-05-01"}, True,
                     id="a day of its own holds always"),
        pytest.param("", "evaluasi", {"started_on": "2026-03-01"}, True,
                     id="the revitalisation of one that goes on"),
        pytest.param("not_renewing", "evaluasi", {"started_on": "2026-03-01"}, False,
                     id="the revitalisation of one that is to end"),
        pytest.param("not_renewing", "pemberitahuan", None, False, id="nobody recorded it"),
        pytest.param("", "rencana", None, False, id="nobody recorded that either"),
    ],
)  # fmt: skip
def test_steps_of_a_decision_count_while_it_holds_and_where_recorded(
    status: str, code: str, facts: dict[str, object] | None, counts: bool
) -> None:
    steps = [make_step("evaluasi", done_on="2026-02-02")] if code == "rencana" else []
    if facts is not None:
        steps.append(make_step(code, **facts))
    found = due(code, *steps, agreement=make_agreement(status=status), ends="2026-06-30")

    assert (found is not None) is counts


def test_second_step_of_a_revitalisation_counts_once_the_first_is_done() -> None:
    row = make_step("rencana")
    signed = make_agreement()

    assert due("rencana", make_step("evaluasi", started_on="2026-01-05"), row,
               agreement=signed) is None  # fmt: skip
    found = due("rencana", make_step("evaluasi", done_on="2026-02-10"), row, agreement=signed)
    assert found is not None
    assert found.due == Due.of(date(2026, 5, 10))
