"""Who sent a reply: the From field in all its forms, and whom to believe about it."""

from __future__ import annotations

import pytest

from reminder.mail.inbound import Authenticated, Inbound
from reminder.mail.inbound_reading import read_inbound
from reminder.mail.sender_check import Sender, check_sender
from tests.inbound_mails import RECIPIENT, SERVER, authenticated, reply

OURS = authenticated("biro.example.go.id")
FORGED = "Authentication-Results"


def read(raw: bytes) -> Inbound:
    """A mail that can be read."""
    found = read_inbound(raw)
    assert isinstance(found, Inbound)
    return found


def from_fields(*values: str, results: str = OURS) -> bytes:
    """A mail with these From fields, as they stand, and what our server says."""
    lines = [f"Authentication-Results: {results}"] if results else []
    lines += [f"From: {value}" for value in values]
    return "\r\n".join([*lines, "To: a@example.go.id", "", "TERIMA", ""]).encode()


def test_reply_of_the_recipient_is_genuine() -> None:
    assert check_sender(read(reply("TERIMA")), SERVER, RECIPIENT) is Sender.GENUINE


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(RECIPIENT, id="the bare address"),
        pytest.param(f"<{RECIPIENT}>", id="in brackets"),
        pytest.param(f'"Budi, S.Sos." <{RECIPIENT}>', id="a name in quotation marks"),
        pytest.param(f"Drs. Budi S. <{RECIPIENT}>", id="full stops in the name"),
        pytest.param(f"=?utf-8?q?Bu_Sri_=28Biro=29?= <{RECIPIENT}>", id="an encoded name"),
        pytest.param(f"Budi\r\n <{RECIPIENT}>", id="folded"),
        pytest.param(f"Budi <{RECIPIENT.replace('biro.', 'BIRO.')}>", id="the domain in capitals"),
        pytest.param(f'"bos@dinas.go.id" <{RECIPIENT}>', id="another address for a name"),
    ],
)
def test_from_field_of_the_recipient_counts(value: str) -> None:
    assert check_sender(read(from_fields(value)), SERVER, RECIPIENT) is Sender.GENUINE


@pytest.mark.parametrize(
    ("values", "sender"),
    [
        pytest.param((), Sender.NO_FROM, id="X-55: none"),
        pytest.param((RECIPIENT, "a@evil.id"), Sender.SEVERAL_FROM, id="X-55: two From fields"),
        pytest.param((RECIPIENT, RECIPIENT), Sender.SEVERAL_FROM, id="X-55: the same twice"),
        pytest.param(
            (f"{RECIPIENT}, a@evil.id",), Sender.SEVERAL_MAILBOXES, id="X-55: two mailboxes"
        ),
        pytest.param(
            (f"a@evil.id, {RECIPIENT}",), Sender.SEVERAL_MAILBOXES, id="X-55: the other way round"
        ),
        pytest.param(("",), Sender.MALFORMED_FROM, id="X-55: empty"),
        pytest.param(("Budi",), Sender.MALFORMED_FROM, id="X-55: no address"),
        pytest.param(("<>",), Sender.MALFORMED_FROM, id="X-55: an empty address"),
        pytest.param(
            ("=?utf-8?q?petugas=40biro=2Eexample=2Ego=2Eid?= <a@evil.id>",),
            Sender.OTHER_SENDER,
            id="X-55: an encoded word that hides another address",
        ),
        pytest.param(
            ("=?utf-8?q?=3Cpetugas=40biro=2Eexample=2Ego=2Eid=3E=2C?= <a@evil.id>",),
            Sender.OTHER_SENDER,
            id="X-55: an encoded word with brackets and a comma",
        ),
        pytest.param((f'"{RECIPIENT}" <a@evil.id>',), Sender.OTHER_SENDER, id="X-55: as a name"),
        pytest.param(
            (f"{RECIPIENT} <a@evil.id>",), Sender.MALFORMED_FROM, id="X-55: as a bare name"
        ),
        pytest.param(
            (f"<{RECIPIENT}> <a@evil.id>",), Sender.MALFORMED_FROM, id="X-55: two in brackets"
        ),
        pytest.param((f"a@evil.id ({RECIPIENT})",), Sender.MALFORMED_FROM, id="X-55: in a comment"),
        pytest.param(
            (f"a@evil.id <{RECIPIENT}>",), Sender.MALFORMED_FROM, id="X-55: an address before it"
        ),
        pytest.param((f"Tim: {RECIPIENT};",), Sender.MALFORMED_FROM, id="X-55: a group"),
        pytest.param(("undisclosed:;",), Sender.MALFORMED_FROM, id="X-55: an empty group"),
        pytest.param((f"<@evil.id:{RECIPIENT}>",), Sender.MALFORMED_FROM, id="X-55: a route"),
        pytest.param(
            ('"petugas"@biro.example.go.id',), Sender.MALFORMED_FROM, id="X-55: quoted local part"
        ),
        pytest.param(("petugas@biro.example.go.id@evil.id",), Sender.MALFORMED_FROM, id="two @"),
        pytest.param(
            ("(" * 2000 + f" {RECIPIENT}",), Sender.MALFORMED_FROM, id="2,000 comments in a comment"
        ),
        pytest.param(("x" * 5000 + f" <{RECIPIENT}>",), Sender.MALFORMED_FROM, id="5,000 letters"),
        pytest.param(("Petugas@biro.example.go.id",), Sender.OTHER_SENDER, id="a capital letter"),
        pytest.param(("petugas@dinas.example.go.id",), Sender.OTHER_SENDER, id="another office"),
        pytest.param(
            ("petugаs@biro.example.go.id",), Sender.MALFORMED_FROM, id="a Cyrillic letter"
        ),
    ],
)
def test_from_field_in_doubt_does_not_act(values: tuple[str, ...], sender: Sender) -> None:
    assert check_sender(read(from_fields(*values)), SERVER, RECIPIENT) is sender


