"""The daily balance: what is due is on record, and what is missing is made again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, text, update

from jobs.balance import balance
from reminder.balance import Balance
from reminder.policy import Service
from reminder.retry import UNCERTAIN_FOR
from reminder.storage import tables
from tests.factories import (
    OFFICER,
    make_agreement,
    make_bureau,
    make_contact,
    make_opt_out,
    make_rule,
)
from tests.fakes import GREYLISTED, NO_REPLY, UNKNOWN_USER
from tests.outboxes import MADE, Outbox
from tests.stored import ADMIN, at, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

NEXT_DAY = "2026-05-04"
SECOND = "kedua@biro.example.go.id"


def balanced(outbox: Outbox, day: str = NEXT_DAY) -> Balance:
    found = balance(outbox.context(at(day)))
    assert found is not None
    assert found.due == sum(
        (found.sent, found.skipped, found.pending, found.held, found.failed, found.missing)
    )
    return found


def numbers(found: Balance) -> dict[str, int]:
    """Those that are not 0."""
    names = ("due", "sent", "skipped", "pending", "held", "failed", "missing")
    return {name: getattr(found, name) for name in names if getattr(found, name)}


def alarms(outbox: Outbox) -> list[str]:
    return [who for kind, _state, who in outbox.messages() if kind == "admin"]


def repairs(outbox: Outbox) -> list[str]:
    rows = outbox.rows(tables.events, "kind", "data")
    return [json.loads(data)["missing"] for kind, data in rows if kind == "balance_repaired"]


def forget(outbox: Outbox) -> None:
    """Delete every notice and its message, in the order that the foreign keys ask for."""
    with outbox.database.write() as connection:
        for table in (tables.action_grants, tables.contents, tables.notices, tables.messages):
            connection.execute(delete(table))


def lose_messages(outbox: Outbox, recipient: str = "%") -> None:
    """Delete messages and leave their notices, as a tool does that heeds no foreign keys."""
    statement = "DELETE FROM messages WHERE recipient LIKE :recipient"
    if outbox.database.is_sqlite:
        with closing(sqlite3.connect(str(outbox.database.file))) as plain, plain:
            plain.execute(statement, {"recipient": recipient})
    else:
        with outbox.database.write() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement), {"recipient": recipient})


def test_all_is_well_and_the_numbers_are_kept(database: Database) -> None:
    outbox = Outbox(database, 3)
    outbox.deliver(MADE)
    found = balanced(outbox)
    assert numbers(found) == {"due": 3, "sent": 3}
    values = dict(outbox.rows(tables.service, "name", "value"))
    assert json.loads(values["balance"]) == {
        "on": NEXT_DAY, "due": 3, "sent": 3, "skipped": 0, "pending": 0, "held": 0, "failed": 0,
        "missing": 0,
    }  # fmt: skip
    assert alarms(outbox) == []


def test_once_a_day(database: Database) -> None:
    outbox = Outbox(database, 1)
    assert balance(outbox.context(at(MADE))) is not None
    assert balance(outbox.context(at(MADE, "23:59"))) is None
    assert balance(outbox.context(at("2026-05-02", "00:00"))) is not None


def test_waits_until_a_changed_policy_is_planned(database: Database) -> None:
    outbox = Outbox(database, 1)
    outbox.policy = make_policy(make_rule(lead_times="H-90"), version="2")
    assert balance(outbox.context(at(NEXT_DAY))) is None
    outbox.scan(NEXT_DAY)
    assert numbers(balanced(outbox)) == {"due": 1, "pending": 1}


@pytest.mark.parametrize(
    ("outcome", "standing"),
    [
        pytest.param(GREYLISTED, "pending", id="deferred"),
        pytest.param(NO_REPLY, "held", id="uncertain"),
        pytest.param(UNKNOWN_USER, "failed", id="failed"),
    ],
)
def test_every_open_deadline_is_counted_once(
    database: Database, outcome: object, standing: str
) -> None:
    outbox = Outbox(database, 1)
    outbox.put(make_agreement("LATER", expires_on="2027-01-31"))
    outbox.deliver(MADE, outcome)  # type: ignore[arg-type] # an outcome
    assert numbers(balanced(outbox, MADE)) == {"due": 1, standing: 1}


def test_one_of_two_officers_reached_is_told(database: Database) -> None:
    outbox = Outbox(database, 0)
    outbox.put(make_contact(SECOND), make_agreement("A-0"))
    outbox.scan(MADE)
    outbox.deliver(MADE, UNKNOWN_USER, limit=1)
    outbox.deliver(MADE, limit=1)
    assert numbers(balanced(outbox)) == {"due": 1, "sent": 1}


def test_what_is_silent_or_has_nobody_is_skipped(database: Database) -> None:
    outbox = Outbox(
        database, 0, make_policy(service=Service("Pengingat", (), "Asia/Jakarta", "id", "ID"))
    )
    outbox.put(make_bureau("B-99"), make_agreement("A-0", bureau="B-99"))
    outbox.put(make_agreement("A-1"), make_opt_out("expiry", agreement="A-1"))
    outbox.scan(MADE)
    assert sorted(reason for _lead, reason, _on in outbox.skips()) == ["no_recipient", "opted_out"]
    assert numbers(balanced(outbox)) == {"due": 2, "skipped": 2}


def test_what_the_next_scan_makes_is_pending(database: Database) -> None:
    outbox = Outbox(database, 1)
    outbox.deliver(MADE)
    assert numbers(balanced(outbox, "2026-05-25")) == {"due": 1, "pending": 1}
    assert alarms(outbox) == []


def test_notice_and_message_deleted_by_hand_are_made_again(database: Database) -> None:
    outbox = Outbox(database, 2)
    forget(outbox)
    assert numbers(balanced(outbox)) == {"due": 2, "missing": 2}
    assert repairs(outbox) == ["told at H-30, but no notice of that is there"] * 2
    assert alarms(outbox) == [ADMIN]
    outbox.scan(NEXT_DAY)
    assert outbox.notices("agreement", "lead_time") == [("A-0", "H-30"), ("A-1", "H-30")]
    assert numbers(balanced(outbox, "2026-05-05")) == {"due": 2, "pending": 2}
    (entry,) = [entry for entry in outbox.capture.entries if entry["log_level"] == "error"]
    assert entry["event"] == "balance_repaired"


def test_message_deleted_without_its_notice_is_made_again(database: Database) -> None:
    outbox = Outbox(database, 1)
    lose_messages(outbox)
    assert numbers(balanced(outbox)) == {"due": 1, "missing": 1}
    outbox.scan(NEXT_DAY)
    assert outbox.notices("repeat_no", "stop_reason") == [(0, "lost"), (1, "")]
    assert numbers(balanced(outbox, "2026-05-05")) == {"due": 1, "pending": 1}
    assert outbox.deliver("2026-05-05").sent == 2, "the notice and the alarm"


def test_who_was_told_is_not_told_again(database: Database) -> None:
    outbox = Outbox(database, 0)
    outbox.put(make_contact(SECOND), make_agreement("A-0"))
    outbox.scan("2026-05-01")
    outbox.change(next_try_at=at(MADE))
    outbox.deliver(MADE, limit=1)
    (sent,) = [who for _kind, state, who in outbox.messages() if state == "sent"]
    (other,) = {OFFICER, SECOND} - {sent}
    lose_messages(outbox, other)
    assert numbers(balanced(outbox)) == {"due": 1, "missing": 1}
    outbox.scan(NEXT_DAY)
    outbox.deliver(NEXT_DAY)
    told = [mail.recipient for mail in outbox.transport.delivered]
    assert sorted(told) == sorted([ADMIN, other])
    assert numbers(balanced(outbox, "2026-05-05")) == {"due": 1, "sent": 1}


def test_message_that_was_sent_before_it_was_deleted_is_not_sent_again(database: Database) -> None:
    outbox = Outbox(database, 1)
    outbox.deliver(MADE)
    lose_messages(outbox)
    assert numbers(balanced(outbox)) == {"due": 1, "sent": 1}


@pytest.mark.parametrize("next_on", [None, "2030-01-01"])
def test_deadline_that_no_scan_would_look_at_is_told(
    database: Database, next_on: str | None
) -> None:
    outbox = Outbox(database, 1)
    outbox.deliver(MADE)
    day = date.fromisoformat(next_on) if next_on else None
    with outbox.database.write() as connection:
        connection.execute(update(tables.deadlines).values(next_on=day))
    assert numbers(balanced(outbox, "2026-05-25")) == {"due": 1, "missing": 1}
    outbox.scan("2026-05-25")
    assert outbox.notices("lead_time") == [("H-30",), ("H-7",)]
    assert outbox.skips() == []


STUCK = [
    pytest.param({"state": "pending", "next_try_at": None}, "next_try_at", id="pending"),
    pytest.param({"state": "deferred", "next_try_at": None}, "next_try_at", id="deferred"),
    pytest.param({"state": "uncertain", "next_try_at": None}, "next_try_at", id="uncertain"),
    pytest.param({"state": "claimed", "lease_until": None}, "lease_until", id="claimed"),
    pytest.param({"state": "sending", "lease_until": None}, "lease_until", id="sending"),
]


@pytest.mark.parametrize(("values", "name"), STUCK)
def test_message_that_can_never_leave_is_freed(
    database: Database, values: dict[str, object], name: str
) -> None:
    outbox = Outbox(database, 1)
    outbox.change(**values)
    assert numbers(balanced(outbox)) == {"due": 1, "missing": 1}
    now = at(NEXT_DAY)
    ((freed,),) = [row[1:] for row in outbox.messages("kind", name) if row[0] == "notice"]
    assert freed == (now + UNCERTAIN_FOR if values["state"] == "uncertain" else now)
    assert repairs(outbox) == [f"{values['state']}, but nothing would ever take it up"]
    assert alarms(outbox) == [ADMIN]
    outbox.deliver(now + timedelta(hours=2))
    outbox.deliver(now + timedelta(hours=4))
    assert "sent" in outbox.states()


def test_deadline_that_cannot_be_judged_stops_no_other(database: Database) -> None:
    outbox = Outbox(database, 2)
    outbox.deliver(MADE)
    outbox.run("UPDATE deadlines SET lead_times = 'H-nonsense' WHERE agreement = 'A-0'")
    assert numbers(balanced(outbox)) == {"due": 1, "sent": 1}
    (entry,) = [entry for entry in outbox.capture.entries if entry["log_level"] == "error"]
    assert (entry["event"], entry["agreement"]) == ("balance_failed", "A-0")
