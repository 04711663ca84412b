"""The floor under the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from reminder.disk import FLOOR, free_bytes, low_disk

HOME, DATABASE = Path("/home-of-it/var"), Path("/database-of-it")


@pytest.mark.parametrize(
    ("free_at_home", "free_at_database", "named"),
    [
        pytest.param(FLOOR, FLOOR, None, id="just enough on both"),
        pytest.param(FLOOR - 1, FLOOR, HOME, id="a byte too little for the journal"),
        pytest.param(FLOOR, 0, DATABASE, id="nothing left for the database"),
    ],
)
def test_disk_with_too_little_room_is_named(
    free_at_home: int, free_at_database: int, named: Path | None
) -> None:
    room = {HOME: free_at_home, DATABASE: free_at_database}
    found = low_disk((HOME, DATABASE), room.__getitem__)
    assert found == "" if named is None else found.startswith(f"{named}: less than 64 MiB")


def test_disk_that_nobody_can_look_at_is_no_room() -> None:
    def gone(_folder: Path) -> int:
        raise OSError(5, "Input/output error")

    assert "Input/output error" in low_disk((HOME,), gone)


def test_room_for_a_folder_to_come_is_that_of_the_one_above(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "there") > 0
    assert free_bytes(Path("no-such-folder-here")) > 0
