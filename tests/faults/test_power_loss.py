"""F-29: what is on the disk when the power goes, reckoned from the calls of a delivery.

The power itself cannot be cut here, and where fsync is cheap a kill -9 shows nothing. So the
writes of a real delivery are recorded and laid out anew as far as they had been synced.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from reminder.retry import UNCERTAIN_FOR
from reminder.storage.engine import Database
from tests.disks import VARIANTS, Disk
from tests.outboxes import MADE, Outbox
from tests.smtp_server import SmtpServer, Stored
from tests.stored import at
from tests.system_calls import SystemCall, traced, why_no_tracing

ROOT = Path(__file__).parents[2]
DOT = b".\r\n"
MAILS = 2


@dataclass(frozen=True)
class Recording:
    """A delivery as the kernel and the relay saw it."""

    database: Path
    """As it was before."""
    calls: list[SystemCall]
    mails: list[Stored]


@pytest.fixture
def recording(sqlite_database: Database, server: SmtpServer, tmp_path: Path) -> Recording:
    """Two mails, sent by a process of its own under strace."""
    if reason := why_no_tracing():
        pytest.skip(f"cannot be injected here: F-29, {reason}")
    Outbox(sqlite_database, MAILS)
    sqlite_database.close()
    before = tmp_path / "before.db"
    shutil.copyfile(tmp_path / "reminder.db", before)
    url = sqlite_database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.delivery_worker", url, str(server.port), MADE]
    calls = traced(command, tmp_path, ROOT)
    assert len(server.mails) == MAILS
    return Recording(before, calls, server.mails)


def test_f29_intent_and_verdict_are_synced_before_the_next_step(recording: Recording) -> None:
    steps = [step for call in recording.calls if (step := named(call))]
    # A commit writes several pages; what counts is that none is left when the next step comes.
    told = [step for step, _repeated in groupby(steps)]
    each_mail = "database written, database synced, dot, journal written, journal synced"
    for place in (place for place, step in enumerate(told) if step == "DATA"):
        assert ", ".join(told[place + 1 : place + 6]) == each_mail
        assert told[place + 6 : place + 8] == ["database written", "database synced"]
    assert told.count("dot") == told.count("DATA") == MAILS


def test_f29_whatever_of_the_unsynced_is_lost_no_mail_is_lost_or_repeated_unmarked(
    recording: Recording, tmp_path: Path
) -> None:
    for number, (calls, variant) in enumerate(power_losses(recording.calls)):
        home = tmp_path / f"home-{number}"
        Disk(calls, recording.database).lay_out(home, variant)
        before = recording.mails[: sum(map(is_dot, calls))]
        copies = Counter(mail.message_id for mail in before)
        with closing(Database(f"sqlite:///{home / 'reminder.db'}")) as database:
            outbox = Outbox(database, None, home=home)
            for now in (at(MADE), at(MADE) + UNCERTAIN_FOR, at(MADE) + 2 * UNCERTAIN_FOR):
                outbox.deliver(now)
                for mail in outbox.transport.delivered:
                    is_repeat = mail.message_id in copies
                    assert is_repeat == (b"X-Possible-Duplicate" in mail.data)
                    copies[mail.message_id] += 1
            assert outbox.states() == ["sent"] * MAILS
        assert len(copies) == MAILS
        assert max(copies.values()) <= 2
        for taken in before[: known_verdicts(calls)]:
            assert copies[taken.message_id] == 1, "the verdict was on the disk"


def power_losses(calls: list[SystemCall]) -> Iterator[tuple[list[SystemCall], str]]:
    """Every moment from the first DATA on at which unsynced writes are many, or a dot is out."""
    begins = [named(call) for call in calls].index("DATA")
    for end in range(begins, len(calls)):
        if calls[end].name in ("fdatasync", "fsync"):
            yield from ((calls[:end], variant) for variant in VARIANTS)
        elif is_dot(calls[end]):
            yield calls[: end + 1], VARIANTS[0]
    yield calls, VARIANTS[0]


def known_verdicts(calls: list[SystemCall]) -> int:
    """How many verdicts were on the disk; the journal's first sync is that of an empty one."""
    told = [named(call) for call in calls]
    return told[told.index("DATA") :].count("journal synced")


def is_dot(call: SystemCall) -> bool:
    """Whether it sends the final dot."""
    return call.name == "sendto" and call.data == DOT


def named(call: SystemCall) -> str:
    """What a call means for a mail; empty for what does not matter here."""
    if call.name == "sendto":
        return {DOT: "dot", b"DATA\r\n": "DATA"}.get(call.data, "")
    kind = {".db-wal": "database", ".journal": "journal"}.get(Path(call.file).suffix, "")
    if not kind:
        return ""
    return f"{kind} {'synced' if call.name in ('fdatasync', 'fsync') else 'written'}"
