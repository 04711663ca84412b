"""F-09, F-20: the connection fails before the final dot, so the relay provably has nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from tests.certificates import server_context, trusting
from tests.faults.relayed import (
    IMPATIENT,
    LARGE,
    PASSWORD,
    USER,
    BreakingInBody,
    assert_one_unmarked,
    deliver_again,
    secure_smtp,
    smtp,
)
from tests.outboxes import MADE, Outbox
from tests.smtp_server import (
    DROP,
    GARBAGE,
    HALF_CLOSE,
    RESET,
    SILENCE,
    Action,
    SmtpServer,
    in_body,
    slowly,
)

if TYPE_CHECKING:
    import trustme

    from reminder.storage.engine import Database

RELAY_PHASES = ("greeting", "ehlo", "starttls", "handshake", "second ehlo", "auth")
MESSAGE_PHASES = ("mail", "rcpt", "data", "body")
ACTIONS = {
    "drop": DROP,
    "reset": RESET,
    "silence": SILENCE,
    "garbage": GARBAGE,
    "half-close": HALF_CLOSE,
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
@pytest.mark.parametrize("phase", [*RELAY_PHASES, *MESSAGE_PHASES])
def test_f09_a_connection_lost_before_the_dot_costs_neither_mail_nor_mark(
    sqlite_database: Database, tmp_path: Path, authority: trustme.CA, phase: str, action: Action
) -> None:
    outbox = Outbox(sqlite_database)
    tls = server_context(authority, "localhost")
    timers = IMPATIENT if action is SILENCE else None
    with ExitStack() as stack:
        server = stack.enter_context(SmtpServer(tmp_path, tls=tls, users={USER: PASSWORD}))
        misbehave(server, phase, action)
        with secure_smtp(server.port, trusting(authority), timers) as transport:
            padding = LARGE if phase == "body" and action is SILENCE else b""
            breaking = BreakingInBody(transport, server, padding)
            report = outbox.deliver(MADE, transport=breaking if phase == "body" else transport)
        is_relay_fault = phase in RELAY_PHASES
        assert report.counts() == counted("relay_faults" if is_relay_fault else "deferred")
        assert outbox.message("attempts") == (0 if is_relay_fault else 1)
        assert server.mails == []
        server.recover()
        assert deliver_again(outbox, server.port) == DeliverReport(sent=1)
        assert_one_unmarked(server)
    assert outbox.message("attempts", "possible_duplicate") == (1 if is_relay_fault else 2, False)
    assert outbox.attempts("verdict", "possible_duplicate") == [
        ("relay" if is_relay_fault else "deferred", False),
        ("sent", False),
    ]


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "never accepted"])
def test_f09_a_relay_that_cannot_be_reached_uses_up_no_attempt(
    database: Database, server: SmtpServer, is_refused: bool
) -> None:
    outbox = Outbox(database)
    with unreachable(is_refused=is_refused) as port, smtp(port, IMPATIENT) as transport:
        report = outbox.deliver(MADE, transport=transport)
    assert report.counts() == counted("relay_faults")
    assert outbox.attempts("phase", "verdict") == [("connect", "relay")]
    assert deliver_again(outbox, server.port) == DeliverReport(sent=1)
    assert outbox.message("attempts", "possible_duplicate") == (1, False)
    assert_one_unmarked(server)


@pytest.mark.parametrize(
    ("phase", "line", "state", "copies"),
    [
        ("greeting", "220 relay.example.go.id ESMTP", "pending", 1),
        ("ehlo", "250 relay.example.go.id", "pending", 1),
        ("mail", "250 2.1.0 ok", "deferred", 1),
        ("rcpt", "250 2.1.5 ok", "deferred", 1),
        ("data", "354 go ahead", "deferred", 1),
        ("stored", "250 2.0.0 queued", "uncertain", 2),
    ],
)
def test_f20_a_reply_that_drips_has_the_time_of_its_phase_and_no_more(
    sqlite_database: Database,
    server: SmtpServer,
    phase: str,
    line: str,
    state: str,
    copies: int,
) -> None:
    """Each octet comes well within the limit, the whole line in a minute: too late."""
    outbox = Outbox(sqlite_database)
    server.then(phase, slowly(f"{line} {'.' * 300}", 0.2))
    with smtp(server.port, IMPATIENT) as transport:
        outbox.deliver(MADE, transport=transport)
    assert outbox.states() == [state]
    assert [attempt for (attempt,) in outbox.attempts("code")] == [None]
    assert deliver_again(outbox, server.port) == DeliverReport(sent=1)
    assert len(server.mails) == copies


def misbehave(server: SmtpServer, phase: str, action: Action) -> None:
    """Do *action* once in *phase*, past the first one where that comes twice."""
    if phase == "second ehlo":
        server.then("ehlo", None, action)
    else:
        server.then(phase, in_body(action, after=200) if phase == "body" else action)


def counted(name: str) -> dict[str, int]:
    """The report of a run in which that happened once and nothing else."""
    return DeliverReport().counts() | {name: 1}


@contextmanager
def unreachable(*, is_refused: bool) -> Iterator[int]:
    """A port that refuses connections, or lets them wait for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as waiting:
        port = listener.getsockname()[1]
        if is_refused:
            listener.close()
        else:
            for _place in range(3):  # nobody accepts these, so there is no room for another
                filler = waiting.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
        yield port
