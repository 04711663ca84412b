"""The columns of every register table: what a cell may hold, and who else calls them what.

``aliases`` are Indonesian headers and other spellings; headers are compared without case,
spaces and underscores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from reminder.register import addresses, days, lengths, words
from reminder.register.keys import key_check
from reminder.register.text import LONGEST_TITLE, Check, code_check, text_check


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``empty`` is what the database holds for an empty cell."""

    name: str
    check: Check
    aliases: tuple[str, ...] = ()
    required: bool = False
    empty: str | None = ""
    refers_to: str = ""
    """The table whose key this column names."""

    @property
    def is_day(self) -> bool:
        """Whether a number from a spreadsheet can be a year or a day here."""
        return self.check in (days.partial_date, days.full_date)

    @property
    def is_address(self) -> bool:
        """Whether the column holds a mail address."""
        return self.check is addresses.email


@dataclass(frozen=True)
class TableSpec:
    """One table of the register: its columns, key first, and names of files and sheets for it."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their name."""
        return {column.name: column for column in self.columns}


_text = text_check()
_lines = text_check(lines=True)
_title = text_check(LONGEST_TITLE)


def _key(name: str, *aliases: str) -> Column:
    return Column(name, key_check(), aliases, required=True)


def _day(name: str, *aliases: str) -> Column:
    return Column(name, days.partial_date, aliases, empty=None)


def _full_day(name: str, *aliases: str) -> Column:
    return Column(name, days.full_date, aliases, empty=None)


def _bureau(*, required: bool) -> Column:
    aliases = ("biro", "kode_biro", "unit", "unit_kerja", "bagian", "biro_penanggung_jawab")
    return Column("bureau", key_check(), aliases, required, None, refers_to="bureaus")


def _agreement(*, required: bool = True) -> Column:
    aliases = (
        "perjanjian",
        "kerja_sama",
        "ref",
        "nomor_perjanjian",
        "nomor_kerja_sama",
        "kode_kerja_sama",
        "kode_perjanjian",
    )
    return Column("agreement", key_check(), aliases, required, None, refers_to="agreements")


def _officer() -> Column:
    aliases = ("petugas", "email_petugas", "pic", "penanggung_jawab", "surel_petugas")
    return Column("officer", addresses.email, aliases, empty=None)


def _evidence() -> Column:
    return Column("evidence", _text, ("bukti", "bukti_dukung", "tanda_terima", "bukti_laporan"))


def _due_on() -> Column:
    return _day("due_on", "tenggat", "batas_waktu", "jatuh_tempo", "tanggal_tenggat", "tgl_tenggat")


def _done_on() -> Column:
    return _day("done_on", "selesai", "tanggal_selesai", "tgl_selesai", "diselesaikan")


BUREAUS = TableSpec(
    "bureaus",
    (
        _key("code", "kode", "kode_biro", "kode_unit"),
        Column("name", _title, ("nama", "nama_biro", "nama_unit"), required=True),
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
        _bureau(required=True),
        Column("role", words.role, ("peran", "jabatan"), required=True),
        Column("name", _title, ("nama", "nama_pejabat", "nama_kontak")),
        _full_day(
            "active_from", "aktif_dari", "aktif_sejak", "mulai_aktif", "mulai_tugas", "mulai"
        ),
        _full_day(
            "active_to", "aktif_sampai", "aktif_hingga", "akhir_aktif", "akhir_tugas", "sampai"
        ),
    ),
    ("email", "bureau", "role"),
    ("kontak", "narahubung", "penerima", "contact"),
)

