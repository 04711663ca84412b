"""The table of agreements, the widest of the register."""

from __future__ import annotations

from reminder.register import lengths, words
from reminder.register.columns import (
    LINES,
    TEXT,
    TITLE,
    Column,
    TableSpec,
    bureau_column,
    day_column,
    key_column,
    officer_column,
)
from reminder.register.keys import key_check

AGREEMENTS = TableSpec(
    "agreements",
    (
        key_column(
            "ref",
            "nomor",
            "no",
            "nomor_registrasi",
            "no_registrasi",
            "nomor_perjanjian",
            "nomor_kerja_sama",
            "kode",
            "kode_kerja_sama",
            "reference",
            "referensi",
        ),
        Column(
            "title",
            TITLE,
            (
                "judul",
                "nama",
                "nama_kerja_sama",
                "nama_perjanjian",
                "judul_kerja_sama",
                "judul_perjanjian",
            ),
            required=True,
        ),
        Column("kind", words.kind, ("jenis", "jenis_kerja_sama"), required=True),
        Column(
            "instrument",
            words.instrument,
            ("instrumen", "bentuk", "bentuk_naskah", "jenis_naskah", "jenis_dokumen"),
        ),
        bureau_column(required=True),
        Column(
            "local_party", TEXT, ("pihak_daerah", "pihak_pertama", "pemerintah_daerah", "daerah")
        ),
        Column("partner", TEXT, ("mitra", "pihak_kedua", "mitra_kerja_sama", "nama_mitra")),
        Column("country", TEXT, ("negara", "negara_mitra")),
        day_column(
            "signed_on",
            "tanggal_penandatanganan",
            "tgl_penandatanganan",
            "tanggal_ttd",
            "tgl_ttd",
            "tanggal_tanda_tangan",
            "ditandatangani",
            "ditandatangani_pada",
        ),
        day_column(
            "effective_on",
            "tanggal_berlaku",
            "tgl_berlaku",
            "mulai_berlaku",
            "berlaku_sejak",
            "tanggal_mulai_berlaku",
            "berlaku_mulai",
        ),
        day_column(
            "expires_on",
            "tanggal_berakhir",
            "tgl_berakhir",
            "berakhir",
            "berakhir_pada",
            "berlaku_sampai",
            "berlaku_hingga",
            "masa_berlaku_sampai",
        ),
        Column(
            "term",
            lengths.span,
            ("jangka_waktu", "masa_berlaku", "lama_kerja_sama", "durasi"),
            empty=None,
        ),
        Column(
            "notice_period",
            lengths.span,
            ("masa_pemberitahuan", "jangka_waktu_pemberitahuan", "tenggang_pemberitahuan"),
            empty=None,
        ),
        Column(
            "auto_renew",
            lengths.span,
            ("perpanjangan_otomatis", "diperpanjang_otomatis", "otomatis_diperpanjang"),
            empty=None,
        ),
        Column("status", words.status, ("status_kerja_sama", "keadaan")),
        Column(
            "replaces",
            key_check(),
            ("menggantikan", "memperbarui", "pembaruan_dari", "perpanjangan_dari"),
            empty=None,
            refers_to="agreements",
        ),
        Column(
            "report_cycle",
            words.report_cycle,
            ("siklus_laporan", "siklus_pelaporan", "periode_laporan", "periode_pelaporan"),
        ),
        officer_column(),
        Column(
            "leading_unit",
            TEXT,
            (
                "perangkat_daerah",
                "opd",
                "pemrakarsa",
                "leading_sector",
                "perangkat_daerah_pemrakarsa",
                "unit_pelaksana",
            ),
        ),
        Column("fields", TEXT, ("bidang", "bidang_kerja_sama", "ruang_lingkup")),
        Column("legal_basis", TEXT, ("dasar_hukum",)),
        Column("letter_number", TEXT, ("nomor_surat", "no_surat")),
        day_column("letter_date", "tanggal_surat", "tgl_surat"),
        Column(
            "lead_times",
            lengths.lead_times,
            ("waktu_pengingat", "jadwal_pengingat", "pengingat", "hari_pengingat"),
        ),
        Column("notes", LINES, ("catatan", "keterangan")),
    ),
    ("ref",),
    ("perjanjian", "kerja_sama", "daftar_kerja_sama", "kesepakatan", "naskah", "agreement"),
)
