"""Real cooperations from the initiative to the signing, told by the shipped policy.

The letters of intent, the approval by the regional council of Bandung and the signings are on the
days of the real cases, as far as they are known (domain b.5); what lies between is made up. What
must be told is reckoned by the independent model from the YAML files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sqlalchemy import func, select

from reminder.agreements import Step
from reminder.calendars import Due, PartialDate
from reminder.policy import load_policy
from reminder.progress import DueBy
from reminder.resources import shipped
from reminder.stages import open_step, stage_of
from reminder.storage import tables
from reminder.storage.dossiers import load_dossier
from tests.factories import REF, make_agreement, make_step
from tests.model import Model, Wish
from tests.stored import World, make_office

if TYPE_CHECKING:
    from reminder.agreements import Dossier
    from reminder.storage.engine import Database

# Findings have tests of their own; this is about steps.
SHIPPED = replace(load_policy(None, shipped("config"), []), findings={})
RULES = {step["code"]: step for step in yaml.safe_load(
    (shipped("config") / "steps.yaml").read_text(encoding="utf-8"))["chains"]["KSDPL"]}  # fmt: skip
MODEL = Model((), (), {}, {}, "", set(SHIPPED.calendar.holidays), 24)
WISHES = {
    "step": Wish("step", "H-14 H-7 H-1 HK+1 HK+10", every=30, until=180),
    "step-dprd": Wish("step", "HK-15 HK-5 HK-1 HK+1 HK+5 HK+10", every=30, until=180),
}


@dataclass(frozen=True)
class Stage:
    """A step as it went: recorded as begun and done on those days; begun may be unknown."""

    code: str
    begun: str
    done: str


VARNA = (
    Stage("prakarsa", "2009-03-02", "2009-03-20"),
    Stage("penjajakan", "2009-04-01", "2009-06-30"),
    Stage("konsultasi_pusat", "2009-07-06", "2009-09-25"),
    Stage("pernyataan_kehendak", "2009-10-01", "2009-11-24"),
    Stage("rencana_kerja_sama", "2009-12-01", "2010-02-15"),
    Stage("persetujuan_dprd", "2010-02-22", "2010-04-20"),
    Stage("verifikasi_menteri", "2010-04-26", "2010-06-30"),
    Stage("rancangan_naskah", "2010-07-01", "2010-07-30"),
    Stage("rapat_antarkementerian", "2010-08-02", "2010-08-31"),
    Stage("pembahasan_mitra", "2010-09-01", "2010-10-15"),
    Stage("surat_konfirmasi", "", "2010-11-10"),
    Stage("surat_kuasa", "", "2010-11-15"),
    Stage("penandatanganan", "", "2010-12-01"),
)
MELBOURNE = (
    Stage("prakarsa", "2018-09-03", "2018-10-01"),
    Stage("penjajakan", "", "2019-02-04"),
    Stage("konsultasi_pusat", "", "2019-04-01"),
    Stage("pernyataan_kehendak", "", "2019-05-10"),
    Stage("rencana_kerja_sama", "", "2022-11-30"),
    Stage("persetujuan_dprd", "2023-01-16", "2023-03-30"),
    Stage("verifikasi_menteri", "2023-04-10", "2023-08-01"),
    Stage("rancangan_naskah", "", "2023-09-15"),
    Stage("rapat_antarkementerian", "", "2023-11-01"),
    Stage("pembahasan_mitra", "", "2024-02-01"),
    Stage("surat_konfirmasi", "", "2024-03-04"),
    Stage("surat_kuasa", "", "2024-03-11"),
    Stage("penandatanganan", "", "2024-04-22"),
)
FUZHOU = (
    Stage("prakarsa", "2002-09-02", "2002-12-20"),
    Stage("penjajakan", "", "2003-07-14"),
    Stage("konsultasi_pusat", "", "2003-11-03"),
    Stage("pernyataan_kehendak", "", "2004-06-07"),
    Stage("rencana_kerja_sama", "2004-09-06", "2016-05-02"),
    Stage("persetujuan_dprd", "2016-09-05", "2017-02-06"),
    Stage("verifikasi_menteri", "", "2017-08-07"),
    Stage("rancangan_naskah", "", "2018-01-08"),
    Stage("rapat_antarkementerian", "", "2018-06-04"),
    Stage("pembahasan_mitra", "2018-07-02", "2022-03-07"),
    Stage("surat_konfirmasi", "", "2022-09-05"),
    Stage("surat_kuasa", "", "2022-08-01"),
    Stage("penandatanganan", "", "2023-06-12"),
)
CASES = pytest.mark.parametrize(
    "stages",
    [
        pytest.param(VARNA, id="Surabaya and Varna, 12 months"),
        pytest.param(MELBOURNE, id="Bandung and Melbourne, 59 months"),
        pytest.param(FUZHOU, id="Semarang and Fuzhou, 19 years"),
    ],
)


def begun_and_done(stages: Sequence[Stage]) -> list[tuple[date, Step]]:
    """The facts in the order in which they are recorded, each on its own day."""
    found = []
    for stage in stages:
        if stage.begun:
            found.append((stage.begun, make_step(stage.code, started_on=stage.begun)))
        days = {"started_on": stage.begun} if stage.begun else {}
        found.append((stage.done, make_step(stage.code, done_on=stage.done, **days)))
    return [(date.fromisoformat(day), step) for day, step in sorted(found, key=lambda one: one[0])]


def run(world: World, stages: Sequence[Stage]) -> list[date]:
    """Record each fact on its day, and scan whenever the service itself has something to do.

    The day before each such day is scanned too: it must be silent. Returns the days scanned.
    """
    facts = begun_and_done(stages)
    first, last = facts[0][0], facts[-1][0]
    unsigned = make_agreement(signed_on=None, expires_on=None, entered_on=first)
    world.put(*make_office(), unsigned)
    day, scanned = first, []
    while True:
        if day == last:
            world.put(replace(unsigned, signed_on=PartialDate.of(day)))
        world.put(*(step for on, step in facts if on == day))
        assert world.scan(day.isoformat()).errors == {}
        scanned.append(day)
        if day == last:
            return scanned
        ahead = [on for on in (*(on for on, _ in facts), *next_days(world)) if on and on > day]
        day = max(min(ahead) - timedelta(days=1), day + timedelta(days=1))


def next_days(world: World) -> list[date | None]:
    with world.database.read() as connection:
        return [
            connection.scalar(select(func.min(tables.deadlines.c.next_on))),
            connection.scalar(select(func.min(tables.agreements.c.replan_on))),
        ]


def spans(stages: Sequence[Stage]) -> Iterator[tuple[str, date, date, date, str]]:
    """Step, due day, and from and until when it was told so, with the rule that told it."""
    done = {stage.code: date.fromisoformat(stage.done) for stage in stages}
    for stage in stages:
        rule: dict[str, Any] = RULES[stage.code]
        wish = "step-dprd" if stage.code == "persetujuan_dprd" else "step"
        before = [done[code] for code in rule.get("waits_for", [])]
        ends = done[stage.code]
        begun = date.fromisoformat(stage.begun) if stage.begun else None
        if before:
            # From the day on which it could begin until it is recorded to have begun.
            could = max(before)
            due = MODEL.after(could, rule["stalls_after"])
            yield stage.code, due, could, begun or ends, wish
        if begun is not None:
            due = MODEL.after(begun, rule.get("within") or rule["stalls_after"])
            yield stage.code, due, begun, ends, wish


def expected(stages: Sequence[Stage]) -> list[tuple[str, date, str, date]]:
    """Step, due day, lead time and day of every notice that the design asks for."""
    found = []
    for code, due, first, last, name in spans(stages):
        span = (due, due)
        by_day: dict[date, list[str]] = {}
        for lead in MODEL._codes(WISHES[name], span):
            day = MODEL._urgency(lead, span)[0]
            # What was reached when it began is told then, if nothing more urgent is.
            by_day.setdefault(max(day, first), []).append(lead)
        for day, leads in by_day.items():
            if day < last:
                best = max(leads, key=lambda lead: MODEL._urgency(lead, span))
                found.append((code, due, best, day))
    return sorted(found)


def told(world: World) -> list[tuple[str, date, str, date]]:
    keys = dict(world.rows(tables.deadlines, "id", "key"))
    return sorted(
        (keys[deadline], due_on, lead, day)
        for deadline, due_on, lead, day in world.notices(
            "deadline_id", "due_on", "lead_time", "made_on"
        )
    )


@CASES
def test_each_stage_is_told_on_the_right_working_day(
    database: Database, stages: Sequence[Stage]
) -> None:
    world = World(database, SHIPPED)
    run(world, stages)
    found = told(world)

    assert found == expected(stages)
    assert not [day for *_, day in found if SHIPPED.calendar.is_day_off(day)]


@CASES
def test_no_stage_is_reached_before_somebody_records_it(
    database: Database, stages: Sequence[Stage]
) -> None:
    world = World(database, SHIPPED)
    facts = begun_and_done(stages)
    scanned = run(world, stages)

    # The scans of years have written nothing into the register.
    names = ("step", "started_on", "done_on")
    recorded = {
        step.step: (step.step, *(str(on) if on else None for on in (step.started_on, step.done_on)))
        for _, step in facts
    }
    assert sorted(world.rows(tables.steps, *names)) == sorted(recorded.values())
    whole = dossier_of(world)
    done = [date.fromisoformat(stage.done) for stage in stages]
    for day in scanned:
        reached = stage_of(whole, SHIPPED.chains, day)
        last = [stage.code for stage, on in zip(stages, done, strict=True) if on <= day]
        assert (reached.rule.code if reached else None) == (last[-1] if last else None)


def test_quick_case_is_hardly_told_of(database: Database) -> None:
    world = World(database, SHIPPED)
    run(world, VARNA)

    # The consultation came near its threshold, and the council was asked for its approval in time.
    assert [
        (step, due.isoformat(), lead, day.isoformat()) for step, due, lead, day in told(world)
    ] == [
        ("konsultasi_pusat", "2009-10-06", "H-14", "2009-09-22"),
        ("persetujuan_dprd", "2010-04-29", "HK-15", "2010-04-08"),
    ]


# Due day, then the first and the last notice about it, all on working days.
FIRST_AND_LAST = {
    # Only the limit of the council and the verification came near, after years without a plan.
    "MELBOURNE": {
        "rencana_kerja_sama": ("2019-11-10", "2019-10-25 H-14", "2020-05-08 H+180"),
        "persetujuan_dprd, not yet received": (
            "2023-01-30",
            "2023-01-06 HK-15",
            "2023-01-06 HK-15",
        ),
        "persetujuan_dprd": ("2023-03-21", "2023-02-28 HK-15", "2023-03-24 HK+1"),
        "verifikasi_menteri": ("2023-07-10", "2023-06-26 H-14", "2023-07-25 HK+10"),
    },
    "FUZHOU": {
        "prakarsa": ("2002-12-02", "2002-11-18 H-14", "2002-12-03 HK+1"),
        "penjajakan": ("2003-06-20", "2003-06-06 H-14", "2003-07-04 HK+10"),
        "konsultasi_pusat": ("2003-10-14", "2003-09-30 H-14", "2003-10-28 HK+10"),
        "pernyataan_kehendak": ("2004-05-03", "2004-04-19 H-14", "2004-06-02 H+30"),
        "rencana_kerja_sama": ("2005-03-06", "2005-02-18 H-14", "2005-09-05 H+180"),
        "persetujuan_dprd, not yet received": ("2016-07-02", "2016-06-13 HK-15", "2016-08-31 H+60"),
        "persetujuan_dprd": ("2016-11-08", "2016-10-18 HK-15", "2017-01-09 H+60"),
        "verifikasi_menteri": ("2017-05-06", "2017-04-21 H-14", "2017-08-04 H+90"),
        "rancangan_naskah": ("2017-11-07", "2017-10-24 H-14", "2017-12-07 H+30"),
        "rapat_antarkementerian": ("2018-04-08", "2018-03-23 H-14", "2018-05-08 H+30"),
        "pembahasan_mitra": ("2019-01-02", "2018-12-19 H-14", "2019-07-01 H+180"),
        "surat_konfirmasi": ("2022-06-07", "2022-05-24 H-14", "2022-08-08 H+60"),
        "surat_kuasa": ("2022-06-07", "2022-05-24 H-14", "2022-07-07 H+30"),
        "penandatanganan": ("2023-03-05", "2023-02-17 H-14", "2023-06-05 H+90"),
    },
}


@pytest.mark.parametrize(
    ("stages", "name"), [(MELBOURNE, "MELBOURNE"), (FUZHOU, "FUZHOU")], ids=["Melbourne", "Fuzhou"]
)
def test_first_and_last_word_about_each_stage(
    sqlite_database: Database, stages: Sequence[Stage], name: str
) -> None:
    world = World(sqlite_database, SHIPPED)
    run(world, stages)
    days: dict[tuple[str, date], list[str]] = {}
    for step, due_on, lead, day in told(world):
        days.setdefault((step, due_on), []).append(f"{day} {lead}")
    received = {stage.code: stage.begun for stage in stages}["persetujuan_dprd"]

    assert {
        step
        if step != "persetujuan_dprd" or min(words) > received
        else f"{step}, not yet received": (due_on.isoformat(), min(words), max(words))
        for (step, due_on), words in days.items()
    } == FIRST_AND_LAST[name]


def test_limit_of_the_regional_council_is_a_day_and_never_an_approval(database: Database) -> None:
    world = World(database, SHIPPED)
    run(world, MELBOURNE)
    whole = dossier_of(world)
    steps = tuple(
        replace(step, done_on=None) if step.step == "persetujuan_dprd" else step
        for step in whole.steps
        if step.step in ("rencana_kerja_sama", "persetujuan_dprd")
    )
    asked = replace(whole, agreement=replace(whole.agreement, signed_on=None), steps=steps)

    for day, working_day in (("2023-01-17", 1), ("2023-03-21", 45), ("2023-03-30", 50)):
        today = date.fromisoformat(day)
        step = open_step(asked, "persetujuan_dprd", SHIPPED.chains, SHIPPED.calendar, today)
        assert step is not None
        # Received on 16 January; the Lunar New Year and its joint leave cost one working day.
        assert (step.due, step.due_by) == (Due.of(date(2023, 3, 21)), DueBy.LIMIT)
        assert step.working_day == working_day
        reached = stage_of(asked, SHIPPED.chains, today)
        assert reached is not None
        assert reached.rule.code == "rencana_kerja_sama"


def dossier_of(world: World) -> Dossier:
    with world.database.read() as connection:
        return load_dossier(connection, REF)
