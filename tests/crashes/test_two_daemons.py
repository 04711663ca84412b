"""Two daemons on one home, killed again and again, with few messages; the proof has many."""

from __future__ import annotations

from pathlib import Path

from tests.crashes.two_daemons import prove


def test_two_daemons_killed_in_turn_lose_no_mail_and_repeat_none_unmarked(tmp_path: Path) -> None:
    proof = prove(tmp_path, messages=1500, kill_every=0.5)
    assert proof.wrong == ()
    assert proof.messages == 1500
    assert proof.kills > 0
