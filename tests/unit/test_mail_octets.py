"""What the bytes of a mail must keep to: whole line breaks, no NUL, no line over 998 octets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.mail.octets import LONGEST_LINE, has_bare_break, has_long_line

LONGEST = b"x" * LONGEST_LINE


@pytest.mark.parametrize(
    ("data", "is_bare"),
    [
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"a\r\n\r\nb", False, id="whole line breaks, an empty line"),
        pytest.param(b"a\nb\r\n", True, id="LF alone"),
        pytest.param(b"a\rb\r\n", True, id="CR alone"),
        pytest.param(b"a\n\rb", True, id="the wrong way round"),
        pytest.param(b"a\r\r\nb", True, id="one CR too many"),
        pytest.param(b"a\x00b\r\n", True, id="NUL"),
    ],
)
def test_bare_breaks_are_found(data: bytes, is_bare: bool) -> None:
    assert has_bare_break(data) is is_bare


@pytest.mark.parametrize(
    ("data", "is_long"),
    [
        pytest.param(b"", False, id="nothing"),
        pytest.param(LONGEST, False, id="998 octets without an end"),
        pytest.param(LONGEST + b"\r\n" + LONGEST + b"\r\n", False, id="two of 998"),
        pytest.param(LONGEST + b"y", True, id="999 without an end"),
        pytest.param(LONGEST + b"y\r\n", True, id="999"),
        pytest.param(b"a\r\n" * 400 + LONGEST + b"y\r\nb\r\n", True, id="999 after short lines"),
        pytest.param(b"a\r\n" * 400 + LONGEST + b"y", True, id="999 at the end"),
    ],
)
def test_long_lines_are_found(data: bytes, is_long: bool) -> None:
    assert has_long_line(data) is is_long


@given(st.lists(st.integers(0, 1100), max_size=8))
def test_long_lines_are_found_wherever_they_are(lengths: list[int]) -> None:
    data = b"\r\n".join(b"x" * length for length in lengths)
    assert has_long_line(data) is any(length > LONGEST_LINE for length in lengths)