def test_domain_outside_ascii_is_compared_in_its_other_form() -> None:
    inbound = read(
        from_fields("a@xn--bcher-kva.example", results=authenticated("xn--bcher-kva.example"))
    )
    assert check_sender(inbound, SERVER, "a@bücher.example") is Sender.GENUINE


def with_results(*values: str) -> bytes:
    """A reply of the recipient with these fields Authentication-Results, top down."""
    fields = tuple((FORGED, value) for value in values[1:])
    return reply("TERIMA", results=values[0] if values else "", fields=fields)


@pytest.mark.parametrize(
    ("values", "sender"),
    [
        pytest.param((OURS,), Sender.GENUINE, id="ours"),
        pytest.param((OURS.replace(SERVER, SERVER.upper()),), Sender.GENUINE, id="in capitals"),
        pytest.param((OURS.replace(";", " 1;", 1),), Sender.GENUINE, id="X-56: version 1"),
        pytest.param((OURS, "mx.evil.id; dmarc=fail"), Sender.GENUINE, id="X-56: another below"),
        pytest.param(
            (OURS, f"{SERVER}; spf=softfail"), Sender.GENUINE, id="ours below, of another check"
        ),
        pytest.param(
            (OURS.replace("dmarc=pass", "dmarc=pass (p=none dis=none)"),),
            Sender.GENUINE,
            id="comment",
        ),
        pytest.param(
            (authenticated("BIRO.example.go.id"),), Sender.GENUINE, id="the domain in capitals"
        ),
        pytest.param((), Sender.NOT_CHECKED, id="none"),
        pytest.param(("mx.evil.id; dmarc=pass", OURS), Sender.NOT_CHECKED, id="X-56: forged above"),
        pytest.param(
            (OURS.replace(SERVER, "mx.evil.id"),), Sender.NOT_CHECKED, id="X-56: not ours"
        ),
        pytest.param((OURS.replace(SERVER, f"x.{SERVER}"),), Sender.NOT_CHECKED, id="below ours"),
        pytest.param(
            (OURS.replace(SERVER, f"mx.evil.id ({SERVER})"),),
            Sender.NOT_CHECKED,
            id="X-56: our authserv-id in a comment",
        ),
        pytest.param((OURS.replace(";", " 2;", 1),), Sender.NOT_CHECKED, id="X-56: version 2"),
        pytest.param((f"{SERVER};" + "(" * 900,), Sender.NOT_CHECKED, id="comments in comments"),
        pytest.param((OURS + "; x=y" * 2000,), Sender.NOT_CHECKED, id="too long to be read"),
        pytest.param((f"{SERVER}; none",), Sender.NO_DMARC, id="nothing was checked"),
        pytest.param((f"{SERVER}; spf=pass; dkim=pass",), Sender.NO_DMARC, id="SPF and DKIM alone"),
        pytest.param((f"{OURS}; dmarc=pass",), Sender.NO_DMARC, id="DMARC twice"),
        pytest.param(
            (f"{SERVER}; spf=pass", OURS), Sender.NO_DMARC, id="only the topmost of ours counts"
        ),
        pytest.param(
            (f'{SERVER}; spf=pass smtp.mailfrom="x; dmarc=pass header.from=biro.example.go.id"',),
            Sender.NO_DMARC,
            id="X-56: in a quoted value",
        ),
        pytest.param(
            (f"{SERVER}; spf=pass (dmarc=pass header.from=biro.example.go.id)",),
            Sender.NO_DMARC,
            id="X-56: in a comment",
        ),
        pytest.param(
            (authenticated("biro.example.go.id", dmarc="fail"),), Sender.DMARC_FAILED, id="failed"
        ),
        pytest.param(
            (authenticated("biro.example.go.id", dmarc="none"),),
            Sender.DMARC_FAILED,
            id="no policy",
        ),
        pytest.param(
            (OURS, authenticated("biro.example.go.id", dmarc="fail")),
            Sender.DMARC_FAILED,
            id="X-56: ours below says no",
        ),
        pytest.param((authenticated("evil.id"),), Sender.OTHER_DOMAIN, id="another domain"),
        pytest.param((authenticated("example.go.id"),), Sender.OTHER_DOMAIN, id="the domain above"),
        pytest.param((f"{SERVER}; dmarc=pass",), Sender.OTHER_DOMAIN, id="no domain"),
        pytest.param(
            (f"{OURS} header.from=evil.id",), Sender.OTHER_DOMAIN, id="two domains for one result"
        ),
    ],
)
def test_topmost_word_of_our_own_server_decides(values: tuple[str, ...], sender: Sender) -> None:
    assert check_sender(read(with_results(*values)), SERVER, RECIPIENT) is sender


def test_x56_folded_field_is_read_as_one() -> None:
    folded = OURS.replace("; ", ";\r\n\t").replace(" header.from", "\r\n\t header.from")
    raw = from_fields(RECIPIENT, results=folded)
    assert b"\r\n\t header.from" in raw
    assert check_sender(read(raw), SERVER, RECIPIENT) is Sender.GENUINE


def test_nobody_is_believed_where_the_config_names_no_server() -> None:
    assert check_sender(read(reply("TERIMA")), "", RECIPIENT) is Sender.NO_AUTHSERV_ID


def test_unreadable_field_is_nobodys_also_where_nobody_is_asked() -> None:
    inbound = read(with_results("x=y"))
    assert inbound.authentication == (Authenticated(""),)
    assert check_sender(inbound, "", RECIPIENT) is Sender.NO_AUTHSERV_ID
