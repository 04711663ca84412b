"""F-44 to F-46: what scanners, forgers and sudden ends do to the pages behind links."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from reminder.crash_points import CrashPoint
from reminder.mail.links import sign_link
from reminder.storage.engine import Database
from reminder.storage.link_keys import retire
from tests.killed import killed_at
from tests.web_client import Answer
from tests.web_sites import Site, site_of_one
from tests.web_visitor import form_for, forms_of

NOT_FOUND = 404


@pytest.fixture
def site(database: Database) -> Site:
    return site_of_one(database)


def test_f44_scanner_that_looks_and_sends_forms_changes_nothing(site: Site) -> None:
    [token] = site.send()
    before = site.stands()
    robot = site.visitor()
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
    assert site.stands() == before


def test_f44_two_presses_at_once_are_one_answer(site: Site) -> None:
    [token] = site.send()
    visitor = site.visitor()
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
    grant, secret = site.grant(), site.context().settings.secret_key
    visitor = site.visitor()
    neutral = visitor.get("/nowhere").body
    forged = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
    others = [
        forged,
        sign_link(replace(grant, purpose="unsub"), secret),
        sign_link(replace(grant, recipient="lain@biro.example.go.id"), secret),
        sign_link(grant, "another secret of forty-three characters ...."),
    ]
    before = site.stands()
    for other in others:
        answer = visitor.get(f"/a/{other}")
        assert (answer.status, answer.body) == (NOT_FOUND, neutral)
    assert site.stands() == before
    site.change_grants(revoked_at=site.now)
    assert visitor.get(f"/a/{token}").body == neutral
    site.change_grants(revoked_at=None)
    with site.world.database.write() as connection:
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
    [token] = site.send()
    visitor = site.visitor()
    page = visitor.open(f"/a/{token}")
    site.later()
    with killed_at(point):
        visitor.press(page, "ack")
    assert len(site.answers("action")) == len(site.events()) == int(is_kept)
    assert visitor.press(page, "ack").status == 200  # again, or politely what is on record
    assert len(site.answers("action")) == len(site.events()) == 1
