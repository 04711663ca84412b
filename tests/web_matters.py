"""Matters whose mails were sent, each with its one officer at the page: for tests of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reminder.agreements import ReportCycle
from tests.factories import make_agreement, make_follow_up, make_rule, make_step
from tests.stored import World, make_office, make_policy
from tests.web_sites import Reader, Site
from tests.web_visitor import forms_of

if TYPE_CHECKING:
    from reminder.storage.engine import Database
    from tests.stored import Fact
    from tests.web_client import Answer

REF = "KSD/2021/014"
RULES = (
    make_rule(lead_times="H-30 H-7 H"),
    make_rule("report", deadline="report", template="report", lead_times="H-90 H-7"),
    make_rule("step", deadline="step", template="step", lead_times="H-30 H-7"),
    make_rule("follow-up", deadline="follow_up", template="follow_up", lead_times="H-30 H-7"),
)
EXPIRY = make_agreement(REF, expires_on="2026-06-03")
FAR = make_agreement(REF, expires_on="2027-12-31")
REPORT = make_agreement(REF, expires_on="2027-12-31", report_cycle=ReportCycle.SEMESTER)
STEP = make_step(agreement=REF, due_on="2026-06-03", started_on="2026-04-20")
FOLLOW_UP = make_follow_up("RTL-9", agreement=None, bureau="B-01", due_on="2026-06-03")


def made(database: Database, *facts: Fact) -> Site:
    world = World(database, make_policy(*RULES))
    world.put(*make_office(), *facts)
    return Site(world)


def reader(database: Database, *facts: Fact, wanted: str = "") -> tuple[Site, Reader]:
    """The officer, who has opened the one mail about these facts."""
    site = made(database, *facts)
    [token] = site.send()
    return site, Reader(site, token, wanted)


def actions(page: Answer) -> list[str]:
    """What the page offers, the open form first."""
    return [value for form in forms_of(page) for _name, value in form.buttons]
