"""Running totals: each row is counted once, also one that was committed late."""

from __future__ import annotations

from dataclasses import dataclass

from reminder.web.running import Follower


@dataclass(frozen=True)
class Row:
    id: int


class Table:
    """Rows that can be seen now."""

    def __init__(self, *ids: int) -> None:
        self.ids = list(ids)

    def above(self, mark: int) -> list[Row]:
        return [Row(number) for number in self.ids if number > mark]


def new(follower: Follower, table: Table) -> list[int]:
    return sorted(row.id for row in follower.new(table.above))


def test_rows_before_the_mark_are_not_counted() -> None:
    assert new(Follower(3), Table(1, 2, 3, 4, 5)) == [4, 5]


def test_each_row_is_given_out_once() -> None:
    follower, table = Follower(0), Table(1, 2)
    assert new(follower, table) == [1, 2]
    assert new(follower, table) == []
    table.ids.append(3)
    assert new(follower, table) == [3]


def test_row_with_a_lower_id_that_is_committed_later_is_counted_too() -> None:
    follower, table = Follower(0), Table(1, 3)
    assert new(follower, table) == [1, 3]
    table.ids.append(2)
    assert new(follower, table) == [2]
    assert new(follower, table) == []


def test_what_has_settled_is_not_read_again() -> None:
    follower, table = Follower(0, settled_after=-1.0), Table(1, 2)
    assert new(follower, table) == [1, 2]
    asked: list[int] = []

    def above(mark: int) -> list[Row]:
        asked.append(mark)
        return table.above(mark)

    assert list(follower.new(above)) == []
    assert asked == [2]
