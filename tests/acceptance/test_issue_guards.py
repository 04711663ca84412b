"""Guards from outside: what stops the mails of the installed program until a person looks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.installed import (
    by_hand,
    dates_only,
    done,
    mails_of,
    relay,
    reminder,
    rows_of,
    shown,
    without_digests,
)
from tests.lines_told import (
    ADMIN,
    APRIL,
    EVENING,
    LINE,
    OFFICER,
    TUESDAY,
    later,
    recipients,
    with_officers,
)
from tests.registers import write_files
from tests.smtp_server import SmtpServer


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home with one agreement, whose H-90 is on MONDAY."""
    done(home, "import", write_files(tmp_path / "register", LINE))
    return home


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path) as server:
        yield server


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
