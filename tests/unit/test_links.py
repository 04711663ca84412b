"""Links and Message-IDs: what a signature covers, what is refused, how long a link lives."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.mail.links import (
    PLACEHOLDER,
    LinkGrant,
    link_expiry,
    link_url,
    message_id_domain,
    message_id_for,
    new_link_id,
    placeholder,
    sign_link,
    split_token,
    thread_id_for,
    verify_link,
)

SECRET = "a-secret-key-of-at-least-32-characters"
GRANT = LinkGrant(
    id="AAECAwQFBgcICQoLDA0ODw",
    purpose="act",
    deadline_id=7,
    epoch=1,
    recipient="petugas@biro.example.go.id",
    expires_at=datetime(2026, 6, 30, 16, 59, 59, tzinfo=UTC),
)


def test_token_verifies_for_its_grant() -> None:
    token = sign_link(GRANT, SECRET)
    assert verify_link(token, GRANT, SECRET)
    assert split_token(token) == ("1", GRANT.id)


def test_token_is_the_same_each_time_so_that_a_repeat_is_byte_identical() -> None:
    assert sign_link(GRANT, SECRET) == sign_link(GRANT, SECRET)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(GRANT, purpose="ack"), id="another purpose"),
        pytest.param(replace(GRANT, deadline_id=8), id="another deadline"),
        pytest.param(replace(GRANT, epoch=2), id="the due date changed"),
        pytest.param(replace(GRANT, recipient="lain@biro.example.go.id"), id="another recipient"),
        pytest.param(replace(GRANT, expires_at=GRANT.expires_at + timedelta(days=1)), id="longer"),
        pytest.param(replace(GRANT, id=new_link_id()), id="another id"),
        pytest.param(replace(GRANT, kid="2"), id="a key that is not known"),
    ],
)
def test_token_is_worthless_for_anything_else(other: LinkGrant) -> None:
    assert not verify_link(sign_link(GRANT, SECRET), other, SECRET)


def test_token_signed_with_another_secret_is_refused() -> None:
    assert not verify_link(sign_link(GRANT, "another secret"), GRANT, SECRET)


def test_every_other_last_character_is_refused_although_base64_would_decode_it() -> None:
    token = sign_link(GRANT, SECRET)
    same_bytes = 0
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        other = token[:-1] + last
        raw = base64.urlsafe_b64decode(other.rpartition(".")[2] + "==")
        same_bytes += raw == base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")
        assert verify_link(other, GRANT, SECRET) is (other == token)
    assert same_bytes > 1  # else this test would prove nothing


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("1", id="no parts"),
        pytest.param("1.2.3", id="too short"),
        pytest.param("12345." + "A" * 22 + "." + "A" * 22, id="a long key id"),
        pytest.param("1." + "A" * 22 + "." + "A" * 22 + "=", id="with padding"),
        pytest.param("1." + "A" * 22 + "." + "A" * 21 + "!", id="another alphabet"),
        pytest.param("1." + "A" * 22 + "." + "A" * 22 + "\n", id="a line break"),
        pytest.param("1." + "Ä" * 22 + "." + "A" * 22, id="not ASCII"),
        pytest.param("1." + "A" * 10_000_000, id="ten megabytes"),
        pytest.param("1.%00." + "A" * 22, id="an encoded NUL"),
        pytest.param("../1." + "A" * 22, id="a path"),
    ],
)
def test_malformed_token_is_no_token(token: str) -> None:
    assert split_token(token) is None
    assert not verify_link(token, GRANT, SECRET)


@given(position=st.integers(0, 46), bit=st.integers(0, 6))
def test_one_flipped_bit_is_refused(position: int, bit: int) -> None:
    token = sign_link(GRANT, SECRET)
    flipped = token[:position] + chr(ord(token[position]) ^ (1 << bit)) + token[position + 1 :]
    assert not verify_link(flipped, GRANT, SECRET)


def test_link_ids_are_sixteen_bytes_and_differ() -> None:
    ids = {new_link_id() for _ in range(100)}
    assert len(ids) == 100
    assert {len(base64.urlsafe_b64decode(one + "==")) for one in ids} == {16}


@pytest.mark.parametrize(
    ("due_on", "until"),
    [
        pytest.param(date(2026, 5, 31), "2026-06-30", id="30 days past the due date"),
        pytest.param(date(2027, 11, 1), "2026-10-28", id="H-540: 180 days, later mails have links"),
        pytest.param(date(2025, 12, 1), "2026-05-15", id="long overdue: 14 days, not dead already"),
        pytest.param(date(2026, 4, 10), "2026-05-15", id="a little overdue: 14 days at least"),
    ],
)
def test_link_lives_as_long_as_it_is_of_use(due_on: date, until: str) -> None:
    sent_at = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)
    assert link_expiry(due_on, sent_at).date().isoformat() == until


def test_link_is_built_from_the_public_url_alone() -> None:
    assert link_url("https://h.example.go.id/", "1.a.b") == "https://h.example.go.id/a/1.a.b"


def test_placeholder_names_its_notice_and_no_longer_number() -> None:
    match = PLACEHOLDER.search(f"<{placeholder(42)}>")
    assert match is not None
    assert match[1] == "42"
    assert PLACEHOLDER.search("reminder-link:" + "9" * 30) is None


def test_message_id_is_stable_names_nobody_and_depends_on_every_part() -> None:
    parts = ("expiry", "1", "H-30", "petugas@biro.example.go.id")
    first = message_id_for(SECRET, "example.go.id", *parts)
    assert first == message_id_for(SECRET, "example.go.id", *parts)
    assert len(first) == len("<>@example.go.id") + 26
    assert "petugas" not in first
    others = {
        message_id_for(SECRET, "example.go.id", "expiry", "1", "H-7", parts[3]),
        message_id_for(SECRET, "example.go.id", "expiry1", "", "H-30", parts[3]),
        message_id_for("other", "example.go.id", *parts),
        thread_id_for(SECRET, "example.go.id", "expiry", parts[3]),
    }
    assert len(others | {first}) == 5


def test_thread_is_the_same_for_an_address_in_other_letters() -> None:
    one = thread_id_for(SECRET, "example.go.id", "A-1", "Petugas@biro.example.go.id")
    assert one == thread_id_for(SECRET, "example.go.id", "A-1", "petugas@biro.example.go.id")


@pytest.mark.parametrize(
    ("configured", "mail_from", "domain"),
    [
        ("id.example.go.id", "a@b.example.go.id", "id.example.go.id"),
        ("", "Pengingat <a@Biro.example.go.id>", "biro.example.go.id"),
        ("", "a@bücher.example", "xn--bcher-kva.example"),
        ("", "", "reminder.localhost"),
    ],
)
def test_message_id_domain(configured: str, mail_from: str, domain: str) -> None:
    assert message_id_domain(configured, mail_from) == domain
