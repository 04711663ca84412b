"""A gap in words: its values by the rules of ``gap_words``, put into its sentence."""

from __future__ import annotations

from reminder.calendars import PartialDate
from reminder.deadlines import Gap
from reminder.mail.gap_words import GAPS
from reminder.mail.plain_text import clean
from reminder.mail.record_words import ACTIVITIES, CHECKS, DOCUMENTS, in_words
from reminder.mail.wording import partial_day
from reminder.mail.words import Words

_MOST = 300
_CODES = {"activity": ACTIVITIES, "document": DOCUMENTS, "check": CHECKS}


def gap_sentence(gap: Gap, words: Words) -> str:
    """What is wrong, beginning with a small letter and without a full stop.

    A gap that has no sentence, or lacks a value that its sentence needs, is said in English, as
    ``why`` says it: better than a finding that does not tell what was found.
    """
    sentence = GAPS[words.language].get(gap.code)
    try:
        return clean(sentence.format_map(gap_values(gap, words)) if sentence else gap.text)
    except (KeyError, ValueError):
        return clean(gap.text)


def gap_values(gap: Gap, words: Words) -> dict[str, str]:
    """The gap's values in the reader's words, by name."""
    return {name: _value(name, value, words) for name, value in gap.values}


def _value(name: str, value: str, words: Words) -> str:
    if name.endswith("_on"):
        try:
            day = PartialDate.parse(value)
        except ValueError:
            return clean(value, _MOST)
        written = partial_day(day, words)
        return written if day.is_full else words.some_day.format(written)
    if name in _CODES:
        return in_words(_CODES[name], value, words.language)
    # A text of the register may be a sentence; within another one it has no full stop.
    return clean(value, _MOST).rstrip(" .")