AGREEMENTS = TableSpec(
    "agreements",
    (
        _key(
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
            _title,
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
        _bureau(required=True),
        Column(
            "local_party", _text, ("pihak_daerah", "pihak_pertama", "pemerintah_daerah", "daerah")
        ),
        Column("partner", _text, ("mitra", "pihak_kedua", "mitra_kerja_sama", "nama_mitra")),
        Column("country", _text, ("negara", "negara_mitra")),
        _day(
            "signed_on",
            "tanggal_penandatanganan",
            "tgl_penandatanganan",
            "tanggal_ttd",
            "tgl_ttd",
            "tanggal_tanda_tangan",
            "ditandatangani",
            "ditandatangani_pada",
        ),
        _day(
            "effective_on",
            "tanggal_berlaku",
            "tgl_berlaku",
            "mulai_berlaku",
            "berlaku_sejak",
            "tanggal_mulai_berlaku",
            "berlaku_mulai",
        ),
        _day(
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
        _officer(),
        Column(
            "leading_unit",
            _text,
            (
                "perangkat_daerah",
                "opd",
                "pemrakarsa",
                "leading_sector",
                "perangkat_daerah_pemrakarsa",
                "unit_pelaksana",
            ),
        ),
        Column("fields", _text, ("bidang", "bidang_kerja_sama", "ruang_lingkup")),
        Column("legal_basis", _text, ("dasar_hukum",)),
        Column("letter_number", _text, ("nomor_surat", "no_surat")),
        _day("letter_date", "tanggal_surat", "tgl_surat"),
        Column(
            "lead_times",
            lengths.lead_times,
            ("waktu_pengingat", "jadwal_pengingat", "pengingat", "hari_pengingat"),
        ),
        Column("notes", _lines, ("catatan", "keterangan")),
    ),
    ("ref",),
    ("perjanjian", "kerja_sama", "daftar_kerja_sama", "kesepakatan", "naskah", "agreement"),
)

REPORTS = TableSpec(
    "reports",
    (
        _agreement(),
        Column("period", words.period, ("periode", "periode_laporan"), required=True),
        _day(
            "submitted_on",
            "tanggal_penyampaian",
            "tgl_penyampaian",
            "disampaikan",
            "disampaikan_pada",
            "tanggal_laporan",
            "tanggal_kirim",
        ),
        _evidence(),
    ),
    ("agreement", "period"),
    ("laporan", "report"),
)

STEPS = TableSpec(
    "steps",
    (
        _agreement(),
        Column("step", code_check(64), ("langkah", "tahap", "tahapan"), required=True),
        _day("started_on", "mulai", "tanggal_mulai", "tgl_mulai", "dimulai"),
        _due_on(),
        _done_on(),
        Column("document", _text, ("dokumen", "naskah")),
    ),
    ("agreement", "step"),
    ("langkah", "tahapan", "tahap", "step"),
)

FOLLOW_UPS = TableSpec(
    "follow_ups",
    (
        _key("id", "kode", "nomor", "no"),
        _agreement(required=False),
        Column("meeting", _text, ("rapat", "pertemuan")),
        Column("text", _lines, ("uraian", "tindak_lanjut", "teks", "isi")),
        _bureau(required=False),
        _officer(),
        _due_on(),
        _done_on(),
    ),
    ("id",),
    ("tindak_lanjut", "rencana_tindak_lanjut", "rtl", "follow_up"),
)

ACTIVITIES = TableSpec(
    "activities",
    (
        _agreement(),
        Column("date", days.partial_date, ("tanggal", "tgl", "pada"), required=True),
        Column("type", words.activity_type, ("jenis", "jenis_kegiatan"), required=True),
        Column("summary", _lines, ("ringkasan", "uraian", "kegiatan")),
        _evidence(),
    ),
    ("agreement", "date", "type"),
    ("kegiatan", "aktivitas", "activity"),
)

DOCUMENTS = TableSpec(
    "documents",
    (
        _agreement(),
        Column("type", code_check(64), ("jenis", "jenis_dokumen"), required=True),
        Column("number", _text, ("nomor", "no", "nomor_dokumen")),
        _day("date", "tanggal", "tgl", "tanggal_dokumen"),
        Column("file", _text, ("berkas", "nama_berkas")),
        Column("source", _text, ("sumber",)),
    ),
    ("agreement", "type"),
    ("dokumen", "document"),
)

PLANS = TableSpec(
    "plans",
    (
        _agreement(),
        Column("item", key_check(), ("butir", "rencana", "kegiatan", "program"), required=True),
        Column("unit", _text, ("perangkat_daerah", "opd", "unit_pelaksana", "pelaksana")),
        Column("budget_year", words.budget_year, ("tahun_anggaran",)),
        Column("indicator", _text, ("indikator", "keluaran")),
        _due_on(),
        _done_on(),
        _evidence(),
    ),
    ("agreement", "item"),
    ("rencana", "rencana_aksi", "rencana_kerja", "plan"),
)

CHECKS = TableSpec(
    "checks",
    (
        _agreement(),
        Column(
            "check", code_check(64), ("pemeriksaan", "butir", "kriteria", "syarat"), required=True
        ),
        Column("answer", words.answer, ("jawaban", "hasil")),
        _day("on", "tanggal", "tgl", "pada"),
        Column("by", _text, ("oleh", "pemeriksa", "diperiksa_oleh")),
    ),
    ("agreement", "check"),
    ("pemeriksaan", "daftar_periksa", "kelayakan", "check"),
)

OPT_OUTS = TableSpec(
    "opt_outs",
    (
        _agreement(),
        Column("rule", key_check(100), ("aturan",), required=True),
        Column("reason", _text, ("alasan",)),
        _day("until", "sampai", "hingga", "berlaku_sampai"),
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
