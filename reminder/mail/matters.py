"""One notice as flat plain data: every name that a template may use about a matter."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from reminder.agreements import Agreement, AgreementStatus
from reminder.calendars import Due
from reminder.mail.letters import NoticeFacts
from reminder.mail.links import PLACEHOLDER
from reminder.mail.plain_text import clean, shorten
from reminder.mail.wording import (
    act_by,
    agreement_name,
    days_between,
    due_words,
    length,
    long_day,
    number,
    partial_day,
    parties,
    period_words,
    role_name,
    when_partial,
)
from reminder.mail.words import Words

Plain = str | int | bool | tuple["Plain", ...] | MappingProxyType[str, "Plain"]
Matter = dict[str, Plain]

SOON_DAYS = 30
ACCENTS = {"late": "#B42318", "soon": "#B54708", "later": "#175CD3", "done": "#067647"}
_FOREIGN = ("KSDPL", "KSDLL")
_DPRD_STEP = "persetujuan_dprd"

NO_MATTER: Matter = {
    "kind": "",
    "code": "",
    "ref": "",
    "title": "",
    "parties": "",
    "partner": "",
    "instrument": "",
    "signed": "",
    "due_short": "",
    "due_when_short": "",
    "due_day": "",
    "due_when": "",
    "due_by": "",
    "days": "",
    "days_note": "",
    "act_by": "",
    "late": False,
    "due_today": False,
    "closing": False,
    "auto_renews": "",
    "notice_period": "",
    "period": "",
    "period_short": "",
    "report_to": "",
    "handed_in": "",
    "step": "",
    "is_dprd": False,
    "is_foreign": False,
    "meeting": "",
    "item": "",
    "finding": "",
    "finding_what": "",
    "finding_request": "",
    "basis": "",
    "facts": (),
    "heading": "",
    "consequence": "",
    "link": "",
    "urgency": "later",
    "accent": ACCENTS["later"],
}
"""The names, each with what it is where a mail has no single matter. None is ever missing:
what the register does not hold is an empty text, which a template can ask for with ``if``."""


def matter_of(facts: NoticeFacts, today: date, words: Words) -> Matter:
    """Everything that a template may say about one notice, in one language."""
    agreement = facts.agreement
    due = due_words(facts.due, words.language)
    days = days_between(facts.due, today, words)
    urgency = urgency_of(facts, today)
    matter = NO_MATTER | {
        "kind": facts.deadline,
        "code": clean(facts.lead_time, 20),
        "title": _title(facts),
        "due_short": due.short,
        "due_when_short": due.when_short,
        "due_day": due.day,
        "due_when": due.when,
        "due_by": due.by,
        "days": days,
        "days_note": f" ({days})" if days else "",
        "act_by": _act_by(facts, today, words),
        "late": facts.due.last < today,
        "due_today": facts.due.first == facts.due.last == today,
        "step": clean(facts.step_title),
        "is_dprd": facts.key == _DPRD_STEP,
        "meeting": clean(facts.meeting).rstrip(" ."),
        "item": clean(facts.follow_up_text).rstrip(" ."),
        "basis": _basis(facts, words),
        "consequence": _consequence(facts, words),
        "link": safe_link(facts.link),
        "urgency": urgency,
        "accent": ACCENTS[urgency],
    }
    if agreement is not None:
        matter |= _about(agreement, words)
    if facts.deadline == "report" and facts.key:
        matter["period"], matter["period_short"] = period_words(facts.key, words)
        if facts.handed_in_on is not None:
            matter["handed_in"] = when_partial(facts.handed_in_on, words)
    if facts.deadline == "finding":
        matter |= _finding(facts, words)
    matter["heading"] = _heading(matter, words)
    matter["facts"] = tuple(
        (words.labels[label], value) for label, value in _rows(facts, matter, words) if value
    )
    return matter


def safe_link(link: str) -> str:
    """A placeholder of ours or a web address; nothing else ever becomes a link."""
    is_web = link.startswith(("https://", "http://")) and link.isprintable() and " " not in link
    return link if is_web or PLACEHOLDER.fullmatch(link) else ""


def _act_by(facts: NoticeFacts, today: date, words: Words) -> str:
    """By when the one action is asked for: before the next reminder, where that is sooner.

    A decision on renewal on the day of expiry itself would come too late to be carried out,
    and the date of a finding is the day it counts from, not one to act by.
    """
    is_finding = facts.deadline == "finding"
    reminded_on = facts.next_lead_on
    if reminded_on is not None and reminded_on > today:
        is_decision = facts.deadline == "expiry" and today < facts.due.first
        if is_finding or (is_decision and reminded_on < facts.due.first):
            return act_by(Due.of(reminded_on), today, words)
    return words.at_once if is_finding else act_by(facts.due, today, words)


def urgency_of(facts: NoticeFacts, today: date) -> str:
    """``late``, ``soon`` (30 days or less, and findings) or ``later``."""
    if facts.deadline == "finding":
        return "soon"
    if facts.due.last < today:
        return "late"
    return "soon" if (facts.due.first - today).days <= SOON_DAYS else "later"


def _title(facts: NoticeFacts) -> str:
    if facts.agreement is not None:
        return agreement_name(facts.agreement)
    return clean(facts.meeting or facts.follow_up_text or facts.key or "").rstrip(" .")


def _about(agreement: Agreement, words: Words) -> Matter:
    closing = agreement.status is AgreementStatus.NOT_RENEWING
    renews = agreement.auto_renew is not None and not closing
    signed = agreement.signed_on
    return {
        "ref": clean(agreement.ref, 200),
        "parties": parties(agreement, words),
        "partner": clean(agreement.partner, 200) or words.partner,
        "instrument": clean(agreement.instrument, 60),
        "signed": words.signed.format(when_partial(signed, words)) if signed else "",
        "closing": closing,
        "auto_renews": length(agreement.auto_renew, words)
        if renews and agreement.auto_renew
        else "",
        "notice_period": length(agreement.notice_period, words) if agreement.notice_period else "",
        "report_to": words.report_to.get(agreement.kind, ""),
        "is_foreign": agreement.kind in _FOREIGN,
    }


def _basis(facts: NoticeFacts, words: Words) -> str:
    """The rule's legal basis, else the one the register has; "to be confirmed" where neither."""
    if facts.legal_basis:
        basis = clean(facts.legal_basis, 300)
        return basis if facts.legal_basis_confirmed else f"{basis} ({words.to_confirm})"
    if facts.agreement is not None and facts.agreement.legal_basis:
        return clean(facts.agreement.legal_basis, 300)
    return words.to_confirm


