"""Trusted delivery from outside: the installed program, a relay, and kill -9."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.installed import (
    MONDAY,
    PROGRAM,
    ROOT,
    done,
    relay,
    reminder,
    rows_of,
    shown,
    without_digests,
)
from tests.lines_told import (
    ADMIN,
    HEAD,
    LINE,
    OFFICER,
    PARENT,
    TUESDAY,
    later,
    recipients,
    with_officers,
)
from tests.registers import write_files
from tests.smtp_server import DROP, SILENCE, SmtpServer, reply
from tests.waiting import wait_until


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home with one agreement, whose H-90 is on MONDAY."""
    done(home, "import", write_files(tmp_path / "register", LINE))
    return home


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path) as server:
        yield server


def start(home: Path, command: str, at: str, **environ: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, "--home", str(home), "--as-of", at, command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "REMINDER_LISTEN": "off", **environ},
        cwd=ROOT,
    )


def killed_when(condition: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Kill -9 as soon as it is true."""
    try:
        wait_until(condition)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def asked(server: SmtpServer, times: int) -> Callable[[], bool]:
    """Whether so many mails were begun."""
    return lambda: server.commands.count("DATA") == times


def states(home: Path) -> list[str]:
    return [state for (state,) in rows_of(home, "SELECT state FROM messages ORDER BY created_at")]


def marks(server: SmtpServer) -> list[Any]:
    """The header of a possible repeat, of each mail that the relay stored."""
    return [message_from_bytes(mail.data)["X-Possible-Duplicate"] for mail in server.mails]


# --- An address that refuses, a relay that is down -------------------------------------------


def test_550_for_one_recipient_tells_the_next_in_line_the_same_day_and_why_says_so(
    office: Path, server: SmtpServer
) -> None:
    server.for_recipient(OFFICER, "rcpt", reply("550 5.1.1 no such user"))
    done(office, "once", **relay(server.port))
    assert recipients(server) == [HEAD]
    why = done(office, "why", "KSD-1")
    assert f"H-90 to {OFFICER} as officer: was refused for good: 550 5.1.1 no such user" in why
    assert f"told instead at 2026-03-02 02:00 UTC: {HEAD}, next in line for officer" in why
    assert shown(office, "status")["healthy"] is True, "somebody was told"


def test_550_for_everybody_in_line_is_an_alarm_in_status_and_nobody_is_asked_twice(
    office: Path, server: SmtpServer
) -> None:
    server.always("rcpt", reply("550 5.1.1 no such user"))
    for at in (MONDAY, TUESDAY):
        done(office, "once", at=at, **relay(server.port))
    asked = [line.partition("<")[2].rstrip(">") for line in server.commands if "RCPT" in line]
    assert asked == [OFFICER, HEAD, PARENT, ADMIN]
    assert "nobody else was told: the mail to everybody in line failed" in done(
        office, "why", "KSD-1"
    )
    status = shown(office, "status", at=TUESDAY)
    assert (status["healthy"], status["refused_untold"]) == (False, 4)


def test_relay_down_for_6_days_and_back_with_3_a_minute_nearest_deadline_first(
    home: Path, tmp_path: Path
) -> None:
    (home / "config" / "reminder.yaml").write_text("limits: {per_relay: 3 per minute}\n")
    without_digests(home)
    # H-7 on Monday and H-1 while it is down; then H-14 and H-7; H-90; H-180.
    register = with_officers("2026-08-29", "2026-05-31", "2026-03-16", "2026-03-09", "2026-08-29")
    done(home, "import", write_files(tmp_path / "register", register))
    for day in (0, 4):
        done(home, "once", at=later(days=day), **relay(1))
    assert shown(home, "status", at=later(days=5))["healthy"] is False
    with SmtpServer(tmp_path) as server:
        sent = []
        for minute in (0, 1, 2):
            done(home, "once", at=later(days=7, minutes=minute), **relay(server.port))
            sent.append(len(server.mails))
        assert sent == [3, 5, 5]
        assert [address[:2] for address in recipients(server)[:3]] == ["p3", "p2", "p1"]
        assert marks(server) == [None] * 5
    log = shown(home, "log", at=later(days=7, minutes=2))
    assert {message["state"] for message in log} == {"sent", "superseded"}
    told = [
        [notice["lead_time"] for notice in message["notices"]]
        for message in log
        if message["recipient"].startswith("p3") and message["state"] == "sent"
    ]
    assert told == [["H-1"]], "the H-7 was stale"


# --- kill -9 ---------------------------------------------------------------------------------


def test_killed_after_the_relay_stored_it_repeats_once_marked_after_half_an_hour(
    office: Path, server: SmtpServer
) -> None:
    server.then("stored", SILENCE)
    process = start(office, "run", MONDAY, **relay(server.port))
    killed_when(lambda: server.mails, process)
    assert states(office) == ["sending"]

    for minutes, state in ((1, "uncertain"), (40, "sent"), (90, "sent")):
        done(office, "once", at=later(minutes=minutes), **relay(server.port))
        assert states(office) == [state]
    first, second = server.mails
    assert first.message_id == second.message_id
    before, mark = marks(server)
    assert before is None
    assert mark.startswith("attempt=2; first=2026-03-02T02:00:0")
    (message,) = shown(office, "log", at=later(minutes=90))
    assert message["possible_duplicate"] is True
    assert [attempt["verdict"] for attempt in message["attempts"]] == ["uncertain", "sent"]


def test_killed_before_the_dot_is_sent_once_and_unmarked(office: Path, server: SmtpServer) -> None:
    server.then("data", SILENCE)
    process = start(office, "once", MONDAY, **relay(server.port))
    killed_when(asked(server, 1), process)
    assert states(office) == ["claimed"]
    done(office, "once", at=later(minutes=2), **relay(server.port))
    assert (states(office), marks(server)) == (["sent"], [None])


def test_message_that_ended_its_worker_three_times_waits_for_a_person(
    office: Path, server: SmtpServer
) -> None:
    server.always("data", SILENCE)
    for number in (1, 2, 3):
        process = start(office, "once", later(minutes=5 * number), **relay(server.port))
        killed_when(asked(server, number), process)
    server.recover()
    at = later(minutes=30)
    done(office, "once", at=at, **relay(server.port))
    (held,) = shown(office, "held", at=at)["messages"]
    assert (held["held_for"], server.mails) == ("worker", [])
    assert "1 ended their worker three times" in done(office, "status", at=at)
    done(office, "release", "--all", at=at)
    done(office, "once", at=at, **relay(server.port))
    assert recipients(server) == [OFFICER]


def test_rule_that_says_hold_is_not_repeated_however_long_it_waits(
    office: Path, server: SmtpServer
) -> None:
    rules = office / "config" / "rules.yaml"
    rules.write_text(rules.read_text().replace("uncertain: repeat", "uncertain: hold"))
    server.then("stored", DROP)
    for at in (MONDAY, later(minutes=40), TUESDAY):
        done(office, "once", at=at, **relay(server.port))
    assert len(server.mails) == 1
    (held,) = shown(office, "held", at=TUESDAY)["messages"]
    assert (held["state"], held["held_for"]) == ("held", "uncertain")
    refused = reminder(office, "release", held["message_id"], at=TUESDAY)
    assert refused.returncode == 1
    assert "reminder resend or reminder assume-sent" in refused.stderr
