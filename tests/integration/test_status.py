"""What ``status`` and ``check`` read from the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from reminder.breaker import OPENS_AT
from reminder.storage import tables
from reminder.storage.closed_relays import LOOKED_BACK, ClosedRelay
from reminder.storage.coverage import Gap, OpenFindings, read_coverage
from reminder.storage.engine import Database
from reminder.storage.events import add_event
from reminder.storage.planning import write_service
from reminder.storage.status import read_status, read_waiting

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # a Monday, 10:00 in Jakarta


def insert(connection: Connection, table: Table, **values: object) -> None:
    connection.execute(table.insert(), [values])


def add_agreement(connection: Connection, ref: str, bureau: str) -> None:
    insert(
        connection,
        tables.agreements,
        ref=ref,
        ref_key=ref.casefold(),
        title="x",
        kind="KSDPL",
        bureau=bureau,
        entered_on=date(2026, 1, 1),
    )


def add_bureau(connection: Connection, code: str) -> None:
    insert(connection, tables.bureaus, code=code, code_key=code.casefold(), name=code)


def add_deadline(connection: Connection, ref: str, **values: object) -> None:
    row: Mapping[str, object] = {
        "agreement": ref,
        "kind": "expiry",
        "timezone": "Asia/Jakarta",
        "due_on": date(2026, 6, 1),
        "due_last_on": date(2026, 6, 1),
        "derived_from": "expires_on",
        "status": "open",
        "entered_on": date(2026, 1, 1),
        "rule": "expiry-foreign",
        "next_on": date(2026, 5, 2),
    }
    insert(connection, tables.deadlines, **{**row, **values})


def add_message(connection: Connection, number: int, state: str, **values: object) -> None:
    row: Mapping[str, object] = {
        "message_id": f"<{number}@example.go.id>",
        "kind": "notice",
        "state": state,
        "recipient": "budi@example.go.id",
        "language": "id",
        "timezone": "Asia/Jakarta",
        "template": "expiry",
        "planned_on": date(2026, 3, 2),
        "created_at": NOW - timedelta(hours=9),
        "next_try_at": NOW - timedelta(hours=1),
    }
    insert(connection, tables.messages, **{**row, **values})


def add_notice(connection: Connection, number: int, deadline_id: int, **values: object) -> None:
    row: Mapping[str, object] = {
        "deadline_id": deadline_id,
        "epoch": 1,
        "lead_time": "H-30",
        "role": "officer",
        "recipient": "budi@example.go.id",
        "agreement": f"A/{deadline_id}",
        "rule": "expiry-foreign",
        "due_on": date(2026, 6, 1),
        "made_on": date(2026, 3, 2),
        "made_at": NOW,
        "message_id": f"<{number}@example.go.id>",
    }
    insert(connection, tables.notices, **{**row, **values})


def test_empty_database_has_nothing_due(database: Database) -> None:
    with database.read() as connection:
        status = read_status(connection, NOW)
    assert (status.open_deadlines, status.due_unsent, status.messages) == (0, 0, {})
    assert (status.last_scan_at, status.oldest_due_at, status.next_due_on) == (None, None, None)


def test_message_is_due_from_the_instant_it_was_planned_for(database: Database) -> None:
    with database.write() as connection:
        add_message(connection, 1, "pending")
        add_message(connection, 2, "pending", next_try_at=NOW + timedelta(hours=1))
        add_message(connection, 3, "sent", next_try_at=None)
        add_message(connection, 4, "held", next_try_at=NOW - timedelta(days=9))
    with database.read() as connection:
        status = read_status(connection, NOW)
    assert status.messages == {"held": 1, "pending": 2, "sent": 1}
    assert status.due_unsent == 1
    assert status.oldest_due_at == NOW - timedelta(hours=1)


def test_deferred_message_is_late_since_its_first_attempt(database: Database) -> None:
    with database.write() as connection:
        add_message(connection, 1, "deferred", next_try_at=NOW + timedelta(hours=4), attempts=2)
        for number, hours in ((1, 5), (2, 3)):
            insert(
                connection,
                tables.attempts,
                message_id="<1@example.go.id>",
                number=number,
                started_at=NOW - timedelta(hours=hours),
            )
    with database.read() as connection:
        status = read_status(connection, NOW)
    assert status.due_unsent == 1
    assert status.oldest_due_at == NOW - timedelta(hours=5)


@pytest.mark.parametrize(
    ("last_scan_at", "since"),
    [
        pytest.param(None, datetime(2026, 2, 27, 17, tzinfo=UTC), id="no scan: since its day"),
        pytest.param(
            datetime(2026, 3, 1, 4, tzinfo=UTC),
            datetime(2026, 3, 1, 4, tzinfo=UTC),
            id="since the last scan, which left nothing",
        ),
    ],
)
def test_deadline_that_no_scan_has_looked_at_is_due(
    database: Database, last_scan_at: datetime | None, since: datetime
) -> None:
    with database.write() as connection:
        add_deadline(connection, "A/1", next_on=date(2026, 2, 28))
        add_deadline(connection, "A/2", next_on=date(2026, 3, 3))
        # Entered today with a day of long ago: late since today.
        add_deadline(connection, "A/4", next_on=date(2020, 1, 1), entered_on=date(2026, 3, 2))
        add_deadline(connection, "A/3", next_on=date(2026, 2, 1), status="met")
        if last_scan_at is not None:
            write_service(connection, last_scan_at=last_scan_at.isoformat())
    with database.read() as connection:
        status = read_status(connection, NOW)
    assert (status.open_deadlines, status.unscanned, status.due_unsent) == (3, 2, 2)
    assert status.oldest_due_at == since
    assert status.next_due_on == date(2020, 1, 1)


def test_day_begins_in_the_zone_of_the_bureau(database: Database) -> None:
    evening = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)  # 2 March in Jayapura, 1 March in Jakarta
    with database.write() as connection:
        add_deadline(connection, "A/1", next_on=date(2026, 3, 2), timezone="Asia/Jakarta")
        add_deadline(connection, "A/2", next_on=date(2026, 3, 2), timezone="Asia/Jayapura")
    with database.read() as connection:
        assert read_status(connection, evening).unscanned == 1


def add_finding(connection: Connection, ref: str, key: str, **values: object) -> None:
    add_deadline(connection, ref, kind="finding", key=key, rule="", next_on=None, **values)


def test_findings_are_counted_by_code_and_by_gravity(database: Database) -> None:
    with database.write() as connection:
        for ref in ("A/1", "A/2"):
            add_finding(connection, ref, "UNKNOWN_EXPIRY", severity="action")
        add_finding(connection, "A/3", "STALE", status="met", severity="action")
        add_finding(connection, "A/3", "DORMANT_CONTACT", severity="info")
        for meeting in ("B-01-1234", "B-02-5678"):
            key = f"FOLLOW_UP_INCOMPLETE:{meeting}"
            add_finding(connection, "", key, severity="urgent")
    with database.read() as connection:
        status = read_status(connection, NOW)
    assert status.findings == {
        "DORMANT_CONTACT": 1,
        "FOLLOW_UP_INCOMPLETE": 2,
        "UNKNOWN_EXPIRY": 2,
    }
    assert status.severities == {"action": 2, "info": 1, "urgent": 2}


def test_coverage_names_what_no_mail_can_reach(database: Database) -> None:
    with database.write() as connection:
        for code in ("B-01", "B-02", "B-03", "B-04"):
            add_bureau(connection, code)
        for number, bureau in enumerate(("B-01", "B-02", "B-03"), start=1):
            add_agreement(connection, f"A/{number}", bureau)
        contact = {"email": "a@example.go.id", "role": "officer"}
        insert(connection, tables.contacts, bureau="B-01", **contact)
        insert(connection, tables.contacts, bureau="B-02", active_to=date(2026, 3, 1), **contact)
        insert(connection, tables.contacts, bureau="B-03", active_to=date(2026, 3, 2), **contact)
        add_deadline(connection, "A/1", rule="")
        add_deadline(connection, "A/2")
        add_deadline(connection, "A/2", kind="finding", key="NO_RECIPIENT", rule="")
    with database.read() as connection:
        found = read_coverage(connection, date(2026, 3, 2))
    assert found.agreements == 3
    assert found.without_rule == Gap(1, ("A/1",))
    # B-04 has nobody either, but nothing to write about.
    assert found.without_contact == Gap(1, ("B-02",))
    assert found.findings == (OpenFindings("NO_RECIPIENT", "", Gap(1, ("A/2",))),)


def test_open_findings_are_named_the_gravest_first(database: Database) -> None:
    with database.write() as connection:
        add_finding(connection, "A/2", "DORMANT_CONTACT", severity="info")
        add_finding(connection, "A/1", "DORMANT_CONTACT", severity="urgent")
        add_finding(connection, "A/1", "ADMIN_INCOMPLETE", severity="action")
        add_finding(connection, "A/3", "ADMIN_INCOMPLETE", severity="action")
        add_finding(connection, "A/4", "ADMIN_INCOMPLETE", severity="action", status="met")
        key = "FOLLOW_UP_INCOMPLETE:B-01-1234"
        add_finding(connection, "", key, severity="action", bureau="B-01")
        add_finding(connection, "A/9", "FOLLOW_UP_INCOMPLETE", severity="action")
        add_finding(connection, "A/5", "NO_RECIPIENT", severity="")
    with database.read() as connection:
        found = read_coverage(connection, date(2026, 3, 2)).findings
    assert [(one.severity, one.code, one.gap) for one in found] == [
        ("urgent", "DORMANT_CONTACT", Gap(1, ("A/1",))),
        ("action", "ADMIN_INCOMPLETE", Gap(2, ("A/1", "A/3"))),
        ("action", "FOLLOW_UP_INCOMPLETE", Gap(2, ("follow-ups of B-01", "A/9"))),
        ("info", "DORMANT_CONTACT", Gap(1, ("A/2",))),
        ("", "NO_RECIPIENT", Gap(1, ("A/5",))),
    ]


def test_only_the_first_few_are_named(database: Database) -> None:
    with database.write() as connection:
        for number in range(7):
            add_deadline(connection, f"A/{number}", rule="")
    with database.read() as connection:
        found = read_coverage(connection, date(2026, 3, 2))
    assert found.without_rule == Gap(7, ("A/0", "A/1", "A/2", "A/3", "A/4"))


def test_refused_mail_counts_until_somebody_is_told(database: Database) -> None:
    with database.write() as connection:
        add_deadline(connection, "A/1")
        add_deadline(connection, "A/2")
        add_deadline(connection, "A/3", status="met")
        add_deadline(connection, "A/4", epoch=2)
        for number, state in ((1, "failed"), (2, "failed"), (3, "failed"), (4, "failed")):
            add_message(connection, number, state, next_try_at=None)
            add_notice(connection, number, deadline_id=number)
    with database.read() as connection:
        assert read_status(connection, NOW).untold == 2  # A/3 is met, A/4 has another date
    with database.write() as connection:
        add_message(connection, 5, "sent", created_at=NOW, next_try_at=None)
        add_notice(connection, 5, deadline_id=2, lead_time="H-7")
    with database.read() as connection:
        assert read_status(connection, NOW).untold == 1


def test_mail_that_nobody_was_told_of_in_its_stead_counts_whatever_was_sent_before(
    database: Database,
) -> None:
    with database.write() as connection:
        add_deadline(connection, "A/1")
        add_message(connection, 1, "failed", next_try_at=None, untold=True)
        add_notice(connection, 1, deadline_id=1)
        add_message(connection, 2, "sent", next_try_at=None)
        add_notice(connection, 2, deadline_id=1, lead_time="H-60")
    with database.read() as connection:
        assert read_status(connection, NOW).untold == 1


def test_held_messages_are_counted_by_reason(database: Database) -> None:
    with database.write() as connection:
        for number, reason in enumerate(("storm", "storm", "content"), start=1):
            add_message(connection, number, "held", next_try_at=None, held_for=reason)
        add_message(connection, 4, "sent", next_try_at=None, held_for="content")
    with database.read() as connection:
        assert read_status(connection, NOW).held_for == {"content": 1, "storm": 2}


def test_uncertain_messages_show_when_the_first_is_repeated(database: Database) -> None:
    with database.write() as connection:
        for number, minutes in ((1, 25), (2, 10)):
            add_message(
                connection, number, "uncertain", next_try_at=NOW + timedelta(minutes=minutes)
            )
        add_message(connection, 3, "pending", next_try_at=NOW + timedelta(minutes=1))
    with database.read() as connection:
        assert read_status(connection, NOW).next_repeat_at == NOW + timedelta(minutes=10)


def test_relay_is_closed_since_its_breaker_opened(database: Database) -> None:
    relay, opened = "relay.example.go.id:587", NOW - timedelta(hours=2)
    again = NOW + timedelta(minutes=8)
    with database.write() as connection:
        for name, faults in ((relay, OPENS_AT + 3), ("other.example.go.id:25", OPENS_AT - 1)):
            insert(
                connection,
                tables.relays,
                relay=name,
                faults=faults,
                closed_until=again if name == relay else None,
                text="no answer",
                changed_at=NOW,
            )
        for at, name in ((opened - timedelta(days=9), relay), (opened, relay), (NOW, "other")):
            add_event(connection, at, "relay_closed", {"relay": name, "text": "no answer"})
    with database.read() as connection:
        (closed,) = read_status(connection, NOW).closed_relays
    assert closed == ClosedRelay(relay, OPENS_AT + 3, opened, again, "no answer")


def test_relay_that_has_been_closed_for_very_long_is_closed_since_its_last_fault(
    database: Database,
) -> None:
    relay = "relay.example.go.id:587"
    row = {"relay": relay, "faults": OPENS_AT, "closed_until": NOW, "changed_at": NOW}
    with database.write() as connection:
        insert(connection, tables.relays, text="no answer", **row)
        add_event(connection, NOW - LOOKED_BACK - timedelta(1), "relay_closed", {"relay": relay})
    with database.read() as connection:
        (closed,) = read_status(connection, NOW).closed_relays
    assert closed.since == NOW


def test_a_million_messages_and_events_are_not_read_for_a_status(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        row = {"relay": "relay:25", "faults": OPENS_AT, "closed_until": NOW, "changed_at": NOW}
        insert(connection, tables.relays, text="no answer", **row)
    plans: list[tuple[str, str]] = []

    def explain(_c: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        told = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.extend((row[-1], statement) for row in told.fetchall())

    with sqlite_database.read() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        read_waiting(connection, NOW)
        read_status(connection, NOW)
    steps = [step for step, statement in plans if "next_try_at" in statement]
    assert sum("INDEX ix_messages_unfinished (state=?" in step for step in steps) >= 3
    assert not [step for step in steps if step.startswith("SCAN")]
    assert "INDEX ix_events_at (at>? AND at<?)" in " ".join(step for step, _statement in plans)


def test_what_waits_is_counted_with_its_first_time(database: Database) -> None:
    with database.write() as connection:
        add_message(connection, 1, "pending", next_try_at=NOW + timedelta(hours=3))
        add_message(connection, 2, "deferred", next_try_at=NOW + timedelta(hours=1))
        add_message(connection, 3, "sent", next_try_at=None)
    with database.read() as connection:
        assert read_waiting(connection, NOW) == (2, NOW + timedelta(hours=1))
        assert read_waiting(connection, NOW + timedelta(days=1)) == (0, None)
