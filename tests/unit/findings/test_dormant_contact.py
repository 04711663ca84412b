"""DORMANT_CONTACT: silence, then no meeting, then dormancy; what counts as a contact; its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reminder.agreements import Activity, Dossier, Intention
from reminder.calendars import Span
from tests.factories import make_activity, make_agreement, make_dossier
from tests.findings import (
    EXPECTS_NOTHING,
    assert_seen_on_planned_days,
    assert_told_and_closed,
    due_on,
    found,
    gaps,
    plan_of,
)

CODE = "DORMANT_CONTACT"
LETTER = make_activity("letter_in", "2025-09-03")
MEETING = make_activity("meeting", "2025-06-02")


def dossier(*activities: Activity, **facts: Any) -> Dossier:
    facts = {"signed_on": "2021-05-31", "expires_on": "2031-05-31", **facts}
    return make_dossier(make_agreement(**facts), activities=activities)


@pytest.mark.parametrize(
    ("activities", "day", "answer"),
    [
        pytest.param((LETTER, MEETING), "2026-03-02", make_activity("letter_out", "2026-03-02"),
                     id="180 days after the last contact; any contact ends it"),
        pytest.param((MEETING, make_activity("letter_in", "2026-05-11")), "2026-06-02",
                     make_activity("exchange", "2026-06-02"),
                     id="12 months after the last meeting, letters or not; an exchange ends it"),
        pytest.param((MEETING, make_activity("letter_in", "2026-05-11")), "2026-06-02",
                     make_activity("visit", "2026-06-02"), id="a visit ends it"),
        pytest.param((), "2021-11-27", make_activity("meeting", "2021-11-26"),
                     id="180 days after the signing, with nothing since"),
        pytest.param((make_activity("other", "2025-11-03"), LETTER, MEETING), "2026-03-02",
                     make_activity("ceremony", "2026-03-02"),
                     id="what is not with the partner is no contact, a ceremony is"),
    ],
)  # fmt: skip
def test_silence_is_told_on_its_day_and_ended_by_a_contact(
    activities: tuple[Activity, ...], day: str, answer: Activity
) -> None:
    before = dossier(*activities)
    assert_told_and_closed(CODE, before, day, replace(before, activities=(*activities, answer)))


def test_letter_ends_the_silence_but_not_the_want_of_a_meeting() -> None:
    silent = dossier(LETTER, MEETING)
    written = dossier(LETTER, MEETING, make_activity("letter_out", "2026-06-03"))

    assert list(gaps(found(CODE, silent, "2026-06-03"))) == ["no_contact", "no_joint_meeting"]
    assert list(gaps(found(CODE, written, "2026-06-03"))) == ["no_joint_meeting"]


@pytest.mark.parametrize(
    ("day", "due", "severity", "codes"),
    [
        ("2026-03-02", "2026-03-02", "info", ["no_contact"]),
        ("2026-06-01", "2026-03-02", "info", ["no_contact"]),
        ("2026-06-02", "2026-06-02", "action", ["no_contact", "no_joint_meeting"]),
        ("2027-09-02", "2026-06-02", "action", ["no_contact", "no_joint_meeting"]),
        ("2027-09-03", "2027-09-03", "urgent",
         ["no_contact", "no_joint_meeting", "propose_dormant"]),
        ("2030-09-03", "2027-09-03", "urgent",
         ["no_contact", "no_joint_meeting", "propose_dormant"]),
    ],
)  # fmt: skip
def test_each_graver_step_counts_from_a_day_of_its_own(
    day: str, due: str, severity: str, codes: list[str]
) -> None:
    planned = found(CODE, dossier(LETTER, MEETING), day)

    assert planned is not None
    assert (due_on(planned), planned.deadline.severity) == (due, severity)
    assert list(gaps(planned)) == codes


@pytest.mark.parametrize(
    ("day", "months"),
    [("2026-03-02", "5"), ("2026-09-02", "5"), ("2026-09-03", "12"), ("2028-09-02", "24")],
)
def test_gap_names_the_last_contact_its_day_and_how_long_ago_it_was_at_least(
    day: str, months: str
) -> None:
    told = gaps(found(CODE, dossier(LETTER, MEETING), day))

    assert told["no_contact"] == {
        "activity": "letter_in",
        "contact_on": "2025-09-03",
        "n_months": months,
    }


def test_last_contact_that_was_a_meeting_is_named_once() -> None:
    told = gaps(found(CODE, dossier(MEETING), "2026-06-02"))

    assert list(told) == ["no_contact"]


def test_agreement_without_any_contact_counts_from_its_signing() -> None:
    told = gaps(found(CODE, dossier(), "2022-05-31"))

    assert told == {"no_contact_yet": {"started_on": "2021-05-31", "n_months": "12"}}


def test_contact_before_the_signing_does_not_count() -> None:
    early = dossier(make_activity("meeting", "2021-01-04"))

    assert list(gaps(found(CODE, early, "2021-11-27"))) == ["no_contact_yet"]


def test_where_the_signing_is_unknown_the_day_of_force_counts() -> None:
    assert_told_and_closed(
        CODE,
        dossier(signed_on=None, effective_on="2021-06-01"),
        "2021-11-28",
        dossier(make_activity("meeting", "2021-11-26"), signed_on=None, effective_on="2021-06-01"),
    )


@pytest.mark.parametrize(
    ("activity", "day"),
    [
        pytest.param(make_activity("meeting", "2025-09"), "2026-03-29", id="a month"),
        pytest.param(make_activity("meeting", "2025"), "2026-06-29", id="a year"),
    ],
)
def test_partial_date_counts_from_its_last_day(activity: Activity, day: str) -> None:
    answer = make_activity("meeting", day)
    assert_told_and_closed(CODE, dossier(activity), day, dossier(activity, answer))


def test_contact_that_lies_ahead_does_not_count_before_its_day() -> None:
    of = dossier(LETTER, MEETING, make_activity("meeting", "2026-04-01"))

    assert list(gaps(found(CODE, of, "2026-03-31"))) == ["no_contact"]
    assert found(CODE, of, "2026-04-01") is None
    assert plan_of(CODE, of, "2026-03-31").replan_on is not None
    assert_seen_on_planned_days(CODE, of, "2026-02-02", "2027-06-01")


def test_talks_about_a_renewal_are_contact_all_the_same() -> None:
    renewal = Intention("B", activities=(make_activity("meeting", "2026-02-02", agreement="B"),))
    of = replace(dossier(LETTER, MEETING), intended=(renewal,))

    assert found(CODE, of, "2026-06-02") is None
    assert due_on(found(CODE, of, "2026-08-03")) == "2026-08-01"


@pytest.mark.parametrize(
    "facts",
    [
        *EXPECTS_NOTHING,
        pytest.param({"expires_on": "2026-06-01"}, id="expired: the expiry's own matter"),
        pytest.param({"signed_on": "2026-06-02"}, id="signed only now"),
        pytest.param({"instrument": "Letter of  Intent"}, id="the same in full"),
    ],
)
def test_agreement_that_nothing_is_expected_of_is_silent(facts: dict[str, Any]) -> None:
    assert found(CODE, dossier(LETTER, MEETING), "2026-06-02") is not None
    assert found(CODE, dossier(LETTER, MEETING, **facts), "2026-06-02") is None


def test_replaced_agreement_is_silent() -> None:
    assert found(CODE, replace(dossier(LETTER), replaced_by="B"), "2026-06-02") is None


def test_it_lasts_to_the_last_day_in_force_and_the_plan_looks_again_the_day_after() -> None:
    of = dossier(LETTER, MEETING, expires_on="2026-07")

    assert found(CODE, of, "2026-07-31") is not None
    assert found(CODE, of, "2026-08-01") is None
    assert_seen_on_planned_days(CODE, of, "2026-02-02", "2026-09-01")


def test_silence_that_would_begin_after_the_end_is_never_looked_for() -> None:
    of = dossier(LETTER, MEETING, expires_on="2026-03-01")

    assert plan_of(CODE, of, "2025-10-01").replan_on is None


def test_signed_long_before_it_was_entered_it_counts_all_the_same() -> None:
    planned = found(CODE, dossier(signed_on="1984", expires_on=None), "2026-03-02")

    assert planned is not None
    assert (due_on(planned), planned.deadline.severity) == ("1986-12-31", "urgent")
    assert gaps(planned)["no_contact_yet"] == {"started_on": "1984", "n_months": "492"}


def test_thresholds_come_from_the_policy() -> None:
    soon = {"silent_after": Span(days=30), "cadence": Span(months=6)}

    planned = found(CODE, dossier(LETTER, MEETING), "2025-10-03", thresholds=soon)

    assert due_on(planned) == "2025-10-03"


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(dossier(), id="nothing recorded"),
        pytest.param(dossier(LETTER, MEETING), id="silence"),
        pytest.param(dossier(MEETING, make_activity("letter_out", "2026")), id="partial dates"),
        pytest.param(dossier(LETTER, auto_renew="1 year", expires_on="2024-05-31"), id="renewed"),
    ],
)
def test_plan_names_every_day_on_which_something_changes(of: Dossier) -> None:
    assert_seen_on_planned_days(CODE, of, "2025-10-01", "2028-12-31")
