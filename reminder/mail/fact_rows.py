"""The table of facts under a mail's request: at most seven rows, by kind of deadline."""

from __future__ import annotations

from collections.abc import Mapping

from reminder.agreements import Agreement
from reminder.mail.letters import NoticeFacts
from reminder.mail.plain_text import clean
from reminder.mail.wording import length, partial_day
from reminder.mail.words import Words

MOST_ROWS = 7

_ROWS = {
    "expiry": "partner instrument signed ends stage next_step basis",
    "notice_by": "partner instrument notice_by notice_period ends stage next_step basis",
    "report": "partner instrument period report_to due stage next_step basis",
    "step": "partner instrument done step started stalled due document ends basis",
    "follow_up": "meeting agreement partner due basis",
    "finding": "meeting partner instrument signed ends finding since stage next_step basis",
    "findings": "partner instrument signed ends unit stage next_step",
}
"""The rows of each kind in their order; those without a value are left out."""
_DISPENSABLE = ("notice_period", "report_to", "instrument", "signed", "ends", "started")
"""What gives way, the first first, where there are more than seven: the text says it, or it
does not change what is to be done."""


def fact_rows(
    facts: NoticeFacts, matter: Mapping[str, object], words: Words, *, kind: str = ""
) -> tuple[tuple[str, str], ...]:
    """Label and value of each row. *matter* holds what the text of the mail says; *kind* is
    the deadline's, where no other is named."""
    values = _values(facts, matter, words)
    wanted = _ROWS.get(kind or facts.deadline, "partner due basis").split()
    names = [name for name in wanted if values.get(name)]
    for name in _DISPENSABLE:
        if len(names) > MOST_ROWS and name in names:
            names.remove(name)
    return tuple((words.labels[name], values[name]) for name in names[:MOST_ROWS])


def _values(facts: NoticeFacts, matter: Mapping[str, object], words: Words) -> dict[str, str]:
    agreement = facts.agreement
    text = {name: str(matter[name]) for name in _FROM_MATTER}
    due = text["due_day"]
    if facts.due.first != facts.due.last:
        due = f"{due} ({words.day_unknown})"
    values = text | {
        "done": text["stage"],
        "next_step": text["step"],
        "period": text["period_short"],
        "notice_by": due,
        "due": due,
        "since": due,
    }
    if agreement is not None:
        values |= _of_agreement(agreement, text["title"], words)
    match facts.deadline:
        case "expiry":
            values["ends"] = _with_term(due, agreement, words)
        case "step":
            values |= _of_step(facts, words)
        case "follow_up" | "finding" if not facts.legal_basis:
            # Nobody says that a law asks for it, so there is nothing to be confirmed.
            values["basis"] = ""
    return values


_FROM_MATTER = (
    "due_day", "stage", "step", "document", "notice_period", "period_short", "report_to", "meeting",
    "finding", "basis", "title",
)  # fmt: skip
"""Names of ``mail.matters`` whose values are rows, or parts of rows."""


def _of_agreement(agreement: Agreement, title: str, words: Words) -> dict[str, str]:
    return {
        "agreement": title,
        "partner": _partner(agreement),
        "instrument": _instrument(agreement, words),
        "signed": partial_day(agreement.signed_on, words) if agreement.signed_on else "",
        "ends": partial_day(agreement.expires_on, words) if agreement.expires_on else "",
        "unit": clean(agreement.leading_unit, 200),
    }


def _of_step(facts: NoticeFacts, words: Words) -> dict[str, str]:
    if facts.stalled_since is not None:
        # A day that only says when to look after it is nobody's limit.
        return {"stalled": partial_day(facts.stalled_since, words), "due": ""}
    countdown = facts.countdown
    return {"started": partial_day(countdown.started_on, words)} if countdown else {}


def _with_term(due: str, agreement: Agreement | None, words: Words) -> str:
    if agreement is None or agreement.term is None or agreement.auto_renew is not None:
        return due
    return words.with_term.format(due, length(agreement.term, words))


def _partner(agreement: Agreement) -> str:
    partner, country = clean(agreement.partner, 200), clean(agreement.country, 100)
    if partner and country and country.casefold() not in partner.casefold():
        return f"{partner}, {country}"
    return partner or country


def _instrument(agreement: Agreement, words: Words) -> str:
    """The instrument, and the letter that the register names; a number is not guessed at."""
    instrument, number = clean(agreement.instrument, 60), clean(agreement.letter_number, 100)
    letter = ""
    if number and agreement.letter_date:
        letter = words.letter.format(number, partial_day(agreement.letter_date, words))
    elif number:
        letter = words.letter_number.format(number)
    return ", ".join(part for part in (instrument, letter) if part)
