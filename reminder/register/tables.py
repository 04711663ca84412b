"""The tables of the register, each with its columns and the names of files and sheets for it."""

from __future__ import annotations

from reminder.register import addresses, days, words
from reminder.register.agreements_table import AGREEMENTS
from reminder.register.columns import (
    LINES,
    TEXT,
    TITLE,
    Column,
    TableSpec,
    agreement_column,
    bureau_column,
    day_column,
    done_on_column,
    due_on_column,
    evidence_column,
    full_day_column,
    key_column,
    officer_column,
)
from reminder.register.keys import key_check
from reminder.register.text import code_check

BUREAUS = TableSpec(
    "bureaus",
    (
        key_column("code", "kode", "kode_biro", "kode_unit"),
        Column("name", TITLE, ("nama", "nama_biro", "nama_unit"), required=True),
        Column("timezone", words.timezone, ("zona_waktu", "zona", "time_zone"), empty=None),
        Column("language", words.language, ("bahasa",), empty=None),
        Column(
            "parent",
            key_check(),
            ("induk", "biro_induk", "unit_induk", "atasan"),
            empty=None,
            refers_to="bureaus",
        ),
    ),
    ("code",),
    ("biro", "unit", "unit_kerja", "bagian", "bureau"),
)

CONTACTS = TableSpec(
    "contacts",
    (
        Column(
            "email",
            addresses.email,
            ("surel", "e-mail", "alamat_email", "alamat_surel"),
            required=True,
        ),
        bureau_column(required=True),
        Column("role", words.role, ("peran", "jabatan"), required=True),
        Column("name", TITLE, ("nama", "nama_pejabat", "nama_kontak")),
        full_day_column(
            "active_from", "aktif_dari", "aktif_sejak", "mulai_aktif", "mulai_tugas", "mulai"
        ),
        full_day_column(
            "active_to", "aktif_sampai", "aktif_hingga", "akhir_aktif", "akhir_tugas", "sampai"
        ),
    ),
    ("email", "bureau", "role"),
    ("kontak", "narahubung", "penerima", "contact"),
)

REPORTS = TableSpec(
    "reports",
    (
        agreement_column(),
        Column("period", words.period, ("periode", "periode_laporan"), required=True),
        day_column(
            "submitted_on",
            "tanggal_penyampaian",
            "tgl_penyampaian",
            "disampaikan",
            "disampaikan_pada",
            "tanggal_laporan",
            "tanggal_kirim",
        ),
        evidence_column(),
    ),
    ("agreement", "period"),
    ("laporan", "report"),
)

STEPS = TableSpec(
    "steps",
    (
        agreement_column(),
        Column("step", code_check(64), ("langkah", "tahap", "tahapan"), required=True),
        day_column("started_on", "mulai", "tanggal_mulai", "tgl_mulai", "dimulai"),
        due_on_column(),
        done_on_column(),
        Column("document", TEXT, ("dokumen", "naskah")),
    ),
    ("agreement", "step"),
    ("langkah", "tahapan", "tahap", "step"),
)

FOLLOW_UPS = TableSpec(
    "follow_ups",
    (
        key_column("id", "kode", "nomor", "no"),
        agreement_column(required=False),
        Column("meeting", TEXT, ("rapat", "pertemuan")),
        Column("text", LINES, ("uraian", "tindak_lanjut", "teks", "isi")),
        bureau_column(required=False),
        officer_column(),
        due_on_column(),
        done_on_column(),
    ),
    ("id",),
    ("tindak_lanjut", "rencana_tindak_lanjut", "rtl", "follow_up"),
)

ACTIVITIES = TableSpec(
    "activities",
    (
        agreement_column(),
        Column("date", days.partial_date, ("tanggal", "tgl", "pada"), required=True),
        Column("type", words.activity_type, ("jenis", "jenis_kegiatan"), required=True),
        Column("summary", LINES, ("ringkasan", "uraian", "kegiatan")),
        evidence_column(),
    ),
    ("agreement", "date", "type"),
    ("kegiatan", "aktivitas", "activity"),
)

DOCUMENTS = TableSpec(
    "documents",
    (
        agreement_column(),
        Column("type", code_check(64), ("jenis", "jenis_dokumen"), required=True),
        Column("number", TEXT, ("nomor", "no", "nomor_dokumen")),
        day_column("date", "tanggal", "tgl", "tanggal_dokumen"),
        Column("file", TEXT, ("berkas", "nama_berkas")),
        Column("source", TEXT, ("sumber",)),
    ),
    ("agreement", "type"),
    ("dokumen", "document"),
)

PLANS = TableSpec(
    "plans",
    (
        agreement_column(),
        Column("item", key_check(), ("butir", "rencana", "kegiatan", "program"), required=True),
        Column("unit", TEXT, ("perangkat_daerah", "opd", "unit_pelaksana", "pelaksana")),
        Column("budget_year", words.budget_year, ("tahun_anggaran",)),
        Column("indicator", TEXT, ("indikator", "keluaran")),
        due_on_column(),
        done_on_column(),
        evidence_column(),
    ),
    ("agreement", "item"),
    ("rencana", "rencana_aksi", "rencana_kerja", "plan"),
)

CHECKS = TableSpec(
    "checks",
    (
        agreement_column(),
        Column(
            "check", code_check(64), ("pemeriksaan", "butir", "kriteria", "syarat"), required=True
        ),
        Column("answer", words.answer, ("jawaban", "hasil")),
        day_column("on", "tanggal", "tgl", "pada"),
        Column("by", TEXT, ("oleh", "pemeriksa", "diperiksa_oleh")),
    ),
    ("agreement", "check"),
    ("pemeriksaan", "daftar_periksa", "kelayakan", "check"),
)

OPT_OUTS = TableSpec(
    "opt_outs",
    (
        agreement_column(),
        Column("rule", key_check(100), ("aturan",), required=True),
        Column("reason", TEXT, ("alasan",)),
        day_column("until", "sampai", "hingga", "berlaku_sampai"),
    ),
    ("agreement", "rule"),
    ("pengecualian", "opt_out"),
)

TABLES = {
    table.name: table
    for table in (
        BUREAUS,
        CONTACTS,
        AGREEMENTS,
        REPORTS,
        STEPS,
        FOLLOW_UPS,
        ACTIVITIES,
        DOCUMENTS,
        PLANS,
        CHECKS,
        OPT_OUTS,
    )
}
"""Every table, in the order in which one can refer to another."""
