"""Sample letters for what one template says in different situations, to be read through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from reminder.agreements import AgreementStatus, Decision
from reminder.calendars import Due, PartialDate, Span
from reminder.mail.letters import Countdown, Letter, NoticeFacts
from reminder.mail.receipt_samples import receipt_letter
from reminder.mail.receipts import Told
from reminder.mail.sample_findings import TEMPLATES, sample_finding
from reminder.mail.samples import (
    ESCALATES_TO,
    escalated_letter,
    sample_agreement,
    sample_letter,
    sample_notice,
)
from reminder.policy import FindingRule

LATE = Due.of(date(2024, 4, 30))
_STEPS = {
    "id": (
        "Tanggapan mitra",
        "Evaluasi bersama mitra",
        "Surat konfirmasi Kemlu",
        "surat konfirmasi",
    ),
    "en": (
        "The partner's reply",
        "Evaluation together with the partner",
        "Letter of confirmation by the foreign ministry",
        "letter of confirmation by the foreign ministry",
    ),
}

_ABOVE = {"id": "Sekretariat Daerah Provinsi Contoh", "en": "Secretariat of the Province of Contoh"}
"""The office above that of the sample letters."""


def sample_variants(
    language: str, rules: Mapping[str, FindingRule] | None = None
) -> dict[str, Letter]:
    """By the template's name and, after a dash, what is special about it."""
    notices = _expiries(language) | _others(language) | _findings(language, rules)
    letters = {name: sample_letter(language, notice) for name, notice in notices.items()}
    expiry, step = sample_notice("expiry", language), sample_notice("step", language)
    for level, role in enumerate(ESCALATES_TO[1:], start=2):
        letters[f"escalation-{role}"] = escalated_letter(language, expiry, level)
    owner = sample_finding(expiry, "NO_OWNER", language, rules)
    letters["escalation-step"] = escalated_letter(language, step)
    letters["escalation-finding"] = escalated_letter(language, owner)
    silent = replace(escalated_letter(language, expiry).notices[0], earlier=())
    letters |= {
        f"receipt-{what}": receipt_letter(sample_letter(language, expiry), expiry, what)
        for what in Told
        if what not in (Told.ASKED, Told.DONE, Told.REOPENED)
    }
    report = sample_notice("report", language)
    letters["receipt-reopened"] = receipt_letter(
        sample_letter(language, report), report, Told.REOPENED
    )
    letters["escalation-lapsed"] = replace(escalated_letter(language, expiry), notices=(silent,))
    return letters


def _expiries(language: str) -> dict[str, NoticeFacts]:
    agreement, facts = sample_agreement(), sample_notice("expiry", language)
    reply, evaluation, *_rest = _STEPS[language]
    decided = replace(facts, decided_on=date(2024, 4, 15), lead_time="H-90")
    late = replace(facts, due=LATE, lead_time="H+1", next_lead_on=date(2024, 5, 30))
    return {
        "expiry-first": replace(
            facts,
            due=Due.of(date(2025, 10, 30)),
            lead_time="H-540",
            agreement=replace(agreement, signed_on=PartialDate(2020, 10, 30)),
            start_by=date(2024, 6, 13),
            next_lead_on=date(2024, 10, 30),
        ),
        "expiry-renew": replace(
            decided, decision=Decision.RENEW, stage_title=facts.step_title, step_title=reply
        ),
        "expiry-revitalise": replace(decided, decision=Decision.REVITALISE, step_title=evaluation),
        "expiry-closing": replace(
            decided,
            decision=Decision.END,
            agreement=replace(agreement, status=AgreementStatus.NOT_RENEWING),
            step_title="",
        ),
        "expiry-auto": replace(facts, agreement=replace(agreement, auto_renew=Span(months=12))),
        "expiry-late": late,
        "expiry-late-renew": replace(
            late, decision=Decision.RENEW, decided_on=date(2024, 4, 15), step_title=reply
        ),
        "expiry-copy": replace(facts, copy=True, role="head", link=""),
        "expiry-above": replace(facts, escalates_at=_ABOVE[language]),
        "expiry-vacant": replace(facts, fallback="head of B for officer of B", escalates_to=""),
    }


def _others(language: str) -> dict[str, NoticeFacts]:
    notice_by, report, step = (
        sample_notice(kind, language) for kind in ("notice_by", "report", "step")
    )
    _reply, _evaluation, confirmation, letter = _STEPS[language]
    other = replace(
        step,
        key="surat_konfirmasi",
        step_title=confirmation,
        stage_title="",
        documents=(letter,),
        countdown=None,
        legal_basis="PP Nomor 28 Tahun 2018 Pasal 33 ayat (3)-(4)",
    )
    return {
        "notice_by-late": replace(
            notice_by, due=LATE, lead_time="HK+1", next_lead_on=None, escalates_to=""
        ),
        "report-late": replace(
            report, due=LATE, late_by=5, lead_time="HK+5", next_lead_on=date(2024, 5, 17)
        ),
        "report-unproven": replace(
            report,
            due=LATE,
            late_by=5,
            lead_time="HK+5",
            handed_in_on=PartialDate(2024, 4, 29),
            next_lead_on=date(2024, 5, 17),
        ),
        "step-late": replace(
            step,
            due=Due.of(date(2024, 5, 6)),
            lead_time="HK+1",
            countdown=Countdown(PartialDate(2024, 2, 13), 47, 45),
            next_lead_on=date(2024, 5, 15),
        ),
        "step-other": replace(other, due=Due.of(date(2024, 5, 15)), lead_time="H-7"),
        "step-stuck": replace(
            other,
            due=Due.of(date(2024, 5, 8)),
            lead_time="H",
            stalled_since=PartialDate(2024, 2, 8),
        ),
    }


def _findings(language: str, rules: Mapping[str, FindingRule] | None) -> dict[str, NoticeFacts]:
    notice = sample_notice("expiry", language)
    return {
        f"{template}-{code.lower()}": replace(
            sample_finding(notice, code, language, rules), template=template
        )
        for template, codes in TEMPLATES.items()
        for code in codes[1:]
    }
