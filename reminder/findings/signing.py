"""When an agreement was signed, and where its text is: what several detectors ask."""

from __future__ import annotations

from datetime import date

from reminder.agreements import Agreement, Document, Dossier
from reminder.calendars import PartialDate
from reminder.findings.standing import is_letter_of_intent

FOREIGN = ("KSDPL", "KSDLL")
TEXT = "naskah"
"""The type of the text itself; ``naskah_id``, ``naskah_en`` and the like are one language of it."""
INDONESIAN_TEXT = "naskah_id"


def signing_step(agreement: Agreement) -> str:
    """The step of ``steps.yaml`` in which this kind of text is signed, by its instrument."""
    if agreement.kind in FOREIGN:
        is_intent = is_letter_of_intent(agreement)
        return "pernyataan_kehendak" if is_intent else "penandatanganan"
    return "penandatanganan_kb" if agreement.instrument == "KB" else "penandatanganan_pks"


def signed_on(dossier: Dossier, today: date) -> PartialDate | None:
    """The day of signing, from the agreement or from its step; None while nobody has signed.

    A day still to come is a plan or a slip of the pen: nobody has signed before it.
    """
    signed = dossier.agreement.signed_on
    if signed is None and dossier.steps:
        code = signing_step(dossier.agreement)
        signed = next((step.done_on for step in dossier.steps if step.step == code), None)
    return signed if signed is not None and signed.first <= today else None


def texts(dossier: Dossier) -> tuple[Document, ...]:
    """The recorded texts of the agreement, in any language; a draft is none."""
    return tuple(document for document in dossier.documents if is_text(document.type))


def is_text(document_type: str) -> bool:
    """Whether a document of that type is the text of the agreement itself."""
    return document_type == TEXT or document_type.startswith(f"{TEXT}_")
