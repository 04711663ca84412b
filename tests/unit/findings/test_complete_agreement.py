"""An agreement that is carried out and kept in order is told nothing for three years."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reminder.agreements import Dossier, Intention
from tests.factories import (
    make_activity,
    make_agreement,
    make_contact,
    make_directory,
    make_dossier,
    make_plan_item,
    make_report,
    make_step,
)
from tests.findings import found

CODES = (
    "DORMANT_CONTACT",
    "PARTNER_SILENT",
    "WE_ARE_SILENT",
    "NO_OWNER",
    "CEREMONIAL",
    "LOI_STALE",
)
FIRST, LAST = date(2024, 2, 5), date(2026, 12, 31)
COMPLETE = make_dossier(
    make_agreement(
        signed_on="2024-02-05",
        entered_on="2024-02-05",
        expires_on="2029-02-05",
        leading_unit="Dinas Pendidikan",
        report_cycle="semester",
    ),
    # Contact at least every 180 days, a meeting or an exchange every 12 months, each of our
    # letters answered within 45 days and each of theirs within 14; the last word is a meeting.
    activities=(
        make_activity("ceremony", "2024-02-05"),
        make_activity("meeting", "2024-06-03"),
        make_activity("exchange", "2024-11-04"),
        make_activity("letter_out", "2025-03-03"),
        make_activity("letter_in", "2025-03-24"),
        make_activity("letter_out", "2025-03-31"),
        make_activity("visit", "2025-05-05"),
        make_activity("exchange", "2025-10-06"),
        make_activity("meeting", "2026-03-02"),
        make_activity("letter_in", "2026-07-06"),
        make_activity("letter_out", "2026-07-13"),
        make_activity("meeting", "2026-08-03"),
        make_activity("exchange", "2026-12-07"),
    ),
    # From the first 90 days on an item for each year, with its budget, output and due date.
    plans=tuple(
        make_plan_item(f"Pelatihan {year}", budget_year=f"{year}", due_on=due, done_on=done)
        for year, due, done in (
            (2024, "2024-11-29", "2024-11-14"),
            (2025, "2025-11-28", "2025-10-17"),
            (2026, "2026-11-27", "2026-11-20"),
        )
    ),
    reports=tuple(
        make_report(period, submitted_on=on, evidence="tanda terima")
        for period, on in (
            ("2024-S1", "2024-07-22"),
            ("2024-S2", "2025-01-20"),
            ("2025-S1", "2025-07-21"),
            ("2025-S2", "2026-01-19"),
            ("2026-S1", "2026-07-20"),
        )
    ),
)
INTENT = replace(
    COMPLETE,
    agreement=replace(COMPLETE.agreement, instrument="LoI"),
    intended=(Intention("B", (make_step("rencana_kerja_sama", due_on="2025-06-30"),)),),
)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "of",
    [pytest.param(COMPLETE, id="an agreement"), pytest.param(INTENT, id="a letter of intent")],
)
def test_complete_agreement_is_told_nothing(code: str, of: Dossier) -> None:
    people = make_directory(
        make_contact(active_to="2025-06-30"),
        make_contact("baru@biro.example.go.id", active_from="2025-07-01"),
    )
    day = FIRST
    while day <= LAST:
        assert found(code, of, day, people) is None, f"on {day}"
        day += timedelta(days=1)
