"""What a mail says of contact, ownership and ceremony: each gap in both languages."""

from __future__ import annotations

import pytest

from reminder.agreements import Dossier
from reminder.findings import DETECTORS
from reminder.mail.gap_sentences import gap_sentence
from reminder.mail.languages import words_for
from tests.factories import (
    make_activity,
    make_agreement,
    make_contact,
    make_directory,
    make_dossier,
    make_plan_item,
    make_step,
)
from tests.findings import found

NOBODY = make_directory(make_contact(role="head"))
OLD = make_agreement(signed_on="2019-08", expires_on="2031", entered_on="2019-08-31")
LOI = make_agreement(instrument="LoI", signed_on="2023-02-20", expires_on=None, term="1 year")
LETTERS = (
    make_activity("letter_in", "2023-09-01"),
    make_activity("letter_out", "2023-09-04"),
    make_activity("visit", "2022"),
)
UNPAID = make_plan_item(budget_year="2025", indicator="", due_on="2025-06")

SAID = [
    ("DORMANT_CONTACT", make_dossier(OLD, activities=LETTERS), "2026-03-02", [
        "komunikasi terakhir yang tercatat dengan mitra adalah surat kepada mitra pada "
        "4 September 2023, sekurang-kurangnya 24 bulan yang lalu",
        "pertemuan, kunjungan, atau pertukaran dokumen terakhir yang tercatat adalah kunjungan "
        "pada 2022, sekurang-kurangnya 36 bulan yang lalu",
        "apabila komunikasi tidak dapat dilanjutkan, kerja sama ini dapat diusulkan berstatus "
        "dorman",
    ], [
        "the last contact with the partner on record dates from 4 September 2023 (letter to the "
        "partner), at least 24 months ago",
        "the last meeting, visit or exchange of documents on record dates from a day in 2022 "
        "(visit), at least 36 months ago",
        "if contact cannot be taken up again, the status dormant may be proposed for this "
        "agreement",
    ]),
    ("DORMANT_CONTACT", make_dossier(OLD), "2020-03-02", [
        "belum ada komunikasi dengan mitra yang tercatat sejak kerja sama dimulai pada Agustus "
        "2019, sekurang-kurangnya 5 bulan yang lalu",
    ], [
        "no contact with the partner is on record since the start of the cooperation (a day in "
        "August 2019), at least 5 months ago",
    ]),
    ("DORMANT_CONTACT", make_dossier(OLD, activities=(make_activity("letter_in", "2020-08-03"),)),
     "2020-09-01", [
        "belum ada pertemuan, kunjungan, atau pertukaran dokumen dengan mitra yang tercatat sejak "
        "kerja sama dimulai pada Agustus 2019, sekurang-kurangnya 12 bulan yang lalu",
    ], [
        "no meeting, visit or exchange of documents with the partner is on record since the start "
        "of the cooperation (a day in August 2019), at least 12 months ago",
    ]),
    ("PARTNER_SILENT", make_dossier(OLD, activities=LETTERS), "2026-03-02", [
        "surat kepada mitra tertanggal 4 September 2023 belum tercatat dijawab dalam 45 hari",
    ], [
        "no answer is on record within 45 days to our letter to the partner (4 September 2023)",
    ]),
    ("WE_ARE_SILENT", make_dossier(OLD, activities=LETTERS[:1]), "2026-03-02", [
        "surat dari mitra tertanggal 1 September 2023 belum tercatat dijawab dalam 14 hari",
    ], [
        "no answer is on record within 14 days to the letter from the partner (1 September 2023)",
    ]),
    ("NO_OWNER", make_dossier(OLD, plans=(UNPAID,)), "2026-03-02", [
        "belum ada penanggung jawab yang tercatat aktif",
        "perangkat daerah pelaksana belum tercatat",
        "belum ada anggaran yang tercatat untuk tahun anggaran 2026, sedangkan butir rencana aksi "
        "yang belum selesai berjumlah 1",
    ], [
        "no active officer is on record for it",
        "the unit that carries it out is not on record",
        "no budget is on record for the budget year 2026, while the action plan has open items "
        "(1)",
    ]),
    ("CEREMONIAL", make_dossier(OLD, plans=(UNPAID,)), "2026-03-02", [
        "belum ada indikator keluaran yang tercatat pada butir rencana aksi",
        "belum ada kegiatan yang tercatat selain penandatanganan atau seremoni sejak kerja sama "
        "dimulai pada Agustus 2019",
        "belum ada butir rencana aksi yang tercatat selesai dari 1 butir yang direncanakan",
        "tenggat seluruh butir rencana aksi telah lewat, yang terakhir pada Juni 2025",
        "nilai pelaksanaan kerja sama ini 25 dari 100, sehingga berisiko hanya bersifat seremonial",
    ], [
        "no item of the action plan has an indicator on record",
        "no activity but the signing or a ceremony is on record since the start of the "
        "cooperation (a day in August 2019)",
        "no item of the action plan is on record as done (of 1 planned)",
        "all items of the action plan are past their due dates (the last one: a day in June 2025)",
        "its score of implementation is 25 out of 100, so it may remain a ceremony only",
    ]),
    ("CEREMONIAL", make_dossier(OLD, activities=LETTERS), "2020-03-02", [
        "belum ada rencana aksi yang tercatat sejak kerja sama dimulai pada Agustus 2019",
    ], [
        "no action plan is on record since the start of the cooperation (a day in August 2019)",
    ]),
    ("LOI_STALE", make_dossier(LOI, steps=(make_step("rencana_kerja_sama", due_on="2023-09"),)),
     "2024-03-04", [
        "pernyataan kehendak kerja sama yang ditandatangani pada 20 Februari 2023, "
        "sekurang-kurangnya 12 bulan yang lalu, belum ditindaklanjuti dengan penyusunan rencana "
        "kerja sama",
        "batas waktu tindak lanjutnya (September 2023) telah tiba",
    ], [
        "the letter of intent (signed: 20 February 2023, at least 12 months ago) has not been "
        "followed by a cooperation plan yet",
        "the limit for its follow-up has come (a day in September 2023)",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "of", "day", "indonesian", "english"), SAID)
def test_gaps_in_words(
    code: str, of: Dossier, day: str, indonesian: list[str], english: list[str]
) -> None:
    planned = found(code, of, day, NOBODY)

    assert planned is not None
    for language, sentences in (("id", indonesian), ("en", english)):
        said = [gap_sentence(gap, words_for(language)) for gap in planned.deadline.gaps]
        assert [one for one in said if one in sentences] == sentences


def test_every_gap_of_these_findings_is_shown_here_or_needs_notices() -> None:
    shown = {
        gap.code
        for code, of, day, *_ in SAID
        if (planned := found(code, of, day, NOBODY)) is not None
        for gap in planned.deadline.gaps
    }
    codes = {code for code, *_ in SAID}
    known = {gap for code in codes for gap in DETECTORS[code].gaps}

    assert known - shown == {"unanswered_notices"}
