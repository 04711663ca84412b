"""The lead times of a rule, and those that ``repeat`` adds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reminder.calendars import Span
from reminder.lead_times import LeadTime, Repeat, Schedule
from reminder.policy.items import Fields, Item
from reminder.policy.names import shown
from reminder.policy.values import parse_days

MOST_LEAD_TIMES = 100
MOST_REPEATS = 400


def read_schedule(fields: Fields, horizon: Span) -> Schedule:
    """``lead_times`` and ``repeat``; none may lie before the deadline exists."""
    item = fields.get("lead_times")
    if item is not None and (item.length or 0) > MOST_LEAD_TIMES:
        item.report(f"has {item.length} lead times", f"write at most {MOST_LEAD_TIMES}")
        return Schedule(())
    pairs = fields.pairs(
        "lead_times", LeadTime.parse, "write at least one lead time, for example [H-30, H-7]"
    )
    for one, lead in pairs:
        if _reach(lead) > _days_at_least(horizon):
            one.report(
                f'"{lead.code}" is before a deadline is known: they exist {horizon} ahead',
                "write a later one, or a longer horizon in reminder.yaml",
            )
    lead_times = tuple(lead for _, lead in pairs)
    return Schedule(lead_times, _repeat(fields.get("repeat"), lead_times))


def _reach(lead: LeadTime) -> int:
    """How many days before the due date it can be, at least."""
    days = -lead.days
    return days * 7 // 5 if lead.working_days else days


def _days_at_least(span: Span) -> int:
    """The fewest days that *span* can be."""
    return min(
        (span.after(date(2001, month, 1)) - date(2001, month, 1)).days for month in range(1, 13)
    )


def _repeat(item: Item | None, lead_times: Sequence[LeadTime]) -> Repeat | None:
    if item is None:
        return None
    fields = item.fields(("every", "until"), ("every", "until"))
    every = fields.one("every", _parse_every, 0)
    until = fields.one("until", _parse_until, None)
    if not every or until is None:
        return None
    repeat = Repeat(every, until)
    added = len(Schedule(tuple(lead_times), repeat).all()) - len(lead_times)
    if added == 0 and lead_times:
        (fields.get("until") or item).report(
            f"adds nothing: no {every} days end between the last lead time and {until.code}",
            "write a later until, or remove repeat",
        )
    elif added > MOST_REPEATS:
        item.report(f"adds {added} lead times", f"write a longer every: at most {MOST_REPEATS}")
    return repeat


def _parse_every(text: str) -> int:
    try:
        return parse_days(text)
    except ValueError:
        raise ValueError(
            f'{shown(text)} is not a number of days; write at least one day, like "30 days"'
        ) from None


def _parse_until(text: str) -> LeadTime:
    lead = LeadTime.parse(text)
    if not lead.is_after or lead.working_days:
        raise ValueError(
            f'{shown(text)} is not after the due date; write H, + and a number, like "H+180"'
        )
    return lead
