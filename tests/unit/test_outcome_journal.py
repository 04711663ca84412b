"""The outcome journal: what was written is read back whole, or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import stat
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIG_IGN, SIGXFSZ, signal

import pytest

from reminder.crash_points import CrashPoint, set_killer
from reminder.errors import ReminderError
from reminder.mail.journal import (
    FILE_SIZE,
    MOST_FILES,
    SLOTS,
    OutcomeEntry,
    OutcomeJournal,
    read_entries,
)
from reminder.mail.journal_records import RECORD_SIZE, decode, encode

NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, UTC)
LONG_AGO = NOON - timedelta(days=1)
ENTRY = OutcomeEntry(
    message_id="<a@example.go.id>",
    token="0123456789abcdef0123456789abcdef",
    possible_duplicate=True,
    state="deferred",
    verdict="deferred",
    phase="dot",
    code=451,
    enhanced="4.7.1",
    text="coba lagi nanti",
    relay="mx.example.go.id:25",
    worker="host:boot.1:2:3",
    started_at=NOON - timedelta(seconds=3),
    ended_at=NOON,
    intent_at=NOON - timedelta(seconds=1),
    next_try_at=NOON + timedelta(minutes=5),
    reason="451 4.7.1 coba lagi nanti (dot)",
    held_for="refused",
    is_counted=False,
)


def entry(number: int) -> OutcomeEntry:
    """One entry per microsecond."""
    return replace(
        ENTRY,
        message_id=f"<{number}@example.go.id>",
        ended_at=NOON + timedelta(microseconds=number),
    )


def file_of(folder: Path, number: int = 0) -> Path:
    return folder / f"outcomes.{number}.journal"


def older_record(written: OutcomeEntry, *unknown: str) -> bytes:
    """A record of a version that did not know these fields."""
    record = encode(written, 1)
    head, values = record[:28], json.loads(record[28:].partition(b"\0")[0])
    payload = json.dumps({n: v for n, v in values.items() if n not in unknown}).encode()
    body = head[:24] + struct.pack("<I", len(payload)) + payload.ljust(RECORD_SIZE - 36, b"\0")
    return body + struct.pack("<I4s", zlib.crc32(body), b"END\n")


def test_what_was_written_is_read_back_with_every_field(tmp_path: Path) -> None:
    bare = replace(ENTRY, code=None, intent_at=None, next_try_at=None, message_id="<b@x>")
    with OutcomeJournal(tmp_path) as journal:
        assert journal.write(ENTRY)
        assert journal.write(bare)
        assert journal.sync()
        assert journal.entries(LONG_AGO) == [ENTRY, bare]
    assert read_entries(tmp_path, LONG_AGO) == [ENTRY, bare]


def test_folder_and_file_are_for_the_service_alone_and_never_grow(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "var"
    with OutcomeJournal(folder) as journal:
        assert file_of(folder).stat().st_size == FILE_SIZE == 4 * 1024 * 1024
        assert file_of(folder).stat().st_blocks * 512 >= FILE_SIZE, "no room is reserved"
        journal.write(ENTRY)
        assert file_of(folder).stat().st_size == FILE_SIZE
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(folder).stat().st_mode) == 0o600


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file_of(tmp_path).touch(mode=0o644)
    OutcomeJournal(tmp_path).close()
    assert stat.S_IMODE(file_of(tmp_path).stat().st_mode) == 0o600


def test_an_entry_bears_the_database_that_it_is_about(tmp_path: Path) -> None:
    with OutcomeJournal(tmp_path) as journal:
        journal.write(ENTRY)
        journal.database_id = "f" * 32
        journal.write(replace(ENTRY, redirected=True))
        unnamed, named = journal.entries(LONG_AGO)
    assert (unnamed.database, named.database) == ("", "f" * 32)
    assert (unnamed.redirected, named.redirected) == (False, True)


def test_an_entry_from_before_databases_had_ids_is_about_none() -> None:
    assert decode(older_record(ENTRY, "database", "redirected")) == ENTRY


def test_a_journal_that_was_closed_takes_nothing_more(tmp_path: Path) -> None:
    journal = OutcomeJournal(tmp_path)
    journal.write(ENTRY)
    journal.close()
    journal.close()
    with file_of(tmp_path, 7).open("wb") as other:  # it may have the number that ours had
        assert not journal.write(ENTRY)
        assert journal.trouble == f"the outcome journal in {tmp_path} is closed"
        journal.trouble = ""
        assert not journal.sync()
        assert journal.trouble == f"the outcome journal in {tmp_path} is closed"
        assert os.fstat(other.fileno()).st_size == 0
    assert journal.entries(LONG_AGO) == [ENTRY]


def test_a_full_ring_forgets_the_oldest(tmp_path: Path) -> None:
    with OutcomeJournal(tmp_path) as journal:
        for number in range(SLOTS + 10):
            journal.write(entry(number))
        left = journal.entries(LONG_AGO)
    assert left == [entry(number) for number in range(10, SLOTS + 10)]


def test_the_next_process_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for number in range(3):
        with OutcomeJournal(tmp_path) as journal:
            journal.write(entry(number))
    assert read_entries(tmp_path, LONG_AGO) == [entry(number) for number in range(3)]


def test_a_record_torn_at_any_octet_is_no_entry() -> None:
    record, older = encode(ENTRY, 4097), encode(replace(ENTRY, code=250), 1)
    for length in range(RECORD_SIZE):
        assert decode(record[:length]) is None
        assert decode(record[:length].ljust(RECORD_SIZE, b"\0")) is None
        # The end mark is the same in both, so with all but that the record is whole.
        torn = record[:length] + older[length:]
        assert decode(torn) in (None, ENTRY, replace(ENTRY, code=250))
        assert (decode(torn) is None) == (torn not in (record, older))


def test_a_record_with_any_octet_changed_is_no_entry() -> None:
    record = encode(ENTRY, 1)
    for place in range(RECORD_SIZE):
        changed = bytearray(record)
        changed[place] ^= 0x20
        assert decode(bytes(changed)) is None


def test_a_torn_record_hides_none_of_its_neighbours(tmp_path: Path) -> None:
    with OutcomeJournal(tmp_path) as journal:
        for number in range(3):
            journal.write(entry(number))
    with file_of(tmp_path).open("r+b") as file:
        file.seek(2 * RECORD_SIZE + 500)  # the second: slot 0 is the last to be used
        file.write(bytes(524))
    assert read_entries(tmp_path, LONG_AGO) == [entry(0), entry(2)]


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 10, b"SQLite format 3\0" * 100_000, os.urandom(FILE_SIZE + 7)],
    ids=["empty", "ten octets", "another kind of file", "larger, and nothing but noise"],
)
def test_a_foreign_file_holds_no_entries_and_is_taken_over(tmp_path: Path, content: bytes) -> None:
    file_of(tmp_path).write_bytes(content)
    assert read_entries(tmp_path, LONG_AGO) == []
    with OutcomeJournal(tmp_path) as journal:
        assert journal.write(ENTRY)
        assert journal.entries(LONG_AGO) == [ENTRY]
    assert file_of(tmp_path).stat().st_size == FILE_SIZE


@pytest.mark.parametrize("size", [2 * RECORD_SIZE + 100, FILE_SIZE + 3 * RECORD_SIZE])
def test_whole_records_of_a_file_of_another_size_are_read(tmp_path: Path, size: int) -> None:
    with OutcomeJournal(tmp_path) as journal:
        journal.write(ENTRY)
    os.truncate(file_of(tmp_path), size)
    assert read_entries(tmp_path, LONG_AGO) == [ENTRY]


def test_each_process_has_a_file_of_its_own_and_reads_all(tmp_path: Path) -> None:
    with OutcomeJournal(tmp_path) as first, OutcomeJournal(tmp_path) as second:
        second.write(entry(1))
        first.write(entry(2))
        second.write(entry(3))
        assert first.entries(LONG_AGO) == [entry(1), entry(2), entry(3)]
    assert file_of(tmp_path, 1).exists()
    with OutcomeJournal(tmp_path) as third:
        third.write(entry(4))
    assert not file_of(tmp_path, 2).exists(), "a file that was left is used again"


def test_seventeen_processes_are_too_many(tmp_path: Path) -> None:
    held = []
    for number in range(MOST_FILES):
        held.append(os.open(file_of(tmp_path, number), os.O_RDWR | os.O_CREAT))
        fcntl.flock(held[-1], fcntl.LOCK_EX)
    with pytest.raises(ReminderError, match="hold all 16 outcome journals"):
        OutcomeJournal(tmp_path)
    for descriptor in held:
        os.close(descriptor)


def test_a_folder_that_cannot_be_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(ReminderError, match=r"var: the outcome journal cannot be opened .* free 4"):
        OutcomeJournal(tmp_path / "var")


def test_older_entries_are_left_out_and_the_rest_comes_in_order(tmp_path: Path) -> None:
    with OutcomeJournal(tmp_path) as journal:
        for number in (5, 2, 9, 4):
            journal.write(entry(number))
        found = journal.entries(entry(4).ended_at)
    assert found == [entry(4), entry(5), entry(9)]


@pytest.mark.parametrize(
    "letter",
    ["a", "é", "字", "😀", '"', "\x00", "\udcff"],
    ids="plain é wide pair quote nul half".split(),
)
def test_a_long_text_is_cut_so_that_the_record_fits(tmp_path: Path, letter: str) -> None:
    long = replace(ENTRY, text=letter * 5000, reason=letter * 5000)
    with OutcomeJournal(tmp_path) as journal:
        assert journal.write(long)
        (found,) = journal.entries(LONG_AGO)
    assert long.text.startswith(found.text)
    assert long.reason.startswith(found.reason)
    assert len(found.reason) * 12 > 300, "far more was cut than had to be"
    assert replace(found, text="", reason="") == replace(ENTRY, text="", reason="")


def test_the_longest_names_that_the_database_takes_fit() -> None:
    longest = replace(
        ENTRY,
        message_id=f"<{'m' * 248}>",
        token="t" * 64,
        enhanced="5" * 16,
        relay="r" * 255,
        worker="w" * 100,
    )
    found = decode(encode(longest, 1))
    assert found is not None
    assert (found.message_id, found.token) == (longest.message_id, longest.token)


def test_threads_write_each_a_record_of_its_own(tmp_path: Path) -> None:
    with OutcomeJournal(tmp_path) as journal:
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(lambda number: journal.write(entry(number)), range(2000)))
        assert journal.entries(LONG_AGO) == [entry(number) for number in range(2000)]


def test_a_disk_that_refuses_is_said_and_not_raised(tmp_path: Path) -> None:
    journal = OutcomeJournal(tmp_path)
    before = signal(SIGXFSZ, SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (RECORD_SIZE, limits[1]))
        assert not journal.write(ENTRY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal(SIGXFSZ, before)
    assert "too large" in journal.trouble
    assert journal.write(ENTRY), "the disk is back"
    assert journal.entries(LONG_AGO) == [ENTRY]
    journal.close()


def test_the_crash_points_lie_after_the_write_and_after_the_sync(tmp_path: Path) -> None:
    passed: list[tuple[CrashPoint, int]] = []
    with OutcomeJournal(tmp_path) as journal:
        set_killer(lambda point: passed.append((point, len(journal.entries(LONG_AGO)))))
        try:
            journal.write(ENTRY)
            journal.sync()
            journal.sync()  # nothing is left to do
        finally:
            set_killer(None)
    assert passed == [(CrashPoint.JOURNAL_WRITTEN, 1), (CrashPoint.JOURNAL_SYNCED, 1)]
