"""Succession: who is told, when and once, because the mail to somebody failed for good."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from jobs import succession
from jobs.explaining import explain_agreement
from jobs.succession import succeed
from reminder.cli.why import lines_of
from reminder.crash_points import CrashPoint
from reminder.explanation import as_json
from reminder.storage import tables
from reminder.storage.answers import Person, discard
from reminder.storage.succession import load_failed_notices
from tests.factories import OFFICER, make_agreement, make_bureau, make_contact, make_rule
from tests.fakes import UNKNOWN_USER
from tests.killed import killed_at
from tests.outboxes import MADE, Outbox, parsed
from tests.stored import ADMIN, at, make_policy

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.storage.engine import Database

SECOND = "kedua@biro.example.go.id"
HEAD = "kepala@biro.example.go.id"
ABOVE = "sekda@prov.example.go.id"
NOW = at(MADE)

HEAD_OF_BUREAU = make_contact(HEAD, role="head", name="Budi Santoso")
HEAD_ABOVE = make_contact(ABOVE, bureau="B-00", role="head", name="Citra Dewi")


def office(
    database: Database, count: int = 1, cc: tuple[str, ...] = (), digest_above: int = 100
) -> Outbox:
    """Notices to the officer of a bureau that has a head and belongs to another with a head."""
    policy = make_policy(make_rule(cc=cc), digest_above=digest_above)
    outbox = Outbox(database, 0, policy)
    outbox.put(make_bureau("B-00", name="Sekretariat Daerah"), make_bureau(parent="B-00"))
    outbox.put(HEAD_OF_BUREAU, HEAD_ABOVE)
    outbox.put(*(make_agreement(f"A-{number}") for number in range(count)))
    return outbox


def fail(outbox: Outbox, *recipients: str, state: str = "failed") -> None:
    """Have every unsent mail to them fail for good, as the recording of an attempt does."""
    messages = tables.messages
    with outbox.database.write() as connection:
        connection.execute(
            update(messages)
            .where(messages.c.recipient.in_(recipients), messages.c.state == "pending")
            .values(state=state, untold=True, next_try_at=None, reason="550 no such user (rcpt)")
        )


def told(outbox: Outbox) -> list[tuple[str, str, str]]:
    """Recipient, role and state of every message's notice, in the order in which they were made."""
    states = dict(outbox.rows(tables.messages, "message_id", "state"))
    return [
        (recipient, role, states[message])
        for recipient, role, message in outbox.notices("recipient", "role", "message_id")
    ]


def outcomes(outbox: Outbox) -> list[str]:
    rows = outbox.rows(tables.events, "kind", "data")
    return [json.loads(data)["outcome"] for kind, data in rows if kind == "succession"]


def why(outbox: Outbox, ref: str = "A-0") -> str:
    return "\n".join(lines_of(explain_agreement(outbox.context(NOW), ref)))


def test_nothing_failed_nothing_written(database: Database) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    before = outbox.everything()
    assert succeed(outbox.context(NOW)) == 0
    assert outbox.everything() == before


def test_head_is_told_the_same_day_with_the_reason(database: Database) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    assert outbox.deliver(MADE, UNKNOWN_USER).failed == 1
    assert succeed(outbox.context(NOW)) == 1
    assert outbox.deliver(MADE).sent == 1
    assert told(outbox) == [(OFFICER, "officer", "failed"), (HEAD, "officer", "sent")]
    assert outbox.notices("lead_time", "epoch", "fallback")[1] == (
        "H-30", 1,
        f"head of B-01 for officer of B-01, where the mail to {OFFICER} could not be delivered",
    )  # fmt: skip
    (mail,) = parsed(outbox.transport.delivered)
    assert mail["To"].endswith(f"<{HEAD}>")
    texts = outbox.rows(tables.contents, "message_id", "text")
    text = " ".join(dict(texts)[str(mail["Message-ID"])].split())
    assert "karena pesan untuk penanggung jawab kerja sama pada Biro Kerja Sama tidak dapat" in text
    assert "yang tercatat aktif" not in text
    assert OFFICER not in text


