"""The semester's recapitulation: what became of agreements and reports, for heads, by bureau."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobs.planning import directory_of
from jobs.readers import Addressed, Home, home_of, nearer, role_of, with_unsubscribing
from jobs.unsubscribe import unsubscribe_grants
from jobs.weekly import MessageIdOf
from reminder.clock import local_date
from reminder.figures import AgreementFigures, BureauFigures, ReportFigures
from reminder.mail.letters import Letter
from reminder.notices import Recipient, recipients_for
from reminder.storage.digests import known_ids
from reminder.storage.figures import (
    CEREMONIAL,
    bureaus_with_agreements,
    load_agreement_figures,
    load_ceremonial,
    load_finding_counts,
    load_report_figures,
)
from reminder.storage.unsubscribed import unsubscribed_from
from reminder.summaries import SemesterSummary

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.directory import Directory

SEMESTER = "semester"
MOST_CEREMONIAL = 20


@dataclass
class _Reader:
    """One person, and the bureaus whose figures they see."""

    recipient: Recipient
    bureaus: set[str] = field(default_factory=set)


def semester_letters(
    context: JobContext,
    roles: Sequence[str],
    periods: Mapping[str, str],
    message_id: MessageIdOf,
) -> list[Addressed]:
    """The letters of the people who hold *roles*, where *periods* names the semester by zone.

    Each sees the bureaus at which they hold the role, and all below these.
    """
    now = context.clock.now()
    made: list[Addressed] = []
    with context.database.read() as connection:
        directory = directory_of(connection, context.policy)
        figures: dict[tuple[str, date], dict[str, BureauFigures]] = {}
        mine: dict[str, tuple[_Reader, Home]] = {}
        bureaus = bureaus_with_agreements(connection)
        unwilling = unsubscribed_from(connection, SEMESTER)
        for reader in _readers(context, directory, roles, bureaus):
            if reader.recipient.identity in unwilling:
                continue
            home = home_of(reader.recipient, directory, context.policy)
            if home.zone in periods:
                id_ = message_id(SEMESTER, reader.recipient.identity, periods[home.zone])
                mine[id_] = (reader, home)
        for known in known_ids(connection, list(mine)):
            del mine[known]
        emails = [reader.recipient.email for reader, _home in mine.values()]
        grants = unsubscribe_grants(context, connection, SEMESTER, emails, now)
        for id_, (reader, home) in mine.items():
            period, today = periods[home.zone], local_date(now, home.zone)
            if (period, today) not in figures:
                figures[period, today] = load_figures(connection, directory, period, today)
            lines = [
                line for code, line in figures[period, today].items() if code in reader.bureaus
            ]
            if lines:
                summary = _summary(context, connection, reader, home, period, lines)
                letter = _letter(context, id_, reader, home, today, summary)
                grant = grants.get(reader.recipient.email)
                made.append(with_unsubscribing(Addressed(letter, home), grant))
    return made


def load_figures(
    connection: Connection, directory: Directory, semester: str, today: date
) -> dict[str, BureauFigures]:
    """Every bureau's line, those with the most to put right first."""
    agreements = load_agreement_figures(connection, today)
    reports = load_report_figures(connection, semester, today)
    findings = load_finding_counts(connection)
    lines = [
        BureauFigures(
            code,
            directory.bureaus[code].name if code in directory.bureaus else code,
            agreements.get(code, AgreementFigures()),
            reports.get(code, ReportFigures()),
            findings.get(code, {}),
        )
        for code in {*agreements, *reports, *findings}
    ]
    lines.sort(
        key=lambda line: (
            -line.reports.missing, -line.reports.late, -line.agreements.ended, line.bureau,
        )
    )  # fmt: skip
    return {line.bureau: line for line in lines}


def _readers(
    context: JobContext, directory: Directory, roles: Sequence[str], bureaus: Sequence[str]
) -> list[_Reader]:
    now, default = context.clock.now(), context.policy.service.timezone
    readers: dict[str, _Reader] = {}
    for bureau in sorted(bureaus):
        today = local_date(now, directory.zone_of(bureau, default))
        told = list(recipients_for(directory, bureau, None, roles, (), today).recipients)
        told += [
            Recipient(contact.email, role, contact.name, above)
            for above in directory.above(bureau)
            for role in roles
            for contact in directory.holders(above, role, today)
            # Where no mail reaches somebody, NO_RECIPIENT tells of it.
            if not directory.is_dead(contact.email)
        ]
        for recipient in told:
            reader = readers.setdefault(recipient.identity, _Reader(recipient))
            reader.recipient = nearer(reader.recipient, recipient)
            reader.bureaus.add(bureau)
    return [readers[identity] for identity in sorted(readers)]


def _summary(
    context: JobContext,
    connection: Connection,
    reader: _Reader,
    home: Home,
    period: str,
    lines: Sequence[BureauFigures],
) -> SemesterSummary:
    titles = {
        code: rule.title.get(home.language, "") for code, rule in context.policy.findings.items()
    }
    number = sum(line.findings.get(CEREMONIAL, 0) for line in lines)
    ceremonial = load_ceremonial(connection, sorted(reader.bureaus), MOST_CEREMONIAL)
    return SemesterSummary(
        role_of(reader.recipient), period, tuple(lines), titles, ceremonial, number
    )


def _letter(
    context: JobContext,
    message_id: str,
    reader: _Reader,
    home: Home,
    today: date,
    summary: SemesterSummary,
) -> Letter:
    return Letter(
        message_id=message_id,
        template=SEMESTER,
        language=home.language,
        recipient=reader.recipient.email,
        recipient_name=reader.recipient.name,
        bureau_name=home.name,
        service_name=context.policy.service.name,
        timezone=home.zone,
        today=today,
        notices=(),
        contact=context.policy.contact,
        summary=summary,
    )
