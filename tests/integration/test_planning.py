"""Planning: the facts of the register -> stored deadlines, on both databases."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from reminder.storage import tables
from tests.factories import (
    make_agreement,
    make_contact,
    make_follow_up,
    make_opt_out,
    make_report,
    make_rule,
    make_step,
)
from tests.stored import World, make_office, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

REF = "KSDPL/2021/001"
RULES = (
    make_rule(lead_times="H-90 H-30 H"),
    make_rule("report", deadline="report", lead_times="H-30 H"),
    make_rule("step", deadline="step", lead_times="H-7 H"),
    make_rule("follow-up", deadline="follow_up", lead_times="H-7 H"),
)
ALL_FACTS = (
    make_agreement(
        report_cycle="semester", expires_on="2026-08-31", notice_period="6 months",
        lead_times="H-180",
    ),
    make_report("2025-S2", submitted_on="2026-01-10", evidence="surat 3/2026"),
    make_step(due_on="2026-05"),
    make_step("rencana_kerja", started_on="2026-03-02"),
    make_follow_up(officer="pejabat@example.go.id"),
    make_opt_out("step", until="2026-04-30"),
)  # fmt: skip


@pytest.fixture
def world(database: Database) -> World:
    made = World(database, make_policy(*RULES))
    made.put(*make_office())
    return made


def deadlines(world: World, *names: str) -> dict[str, tuple[object, ...]]:
    rows = world.rows(tables.deadlines, "kind", "key", *names)
    return {f"{kind}:{key}" if key else kind: tuple(rest) for kind, key, *rest in rows}


def test_every_deadline_of_an_agreement_is_stored(world: World) -> None:
    world.put(*ALL_FACTS)
    assert world.plan("2026-03-02") == {}

    stored = deadlines(world, "due_on", "due_text", "status", "silent_reason", "next_on")
    assert stored == {
        "expiry": (date(2026, 8, 31), "", "open", "", date(2026, 3, 4)),
        "notice_by": (date(2026, 2, 28), "", "open", "no_rule", None),
        "report:2025-S2": (date(2026, 1, 31), "", "met", "", None),
        "report:2026-S1": (date(2026, 7, 31), "", "open", "", date(2026, 7, 1)),
        "step:surat_konfirmasi": (date(2026, 5, 1), "2026-05", "open", "opted_out",
                                  date(2026, 4, 24)),
        "step:rencana_kerja": (date(2026, 5, 4), "", "open", "waiting", date(2026, 4, 27)),
        "follow_up:RTL-2026-01": (date(2026, 3, 31), "", "open", "", date(2026, 3, 24)),
    } | {"report:2024-S1": (date(2024, 7, 31), "", "open", "stale", date(2024, 7, 1))} | {
        key: value for key, value in stored.items() if key in ("report:2023-S2", "report:2024-S2",
                                                               "report:2025-S1")
    }  # fmt: skip


def test_planning_twice_changes_nothing(world: World) -> None:
    world.put(*ALL_FACTS)
    world.plan("2026-03-02")
    before = world.everything()
    world.plan("2026-03-02")

    assert world.everything() == before


def test_planning_a_few_leaves_the_others_alone(world: World) -> None:
    world.put(make_agreement("A"), make_agreement("B"))
    world.plan("2026-03-02", "B")

    assert world.rows(tables.deadlines, "agreement") == [("B",)]
    assert world.rows(tables.agreements, "ref", "replan_on") == [
        ("A", date(2000, 1, 1)),
        ("B", None),
    ]


def test_planned_agreement_is_planned_again_on_the_day_that_changes_it(world: World) -> None:
    world.put(make_agreement("A"), make_agreement("B", auto_renew="1 year"))
    world.plan("2026-03-02")

    assert world.rows(tables.agreements, "ref", "replan_on") == [
        ("A", None),
        ("B", date(2026, 6, 1)),
    ]


def test_redating_is_an_event_of_the_journal(world: World) -> None:
    world.put(make_agreement())
    world.plan("2026-03-02")
    world.put(make_agreement(expires_on="2027-05-31"))
    world.plan("2026-03-09")

    ((kind, agreement, data),) = world.rows(tables.events, "kind", "agreement", "data")
    assert (kind, agreement) == ("deadline", REF)
    changed = json.loads(data)["changed"]
    assert changed["due_on"] == ["2026-05-31", "2027-05-31"]
    assert changed["epoch"] == [1, 2]


def test_deadline_that_the_facts_no_longer_give_is_void_and_says_why(world: World) -> None:
    world.put(make_agreement(), make_step(due_on="2026-05-31"))
    world.plan("2026-03-02")
    world.put(make_step(due_on=None))
    world.plan("2026-03-02")

    status, reason, next_on = deadlines(world, "status", "status_reason", "next_on")[
        "step:surat_konfirmasi"
    ]
    assert (status, next_on) == ("void", None)
    assert reason == "no longer follows from the register"


def test_agreement_replaced_by_a_signed_one_is_met(world: World) -> None:
    world.put(make_agreement("LAMA"))
    world.put(make_agreement("BARU", replaces="LAMA", signed_on=None, expires_on=None))
    world.plan("2026-03-02")
    intended = world.rows(tables.deadlines, "agreement", "kind", "status")
    world.put(make_agreement("BARU", replaces="LAMA", expires_on="2031-05-31"))
    world.plan("2026-03-02")

    assert ("LAMA", "expiry", "open") in intended
    assert ("LAMA", "met", "the agreement was replaced by BARU") in world.rows(
        tables.deadlines, "agreement", "status", "status_reason"
    )


def test_finding_comes_and_goes_with_the_defect(world: World) -> None:
    world.put(make_agreement(expires_on=None))
    world.plan("2026-03-02")
    found = deadlines(world, "status", "silent_reason")
    world.put(make_agreement())
    world.plan("2026-03-09")

    assert found == {"finding:UNKNOWN_EXPIRY": ("open", "no_rule")}
    assert deadlines(world, "status", "status_reason")["finding:UNKNOWN_EXPIRY"] == (
        "met",
        "cleared: the register no longer shows it",
    )


def test_last_officer_leaving_is_found_on_the_day_after(world: World) -> None:
    world.put(make_contact(active_to="2026-03-31"), make_agreement())
    world.scan("2026-03-30")
    world.scan("2026-03-31")
    before = deadlines(world, "status")
    world.scan("2026-04-01")

    assert before == {"expiry": ("open",)}
    assert deadlines(world, "status", "due_on")["finding:NO_RECIPIENT"] == (
        "open",
        date(2026, 4, 1),
    )


def test_follow_up_of_no_agreement_is_planned_and_told(world: World) -> None:
    world.put(make_follow_up(agreement=None, bureau="B-01"))
    report = world.scan("2026-03-24")

    assert deadlines(world, "status", "bureau") == {"follow_up:RTL-2026-01": ("open", "B-01")}
    assert world.notices() == [("", "H-7", date(2026, 3, 24))]
    assert report.notices == 1


def test_follow_up_of_no_agreement_added_later_is_told_by_the_very_next_scan(
    world: World,
) -> None:
    world.scan("2026-03-23")
    world.put(make_follow_up(agreement=None, bureau="B-01"))
    world.scan("2026-03-24")

    assert world.notices() == [("", "H-7", date(2026, 3, 24))]


def test_bureau_without_zone_is_in_that_of_the_service(world: World) -> None:
    world.run("UPDATE bureaus SET timezone = NULL, language = NULL")
    world.put(make_agreement())
    world.scan("2026-03-02")

    assert deadlines(world, "timezone") == {"expiry": ("Asia/Jakarta",)}
    with world.database.read() as connection:
        message = connection.execute(select(tables.messages)).mappings().one()
    assert (message["timezone"], message["language"]) == ("Asia/Jakarta", "id")
