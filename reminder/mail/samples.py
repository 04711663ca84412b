"""Sample letters: for ``preview --all``, and to try every template before it is needed.

The names are made up around real kinds of agreements; the addresses are at example.go.id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from reminder.agreements import Agreement, ReportCycle
from reminder.calendars import Due, PartialDate, Span
from reminder.mail.letters import (
    ESCALATION,
    FINDINGS,
    Alarm,
    Countdown,
    Letter,
    NoticeFacts,
    Unanswered,
)
from reminder.mail.links import placeholder, placeholder_of
from reminder.mail.receipt_samples import receipt_letter
from reminder.mail.receipts import HAND_OVER, RECEIPT, Told
from reminder.mail.sample_findings import TEMPLATES, sample_finding
from reminder.mail.summary_samples import SUMMARIES, sample_summary
from reminder.policy import FindingRule
from reminder.summaries import GROUPS, WeeklySummary, group_of

SINGLE = ("expiry", "notice_by", "report", "step", "follow_up", "finding")
"""The kinds of deadline, each with a template of the same name."""
LISTS = ("digest", "admin", "plain", *SUMMARIES)

ESCALATES_TO = ("head", "secretary", "parent")
"""Who is told next, one after the other."""

TODAY = date(2024, 5, 8)
_UNSUBSCRIBE = placeholder_of("CONTOHCONTOHCONTOHCONT")
_BASIS = "UU Nomor 24 Tahun 2000 Pasal 18-19 dan klausul naskah kerja sama"
_NAMES = {
    "id": ("Siti Rahmawati", "Biro Pemerintahan, Otonomi Daerah dan Kerja Sama Setda Contoh"),
    "en": ("Siti Rahmawati", "Bureau of Government and Cooperation, Province of Contoh"),
}
_STEPS = {
    "id": (
        "Surat kehendak pembaruan kepada mitra",
        "Persetujuan DPRD",
        "Rencana kerja sama (RKS)",
        "surat permohonan dengan tanggal terima dan persetujuan DPRD",
    ),
    "en": (
        "Letter to the partner about the renewal",
        "Approval by the regional council",
        "Cooperation plan",
        "approval by the regional council",
    ),
}


def sample_agreement() -> Agreement:
    """A sister province agreement that ends on Tuesday, 6 August 2024."""
    return Agreement(
        ref="CONTOH-QLD-2019",
        title="MoU Sister Province Contoh - Queensland",
        kind="KSDPL",
        bureau="CONTOH",
        entered_on=date(2023, 1, 2),
        instrument="MoU",
        local_party="Pemerintah Provinsi Contoh",
        partner="State Government of Queensland",
        country="Australia",
        signed_on=PartialDate(2019, 8, 6),
        term=Span(months=60),
        notice_period=Span(months=6),
        report_cycle=ReportCycle.SEMESTER,
        leading_unit="Dinas Kebudayaan dan Pariwisata",
    )


def sample_notice(kind: str, language: str) -> NoticeFacts:
    """One notice of that kind of deadline, some time before it is due."""
    first_step, dprd, plan, papers = _STEPS[language]
    facts = NoticeFacts(
        notice_id=1,
        deadline=kind,
        key=None,
        due=Due.of(date(2024, 8, 6)),
        derived_from="signed_on 2019-08-06 + term 5 years (anniversary)",
        epoch=1,
        lead_time="H-90",
        rule=kind,
        template=kind,
        legal_basis=_BASIS,
        legal_basis_confirmed=False,
        role="officer",
        copy=False,
        fallback="",
        successor_of="",
        agreement=sample_agreement(),
        step_title=first_step,
        start_by=date(2023, 3, 21),
        next_lead_on=date(2024, 6, 7),
        escalates_to="head",
        escalates_on=date(2024, 5, 17),
        link=placeholder(1),
    )
    if kind == "notice_by":
        return replace(
            facts, due=Due.of(date(2024, 6, 6)), lead_time="H-30", next_lead_on=date(2024, 5, 30)
        )
    if kind == "report":
        return replace(
            facts,
            key="2024-S1",
            due=Due.of(date(2024, 7, 31)),
            lead_time="H-84",
            step_title="",
            legal_basis="PP Nomor 28 Tahun 2018 Pasal 43",
            next_lead_on=date(2024, 7, 17),
        )
    if kind == "step":
        return replace(
            facts,
            key="persetujuan_dprd",
            due=Due.of(date(2024, 5, 27)),
            lead_time="HK-15",
            next_lead_on=date(2024, 5, 16),
            step_title=dprd,
            stage_title=plan,
            countdown=Countdown(PartialDate(2024, 3, 5), 36, 45),
            documents=(papers,),
            start_by=None,
            legal_basis="PP Nomor 28 Tahun 2018 Pasal 30 ayat (4)",
            legal_basis_confirmed=True,
        )
    if kind == "follow_up":
        return replace(
            facts,
            key="CONTOH-TL-1",
            due=Due.of(date(2024, 5, 15)),
            lead_time="H-7",
            next_lead_on=date(2024, 5, 14),
            step_title="",
            legal_basis="",
            meeting="Rapat Evaluasi Kerja Sama Sister Province tanggal 24 April 2024",
            follow_up_text="Menyusun rencana aksi kerja sama beserta anggarannya.",
        )
    if kind == "finding":
        return sample_finding(facts, "STALE", language)
    return facts


def sample_letter(language: str, *notices: NoticeFacts, template: str = "") -> Letter:
    """A letter with these notices on Wednesday, 8 May 2024."""
    name, bureau = _NAMES[language]
    return Letter(
        message_id="<CONTOHCONTOHCONTOHCONTOHCO@biro.example.go.id>",
        template=template or (notices[0].template if len(notices) == 1 else "digest"),
        language=language,
        recipient="petugas@biro.example.go.id",
        recipient_name=name,
        bureau_name=bureau,
        service_name="Pengingat Kerja Sama Daerah",
        timezone="Asia/Jakarta",
        today=TODAY,
        notices=notices,
        contact="admin@biro.example.go.id",
        can_answer=True,
    )


def sample_letters(
    language: str, rules: Mapping[str, FindingRule] | None = None
) -> dict[str, Letter]:
    """One letter for each shipped template, by the template's name.

    Findings are called as *rules* have it, else as the shipped ``findings.yaml``.
    """
    singles = {kind: sample_letter(language, sample_notice(kind, language)) for kind in SINGLE}
    notice = sample_notice("expiry", language)
    found = {
        template: sample_letter(
            language,
            replace(sample_finding(notice, codes[0], language, rules), template=template),
        )
        for template, codes in TEMPLATES.items()
    }
    special = {
        FINDINGS: findings_letter(language, ("WE_ARE_SILENT", "NO_OWNER", "CEREMONIAL"), rules),
        ESCALATION: escalated_letter(language, notice),
        HAND_OVER: receipt_letter(sample_letter(language, notice), notice, Told.ASKED),
        RECEIPT: receipt_letter(singles["report"], singles["report"].notices[0], Told.DONE),
    }
    return singles | found | special | {name: _list_letter(name, language) for name in LISTS}


def findings_letter(
    language: str, codes: Sequence[str], rules: Mapping[str, FindingRule] | None = None
) -> Letter:
    """Those findings of one agreement in one mail."""
    notice = sample_notice("expiry", language)
    notices = [
        replace(
            sample_finding(notice, code, language, rules),
            agreement=sample_agreement(),
            notice_id=number,
            link=placeholder(number),
            # Each finding has its own reminders, and the mail asks for the nearest day.
            next_lead_on=date(2024, 7, number),
        )
        for number, code in enumerate(codes, start=1)
    ]
    return sample_letter(language, *notices, template=FINDINGS)


def escalated_letter(language: str, notice: NoticeFacts, level: int = 1) -> Letter:
    """A mail to somebody further up: nobody has answered two notices."""
    name = _NAMES[language][0]
    role = ESCALATES_TO[level - 1]
    later = ESCALATES_TO[level] if level < len(ESCALATES_TO) else ""
    told = [
        Unanswered(date(2024, 4, 26), name, "officer"),
        Unanswered(date(2024, 4, 30), name, "officer"),
        *(Unanswered(date(2024, 5, 6), "", upper) for upper in ESCALATES_TO[: level - 1]),
    ]
    escalated = replace(
        notice,
        role=role,
        level=level,
        earlier=tuple(told),
        escalates_to=later,
        escalates_on=date(2024, 5, 15) if later else None,
    )
    letter = sample_letter(language, escalated, template=ESCALATION)
    return replace(letter, recipient=f"{role}@biro.example.go.id", recipient_name="")


def _list_letter(name: str, language: str) -> Letter:
    if name == "admin":
        alarm = Alarm(
            what="holidays of 2027 are not known; only weekends count as days off",
            where="config/holidays.yaml",
            todo="write the public holidays and joint leave of 2027 into the file",
            at=datetime(2024, 5, 8, 1, 0, tzinfo=UTC),
        )
        letter = sample_letter(language, template=name)
        return replace(letter, bureau_name="", recipient_name="", alarms=(alarm,))
    if name == "plain":
        return sample_letter(language, sample_notice("expiry", language), template=name)
    late = replace(
        sample_notice("report", language),
        notice_id=2,
        key="2023-S2",
        due=Due.of(date(2024, 1, 31)),
        lead_time="H+90",
        link=placeholder(2),
    )
    others = [
        replace(sample_notice(kind, language), notice_id=number, link=placeholder(number))
        for number, kind in enumerate(("expiry", "step", "follow_up", "finding"), start=3)
    ]
    if name == "digest":
        return sample_letter(language, late, *others)
    return _summary_letter(name, language, late, *others)


def _summary_letter(name: str, language: str, *notices: NoticeFacts) -> Letter:
    """A weekly digest of those notices, or a summary of another kind, which has none."""
    summary = sample_summary(name, language, sample_agreement())
    if isinstance(summary, WeeklySummary):
        found = [group_of(one.deadline, one.due.first, one.due.last, TODAY) for one in notices]
        totals = {group: found.count(group) for group in GROUPS if group in found}
        letter = sample_letter(language, *notices, template=name)
        summary = replace(summary, totals=totals)
        return replace(letter, summary=summary, unsubscribe=_UNSUBSCRIBE)
    letter = replace(sample_letter(language, template=name), summary=summary)
    if name == "daily":
        return replace(letter, bureau_name="", recipient_name="")
    return replace(letter, unsubscribe=_UNSUBSCRIBE)
