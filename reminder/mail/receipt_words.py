"""The words of the mails about answers: labels, and phrases with gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reminder.agreements import Decision


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """One language. Braces mark what is filled in by ``str.format``."""

    holder: str
    """Whoever answered: that a link was used is known, and to whom it was sent."""
    nameless: str
    """A role, where the register has no name of who holds it."""
    owner_of: str
    """What somebody is the owner of: an agreement by its title."""
    owner_of_follow_up: str
    decisions: Mapping[Decision, str]
    by: str
    at: str
    old: str
    current: str
    """The same while somebody else is only proposed."""
    proposed: str
    new: str
    done_on: str
    evidence: str
    decision: str
    note: str
    matter: str


_INDONESIAN = ReceiptWords(
    holder="pemegang tautan yang dikirim kepada {}",
    nameless="{}",
    owner_of="penanggung jawab {}",
    owner_of_follow_up="penanggung jawab tindak lanjut rapat “{}”",
    decisions={
        Decision.RENEW: "diperbarui",
        Decision.END: "tidak dilanjutkan",
        Decision.REVITALISE: "direvitalisasi",
    },
    by="Dicatat oleh",
    at="Waktu pencatatan",
    old="Penanggung jawab semula",
    current="Penanggung jawab saat ini",
    proposed="Penanggung jawab yang diusulkan",
    new="Penanggung jawab sekarang",
    done_on="Dilaksanakan",
    evidence="Bukti",
    decision="Sikap",
    note="Catatan",
    matter="Hal",
)

_ENGLISH = ReceiptWords(
    holder="the holder of the link sent to {}",
    nameless="the {}",
    owner_of="the person in charge of {}",
    owner_of_follow_up="the person in charge of the follow-up “{}”",
    decisions={
        Decision.RENEW: "renewal",
        Decision.END: "no renewal",
        Decision.REVITALISE: "revitalisation",
    },
    by="Recorded by",
    at="Recorded on",
    old="In charge before",
    current="In charge at present",
    proposed="Proposed to be in charge",
    new="In charge now",
    done_on="Done on",
    evidence="Evidence",
    decision="Decision",
    note="Note",
    matter="Matter",
)


def receipt_words(language: str) -> ReceiptWords:
    """The words of *language*; Indonesian for any that the service does not speak."""
    return _ENGLISH if language == "en" else _INDONESIAN
