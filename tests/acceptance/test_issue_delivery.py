"""Trusted delivery from outside: the installed program, a relay, and sqlite3 by hand."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.installed import (
    MONDAY,
    PROGRAM,
    ROOT,
    dates_only,
    done,
    mails_of,
    relay,
    reminder,
    rows_of,
    shown,
    tables_of,
    without_digests,
)
from tests.registers import AGREEMENTS, BUREAUS, CONTACTS, SMALL, csv_text, write_files
from tests.smtp_server import DROP, SILENCE, SmtpServer, reply
from tests.waiting import wait_until

OFFICER, HEAD, PARENT, ADMIN = (
    f"{name}@biro.example.go.id" for name in ("petugas", "kepala", "induk", "admin")
)
LINE = {
    "bureaus": "code,name,parent\nB-00,Sekretariat,\nB-01,Biro Kerja Sama,B-00\n",
    "contacts": (
        f"email,bureau,role\n{OFFICER},B-01,officer\n{HEAD},B-01,head\n{PARENT},B-00,head\n"
    ),
    "agreements": AGREEMENTS,
}
"""One agreement, and who is told of it in turn."""
EVENING = "2026-03-02T19:00:00+07:00"
TUESDAY = "2026-03-03T09:00:00+07:00"
APRIL = "2026-04-01T09:00:00+07:00"
"""Its H-60, after the H-90 of MONDAY."""


def later(**since_monday: float) -> str:
    return (datetime.fromisoformat(MONDAY) + timedelta(**since_monday)).isoformat()


def with_officers(*ends: str) -> dict[str, str]:
    """So many agreements with these ends, each with an officer of its own."""
    header = ["ref", "title", "kind", "bureau", "officer", "signed_on", "expires_on"]
    rows = [
        [f"K-{n}", "Kerja sama", "KSDPL", "B-01", f"p{n}@biro.example.go.id", "2021-05-31", end]
        for n, end in enumerate(ends)
    ]
    return {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": csv_text(header, rows)}


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home with one agreement, whose H-90 is on MONDAY."""
    done(home, "import", write_files(tmp_path / "register", LINE))
    return home


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path) as server:
        yield server


def by_hand(home: Path, script: str) -> None:
    """What somebody does with sqlite3."""
    with closing(sqlite3.connect(home / "var" / "reminder.db")) as database, database:
        database.executescript(script)


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


def recipients(server: SmtpServer) -> list[str]:
    return [address for mail in server.mails for address in mail.recipients]


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


# --- Guards ----------------------------------------------------------------------------------


def test_import_of_many_due_agreements_mails_only_the_admin_until_it_is_released(
    home: Path, tmp_path: Path, server: SmtpServer
) -> None:
    register = with_officers(*["2026-05-31"] * 51)
    done(home, "import", write_files(tmp_path / "register", register))
    for minutes in (0, 5):
        done(home, "once", at=later(minutes=minutes), **relay(server.port))
    assert recipients(server) == [ADMIN]
    status = shown(home, "status", at=later(minutes=5))
    assert (status["healthy"], status["held_for"]) == (False, {"storm": 51})
    assert "51 messages released" in done(home, "release", "--storm", at=later(minutes=6))
    for minutes in (7, 8):
        done(home, "once", at=later(minutes=minutes), **relay(server.port))
    assert len(set(recipients(server))) == len(recipients(server)) == 52


def test_copy_of_a_database_under_another_address_sends_nothing_until_it_is_adopted(
    office: Path, tmp_path: Path
) -> None:
    old, new = ({"REMINDER_PUBLIC_URL": f"https://{name}.go.id"} for name in ("old", "new"))
    done(office, "once", at=EVENING, **new)
    done(office, "once", at=TUESDAY, **old)  # before anything was sent, the address may change
    copy = tmp_path / "copy"
    done(tmp_path, "init", copy, at="")
    dates_only(without_digests(copy))
    shutil.copy(office / "var" / "reminder.db", copy / "var" / "reminder.db")
    for command in ("once", "run"):
        refused = reminder(copy, command, at=APRIL, **new)
        assert refused.returncode == 1
        assert "last sent mails as https://old.go.id" in refused.stderr
        assert "reminder db adopt" in refused.stderr
    status = shown(copy, "status", at=APRIL, **new)
    assert (status["healthy"], status["sent_before_as"]) == (False, "https://old.go.id")
    assert mails_of(copy) == []
    done(copy, "db", "adopt", at=APRIL, **new)
    done(copy, "once", at=APRIL, **new)
    assert [OFFICER in str(mail["To"]) for mail in mails_of(copy)].count(True) == 1


