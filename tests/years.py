"""Random years: facts that change, rules, people and days off, for the scan and for its model.

The year scanned is 2028, which has a 29 February.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from tests.model import Model, Pact, Person, Row, Way, Wish
from tests.stored import ADMIN, at

FIRST, LAST = date(2028, 1, 1), date(2028, 12, 31)
ZONES = {"B-01": "Asia/Jakarta", "B-02": "Asia/Jayapura", "B-00": "Asia/Jakarta"}
PARENTS = {"B-01": "B-00", "B-02": "B-00"}


@dataclass(frozen=True)
class Year:
    """Everything that decides what is told: facts and their changes, rules, people, days off."""

    before: tuple[Pact, ...]
    changes: tuple[tuple[date, Pact], ...]
    wishes: tuple[Wish, ...]
    people: tuple[Person, ...]
    holidays: frozenset[date]
    horizon: int
    clock: str
    """When the scans run, in Jakarta; at 23:30 it is tomorrow in Jayapura."""

    def model(self) -> Model:
        return Model(
            self.wishes, self.people, ZONES, PARENTS, ADMIN, set(self.holidays), self.horizon, CHAIN
        )

    def facts_on(self, day: date) -> dict[str, Pact]:
        facts = {pact.ref: pact for pact in self.before}
        facts.update({pact.ref: pact for since, pact in self.changes if since <= day})
        return facts

    def instants(self, days: Sequence[date]) -> list[tuple[date, datetime]]:
        return [(day, at(day.isoformat(), self.clock)) for day in days]


CHAIN = (
    Way("prakarsa", stall="1 month"),
    Way("dprd", ("prakarsa",), "10 working days", "14 days"),
    Way("perbaikan", ("dprd",), stall="1 month"),
    Way("naskah", ("dprd",), stall="2 months"),
    Way("kuasa", ("dprd",), "1 month"),
    Way("tanda_tangan", ("naskah", "kuasa"), stall="14 days"),
    Way("laporan", ("tanda_tangan",), stall="1 month"),
)
"""Of every sort: with a limit, a threshold, both; one that may be left out, two side by side."""

# --- random years

DAYS = st.one_of(
    st.sampled_from(["01-31", "02-28", "02-29", "03-31", "04-30", "08-31", "12-31", "01-01"]),
    st.dates(date(2028, 1, 1), date(2028, 12, 31)).map(lambda day: f"{day:%m-%d}"),
)


def some_day(first_year: int, last_year: int) -> st.SearchStrategy[str]:
    """A day, more often than not at a month's end; sometimes only a month or a year."""

    def written(year: int, day: str, length: int) -> str:
        full = f"{year}-{day}"
        if day == "02-29" and year % 4:
            full = f"{year}-02-28"
        return full[:length]

    return st.builds(
        written, st.integers(first_year, last_year), DAYS, st.sampled_from([10, 10, 10, 10, 7, 4])
    )


@st.composite
def rows(draw: st.DrawFn) -> tuple[Row, ...]:
    """Steps done one after another as far as it goes, most of them recorded, and some to come."""
    days = sorted(draw(st.lists(st.dates(date(2027, 9, 1), LAST), min_size=7, max_size=7)))
    reached = draw(st.integers(0, len(CHAIN)))
    found = []
    for number, (way, day) in enumerate(zip(CHAIN, days, strict=True)):
        written = day.isoformat()[: draw(st.sampled_from([10, 10, 10, 7]))]
        if number < reached and draw(st.sampled_from([True, True, True, False])):
            found.append(Row(way.code, draw(st.sampled_from(["", "", written])), "", written))
        elif draw(st.sampled_from([True, False, False, False])):
            days_of = {draw(st.sampled_from(["begun", "due", "nothing"])): written}
            found.append(Row(way.code, days_of.get("begun", ""), days_of.get("due", "")))
    return tuple(found)


def with_rows(pact: Pact, more: Sequence[Row]) -> Pact:
    """The same with what was recorded since: rows are changed and added, never taken away."""
    known = {row.code: row for row in (*pact.rows, *more)}
    return replace(pact, rows=tuple(known.values()))


