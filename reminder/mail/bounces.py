"""What a bounce means for the one recipient that our mail had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reminder.mail.inbound import Delivery, Fate

_ORDER = (
    Fate.DEAD, Fate.FULL, Fate.CONTENT, Fate.UNREACHED, Fate.DELAYED, Fate.DELIVERED
)  # fmt: skip


def delivery_for(deliveries: Sequence[Delivery], recipient: str) -> Delivery | None:
    """What became of the copy for *recipient*; None where there is nothing about any.

    The part that names this address counts. Where none does, the mail went on from it:
    to one address, then its fate is that of ours; to several, as through a list, then one
    of them that is gone does not make ours dead. A failure outweighs a delay or a success.
    """
    wanted = recipient.casefold()
    named = [one for one in deliveries if wanted in (one.final.casefold(), one.original.casefold())]
    about = named or list(deliveries)
    if not about:
        return None
    worst = min(about, key=lambda one: _ORDER.index(one.fate))
    if worst.fate is Fate.DEAD and not _is_ours(worst, wanted) and len(deliveries) > 1:
        return replace(worst, fate=Fate.UNREACHED)
    return worst


def _is_ours(delivery: Delivery, wanted: str) -> bool:
    """Whether the address that is gone is the one that we wrote to."""
    return (delivery.final or delivery.original).casefold() == wanted
