"""One notice as flat plain data: every name that a template may use about a matter."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from reminder.agreements import Agreement, AgreementStatus, Decision
from reminder.mail import finding_matter
from reminder.mail.fact_rows import fact_rows
from reminder.mail.letters import Countdown, NoticeFacts
from reminder.mail.links import PLACEHOLDER
from reminder.mail.plain_text import clean, shorten
from reminder.mail.timing import ACCENTS, asked_by, consequence_of, urgency_of
from reminder.mail.wording import (
    agreement_name,
    counted,
    days_between,
    due_words,
    length,
    listed,
    long_day,
    number,
    partial_day,
    parties,
    period_words,
    role_name,
    short_day,
    when_partial,
)
from reminder.mail.words import Words

Plain = str | int | bool | tuple["Plain", ...] | MappingProxyType[str, "Plain"]
Matter = dict[str, Plain]

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
    "late_days": "",
    "due_today": False,
    "closing": False,
    "decision": "",
    "decided": "",
    "start_by": "",
    "start_passed": False,
    "auto_renews": "",
    "notice_period": "",
    "period": "",
    "period_short": "",
    "report_to": "",
    "unit": "",
    "handed_in": "",
    "copied_to": "",
    "stage": "",
    "step": "",
    "document": "",
    "day_number": "",
    "day_limit": "",
    "day_limit_words": "",
    "received": "",
    "stalled": "",
    "is_dprd": False,
    "is_foreign": False,
    "meeting": "",
    "item": "",
    "finding": "",
    "finding_code": "",
    "finding_what": "",
    "finding_request": "",
    "gap_count": 0,
    "regulation": "",
    "values": MappingProxyType({}),
    "severity": "",
    "unanswered": 0,
    "told": (),
    "points": (),
    "basis": "",
    "article": "",
    "facts": (),
    "heading": "",
    "topic": "",
    "asks": "",
    "consequence": "",
    "link": "",
    "urgency": "later",
    "accent": ACCENTS["later"],
}
"""The names, each with what it is where a mail has no single matter. None is ever missing:
what the register does not hold is an empty text, which a template can ask for with ``if``."""


def matter_of(facts: NoticeFacts, today: date, words: Words) -> Matter:
    """Everything that a template may say about one notice, in one language."""
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
        "act_by": asked_by(facts, today, words),
        "late": facts.due.last < today,
        "late_days": counted(words.working_days, facts.late_by) if facts.late_by else "",
        "due_today": facts.due.first == facts.due.last == today,
        "copied_to": listed([role_name(role, words) for role in facts.copied_to], words),
        "stage": clean(facts.stage_title),
        "step": clean(facts.step_title),
        "document": "; ".join(clean(document, 200) for document in facts.documents),
        "is_dprd": facts.key == _DPRD_STEP,
        "meeting": clean(facts.meeting).rstrip(" ."),
        "item": clean(facts.follow_up_text).rstrip(" ."),
        "severity": clean(facts.severity, 20),
        "unanswered": len(facts.earlier),
        "basis": _basis(facts, words),
        "article": _article(facts),
        "consequence": consequence_of(facts, words),
        "link": safe_link(facts.link),
        "urgency": urgency,
        "accent": ACCENTS[urgency],
    }
    if facts.agreement is not None:
        matter |= _about(facts.agreement, words)
    match facts.deadline:
        case "expiry":
            matter |= _decision(facts, today, words)
        case "report" if facts.key:
            matter["period"], matter["period_short"] = period_words(facts.key, words)
            if facts.handed_in_on is not None:
                matter["handed_in"] = when_partial(facts.handed_in_on, words)
        case "step":
            matter |= _step(facts, words)
        case "finding":
            matter |= _finding(facts, str(matter["act_by"]), words)
    if facts.level:
        matter["told"] = _unanswered(facts, words)
    matter["heading"] = _heading(matter, words)
    matter["topic"] = finding_matter.uncapitalised(str(matter["heading"]))
    if facts.earlier:
        said = counted(words.unanswered_notices, len(facts.earlier))
        matter["heading"] = f"{matter['heading']}; {said}"
    matter["facts"] = fact_rows(facts, matter, words)
    return matter


def safe_link(link: str) -> str:
    """A placeholder of ours or a web address; nothing else ever becomes a link."""
    is_web = link.startswith(("https://", "http://")) and link.isprintable() and " " not in link
    return link if is_web or PLACEHOLDER.fullmatch(link) else ""


def _title(facts: NoticeFacts) -> str:
    if facts.agreement is not None:
        return agreement_name(facts.agreement)
    named = facts.meeting or facts.follow_up_text or facts.finding_title or facts.key or ""
    return clean(named).rstrip(" .")


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
        "unit": clean(agreement.leading_unit, 200),
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


def _article(facts: NoticeFacts) -> str:
    """The legal basis where somebody confirmed it: only then may a sentence rest on it."""
    return clean(facts.legal_basis, 300) if facts.legal_basis_confirmed else ""


def _decision(facts: NoticeFacts, today: date, words: Words) -> Matter:
    """What was decided about the end, and until when a renewal can still be begun in time."""
    decided_on, start_by = facts.decided_on, facts.start_by
    found: Matter = {
        "decision": str(facts.decision or ""),
        "decided": words.when_date.format(short_day(decided_on, words.language))
        if decided_on
        else "",
        "start_by": long_day(start_by, words.language) if start_by else "",
        "start_passed": start_by is not None and start_by < today,
    }
    return found | {"closing": True} if facts.decision is Decision.END else found


def _step(facts: NoticeFacts, words: Words) -> Matter:
    found: Matter = {}
    if facts.countdown is not None:
        found |= _countdown(facts.countdown, words)
    if facts.stalled_since is not None:
        found["stalled"] = words.since.format(partial_day(facts.stalled_since, words))
    return found


def _countdown(countdown: Countdown, words: Words) -> Matter:
    return {
        "day_number": str(countdown.day) if countdown.day > 0 else "",
        "day_limit": str(countdown.limit),
        "day_limit_words": number(countdown.limit, words),
        "received": when_partial(countdown.started_on, words),
    }


def _finding(facts: NoticeFacts, by: str, words: Words) -> Matter:
    gaps = finding_matter.found_in(facts, words)
    return {
        "finding": finding_matter.title_of(facts, words),
        "finding_code": finding_matter.code_of(facts),
        "finding_what": finding_matter.what_of(facts, words),
        "finding_request": finding_matter.request_of(facts, by, words),
        "gap_count": len(facts.gaps),
        "regulation": finding_matter.regulation_of(facts),
        "values": finding_matter.values_of(facts, words),
        "points": finding_matter.bulleted(gaps) if len(gaps) > 1 else (),
    }


def _unanswered(facts: NoticeFacts, words: Words) -> tuple[str, ...]:
    """The notices that nobody answered, one line each."""
    lines = []
    for notice in facts.earlier:
        role = role_name(notice.role, words)
        name = clean(notice.name, 160)
        who = words.named_role.format(name=name, role=role) if name else role
        lines.append(words.unanswered.format(on=long_day(notice.on, words.language), who=who))
    return finding_matter.bulleted(tuple(dict.fromkeys(lines)))


def _heading(matter: Matter, words: Words) -> str:
    """What the matter is about and when, for one line of a list."""
    kind = "stalled" if matter["stalled"] else str(matter["kind"])
    topic = {
        "report": matter["period"],
        "step": matter["step"],
        "stalled": matter["step"],
        "follow_up": shorten(str(matter["item"]), 160),
        "finding": matter["finding"],
    }.get(kind, "")
    # How many days ago a defect began helps nobody: it may be decades.
    days = "" if matter["kind"] == "finding" else matter["days_note"]
    due = f"{matter['due_day']}{days}"
    heading = words.headings.get(kind, "{due}").format(topic=topic, due=matter["stalled"] or due)
    return heading.strip(" ,:")
