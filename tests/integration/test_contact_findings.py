"""Findings about contact, ownership and ceremony from the register to the mail, and their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reminder.storage import tables
from reminder.storage.dossiers import load_dossiers
from reminder.storage.responses import ResponseRecord, add_response
from tests.factories import (
    REF,
    make_activity,
    make_agreement,
    make_contact,
    make_plan_item,
    make_rule,
    make_step,
)
from tests.findings import RULES
from tests.stored import Fact, World, at, make_finding_rules, make_office, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

LOI = {"instrument": "LoI", "signed_on": "2025-03-03", "expires_on": "2031-03-03"}
RENEWAL = make_agreement("B", signed_on=None, expires_on=None, replaces=REF)
MEETING = make_activity("meeting", "2025-06-02")


def world_with(database: Database, *codes: str, rules: Any = RULES) -> World:
    world = World(database, make_policy(*rules, findings=make_finding_rules(*codes)))
    world.put(*make_office())
    return world


def put_agreement(world: World, *facts: Fact, **of: Any) -> None:
    of = {"expires_on": "2031-05-31", "leading_unit": "Dinas", "entered_on": "2024-01-02", **of}
    world.put(make_agreement(**of), *facts)


def findings(world: World) -> list[tuple[Any, ...]]:
    rows = world.rows(
        tables.deadlines, "kind", "key", "due_on", "status", "severity", "epoch", "agreement"
    )
    return [row[1:6] for row in rows if row[0] == "finding" and row[6] == REF]


def eve_of(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("code", "of", "facts", "day", "end"),
    [
        pytest.param("DORMANT_CONTACT", {}, (MEETING,), "2026-06-02",
                     make_activity("visit", "2026-06-02"), id="no meeting for a year"),
        pytest.param("PARTNER_SILENT", {}, (make_activity("letter_out", "2026-01-16"),),
                     "2026-03-02", make_activity("letter_in", "2026-03-02"), id="no answer to us"),
        pytest.param("WE_ARE_SILENT", {}, (make_activity("letter_in", "2026-02-16"),),
                     "2026-03-02", make_activity("letter_out", "2026-03-02"), id="no answer by us"),
        pytest.param("NO_OWNER", {}, (make_contact(active_to="2026-03-01"),
                                      make_contact("kepala@biro.example.go.id", role="head")),
                     "2026-03-02", make_contact("baru@biro.example.go.id"), id="the officer left"),
        pytest.param("NO_OWNER", {}, (make_plan_item(budget_year="2025", due_on="2026-12-31"),),
                     "2026-01-01", make_plan_item(budget_year="2026"), id="no budget"),
        pytest.param("CEREMONIAL", {"signed_on": "2025-03-03"}, (make_activity("visit"),),
                     "2025-06-01", make_plan_item(), id="no plan"),
        pytest.param("LOI_STALE", LOI, (), "2026-03-03",
                     make_step("rencana_kerja_sama", started_on="2026-03-03"), id="no follow-up"),
        pytest.param("LOI_STALE", LOI, (RENEWAL,), "2026-03-03",
                     make_step("prakarsa", agreement="B"), id="no successor with a step"),
    ],
)  # fmt: skip
def test_finding_is_mailed_on_its_day_and_closed_by_the_fact_that_ends_it(
    database: Database, code: str, of: dict[str, Any], facts: tuple[Fact, ...], day: str, end: Fact
) -> None:
    # Between two letters no meeting is too long ago: this is about the one finding only.
    world = world_with(database, code)
    recent = (make_activity("letter_in", "2026-05-11"),) if code == "DORMANT_CONTACT" else ()
    put_agreement(world, *facts, *recent, **of)

    world.scan(eve_of(day))
    assert findings(world) == []
    assert world.notices() == []

    world.scan(day)
    assert [(key, str(due), status) for key, due, status, *_ in findings(world)] == [
        (code, day, "open")
    ]
    assert world.notices() == [(REF, "H", date.fromisoformat(day))]
    assert world.messages("state") == [("pending",)]

    world.put(end)
    world.scan(day)
    assert [status for _key, _due, status, *_ in findings(world)] == ["met"]
    assert world.messages("state", "reason") == [("superseded", "met")]
    reasons = world.rows(tables.deadlines, "key", "status_reason")
    assert (code, "cleared: the register no longer shows it") in reasons


def test_each_graver_step_of_silence_is_mailed_anew(database: Database) -> None:
    world = world_with(database, "DORMANT_CONTACT")
    put_agreement(world, make_activity("meeting", "2025-09-03"), make_activity("visit", "2025-06"))

    world.scan("2026-03-01")
    seen = []
    for day in ("2026-03-02", "2026-09-03", "2027-09-03"):
        world.scan(day)
        seen.append(findings(world))
    assert seen == [
        [("DORMANT_CONTACT", date(2026, 3, 2), "open", "info", 1)],
        [("DORMANT_CONTACT", date(2026, 9, 3), "open", "action", 2)],
        [("DORMANT_CONTACT", date(2027, 9, 3), "open", "urgent", 3)],
    ]
    assert world.notices("epoch", "lead_time") == [(1, "H"), (2, "H"), (3, "H")]


def test_third_notice_without_an_answer_is_a_finding_the_day_after(database: Database) -> None:
    rules = (make_rule(lead_times="H-90 H-60 H-30 H-7"), RULES[1])
    world = world_with(database, "NO_OWNER", rules=rules)
    put_agreement(world, expires_on="2026-06-01")

    for day in ("2026-03-03", "2026-04-02", "2026-05-01"):
        world.scan(day)
        sent(world, day)
        assert findings(world) == []
    world.scan("2026-05-02")
    assert findings(world) == [("NO_OWNER", date(2026, 5, 1), "open", "action", 1)]
    assert world.notices()[-1] == (REF, "H", date(2026, 5, 2))
    sent(world, "2026-05-04")

    # Its own notices keep nothing alive: the answer to the expiry ends it.
    (expiry,) = [row for row in world.rows(tables.deadlines, "id", "kind") if row[1] == "expiry"]
    answer = ResponseRecord(
        at("2026-05-05"), date(2026, 5, 5), REF, expiry[0], 1, "acknowledge", "x", "shell"
    )
    with database.write() as connection:
        add_response(connection, answer)
    world.plan("2026-05-05", REF)
    assert [status for _key, _due, status, *_ in findings(world)] == ["met"]


def test_notice_that_has_not_left_counts_once_it_has(database: Database) -> None:
    world = world_with(
        database, "NO_OWNER", rules=(make_rule(lead_times="H-90 H-60 H-30"), RULES[1])
    )
    put_agreement(world, expires_on="2026-06-01")
    for day in ("2026-03-03", "2026-04-02"):
        world.scan(day)
        sent(world, day)
    world.scan("2026-05-01")

    world.scan("2026-05-02")
    assert findings(world) == []
    sent(world, "2026-05-04")
    world.scan("2026-05-05")
    assert findings(world) == [("NO_OWNER", date(2026, 5, 1), "open", "action", 1)]


def test_notices_about_what_was_done_since_are_answered(database: Database) -> None:
    world = world_with(
        database, "NO_OWNER", rules=(make_rule(lead_times="H-90 H-60 H-30"), RULES[1])
    )
    put_agreement(world, expires_on="2026-06-01")
    for day in ("2026-03-03", "2026-04-02", "2026-05-01"):
        world.scan(day)
        sent(world, day)
    with database.read() as connection:
        (before,), _ = load_dossiers(connection, [REF])
    assert [(one.kind, one.epoch, str(one.on)) for one in before.unanswered] == [
        ("expiry", 1, "2026-03-03"),
        ("expiry", 1, "2026-04-02"),
        ("expiry", 1, "2026-05-01"),
    ]

    put_agreement(world, expires_on="2027-06-01")
    world.scan("2026-05-02")
    with database.read() as connection:
        (after,), _ = load_dossiers(connection, [REF])
    assert (after.unanswered, findings(world)) == ((), [])


def test_dossier_holds_what_intended_successors_have_come_to(database: Database) -> None:
    world = world_with(database, "LOI_STALE")
    put_agreement(world)
    letter = make_activity("letter_out", "2026-01-16", agreement="B")
    step = make_step("prakarsa", agreement="B", done_on="2026-01-16")
    world.put(RENEWAL, letter, step)

    def intended() -> list[Any]:
        with database.read() as connection:
            (dossier,), broken = load_dossiers(connection, [REF])
        assert broken == {}
        return list(dossier.intended)

    assert [(one.ref, one.steps, one.activities) for one in intended()] == [
        ("B", (step,), (letter,))
    ]
    world.put(replace(RENEWAL, signed_on=make_agreement(signed_on="2026-02-02").signed_on))
    assert intended() == []


def sent(world: World, day: str) -> None:
    """Everything that waits has left on that day."""
    with world.database.write() as connection:
        connection.execute(
            tables.messages.update()
            .where(tables.messages.c.state == "pending")
            .values(state="sent", sent_at=at(day))
        )
