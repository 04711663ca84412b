"""Signed return addresses: what they say, and what is no address of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.mail.links import message_id_for
from reminder.mail.return_paths import (
    LONGEST_BASE,
    Marked,
    ReturnPurpose,
    check_base,
    envelope_id,
    is_own_id,
    read_address,
    read_addresses,
    read_envelope_id,
    reply_address,
    return_address,
)

SECRET = "a-secret-key-of-at-least-32-characters"
BASE = "mail@biro.example.go.id"
MESSAGE_ID = message_id_for(SECRET, "biro.example.go.id", "notice", "7")
LEFT_HALF = MESSAGE_ID[1:27]
BOUNCE = return_address(BASE, MESSAGE_ID, SECRET)
REPLY = reply_address(BASE, MESSAGE_ID, SECRET)
ENVELOPE = envelope_id(MESSAGE_ID, SECRET)


def test_addresses_name_the_message_they_are_of() -> None:
    assert read_address(BOUNCE, BASE, SECRET) == Marked(ReturnPurpose.BOUNCE, LEFT_HALF)
    assert read_address(REPLY, BASE, SECRET) == Marked(ReturnPurpose.REPLY, LEFT_HALF)
    assert read_envelope_id(ENVELOPE, SECRET) == Marked(ReturnPurpose.ENVELOPE, LEFT_HALF)


def test_address_is_the_same_in_every_copy_and_fits_the_envelope() -> None:
    assert return_address(BASE, MESSAGE_ID, SECRET) == BOUNCE
    assert BOUNCE.startswith("mail+b")
    assert BOUNCE.endswith("@biro.example.go.id")
    longest = "x" * LONGEST_BASE + "@biro.example.go.id"
    assert len(return_address(longest, MESSAGE_ID, SECRET).partition("@")[0]) == 64
    assert len(ENVELOPE) <= 100


def test_id_is_taken_with_brackets_or_by_its_left_half() -> None:
    assert return_address(BASE, LEFT_HALF, SECRET) == BOUNCE
    assert return_address(BASE, MESSAGE_ID.strip("<>"), SECRET) == BOUNCE


def test_servers_that_change_the_case_do_no_harm() -> None:
    assert read_address(BOUNCE.upper(), BASE, SECRET) == read_address(BOUNCE, BASE, SECRET)
    assert read_address(BOUNCE, BASE.title(), SECRET) is not None
    assert read_envelope_id(f" {ENVELOPE.upper()} ", SECRET) is not None


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("", id="nothing"),
        pytest.param(BASE, id="without a mark"),
        pytest.param(BOUNCE.replace("+b", "+r"), id="another purpose"),
        pytest.param(BOUNCE.replace("+b", "+e"), id="a purpose that addresses do not have"),
        pytest.param(REPLY.replace("+r", "+b"), id="a reply's mark as a bounce's"),
        pytest.param(f"mail+b{ENVELOPE}@biro.example.go.id", id="the mark of an ENVID"),
        pytest.param(BOUNCE.replace("mail+", "lain+"), id="another mailbox"),
        pytest.param(BOUNCE.replace("biro.", "biru."), id="another domain"),
        pytest.param(BOUNCE.replace("+b", "+x+b"), id="one more tag"),
        pytest.param(f"x{BOUNCE}", id="something before it"),
        pytest.param(f"{BOUNCE}\n", id="a line break behind it"),
        pytest.param(BOUNCE.replace("@", ".@"), id="one more dot"),
        pytest.param(BOUNCE.replace(".", "..", 1), id="two dots"),
        pytest.param("x" * 10_000_000 + BOUNCE, id="10 MB"),
        pytest.param(BOUNCE.replace("b", "ḃ", 1), id="a letter that is none of ours"),
        pytest.param(return_address(BASE, MESSAGE_ID, "x" * 32), id="another secret key"),
    ],
)
def test_anything_else_is_no_address_of_ours(address: str) -> None:
    assert read_address(address, BASE, SECRET) is None
    assert read_addresses([address], BASE, SECRET, ReturnPurpose.BOUNCE) is None


@given(st.integers(0, len(BOUNCE) - 1), st.characters(codec="utf-8"))
def test_no_character_of_an_address_can_be_another(at: int, character: str) -> None:
    changed = BOUNCE[:at] + character + BOUNCE[at + 1 :]
    read = read_address(changed, BASE, SECRET)
    assert (read is not None) == (changed.lower() == BOUNCE.lower())


@given(st.text(max_size=120))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read_address(text, BASE, SECRET) is None
    assert read_envelope_id(text, SECRET) is None


def test_first_genuine_address_of_that_purpose_counts() -> None:
    others = ["a@b.example", BASE, BOUNCE.replace("+b", "+r"), REPLY]
    found = read_addresses([*others, BOUNCE], BASE, SECRET, ReturnPurpose.BOUNCE)
    assert found == Marked(ReturnPurpose.BOUNCE, LEFT_HALF)
    assert read_addresses(others, BASE, SECRET, ReturnPurpose.BOUNCE) is None


@pytest.mark.parametrize(
    ("base", "says"),
    [
        pytest.param("x" * (LONGEST_BASE + 1) + "@a.id", "at most 19", id="no room for the mark"),
        pytest.param("mail", "no address", id="no domain"),
        pytest.param("@a.id", "no address", id="no mailbox"),
        pytest.param("ma il@a.id", "no address", id="a blank"),
    ],
)
def test_address_that_cannot_be_marked_is_refused_with_a_reason(base: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_base(base)


def test_address_without_room_makes_no_return_address() -> None:
    with pytest.raises(ValueError, match="at most 19"):
        return_address("x" * 20 + "@a.id", MESSAGE_ID, SECRET)


def test_only_a_message_id_of_ours_is_marked() -> None:
    with pytest.raises(ValueError, match="no Message-ID of ours"):
        return_address(BASE, "<lain@biro.example.go.id>", SECRET)


@pytest.mark.parametrize(
    ("header_id", "is_own"),
    [
        pytest.param(MESSAGE_ID, True, id="ours"),
        pytest.param(MESSAGE_ID.replace("@biro", "@BIRO"), True, id="the domain in capitals"),
        pytest.param(MESSAGE_ID.replace("biro", "dinas"), False, id="of another domain"),
        pytest.param("<CAF123@biro.example.go.id>", False, id="a person's mail at our domain"),
        pytest.param("", False, id="none"),
    ],
)
def test_our_own_mail_is_known_by_its_message_id(header_id: str, is_own: bool) -> None:
    assert is_own_id(header_id, "biro.example.go.id") is is_own
