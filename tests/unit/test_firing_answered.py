"""Firing what people answered: snoozes, levels that were told, acknowledgements, the first look.

The expiry is due on Sunday 2026-05-31: H-30 is Friday 1 May, H-14 the 15th, H-7 Friday the 22nd.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reminder.firing import Advance, DueDeadline, Fired, Firing
from reminder.rules import EscalationStep
from tests.factories import (
    OFFICER,
    make_contact,
    make_directory,
    make_plan_rules,
    make_rule,
)

HEAD = "kepala@biro.example.go.id"
RULE = make_rule(
    lead_times="H-30 H-14 H-7",
    escalate=(EscalationStep(5, ("head",)), EscalationStep(10, ("secretary",))),
)
DIRECTORY = make_directory(make_contact(), make_contact(HEAD, role="head", name="Budi"))


def due(**changes: object) -> DueDeadline:
    deadline = DueDeadline(
        id=7,
        agreement="A-1",
        kind="expiry",
        key="",
        bureau="B-01",
        timezone="Asia/Jakarta",
        due_on=date(2026, 5, 31),
        due_last_on=date(2026, 5, 31),
        due_text="",
        epoch=1,
        rule="expiry",
        officer=None,
        lead_times="",
        told="",
        silent_reason="",
        status_reason="",
    )
    days = {
        name: date.fromisoformat(value)
        for name, value in changes.items()
        if isinstance(value, str) and value.startswith("2026-")
    }
    return replace(deadline, **(changes | days))  # type: ignore[arg-type] # by name


def fired(deadline: DueDeadline, today: str) -> Fired:
    found = Firing(
        make_plan_rules(RULE), DIRECTORY, lambda _zone: date.fromisoformat(today)
    ).decide([deadline])
    assert found.failed == {}
    return found


def told(found: Fired) -> list[tuple[str, str, int, bool]]:
    return [(one.lead_time, one.recipient, one.level, one.once_more) for one in found.notices]


def skipped(found: Fired) -> list[tuple[str, str]]:
    return [(one.lead_time, one.reason.value) for one in found.skips]


def test_nothing_is_told_before_the_day_of_the_snooze() -> None:
    snoozed = due(told="H-30", snoozed_until="2026-05-20", escalate_on="2026-05-08")
    found = fired(snoozed, "2026-05-15")
    assert (told(found), skipped(found)) == ([], [])
    assert found.advances == [
        Advance(7, "H-30", date(2026, 5, 20), date(2026, 5, 20), date(2026, 5, 8))
    ]


@pytest.mark.parametrize(
    ("before", "until", "today", "expected", "skips", "next_on"),
    [
        pytest.param("H-30", "2026-05-11", "2026-05-11", [("H-30", True)], [], "2026-05-15",
                     id="the same lead time once more"),
        pytest.param("H-30", "2026-05-15", "2026-05-15", [("H-14", False)], [], "2026-05-22",
                     id="a more urgent one for the first time"),
        pytest.param("H-30", "2026-05-23", "2026-05-25", [("H-7", False)], [("H-14", "snoozed")],
                     None, id="lesser ones reached meanwhile are skipped for the snooze"),
        pytest.param("", "2026-05-16", "2026-05-16", [("H-14", False)], [("H-30", "snoozed")],
                     "2026-05-22", id="nothing was told before"),
        pytest.param("", "2026-04-20", "2026-04-20", [], [], "2026-05-01",
                     id="nothing is reached yet"),
    ],
)  # fmt: skip
def test_when_a_snooze_ends_the_most_urgent_lead_time_goes_out(
    before: str,
    until: str,
    today: str,
    expected: list[tuple[str, bool]],
    skips: list[tuple[str, str]],
    next_on: str | None,
) -> None:
    found = fired(due(told=before, snoozed_until=until), today)
    assert [(code, once_more) for code, _to, _level, once_more in told(found)] == expected
    assert skipped(found) == skips
    (advance,) = found.advances
    assert advance.snoozed_until is None
    assert advance.next_on == (date.fromisoformat(next_on) if next_on else None)
    assert advance.told == (expected[0][0] if expected else before)


def test_silent_deadline_is_not_told_once_more() -> None:
    silent = due(told="H-30", snoozed_until="2026-05-11", silent_reason="opted_out")
    found = fired(silent, "2026-05-11")
    assert (told(found), skipped(found)) == ([], [])


@pytest.mark.parametrize(
    ("level", "until", "expected"),
    [
        pytest.param(0, None, [(OFFICER, 0)], id="nobody further up was told"),
        pytest.param(1, None, [(OFFICER, 0), (HEAD, 1)], id="the head was"),
        pytest.param(1, "2026-05-16", [(OFFICER, 0)], id="the head was, and it is acknowledged"),
        pytest.param(1, "2026-05-15", [(OFFICER, 0), (HEAD, 1)], id="that lapsed today"),
    ],
)
def test_later_lead_times_go_to_the_levels_told_unless_acknowledged(
    level: int, until: str | None, expected: list[tuple[str, int]]
) -> None:
    found = fired(due(told="H-30", level=level, acknowledged_until=until), "2026-05-15")
    assert [(to, at_level) for _code, to, at_level, _once_more in told(found)] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "2026-05-08", id="five working days after the first notice"),
        pytest.param({"told": "H-30", "escalate_on": "2026-05-04"}, "2026-05-04", id="kept later"),
        pytest.param({"told": "H-30", "level": 2}, None, id="no level is left"),
    ],
)
def test_first_look_is_noted_when_a_notice_is_made(
    changes: dict[str, object], expected: str | None
) -> None:
    (advance,) = fired(due(**changes), "2026-05-15" if changes else "2026-05-01").advances
    assert advance.escalate_on == (date.fromisoformat(expected) if expected else None)


def test_nobody_to_tell_begins_no_counting() -> None:
    nobody = make_directory(make_contact(active_to="2026-01-31"), admins=())
    rules = make_plan_rules(RULE)
    found = Firing(rules, nobody, lambda _zone: date(2026, 5, 1)).decide([due()])
    assert found.advances[0].escalate_on is None