def test_running_it_again_tells_nobody_again(database: Database) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    assert succeed(outbox.context(NOW)) == 1
    before = outbox.everything()
    assert succeed(outbox.context(NOW)) == 0
    outbox.change(untold=True)  # as if the first run had not come to the end
    assert succeed(outbox.context(NOW)) == 0
    assert outbox.everything()["notices"] == before["notices"]


def test_two_at_once_tell_once(database: Database) -> None:
    outbox = office(database, 5)
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: succeed(outbox.context(NOW)), range(4)))
    assert sum(made) == 5
    assert [who for who, *_ in told(outbox)].count(HEAD) == 5
    assert outcomes(outbox) == ["told"] * 5


def test_line_goes_on_to_the_admin_and_ends(database: Database) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    for recipient in (OFFICER, HEAD, ABOVE, ADMIN):
        fail(outbox, recipient)
        succeed(outbox.context(NOW))
    assert [who for who, *_ in told(outbox)] == [OFFICER, HEAD, ABOVE, ADMIN]
    assert outcomes(outbox) == ["told", "told", "told", "nobody_left"]
    assert "the mail to everybody in line failed" in why(outbox)
    assert outbox.notices("fallback")[2][0] == (
        f"head of B-00 for officer of B-01, where the mail to {OFFICER} and {HEAD} could not be "
        "delivered"
    )


def test_everybody_at_the_next_place_is_told(database: Database) -> None:
    outbox = office(database)
    outbox.put(make_contact("wakil@biro.example.go.id", role="head"))
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    assert succeed(outbox.context(NOW)) == 2


def test_second_officer_who_was_told_is_enough(database: Database) -> None:
    outbox = office(database)
    outbox.put(make_contact(SECOND.upper()))
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    assert succeed(outbox.context(NOW)) == 0
    assert outcomes(outbox) == ["told_already"]
    assert f"nobody else was told: {SECOND.upper()}, next in line, has the same" in why(outbox)


def test_both_officers_refused_tell_the_head_once(database: Database) -> None:
    outbox = office(database)
    outbox.put(make_contact(SECOND))
    outbox.scan(MADE)
    fail(outbox, OFFICER, SECOND)
    assert succeed(outbox.context(NOW)) == 1
    assert outcomes(outbox) == ["told", "told_already"]
    assert [who for who, *_ in told(outbox)].count(HEAD) == 1


def test_a_mail_that_a_person_discarded_does_not_come_back_under_another_name(
    database: Database,
) -> None:
    outbox = office(database)
    outbox.put(make_contact(SECOND))
    outbox.scan(MADE)
    messages = dict(outbox.notices("recipient", "message_id"))
    with database.write() as connection:
        discard(connection, [messages[SECOND]], Person(ADMIN, ""), NOW)
    fail(outbox, OFFICER)
    assert succeed(outbox.context(NOW)) == 1
    assert sorted(told(outbox)) == sorted(
        [
            (OFFICER, "officer", "failed"),
            (SECOND, "officer", "suppressed"),
            (HEAD, "officer", "pending"),
        ]
    )


def test_copy_in_another_role_is_not_the_notice(database: Database) -> None:
    outbox = office(database, cc=("head",))
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    assert succeed(outbox.context(NOW)) == 1
    rows = outbox.notices("recipient", "role", "copy")
    assert rows == [(OFFICER, "officer", False), (HEAD, "head", True), (HEAD, "officer", False)]


def test_bounced_mail_counts_like_a_refused_one(database: Database) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    fail(outbox, OFFICER, state="bounced")
    assert succeed(outbox.context(NOW)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status": "met"}, id="done meanwhile"),
        pytest.param({"epoch": 2}, id="another date"),
        pytest.param({"silent_reason": "opted_out"}, id="excused"),
        pytest.param({"told": "H-7"}, id="a more urgent notice was made"),
    ],
)
def test_nobody_is_told_what_is_no_longer_right(
    database: Database, changes: dict[str, object]
) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    with outbox.database.write() as connection:
        connection.execute(update(tables.deadlines).values(changes))
    assert succeed(outbox.context(NOW)) == 0
    assert outbox.rows(tables.messages, "untold") == [(False,)]


