"""Sample mails about answers: for ``preview --all``, and to try their templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from reminder.agreements import Decision
from reminder.calendars import PartialDate
from reminder.mail.letters import Letter, NoticeFacts
from reminder.mail.receipts import HAND_OVER, RECEIPT, Receipt, Someone, Told

_AT = datetime(2024, 5, 8, 3, 12, tzinfo=UTC)
_UNDO_UNTIL = datetime(2024, 5, 11, 3, 12, tzinfo=UTC)
_ACCEPT_UNTIL = datetime(2024, 5, 22, 3, 12, tzinfo=UTC)
_OLD = Someone("Siti Rahmawati", "officer")
_NEW = Someone("Bambang Wijaya", "assistant")
_HEAD = Someone("", "head")


def sample_receipt(what: Told) -> Receipt:
    """One of each kind."""
    receipt = Receipt(what, _OLD, _AT)
    match what:
        case Told.ASKED | Told.OFFERED:
            return replace(receipt, old=_OLD, new=_NEW, until=_ACCEPT_UNTIL, note="Cuti besar.")
        case Told.ACCEPTED:
            return replace(receipt, by=_NEW, old=_OLD, new=_NEW, until=_UNDO_UNTIL)
        case Told.DECLINED:
            return replace(receipt, by=_NEW, old=_OLD, new=_NEW, note="Sedang tugas belajar.")
        case Told.TAKEN_BACK:
            return replace(receipt, by=_HEAD, old=_OLD, new=_NEW)
        case Told.DECIDED:
            return replace(receipt, decision=Decision.RENEW)
        case Told.REOPENED:
            return replace(receipt, by=_HEAD)
    evidence = "Surat Nomor 000/123/2024"
    return replace(receipt, done_on=PartialDate(2024, 5, 7), evidence=evidence, until=_UNDO_UNTIL)


def receipt_letter(usual: Letter, notice: NoticeFacts, what: Told) -> Letter:
    """That mail about the matter of *notice*, to the reader of the *usual* letter."""
    receipt = sample_receipt(what)
    link = notice.link if receipt.until is not None and what is not Told.OFFERED else ""
    facts = replace(notice, link=link, lead_time="", next_lead_on=None)
    template = HAND_OVER if what is Told.ASKED else RECEIPT
    return replace(usual, template=template, notices=(facts,), receipt=receipt)


def trial_receipts(letter: Letter, notices: dict[str, NoticeFacts]) -> Iterator[tuple[str, Letter]]:
    """The template of *letter* in every situation, about every kind of deadline."""
    kinds = [one for one in Told if (one is Told.ASKED) == (letter.template == HAND_OVER)]
    for what in kinds:
        for kind, notice in notices.items():
            tried = receipt_letter(letter, notice, what)
            yield f"{what}, {kind}, as usual", tried
            usual = sample_receipt(what)
            nobody = Someone("", "officer")
            nameless = replace(
                usual, by=_HEAD, old=usual.old and nobody, new=usual.new and nobody, note=""
            )
            yield f"{what}, {kind}, no names", replace(tried, receipt=nameless)
