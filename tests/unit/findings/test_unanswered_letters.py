"""PARTNER_SILENT and WE_ARE_SILENT: from which day a letter is unanswered, and what answers it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reminder.agreements import Activity, Dossier, Intention
from reminder.calendars import Span
from tests.factories import make_activity, make_agreement, make_dossier
from tests.findings import (
    assert_seen_on_planned_days,
    assert_told_and_closed,
    due_on,
    found,
    gaps,
    is_told,
)

OURS = make_activity("letter_out", "2026-01-16")
THEIRS = make_activity("letter_in", "2026-02-16")
PARTNER, WE = "PARTNER_SILENT", "WE_ARE_SILENT"


def dossier(*activities: Activity, **facts: Any) -> Dossier:
    return make_dossier(make_agreement(**{"expires_on": "2031", **facts}), activities=activities)


@pytest.mark.parametrize("answer", ["letter_in", "meeting", "visit", "exchange"])
def test_partner_is_silent_45_days_after_our_letter_until_heard_of(answer: str) -> None:
    before = dossier(OURS)
    after = dossier(OURS, make_activity(answer, "2026-03-02"))

    assert_told_and_closed(PARTNER, before, "2026-03-02", after)
    assert gaps(found(PARTNER, before, "2026-03-02")) == {
        "no_answer_from_partner": {"letter_on": "2026-01-16", "n_days": "45"}
    }


@pytest.mark.parametrize("answer", ["letter_out", "meeting", "visit", "exchange"])
def test_we_are_silent_14_days_after_their_letter_until_we_answer(answer: str) -> None:
    before = dossier(THEIRS)
    after = dossier(THEIRS, make_activity(answer, "2026-03-02"))

    assert_told_and_closed(WE, before, "2026-03-02", after)
    assert gaps(found(WE, before, "2026-03-02")) == {
        "no_answer_from_us": {"letter_on": "2026-02-16", "n_days": "14"}
    }


@pytest.mark.parametrize("type", ["ceremony", "other"])
def test_ceremony_answers_no_letter(type: str) -> None:
    more = make_activity(type, "2026-02-20")

    assert due_on(found(PARTNER, dossier(OURS, more), "2026-04-01")) == "2026-03-02"
    assert due_on(found(WE, dossier(THEIRS, more), "2026-04-01")) == "2026-03-02"


@pytest.mark.parametrize(
    ("activities", "partner", "we"),
    [
        pytest.param((OURS, make_activity("letter_out", "2026-02-27")), "2026-03-02", "",
                     id="a second letter does not start the count again"),
        pytest.param((OURS, make_activity("meeting", "2026-01-16")), "", "",
                     id="a meeting on the same day answers"),
        pytest.param((OURS, make_activity("meeting", "2026-01-15")), "2026-03-02", "",
                     id="a meeting on the day before does not"),
        pytest.param((OURS, make_activity("letter_in", "2026-01")), "", "",
                     id="where a partial date leaves open who wrote last, nobody is blamed"),
        pytest.param((make_activity("letter_out", "2026-01"),), "2026-03-17", "",
                     id="a letter of a month counts from its last day"),
        pytest.param((OURS, THEIRS), "", "2026-03-02", id="answered, and now it is our turn"),
        pytest.param((THEIRS, make_activity("letter_out", "2026-02-16")), "", "",
                     id="letters of one day answer each other"),
        pytest.param((make_activity("letter_out", "2025-03-03"), make_activity("visit", "2025-04"),
                      make_activity("letter_out", "2026-01-02"), OURS), "2026-02-16", "",
                     id="the oldest since the last answer"),
        pytest.param((make_activity("letter_out", "2026-04-06"),), "", "",
                     id="a letter of tomorrow is none yet"),
        pytest.param((OURS, make_activity("letter_in", "2026-04-06")), "2026-03-02", "",
                     id="an answer of tomorrow is none yet"),
        pytest.param((), "", "", id="no letters"),
    ],
)  # fmt: skip
def test_oldest_letter_after_the_last_answer_counts(
    activities: tuple[Activity, ...], partner: str, we: str
) -> None:
    of = dossier(*activities)

    assert due_on(found(PARTNER, of, "2026-04-05")) == partner
    assert due_on(found(WE, of, "2026-04-05")) == we


def test_letters_before_the_signing_are_asked_for_too() -> None:
    unsigned = {"signed_on": None, "expires_on": None}

    assert is_told(found(PARTNER, dossier(OURS, **unsigned), "2026-03-02"), "2026-03-02")
    assert is_told(found(WE, dossier(THEIRS, **unsigned), "2026-03-02"), "2026-03-02")


@pytest.mark.parametrize(
    ("facts", "partner", "we"),
    [
        pytest.param({"status": "dormant"}, False, True, id="dormant: but their letter wakes it"),
        pytest.param({"status": "not_renewing"}, True, True, id="it is let end"),
        pytest.param({"expires_on": "2026-01-31"}, True, True, id="letters about its renewal"),
        pytest.param({"status": "terminated"}, False, False, id="terminated"),
        pytest.param({"status": "replaced"}, False, False, id="replaced"),
    ],
)
def test_status_says_whether_letters_are_still_answered(
    facts: dict[str, Any], partner: bool, we: bool
) -> None:
    assert (found(PARTNER, dossier(OURS, **facts), "2026-03-02") is not None) is partner
    assert (found(WE, dossier(THEIRS, **facts), "2026-03-02") is not None) is we


def test_answer_may_be_recorded_with_the_renewal_but_its_letters_are_its_own() -> None:
    answer = make_activity("letter_in", "2026-02-16", agreement="B")
    of = replace(dossier(OURS), intended=(Intention("B", activities=(answer,)),))

    assert found(PARTNER, of, "2026-03-02") is None
    assert found(WE, of, "2026-03-02") is None


def test_lengths_come_from_the_policy() -> None:
    week = {"answer_within": Span(days=7)}

    assert due_on(found(WE, dossier(THEIRS), "2026-02-23", thresholds=week)) == "2026-02-23"
    assert gaps(found(WE, dossier(THEIRS), "2026-02-23", thresholds=week)) == {
        "no_answer_from_us": {"letter_on": "2026-02-16", "n_days": "7"}
    }


@pytest.mark.parametrize("code", [PARTNER, WE])
def test_plan_names_every_day_on_which_something_changes(code: str) -> None:
    ahead = (make_activity("letter_out", "2026-05-01"), make_activity("letter_in", "2026-07-01"))
    of = dossier(OURS, THEIRS, *ahead, make_activity("meeting", "2026-09"))

    assert_seen_on_planned_days(code, of, "2026-01-02", "2026-12-31")
