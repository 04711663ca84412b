"""Opt-outs that nobody would understand later: without a reason, or over when they are entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from reminder.calendars import PartialDate

Doubt = tuple[str, str, str]
"""The column, what is odd about it, and what to write instead."""


def opt_out_doubts(row: Mapping[str, str | None], today: date) -> list[Doubt]:
    """What is odd about one row of ``opt_outs``; no mistake, since only its key is required."""
    found: list[Doubt] = []
    if not row.get("reason"):
        found.append(("reason", "is empty", "say why nobody is told; reminder why shows it"))
    until = row.get("until")
    if until and PartialDate.parse(until).last < today:
        found.append(
            (
                "until",
                f"{until} is past, so this excuses only what was due by then",
                "write the day until which it holds, or leave it empty",
            )
        )
    return found
