"""Texts of the config files as values; each ValueError says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta

from reminder.calendars import FIRST_YEAR, LAST_YEAR, Span
from reminder.policy.model import RateLimit
from reminder.policy.names import shown

USUAL_COUNTRY = "ID"

_DURATION = re.compile(r"(\d{1,6}) *(second|minute|hour|day)s?", re.ASCII)
_RATE = re.compile(r"(\d{1,6}) per (minute|hour|day)", re.ASCII)
_CRON = re.compile(r"[\d*/,A-Za-z-]+( +[\d*/,A-Za-z?#-]+){4,6}", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_DOMAIN = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]",
    re.ASCII | re.IGNORECASE,
)


def parse_text(text: str) -> str:
    """Any text, also an empty one."""
    return text


def parse_words(text: str) -> str:
    """A text that says something."""
    if not text:
        raise ValueError("is empty; write a text")
    return text


def parse_name(text: str) -> str:
    """A name made of letters, digits, ``-`` and ``_``, safe in a path and in a record."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a name; write letters, digits, - and _, at most 64")
    return text


def parse_yes(text: str) -> bool:
    """``yes`` or ``no``."""
    if text.lower() in ("yes", "true", "on"):
        return True
    if text.lower() in ("no", "false", "off"):
        return False
    raise ValueError(f"{shown(text)} is neither yes nor no; write yes or no")


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from *low* to *high*."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(
                f"{shown(text)} is not such a number; write a whole number from {low} to {high}"
            )
        return int(text)

    return parse


def parse_factor(text: str) -> float:
    """A number of at least 1, with or without a decimal point."""
    if not re.fullmatch(r"\d{1,4}(\.\d{1,3})?", text, re.ASCII) or float(text) < 1:
        raise ValueError(f"{shown(text)} is not such a number; write for example 3 or 2.5")
    return float(text)


def parse_duration(text: str) -> timedelta:
    """``5 minutes``, ``1 hour``: at least a minute and at most a day."""
    match = _DURATION.fullmatch(text)
    if match is None:
        if _CRON.fullmatch(text):
            raise ValueError(
                f"{shown(text)} is a cron expression, which is not read here; "
                'write how often, for example "5 minutes" (send_window says at what hours)'
            )
        raise ValueError(f'{shown(text)} is not a length of time; write for example "5 minutes"')
    length = timedelta(**{f"{match[2]}s": int(match[1])})
    if not timedelta(minutes=1) <= length <= timedelta(days=1):
        raise ValueError(f'{shown(text)} is too short or too long; write "1 minute" to "1 day"')
    return length


def parse_days(text: str) -> int:
    """``30 days``, ``2 weeks``: a number of days that does not depend on the month."""
    span = Span.parse(text)
    if span.months:
        raise ValueError(f'{shown(text)} differs from month to month; write days, like "30 days"')
    return span.days


def span_up_to(most: Span) -> Callable[[str], Span]:
    """A reader of calendar lengths that are not longer than *most*."""

    def parse(text: str) -> Span:
        span = Span.parse(text)
        anchor = date(2001, 1, 1)
        if span.after(anchor) > most.after(anchor):
            raise ValueError(f"{shown(text)} is too long; write at most {most}")
        return span

    return parse


def parse_rate(text: str) -> RateLimit | None:
    """``6 per day``, or ``none``."""
    if text == "none":
        return None
    match = _RATE.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise ValueError(f'{shown(text)} is not a limit; write for example "6 per day", or none')
    return RateLimit(int(match[1]), timedelta(**{f"{match[2]}s": 1}))


def parse_clock_time(text: str) -> time:
    """``08:00``, on the 24-hour clock."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(
            f'{shown(text)} is not a time of day; write hours and minutes, like "08:00"'
        )
    return time(int(match[1]), int(match[2]))


def parse_month_day(text: str) -> tuple[int, int]:
    """``07-31``: a day that exists in every year."""
    match = _MONTH_DAY.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        date(2001, int(match[1]), int(match[2]))  # not a leap year: 02-29 is refused
    except ValueError:
        raise ValueError(
            f'{shown(text)} is not a day of every year; write month and day, like "07-31"'
        ) from None
    return int(match[1]), int(match[2])


def parse_day(text: str) -> date:
    """``2026-05-31``."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{shown(text)} is not a day; write year, month and day, like 2026-05-31"
        ) from None


def parse_year(text: str) -> int:
    """``2026``."""
    if not re.fullmatch(r"\d{4}", text, re.ASCII) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        raise ValueError(f"{shown(text)} is not a year; write one from {FIRST_YEAR} to {LAST_YEAR}")
    return int(text)


def parse_address(text: str) -> str:
    """One mail address, without a name before it."""
    from email_validator import EmailNotValidError, validate_email

    try:
        # As in the register: .test is a name for trials, which no public server can have.
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        reason = str(error).rstrip(".").replace("; ", ", ")
        raise ValueError(
            f"{shown(text)} is not a mail address ({reason}); "
            "write one address, like admin@biro.example.go.id"
        ) from None


def parse_optional_address(text: str) -> str:
    """One mail address, or nothing."""
    return parse_address(text) if text else ""


def parse_optional_domain(text: str) -> str:
    """A domain, or nothing."""
    if text and not _DOMAIN.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a domain; write one like biro.example.go.id")
    return text.lower()


def parse_calendar(text: str) -> bool:
    """``attach`` or ``none``: whether mails bring their date along for a calendar."""
    if text not in ("attach", "none"):
        raise ValueError(f"{shown(text)} is neither attach nor none; write one of the two")
    return text == "attach"


def parse_country(text: str) -> str:
    """A two-letter country code that the holidays library knows."""
    if text == USUAL_COUNTRY:  # importing the library costs 70 ms
        return text
    import holidays

    if text not in holidays.list_supported_countries(include_aliases=False):
        raise ValueError(
            f"{shown(text)} is not a country whose holidays are known; "
            "write its two-letter code in capitals, for example ID"
        )
    return text
