"""The languages that mails and pages are written in."""

from __future__ import annotations

from reminder.mail.words import Words
from reminder.mail.words_en import ENGLISH
from reminder.mail.words_id import INDONESIAN


def words_for(language: str) -> Words:
    """The words of *language*; Indonesian for any that the service does not speak."""
    return ENGLISH if language == "en" else INDONESIAN
