"""The model as the simulation uses it: the same rule, quick enough to be asked each day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tests.model import Model, Pact, Span, Wish, _Memory, months_after

Matter = tuple[str, str, str, date]
"""Agreement, kind, key and due date: what a notice is about."""


MOST_KEPT = 1000


@dataclass
class ToldModel(Model):
    """Remembers what it has worked out, learns facts without telling, names the line."""

    _urgencies: dict[tuple[str, Span], tuple[date, int, bool]] = field(default_factory=dict)
    _wished: dict[tuple[Wish, Span], list[str]] = field(default_factory=dict)
    _days: dict[tuple[Pact, date], list[tuple[str, str, Span]]] = field(default_factory=dict)

    def learn(self, pacts: Iterable[Pact], now: datetime) -> None:
        """Know from that instant on what the register says, as planning does."""
        for pact in pacts:
            today = self.today(pact, now)
            latest = months_after(today, self.horizon)
            for kind, key, due in self._deadlines(pact, today):
                known = self._memory.get((pact.ref, kind, key))
                if due[0] <= latest and (known is None or known.due != due):
                    self._memory[pact.ref, kind, key] = _Memory(due, today)

    def matters(self, pact: Pact, now: datetime) -> set[Matter]:
        """What is open about an agreement at that instant."""
        if pact.is_over:
            return set()
        return {
            (pact.ref, kind, key, due[0])
            for kind, key, due in self._deadlines(pact, self.today(pact, now))
            if not (kind == "report" and key in pact.handed_in)
        }

    def line(self, bureau: str, role: str, today: date) -> Iterator[Sequence[str]]:
        """Who may be told in that role, place by place, should mails to those before fail."""
        parent = self.parents.get(bureau, "")
        for place in ((bureau, role), (bureau, "head"), (parent, role), (parent, "head")):
            yield self._held(*place, today)
        yield [self.admin]

    def today(self, pact: Pact, now: datetime) -> date:
        """The day at the agreement's bureau."""
        return now.astimezone(ZoneInfo(self.zones[pact.bureau])).date()

    def _deadlines(self, pact: Pact, today: date) -> Iterator[tuple[str, str, Span]]:
        # What is not renewed has the same deadlines all through a year.
        day = today if pact.renew else today.replace(month=1, day=1)
        found = self._days.get((pact, day))
        if found is None:
            if len(self._days) > MOST_KEPT:
                self._days.clear()
            found = self._days[pact, day] = list(super()._deadlines(pact, day))
        return iter(found)

    def _urgency(self, code: str, due: Span) -> tuple[date, int, bool]:
        found = self._urgencies.get((code, due))
        if found is None:
            found = self._urgencies[code, due] = super()._urgency(code, due)
        return found

    def _codes(self, wish: Wish, due: Span) -> list[str]:
        found = self._wished.get((wish, due))
        if found is None:
            found = self._wished[wish, due] = super()._codes(wish, due)
        return found
