"""Deadlines: what must be done by a day for one agreement, as values.

Where their days come from is in ``due_dates``. Epochs and what was told are the storage's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reminder.calendars import Due
from reminder.skips import SkipReason


class DeadlineKind(StrEnum):
    """What kind of thing is due."""

    EXPIRY = "expiry"
    NOTICE_BY = "notice_by"
    REPORT = "report"
    STEP = "step"
    FOLLOW_UP = "follow_up"
    FINDING = "finding"


class DeadlineStatus(StrEnum):
    """Open deadlines are told; met and void ones stop their pending mails."""

    OPEN = "open"
    MET = "met"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is wrong or missing, as values that a mail puts into words.

    ``values`` are texts by name: a partial date where the name ends in ``_on``, a whole number
    where it begins with ``n_``, a legal reference for ``article``, else plain text.
    """

    code: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The gap in English for ``why``: its code in words, and its values."""
        said = ", ".join(f"{name} {value}" for name, value in self.values)
        name = self.code.replace("_", " ")
        return f"{name} ({said})" if said else name


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that must be done by a day, with the derivation of that day.

    ``key`` tells deadlines of one kind apart (a report's period, a step's code, a
    follow-up's id, a finding's code); None for ``expiry`` and ``notice_by``.
    """

    agreement: str
    """The agreement's ref; empty for a follow-up that belongs to no agreement."""
    kind: DeadlineKind
    key: str | None
    bureau: str
    due: Due
    derived_from: str
    status: DeadlineStatus = DeadlineStatus.OPEN
    status_reason: str = ""
    """Why it is met or void, in words (``report submitted on 2026-02-03``)."""
    silent: SkipReason | None = None
    """Why an open deadline is not told; None where it is."""
    silent_detail: str = ""
    officer: str | None = None
    agreement_kind: str = ""
    instrument: str = ""
    lead_times: str = ""
    """Lead times of the agreement's own, which replace those of the expiry rule."""
    lasts: bool = False
    """Whether it is a state that lasts, a finding or a step that is stuck, and not a day that
    passes: such a one is never stale."""
    gaps: tuple[Gap, ...] = ()
    """What a finding consists of; empty for every other kind."""
    severity: str = ""
    """Of a finding: ``info``, ``action`` or ``urgent``; empty for every other kind."""

    @property
    def finding(self) -> str:
        """The finding's code; what follows a colon in the key tells several of one code apart."""
        return (self.key or "").partition(":")[0]
