"""Several findings of one agreement in one mail: what they share, and each for itself."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from reminder.mail.fact_rows import fact_rows
from reminder.mail.finding_matter import action_of, bulleted, found_in
from reminder.mail.letters import FINDINGS, Letter, NoticeFacts
from reminder.mail.matters import Matter, Plain, matter_of
from reminder.mail.words import Words

_SEVERITIES = ("urgent", "action", "info")


def findings_of(letter: Letter, words: Words) -> tuple[Matter, tuple[Plain, ...]]:
    """The matter of the mail, and its findings, the gravest first.

    It asks for one thing by one day: that of the reminder which comes first.
    """
    notices = sorted(letter.notices, key=_gravity)
    matters = [matter_of(notice, letter.today, words) for notice in notices]
    ahead = [notice.next_lead_on or date.max for notice in notices]
    nearest = matters[ahead.index(min(ahead))]
    codes = {str(matter["code"]) for matter in matters}
    shared = matters[0] | {
        # A code says when one notice was wanted; of several it would be true of one only.
        "code": codes.pop() if len(codes) == 1 else "",
        "act_by": nearest["act_by"],
        "consequence": nearest["consequence"],
        "points": (),
        "link": "",
        "basis": "",
        "article": "",
    }
    shared["facts"] = fact_rows(notices[0], shared, words, kind=FINDINGS)
    found = (_finding(notice, one, words) for notice, one in zip(notices, matters, strict=True))
    return shared, tuple(found)


def _finding(notice: NoticeFacts, matter: Matter, words: Words) -> Plain:
    basis = f"{words.labels['basis']}: {matter['basis']}" if notice.legal_basis else ""
    return MappingProxyType[str, Plain](
        {
            "code": matter["code"],
            "title": matter["finding"],
            "gaps": bulleted(found_in(notice, words)),
            "request": action_of(notice),
            "basis": f"{basis}." if basis else "",
            "link": matter["link"],
        }
    )


def _gravity(notice: NoticeFacts) -> tuple[int, date]:
    known = notice.severity in _SEVERITIES
    grave = _SEVERITIES.index(notice.severity) if known else len(_SEVERITIES)
    return grave, notice.due.first
