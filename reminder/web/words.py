"""The words that pages have of their own; what they share with mails is in ``mail.words``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageWords:
    """One language. Braces mark what is filled in by ``str.format``."""

    language: str
    skip: str
    status: str
    open: str
    overdue: str
    met: str
    void: str
    is_met: str
    is_met_on: str
    is_void: str
    is_void_terminated: str
    is_void_replaced: str
    redated: str
    ref: str
    responsible: str
    next: str
    questions: str
    about: str
    as_of: str
    only_shows: str
    holder: str
    not_found: str
    not_found_why: str
    not_found_what: str
    unavailable: str
    unavailable_why: str
    unavailable_what: str
    unsure: str
    unsure_why: str
    unsure_what: str
    over: str
    over_why: str
    over_what: str
    refused: str
    refused_why: str
    refused_what: str
    confirm: str
    confirm_why: str
    confirm_button: str


INDONESIAN = PageWords(
    language="id",
    skip="Langsung ke isi",
    status="Status",
    open="Terbuka, menunggu tindak lanjut",
    overdue="Lewat batas waktu, menunggu tindak lanjut",
    met="Sudah tercatat selesai",
    void="Tidak berlaku lagi",
    is_met="Tidak ada lagi yang perlu ditindaklanjuti untuk hal ini.",
    is_met_on="Tercatat selesai {on}. Tidak ada lagi yang perlu ditindaklanjuti untuk hal ini.",
    is_void="Batas waktu ini tidak berlaku lagi, sehingga tidak ada yang perlu ditindaklanjuti.",
    is_void_terminated=(
        "Kerja sama ini tercatat telah diakhiri, sehingga tidak ada yang perlu ditindaklanjuti."
    ),
    is_void_replaced=(
        "Kerja sama ini tercatat telah digantikan oleh naskah lain, sehingga tidak ada yang perlu "
        "ditindaklanjuti."
    ),
    redated="Tanggal ini berubah sejak pesan dikirim: semula {old}, kini {new}.",
    ref="Kode kerja sama",
    responsible="Unit penanggung jawab",
    next="Selanjutnya",
    questions="Pertanyaan",
    about=(
        "Halaman ini dibuat secara otomatis oleh {service} dan bukan merupakan naskah dinas. "
        "Ref. sistem: {ref}."
    ),
    as_of="Keadaan data: {}.",
    only_shows=(
        "Halaman ini hanya menampilkan data; membukanya tidak mengubah apa pun dan tidak dicatat "
        "sebagai tanggapan."
    ),
    holder="Siapa pun yang memiliki tautan ini dapat membaca halaman ini sampai dengan {}.",
    not_found="Halaman tidak ditemukan",
    not_found_why=(
        "Tautan ini tidak dapat dibuka. Mungkin alamatnya tidak lengkap, atau masa berlakunya "
        "sudah berakhir."
    ),
    not_found_what=(
        "Silakan buka tautan pada pesan terakhir yang diterima. Pesan itu memuat data yang sama "
        "dan menyebutkan kepada siapa pertanyaan dapat disampaikan."
    ),
    unavailable="Halaman belum dapat ditampilkan",
    unavailable_why="Terjadi gangguan pada layanan. Tidak ada data yang berubah.",
    unavailable_what=(
        "Silakan dicoba kembali beberapa saat lagi. Pesan yang diterima memuat data pada saat "
        "pesan itu dikirim."
    ),
    unsure="Belum diketahui apakah tanggapan tercatat",
    unsure_why="Terjadi gangguan pada layanan ketika tanggapan ini dicatat.",
    unsure_what=(
        "Silakan buka kembali tautan pada pesan yang diterima: halaman itu menyebutkan apakah "
        "tanggapan sudah tercatat. Apabila belum, tanggapan dapat dikirim sekali lagi."
    ),
    over="Waktu halaman ini sudah habis",
    over_why="Halaman ini dibuka lebih dari 30 menit yang lalu. Tidak ada data yang berubah.",
    over_what="Silakan buka kembali tautan pada pesan yang diterima.",
    refused="Tanggapan tidak dapat diterima",
    refused_why=(
        "Tanggapan ini tidak dikirim dari halaman layanan ini. Tidak ada data yang berubah."
    ),
    refused_what="Silakan buka kembali tautan pada pesan yang diterima, lalu tekan tombolnya.",
    confirm="Satu langkah lagi",
    confirm_why=(
        "Peramban ini tidak menyimpan kuki, sehingga tanggapan perlu ditegaskan sekali lagi. "
        "Belum ada yang dicatat."
    ),
    confirm_button="Ya, catat tanggapan ini",
)

ENGLISH = PageWords(
    language="en",
    skip="Skip to the content",
    status="Status",
    open="Open, waiting for action",
    overdue="Overdue, waiting for action",
    met="Recorded as done",
    void="No longer applies",
    is_met="Nothing more needs to be done about it.",
    is_met_on="Recorded as done {on}. Nothing more needs to be done about it.",
    is_void="This date no longer applies, so nothing needs to be done.",
    is_void_terminated="This cooperation is on record as ended, so nothing needs to be done.",
    is_void_replaced=(
        "This cooperation is on record as replaced by another agreement, so nothing needs to be "
        "done."
    ),
    redated="This date has changed since the message was sent: it was {old} and is now {new}.",
    ref="Reference",
    responsible="Responsible office",
    next="What comes next",
    questions="Questions",
    about=(
        "This page was made automatically by {service}; it is not an official letter. "
        "System ref.: {ref}."
    ),
    as_of="State of the records: {}.",
    only_shows=(
        "This page only shows what is on record; opening it changes nothing and does not count "
        "as an answer."
    ),
    holder="Anyone who has this link can read this page until {}.",
    not_found="Page not found",
    not_found_why=(
        "This link cannot be opened. Its address may be incomplete, or it may be too old."
    ),
    not_found_what=(
        "Please open the link in the latest message you received. The message holds the same "
        "information and says whom to ask."
    ),
    unavailable="This page cannot be shown at the moment",
    unavailable_why="Something went wrong in the service. No data was changed.",
    unavailable_what=(
        "Please try again in a few minutes. The message you received holds the information as "
        "it was when it was sent."
    ),
    unsure="It is not known whether the answer was recorded",
    unsure_why="Something went wrong in the service while it recorded this answer.",
    unsure_what=(
        "Please open the link in the message you received once more: the page says whether the "
        "answer is on record. If it is not, it can be sent again."
    ),
    over="This page has been open for too long",
    over_why="It was opened more than 30 minutes ago. No data was changed.",
    over_what="Please open the link in the message you received once more.",
    refused="The answer could not be taken",
    refused_why="It was not sent from a page of this service. No data was changed.",
    refused_what="Please open the link in the message you received once more and press the button.",
    confirm="One more step",
    confirm_why=(
        "This browser keeps no cookies, so the answer has to be confirmed once more. Nothing has "
        "been recorded yet."
    ),
    confirm_button="Yes, record this answer",
)


def page_words(language: str) -> PageWords:
    """The words of *language*; Indonesian for any that the service does not speak."""
    return ENGLISH if language == "en" else INDONESIAN
