"""The words of the page on which a reader stops digests, or has them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnsubscribeWords:
    """One language. ``{digest}`` is the digest's name, ``{address}`` whose it is."""

    digests: Mapping[str, str]
    """By the name that the policy has for them."""
    any_digest: str
    ask: str
    ask_why: str
    stop: str
    stopped: str
    stopped_why: str
    again_why: str
    again: str
    resumed: str
    resumed_why: str
    keeps: str
    """What is sent all the same, and what to do about that."""
    too_fast: str
    form_over: str

    def name_of(self, digest: str) -> str:
        """What a reader calls that digest."""
        return self.digests.get(digest, self.any_digest)


INDONESIAN = UnsubscribeWords(
    digests={"weekly": "ringkasan mingguan", "semester": "rekapitulasi semester"},
    any_digest="ringkasan",
    ask="Berhenti menerima {digest}?",
    ask_why="Saat ini {digest} kerja sama daerah dikirim kepada {address}.",
    stop="Berhenti menerima {digest}",
    stopped="Pengiriman {digest} dihentikan",
    stopped_why="Permintaan Saudara tercatat: {digest} tidak dikirim lagi kepada {address}.",
    again_why=(
        "Apabila {digest} diperlukan kembali, mohon tombol berikut ditekan; pengiriman dimulai "
        "lagi pada periode berikutnya."
    ),
    again="Kirim lagi {digest}",
    resumed="Pengiriman {digest} dilanjutkan",
    resumed_why=(
        "Permintaan Saudara tercatat: {digest} dikirim lagi kepada {address}, mulai periode "
        "berikutnya."
    ),
    keeps=(
        "Pemberitahuan tentang tugas Saudara sendiri tetap dikirim. Apabila suatu hal bukan tugas "
        "Saudara, mohon dinyatakan melalui tautan pada pemberitahuannya."
    ),
    too_fast=(
        "Belum ada yang berubah: tombol ditekan terlalu cepat setelah halaman terbuka. Mohon "
        "tombol ditekan sekali lagi."
    ),
    form_over=(
        "Belum ada yang berubah: halaman ini sudah terlalu lama terbuka. Mohon tombol ditekan "
        "sekali lagi."
    ),
)

ENGLISH = UnsubscribeWords(
    digests={"weekly": "weekly summary", "semester": "half-yearly summary"},
    any_digest="summary",
    ask="Stop the {digest}?",
    ask_why="The {digest} of cooperation agreements is sent to {address} at present.",
    stop="Stop the {digest}",
    stopped="The {digest} is stopped",
    stopped_why="Your request is on record: the {digest} is no longer sent to {address}.",
    again_why=(
        "If you would like to have the {digest} again, press this button; it is sent again from "
        "the next period on."
    ),
    again="Send the {digest} again",
    resumed="The {digest} is sent again",
    resumed_why=(
        "Your request is on record: the {digest} is sent to {address} again, from the next period "
        "on."
    ),
    keeps=(
        "Notices about your own tasks are still sent. If a matter is not yours, please say so at "
        "the link in its notice."
    ),
    too_fast=(
        "Nothing has changed yet: the button was pressed too soon after the page was opened. "
        "Please press it once more."
    ),
    form_over=(
        "Nothing has changed yet: this page has been open for too long. Please press the button "
        "once more."
    ),
)


def unsubscribe_words(language: str) -> UnsubscribeWords:
    """The words of *language*; Indonesian for any that the service does not speak."""
    return ENGLISH if language == "en" else INDONESIAN
