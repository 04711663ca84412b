"""The words of digests: headings, labels and counts of weekly, semester and daily summaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Forms = tuple[str, str]
"""Singular and plural; braces stand for the number."""


@dataclass(frozen=True, slots=True)
class SummaryWords:
    """One language. Braces mark what is filled in by ``str.format``."""

    more: Forms
    """How many further entries a list has."""
    none: str
    total: str
    # Weekly.
    cleared: Forms
    cleared_heading: str
    cleared_line: str
    # Semester.
    agreements_heading: str
    reports_heading: str
    findings_heading: str
    ceremonial_heading: str
    bureau: str
    agreement_columns: tuple[str, str, str]
    report_columns: tuple[str, str, str]
    bars: tuple[str, str, str]
    """What stands beside the parts of a bar."""
    chart: str
    """What the chart shows, before the figures of each bureau."""
    no_reports: str
    units: Forms
    # Daily.
    headline: Mapping[str, Forms]
    service_findings: Forms
    overdue: Forms
    to_mend: Forms
    nothing: str
    delivered_heading: str
    delivered: Mapping[str, str]
    waiting_heading: str
    waiting: Mapping[str, str]
    none_waiting: str
    service_heading: str
    service: Mapping[str, str]
    overdue_heading: str
    ahead_heading: str
    none_ahead: str
    chain_heading: str
    no_chain: str


_INDONESIAN = SummaryWords(
    more=("dan {} lainnya", "dan {} lainnya"),
    none="Tidak ada.",
    total="Jumlah",
    cleared=("{} temuan telah selesai", "{} temuan telah selesai"),
    cleared_heading="Temuan yang telah selesai sejak ringkasan sebelumnya",
    cleared_line="{title}: {finding}",
    agreements_heading="Keadaan kerja sama per unit kerja",
    reports_heading="Laporan pelaksanaan {} per unit kerja",
    findings_heading="Temuan yang masih terbuka",
    ceremonial_heading="Kerja sama yang belum ada pelaksanaannya",
    bureau="Unit kerja",
    agreement_columns=("Aktif", "Akan berakhir", "Tanpa pengganti"),
    report_columns=("Tepat waktu", "Terlambat", "Belum ada"),
    bars=("{} tepat waktu", "{} terlambat", "{} belum"),
    chart="Diagram laporan {} per unit kerja. {}.",
    no_reports="Tidak ada laporan yang jatuh tempo untuk periode tersebut.",
    units=("{} unit kerja lainnya", "{} unit kerja lainnya"),
    headline={
        "sent": ("{} terkirim", "{} terkirim"),
        "deferred": ("{} tertunda", "{} tertunda"),
        "failed": ("{} gagal", "{} gagal"),
        "uncertain": ("{} belum pasti", "{} belum pasti"),
        "held": ("{} ditahan", "{} ditahan"),
        "bounced": ("{} dikembalikan", "{} dikembalikan"),
        "relay_faults": ("{} terkena gangguan server surel", "{} terkena gangguan server surel"),
    },
    service_findings=("{} temuan layanan", "{} temuan layanan"),
    overdue=("{} lewat batas waktu", "{} lewat batas waktu"),
    to_mend=("{} perlu ditangani", "{} perlu ditangani"),
    nothing="tidak ada kejadian",
    delivered_heading="Pesan sejak ringkasan sebelumnya",
    delivered={
        "sent": "Terkirim",
        "deferred": "Tertunda",
        "failed": "Gagal",
        "uncertain": "Belum pasti",
        "held": "Ditahan",
        "bounced": "Dikembalikan setelah terkirim",
        "relay_faults": "Gangguan server surel",
    },
    waiting_heading="Antrean saat ini",
    waiting={
        "pending": "Menunggu",
        "claimed": "Sedang diproses",
        "sending": "Sedang dikirim",
        "deferred": "Tertunda",
        "uncertain": "Belum pasti",
        "held": "Ditahan",
    },
    none_waiting="Tidak ada pesan yang menunggu.",
    service_heading="Temuan layanan",
    service={
        "no_rule": "Tanpa aturan pengingat",
        "no_recipient": "Tanpa penerima",
        "holidays": "Hari libur belum diisi",
        "put_off": "Gagal diproses",
        "template": "Templat gagal",
        "relay": "Server surel tidak dapat digunakan",
        "storm": "Ditahan karena jumlahnya tidak wajar",
        "balance": "Pemberitahuan yang hilang dan dibuat ulang",
        "inbox": "Kotak masuk tidak dapat dibaca",
        "for_person": "Surel masuk yang perlu dibaca",
        "quarantined": "Surel masuk yang tidak dapat diproses",
        "returned": "Pesan yang dikembalikan",
        "dead": "Alamat yang tidak aktif lagi",
    },
    overdue_heading="Lewat batas waktu dan belum ditanggapi",
    ahead_heading="Tujuh hari ke depan",
    none_ahead="Tidak ada pengingat dalam tujuh hari ke depan.",
    chain_heading="Ujung rantai catatan tersegel",
    no_chain="Belum ada catatan yang disegel.",
)
_ENGLISH = SummaryWords(
    more=("and {} more", "and {} more"),
    none="None.",
    total="Total",
    cleared=("{} finding was cleared", "{} findings were cleared"),
    cleared_heading="Findings cleared since the summary before",
    cleared_line="{title}: {finding}",
    agreements_heading="Agreements by office",
    reports_heading="Reports for {} by office",
    findings_heading="Open findings",
    ceremonial_heading="Agreements without any activity so far",
    bureau="Office",
    agreement_columns=("In force", "Ending", "No successor"),
    report_columns=("On time", "Late", "Missing"),
    bars=("{} on time", "{} late", "{} missing"),
    chart="Chart of the reports for {} by office. {}.",
    no_reports="No report was due for that period.",
    units=("{} other office", "{} other offices"),
    headline={
        "sent": ("{} sent", "{} sent"),
        "deferred": ("{} deferred", "{} deferred"),
        "failed": ("{} failed", "{} failed"),
        "uncertain": ("{} uncertain", "{} uncertain"),
        "held": ("{} held", "{} held"),
        "bounced": ("{} bounced", "{} bounced"),
        "relay_faults": ("{} met by mail server faults", "{} met by mail server faults"),
    },
    service_findings=("{} finding of the service", "{} findings of the service"),
    overdue=("{} overdue", "{} overdue"),
    to_mend=("{} to look into", "{} to look into"),
    nothing="nothing happened",
    delivered_heading="Messages since the summary before",
    delivered={
        "sent": "Sent",
        "deferred": "Deferred",
        "failed": "Failed",
        "uncertain": "Uncertain",
        "held": "Held",
        "bounced": "Bounced after they were sent",
        "relay_faults": "Mail server faults",
    },
    waiting_heading="Waiting now",
    waiting={
        "pending": "Pending",
        "claimed": "Being prepared",
        "sending": "Being sent",
        "deferred": "Deferred",
        "uncertain": "Uncertain",
        "held": "Held",
    },
    none_waiting="No message is waiting.",
    service_heading="Findings of the service",
    service={
        "no_rule": "No reminder rule",
        "no_recipient": "Nobody to notify",
        "holidays": "Holidays not known",
        "put_off": "Could not be handled",
        "template": "Templates that failed",
        "relay": "Mail server out of use",
        "storm": "Held, far more than usual",
        "balance": "Notices missing and made again",
        "inbox": "Inbox that cannot be read",
        "for_person": "Inbound mails to read",
        "quarantined": "Inbound mails set aside",
        "returned": "Messages that came back",
        "dead": "Addresses that no mail reaches",
    },
    overdue_heading="Overdue and not acknowledged",
    ahead_heading="The next seven days",
    none_ahead="No reminder in the next seven days.",
    chain_heading="Head of the sealed chain",
    no_chain="Nothing is sealed yet.",
)


def summary_words(language: str) -> SummaryWords:
    """The words of *language*; Indonesian for any that the service does not speak."""
    return _ENGLISH if language == "en" else _INDONESIAN
