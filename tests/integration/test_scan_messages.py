"""Which message carries a notice and to whom: digests, catch-up, copies, stand-ins.

The agreement of the factory is due on Sunday 2026-05-31; H-90 is Monday 2 March.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from reminder.storage.history import load_record
from reminder.storage.log import LogFilter, load_log
from reminder.storage.planning import write_service
from tests.factories import (
    make_agreement,
    make_contact,
    make_rule,
)
from tests.stored import World, at, make_office, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

REF = "KSDPL/2021/001"
EXPIRY = make_rule(lead_times="H-90 H-30 H H+7")
MARCH_2 = date(2026, 3, 2)


@pytest.fixture
def world(database: Database) -> World:
    made = World(database, make_policy(EXPIRY))
    made.put(*make_office())
    return made


def test_digest_goes_on_with_its_other_notices(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number}") for number in range(5)))
    world.scan(at("2026-03-02", "18:00"))
    world.put(make_agreement("KSD/3", status="terminated"))
    world.scan(at("2026-03-02", "19:00"))

    assert world.messages() == [("digest", "pending", "petugas@biro.example.go.id")]
    assert sorted(world.notices("agreement", "stop_reason"))[2:4] == [
        ("KSD/2", ""),
        ("KSD/3", "void"),
    ]


def test_record_does_not_say_that_a_digest_told_what_was_stopped_in_it(world: World) -> None:
    refs = [f"KSDPL/2021/00{number}" for number in range(1, 5)]
    world.put(*(make_agreement(ref) for ref in refs))
    world.scan("2026-03-02")
    world.put(make_agreement(refs[0], expires_on="2027-05-31"))
    world.scan("2026-03-02")
    world.run("UPDATE messages SET state = 'sent', sent_at = created_at")

    with world.database.read() as connection:
        (digest,) = load_log(connection, LogFilter())
        none = load_log(connection, LogFilter(agreement=refs[0]))
        (stopped,) = load_record(connection, refs[0]).notices
    told = digest["notices"]
    assert isinstance(told, list)
    assert [notice["agreement"] for notice in told] == refs[1:]
    assert none == []
    assert (stopped.state, stopped.reason, stopped.sent_at) == ("superseded", "redated", None)


def test_digest_of_stopped_notices_only_does_not_leave(world: World) -> None:
    refs = [f"KSD/{number}" for number in range(5)]
    world.put(*(make_agreement(ref) for ref in refs))
    world.scan(at("2026-03-02", "18:00"))
    world.put(*(make_agreement(ref, status="terminated") for ref in refs))
    world.scan(at("2026-03-02", "19:00"))

    assert world.messages("state", "reason") == [("superseded", "void")]


def test_more_than_three_notices_of_a_recipient_are_one_digest(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number}") for number in range(4)))
    world.scan("2026-03-02")

    ((kind, state, _),) = world.messages()
    assert (kind, state) == ("digest", "pending")
    assert len({message_id for (message_id,) in world.notices("message_id")}) == 1
    assert len(world.notices()) == 4


def test_three_notices_are_a_message_each(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number}") for number in range(3)))
    world.scan("2026-03-02")

    assert [kind for kind, *_ in world.messages()] == ["notice"] * 3


def test_fourth_notice_of_a_day_joins_those_that_still_wait(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number}") for number in range(3)))
    world.scan(at("2026-03-02", "06:00"))
    world.put(make_agreement("KSD/9", expires_on="2026-04-30"))
    world.scan(at("2026-03-02", "06:05"))

    assert world.messages("kind", "state", "due_on") == [
        ("digest", "pending", date(2026, 4, 30)),
        *[("notice", "superseded", date(2026, 5, 31))] * 3,
    ]
    assert len({message_id for (message_id,) in world.notices("message_id")}) == 1


def test_notice_joins_the_digest_that_waits_and_brings_it_forward(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number}") for number in range(4)))
    world.scan(at("2026-03-02", "06:00"))
    world.put(make_agreement("KSD/9", expires_on="2026-04-30"))
    world.scan(at("2026-03-02", "06:05"))

    assert world.messages("kind", "state", "due_on") == [("digest", "pending", date(2026, 4, 30))]
    assert len(world.notices()) == 5


def test_what_may_be_a_repeat_keeps_its_message_and_joins_no_digest(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number}") for number in range(3)))
    with world.database.write() as connection:
        write_service(connection, restored='{"at": "x", "backup_at": "y"}')
    world.scan(at("2026-03-02", "06:00"))
    marked = [key for key, mark in world.messages("message_id", "possible_duplicate") if mark]
    world.put(make_agreement("KSD/9", expires_on="2026-04-30"))
    world.scan(at("2026-03-02", "06:05"))

    assert len(marked) == 3
    states = dict(world.messages("message_id", "state"))
    assert [states[message_id] for message_id in marked] == ["pending"] * 3
    told = dict(world.notices("agreement", "message_id"))
    assert {told[f"KSD/{number}"] for number in range(3)} == set(marked)
    assert told["KSD/9"] not in marked


@pytest.mark.parametrize(
    ("gap", "kinds", "marked"),
    [
        pytest.param("2026-02-28 21:00", ["notice", "notice"], [False, False], id="36 hours"),
        pytest.param("2026-02-28 20:59", ["digest"], [True], id="a minute more"),
    ],
)
def test_after_more_than_36_hours_everything_for_a_recipient_is_one_digest(
    world: World, gap: str, kinds: list[str], marked: list[bool]
) -> None:
    world.scan(at(*gap.split()))
    world.put(*(make_agreement(f"KSD/{number}") for number in range(2)))
    report = world.scan("2026-03-02")

    assert report.catch_up is (kinds == ["digest"])
    assert world.messages("kind", "catch_up") == list(zip(kinds, marked, strict=True))


def test_first_scan_ever_is_no_catch_up(world: World) -> None:
    world.put(*(make_agreement(f"KSD/{number}") for number in range(2)))

    assert world.scan("2026-03-02").catch_up is False


def test_nobody_to_tell_is_recorded_and_told_when_somebody_is_there(world: World) -> None:
    world.policy = make_policy(EXPIRY, service=replace(world.policy.service, admin=()))
    world.put(make_contact(active_to="2026-02-27"), make_agreement())
    world.scan("2026-03-02")
    nobody = (world.notices(), world.skips())
    world.put(make_contact("baru@biro.example.go.id"))
    world.scan("2026-03-03")

    assert nobody == ([], [("H-90", "no_recipient", MARCH_2)])
    assert world.notices("lead_time", "recipient", "successor_of") == [
        ("H-90", "baru@biro.example.go.id", "Siti Rahma")
    ]


def test_missing_officer_is_told_to_the_head_and_is_a_finding(world: World) -> None:
    world.put(make_contact(active_to="2026-02-27"), make_agreement())
    world.put(make_contact("kepala@biro.example.go.id", role="head"))
    world.scan("2026-03-02")

    assert world.notices("recipient", "role", "fallback") == [
        (
            "kepala@biro.example.go.id",
            "officer",
            "head of B-01 for officer of B-01, where nobody holds that role",
        )
    ]
    assert ("NO_RECIPIENT", "open") in world.rows(tables.deadlines, "key", "status")


def test_same_person_in_two_roles_is_told_once_and_the_skip_says_so(world: World) -> None:
    world.policy = make_policy(replace(EXPIRY, cc=("head",)))
    world.put(make_contact(role="head"), make_agreement())
    world.scan("2026-03-02")

    assert world.notices("recipient", "role", "copy") == [
        ("petugas@biro.example.go.id", "officer", False)
    ]
    assert world.rows(tables.skips, "lead_time", "reason", "recipient") == [
        ("H-90", "same_recipient", "petugas@biro.example.go.id")
    ]


def test_copy_is_a_message_of_its_own(world: World) -> None:
    world.policy = make_policy(replace(EXPIRY, cc=("head",)))
    world.put(make_contact("kepala@biro.example.go.id", role="head"), make_agreement())
    world.scan("2026-03-02")

    assert world.messages("recipient", "copy") == [
        ("kepala@biro.example.go.id", True),
        ("petugas@biro.example.go.id", False),
    ]