def test_failed_digest_gives_each_notice_a_successor_in_one_digest(database: Database) -> None:
    outbox = office(database, 5, digest_above=3)
    outbox.scan(MADE)
    assert outbox.messages("kind", "recipient") == [("digest", OFFICER)]
    fail(outbox, OFFICER)
    assert succeed(outbox.context(NOW)) == 5
    assert outbox.messages("kind", "state", "recipient") == [
        ("digest", "failed", OFFICER),
        ("digest", "pending", HEAD),
    ]


def test_mail_to_the_next_in_line_waits_for_the_send_window(database: Database) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    succeed(outbox.context(at(MADE, "20:00")))
    assert outbox.messages("recipient", "next_try_at")[0] == (HEAD, at("2026-05-04", "08:00"))


def test_one_that_raises_stops_no_other_and_is_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = office(database, 3)
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    broken = outbox.messages("message_id")[1][0]

    def load(connection: Connection, message_id: str) -> object:
        if message_id == broken:
            raise ValueError("a bad row")
        return load_failed_notices(connection, message_id)

    monkeypatch.setattr(succession, "load_failed_notices", load)
    assert succeed(outbox.context(NOW)) == 2
    (entry,) = [entry for entry in outbox.capture.entries if entry["log_level"] == "error"]
    assert (entry["event"], entry["message_id"]) == ("succession_failed", broken)
    assert succeed(outbox.context(NOW)) == 0
    assert len([1 for one in outbox.capture.entries if one["log_level"] == "error"]) == 1
    monkeypatch.undo()
    assert succeed(outbox.context(NOW + timedelta(hours=1))) == 1


@pytest.mark.parametrize(
    "point", [CrashPoint.BEFORE_SUCCESSION_COMMIT, CrashPoint.AFTER_SUCCESSION_COMMIT]
)
def test_end_at_either_side_of_the_commit_tells_once(database: Database, point: CrashPoint) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    with killed_at(point):
        succeed(outbox.context(NOW))
    succeed(outbox.context(NOW))
    assert told(outbox) == [(OFFICER, "officer", "failed"), (HEAD, "officer", "pending")]


def test_why_names_the_refusal_and_who_was_told_instead(database: Database) -> None:
    outbox = office(database)
    outbox.scan(MADE)
    fail(outbox, OFFICER)
    succeed(outbox.context(NOW))
    assert (
        f"  {MADE} H-30 to {OFFICER} as officer: was refused for good: 550 no such user (rcpt)\n"
        f"      told instead at {MADE} 02:00 UTC: {HEAD}, next in line for officer\n"
    ) in why(outbox)
    document = json.loads(json.dumps(as_json(explain_agreement(outbox.context(NOW), "A-0"))))
    first, second = document["deadlines"][0]["notices"]
    assert first["succession"] == {"outcome": "told", "told": [HEAD], "at": NOW.isoformat()}
    assert (second["recipient"], second["succession"]) == (HEAD, None)


def test_address_that_failed_is_a_finding_until_it_is_replaced(database: Database) -> None:
    outbox = office(database)
    outbox.scan(NOW)
    fail(outbox, OFFICER)
    succeed(outbox.context(NOW))

    def found() -> list[tuple[str, str]]:
        outbox.scan(NOW)
        rows = outbox.rows(tables.deadlines, "key", "status", "derived_from")
        return [(status, said) for key, status, said in rows if key == "NO_RECIPIENT"]

    ((status, said),) = found()
    assert status == "open"
    assert f"to officer {OFFICER} failed" in said
    outbox.put(make_contact(OFFICER, active_to=NOW.date() - timedelta(days=1)))
    outbox.put(make_contact(SECOND))
    assert [status for status, _said in found()] == ["met"]