@pytest.mark.parametrize(
    ("off", "word"),
    [
        pytest.param(timedelta(minutes=10), "the clock stepped back from", id="stepped back"),
        pytest.param(timedelta(days=-3), "the clock leapt from", id="leapt ahead"),
    ],
)
def test_clock_in_doubt_stops_the_service_until_a_person_trusts_it(
    home: Path, off: timedelta, word: str
) -> None:
    done(home, "once", at="")
    ((kept,),) = rows_of(home, "SELECT value FROM service WHERE name = 'clock'")
    reading = json.loads(kept) | {"wall": (datetime.now(UTC) + off).isoformat()}
    by_hand(home, f"UPDATE service SET value = '{json.dumps(reading)}' WHERE name = 'clock'")
    stopped = reminder(home, "once", at="")
    assert (stopped.returncode, word in stopped.stderr) == (1, True)
    status = shown(home, "status", at="")
    assert (status["healthy"], word in status["clock_trouble"]) == (False, True)
    assert reminder(home, "doctor", at="").returncode == 1
    done(home, "release", "clock", "--by", ADMIN, at="")
    done(home, "once", at="")
    assert shown(home, "status", at="")["clock_trouble"] is None


# --- The record, by hand ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(
            "UPDATE events SET data = '{}' WHERE id = 2",
            "BROKEN at seal 2, changed: event 2",
            id="changed",
        ),
        pytest.param(
            "DELETE FROM events WHERE id = 3; DELETE FROM seals WHERE number = 3",
            "BROKEN at seal 3, seal removed",
            id="the last one, with its seal",
        ),
    ],
)
def test_old_event_edited_by_hand_is_still_named_after_the_service_ran_on(
    office: Path, script: str, words: str
) -> None:
    done(office, "once")
    by_hand(office, script)
    done(office, "once", at=APRIL)
    ended = reminder(office, "audit", "verify", at=APRIL)
    assert (ended.returncode, words in ended.stdout) == (1, True), ended.stdout


@pytest.mark.parametrize(
    "script",
    [
        "DELETE FROM messages",
        "DELETE FROM notices; DELETE FROM messages",
    ],
)
def test_deleted_row_is_made_again_the_next_day_and_the_admin_told(
    office: Path, server: SmtpServer, script: str
) -> None:
    done(office, "once", at=EVENING, **relay(server.port))
    by_hand(office, script)
    done(office, "once", at=TUESDAY, **relay(server.port))
    assert sorted(recipients(server)) == sorted([ADMIN, OFFICER])
    balance = shown(office, "status", at=TUESDAY)["balance"]
    assert (balance["due"], balance["missing"]) == (1, 1)
    done(office, "once", at=later(days=2), **relay(server.port))
    assert len(server.mails) == 2
    status = shown(office, "status", at=later(days=2))
    assert (status["healthy"], status["balance"]["missing"]) == (True, 0)


def test_message_row_deleted_after_it_was_sent_is_not_sent_again(
    office: Path, server: SmtpServer
) -> None:
    done(office, "once", **relay(server.port))
    by_hand(office, "DELETE FROM messages")
    done(office, "once", at=TUESDAY, **relay(server.port))
    assert recipients(server) == [OFFICER]


# --- Backup and upgrade ----------------------------------------------------------------------


def test_file_that_is_no_whole_backup_is_refused_and_changes_nothing(
    office: Path, tmp_path: Path
) -> None:
    good = tmp_path / "good.db"
    done(office, "db", "backup", good)
    before = tables_of(office)
    (tmp_path / "empty.db").touch()
    (tmp_path / "short.db").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as other, other:
        other.execute("CREATE TABLE contacts_of_somebody (name)")
    for name in ("empty.db", "short.db", "foreign.db", "absent.db"):
        refused = reminder(office, "db", "restore", "--yes", tmp_path / name)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert f"{tmp_path / name}: " in refused.stderr
    assert tables_of(office) == before


OLD_SCHEMA = """
import sys
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
config = Config()
config.set_main_option("script_location", "reminder.storage:migrations")
with create_engine(f"sqlite:///{sys.argv[1]}").begin() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
"""


def test_database_of_the_version_before_is_refused_backed_up_and_upgraded(
    home: Path, tmp_path: Path
) -> None:
    file = home / "var" / "reminder.db"
    file.unlink(missing_ok=True)
    subprocess.run([PROGRAM[0], "-c", OLD_SCHEMA, str(file)], check=True, cwd=ROOT)
    file.chmod(0o600)
    by_hand(
        home,
        "INSERT INTO events (at, kind, data) VALUES ('2026-01-05 02:00:00.000000', 'import', '{}')",
    )
    for command in ("once", "run", "status"):
        refused = reminder(home, command)
        assert refused.returncode == 1
        assert "back it up, then run: reminder db upgrade" in refused.stderr
    backup = tmp_path / "before.db"
    done(home, "db", "backup", backup)
    assert "schema 0001 -> 0004" in done(home, "db", "upgrade")
    done(home, "import", write_files(tmp_path / "register", SMALL))
    assert "Delivered: 1 sent." in done(home, "once")
    assert "The chain is whole." in done(home, "audit", "verify")
    assert "schema 0001 -> 0004" in done(home, "db", "restore", "--yes", backup)
