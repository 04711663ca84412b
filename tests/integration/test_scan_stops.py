"""What a scan stops before it leaves: mails about what was closed, redated or superseded.

The agreement of the factory is due on Sunday 2026-05-31; H-90 is Monday 2 March.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from tests.factories import (
    make_agreement,
    make_report,
    make_rule,
)
from tests.stored import World, at, make_office, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

REF = "KSDPL/2021/001"
EXPIRY = make_rule(lead_times="H-90 H-30 H H+7")
REPORT = make_rule("report", deadline="report", lead_times="H-30 H")


@pytest.fixture
def world(database: Database) -> World:
    made = World(database, make_policy(EXPIRY, REPORT))
    made.put(*make_office())
    return made


def test_report_handed_in_stops_what_waits_to_leave(world: World) -> None:
    facts = {"report_cycle": "semester", "expires_on": "2028-12-31", "entered_on": "2026-02-02"}
    world.put(make_agreement(**facts))
    world.scan(at("2026-02-02", "18:00"))
    world.put(make_report("2025-S2", submitted_on="2026-02-02", evidence="surat 7/2026"))
    world.scan(at("2026-02-03", "07:00"))

    assert world.notices("lead_time", "stop_reason") == [("H", "met")]
    assert world.messages("state", "reason") == [("superseded", "met")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"status": "terminated"}, "void", id="terminated"),
        pytest.param({"status": "replaced"}, "met", id="replaced"),
        pytest.param({"expires_on": "2027-05-31"}, "redated", id="a new date"),
        pytest.param({"expires_on": "2035-05-31"}, "void", id="a date beyond the horizon"),
        pytest.param({"expires_on": None}, "void", id="no date any more"),
        pytest.param({"kind": "KSDD"}, "no_rule", id="no rule for it any more"),
    ],
)
def test_closed_or_changed_deadline_stops_what_waits_to_leave_with_that_reason(
    world: World, change: dict[str, object], reason: str
) -> None:
    world.policy = make_policy(replace(EXPIRY, kinds=("KSDPL",)))
    world.put(make_agreement())
    world.scan(at("2026-03-02", "18:00"))
    world.put(make_agreement(**change))
    world.scan(at("2026-03-02", "19:00"))

    assert world.notices("lead_time", "stop_reason") == [("H-90", reason)]
    assert world.messages("state", "reason", "next_try_at") == [("superseded", reason, None)]
    kinds = world.rows(tables.events, "kind")
    assert ("superseded",) in kinds


def test_message_that_has_left_stays_as_it_is(world: World) -> None:
    world.put(make_agreement())
    world.scan("2026-03-02")
    world.run("UPDATE messages SET state = 'sent'")
    world.put(make_agreement(status="terminated"))
    world.scan("2026-03-03")

    assert world.messages("state", "reason") == [("sent", "")]
    assert world.notices("stop_reason") == [("",)]


def test_new_date_is_told_anew_from_its_first_lead_time(world: World) -> None:
    world.put(make_agreement())
    world.scan("2026-05-29")
    world.run("UPDATE messages SET state = 'sent'")
    world.put(make_agreement(expires_on="2026-08-31"))
    for day in ("2026-06-01", "2026-06-02", "2026-08-31"):
        world.scan(day)

    assert world.notices("lead_time", "epoch", "made_on") == [
        ("H", 1, date(2026, 5, 29)),
        ("H-90", 2, date(2026, 6, 2)),
        ("H", 2, date(2026, 8, 31)),
    ]


def test_agreement_that_renews_itself_is_told_each_term(world: World) -> None:
    world.put(make_agreement(auto_renew="1 year"))
    for day in ("2026-05-29", "2026-05-31", "2026-06-01", "2027-03-02", "2027-05-31"):
        world.scan(day)

    assert world.notices("lead_time", "epoch", "due_on", "made_on") == [
        ("H", 1, date(2026, 5, 31), date(2026, 5, 29)),
        ("H-90", 2, date(2027, 5, 31), date(2027, 3, 2)),
        ("H", 2, date(2027, 5, 31), date(2027, 5, 31)),
    ]


def test_message_that_still_waits_is_superseded_by_a_more_urgent_lead_time(world: World) -> None:
    world.put(make_agreement())
    world.scan("2026-03-02")
    world.scan("2026-05-01")

    assert world.notices("lead_time", "stop_reason") == [("H-90", "superseded"), ("H-30", "")]
    assert world.messages("state", "reason") == [("pending", ""), ("superseded", "superseded")]


def test_lead_time_after_one_that_was_sent_leaves_the_record_alone(world: World) -> None:
    world.put(make_agreement())
    world.scan("2026-03-02")
    world.run("UPDATE messages SET state = 'sent'")
    world.scan("2026-05-01")

    assert world.notices("lead_time", "stop_reason") == [("H-90", ""), ("H-30", "")]
    assert world.messages("state") == [("pending",), ("sent",)]


@pytest.mark.parametrize(
    ("closed", "opened"),
    [
        pytest.param({"status": "terminated"}, {}, id="terminated by mistake"),
        pytest.param({"kind": "KSDD"}, {}, id="under no rule for a while"),
        pytest.param({"expires_on": None}, {}, id="the date deleted by mistake"),
    ],
)
def test_reopened_deadline_is_told_again_what_was_stopped_before_it_left(
    world: World, closed: dict[str, object], opened: dict[str, object]
) -> None:
    world.policy = make_policy(replace(EXPIRY, kinds=("KSDPL",)))
    world.put(make_agreement())
    world.scan(at("2026-03-02", "18:00"))
    world.put(make_agreement(**closed))
    world.scan(at("2026-03-02", "19:00"))
    world.put(make_agreement(**opened))
    world.scan(at("2026-03-02", "20:00"))
    again = world.scan(at("2026-03-02", "20:05"))

    assert [bool(reason) for (reason,) in world.notices("stop_reason")] == [True, False]
    assert world.notices("lead_time", "epoch", "repeat_no") == [("H-90", 1, 0), ("H-90", 1, 1)]
    assert [state for (state,) in world.messages("state")] == ["pending", "superseded"]
    assert again.notices == 0


def test_reopened_deadline_is_not_told_again_what_had_left(world: World) -> None:
    world.put(make_agreement())
    world.scan("2026-03-02")
    world.run("UPDATE messages SET state = 'sent'")
    world.scan(at("2026-05-01", "18:00"))
    world.put(make_agreement(status="terminated"))
    world.scan(at("2026-05-01", "19:00"))
    untold = world.rows(tables.deadlines, "told")
    world.put(make_agreement())
    world.scan("2026-05-02")

    assert untold == [("H-90",)]
    assert world.notices("lead_time", "repeat_no", "stop_reason") == [
        ("H-90", 0, ""),
        ("H-30", 0, "void"),
        ("H-30", 1, ""),
    ]
