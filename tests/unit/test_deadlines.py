"""Where due dates come from: each row of the table in DESIGN.md section 3."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.agreements import Decided, Decision, Dossier
from reminder.calendars import Due, PartialDate, Span
from reminder.deadlines import Deadline, DeadlineKind, DeadlineStatus
from reminder.due_dates import Derivation, derive_deadlines, follow_up_deadlines
from reminder.skips import SkipReason
from reminder.steps import Chain, StepRule
from tests.factories import (
    make_agreement,
    make_dossier,
    make_follow_up,
    make_report,
    make_step,
    make_terms,
)

TODAY = date(2026, 1, 15)


def derive(
    dossier: Dossier, today: date | str = TODAY, current: str = "", **terms: object
) -> Derivation:
    today = date.fromisoformat(today) if isinstance(today, str) else today
    stored = date.fromisoformat(current) if current else None
    return derive_deadlines(dossier, make_terms(**terms), today, stored)


def of_kind(derivation: Derivation, kind: DeadlineKind) -> list[Deadline]:
    return [deadline for deadline in derivation.deadlines if deadline.kind is kind]


def expiry_of(today: date | str = TODAY, current: str = "", **facts: Any) -> Deadline:
    facts = {"signed_on": None, "expires_on": None, **facts}
    expiry = derive(make_dossier(make_agreement(**facts)), today, current).expiry
    assert expiry is not None
    return expiry


# --- expiry


@pytest.mark.parametrize(
    ("facts", "due", "derived_from"),
    [
        pytest.param({"expires_on": "2026-05-31"}, "2026-05-31", "expires_on 2026-05-31",
                     id="expires_on"),
        pytest.param({"expires_on": "2026-05-31", "signed_on": "2020-01-01", "term": "5 years"},
                     "2026-05-31", "expires_on 2026-05-31", id="expires_on before the term"),
        pytest.param({"signed_on": "2021-05-31", "term": "5 years"}, "2026-05-31",
                     "signed_on 2021-05-31 + term 5 years (anniversary)", id="signed_on + term"),
        pytest.param({"signed_on": "2021-05-31", "effective_on": "2021-08-01", "term": "5 years"},
                     "2026-08-01", "effective_on 2021-08-01 + term 5 years (anniversary)",
                     id="effective_on before signed_on"),
        pytest.param({"effective_on": "2021-08-01", "term": "5 years"}, "2026-08-01",
                     "effective_on 2021-08-01", id="effective_on alone"),
        pytest.param({"signed_on": "2026-01-31", "term": "1 month"}, "2026-02-28",
                     "signed_on 2026-01-31", id="31 January 2026 + 1 month"),
        pytest.param({"signed_on": "2024-02-29", "term": "4 years"}, "2028-02-29",
                     "signed_on 2024-02-29", id="29 February 2024 + 4 years"),
        pytest.param({"signed_on": "2024-02-29", "term": "3 years"}, "2027-02-28",
                     "signed_on 2024-02-29", id="29 February 2024 + 3 years"),
        pytest.param({"expires_on": "2024"}, "2024", "expires_on 2024", id="an expiry of 2024"),
        pytest.param({"signed_on": "2021", "term": "5 years"}, "2026", "signed_on 2021",
                     id="a partial start gives a partial expiry"),
    ],
)  # fmt: skip
def test_expiry_and_its_derivation(facts: dict[str, Any], due: str, derived_from: str) -> None:
    expiry = expiry_of(**facts)

    assert expiry.due == Due.of(PartialDate.parse(due))
    assert expiry.derived_from.startswith(derived_from)


def test_expiry_of_2024_is_from_2024_01_01_to_2024_12_31() -> None:
    due = expiry_of(expires_on="2024").due

    assert (due.first, due.last, due.text) == (date(2024, 1, 1), date(2024, 12, 31), "2024")


@pytest.mark.parametrize(
    ("start", "term", "due"),
    [
        pytest.param("2021-05-31", "5 years", "2026-05-30", id="a term ends the day before"),
        pytest.param("2024-03-01", "2 years", "2026-02-28", id="1 March gives 28 February"),
        pytest.param("2024-02-29", "1 year", "2025-02-27", id="the day before 28 February"),
    ],
)
def test_term_may_end_the_day_before_its_anniversary(start: str, term: str, due: str) -> None:
    agreement = make_agreement(signed_on=start, term=term, expires_on=None)
    expiry = derive(make_dossier(agreement), ends_day_before=True).expiry

    assert expiry is not None
    assert expiry.due == Due.of(date.fromisoformat(due))
    assert "day before the anniversary" in expiry.derived_from


def test_day_before_is_about_terms_and_not_about_expires_on() -> None:
    agreement = make_agreement(expires_on="2026-05-31", term="5 years")
    expiry = derive(make_dossier(agreement), ends_day_before=True).expiry

    assert expiry is not None
    assert expiry.due == Due.of(date(2026, 5, 31))


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="nothing known"),
        pytest.param({"term": "5 years"}, id="a term without a start"),
        pytest.param({"signed_on": "2021-05-31"}, id="a start without a term"),
        pytest.param({"auto_renew": "1 year", "signed_on": "2021-05-31"}, id="renewal of nothing"),
    ],
)
def test_expiry_is_unknown_without_a_date_and_a_whole_term(facts: dict[str, Any]) -> None:
    facts = {"signed_on": None, "expires_on": None, **facts}
    derivation = derive(make_dossier(make_agreement(**facts)))

    assert derivation.expiry is None
    assert of_kind(derivation, DeadlineKind.EXPIRY) == []


@pytest.mark.parametrize(
    ("today", "facts", "due"),
    [
        pytest.param("2026-05-30", {"expires_on": "2026-05-31", "auto_renew": "1 year"},
                     "2026-05-31", id="the day before"),
        pytest.param("2026-05-31", {"expires_on": "2026-05-31", "auto_renew": "1 year"},
                     "2026-05-31", id="on the day: still this one"),
        pytest.param("2026-06-01", {"expires_on": "2026-05-31", "auto_renew": "1 year"},
                     "2027-05-31", id="the day after: the next"),
        pytest.param("2026-06-01", {"expires_on": "2016-05-31", "auto_renew": "3 years"},
                     "2028-05-31", id="several renewals"),
        pytest.param("2026-03-01", {"expires_on": "2024-02-29", "auto_renew": "1 year"},
                     "2027-02-28", id="leap day: not chained"),
        pytest.param("2027-03-01", {"expires_on": "2024-02-29", "auto_renew": "1 year"},
                     "2028-02-29", id="leap day: 29 again in a leap year"),
        pytest.param("2026-03-01", {"expires_on": "2026-01-31", "auto_renew": "1 month"},
                     "2026-03-31", id="month ends: from the anchor"),
        pytest.param("2026-12-31", {"expires_on": "2026", "auto_renew": "1 year"},
                     "2026", id="a partial expiry lasts to its last day"),
        pytest.param("2027-01-01", {"expires_on": "2026", "auto_renew": "1 year"},
                     "2027", id="and renews itself the day after"),
        pytest.param("2026-06-01",
                     {"signed_on": "2021-05-31", "term": "5 years", "auto_renew": "1 year"},
                     "2027-05-31", id="a term renews itself too"),
    ],
)  # fmt: skip
def test_agreement_that_renews_itself_ends_with_the_first_term_that_is_not_over(
    today: str, facts: dict[str, Any], due: str
) -> None:
    assert expiry_of(today, **facts).due == Due.of(PartialDate.parse(due))


def test_renewed_expiry_says_so_and_is_looked_at_again_the_day_after() -> None:
    agreement = make_agreement(expires_on="2024-05-31", auto_renew="1 year")
    derivation = derive(make_dossier(agreement))

    assert derivation.expiry is not None
    assert derivation.expiry.derived_from == "expires_on 2024-05-31 + 2 x auto_renew 1 year"
    assert derivation.again_on == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("today", "current", "due"),
    [
        pytest.param("2026-01-15", "2026-05-31", "2026-05-31", id="ends with the term it is in"),
        pytest.param("2026-06-01", "2026-05-31", "2026-05-31", id="no new term the day after"),
        pytest.param("2028-06-01", "2026-05-31", "2026-05-31", id="nor years later"),
        pytest.param("2026-01-15", "", "2024-05-31", id="entered as not renewing: the date itself"),
        pytest.param(
            "2026-01-15",
            "2025-11-30",
            "2024-05-31",
            id="a stored end of another series: the date itself",
        ),
    ],
)
def test_agreement_that_no_longer_renews_itself_keeps_its_end(
    today: str, current: str, due: str
) -> None:
    expiry = expiry_of(
        today, current, expires_on="2024-05-31", auto_renew="1 year", status="not_renewing"
    )

    assert expiry.due == Due.of(date.fromisoformat(due))
    assert expiry.status is DeadlineStatus.OPEN


@given(
    end=st.dates(date(2000, 1, 1), date(2030, 12, 31)),
    months=st.integers(1, 60),
    today=st.dates(date(2000, 1, 1), date(2060, 12, 31)),
)
def test_renewed_expiry_is_the_least_of_the_series_that_is_today_or_later(
    end: date, months: int, today: date
) -> None:
    every = Span(months=months)
    due = expiry_of(today, expires_on=PartialDate.of(end), auto_renew=every).due

    series = [every.after(end, number) for number in range(61 * 12 // months + 2)]
    assert due == Due.of(min(day for day in series if day >= today))


# --- notice_by


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        pytest.param({"expires_on": "2026-08-31", "notice_period": "6 months"}, "2026-02-28",
                     id="6 months before 31 August"),
        pytest.param({"expires_on": "2026-08", "notice_period": "6 months"}, "2026-02",
                     id="of a partial expiry"),
        pytest.param({"expires_on": "2024-06-30", "auto_renew": "1 year",
                      "notice_period": "90 days"}, "2026-04-01", id="of the term it is in"),
    ],
)  # fmt: skip
def test_notice_must_be_given_its_period_before_the_expiry(facts: dict[str, Any], due: str) -> None:
    (notice_by,) = of_kind(derive(make_dossier(make_agreement(**facts))), DeadlineKind.NOTICE_BY)

    assert notice_by.due == Due.of(PartialDate.parse(due))
    assert "notice_period" in notice_by.derived_from
    assert notice_by.key is None


def test_own_lead_times_are_for_the_expiry_only() -> None:
    agreement = make_agreement(
        expires_on="2026-08-31", notice_period="6 months", lead_times="H-180",
        report_cycle="semester",
    )  # fmt: skip
    derivation = derive(make_dossier(agreement))
    own = {deadline.kind: deadline.lead_times for deadline in derivation.deadlines}

    assert own == {
        DeadlineKind.EXPIRY: "H-180", DeadlineKind.NOTICE_BY: "", DeadlineKind.REPORT: "",
    }  # fmt: skip


# --- report


def reports(today: str, **facts: object) -> dict[str, str]:
    facts = {"signed_on": "2015-01-01", "expires_on": None, **facts}
    found = of_kind(derive(make_dossier(make_agreement(**facts)), today), DeadlineKind.REPORT)
    return {deadline.key or "": deadline.due.first.isoformat() for deadline in found}


@pytest.mark.parametrize(
    ("cycle", "expected"),
    [
        pytest.param("semester", {"2025-S1": "2025-07-31", "2025-S2": "2026-01-31",
                                  "2026-S1": "2026-07-31"}, id="semester"),
        pytest.param("annual", {"2025": "2026-01-31"}, id="annual"),
        pytest.param("quarter", {"2025-Q2": "2025-07-31", "2025-Q3": "2025-10-31",
                                 "2025-Q4": "2026-01-31", "2026-Q1": "2026-04-30",
                                 "2026-Q2": "2026-07-31"}, id="quarter"),
        pytest.param("none", {}, id="none"),
    ],
)  # fmt: skip
def test_report_periods_and_their_due_days(cycle: str, expected: dict[str, str]) -> None:
    facts = {"report_cycle": cycle, "entered_on": date(2025, 6, 1), "expires_on": "2026-08-15"}

    assert reports("2026-01-15", **facts) == expected


@pytest.mark.parametrize(
    ("expires_on", "last"),
    [
        pytest.param("2026-06-30", "2026-S1", id="ends on the last day of the period"),
        pytest.param("2026-06-29", "2025-S2", id="ends the day before that"),
        pytest.param("2026-06", "2026-S1", id="ends some day of June"),
        pytest.param("2026", "2026-S2", id="ends some day of 2026"),
    ],
)
def test_last_period_ends_on_or_before_the_last_day_of_the_expiry(
    expires_on: str, last: str
) -> None:
    periods = reports("2026-01-15", expires_on=expires_on, report_cycle="semester")

    assert list(periods)[-1] == last


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        pytest.param({"signed_on": "2026-05-31"}, "2026-S1", id="30 days in force: asked for"),
        pytest.param({"signed_on": "2026-06-01"}, "2026-S2", id="29 days in force: not"),
        pytest.param(
            {"signed_on": "2026-06-01", "effective_on": "2026-05-31"},
            "2026-S1",
            id="the earlier of both",
        ),
        pytest.param(
            {"signed_on": "2026-05-31", "effective_on": "2026-06-15"},
            "2026-S1",
            id="the earlier of both, the other way",
        ),
        pytest.param({"signed_on": "2026-05"}, "2026-S1", id="the first day of a partial date"),
        pytest.param({"signed_on": None}, "2026-S2", id="neither: the day of entry"),
        pytest.param({"signed_on": "2027-01-01"}, "2026-S2", id="entered before it is signed"),
    ],
)
def test_first_period_ends_30_days_after_the_agreement_came_into_force(
    facts: dict[str, Any], first: str
) -> None:
    facts = {"entered_on": date(2026, 6, 10), "report_cycle": "semester", **facts}

    assert next(iter(reports("2026-06-10", **facts))) == first


@pytest.mark.parametrize(
    ("entered_on", "first"),
    [
        pytest.param("2026-08-30", "2026-S1", id="due 30 days before entry: asked for"),
        pytest.param("2026-08-31", "2026-S2", id="due 31 days before entry: not asked for"),
    ],
)
def test_period_long_past_on_the_day_of_entry_is_not_asked_for(entered_on: str, first: str) -> None:
    facts = {"entered_on": date.fromisoformat(entered_on), "report_cycle": "semester"}

    assert next(iter(reports(entered_on, **facts))) == first


def test_longer_stale_after_asks_for_older_periods() -> None:
    agreement = make_agreement(
        signed_on="2015-01-01", expires_on=None, report_cycle="annual",
        entered_on=date(2026, 1, 15),
    )  # fmt: skip
    found = of_kind(derive(make_dossier(agreement), stale_after="6 years"), DeadlineKind.REPORT)

    assert [deadline.key for deadline in found][:2] == ["2019", "2020"]


@pytest.mark.parametrize(
    ("report", "is_met"),
    [
        pytest.param({"submitted_on": "2026-07-20", "evidence": "surat 12/2026"}, True,
                     id="date and evidence"),
        pytest.param({"submitted_on": "2026-07", "evidence": "surat 12/2026"}, True,
                     id="a month and evidence"),
        pytest.param({"submitted_on": "2026-07-20"}, False, id="no evidence"),
        pytest.param({"evidence": "surat 12/2026"}, False, id="no date"),
        pytest.param({}, False, id="neither"),
        pytest.param({"submitted_on": "2026-07-20", "evidence": "x", "period": "2026-S2"}, False,
                     id="another period"),
    ],
)  # fmt: skip
def test_report_is_met_only_by_a_date_and_evidence(report: dict[str, object], is_met: bool) -> None:
    dossier = make_dossier(
        make_agreement(report_cycle="semester", expires_on="2027-12-31"),
        reports=(make_report(**report),),
    )
    found = {one.key: one for one in of_kind(derive(dossier, "2026-08-03"), DeadlineKind.REPORT)}

    assert found["2026-S1"].status is (DeadlineStatus.MET if is_met else DeadlineStatus.OPEN)


def test_reports_of_an_agreement_without_end_go_on_as_time_does() -> None:
    agreement = make_agreement(report_cycle="annual", expires_on=None)
    today = TODAY
    for _ in range(6):
        derivation = derive(make_dossier(agreement), today)
        dues = [one.due.first for one in of_kind(derivation, DeadlineKind.REPORT)]
        limit = Span.parse("24 months").after(today)
        assert dues[-1] <= limit < dues[-1].replace(year=dues[-1].year + 1)
        assert derivation.again_on is not None
        assert derivation.again_on > today
        today = derivation.again_on


# --- step


def step_deadlines(*steps: dict[str, Any], **facts: Any) -> dict[str, Deadline]:
    made = tuple(make_step(**facts) for facts in steps)
    dossier = make_dossier(make_agreement(**facts), steps=made)
    return {one.key or "": one for one in of_kind(derive(dossier), DeadlineKind.STEP)}


def test_step_is_silent_until_the_step_before_it_is_done() -> None:
    waiting = step_deadlines(
        {"step": "surat_konfirmasi", "due_on": "2026-03-31"},
        {"step": "rencana_kerja", "due_on": "2026-05-31"},
    )
    started = step_deadlines(
        {"step": "surat_konfirmasi", "due_on": "2026-03-31", "done_on": "2026-01-14"},
        {"step": "rencana_kerja", "due_on": "2026-05-31"},
    )

    assert waiting["surat_konfirmasi"].silent is None
    assert waiting["rencana_kerja"].silent is SkipReason.WAITING
    assert waiting["rencana_kerja"].silent_detail == "waits for surat_konfirmasi"
    assert waiting["rencana_kerja"].status is DeadlineStatus.OPEN
    assert started["rencana_kerja"].silent is None
    assert started["surat_konfirmasi"].status is DeadlineStatus.MET
    assert started["surat_konfirmasi"].status_reason == "done on 2026-01-14"


def test_step_is_due_so_long_after_its_start() -> None:
    found = step_deadlines(
        {"step": "surat_konfirmasi", "started_on": "2026-01-31"},
        {"step": "rencana_kerja", "started_on": "2026-01-05"},
        {"step": "tanpa_rantai", "started_on": "2026-01-05"},
    )

    assert found["surat_konfirmasi"].due == Due.of(date(2026, 2, 28))
    # 45 working days after Monday 5 January are nine weeks.
    assert found["rencana_kerja"].due == Due.of(date(2026, 3, 9))
    assert "tanpa_rantai" not in found


def test_chain_is_that_of_the_agreements_kind() -> None:
    found = step_deadlines({"step": "surat_konfirmasi", "started_on": "2026-01-31"}, kind="KSDD")

    assert found == {}


def test_next_step_counts_although_nobody_recorded_that_it_began() -> None:
    chain = Chain(
        "KSDPL",
        (
            StepRule("surat", ()),
            StepRule("telaah", (), ("surat",), stalls_after=Span(months=1)),
            StepRule("tanda_tangan", (), ("telaah",)),
        ),
    )
    dossier = make_dossier(
        make_agreement(signed_on=None), steps=(make_step("surat", done_on="2026-01-10"),)
    )
    (found,) = of_kind(derive(dossier, chains={"KSDPL": chain}), DeadlineKind.STEP)

    assert (found.key, found.due) == ("telaah", Due.of(date(2026, 2, 10)))
    assert (found.status, found.silent) == (DeadlineStatus.OPEN, None)
    assert found.derived_from.startswith("surat done on 2026-01-10 + 1 month (stall threshold")


def test_step_is_looked_at_again_on_the_day_of_a_signing_that_lies_ahead() -> None:
    dossier = make_dossier(
        make_agreement(signed_on="2026-02-02", expires_on=None),
        steps=(make_step(done_on="2026-01-10"),),
    )

    assert derive(dossier).again_on == date(2026, 2, 2)


# --- follow_up


def test_follow_up_is_due_on_its_day_at_its_own_bureau() -> None:
    follow_up = make_follow_up(bureau="B-02", officer="a@example.go.id")
    (found,) = of_kind(derive(make_dossier(follow_ups=(follow_up,))), DeadlineKind.FOLLOW_UP)

    assert (found.key, found.due) == ("RTL-2026-01", Due.of(date(2026, 3, 31)))
    assert (found.bureau, found.officer) == ("B-02", "a@example.go.id")
    assert found.agreement_kind == "KSDPL"


def test_follow_up_without_bureau_and_officer_has_those_of_the_agreement() -> None:
    agreement = make_agreement(officer="b@example.go.id")
    dossier = make_dossier(agreement, follow_ups=(make_follow_up(),))
    (found,) = of_kind(derive(dossier), DeadlineKind.FOLLOW_UP)

    assert (found.bureau, found.officer) == ("B-01", "b@example.go.id")


def test_follow_up_of_another_bureau_is_not_for_the_agreements_own_officer() -> None:
    dossier = make_dossier(
        make_agreement(officer="b@example.go.id"), follow_ups=(make_follow_up(bureau="B-02"),)
    )
    (found,) = of_kind(derive(dossier), DeadlineKind.FOLLOW_UP)

    assert (found.bureau, found.officer) == ("B-02", None)


def test_follow_up_is_met_when_done_and_absent_without_a_due_date() -> None:
    done, undated = (
        make_follow_up(done_on="2026-02-02"),
        make_follow_up("RTL-2026-02", due_on=None),
    )
    (found,) = follow_up_deadlines((done, undated), None, date(2026, 3, 2))

    assert found.status is DeadlineStatus.MET
    assert found.agreement == ""


def test_what_is_recorded_ahead_of_its_day_counts_from_that_day_on() -> None:
    dossier = make_dossier(
        make_agreement(),
        steps=(make_step(due_on="2026-05-29", done_on="2026-04-01"),),
        follow_ups=(make_follow_up(done_on="2026-03-16"),),
    )
    before = derive_deadlines(dossier, make_terms(), date(2026, 3, 2))
    (step,), (follow_up,) = (
        of_kind(before, kind) for kind in (DeadlineKind.STEP, DeadlineKind.FOLLOW_UP)
    )
    (later,) = of_kind(
        derive_deadlines(dossier, make_terms(), date(2026, 3, 16)), DeadlineKind.FOLLOW_UP
    )

    assert (step.status, follow_up.status) == (DeadlineStatus.OPEN, DeadlineStatus.OPEN)
    assert "lies ahead" in step.status_reason
    assert before.again_on == date(2026, 3, 16)
    assert (later.status, later.status_reason) == (DeadlineStatus.MET, "done on 2026-03-16")


# --- the end of the agreement, and the horizon


@pytest.mark.parametrize(
    ("facts", "replaced_by", "expiry", "others"),
    [
        pytest.param({"status": "terminated"}, None, "void", "void", id="terminated"),
        pytest.param({"status": "replaced"}, None, "met", "void", id="replaced, by status"),
        pytest.param({}, "KSDPL/2026/001", "met", "void", id="replaced by another agreement"),
        pytest.param({"status": "not_renewing"}, None, "open", "open", id="not renewing"),
        pytest.param({"status": "dormant"}, None, "open", "open", id="dormant"),
    ],
)
def test_ended_agreement_has_no_open_deadlines(
    facts: dict[str, Any], replaced_by: str | None, expiry: str, others: str
) -> None:
    dossier = make_dossier(
        make_agreement(notice_period="3 months", report_cycle="semester", **facts),
        steps=(make_step(due_on="2026-03-31"),),
        follow_ups=(make_follow_up(),),
        reports=(make_report("2025-S2", submitted_on="2026-01-10", evidence="surat"),),
        replaced_by=replaced_by,
    )
    derivation = derive(dossier)
    status = {(one.kind, one.key): one.status.value for one in derivation.deadlines}

    assert status.pop((DeadlineKind.REPORT, "2025-S2")) == "met"
    assert status.pop((DeadlineKind.EXPIRY, None)) == expiry
    assert set(status.values()) == {others}
    assert {kind for kind, _ in status} == set(DeadlineKind) - {
        DeadlineKind.EXPIRY, DeadlineKind.FINDING,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "status", "is_met"),
    [
        pytest.param(Decision.END, "not_renewing", True, id="let it end"),
        pytest.param(Decision.END, "", False, id="let it end, but the register says otherwise"),
        pytest.param(Decision.RENEW, "", False, id="renew: the countdown goes on"),
        pytest.param(Decision.REVITALISE, "", False, id="revitalise: the countdown goes on"),
        pytest.param(Decision.RENEW, "not_renewing", False, id="decided otherwise later"),
    ],
)
def test_decision_to_let_it_end_settles_the_expiry_while_the_register_says_so(
    decision: Decision, status: str, is_met: bool
) -> None:
    dossier = make_dossier(
        make_agreement(notice_period="3 months", report_cycle="semester", status=status),
        decided=Decided(decision, date(2026, 1, 12), "kepala@biro.example.go.id"),
    )
    found = derive(dossier).deadlines
    settled = [one for one in found if one.kind in (DeadlineKind.EXPIRY, DeadlineKind.NOTICE_BY)]
    others = [one for one in found if one not in settled]

    assert len(settled) == 2
    assert {one.status for one in settled} == {
        DeadlineStatus.MET if is_met else DeadlineStatus.OPEN
    }
    if is_met:
        said = "decided to let it end on 2026-01-12 by kepala@biro.example.go.id"
        assert {one.status_reason for one in settled} == {said}
    # Reports up to the expiry are asked for still.
    assert {one.status for one in others} == {DeadlineStatus.OPEN}


@pytest.mark.parametrize(
    ("today", "exists"),
    [
        pytest.param("2026-01-30", False, id="24 months and a day ahead"),
        pytest.param("2026-01-31", True, id="24 months ahead"),
    ],
)
def test_deadline_exists_from_24_months_ahead(today: str, exists: bool) -> None:
    derivation = derive(make_dossier(make_agreement(expires_on="2028-01-31")), today)

    assert bool(derivation.deadlines) is exists
    assert bool(derivation.later) is not exists
    assert derivation.expiry is not None
    assert derivation.again_on == (None if exists else date(2026, 1, 31))


@given(
    due=st.dates(date(2026, 1, 1), date(2033, 12, 31)),
    months=st.integers(1, 36),
    today=st.dates(date(2024, 1, 1), date(2026, 1, 1)),
)
def test_deadline_beyond_the_horizon_appears_on_the_day_it_comes_within(
    due: date, months: int, today: date
) -> None:
    dossier = make_dossier(make_agreement(expires_on=PartialDate.of(due)))
    horizon = Span(months=months)
    derivation = derive(dossier, today, horizon=horizon)
    while derivation.again_on is not None:
        assert not derivation.deadlines
        before, today = today, derivation.again_on
        derivation = derive(dossier, today, horizon=horizon)
        if derivation.deadlines:
            appeared = today
            assert horizon.after(date.fromordinal(appeared.toordinal() - 1)) < due
            assert before < appeared

    assert derivation.deadlines
