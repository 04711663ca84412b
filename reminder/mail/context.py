"""A letter as flat plain data: every name that a template may use, and nothing that acts.

Only texts, numbers, booleans, tuples and read-only mappings go in: a template of the
admin's can then call nothing and reach nothing beyond what a mail may say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from reminder.mail.addressing import address_lines, addressee, footer, notes
from reminder.mail.answers import answer_link, answer_words, main_answer, other_answers
from reminder.mail.findings_list import findings_of
from reminder.mail.languages import words_for
from reminder.mail.letters import ESCALATION, FINDINGS, Letter, NoticeFacts
from reminder.mail.list_lines import asks
from reminder.mail.matters import NO_MATTER, Plain, matter_of, safe_link
from reminder.mail.plain_text import clean
from reminder.mail.receipt_names import RECEIPT_NAMES, receipt_names
from reminder.mail.summaries import SUMMARY_NAMES, summary_names
from reminder.mail.summary_sections import more_words
from reminder.mail.timing import ACCENTS, urgency_of
from reminder.mail.wording import clock_time, counted, listed, long_day
from reminder.mail.words import Words
from reminder.summaries import GROUPS, WEEK_DAYS, WeeklySummary, group_of

_LISTS = ("digest", "plain", "weekly")
"""Templates that list their matters, also a single one."""

SENTENCES = ("preheader", "opening", "action", "button", "after")
"""Blocks of ``sentences.txt.j2``, and the names under which both parts have them; empty where
a template has no such file."""
LETTER_NAMES = (
    "language", "service_name", "subject", "today", "system_ref", "address", "you", "notes",
    "is_copy", "catch_up", "count", "count_words", "breakdown", "groups", "findings", "alarms",
    "button_link", "answers", "answer_to", "can_answer", "unsubscribe", "footer", "words",
    *SUMMARY_NAMES, *RECEIPT_NAMES,
)  # fmt: skip
NAMES = frozenset(LETTER_NAMES) | frozenset(SENTENCES) | NO_MATTER.keys()
"""Every name that a template may use."""


def letter_context(letter: Letter, *, as_list: bool = False) -> dict[str, Plain]:
    """The data for rendering *letter*. *as_list*: its notices as a list, also a single one."""
    words = words_for(letter.language)
    totals = _totals(letter)
    groups: tuple[Plain, ...] = ()
    findings: tuple[Plain, ...] = ()
    many = as_list or letter.template in _LISTS or len(letter.notices) != 1
    if letter.template == FINDINGS and letter.notices and not as_list:
        matter, findings = findings_of(letter, words)
    elif many:
        matter, groups = dict(NO_MATTER), _groups(letter, totals, words)
    else:
        matter = matter_of(letter.notices[0], letter.today, words)
    if letter.template == ESCALATION:
        matter["points"] = matter["told"]
    you = addressee(letter, words)
    count = sum(totals.values()) or len(letter.alarms)
    is_copy = letter.copy or any(notice.copy for notice in letter.notices)
    if (many or findings) and letter.notices:
        most = min((urgency_of(n, letter.today) for n in letter.notices), key=list(ACCENTS).index)
        matter |= {"urgency": most, "accent": ACCENTS[most]}
    return {
        **dict.fromkeys(SENTENCES, ""),
        **matter,
        "language": words.language,
        "service_name": clean(letter.service_name, 120),
        "subject": "",
        "today": long_day(letter.today, words.language),
        "system_ref": system_ref(letter),
        "address": address_lines(letter, words),
        "you": words.owner if is_copy else you,
        "notes": notes(letter, words, you, is_copy=is_copy),
        "is_copy": is_copy,
        "catch_up": letter.catch_up,
        "count": count,
        "count_words": counted(words.matters, count),
        "breakdown": _breakdown(totals, words),
        "groups": groups,
        "findings": findings,
        "alarms": _alarms(letter, words),
        **_answers(letter, str(matter["link"]), you, words, is_copy=is_copy),
        "unsubscribe": safe_link(letter.unsubscribe),
        "footer": footer(letter, words, system_ref(letter), is_copy=is_copy),
        "words": _frame_words(words, you, is_copy=is_copy),
        **summary_names(letter, words),
        **receipt_names(letter, matter, words),
    }


def system_ref(letter: Letter) -> str:
    """The reference that a reader can quote and an admin can look up in ``log``."""
    mark = clean(letter.message_id).lstrip("<")[:8].upper()
    return f"KSD-{mark or 'PREVIEW'}"


def _frame_words(words: Words, you: str, *, is_copy: bool) -> MappingProxyType[str, Plain]:
    return MappingProxyType(
        {
            "regarding": words.regarding,
            "greeting": words.greeting,
            "closing": words.closing.format(you=you),
            "request": words.request_of_owner if is_copy else words.request,
            "facts": words.facts,
            "see": words.see,
            "confirm": words.confirm,
            "answers": words.answers,
            "unsubscribe": words.unsubscribe,
            "unsubscribe_why": words.unsubscribe_why.format(you=you),
        }
    )


def _answers(
    letter: Letter, link: str, you: str, words: Words, *, is_copy: bool
) -> dict[str, Plain]:
    """What can be answered and where, or whom to answer where no page takes it.

    *link* is that of the one matter; empty where there are several, each with a link of its own.
    """
    can_answer = letter.can_answer and not is_copy
    can_answer = can_answer and any(safe_link(notice.link) for notice in letter.notices)
    found: dict[str, Plain] = {"can_answer": can_answer, "button_link": link, "answers": ()}
    if can_answer:
        found["answer_to"] = words.personal_link.format(you=you)
    else:
        asked = letter.contact and letter.notices
        found["answer_to"] = words.answer_to.format(clean(letter.contact, 320)) if asked else ""
    if can_answer and link:
        facts = letter.notices[0]
        found["button_link"] = answer_link(link, main_answer(facts))
        found["answers"] = tuple(
            MappingProxyType[str, Plain](
                {"text": answer_words(other, facts, words), "link": answer_link(link, other)}
            )
            for other in other_answers(facts, letter.today)
        )
    return found


def _grouped(letter: Letter) -> dict[str, list[int]]:
    """Indexes of the notices by group, in each the most urgent first."""
    grouped: dict[str, list[int]] = {name: [] for name in GROUPS}
    for index, notice in enumerate(letter.notices):
        # A step that stalls is not late: nobody has set a limit for it.
        is_stuck = notice.stalled_since is not None and letter.summary is None
        kind = "finding" if is_stuck else notice.deadline
        group = group_of(kind, notice.due.first, notice.due.last, letter.today)
        grouped[group].append(index)
    for members in grouped.values():
        members.sort(key=lambda index: (letter.notices[index].due.last, index))
    return grouped


def _totals(letter: Letter) -> dict[str, int]:
    """How many matters there are in each group, also where not all of them are listed."""
    if isinstance(letter.summary, WeeklySummary):
        return dict(letter.summary.totals)
    return {name: len(members) for name, members in _grouped(letter).items() if members}


def _groups(letter: Letter, totals: Mapping[str, int], words: Words) -> tuple[Plain, ...]:
    week_ends = long_day(letter.today + timedelta(days=WEEK_DAYS), words.language)
    grouped = _grouped(letter)
    return tuple(
        MappingProxyType[str, Plain](
            {
                "heading": words.groups[name].format(week_ends),
                "size": size,
                "matters": tuple(
                    _listed_matter(letter.notices[index], letter, words) for index in grouped[name]
                ),
                "more": more_words(size - len(grouped[name]), words),
            }
        )
        for name, size in totals.items()
    )


def _listed_matter(notice: NoticeFacts, letter: Letter, words: Words) -> Plain:
    matter = matter_of(notice, letter.today, words)
    return MappingProxyType(matter | {"asks": asks(notice, matter, words)})


def _breakdown(totals: Mapping[str, int], words: Words) -> str:
    """``1 terlambat, 2 dalam sepekan, dan 2 mendatang``"""
    return listed([counted(words.counts[name], size) for name, size in totals.items()], words)


def _alarms(letter: Letter, words: Words) -> tuple[Plain, ...]:
    return tuple(
        MappingProxyType[str, Plain](
            {
                "what": clean(alarm.what),
                "rows": tuple(
                    (words.labels[label], value)
                    for label, value in (
                        ("where", clean(alarm.where)),
                        ("todo", clean(alarm.todo)),
                        ("at", clock_time(alarm.at, letter.timezone, words) if alarm.at else ""),
                    )
                    if value
                ),
            }
        )
        for alarm in letter.alarms
    )
