"""What a list says of a matter besides its heading: the decision asked for, or what was found."""

from __future__ import annotations

from collections.abc import Mapping

from reminder.mail.finding_matter import found_in
from reminder.mail.letters import NoticeFacts
from reminder.mail.plain_text import shorten
from reminder.mail.words import Words

NAMED_GAPS = 2
"""Of one finding that its line names; it says how many more there are."""
_LONGEST_GAP = 160


def asks(facts: NoticeFacts, matter: Mapping[str, object], words: Words) -> str:
    """One sentence under the heading of *matter*; empty where the heading says enough."""
    if facts.deadline == "finding":
        return _found(facts, words)
    is_asked = facts.deadline == "expiry" and not (
        matter["decision"] or matter["closing"] or matter["late"]
    )
    if not is_asked:
        return ""
    if matter["auto_renews"]:
        return words.asks_to_go_on.format(by=matter["act_by"])
    if matter["start_by"] and not matter["start_passed"]:
        return words.asks_to_decide_and_start.format(day=matter["start_by"])
    return words.asks_to_decide.format(by=matter["act_by"])


def _found(facts: NoticeFacts, words: Words) -> str:
    gaps = found_in(facts, words, NAMED_GAPS)
    said = "; ".join(shorten(gap, _LONGEST_GAP) for gap in gaps)
    return f"{said[:1].upper()}{said[1:]}." if said else ""