@st.composite
def pacts(draw: st.DrawFn, ref: str) -> Pact:
    by_term = draw(st.booleans())
    recorded = draw(st.one_of(st.just(()), rows()))
    is_on_its_way = bool(recorded) and draw(st.sampled_from([True, True, False]))
    return Pact(
        ref=ref,
        kind="KSDPL" if is_on_its_way else draw(st.sampled_from(["KSDPL", "KSDD"])),
        bureau=draw(st.sampled_from(["B-01", "B-02"])),
        entered=date(2027, 6, 1),
        expires="" if by_term else draw(st.one_of(st.just(""), some_day(2027, 2029))),
        signed="" if is_on_its_way else draw(some_day(2023, 2027)),
        term=draw(st.sampled_from([1, 6, 12, 13, 48, 60])) if by_term else 0,
        renew=draw(st.sampled_from([0, 0, 0, 1, 1, 12])),
        notice=draw(st.sampled_from([0, 0, 1, 3, 6])),
        cycle=draw(st.sampled_from(["none", "none", "semester", "annual", "quarter"])),
        leads=draw(st.one_of(st.just(""), LEADS)),
        rows=recorded,
    )


CODES = [
    *("H-90", "H-60", "H-45", "H-31", "H-30", "H-14", "H-7", "H-3", "H-2", "H-1", "H"),
    *("H+1", "H+2", "H+7", "H+31", "HK-20", "HK-5", "HK-2", "HK-1", "HK+1", "HK+2", "HK+25"),
]
LEADS = st.lists(st.sampled_from(CODES), min_size=1, max_size=6, unique=True).map(" ".join)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Wish, ...]:
    made = []
    for deadline, kinds in (
        ("expiry", ("KSDPL",)),
        ("expiry", ()),
        ("notice_by", ()),
        ("report", ()),
        ("step", ()),
    ):
        every = draw(st.sampled_from([0, 7, 30]))
        cc = draw(st.sampled_from([(), ("head",), ("secretary", "head")]))
        made.append(Wish(deadline, draw(LEADS), kinds, every, every and 95, cc=cc))
    return tuple(made)


@st.composite
def people(draw: st.DrawFn) -> tuple[Person, ...]:
    found = {}
    for number in range(draw(st.integers(0, 8))):
        since = draw(st.dates(date(2027, 6, 1), date(2028, 12, 31)))
        person = Person(
            f"p{draw(st.integers(1, 3))}@example.go.id",
            draw(st.sampled_from(["B-01", "B-02", "B-00"])),
            draw(st.sampled_from(["officer", "officer", "head", "secretary"])),
            since if number % 2 else date(2027, 1, 1),
            since + timedelta(days=draw(st.integers(0, 400))),
        )
        found[person.email, person.bureau, person.role] = person
    return tuple(found.values())


@st.composite
def years(draw: st.DrawFn) -> Year:
    before = tuple(draw(pacts(f"A-{number}")) for number in range(draw(st.integers(6, 10))))
    changes: list[tuple[date, Pact]] = []
    for pact in draw(st.lists(st.sampled_from(before), max_size=3, unique=True)):
        day = draw(st.dates(date(2028, 1, 2), date(2028, 12, 1)))
        new = draw(
            st.sampled_from(
                [
                    replace(pact, expires=draw(some_day(2028, 2031))),
                    replace(pact, is_over=True),
                    replace(pact, renew=12),
                    replace(pact, kind="KSDD"),
                    replace(pact, handed_in=frozenset({"2027-S2", "2028-S1", "2027", "2028-Q1"})),
                    with_rows(pact, draw(rows())),
                    with_rows(pact, draw(rows())),
                    replace(pact, signed=draw(some_day(2028, 2028))),
                ]
            )
        )
        changes.append((day, new))
    for number in range(draw(st.integers(0, 2))):
        day = draw(st.dates(date(2028, 1, 2), date(2028, 12, 1)))
        changes.append((day, replace(draw(pacts(f"N-{number}")), entered=day)))
    starts = draw(st.lists(st.dates(date(2027, 10, 1), date(2029, 3, 1)), max_size=12))
    holidays = {
        start + timedelta(days=number) for start in starts for number in range(start.day % 4 + 1)
    }
    return Year(
        before=before,
        changes=tuple(changes),
        wishes=draw(wishes()),
        people=draw(people()),
        holidays=frozenset(holidays),
        horizon=draw(st.sampled_from([4, 24])),
        clock=draw(st.sampled_from(["09:00", "23:30", "00:30"])),
    )


def days_with_gaps(gaps: Sequence[int]) -> list[date]:
    """From the first day on, each so many days after the one before; the last day too."""
    days = [FIRST]
    for gap in gaps:
        if days[-1] + timedelta(days=gap) >= LAST:
            break
        days.append(days[-1] + timedelta(days=gap))
    return [*days, LAST]


EVERY_DAY = days_with_gaps([1] * 366)
GAPS = st.lists(st.integers(1, 40), min_size=60, max_size=60)
