"""Trial letters: every template in every situation, before anybody depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from reminder.agreements import Agreement, AgreementStatus, Decision
from reminder.calendars import Due, PartialDate, Span
from reminder.deadlines import Gap
from reminder.findings import DETECTORS
from reminder.mail.letters import ESCALATION, FINDINGS, Countdown, Letter, NoticeFacts
from reminder.mail.receipt_samples import trial_receipts
from reminder.mail.receipts import RECEIPTS
from reminder.mail.sample_findings import TEMPLATES, sample_finding
from reminder.mail.samples import (
    ESCALATES_TO,
    LISTS,
    SINGLE,
    TODAY,
    escalated_letter,
    findings_letter,
    sample_agreement,
    sample_letter,
    sample_letters,
    sample_notice,
)
from reminder.mail.summary_samples import trial_summaries


def trial_letters(name: str, language: str) -> Iterator[tuple[str, Letter]]:
    """Letters that try a template in every situation, each with what is special about it."""
    if name in LISTS:
        letter = sample_letters(language)[name]
        yield "as usual", letter
        yield "no pages are served", replace(letter, can_answer=False, unsubscribe="")
        if letter.summary is not None:
            for what, summary in trial_summaries(letter.summary):
                yield what, replace(letter, summary=summary)
            return
        yield "a copy", replace(letter, copy=True)
        if letter.notices:
            yield "one matter", replace(letter, notices=letter.notices[:1], catch_up=True)
        else:
            yield "several alarms", replace(letter, alarms=letter.alarms * 3)
        return
    if name in (FINDINGS, ESCALATION, *RECEIPTS):
        yield from _of_a_form_of_their_own(name, language)
        return
    for number, (what, notice) in enumerate(_notices(name, language)):
        facts = replace(notice, template=name)
        if number and name in TEMPLATES:
            # What differs between findings is what was found; the first is tried in full.
            yield f"{what}, as usual", sample_letter(language, facts)
            continue
        for how, changed in _situations(facts):
            yield f"{what}, {how}", sample_letter(language, changed)
        letter = sample_letter(language, facts)
        yield f"{what}, after a gap", replace(letter, catch_up=True, contact="", recipient_name="")
        yield f"{what}, no pages are served", replace(letter, can_answer=False)


def _of_a_form_of_their_own(name: str, language: str) -> Iterator[tuple[str, Letter]]:
    if name == FINDINGS:
        return _several(language)
    return _escalated(language) if name == ESCALATION else _receipts(name, language)


def _notices(name: str, language: str) -> Iterator[tuple[str, NoticeFacts]]:
    """What the template is for; one of the admin's own may serve any kind of deadline."""
    if name in TEMPLATES:
        for code in TEMPLATES[name]:
            yield code, sample_finding(sample_notice("expiry", language), code, language)
        return
    for kind in (name,) if name in SINGLE else SINGLE:
        yield kind, sample_notice(kind, language)


_TRIED = ("expiry", "step")
"""Kinds of deadline that are tried in full where all of them share one text."""


def _several(language: str) -> Iterator[tuple[str, Letter]]:
    """The findings of one agreement: all that there are, one, and with odd names."""
    usual = sample_letters(language)[FINDINGS]
    yield "as usual", usual
    yield "all there are", findings_letter(language, tuple(DETECTORS))
    yield "one is left", replace(usual, notices=usual.notices[:1])
    yield "a copy", replace(usual, copy=True)
    yield "no pages are served", replace(usual, can_answer=False)
    for how, changed in _situations(usual.notices[0]):
        yield f"one of them {how}", replace(usual, notices=(changed, *usual.notices[1:]))


def _escalated(language: str) -> Iterator[tuple[str, Letter]]:
    """Every kind of deadline, at every level, also where the notices before are not known."""
    for kind in SINGLE:
        notice = sample_notice(kind, language)
        situations = _situations(notice) if kind in _TRIED else (("as usual", notice),)
        for how, changed in situations:
            yield f"{kind}, {how}", escalated_letter(language, changed)
    for level in range(2, len(ESCALATES_TO) + 1):
        yield f"level {level}", escalated_letter(language, sample_notice("expiry", language), level)
    for code in DETECTORS:
        finding = sample_finding(sample_notice("expiry", language), code, language)
        yield code, escalated_letter(language, finding)
    letter = escalated_letter(language, sample_notice("expiry", language))
    yield "no pages are served", replace(letter, can_answer=False)
    unknown = replace(letter.notices[0], earlier=())
    yield "nothing is known of the notices before", replace(letter, notices=(unknown,))


