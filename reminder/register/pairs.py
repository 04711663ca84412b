"""Cells of one row that contradict each other, such as an expiry before the signing."""

from __future__ import annotations

from collections.abc import Mapping

from reminder.calendars import PartialDate

# (table, the later day, the earlier day, how the message calls them)
_ORDERED = {
    "agreements": (
        ("expires_on", "signed_on", "the expiry", "the signing"),
        ("expires_on", "effective_on", "the expiry", "the coming into force"),
    ),
    "contacts": (("active_to", "active_from", "the last day", "the first day"),),
    "steps": (("done_on", "started_on", "the end", "the start"),),
}
_OWN_NAME = {"agreements": ("replaces", "ref"), "bureaus": ("parent", "code")}


def contradictions(table: str, row: Mapping[str, str | None]) -> list[tuple[str, str, str]]:
    """Column, message and hint for each contradiction; partial dates only where they surely do."""
    found = []
    for later, earlier, later_name, earlier_name in _ORDERED.get(table, ()):
        after, before = row.get(later), row.get(earlier)
        if after and before and _is_before(after, before):
            found.append(
                (
                    later,
                    f"{later_name} {after} is before {earlier_name} {before}",
                    f"correct {later} or {earlier}",
                )
            )
    if table in _OWN_NAME:
        column, key = _OWN_NAME[table]
        if row.get(column) and row.get(column) == row.get(key):
            found.append((column, f'"{row[column]}" names itself', "leave the cell empty"))
    return found


def _is_before(after: str, before: str) -> bool:
    # The written forms sort like the days, as long as neither begins the other.
    if after >= before:
        return False
    return PartialDate.parse(after).last < PartialDate.parse(before).first
