"""Lead times: how they are written, on which day they are reached, which is more urgent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.calendars import Due, PartialDate, WorkCalendar
from reminder.lead_times import LeadTime, Repeat, Schedule, parse_lead_times
from tests.factories import make_calendar

PLAIN = make_calendar()


def reached_on(code: str, due: str, calendar: WorkCalendar = PLAIN) -> date:
    return LeadTime.parse(code).day(Due.of(PartialDate.parse(due)), calendar)


@pytest.mark.parametrize("code", ["H", "H-1", "H-540", "H+1", "H+180", "HK-5", "HK+10", "H-3650"])
def test_code_is_read_and_written_alike(code: str) -> None:
    assert LeadTime.parse(code).code == code


def test_leading_zeros_are_the_same_lead_time() -> None:
    assert LeadTime.parse("H-030") == LeadTime.parse("H-30")


@pytest.mark.parametrize(
    "code",
    [
        "", "h-30", "H-", "H30", "H -30", "H-3 bulan", "H-0", "H+0", "HK", "HK-0", "K-5", "H-9999",
        "H-30 ", "H--30", "H-٣", "H-x", "H\n",
    ],
)  # fmt: skip
def test_other_text_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r"H|days"):
        LeadTime.parse(code)


def test_repeated_lead_time_is_refused_in_whatever_spelling() -> None:
    with pytest.raises(ValueError, match="twice"):
        parse_lead_times(["H-30", "H-030"])


def test_h_30_on_a_sunday_after_a_joint_leave_day_is_told_on_thursday_2026_05_28() -> None:
    # 2026-06-30 minus 30 days is Sunday 31 May; Saturday before it, and Friday 29 is joint leave.
    calendar = make_calendar("2026-05-29")

    assert date(2026, 5, 31).strftime("%A") == "Sunday"
    assert reached_on("H-30", "2026-06-30", calendar) == date(2026, 5, 28)


def test_expiry_of_2024_is_warned_from_its_first_day_and_overdue_from_its_last() -> None:
    assert reached_on("H-30", "2024") == date(2023, 12, 1)  # a Saturday: 2 December 2023
    assert reached_on("H", "2024") == date(2024, 1, 1)
    assert reached_on("HK-1", "2024") == date(2023, 12, 29)
    assert reached_on("H+1", "2024") == date(2025, 1, 1)
    assert reached_on("HK+1", "2024") == date(2025, 1, 1)


# Sunday 31 May 2026 with a free Friday before it and a free Monday after it.
LONG = make_calendar("2026-05-29", "2026-06-01")


@pytest.mark.parametrize(
    ("code", "due", "expected"),
    [
        pytest.param("H-7", "2026-06-08", "2026-05-28", id="H-7 on a day off goes back"),
        pytest.param("H", "2026-05-31", "2026-05-28", id="H on a day off goes back"),
        pytest.param("H+1", "2026-05-29", "2026-06-02", id="H+1 on a day off goes on"),
        pytest.param("H+2", "2026-05-29", "2026-06-02", id="H+2 goes to the same day"),
        pytest.param("H-7", "2026-06-10", "2026-06-03", id="a working day stays"),
        pytest.param("HK-1", "2026-06-02", "2026-05-28", id="HK-1 leaves days off out"),
        pytest.param("HK+1", "2026-05-28", "2026-06-02", id="HK+1 leaves days off out"),
        pytest.param("HK-1", "2026-05-31", "2026-05-28", id="HK-1 from a day off: 1st before"),
        pytest.param("HK+1", "2026-05-31", "2026-06-02", id="HK+1 from a day off: 1st after"),
        pytest.param("HK-2", "2026-05-31", "2026-05-27", id="HK-2 from a day off: 2nd before"),
        pytest.param("HK+2", "2026-05-28", "2026-06-03", id="HK+2: the due date is not counted"),
    ],
)
def test_day_of_a_lead_time(code: str, due: str, expected: str) -> None:
    assert reached_on(code, due, LONG) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("due", "from_least_to_most_urgent"),
    [
        pytest.param("2026-06-30", "H-90 H-30 H-7 H H+1 H+30", id="later days are more urgent"),
        pytest.param("2026-05-31", "H-1 H", id="both on Thursday: H is nearer"),
        pytest.param("2026-06-01", "H-2 H-1 H", id="three on Thursday: H is nearest"),
        pytest.param("2026-05-29", "H H+1 H+2", id="H+1 and H+2 on Tuesday: H+2 is further past"),
        pytest.param("2026-06-05", "H-4 H-3 H-1", id="H-4 on Thursday, H-3 on Tuesday"),
        pytest.param("2026-06-04", "HK-3 H-5", id="both on Thursday: H-5 falls nearer to the day"),
        pytest.param("2026-05-29", "HK+1 H+4 HK+3", id="after the due date by its day"),
        pytest.param("2026", "H-30 H H+1", id="a partial date: its last day comes last"),
    ],
)
def test_later_day_is_more_urgent_and_on_one_day_the_nearer_or_further_past(
    due: str, from_least_to_most_urgent: str
) -> None:
    leads = parse_lead_times(from_least_to_most_urgent.split())
    when = Due.of(PartialDate.parse(due))

    shuffled = list(reversed(leads))
    by_urgency = sorted(shuffled, key=lambda lead: lead.urgency(when, LONG))
    assert [lead.code for lead in by_urgency] == from_least_to_most_urgent.split()


@given(
    st.dates(date(2024, 6, 1), date(2027, 12, 31)),
    st.integers(-400, 400),
    st.sets(st.dates(date(2023, 1, 1), date(2029, 12, 31)), max_size=60),
)
def test_warning_is_never_later_and_lateness_never_earlier_than_its_nominal_day(
    due: date, offset: int, days_off: set[date]
) -> None:
    calendar = WorkCalendar(dict.fromkeys(days_off, "libur"))
    lead = LeadTime(offset)
    moved, nominal = lead.day(Due.of(due), calendar), lead.nominal_day(Due.of(due), calendar)

    assert not calendar.is_day_off(moved)
    assert moved >= nominal if offset > 0 else moved <= nominal


def _codes(leads: tuple[LeadTime, ...]) -> list[str]:
    return [lead.code for lead in leads]


@pytest.mark.parametrize(
    ("lead_times", "every", "until", "added"),
    [
        pytest.param("H-30 H", 30, "H+90", ["H+30", "H+60", "H+90"], id="every 30 until H+90"),
        pytest.param("H-30 H+1", 30, "H+70", ["H+30", "H+60"], id="until between two"),
        pytest.param("H-30 H+30", 30, "H+90", ["H+60", "H+90"], id="only after the last one"),
        pytest.param("H-30 H+45", 30, "H+90", ["H+60", "H+90"], id="the last one between two"),
        pytest.param("H-30", 30, "H+30", ["H+30"], id="from the due date, not the last one"),
        pytest.param("H+200", 30, "H+180", [], id="nothing after the last one"),
        pytest.param("H", 1, "H+3", ["H+1", "H+2", "H+3"], id="each day"),
    ],
)
def test_repeat_adds_lead_times_after_the_last(
    lead_times: str, every: int, until: str, added: list[str]
) -> None:
    listed = parse_lead_times(lead_times.split())
    schedule = replace(Schedule(listed), repeat=Repeat(every, LeadTime.parse(until)))

    assert _codes(schedule.all()) == [*lead_times.split(), *added]
