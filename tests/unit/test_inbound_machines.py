"""Mail from machines: it is known as such, never acts, whatever its text says."""

from __future__ import annotations

import pytest

from reminder.mail.inbound import Inbound, Kind, Machine
from reminder.mail.inbound_reading import read_inbound
from reminder.mail.replies import NoCommand, read_command
from reminder.mail.return_paths import is_own_id
from tests.inbound_mails import auto_reply, dsn, from_file, reply


def read(raw: bytes) -> Inbound:
    """A mail that can be read."""
    found = read_inbound(raw)
    assert isinstance(found, Inbound)
    return found


def marked(*fields: tuple[str, str]) -> bytes:
    """A reply that would act, with these header fields."""
    return reply("TERIMA", fields=fields)


@pytest.mark.parametrize(
    ("raw", "machine"),
    [
        pytest.param(
            auto_reply(), Machine.AUTO_SUBMITTED, id="X-63: out of office, with Auto-Submitted"
        ),
        pytest.param(
            auto_reply(marked=False), Machine.SUBJECT, id="X-63: out of office, without it"
        ),
        pytest.param(from_file("receipt"), Machine.RECEIPT, id="X-63: delivery receipt (MDN)"),
        pytest.param(from_file("calendar_reply"), Machine.CALENDAR, id="X-63: calendar REPLY"),
        pytest.param(from_file("list_digest"), Machine.PRECEDENCE, id="X-63: list digest"),
        pytest.param(from_file("looped"), Machine.AUTO_SUBMITTED, id="F-43: our own mail"),
        pytest.param(
            marked(("Auto-Submitted", "auto-generated")), Machine.AUTO_SUBMITTED, id="auto"
        ),
        pytest.param(
            marked(("Auto-Submitted", "no"), ("Auto-Submitted", "auto-notified; x=1")),
            Machine.AUTO_SUBMITTED,
            id="one of two says so",
        ),
        pytest.param(marked(("Return-Path", "<>")), Machine.NULL_RETURN_PATH, id="no return path"),
        pytest.param(marked(("Precedence", "Bulk")), Machine.PRECEDENCE, id="bulk"),
        pytest.param(marked(("Precedence", "auto_reply")), Machine.PRECEDENCE, id="auto_reply"),
        pytest.param(marked(("X-Autoreply", "yes")), Machine.AUTOREPLY, id="X-Autoreply"),
        pytest.param(
            marked(("X-Auto-Response-Suppress", "All")), Machine.SUPPRESS, id="Exchange's mark"
        ),
        pytest.param(marked(("List-Id", "<a.b.id>")), Machine.LIST, id="List-Id"),
        pytest.param(marked(("List-Unsubscribe", "<https://a.id>")), Machine.LIST, id="a list"),
        pytest.param(marked(*[("Received", "from a by b")] * 26), Machine.LOOP, id="26 servers"),
        pytest.param(
            reply("TERIMA", sender="mailer-daemon@biro.example.go.id"),
            Machine.DAEMON,
            id="a daemon",
        ),
        pytest.param(reply("TERIMA", subject="Di luar kantor: x"), Machine.SUBJECT, id="subject"),
    ],
)
def test_mail_of_a_machine_never_acts(raw: bytes, machine: Machine) -> None:
    inbound = read(raw)
    assert (inbound.machine, inbound.kind) == (machine, Kind.AUTO)
    assert read_command(inbound) is NoCommand.MACHINE


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(marked(("Auto-Submitted", "no")), id="Auto-Submitted: no"),
        pytest.param(marked(("Auto-Submitted", "No (by hand)")), id="with a comment"),
        pytest.param(marked(("Precedence", "normal")), id="a usual precedence"),
        pytest.param(marked(("Return-Path", "<petugas@biro.example.go.id>")), id="a return path"),
        pytest.param(marked(*[("Received", "from a by b")] * 25), id="25 servers"),
        pytest.param(reply("TERIMA", subject="Re: Balasan otomatis"), id="an answer to one"),
        pytest.param(reply("TERIMA", name="Kepala Biro"), id="nothing special"),
    ],
)
def test_mail_of_a_person_is_none(raw: bytes) -> None:
    inbound = read(raw)
    assert inbound.machine is None
    assert inbound.kind is Kind.REPLY


def test_invitation_that_a_person_attaches_is_no_answer_of_a_calendar() -> None:
    raw = from_file("calendar_reply").replace(b"method=REPLY", b"method=REQUEST")
    assert read(raw).machine is None


@pytest.mark.parametrize(
    "inner",
    [pytest.param(dsn(), id="a bounce"), pytest.param(from_file("receipt"), id="a receipt")],
)
def test_person_who_passes_machine_mail_on_is_a_person(inner: bytes) -> None:
    head, _, text = reply("Mohon diperiksa\n").partition(b"\r\n\r\n")
    head = head.replace(b'text/plain; charset="utf-8"', b"multipart/mixed; boundary=fwd")
    parts = b"--fwd\r\n\r\n" + text + b"--fwd\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    inbound = read(head + b"\r\n\r\n" + parts + b"\r\n--fwd--\r\n")
    assert (inbound.kind, inbound.machine) == (Kind.REPLY, None)
    assert inbound.first_line == "Mohon diperiksa"
    assert inbound.deliveries == ()


def test_bounce_never_acts_as_a_reply() -> None:
    raw = dsn().replace(b"This is the mail system at host mx.example.go.id.", b"TERIMA")
    assert read(raw).first_line == "TERIMA"
    assert read_command(read(raw)) is NoCommand.MACHINE


def test_our_own_mail_is_known_even_without_its_marks() -> None:
    raw = from_file("looped")
    for field in (
        b"Auto-Submitted: auto-generated",
        b"X-Auto-Response-Suppress: All",
        b"List-Id: ",
    ):
        raw = raw.replace(field, b"X-Was: ")
    inbound = read(raw)
    assert inbound.machine is None
    assert is_own_id(inbound.header_id, "example.go.id")
