"""The register: agreements, contacts and rules of one seed, and how people edit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reminder.calendars import WorkCalendar
from reminder.rules import Rule
from tests.factories import make_bureau, make_report
from tests.model import PERIODS, Pact, Person, Wish, months_after, span
from tests.simulation.facts import agreement_of, contact_of, rule_of
from tests.stored import Fact

if TYPE_CHECKING:
    from random import Random

ZONES = {
    "B-00": "Asia/Jakarta",
    "B-01": "Asia/Jakarta",
    "B-02": "Asia/Jayapura",
    "B-03": "Asia/Makassar",
}
PARENTS = {"B-01": "B-00", "B-02": "B-00", "B-03": "B-00"}
BUREAUS = sorted(PARENTS)
MONTH_ENDS = ("01-31", "02-28", "03-31", "04-30", "08-31", "12-31", "01-01")
CODES = (
    *("H-90", "H-60", "H-30", "H-14", "H-7", "H-3", "H-1", "H", "H+1", "H+7", "H+31"),
    *("HK-20", "HK-5", "HK-1", "HK+2"),
)


@dataclass
class Register:
    """What the register says today. Each edit returns the facts that it writes."""

    rng: Random
    begins: date
    ends: date
    pacts: dict[str, Pact] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    wishes: tuple[Wish, ...] = ()
    holidays: frozenset[date] = frozenset()

    def fill(self, agreements: int, *, with_holds: bool) -> tuple[Rule, ...]:
        """Make all that is there on the first day; returns the rules."""
        for number in range(agreements):
            ref = f"A-{number:03}"
            self.pacts[ref] = self._pact(ref, self.begins - timedelta(days=200))
        self.people = [self._person(place, number) for number, place in enumerate(_PLACES)]
        starts = [self._day(self.begins, self.ends) for _ in range(20)]
        self.holidays = frozenset(
            start + timedelta(days=number)
            for start in starts
            for number in range(self.rng.choice((1, 1, 2, 5)))
        )
        self.wishes = tuple(self._wish(*about) for about in _ABOUT)
        return tuple(
            rule_of(number, wish, with_holds and self.rng.random() < 0.5)
            for number, wish in enumerate(self.wishes)
        )

    @property
    def calendar(self) -> WorkCalendar:
        """Working days, as production has them."""
        return WorkCalendar(dict.fromkeys(sorted(self.holidays), "libur"))

    def everything(self) -> list[Fact]:
        """All facts of the first day."""
        bureaus: list[Fact] = [
            make_bureau(code, timezone=zone, parent=PARENTS.get(code))
            for code, zone in ZONES.items()
        ]
        return [*bureaus, *map(contact_of, self.people), *map(agreement_of, self.pacts.values())]

    def some_addresses(self, number: int) -> frozenset[str]:
        """Addresses of contacts, chosen at random."""
        return frozenset(person.email for person in self.rng.sample(self.people, number))

    def edit(self, today: date, ref: str = "") -> tuple[Sequence[Fact], str]:
        """One change, as people make them, or one of the agreement *ref*.

        Returns the facts to write, and the agreement, if it is about one.
        """
        kinds = (
            *([self._extend] * 4), *([self._hand_in] * 6), *([self._enter] * 2),
            self._correct, self._terminate, self._renew, self._change_kind,
        )  # fmt: skip
        if not ref and self.rng.random() < 0.1:
            return self._change_people(today), ""
        pact = self._change(self.pacts[ref], today) if ref else self.rng.choice(kinds)(today)
        if pact is None:
            return (), ""
        self.pacts[pact.ref] = pact
        reports = [
            make_report(period, agreement=pact.ref, submitted_on=today, evidence="surat")
            for period in sorted(pact.handed_in)
        ]
        return [agreement_of(pact), *reports], pact.ref

    # --- edits of an agreement

    def _extend(self, today: date) -> Pact | None:
        """The end comes later, mostly of one that ends soon."""
        pacts = [pact for pact in self._open() if pact.expires]
        soon = [p for p in pacts if abs((span(p.expires)[0] - today).days) < 120] or pacts
        if not soon:
            return None
        pact = self.rng.choice(soon)
        later = months_after(span(pact.expires)[1], self.rng.choice((1, 6, 12, 36)))
        return replace(pact, expires=later.isoformat())

    def _correct(self, today: date) -> Pact | None:
        """The end was written wrong, by days; sometimes only the month is known now."""
        pacts = [pact for pact in self._open() if pact.expires and span(pact.expires)[0] > today]
        if not pacts:
            return None
        pact = self.rng.choice(pacts)
        other = span(pact.expires)[0] + timedelta(days=self.rng.randint(-20, 20))
        return replace(pact, expires=other.isoformat()[: self.rng.choice((10, 10, 7))])

    def _terminate(self, _today: date) -> Pact | None:
        pacts = self._open()
        return replace(self.rng.choice(pacts), is_over=True) if len(pacts) > 10 else None

    def _renew(self, _today: date) -> Pact | None:
        pacts = self._open()
        return replace(self.rng.choice(pacts), renew=12) if pacts else None

    def _change_kind(self, _today: date) -> Pact | None:
        pacts = self._open()
        return replace(self.rng.choice(pacts), kind="KSDD") if pacts else None

    def _hand_in(self, today: date) -> Pact | None:
        """A report of last year or this one."""
        pacts = [pact for pact in self._open() if pact.cycle != "none"]
        if not pacts:
            return None
        pact = self.rng.choice(pacts)
        year = today.year - self.rng.choice((0, 0, 1))
        period = self.rng.choice(sorted(PERIODS[pact.cycle]))
        return replace(pact, handed_in=pact.handed_in | {f"{year}-{period}".rstrip("-")})

    def _enter(self, today: date) -> Pact:
        return self._pact(f"N-{len(self.pacts):03}", today)

    def _change(self, pact: Pact, today: date) -> Pact:
        """Whatever it was that was due is over, or due at another time."""
        periods = sorted(PERIODS.get(pact.cycle, ()))
        years = (today.year - 1, today.year)
        handed_in = {f"{year}-{period}".rstrip("-") for year in years for period in periods}
        later = months_after(today, self.rng.choice((3, 12)))
        choices = [replace(pact, is_over=True), replace(pact, handed_in=pact.handed_in | handed_in)]
        if pact.expires:
            choices += [replace(pact, expires=later.isoformat())] * 2
        return self.rng.choice(choices)

    def _open(self) -> list[Pact]:
        return [pact for pact in self.pacts.values() if not pact.is_over]

    # --- edits of contacts

    def _change_people(self, today: date) -> Sequence[Fact]:
        """Somebody leaves, and sometimes somebody comes."""
        here = [person for person in self.people if person.since <= today <= person.until]
        changed: list[Person] = []
        if len(here) > 3:
            gone = self.rng.choice(here)
            left = replace(gone, until=today + timedelta(days=self.rng.randint(-1, 20)))
            self.people[self.people.index(gone)] = left
            changed.append(left)
        if self.rng.random() < 0.8:
            place = self.rng.choice(_PLACES)
            since = today + timedelta(days=self.rng.randint(0, 30))
            changed.append(replace(self._person(place, len(self.people)), since=since))
            self.people.append(changed[-1])
        return [contact_of(person) for person in changed]

    # --- what is random

    def _pact(self, ref: str, entered: date) -> Pact:
        rng = self.rng
        by_term = rng.random() < 0.5
        return Pact(
            ref=ref,
            kind=rng.choice(("KSDPL", "KSDD")),
            bureau=rng.choice(BUREAUS),
            entered=entered,
            expires="" if by_term else self._written(entered.year, entered.year + 3),
            signed=self._written(entered.year - 4, entered.year),
            term=rng.choice((1, 6, 12, 13, 48, 60)) if by_term else 0,
            renew=rng.choice((0, 0, 0, 1, 12)),
            notice=rng.choice((0, 0, 1, 3, 6)),
            cycle=rng.choice((*["none"] * 4, "semester", "annual", "quarter")),
            leads=rng.choice(("", "", self._leads())),
        )

    def _written(self, first_year: int, last_year: int) -> str:
        year = self.rng.randint(first_year, last_year)
        day = self._day(date(year, 1, 1), date(year, 12, 31)).isoformat()
        if self.rng.random() < 0.5:
            day = f"{year}-{self.rng.choice(MONTH_ENDS)}"
        return day[: self.rng.choice((10, 10, 10, 10, 7, 4))]

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.rng.randint(0, (last - first).days))

    def _leads(self) -> str:
        return " ".join(self.rng.sample(CODES, self.rng.randint(1, 2)))

    def _person(self, place: tuple[str, str], number: int) -> Person:
        bureau, role = place
        return Person(f"p{number}@example.go.id", bureau, role, date(2020, 1, 1))

    def _wish(self, deadline: str, kinds: tuple[str, ...]) -> Wish:
        every = self.rng.choice((0, 0, 0, 30))
        cc = self.rng.choice(((), (), ("head",), ("secretary", "head")))
        return Wish(deadline, self._leads(), kinds, every, every and 95, cc=cc)


_PLACES = (
    ("B-01", "officer"), ("B-01", "head"), ("B-02", "officer"), ("B-02", "officer"),
    ("B-03", "officer"), ("B-03", "secretary"), ("B-00", "officer"), ("B-00", "head"),
)  # fmt: skip
_ABOUT = (("expiry", ("KSDPL",)), ("expiry", ()), ("notice_by", ()), ("report", ()))
