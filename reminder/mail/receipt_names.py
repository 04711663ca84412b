"""A receipt as flat plain data: the names that its templates have beside those of the matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from reminder.mail.letters import Letter
from reminder.mail.matters import Plain
from reminder.mail.plain_text import clean, shorten
from reminder.mail.receipt_words import ReceiptWords, receipt_words
from reminder.mail.receipts import HAND_OVER, Receipt, Someone, Told
from reminder.mail.timing import ACCENTS
from reminder.mail.wording import clock_time, partial_day, role_name
from reminder.mail.words import Words

RECEIPT_NAMES = ("receipt",)
_LONGEST_TITLE = 160
_ENDED = (Told.TAKEN_BACK, Told.REOPENED, Told.DECLINED)
_PROPOSED = (Told.ASKED, Told.OFFERED, Told.DECLINED)


def receipt_names(letter: Letter, matter: Mapping[str, Plain], words: Words) -> dict[str, Plain]:
    """What a mail about an answer says of it; of any other mail only an empty ``receipt``.

    *matter* is what the mail says of the deadline. Nobody is reminded here, so what only a
    reminder says is taken out.
    """
    receipt = letter.receipt
    if receipt is None:
        return {"receipt": MappingProxyType({})}
    own = receipt_words(words.language)
    subject = _subject(matter, own)
    said: dict[str, Plain] = {
        "what": receipt.what.value,
        "by": _holder(receipt.by, own, words),
        "old": _named(receipt.old, own, words),
        "new": _named(receipt.new, own, words),
        "owner": subject,
        "decision": own.decisions[receipt.decision] if receipt.decision else "",
        "until": clock_time(receipt.until, letter.timezone, words) if receipt.until else "",
    }
    names: dict[str, Plain] = {
        "receipt": MappingProxyType(said),
        "facts": tuple(_rows(letter, receipt, matter, own, words)),
        "button_link": matter["link"],
        "answers": (),
        "consequence": "",
    }
    if not matter["link"]:
        # Whoever only reads what is on record has nothing to answer; the footer says whom to ask.
        names["answer_to"] = ""
    if letter.template != HAND_OVER:
        urgency = "later" if receipt.what in _ENDED else "done"
        names |= {"urgency": urgency, "accent": ACCENTS[urgency]}
    return names


def _subject(matter: Mapping[str, Plain], own: ReceiptWords) -> str:
    if matter["kind"] == "follow_up":
        return own.owner_of_follow_up.format(shorten(str(matter["item"]), _LONGEST_TITLE))
    return own.owner_of.format(shorten(str(matter["title"]), _LONGEST_TITLE))


def _rows(
    letter: Letter,
    receipt: Receipt,
    matter: Mapping[str, Plain],
    own: ReceiptWords,
    words: Words,
) -> Iterator[tuple[str, str]]:
    """What it is about, who said what, and when."""
    is_proposed = receipt.what in _PROPOSED
    new = own.proposed if is_proposed else own.new
    done_on = partial_day(receipt.done_on, words) if receipt.done_on else ""
    old = "" if receipt.what is Told.TAKEN_BACK else _named(receipt.old, own, words)
    owner = receipt.old if receipt.what is Told.TAKEN_BACK else receipt.new
    found = (
        (words.labels["agreement"], str(matter["title"])),
        (own.matter, str(matter["heading"])),
        (own.current if is_proposed else own.old, old),
        (new, _named(owner, own, words)),
        (own.done_on, done_on),
        (own.evidence, clean(receipt.evidence, 300)),
        (own.decision, own.decisions[receipt.decision] if receipt.decision else ""),
        (own.note, clean(receipt.note, 300)),
        (own.by, _holder(receipt.by, own, words)),
        (own.at, clock_time(receipt.at, letter.timezone, words)),
    )
    yield from ((label, value) for label, value in found if value)


def _named(person: Someone | None, own: ReceiptWords, words: Words) -> str:
    if person is None:
        return ""
    name, role = clean(person.name, 160), role_name(person.role, words)
    return words.named_role.format(name=name, role=role) if name else own.nameless.format(role)


def _holder(person: Someone, own: ReceiptWords, words: Words) -> str:
    return own.holder.format(_named(person, own, words))
