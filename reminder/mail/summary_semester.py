"""The semester's recapitulation as sections, and its chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from reminder.figures import BureauFigures, summed
from reminder.mail.chart import MOST_BARS, WIDTH, Bar, draw_chart
from reminder.mail.letters import Letter
from reminder.mail.plain_text import clean, shorten
from reminder.mail.summary_sections import (
    MOST_LETTERS,
    Figures,
    Section,
    counted_heading,
    figures_section,
    finding_title,
    more_words,
    section,
)
from reminder.mail.summary_words import SummaryWords, summary_words
from reminder.mail.wording import agreement_name, period_words
from reminder.mail.words import Words
from reminder.summaries import SemesterSummary


@dataclass(frozen=True, slots=True)
class Image:
    """An image that a mail shows, before it is stored."""

    media_type: str
    name: str
    content_id: str
    data: bytes


def images_of(letter: Letter, words: Words, html: str) -> tuple[Image, ...]:
    """The images that the letter's *html* shows; a template of the admin's own may show none."""
    summary = letter.summary
    if not isinstance(summary, SemesterSummary) or f"cid:{_content_id(letter)}" not in html:
        return ()
    bars = _bars(summary, summary_words(words.language))
    if not bars:
        return ()
    return (Image("image/png", "laporan.png", _content_id(letter), draw_chart(bars)),)


def semester_sections(
    letter: Letter, summary: SemesterSummary, words: Words, own: SummaryWords
) -> tuple[tuple[Section, ...], Figures]:
    """Its sections, and the figures that sentences name."""
    total = summed(summary.lines)
    period, period_short = period_words(summary.semester, words)
    figures: Figures = {
        "semester": period,
        "semester_short": period_short,
        "active": total.agreements.active,
        "ending": total.agreements.ending,
        "ended": total.agreements.ended,
        "on_time": total.reports.on_time,
        "late": total.reports.late,
        "missing": total.reports.missing,
    }
    sections = [
        figures_section(
            own.agreements_heading,
            (own.bureau, *own.agreement_columns),
            [
                (_name(line), line.agreements.active, line.agreements.ending, line.agreements.ended)
                for line in summary.lines
            ],
            own,
        ),
        _reports_section(letter, summary, period, own),
    ]
    if total.findings:
        facts = tuple(
            (finding_title(code, summary.titles.get(code, "")), str(number))
            for code, number in sorted(total.findings.items(), key=lambda item: (-item[1], item[0]))
        )
        sections.append(section(own.findings_heading, facts=facts))
    if summary.ceremonial:
        number = max(summary.ceremonial_total, len(summary.ceremonial))
        sections.append(
            section(
                counted_heading(own.ceremonial_heading, number),
                lines=tuple(
                    shorten(agreement_name(one), MOST_LETTERS) for one in summary.ceremonial
                ),
                more=more_words(number - len(summary.ceremonial), words),
            )
        )
    return tuple(sections), figures


def _name(line: BureauFigures) -> str:
    return clean(line.name, 160) or clean(line.bureau, 160)


def _reports_section(
    letter: Letter, summary: SemesterSummary, period: str, own: SummaryWords
) -> Section:
    heading = own.reports_heading.format(period)
    bars = _bars(summary, own)
    if not bars:
        return section(heading, text=own.no_reports)
    rows = [
        (_name(line), line.reports.on_time, line.reports.late, line.reports.missing)
        for line in summary.lines
        if line.reports.total
    ]
    image: Figures = {"cid": _content_id(letter), "width": WIDTH, "alt": _alt(bars, period, own)}
    head = (own.bureau, *own.report_columns)
    return figures_section(heading, head, rows, own, image=MappingProxyType(image))


def _bars(summary: SemesterSummary, own: SummaryWords) -> list[Bar]:
    """Of the bureaus that had reports to hand in, as many as the chart has room for."""
    return [
        Bar(_name(line), line.reports, _labels(line, own), line.bureau)
        for line in summary.lines
        if line.reports.total
    ][:MOST_BARS]


def _labels(line: BureauFigures, own: SummaryWords) -> tuple[str, str, str]:
    on_time, late, missing = own.bars
    reports = line.reports
    return (
        on_time.format(reports.on_time), late.format(reports.late), missing.format(reports.missing)
    )  # fmt: skip


def _alt(bars: Iterable[Bar], period: str, own: SummaryWords) -> str:
    """What the chart shows, with its figures, for who does not see it."""
    said = "; ".join(f"{bar.name}: {', '.join(bar.labels)}" for bar in bars)
    return own.chart.format(period, said)


def _content_id(letter: Letter) -> str:
    return f"chart.{letter.message_id.strip('<>')}"
