"""The scan on both databases: what it makes, what stops it, and that a second one does nothing.

The agreement of the factory is due on Sunday 2026-05-31; H-90 is Monday 2 March.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from reminder.calendars import PartialDate
from reminder.storage import tables
from reminder.storage.deadlines import load_stored
from tests.factories import (
    make_agreement,
    make_bureau,
    make_calendar,
    make_contact,
    make_follow_up,
    make_opt_out,
    make_rule,
    make_step,
)
from tests.stored import World, at, make_office, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

REF = "KSDPL/2021/001"
EXPIRY = make_rule(lead_times="H-90 H-30 H H+7")
RULES = (
    EXPIRY,
    make_rule("report", deadline="report", lead_times="H-30 H"),
    make_rule("step", deadline="step", lead_times="H-7 H"),
    make_rule("follow-up", deadline="follow_up", lead_times="H-7 H"),
)
MARCH_2, MAY_1, MAY_29 = date(2026, 3, 2), date(2026, 5, 1), date(2026, 5, 29)


@pytest.fixture
def world(database: Database) -> World:
    made = World(database, make_policy(*RULES))
    made.put(*make_office())
    return made


def test_due_deadline_becomes_a_notice_in_a_message_that_waits_to_leave(world: World) -> None:
    world.put(make_agreement())
    report = world.scan("2026-03-02")

    assert (report.notices, report.messages, report.skips) == (1, 1, 0)
    assert world.notices(
        "agreement", "lead_time", "role", "recipient", "epoch", "due_on", "made_on"
    ) == [(REF, "H-90", "officer", "petugas@biro.example.go.id", 1, date(2026, 5, 31), MARCH_2)]
    assert world.messages("kind", "state", "recipient", "language", "timezone", "planned_on") == [
        ("notice", "pending", "petugas@biro.example.go.id", "id", "Asia/Jakarta", MARCH_2)
    ]
    assert world.rows(tables.deadlines, "told", "next_on") == [("H-90", MAY_1)]


def test_second_scan_changes_nothing(world: World) -> None:
    world.put(
        make_agreement(report_cycle="semester", entered_on="2026-01-02"),
        make_step("rencana_kerja", due_on="2026-03-04"),
        make_follow_up(due_on="2026-03-04"),
        make_opt_out("report"),
    )
    first = world.scan("2026-03-02")
    before = world.everything()
    second = world.scan("2026-03-02")

    assert (first.notices, first.skips) == (2, 2)
    assert (second.planned, second.due, second.notices, second.messages) == (0, 0, 0, 0)
    assert world.everything() == before


def test_two_scans_at_once_make_each_notice_once(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number:03}") for number in range(60)))
    world.put(*(make_contact(f"b{number}@example.go.id", role="head") for number in range(2)))
    world.policy = make_policy(replace(EXPIRY, cc=("head",)))
    with ThreadPoolExecutor(2) as pool:
        for finished in [pool.submit(world.scan, "2026-03-02") for _ in range(2)]:
            finished.result()
    world.scan("2026-03-02")

    notices = world.notices("agreement", "recipient", "message_id")
    assert len(notices) == 60 * 3
    assert len({(agreement, recipient) for agreement, recipient, _ in notices}) == 60 * 3
    # Nor is there a message that nothing is in.
    waiting = world.rows(tables.messages, "message_id", "state")
    pending = {message_id for message_id, state in waiting if state == "pending"}
    assert pending == {message_id for *_, message_id in notices}
    assert world.rows(tables.put_offs, "agreement") == []


def test_scans_at_once_after_a_redating_tell_the_new_date_once(world: World) -> None:
    refs = [f"KSD/{number:03}" for number in range(40)]
    world.put(*(make_agreement(ref) for ref in refs))
    world.scan("2026-03-02")
    world.put(*(make_agreement(ref, expires_on="2026-06-02") for ref in refs))
    with ThreadPoolExecutor(3) as pool:
        for finished in [pool.submit(world.scan, "2026-03-04") for _ in range(3)]:
            finished.result()
    world.scan("2026-03-04")

    told = world.notices("agreement", "epoch", "message_id", "stop_reason")
    assert sorted((ref, epoch) for ref, epoch, *_ in told) == sorted(
        (ref, epoch) for ref in refs for epoch in (1, 2)
    )
    live = {message_id for _, _, message_id, stopped in told if not stopped}
    pending = [one for one, state in world.rows(tables.messages, "message_id", "state")
               if state == "pending"]  # fmt: skip
    assert set(pending) == live


@pytest.mark.parametrize(
    ("days", "told", "superseded"),
    [
        pytest.param(["2026-03-01"], [], [], id="the day before: nothing"),
        pytest.param(["2026-03-02", "2026-03-03", "2026-04-01"], [("H-90", MARCH_2)], [],
                     id="once"),
        pytest.param(["2026-03-02", "2026-05-01", "2026-05-29", "2026-06-08"],
                     [("H-90", MARCH_2), ("H-30", MAY_1), ("H", MAY_29),
                      ("H+7", date(2026, 6, 8))], [], id="each on its working day"),
        pytest.param(["2026-03-02", "2026-06-09"], [("H-90", MARCH_2),
                      ("H+7", date(2026, 6, 9))], ["H-30", "H"],
                     id="three months of downtime: one mail, two superseded"),
        pytest.param(["2026-05-29", "2026-03-02", "2026-05-01", "2026-05-29"], [("H", MAY_29)],
                     ["H-90", "H-30"], id="the clock stepped back: nothing is repeated"),
    ],
)  # fmt: skip
def test_most_urgent_reached_lead_time_is_told_once(
    world: World, days: list[str], told: list[tuple[str, date]], superseded: list[str]
) -> None:
    world.put(make_agreement())
    world.plan("2026-01-15")
    for day in days:
        world.scan(day)

    assert world.notices("lead_time", "made_on") == told
    assert [(code, reason) for code, reason, _ in world.skips()] == [
        (code, "superseded") for code in superseded
    ]


def test_bureau_in_jayapura_at_00_30_is_a_day_ahead_of_jakarta(world: World) -> None:
    # 2026-03-01 15:30 UTC is 00:30 of Monday 2 March in Jayapura, 22:30 of Sunday in Jakarta.
    now = at("2026-03-02", "00:30", "Asia/Jayapura")
    assert now == datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    world.put(
        make_bureau("B-91", timezone="Asia/Jayapura"),
        make_contact("papua@biro.example.go.id", bureau="B-91"),
        make_agreement("PAPUA", bureau="B-91"),
        make_agreement("JAWA"),
    )
    world.scan(now)

    assert world.notices() == [("PAPUA", "H-90", date(2026, 3, 2))]
    assert world.messages("timezone", "next_try_at") == [
        ("Asia/Jayapura", at("2026-03-02", "08:00", "Asia/Jayapura"))
    ]
    world.scan(at("2026-03-02", "00:30"))
    assert world.notices()[1:] == [("JAWA", "H-90", date(2026, 3, 2))]


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        pytest.param(at("2026-03-02", "09:00"), at("2026-03-02", "09:00"), id="inside: at once"),
        pytest.param(at("2026-03-02", "07:59"), at("2026-03-02", "08:00"), id="before it opens"),
        pytest.param(at("2026-03-02", "15:30"), at("2026-03-03", "08:00"), id="after it closed"),
        pytest.param(at("2026-03-06", "16:00"), at("2026-03-09", "08:00"), id="Friday evening"),
        pytest.param(at("2026-03-18", "16:00"), at("2026-03-23", "08:00"),
                     id="before two holidays and a weekend"),
    ],
)  # fmt: skip
def test_message_leaves_when_the_send_window_of_its_bureau_is_open(
    world: World, now: datetime, leaves: datetime
) -> None:
    calendar = make_calendar("2026-03-19", "2026-03-20")
    world.policy = make_policy(EXPIRY, calendar=calendar)
    world.put(make_agreement())
    world.scan(now)

    assert world.rows(tables.messages, "next_try_at") == [(leaves,)]


def test_h_30_on_a_sunday_after_a_joint_leave_day_is_told_on_thursday_2026_05_28(
    world: World,
) -> None:
    world.policy = make_policy(make_rule(lead_times="H-30"), calendar=make_calendar("2026-05-29"))
    world.put(make_agreement(expires_on="2026-06-30"))
    world.scan("2026-05-27")
    before = world.notices()
    world.scan("2026-05-28")

    assert before == []
    assert world.notices() == [(REF, "H-30", date(2026, 5, 28))]


def test_expiry_of_2024_is_warned_in_december_2023_and_overdue_in_january_2025(
    world: World,
) -> None:
    world.put(make_agreement(expires_on="2024", entered_on="2023-01-02"))
    for day in ("2023-10-03", "2023-12-01", "2024-01-01", "2024-12-31", "2025-01-06", "2025-01-07"):
        world.scan(day)

    assert world.notices("lead_time", "due_on", "due_text", "made_on") == [
        ("H-90", date(2024, 1, 1), "2024", date(2023, 10, 3)),
        ("H-30", date(2024, 1, 1), "2024", date(2023, 12, 1)),
        ("H", date(2024, 1, 1), "2024", date(2024, 1, 1)),
        ("H+7", date(2024, 1, 1), "2024", date(2025, 1, 7)),
    ]


def test_own_lead_times_of_an_agreement_replace_those_of_the_rule(world: World) -> None:
    world.put(make_agreement("SENDIRI", lead_times="H-180 HK-5"), make_agreement("BIASA"))
    for day in ("2025-12-02", "2026-03-02", "2026-05-22", "2026-05-25", "2026-06-30"):
        world.scan(day)

    assert world.notices() == [
        ("SENDIRI", "H-180", date(2025, 12, 2)),
        ("BIASA", "H-90", date(2026, 3, 2)),
        ("BIASA", "H-30", date(2026, 5, 22)),
        ("SENDIRI", "HK-5", date(2026, 5, 25)),
        ("BIASA", "H+7", date(2026, 6, 30)),
    ]


def test_opt_out_is_recorded_with_its_reason_and_told_when_it_ends(world: World) -> None:
    world.put(make_agreement(), make_opt_out("expiry", until="2026-03-31"))
    world.scan("2026-03-02")
    silent = world.rows(tables.skips, "lead_time", "reason", "detail")
    world.scan("2026-03-31")
    still = world.notices()
    world.scan("2026-04-01")

    assert silent == [("H-90", "opted_out", "opted out of expiry: disepakati dengan mitra")]
    assert still == []
    assert world.notices() == [(REF, "H-90", date(2026, 4, 1))]


def test_stale_expiry_sends_nothing_and_says_so(world: World) -> None:
    world.put(make_agreement(expires_on="2026-01-30", entered_on="2026-03-02"))
    world.scan("2026-03-02")

    assert world.notices() == []
    assert world.skips() == [("H+7", "stale", MARCH_2)]
    assert ("finding", "STALE", "open") in world.rows(tables.deadlines, "kind", "key", "status")


def test_agreement_that_enters_late_is_told_by_the_most_urgent_lead_time(world: World) -> None:
    world.put(make_agreement(expires_on="2026-01-31", entered_on="2026-03-02"))
    world.scan("2026-03-02")

    assert world.notices("lead_time") == [("H+7",)]


def test_step_is_told_once_the_step_before_it_is_done(world: World) -> None:
    world.put(make_agreement(expires_on="2028-12-31"), make_step(due_on="2026-12-31"))
    world.put(make_step("rencana_kerja", due_on="2026-03-09"))
    world.scan("2026-03-02")
    waiting = (world.notices(), world.skips())
    world.put(make_step(due_on="2026-12-31", done_on="2026-03-04"))
    world.scan("2026-03-04")

    assert waiting == ([], [("H-7", "waiting", MARCH_2)])
    assert world.notices() == [(REF, "H-7", date(2026, 3, 4))]


def test_changed_policy_plans_everything_again_and_says_so(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number}") for number in range(2)))
    world.scan("2026-03-02")
    world.policy = make_policy(make_rule(lead_times="H-60"), version="2")
    report = world.scan("2026-03-02")

    assert report.planned == 2
    said = [entry for entry in world.capture.entries if entry["event"] == "policy_planned"]
    assert [entry["agreements"] for entry in said] == [2, 2]
    assert world.rows(tables.deadlines, "told", "next_on") == [("H-90", date(2026, 4, 1))] * 2
    assert dict(world.rows(tables.service, "name", "value"))["policy_version"] == "2"


def test_h_30_changed_to_h_45_tells_only_what_was_not_yet_told(world: World) -> None:
    world.policy = make_policy(make_rule(lead_times="H-30"))
    world.put(make_agreement("DIBERITAHU"), make_agreement("BELUM", expires_on="2026-06-12"))
    world.scan("2026-05-01")
    world.policy = make_policy(make_rule(lead_times="H-45"), version="2")
    world.scan("2026-05-04")

    assert world.notices() == [
        ("DIBERITAHU", "H-30", date(2026, 5, 1)),
        ("BELUM", "H-45", date(2026, 5, 4)),
    ]


def test_renamed_rule_tells_nothing_again(world: World) -> None:
    world.put(make_agreement())
    world.scan("2026-03-02")
    world.policy = make_policy(replace(EXPIRY, name="akhir"), version="2")
    world.scan("2026-03-03")

    assert world.notices("rule", "lead_time") == [("expiry", "H-90")]


def test_31_january_2026_plus_1_month_is_told_for_28_february_2026(world: World) -> None:
    world.policy = make_policy(make_rule(lead_times="H-1"))
    facts = {"signed_on": "2026-01-31", "expires_on": None, "entered_on": "2026-02-02"}
    world.put(make_agreement(term="1 month", **facts))
    world.scan("2026-02-26")
    before = world.notices()
    world.scan("2026-02-27")

    assert before == []
    assert world.notices("lead_time", "due_on") == [("H-1", date(2026, 2, 28))]


def test_29_february_2024_plus_4_years_is_told_for_29_february_2028(world: World) -> None:
    signed = PartialDate(2024, 2, 29)
    world.put(make_agreement(signed_on=signed, expires_on=None, term="4 years"))
    for day in ("2026-03-02", "2027-11-30", "2027-12-01"):
        world.scan(day)

    assert world.notices("lead_time", "due_on", "made_on") == [
        ("H-90", date(2028, 2, 29), date(2027, 12, 1))
    ]


def test_scan_leaves_alone_what_is_being_planned(postgresql_database: Database) -> None:
    # On SQLite there is one writer. Here the plan would forget what was told meanwhile.
    world = World(postgresql_database, make_policy(*RULES))
    world.put(*make_office(), make_agreement())
    world.scan("2026-03-01")
    with world.database.write() as connection:
        load_stored(connection, [REF], lock=True)
        during = world.scan("2026-03-02")
    after = world.scan("2026-03-02")

    assert (during.notices, after.notices) == (0, 1)