def _consequence(facts: NoticeFacts, words: Words) -> str:
    """What happens if nothing happens, as far as it is known."""
    following = long_day(facts.next_lead_on, words.language) if facts.next_lead_on else ""
    # Who stands in is the superior already.
    if not facts.escalates_to or facts.fallback:
        if following:
            return words.next_notice.format(on=following)
        return "" if facts.deadline == "finding" else words.last_notice
    role = role_name(facts.escalates_to, words)
    pattern = words.escalates_after if facts.escalates_after else words.escalates
    told = pattern.format(days=number(facts.escalates_after, words), role=role)
    return f"{told} {words.escalates_and_next.format(on=following)}" if following else told


def _finding(facts: NoticeFacts, words: Words) -> Matter:
    code = clean(facts.key or "", 64)
    title, what, request = words.findings.get(code, words.finding)
    # The detail is English, made for the admin's `why`; it is all we have for a code without
    # words of its own.
    detail = clean(facts.finding_detail) if code not in words.findings else ""
    return {
        "finding": title.format(code.replace("_", " ").capitalize()),
        "finding_what": f"{what}: {detail}" if detail else what,
        "finding_request": request,
    }


def _heading(matter: Matter, words: Words) -> str:
    """What the matter is about and when, for one line of a list."""
    pattern = words.headings.get(str(matter["kind"]), "{due}")
    topic = {
        "report": matter["period"],
        "step": matter["step"],
        "follow_up": shorten(str(matter["item"]), 160),
        "finding": matter["finding"],
    }.get(str(matter["kind"]), "")
    due = f"{matter['due_day']}{matter['days_note']}"
    return pattern.format(topic=topic, due=due).strip(" ,:")


def _rows(facts: NoticeFacts, matter: Matter, words: Words) -> list[tuple[str, str]]:
    """The rows of the table, at most seven, by label; those without a value are left out."""
    agreement = facts.agreement
    text = {name: str(value) for name, value in matter.items()}
    due = text["due_day"]
    if facts.due.first != facts.due.last:
        due = f"{due} ({words.day_unknown})"
    partner = instrument = signed = ends = unit = ""
    if agreement is not None:
        partner = _partner(agreement)
        instrument = _instrument(agreement, words)
        signed = partial_day(agreement.signed_on, words) if agreement.signed_on else ""
        ends = partial_day(agreement.expires_on, words) if agreement.expires_on else ""
        unit = clean(agreement.leading_unit, 200)
    stage, following = clean(facts.stage_title), text["step"]
    who = [("partner", partner), ("instrument", instrument)]
    basis = [("basis", text["basis"])]
    if facts.deadline == "expiry":
        if agreement is not None and agreement.term is not None and agreement.auto_renew is None:
            due = words.with_term.format(due, length(agreement.term, words))
        steps = [("stage", stage), ("next_step", following)]
        return [*who, ("signed", signed), ("ends", due), *steps, *basis]
    if facts.deadline == "notice_by":
        notice = [("notice_by", due), ("notice_period", text["notice_period"])]
        return [*who, *notice, ("ends", ends), ("next_step", following), *basis]
    if facts.deadline == "report":
        report = [("period", text["period_short"]), ("report_to", text["report_to"]), ("due", due)]
        return [*who, *report, ("unit", unit), *basis]
    if facts.deadline == "step":
        return [*who, ("step", following), ("due", due), ("ends", ends), *basis]
    if facts.deadline == "follow_up":
        own = [("agreement", text["title"] if agreement is not None else "")]
        stated = basis if facts.legal_basis else []
        return [("meeting", text["meeting"]), *own, ("partner", partner), ("due", due), *stated]
    stated = basis if facts.legal_basis else []
    return [*who, ("signed", signed), ("finding", text["finding"]), ("since", due), *stated]


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
