"""The due rule, sentence by sentence. Due 2026-06-30, a Tuesday, unless a test says otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.calendars import Due, PartialDate, WorkCalendar
from reminder.lead_times import LeadTime, parse_lead_times
from reminder.occurrences import Decision, Timetable, Timetables
from tests.factories import make_calendar, make_rule

PLAIN = make_calendar()
SERIES = "H-90 H-30 H-7 H H+7"


def timetable(
    codes: str = SERIES, due: str = "2026-06-30", calendar: WorkCalendar = PLAIN
) -> Timetable:
    return Timetable(Due.of(PartialDate.parse(due)), parse_lead_times(codes.split()), calendar)


def decide(table: Timetable, today: str, told: str = "") -> Decision:
    return table.decide(LeadTime.parse(told) if told else None, date.fromisoformat(today))


def fired(decision: Decision) -> str:
    return decision.occurrence.lead_time.code if decision.occurrence else ""


def skipped(decision: Decision) -> list[str]:
    return [lead.code for lead in decision.superseded]


@pytest.mark.parametrize(
    ("today", "told", "fires", "superseded", "next_on"),
    [
        pytest.param("2026-03-31", "", "", "", "2026-04-01", id="the day before H-90: nothing"),
        pytest.param("2026-04-01", "", "H-90", "", "2026-05-29", id="H-90 on its day"),
        pytest.param("2026-04-02", "", "H-90", "", "2026-05-29", id="H-90 a day late"),
        pytest.param("2026-05-28", "", "H-90", "", "2026-05-29", id="H-90 until H-30 is reached"),
        pytest.param("2026-05-29", "", "H-30", "H-90", "2026-06-23",
                     id="H-30 (a Sunday) on Friday: H-90 is superseded"),
        pytest.param("2026-04-01", "H-90", "", "", "2026-05-29", id="told once, not twice"),
        pytest.param("2026-05-31", "H-90", "H-30", "", "2026-06-23", id="told less urgently"),
        pytest.param("2026-06-30", "H-90", "H", "H-30 H-7", "2026-07-07",
                     id="three weeks of downtime: one, and two superseded"),
        pytest.param("2026-12-31", "", "H+7", "H-90 H-30 H-7 H", None,
                     id="entered late: the most urgent reached goes out"),
        pytest.param("2026-12-31", "H+7", "", "", None, id="after the last one: never again"),
        pytest.param("2026-05-30", "H-7", "", "", "2026-06-30",
                     id="the clock stepped back: nothing, and H is next"),
        pytest.param("2026-01-01", "H", "", "", "2026-07-07", id="stepped back by half a year"),
    ],
)  # fmt: skip
def test_most_urgent_reached_lead_time_fires_once(
    today: str, told: str, fires: str, superseded: str, next_on: str | None
) -> None:
    decision = decide(timetable(), today, told)

    assert fired(decision) == fires
    assert skipped(decision) == superseded.split()
    assert decision.next_on == (date.fromisoformat(next_on) if next_on else None)


@pytest.mark.parametrize(
    ("codes", "today", "told", "fires"),
    [
        pytest.param("H-45", "2026-05-20", "H-30", "", id="H-30 told, now H-45: nothing"),
        pytest.param("H-45", "2026-05-20", "", "H-45", id="not told yet, 41 days left: H-45"),
        pytest.param("H-45 H-7", "2026-06-25", "H-30", "H-7", id="H-30 told: H-7 is more urgent"),
        pytest.param("H-20", "2026-06-15", "H-30", "H-20", id="H-30 told, now H-20: H-20 is new"),
        pytest.param("H-7 H", "2026-07-10", "H+7", "", id="a lead time of no rule is a bound too"),
        pytest.param("HK-5", "2026-06-24", "H-7", "",
                     id="HK-5 and H-7 both fall on 2026-06-23: told"),
    ],
)  # fmt: skip
def test_changed_lead_times_send_only_what_was_not_yet_told(
    codes: str, today: str, told: str, fires: str
) -> None:
    assert fired(decide(timetable(codes), today, told)) == fires


def test_two_lead_times_on_one_day_fire_once_by_the_nearer() -> None:
    # Sunday 2026-05-31: H-1 and H both fall on Friday.
    table = timetable("H-1 H", "2026-05-31")
    decision = decide(table, "2026-05-29")

    assert (fired(decision), skipped(decision)) == ("H", ["H-1"])
    assert decision.next_on is None
    assert fired(decide(table, "2026-05-29", "H-1")) == "H"
    assert fired(decide(table, "2026-05-29", "H")) == ""


def test_two_lead_times_after_the_due_date_on_one_day_fire_by_the_further_past() -> None:
    # Friday 2026-05-29: H+1 and H+2 both fall on Monday 2026-06-01.
    decision = decide(timetable("H+1 H+2", "2026-05-29"), "2026-06-01")

    assert (fired(decision), skipped(decision)) == ("H+2", ["H+1"])


def test_partial_date_counts_warnings_from_its_first_and_lateness_from_its_last_day() -> None:
    table = timetable("H-30 H H+1", "2024")

    assert fired(decide(table, "2023-11-30")) == ""
    assert fired(decide(table, "2023-12-01")) == "H-30"
    assert fired(decide(table, "2024-01-01", "H-30")) == "H"
    assert fired(decide(table, "2024-12-31", "H")) == ""
    assert fired(decide(table, "2025-01-01", "H")) == "H+1"


def test_order_of_lead_times_in_the_file_does_not_matter() -> None:
    forward, backward = timetable("H-90 H-30 H"), timetable("H H-30 H-90")

    for today in ("2026-04-01", "2026-05-29", "2026-06-30"):
        assert decide(forward, today) == decide(backward, today)


@pytest.mark.parametrize(
    ("told", "first"),
    [
        pytest.param("", "2026-04-01", id="nothing told: the first"),
        pytest.param("H-90", "2026-05-29", id="H-90 told: H-30, reached or not"),
        pytest.param("H+7", None, id="all told"),
        pytest.param("H-60", "2026-05-29", id="a lead time of no rule told: the next one"),
    ],
)
def test_first_day_on_which_anything_can_fire(told: str, first: str | None) -> None:
    day = timetable().first_day_after(LeadTime.parse(told) if told else None)

    assert day == (date.fromisoformat(first) if first else None)


def test_repeat_fires_every_30_days_after_the_last_lead_time_until_h_180() -> None:
    rule = make_rule(lead_times="H-30 H+1", repeat="30 H+180")
    table = Timetable(Due.of(date(2026, 6, 30)), rule.schedule.all(), PLAIN)
    told, codes = "H-30", []
    for ordinal in range(date(2026, 6, 30).toordinal(), date(2027, 6, 30).toordinal()):
        decision = table.decide(LeadTime.parse(told), date.fromordinal(ordinal))
        if decision.occurrence:
            told = decision.occurrence.lead_time.code
            codes.append(told)

    assert codes == ["H+1", "H+30", "H+60", "H+90", "H+120", "H+150", "H+180"]


def test_repeat_after_lead_times_in_working_days_adds_only_what_lies_after_the_last() -> None:
    # HK+25 after 2026-06-30 is 2026-08-04: later than H+30, earlier than H+60.
    rule = make_rule(lead_times="H-30 HK+25", repeat="30 H+90")
    timetables = Timetables(PLAIN)
    table = timetables.of(Due.of(date(2026, 6, 30)), rule.schedule)
    told, codes = "H-30", []
    for ordinal in range(date(2026, 6, 30).toordinal(), date(2027, 6, 30).toordinal()):
        decision = table.decide(LeadTime.parse(told), date.fromordinal(ordinal))
        if decision.occurrence:
            told = decision.occurrence.lead_time.code
            codes.append(told)

    assert codes == ["HK+25", "H+60", "H+90"]


LEADS = st.lists(
    st.builds(
        lambda number, working: LeadTime(number, working and number != 0),
        st.integers(-40, 40),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique=True,
)


@given(
    leads=LEADS,
    due=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    days_off=st.sets(st.dates(date(2025, 10, 1), date(2027, 3, 1)), max_size=40),
    scanned=st.sets(st.integers(-90, 90)),
)
def test_any_split_of_the_days_into_scans_ends_at_the_same_lead_time_and_tells_none_twice(
    leads: list[LeadTime], due: date, days_off: set[date], scanned: set[int]
) -> None:
    table = Timetable(Due.of(due), leads, WorkCalendar(dict.fromkeys(days_off, "libur")))
    told: LeadTime | None = None
    seen: list[LeadTime] = []
    for offset in [*sorted(scanned), 120]:
        decision = table.decide(told, date.fromordinal(due.toordinal() + offset))
        seen.extend(decision.superseded)
        if decision.occurrence is not None:
            told = decision.occurrence.lead_time
            seen.append(told)
        again = table.decide(told, date.fromordinal(due.toordinal() + offset))
        assert again.occurrence is None
        assert again.superseded == ()
        assert again.next_on == decision.next_on == table.first_day_after(told)

    assert sorted(seen, key=lambda lead: lead.code) == sorted(leads, key=lambda lead: lead.code)
    everything = table.decide(None, date.fromordinal(due.toordinal() + 120))
    assert everything.occurrence is not None
    assert told == everything.occurrence.lead_time
