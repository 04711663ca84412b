"""Checks across rows and against the register, before an import writes anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reminder.register.columns import Column, TableSpec
from reminder.register.keys import look
from reminder.register.near import write_one_of
from reminder.register.problems import ProblemList, where
from reminder.register.staging import Place, Staging
from reminder.register.tables import TABLES
from reminder.storage import register as stored

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MOST_HINTS = 50
"""Near names cost a look at many keys; a wrong column would ask for one in every row."""
_MOST_CANDIDATES = 500
CIRCULAR = {"bureaus": "parent", "agreements": "replaces"}


def check_run(connection: Connection, staging: Staging, problems: ProblemList) -> None:
    """Repeated keys, references to nothing, and circles."""
    for name in staging.tables():
        for first, again in staging.repeated(name):
            _repeated(TABLES[name], first, again, problems)
    _References(connection, staging, problems).check()
    for name, column in CIRCULAR.items():
        if name in staging.tables():
            pairs = stored.named_pairs(connection, name, column)
            for place in staging.cycle(name, column, pairs):
                problems.error(
                    place.label, place.line, where(place.name, column),
                    "goes round in a circle and comes back to this row", "empty it in one of them",
                )  # fmt: skip


def _repeated(table: TableSpec, first: Place, again: Place, problems: ProblemList) -> None:
    there = f"{first.label}:{first.line}"
    same = first.key == again.key
    message = f"the key stands in {there} too" if same else f'looks like "{first.name}" in {there}'
    key = where(again.name, " + ".join(table.key))
    problems.error(again.label, again.line, key, message, "keep one of the two rows")


class _References:
    """Follows every column that names a row of another table."""

    def __init__(self, connection: Connection, staging: Staging, problems: ProblemList) -> None:
        self._connection = connection
        self._staging = staging
        self._problems = problems
        self._hints = 0

    def check(self) -> None:
        for name in self._staging.tables():
            for column in TABLES[name].columns:
                if column.refers_to:
                    self._check_column(TABLES[name], column)

    def _check_column(self, table: TableSpec, column: Column) -> None:
        target = column.refers_to
        for names in self._staging.names_outside(table.name, column.name, target):
            known = stored.known_keys(self._connection, target, names)
            unknown = {name: self._unknown(target, name) for name in names if name not in known}
            rows = self._staging.rows_with(table.name, column.name, list(unknown))
            for name, place in rows if unknown else ():
                key = where(place.name, column.name)
                self._problems.error(place.label, place.line, key, *unknown[name])

    def _unknown(self, target: str, name: str) -> tuple[str, str]:
        self._hints += 1
        message = f'"{name}" is not in the register'
        if self._hints > _MOST_HINTS:
            return message, "import it first"
        alike = self._staging.lookalike(target, name) or self._stored_lookalike(target, name)
        if alike is not None:
            return message, f'write it as it stands there: "{alike}"'
        known = self._staging.some_names(target, _MOST_CANDIDATES)
        known += stored.some_keys(self._connection, target, name, _MOST_CANDIDATES)
        if not known:
            return message, f"import the {target} first; there is none yet"
        return message, f"import it first, or {write_one_of(name, dict.fromkeys(known))}"

    def _stored_lookalike(self, target: str, name: str) -> str | None:
        return stored.keys_by_look(self._connection, target, [look(name)]).get(look(name))


def check_new_keys(
    connection: Connection,
    staging: Staging,
    table: TableSpec,
    places: Sequence[Place],
    problems: ProblemList,
) -> None:
    """A new key that looks like one of the register's would split a record in two."""
    if table.name not in stored.LOOK_COLUMNS or not places:
        return
    alike = stored.keys_by_look(connection, table.name, [look(place.name) for place in places])
    for place in places:
        other = alike.get(look(place.name))
        if other is None or other == place.name:
            continue
        # Where the other key is in this run too, the two rows are named already.
        if staging.absent(table.name, [(other,)]):
            problems.error(
                place.label, place.line, where(place.name, table.key[0]),
                f'looks like "{other}", which is in the register',
                f'write "{other}", or choose a key that nobody takes for it',
            )  # fmt: skip
