"""Sample digests: for ``preview --all``, and to try their templates before they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from reminder.agreements import Agreement
from reminder.figures import AgreementFigures, BureauFigures, ReportFigures
from reminder.summaries import (
    Cleared,
    DailySummary,
    Delivered,
    Overdue,
    SemesterSummary,
    ServiceFinding,
    Summary,
    WeeklySummary,
)

SUMMARIES = ("weekly", "semester", "daily")
_HASH = "3f8a1c5d9b7e2f40a6c8d1e3b5f7092846acde135790bdf2468ace013579bdf1"
_TITLES = {
    "id": {
        "CEREMONIAL": "Belum ada pelaksanaan",
        "NO_OWNER": "Penanggung jawab belum tercatat",
        "UNKNOWN_EXPIRY": "Masa berlaku belum tercatat",
    },
    "en": {
        "CEREMONIAL": "Not put into practice yet",
        "NO_OWNER": "Nobody in charge on record",
        "UNKNOWN_EXPIRY": "No end date on record",
    },
}
_BUREAUS = {
    "id": ("Biro Pemerintahan, Otonomi Daerah dan Kerja Sama", "Dinas Kebudayaan", "RSUD Contoh"),
    "en": ("Bureau of Government and Cooperation", "Department of Culture", "Contoh Hospital"),
}


def sample_summary(name: str, language: str, agreement: Agreement) -> Summary:
    """One of each template, about that agreement among others."""
    if name == "weekly":
        cleared = Cleared(agreement, "NO_OWNER", _TITLES[language]["NO_OWNER"], date(2024, 5, 3))
        return WeeklySummary("officer", {}, (cleared,), 1)
    if name == "semester":
        return _semester(language, agreement)
    return DailySummary(
        number=128,
        since=datetime(2024, 5, 7, 1, 0, tzinfo=UTC),
        until=datetime(2024, 5, 8, 1, 0, tzinfo=UTC),
        delivered=Delivered(sent=14, deferred=2, failed=1, held=1),
        waiting={"deferred": 1, "held": 1, "pending": 3},
        findings=(
            ServiceFinding("no_recipient", 2, ("CONTOH-BUS-2011", "CONTOH-KYO-2021")),
            ServiceFinding("holidays", 1, ("2025",)),
        ),
        overdue=(
            Overdue("CONTOH-KYO-2021", "PKS Kyoto", "report", "2023-S2", date(2024, 1, 31)),
            Overdue(agreement.ref, agreement.title, "notice_by", "", date(2024, 2, 6)),
        ),
        overdue_total=2,
        ahead=((date(2024, 5, 13), 3), (date(2024, 5, 15), 1)),
        chain_head=f"5127:{_HASH}",
    )


def _semester(language: str, agreement: Agreement) -> SemesterSummary:
    own, culture, hospital = _BUREAUS[language]
    lines = (
        BureauFigures(
            "CONTOH",
            own,
            AgreementFigures(18, 4, 2),
            ReportFigures(11, 3, 2),
            {"CEREMONIAL": 1, "NO_OWNER": 2, "UNKNOWN_EXPIRY": 3},
        ),
        BureauFigures("BUDAYA", culture, AgreementFigures(5, 1, 0), ReportFigures(4, 1, 0)),
        BureauFigures("RSUD", hospital, AgreementFigures(2, 0, 1)),
    )
    return SemesterSummary("head", "2023-S2", lines, _TITLES[language], (agreement,), 1)


def trial_summaries(summary: Summary) -> Iterator[tuple[str, Summary]]:
    """The same in other situations, each with what is special about it."""
    match summary:
        case WeeklySummary():
            yield "nothing was cleared", replace(summary, cleared=(), cleared_total=0)
            yield "more than is listed", replace(summary, totals={"late": 90}, cleared_total=40)
        case SemesterSummary():
            line = summary.lines[0]
            bare = replace(line, reports=ReportFigures(), findings={})
            yield "one bureau without reports", replace(summary, lines=(bare,), ceremonial=())
            many = tuple(replace(line, name=f"{line.name} {number}") for number in range(60))
            crowd = (*summary.ceremonial,) * 20
            yield "many bureaus", replace(summary, lines=many, ceremonial=crowd)
        case DailySummary():
            yield "nothing happened", DailySummary(1, None, summary.until)
