"""Which words a page is written with, by language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reminder.web.answer_words_en import ENGLISH
from reminder.web.answer_words_id import INDONESIAN

if TYPE_CHECKING:
    from reminder.web.answer_words import AnswerWords


def answer_words(language: str) -> AnswerWords:
    """The words of *language*; Indonesian for any that the service does not speak."""
    return ENGLISH if language == "en" else INDONESIAN
