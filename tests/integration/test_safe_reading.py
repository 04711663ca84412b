"""The child that reads inbound mails: what a mail does to it, and what it may not do to us."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reminder.errors import ReaderUnavailable
from reminder.mail.inbound import Inbound, Kind, Machine, Trouble, Unreadable
from reminder.mail.inbound_reading import read_inbound
from reminder.mail.inbound_wire import from_json, to_json
from reminder.mail.safe_reading import Limits, SafeReader, child_command, read_safely
from tests.inbound_mails import WORDED, auto_reply, dsn, from_file, reply, worded_bounce

STARTS = "import sys; sys.stdout.buffer.write(b'R'); sys.stdout.buffer.flush(); "
"""How a child begins that is none of ours."""


def child(program: str) -> tuple[str, ...]:
    """A child that does as *program* says."""
    return (sys.executable, "-I", "-c", program)


def counted(file: Path) -> tuple[str, ...]:
    """Our child, which also leaves a mark in *file* each time it starts."""
    options = child_command(Limits())[-2:]
    program = (
        f"open({str(file)!r}, 'a').write('x'); "
        f"from reminder.mail.inbound_child import main; main({list(options)!r})"
    )
    return child(program)


MAILS = (
    reply("TERIMA\n"),
    auto_reply(),
    dsn(envelope_id="abc"),
    dsn(blocks=1000),
    from_file("calendar_reply"),
    b"",
    b"\xff\x00" * 100,
    *(worded_bounce(name) for name in WORDED),
)


def test_child_says_what_reading_here_says() -> None:
    with SafeReader() as reader:
        for raw in MAILS:
            assert reader.read(raw) == read_inbound(raw)


def test_one_mail_is_read_by_a_child_of_its_own() -> None:
    found = read_safely(reply("TERIMA\n"))
    assert isinstance(found, Inbound)
    assert found.first_line == "TERIMA"


def test_x66_many_replies_are_read_by_one_child(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    with SafeReader(command=counted(starts)) as reader:
        kinds = {
            found.kind
            for number in range(1000)
            if isinstance(found := reader.read(reply(f"TERIMA {number}")), Inbound)
        }
    assert kinds == {Kind.REPLY}
    assert starts.read_text() == "x"


def test_f43_storm_of_auto_replies_is_read_by_one_child(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    with SafeReader(command=counted(starts)) as reader:
        machines = {
            found.machine
            for number in range(1000)
            if isinstance(found := reader.read(auto_reply(marked=number % 2 == 0)), Inbound)
        }
    assert machines == {Machine.AUTO_SUBMITTED, Machine.SUBJECT}
    assert starts.read_text() == "x"


def test_mail_that_costs_too_much_is_put_aside_and_the_next_is_read(tmp_path: Path) -> None:
    depth = 190
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number)
        for number in range(depth)
    )
    limits = Limits(cpu_seconds=1, wall_seconds=60)
    with SafeReader(limits) as reader:
        found = reader.read(head + b"\n" * 4_000_000)
        assert isinstance(found, Unreadable)
        assert found.trouble is Trouble.TIME
        assert isinstance(reader.read(reply("TERIMA\n")), Inbound)


def test_time_of_earlier_mails_is_not_counted() -> None:
    slow = b"From: a@b.id\n\n" + b"abc\n" * 400_000
    with SafeReader(Limits(cpu_seconds=2, wall_seconds=60)) as reader:
        for _ in range(8):
            assert isinstance(reader.read(slow), Inbound)


def test_mail_that_needs_too_much_memory_is_put_aside_and_the_next_is_read() -> None:
    limits = Limits(memory=60 * 1024 * 1024)
    with SafeReader(limits) as reader:
        found = reader.read(b"From: a@b.id\n\n" + b"abc\n" * 2_500_000)
        assert isinstance(found, Unreadable)
        assert found.trouble in (Trouble.MEMORY, Trouble.DIED)
        assert isinstance(reader.read(reply("TERIMA\n")), Inbound)


def test_mail_beyond_ten_megabytes_needs_no_child() -> None:
    with SafeReader(command=("/nonexistent",)) as reader:
        found = reader.read(b"x" * (10 * 1024 * 1024 + 1))
    assert isinstance(found, Unreadable)
    assert found.trouble is Trouble.SIZE


@pytest.mark.parametrize(
    ("does", "trouble"),
    [
        pytest.param("import time; time.sleep(600)", Trouble.TIME, id="hangs"),
        pytest.param("sys.exit(3)", Trouble.DIED, id="leaves"),
        pytest.param(
            "import os; sys.stdin.buffer.read(4); os.kill(os.getpid(), 11)",
            Trouble.DIED,
            id="crashes",
        ),
        pytest.param(
            "import os; sys.stdin.buffer.read(4); os.kill(os.getpid(), 9)",
            Trouble.MEMORY,
            id="killed",
        ),
        pytest.param(
            "sys.stdin.buffer.read(4); sys.stdout.buffer.write(b'\\xff' * 9)",
            Trouble.DIED,
            id="answers without an end",
        ),
        pytest.param(
            "sys.stdin.buffer.read(4); sys.stdout.buffer.write(b'\\0\\0\\0\\2{}')",
            Trouble.DIED,
            id="answers something else",
        ),
        pytest.param(
            "sys.stdin.buffer.read(4); sys.stdout.buffer.write(b'\\0\\0\\0\\2[]')",
            Trouble.DIED,
            id="answers no object",
        ),
    ],
)
def test_whatever_a_child_does_ends_with_a_reason(does: str, trouble: Trouble) -> None:
    # 1 MB fills the pipe, so that writing to it has to end as well.
    limits = Limits(wall_seconds=2)
    with SafeReader(limits, command=child(STARTS + does)) as reader:
        found = reader.read(b"x" * 1_000_000)
    assert isinstance(found, Unreadable)
    assert found.trouble is trouble


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("/nonexistent",), id="no such program"),
        pytest.param(child("raise SystemExit(1)"), id="it cannot set its limits"),
        pytest.param(child("print('x')"), id="another program"),
    ],
)
def test_machine_that_has_no_child_is_not_the_mails_fault(command: tuple[str, ...]) -> None:
    with SafeReader(command=command) as reader, pytest.raises(ReaderUnavailable):
        reader.read(reply("TERIMA\n"))


def test_child_that_does_not_come_up_is_not_the_mails_fault() -> None:
    command = child("import time; time.sleep(600)")
    with (
        SafeReader(Limits(start_seconds=0.5), command) as reader,
        pytest.raises(ReaderUnavailable),
    ):
        reader.read(reply("TERIMA\n"))


def test_child_has_neither_our_environment_nor_a_file_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMINDER_SECRET_KEY", "a-secret-key-of-at-least-32-characters")
    seen = tmp_path / "environment"
    program = f"import os; open({str(seen)!r}, 'w').write(','.join(os.environ)); " + STARTS
    with SafeReader(command=child(program)) as reader:
        reader.read(b"x")
    assert "REMINDER" not in seen.read_text()


def test_what_is_read_survives_the_way_from_the_child() -> None:
    for raw in MAILS:
        found = read_inbound(raw)
        assert from_json(to_json(found)) == found
    aside = Unreadable(Trouble.PARTS, "it has too many")
    assert from_json(to_json(aside)) == aside
