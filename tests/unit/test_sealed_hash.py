"""The canonical form of a sealed event: an auditor computes it with ten lines of anything."""

from __future__ import annotations

from hashlib import sha256

import pytest

from reminder.storage.seals import START, sealed_hash

EVENT = (7, "2026-03-02 02:00:00.000000", "sent", "", "KSD/é", None, "<1@example.go.id>", "{}")


def test_form_is_json_of_the_hash_before_and_the_row_in_ascii() -> None:
    line = (
        f'["{START}",7,"2026-03-02 02:00:00.000000","sent","","KSD/\\u00e9",null,'
        '"<1@example.go.id>","{}"]'
    )
    assert sealed_hash(START, EVENT) == sha256(line.encode()).hexdigest()


def test_hash_depends_on_the_one_before() -> None:
    assert sealed_hash(START, EVENT) != sealed_hash("1" * 64, EVENT)


@pytest.mark.parametrize("place", range(len(EVENT)))
@pytest.mark.parametrize(
    "value",
    ["7", 8, None, b"sent", "\ud800", 1.5],
    ids=["text", "int", "none", "bytes", "half", "float"],
)
def test_every_column_counts_whatever_a_hand_put_there(place: int, value: object) -> None:
    other = (*EVENT[:place], value, *EVENT[place + 1 :])
    assert (sealed_hash(START, other) == sealed_hash(START, EVENT)) == (other == EVENT)


def test_text_cannot_move_from_one_column_to_the_next() -> None:
    assert sealed_hash(START, (1, "a", "b,c", "d")) != sealed_hash(START, (1, "a,b", "c", "d"))
