"""Sample letters: for ``preview --all``, and to try every template before it is needed.

The names are made up around real kinds of agreements; the addresses are at example.go.id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from reminder.agreements import Agreement, AgreementStatus, ReportCycle
from reminder.calendars import Due, PartialDate, Span
from reminder.mail.letters import Alarm, Letter, NoticeFacts
from reminder.mail.links import placeholder

SINGLE = ("expiry", "notice_by", "report", "step", "follow_up", "finding")
"""The kinds of deadline, each with a template of the same name."""
LISTS = ("digest", "admin", "plain")

TODAY = date(2024, 5, 8)
_BASIS = "PP Nomor 28 Tahun 2018"
_NAMES = {
    "id": ("Siti Rahmawati", "Biro Pemerintahan, Otonomi Daerah dan Kerja Sama Setda Contoh"),
    "en": ("Siti Rahmawati", "Bureau of Government and Cooperation, Province of Contoh"),
}
_STEPS = {
    "id": ("Surat kehendak pembaruan", "Persetujuan DPRD"),
    "en": ("Letter of intent to renew", "Approval by the DPRD"),
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
    first_step, dprd = _STEPS[language]
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
        next_lead_on=date(2024, 6, 7),
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
            due=Due.of(date(2024, 5, 15)),
            lead_time="H-7",
            next_lead_on=date(2024, 5, 14),
            step_title=dprd,
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
        return replace(
            facts,
            key="UNKNOWN_EXPIRY",
            due=Due.of(date(2024, 4, 8)),
            lead_time="H+30",
            step_title="",
            legal_basis="",
            agreement=replace(sample_agreement(), term=None),
            finding_detail="the register has neither expires_on nor term",
        )
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
    )


def sample_letters(language: str) -> dict[str, Letter]:
    """One letter for each shipped template, by the template's name."""
    letters = {kind: sample_letter(language, sample_notice(kind, language)) for kind in SINGLE}
    return letters | {name: _list_letter(name, language) for name in LISTS}


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
    return sample_letter(language, late, *others)


def trial_letters(name: str, language: str) -> Iterator[tuple[str, Letter]]:
    """Letters that try a template in every situation, each with what is special about it."""
    if name in LISTS:
        letter = sample_letters(language)[name]
        yield "as usual", letter
        yield "a copy", replace(letter, copy=True)
        if letter.notices:
            yield "one matter", replace(letter, notices=letter.notices[:1], catch_up=True)
        else:
            yield "several alarms", replace(letter, alarms=letter.alarms * 3)
        return
    # A template of the admin's own may serve any kind of deadline.
    for kind in (name,) if name in SINGLE else SINGLE:
        facts = replace(sample_notice(kind, language), template=name)
        for what, changed in _situations(facts):
            yield f"{kind}, {what}", sample_letter(language, changed)
        letter = sample_letter(language, facts)
        yield f"{kind}, after a gap", replace(letter, catch_up=True, contact="", recipient_name="")


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
    yield "escalation follows", replace(facts, escalates_to="head", escalates_after=5)
    closing = replace(agreement, status=AgreementStatus.NOT_RENEWING)
    yield "not renewing", replace(facts, agreement=closing)
    yield "closed late", replace(facts, agreement=closing, due=Due.of(date(2024, 4, 30)))
    renewing = replace(agreement, auto_renew=Span(months=12))
    yield "renews itself", replace(facts, agreement=renewing)
    bare = Agreement(agreement.ref, agreement.title, agreement.kind, agreement.bureau, TODAY)
    yield "nothing but the required", replace(facts, agreement=bare, legal_basis="", step_title="")
    yield "no agreement", replace(facts, agreement=None)
    for name in ODD_NAMES:
        odd = replace(agreement, title=name, partner=name, local_party=name, letter_number=name)
        yield (
            "odd names",
            replace(facts, agreement=odd, meeting=name, follow_up_text=name, step_title=name),
        )


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
