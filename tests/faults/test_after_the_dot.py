"""F-03, F-10, F-11, F-12: the final dot is out, whole or half, and what comes back is odd."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from reminder.retry import UNCERTAIN_FOR
from tests.faults.relayed import IMPATIENT, assert_marked_copies, assert_one_unmarked, smtp
from tests.outboxes import MADE, Outbox
from tests.smtp_server import (
    DROP,
    GARBAGE,
    RESET,
    SILENCE,
    TOO_LONG,
    Action,
    SmtpServer,
    closing,
    lines,
    octet_by_octet,
    raw,
    reply,
)
from tests.stored import at
from tests.tcp_proxy import Cut, TcpProxy
from tests.waiting import wait_until

if TYPE_CHECKING:
    from reminder.storage.engine import Database

A_DAY_LATER = "2026-05-04"
"""The next working day."""


@pytest.mark.parametrize("octets", [0, 1], ids=["nothing of the dot", "the dot without its CRLF"])
def test_f03_a_dot_that_arrives_half_ends_in_one_marked_mail(
    database: Database, server: SmtpServer, octets: int
) -> None:
    outbox = Outbox(database)
    with TcpProxy(("127.0.0.1", server.port)) as proxy, smtp(proxy.port) as transport:
        proxy.cuts.append(Cut("client", len(b"\r\n") + octets, b"\r\n.\r\n"))
        assert outbox.deliver(MADE, transport=transport) == DeliverReport(uncertain=1)
        assert proxy.was_cut.is_set()
        assert server.mails == []
        later = at(MADE) + UNCERTAIN_FOR
        assert outbox.deliver(later - timedelta(seconds=1), transport=transport) == DeliverReport()
        assert outbox.deliver(later, transport=transport) == DeliverReport(sent=1)
        assert outbox.deliver(A_DAY_LATER, transport=transport) == DeliverReport()
    assert [mail.is_marked for mail in server.mails] == [True]
    assert outbox.attempts("verdict", "possible_duplicate") == [
        ("uncertain", False),
        ("sent", True),
    ]


@pytest.mark.parametrize(
    "action",
    [
        reply("421 4.3.2 bye"),
        reply("450 4.2.0 not now"),
        reply("500 5.5.2 what"),
        reply("550 5.7.1 no"),
        GARBAGE,
        DROP,
        RESET,
        SILENCE,
    ],
    ids=["421", "450", "500", "550", "garbage", "drop", "reset", "silence"],
)
def test_f10_whatever_quit_is_answered_the_mail_is_sent_and_not_repeated(
    sqlite_database: Database, server: SmtpServer, action: Action
) -> None:
    outbox = Outbox(sqlite_database)
    server.always("quit", action)
    for day, report in ((MADE, DeliverReport(sent=1)), (A_DAY_LATER, DeliverReport())):
        with smtp(server.port) as transport:
            assert outbox.deliver(day, transport=transport) == report
    wait_until(lambda: "QUIT" in server.commands)
    assert outbox.states() == ["sent"]
    assert_one_unmarked(server)


@pytest.mark.parametrize(
    "action",
    [
        reply("251 2.1.5 will forward"),
        reply("299 taken"),
        lines("250 2.0.0 taken", "250 2.0.0 queued", "250 2.0.0 as 4F2A1"),
        octet_by_octet("250 2.0.0 taken"),
        closing("250 2.0.0 taken, and goodbye"),
    ],
    ids=["251", "299", "three lines", "octet by octet", "then hung up"],
)
def test_f11_any_2yz_to_the_dot_in_any_pieces_is_sent(
    sqlite_database: Database, server: SmtpServer, action: Action
) -> None:
    outbox = Outbox(sqlite_database)
    server.then("stored", action)
    with smtp(server.port) as transport:
        assert outbox.deliver(MADE, transport=transport) == DeliverReport(sent=1)
        assert outbox.deliver(A_DAY_LATER, transport=transport) == DeliverReport()
    assert_one_unmarked(server)


@pytest.mark.parametrize(
    "action",
    [
        GARBAGE,
        reply("150 what"),
        reply("354 go ahead again"),
        TOO_LONG,
        raw(b"25"),
        closing("2"),
    ],
    ids=["garbage", "1yz", "3yz", "10,000 octets", "half a code", "a digit and hung up"],
)
@pytest.mark.parametrize(("phase", "copies"), [("dot", 1), ("stored", 2)])
def test_f12_a_reply_to_the_dot_that_says_nothing_leaves_it_uncertain(
    sqlite_database: Database, server: SmtpServer, phase: str, copies: int, action: Action
) -> None:
    outbox = Outbox(sqlite_database)
    server.then(phase, action)
    with smtp(server.port, IMPATIENT) as transport:
        assert outbox.deliver(MADE, transport=transport) == DeliverReport(uncertain=1)
    assert outbox.states() == ["uncertain"]
    with smtp(server.port) as transport:
        later = at(MADE) + UNCERTAIN_FOR
        assert outbox.deliver(later, transport=transport) == DeliverReport(sent=1)
        assert outbox.deliver(A_DAY_LATER, transport=transport) == DeliverReport()
    assert_marked_copies(server, copies)
    assert server.mails[-1].is_marked
