"""NO_OWNER: no officer, no unit, no budget, no answer; each from its own day to its own end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reminder.agreements import Contact, Dossier, PlanItem, Unanswered
from reminder.calendars import Due, PartialDate
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.directory import Directory
from reminder.planned_deadlines import StoredDeadline
from tests.factories import (
    OFFICER,
    make_agreement,
    make_contact,
    make_directory,
    make_dossier,
    make_plan_item,
    make_report,
    make_rule,
)
from tests.findings import (
    assert_seen_on_planned_days,
    assert_told_and_closed,
    due_on,
    found,
    gaps,
    is_told,
    plan_of,
)

CODE = "NO_OWNER"
HEAD = make_contact("kepala@biro.example.go.id", role="head")
ELSEWHERE = make_contact("b@dinas.example.go.id", bureau="B-00", role="secretary")


def dossier(*plans: PlanItem, **facts: Any) -> Dossier:
    facts = {"expires_on": "2031-05-31", "leading_unit": "Dinas Pendidikan", **facts}
    return make_dossier(make_agreement(**facts), plans=plans)


def people(*contacts: Contact) -> Directory:
    return make_directory(HEAD, *contacts)


def test_agreement_with_officer_and_unit_has_no_gap() -> None:
    assert found(CODE, dossier(), "2026-03-02") is None
    assert plan_of(CODE, dossier(), "2026-03-02").replan_on == date(2029, 5, 31)  # the horizon


# Nobody is officer


def test_officer_who_leaves_is_a_gap_from_the_next_day_until_another_comes() -> None:
    assert_told_and_closed(
        CODE,
        dossier(),
        "2026-03-02",
        directory=people(make_contact(active_to="2026-03-01")),
        then=people(make_contact(active_to="2026-03-01"), make_contact("baru@example.go.id")),
    )


def test_officer_of_the_agreement_itself_ends_the_gap_whatever_the_role() -> None:
    left = people(make_contact(active_to="2026-03-01"), ELSEWHERE)
    assert_told_and_closed(
        CODE, dossier(), "2026-03-02", dossier(officer=ELSEWHERE.email), directory=left
    )


@pytest.mark.parametrize(
    ("officer", "contacts", "since"),
    [
        pytest.param(None, (), "2024-01-02", id="nobody ever: from the day of entry"),
        pytest.param(None, (make_contact(active_to="2023-06-30"),), "2024-01-02",
                     id="left before entry: from the day of entry"),
        pytest.param(None, (make_contact(active_to="2025-06-30"),
                            make_contact("c@example.go.id", active_to="2025-09-30")), "2025-10-01",
                     id="two left: from the day after the last"),
        pytest.param(None, (make_contact(active_to="2025-06-30"),
                            make_contact("c@example.go.id", active_from="2026-04-01")),
                     "2025-07-01", id="the next comes only in April"),
        pytest.param(OFFICER, (make_contact(active_to="2025-06-30"),), "2025-07-01",
                     id="the agreement's own officer left, and there is no other"),
        pytest.param(ELSEWHERE.email, (replace(ELSEWHERE, active_to=date(2025, 6, 30)),),
                     "2025-07-01", id="the own one sat at another bureau"),
        pytest.param(OFFICER, (make_contact(active_to="2025-06-30"),
                               make_contact("c@example.go.id")), "", id="another stands there"),
        pytest.param("luar@example.com", (), "", id="an address that no contact has is somebody"),
        pytest.param(None, (make_contact(),), "", id="an officer at the bureau"),
        pytest.param(None, (make_contact(active_to="2026-03-02"),), "", id="on the last day"),
    ],
)  # fmt: skip
def test_gap_counts_from_the_day_after_the_last_one_left(
    officer: str | None, contacts: tuple[Contact, ...], since: str
) -> None:
    planned = found(CODE, dossier(officer=officer), "2026-03-02", people(*contacts))

    assert due_on(planned) == since
    assert gaps(planned) == ({"no_officer": {}} if since else {})


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"signed_on": None, "expires_on": None}, id="not signed yet"),
        pytest.param({"status": "not_renewing"}, id="let end: somebody must close it"),
        pytest.param({"status": "dormant"}, id="dormant"),
        pytest.param({"expires_on": "2026-02-28"}, id="just expired"),
        pytest.param({"instrument": "LoI"}, id="a letter of intent"),
    ],
)
def test_somebody_is_wanted_wherever_something_is_left_to_do(facts: dict[str, Any]) -> None:
    assert due_on(found(CODE, dossier(**facts), "2026-03-02", people())) == "2024-01-02"


@pytest.mark.parametrize("status", ["terminated", "replaced"])
def test_what_is_over_needs_nobody(status: str) -> None:
    of = dossier(status=status, leading_unit="")

    assert found(CODE, of, "2026-03-02", people()) is None
    assert found(CODE, replace(dossier(), replaced_by="B"), "2026-03-02", people()) is None


def test_what_had_ended_long_before_it_was_entered_needs_nobody() -> None:
    of = dossier(expires_on="2020-05-31", entered_on="2026-03-02")

    assert found(CODE, of, "2026-03-02", people()) is None


@pytest.mark.parametrize(
    "contacts",
    [
        pytest.param((make_contact(active_to="2026-03-15"),
                      make_contact("c@example.go.id", active_from="2026-04-01",
                                   active_to="2026-05-31"),
                      make_contact("d@example.go.id", active_from="2026-05-15",
                                   active_to="2026-06-30")), id="vacancies and overlaps"),
        pytest.param((replace(ELSEWHERE, active_to=date(2026, 4, 30)),), id="at another bureau"),
        pytest.param((replace(ELSEWHERE, active_from=date(2026, 4, 30)),), id="still to come"),
    ],
)  # fmt: skip
def test_plan_names_every_day_on_which_somebody_comes_or_goes(
    contacts: tuple[Contact, ...],
) -> None:
    of = dossier(officer=ELSEWHERE.email)

    assert_seen_on_planned_days(CODE, of, "2026-03-02", "2026-09-01", people(*contacts))


# No leading unit


def test_leading_unit_is_wanted_from_the_signing_to_the_end() -> None:
    assert_told_and_closed(
        CODE,
        dossier(signed_on="2026-03-02", leading_unit=" "),
        "2026-03-02",
        dossier(signed_on="2026-03-02"),
    )
    ended = dossier(leading_unit="", expires_on="2026-02")
    assert list(gaps(found(CODE, ended, "2026-02-28"))) == ["no_leading_unit"]
    assert found(CODE, ended, "2026-03-01") is None
    assert_seen_on_planned_days(CODE, ended, "2026-01-02", "2026-04-01")


@pytest.mark.parametrize(
    ("facts", "since"),
    [
        pytest.param({}, "2024-01-02", id="signed before entry: from the day of entry"),
        pytest.param({"signed_on": "2026-01"}, "2026-01-31", id="signed in January"),
        pytest.param({"signed_on": None, "effective_on": "2026-01-05"}, "2026-01-05",
                     id="in force, signing unknown"),
        pytest.param({"signed_on": None, "expires_on": None}, "", id="not signed yet"),
        pytest.param({"signed_on": "2026-03-03"}, "", id="signed tomorrow"),
        pytest.param({"status": "dormant"}, "", id="dormant"),
        pytest.param({"status": "not_renewing"}, "", id="let end"),
        pytest.param({"instrument": "LoI"}, "", id="a letter of intent"),
    ],
)  # fmt: skip
def test_day_from_which_a_leading_unit_is_wanted(facts: dict[str, Any], since: str) -> None:
    planned = found(CODE, dossier(leading_unit="", **facts), "2026-03-02")

    assert due_on(planned) == since
    assert gaps(planned) == ({"no_leading_unit": {}} if since else {})


# No budget


def test_open_items_want_a_budget_from_the_first_of_january_until_one_is_recorded() -> None:
    of_last_year = make_plan_item(budget_year="2026", due_on="2027-06-30")
    this_year = make_plan_item("Forum dagang", budget_year="2027", due_on="2027-09-30")
    before = dossier(of_last_year)

    assert_told_and_closed(CODE, before, "2027-01-01", dossier(of_last_year, this_year))
    done = replace(of_last_year, done_on=make_plan_item(done_on="2026-12-30").done_on)
    assert_told_and_closed(CODE, before, "2027-01-01", dossier(done))
    assert gaps(found(CODE, before, "2027-03-01")) == {
        "no_budget": {"budget_year": "2027", "n_items": "1"}
    }


@pytest.mark.parametrize(
    ("items", "facts", "since"),
    [
        pytest.param([{"budget_year": ""}], {}, "2026-01-01", id="no year at all"),
        pytest.param([{"budget_year": ""}], {"signed_on": "2026-02-10"}, "2026-02-10",
                     id="signed this year: from then on"),
        pytest.param([{"budget_year": ""}], {"entered_on": "2026-02-16"}, "2026-02-16",
                     id="entered this year: from then on"),
        pytest.param([{"budget_year": "2025"}], {}, "2026-01-01", id="the money was last year's"),
        pytest.param([{"budget_year": "2026"}], {}, "", id="this year's budget"),
        pytest.param([{"budget_year": ""}, {"budget_year": "2026"}], {}, "",
                     id="one line is enough for the plan"),
        pytest.param([{"budget_year": "2027"}], {}, "", id="an item of next year waits for it"),
        pytest.param([{"budget_year": "", "done_on": "2026-03-02"}], {}, "", id="done today"),
        pytest.param([{"budget_year": "", "done_on": "2026-03-03"}], {}, "2026-01-01",
                     id="done tomorrow"),
        pytest.param([{"budget_year": ""}], {"signed_on": None, "expires_on": None}, "",
                     id="not signed yet"),
        pytest.param([], {}, "", id="no plan: that is CEREMONIAL's"),
    ],
)  # fmt: skip
def test_day_from_which_a_budget_is_wanted(
    items: list[dict[str, Any]], facts: dict[str, Any], since: str
) -> None:
    plans = [make_plan_item(f"Butir {number}", **one) for number, one in enumerate(items)]
    planned = found(CODE, dossier(*plans, **facts), "2026-03-02")

    assert due_on(planned) == since
    assert list(gaps(planned)) == (["no_budget"] if since else [])


@pytest.mark.parametrize(
    "plans",
    [
        pytest.param((make_plan_item(budget_year="", done_on="2026-06-30"),), id="done later"),
        pytest.param((make_plan_item(due_on="2028-06-30"),), id="goes on for years"),
        pytest.param((make_plan_item(budget_year="2028"),), id="only in years to come"),
        pytest.param((make_plan_item(budget_year="2027"),), id="next year, and not done then"),
    ],
)
def test_plan_names_every_day_on_which_the_want_of_a_budget_changes(
    plans: tuple[PlanItem, ...],
) -> None:
    for expires_on in ("2028-05-31", "2030-05-31"):
        of = dossier(*plans, expires_on=expires_on)
        assert_seen_on_planned_days(CODE, of, "2026-01-02", "2030-12-31")


# Nobody answers


DAYS = (date(2026, 2, 2), date(2026, 2, 9), date(2026, 3, 2), date(2026, 3, 9))
EXPIRY = StoredDeadline(
    1, DeadlineKind.EXPIRY, "", Due.of(date(2026, 5, 31)), 2, DeadlineStatus.OPEN, "H-30",
    date(2024, 1, 2),
)  # fmt: skip


def unanswered(number: int, dossier: Dossier, *, epoch: int = 2, key: str = "") -> Dossier:
    """The first so many notices, about its expiry on 31 May 2026."""
    sent = tuple(Unanswered("expiry", key, epoch, day) for day in DAYS[:number])
    agreement = replace(dossier.agreement, expires_on=PartialDate(2026, 5, 31))
    return replace(dossier, agreement=agreement, unanswered=sent)


def test_three_notices_in_a_row_without_an_answer_count_from_the_third() -> None:
    two, three, four = (unanswered(number, dossier()) for number in (2, 3, 4))

    assert found(CODE, two, "2026-03-02", stored=(EXPIRY,)) is None
    told = found(CODE, three, "2026-03-02", stored=(EXPIRY,))
    assert due_on(told) == "2026-03-02"
    assert is_told(told, "2026-03-02")
    assert gaps(told) == {"unanswered_notices": {"n_notices": "3", "since_on": "2026-02-02"}}
    more = found(CODE, four, "2026-03-10", stored=(EXPIRY,))
    assert due_on(more) == "2026-03-02"
    assert gaps(more)["unanswered_notices"]["n_notices"] == "4"


@pytest.mark.parametrize(
    ("of", "stored"),
    [
        pytest.param(unanswered(3, dossier()), replace(EXPIRY, due=Due.of(date(2026, 4, 30))),
                     id="another date since"),
        pytest.param(unanswered(3, dossier(), epoch=1), EXPIRY, id="about a date of earlier"),
        pytest.param(unanswered(3, dossier(), key="x"), EXPIRY, id="about what is gone"),
        pytest.param(replace(unanswered(3, dossier()), replaced_by="B"), EXPIRY, id="replaced"),
    ],
)  # fmt: skip
def test_notice_about_what_is_done_or_has_another_date_was_answered(
    of: Dossier, stored: StoredDeadline
) -> None:
    assert found(CODE, of, "2026-03-02", stored=(stored,)) is None


def test_report_that_was_submitted_answers_its_notices_at_once() -> None:
    sent = tuple(Unanswered("report", "2025-S2", 1, day) for day in DAYS[:3])
    of = replace(dossier(report_cycle="semester"), unanswered=sent)
    stored = StoredDeadline(
        1, DeadlineKind.REPORT, "2025-S2", Due.of(date(2026, 1, 31)), 1, DeadlineStatus.OPEN, "H",
        date(2024, 1, 2),
    )  # fmt: skip
    report = make_report("2025-S2", submitted_on="2026-03-02", evidence="tanda terima")

    assert found(CODE, of, "2026-03-02", stored=(stored,)) is not None
    assert found(CODE, replace(of, reports=(report,)), "2026-03-02", stored=(stored,)) is None


def test_what_was_told_on_one_day_counts_once() -> None:
    first = unanswered(2, dossier())
    twice = replace(first, unanswered=(*first.unanswered, first.unanswered[-1]))

    assert found(CODE, twice, "2026-03-02", stored=(EXPIRY,)) is None


def test_how_many_notices_is_in_the_policy() -> None:
    two, limit = unanswered(2, dossier()), {"unanswered": 2}

    planned = found(CODE, two, "2026-03-02", thresholds=limit, stored=(EXPIRY,))
    assert due_on(planned) == "2026-02-09"


def test_plan_looks_again_on_the_day_after_each_notice() -> None:
    of = dossier(expires_on="2026-05-31")  # told at H-30 and H

    assert plan_of(CODE, of, "2026-03-02").replan_on == date(2026, 5, 2)
    assert plan_of(CODE, of, "2026-05-01").replan_on == date(2026, 5, 2)
    late = replace(of, is_being_told=True)
    assert plan_of(CODE, late, "2026-03-02").replan_on == date(2026, 3, 3)


# All of them


def test_gaps_stand_together_and_count_from_the_first_of_them() -> None:
    of = unanswered(
        3, dossier(make_plan_item(budget_year=""), leading_unit="", signed_on="2026-02-16")
    )
    left = people(make_contact(active_to="2026-02-15"))
    planned = found(CODE, of, "2026-03-02", left, stored=(EXPIRY,))

    assert due_on(planned) == "2026-02-16"
    assert list(gaps(planned)) == [
        "no_officer",
        "no_leading_unit",
        "no_budget",
        "unanswered_notices",
    ]


def test_gap_that_lies_ahead_is_left_out_until_its_day() -> None:
    of = dossier(leading_unit="")
    leaving = people(make_contact(active_to="2026-03-31"))

    assert list(gaps(found(CODE, of, "2026-03-31", leaving))) == ["no_leading_unit"]
    assert list(gaps(found(CODE, of, "2026-04-01", leaving))) == ["no_officer", "no_leading_unit"]
    assert_seen_on_planned_days(CODE, of, "2026-03-02", "2026-06-01", leaving)


def test_rule_asks_for_people_in_roles_the_finding_for_an_owner() -> None:
    # The head stands in for the officer: mails arrive, and yet nobody is in charge.
    assert make_rule().to == ("officer",)
    assert "no_officer" in gaps(found(CODE, dossier(), "2026-03-02", people()))
