"""Mails without a verdict: one marked repeat, and a person after that."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from jobs.recover import recover
from reminder.mail.open_transport import patience_with
from reminder.mail.smtp import SmtpTransport
from reminder.mail.transport import Outcome
from reminder.mail_url import MailUrl
from reminder.retry import UNCERTAIN_FOR
from tests.factories import make_rule
from tests.fakes import NO_REPLY
from tests.killed import Killed
from tests.outboxes import MADE, Outbox
from tests.smtp_server import DROP, SmtpServer
from tests.stored import at, make_policy

if TYPE_CHECKING:
    from reminder.mail.transport import BeforeDot, OutgoingMail
    from reminder.storage.engine import Database


class Dying:
    """A transport whose worker is killed before, or just after, the dot."""

    def __init__(self, *, after_dot: bool) -> None:
        self._after_dot = after_dot
        self.delivered: list[OutgoingMail] = []

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        if self._after_dot and before_dot():
            self.delivered.append(mail)
        raise Killed

    def close(self) -> None:
        """Nothing is open."""


def test_no_verdict_means_one_marked_repeat_of_the_same_mail(database: Database) -> None:
    outbox = Outbox(database)
    assert outbox.deliver(MADE, NO_REPLY) == DeliverReport(uncertain=1)
    (first,) = outbox.transport.delivered
    assert outbox.deliver(at(MADE) + UNCERTAIN_FOR - timedelta(seconds=1)) == DeliverReport()
    assert outbox.deliver(at(MADE) + UNCERTAIN_FOR) == DeliverReport(sent=1)
    (second,) = outbox.transport.delivered
    head, _, body = first.data.partition(b"\r\n\r\n")
    marked, _, repeated = second.data.partition(b"\r\n\r\n")
    assert repeated == body
    mark = b"X-Possible-Duplicate: attempt=2; first=2026-05-01T02:00:00+00:00\r\n"
    assert marked.replace(mark, b"") == head
    assert outbox.attempts("verdict", "possible_duplicate") == [
        ("uncertain", False),
        ("sent", True),
    ]
    assert outbox.message("possible_duplicate")


def test_the_repeat_keeps_its_words_on_another_day(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(f"{MADE} 15:28", NO_REPLY)
    (first,) = outbox.transport.delivered
    outbox.deliver("2026-05-04")
    (second,) = outbox.transport.delivered
    assert second.message_id == first.message_id
    assert second.data.partition(b"\r\n\r\n")[2] == first.data.partition(b"\r\n\r\n")[2]


def test_no_verdict_twice_waits_for_a_person(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(MADE, NO_REPLY)
    assert outbox.deliver(at(MADE) + UNCERTAIN_FOR, NO_REPLY) == DeliverReport(held=1)
    for day in ("2026-05-04", "2026-05-05"):
        assert outbox.deliver(day) == DeliverReport()
    assert "assume-sent or resend" in outbox.message("reason")


def test_a_rule_can_leave_the_repeat_to_a_person(database: Database) -> None:
    policy = make_policy(make_rule(on_uncertain="hold"))
    outbox = Outbox(database, policy=policy)
    outbox.deliver(MADE, NO_REPLY)
    assert outbox.states() == ["uncertain"]
    assert outbox.deliver(at(MADE) + UNCERTAIN_FOR) == DeliverReport()
    assert outbox.message("state") == "held"


def test_a_repeat_is_not_sent_once_the_matter_is_settled(database: Database) -> None:
    outbox = Outbox(database)
    outbox.deliver(MADE, NO_REPLY)
    outbox.run("UPDATE deadlines SET status = 'met'")
    assert outbox.deliver(at(MADE) + UNCERTAIN_FOR) == DeliverReport(superseded=1)
    assert outbox.transport.tried == []


def test_a_worker_killed_before_the_dot_costs_no_mark(database: Database) -> None:
    outbox = Outbox(database)
    with pytest.raises(Killed):
        outbox.deliver(MADE, transport=Dying(after_dot=False))
    assert outbox.deliver(MADE) == DeliverReport(), "its lease has not ended"
    dead_at = at(MADE) + patience_with(outbox.settings.mail_url).lease
    assert outbox.deliver(dead_at) == DeliverReport(sent=1)
    assert outbox.attempts("verdict", "possible_duplicate") == [("sent", False)]


def test_a_worker_killed_after_the_dot_leaves_one_marked_repeat(database: Database) -> None:
    outbox = Outbox(database, 2)
    dying = Dying(after_dot=True)
    with pytest.raises(Killed):
        outbox.deliver(MADE, transport=dying)
    assert outbox.states() == ["claimed", "sending"]
    dead_at = at(MADE) + patience_with(outbox.settings.mail_url).lease
    assert outbox.deliver(dead_at) == DeliverReport(sent=1)
    assert outbox.states() == ["sent", "uncertain"]
    assert outbox.deliver(dead_at + UNCERTAIN_FOR) == DeliverReport(sent=1)
    (copy,) = outbox.transport.delivered
    assert copy.message_id == dying.delivered[0].message_id
    assert b"X-Possible-Duplicate: attempt=2" in copy.data


def test_recovery_alone_changes_nothing_the_second_time(database: Database) -> None:
    outbox = Outbox(database)
    with pytest.raises(Killed):
        outbox.deliver(MADE, transport=Dying(after_dot=True))
    context = outbox.context(at(MADE) + timedelta(hours=9))
    assert recover(context).uncertain == 1
    before = outbox.everything()
    assert recover(context).uncertain == 0
    assert outbox.everything() == before


@pytest.mark.parametrize(
    ("phase", "copies"),
    [
        pytest.param("dot", 1, id="lost before it was stored"),
        pytest.param("stored", 2, id="stored, answer lost"),
    ],
)
def test_over_a_real_relay_a_lost_answer_makes_at_most_one_marked_copy(
    database: Database, tmp_path: Path, phase: str, copies: int
) -> None:
    outbox = Outbox(database)
    with SmtpServer(tmp_path) as server:
        server.then(phase, DROP)
        url = MailUrl("smtp", "127.0.0.1", server.port)
        with closing(SmtpTransport(url)) as transport:
            assert outbox.deliver(MADE, transport=transport).uncertain == 1
            later = at(MADE) + UNCERTAIN_FOR
            assert outbox.deliver(later, transport=transport).sent == 1
            assert outbox.deliver(later, transport=transport) == DeliverReport()
        assert len(server.mails) == copies
        assert len({mail.message_id for mail in server.mails}) == 1
        assert b"X-Possible-Duplicate" in server.mails[-1].data
        assert all(b"X-Possible-Duplicate" not in mail.data for mail in server.mails[:-1])