def _receipts(name: str, language: str) -> Iterator[tuple[str, Letter]]:
    """Every answer about every kind of deadline, and in every situation about one."""
    letter = sample_letters(language)[name]
    yield from trial_receipts(letter, {kind: sample_notice(kind, language) for kind in SINGLE})
    for how, changed in _situations(letter.notices[0]):
        yield how, replace(letter, notices=(changed,))
    yield "no pages are served", replace(letter, can_answer=False, contact="", recipient_name="")


def _situations(facts: NoticeFacts) -> Iterator[tuple[str, NoticeFacts]]:
    agreement = facts.agreement or sample_agreement()
    yield "as usual", facts
    yield "on the day", replace(facts, due=Due.of(TODAY), lead_time="H")
    yield "late", replace(facts, due=Due.of(date(2024, 4, 30)), lead_time="H+7", next_lead_on=None)
    for text in ("2024-09", "2025", "2024-05", "2023"):
        partial = replace(facts, due=Due.of(PartialDate.parse(text)))
        yield f"only {text} is known", partial
    yield "a copy", replace(facts, copy=True, link="")
    yield "somebody stands in", replace(facts, fallback="head for officer")
    undelivered = "head of B for officer of B, where the mail to a@b.id could not be delivered"
    yield "next in line", replace(facts, fallback=undelivered)
    yield (
        "handed in without proof",
        replace(facts, handed_in_on=PartialDate.parse("2024-04-29"), responsible="Biro Lain"),
    )
    yield "a successor", replace(facts, successor_of="Budi Santoso")
    yield "escalation follows", replace(facts, escalates_to="head", escalates_on=date(2024, 5, 15))
    closing = replace(agreement, status=AgreementStatus.NOT_RENEWING)
    yield "not renewing", replace(facts, agreement=closing)
    yield "closed late", replace(facts, agreement=closing, due=Due.of(date(2024, 4, 30)))
    for decision in Decision:
        decided = replace(facts, decision=decision, decided_on=date(2024, 4, 15))
        yield f"decided: {decision}", decided
        yield f"decided: {decision}, step unknown", replace(decided, step_title="")
        yield f"decided: {decision}, late", replace(decided, due=Due.of(date(2024, 4, 30)))
    yield "a renewal can still begin", replace(facts, start_by=date(2024, 5, 21))
    yield "working days late", replace(facts, due=Due.of(date(2024, 4, 30)), late_by=5)
    yield "stuck", replace(facts, stalled_since=PartialDate.parse("2023-11"))
    over = Countdown(PartialDate(2024, 2, 21), 47, 45)
    yield "limit over", replace(facts, due=Due.of(date(2024, 5, 6)), countdown=over)
    yield (
        "limit from some day in a month",
        replace(facts, countdown=Countdown(PartialDate(2024, 3), 0, 45)),
    )
    yield "copied to the head", replace(facts, copied_to=("head",), late_by=3)
    renewing = replace(agreement, auto_renew=Span(months=12))
    yield "renews itself", replace(facts, agreement=renewing)
    bare = Agreement(agreement.ref, agreement.title, agreement.kind, agreement.bureau, TODAY)
    yield "nothing but the required", replace(facts, agreement=bare, legal_basis="", step_title="")
    yield "no agreement", replace(facts, agreement=None)
    for name in ODD_NAMES:
        odd = replace(agreement, title=name, partner=name, local_party=name, letter_number=name)
        yield (
            "odd names",
            replace(
                facts,
                agreement=odd,
                meeting=name,
                follow_up_text=name,
                step_title=name,
                stage_title=name,
                finding_title=name,
                finding_action=name,
                documents=(name, name),
                gaps=(
                    *(Gap(gap.code, _odd(gap, name)) for gap in facts.gaps),
                    Gap(name, ((name, name),)),
                ),
                earlier=tuple(replace(one, name=name, role=name) for one in facts.earlier),
            ),
        )


def _odd(gap: Gap, name: str) -> tuple[tuple[str, str], ...]:
    return tuple((value, name) for value, _old in gap.values)


ODD_NAMES = (
    "Kerja Sama " + "Panjang Sekali " * 40,
    "x" * 500,
    "Festival 🎉👩‍👩‍👧 Kota Kembar",
    "اتفاقية التوأمة بين المدينتين",
    "\"Kutip\" 'tunggal' <b>&amp; </td></table>",
    "{{ config }} {% for x in y %}",
    "Biro\r\nBcc: semua@example.org",
)
"""Long, without blanks, emoji, right to left, quotes and markup, template code, a line break."""
