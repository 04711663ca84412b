"""Replay at the start: what the journal knows and the database does not is put on record."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from jobs.recover import recover
from jobs.replay import replay
from reminder.mail.journal import OutcomeJournal
from reminder.retry import UNCERTAIN_FOR
from reminder.storage import tables
from reminder.storage.engine import Database
from reminder.storage.identity import give_id
from reminder.storage.planning import clear_service
from reminder.storage.schema import open_database
from tests.backups import put_back, take
from tests.journals import (
    ENDED_AT,
    INTENT_AT,
    REPLAYED_AT,
    TOKEN,
    id_of,
    make_entry,
    replay_entries,
)
from tests.outboxes import MADE, Outbox
from tests.stored import at

REFUSED: dict[str, Any] = {
    "state": "failed",
    "verdict": "failed",
    "code": 550,
    "enhanced": "5.1.1",
    "text": "no such user",
    "reason": "550 5.1.1 no such user (dot)",
}
BUSY: dict[str, Any] = {
    "state": "deferred",
    "verdict": "deferred",
    "code": 451,
    "next_try_at": ENDED_AT + timedelta(minutes=5),
    "reason": "451 busy (dot)",
}


def leased(outbox: Outbox, state: str = "sending", token: str = TOKEN) -> str:
    """The only message, as its worker left it; returns its id."""
    message_id: str = outbox.message("message_id")
    outbox.change(
        state=state,
        lease_token=token,
        lease_until=INTENT_AT + timedelta(minutes=25),
        worker="the dead",
        claims=1,
        intent_at=INTENT_AT if state == "sending" else None,
    )
    return message_id


def replayed(outbox: Outbox) -> list[dict[str, Any]]:
    """The data of the events that tell of replays."""
    rows = outbox.rows(tables.events, "kind", "data")
    return [json.loads(data) for kind, data in rows if kind == "replayed"]


def test_a_verdict_that_was_not_committed_is_recorded(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    entry = make_entry(leased(outbox))
    assert replay_entries(outbox, tmp_path, entry) == 1
    assert outbox.message("state", "sent_at", "attempts", "claims", "lease_token", "intent_at") == (
        ("sent", ENDED_AT, 1, 0, None, None)
    )
    assert outbox.message("first_try_at", "untold") == (entry.started_at, False)
    assert outbox.attempts("number", "phase", "code", "verdict", "text", "intent_at") == [
        (1, "dot", 250, "sent", "queued", INTENT_AT)
    ]
    (data,) = replayed(outbox)
    assert (data["verdict"], data["state"], data["was"]) == ("sent", "sent", "sending")
    outbox.deliver(REPLAYED_AT)
    assert outbox.transport.tried == []


def test_a_deferred_one_is_tried_again_at_its_time_without_a_mark(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    replay_entries(outbox, tmp_path, make_entry(leased(outbox), **BUSY))
    assert outbox.message("state", "next_try_at", "reason", "attempts") == (
        ("deferred", BUSY["next_try_at"], BUSY["reason"], 1)
    )
    outbox.deliver(ENDED_AT + timedelta(minutes=5))
    assert outbox.message("state", "possible_duplicate") == ("sent", False)


def test_a_refused_one_fails_and_waits_for_the_next_contact_to_be_told(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    replay_entries(outbox, tmp_path, make_entry(leased(outbox), **REFUSED))
    assert outbox.message("state", "reason", "untold", "next_try_at") == (
        ("failed", REFUSED["reason"], True, None)
    )


def test_nobody_is_told_in_place_of_an_admin(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    outbox.change(kind="admin")
    replay_entries(outbox, tmp_path, make_entry(leased(outbox), **REFUSED))
    assert outbox.message("state", "untold") == ("failed", False)


def test_a_held_one_keeps_why_it_is_held(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    entry = make_entry(leased(outbox), state="held", verdict="held", held_for="refused")
    replay_entries(outbox, tmp_path, entry)
    assert outbox.message("state", "held_for") == ("held", "refused")


def test_the_relay_s_own_trouble_uses_up_no_attempt(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    retry_at = ENDED_AT + timedelta(minutes=1)
    entry = make_entry(
        leased(outbox), state="pending", verdict="relay", next_try_at=retry_at, is_counted=False
    )
    replay_entries(outbox, tmp_path, entry)
    assert outbox.message("state", "attempts", "relay_faults", "first_try_at") == (
        ("pending", 0, 1, None)
    )


@pytest.mark.parametrize("verdict", [{}, REFUSED, BUSY], ids=["sent", "failed", "deferred"])
def test_an_uncertain_one_is_resolved_and_not_repeated(
    database: Database, tmp_path: Path, verdict: dict[str, Any]
) -> None:
    outbox = Outbox(database)
    entry = make_entry(leased(outbox), **verdict)
    late = INTENT_AT + timedelta(hours=1)
    assert recover(outbox.context(late)).uncertain == 1
    assert replay_entries(outbox, tmp_path, entry, now=late) == 1
    assert outbox.message("state", "attempts", "possible_duplicate") == (entry.state, 1, False)
    assert outbox.attempts("number", "verdict") == [(1, "uncertain"), (2, entry.verdict)]


def test_one_that_waits_for_its_marked_repeat_is_not_repeated_if_it_was_sent(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    entry = make_entry(leased(outbox))
    late = INTENT_AT + timedelta(hours=1)
    recover(outbox.context(late))
    recover(outbox.context(late + UNCERTAIN_FOR))
    assert outbox.message("state", "possible_duplicate") == ("deferred", True)
    replay_entries(outbox, tmp_path, entry, now=late + UNCERTAIN_FOR)
    assert outbox.message("state", "sent_at") == ("sent", ENDED_AT)


@pytest.mark.parametrize("state", ["pending", "deferred", "claimed", "uncertain", "held"])
@pytest.mark.parametrize("verdict", [{}, REFUSED], ids=["sent", "failed"])
def test_a_database_that_forgot_more_is_told_the_end(
    database: Database, tmp_path: Path, state: str, verdict: dict[str, Any]
) -> None:
    outbox = Outbox(database)
    entry = make_entry(leased(outbox, state, token="of somebody else"), **verdict)
    assert replay_entries(outbox, tmp_path, entry) == 1
    assert outbox.message("state", "lease_token", "lease_until") == (entry.state, None, None)
    assert outbox.attempts("verdict", "intent_at") == [(entry.verdict, INTENT_AT)]


def test_a_passing_verdict_changes_no_message_that_has_gone_on_since(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    message_id = outbox.message("message_id")
    before = outbox.message("state", "next_try_at", "attempts")
    assert replay_entries(outbox, tmp_path, make_entry(message_id, **BUSY)) == 1
    assert outbox.message("state", "next_try_at", "attempts") == before
    assert outbox.attempts() == [("dot", 451, "deferred")]


def test_a_message_being_sent_by_another_worker_is_left_to_it(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    message_id = leased(outbox, token="of somebody else")
    assert replay_entries(outbox, tmp_path, make_entry(message_id)) == 1
    assert outbox.message("state", "lease_token") == ("sending", "of somebody else")
    assert outbox.attempts() == [("dot", 250, "sent")]
    assert replayed(outbox)[0]["state"] == "sending"


@pytest.mark.parametrize("state", ["sent", "failed", "bounced", "suppressed", "superseded"])
@pytest.mark.parametrize("verdict", [{}, REFUSED, BUSY], ids=["sent", "failed", "deferred"])
def test_an_end_stays_an_end(
    database: Database, tmp_path: Path, state: str, verdict: dict[str, Any]
) -> None:
    outbox = Outbox(database)
    message_id = outbox.message("message_id")
    outbox.change(state=state, reason="as it was")
    replay_entries(outbox, tmp_path, make_entry(message_id, **verdict))
    assert outbox.messages("state", "reason") == [(state, "as it was")]
    assert len(outbox.attempts()) == 1


def test_a_mail_of_a_message_that_is_gone_leaves_an_event_once(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    assert replay_entries(outbox, tmp_path, make_entry("<gone@example.go.id>")) == 1
    assert replay_entries(outbox, tmp_path, make_entry("<gone@example.go.id>")) == 0
    assert (outbox.states(), outbox.attempts()) == (["pending"], [])
    (data,) = replayed(outbox)
    assert data["reason"].startswith("the database does not know this message")


@pytest.mark.parametrize("state", ["sending", "pending", "uncertain", "superseded"])
@pytest.mark.parametrize("verdict", [{}, REFUSED, BUSY], ids=["sent", "failed", "deferred"])
def test_a_second_replay_changes_nothing(
    database: Database, tmp_path: Path, state: str, verdict: dict[str, Any]
) -> None:
    outbox = Outbox(database)
    assert replay_entries(outbox, tmp_path, make_entry(leased(outbox, state), **verdict)) == 1
    after = outbox.everything()
    assert replay_entries(outbox, tmp_path) == 0
    assert outbox.everything() == after


def test_what_is_on_record_is_not_recorded_again(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    outbox.deliver(MADE)
    ((message_id, intent_at),) = outbox.attempts("message_id", "intent_at")
    after = outbox.everything()
    assert replay_entries(outbox, tmp_path, make_entry(message_id, intent_at=intent_at)) == 0
    assert outbox.everything() == after


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "uncertain", "verdict": "uncertain"},
        {"intent_at": None, "verdict": "deferred", "state": "deferred", "phase": "rcpt"},
        {"ended_at": REPLAYED_AT - timedelta(hours=24, seconds=1)},
    ],
    ids=["nobody knew", "no dot went out", "over a day old"],
)
def test_what_says_nothing_is_left_alone(
    database: Database, tmp_path: Path, changes: dict[str, Any]
) -> None:
    outbox = Outbox(database)
    entry = make_entry(leased(outbox), **changes)
    after = outbox.everything()
    assert replay_entries(outbox, tmp_path, entry) == 0
    assert outbox.everything() == after


def test_the_later_verdict_of_a_message_has_the_last_word(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    message_id = leased(outbox)
    second = at(MADE, "09:06")
    sent = make_entry(
        message_id, token="the second", intent_at=second, ended_at=second, started_at=second
    )
    now = second + timedelta(minutes=1)
    assert replay_entries(outbox, tmp_path, sent, make_entry(message_id, **BUSY), now=now) == 2
    assert outbox.message("state", "sent_at", "attempts") == ("sent", second, 2)
    assert outbox.attempts("number", "verdict") == [(1, "deferred"), (2, "sent")]


def test_nothing_to_do_costs_a_few_reads_and_no_write(
    sqlite_database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(sqlite_database)
    message_id = leased(outbox)
    entries = [
        make_entry(message_id, intent_at=INTENT_AT + timedelta(microseconds=number))
        for number in range(20)
    ]
    replay_entries(outbox, tmp_path, *entries)
    statements: list[str] = []
    for engine in (sqlite_database._reader, sqlite_database._writer):
        event.listen(engine, "before_cursor_execute", lambda *said: statements.append(str(said[2])))
    with OutcomeJournal(tmp_path) as journal:
        assert replay(outbox.context(REPLAYED_AT), journal) == 0
    assert [words.split()[0] for words in statements] == [*["BEGIN", "SELECT"] * 2, "SELECT"]
    assert not any("IMMEDIATE" in words for words in statements)


def test_a_replay_is_needed_at_the_start_and_where_the_database_refused_one(
    sqlite_database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(sqlite_database)
    entry = make_entry(leased(outbox))
    needed = []
    with OutcomeJournal(tmp_path) as journal:
        needed.append(journal.needs_replay)
        replay(outbox.context(REPLAYED_AT), journal)
        needed.append(journal.needs_replay)
        journal.write(entry)
        outbox.run("ALTER TABLE attempts RENAME TO elsewhere")
        with pytest.raises(OperationalError, match="no such table: attempts"):
            replay(outbox.context(REPLAYED_AT), journal)
        needed.append(journal.needs_replay)
        outbox.run("ALTER TABLE elsewhere RENAME TO attempts")
        assert replay(outbox.context(REPLAYED_AT), journal) == 1
        needed.append(journal.needs_replay)
    assert needed == [True, False, True, False]


def test_what_another_database_was_told_says_nothing_here(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    entry = make_entry(outbox.message("message_id"))
    after = outbox.everything()
    for other in ("", "0" * 32):
        assert replay_entries(outbox, tmp_path, entry, database=other) == 0
    assert outbox.everything() == after


@pytest.mark.parametrize("new", ["sqlite", "postgresql"])
def test_new_database_in_a_home_that_sent_sends_for_itself(
    new: str, request: pytest.FixtureRequest, home: Path
) -> None:
    with closing(open_database(f"sqlite:///{home}/var/old.db")) as old:
        outbox = Outbox(old, 2, home=home)
        outbox.deliver(MADE)
        assert len(outbox.transport.delivered) == 2
        told = {message_id for (message_id,) in outbox.messages("message_id")}
    outbox = Outbox(request.getfixturevalue(f"{new}_database"), 2, home=home)
    assert {message_id for (message_id,) in outbox.messages("message_id")} == told
    outbox.deliver(MADE)
    assert len(outbox.transport.delivered) == 2
    assert set(outbox.states()) == {"sent"}
    assert replayed(outbox) == []


def test_database_without_an_id_is_given_one_that_stays(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    outbox.run("DELETE FROM service WHERE name = 'database_id'")
    with OutcomeJournal(tmp_path) as journal:
        for _ in range(2):
            replay(outbox.context(REPLAYED_AT), journal)
            assert len(journal.database_id) == 32
            assert journal.database_id == id_of(database)


def test_two_processes_that_give_an_id_at_once_agree(database: Database) -> None:
    with database.write() as connection:
        clear_service(connection, "database_id")
    url = database.url.render_as_string(hide_password=False)
    with closing(Database(url)) as first, closing(Database(url)) as second:
        given: list[str] = []

        def give() -> None:
            with second.write() as connection:
                given.append(give_id(connection))

        thread = Thread(target=give)
        with first.write() as connection:
            given.append(give_id(connection))
            thread.start()
        thread.join(30)
    assert given == [id_of(database)] * 2


def test_restored_database_still_knows_what_is_about_it(database: Database, tmp_path: Path) -> None:
    outbox = Outbox(database)
    entry, before = make_entry(outbox.message("message_id")), id_of(database)
    take(database, tmp_path / "backup")
    put_back(database, tmp_path / "backup", tmp_path)
    assert id_of(database) == before
    assert replay_entries(outbox, tmp_path, entry, database=before) == 1
    assert outbox.states() == ["sent"]


TRIALS: list[dict[str, Any]] = [{"relay": "maildir"}, {"redirected": True}]


@pytest.mark.parametrize("changes", TRIALS, ids=["into a Maildir", "to one address"])
def test_what_a_trial_sent_is_no_proof_for_a_service_that_sends_to_people(
    database: Database, tmp_path: Path, changes: dict[str, Any]
) -> None:
    outbox = Outbox(database)
    entry = make_entry(leased(outbox), **changes)
    assert replay_entries(outbox, tmp_path, entry) == 0
    assert outbox.states() == ["sending"]


@pytest.mark.parametrize("changes", [*TRIALS, {}], ids=["Maildir", "one address", "a relay"])
@pytest.mark.parametrize(
    "settings",
    [{"mail_url": "maildir:/tmp/mail"}, {"redirect_to": "uji@example.go.id"}],
    ids=["in a trial with a Maildir", "in a trial with one address"],
)
def test_a_trial_that_died_goes_on_where_it_was(
    database: Database, tmp_path: Path, settings: dict[str, Any], changes: dict[str, Any]
) -> None:
    outbox = Outbox(database)
    outbox.settings = replace(outbox.settings, **settings)
    assert replay_entries(outbox, tmp_path, make_entry(leased(outbox), **changes)) == 1
    assert outbox.states() == ["sent"]
