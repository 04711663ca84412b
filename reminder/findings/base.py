"""What every detector takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from reminder.agreements import AgreementStatus, Dossier
from reminder.deadlines import Deadline
from reminder.directory import Directory
from reminder.rules import Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect: the day from which it counts, and what was found, in words."""

    code: str
    counts_from: date
    detail: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """One agreement on one day, with everything a detector may look at."""

    dossier: Dossier
    expiry: Deadline | None
    deadlines: Sequence[Deadline]
    stale_expiry: bool
    """Whether the expiry was long past on the day it entered the register."""
    expiry_entered_on: date
    rules: Sequence[Rule]
    directory: Directory
    today: date

    @property
    def is_over(self) -> bool:
        """Whether the agreement was terminated or replaced: nothing is asked for any more."""
        return self.dossier.replaced_by is not None or self.dossier.agreement.status in (
            AgreementStatus.TERMINATED,
            AgreementStatus.REPLACED,
        )


Detector = Callable[[Inspection], Finding | None]
"""Returns the finding, or None where the agreement does not have that defect."""
