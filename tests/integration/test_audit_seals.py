"""The audit: whatever a hand did to the journal of events or to its seals, the first break."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jobs.seal import seal
from reminder.errors import DatabaseError
from reminder.storage import tables
from reminder.storage.audit import Audit, audit
from reminder.storage.breaks import Break, BreakKind, NamedEvent
from reminder.storage.events import add_event, add_events
from reminder.storage.seals import Head, read_head, sealed_hash
from tests.stored import World, at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

NOON = at("2026-03-02", "12:00")
MESSAGE = "<3.mail@example.go.id>"


@pytest.fixture
def world(database: Database) -> World:
    """Five sealed events, the third one about a mail."""
    made = World(database)
    with database.write() as connection:
        add_events(connection, "fact", "admin", NOON, [("KSD-1", {"a": 1}), ("KSD-2", {})])
        add_event(connection, NOON, "sent", {"code": 250}, message_id=MESSAGE)
        add_events(connection, "fact", "admin", NOON, [("KSD-4", {}), ("KSD-5", {})])
    seal(made.context(NOON))
    return made


def audited(world: World, noted: Head | None = None) -> Audit:
    with world.database.read() as connection:
        return audit(connection, noted)


def broken(world: World, noted: Head | None = None) -> Break:
    found = audited(world, noted).broken
    assert found is not None
    return found


def head_of(world: World) -> Head:
    with world.database.read() as connection:
        head = read_head(connection)
    assert head is not None
    return head


def test_journal_that_nobody_touched_is_whole(world: World) -> None:
    head = head_of(world)
    assert audited(world) == Audit(5, 5, 0, None, head, None)
    assert audited(world, Head(head.number, head.hash)).broken is None


def test_events_newer_than_the_last_run_are_counted_and_are_no_break(world: World) -> None:
    with world.database.write() as connection:
        add_events(connection, "fact", "admin", NOON, [("KSD-6", {}), ("KSD-7", {})])
    assert audited(world) == Audit(7, 5, 2, 6, head_of(world), None)


def test_journal_without_any_event_is_whole(database: Database) -> None:
    assert audited(World(database)) == Audit(0, 0, 0, None, None, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2026-03-02 05:00:00.000001+00:00"),
        ("kind", "held"),
        ("actor", "somebody"),
        ("agreement", "KSD-3"),
        ("deadline_id", 7),
        ("message_id", None),
        ("data", '{"code": 550}'),
        ("data", '{"code":250}'),
    ],
)
def test_edited_event_is_named_whatever_the_column(
    world: World, column: str, value: object
) -> None:
    world.run(f"UPDATE events SET {column} = :value WHERE id = 3", value=value)
    found = broken(world)
    assert found.event is not None
    assert (found.kind, found.number, found.event.id) == (BreakKind.CHANGED, 3, 3)


def test_break_says_which_event_when_and_about_what(world: World) -> None:
    world.run("UPDATE events SET actor = 'x' WHERE id IN (1, 3)")
    world.run("UPDATE events SET actor = 'admin' WHERE id = 1")
    at_noon = "2026-03-02 05:00:00.000000"
    assert broken(world) == Break(
        BreakKind.CHANGED,
        3,
        NamedEvent(3, at_noon, "sent", None, MESSAGE),
        f'event 3 ("sent" at {at_noon} UTC, message {MESSAGE}) is not as it was sealed; '
        "compare with a backup",
    )


def test_first_of_several_breaks_is_the_one_named(world: World) -> None:
    world.run("UPDATE events SET kind = 'x' WHERE id IN (2, 4)")
    world.run("DELETE FROM events WHERE id = 5")
    found = broken(world)
    assert (found.kind, found.number) == (BreakKind.CHANGED, 2)
    assert "agreement KSD-2" in found.text


@pytest.mark.parametrize("value", ["'yesterday'", "x'ff'", "''", "12"])
@pytest.mark.parametrize("column", ["at", "data"])
def test_value_that_no_column_can_hold_is_named_and_does_not_raise(
    sqlite_database: Database, column: str, value: str
) -> None:
    world = World(sqlite_database)
    with sqlite_database.write() as connection:
        add_event(connection, NOON, "sent", {}, message_id=MESSAGE)
    seal(world.context(NOON))
    world.run(f"UPDATE events SET {column} = {value}")
    assert broken(world).kind is BreakKind.CHANGED


def test_instant_out_of_every_calendar_is_named(postgresql_database: Database) -> None:
    world = World(postgresql_database)
    with postgresql_database.write() as connection:
        add_event(connection, NOON, "sent", {}, message_id=MESSAGE)
    seal(world.context(NOON))
    world.run("UPDATE events SET at = 'infinity'")
    assert broken(world).kind is BreakKind.CHANGED


def test_deleted_event_is_named(world: World) -> None:
    world.run("DELETE FROM events WHERE id = 3")
    found = broken(world)
    assert (found.kind, found.number) == (BreakKind.MISSING, 3)
    assert found.event == NamedEvent(3, None, None, None, None)
    assert "event 3 was deleted (sealed after event 2 of 2026-03-02 05:00:00" in found.text
    assert audited(world).unsealed == 0


def test_event_moved_to_another_id_is_named(world: World) -> None:
    world.run("UPDATE events SET id = 30 WHERE id = 3")
    assert broken(world).kind is BreakKind.MISSING


def test_event_deleted_with_its_seal_leaves_a_gap(world: World) -> None:
    world.run("DELETE FROM events WHERE id = 3")
    world.run("DELETE FROM seals WHERE event_id = 3")
    found = broken(world)
    assert (found.kind, found.number) == (BreakKind.SEAL_REMOVED, 3)
    assert "seal 3 is not there; the next one is seal 4, of event 4" in found.text


def test_gap_that_was_closed_by_new_numbers_shows(world: World) -> None:
    world.run("DELETE FROM events WHERE id = 3")
    world.run("DELETE FROM seals WHERE number = 3")
    for number in (4, 5):
        world.run(f"UPDATE seals SET number = {number - 1} WHERE number = {number}")
    assert broken(world).number == 3


def test_first_seal_removed_shows(world: World) -> None:
    world.run("DELETE FROM seals WHERE number = 1")
    assert (broken(world).kind, broken(world).number) == (BreakKind.SEAL_REMOVED, 1)


@pytest.mark.parametrize("with_events", [True, False])
def test_removed_end_of_the_chain_shows(world: World, with_events: bool) -> None:
    world.run("DELETE FROM seals WHERE number > 3")
    if with_events:
        world.run("DELETE FROM events WHERE id > 3")
    found = broken(world)
    assert (found.kind, found.number, found.event) == (BreakKind.CHAIN_CUT, 3, None)
    assert "the last seal is number 3, and the service made 5" in found.text


def test_removed_end_still_shows_after_new_events_were_sealed(world: World) -> None:
    world.run("DELETE FROM seals WHERE number > 3")
    with world.database.write() as connection:
        add_events(connection, "fact", "admin", NOON, [("KSD-6", {})])
    seal(world.context(NOON + timedelta(minutes=1)))
    assert (broken(world).kind, broken(world).number) == (BreakKind.SEAL_REMOVED, 4)


def test_all_seals_removed_shows(world: World) -> None:
    world.run("DELETE FROM seals")
    assert (broken(world).kind, broken(world).number) == (BreakKind.CHAIN_CUT, 0)


def test_head_removed_or_of_another_hash_shows(world: World) -> None:
    head = head_of(world)
    world.run("UPDATE service SET value = replace(value, :old, :new)", old=head.hash, new="0" * 64)
    assert "and the service made 000" in broken(world).text
    world.run("DELETE FROM service WHERE name = 'seal_head'")
    assert "the service's note of the last one is gone" in broken(world).text


def test_head_that_cannot_be_read_is_an_error_that_says_so(world: World) -> None:
    world.run("UPDATE service SET value = 'x' WHERE name = 'seal_head'")
    with pytest.raises(DatabaseError, match="seal_head in the table service cannot be read"):
        audited(world)


def test_two_seals_that_changed_places_are_told_from_a_changed_event(world: World) -> None:
    swap(world, "number")
    found = broken(world)
    assert (found.kind, found.number) == (BreakKind.SEAL_REORDERED, 3)


def test_two_seals_that_changed_their_events_are_told_from_a_changed_event(world: World) -> None:
    swap(world, "event_id")
    found = broken(world)
    assert (found.kind, found.number) == (BreakKind.SEAL_REORDERED, 3)


@pytest.mark.parametrize("number", [3, 5], ids=["in the middle", "the last one"])
def test_hash_changed_in_a_seal_is_told_from_a_changed_event(world: World, number: int) -> None:
    world.run(f"UPDATE seals SET hash = '{'a' * 64}' WHERE number = {number}")
    found = broken(world)
    assert (found.kind, found.number) == (BreakKind.SEAL_CHANGED, number)


def test_chain_made_anew_is_found_by_a_head_noted_elsewhere(world: World) -> None:
    noted = head_of(world)
    world.run("UPDATE events SET kind = 'held' WHERE id = 3")
    world.run("DELETE FROM seals")
    world.run("DELETE FROM service")
    seal(world.context(NOON))

    assert audited(world).broken is None
    found = broken(world, noted)
    assert (found.kind, found.number) == (BreakKind.REWRITTEN, 5)
    with world.database.write() as connection:
        add_events(connection, "fact", "admin", NOON, [("KSD-6", {})])
    seal(world.context(NOON))
    assert broken(world, noted).kind is BreakKind.REWRITTEN


def test_chain_made_anew_and_shorter_is_found_by_a_head_noted_elsewhere(world: World) -> None:
    noted = head_of(world)
    world.run("DELETE FROM events WHERE id = 3")
    world.run("DELETE FROM seals")
    world.run("DELETE FROM service")
    seal(world.context(NOON))

    assert audited(world).broken is None
    found = broken(world, noted)
    assert (found.kind, found.number) == (BreakKind.CHAIN_CUT, 4)
    assert "the last seal is number 4, and you noted 5" in found.text


def test_seal_made_by_hand_behind_the_head_shows(world: World) -> None:
    with world.database.write() as connection:
        add_events(connection, "fact", "admin", NOON, [("KSD-6", {})])
    event = ("2026-03-02 05:00:00.000000", "fact", "admin", "KSD-6", None, None, "{}")
    forged = sealed_hash(head_of(world).hash, (6, *event))
    world.run(f"INSERT INTO seals (number, event_id, hash) VALUES (6, 6, '{forged}')")
    found = broken(world)
    assert (found.kind, found.number) == (BreakKind.CHAIN_CUT, 6)
    assert "the last seal is number 6, and the service made 5" in found.text


def test_audit_writes_nothing(world: World) -> None:
    before = world.everything()
    audited(world)
    assert world.everything() == before


def swap(world: World, column: str) -> None:
    """Have the seals of the events 3 and 4 change places, or their events."""
    for old, new in ((3, -3), (4, 3), (-3, 4)):
        world.run(f"UPDATE seals SET {column} = {new} WHERE {column} = {old}")
    assert len(world.rows(tables.seals, "number")) == 5
