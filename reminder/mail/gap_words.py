"""Gaps in words: one sentence for each thing that a finding can consist of, in each language.

A sentence begins with a small letter and ends without a full stop, so that it can stand in a
list or after "that". In braces stand the gap's values by name, already in the reader's words:
a name that ends in ``_on`` is a date (``6 Agustus 2019``, ``Mei 2017``), one that begins with
``n_`` a number, ``activity`` a kind of contact, ``step`` and ``prerequisite`` the name of a step,
``document`` a kind of paper, ``check`` an item that was to be checked; any other is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

GAPS: Mapping[str, Mapping[str, str]] = {
    "id": {
        "no_contact": (
            "komunikasi terakhir yang tercatat dengan mitra adalah {activity} pada {contact_on}, "
            "sekurang-kurangnya {n_months} bulan yang lalu"
        ),
        "no_contact_yet": (
            "belum ada komunikasi dengan mitra yang tercatat sejak kerja sama dimulai pada "
            "{started_on}, sekurang-kurangnya {n_months} bulan yang lalu"
        ),
        "no_joint_meeting": (
            "pertemuan, kunjungan, atau pertukaran dokumen terakhir yang tercatat adalah "
            "{activity} pada {contact_on}, sekurang-kurangnya {n_months} bulan yang lalu"
        ),
        "no_joint_meeting_yet": (
            "belum ada pertemuan, kunjungan, atau pertukaran dokumen dengan mitra yang tercatat "
            "sejak kerja sama dimulai pada {started_on}, sekurang-kurangnya {n_months} bulan yang "
            "lalu"
        ),
        "propose_dormant": (
            "apabila komunikasi tidak dapat dilanjutkan, kerja sama ini dapat diusulkan "
            "berstatus dorman"
        ),
        "no_answer_from_partner": (
            "surat kepada mitra tertanggal {letter_on} belum tercatat dijawab dalam {n_days} hari"
        ),
        "no_answer_from_us": (
            "surat dari mitra tertanggal {letter_on} belum tercatat dijawab dalam {n_days} hari"
        ),
        "no_officer": "belum ada penanggung jawab yang tercatat aktif",
        "no_leading_unit": "perangkat daerah pelaksana belum tercatat",
        "no_budget": (
            "belum ada anggaran yang tercatat untuk tahun anggaran {budget_year}, sedangkan "
            "butir rencana aksi yang belum selesai berjumlah {n_items}"
        ),
        "unanswered_notices": (
            "{n_notices} pemberitahuan berturut-turut sejak {since_on} belum ditanggapi"
        ),
        "no_plan": (
            "belum ada rencana aksi yang tercatat sejak kerja sama dimulai pada {started_on}"
        ),
        "no_indicator": "belum ada indikator keluaran yang tercatat pada butir rencana aksi",
        "no_activity": (
            "belum ada kegiatan yang tercatat selain penandatanganan atau seremoni sejak "
            "kerja sama dimulai pada {started_on}"
        ),
        "nothing_done": (
            "belum ada butir rencana aksi yang tercatat selesai dari {n_items} butir yang "
            "direncanakan"
        ),
        "all_overdue": (
            "tenggat seluruh butir rencana aksi telah lewat, yang terakhir pada {due_on}"
        ),
        "at_risk": (
            "nilai pelaksanaan kerja sama ini {n_score} dari 100, sehingga berisiko hanya "
            "bersifat seremonial"
        ),
        "loi_not_followed_up": (
            "pernyataan kehendak kerja sama yang ditandatangani pada {signed_on}, "
            "sekurang-kurangnya {n_months} bulan yang lalu, belum ditindaklanjuti dengan "
            "penyusunan rencana kerja sama"
        ),
        "loi_limit_reached": "batas waktu tindak lanjutnya ({limit_on}) telah tiba",
        "step_ahead": (
            "tahapan {step} tercatat pada {step_on}, namun {prerequisite} belum tercatat "
            "selesai ({article})"
        ),
        "step_ahead_to_confirm": (
            "tahapan {step} tercatat pada {step_on}, namun {prerequisite} belum tercatat "
            "selesai ({article}, perlu dikonfirmasi)"
        ),
        "step_early": (
            "tahapan {step} tercatat pada {step_on}, mendahului {prerequisite} yang baru "
            "tercatat selesai pada {done_on} ({article})"
        ),
        "step_early_to_confirm": (
            "tahapan {step} tercatat pada {step_on}, mendahului {prerequisite} yang baru "
            "tercatat selesai pada {done_on} ({article}, perlu dikonfirmasi)"
        ),
        "checks_missing": (
            "pemeriksaan persyaratan kerja sama luar negeri ({n_items} butir) belum tercatat "
            "({article})"
        ),
        "check_open": "persyaratan {check} belum tercatat diperiksa ({article})",
        "check_failed": "persyaratan {check} tercatat tidak terpenuhi ({article})",
        "principles_missing": (
            "pemeriksaan prinsip aman secara politis, yuridis, teknis, dan keamanan belum tercatat"
        ),
        "principle_open": "prinsip {check} belum tercatat diperiksa",
        "principle_failed": "prinsip {check} tercatat tidak terpenuhi",
        "indonesian_text_missing": (
            "naskah dalam bahasa Indonesia belum tercatat, sedangkan naskah dalam bahasa lain "
            "telah tercatat ({article})"
        ),
        "basis_revoked": "dasar hukum yang tercatat, {rule}, telah dicabut ({article})",
        "basis_revoked_to_confirm": (
            "dasar hukum yang tercatat, {rule}, telah dicabut ({article}, perlu dikonfirmasi)"
        ),
        "signed_on_revoked_basis": (
            "dasar hukum yang tercatat, {rule}, telah dicabut ({article}) sebelum naskah "
            "ditandatangani pada {signed_on}"
        ),
        "signed_on_revoked_basis_to_confirm": (
            "dasar hukum yang tercatat, {rule}, telah dicabut ({article}, perlu dikonfirmasi) "
            "sebelum naskah ditandatangani pada {signed_on}"
        ),
        "text_missing": "naskah kerja sama yang ditandatangani belum tercatat",
        "number_missing": "nomor naskah atau surat belum tercatat",
        "signed_on_missing": "tanggal penandatanganan belum tercatat",
        "original_not_deposited": (
            "penyerahan naskah asli kepada Kementerian Luar Negeri belum tercatat ({article}, "
            "perlu dikonfirmasi)"
        ),
        "document_missing": "dokumen tahapan {step} yang selesai pada {done_on} belum tercatat",
        "number_year_differs": (
            "nomor {number} memuat tahun yang berbeda dari tanggal dokumennya, {document_on}"
        ),
        "expiry_differs": (
            "tanggal berakhir yang tercatat, {expires_on}, tidak sesuai dengan jangka waktu "
            "yang dihitung dari {start_on}, yaitu sampai dengan {computed_on}"
        ),
        "text_dated_otherwise": (
            "{document} bertanggal {text_on}, sedangkan penandatanganan tercatat pada {signed_on}"
        ),
        "signing_ahead": "tanggal penandatanganan yang tercatat, {signed_on}, masih akan datang",
        "follow_up_unassigned": "butir “{item}” belum memiliki penanggung jawab",
        "follow_up_undated": "butir “{item}” belum memiliki tenggat",
        "follow_up_unassigned_undated": (
            "butir “{item}” belum memiliki penanggung jawab dan tenggat"
        ),
    },
    "en": {
        "no_contact": (
            "the last contact with the partner on record dates from {contact_on} ({activity}), at "
            "least {n_months} months ago"
        ),
        "no_contact_yet": (
            "no contact with the partner is on record since the start of the cooperation "
            "({started_on}), at least {n_months} months ago"
        ),
        "no_joint_meeting": (
            "the last meeting, visit or exchange of documents on record dates from {contact_on} "
            "({activity}), at least {n_months} months ago"
        ),
        "no_joint_meeting_yet": (
            "no meeting, visit or exchange of documents with the partner is on record since the "
            "start of the cooperation ({started_on}), at least {n_months} months ago"
        ),
        "propose_dormant": (
            "if contact cannot be taken up again, the status dormant may be proposed for "
            "this agreement"
        ),
        "no_answer_from_partner": (
            "no answer is on record within {n_days} days to our letter to the partner ({letter_on})"
        ),
        "no_answer_from_us": (
            "no answer is on record within {n_days} days to the letter from the partner "
            "({letter_on})"
        ),
        "no_officer": "no active officer is on record for it",
        "no_leading_unit": "the unit that carries it out is not on record",
        "no_budget": (
            "no budget is on record for the budget year {budget_year}, while the action "
            "plan has open items ({n_items})"
        ),
        "unanswered_notices": (
            "{n_notices} notices in a row since {since_on} have not been answered"
        ),
        "no_plan": "no action plan is on record since the start of the cooperation ({started_on})",
        "no_indicator": "no item of the action plan has an indicator on record",
        "no_activity": (
            "no activity but the signing or a ceremony is on record since the start of the "
            "cooperation ({started_on})"
        ),
        "nothing_done": "no item of the action plan is on record as done (of {n_items} planned)",
        "all_overdue": (
            "all items of the action plan are past their due dates (the last one: {due_on})"
        ),
        "at_risk": (
            "its score of implementation is {n_score} out of 100, so it may remain a ceremony only"
        ),
        "loi_not_followed_up": (
            "the letter of intent (signed: {signed_on}, at least {n_months} months ago) has not "
            "been followed by a cooperation plan yet"
        ),
        "loi_limit_reached": "the limit for its follow-up has come ({limit_on})",
        "step_ahead": (
            "the step {step} is on record for {step_on}, but {prerequisite} is not on record as "
            "done ({article})"
        ),
        "step_ahead_to_confirm": (
            "the step {step} is on record for {step_on}, but {prerequisite} is not on record as "
            "done ({article}, to be confirmed)"
        ),
        "step_early": (
            "the step {step} is on record for {step_on}, ahead of {prerequisite}, which is on "
            "record as done only later: {done_on} ({article})"
        ),
        "step_early_to_confirm": (
            "the step {step} is on record for {step_on}, ahead of {prerequisite}, which is on "
            "record as done only later: {done_on} ({article}, to be confirmed)"
        ),
        "checks_missing": (
            "no check of the requirements for foreign cooperation ({n_items} items) is on record "
            "({article})"
        ),
        "check_open": "not on record as checked: {check} ({article})",
        "check_failed": "on record as not met: {check} ({article})",
        "principles_missing": (
            "no check of the four principles (political, legal and technical safety, and security) "
            "is on record"
        ),
        "principle_open": "not on record as checked: {check}",
        "principle_failed": "on record as not met: {check}",
        "indonesian_text_missing": (
            "no text in Indonesian is on record, while one in another language is ({article})"
        ),
        "basis_revoked": "the legal basis on record, {rule}, has been revoked ({article})",
        "basis_revoked_to_confirm": (
            "the legal basis on record, {rule}, has been revoked ({article}, to be confirmed)"
        ),
        "signed_on_revoked_basis": (
            "the legal basis on record, {rule}, had been revoked ({article}) before the text was "
            "signed: {signed_on}"
        ),
        "signed_on_revoked_basis_to_confirm": (
            "the legal basis on record, {rule}, had been revoked ({article}, to be confirmed) "
            "before the text was signed: {signed_on}"
        ),
        "text_missing": "the signed text is not on record",
        "number_missing": "the number of the text or letter is not on record",
        "signed_on_missing": "the date of signing is not on record",
        "original_not_deposited": (
            "the deposit of the original with the foreign ministry is not on record ({article}, "
            "to be confirmed)"
        ),
        "document_missing": "the paper of the step {step}, done {done_on}, is not on record",
        "number_year_differs": (
            "the number {number} bears another year than the date of its document, {document_on}"
        ),
        "expiry_differs": (
            "the end on record, {expires_on}, is not where the term counted from {start_on} "
            "leads to: {computed_on}"
        ),
        "text_dated_otherwise": (
            "the {document} is dated {text_on}, while the signing is on record for {signed_on}"
        ),
        "signing_ahead": "the date of signing on record, {signed_on}, still lies ahead",
        "follow_up_unassigned": "the item “{item}” has no owner yet",
        "follow_up_undated": "the item “{item}” has no due date yet",
        "follow_up_unassigned_undated": "the item “{item}” has neither an owner nor a due date yet",
    },
}
"""By language, then by the gap's code."""
