"""The words of calendar entries: what a day is, by the deadline's kind, and where it is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalendarWords:
    """One language. Braces mark what is filled in by ``str.format``."""

    summaries: Mapping[str, str]
    """By the deadline's kind; ``renewed`` where the agreement goes on by itself."""
    due: str
    ref: str
    source: str
    """Where the day is from, and how to answer: the entry has no link, since calendars are
    shared."""
    file_name: str
    feed: str
    """The name of a bureau's calendar."""
    own_feed: str
    """The name of a person's."""


_INDONESIAN = CalendarWords(
    summaries={
        "expiry": "Berakhir: {title}",
        "renewed": "Diperpanjang otomatis: {title}",
        "notice_by": "Batas pemberitahuan tertulis kepada mitra: {title}",
        "report": "Batas laporan {topic}: {title}",
        "step": "Batas tahapan {topic}: {title}",
        "follow_up": "Batas tindak lanjut rapat: {topic}",
        "finding": "{topic}: {title}",
    },
    due="Batas waktu: {}",
    ref="Nomor register: {}",
    source=(
        "Dicatat oleh {}. Untuk menanggapi, gunakan tautan pada surat elektronik pemberitahuan."
    ),
    file_name="batas-waktu.ics",
    feed="{service}: {bureau}",
    own_feed="{service}: tugas saya",
)

_ENGLISH = CalendarWords(
    summaries={
        "expiry": "Expires: {title}",
        "renewed": "Renews by itself: {title}",
        "notice_by": "Written notice to the partner due: {title}",
        "report": "Report due for {topic}: {title}",
        "step": "Step due, {topic}: {title}",
        "follow_up": "Follow-up of a meeting due: {topic}",
        "finding": "{topic}: {title}",
    },
    due="Due: {}",
    ref="Reference in the register: {}",
    source="Recorded by {}. To answer, use the link in the reminder mail.",
    file_name="due-date.ics",
    feed="{service}: {bureau}",
    own_feed="{service}: my tasks",
)


def calendar_words(language: str) -> CalendarWords:
    """The words of *language*; Indonesian for any that the service does not speak."""
    return _ENGLISH if language == "en" else _INDONESIAN
