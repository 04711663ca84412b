"""Dead addresses: no more mail goes there, the next in line is told, and a finding names them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from reminder.storage.dead_addresses import mark_alive, mark_dead
from tests.factories import OFFICER, make_agreement, make_contact
from tests.fakes import UNKNOWN_USER
from tests.inboxes import ABOVE, HEAD, LATER, SENT_AT, Correspondence
from tests.stored import ADMIN

if TYPE_CHECKING:
    from datetime import datetime

    from reminder.storage.engine import Database

SECOND = "kedua@biro.example.go.id"


def kill(office: Correspondence, email: str, now: datetime = SENT_AT) -> None:
    """Mark an address as dead."""
    with office.database.write() as connection:
        assert mark_dead(connection, email, "dead 5.1.1", now)


def found(office: Correspondence) -> list[tuple[str, str]]:
    """Status and words of the findings NO_RECIPIENT."""
    rows = office.rows(tables.deadlines, "key", "status", "derived_from")
    return [(status, said) for key, status, said in rows if key == "NO_RECIPIENT"]


def test_notice_goes_to_the_next_in_line_and_says_why(database: Database) -> None:
    office = Correspondence(database, 0)
    kill(office, OFFICER.upper())
    office.put(make_agreement("A-0"))
    office.scan(SENT_AT)
    assert office.notices("recipient", "role", "fallback") == [
        (
            HEAD,
            "officer",
            f"head of B-01 for officer of B-01, where the mail to {OFFICER} could not be delivered",
        )
    ]
    office.deliver(SENT_AT)
    assert [mail.recipient for mail in office.transport.delivered] == [HEAD]


def test_somebody_else_in_the_role_is_told_without_a_word(database: Database) -> None:
    office = Correspondence(database, 0)
    office.put(make_contact(SECOND))
    kill(office, OFFICER)
    office.put(make_agreement("A-0"))
    office.scan(SENT_AT)
    assert office.notices("recipient", "fallback") == [(SECOND, "")]


@pytest.mark.parametrize(
    ("dead", "told"),
    [
        pytest.param([OFFICER, HEAD], ABOVE, id="the head is dead too"),
        pytest.param([OFFICER, HEAD, ABOVE], ADMIN, id="and whoever is above"),
    ],
)
def test_line_is_gone_along_until_somebody_is_reached(
    sqlite_database: Database, dead: list[str], told: str
) -> None:
    office = Correspondence(sqlite_database, 0)
    for email in dead:
        kill(office, email)
    office.put(make_agreement("A-0"))
    office.scan(SENT_AT)
    assert office.notices("recipient") == [(told,)]


def test_where_everybody_is_dead_no_mail_is_made_and_the_finding_says_so(
    sqlite_database: Database,
) -> None:
    office = Correspondence(sqlite_database, 0)
    for email in (OFFICER, HEAD, ABOVE, ADMIN):
        kill(office, email)
    office.put(make_agreement("A-0"))
    office.scan(SENT_AT)
    assert office.notices() == []
    ((status, said),) = found(office)
    assert status == "open"
    assert f"mail to officer {OFFICER} comes back for good" in said


def test_own_officer_that_is_dead_is_followed_by_the_bureaus(sqlite_database: Database) -> None:
    office = Correspondence(sqlite_database, 0)
    kill(office, SECOND)
    office.put(make_agreement("A-0", officer=SECOND))
    office.scan(SENT_AT)
    assert office.notices("recipient") == [(OFFICER,)]


def test_what_waits_for_a_dead_address_is_not_sent_and_the_next_is_told(
    database: Database,
) -> None:
    office = Correspondence(database)
    kill(office, OFFICER)
    assert office.deliver(SENT_AT).failed == 1
    assert office.transport.tried == []
    assert office.attempts() == []
    office.round(SENT_AT)
    assert office.told() == [(OFFICER, "failed"), (HEAD, "sent")]


def test_finding_names_the_gap_until_the_address_is_alive_again(database: Database) -> None:
    office = Correspondence(database)
    office.deliver(SENT_AT)
    kill(office, OFFICER)
    office.scan(SENT_AT)
    assert [status for status, _said in found(office)] == ["open"]
    with office.database.write() as connection:
        assert mark_alive(connection, OFFICER, LATER, "admin")
        assert not mark_alive(connection, OFFICER, LATER, "admin")
    office.scan(LATER)
    assert [status for status, _said in found(office)] == ["met"]
    assert [kind for kind in office.kinds() if kind.startswith("address")] == [
        "address_dead", "address_alive",
    ]  # fmt: skip


def test_relay_that_refuses_an_address_on_two_days_marks_it(database: Database) -> None:
    office = Correspondence(database)
    assert office.deliver(SENT_AT, UNKNOWN_USER).failed == 1
    office.round(SENT_AT)
    assert office.dead() == []
    # The same day once more says nothing new.
    office.put(make_agreement("B-0"))
    soon = SENT_AT + timedelta(hours=3)
    office.scan(soon)
    assert office.deliver(soon, UNKNOWN_USER).failed == 1
    office.round(soon)
    assert office.dead() == []
    office.put(make_agreement("C-0"))
    next_work_day = SENT_AT + timedelta(days=3)
    office.scan(next_work_day)
    office.deliver(next_work_day, UNKNOWN_USER)
    office.round(next_work_day)
    assert office.dead() == [OFFICER]


def test_mail_that_was_taken_in_between_forgives_an_earlier_refusal(
    sqlite_database: Database,
) -> None:
    office = Correspondence(sqlite_database)
    office.deliver(SENT_AT, UNKNOWN_USER)
    office.round(SENT_AT)
    for day, outcome in ((3, None), (4, UNKNOWN_USER)):
        now = SENT_AT + timedelta(days=day)
        office.put(make_agreement(f"D-{day}"))
        office.scan(now)
        office.deliver(now, *([outcome] if outcome else []))
        office.round(now)
    assert office.dead() == []


def test_command_lists_and_clears_dead_addresses(database: Database) -> None:
    office = Correspondence(database)
    kill(office, OFFICER)
    code, text = office.command("addresses")
    assert code == 0
    assert f"{OFFICER}  since 2026-05-01 02:00 UTC: dead 5.1.1" in text
    assert office.command("addresses", "--alive", OFFICER)[0] == 0
    assert office.command("addresses") == (0, "No address is dead.\n")
    code, text = office.command("addresses", "--alive", OFFICER)
    assert code == 1
    assert "is not marked as dead" in text
