"""What a mail says about a finding: its title, what was found, what is asked for."""

from __future__ import annotations

from types import MappingProxyType

from reminder.mail.gap_sentences import gap_sentence, gap_values
from reminder.mail.letters import NoticeFacts
from reminder.mail.plain_text import clean
from reminder.mail.words import Words

Values = MappingProxyType[str, str]
TO_CONFIRM = "_to_confirm"
"""How the code of a gap ends whose legal reference nobody has confirmed."""
MOST_GAPS = 12
"""Of one finding that a mail lists; it says how many more there are."""


def code_of(facts: NoticeFacts) -> str:
    """The finding's code, without what tells several of one code apart."""
    return clean((facts.key or "").partition(":")[0], 64)


def title_of(facts: NoticeFacts, words: Words) -> str:
    """What the finding is called, from ``findings.yaml``; else its code in words."""
    known = clean(facts.finding_title, 200).rstrip(" .")
    return known or words.finding_title.format(code_of(facts).replace("_", " ").capitalize())


def found_in(facts: NoticeFacts, words: Words, most: int = MOST_GAPS) -> tuple[str, ...]:
    """One sentence for each gap, each beginning with a small letter and without a full stop.

    Of more than *most* the first, and how many more there are.
    """
    sentences = dict.fromkeys(gap_sentence(gap, words) for gap in facts.gaps)
    listed = tuple(sentences)[:most]
    more = len(sentences) - len(listed)
    return (*listed, words.more_gaps.format(more)) if more else listed


def what_of(facts: NoticeFacts, words: Words) -> str:
    """What was found, to stand after a colon, where it is one thing; else empty."""
    gaps = found_in(facts, words)
    if gaps:
        return gaps[0] if len(gaps) == 1 else ""
    title = title_of(facts, words)
    # The detail is English, made for the admin's `why`; it is all there is without a title.
    detail = "" if facts.finding_title else clean(facts.finding_detail)
    return f"{uncapitalised(title)}: {detail}" if detail else uncapitalised(title)


def request_of(facts: NoticeFacts, by: str, words: Words) -> str:
    """The action that ``findings.yaml`` asks for, and the day *by* which."""
    return f"{action_of(facts) or words.finding_action} {words.finding_by.format(by=by)}"


def action_of(facts: NoticeFacts) -> str:
    """The same without a day, ended by a full stop; empty where it asks for nothing."""
    action = clean(facts.finding_action).rstrip(" .")
    return f"{action}." if action else ""


def regulation_of(facts: NoticeFacts) -> str:
    """The rule that the first gap rests on, without its article; empty while to be confirmed."""
    for gap in facts.gaps:
        article = dict(gap.values).get("article", "")
        if article and not gap.code.endswith(TO_CONFIRM):
            return clean(article.partition(" Pasal")[0].partition(" dan ")[0], 100)
    return ""


def values_of(facts: NoticeFacts, words: Words) -> Values:
    """The values of all gaps by name; of several with one name the first."""
    found: dict[str, str] = {}
    for gap in facts.gaps:
        found = gap_values(gap, words) | found
    return MappingProxyType(found)


def bulleted(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Sentences as items of one list: a semicolon after each, a full stop after the last."""
    last = len(sentences) - 1
    return tuple(f"{each}{'.' if at == last else ';'}" for at, each in enumerate(sentences))


def uncapitalised(title: str) -> str:
    """With a small first letter, unless the first word is a name or an abbreviation."""
    first = title.partition(" ")[0]
    return title[:1].lower() + title[1:] if first[1:].islower() or len(first) == 1 else title
