"""Bounces without a part for programs: qmail, old Exim and Exchange, what has only words."""

from __future__ import annotations

import re

from reminder.mail.fates import enhanced_code, fate_of_refusal, says_unknown
from reminder.mail.inbound import (
    LONGEST_ADDRESS,
    LONGEST_DIAGNOSTIC,
    MOST_ADDRESSES,
    Delivery,
    Fate,
)
from reminder.mail.inbound_headers import Fields, addresses_in
from reminder.mail.plain_text import clean

_LONGEST_WORDS = 2000
_ORIGINAL = re.compile(
    r"^-{2,}\s*(?:below this line is a copy|this is a copy of|the header of the original|"
    r"original message|unsent message|returned message|forwarded message|pesan asli|"
    r"salinan pesan|header pesan)|^-{3,} ?message header",
    re.I | re.M,
)
"""Where the mail that is sent back begins: what that says is ours."""
_DELAYED = re.compile(
    r"has not (?:yet )?been delivered|will (?:be retried|keep trying)|"
    r"this is a warning message only|not need to resend|delivery (?:is |has been )?delayed|"
    r"temporarily (?:delayed|deferred)|belum (?:dapat |bisa )?(?:terkirim|dikirim)|"
    r"pengiriman \w*\s?tertunda|akan dicoba (?:lagi|kembali)",
    re.I,
)
_FAILED = re.compile(
    r"(?:could|can)(?: ?not|n['’]t) be delivered|was(?: not|n['’]t) delivered|undeliver|"
    r"unable to deliver|(?:not|n['’]t) able to deliver|could(?: ?not|n['’]t) deliver|"
    r"permanent (?:fatal )?(?:error|failure)|"
    r"deliver(?:y|ing)\b[^.\n]{0,80}? failed|failed to deliver|delivery (?:failure|failed)|"
    r"did not reach|could not be reached|couldn['’]t be found|returned to sender|returned mail|"
    r"(?:tidak (?:dapat|bisa)|gagal|tidak) (?:\w+ )?(?:dikirim|terkirim|disampaikan|diantar)|"
    r"pengiriman\b[^.\n]{0,40} gagal|gagal (?:mengirim|mengantar)",
    re.I,
)
_RECIPIENT = re.compile(
    r"^[ \t]*<?(?P<address>[^\s<>,;:]{1,64}@[A-Za-z0-9.-]{1,255})>?[ \t]*(?::|$|\(|on )", re.M
)


def read_words(fields: Fields, words: str) -> tuple[Delivery, ...]:
    """What a mail server tells in *words*; nothing where it tells of no failure and no delay."""
    original = _ORIGINAL.search(words)
    told = words[: original.start()] if original else words
    failed = [one for value in fields.all("x-failed-recipients") for one in addresses_in(value)]
    said = f"{fields.first('subject')}\n{told}"
    if _DELAYED.search(said):
        return (Delivery(Fate.DELAYED, final=_first(failed)),)
    if not failed and not _FAILED.search(said) and not says_unknown(said):
        return ()
    return tuple(_deliveries(told, failed))


def _deliveries(told: str, failed: list[str]) -> list[Delivery]:
    """One for each address that stands at the head of a paragraph of its own."""
    heads = list(_RECIPIENT.finditer(told))[:MOST_ADDRESSES]
    if failed:
        heads = [head for head in heads if head["address"] in failed]
    if not heads:
        addresses = failed or [""]
        return [_delivery(address, told) for address in addresses[:MOST_ADDRESSES]]
    ends = [head.start() for head in heads[1:]] + [len(told)]
    if len(heads) == 1:  # what went wrong may also be told before the address
        return [_delivery(heads[0]["address"], told, shown=told[heads[0].start() :])]
    return [
        _delivery(head["address"], told[head.end() : end])
        for head, end in zip(heads, ends, strict=True)
    ]


def _delivery(address: str, words: str, shown: str = "") -> Delivery:
    words = " ".join(words.split())[:_LONGEST_WORDS]
    status = enhanced_code(words)
    return Delivery(
        fate_of_refusal(status, words),
        final=clean(address, LONGEST_ADDRESS),
        status=status,
        diagnostic=clean(shown[:_LONGEST_WORDS] or words, LONGEST_DIAGNOSTIC),
    )


def _first(addresses: list[str]) -> str:
    return clean(addresses[0], LONGEST_ADDRESS) if addresses else ""
