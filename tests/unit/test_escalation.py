"""Escalation: which level is told, counted in working days without pauses and days off.

The first notice left on Thursday 2026-03-12. Then come Nyepi, Idul Fitri and the joint leave
around it: from Wednesday 18 to Tuesday 24 March nobody works.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reminder.calendars import WorkCalendar
from reminder.escalation import (
    Answer,
    Course,
    Escalation,
    Pause,
    Told,
    escalates_next,
    next_escalation,
    pauses_of,
)
from reminder.rules import EscalationStep
from reminder.skips import SkipReason
from tests.factories import make_calendar, make_rule

OFFICER, HEAD = "petugas@biro.example.go.id", "kepala@biro.example.go.id"
SENT = date(2026, 3, 12)
LEAVE = ("2026-03-18", "2026-03-19", "2026-03-20", "2026-03-23", "2026-03-24", "2026-04-03")
CALENDAR = make_calendar(*LEAVE)
STEPS = (EscalationStep(5, ("head",)), EscalationStep(10, ("secretary",)))


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def told(level: int = 0, sent: str = "03-12", **changes: bool) -> Told:
    on = day(sent)
    waits = changes.get("waits", False)
    lost = changes.get("lost", False)
    return Told(HEAD if level else OFFICER, level, on, None if waits or lost else on, waits)


def course(*notices: Told, pauses: tuple[Pause, ...] = ()) -> Course:
    return Course(notices or (told(),), pauses)


def acknowledged(first: str, until: str) -> Pause:
    return Pause(day(first), day(until), SkipReason.ACKNOWLEDGED)


def on(
    today: str, level: int = 0, so_far: Course | None = None, calendar: WorkCalendar = CALENDAR
) -> Escalation | None:
    return next_escalation(STEPS, level, so_far or course(), calendar, day(today))


def due_on(level: int, so_far: Course, first: str = "03-12", last: str = "06-30") -> str:
    """The first day on which a run tells the next level, where one runs every day."""
    today = day(first)
    while today <= day(last):
        found = next_escalation(STEPS, level, so_far, CALENDAR, today)
        if found is not None and found.is_due(today):
            return today.isoformat()[5:]
        today += timedelta(days=1)
    return ""


def test_head_is_told_on_the_fifth_working_day_across_a_week_of_joint_leave() -> None:
    assert due_on(0, course()) == "03-26"
    assert due_on(0, Course((told(),)), last="03-25") == ""


def test_secretary_is_told_on_the_tenth() -> None:
    assert due_on(1, course(told(), told(1, "03-26"))) == "04-02"


def test_nobody_is_left_after_the_last_level() -> None:
    assert on("05-04", 2, course(told(), told(1, "03-26"))) is None
    assert next_escalation((), 0, course(), CALENDAR, SENT) is None


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        pytest.param((acknowledged("03-25", "04-08"),), "04-09",
                     id="acknowledged on the fourth: day 4 and 5 are counted when it lapses"),
        pytest.param((acknowledged("03-26", "04-09"),), "04-09",
                     id="acknowledged on the fifth, before the run: told the day it lapses"),
        pytest.param((acknowledged("03-12", "03-26"),), "04-01",
                     id="acknowledged on the day of the notice: all five are counted afterwards"),
        pytest.param((acknowledged("03-13", "03-16"), acknowledged("03-25", "03-26")), "03-30",
                     id="acknowledged twice: both are left out"),
        pytest.param((Pause(day("03-25"), day("04-01"), SkipReason.SNOOZED),), "04-02",
                     id="snoozed on the fourth: day 4 is the day on which the snooze ends"),
        pytest.param((acknowledged("03-25", "04-04"),), "04-07",
                     id="lapses on a Saturday: day 4 is the Monday"),
    ],
)  # fmt: skip
def test_days_of_a_pause_do_not_count_and_counting_goes_on_where_it_stopped(
    pauses: tuple[Pause, ...], expected: str
) -> None:
    assert due_on(0, course(pauses=pauses)) == expected


def test_lapse_resumes_at_the_level_that_was_reached() -> None:
    after_head = (told(), told(1, "03-26"))
    answered = course(*after_head, pauses=(acknowledged("03-31", "04-14"),))
    assert due_on(1, answered) == "04-16", "7 of 10 days were over; 14, 15 and 16 April are left"


def test_reason_is_named_only_on_a_day_whose_level_was_due() -> None:
    pause = acknowledged("03-25", "04-08")
    early = on("03-25", so_far=course(pauses=(pause,)))
    held = on("03-26", so_far=course(pauses=(pause,)))
    after = on("04-08", so_far=course(pauses=(pause,)))
    assert early == Escalation(1, day("04-09"))
    assert held == Escalation(1, day("04-09"), held_back=SkipReason.ACKNOWLEDGED)
    assert after == Escalation(1, day("04-09"))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param("03-21", "03-26", id="before it is due"),
        pytest.param("03-28", "03-30", id="a Saturday"),
        pytest.param("04-03", "04-06", id="Good Friday"),
    ],
)
def test_nobody_is_told_on_a_day_off(today: str, expected: str) -> None:
    found = on(today)
    assert found == Escalation(1, day(expected))
    assert not found.is_due(day(today))


def test_last_level_is_not_spent_on_a_day_off_either() -> None:
    found = on("04-04", 1, course(told(), told(1, "03-26")))
    assert found == Escalation(2, day("04-06"))


def test_after_a_downtime_the_lowest_level_comes_first_and_the_next_a_working_day_later() -> None:
    found = on("05-04")
    assert found is not None
    assert (found.level, found.is_due(day("05-04"))) == (1, True)
    so_far = course(told(), told(1, "05-04"))
    assert on("05-04", 1, so_far) == Escalation(2, day("05-05"))
    assert due_on(1, so_far, first="05-04") == "05-05"


def test_level_told_on_a_friday_leaves_the_weekend_free() -> None:
    so_far = course(told(), told(1, "05-08"))
    assert due_on(1, so_far, first="05-08") == "05-11"


@pytest.mark.parametrize(
    ("level", "so_far"),
    [
        pytest.param(0, Course(), id="no notice at all"),
        pytest.param(0, course(told(waits=True)), id="the officer's mail has not left"),
        pytest.param(0, course(told(lost=True)), id="it was refused, and nobody was told instead"),
        pytest.param(1, course(told(), told(1, "04-06", waits=True)), id="the head's has not left"),
    ],
)
def test_nobody_is_told_before_those_before_have_their_mail(level: int, so_far: Course) -> None:
    found = on("05-08", level, so_far)
    assert found == Escalation(level + 1, day("05-11"), waits_for_mail=True)
    assert not found.is_due(day("05-11")), "on that day it is looked at again"


def test_days_count_from_the_mail_that_arrived_in_the_place_of_one_that_did_not() -> None:
    so_far = course(told(lost=True), told(sent="03-16"))
    assert due_on(0, so_far) == "03-30"


def test_level_whose_mails_all_failed_does_not_end_the_matter() -> None:
    so_far = course(told(), told(1, "03-26", lost=True))
    assert due_on(1, so_far) == "04-02"


def test_level_that_nobody_holds_is_passed_over() -> None:
    assert due_on(1, course(told())) == "04-02"


def test_notice_that_came_back_after_the_head_was_told_does_not_begin_all_over() -> None:
    so_far = course(told(lost=True), told(1, "03-26"))
    assert due_on(1, so_far) == "04-10", "the tenth working day after the head was told"


def test_later_notices_change_nothing() -> None:
    so_far = course(told(), told(sent="03-25"), told(sent="03-26"))
    assert due_on(0, so_far) == "03-26"


def test_later_snooze_takes_the_place_of_the_one_before() -> None:
    answers = [
        Answer("snooze", day("03-12"), day("05-12")),
        Answer("acknowledge", day("03-13"), day("03-27")),
        Answer("snooze", day("03-16"), day("03-17")),
    ]
    assert [(one.first, one.until) for one in pauses_of(answers)] == [
        (day("03-12"), day("03-16")),
        (day("03-13"), day("03-27")),
        (day("03-16"), day("03-17")),
    ]


def test_hand_over_ends_what_the_old_owner_answered() -> None:
    answers = [
        Answer("acknowledge", day("03-12"), day("03-26")),
        Answer("handover", day("03-16")),
        Answer("decide", day("03-17"), day("03-31")),
    ]
    assert pauses_of(answers) == (acknowledged("03-17", "03-31"),)


RULE = make_rule(escalate=STEPS)


@pytest.mark.parametrize(
    ("level", "so_far", "today", "expected"),
    [
        pytest.param(0, Course(), "03-12", "head 03-26", id="the first notice itself"),
        pytest.param(0, course(told(waits=True)), "03-12", "head 03-26", id="that waits to leave"),
        pytest.param(0, course(), "03-16", "head 03-26", id="a later one: counted from the first"),
        pytest.param(0, course(pauses=(acknowledged("03-16", "03-30"),)), "03-16", "head 04-02",
                     id="acknowledged"),
        pytest.param(1, course(), "03-26", "secretary 04-02", id="the mail to the head itself"),
        pytest.param(1, course(told(), told(1, "03-26")), "04-01", "secretary 04-02",
                     id="a later one to officer and head"),
        pytest.param(2, course(), "05-04", "", id="everybody has been told"),
    ],
)  # fmt: skip
def test_mail_says_who_is_told_next_and_when(
    level: int, so_far: Course, today: str, expected: str
) -> None:
    found = escalates_next(RULE, level, so_far, CALENDAR, day(today))
    assert (f"{found.role} {found.on:%m-%d}" if found else "") == expected
