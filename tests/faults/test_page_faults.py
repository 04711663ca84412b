"""F-44 to F-46: what scanners, forgers and sudden ends do to the pages behind links."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import update

from reminder.crash_points import CrashPoint, set_killer
from reminder.mail.links import LinkGrant, sign_link
from reminder.storage import tables
from reminder.storage.engine import Database
from reminder.storage.link_keys import retire
from tests.factories import make_agreement, make_rule
from tests.stored import World, make_office, make_policy
from tests.web_client import Answer
from tests.web_sites import Site
from tests.web_visitor import Visitor, form_for, forms_of

NOT_FOUND = 404


class Killed(BaseException):
    """The end of the process, as far as a test needs one."""


@pytest.fixture
def site(database: Database) -> Site:
    world = World(database, make_policy(make_rule(lead_times="H-30 H-7 H")))
    world.put(*make_office(), make_agreement("KSD-1", expires_on="2026-06-03"))
    return Site(world)


def stands(site: Site) -> str:
    """Everything on record, but for the counts of visits."""
    return str({name: rows for name, rows in site.world.everything().items() if name != "visits"})


def grant_of(site: Site) -> LinkGrant:
    """The only grant there is."""
    names = ("id", "purpose", "deadline_id", "epoch", "recipient", "expires_at", "kid")
    [values] = site.world.rows(tables.action_grants, *names)
    return LinkGrant(**dict(zip(names, values, strict=True)))


def test_f44_scanner_that_looks_and_sends_forms_changes_nothing(site: Site) -> None:
    [token] = site.send()
    before = stands(site)
    robot = Visitor(site.context)
    for number in range(20):
        answer = robot.get(f"/a/{token}", "HEAD" if number % 2 else "GET", sec_purpose="prefetch")
        assert answer.status == 303
    page = robot.open(f"/a/{token}")
    for form in forms_of(page):
        site.later(timedelta(milliseconds=50))
        sent = form.fields | dict(form.buttons)
        assert robot.post(form.action, sent).status in (400, 429)
        # As one does that knows no form: without the nonce.
        assert robot.post(form.action, {"action": "ack"}).status in (400, 429)
    assert stands(site) == before


def test_f44_two_presses_at_once_are_one_answer(site: Site) -> None:
    [token] = site.send()
    visitor = Visitor(site.context)
    form = form_for(visitor.open(f"/a/{token}"), "ack")
    site.later()
    answers: list[Answer] = []

    def press() -> None:
        answers.append(visitor.post(form.action, form.fields | {"action": "ack"}))

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status for answer in answers] == [200, 200]
    assert len(site.answers("action")) == len(site.events()) == 1


def test_f45_token_that_is_not_right_gets_one_answer_and_has_no_effect(site: Site) -> None:
    [token] = site.send()
    grant, secret = grant_of(site), site.context().settings.secret_key
    visitor = Visitor(site.context)
    neutral = visitor.get("/nowhere").body
    forged = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
    others = [
        forged,
        sign_link(replace(grant, purpose="unsub"), secret),
        sign_link(replace(grant, recipient="lain@biro.example.go.id"), secret),
        sign_link(grant, "another secret of forty-three characters ...."),
    ]
    before = stands(site)
    for other in others:
        answer = visitor.get(f"/a/{other}")
        assert (answer.status, answer.body) == (NOT_FOUND, neutral)
    assert stands(site) == before
    with site.world.database.write() as connection:
        connection.execute(update(tables.action_grants).values(revoked_at=site.now))
    assert visitor.get(f"/a/{token}").body == neutral
    with site.world.database.write() as connection:
        connection.execute(update(tables.action_grants).values(revoked_at=None))
        retire(connection, "1", site.now, "admin")
    assert visitor.get(f"/a/{token}").body == neutral
    assert site.answers("action") == []


@pytest.mark.parametrize(
    ("point", "is_kept"),
    [(CrashPoint.BEFORE_RESPONSE_COMMIT, False), (CrashPoint.AFTER_RESPONSE_COMMIT, True)],
)
def test_f46_end_in_the_middle_of_a_press_leaves_the_answer_and_its_event_or_neither(
    site: Site, point: CrashPoint, is_kept: bool
) -> None:
    def kill(passed: CrashPoint) -> None:
        if passed is point:
            raise Killed

    [token] = site.send()
    visitor = Visitor(site.context)
    page = visitor.open(f"/a/{token}")
    site.later()
    set_killer(kill)
    try:
        with pytest.raises(Killed):
            visitor.press(page, "ack")
    finally:
        set_killer(None)
    assert len(site.answers("action")) == len(site.events()) == int(is_kept)
    assert visitor.press(page, "ack").status == 200  # again, or politely what is on record
    assert len(site.answers("action")) == len(site.events()) == 1
