"""An independent model of the due rule: DESIGN.md section 3 by brute force, day by day.

It shares no code with the service and is written to be read against the design, not to be
fast: plain dates, sets and loops. What it does not model: follow-ups, findings, and what a
decision about the end sets going.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
GRACE = timedelta(days=30)
PERIODS = {
    "semester": {"S1": 6, "S2": 12},
    "annual": {"": 12},
    "quarter": {"Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12},
}
REPORT_DUE = {
    "S1": (7, 31), "S2": (1, 31), "": (1, 31),
    "Q1": (4, 30), "Q2": (7, 31), "Q3": (10, 31), "Q4": (1, 31),
}  # fmt: skip

Span = tuple[date, date]
"""The first and the last day that a date can mean."""


@dataclass(frozen=True)
class Way:
    """A step as ``steps.yaml`` has it: lengths as written there, empty where there is none."""

    code: str
    waits: tuple[str, ...] = ()
    limit: str = ""
    stall: str = ""


@dataclass(frozen=True)
class Row:
    """A step as the register has it; partial dates as text, empty where unknown."""

    code: str
    begun: str = ""
    due: str = ""
    done: str = ""


@dataclass(frozen=True)
class Pact:
    """One agreement as the register has it; partial dates as text, empty where unknown."""

    ref: str
    kind: str
    bureau: str
    entered: date
    expires: str = ""
    signed: str = ""
    term: int = 0
    """Months, like the next two; 0 where there is none."""
    renew: int = 0
    notice: int = 0
    cycle: str = "none"
    leads: str = ""
    is_over: bool = False
    handed_in: frozenset[str] = frozenset()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Person:
    """A contact: who holds a role at a bureau from a day to a day."""

    email: str
    bureau: str
    role: str
    since: date = date.min
    until: date = date.max


@dataclass(frozen=True)
class Wish:
    """One rule: which deadlines are told when, to whom, and who gets a copy."""

    deadline: str
    leads: str
    kinds: tuple[str, ...] = ()
    every: int = 0
    until: int = 0
    to: tuple[str, ...] = ("officer",)
    cc: tuple[str, ...] = ()

    def is_about(self, deadline: str, pact: Pact) -> bool:
        return self.deadline == deadline and pact.kind in (self.kinds or [pact.kind])


Told = tuple[str, str, str, date, str, str, str, date]
"""Agreement, kind, key, due date, lead time, recipient, role and day."""


@dataclass
class _Memory:
    due: Span
    known_since: date
    codes: set[str] = field(default_factory=set)


@dataclass
class Model:
    """What has been told so far, and to whom what is told next."""

    wishes: Sequence[Wish]
    people: Sequence[Person]
    zones: dict[str, str]
    """Bureau -> time zone."""
    parents: dict[str, str]
    admin: str
    holidays: set[date]
    horizon: int
    chain: Sequence[Way] = ()
    """The steps of a KSDPL; no other kind has any."""
    dead: dict[str, datetime] = field(default_factory=dict)
    """Addresses that are gone, and since when: nobody at them is told any more."""
    gone_by: datetime | None = None
    """Who is gone by then is not there; None: nobody is."""
    told: list[Told] = field(default_factory=list)
    _memory: dict[tuple[str, str, str], _Memory] = field(default_factory=dict)

    def scan(self, pacts: Sequence[Pact], now: datetime) -> None:
        """Tell what must be told at that instant."""
        for pact in pacts:
            today = now.astimezone(ZoneInfo(self.zones[pact.bureau])).date()
            for kind, key, due in self._deadlines(pact, today):
                self._look_at(pact, kind, key, due, today)

    def _look_at(self, pact: Pact, kind: str, key: str, due: Span, today: date) -> None:
        if due[0] > months_after(today, self.horizon):
            return
        memory = self._memory.get((pact.ref, kind, key))
        if memory is None or memory.due != due:
            memory = self._memory[pact.ref, kind, key] = _Memory(due, today)
        wish = next((wish for wish in self.wishes if wish.is_about(kind, pact)), None)
        # A step that is stuck stays so, unlike a day, which passes.
        is_stuck = kind == "step" and self._is_stuck(pact, key)
        is_stale = due[1] + GRACE < memory.known_since and not is_stuck
        if wish is None or is_stale or pact.is_over or key in pact.handed_in:
            return
        if kind == "step" and not self._is_open(pact, key, today):
            return
        own = pact.leads if kind == "expiry" else ""
        codes = own.split() or self._codes(wish, due)
        reached = [code for code in codes if self._urgency(code, due)[0] <= today]
        if not reached:
            return
        best = max(reached, key=lambda code: self._urgency(code, due))
        urgency = self._urgency(best, due)
        if any(self._urgency(code, due) >= urgency for code in memory.codes):
            return
        memory.codes.add(best)
        for email, role in self._recipients(wish, pact.bureau, today):
            self.told.append((pact.ref, kind, key, due[0], best, email, role, today))

    def _deadlines(self, pact: Pact, today: date) -> Iterator[tuple[str, str, Span]]:
        base: Span | None = None
        if pact.expires:
            base = span(pact.expires)
        elif pact.signed and pact.term:
            base = moved(span(pact.signed), pact.term)
        expiry = base
        times = 0
        while base and expiry and pact.renew and expiry[1] < today:
            times += 1
            expiry = moved(base, pact.renew * times)
        if expiry:
            yield "expiry", "", expiry
        if expiry and pact.notice:
            yield "notice_by", "", moved(expiry, -pact.notice)
        in_force = min(pact.entered, span(pact.signed)[0] if pact.signed else pact.entered)
        for year in range(in_force.year, today.year + 4):
            for period, month in PERIODS.get(pact.cycle, {}).items():
                end = date(year, month, monthrange(year, month)[1])
                due = min(
                    day for day in (date(at, *REPORT_DUE[period]) for at in (year, year + 1))
                    if day > end
                )  # fmt: skip
                is_within = expiry is None or end <= expiry[1]
                if is_within and end >= in_force + GRACE and due + GRACE >= pact.entered:
                    yield "report", f"{year}-{period}".rstrip("-"), (due, due)

        yield from self._steps(pact, today)

    def _steps(self, pact: Pact, today: date) -> Iterator[tuple[str, str, Span]]:
        """The steps that have a day: recorded ones, and those that nobody has begun but could."""
        rows = {row.code: row for row in pact.rows}
        ways = {way.code: way for way in self._chain_of(pact)}
        for code in {*rows, *(ways if rows else ())}:
            row, way = rows.get(code, Row(code)), ways.get(code)
            if row.due:
                yield "step", code, span(row.due)
            elif way is not None and row.begun and (way.limit or way.stall):
                yield "step", code, self._after(span(row.begun), way.limit or way.stall)
            elif way is not None and not row.begun and way.stall:
                before = [rows[other].done for other in way.waits if _is_done(rows, other, today)]
                if not before or len(before) < len(way.waits):
                    continue
                if row.done or self._is_next(pact, code, code in rows, today):
                    days = [span(done) for done in before]
                    start = max(first for first, _ in days), max(last for _, last in days)
                    yield "step", code, self._after(start, way.stall)

    def _is_stuck(self, pact: Pact, code: str) -> bool:
        """Whether only the stall threshold sets the day of a step."""
        row = next((row for row in pact.rows if row.code == code), Row(code))
        way = next((way for way in self._chain_of(pact) if way.code == code), None)
        return not row.due and not (row.begun and way is not None and way.limit)

    def _is_next(self, pact: Pact, code: str, is_recorded: bool, today: date) -> bool:
        """Whether a step that nobody has begun is asked for, all before it being done."""
        later = {code}
        for _ in self.chain:
            later |= {way.code for way in self.chain if later.intersection(way.waits)}
        later.remove(code)
        begun = {row.code for row in pact.rows if row.begun or row.done}
        is_signed = bool(pact.signed) and span(pact.signed)[0] <= today
        return (bool(later) or is_recorded) and not is_signed and not begun & later

    def _is_open(self, pact: Pact, code: str, today: date) -> bool:
        rows = {row.code: row for row in pact.rows}
        waits = next((way.waits for way in self._chain_of(pact) if way.code == code), ())
        return not _is_done(rows, code, today) and all(
            _is_done(rows, other, today) for other in waits
        )

    def _chain_of(self, pact: Pact) -> Sequence[Way]:
        return self.chain if pact.kind == "KSDPL" else ()

    def _after(self, start: Span, length: str) -> Span:
        return self.after(start[0], length), _whole(start, length, self.after(start[1], length))

    def after(self, start: date, length: str) -> date:
        """The day ``45 working days``, ``3 months`` or ``14 days`` after *start*."""
        number, _, unit = length.partition(" ")
        if unit == "working days":
            return self._nominal(f"HK+{number}", (start, start))
        if unit.startswith("month"):
            return months_after(start, int(number))
        return start + timedelta(days=int(number))

    def _codes(self, wish: Wish, due: Span) -> list[str]:
        listed = wish.leads.split()
        last = max(self._nominal(code, due) for code in listed)
        added = [f"H+{days}" for days in range(1, wish.until + 1)
                 if wish.every and days % wish.every == 0]  # fmt: skip
        return listed + [code for code in added if self._nominal(code, due) > last]

    def _nominal(self, code: str, due: Span) -> date:
        days = int(re.sub(r"HK?", "", code) or 0)
        day = due[1] if days > 0 else due[0]
        if not code.startswith("HK"):
            return day + timedelta(days=days)
        for _ in range(abs(days)):
            day += DAY if days > 0 else -DAY
            while self._is_off(day):
                day += DAY if days > 0 else -DAY
        return day

    def _urgency(self, code: str, due: Span) -> tuple[date, int, bool]:
        """The day, then how near to or far past the due date, then H before HK (a free choice)."""
        nominal = day = self._nominal(code, due)
        while self._is_off(day):
            day += DAY if "+" in code else -DAY
        anchor = due[1] if "+" in code else due[0]
        return day, (nominal - anchor).days, not code.startswith("HK")

    def _is_off(self, day: date) -> bool:
        return day.weekday() >= 5 or day in self.holidays

    def _recipients(self, wish: Wish, bureau: str, today: date) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        parent = self.parents.get(bureau, "")
        for role in (*wish.to, *wish.cc):
            places = [(bureau, role), (bureau, "head"), (parent, role), (parent, "head")]
            found = next((held for place in places if (held := self._held(*place, today))), None)
            for email in found or [self.admin]:
                if email not in seen:
                    seen.add(email)
                    yield email, role

    def _held(self, bureau: str, role: str, today: date) -> list[str]:
        return [person.email for person in self.people
                if (person.bureau, person.role) == (bureau, role)
                and person.since <= today <= person.until
                and not self._is_gone(person.email)]  # fmt: skip

    def _is_gone(self, email: str) -> bool:
        since = self.dead.get(email)
        return since is not None and self.gone_by is not None and since <= self.gone_by


def _is_done(rows: dict[str, Row], code: str, today: date) -> bool:
    return code in rows and bool(rows[code].done) and span(rows[code].done)[0] <= today


def _whole(start: Span, length: str, last: date) -> date:
    """Whole months and years stay whole after so many months."""
    if start[0] == start[1] or "month" not in length:
        return last
    return last.replace(day=monthrange(last.year, last.month)[1])


def span(text: str) -> Span:
    """The first and last day of ``2028``, ``2028-02`` or ``2028-02-29``."""
    year, month, day = (int(part) if part else 0 for part in (*text.split("-"), "", "")[:3])
    first = date(year, month or 1, day or 1)
    if day:
        return first, first
    return first, date(year, month or 12, monthrange(year, month or 12)[1])


def months_after(day: date, number: int) -> date:
    """The same day so many months later, or the last of that month."""
    months = day.year * 12 + day.month - 1 + number
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def moved(due: Span, number: int) -> Span:
    """Both ends moved; whole months and years stay whole."""
    first, last = (months_after(day, number) for day in due)
    if due[0] != due[1]:
        last = last.replace(day=monthrange(last.year, last.month)[1])
    return first, last
