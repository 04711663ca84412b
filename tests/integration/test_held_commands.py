"""What a person decides about messages that wait: release, discard, resend, assume-sent."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from reminder.errors import AnswerRefused
from reminder.mail.transport import Outcome, Verdict
from reminder.storage import tables
from reminder.storage.answers import Person, assume_sent, discard, release, resend
from reminder.storage.held import find_ids, ids_of_storm, ids_releasable, load_held
from tests.factories import make_agreement, make_rule
from tests.fakes import SENT
from tests.outboxes import MADE, Outbox, parsed
from tests.stored import at, make_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reminder.storage.engine import Database

NOW = at(MADE, "10:00")
ADMIN = Person("admin@biro.example.go.id", "asked by phone")
UNCERTAIN = Outcome(Verdict.UNCERTAIN, "dot", text="the connection broke")
REFUSED = Outcome(Verdict.HELD, "dot", 554, "5.7.1", "not accepted by policy")


def decide(outbox: Outbox, how: Callable[..., None], ids: Sequence[str] | None = None) -> list[str]:
    """One decision about these messages, or all of them; the ids."""
    named = [row[0] for row in outbox.messages("message_id")] if ids is None else list(ids)
    with outbox.database.write() as connection:
        how(connection, named, ADMIN, NOW)
    return named


def refused(outbox: Outbox, how: Callable[..., None], ids: Sequence[str] | None = None) -> str:
    """Why a decision cannot be carried out; nothing is changed by it."""
    before = outbox.everything()
    with pytest.raises(AnswerRefused) as caught:
        decide(outbox, how, ids)
    assert outbox.everything() == before
    return str(caught.value)


def hold_all(outbox: Outbox, held_for: str = "storm") -> None:
    """Have every message held."""
    outbox.change(state="held", held_for=held_for, reason="why", next_try_at=None)


def journal(outbox: Outbox, kind: str) -> list[tuple[str, dict[str, object]]]:
    """The actor and the data of the events of that kind."""
    rows = outbox.rows(tables.events, "kind", "actor", "data")
    return [(actor, json.loads(data)) for of, actor, data in rows if of == kind]


def test_released_message_leaves_as_if_it_had_just_been_made(database: Database) -> None:
    outbox = Outbox(database)
    hold_all(outbox)
    outbox.change(claims=3)
    decide(outbox, release)

    assert outbox.message("state", "held_for", "reason", "next_try_at", "claims") == (
        ("pending", "", "", NOW, 0)
    )
    assert journal(outbox, "released") == [
        (ADMIN.email, {"was": "held", "held_for": "storm", "may_have_arrived": False,
                       "note": "asked by phone"})
    ]  # fmt: skip
    assert outbox.deliver(f"{MADE} 10:00").sent == 1
    assert "X-Possible-Duplicate" not in parsed(outbox.transport.tried)[0]


def test_released_message_waits_for_the_send_window(database: Database) -> None:
    outbox = Outbox(database)
    hold_all(outbox)
    decide(outbox, release)

    assert outbox.deliver(f"{MADE} 20:00").sent == 0
    assert outbox.deliver("2026-05-04 08:00").sent == 1


@pytest.mark.parametrize("state", ["held", "uncertain"])
def test_what_may_have_arrived_is_not_released_but_resent(database: Database, state: str) -> None:
    outbox = Outbox(database)
    outbox.deliver(f"{MADE} 09:00", UNCERTAIN)
    outbox.change(state=state, held_for="uncertain" if state == "held" else "")
    text = refused(outbox, release)

    assert "reminder resend or reminder assume-sent" in text
    assert text.endswith("Nothing was changed.")


def test_resent_message_is_the_same_mail_and_marked(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(f"{MADE} 09:00", UNCERTAIN)
    (first,) = parsed(outbox.transport.tried)
    decide(outbox, resend)
    assert outbox.deliver(f"{MADE} 10:00").sent == 1
    (second,) = parsed(outbox.transport.tried)

    assert second["X-Possible-Duplicate"] == f"attempt=2; first={at(MADE, '09:00').isoformat()}"
    del second["X-Possible-Duplicate"]
    assert second.as_bytes() == first.as_bytes()
    assert outbox.message("possible_duplicate") is True


def test_resent_message_that_nobody_has_seen_is_not_marked(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(f"{MADE} 09:00", REFUSED)
    assert outbox.message("state", "held_for") == ("held", "refused")
    decide(outbox, resend)

    assert outbox.message("state", "possible_duplicate") == ("pending", False)
    assert outbox.deliver(f"{MADE} 10:00").sent == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        pytest.param("sent", "RFC 5322", id="sent"),
        pytest.param("failed", "correct the address in the register", id="failed"),
        pytest.param("bounced", "correct the address in the register", id="bounced"),
        pytest.param("superseded", "see reminder why", id="superseded"),
        pytest.param("suppressed", "see reminder why", id="suppressed"),
        pytest.param("pending", "it waits to be sent", id="pending"),
        pytest.param("deferred", "it waits to be sent", id="deferred"),
        pytest.param("claimed", "is being sent now", id="claimed"),
        pytest.param("sending", "is being sent now", id="sending"),
    ],
)
def test_only_what_waits_for_a_person_is_resent(
    sqlite_database: Database, state: str, words: str
) -> None:
    outbox = Outbox(sqlite_database)
    outbox.change(state=state, sent_at=NOW)
    for how in (resend, release, assume_sent):
        refused(outbox, how)
    assert words in refused(outbox, resend)


def test_assumed_sent_is_a_persons_word_and_no_relays(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(f"{MADE} 09:00", UNCERTAIN)
    attempts = outbox.attempts()
    decide(outbox, assume_sent)

    assert outbox.message("state", "sent_at", "reason") == (
        ("sent", at(MADE, "09:00"), "assumed sent by admin@biro.example.go.id: asked by phone")
    )
    assert outbox.attempts() == attempts
    assert [actor for actor, _data in journal(outbox, "assumed_sent")] == [ADMIN.email]
    assert outbox.deliver(f"{MADE} 11:00").sent == 0


def test_assumed_sent_says_so_where_nothing_was_tried(database: Database) -> None:
    outbox = Outbox(database)
    hold_all(outbox)
    decide(outbox, assume_sent)

    assert outbox.message("sent_at") == NOW
    assert outbox.message("reason").endswith("; the service itself did not send it")


@pytest.mark.parametrize("state", ["held", "uncertain", "pending", "deferred"])
def test_discarded_message_never_leaves_and_later_lead_times_go_on(
    database: Database, state: str
) -> None:
    policy = make_policy(make_rule(lead_times="H-30 H-7"), digest_above=100_000)
    outbox = Outbox(database, policy=policy)
    outbox.change(state=state)
    decide(outbox, discard)

    assert outbox.message("state", "next_try_at") == ("suppressed", None)
    assert outbox.notices("lead_time", "stop_reason") == [("H-30", "discarded")]
    outbox.scan(at(MADE, "11:00"))
    assert len(outbox.notices()) == 1, "it does not fire again"
    assert outbox.deliver(f"{MADE} 11:00").sent == 0
    outbox.scan("2026-05-22")
    assert outbox.notices("lead_time", "stop_reason") == [("H-30", "discarded"), ("H-7", "")]


def test_discarded_lead_time_counts_as_told_when_the_deadline_opens_again(
    database: Database,
) -> None:
    outbox = Outbox(database)
    decide(outbox, discard)
    outbox.put(make_agreement("A-0", status="terminated"))
    outbox.scan(at(MADE, "11:00"))
    outbox.put(make_agreement("A-0"))
    outbox.scan(at(MADE, "12:00"))

    assert outbox.notices("lead_time", "stop_reason") == [("H-30", "discarded")]


@pytest.mark.parametrize("state", ["claimed", "sending", "sent", "failed", "superseded"])
def test_what_has_left_or_is_over_is_not_discarded(sqlite_database: Database, state: str) -> None:
    outbox = Outbox(sqlite_database)
    outbox.change(state=state, sent_at=NOW)
    refused(outbox, discard)


def test_one_message_that_cannot_be_answered_keeps_all_as_they_are(database: Database) -> None:
    outbox = Outbox(database, 3)
    hold_all(outbox)
    ids = [row[0] for row in outbox.messages("message_id")]
    with database.write() as connection:
        messages = tables.messages
        connection.execute(
            update(messages).where(messages.c.message_id == ids[1]).values(state="claimed")
        )
    text = refused(outbox, release)
    assert text == (
        f"{ids[1]}: it is being sent now; look again in a minute with reminder log.\n"
        "Nothing was changed."
    )


def test_message_is_found_by_its_id_or_how_it_begins(database: Database) -> None:
    outbox = Outbox(database, 2)
    first, second = (row[0] for row in outbox.messages("message_id"))
    with database.read() as connection:
        for name in (first, first.strip("<>"), first[:12], first[1:12]):
            assert find_ids(connection, [name]) == [first], name
        assert find_ids(connection, [first, second, first[1:9]]) == [first, second]
        for name in ("zzz", "", "<>", "%", "_"):
            with pytest.raises(AnswerRefused, match="There is no message"):
                find_ids(connection, [name])


def test_beginning_that_fits_several_is_refused_with_their_names(database: Database) -> None:
    outbox = Outbox(database, 3)
    for number, (message_id,) in enumerate(outbox.messages("message_id")):
        outbox.run("DELETE FROM notices")
        outbox.run(
            "UPDATE messages SET message_id = :new WHERE message_id = :old",
            new=f"<same-{number}@x>", old=message_id,
        )  # fmt: skip
    with (
        database.read() as connection,
        pytest.raises(AnswerRefused, match=r"fits several messages \(<same-0@x>, <same-1@x>"),
    ):
        find_ids(connection, ["same"])


def test_all_leaves_out_what_may_have_arrived(database: Database) -> None:
    outbox = Outbox(database, 4)
    ids = [row[0] for row in outbox.messages("message_id")]
    with database.write() as connection:
        for message_id, held_for in zip(ids, ("storm", "refused", "uncertain", ""), strict=True):
            connection.execute(
                update(tables.messages)
                .where(tables.messages.c.message_id == message_id)
                .values(state="held" if held_for else "uncertain", held_for=held_for)
            )
    with database.write() as connection:
        assert ids_releasable(connection) == ids[:2]
        assert ids_of_storm(connection) == ids[:1]


def test_held_messages_tell_since_when_and_why(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(f"{MADE} 09:30", UNCERTAIN)
    with database.read() as connection:
        (held,) = load_held(connection)

    assert (held.state, held.agreements, held.since) == ("uncertain", ("A-0",), at(MADE, "09:30"))
    assert held.repeated_at == at(MADE, "09:30") + timedelta(minutes=30)
    assert held.subject is not None
    hold_all(outbox)
    with database.read() as connection:
        assert load_held(connection) == [], "a storm is one matter"


def test_decision_waits_for_a_worker_that_claims_at_this_moment(
    postgresql_database: Database,
) -> None:
    """On SQLite there is one writer; here the row's lock is what orders the two."""
    outbox = Outbox(postgresql_database)
    ids = [row[0] for row in outbox.messages("message_id")]
    messages = tables.messages
    errors: list[str] = []

    def discard_it() -> None:
        try:
            decide(outbox, discard, ids)
        except AnswerRefused as error:
            errors.append(str(error))

    with postgresql_database.write() as connection:
        connection.execute(select(messages).with_for_update())
        person = Thread(target=discard_it)
        person.start()
        connection.execute(update(messages).values(state="claimed"))
    person.join(20)

    assert outbox.states() == ["claimed"]
    assert "is being sent now" in errors[0]


def test_released_message_is_sent_once(database: Database) -> None:
    outbox = Outbox(database)
    hold_all(outbox)
    decide(outbox, release)
    assert outbox.deliver(f"{MADE} 10:00", SENT).sent == 1
    assert "sent at 2026-05-01 03:00 UTC" in refused(outbox, release)
