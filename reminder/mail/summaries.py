"""Digests as flat plain data: what a weekly, a semester's and a daily summary show."""

from __future__ import annotations

from types import MappingProxyType

from reminder.mail.letters import Letter
from reminder.mail.matters import Plain
from reminder.mail.plain_text import clean, shorten
from reminder.mail.summary_sections import (
    MOST_LETTERS,
    Figures,
    Section,
    counted_heading,
    finding_title,
    more_words,
    section,
)
from reminder.mail.summary_semester import semester_sections
from reminder.mail.summary_words import SummaryWords, summary_words
from reminder.mail.wording import (
    agreement_name,
    clock_time,
    counted,
    listed,
    long_day,
    period_words,
    short_day,
)
from reminder.mail.words import Words
from reminder.summaries import (
    Cleared,
    DailySummary,
    Overdue,
    SemesterSummary,
    ServiceFinding,
    WeeklySummary,
)

SUMMARY_NAMES = ("sections", "figures")


def summary_names(letter: Letter, words: Words) -> dict[str, Plain]:
    """The names that a template has beside those of every letter; empty without a summary."""
    own = summary_words(words.language)
    sections: tuple[Section, ...] = ()
    figures: Figures = {}
    match letter.summary:
        case WeeklySummary() as weekly:
            sections, figures = _weekly(weekly, words, own)
        case SemesterSummary() as semester:
            sections, figures = semester_sections(letter, semester, words, own)
        case DailySummary() as daily:
            sections, figures = _daily(letter, daily, words, own)
        case None:
            pass
    return {"sections": sections, "figures": MappingProxyType(figures)}


# --- weekly ---


def _weekly(
    summary: WeeklySummary, words: Words, own: SummaryWords
) -> tuple[tuple[Section, ...], Figures]:
    number = summary.cleared_total
    figures: Figures = {"cleared": counted(own.cleared, number) if number else ""}
    if not number:
        return (), figures
    lines = tuple(_cleared(one, words, own) for one in summary.cleared)
    heading = counted_heading(own.cleared_heading, number)
    return (section(heading, lines=lines, more=more_words(number - len(lines), words)),), figures


def _cleared(one: Cleared, words: Words, own: SummaryWords) -> str:
    title = agreement_name(one.agreement) if one.agreement is not None else ""
    finding = finding_title(one.code, one.title)
    if not title:
        return finding
    return own.cleared_line.format(title=shorten(title, MOST_LETTERS), finding=finding)


# --- daily ---


def _daily(
    letter: Letter, summary: DailySummary, words: Words, own: SummaryWords
) -> tuple[tuple[Section, ...], Figures]:
    delivered = summary.delivered
    counts = {name: getattr(delivered, name) for name in own.delivered}
    found = sum(one.number for one in summary.findings)
    parts = [counted(own.headline[name], number) for name, number in counts.items() if number]
    parts += [counted(own.service_findings, found)] if found else []
    parts += [counted(own.overdue, summary.overdue_total)] if summary.overdue_total else []
    waits = summary.waiting.get("held", 0) + summary.waiting.get("uncertain", 0)
    to_mend = waits + delivered.failed + found
    short = [counted(own.headline["sent"], delivered.sent)] if delivered.sent else []
    short += [counted(own.to_mend, to_mend)] if to_mend else []
    figures: Figures = {
        "number": summary.number,
        "since": clock_time(summary.since, letter.timezone, words) if summary.since else "",
        "until": clock_time(summary.until, letter.timezone, words),
        "headline": listed(parts, words) or own.nothing,
        "subject": listed(short, words) or own.nothing,
        "needs_admin": to_mend > 0,
        "overdue": summary.overdue_total,
    }
    delivered_rows = tuple((own.delivered[name], str(number)) for name, number in counts.items())
    waiting = tuple(
        (label, str(summary.waiting[state]))
        for state, label in own.waiting.items()
        if summary.waiting.get(state)
    )
    service = tuple((own.service[one.code], _detail(one, words)) for one in summary.findings)
    ahead = tuple(
        (long_day(day, words.language), counted(words.matters, number))
        for day, number in summary.ahead
    )
    lines = tuple(_overdue(one, words) for one in summary.overdue)
    overdue = counted_heading(own.overdue_heading, summary.overdue_total)
    sections = (
        section(own.delivered_heading, facts=delivered_rows),
        section(own.waiting_heading, facts=waiting, text="" if waiting else own.none_waiting),
        section(own.service_heading, facts=service, text="" if service else own.none),
        section(
            overdue,
            lines=lines,
            text="" if lines else own.none,
            more=more_words(summary.overdue_total - len(lines), words),
        ),
        section(own.ahead_heading, facts=ahead, text="" if ahead else own.none_ahead),
        section(own.chain_heading, text=clean(summary.chain_head, 120) or own.no_chain),
    )
    return sections, figures


def _detail(one: ServiceFinding, words: Words) -> str:
    """How many, and the first of them by name."""
    names = [clean(name, 160) for name in one.examples]
    left = one.number - len(names)
    named = ", ".join(names) + (f", {more_words(left, words)}" if names and left > 0 else "")
    return f"{one.number}: {named}" if named else str(one.number)


def _overdue(one: Overdue, words: Words) -> str:
    if one.kind == "report":
        topic = period_words(one.key, words)[0]
    else:
        topic = clean(one.key, 64).replace("_", " ")
    pattern = words.headings.get(one.kind, "{due}")
    what = pattern.format(topic=topic, due=short_day(one.due_last_on, words.language))
    name = f"[{clean(one.agreement, 200)}] {shorten(clean(one.title), MOST_LETTERS)}".rstrip()
    return f"{name}: {what}"
